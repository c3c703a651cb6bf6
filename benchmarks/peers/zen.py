"""zen-engine of GoRules: an expression node with a key for each criterion, many cases a call. It uses every core.

`and`, `or` and `not` of null raise an error, and the case has no answer. By hand, each criterion is true, false or
null, by comparisons that null fails; a null is left out of the answer.
"""

from __future__ import annotations

from importlib.metadata import version

from benchmarks.peers.engine import CaseEngine, Engine
from benchmarks.peers.law import AS_IS, BY_HAND, CRITERIA, NO, YES, Case, Condition, Law


def engines() -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [Zen(AS_IS), Zen(BY_HAND)]


class Zen(CaseEngine):
    """A decision with a single node."""

    name, share = "zen-engine", 0.2

    def __init__(self, law: Law) -> None:
        import zen

        self.version = version("zen-engine")
        self.unknowns = "by hand" if law.by_hand else "null raises"
        rows = [{"id": name, "key": name, "value": _expression_of(name, law)} for name in CRITERIA]
        position = {"position": {"x": 0, "y": 0}}
        graph = {
            "contentType": "application/vnd.gorules.decision",
            "nodes": [
                {"id": "cases", "name": "cases", "type": "inputNode", **position},
                {"id": "law", "name": "law", "type": "expressionNode", "content": {"expressions": rows}, **position},
                {"id": "results", "name": "results", "type": "outputNode", **position},
            ],
            "edges": [
                {"id": "in", "type": "edge", "sourceId": "cases", "targetId": "law"},
                {"id": "out", "type": "edge", "sourceId": "law", "targetId": "results"},
            ],
        }
        self.engine = zen.ZenEngine({"loader": {"type": "static", "content": {"law": graph}}})

    def evaluate(self, cases: list[Case]) -> list[Case]:
        answers = self.engine.evaluate_batch([{"key": "law", "context": case} for case in cases])
        results = []
        for answer in answers:
            result = answer["data"]["result"] if answer["success"] else {}
            results.append({name: result.get(name) for name in CRITERIA} if result else {})
        return results


def _expression_of(name: str, law: Law) -> str:
    if not law.by_hand:
        return _text(law.rules[name])
    return f"{_text(law.rules[name + YES])} ? true : {_text(law.rules[name + NO])} ? false : null"


def _text(condition: Condition) -> str:
    if isinstance(condition, str):
        for suffix, word in ((YES, "true"), (NO, "false")):
            if condition.endswith(suffix):
                return f"{_text(condition.removesuffix(suffix))} == {word}"
        return f"$.{condition}" if condition in CRITERIA else condition
    kind, *parts = condition
    if kind == "not":
        return f"not({_text(parts[0])})"
    return "(" + {"all": " and ", "any": " or "}[kind].join(map(_text, parts)) + ")"

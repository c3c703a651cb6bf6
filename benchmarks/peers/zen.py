"""zen-engine of GoRules: one expression node, a key a criterion, many cases a call. It works on every core.

`and`, `or` and `not` of null raise, and the case has no answer. By hand each criterion is true, false or null, told by
comparisons that null fails; a null is left out of the answer.
"""

from __future__ import annotations

from importlib.metadata import version

from benchmarks.peers.law import AS_IT_IS, BY_HAND, CRITERIA, NO, YES, Case, Condition, Law
from benchmarks.peers.roads import ByCase, Engine


def engines() -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [Zen(AS_IT_IS), Zen(BY_HAND)]


class Zen(ByCase):
    """A decision of one node."""

    name, share = "zen-engine", 0.2

    def __init__(self, law: Law) -> None:
        import zen

        self.version = version("zen-engine")
        self.unknowns = "by hand" if law.by_hand else "null raises"
        rows = [{"id": name, "key": name, "value": _whole(name, law)} for name in CRITERIA]
        place = {"position": {"x": 0, "y": 0}}
        graph = {
            "contentType": "application/vnd.gorules.decision",
            "nodes": [
                {"id": "cases", "name": "cases", "type": "inputNode", **place},
                {"id": "law", "name": "law", "type": "expressionNode", "content": {"expressions": rows}, **place},
                {"id": "found", "name": "found", "type": "outputNode", **place},
            ],
            "edges": [
                {"id": "in", "type": "edge", "sourceId": "cases", "targetId": "law"},
                {"id": "out", "type": "edge", "sourceId": "law", "targetId": "found"},
            ],
        }
        self.engine = zen.ZenEngine({"loader": {"type": "static", "content": {"law": graph}}})

    def found(self, cases: list[Case]) -> list[Case]:
        told = self.engine.evaluate_batch([{"key": "law", "context": case} for case in cases])
        found = []
        for one in told:
            result = one["data"]["result"] if one["success"] else {}
            found.append({name: result.get(name) for name in CRITERIA} if result else {})
        return found


def _whole(name: str, law: Law) -> str:
    if not law.by_hand:
        return _text(law.rules[name])
    return f"{_text(law.rules[name + YES])} ? true : {_text(law.rules[name + NO])} ? false : null"


def _text(condition: Condition) -> str:
    if isinstance(condition, str):
        for end, word in ((YES, "true"), (NO, "false")):
            if condition.endswith(end):
                return f"{_text(condition.removesuffix(end))} == {word}"
        return f"$.{condition}" if condition in CRITERIA else condition
    kind, *parts = condition
    if kind == "not":
        return f"not({_text(parts[0])})"
    return "(" + {"all": " and ", "any": " or "}[kind].join(map(_text, parts)) + ")"

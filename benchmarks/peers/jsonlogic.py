"""datalogic: JSONLogic compiled in Rust, one template with every criterion, a case a call.

Its rules cannot name each other, so that each criterion stands over facts alone. Null counts as false. JSON Lines go
in and come out as text, which is its quickest way.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers.law import AS_IT_IS, BY_HAND, CRITERIA, NO, YES, Case, Condition, Law, inlined
from benchmarks.peers.roads import ID, ByCase, Engine


def engines() -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [Datalogic(AS_IT_IS), Datalogic(BY_HAND)]


class Datalogic(ByCase):
    """One compiled template."""

    name, share = "datalogic", 0.5

    def __init__(self, law: Law) -> None:
        import datalogic_py

        self.version = version("datalogic-py")
        self.unknowns = "by hand" if law.by_hand else "null is false"
        template = {name: _whole(name, law) for name in CRITERIA}
        engine = datalogic_py.Engine()
        self.session = engine.session()
        self.rule = engine.compile_template(template)
        self.line = engine.compile_template({ID: {"var": ID}, **template})

    def found(self, cases: list[Case]) -> list[Case]:
        return [self.session.evaluate(self.rule, case) for case in cases]

    def of_file(self, source: Path, out: Path) -> None:
        if source.suffix != ".jsonl":
            super().of_file(source, out)
            return
        with source.open(encoding="utf-8") as lines, out.open("w", encoding="utf-8") as found:
            found.writelines(self.session.evaluate_str(self.line, line) + "\n" for line in lines)


def _whole(name: str, law: Law) -> Any:
    if not law.by_hand:
        return _json(inlined(name, law.rules))
    met, not_met = (_json(inlined(name + end, law.rules)) for end in (YES, NO))
    return {"if": [met, True, not_met, False, None]}


def _json(condition: Condition) -> Any:
    if isinstance(condition, str):
        for end, truth in ((YES, True), (NO, False)):
            if condition.endswith(end):
                return {"===": [{"var": condition.removesuffix(end)}, truth]}
        return {"var": condition}
    kind, *parts = condition
    return {{"all": "and", "any": "or", "not": "!"}[kind]: [_json(part) for part in parts]}

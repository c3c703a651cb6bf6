"""datalogic: JSONLogic compiled in Rust, a template with every criterion, a call for each case.

Its rules cannot name each other, so each criterion is written over facts alone. Null counts as false. JSON Lines go in
and come out as text, which is quickest.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers.engine import ID, CaseEngine, Engine
from benchmarks.peers.law import AS_IS, BY_HAND, CRITERIA, NO, YES, Case, Condition, Law, inline


def engines() -> list[Engine]:
    """Return the engine with the law as it is, and with unknown by hand. Raises ImportError."""
    return [Datalogic(AS_IS), Datalogic(BY_HAND)]


class Datalogic(CaseEngine):
    """A compiled template."""

    name, share = "datalogic", 0.5

    def __init__(self, law: Law) -> None:
        import datalogic_py

        self.version = version("datalogic-py")
        self.unknowns = "by hand" if law.by_hand else "null is false"
        template = {name: _rule_of(name, law) for name in CRITERIA}
        engine = datalogic_py.Engine()
        self.session = engine.session()
        self.rule = engine.compile_template(template)
        self.line = engine.compile_template({ID: {"var": ID}, **template})

    def evaluate(self, cases: list[Case]) -> list[Case]:
        return [self.session.evaluate(self.rule, case) for case in cases]

    def evaluate_file(self, source: Path, out: Path) -> None:
        if source.suffix != ".jsonl":
            super().evaluate_file(source, out)
            return
        with source.open(encoding="utf-8") as lines, out.open("w", encoding="utf-8") as results:
            results.writelines(self.session.evaluate_str(self.line, line) + "\n" for line in lines)


def _rule_of(name: str, law: Law) -> Any:
    if not law.by_hand:
        return _json(inline(name, law.rules))
    met, not_met = (_json(inline(name + suffix, law.rules)) for suffix in (YES, NO))
    return {"if": [met, True, not_met, False, None]}


def _json(condition: Condition) -> Any:
    if isinstance(condition, str):
        for suffix, truth in ((YES, True), (NO, False)):
            if condition.endswith(suffix):
                return {"===": [{"var": condition.removesuffix(suffix)}, truth]}
        return {"var": condition}
    kind, *parts = condition
    return {{"all": "and", "any": "or", "not": "!"}[kind]: [_json(part) for part in parts]}

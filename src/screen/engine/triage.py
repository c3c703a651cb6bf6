"""How soon a case is to be taken up, and why.

In: findings. Out: a `Triage`: the level, the reasons that are met and those that nobody can rule out yet. Nothing here
changes a finding: criteria cannot name what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass

from screen.engine.evaluate import Evaluator
from screen.engine.finding import Findings
from screen.logic import MET, UNDETERMINED
from screen.rulebook.model import LEVELS, Priority


@dataclass(frozen=True, slots=True)
class Triage:
    """The priority of a case. `open` are reasons that an answer may still bring: unknown is never no."""

    level: str
    reasons: tuple[Priority, ...]
    open_reasons: tuple[Priority, ...]


def triage(findings: Findings) -> Triage:
    """Return how soon a case is to be taken up: the most urgent of the reasons that are met, else `normal`."""
    evaluator = Evaluator.from_findings(findings)
    states = [(one, evaluator.examine(one.when).status) for one in findings.book.priorities]
    reasons = tuple(one for one, state in states if state is MET)
    level = min((one.level for one in reasons), key=LEVELS.index, default=LEVELS[-1])
    return Triage(level, reasons, tuple(one for one, state in states if state is UNDETERMINED))

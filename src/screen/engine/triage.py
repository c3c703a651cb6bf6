"""Triage: how soon a case should be taken up, and why.

Nothing here changes a finding: criteria cannot name priorities.
"""

from __future__ import annotations

from dataclasses import dataclass

from screen.engine.evaluate import Evaluator
from screen.engine.finding import Findings
from screen.logic import MET, UNDETERMINED
from screen.rulebook.model import LEVELS, Priority


@dataclass(frozen=True, slots=True)
class Triage:
    """The priority of a case. `open_reasons` are undetermined: an answer may still establish them."""

    level: str
    reasons: tuple[Priority, ...]
    open_reasons: tuple[Priority, ...]


def triage(findings: Findings) -> Triage:
    """Return the triage of a case: its level is that of the most urgent reason that is met, else `normal`."""
    evaluator = Evaluator.from_findings(findings)
    statuses = [(priority, evaluator.examine(priority.when).status) for priority in findings.book.priorities]
    reasons = tuple(priority for priority, status in statuses if status is MET)
    level = min((priority.level for priority in reasons), key=LEVELS.index, default=LEVELS[-1])
    return Triage(level, reasons, tuple(priority for priority, status in statuses if status is UNDETERMINED))

"""The ledger of the benefit of the doubt: the facts accepted on it alone, and the findings that depend on them.

UNHCR Handbook 203-204: the benefit of the doubt is given openly or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from screen.case.evidence import EstablishedFact, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.logic import Status


@dataclass(frozen=True, slots=True)
class BenefitChange:
    """A criterion whose status changes without the benefit of the doubt."""

    criterion: str
    with_benefit: Status
    without_benefit: Status


@dataclass(frozen=True, slots=True)
class BenefitLedger:
    """The facts accepted by the benefit of the doubt alone, and what would change if they counted as unknown."""

    facts: tuple[EstablishedFact, ...]
    changes: tuple[BenefitChange, ...]
    recommendation: str
    recommendation_without_benefit: str


def build_ledger(findings: Findings, given: Mapping[str, RecordedAnswer]) -> BenefitLedger:
    """Return the ledger of an evaluated case, evaluated a second time without the benefit, on the same record."""
    facts = findings.by_benefit
    if not facts:
        return BenefitLedger((), (), findings.on_assessment, findings.on_assessment)
    without = evaluate(findings.book, given, findings.profile.name, benefit=False, closed=findings.is_closed)
    changes = tuple(
        BenefitChange(name, finding.status, without[name].status)
        for name, finding in findings.criteria.items()
        if finding.status is not without[name].status
    )
    return BenefitLedger(facts, changes, findings.on_assessment, without.on_assessment)

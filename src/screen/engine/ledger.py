"""The ledger of the benefit of the doubt: what was accepted on it alone, and what would fall with it.

In: a rule book and what a case says. Out: the facts, with the findings that change when they count as unknown.
Handbook 203-204: it is given openly or not at all.
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
    """A criterion that ends otherwise without the benefit of the doubt."""

    criterion: str
    with_benefit: Status
    without_benefit: Status


@dataclass(frozen=True, slots=True)
class BenefitLedger:
    """The facts accepted by the benefit of the doubt alone and what hangs on them."""

    facts: tuple[EstablishedFact, ...]
    changes: tuple[BenefitChange, ...]
    recommendation: str
    recommendation_without_benefit: str


def build_ledger(findings: Findings, given: Mapping[str, RecordedAnswer]) -> BenefitLedger:
    """Return the ledger of a case that has been evaluated; it is evaluated once more without the benefit."""
    facts = findings.by_benefit
    if not facts:
        return BenefitLedger((), (), findings.recommendation, findings.recommendation)
    without = evaluate(findings.book, given, findings.profile.name, benefit=False)
    changes = tuple(
        BenefitChange(name, finding.status, without[name].status)
        for name, finding in findings.criteria.items()
        if finding.status is not without[name].status
    )
    return BenefitLedger(facts, changes, findings.recommendation, without.recommendation)

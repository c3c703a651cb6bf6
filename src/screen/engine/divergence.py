"""Compare two evaluations of one case: the criteria where they first diverge, and why.

The two may come from two files of the case, or from one file under two rule books or profiles. Which of them is right
is not judged here.
"""

from __future__ import annotations

from dataclasses import dataclass

from screen.case.evidence import EstablishedFact, reliable_value
from screen.engine.compare import examination_order
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.dependencies import facts_in, reachable, readings_in, required_criteria
from screen.rulebook.model import BurdenByReading, Criterion, RuleBook, criterion_terms


@dataclass(frozen=True, slots=True)
class DivergencePoint:
    """A criterion on which two evaluations differ although they agree on everything that it needs, and the reasons.

    `facts` are the facts it compares that have different values, `readings` its contested points on which the two
    profiles take different sides. `law_differs` is true where the criterion itself is written differently, or is in one
    of the two books only; `record_differs` where one record is closed, the other is not, and that decides.
    """

    criterion: str
    statuses: tuple[Status | None, Status | None]
    facts: tuple[str, ...]
    readings: tuple[str, ...]
    law_differs: bool
    record_differs: bool = False


@dataclass(frozen=True, slots=True)
class Divergence:
    """The differences between two evaluations: facts, criteria, and the points where the differences originate.

    `facts` are answered differently. `changed_presumptions` are facts with the same answer, or none, in both, of which
    different values are presumed, or only one. `points` are in the order of examination.
    """

    first: Findings
    second: Findings
    facts: tuple[str, ...]
    changed_presumptions: tuple[str, ...]
    criteria: tuple[str, ...]
    points: tuple[DivergencePoint, ...]

    @property
    def agree(self) -> bool:
        """True where every criterion has the same status in both, and the recommendation is the same."""
        return not self.criteria and self.first.recommendation == self.second.recommendation


def find_divergence(first: Findings, second: Findings) -> Divergence:
    """Return the differences between two evaluations."""
    order = _examination_order(first.book, second.book)
    differing = [name for name in order if _status(first, name) is not _status(second, name)]
    facts = tuple(
        name
        for name in dict.fromkeys([*first.book.facts, *second.book.facts])
        if _value(first, name) != _value(second, name)
    )
    names = set(differing)
    origins = [name for name in differing if not _needed(first, second, name) & names]
    changed_presumptions = tuple(name for name in facts if _answer(first, name) == _answer(second, name))
    return Divergence(
        first,
        second,
        tuple(name for name in facts if name not in changed_presumptions),
        changed_presumptions,
        tuple(differing),
        tuple(_divergence_point(first, second, name, set(facts)) for name in origins),
    )


def _examination_order(first: RuleBook, second: RuleBook) -> list[str]:
    """Return every criterion in the order of examination; those of the second book alone come last."""
    return list(dict.fromkeys([*examination_order(first), *examination_order(second)]))


def _status(findings: Findings, name: str) -> Status | None:
    return findings[name].status if name in findings.criteria else None


def _value(findings: Findings, name: str) -> tuple[object, bool] | None:
    """Return the value of a fact and whether it is presumed; None where the book has no such fact."""
    fact: EstablishedFact | None = findings.established.get(name)
    return None if fact is None else (fact.value, fact.presumed is not None)


def _answer(findings: Findings, name: str) -> object:
    """Return the reliable value of the answer to a fact; presumptions are left out."""
    fact = findings.established.get(name)
    return None if fact is None else reliable_value(fact.given)


def _criteria(first: Findings, second: Findings, name: str) -> list[Criterion]:
    return [findings.book.criteria[name] for findings in (first, second) if name in findings.book.criteria]


def _needed(first: Findings, second: Findings, name: str) -> set[str]:
    return {needed for criterion in _criteria(first, second, name) for needed in required_criteria(criterion)}


def _divergence_point(first: Findings, second: Findings, name: str, facts: set[str]) -> DivergencePoint:
    criteria = _criteria(first, second, name)
    is_not_shown = any(findings[name].not_shown for findings in (first, second) if name in findings.criteria)
    terms = [term for criterion in criteria for term in criterion_terms(criterion)]
    burdens = [criterion.burden.reading for criterion in criteria if isinstance(criterion.burden, BurdenByReading)]
    record_differs = first.is_closed is not second.is_closed and is_not_shown
    if is_not_shown and not record_differs:
        # What decides whether an element is shown may lie in criteria below it that end alike.
        terms += [
            term
            for findings in (first, second)
            for needed in reachable({name} & findings.criteria.keys(), findings.book.criteria)
            for term in criterion_terms(findings.book.criteria[needed])
        ]
    readings = [*readings_in(terms), *(burdens if is_not_shown else ())]
    sides = (first.profile.readings, second.profile.readings)
    return DivergencePoint(
        name,
        (_status(first, name), _status(second, name)),
        tuple(sorted(facts_in(terms) & facts)),
        tuple(reading for reading in dict.fromkeys(readings) if sides[0].get(reading) != sides[1].get(reading)),
        len(criteria) == 1 or criterion_terms(criteria[0]) != criterion_terms(criteria[1]),
        record_differs,
    )

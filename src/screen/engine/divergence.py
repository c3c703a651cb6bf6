"""Two workings of one case held against each other: the first criterion where they part, and over what.

In: two evaluations, of two files of one case or of one file under two rule books. Out: `Parted`. Left alone: which of
the two is right, words, people.
"""

from __future__ import annotations

from dataclasses import dataclass

from screen.case.evidence import EstablishedFact, reliable_value
from screen.engine.compare import examination_order
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.dependencies import facts_in, readings_in, required_criteria
from screen.rulebook.model import Criterion, RuleBook, criterion_terms


@dataclass(frozen=True, slots=True)
class DivergencePoint:
    """A criterion found otherwise although both find alike all that it needs, and over what the two part there.

    `facts` are its own facts that the two take otherwise, `readings` its contested points on which their profiles take
    other sides; `law` is true where the criterion itself reads otherwise, or stands in one of the books alone.
    """

    criterion: str
    statuses: tuple[Status | None, Status | None]
    facts: tuple[str, ...]
    readings: tuple[str, ...]
    law_differs: bool


@dataclass(frozen=True, slots=True)
class Divergence:
    """Two evaluations: every fact answered otherwise, every criterion found otherwise, and where that begins.

    `following` are facts on which no answer differs and another value is presumed, or none any more. `partings` stand
    in the order of examination; the first of them is where the two part first.
    """

    first: Findings
    second: Findings
    facts: tuple[str, ...]
    changed_presumptions: tuple[str, ...]
    criteria: tuple[str, ...]
    points: tuple[DivergencePoint, ...]

    @property
    def agree(self) -> bool:
        """True where both end every criterion alike and recommend the same."""
        return not self.criteria and self.first.recommendation == self.second.recommendation


def find_divergence(first: Findings, second: Findings) -> Divergence:
    """Return where two evaluations part."""
    order = _order(first.book, second.book)
    apart = [name for name in order if _state(first, name) is not _state(second, name)]
    different = set(apart)
    facts = tuple(
        name
        for name in dict.fromkeys([*first.book.facts, *second.book.facts])
        if _taken(first, name) != _taken(second, name)
    )
    begins = [name for name in apart if not _needed(first, second, name) & different]
    following = tuple(name for name in facts if _answered(first, name) == _answered(second, name))
    return Divergence(
        first,
        second,
        tuple(name for name in facts if name not in following),
        following,
        tuple(apart),
        tuple(_parting(first, second, name, set(facts)) for name in begins),
    )


def _order(first: RuleBook, second: RuleBook) -> list[str]:
    """Return every criterion in the order of examination; what the second book alone has comes last."""
    return list(dict.fromkeys([*examination_order(first), *examination_order(second)]))


def _state(findings: Findings, name: str) -> Status | None:
    return findings[name].status if name in findings.criteria else None


def _taken(findings: Findings, name: str) -> tuple[object, bool] | None:
    """Return what a fact is taken to be, and whether by a presumption; None where the book does not know it."""
    known: EstablishedFact | None = findings.established.get(name)
    return None if known is None else (known.value, known.presumed is not None)


def _answered(findings: Findings, name: str) -> object:
    """Return what an answer to a fact is worth, whatever is presumed where there is none."""
    known = findings.established.get(name)
    return None if known is None else reliable_value(known.given)


def _criteria(first: Findings, second: Findings, name: str) -> list[Criterion]:
    return [one.book.criteria[name] for one in (first, second) if name in one.book.criteria]


def _needed(first: Findings, second: Findings, name: str) -> set[str]:
    return {below for one in _criteria(first, second, name) for below in required_criteria(one)}


def _parting(first: Findings, second: Findings, name: str, facts: set[str]) -> DivergencePoint:
    own = _criteria(first, second, name)
    terms = [term for one in own for term in criterion_terms(one)]
    sides = (first.profile.readings, second.profile.readings)
    return DivergencePoint(
        name,
        (_state(first, name), _state(second, name)),
        tuple(sorted(facts_in(terms) & facts)),
        tuple(one for one in readings_in(terms) if sides[0].get(one) != sides[1].get(one)),
        len(own) == 1 or criterion_terms(own[0]) != criterion_terms(own[1]),
    )

"""One case under several profiles: where they part, and which contested reading parts them.

In: a rule book, what a case says, profiles. Out: a `Comparison` of values. Left alone: words, files, people.

Two profiles seldom part in one criterion alone, because whatever rests on it parts too. What is told is where a
difference begins: a criterion that two profiles find otherwise though both find alike all that it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import Evaluator, evaluate
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.dependencies import readings_in, required_criteria
from screen.rulebook.model import Criterion, Profile, Reading, RuleBook, Side, criterion_terms


@dataclass(frozen=True, slots=True)
class SideTaken:
    """A side of a contested point with the profiles that take it."""

    side: Side
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingSplit:
    """A contested point on which profiles take different sides; only sides that one of them takes."""

    reading: Reading
    sides: tuple[SideTaken, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A criterion that two profiles find otherwise though both find alike all that it needs.

    `found` holds each finding with the profiles that make it; `splits` the contested points that part them. Without
    any, what is presumed parts them.
    """

    criterion: Criterion
    profiles_by_status: tuple[tuple[Status, tuple[str, ...]], ...]
    splits: tuple[ReadingSplit, ...]


@dataclass(frozen=True, slots=True)
class ProfileComparison:
    """A case under several profiles.

    The first of `differences` is the first in the order of examination that needs no criterion in which any two part;
    the others follow in that order.
    """

    book: RuleBook
    findings: tuple[Findings, ...]
    same: tuple[str, ...]
    different: tuple[str, ...]
    differences: tuple[Difference, ...]


def compare_profiles(
    book: RuleBook, given: Mapping[str, RecordedAnswer], profiles: Iterable[str] | None = None
) -> ProfileComparison:
    """Return a case under these profiles, in their order; under every profile of the book where none is named.

    Raises KeyError for a profile that the book does not have.
    """
    names = tuple(dict.fromkeys(book.profiles if profiles is None else profiles))
    findings = tuple(evaluate(book, given, name) for name in names)
    parting = {name for name in book.order if len({one[name].status for one in findings}) > 1}
    roots = [name for name in examination_order(book) if name in parting and _begins(book.criteria[name], findings)]
    # Two sections may need each other's criteria, so that what stands first in the order need not rest on nothing.
    first = [name for name in roots if not required_criteria(book.criteria[name]) & parting][:1]
    roots = [*first, *(name for name in roots if name not in first)]
    return ProfileComparison(
        book,
        findings,
        tuple(name for name in book.conclusions if name not in parting),
        tuple(name for name in book.conclusions if name in parting),
        tuple(_difference(book, given, findings, book.criteria[name]) for name in roots),
    )


def examination_order(book: RuleBook) -> tuple[str, ...]:
    """Return the names of all criteria in the order of examination: section by section, as the files have them."""
    sections = {name: place for place, name in enumerate(book.sections)}
    return tuple(sorted(book.criteria, key=lambda name: sections[book.criteria[name].section]))


def _begins(one: Criterion, findings: Sequence[Findings]) -> bool:
    """Tell whether some two profiles find this otherwise and all that it needs alike."""
    below = sorted(required_criteria(one))
    ends: dict[tuple[Status, ...], Status] = {}
    for each in findings:
        state = each[one.name].status
        if ends.setdefault(tuple(each[name].status for name in below), state) is not state:
            return True
    return False


def _difference(
    book: RuleBook, given: Mapping[str, RecordedAnswer], findings: Sequence[Findings], one: Criterion
) -> Difference:
    found = {state: tuple(each.profile.name for each in findings if each[one.name].status is state) for state in Status}
    # A presumption may hang on a reading too; a criterion that leans on it then parts without naming one.
    presumed = [known.presumed.when for each in findings for known in each[one.name].rests_on if known.presumed]
    asked = readings_in((*criterion_terms(one), *(when for when in presumed if when is not None)))
    contested = [name for name in asked if len({each.profile.readings[name] for each in findings}) > 1]
    decisive = [name for name in contested if _parts(book, given, findings, one.name, name)]
    told = decisive if _explain(decisive, findings, one.name) else contested
    return Difference(
        one,
        tuple((state, names) for state, names in found.items() if names),
        tuple(_split(book.readings[name], findings) for name in told),
    )


def _explain(readings: Sequence[str], findings: Sequence[Findings], criterion: str) -> bool:
    """Tell whether profiles that agree on these points find the criterion alike."""
    ends: dict[tuple[str, ...], Status] = {}
    for one in findings:
        state = one[criterion].status
        if ends.setdefault(tuple(one.profile.readings[name] for name in readings), state) is not state:
            return False
    return True


def _parts(
    book: RuleBook, given: Mapping[str, RecordedAnswer], findings: Sequence[Findings], criterion: str, reading: str
) -> bool:
    """Tell whether a profile that took another's side of this one point would find this criterion otherwise."""
    sides = dict.fromkeys(one.profile.readings[reading] for one in findings)
    for one in findings:
        for side in sides:
            if side != one.profile.readings[reading]:
                profile = _with_side(one.profile, reading, side)
                if Evaluator(book, given, profile).findings()[criterion].status is not one[criterion].status:
                    return True
    return False


def _with_side(profile: Profile, reading: str, side: str) -> Profile:
    return replace(profile, readings={**profile.readings, reading: side})


def _split(reading: Reading, findings: Sequence[Findings]) -> ReadingSplit:
    taken = (
        SideTaken(side, tuple(one.profile.name for one in findings if one.profile.readings[reading.name] == side.name))
        for side in reading.sides
    )
    return ReadingSplit(reading, tuple(one for one in taken if one.profiles))

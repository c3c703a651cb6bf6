"""Compare one case under several profiles: where the findings differ, and which contested reading causes it.

Two profiles seldom differ in one criterion alone, because every criterion that depends on it differs too. What is
reported is where a difference originates: a criterion on which two profiles differ although they agree on everything
that it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import Evaluator, evaluate
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.dependencies import reachable, readings_in, required_criteria
from screen.rulebook.model import BurdenByReading, Criterion, Profile, Reading, RuleBook, Side, criterion_terms


@dataclass(frozen=True, slots=True)
class SideTaken:
    """A side of a contested point and the profiles that take it."""

    side: Side
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingSplit:
    """A contested point on which the profiles take different sides. A side that none of them takes is left out."""

    reading: Reading
    sides: tuple[SideTaken, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A criterion on which two profiles differ although they agree on everything that it needs.

    `profiles_by_status` lists each status with the profiles that reach it. `splits` are the contested points behind the
    difference; where there is none, a presumption is behind it.
    """

    criterion: Criterion
    profiles_by_status: tuple[tuple[Status, tuple[str, ...]], ...]
    splits: tuple[ReadingSplit, ...]


@dataclass(frozen=True, slots=True)
class ProfileComparison:
    """A case under several profiles.

    `same` and `different` are the conclusions on which all profiles agree, and the others. The first of `differences`
    is the first criterion in the order of examination that needs no other differing criterion; the rest follow in that
    order.
    """

    book: RuleBook
    findings: tuple[Findings, ...]
    same: tuple[str, ...]
    different: tuple[str, ...]
    differences: tuple[Difference, ...]


def compare_profiles(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profiles: Iterable[str] | None = None,
    *,
    closed: bool = False,
    as_recorded: bool = False,
) -> ProfileComparison:
    """Return a case under these profiles, in the order given; by default under every profile of the book.

    With `closed` the case is read on the closed record; `as_recorded` is that of `evaluate`.

    Raises KeyError for a profile that the book does not have.
    """
    names = tuple(dict.fromkeys(book.profiles if profiles is None else profiles))
    evaluations = tuple(evaluate(book, given, name, closed=closed, as_recorded=as_recorded) for name in names)
    differing = {name for name in book.order if len({findings[name].status for findings in evaluations}) > 1}
    in_order = (name for name in examination_order(book) if name in differing)
    origins = [name for name in in_order if _is_origin(book.criteria[name], evaluations)]
    # Two sections may need each other's criteria, so the first in the order may depend on another differing criterion.
    first = [name for name in origins if not required_criteria(book.criteria[name]) & differing][:1]
    origins = [*first, *(name for name in origins if name not in first)]
    return ProfileComparison(
        book,
        evaluations,
        tuple(name for name in book.conclusions if name not in differing),
        tuple(name for name in book.conclusions if name in differing),
        tuple(_difference_at(book, given, evaluations, book.criteria[name]) for name in origins),
    )


def examination_order(book: RuleBook) -> tuple[str, ...]:
    """Return the names of all criteria in the order of examination: section by section, in the order of the files."""
    sections = {name: index for index, name in enumerate(book.sections)}
    return tuple(sorted(book.criteria, key=lambda name: sections[book.criteria[name].section]))


def _is_origin(criterion: Criterion, evaluations: Sequence[Findings]) -> bool:
    """Tell whether two profiles differ on this criterion although they agree on everything that it needs."""
    needed = sorted(required_criteria(criterion))
    status_by_needed: dict[tuple[Status, ...], Status] = {}
    for findings in evaluations:
        status = findings[criterion.name].status
        statuses = tuple(findings[name].status for name in needed)
        if status_by_needed.setdefault(statuses, status) is not status:
            return True
    return False


def _difference_at(
    book: RuleBook, given: Mapping[str, RecordedAnswer], evaluations: Sequence[Findings], criterion: Criterion
) -> Difference:
    names_by_status = {
        status: tuple(findings.profile.name for findings in evaluations if findings[criterion.name].status is status)
        for status in Status
    }
    # A presumption may depend on a reading too. A criterion that rests on it then differs without naming a reading.
    presumed = [
        fact.presumed.when for findings in evaluations for fact in findings[criterion.name].rests_on if fact.presumed
    ]
    readings = readings_in((*criterion_terms(criterion), *(when for when in presumed if when is not None)))
    readings += [name for name in _readings_of_closing(criterion, evaluations) if name not in readings]
    contested = [name for name in readings if len({findings.profile.readings[name] for findings in evaluations}) > 1]
    decisive = [name for name in contested if _is_decisive(book, given, evaluations, criterion.name, name)]
    reported = decisive if _explains(decisive, evaluations, criterion.name) else contested
    return Difference(
        criterion,
        tuple((status, names) for status, names in names_by_status.items() if names),
        tuple(_reading_split(book.readings[name], evaluations) for name in reported),
    )


def _readings_of_closing(criterion: Criterion, evaluations: Sequence[Findings]) -> Iterator[str]:
    """Yield the points over which an element may be shown under one profile and not shown under another.

    They decide who bears its burden, or what may still be found out below it, where all else ends alike.
    """
    if any(findings[criterion.name].not_shown for findings in evaluations):
        if isinstance(criterion.burden, BurdenByReading):
            yield criterion.burden.reading
        criteria = evaluations[0].book.criteria
        below = (criteria[name] for name in evaluations[0].book.order if name in reachable([criterion.name], criteria))
        yield from readings_in(term for needed in below for term in criterion_terms(needed))


def _explains(readings: Sequence[str], evaluations: Sequence[Findings], criterion: str) -> bool:
    """Tell whether profiles that take the same sides on these points all reach the same status."""
    status_by_sides: dict[tuple[str, ...], Status] = {}
    for findings in evaluations:
        status = findings[criterion].status
        sides = tuple(findings.profile.readings[name] for name in readings)
        if status_by_sides.setdefault(sides, status) is not status:
            return False
    return True


def _is_decisive(
    book: RuleBook, given: Mapping[str, RecordedAnswer], evaluations: Sequence[Findings], criterion: str, reading: str
) -> bool:
    """Tell whether any profile would reach another status if it took another profile's side of this point alone."""
    sides = dict.fromkeys(findings.profile.readings[reading] for findings in evaluations)
    for findings in evaluations:
        for side in sides:
            if side != findings.profile.readings[reading]:
                profile = _with_side(findings.profile, reading, side)
                if (
                    Evaluator(book, given, profile, closed=findings.is_closed).findings()[criterion].status
                    is not findings[criterion].status
                ):
                    return True
    return False


def _with_side(profile: Profile, reading: str, side: str) -> Profile:
    return replace(profile, readings={**profile.readings, reading: side})


def _reading_split(reading: Reading, evaluations: Sequence[Findings]) -> ReadingSplit:
    profiles = [findings.profile for findings in evaluations]
    sides = (
        SideTaken(side, tuple(profile.name for profile in profiles if profile.readings[reading.name] == side.name))
        for side in reading.sides
    )
    return ReadingSplit(reading, tuple(side for side in sides if side.profiles))

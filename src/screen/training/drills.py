"""Drills made from any case: one decisive fact changed, or two courts side by side.

In: a rule book, the answers of a case, a profile, a seed. Out: drills whose answer is certain, because the what-if
search or the comparison of profiles computed it; no two of a set are alike.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from screen.case.evidence import RecordedAnswer
from screen.engine.compare import ProfileComparison, compare_profiles, examination_order
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.logic import Status
from screen.rulebook.dependencies import reachable
from screen.rulebook.model import RuleBook
from screen.rulebook.terms import Value
from screen.training.marking import PASS, WHICH_COURT, WHY_IT_CHANGES, Mark, MarkedElement, mark_finding, mark_pass
from screen.whatif.outcome import Outcome, try_answers
from screen.whatif.pivots import RECOMMENDATION, find_pivots

MAX_OFFERED = 6
_MAX_OTHER_ORIGINS = 3


@dataclass(frozen=True, slots=True)
class TwistDrill:
    """One fact answered differently, and what follows.

    `offered_points` are the points to choose from, `changed_points` those of them that end differently; `origins` are
    the elements that the change reaches first, and `offered_origins` the list that one of them is chosen from.
    """

    fact: str
    value: Value
    outcome: Outcome
    offered_points: tuple[str, ...]
    changed_points: tuple[str, ...]
    origins: tuple[str, ...]
    offered_origins: tuple[str, ...]


def make_twist_drills(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str,
    seed: int,
    *,
    points: Sequence[str] = (),
    count: int = 3,
) -> tuple[TwistDrill, ...]:
    """Return at most `count` drills, each over another fact and another set of changed points.

    `points` are law points to ask about in addition to the conclusions.
    """
    goals = tuple(dict.fromkeys((RECOMMENDATION, *points, *book.conclusions)))
    search = find_pivots(book, given, profile, goals, contestable=True, max_size=1)
    changes = list(
        dict.fromkeys(
            (pivot.facts[0], answers[0]) for pivot in search.pivots for turn in pivot.turns for answers in turn.answers
        )
    )
    draw = random.Random(f"twist {seed}")
    draw.shuffle(changes)
    drills: list[TwistDrill] = []
    for fact, value in changes:
        if len(drills) == count:
            break
        if fact not in {drill.fact for drill in drills}:
            drill = _make_twist_drill(book, given, profile, (fact, value), [*points, *book.conclusions], draw)
            if drill is not None and drill.changed_points not in {other.changed_points for other in drills}:
                drills.append(drill)
    return tuple(drills)


def _make_twist_drill(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str,
    change: tuple[str, Value],
    points: Sequence[str],
    draw: random.Random,
) -> TwistDrill | None:
    """Return a drill over this change; None where no point with words ends differently."""
    fact, value = change
    outcome = try_answers(book, given, {fact: RecordedAnswer(value)}, profile)
    with_words = [name for name in outcome.criteria if book.criteria[name].says]
    asked = [name for name in dict.fromkeys(points) if book.criteria[name].says]
    changed = [name for name in asked if name in outcome.criteria][: MAX_OFFERED - 2]
    if not changed or not with_words:
        return None
    unchanged = [name for name in asked if name not in outcome.criteria]
    offered = [*changed, *draw.sample(unchanged, min(len(unchanged), MAX_OFFERED - len(changed)))]
    origins = _origins(book, with_words)
    unaffected = _unaffected(book, outcome.criteria)
    others = draw.sample(unaffected, min(_MAX_OTHER_ORIGINS, len(unaffected)))
    return TwistDrill(
        fact,
        value,
        outcome,
        _in_examination_order(book, offered),
        _in_examination_order(book, changed),
        origins,
        _in_examination_order(book, [*origins[:1], *others]),
    )


def _origins(book: RuleBook, changed: Sequence[str]) -> tuple[str, ...]:
    """Return the changed elements that the change reaches first: no other changed element is below them."""
    names = set(changed)
    return tuple(name for name in changed if not (reachable([name], book.criteria) - {name}) & names)


def _unaffected(book: RuleBook, changed: Collection[str]) -> list[str]:
    """Return the criteria with words that are not among the changed ones."""
    return [name for name, criterion in book.criteria.items() if criterion.says and name not in changed]


def _in_examination_order(book: RuleBook, names: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in examination_order(book) if name in names)


def mark_twist_drill(drill: TwistDrill, chosen: Collection[str] | None, origin: str | None) -> list[MarkedElement]:
    """Return each offered point marked by whether its change was seen, then the origin; None is a pass."""
    marked = [_mark_change(drill, name, name in (chosen or ())) for name in drill.offered_points]
    if chosen is None:
        marked = mark_pass(marked)
    if origin is None:
        return [*marked, MarkedElement(WHY_IT_CHANGES, Mark.NOT_APPLICABLE, PASS, drill.origins[0])]
    mark = Mark.CORRECT if origin in drill.origins else Mark.SIGNIFICANT
    return [*marked, MarkedElement(WHY_IT_CHANGES, mark, origin, drill.origins[0])]


def _mark_change(drill: TwistDrill, name: str, chosen: bool) -> MarkedElement:
    before, after = drill.outcome.before[name].status, drill.outcome.after[name].status
    changes = name in drill.changed_points
    labels = {True: "changes", False: "stays"}
    if chosen == changes:
        return MarkedElement(name, Mark.CORRECT, labels[chosen], labels[changes])
    # A change from open to decided reverses nothing; one from met to not met, or back, reverses the claim.
    reversed_ = changes and Status.UNDETERMINED not in (before, after)
    return MarkedElement(name, Mark.SIGNIFICANT if reversed_ else Mark.MINOR, labels[chosen], labels[changes])


# ── which court would decide differently ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CourtDrill:
    """One case under two profiles that differ: the point where they first do, and the list it is chosen from."""

    comparison: ProfileComparison
    point: str
    offered_points: tuple[str, ...]

    @property
    def profiles(self) -> tuple[str, str]:
        """The two profiles, in the order of the question."""
        first, second = self.comparison.findings
        return first.profile.name, second.profile.name

    @property
    def statuses(self) -> dict[str, Status]:
        """How each profile ends the point."""
        return {findings.profile.name: findings[self.point].status for findings in self.comparison.findings}


def make_court_drill(
    book: RuleBook, given: Mapping[str, RecordedAnswer], first: str, second: str, seed: int
) -> CourtDrill | None:
    """Return a drill on which court would decide differently, and where; None where the two do not differ."""
    comparison = compare_profiles(book, given, (first, second))
    different = _different_criteria(*comparison.findings)
    origins = _origins(book, _in_examination_order(book, different))
    if not origins:
        return None
    same = _unaffected(book, different)
    draw = random.Random(f"courts {first} {second} {seed}")
    offered = {origins[0], *draw.sample(same, min(MAX_OFFERED - 1, len(same)))}
    return CourtDrill(comparison, origins[0], _in_examination_order(book, offered))


def _different_criteria(first: Findings, second: Findings) -> frozenset[str]:
    """Return the criteria with words that end differently in two evaluations."""
    return frozenset(
        name
        for name, criterion in first.book.criteria.items()
        if criterion.says and first[name].status is not second[name].status
    )


def mark_court_drill(
    drill: CourtDrill, point: str | None, statuses: Mapping[str, Status | None]
) -> list[MarkedElement]:
    """Return the choice of the point marked, then how each court ends it."""
    mark = Mark.NOT_APPLICABLE if point is None else Mark.CORRECT if point == drill.point else Mark.SIGNIFICANT
    return [
        MarkedElement(WHICH_COURT, mark, point or PASS, drill.point),
        *(mark_finding(drill.point, statuses.get(name), status) for name, status in drill.statuses.items()),
    ]


def profile_pairs(
    book: RuleBook, given: Mapping[str, RecordedAnswer], seed: int, count: int = 3
) -> tuple[tuple[str, str], ...]:
    """Return at most `count` pairs of profiles that differ on this case, no two of them over the same points."""
    pairs = list(combinations([evaluate(book, given, name) for name in book.profiles], 2))
    random.Random(f"pairs {seed}").shuffle(pairs)
    pair_of_difference: dict[frozenset[str], tuple[str, str]] = {}
    for first, second in pairs:
        different = _different_criteria(first, second)
        if different and len(pair_of_difference) < count:
            pair_of_difference.setdefault(different, (first.profile.name, second.profile.name))
    return tuple(pair_of_difference.values())

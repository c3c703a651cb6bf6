"""Drills made from any case: one decisive fact changed, or two courts side by side.

In: a rule book, what a case says, a profile, a seed. Out: drills whose answer is certain, because it was found by the
what-if search or by the comparison of profiles; no two of a set alike. Left alone: words and people.
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
from screen.training.marking import COURT, PASS, WHY, Mark, MarkedElement, mark_finding, mark_pass
from screen.whatif.pivots import RECOMMENDATION, Outcome, find_pivots, try_answers

MAX_OFFERED = 6


@dataclass(frozen=True, slots=True)
class TwistDrill:
    """One fact answered otherwise, and what follows.

    `offered` are the points to choose from, `changed` those of them that end otherwise; `begins` are the elements whose
    own condition reads the fact, the first of which carries the change, and `begin_among` what they are offered among.
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
    """Return so many drills at most, each over another fact and another set of changed points.

    `points` are the law points to ask about beside the conclusions.
    """
    goals = tuple(dict.fromkeys((RECOMMENDATION, *points, *book.conclusions)))
    found = find_pivots(book, given, profile, goals, contestable=True, max_size=1)
    candidates = [
        (pivot.facts[0], answers[0]) for pivot in found.pivots for turn in pivot.turns for answers in turn.answers
    ]
    candidates = list(dict.fromkeys(candidates))
    draw = random.Random(f"twist {seed}")
    draw.shuffle(candidates)
    made: list[TwistDrill] = []
    for fact, value in candidates:
        if len(made) == count:
            break
        if fact not in {one.fact for one in made}:
            twist = _twist(book, given, profile, (fact, value), [*points, *book.conclusions], draw)
            if twist is not None and twist.changed_points not in {one.changed_points for one in made}:
                made.append(twist)
    return tuple(made)


def _twist(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str,
    change: tuple[str, Value],
    points: Sequence[str],
    draw: random.Random,
) -> TwistDrill | None:
    """Return a drill over this change; None where no point with words ends otherwise."""
    fact, value = change
    outcome = try_answers(book, given, {fact: RecordedAnswer(value)}, profile)
    order = {name: place for place, name in enumerate(examination_order(book))}
    worded = [name for name in outcome.criteria if book.criteria[name].says]
    asked = [name for name in dict.fromkeys(points) if book.criteria[name].says]
    changed = [name for name in asked if name in outcome.criteria][: MAX_OFFERED - 2]
    if not changed or not worded:
        return None
    same = [name for name in asked if name not in outcome.criteria]
    offered = [*changed, *draw.sample(same, min(len(same), MAX_OFFERED - len(changed)))]
    begins = _begins(book, worded)
    strangers = [name for name, one in book.criteria.items() if one.says and name not in outcome.criteria]
    among = [*begins[:1], *draw.sample(strangers, min(3, len(strangers)))]
    return TwistDrill(
        fact,
        value,
        outcome,
        tuple(sorted(offered, key=order.__getitem__)),
        tuple(sorted(changed, key=order.__getitem__)),
        begins,
        tuple(sorted(among, key=order.__getitem__)),
    )


def _begins(book: RuleBook, changed: Sequence[str]) -> tuple[str, ...]:
    """Return the changed elements that the change reaches first: no other of them is below."""
    every = set(changed)
    return tuple(name for name in changed if not (reachable([name], book.criteria) - {name}) & every)


def mark_twist_drill(twist: TwistDrill, chosen: Collection[str] | None, why: str | None) -> list[MarkedElement]:
    """Return each offered point marked by whether its change was seen, then the reason; None is a pass."""
    marked = [_seen(twist, name, name in (chosen or ())) for name in twist.offered_points]
    if chosen is None:
        marked = mark_pass(marked)
    if why is None:
        return [*marked, MarkedElement(WHY, Mark.NOT_APPLICABLE, PASS, twist.origins[0])]
    right = why in twist.origins
    return [*marked, MarkedElement(WHY, Mark.CORRECT if right else Mark.SIGNIFICANT, why, twist.origins[0])]


def _seen(twist: TwistDrill, name: str, said: bool) -> MarkedElement:
    before, after = twist.outcome.before[name].status, twist.outcome.after[name].status
    right = name in twist.changed_points
    words = {True: "changes", False: "stays"}
    if said == right:
        return MarkedElement(name, Mark.CORRECT, words[said], words[right])
    # From open to decided nothing is turned round; from met to not met, or the other way, a claim is.
    turned = right and Status.UNDETERMINED not in (before, after)
    return MarkedElement(name, Mark.SIGNIFICANT if turned else Mark.MINOR, words[said], words[right])


# ── which court would decide otherwise ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CourtDrill:
    """One case under two profiles that part: the point where they do first, and what it is offered among."""

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
        return {one.profile.name: one[self.point].status for one in self.comparison.findings}


def make_court_drill(
    book: RuleBook, given: Mapping[str, RecordedAnswer], first: str, second: str, seed: int
) -> CourtDrill | None:
    """Return the drill "which court would decide otherwise, and on what point?"; None where the two do not part."""
    comparison = compare_profiles(book, given, (first, second))
    apart = _apart(*comparison.findings)
    begins = _begins(book, [name for name in examination_order(book) if name in apart])
    if not begins:
        return None
    alike = [name for name, one in book.criteria.items() if one.says and name not in apart]
    draw = random.Random(f"courts {first} {second} {seed}")
    offered = {begins[0], *draw.sample(alike, min(MAX_OFFERED - 1, len(alike)))}
    return CourtDrill(comparison, begins[0], tuple(name for name in examination_order(book) if name in offered))


def _apart(first: Findings, second: Findings) -> frozenset[str]:
    """Return the criteria with words that two evaluations find otherwise."""
    criteria = first.book.criteria.items()
    return frozenset(name for name, one in criteria if one.says and first[name].status is not second[name].status)


def mark_court_drill(courts_: CourtDrill, point: str | None, ends: Mapping[str, Status | None]) -> list[MarkedElement]:
    """Return the choice of the point marked, then how each court ends it."""
    right = courts_.point
    where = Mark.NOT_APPLICABLE if point is None else Mark.CORRECT if point == right else Mark.SIGNIFICANT
    marked = [MarkedElement(COURT, where, point or PASS, right)]
    return [*marked, *(mark_finding(right, ends.get(name), state) for name, state in courts_.statuses.items())]


def profile_pairs(
    book: RuleBook, given: Mapping[str, RecordedAnswer], seed: int, count: int = 3
) -> tuple[tuple[str, str], ...]:
    """Return pairs of profiles that part on this case, no two of them over the same points."""
    found = [evaluate(book, given, name) for name in book.profiles]
    every = list(combinations(found, 2))
    random.Random(f"pairs {seed}").shuffle(every)
    made: dict[frozenset[str], tuple[str, str]] = {}
    for first, second in every:
        apart = _apart(first, second)
        if apart and len(made) < count:
            made.setdefault(apart, (first.profile.name, second.profile.name))
    return tuple(made.values())

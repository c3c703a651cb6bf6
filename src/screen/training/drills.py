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
from screen.rulebook.terms import RuleBook, Value
from screen.training.marking import COURT, PASS, WHY, Mark, Marked, decided, passed
from screen.whatif.search import RECOMMENDATION, Outcome, outcome_with, pivots

OFFERED = 6


@dataclass(frozen=True, slots=True)
class Twist:
    """One fact answered otherwise, and what follows.

    `offered` are the points to choose from, `changed` those of them that end otherwise; `begins` are the elements whose
    own condition reads the fact, the first of which carries the change, and `begin_among` what they are offered among.
    """

    fact: str
    value: Value
    outcome: Outcome
    offered: tuple[str, ...]
    changed: tuple[str, ...]
    begins: tuple[str, ...]
    begin_among: tuple[str, ...]


def twists(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str,
    seed: int,
    *,
    points: Sequence[str] = (),
    count: int = 3,
) -> tuple[Twist, ...]:
    """Return so many drills at most, each over another fact and another set of changed points.

    `points` are the law points to ask about beside the conclusions.
    """
    goals = tuple(dict.fromkeys((RECOMMENDATION, *points, *book.conclusions)))
    found = pivots(book, given, profile, goals, contestable=True, largest=1)
    candidates = [
        (pivot.facts[0], answers[0]) for pivot in found.found for turn in pivot.turns for answers in turn.answers
    ]
    candidates = list(dict.fromkeys(candidates))
    draw = random.Random(f"twist {seed}")
    draw.shuffle(candidates)
    made: list[Twist] = []
    for fact, value in candidates:
        if len(made) == count:
            break
        if fact not in {one.fact for one in made}:
            twist = _twist(book, given, profile, (fact, value), [*points, *book.conclusions], draw)
            if twist is not None and twist.changed not in {one.changed for one in made}:
                made.append(twist)
    return tuple(made)


def _twist(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str,
    change: tuple[str, Value],
    points: Sequence[str],
    draw: random.Random,
) -> Twist | None:
    """Return a drill over this change; None where no point with words ends otherwise."""
    fact, value = change
    outcome = outcome_with(book, given, {fact: RecordedAnswer(value)}, profile)
    order = {name: place for place, name in enumerate(examination_order(book))}
    worded = [name for name in outcome.criteria if book.criteria[name].says]
    asked = [name for name in dict.fromkeys(points) if book.criteria[name].says]
    changed = [name for name in asked if name in outcome.criteria][: OFFERED - 2]
    if not changed or not worded:
        return None
    same = [name for name in asked if name not in outcome.criteria]
    offered = [*changed, *draw.sample(same, min(len(same), OFFERED - len(changed)))]
    begins = _begins(book, worded)
    strangers = [name for name, one in book.criteria.items() if one.says and name not in outcome.criteria]
    among = [*begins[:1], *draw.sample(strangers, min(3, len(strangers)))]
    return Twist(
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


def twist_marked(twist: Twist, chosen: Collection[str] | None, why: str | None) -> list[Marked]:
    """Return each offered point marked by whether its change was seen, then the reason; None is a pass."""
    marked = [_seen(twist, name, name in (chosen or ())) for name in twist.offered]
    if chosen is None:
        marked = passed(marked)
    if why is None:
        return [*marked, Marked(WHY, Mark.NOT_APPLICABLE, PASS, twist.begins[0])]
    right = why in twist.begins
    return [*marked, Marked(WHY, Mark.CORRECT if right else Mark.SIGNIFICANT, why, twist.begins[0])]


def _seen(twist: Twist, name: str, said: bool) -> Marked:
    before, after = twist.outcome.before[name].status, twist.outcome.after[name].status
    right = name in twist.changed
    words = {True: "changes", False: "stays"}
    if said == right:
        return Marked(name, Mark.CORRECT, words[said], words[right])
    # From open to decided nothing is turned round; from met to not met, or the other way, a claim is.
    turned = right and Status.UNDETERMINED not in (before, after)
    return Marked(name, Mark.SIGNIFICANT if turned else Mark.MINOR, words[said], words[right])


# ── which court would decide otherwise ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Courts:
    """One case under two profiles that part: the point where they do first, and what it is offered among."""

    comparison: ProfileComparison
    point: str
    offered: tuple[str, ...]

    @property
    def profiles(self) -> tuple[str, str]:
        """The two profiles, in the order of the question."""
        first, second = self.comparison.findings
        return first.profile.name, second.profile.name

    @property
    def ends(self) -> dict[str, Status]:
        """How each profile ends the point."""
        return {one.profile.name: one[self.point].status for one in self.comparison.findings}


def courts(book: RuleBook, given: Mapping[str, RecordedAnswer], first: str, second: str, seed: int) -> Courts | None:
    """Return the drill "which court would decide otherwise, and on what point?"; None where the two do not part."""
    comparison = compare_profiles(book, given, (first, second))
    apart = _apart(*comparison.findings)
    begins = _begins(book, [name for name in examination_order(book) if name in apart])
    if not begins:
        return None
    alike = [name for name, one in book.criteria.items() if one.says and name not in apart]
    draw = random.Random(f"courts {first} {second} {seed}")
    offered = {begins[0], *draw.sample(alike, min(OFFERED - 1, len(alike)))}
    return Courts(comparison, begins[0], tuple(name for name in examination_order(book) if name in offered))


def _apart(first: Findings, second: Findings) -> frozenset[str]:
    """Return the criteria with words that two evaluations find otherwise."""
    criteria = first.book.criteria.items()
    return frozenset(name for name, one in criteria if one.says and first[name].status is not second[name].status)


def courts_marked(courts_: Courts, point: str | None, ends: Mapping[str, Status | None]) -> list[Marked]:
    """Return the choice of the point marked, then how each court ends it."""
    right = courts_.point
    where = Mark.NOT_APPLICABLE if point is None else Mark.CORRECT if point == right else Mark.SIGNIFICANT
    marked = [Marked(COURT, where, point or PASS, right)]
    return [*marked, *(decided(right, ends.get(name), state) for name, state in courts_.ends.items())]


def pairs(
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

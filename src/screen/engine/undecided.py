"""What is left when some facts are unknown: which question can still change an open conclusion.

In: a rule book, a profile, what has been asked. Out: the next fact to ask, with the criteria that hang on it. Left
alone: people (`interview`).

"Unknown leaves under undecided nodes" never misses a question that matters, and asks too much where a fact stands in
several places. So a question is asked only when a *witness* is found: some way of answering the other open questions in
which this answer turns an open conclusion. Witnesses are looked for in hundreds of completions at once (`lanes`); where
the open questions are few enough, in all of them. A fact that has been asked and is unknown stays unknown.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from math import prod

from screen.answer import Answer
from screen.engine.lanes import Lane, Lanes
from screen.facts import Given, worth
from screen.language.graph import criteria_in, facts_in, facts_of_presumptions, leaves_in
from screen.language.terms import (
    HOST_FACT,
    ORIGIN_FACT,
    Between,
    Binds,
    Fact,
    Is,
    Leaf,
    Profile,
    RuleBook,
    Value,
    conditions,
)  # fmt: skip

SAMPLES = 128  # completions looked through for each question, before a rarer witness is looked for
RARE_SAMPLES = 2048
EXHAUSTIVE = 4096  # so many completions at most are looked through without leaving one out
_FIRST = {ORIGIN_FACT: 0, HOST_FACT: 1}  # the words of all later questions name these two States
_DISTRESS = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class Question:
    """The next fact to ask, the criteria with words that hang on it, the conclusions that an answer can settle."""

    fact: Fact
    hangs_on: tuple[str, ...]
    settles: tuple[str, ...]
    open_conclusions: tuple[str, ...]


class Undecided:
    """Finds the next question of a case; made once for a rule book and a profile, asked after every answer."""

    def __init__(self, book: RuleBook, profile: Profile, goals: Sequence[str] | None = None) -> None:
        self.book, self.profile = book, profile
        self.goals = tuple(goals if goals is not None else book.conclusions)
        self.lanes = Lanes(book, profile, self.goals)
        self.values = representatives(book, self.lanes.facts())
        self._children = {name: criteria_in(conditions(book.criteria[name])) for name in self.lanes.order}
        self._own_facts = {name: facts_in(conditions(book.criteria[name])) for name in self.lanes.order}
        self._presuming = facts_of_presumptions(book.presumptions) & self.values.keys()
        self._hangs = self._criteria_of_facts()
        self._samples: dict[tuple[str, int], list[tuple[Value, int]]] = {}
        chapters = {name: index for index, name in enumerate(book.chapters)}
        self._rank = {name: (chapters[fact.chapter], index) for index, (name, fact) in enumerate(book.facts.items())}

    def question(self, given: Mapping[str, Given]) -> Question | None:
        """Return the next question, or None where no answer can change an open conclusion any more.

        The order of examination comes first; within a chapter the question that can settle most conclusions, then the
        gentler one, then the one that decides more on the way.
        """
        base = {name: worth(given[name]) for name in given}
        alone = {name: [(value, 1)] for name, value in base.items()}
        settled = {name: lane for name, lane in self.lanes.walk(alone, 1).items() if any(lane)}
        goals = [name for name in self.goals if name not in settled]
        if not goals:
            return None
        # What is settled is walked once, as one case; only what is open is walked for hundreds.
        near = self._near(goals, settled) - self.lanes.presumed(alone)
        others = [name for name, values in self.values.items() if values and name in near and name not in given]
        ahead = self._look_ahead(others, base, settled)
        # A judgement is no question to the person; it is among what may yet be answered, and never the next question.
        asked = [name for name in others if not self.book.facts[name].judgement]
        chapters = sorted({self._rank[name][0] for name in asked})
        for samples, chapter in product((SAMPLES, RARE_SAMPLES), chapters):
            here = [name for name in asked if self._rank[name][0] == chapter]
            effects = {name: ahead.effect(name, goals) for name in here}
            here.sort(key=lambda name: self._preference(name, effects))
            shown = {name for name in here if effects[name].settles}
            # The best question most often settles something at once; only then is there no need to look further.
            if here[0] not in shown:
                doubtful = [name for name in here if name not in shown]
                shown |= self._witnessed(doubtful, base, others, goals, samples, ahead.settled)
            for name in here:
                if name in shown:
                    hangs = tuple(one for one in self.hangs_on(name) if one not in ahead.settled)
                    return Question(self.book.facts[name], hangs, effects[name].settles, tuple(goals))
        return None

    def judgements(self, given: Mapping[str, Given]) -> tuple[Fact, ...]:
        """Return the judgements one of whose answers would settle a conclusion as the case now stands."""
        base = {name: value for name in given if (value := worth(given[name])) is not Answer.UNKNOWN}
        open_ones = [name for name in self.values if self.book.facts[name].judgement and name not in base]
        ahead = self._look_ahead(open_ones, base, {})
        return tuple(self.book.facts[name] for name in open_ones if ahead.effect(name, self.goals).settles)

    # ── looking ahead ───────────────────────────────────────────────────────────────────────────────────────────────

    def _look_ahead(self, facts: Sequence[str], base: Mapping[str, Value], settled: Mapping[str, Lane]) -> _Ahead:
        """Return the case as it stands, and with each answer to each of these facts."""
        columns: dict[str, list[tuple[Value, int]]] = {}
        lanes: dict[str, int] = {}
        count = 1  # bit 0 is the case as it stands; every other bit is the case with one more answer
        for name in facts:
            column = [(value, 1 << count + index) for index, value in enumerate(self.values[name])]
            columns[name], lanes[name] = column, sum(mask for _, mask in column)
            count += len(column)
        full = _full(count)
        for name in base:
            columns[name] = [(base[name], full)]
        states = self.lanes.walk(columns, count, settled)
        decided = {name: lane.met | lane.not_met | lane.none for name, lane in states.items()}
        return _Ahead(
            settled,
            {name: mask for name, mask in decided.items() if mask and not mask & 1},
            lanes,
        )

    def _preference(self, name: str, effect: Mapping[str, _Effect]) -> tuple[int, int, int, float, int]:
        fact = self.book.facts[name]
        return (
            _FIRST.get(name, len(_FIRST)),
            -len(effect[name].settles), _DISTRESS[fact.distress], -effect[name].on_the_way, self._rank[name][1],
        )  # fmt: skip

    def _near(self, goals: Sequence[str], settled: Mapping[str, Lane]) -> set[str]:
        """Return the facts under open criteria of open conclusions: no other can matter."""
        seen: set[str] = set()
        waiting = list(goals)
        while waiting:
            name = waiting.pop()
            if name not in seen and name not in settled:
                seen.add(name)
                waiting += self._children[name]
        return self._presuming.union(*(self._own_facts[name] for name in seen))

    def _witnessed(
        self,
        names: Sequence[str],
        base: Mapping[str, Value],
        others: Sequence[str],
        goals: Sequence[str],
        samples: int,
        settled: Mapping[str, Lane],
    ) -> set[str]:
        """Return those of these facts that turn an open conclusion in some completion of the other open questions.

        Every completion is walked once for each answer to each of the facts, all in one walk.
        """
        if not names:
            return set()
        if prod(len(self.values[other]) + 1 for other in others) <= EXHAUSTIVE:
            some = list(product(*((Answer.UNKNOWN, *self.values[other]) for other in others)))
            completed = {other: _column([one[place] for one in some]) for place, other in enumerate(others)}
            count = len(some)
        else:
            completed, count = {other: self._sample(other, samples) for other in others}, samples
        # Left unknown is among the answers: where every answer ends alike it takes one of them to end at all.
        blocks = [(name, value) for name in names for value in (Answer.UNKNOWN, *self.values[name])]
        full, block = _full(count * len(blocks)), _full(count)
        repeat = sum(1 << (index * count) for index in range(len(blocks)))
        columns: dict[str, Sequence[tuple[Value, int]]] = {one: [(value, full)] for one, value in base.items()}
        for other, column in completed.items():
            own = [(value, block << (index * count)) for index, (name, value) in enumerate(blocks) if name == other]
            free = full & ~sum(mask for _, mask in own)
            said = [(value, mask) for value, mask in own if value is not Answer.UNKNOWN]
            columns[other] = [*((value, mask * repeat & free) for value, mask in column), *said]
        states = self.lanes.walk(columns, count * len(blocks), settled)
        found: set[str] = set()
        first = 0
        for name in names:
            last = first + 1 + len(self.values[name])
            for lane in (lane for goal in goals for lane in states[goal]):
                ends = {lane >> (index * count) & block for index in range(first, last)}
                if len(ends) > 1:
                    found.add(name)
                    break
            first = last
        return found

    def _sample(self, name: str, samples: int) -> list[tuple[Value, int]]:
        """Return the answers to a fact in so many completions: the same ones today and in a year."""
        if (name, samples) not in self._samples:
            draw = random.Random(f"{name} {samples}")
            self._samples[name, samples] = list(_spread(self.values[name], _full(samples), samples, draw))
        return self._samples[name, samples]

    def hangs_on(self, name: str) -> tuple[str, ...]:
        """Return the nearest criteria with words that a fact bears on, in the order of examination."""
        return tuple(self._hangs.get(name, ()))

    # ── words for the question ──────────────────────────────────────────────────────────────────────────────────────

    def _criteria_of_facts(self) -> dict[str, list[str]]:
        """Return for each fact the nearest criteria with words that it bears on, in the order of examination."""
        users: dict[str, set[str]] = {}
        parents: dict[str, set[str]] = {}
        for name in self.lanes.order:
            for fact in self._own_facts[name]:
                users.setdefault(fact, set()).add(name)
            for child in self._children[name]:
                parents.setdefault(child, set()).add(name)
        place = {name: index for index, name in enumerate(self.book.criteria)}
        result = {}
        for fact, names in users.items():
            worded: set[str] = set()
            waiting = list(names)
            while waiting:
                one = waiting.pop()
                if self.book.criteria[one].says:
                    worded.add(one)
                else:
                    waiting += parents.get(one, ())
            result[fact] = sorted(worded, key=place.__getitem__)
        return result


@dataclass(frozen=True, slots=True)
class _Effect:
    """What one more answer can settle: conclusions, and how many criteria on the way, on average."""

    settles: tuple[str, ...]
    on_the_way: float


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The case as it stands, and with one more answer: what is settled now, what which answers decide."""

    settled: Mapping[str, Lane]
    turned: Mapping[str, int]
    lanes: Mapping[str, int]

    def effect(self, name: str, goals: Sequence[str]) -> _Effect:
        """Return what answers to this fact can settle."""
        own = self.lanes[name]
        settles = tuple(goal for goal in goals if self.turned.get(goal, 0) & own)
        return _Effect(settles, sum((mask & own).bit_count() for mask in self.turned.values()) / own.bit_count())


def _spread(values: Sequence[Value], mask: int, samples: int, draw: random.Random) -> Iterator[tuple[Value, int]]:
    """Yield each value with its share of the cases in `mask`, halved by chance until one value is left."""
    if len(values) < 2:
        yield from ((value, mask) for value in values)
        return
    half, some = len(values) // 2, draw.getrandbits(samples) & mask
    yield from _spread(values[:half], some, samples, draw)
    yield from _spread(values[half:], mask & ~some, samples, draw)


def _full(count: int) -> int:
    return (1 << count) - 1


def _column(answers: Sequence[Value]) -> list[tuple[Value, int]]:
    """Return for each value the cases that have it; where the answer is unknown the case stands under none."""
    masks: dict[Value, int] = {}
    for index, value in enumerate(answers):
        if value is not Answer.UNKNOWN:
            masks[value] = masks.get(value, 0) | 1 << index
    return list(masks.items())


def representatives(book: RuleBook, names: Collection[str]) -> dict[str, tuple[Value, ...]]:
    """Return for each fact values of it, one for each way in which the rule book can tell them apart.

    Yes/no, choices and levels: every one. A set: empty, each option alone, all. Numbers and days: the bounds that the
    book compares with and what lies around them. Countries: those that the book names, and one that it does not.
    """
    compared: dict[str, list[Leaf]] = {name: [] for name in names}
    terms = [term for one in book.criteria.values() for term in conditions(one)]
    terms += [one.when for one in book.presumptions if one.when is not None]
    for leaf in leaves_in(terms):
        if leaf.fact in compared:
            compared[leaf.fact].append(leaf)
    return {name: _values(book, book.facts[name], compared[name]) for name in book.facts if name in compared}


def _values(book: RuleBook, fact: Fact, leaves: Sequence[Leaf]) -> tuple[Value, ...]:
    match fact.type:
        case "yes_no":
            return (Answer.YES, Answer.NO)
        case "choice" | "level":
            return tuple(option for option, _ in fact.options)
        case "many":
            options = [option for option, _ in fact.options]
            return (frozenset(), *(frozenset({option}) for option in options), frozenset(options))
        case "number" | "date":
            bounds = {bound for leaf in leaves if isinstance(leaf, Between) for bound in (leaf.low, leaf.high)}
            around = _around([bound for bound in bounds if bound is not None])
            return tuple(value for value in around if fact.bounds is None or fact.bounds.hold(value))  # type: ignore[arg-type]
        case "country":
            asked = (value for leaf in leaves if isinstance(leaf, Is) for value in leaf.values)
            named = {value for value in asked if isinstance(value, str)}
            if any(isinstance(leaf, Binds) for leaf in leaves):
                named |= book.standings.keys()
            named |= {one.origin for one in book.presumptions if one.origin} if fact.name == ORIGIN_FACT else set()
            other = next(code for code in sorted(book.countries) if code not in named)
            return (*sorted(named), other)
        case _:
            return ()


def _around(bounds: list[int | float | date]) -> tuple[Value, ...]:
    """Return each bound with what lies right before and after it, in order; days and numbers are never mixed."""
    values: set[Value] = set()
    for bound in bounds:
        one = timedelta(days=1) if isinstance(bound, date) else 1
        values |= {bound - one, bound, bound + one}  # type: ignore[operator]
    return tuple(sorted(values))  # type: ignore[type-var]

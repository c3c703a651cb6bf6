"""What is left when some facts are unknown: which question can still change an open conclusion.

In: a rule book, a profile, what has been asked. Out: the next fact to ask, with the criteria that hang on it. Left alone:
people (`interview`).

"Unknown leaves under undecided nodes" never misses a question that matters, and asks too much where a fact stands in
several places. So a question is asked only when a *witness* is found: some way of answering the other open questions in
which this answer turns an open conclusion. Witnesses are looked for in hundreds of completions at once (`lanes`); where
the open questions are few enough, in all of them. A fact that has been asked and is unknown stays unknown.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from math import prod

from screen.answer import Answer
from screen.engine.lanes import Columns, Lane, Lanes
from screen.facts import Given, worth
from screen.language.graph import criteria_in, facts_in
from screen.language.terms import (
    Between, Binds, Fact, Includes, Is, Profile, RuleBook, Value, conditions, within,
)  # fmt: skip

SAMPLES = 128  # completions looked through for each question, before a rarer witness is looked for
RARE_SAMPLES = 2048
EXHAUSTIVE = 4096  # so many completions at most are looked through without leaving one out
_DISTRESS = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class Question:
    """The next fact to ask, the criteria with words that hang on it, the conclusions that an answer can settle at once."""

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
        self.values = {name: representatives(book, name) for name in self.lanes.facts()}
        self._hangs = self._criteria_of_facts()
        chapters = {name: index for index, name in enumerate(book.chapters)}
        self._rank = {
            name: (chapters[fact.chapter], index) for index, (name, fact) in enumerate(book.facts.items())
        }

    def question(self, given: Mapping[str, Given]) -> Question | None:
        """Return the next question, or None where no answer can change an open conclusion any more.

        The order of examination comes first; within a chapter the question that can settle most conclusions, then the
        gentler one, then the one that decides more on the way.
        """
        base = {name: value for name in given if (value := worth(given[name])) is not Answer.UNKNOWN}
        asked = [name for name in self.values if name not in given]
        lanes = [(name, value) for name in asked for value in self.values[name]]
        columns: dict[str, list[tuple[Value, int]]] = {name: [(base[name], _full(len(lanes) + 1))] for name in base}
        for index, (name, value) in enumerate(lanes):
            columns.setdefault(name, []).append((value, 2 << index))
        # Bit 0 is the case as it stands; every other bit is the case with one more answer.
        states = self.lanes.walk(columns, len(lanes) + 1)
        goals = [name for name in self.goals if _is_open(states[name], 0)]
        if not goals:
            return None
        presumed = self._presumed(columns)
        candidates = [name for name in asked if name not in presumed]
        effect = self._effects(states, goals, lanes)
        for chapter in sorted({self._rank[name][0] for name in candidates}):
            here = [name for name in candidates if self._rank[name][0] == chapter]
            here.sort(key=lambda name: self._preference(name, effect))
            for name in here:
                if effect[name].settles or self._has_witness(name, base, candidates, goals, SAMPLES):
                    return self._asked(name, effect[name].settles, states, goals)
        for name in sorted(candidates, key=lambda name: (self._rank[name][0], self._preference(name, effect))):
            if self._has_witness(name, base, candidates, goals, RARE_SAMPLES):
                return self._asked(name, effect[name].settles, states, goals)
        return None

    def can_change(self, name: str, given: Mapping[str, Given]) -> bool:
        """Tell whether some answer to this fact can turn an open conclusion, the other open questions being answered."""
        base = {one: value for one in given if one != name and (value := worth(given[one])) is not Answer.UNKNOWN}
        states = self.lanes.walk({one: [(base[one], 1)] for one in base}, 1)
        goals = [one for one in self.goals if _is_open(states[one], 0)]
        others = [one for one in self.values if one not in given]
        return name in self.values and self._has_witness(name, base, others, goals, RARE_SAMPLES)

    # ── looking ahead ───────────────────────────────────────────────────────────────────────────────────────────────

    def _presumed(self, columns: Columns) -> set[str]:
        """Return the facts that stand on a presumption in the case as it is: they are shown, and asked by nobody."""
        return self.lanes.presumed(columns)

    def _effects(
        self, states: Mapping[str, Lane], goals: Sequence[str], lanes: Sequence[tuple[str, Value]]
    ) -> dict[str, _Effect]:
        """Return what each answer alone would settle: conclusions, and criteria on the way."""
        effects: dict[str, _Effect] = {name: _Effect([], 0.0) for name, _ in lanes}
        decided = {name: lane.met | lane.not_met | lane.none for name, lane in states.items()}
        was_open = [name for name in states if not decided[name] & 1]
        for index, (name, _) in enumerate(lanes):
            bit, effect = 2 << index, effects[name]
            for goal in goals:
                if decided[goal] & bit and goal not in effect.settles:
                    effect.settles.append(goal)
            effect.on_the_way += sum(1 for one in was_open if decided[one] & bit) / len(self.values[name])
        return effects

    def _preference(self, name: str, effect: Mapping[str, _Effect]) -> tuple[int, int, float, int]:
        fact = self.book.facts[name]
        return (
            -len(effect[name].settles), _DISTRESS[fact.distress], -effect[name].on_the_way, self._rank[name][1],
        )  # fmt: skip

    def _has_witness(
        self, name: str, base: Mapping[str, Value], others: Sequence[str], goals: Sequence[str], samples: int
    ) -> bool:
        """Tell whether some completion of the other questions makes an open conclusion turn on this one."""
        free = [other for other in others if other != name]
        mine = self.values[name]
        if prod(len(self.values[other]) + 1 for other in free) <= EXHAUSTIVE:
            choices: list[Sequence[Value]] = [(Answer.UNKNOWN, *self.values[other]) for other in free]
            completions: list[Sequence[Value]] = [tuple(one) for one in product(*choices)]
            return self._turns(name, base, free, completions, mine, goals)
        draw = random.Random(name)  # the same question follows the same answers, today and in a year
        some = [tuple(draw.choice(self.values[other]) for other in free) for _ in range(samples)]
        return self._turns(name, base, free, some, mine, goals)

    def _turns(
        self,
        name: str,
        base: Mapping[str, Value],
        free: Sequence[str],
        completions: Sequence[Sequence[Value]],
        mine: Sequence[Value],
        goals: Sequence[str],
    ) -> bool:
        count = len(completions)
        blocks = len(mine)
        full = _full(count * blocks)
        columns: dict[str, list[tuple[Value, int]]] = {one: [(value, full)] for one, value in base.items()}
        repeat = sum(1 << (block * count) for block in range(blocks))
        for place, other in enumerate(free):
            masks: dict[Value, int] = {}
            for index, completion in enumerate(completions):
                if (value := completion[place]) is not Answer.UNKNOWN:
                    masks[value] = masks.get(value, 0) | 1 << index
            columns[other] = [(value, mask * repeat) for value, mask in masks.items()]
        one_block = _full(count)
        columns[name] = [(value, one_block << (block * count)) for block, value in enumerate(mine)]
        states = self.lanes.walk(columns, count * blocks)
        for goal in goals:
            for lane in states[goal]:
                first = lane & one_block
                if any((lane >> (block * count)) & one_block != first for block in range(1, blocks)):
                    return True
        return False

    def hangs_on(self, name: str) -> tuple[str, ...]:
        """Return the nearest criteria with words that a fact bears on, in the order of examination."""
        return tuple(self._hangs.get(name, ()))

    # ── words for the question ──────────────────────────────────────────────────────────────────────────────────────

    def _asked(
        self, name: str, settles: Sequence[str], states: Mapping[str, Lane], goals: Sequence[str]
    ) -> Question:
        hangs = [one for one in self._hangs.get(name, ()) if _is_open(states[one], 0)]
        return Question(self.book.facts[name], tuple(hangs), tuple(settles), tuple(goals))

    def _criteria_of_facts(self) -> dict[str, list[str]]:
        """Return for each fact the nearest criteria with words that it bears on, in the order of examination."""
        users: dict[str, set[str]] = {}
        parents: dict[str, set[str]] = {}
        for name in self.lanes.order:
            own = conditions(self.book.criteria[name])
            for fact in facts_in(own):
                users.setdefault(fact, set()).add(name)
            for child in criteria_in(own):
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


@dataclass(slots=True)
class _Effect:
    settles: list[str]
    on_the_way: float


def _full(count: int) -> int:
    return (1 << count) - 1


def _is_open(lane: Lane, case: int) -> bool:
    return not (lane.met | lane.not_met | lane.none) >> case & 1


def representatives(book: RuleBook, name: str) -> tuple[Value, ...]:
    """Return values of a fact, one for each way in which the rule book can tell them apart.

    Yes/no, choices and levels: every one. A set: empty, each option alone, all. Numbers and days: the bounds that the
    book compares with and what lies between them. Countries: those that the book names, and one that it does not.
    """
    fact = book.facts[name]
    leaves = [
        leaf
        for one in book.criteria.values()
        for term in conditions(one)
        for leaf in within(term)
        if isinstance(leaf, Is | Includes | Between | Binds) and leaf.fact == name
    ]
    match fact.type:
        case "yes_no":
            return (Answer.YES, Answer.NO)
        case "choice" | "level":
            return tuple(option for option, _ in fact.options)
        case "many":
            options = [option for option, _ in fact.options]
            return (frozenset(), *(frozenset({option}) for option in options), frozenset(options))
        case "number" | "date":
            return _around(sorted({bound for leaf in leaves if isinstance(leaf, Between)
                                   for bound in (leaf.low, leaf.high) if bound is not None}))  # type: ignore[type-var, arg-type]  # fmt: skip
        case "country":
            named = {value for leaf in leaves if isinstance(leaf, Is) for value in leaf.values if isinstance(value, str)}
            if any(isinstance(leaf, Binds) for leaf in leaves):
                named |= book.standings.keys()
            named |= {one.origin for one in book.presumptions} if name == "country_of_origin" else set()
            other = next(code for code in sorted(book.countries) if code not in named)
            return (*sorted(named), other)
        case _:
            return ()


def _around(bounds: list[float] | list[date]) -> tuple[Value, ...]:
    values: list[Value] = []
    for bound in bounds:
        if isinstance(bound, date):
            values += [bound - timedelta(days=1), bound, bound + timedelta(days=1)]
        else:
            values += [bound - 1, bound, bound + 1]
    return tuple(dict.fromkeys(values))

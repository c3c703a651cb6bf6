"""Which question comes next: the fact that can still change an open conclusion.

In: a rule book, a profile, what has been asked. Out: the next fact to ask, with the criteria that hang on it. Left
alone: people (`interview`).

"Unknown leaves under undecided nodes" never misses a question that matters, and asks too much where a fact stands in
several places. So a question is asked only when a *witness* is found: some way of answering the other open questions in
which this answer turns an open conclusion. Witnesses are looked for in hundreds of completions at once
(`bit_parallel`); where the open questions are few enough, in all of them. A fact that has been asked and is unknown
stays unknown.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from screen.case.evidence import RecordedAnswer, reliable_value
from screen.circuit.bit_parallel import BitParallelLaw, CaseMask, TrueInputs
from screen.circuit.domains import distinguishable_values
from screen.logic import Answer
from screen.rulebook import terms
from screen.rulebook.dependencies import criteria_in, facts_in, facts_of_presumptions
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Fact, Profile, RuleBook, criterion_terms

SAMPLES = 128  # completions looked through for each question, before a rarer witness is looked for
RARE_SAMPLES = 2048
EXHAUSTIVE = 4096  # so many completions at most are looked through without leaving one out
_FIRST = {ORIGIN_FACT: 0, HOST_FACT: 1}  # the words of all later questions name these two States
_DISTRESS = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class Question:
    """The next fact to ask, the criteria with words that hang on it, the conclusions that an answer can settle."""

    fact: Fact
    criteria: tuple[str, ...]
    settles: tuple[str, ...]
    open_conclusions: tuple[str, ...]


class QuestionPlanner:
    """Finds the next question of a case; made once for a rule book and a profile, asked after every answer."""

    def __init__(self, book: RuleBook, profile: Profile, goals: Sequence[str] | None = None) -> None:
        self.book, self.profile = book, profile
        self.goals = tuple(goals if goals is not None else book.conclusions)
        self.law = BitParallelLaw(book, profile, self.goals)
        self.values = distinguishable_values(book, self.law.facts())
        self._said = {
            name: [self.law.true_inputs(name, value) for value in values] for name, values in self.values.items()
        }
        self._children = {name: criteria_in(criterion_terms(book.criteria[name])) for name in self.law.order}
        self._own_facts = {name: facts_in(criterion_terms(book.criteria[name])) for name in self.law.order}
        self._presuming = facts_of_presumptions(book.presumptions) & self.values.keys()
        self._hangs = self._criteria_of_facts()
        self._samples: dict[tuple[str, int], list[tuple[TrueInputs, CaseMask]]] = {}
        chapters = {name: index for index, name in enumerate(book.chapters)}
        self._rank = {name: (chapters[fact.chapter], index) for index, (name, fact) in enumerate(book.facts.items())}

    def next_question(self, given: Mapping[str, RecordedAnswer]) -> Question | None:
        """Return the next question, or None where no answer can change an open conclusion any more.

        The order of examination comes first; within a chapter the question that can settle most conclusions, then the
        gentler one, then the one that decides more on the way.
        """
        base = {name: reliable_value(given[name]) for name in given}
        alone = self._answered(base, 1)
        settled = {name for name, end in self.law.evaluate(alone, 1).items() if any(end)}
        goals = [name for name in self.goals if name not in settled]
        if not goals:
            return None
        near = self._near(goals, settled) - self.law.presumed_facts(alone)
        others = [name for name, values in self.values.items() if values and name in near and name not in given]
        ahead = self._look_ahead(others, base)
        # A judgement is no question to the person; it is among what may yet be answered, and never the next question.
        askable = [name for name in others if not self.book.facts[name].judgement]
        chapters = sorted({self._rank[name][0] for name in askable})
        for samples, chapter in product((SAMPLES, RARE_SAMPLES), chapters):
            here = [name for name in askable if self._rank[name][0] == chapter]
            effects = {name: ahead.effect(name, goals) for name in here}
            here.sort(key=lambda name: self._preference(name, effects))
            shown = {name for name in here if effects[name].settles}
            # The best question most often settles something at once; only then is there no need to look further.
            if here[0] not in shown:
                doubtful = [name for name in here if name not in shown]
                shown |= self._witnessed(doubtful, base, others, goals, samples)
            for name in here:
                if name in shown:
                    hangs = tuple(criterion for criterion in self.criteria_resting_on(name) if criterion not in settled)
                    return Question(self.book.facts[name], hangs, effects[name].settles, tuple(goals))
        return None

    def open_judgements(self, given: Mapping[str, RecordedAnswer]) -> tuple[Fact, ...]:
        """Return the judgements one of whose answers would settle a conclusion as the case now stands."""
        base = {name: value for name in given if (value := reliable_value(given[name])) is not Answer.UNKNOWN}
        open_ones = [name for name in self.values if self.book.facts[name].judgement and name not in base]
        ahead = self._look_ahead(open_ones, base)
        return tuple(self.book.facts[name] for name in open_ones if ahead.effect(name, self.goals).settles)

    # ── looking ahead ───────────────────────────────────────────────────────────────────────────────────────────────

    def _look_ahead(self, facts: Sequence[str], base: Mapping[str, terms.Value]) -> _Ahead:
        """Return the case as it stands, and with each answer to each of these facts."""
        answers: list[tuple[TrueInputs, CaseMask]] = []
        of_fact: dict[str, CaseMask] = {}
        count = 1  # bit 0 is the case as it stands; every other bit is the case with one more answer
        for name in facts:
            said = self._said[name]
            answers += [(inputs, 1 << count + index) for index, inputs in enumerate(said)]
            of_fact[name] = _every(len(said)) << count
            count += len(said)
        ends = self.law.evaluate([*answers, *self._answered(base, count)], count)
        decided = {name: end.met | end.not_met | end.not_applicable for name, end in ends.items()}
        return _Ahead({name: mask for name, mask in decided.items() if mask and not mask & 1}, of_fact)

    def _preference(self, name: str, effect: Mapping[str, _Effect]) -> tuple[int, int, int, float, int]:
        fact = self.book.facts[name]
        return (
            _FIRST.get(name, len(_FIRST)),
            -len(effect[name].settles),
            _DISTRESS[fact.distress],
            -effect[name].on_the_way,
            self._rank[name][1],
        )

    def _near(self, goals: Sequence[str], settled: Collection[str]) -> set[str]:
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
        base: Mapping[str, terms.Value],
        others: Sequence[str],
        goals: Sequence[str],
        samples: int,
    ) -> set[str]:
        """Return those of these facts that turn an open conclusion in some completion of the other open questions.

        Every completion is evaluated once for each answer to each of the facts, all in one pass.
        """
        if not names:
            return set()
        completed, count = self._completions(others, samples)
        # Left unknown is among the answers: where every answer ends alike it takes one of them to end at all.
        blocks = [(name, said) for name in names for said in ((), *self._said[name])]
        every_case, block = _every(count * len(blocks)), _every(count)
        repeat = sum(1 << (index * count) for index in range(len(blocks)))
        answers = self._answered(base, count * len(blocks))
        for other, column in completed.items():
            own = [(said, block << (index * count)) for index, (name, said) in enumerate(blocks) if name == other]
            free = every_case & ~sum(mask for _, mask in own)
            answers += own
            answers += [(said, mask * repeat & free) for said, mask in column]
        ends = self.law.evaluate(answers, count * len(blocks))
        witnessed: set[str] = set()
        first = 0
        for name in names:
            last = first + 1 + len(self.values[name])
            places = range(first, last)
            for bits in (bits for goal in goals for bits in ends[goal]):
                if len({bits >> (index * count) & block for index in places}) > 1:
                    witnessed.add(name)
                    break
            first = last
        return witnessed

    def _answered(self, base: Mapping[str, terms.Value], cases: int) -> list[tuple[TrueInputs, CaseMask]]:
        """Return the answers of the case as it stands, in so many cases."""
        every_case = _every(cases)
        return [(self.law.true_inputs(name, value), every_case) for name, value in base.items()]

    def _completions(
        self, facts: Sequence[str], samples: int
    ) -> tuple[dict[str, list[tuple[TrueInputs, CaseMask]]], int]:
        """Return ways to answer these facts or to leave them open, and how many: every way where they are few."""
        if prod(len(self.values[name]) + 1 for name in facts) > EXHAUSTIVE:
            return {name: self._sample(name, samples) for name in facts}, samples
        rows = list(product(*(range(len(self.values[name]) + 1) for name in facts)))
        return {name: self._column(name, [row[place] for row in rows]) for place, name in enumerate(facts)}, len(rows)

    def _column(self, name: str, places: Sequence[int]) -> list[tuple[TrueInputs, CaseMask]]:
        """Return each answer to a fact with the cases that have it, by its place from 1; a case with 0 has none."""
        masks = [0] * (len(self.values[name]) + 1)
        for case, place in enumerate(places):
            masks[place] |= 1 << case
        return list(zip(self._said[name], masks[1:], strict=True))

    def _sample(self, name: str, samples: int) -> list[tuple[TrueInputs, CaseMask]]:
        """Return the answers to a fact in so many completions: the same ones today and in a year."""
        if (name, samples) not in self._samples:
            draw = random.Random(f"{name} {samples}")
            self._samples[name, samples] = list(_spread(self._said[name], _every(samples), samples, draw))
        return self._samples[name, samples]

    def criteria_resting_on(self, name: str) -> tuple[str, ...]:
        """Return the nearest criteria with words that a fact bears on, in the order of examination."""
        return tuple(self._hangs.get(name, ()))

    # ── words for the question ──────────────────────────────────────────────────────────────────────────────────────

    def _criteria_of_facts(self) -> dict[str, list[str]]:
        """Return for each fact the nearest criteria with words that it bears on, in the order of examination."""
        users: dict[str, set[str]] = {}
        parents: dict[str, set[str]] = {}
        for name in self.law.order:
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
                name = waiting.pop()
                if self.book.criteria[name].says:
                    worded.add(name)
                else:
                    waiting += parents.get(name, ())
            result[fact] = sorted(worded, key=place.__getitem__)
        return result


@dataclass(frozen=True, slots=True)
class _Effect:
    """What one more answer can settle: conclusions, and how many criteria on the way, on average."""

    settles: tuple[str, ...]
    on_the_way: float


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The case with one more answer: which criteria that are open now are decided by which answers."""

    decided: Mapping[str, CaseMask]
    of_fact: Mapping[str, CaseMask]

    def effect(self, name: str, goals: Sequence[str]) -> _Effect:
        """Return what answers to this fact can settle."""
        own = self.of_fact[name]
        settles = tuple(goal for goal in goals if self.decided.get(goal, 0) & own)
        return _Effect(settles, sum((mask & own).bit_count() for mask in self.decided.values()) / own.bit_count())


def _spread(
    values: Sequence[TrueInputs], mask: CaseMask, samples: int, draw: random.Random
) -> Iterator[tuple[TrueInputs, CaseMask]]:
    """Yield each answer with its share of the cases in `mask`, halved by chance until one is left."""
    if len(values) < 2:
        yield from ((value, mask) for value in values)
        return
    half, some = len(values) // 2, draw.getrandbits(samples) & mask
    yield from _spread(values[:half], some, samples, draw)
    yield from _spread(values[half:], mask & ~some, samples, draw)


def _every(count: int) -> CaseMask:
    """Return the set of so many cases."""
    return (1 << count) - 1

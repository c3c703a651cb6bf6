"""The next question: the fact that can still change an open conclusion.

To ask for every unknown fact under an undetermined criterion never misses a question that matters, but asks too much
where a fact is used in several places. So a fact is asked for only when a *witness* exists: a completion, that is
answers to the other open questions, in which an answer to this one changes an open conclusion. Witnesses are searched
for in hundreds of completions at once (`bit_parallel`), and where the open questions are few, in all of them. A fact
that has been asked for and is unknown stays unknown.
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

SAMPLES = 128  # completions tried for each question at first
RARE_SAMPLES = 2048  # completions tried where no witness was among the first
EXHAUSTIVE = 4096  # up to this number all completions are tried
_FIRST = {ORIGIN_FACT: 0, HOST_FACT: 1}  # the wording of all later questions names these two States
_DISTRESS = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class Question:
    """The next fact to ask for, the nearest criteria with wording that rest on it, and what an answer can settle."""

    fact: Fact
    criteria: tuple[str, ...]
    settles: tuple[str, ...]
    open_conclusions: tuple[str, ...]


def next_question(book: RuleBook, given: Mapping[str, RecordedAnswer], profile: str | None = None) -> Question | None:
    """Return the next question of a case under a profile, or None where no answer can change an open conclusion."""
    return QuestionPlanner(book, book.profiles[profile or book.default_profile]).next_question(given)


class QuestionPlanner:
    """Finds the next question of a case. Built once for a rule book and a profile, used after every answer."""

    def __init__(self, book: RuleBook, profile: Profile, goals: Sequence[str] | None = None) -> None:
        self.book, self.profile = book, profile
        self.goals = tuple(goals if goals is not None else book.conclusions)
        self.law = BitParallelLaw(book, profile, self.goals)
        self.values = distinguishable_values(book, self.law.facts())
        self._inputs_of_values = {
            name: [self.law.true_inputs(name, value) for value in values] for name, values in self.values.items()
        }
        self._children = {name: criteria_in(criterion_terms(book.criteria[name])) for name in self.law.order}
        self._own_facts = {name: facts_in(criterion_terms(book.criteria[name])) for name in self.law.order}
        self._presuming = facts_of_presumptions(book.presumptions) & self.values.keys()
        self._criteria_of_fact = self._criteria_of_facts()
        self._samples: dict[tuple[str, int], list[tuple[TrueInputs, CaseMask]]] = {}
        chapters = {name: index for index, name in enumerate(book.chapters)}
        self._rank = {name: (chapters[fact.chapter], index) for index, (name, fact) in enumerate(book.facts.items())}

    def next_question(self, given: Mapping[str, RecordedAnswer]) -> Question | None:
        """Return the next question, or None where no answer can change an open conclusion any more.

        Chapters come in their order; within a chapter first the question that can settle most conclusions, then the
        less distressing one, then the one that decides more criteria.
        """
        base = {name: reliable_value(given[name]) for name in given}
        present = self._given_inputs(base, 1)
        settled = {name for name, ternary in self.law.evaluate(present, 1).items() if any(ternary)}
        goals = [name for name in self.goals if name not in settled]
        if not goals:
            return None
        relevant = self._relevant_facts(goals, settled) - self.law.presumed_facts(present)
        others = [name for name, values in self.values.items() if values and name in relevant and name not in given]
        ahead = self._look_ahead(others, base)
        # A judgement is not a question to the applicant: it may still be answered, but is never the next question.
        askable = [name for name in others if not self.book.facts[name].judgement]
        chapters = sorted({self._rank[name][0] for name in askable})
        for samples, chapter in product((SAMPLES, RARE_SAMPLES), chapters):
            here = [name for name in askable if self._rank[name][0] == chapter]
            effects = {name: ahead.effect(name, goals) for name in here}
            here.sort(key=lambda name: self._preference(name, effects))
            mattering = {name for name in here if effects[name].settles}
            # The best question usually settles a conclusion at once, and then needs no other witness.
            if here[0] not in mattering:
                doubtful = [name for name in here if name not in mattering]
                mattering |= self._with_witness(doubtful, base, others, goals, samples)
            for name in here:
                if name in mattering:
                    criteria = tuple(
                        criterion for criterion in self.criteria_resting_on(name) if criterion not in settled
                    )
                    return Question(self.book.facts[name], criteria, effects[name].settles, tuple(goals))
        return None

    def open_judgements(self, given: Mapping[str, RecordedAnswer]) -> tuple[Fact, ...]:
        """Return the judgements that could settle a conclusion as the case now stands."""
        base = {name: value for name in given if (value := reliable_value(given[name])) is not Answer.UNKNOWN}
        unanswered = [name for name in self.values if self.book.facts[name].judgement and name not in base]
        ahead = self._look_ahead(unanswered, base)
        return tuple(self.book.facts[name] for name in unanswered if ahead.effect(name, self.goals).settles)

    # ── looking ahead ───────────────────────────────────────────────────────────────────────────────────────────────

    def _look_ahead(self, facts: Sequence[str], base: Mapping[str, terms.Value]) -> _LookAhead:
        """Evaluate the case as it stands and with each answer to each of these facts."""
        answers: list[tuple[TrueInputs, CaseMask]] = []
        of_fact: dict[str, CaseMask] = {}
        count = 1  # bit 0 is the case as it stands; every other bit is the case with a further answer
        for name in facts:
            inputs_of_values = self._inputs_of_values[name]
            answers += [(inputs, 1 << count + index) for index, inputs in enumerate(inputs_of_values)]
            of_fact[name] = _all_cases(len(inputs_of_values)) << count
            count += len(inputs_of_values)
        statuses = self.law.evaluate([*answers, *self._given_inputs(base, count)], count)
        decided = {name: ternary.met | ternary.not_met | ternary.not_applicable for name, ternary in statuses.items()}
        return _LookAhead({name: mask for name, mask in decided.items() if mask and not mask & 1}, of_fact)

    def _preference(self, name: str, effect: Mapping[str, _Effect]) -> tuple[int, int, int, float, int]:
        fact = self.book.facts[name]
        return (
            _FIRST.get(name, len(_FIRST)),
            -len(effect[name].settles),
            _DISTRESS[fact.distress],
            -effect[name].decided_criteria,
            self._rank[name][1],
        )

    def _relevant_facts(self, goals: Sequence[str], settled: Collection[str]) -> set[str]:
        """Return the facts of open criteria under open conclusions: no other fact can matter."""
        seen: set[str] = set()
        pending = list(goals)
        while pending:
            name = pending.pop()
            if name not in seen and name not in settled:
                seen.add(name)
                pending += self._children[name]
        return self._presuming.union(*(self._own_facts[name] for name in seen))

    def _with_witness(
        self,
        names: Sequence[str],
        base: Mapping[str, terms.Value],
        others: Sequence[str],
        goals: Sequence[str],
        samples: int,
    ) -> set[str]:
        """Return those of these facts that have a witness: a completion in which an answer changes an open conclusion.

        Every completion is evaluated once for each answer to each of the facts, all in one pass.
        """
        if not names:
            return set()
        completed, count = self._completions(others, samples)
        # Unknown is among the answers: where every answer leads to the same status, one is still needed to reach it.
        blocks = [(name, inputs) for name in names for inputs in ((), *self._inputs_of_values[name])]
        every_case, block = _all_cases(count * len(blocks)), _all_cases(count)
        repeat = sum(1 << (index * count) for index in range(len(blocks)))
        answers = self._given_inputs(base, count * len(blocks))
        for other, column in completed.items():
            own = [(inputs, block << (index * count)) for index, (name, inputs) in enumerate(blocks) if name == other]
            free = every_case & ~sum(mask for _, mask in own)
            answers += own
            answers += [(inputs, mask * repeat & free) for inputs, mask in column]
        statuses = self.law.evaluate(answers, count * len(blocks))
        witnessed: set[str] = set()
        first = 0
        for name in names:
            last = first + 1 + len(self.values[name])
            block_indices = range(first, last)
            for bits in (bits for goal in goals for bits in statuses[goal]):
                if len({bits >> (index * count) & block for index in block_indices}) > 1:
                    witnessed.add(name)
                    break
            first = last
        return witnessed

    def _given_inputs(self, base: Mapping[str, terms.Value], cases: int) -> list[tuple[TrueInputs, CaseMask]]:
        """Return the inputs of the answers given so far, in so many cases."""
        every_case = _all_cases(cases)
        return [(self.law.true_inputs(name, value), every_case) for name, value in base.items()]

    def _completions(
        self, facts: Sequence[str], samples: int
    ) -> tuple[dict[str, list[tuple[TrueInputs, CaseMask]]], int]:
        """Return completions of these facts, and their number: all of them where they are few, else samples."""
        if prod(len(self.values[name]) + 1 for name in facts) > EXHAUSTIVE:
            return {name: self._sample(name, samples) for name in facts}, samples
        rows = list(product(*(range(len(self.values[name]) + 1) for name in facts)))
        return {name: self._column(name, [row[index] for row in rows]) for index, name in enumerate(facts)}, len(rows)

    def _column(self, name: str, indices: Sequence[int]) -> list[tuple[TrueInputs, CaseMask]]:
        """Return each answer to a fact with the cases that have it. `indices` holds its index from 1, or 0 for none."""
        masks = [0] * (len(self.values[name]) + 1)
        for case, index in enumerate(indices):
            masks[index] |= 1 << case
        return list(zip(self._inputs_of_values[name], masks[1:], strict=True))

    def _sample(self, name: str, samples: int) -> list[tuple[TrueInputs, CaseMask]]:
        """Return the answers to a fact in so many sampled completions; the samples never change."""
        if (name, samples) not in self._samples:
            draw = random.Random(f"{name} {samples}")
            self._samples[name, samples] = list(
                _split_at_random(self._inputs_of_values[name], _all_cases(samples), samples, draw)
            )
        return self._samples[name, samples]

    def criteria_resting_on(self, name: str) -> tuple[str, ...]:
        """Return the nearest criteria with wording that rest on a fact, in the order of examination."""
        return tuple(self._criteria_of_fact.get(name, ()))

    # ── criteria that rest on a fact ────────────────────────────────────────────────────────────────────────────────

    def _criteria_of_facts(self) -> dict[str, list[str]]:
        """Return for each fact the nearest criteria with wording that rest on it, in the order of examination."""
        users: dict[str, set[str]] = {}
        parents: dict[str, set[str]] = {}
        for name in self.law.order:
            for fact in self._own_facts[name]:
                users.setdefault(fact, set()).add(name)
            for child in self._children[name]:
                parents.setdefault(child, set()).add(name)
        order = {name: index for index, name in enumerate(self.book.criteria)}
        result = {}
        for fact, names in users.items():
            worded: set[str] = set()
            pending = list(names)
            while pending:
                name = pending.pop()
                if self.book.criteria[name].says:
                    worded.add(name)
                else:
                    pending += parents.get(name, ())
            result[fact] = sorted(worded, key=order.__getitem__)
        return result


@dataclass(frozen=True, slots=True)
class _Effect:
    """What an answer to a fact can settle: conclusions, and the number of criteria that it decides on average."""

    settles: tuple[str, ...]
    decided_criteria: float


@dataclass(frozen=True, slots=True)
class _LookAhead:
    """The case with each further answer: `decided` says by which answers each open criterion is decided.

    `of_fact` holds the bits of the answers to each fact.
    """

    decided: Mapping[str, CaseMask]
    of_fact: Mapping[str, CaseMask]

    def effect(self, name: str, goals: Sequence[str]) -> _Effect:
        """Return what the answers to this fact can settle."""
        own = self.of_fact[name]
        settles = tuple(goal for goal in goals if self.decided.get(goal, 0) & own)
        return _Effect(settles, sum((mask & own).bit_count() for mask in self.decided.values()) / own.bit_count())


def _split_at_random(
    values: Sequence[TrueInputs], mask: CaseMask, samples: int, draw: random.Random
) -> Iterator[tuple[TrueInputs, CaseMask]]:
    """Yield each answer with its share of the cases in `mask`, split at random, half by half."""
    if len(values) < 2:
        yield from ((value, mask) for value in values)
        return
    half, chosen = len(values) // 2, draw.getrandbits(samples) & mask
    yield from _split_at_random(values[:half], chosen, samples, draw)
    yield from _split_at_random(values[half:], mask & ~chosen, samples, draw)


def _all_cases(count: int) -> CaseMask:
    """Return the mask of so many cases."""
    return (1 << count) - 1

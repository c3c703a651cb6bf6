"""What other answers would change: named ones, and the smallest sets of facts on which a finding hangs.

In: a rule book, what a case says, a profile. Out: `Outcome` for named answers, `Pivots` for the search. Left alone: the
case file, words, people.

A *pivot* is a set of facts some answers to which make a conclusion, or the recommendation, end otherwise, while no
answers to fewer of them make it end so. It tells which questions to ask or verify next. What may be tried:

- a fact that nobody knows: every answer that the book can tell apart (`distinguishable_values`);
- with `contestable`, a presumption that another answer would rebut, and an answer that is accepted by the benefit of
  the doubt alone or not assessed yet, as another answer or as not established;
- never an accepted or a rejected answer: the examiner has spoken;
- never who the applicant is: the two States of the case, and what is asked about the person in the chapter that asks
  for the country of origin (sex, age, statelessness …), answered or not. That is established, and not tried out;
- never an answer already given on any other fact `about: person` (kin, health, opinion, conduct): it says what somebody
  is or did. Such a fact may still be asked where nobody knows it.

Sets of one and of two are found without fail. Sets of three are looked for among the facts that decide most on the way,
so many that the search stays short; `Pivots.among` says how many those were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from screen.case.evidence import Credibility, EstablishedFact, RecordedAnswer, reliable_value
from screen.circuit.bit_parallel import BitParallelLaw, CaseMask
from screen.circuit.circuit import Ternary
from screen.circuit.domains import distinguishable_values
from screen.engine.compare import examination_order
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN, Findings
from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED, Answer, Status
from screen.rulebook.dependencies import criteria_in, facts_in, facts_of_presumptions
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Fact, RuleBook, criterion_terms
from screen.rulebook.terms import Value

RECOMMENDATION = "recommendation"
MAX_SIZE = 3
PASS = 1 << 16  # cases in one pass: more would leave the processor's cache, fewer would take more passes
TRIPLES = 3 << 20  # cases looked through for sets of three, a second or two
_DISTRESS = {"low": 0, "medium": 1, "high": 2}
_CONTESTABLE = (Credibility.BENEFIT, Credibility.NOT_ASSESSED)

GoalResult = Status | str
"""How a conclusion ends, or the name of a recommendation."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case before and after some answers are changed.

    `facts` are those answered otherwise, `following` others of which another value is presumed then, or none any more;
    `criteria` those found otherwise, in the order of examination.
    """

    before: Findings
    after: Findings
    facts: tuple[str, ...]
    changed_presumptions: tuple[str, ...]
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TurnedGoal:
    """A goal that ends otherwise, and every one of the tried answers to the facts of a pivot that makes it end so."""

    goal: str
    before: GoalResult
    after: GoalResult
    answers: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Pivot:
    """Facts on which something hangs, in the order of the interview; no fewer of them turn it so."""

    facts: tuple[str, ...]
    turns: tuple[TurnedGoal, ...]


@dataclass(frozen=True, slots=True)
class Pivots:
    """What a search found, smallest sets first.

    `size` is how large the sets are that were looked for, `among` how many of the `tried` facts sets of three were made
    of. `unsettled` are facts about who the applicant is that nobody knows yet: they are not tried.
    """

    findings: Findings
    goals: tuple[str, ...]
    pivots: tuple[Pivot, ...]
    largest_size: int
    facts_in_triples: int
    tried_answers: Mapping[str, tuple[Value, ...]]
    unknown_identity: tuple[str, ...]


def try_answers(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    changed: Mapping[str, RecordedAnswer],
    profile: str | None = None,
) -> Outcome:
    """Return a case as it stands and with these answers changed or added."""
    before, after = evaluate(book, given, profile), evaluate(book, {**given, **changed}, profile)
    order = _in_order(book)
    return Outcome(
        before,
        after,
        tuple(name for name in order if name in changed),
        tuple(
            name
            for name in order
            if name not in changed and _otherwise(before.established[name], after.established[name])
        ),
        tuple(name for name in examination_order(book) if before[name].status is not after[name].status),
    )


def _otherwise(before: EstablishedFact, after: EstablishedFact) -> bool:
    return before.value != after.value or (before.presumed is None) is not (after.presumed is None)


def is_identity_fact(book: RuleBook, fact: Fact) -> bool:
    """Tell whether a fact states who the applicant is, so that it is established and never tried out."""
    if fact.name in (ORIGIN_FACT, HOST_FACT):
        return True
    first = book.facts.get(ORIGIN_FACT)
    return fact.about == "person" and first is not None and fact.chapter == first.chapter


def find_pivots(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str | None = None,
    goals: Sequence[str] | None = None,
    *,
    contestable: bool = False,
    limit: int | None = None,
    max_size: int = MAX_SIZE,
) -> Pivots:
    """Return the smallest sets of facts that turn these goals, smallest first.

    A goal is a criterion, or `recommendation`; every conclusion and the recommendation where none is named. Larger sets
    are not looked for once `most` are found, and no more than `most` are returned. Raises KeyError for an unknown goal.
    """
    wanted = tuple(dict.fromkeys((RECOMMENDATION, *book.conclusions) if goals is None else goals))
    findings = evaluate(book, given, profile)
    search = _Search(findings, given, wanted, contestable=contestable)
    size, among = 0, 0
    while size < min(max_size, MAX_SIZE) and (limit is None or len(search.found) < limit):
        size += 1
        if size == 1:
            search.singles()
        elif size == 2:
            search.pairs()
        else:
            among = search.triples()
    found = search.sorted()
    return Pivots(findings, wanted, found[:limit], size, among, search.tried, _unsettled(findings))


def _unsettled(findings: Findings) -> tuple[str, ...]:
    book = findings.book
    asked = facts_in(term for one in book.criteria.values() for term in criterion_terms(one))
    asked |= facts_of_presumptions(book.presumptions)
    return tuple(
        name
        for name in _in_order(book)
        if name in asked and is_identity_fact(book, book.facts[name]) and not findings.established[name].is_known
    )


def _in_order(book: RuleBook) -> list[str]:
    """Return the names of all facts in the order of the interview."""
    chapters = {name: place for place, name in enumerate(book.chapters)}
    return sorted(book.facts, key=lambda name: chapters[book.facts[name].chapter])


# ── what is tried ───────────────────────────────────────────────────────────────────────────────────────────────────


def _answers(
    known: EstablishedFact, given: RecordedAnswer | None, values: Sequence[Value], *, contestable: bool
) -> tuple[Value, ...]:
    """Return the answers to try for a fact; none where it is not to be tried."""
    if given is not None and given.credibility is Credibility.REJECTED:
        return ()
    if not known.is_known:
        return tuple(values)
    if not contestable:
        return ()
    if known.presumed is not None:
        # Left unknown it would be presumed again: only another answer beats a presumption.
        return tuple(value for value in _near(known.value, values) if value != known.value)
    if known.fact.about == "person" or given is None or given.credibility not in _CONTESTABLE:
        return ()
    return (*(value for value in _near(known.value, values) if value != known.value), Answer.UNKNOWN)


def _near(value: Value, values: Sequence[Value]) -> Sequence[Value]:
    """Return the answers to try beside this one: for a set, one option more or less, and none."""
    if not isinstance(value, frozenset):
        return values
    options = [option for one in values if isinstance(one, frozenset) and len(one) == 1 for option in one]
    return tuple(dict.fromkeys([frozenset(), *(value ^ {option} for option in options)]))


# ── the search ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: A way for a goal to end, other than it does.
_Change = tuple[str, GoalResult]


class _Search:
    """The answers that are tried, and what has been found; each bit of a pass is the case with some of them.

    An answer that is tried is known by its place in `self.answers`, a fact by its place in `self.facts`.
    """

    def __init__(
        self, findings: Findings, given: Mapping[str, RecordedAnswer], goals: Sequence[str], *, contestable: bool
    ) -> None:
        self.findings, self.goals, self.book = findings, goals, findings.book
        recommended = self.book.recommendations if RECOMMENDATION in goals else ()
        #: The conditions of the recommendations, each under a name that no criterion has.
        self.when = {f"{RECOMMENDATION} {place}": each.when for place, each in enumerate(recommended)}
        criteria = [name for name in goals if name != RECOMMENDATION]
        self.law = BitParallelLaw(self.book, findings.profile, criteria, self.when)
        self.base = {name: reliable_value(given[name]) for name in given}
        self.tried = dict(self._tried(given, contestable=contestable))
        self.facts = tuple(self.tried)
        self.answers = [(place, value) for place, name in enumerate(self.facts) for value in self.tried[name]]
        self.of_fact = [self._where(place) for place in range(len(self.facts))]
        self.found: dict[tuple[int, ...], dict[_Change, list[tuple[Value, ...]]]] = {}
        self.turned = [0] * len(self.facts)

    def _tried(
        self, given: Mapping[str, RecordedAnswer], *, contestable: bool
    ) -> Iterator[tuple[str, tuple[Value, ...]]]:
        values = distinguishable_values(self.book, self.law.facts())
        near = values.keys() if contestable else self._near_open()
        for name in _in_order(self.book):
            if name in near and name in values and not is_identity_fact(self.book, self.book.facts[name]):
                known = self.findings.established[name]
                answers = _answers(known, given.get(name), values[name], contestable=contestable)
                if answers:
                    yield name, answers

    def _near_open(self) -> Collection[str]:
        """Return the facts under open criteria: to complete what is unknown never flips a decided finding."""
        near = facts_of_presumptions(self.book.presumptions) | facts_in(self.when.values())
        seen: set[str] = set()
        waiting = [name for name in self.goals if name != RECOMMENDATION] + sorted(criteria_in(self.when.values()))
        while waiting:
            name = waiting.pop()
            if name not in seen and self.findings[name].status is UNDETERMINED:
                seen.add(name)
                terms = criterion_terms(self.book.criteria[name])
                waiting += criteria_in(terms)
                near |= facts_in(terms)
        return near

    def _where(self, fact: int) -> int:
        """Return the answers to one fact, as bits."""
        return reduce(or_, (1 << index for index, (place, _) in enumerate(self.answers) if place == fact), 0)

    # ── one pass ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _evaluated(self, masks: Sequence[CaseMask], count: int) -> tuple[dict[str, Ternary], CaseMask]:
        """Return how everything ends in so many cases; `masks` says for each answer in which of them it is tried."""
        every_case = (1 << count) - 1
        columns = {name: [(value, every_case)] for name, value in self.base.items()}
        for place, name in enumerate(self.facts):
            own = [(self.answers[index][1], masks[index]) for index in _bits(self.of_fact[place])]
            free = every_case & ~reduce(or_, (mask for _, mask in own))
            before = [(self.base[name], free)] if name in self.base else []
            columns[name] = [*before, *own]
        return self.law.evaluate(self.law.inputs_of_columns(columns), count), every_case

    def _changes(self, ends: Mapping[str, Ternary], every_case: CaseMask) -> Iterator[tuple[_Change, CaseMask]]:
        """Yield each way in which a goal ends otherwise in some case, with those cases."""
        for goal in self.goals:
            found = self._recommended(ends, every_case) if goal == RECOMMENDATION else _states(ends[goal], every_case)
            before = self._before(goal)
            yield from (((goal, end), mask) for end, mask in found.items() if mask and end != before)

    def _recommended(self, ends: Mapping[str, Ternary], every_case: CaseMask) -> dict[GoalResult, CaseMask]:
        """Return for each recommendation the cases that end in it: the first whose condition is met."""
        cases: dict[GoalResult, CaseMask] = {}
        left = every_case
        for name, recommendation in zip(self.when, self.book.recommendations, strict=True):
            met = ends[name].met & left
            cases[recommendation.name] = cases.get(recommendation.name, 0) | met
            left &= ~met
        cases[UNDETERMINED_NO_RETURN] = cases.get(UNDETERMINED_NO_RETURN, 0) | left
        return cases

    def _before(self, goal: str) -> GoalResult:
        return self.findings.recommendation if goal == RECOMMENDATION else self.findings[goal].status

    # ── sets of one, two, three ─────────────────────────────────────────────────────────────────────────────────────

    def singles(self) -> None:
        """Find every fact that turns a goal alone."""
        if not self.answers:
            return
        count = len(self.answers)
        ends, every_case = self._evaluated([1 << index for index in range(count)], count)
        for change, mask in self._changes(ends, every_case):
            for index in _bits(mask):
                self._keep((index,), change)
        # How many criteria the answers to a fact decide otherwise tells which facts are worth a look in threes.
        for name in self.law.order:
            other = every_case & ~_states(ends[name], every_case)[self.findings[name].status]
            for place, own in enumerate(self.of_fact):
                self.turned[place] += bool(other & own)

    def pairs(self) -> None:
        """Find every two facts that turn a goal together in a way in which neither turns it alone."""
        everything = (1 << len(self.answers)) - 1
        self._pairs((), everything)

    def triples(self) -> int:
        """Find three facts that turn a goal in a way in which no two of them do; return among how many was looked."""
        by_weight = sorted(range(len(self.facts)), key=lambda place: (-self.turned[place], place))
        chosen = count = among = 0
        for place in by_weight:
            count += self.of_fact[place].bit_count()
            if count**3 // 3 > TRIPLES:
                break
            chosen |= self.of_fact[place]
            among += 1
        for first in _bits(chosen):
            later = chosen & ~((1 << (self.of_fact[self.answers[first][0]].bit_length())) - 1)
            if later:
                self._pairs((first,), later)
        return among

    def _pairs(self, fixed: tuple[int, ...], some: int) -> None:
        """Find every two of some answers, to different facts, that turn a goal where the fixed ones are given too."""
        columns = list(_bits(some))
        width = len(columns)
        at_once = max(1, PASS // max(1, width))
        small = self._small(fixed, columns)
        for start in range(0, width, at_once):
            rows = columns[start : start + at_once]
            count = len(rows) * width
            every_row = sum(1 << (row * width) for row in range(len(rows)))
            masks = [0] * len(self.answers)
            for column, index in enumerate(columns):
                masks[index] = every_row << column
            for row, index in enumerate(rows):
                masks[index] |= ((1 << width) - 1) << (row * width)
            for index in fixed:
                masks[index] = (1 << count) - 1
            ends, every_case = self._evaluated(masks, count)
            for change, mask in self._changes(ends, every_case):
                for row, index in enumerate(rows):
                    line = mask >> (row * width) & small.allowed(change, start + row)
                    for column in _bits(line):
                        self._keep((*fixed, index, columns[column]), change)

    def _small(self, fixed: tuple[int, ...], columns: Sequence[int]) -> _Small:
        own = [self.answers[index][0] for index in columns]
        held = {self.answers[index][0] for index in fixed}
        sets: dict[_Change, list[frozenset[int]]] = {}
        for facts, changes in self.found.items():
            if len(facts) < len(fixed) + 2:
                for change in changes:
                    sets.setdefault(change, []).append(frozenset(facts) - held)
        return _Small(own, sets)

    def _keep(self, indices: tuple[int, ...], change: _Change) -> None:
        facts = tuple(self.answers[index][0] for index in indices)
        values = tuple(self.answers[index][1] for index in indices)
        self.found.setdefault(facts, {}).setdefault(change, []).append(values)

    # ── what was found ──────────────────────────────────────────────────────────────────────────────────────────────

    def sorted(self) -> tuple[Pivot, ...]:
        """Return what was found: fewer facts first, then what turns more, the gentler question, the earlier one."""
        goals = {name: place for place, name in enumerate(self.goals)}

        def preference(item: tuple[tuple[int, ...], dict[_Change, list[tuple[Value, ...]]]]) -> tuple[object, ...]:
            facts, changes = item
            turned = {goal for goal, _ in changes}
            distress = sum(_DISTRESS[self.book.facts[self.facts[place]].distress] for place in facts)
            return len(facts), RECOMMENDATION not in turned, -len(turned), distress, facts

        return tuple(
            Pivot(
                tuple(self.facts[place] for place in facts),
                tuple(
                    TurnedGoal(goal, self._before(goal), end, tuple(answers))
                    for (goal, end), answers in sorted(
                        changes.items(), key=lambda item: (goals[item[0][0]], str(item[0][1]))
                    )
                ),
            )
            for facts, changes in sorted(self.found.items(), key=preference)
        )


class _Small:
    """Which pairs of answers are no news, because fewer facts turn the same goal the same way."""

    def __init__(self, own: Sequence[int], sets: Mapping[_Change, Iterable[frozenset[int]]]) -> None:
        self.own = own
        self.sets = {change: frozenset(some) for change, some in sets.items()}
        self.columns: dict[int, int] = {}
        for column, fact in enumerate(own):
            self.columns[fact] = self.columns.get(fact, 0) | 1 << column
        self.kept: dict[tuple[_Change, int], int] = {}

    def allowed(self, change: _Change, row: int) -> int:
        """Return the columns that make a new set with this row: later facts of which no smaller set is among them."""
        fact = self.own[row]
        key = (change, fact)
        if key not in self.kept:
            sets = self.sets.get(change, frozenset())
            free = 0
            # What is empty here is a set of the fixed facts alone.
            if frozenset() not in sets and frozenset({fact}) not in sets:
                for other, mask in self.columns.items():
                    if other > fact and frozenset({other}) not in sets and frozenset({fact, other}) not in sets:
                        free |= mask
            self.kept[key] = free
        return self.kept[key]


def _states(end: Ternary, every_case: CaseMask) -> dict[GoalResult, CaseMask]:
    """Return for each state the cases that end in it."""
    met, not_met, none = end
    return {MET: met, NOT_MET: not_met, NOT_APPLICABLE: none, UNDETERMINED: every_case & ~(met | not_met | none)}


def _bits(mask: int) -> Iterator[int]:
    """Yield the places of the bits of a mask, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest

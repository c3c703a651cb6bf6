"""Search for pivots: the smallest sets of facts on which a conclusion or the recommendation depends.

A *pivot* is a set of facts with answers that change how a conclusion, or the recommendation, ends, while no answers to
fewer of them change it in the same way. It shows which questions to ask or to verify next. `candidates`
decides which answers are tried.

Pivots of one and of two facts are all found. Pivots of three are searched for only among the facts that decide most
criteria, so that the search stays short; `Pivots.facts_in_triples` says how many facts those were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from screen.case.evidence import RecordedAnswer, reliable_value
from screen.circuit.bit_parallel import BitParallelLaw, CaseMask
from screen.circuit.circuit import Ternary
from screen.circuit.domains import distinguishable_values
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN, Findings
from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED, Status
from screen.rulebook.dependencies import criteria_in, facts_in, facts_of_presumptions
from screen.rulebook.model import RuleBook, criterion_terms
from screen.rulebook.terms import Value
from screen.whatif.candidates import answers_to_try, is_identity_fact, unknown_identity
from screen.whatif.outcome import interview_order

RECOMMENDATION = "recommendation"
MAX_SIZE = 3
PASS = 1 << 16  # cases in one pass: more would leave the processor's cache, fewer would take more passes
TRIPLES = 3 << 20  # cases tried for pivots of three facts: a second or two
_DISTRESS = {"low": 0, "medium": 1, "high": 2}

GoalResult = Status | str
"""The status of a criterion, or the name of a recommendation."""


@dataclass(frozen=True, slots=True)
class TurnedGoal:
    """A goal that changes, and all tried combinations of answers to the facts of a pivot that change it so."""

    goal: str
    before: GoalResult
    after: GoalResult
    answers: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Pivot:
    """Facts that together change a goal in a way in which no fewer of them do; in the order of the interview."""

    facts: tuple[str, ...]
    turns: tuple[TurnedGoal, ...]


@dataclass(frozen=True, slots=True)
class Pivots:
    """The result of a search, smallest pivots first.

    `largest_size` is the size up to which pivots were searched for, `facts_in_triples` the number of facts among which
    pivots of three were searched for. `unknown_identity` are facts about the applicant's identity that are unknown and
    were not tried.
    """

    findings: Findings
    goals: tuple[str, ...]
    pivots: tuple[Pivot, ...]
    largest_size: int
    facts_in_triples: int
    tried_answers: Mapping[str, tuple[Value, ...]]
    unknown_identity: tuple[str, ...]


def find_pivots(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str | None = None,
    goals: Sequence[str] | None = None,
    *,
    contestable: bool = False,
    limit: int | None = None,
    max_size: int = MAX_SIZE,
    closed: bool = False,
) -> Pivots:
    """Return the pivots of these goals, smallest first; with `closed` those of the closed record.

    A goal is the name of a criterion, or `recommendation`; the default is the recommendation and every conclusion.
    Larger sets are not searched once `limit` pivots are found, and no more than `limit` are returned. Raises KeyError
    for an unknown goal.
    """
    goal_names = tuple(dict.fromkeys((RECOMMENDATION, *book.conclusions) if goals is None else goals))
    findings = evaluate(book, given, profile, closed=closed)
    search = _Search(findings, given, goal_names, contestable=contestable)
    size, facts_in_triples = 0, 0
    while size < min(max_size, MAX_SIZE) and (limit is None or len(search.changes_by_facts) < limit):
        size += 1
        if size == 1:
            search.find_singles()
        elif size == 2:
            search.find_pairs()
        else:
            facts_in_triples = search.find_triples()
    pivots = search.pivots()
    return Pivots(
        findings, goal_names, pivots[:limit], size, facts_in_triples, search.tried_answers, unknown_identity(findings)
    )


# ── the search ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: A goal, and a result of it other than the present one.
_Change = tuple[str, GoalResult]


class _Search:
    """The state of a search. Each bit of a pass is the case with some of the tried answers.

    A tried answer is identified by its index in `self.answers`, a fact by its index in `self.facts`.
    """

    def __init__(
        self, findings: Findings, given: Mapping[str, RecordedAnswer], goals: Sequence[str], *, contestable: bool
    ) -> None:
        self.findings, self.goals, self.book = findings, goals, findings.book
        recommended = self.book.recommendations if RECOMMENDATION in goals else ()
        #: The conditions of the recommendations, under names that no criterion has.
        self.recommendation_terms = {
            f"{RECOMMENDATION} {index}": recommendation.when for index, recommendation in enumerate(recommended)
        }
        criteria = [name for name in goals if name != RECOMMENDATION]
        self.law = BitParallelLaw(
            self.book, findings.profile, criteria, self.recommendation_terms, closed=findings.is_closed
        )
        #: What is decided here no answer to an unknown fact can change. On a closed record it can: a point that is not
        #: shown may be shown.
        self.on_open_record = evaluate(self.book, given, findings.profile.name) if findings.is_closed else findings
        self.base = {name: reliable_value(given[name]) for name in given}
        self.tried_answers = dict(self._answers_to_try(given, contestable=contestable))
        self.facts = tuple(self.tried_answers)
        self.answers = [(fact, value) for fact, name in enumerate(self.facts) for value in self.tried_answers[name]]
        self.answers_of_fact = [self._answers_of(fact) for fact in range(len(self.facts))]
        self.changes_by_facts: dict[tuple[int, ...], dict[_Change, list[tuple[Value, ...]]]] = {}
        self.changed_criteria = [0] * len(self.facts)

    def _answers_to_try(
        self, given: Mapping[str, RecordedAnswer], *, contestable: bool
    ) -> Iterator[tuple[str, tuple[Value, ...]]]:
        values = distinguishable_values(self.book, self.law.facts())
        relevant = values.keys() if contestable else self._facts_of_open_criteria()
        for name in interview_order(self.book):
            if name in relevant and name in values and not is_identity_fact(self.book, self.book.facts[name]):
                fact = self.findings.established[name]
                answers = answers_to_try(fact, given.get(name), values[name], contestable=contestable)
                if answers:
                    yield name, answers

    def _facts_of_open_criteria(self) -> Collection[str]:
        """Return the facts of criteria that the open record leaves open: no other can end otherwise."""
        relevant = facts_of_presumptions(self.book.presumptions) | facts_in(self.recommendation_terms.values())
        seen: set[str] = set()
        pending = [name for name in self.goals if name != RECOMMENDATION]
        pending += sorted(criteria_in(self.recommendation_terms.values()))
        while pending:
            name = pending.pop()
            if name not in seen and self.on_open_record[name].status is UNDETERMINED:
                seen.add(name)
                terms = criterion_terms(self.book.criteria[name])
                pending += criteria_in(terms)
                relevant |= facts_in(terms)
        return relevant

    def _answers_of(self, fact: int) -> int:
        """Return the answers to a fact as a bit mask over `self.answers`."""
        return reduce(or_, (1 << index for index, (owner, _) in enumerate(self.answers) if owner == fact), 0)

    # ── one pass ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _evaluate(self, masks: Sequence[CaseMask], count: int) -> tuple[dict[str, Ternary], CaseMask]:
        """Return the statuses in so many cases, and the mask of all; `masks` holds the cases of each tried answer."""
        every_case = (1 << count) - 1
        columns = {name: [(value, every_case)] for name, value in self.base.items()}
        for fact, name in enumerate(self.facts):
            own_cases = [(self.answers[index][1], masks[index]) for index in _bits(self.answers_of_fact[fact])]
            free = every_case & ~reduce(or_, (mask for _, mask in own_cases))
            before = [(self.base[name], free)] if name in self.base else []
            columns[name] = [*before, *own_cases]
        return self.law.evaluate(self.law.inputs_of_columns(columns), count), every_case

    def _changes(self, statuses: Mapping[str, Ternary], every_case: CaseMask) -> Iterator[tuple[_Change, CaseMask]]:
        """Yield each change of a goal with the cases in which it occurs."""
        for goal in self.goals:
            cases_by_result = (
                self._cases_by_recommendation(statuses, every_case)
                if goal == RECOMMENDATION
                else _cases_by_status(statuses[goal], every_case)
            )
            before = self._present(goal)
            yield from (((goal, result), mask) for result, mask in cases_by_result.items() if mask and result != before)

    def _cases_by_recommendation(
        self, statuses: Mapping[str, Ternary], every_case: CaseMask
    ) -> dict[GoalResult, CaseMask]:
        """Return for each recommendation the cases in which it is the first whose condition is met."""
        cases: dict[GoalResult, CaseMask] = {}
        undecided = every_case
        for name, recommendation in zip(self.recommendation_terms, self.book.recommendations, strict=True):
            met = statuses[name].met & undecided
            cases[recommendation.name] = cases.get(recommendation.name, 0) | met
            undecided &= ~met
        cases[UNDETERMINED_NO_RETURN] = cases.get(UNDETERMINED_NO_RETURN, 0) | undecided
        return cases

    def _present(self, goal: str) -> GoalResult:
        return self.findings.recommendation if goal == RECOMMENDATION else self.findings[goal].status

    # ── sets of one, two, three ─────────────────────────────────────────────────────────────────────────────────────

    def find_singles(self) -> None:
        """Find every fact that changes a goal alone."""
        if not self.answers:
            return
        count = len(self.answers)
        statuses, every_case = self._evaluate([1 << index for index in range(count)], count)
        for change, mask in self._changes(statuses, every_case):
            for index in _bits(mask):
                self._keep((index,), change)
        # The facts that change the most criteria are those worth trying in pivots of three.
        for name in self.law.order:
            other = every_case & ~_cases_by_status(statuses[name], every_case)[self.findings[name].status]
            for fact, own_answers in enumerate(self.answers_of_fact):
                self.changed_criteria[fact] += bool(other & own_answers)

    def find_pairs(self) -> None:
        """Find every two facts that together change a goal in a way in which neither does alone."""
        everything = (1 << len(self.answers)) - 1
        self._find_pairs_with((), everything)

    def find_triples(self) -> int:
        """Find three facts that change a goal in a way in which no two of them do; return how many facts were tried."""
        by_weight = sorted(range(len(self.facts)), key=lambda fact: (-self.changed_criteria[fact], fact))
        chosen = count = fact_count = 0
        for fact in by_weight:
            count += self.answers_of_fact[fact].bit_count()
            if count**3 // 3 > TRIPLES:
                break
            chosen |= self.answers_of_fact[fact]
            fact_count += 1
        for first in _bits(chosen):
            later = chosen & ~((1 << (self.answers_of_fact[self.answers[first][0]].bit_length())) - 1)
            if later:
                self._find_pairs_with((first,), later)
        return fact_count

    def _find_pairs_with(self, fixed: tuple[int, ...], answers: int) -> None:
        """Find every two of these answers, to different facts, that change a goal together with the fixed answers."""
        columns = list(_bits(answers))
        width = len(columns)
        at_once = max(1, PASS // max(1, width))
        smaller = self._smaller_pivots(fixed, columns)
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
            statuses, every_case = self._evaluate(masks, count)
            for change, mask in self._changes(statuses, every_case):
                for row, index in enumerate(rows):
                    line = mask >> (row * width) & smaller.allowed(change, start + row)
                    for column in _bits(line):
                        self._keep((*fixed, index, columns[column]), change)

    def _smaller_pivots(self, fixed: tuple[int, ...], columns: Sequence[int]) -> _SmallerPivots:
        facts_of_columns = [self.answers[index][0] for index in columns]
        fixed_facts = {self.answers[index][0] for index in fixed}
        sets: dict[_Change, list[frozenset[int]]] = {}
        for facts, changes in self.changes_by_facts.items():
            if len(facts) < len(fixed) + 2:
                for change in changes:
                    sets.setdefault(change, []).append(frozenset(facts) - fixed_facts)
        return _SmallerPivots(facts_of_columns, sets)

    def _keep(self, indices: tuple[int, ...], change: _Change) -> None:
        facts = tuple(self.answers[index][0] for index in indices)
        values = tuple(self.answers[index][1] for index in indices)
        self.changes_by_facts.setdefault(facts, {}).setdefault(change, []).append(values)

    # ── the result ──────────────────────────────────────────────────────────────────────────────────────────────────

    def pivots(self) -> tuple[Pivot, ...]:
        """Return the pivots: fewer facts first, then those that change more, the less distressing, the earlier."""
        goals = {name: fact for fact, name in enumerate(self.goals)}

        def preference(item: tuple[tuple[int, ...], dict[_Change, list[tuple[Value, ...]]]]) -> tuple[object, ...]:
            facts, changes = item
            changed_goals = {goal for goal, _ in changes}
            distress = sum(_DISTRESS[self.book.facts[self.facts[fact]].distress] for fact in facts)
            return len(facts), RECOMMENDATION not in changed_goals, -len(changed_goals), distress, facts

        return tuple(
            Pivot(
                tuple(self.facts[fact] for fact in facts),
                tuple(
                    TurnedGoal(goal, self._present(goal), result, tuple(answers))
                    for (goal, result), answers in sorted(
                        changes.items(), key=lambda item: (goals[item[0][0]], str(item[0][1]))
                    )
                ),
            )
            for facts, changes in sorted(self.changes_by_facts.items(), key=preference)
        )


class _SmallerPivots:
    """Filters out pairs of answers of which fewer facts already make the same change.

    `facts_of_columns` holds the fact of each column, `sets` the smaller sets of facts that make each change.
    """

    def __init__(self, facts_of_columns: Sequence[int], sets: Mapping[_Change, Iterable[frozenset[int]]]) -> None:
        self.facts_of_columns = facts_of_columns
        self.sets = {change: frozenset(sets_of_change) for change, sets_of_change in sets.items()}
        self.columns: dict[int, int] = {}
        for column, fact in enumerate(facts_of_columns):
            self.columns[fact] = self.columns.get(fact, 0) | 1 << column
        self.allowed_columns: dict[tuple[_Change, int], int] = {}

    def allowed(self, change: _Change, row: int) -> int:
        """Return the columns that may form a pivot with this row: later facts, without a smaller set among them."""
        fact = self.facts_of_columns[row]
        key = (change, fact)
        if key not in self.allowed_columns:
            sets = self.sets.get(change, frozenset())
            free = 0
            # An empty set here is a set of fixed facts alone.
            if frozenset() not in sets and frozenset({fact}) not in sets:
                for other, mask in self.columns.items():
                    if other > fact and frozenset({other}) not in sets and frozenset({fact, other}) not in sets:
                        free |= mask
            self.allowed_columns[key] = free
        return self.allowed_columns[key]


def _cases_by_status(ternary: Ternary, every_case: CaseMask) -> dict[GoalResult, CaseMask]:
    """Return the cases that have each status."""
    met, not_met, not_applicable = ternary
    return {
        MET: met,
        NOT_MET: not_met,
        NOT_APPLICABLE: not_applicable,
        UNDETERMINED: every_case & ~(met | not_met | not_applicable),
    }


def _bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits of a mask, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest

"""The inputs of the compiled law for tables: each comparison of a fact, from tests of single columns.

Credibility is weighed here, since it has a column of its own: an answer that may not be relied on counts as unknown.
`comparisons` evaluates the column tests over a table, `kernel` the circuit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from screen.batch.cells import CREDIBILITY, TYPES_WITHOUT_UNKNOWN
from screen.case.evidence import Credibility
from screen.circuit.circuit import FALSE, Circuit, Node, Ternary
from screen.circuit.domains import lies_within
from screen.logic import Answer
from screen.rulebook import terms
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import Fact, RuleBook


@dataclass(frozen=True, slots=True)
class _OfColumn:
    """A test of one column of a table, false where the column is null."""

    fact: str

    @property
    def column(self) -> str:
        """The column that is tested."""
        return self.fact


@dataclass(frozen=True, slots=True)
class IsAnswered(_OfColumn):
    """The fact has an answer, and it is not unknown."""


@dataclass(frozen=True, slots=True)
class WasAsked(_OfColumn):
    """The cell holds something: an answer, or the word unknown."""


@dataclass(frozen=True, slots=True)
class SaidUnknown(_OfColumn):
    """For a set, a number or a day: somebody was asked, and the answer is not known."""

    @property
    def column(self) -> str:
        """The column that is tested."""
        return f"{self.fact}.{UNKNOWN}"


@dataclass(frozen=True, slots=True)
class HasCredibility(_OfColumn):
    """The answer to the fact has this credibility."""

    credibility: Credibility

    @property
    def column(self) -> str:
        """The column that is tested."""
        return f"{self.fact}.{CREDIBILITY}"


@dataclass(frozen=True, slots=True)
class IsOneOf(_OfColumn):
    """The fact's answer is one of these words."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class IncludesOneOf(_OfColumn):
    """The fact's answer, a set, contains at least one of these words."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class IsWithin(_OfColumn):
    """The fact's answer, a number or a day, lies between these bounds; None is open."""

    low: int | float | date | None
    high: int | float | date | None
    low_included: bool
    high_included: bool


#: A test of one column.
ColumnTest = IsAnswered | WasAsked | SaidUnknown | HasCredibility | IsOneOf | IncludesOneOf | IsWithin


class TableInputs:
    """The answers of a table of cases, weighed by their credibility; an absent column answers nothing."""

    def __init__(
        self,
        book: RuleBook,
        circuit: Circuit,
        columns: Collection[str],
        *,
        benefit: bool,
        assessed_only: bool = False,
    ) -> None:
        """With `assessed_only` a statement of the applicant that nobody has assessed counts as unknown."""
        self.book, self.circuit = book, circuit
        self._columns, self._benefit, self._assessed_only = columns, benefit, assessed_only

    def was_asked(self, fact: str) -> Node:
        """Return where somebody was asked, whether the answer is known or not."""
        if self.book.facts[fact].type in TYPES_WITHOUT_UNKNOWN:
            return self.circuit.or_(self._input(IsAnswered(fact)), self._input(SaidUnknown(fact)))
        return self._input(WasAsked(fact))

    def is_known(self, fact: str) -> Node:
        """Return where there is an answer to rely on."""
        if self.book.facts[fact].type == "yes_no":
            return self.circuit.or_(*self._yes_and_no(fact))
        return self.circuit.and_(self._input(IsAnswered(fact)), self.circuit.not_(self._is_unreliable(fact)))

    def compare(self, leaf: terms.Leaf) -> Ternary:
        """Return how the answer compares; where it is not known, the comparison is neither met nor failed."""
        circuit, fact = self.circuit, self.book.facts[leaf.fact]
        if fact.type == "yes_no" and isinstance(leaf, terms.Is):
            answers = dict(zip((Answer.YES, Answer.NO), self._yes_and_no(fact.name), strict=True))
            met = [node for answer, node in answers.items() if answer in leaf.values]
            not_met = [node for answer, node in answers.items() if answer not in leaf.values]
            return Ternary(circuit.or_(*met), circuit.or_(*not_met))
        known = self.is_known(fact.name)
        if isinstance(leaf, terms.Binds):
            bound, free = (
                self._one_of(fact.name, _states_bound(self.book, leaf.treaty, party)) for party in (True, False)
            )
            return Ternary(circuit.and_(known, bound), circuit.and_(known, free))
        holds = self._holds(leaf, fact)
        # A column test is false where there is no answer: that it does not hold is a no only where there is one.
        return Ternary(
            circuit.and_(holds, circuit.not_(self._is_unreliable(fact.name))), circuit.and_(known, circuit.not_(holds))
        )

    def _input(self, test: ColumnTest) -> Node:
        # An absent column answers nothing: unknown, and never no.
        return self.circuit.input(test) if test.column in self._columns else FALSE

    def _has_credibility(self, fact: str, *grades: Credibility) -> Node:
        return self.circuit.or_(*(self._input(HasCredibility(fact, grade)) for grade in grades))

    def _is_unreliable(self, fact: str) -> Node:
        """Return where an answer other than a rejected yes counts as unknown."""
        doubted = () if self._benefit else (Credibility.BENEFIT,)
        unreliable = self._has_credibility(fact, Credibility.REJECTED, *doubted)
        if self._assessed_only and self.book.facts[fact].is_statement:
            assessed = self._has_credibility(fact, Credibility.ACCEPTED, Credibility.BENEFIT, Credibility.REJECTED)
            return self.circuit.or_(unreliable, self.circuit.not_(assessed))
        return unreliable

    def _yes_and_no(self, fact: str) -> tuple[Node, Node]:
        """Return where the answer counts as yes and where as no: a rejected yes was claimed and not believed."""
        circuit = self.circuit
        said_yes = self._input(IsOneOf(fact, _YES))
        said_no = circuit.and_(self._input(IsAnswered(fact)), circuit.not_(said_yes))
        believed = circuit.not_(self._is_unreliable(fact))
        disbelieved = circuit.and_(said_yes, self._has_credibility(fact, Credibility.REJECTED))
        return circuit.and_(said_yes, believed), circuit.or_(circuit.and_(said_no, believed), disbelieved)

    def _holds(self, leaf: terms.Is | terms.Includes | terms.Between, fact: Fact) -> Node:
        match leaf:
            case terms.Is(name, values):
                return self._one_of(name, frozenset(str(value) for value in values))
            case terms.Includes(name, options):
                return self._input(IncludesOneOf(name, options))
            case terms.Between(name) if fact.type == "level":
                words = frozenset(option for option, _ in fact.options if lies_within(leaf, fact.level(option)))
                return self._one_of(name, words)
            case terms.Between(name, low, high, low_included, high_included):
                return self._input(IsWithin(name, low, high, low_included, high_included))
            case _:
                assert_never(leaf)

    def _one_of(self, fact: str, words: frozenset[str]) -> Node:
        return self._input(IsOneOf(fact, words)) if words else FALSE


_YES = frozenset({Answer.YES.value})


def _states_bound(book: RuleBook, treaty: str, party: bool) -> frozenset[str]:
    """Return the States that the treaty binds, or those that it is known not to bind; the rest is not known."""
    return frozenset(
        state
        for state in book.standings
        if (standing := book.standing(state, treaty)) is not None and (standing.standing == "party") is party
    )

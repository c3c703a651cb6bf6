"""What a table of cases says, as inputs of the compiled law.

In: a rule book, the columns that a table has. Out: for each comparison of a fact the nodes where its answer meets it
and where it fails it, over comparisons of single columns. What an answer is worth is settled here, since its
credibility stands in a column of its own. Left alone: tables (`atoms`), what follows (`kernel`).
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
    """A comparison of one column of a table, false where the column is null."""

    fact: str

    @property
    def column(self) -> str:
        """The column that is compared."""
        return self.fact


@dataclass(frozen=True, slots=True)
class IsAnswered(_OfColumn):
    """The fact has an answer, and it is not unknown."""


@dataclass(frozen=True, slots=True)
class WasAsked(_OfColumn):
    """The cell holds something: an answer, or the word unknown."""


@dataclass(frozen=True, slots=True)
class SaidUnknown(_OfColumn):
    """Next to a set, a number or a day: somebody was asked, and the answer is not known."""

    @property
    def column(self) -> str:
        """The column that is compared."""
        return f"{self.fact}.{UNKNOWN}"


@dataclass(frozen=True, slots=True)
class HasCredibility(_OfColumn):
    """The answer to the fact has this credibility."""

    credibility: Credibility

    @property
    def column(self) -> str:
        """The column that is compared."""
        return f"{self.fact}.{CREDIBILITY}"


@dataclass(frozen=True, slots=True)
class IsOneOf(_OfColumn):
    """The fact's answer is one of these words."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class IncludesOneOf(_OfColumn):
    """The fact's answer, a set, holds one of these words at least."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class IsWithin(_OfColumn):
    """The fact's answer, a number or a day, lies between these bounds; None is open."""

    low: int | float | date | None
    high: int | float | date | None
    low_included: bool
    high_included: bool


#: A comparison of one column.
ColumnTest = IsAnswered | WasAsked | SaidUnknown | HasCredibility | IsOneOf | IncludesOneOf | IsWithin


class TableInputs:
    """The answers of a table of cases, for what they are worth; a column that is not there answers nothing."""

    def __init__(self, book: RuleBook, circuit: Circuit, columns: Collection[str], *, benefit: bool) -> None:
        self.book, self.circuit = book, circuit
        self._columns, self._benefit = columns, benefit

    def was_asked(self, fact: str) -> Node:
        """Return where somebody was asked, known or not."""
        if self.book.facts[fact].type in TYPES_WITHOUT_UNKNOWN:
            return self.circuit.or_(self._input(IsAnswered(fact)), self._input(SaidUnknown(fact)))
        return self._input(WasAsked(fact))

    def is_known(self, fact: str) -> Node:
        """Return where there is an answer to rely on."""
        if self.book.facts[fact].type == "yes_no":
            return self.circuit.or_(*self._yes_or_no(fact))
        return self.circuit.and_(self._input(IsAnswered(fact)), self.circuit.not_(self._worthless(fact)))

    def compare(self, leaf: terms.Leaf) -> Ternary:
        """Return how the answer compares; where it is not known it neither meets nor fails."""
        circuit, fact = self.circuit, self.book.facts[leaf.fact]
        if fact.type == "yes_no" and isinstance(leaf, terms.Is):
            answers = dict(zip((Answer.YES, Answer.NO), self._yes_or_no(fact.name), strict=True))
            meeting = [node for answer, node in answers.items() if answer in leaf.values]
            failing = [node for answer, node in answers.items() if answer not in leaf.values]
            return Ternary(circuit.or_(*meeting), circuit.or_(*failing))
        known = self.is_known(fact.name)
        if isinstance(leaf, terms.Binds):
            bound, free = (self._one_of(fact.name, _bound(self.book, leaf.treaty, party)) for party in (True, False))
            return Ternary(circuit.and_(known, bound), circuit.and_(known, free))
        holds = self._holds(leaf, fact)
        # An input is false of a case without an answer: what it does not hold of is no only where there is an answer.
        return Ternary(
            circuit.and_(holds, circuit.not_(self._worthless(fact.name))), circuit.and_(known, circuit.not_(holds))
        )

    def _input(self, comparison: ColumnTest) -> Node:
        # A column that is not there answers nothing: unknown, and never no.
        return self.circuit.input(comparison) if comparison.column in self._columns else FALSE

    def _judged_as(self, fact: str, *credibility: Credibility) -> Node:
        return self.circuit.or_(*(self._input(HasCredibility(fact, each)) for each in credibility))

    def _worthless(self, fact: str) -> Node:
        """Return where an answer other than a rejected yes counts as unknown."""
        doubted = () if self._benefit else (Credibility.BENEFIT,)
        return self._judged_as(fact, Credibility.REJECTED, *doubted)

    def _yes_or_no(self, fact: str) -> tuple[Node, Node]:
        """Return where the answer counts as yes and where as no: a rejected yes was claimed and not believed."""
        circuit = self.circuit
        said_yes = self._input(IsOneOf(fact, _YES))
        said_no = circuit.and_(self._input(IsAnswered(fact)), circuit.not_(said_yes))
        believed = circuit.not_(self._worthless(fact))
        disbelieved = circuit.and_(said_yes, self._judged_as(fact, Credibility.REJECTED))
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


def _bound(book: RuleBook, treaty: str, party: bool) -> frozenset[str]:
    """Return the States that the treaty binds, or those that it is known not to bind; the rest is not known."""
    return frozenset(
        state
        for state in book.standings
        if (standing := book.standing(state, treaty)) is not None and (standing.standing == "party") is party
    )

"""Formulas: what can be said of the evaluation of a case, and the statements that a property makes with them."""

from __future__ import annotations

from dataclasses import dataclass

from screen.rulebook.terms import Term


@dataclass(frozen=True)
class TermHolds:
    """The term is met."""

    term: Term


@dataclass(frozen=True)
class EndsIn:
    """The criterion ends in one of these states, named as files name them."""

    criterion: str
    statuses: frozenset[str]


@dataclass(frozen=True)
class SomeAdverseEndsIn:
    """Some criterion that is bad for the claim when met ends in one of these states."""

    statuses: frozenset[str]


@dataclass(frozen=True)
class Recommended:
    """One of these is recommended."""

    names: frozenset[str]


@dataclass(frozen=True)
class Every:
    """Every part holds. Unlike `All` it passes nothing over: what does not apply does not hold."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Some:
    """One part at least holds."""

    parts: tuple[Formula, ...]


#: What can be said of a whole evaluation; it holds or it does not.
Formula = TermHolds | EndsIn | SomeAdverseEndsIn | Recommended | Every | Some


@dataclass(frozen=True)
class Whenever:
    """In every case in which the first holds the second does."""

    whenever: Formula
    then: Formula


@dataclass(frozen=True)
class Never:
    """It holds in no case."""

    formula: Formula


@dataclass(frozen=True)
class AnswerChange:
    """Other answers to a fact; where options are named, in these options of a set alone."""

    fact: str
    options: frozenset[str] | None


@dataclass(frozen=True)
class NeverWeaker:
    """More of these facts, in any number together, never makes one of these criteria worse for the claim."""

    more: tuple[AnswerChange, ...]
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class NeverChanged:
    """Other answers to these facts, in any number together, leave these criteria as they are."""

    others: tuple[AnswerChange, ...]
    criteria: tuple[str, ...]
    recommendation: bool


@dataclass(frozen=True)
class NeverFlipped:
    """Taking answers away may leave these criteria open and never turns one of them round."""

    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Apart:
    """No criterion, presumption or recommendation asks anything of these parts of the book."""

    parts: tuple[str, ...]


Statement = Whenever | Never | NeverWeaker | NeverChanged | NeverFlipped | Apart

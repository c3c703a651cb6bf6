"""Formulas: what can be said of the evaluation of a case, and the statements of properties about all cases."""

from __future__ import annotations

from dataclasses import dataclass

from screen.rulebook.terms import Term


@dataclass(frozen=True)
class TermHolds:
    """The term is met."""

    term: Term


@dataclass(frozen=True)
class EndsIn:
    """The criterion has one of these statuses, as rule files name them."""

    criterion: str
    statuses: frozenset[str]


@dataclass(frozen=True)
class SomeAdverseEndsIn:
    """At least one criterion that is bad for the claim when met has one of these statuses."""

    statuses: frozenset[str]


@dataclass(frozen=True)
class Recommended:
    """One of these is recommended."""

    names: frozenset[str]


@dataclass(frozen=True)
class Every:
    """Every part holds. Unlike `terms.All` it ignores nothing: what is not applicable does not hold."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Some:
    """At least one part holds."""

    parts: tuple[Formula, ...]


#: What can be said of the evaluation of a case; it holds or does not.
Formula = TermHolds | EndsIn | SomeAdverseEndsIn | Recommended | Every | Some


@dataclass(frozen=True)
class Whenever:
    """In every case in which the first formula holds, the second holds."""

    whenever: Formula
    then: Formula


@dataclass(frozen=True)
class Never:
    """The formula holds in no case."""

    formula: Formula


@dataclass(frozen=True)
class AnswerChange:
    """Other answers to a fact; with `options`, other answers that differ in these options of a set alone."""

    fact: str
    options: frozenset[str] | None


@dataclass(frozen=True)
class NeverWeaker:
    """More of any of these facts never makes one of these criteria worse for the claim."""

    more: tuple[AnswerChange, ...]
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class NeverChanged:
    """Other answers to any of these facts leave these criteria, and the recommendation where it is set, as they are."""

    others: tuple[AnswerChange, ...]
    criteria: tuple[str, ...]
    recommendation: bool


@dataclass(frozen=True)
class NeverFlipped:
    """Removing answers may leave these criteria undetermined, but never turns met into not met or the reverse."""

    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Apart:
    """No criterion, presumption or recommendation depends on these parts of the book."""

    parts: tuple[str, ...]


Statement = Whenever | Never | NeverWeaker | NeverChanged | NeverFlipped | Apart

"""Terms: the checked form of the conditions in rule files.

`conditions` makes them; the evaluator (`engine/evaluate`) and the compiler (`circuit/compile`) read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from screen.logic import Answer

#: The value of an answer: yes, no, unknown, an option, a set of options, a number, a day, a State's code, or text.
Value = Answer | str | frozenset[str] | int | float | date


@dataclass(frozen=True, slots=True)
class Met:
    """The criterion is met."""

    criterion: str


@dataclass(frozen=True, slots=True)
class Is:
    """The fact has one of these values."""

    fact: str
    values: frozenset[Answer | str]


@dataclass(frozen=True, slots=True)
class Includes:
    """The `many` fact includes at least one of these options."""

    fact: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Between:
    """The level, number or day lies between two bounds; None is open. Levels are counted from 0."""

    fact: str
    low: int | float | date | None
    high: int | float | date | None
    low_included: bool = True
    high_included: bool = True


@dataclass(frozen=True, slots=True)
class Binds:
    """The treaty binds the State that this fact (of type country) names."""

    treaty: str
    fact: str


@dataclass(frozen=True, slots=True)
class TakesSide:
    """The profile takes one of these sides on a contested point."""

    reading: str
    sides: frozenset[str]


@dataclass(frozen=True, slots=True)
class ByReading:
    """The term of the side that the profile takes."""

    reading: str
    sides: tuple[tuple[str, Term], ...]

    def under(self, side: str) -> Term:
        """Return the term of a side."""
        return next(term for name, term in self.sides if name == side)


@dataclass(frozen=True, slots=True)
class All:
    """Every part is met."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part is met."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least so many parts are met."""

    needed: int
    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not met."""

    part: Term


@dataclass(frozen=True, slots=True)
class NotRuledOut:
    """The criterion is met or undetermined. Only a recommendation may ask this: an answer can change it either way."""

    criterion: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The book states the law of a day from `since` on and before `until`; None is open."""

    since: date | None
    until: date | None


Leaf = Is | Includes | Between | Binds
Term = (
    Met | Is | Includes | Between | Binds | TakesSide | ByReading | All | AnyOf | AtLeast | Not | NotRuledOut | InForce
)


def direct_subterms(term: Term) -> tuple[Term, ...]:
    """Return the terms that a term directly consists of."""
    match term:
        case All(parts) | AnyOf(parts) | AtLeast(_, parts):
            return parts
        case Not(part):
            return (part,)
        case ByReading(_, sides):
            return tuple(inner for _, inner in sides)
        case _:
            return ()


def subterms(term: Term) -> tuple[Term, ...]:
    """Return a term with all terms inside it, itself first."""
    return (term, *(inner for part in direct_subterms(term) for inner in subterms(part)))

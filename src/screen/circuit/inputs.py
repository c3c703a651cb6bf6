"""What a case answers, as inputs of a circuit, where the answers have been taken for what they are worth.

In: comparisons, facts, sides of contested points. Out: one input for each. The evaluation with integers gives them bits
(`bit_parallel`), the proof gives them formulas; a table of cases, in which credibility stands next to an answer, has
inputs of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from screen.circuit.circuit import FALSE, TRUE, Circuit, Node, Ternary
from screen.rulebook.model import Profile
from screen.rulebook.terms import Leaf

#: The node that is true where this side of that contested point is taken.
Sides = Callable[[str, str], Node]


@dataclass(frozen=True, slots=True)
class ComparisonInput:
    """The answer is known and meets a comparison, or fails it."""

    leaf: Leaf
    meets: bool

    @property
    def fact(self) -> str:
        """The fact that is compared."""
        return self.leaf.fact


@dataclass(frozen=True, slots=True)
class KnownInput:
    """There is an answer to the fact that can be relied on."""

    fact: str


@dataclass(frozen=True, slots=True)
class AskedInput:
    """Somebody was asked for the fact, whether the answer is known or not."""

    fact: str


@dataclass(frozen=True, slots=True)
class SideInput:
    """This side of a contested point is taken."""

    reading: str
    side: str


#: What a case says of a fact.
FactInput = ComparisonInput | KnownInput | AskedInput


class FactInputs:
    """An input for each comparison of a fact, for whether it is known, and for whether anybody was asked."""

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._compared: dict[Leaf, Ternary] = {}

    def compare(self, leaf: Leaf) -> Ternary:
        """Return how the answer compares; where it is not known it neither meets nor fails."""
        if leaf not in self._compared:
            met, not_met = (self._circuit.input(ComparisonInput(leaf, meets)) for meets in (True, False))
            self._compared[leaf] = Ternary(met, not_met)
        return self._compared[leaf]

    def is_known(self, fact: str) -> Node:
        """Return where there is an answer to rely on."""
        return self._circuit.input(KnownInput(fact))

    def was_asked(self, fact: str) -> Node:
        """Return where somebody was asked."""
        return self._circuit.input(AskedInput(fact))


def sides_of(profile: Profile) -> Sides:
    """Return the sides that a profile takes, as constants."""
    return lambda reading, side: TRUE if profile.readings[reading] == side else FALSE


def any_sides(circuit: Circuit) -> Sides:
    """Return an input for each side of each contested point: the circuit is then that of every profile."""
    return lambda reading, side: circuit.input(SideInput(reading, side))

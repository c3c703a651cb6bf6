"""The inputs of a compiled law where answers have already been reduced to reliable values.

There is an input for each comparison, fact and side of a contested point. `bit_parallel` gives them bits, the proof
gives them formulas. Tables of cases, in which credibility stands next to the answer, have inputs of their own
(`batch.score.circuit_inputs`).
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
    """The answer is known, and it meets the comparison (`meets`) or fails it (not `meets`)."""

    leaf: Leaf
    meets: bool

    @property
    def fact(self) -> str:
        """The name of the fact that is compared."""
        return self.leaf.fact


@dataclass(frozen=True, slots=True)
class KnownInput:
    """There is an answer to the fact that can be relied on."""

    fact: str


@dataclass(frozen=True, slots=True)
class AskedInput:
    """Somebody was asked for the fact, whether or not the answer is known."""

    fact: str


@dataclass(frozen=True, slots=True)
class SideInput:
    """This side of a contested point is taken."""

    reading: str
    side: str


#: An input about a fact.
FactInput = ComparisonInput | KnownInput | AskedInput


class FactInputs:
    """The inputs of a circuit about facts: comparisons, whether a fact is known, whether anybody was asked for it."""

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._compared: dict[Leaf, Ternary] = {}

    def compare(self, leaf: Leaf) -> Ternary:
        """Return where the answer meets the comparison and where it fails it; an unknown answer does neither."""
        if leaf not in self._compared:
            met, not_met = (self._circuit.input(ComparisonInput(leaf, meets)) for meets in (True, False))
            self._compared[leaf] = Ternary(met, not_met)
        return self._compared[leaf]

    def is_known(self, fact: str) -> Node:
        """Return where there is an answer that can be relied on."""
        return self._circuit.input(KnownInput(fact))

    def was_asked(self, fact: str) -> Node:
        """Return where somebody was asked for the fact."""
        return self._circuit.input(AskedInput(fact))


def sides_of(profile: Profile) -> Sides:
    """Return the sides that a profile takes, as constants."""
    return lambda reading, side: TRUE if profile.readings[reading] == side else FALSE


def any_sides(circuit: Circuit) -> Sides:
    """Return an input for each side of each contested point, so that the circuit covers every profile."""
    return lambda reading, side: circuit.input(SideInput(reading, side))

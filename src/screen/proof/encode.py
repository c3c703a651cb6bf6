"""The compiled law as formulas for the solver, for every possible case under every profile.

In: a rule book. Out: a formula for each node of its circuit; what many others are made of has a name and one line that
says what it means, so that it is written out once. What is free are the answers of a case and the profile. A second
case has the same circuit with some inputs exchanged (`Circuit.replaced`).

A fact is one bit for each answer that the law can tell apart (`Domain`); the empty set, the unknown one and the one
that nobody was asked for are kept apart. Credibility needs no bits: what an answer is worth is an answer, or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import assert_never

from screen.case.evidence import RecordedAnswer, reliable_value
from screen.circuit.circuit import AND, FALSE, INPUT, NOT, TRUE, Circuit, Node, Ternary
from screen.circuit.compile import CompiledLaw
from screen.circuit.domains import Domain, meets
from screen.circuit.inputs import AskedInput, ComparisonInput, FactInput, FactInputs, KnownInput, SideInput, any_sides
from screen.engine.finding import UNDETERMINED_NO_RETURN
from screen.logic import Answer, Status
from screen.proof.solver import (
    Bit,
    Solver,
    all_of,
    any_of,
    at_most_one,
    exactly_one,
    free_bit,
    iff,
    implies,
    not_,
)
from screen.rulebook import formulas, terms
from screen.rulebook.model import RuleBook

#: A node that so many gates are made of gets a name of its own, as each end of a criterion does. With more names a
#: solution takes longer to hand over, with fewer a question takes longer to answer (docs/decisions/0010).
SHARED = 16


@dataclass(frozen=True)
class EncodedAnswer:
    """What one case says of one fact, as bits: each value or option that matters, and whether it is known at all.

    `given` differs from `known` where silence matters: asked for, and the answer is not known.
    """

    domain: Domain
    bits: Mapping[terms.Value, Bit]
    known: Bit
    asked: Bit

    def compare(self, leaf: terms.Leaf, wanted: bool, book: RuleBook) -> Bit:
        """Return where the answer meets a comparison, or where it fails it."""
        if isinstance(leaf, terms.Includes):
            met = any_of(*(self.bits[option] for option in self.domain.options if option in leaf.options))
            return met if wanted else all_of(self.known, not_(met))
        return any_of(*(bit for value, bit in self.bits.items() if meets(leaf, value, book) is wanted))

    def is_exactly(self, value: terms.Value, book: RuleBook) -> Bit:
        """Return where the answer is this one, or one that the law treats alike."""
        if isinstance(value, frozenset):
            bits = (bit if option in value else not_(bit) for option, bit in self.bits.items())
            return all_of(self.known, *bits)
        return self.bits[self.domain.representative(value, book)]


#: What a case says of every fact that matters.
EncodedCase = Mapping[str, EncodedAnswer]


@dataclass(frozen=True, slots=True)
class SecondCaseInput:
    """The same input of a second case."""

    input: FactInput | SideInput


@dataclass(frozen=True)
class SecondCase:
    """A case that has other answers to some facts; all of what it says, and its nodes in place of the first case's."""

    answers: EncodedCase
    nodes: Mapping[Node, Node]

    def counterpart(self, first: Ternary) -> Ternary:
        """Return how something ends in the second case that ends so in the first."""
        return Ternary(*(self.nodes[node] for node in first))


class EncodedLaw(Solver):
    """A solver that holds the law of one case, whose answers and profile are free; a second case is written for now."""

    def __init__(self, book: RuleBook, domains: Mapping[str, Domain]) -> None:
        super().__init__()
        self.book, self.domains, self.circuit = book, domains, Circuit()
        self.law = CompiledLaw(book, self.circuit, FactInputs(self.circuit), any_sides(self.circuit))
        self._silence_matters = {presumption.fact for presumption in book.presumptions if presumption.origin is None}
        #: True in a query that holds for one profile, or for those that are not ruled out.
        self.profiles: dict[str, Bit] = {name: free_bit(f"profile {name}") for name in book.profiles}
        self.add(exactly_one(list(self.profiles.values())))
        self.sides: Mapping[str, Mapping[str, Bit]] = {name: self._sides(name) for name in book.readings}
        self.answers: EncodedCase = {name: self.free_answers(name, "") for name in domains}
        self._others: EncodedCase = {}
        self._other_sides: Mapping[str, Mapping[str, Bit]] = {}
        self._formulas: dict[Node, Bit] = {FALSE: False, TRUE: True}
        self._uses, self._counted = Counter[Node](), 0
        self._criteria_ends = {node for end in self.law.criteria.values() for node in end}

    # ── what is free ────────────────────────────────────────────────────────────────────────────────────────────────

    def _sides(self, reading: str) -> dict[str, Bit]:
        """Return where each side of a contested point is taken: under the profiles that take it."""
        profiles = self.book.profiles.values()
        return {
            side.name: self.define(
                any_of(*(self.profiles[each.name] for each in profiles if each.readings[reading] == side.name)),
                f"{reading}:{side.name}",
            )
            for side in self.book.readings[reading].sides
        }

    def free_sides(self, reading: str) -> dict[str, Bit]:
        """Return the sides of one contested point, of which any one is taken, whatever the profile."""
        names = [side.name for side in self.book.readings[reading].sides]
        bits: dict[str, Bit] = {name: free_bit(f"other {reading}:{name}") for name in names}
        self.add(exactly_one(list(bits.values())))
        return bits

    def free_answers(self, name: str, tag: str) -> EncodedAnswer:
        """Return free answers to a fact: one value or none, or a set or none."""
        domain = self.domains[name]
        is_set = domain.fact.type == "many"
        values: tuple[terms.Value, ...] = domain.options if is_set else domain.values
        bits: dict[terms.Value, Bit] = {value: free_bit(f"{tag}{name}={_shown(value)}") for value in values}
        known: Bit = free_bit(f"{tag}{name} known")
        if is_set:
            self.add(*(implies(bit, known) for bit in bits.values()))
        else:
            self.add(iff(known, any_of(*bits.values())), at_most_one(list(bits.values())))
        given = known
        if name in self._silence_matters:
            given = free_bit(f"{tag}{name} given")
            self.add(implies(known, given))
        return EncodedAnswer(domain, bits, known, given)

    def case_bits(self, given: Mapping[str, RecordedAnswer], said: EncodedCase | None = None) -> list[Bit]:
        """Return the bits that hold in exactly this case; its answers are taken for what they are worth."""
        bits: list[Bit] = []
        for name, answers in (said or self.answers).items():
            value = reliable_value(given.get(name))
            if value is not Answer.UNKNOWN:
                bits.append(answers.is_exactly(value, self.book))
            else:
                bits.append(not_(answers.known))
                if name in self._silence_matters:
                    bits.append(answers.asked if name in given else not_(answers.asked))
        return bits

    # ── what follows ────────────────────────────────────────────────────────────────────────────────────────────────

    def formula(self, node: Node) -> Bit:
        """Return where a node is true; what it is made of is written out before it, once."""
        for part in self._unwritten(node):
            gate = self.circuit.gates[part]
            bits = [self._formulas[of] for of in gate.parts]
            if gate.operation is INPUT:
                bit = self._input(gate.label)
            elif gate.operation is NOT:
                bit = not_(*bits)
            else:
                bit = all_of(*bits) if gate.operation is AND else any_of(*bits)
                if part in self._criteria_ends or self._users(part) >= SHARED:
                    bit = self.define(bit, "node")
            self._formulas[part] = bit
        return self._formulas[node]

    def _unwritten(self, node: Node) -> list[Node]:
        """Return what has no formula yet of a node and all that it is made of, in the order of writing."""
        seen: set[Node] = set()
        waiting = [node]
        while waiting:
            part = waiting.pop()
            if part not in seen and part not in self._formulas:
                seen.add(part)
                waiting += self.circuit.gates[part].parts
        return sorted(seen)

    def _users(self, node: Node) -> int:
        """Return how many gates are made of a node."""
        if self._counted != len(self.circuit.gates):
            self._uses = Counter(part for gate in self.circuit.gates for part in gate.parts)
            self._counted = len(self.circuit.gates)
        return self._uses[node]

    def _input(self, source: object) -> Bit:
        said, sides = self.answers, self.sides
        if isinstance(source, SecondCaseInput):
            source, said, sides = source.input, self._others, self._other_sides
        match source:
            case ComparisonInput(leaf, wanted):
                return said[leaf.fact].compare(leaf, wanted, self.book)
            case KnownInput(fact):
                return said[fact].known
            case AskedInput(fact):
                return said[fact].asked
            case SideInput(reading, side):
                return sides[reading][side]
        raise TypeError(f"{type(source).__name__} is no input of the law")

    def encode_nodes(self, nodes: Iterable[Node]) -> None:
        """Write these nodes out for good, so that nothing that is asked for now has to."""
        for node in nodes:
            self.formula(node)

    @contextmanager
    def scope(self, milliseconds: int = 0) -> Iterator[None]:
        """Forget afterwards what is added or written meanwhile; a time bounds each question."""
        before = self._formulas, self._others, self._other_sides
        self._formulas = dict(self._formulas)
        try:
            with super().scope(milliseconds):
                yield
        finally:
            self._formulas, self._others, self._other_sides = before

    def second_case(
        self, others: EncodedCase, wanted: Collection[Node], sides: Mapping[str, Mapping[str, Bit]] | None = None
    ) -> SecondCase:
        """Return a case with other answers to some facts, and where sides are given whatever the profile takes.

        It is there `for_now`, and the only one there is.
        """
        self._others, self._other_sides = others, sides or {}
        by = {
            node: self.circuit.input(SecondCaseInput(source))
            for node, source in self.circuit.inputs(wanted).items()
            if (isinstance(source, SideInput) and source.reading in self._other_sides)
            or (isinstance(source, ComparisonInput | KnownInput | AskedInput) and source.fact in others)
        }
        return SecondCase({**self.answers, **others}, self.circuit.substitute(wanted, by))

    # ── what is said of a whole evaluation ──────────────────────────────────────────────────────────────────────────

    def is_recommended(self, name: str) -> Node:
        """Return where this is recommended: the first whose condition is met, else that nothing is decided."""
        circuit = self.circuit
        ways: list[Node] = []
        none_before: list[Node] = []
        for recommendation in self.book.recommendations:
            met = self.law.compile_term(recommendation.when).met
            if recommendation.name == name:
                ways.append(circuit.and_(*none_before, met))
            none_before.append(circuit.not_(met))
        if name == UNDETERMINED_NO_RETURN:
            ways.append(circuit.and_(*none_before))
        return circuit.or_(*ways)

    def compile_formula(self, formula: formulas.Formula) -> Node:
        """Return where something that is said of a whole evaluation holds."""
        circuit, criteria = self.circuit, self.law.criteria
        match formula:
            case formulas.TermHolds(term):
                return self.law.compile_term(term).met
            case formulas.EndsIn(name, states):
                return circuit.or_(*(self._ends(criteria[name], state) for state in sorted(states)))
            case formulas.SomeAdverseEndsIn(states):
                adverse = [criteria[name] for name in criteria if self.book.criteria[name].adverse]
                return circuit.or_(*(self._ends(end, state) for end in adverse for state in sorted(states)))
            case formulas.Recommended(names):
                return circuit.or_(*(self.is_recommended(name) for name in sorted(names)))
            case formulas.Every(parts):
                return circuit.and_(*(self.compile_formula(part) for part in parts))
            case formulas.Some(parts):
                return circuit.or_(*(self.compile_formula(part) for part in parts))
            case _:
                assert_never(formula)

    def _ends(self, end: Ternary, state: str) -> Node:
        """Return where something ends in a state, named as files name it."""
        if state == Status.UNDETERMINED.value:
            return self.law.is_open(end)
        return dict(zip((Status.MET.value, Status.NOT_MET.value, Status.NOT_APPLICABLE.value), end, strict=True))[state]


def _shown(value: terms.Value) -> str:
    return value.value if isinstance(value, Answer) else str(value)

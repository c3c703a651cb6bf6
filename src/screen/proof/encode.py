"""Encode the compiled law as formulas for the solver, for every possible case under every profile.

The answers of a case and the profile are free variables. Each node of the circuit becomes a formula; a node that many
others use is defined as a variable, so that it is written out once. A second case is the same circuit with some inputs
replaced (`Circuit.substitute`).

A fact has a bit for each answer that the law can tell apart (`Domain`). The empty set, unknown and not asked are told
apart. Credibility needs no bits: it reduces an answer to a reliable value or to unknown.
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

#: A node that so many gates use is defined as a variable, as the statuses of criteria are. With more definitions a
#: model takes longer to build, with fewer a check takes longer (docs/decisions/0010).
SHARED = 16


@dataclass(frozen=True)
class EncodedAnswer:
    """The answer to a fact in a case, as bits: one for each value or option that matters, and whether it is known.

    `asked` differs from `known` where silence matters: somebody was asked, and the answer is not known.
    """

    domain: Domain
    bits: Mapping[terms.Value, Bit]
    known: Bit
    asked: Bit

    def compare(self, leaf: terms.Leaf, meeting: bool, book: RuleBook) -> Bit:
        """Return where the answer meets a comparison, or with `meeting=False` where it fails it."""
        if isinstance(leaf, terms.Includes):
            met = any_of(*(self.bits[option] for option in self.domain.options if option in leaf.options))
            return met if meeting else all_of(self.known, not_(met))
        return any_of(*(bit for value, bit in self.bits.items() if meets(leaf, value, book) is meeting))

    def is_exactly(self, value: terms.Value, book: RuleBook) -> Bit:
        """Return where the answer is this value, or one that the law treats alike."""
        if isinstance(value, frozenset):
            bits = (bit if option in value else not_(bit) for option, bit in self.bits.items())
            return all_of(self.known, *bits)
        return self.bits[self.domain.representative(value, book)]


#: The answers of a case to all facts that matter.
EncodedCase = Mapping[str, EncodedAnswer]


@dataclass(frozen=True, slots=True)
class SecondCaseInput:
    """The same input in a second case."""

    input: FactInput | SideInput


@dataclass(frozen=True)
class SecondCase:
    """A case with other answers to some facts: all its answers, and its node for each node of the first case."""

    answers: EncodedCase
    nodes: Mapping[Node, Node]

    def counterpart(self, first: Ternary) -> Ternary:
        """Return the nodes of the second case that correspond to these of the first."""
        return Ternary(*(self.nodes[node] for node in first))


class EncodedLaw(Solver):
    """A solver that holds the law of a case with free answers and profile; a second case is added within a `scope`."""

    def __init__(self, book: RuleBook, domains: Mapping[str, Domain]) -> None:
        super().__init__()
        self.book, self.domains, self.circuit = book, domains, Circuit()
        self.law = CompiledLaw(book, self.circuit, FactInputs(self.circuit), any_sides(self.circuit))
        self._silence_matters = {presumption.fact for presumption in book.presumptions if presumption.origin is None}
        #: The profile of the case: exactly one of these is true.
        self.profiles: dict[str, Bit] = {name: free_bit(f"profile {name}") for name in book.profiles}
        self.add(exactly_one(list(self.profiles.values())))
        self.sides: Mapping[str, Mapping[str, Bit]] = {name: self._sides(name) for name in book.readings}
        self.answers: EncodedCase = {name: self.free_answers(name, "") for name in domains}
        self._others: EncodedCase = {}
        self._other_sides: Mapping[str, Mapping[str, Bit]] = {}
        self._formulas: dict[Node, Bit] = {FALSE: False, TRUE: True}
        self._use_counts, self._counted = Counter[Node](), 0
        self._criteria_nodes = {node for end in self.law.criteria.values() for node in end}

    # ── free variables ──────────────────────────────────────────────────────────────────────────────────────────────

    def _sides(self, reading: str) -> dict[str, Bit]:
        """Return for each side of a contested point that one of the profiles that take it applies."""
        profiles = self.book.profiles.values()
        return {
            side.name: self.define(
                any_of(
                    *(self.profiles[profile.name] for profile in profiles if profile.readings[reading] == side.name)
                ),
                f"{reading}:{side.name}",
            )
            for side in self.book.readings[reading].sides
        }

    def free_sides(self, reading: str) -> dict[str, Bit]:
        """Return free bits for the sides of a contested point, exactly one of which is taken, whatever the profile."""
        names = [side.name for side in self.book.readings[reading].sides]
        bits: dict[str, Bit] = {name: free_bit(f"other {reading}:{name}") for name in names}
        self.add(exactly_one(list(bits.values())))
        return bits

    def free_answers(self, name: str, tag: str) -> EncodedAnswer:
        """Return a free answer to a fact: a value or none, or a set or none."""
        domain = self.domains[name]
        is_set = domain.fact.type == "many"
        values: tuple[terms.Value, ...] = domain.options if is_set else domain.values
        bits: dict[terms.Value, Bit] = {value: free_bit(f"{tag}{name}={_shown(value)}") for value in values}
        known: Bit = free_bit(f"{tag}{name} known")
        if is_set:
            self.add(*(implies(bit, known) for bit in bits.values()))
        else:
            self.add(iff(known, any_of(*bits.values())), at_most_one(list(bits.values())))
        asked = known
        if name in self._silence_matters:
            asked = free_bit(f"{tag}{name} given")
            self.add(implies(known, asked))
        return EncodedAnswer(domain, bits, known, asked)

    def case_bits(self, given: Mapping[str, RecordedAnswer], case: EncodedCase | None = None) -> list[Bit]:
        """Return the bits that hold in exactly this case; answers count with their reliable values."""
        bits: list[Bit] = []
        for name, answers in (case or self.answers).items():
            value = reliable_value(given.get(name))
            if value is not Answer.UNKNOWN:
                bits.append(answers.is_exactly(value, self.book))
            else:
                bits.append(not_(answers.known))
                if name in self._silence_matters:
                    bits.append(answers.asked if name in given else not_(answers.asked))
        return bits

    # ── formulas of nodes ───────────────────────────────────────────────────────────────────────────────────────────

    def formula(self, node: Node) -> Bit:
        """Return the formula of a node; its parts are encoded before it, each once."""
        for part in self._not_encoded(node):
            gate = self.circuit.gates[part]
            bits = [self._formulas[of] for of in gate.parts]
            if gate.operation is INPUT:
                bit = self._input_bit(gate.label)
            elif gate.operation is NOT:
                bit = not_(*bits)
            else:
                bit = all_of(*bits) if gate.operation is AND else any_of(*bits)
                if part in self._criteria_nodes or self._users(part) >= SHARED:
                    bit = self.define(bit, "node")
            self._formulas[part] = bit
        return self._formulas[node]

    def _not_encoded(self, node: Node) -> list[Node]:
        """Return the node and those of its parts that have no formula yet, parts first."""
        seen: set[Node] = set()
        pending = [node]
        while pending:
            part = pending.pop()
            if part not in seen and part not in self._formulas:
                seen.add(part)
                pending += self.circuit.gates[part].parts
        return sorted(seen)

    def _users(self, node: Node) -> int:
        """Return how many gates use a node."""
        if self._counted != len(self.circuit.gates):
            self._use_counts = Counter(part for gate in self.circuit.gates for part in gate.parts)
            self._counted = len(self.circuit.gates)
        return self._use_counts[node]

    def _input_bit(self, label: object) -> Bit:
        answers, sides = self.answers, self.sides
        if isinstance(label, SecondCaseInput):
            label, answers, sides = label.input, self._others, self._other_sides
        match label:
            case ComparisonInput(leaf, meeting):
                return answers[leaf.fact].compare(leaf, meeting, self.book)
            case KnownInput(fact):
                return answers[fact].known
            case AskedInput(fact):
                return answers[fact].asked
            case SideInput(reading, side):
                return sides[reading][side]
        raise TypeError(f"{type(label).__name__} is not an input of the law")

    def encode_nodes(self, nodes: Iterable[Node]) -> None:
        """Encode these nodes permanently, so that no `scope` has to encode and forget them."""
        for node in nodes:
            self.formula(node)

    @contextmanager
    def scope(self, milliseconds: int = 0) -> Iterator[None]:
        """Forget at the end what was added or encoded within; see `Solver.scope`."""
        before = self._formulas, self._others, self._other_sides
        self._formulas = dict(self._formulas)
        try:
            with super().scope(milliseconds):
                yield
        finally:
            self._formulas, self._others, self._other_sides = before

    def second_case(
        self, others: EncodedCase, nodes: Collection[Node], sides: Mapping[str, Mapping[str, Bit]] | None = None
    ) -> SecondCase:
        """Return a case with other answers to some facts and, if given, with other sides than its profile takes.

        It exists within the present `scope`, and there is only one at a time.
        """
        self._others, self._other_sides = others, sides or {}
        replacements = {
            node: self.circuit.input(SecondCaseInput(label))
            for node, label in self.circuit.inputs(nodes).items()
            if (isinstance(label, SideInput) and label.reading in self._other_sides)
            or (isinstance(label, ComparisonInput | KnownInput | AskedInput) and label.fact in others)
        }
        return SecondCase({**self.answers, **others}, self.circuit.substitute(nodes, replacements))

    # ── formulas about a whole evaluation ───────────────────────────────────────────────────────────────────────────

    def is_recommended(self, name: str) -> Node:
        """Return where this is the recommendation: the first whose condition is met, or `undetermined_no_return`."""
        circuit = self.circuit
        where: list[Node] = []
        none_before: list[Node] = []
        for recommendation in self.book.recommendations:
            met = self.law.compile_term(recommendation.when).met
            if recommendation.name == name:
                where.append(circuit.and_(*none_before, met))
            none_before.append(circuit.not_(met))
        if name == UNDETERMINED_NO_RETURN:
            where.append(circuit.and_(*none_before))
        return circuit.or_(*where)

    def compile_formula(self, formula: formulas.Formula) -> Node:
        """Return where a formula about a whole evaluation holds."""
        circuit, criteria = self.circuit, self.law.criteria
        match formula:
            case formulas.TermHolds(term):
                return self.law.compile_term(term).met
            case formulas.EndsIn(name, statuses):
                return circuit.or_(*(self._has_status(criteria[name], status) for status in sorted(statuses)))
            case formulas.SomeAdverseEndsIn(statuses):
                adverse = [criteria[name] for name in criteria if self.book.criteria[name].adverse]
                return circuit.or_(
                    *(self._has_status(ternary, status) for ternary in adverse for status in sorted(statuses))
                )
            case formulas.Recommended(names):
                return circuit.or_(*(self.is_recommended(name) for name in sorted(names)))
            case formulas.Every(parts):
                return circuit.and_(*(self.compile_formula(part) for part in parts))
            case formulas.Some(parts):
                return circuit.or_(*(self.compile_formula(part) for part in parts))
            case _:
                assert_never(formula)

    def _has_status(self, ternary: Ternary, status: str) -> Node:
        """Return where something has a status, named as in rule files."""
        if status == Status.UNDETERMINED.value:
            return self.law.is_open(ternary)
        return dict(zip((Status.MET.value, Status.NOT_MET.value, Status.NOT_APPLICABLE.value), ternary, strict=True))[
            status
        ]


def _shown(value: terms.Value) -> str:
    return value.value if isinstance(value, Answer) else str(value)

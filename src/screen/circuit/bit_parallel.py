"""Many cases in one pass: each bit of an integer is a case.

In: a compiled law, and for each fact the cases in which it has each value. Out: for each criterion the cases in which
it is met, not met and not applicable; in the rest it is undetermined. The states are those of the evaluator (a test
holds the two together); what is lost is the reasons. The next question and the search for what could change a finding
try hundreds of answers at once, and one at a time that would be too slow to ask between two questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from screen.circuit.circuit import AND, FALSE, INPUT, OR, TRUE, Circuit, Gate, Node, Ternary
from screen.circuit.compile import CompiledLaw
from screen.circuit.domains import meets
from screen.circuit.inputs import AskedInput, ComparisonInput, FactInput, FactInputs, KnownInput, sides_of
from screen.logic import Answer
from screen.process import pause_gc
from screen.rulebook.dependencies import criteria_in, relevant_facts
from screen.rulebook.model import Profile, RuleBook
from screen.rulebook.terms import Term, Value

#: A set of cases: an integer with a bit for each.
CaseMask = int
#: For each fact, its values with the cases that have them. A case that stands under none was not asked; one that stands
#: under `unknown` was asked, and the answer is not known.
AnswerColumns = Mapping[str, Sequence[tuple[Value, CaseMask]]]
#: The inputs that are true where a fact has some value; every other input is false there.
TrueInputs = tuple[Node, ...]
#: How a node is evaluated: its operation, the first parts and the rest, and the nodes that nobody needs afterwards.
#: Plain tuples, and None where there is nothing: passes of few cases take half the time.
GateStep = tuple[Node, str, Node, Node, tuple[Node, ...] | None, tuple[Node, ...] | None]

#: Up to so many cases it costs more to clear what nobody needs any more than to keep it in the processor's cache.
FEW_CASES = 2048


def gate_steps(circuit: Circuit, wanted: Iterable[Node]) -> tuple[GateStep, ...]:
    """Return how the wanted nodes are evaluated from inputs and constants: each node once, and after its parts."""
    gates, kept = circuit.gates, {*wanted, FALSE, TRUE}
    made = [node for node in sorted(circuit.with_parts(kept)) if node > TRUE and gates[node].operation != INPUT]
    last_use = {part: node for node in made for part in gates[node].parts}
    done: dict[Node, list[Node]] = {}
    for part, node in last_use.items():
        if part not in kept:
            done.setdefault(node, []).append(part)
    return tuple(_step(node, gates[node], tuple(done.get(node, ()))) for node in made)


def _step(node: Node, gate: Gate, done: tuple[Node, ...]) -> GateStep:
    first, second, *rest = (*gate.parts, FALSE)[: max(2, len(gate.parts))]
    return node, gate.operation, first, second, tuple(rest) or None, done or None


def evaluate_steps(steps: Iterable[GateStep], values: list[CaseMask], every_case: CaseMask) -> None:
    """Set what each node says of every case, and clear what nobody needs any more.

    `values` holds what the inputs say, in the places of their nodes. `and` of two integers is `and` of all cases.
    """
    for node, operation, first, second, rest, done in steps:
        if operation is AND:
            bits = values[first] & values[second]
            if rest:
                for part in rest:
                    bits &= values[part]
        elif operation is OR:
            bits = values[first] | values[second]
            if rest:
                for part in rest:
                    bits |= values[part]
        else:
            bits = values[first] ^ every_case
        values[node] = bits
        if done:
            for part in done:
                values[part] = 0


class BitParallelLaw:
    """A rule book under one profile, compiled for evaluating many cases at once."""

    @pause_gc()
    def __init__(
        self,
        book: RuleBook,
        profile: Profile,
        goals: Collection[str] | None = None,
        terms: Mapping[str, Term] | None = None,
    ) -> None:
        """With all criteria, or where goals are named with these and what they need; `terms` are evaluated too."""
        self.book, self._terms = book, terms or {}
        circuit = Circuit()
        needed = None if goals is None else {*goals, *criteria_in(self._terms.values())}
        law = CompiledLaw(book, circuit, FactInputs(circuit), sides_of(profile), needed)
        self.order = tuple(law.criteria)
        self._ends = law.criteria | {name: law.compile_term(term) for name, term in self._terms.items()}
        wanted = {node for end in self._ends.values() for node in end}
        self._steps = gate_steps(circuit, wanted)
        self._few_steps = tuple((*step[:-1], None) for step in self._steps)  # they clear nothing
        presumed = {presumption.fact: law.is_presumed(presumption.fact) for presumption in book.presumptions}
        self._presumed = {fact: node for fact, node in presumed.items() if node != FALSE}
        self._steps_to_presumed = gate_steps(circuit, self._presumed.values())
        self._inputs: dict[str, list[tuple[Node, FactInput]]] = {}
        for node, source in circuit.inputs([*self._presumed.values(), *wanted]).items():
            assert isinstance(source, ComparisonInput | KnownInput | AskedInput)
            self._inputs.setdefault(source.fact, []).append((node, source))
        self._nodes = len(circuit.gates)
        self._said: dict[str, dict[Value, TrueInputs]] = {fact: {} for fact in self._inputs}

    def facts(self) -> set[str]:
        """Return the facts that these criteria and terms can ask for, those that a presumption hangs on included."""
        return relevant_facts(self.order, self.book, self._terms.values())

    def true_inputs(self, fact: str, value: Value) -> TrueInputs:
        """Return what is true where a fact has this value."""
        known = self._said.get(fact)
        if known is None:
            return ()  # nothing hangs on this fact
        said = known.get(value)
        if said is None:
            inputs = self._inputs[fact]
            said = known[value] = tuple(node for node, source in inputs if _is_true_for(source, value, self.book))
        return said

    def inputs_of_columns(self, columns: AnswerColumns) -> list[tuple[TrueInputs, CaseMask]]:
        """Return what is said in which cases, for `evaluate`."""
        return [(self.true_inputs(fact, value), mask) for fact, column in columns.items() for value, mask in column]

    def evaluate(self, answers: Iterable[tuple[TrueInputs, CaseMask]], cases: int) -> dict[str, Ternary]:
        """Return how every criterion and every named term ends in each of so many cases."""
        values = self._values(answers, cases)
        evaluate_steps(self._few_steps if cases <= FEW_CASES else self._steps, values, values[TRUE])
        return {
            name: Ternary(values[met], values[not_met], values[none])
            for name, (met, not_met, none) in self._ends.items()
        }

    def presumed_facts(self, answers: Iterable[tuple[TrueInputs, CaseMask]]) -> set[str]:
        """Return the facts that a presumption fills in a single case."""
        values = self._values(answers, 1)
        evaluate_steps(self._steps_to_presumed, values, values[TRUE])
        return {fact for fact, node in self._presumed.items() if values[node]}

    def _values(self, answers: Iterable[tuple[TrueInputs, CaseMask]], cases: int) -> list[CaseMask]:
        """Return a place for each node, those of the inputs filled."""
        values = [0] * self._nodes
        values[TRUE] = (1 << cases) - 1
        for said, mask in answers:
            for node in said:
                values[node] |= mask
        return values


def _is_true_for(source: FactInput, value: Value, book: RuleBook) -> bool:
    match source:
        case AskedInput():
            return True
        case KnownInput():
            return value is not Answer.UNKNOWN
        case ComparisonInput(leaf, wanted):
            return value is not Answer.UNKNOWN and meets(leaf, value, book) is wanted

"""Evaluate many cases in one pass: each bit of an integer is a case.

For each fact the input says in which cases it has which value. The result says for each criterion in which cases it is
met, not met or not applicable; in the rest it is undetermined. Tests hold these statuses against the evaluator; there
are no reasons here. The next question and the search for pivots try hundreds of answers, and evaluating them one by one
would take too long between two questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from screen.circuit.circuit import AND, FALSE, INPUT, OR, TRUE, Circuit, Gate, Node, Ternary
from screen.circuit.closing import ClosedLaw
from screen.circuit.compile import CompiledLaw, TermCompiler
from screen.circuit.domains import meets
from screen.circuit.inputs import AskedInput, ComparisonInput, FactInput, FactInputs, KnownInput, sides_of
from screen.logic import Answer
from screen.process import pause_gc
from screen.rulebook.dependencies import criteria_in, relevant_facts
from screen.rulebook.model import Profile, RuleBook
from screen.rulebook.terms import Term, Value

#: A set of cases: an integer with a bit for each.
CaseMask = int
#: For each fact, its values with the cases that have them. A case under no value was not asked; a case under `unknown`
#: was asked, and the answer is not known.
AnswerColumns = Mapping[str, Sequence[tuple[Value, CaseMask]]]
#: The inputs that are true where a fact has a certain value; every other input of the fact is false there.
TrueInputs = tuple[Node, ...]
#: How a node is evaluated: node, operation, first part, second part, further parts, and nodes not needed afterwards.
#: Plain tuples, with None in place of an empty tuple: passes of few cases take half the time.
GateStep = tuple[Node, str, Node, Node, tuple[Node, ...] | None, tuple[Node, ...] | None]

#: Up to so many cases, clearing values that are no longer needed costs more than keeping them in the processor's cache.
FEW_CASES = 2048


def gate_steps(circuit: Circuit, nodes: Iterable[Node]) -> tuple[GateStep, ...]:
    """Return the steps that evaluate these nodes from inputs and constants: each gate once, after its parts."""
    gates, results = circuit.gates, {*nodes, FALSE, TRUE}
    computed = [node for node in sorted(circuit.with_parts(results)) if node > TRUE and gates[node].operation != INPUT]
    last_use = {part: node for node in computed for part in gates[node].parts}
    last_used_by: dict[Node, list[Node]] = {}
    for part, node in last_use.items():
        if part not in results:
            last_used_by.setdefault(node, []).append(part)
    return tuple(_step(node, gates[node], tuple(last_used_by.get(node, ()))) for node in computed)


def _step(node: Node, gate: Gate, unneeded: tuple[Node, ...]) -> GateStep:
    first, second, *rest = (*gate.parts, FALSE)[: max(2, len(gate.parts))]
    return node, gate.operation, first, second, tuple(rest) or None, unneeded or None


def evaluate_steps(steps: Iterable[GateStep], values: list[CaseMask], every_case: CaseMask) -> None:
    """Compute the value of each node for every case, in place, and clear values that are no longer needed.

    `values` is indexed by node and holds the inputs. `&` of two integers is `and` in every case.
    """
    for node, operation, first, second, rest, unneeded in steps:
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
        if unneeded:
            for part in unneeded:
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
        *,
        closed: bool = False,
    ) -> None:
        """Compile all criteria, or only `goals` and what they need; `terms` are evaluated too, under their names.

        With `closed` the statuses are those of the closed record.
        """
        self.book, self._terms = book, terms or {}
        circuit = Circuit()
        needed = None if goals is None else {*goals, *criteria_in(self._terms.values())}
        law = CompiledLaw(book, circuit, FactInputs(circuit), sides_of(profile), needed)
        self.order = tuple(law.criteria)
        view: TermCompiler = ClosedLaw(law) if closed else law
        self._ternaries = view.criteria | {name: view.compile_term(term) for name, term in self._terms.items()}
        outputs = {node for ternary in self._ternaries.values() for node in ternary}
        self._steps = gate_steps(circuit, outputs)
        self._few_steps = tuple((*step[:-1], None) for step in self._steps)  # they clear nothing
        presumed = {presumption.fact: law.is_presumed(presumption.fact) for presumption in book.presumptions}
        self._presumed = {fact: node for fact, node in presumed.items() if node != FALSE}
        self._steps_to_presumed = gate_steps(circuit, self._presumed.values())
        self._inputs: dict[str, list[tuple[Node, FactInput]]] = {}
        for node, label in circuit.inputs([*self._presumed.values(), *outputs]).items():
            assert isinstance(label, ComparisonInput | KnownInput | AskedInput)
            self._inputs.setdefault(label.fact, []).append((node, label))
        self._nodes = len(circuit.gates)
        self._true_inputs: dict[str, dict[Value, TrueInputs]] = {fact: {} for fact in self._inputs}

    def facts(self) -> set[str]:
        """Return the facts that these criteria and terms can ask for, those that presumptions ask for included."""
        return relevant_facts(self.order, self.book, self._terms.values())

    def true_inputs(self, fact: str, value: Value) -> TrueInputs:
        """Return the inputs that are true where a fact has this value."""
        of_fact = self._true_inputs.get(fact)
        if of_fact is None:
            return ()  # nothing depends on this fact
        true_inputs = of_fact.get(value)
        if true_inputs is None:
            inputs = self._inputs[fact]
            true_inputs = of_fact[value] = tuple(
                node for node, label in inputs if _is_true_for(label, value, self.book)
            )
        return true_inputs

    def inputs_of_columns(self, columns: AnswerColumns) -> list[tuple[TrueInputs, CaseMask]]:
        """Return which inputs are true in which cases, for `evaluate`."""
        return [(self.true_inputs(fact, value), mask) for fact, column in columns.items() for value, mask in column]

    def evaluate(self, answers: Iterable[tuple[TrueInputs, CaseMask]], cases: int) -> dict[str, Ternary]:
        """Return the statuses of every criterion and every named term in so many cases."""
        values = self._values(answers, cases)
        evaluate_steps(self._few_steps if cases <= FEW_CASES else self._steps, values, values[TRUE])
        return {
            name: Ternary(values[met], values[not_met], values[none])
            for name, (met, not_met, none) in self._ternaries.items()
        }

    def presumed_facts(self, answers: Iterable[tuple[TrueInputs, CaseMask]]) -> set[str]:
        """Return the facts that are presumed in a single case."""
        values = self._values(answers, 1)
        evaluate_steps(self._steps_to_presumed, values, values[TRUE])
        return {fact for fact, node in self._presumed.items() if values[node]}

    def _values(self, answers: Iterable[tuple[TrueInputs, CaseMask]], cases: int) -> list[CaseMask]:
        """Return a list with a value for each node, in which only the inputs are set."""
        values = [0] * self._nodes
        values[TRUE] = (1 << cases) - 1
        for true_inputs, mask in answers:
            for node in true_inputs:
                values[node] |= mask
        return values


def _is_true_for(label: FactInput, value: Value, book: RuleBook) -> bool:
    match label:
        case AskedInput():
            return True
        case KnownInput():
            return value is not Answer.UNKNOWN
        case ComparisonInput(leaf, meeting):
            return value is not Answer.UNKNOWN and meets(leaf, value, book) is meeting

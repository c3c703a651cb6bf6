"""A circuit gives the values of its formulas in every case, and each node is evaluated after its parts."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from screen.circuit.bit_parallel import evaluate_steps, gate_steps
from screen.circuit.circuit import FALSE, NOT, TRUE, Circuit, Node

INPUTS = ("a", "b", "c")
CASES = [dict(zip(INPUTS, values, strict=True)) for values in product((True, False), repeat=len(INPUTS))]

Question = tuple[str, list["Question"]] | str
QUESTIONS: st.SearchStrategy[Question] = st.recursive(
    st.sampled_from(INPUTS),
    lambda inner: st.tuples(
        st.sampled_from(("all", "any", "no", "two", "differ")), st.lists(inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)


def node_of(circuit: Circuit, question: Question) -> Node:
    if isinstance(question, str):
        return circuit.input(question)
    kind, inner = question
    nodes = [node_of(circuit, part) for part in inner]
    match kind:
        case "all":
            return circuit.and_(*nodes)
        case "any":
            return circuit.or_(*nodes)
        case "two":
            return circuit.at_least(2, nodes)
        case "differ":
            return circuit.xor_(nodes[0], nodes[-1])
        case _:
            return circuit.not_(nodes[0])


def value_of(question: Question, case: dict[str, bool]) -> bool:
    if isinstance(question, str):
        return case[question]
    kind, inner = question
    parts = [value_of(part, case) for part in inner]
    return {
        "all": all(parts), "any": any(parts), "two": sum(parts) >= 2, "no": not parts[0],
        "differ": parts[0] is not parts[-1],
    }[kind]  # fmt: skip


def values_of(circuit: Circuit, nodes: list[Node]) -> list[list[bool]]:
    """Return the value of each of these nodes in every case, all evaluated in one pass."""
    values = [0] * len(circuit.gates)
    values[TRUE] = (1 << len(CASES)) - 1
    for node, source in circuit.inputs(nodes).items():
        values[node] = sum(1 << index for index, case in enumerate(CASES) if case[str(source)])
    evaluate_steps(gate_steps(circuit, nodes), values, values[TRUE])
    cleared = [value for node, value in enumerate(values) if node not in (*nodes, TRUE)]
    assert not any(cleared), "what nobody needs any more is cleared, what is wanted is kept"
    return [[bool(values[node] >> index & 1) for index in range(len(CASES))] for node in nodes]


@given(st.lists(QUESTIONS, min_size=1, max_size=4))
def test_nodes_have_the_values_of_their_formulas(questions: list[Question]) -> None:
    circuit = Circuit()
    nodes = [node_of(circuit, question) for question in questions]
    assert values_of(circuit, nodes) == [[value_of(question, case) for case in CASES] for question in questions]
    for node, gate in enumerate(circuit.gates):
        assert all(part < node for part in gate.parts), "a gate comes after what it is made of"


@given(st.lists(QUESTIONS, min_size=1, max_size=3))
def test_substituted_inputs_give_the_values_of_the_other_case(questions: list[Question]) -> None:
    circuit = Circuit()
    nodes = [node_of(circuit, question) for question in questions]
    other = {circuit.input("a"): circuit.input("c"), circuit.input("b"): circuit.not_(circuit.input("b"))}
    exchanged = circuit.substitute(nodes, other)
    values = values_of(circuit, [exchanged[node] for node in nodes])
    others = [{"a": case["c"], "b": not case["b"], "c": case["c"]} for case in CASES]
    assert values == [[value_of(question, case) for case in others] for question in questions]
    assert circuit.substitute(nodes, {}) == {node: node for node in nodes}


def test_a_node_that_does_not_depend_on_a_substituted_input_stays_the_same() -> None:
    circuit = Circuit()
    a, b, c, d = (circuit.input(name) for name in "abcd")
    kept, changed = circuit.or_(b, c), circuit.and_(a, circuit.or_(b, c))
    gates = len(circuit.gates)
    exchanged = circuit.substitute([kept, changed], {a: d})
    assert exchanged == {kept: kept, changed: circuit.and_(d, kept)}
    assert len(circuit.gates) == gates + 1


def test_equal_formulas_are_one_node_and_certain_ones_are_constants() -> None:
    circuit = Circuit()
    a, b = circuit.input("a"), circuit.input("b")
    and_, or_, not_ = circuit.and_, circuit.or_, circuit.not_
    assert and_(a, b) == and_(b, a, a)
    assert not_(not_(a)) == a
    assert circuit.gates[not_(a)].operation == NOT
    assert and_(a, not_(a)) == FALSE
    assert or_(a, not_(a)) == TRUE
    assert (and_(), or_(), and_(a, TRUE), or_(a, TRUE), and_(a, FALSE), or_(a, FALSE)) == (
        TRUE,
        FALSE,
        a,
        TRUE,
        FALSE,
        a,
    )
    assert (not_(TRUE), not_(FALSE)) == (FALSE, TRUE)
    assert (circuit.at_least(0, []), circuit.at_least(1, []), circuit.at_least(1, [TRUE, a])) == (TRUE, FALSE, TRUE)
    assert (circuit.xor_(a, a), circuit.xor_(a, FALSE), circuit.xor_(a, TRUE)) == (FALSE, a, not_(a))


def test_a_shared_node_is_evaluated_once() -> None:
    circuit = Circuit()
    inputs = [circuit.input(index) for index in range(24)]
    node = inputs[0]
    for other in inputs[1:]:  # each rests twice on the one before: inlined, the last would hold 2 ** 23 inputs
        node = circuit.or_(circuit.and_(node, other), circuit.and_(circuit.not_(node), circuit.not_(other)))
    made = gate_steps(circuit, [node])
    evaluated = [step[0] for step in made]
    assert len(evaluated) == len(set(evaluated)) < 6 * len(inputs)
    done = [part for step in made for part in step[-1] or ()]
    assert len(done) == len(set(done))
    assert node not in done

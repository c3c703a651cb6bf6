"""A net says of every case what its questions say, and each node is worked out after what it is made of."""

from __future__ import annotations

from itertools import product

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from screen.batch.bits import all_of, bits_of, column_of, how_many, work_out
from screen.batch.net import NO, YES, Net, Node, steps

ATOMS = ("a", "b", "c")


def value(net: Net, node: Node, case: dict[str, bool]) -> bool:
    """Return what a node says of a case, worked out the plain way."""
    gate = net.gates[node]
    parts = [value(net, one, case) for one in gate.of]
    match gate.kind:
        case "atom":
            return case[str(gate.atom)]
        case "not":
            return not parts[0]
        case "and":
            return all(parts)
        case _:
            return any(parts)


Question = tuple[str, list["Question"]] | str
QUESTIONS: st.SearchStrategy[Question] = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.tuples(st.sampled_from(("all", "any", "no", "two")), st.lists(inner, min_size=1, max_size=4)),
    max_leaves=12,
)


def asked(net: Net, question: Question) -> Node:
    if isinstance(question, str):
        return net.atom(question)
    kind, inner = question
    nodes = [asked(net, one) for one in inner]
    match kind:
        case "all":
            return net.all(nodes)
        case "any":
            return net.any(nodes)
        case "two":
            return net.so_many(2, nodes)
        case _:
            return net.no(nodes[0])


def answer(question: Question, case: dict[str, bool]) -> bool:
    if isinstance(question, str):
        return case[question]
    kind, inner = question
    parts = [answer(one, case) for one in inner]
    return {"all": all(parts), "any": any(parts), "two": sum(parts) >= 2, "no": not parts[0]}[kind]


@given(st.lists(QUESTIONS, min_size=1, max_size=4))
def test_nodes_say_what_was_asked_and_come_after_what_they_are_made_of(questions: list[Question]) -> None:
    net = Net()
    nodes = [asked(net, one) for one in questions]
    for yes_no in product((True, False), repeat=len(ATOMS)):
        case = dict(zip(ATOMS, yes_no, strict=True))
        assert [value(net, node, case) for node in nodes] == [answer(one, case) for one in questions]
    atoms = {node: net.gates[node].atom for node in net.needed(nodes) if net.gates[node].kind == "atom"}
    cases = [dict(zip(ATOMS, yes_no, strict=True)) for yes_no in product((True, False), repeat=len(ATOMS))]
    bits = {NO: 0, YES: all_of(len(cases))}
    bits |= {node: bits_of(pl.Series([case[str(atom)] for case in cases])) for node, atom in atoms.items()}
    work_out(steps(net, nodes), bits, len(cases))
    assert {*atoms, *nodes, NO, YES} >= bits.keys() >= {*nodes}, "what nobody needs is dropped, what is wanted is kept"
    for node, question in zip(nodes, questions, strict=True):
        assert column_of(bits[node], len(cases)).to_list() == [answer(question, case) for case in cases]


def test_the_same_question_is_one_node_and_what_is_certain_is_none() -> None:
    net = Net()
    a, b = net.atom("a"), net.atom("b")
    assert net.both(a, b) == net.both(b, a, a)
    assert net.no(net.no(a)) == a
    assert net.both(a, net.no(a)) == NO
    assert net.either(a, net.no(a)) == YES
    assert (net.both(), net.either(), net.both(a, YES), net.either(a, YES)) == (YES, NO, a, YES)
    assert (net.so_many(0, []), net.so_many(1, []), net.so_many(1, [YES, a])) == (YES, NO, YES)


def test_a_shared_node_is_worked_out_once_however_many_ask() -> None:
    net = Net()
    atoms = [net.atom(index) for index in range(24)]
    node = atoms[0]
    for index in range(1, 24):  # each rests twice on the one before: inlined, the last would hold 2 ** 23 atoms
        node = net.either(net.both(node, atoms[index]), net.both(net.no(node), net.no(atoms[index])))
    made = [step.node for step in steps(net, [node])]
    assert len(made) == len(set(made)) < 6 * len(atoms)
    gone = [one for step in steps(net, [node]) for one in step.done]
    assert len(gone) == len(set(gone))
    assert node not in gone


@given(st.lists(st.lists(st.booleans(), min_size=11, max_size=11), max_size=300))
def test_so_many_of_each_row_are_counted_as_one_by_one(columns: list[list[bool]]) -> None:
    counted = how_many([bits_of(pl.Series(column)) for column in columns], 11)
    assert counted.to_list() == [sum(column[row] for column in columns) for row in range(11)]


def test_a_column_is_read_from_where_it_begins() -> None:
    column = pl.Series([True, False, True, True, False, True, False, False, True, True, True])
    for start in range(len(column)):
        part = column[start:]
        assert column_of(bits_of(part), len(part)).to_list() == part.to_list()

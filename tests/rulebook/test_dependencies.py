"""Dependencies: an order in which each comes after all that it needs, or cycles, reported step by step."""

from __future__ import annotations

from collections.abc import Callable
from graphlib import CycleError, TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from screen.diagnostics import Diagnostic, Location
from screen.rulebook.dependencies import (
    MAX_CYCLES,
    criteria_in,
    facts_in,
    in_dependency_order,
    order_of_presumptions,
    reachable,
    required_criteria,
)  # fmt: skip
from screen.rulebook.model import Presumption  # fmt: skip
from screen.rulebook.terms import (  # fmt: skip
    All,
    AnyOf,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Includes,
    Is,
    Met,
    Not,
    NotRuledOut,
    TakesSide,
    Term,
)
from tests.rulebook.small_book import checked, good_book

YES = frozenset({"yes"})


def at(places: dict[str, int]) -> Callable[[str], Location]:
    """Return a function for the location of each name: this line of a file."""
    return lambda name: Location("f", places[name], 1)


def cycles(needs: dict[str, set[str]]) -> list[Diagnostic]:
    """Return the cycles among names that are declared on lines 1, 2 and so on."""
    lines = {name: line for line, name in enumerate(needs, 1)}
    return in_dependency_order(needs, at(lines), "needs", "none may rest on itself")[1]


def test_every_kind_of_term_is_looked_into() -> None:
    everything: Term = All((
        AnyOf((Met("a"), Is("f", YES))),
        AtLeast(1, (Not(Met("b")), Includes("g", YES))),
        ByReading("r", (("x", Between("h", 1, None)), ("y", Met("c")))),
        TakesSide("r", YES), NotRuledOut("d"), Binds("t", "i"),
    ))  # fmt: skip
    assert criteria_in([everything]) == {"a", "b", "c", "d"}
    assert facts_in([everything]) == {"f", "g", "h", "i"}


def test_a_criterion_needs_the_criteria_in_all_three_of_its_parts() -> None:
    book = good_book()
    assert required_criteria(book.criteria["excluded"]) == {"adult"}
    assert required_criteria(book.criteria["refugee"]) == {"well_founded_fear", "excluded"}


def test_reachable_criteria_are_all_that_are_needed() -> None:
    book = good_book()
    assert reachable(["political_opinion"], book.criteria) == {"political_opinion", "left_by_stealth"}
    assert reachable([], book.criteria) == set()


def test_each_criterion_comes_after_all_that_it_needs() -> None:
    book = good_book()
    assert set(book.order) == set(book.criteria)
    for position, name in enumerate(book.order):
        assert required_criteria(book.criteria[name]) <= set(book.order[:position])


def test_names_outside_the_graph_are_ignored() -> None:
    assert in_dependency_order({"a": {"elsewhere"}}, at({"a": 1}), "needs", "") == (("a",), [])


def test_a_cycle_is_reported_once_from_its_first_name_in_the_files() -> None:
    [cycle] = cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert str(cycle) == (
        'f:1:1: cycle: "a" needs "b" (f:1:1), "b" needs "c" (f:2:1), "c" needs "a" (f:3:1). '
        "Remove one of these steps; none may rest on itself."
    )
    assert [cycle.message for cycle in cycles({"c": {"a"}, "a": {"b"}, "b": {"c"}})] == [
        '"c" needs "a" (f:1:1), "a" needs "b" (f:2:1), "b" needs "c" (f:3:1).'
    ]


def test_what_needs_itself_is_a_cycle_of_one_step() -> None:
    [cycle] = cycles({"a": {"a"}})
    assert cycle.message == '"a" needs "a" (f:1:1).'


def test_all_cycles_are_reported_at_once() -> None:
    diagnostics = cycles({"a": {"b"}, "b": {"a"}, "c": {"d", "a"}, "d": {"c"}, "e": {"e"}, "f": {"e"}})
    assert sorted(diagnostic.location.line for diagnostic in diagnostics) == [1, 3, 5]


def test_the_number_of_reported_cycles_is_limited() -> None:
    assert len(cycles({str(number): {str(number)} for number in range(3 * MAX_CYCLES)})) == MAX_CYCLES


def presumption(fact: str, when: Term | None = None, origin: str | None = "KP") -> Presumption:
    """Return a presumption of which only the fact and the condition matter."""
    return Presumption(fact, "camp", origin, when, "It is known.", "Better knowledge.", ())


def in_order(*presumptions: Presumption) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Return facts with their States of origin in order, and the cycles, of presumptions on lines 1, 2 and so on."""
    places = {
        (presumption.origin, presumption.fact): Location("f", line, 1)
        for line, presumption in enumerate(presumptions, 1)
    }
    order, diagnostics = order_of_presumptions(presumptions, places)
    return tuple(f"{presumption.fact} {presumption.origin or 'all'}" for presumption in order), diagnostics


def test_presumptions_come_after_the_facts_that_their_conditions_ask() -> None:
    presumptions = presumption("a", Is("b", YES)), presumption("b", Not(Is("c", YES))), presumption("c")
    assert in_order(*presumptions) == (("c KP", "b KP", "a KP"), [])


def test_presumptions_about_every_state_come_after_those_about_one() -> None:
    presumptions = [
        presumption("a", Is("b", YES), None), presumption("a"), presumption("b", Is("c", YES), "CN"),
        presumption("c", Is("d", YES), None), presumption("d", None, "CN"),
    ]  # fmt: skip
    order, diagnostics = in_order(*presumptions)
    assert diagnostics == []
    chain = ["d CN", "c all", "b CN", "a all"]
    assert [name for name in order if name in chain] == chain
    assert order.index("a KP") < order.index("a all")


def test_presumptions_that_depend_on_each_other_are_reported() -> None:
    order, [cycle] = in_order(presumption("a", Is("b", YES)), presumption("b", Is("a", YES)))
    assert order == ()
    assert cycle.message == '"a" asks "b" (f:1:1), "b" asks "a" (f:2:1).'


def test_a_cycle_may_include_presumptions_about_every_state() -> None:
    _, [cycle] = in_order(presumption("a", Is("b", YES)), presumption("b", Is("a", YES), None))
    assert cycle.message == '"a" asks "b" (f:1:1), "b" asks "a" (f:2:1).'


def test_presumptions_about_two_states_never_form_a_cycle() -> None:
    """A case has one country of origin, so these two presumptions are no cycle."""
    head = "origin: {}\ntitle: A State\npresumptions:\n"
    item = "  - {{presume: {}, value: {}, when: {}, because: So it is., rebutted_by: Papers., sources: [hb_61]}}\n"
    result = checked(
        origins__cn=(head + item).format("CN", "age", 18, "served_in_guard"),
        origins__kr=(head + item).format("KR", "served_in_guard", "no", "{fact: age, over: 3}"),
    )
    assert result.diagnostics == ()
    assert result.book is not None
    assert {(presumption.origin, presumption.fact) for presumption in result.book.presumptions} >= {
        ("CN", "age"),
        ("KR", "served_in_guard"),
    }


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.sets(NAMES, max_size=3), min_size=1))
def test_there_is_an_order_or_there_are_real_cycles(needs: dict[str, set[str]]) -> None:
    lines = {name: line for line, name in enumerate(needs, 1)}
    order, diagnostics = in_dependency_order(needs, at(lines), "needs", "")
    inside = {name: others & needs.keys() for name, others in needs.items()}
    try:
        list(TopologicalSorter(inside).static_order())
    except CycleError:
        assert order == ()
        assert diagnostics
    else:
        assert not diagnostics
        for position, name in enumerate(order):
            assert inside[name] <= set(order[:position])
    for cycle in diagnostics:
        steps = [step.split('"')[1::2] for step in cycle.message.split(", ")]
        assert all(then in needs[name] for name, then in steps)
        assert [then for _, then in steps] == [*[name for name, _ in steps[1:]], steps[0][0]]

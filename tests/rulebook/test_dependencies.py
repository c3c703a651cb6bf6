"""What needs what: orders in which each comes after all that it needs, and cycles told step by step."""

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
    """Return where each name is declared: on this line of a file."""
    return lambda name: Location("f", places[name], 1)


def cycles(wants: dict[str, set[str]]) -> list[Diagnostic]:
    """Return the cycles among names that stand in a file one below the other."""
    lines = {name: line for line, name in enumerate(wants, 1)}
    return in_dependency_order(wants, at(lines), "needs", "none may rest on itself")[1]


def test_every_kind_of_term_is_looked_into() -> None:
    everything: Term = All((
        AnyOf((Met("a"), Is("f", YES))),
        AtLeast(1, (Not(Met("b")), Includes("g", YES))),
        ByReading("r", (("x", Between("h", 1, None)), ("y", Met("c")))),
        TakesSide("r", YES), NotRuledOut("d"), Binds("t", "i"),
    ))  # fmt: skip
    assert criteria_in([everything]) == {"a", "b", "c", "d"}
    assert facts_in([everything]) == {"f", "g", "h", "i"}


def test_a_criterion_needs_what_it_holds_by_what_it_applies_by_and_what_defeats_it() -> None:
    book = good_book()
    assert required_criteria(book.criteria["excluded"]) == {"adult"}
    assert required_criteria(book.criteria["refugee"]) == {"well_founded_fear", "excluded"}


def test_what_is_reached_is_all_that_is_needed_below() -> None:
    book = good_book()
    assert reachable(["political_opinion"], book.criteria) == {"political_opinion", "left_by_stealth"}
    assert reachable([], book.criteria) == set()


def test_the_book_examines_each_criterion_after_all_that_it_needs() -> None:
    book = good_book()
    assert set(book.order) == set(book.criteria)
    for place, name in enumerate(book.order):
        assert required_criteria(book.criteria[name]) <= set(book.order[:place])


def test_names_outside_the_graph_are_passed_over() -> None:
    assert in_dependency_order({"a": {"elsewhere"}}, at({"a": 1}), "needs", "") == (("a",), [])


def test_a_cycle_is_told_once_from_the_name_that_stands_first() -> None:
    [told] = cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert str(told) == (
        'f:1:1: cycle: "a" needs "b" (f:1:1), "b" needs "c" (f:2:1), "c" needs "a" (f:3:1). '
        "Cut one of these steps; none may rest on itself."
    )
    assert [one.message for one in cycles({"c": {"a"}, "a": {"b"}, "b": {"c"}})] == [
        '"c" needs "a" (f:1:1), "a" needs "b" (f:2:1), "b" needs "c" (f:3:1).'
    ]


def test_what_needs_itself_is_a_cycle_of_one_step() -> None:
    [told] = cycles({"a": {"a"}})
    assert told.message == '"a" needs "a" (f:1:1).'


def test_all_cycles_are_told_at_once() -> None:
    told = cycles({"a": {"b"}, "b": {"a"}, "c": {"d", "a"}, "d": {"c"}, "e": {"e"}, "f": {"e"}})
    assert sorted(one.location.line for one in told) == [1, 3, 5]


def test_there_is_an_end_to_the_telling_of_cycles() -> None:
    assert len(cycles({str(number): {str(number)} for number in range(3 * MAX_CYCLES)})) == MAX_CYCLES


def presumption(fact: str, when: Term | None = None, origin: str | None = "KP") -> Presumption:
    """Return a presumption of which only the fact and the condition matter."""
    return Presumption(fact, "camp", origin, when, "It is known.", "Better knowledge.", ())


def in_order(*presumptions: Presumption) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Return facts, each with its State of origin, in their order, and the cycles; they stand one below the other."""
    places = {(one.origin, one.fact): Location("f", line, 1) for line, one in enumerate(presumptions, 1)}
    order, mistakes = order_of_presumptions(presumptions, places)
    return tuple(f"{one.fact} {one.origin or 'all'}" for one in order), mistakes


def test_presumptions_come_after_the_facts_that_their_conditions_ask() -> None:
    given_ = presumption("a", Is("b", YES)), presumption("b", Not(Is("c", YES))), presumption("c")
    assert in_order(*given_) == (("c KP", "b KP", "a KP"), [])


def test_what_holds_for_every_state_comes_after_what_is_known_of_one_and_mixes_with_it() -> None:
    given_ = [
        presumption("a", Is("b", YES), None), presumption("a"), presumption("b", Is("c", YES), "CN"),
        presumption("c", Is("d", YES), None), presumption("d", None, "CN"),
    ]  # fmt: skip
    order, mistakes = in_order(*given_)
    assert mistakes == []
    chain = ["d CN", "c all", "b CN", "a all"]
    assert [one for one in order if one in chain] == chain
    assert order.index("a KP") < order.index("a all")


def test_presumptions_that_rest_on_each_other_are_told() -> None:
    order, [told] = in_order(presumption("a", Is("b", YES)), presumption("b", Is("a", YES)))
    assert order == ()
    assert told.message == '"a" asks "b" (f:1:1), "b" asks "a" (f:2:1).'


def test_a_cycle_may_run_through_what_holds_for_every_state() -> None:
    _, [told] = in_order(presumption("a", Is("b", YES)), presumption("b", Is("a", YES), None))
    assert told.message == '"a" asks "b" (f:1:1), "b" asks "a" (f:2:1).'


def test_what_one_state_presumes_never_meets_what_another_does() -> None:
    """A case has one country of origin, so these two presumptions are no cycle."""
    head = "origin: {}\ntitle: A State\npresumptions:\n"
    item = "  - {{presume: {}, value: {}, when: {}, because: So it is., rebutted_by: Papers., sources: [hb_61]}}\n"
    found = checked(
        origins__cn=(head + item).format("CN", "age", 18, "served_in_guard"),
        origins__kr=(head + item).format("KR", "served_in_guard", "no", "{fact: age, over: 3}"),
    )
    assert found.diagnostics == ()
    assert found.book is not None
    assert {(one.origin, one.fact) for one in found.book.presumptions} >= {("CN", "age"), ("KR", "served_in_guard")}


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.sets(NAMES, max_size=3), min_size=1))
def test_there_is_an_order_or_there_are_cycles_and_each_told_one_is_real(wants: dict[str, set[str]]) -> None:
    lines = {name: line for line, name in enumerate(wants, 1)}
    order, mistakes = in_dependency_order(wants, at(lines), "needs", "")
    within = {name: others & wants.keys() for name, others in wants.items()}
    try:
        list(TopologicalSorter(within).static_order())
    except CycleError:
        assert order == ()
        assert mistakes
    else:
        assert not mistakes
        for place, name in enumerate(order):
            assert within[name] <= set(order[:place])
    for one in mistakes:
        steps = [step.split('"')[1::2] for step in one.message.split(", ")]
        assert all(then in wants[name] for name, then in steps)
        assert [then for _, then in steps] == [*[name for name, _ in steps[1:]], steps[0][0]]

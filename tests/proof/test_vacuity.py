"""What a rule book can hardly mean is told, and what is meant is told with its reason."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from screen.engine.evaluate import evaluate
from screen.proof.vacuity import NOT_SO, find_doubts
from screen.rulebook.model import Intended, RuleBook
from tests.engine.books import PROFILES, Small, small, smalls
from tests.proof.test_prover import every_case
from tests.real_law import the_law


def kinds(book: RuleBook) -> set[tuple[str, tuple[str, ...]]]:
    return {(one.kind, one.names) for one in find_doubts(book)}


def of(*criteria: dict[str, object], conclusions: tuple[str, ...] = ("c",)) -> set[tuple[str, tuple[str, ...]]]:
    """Return what is doubted of a small book, but for the readings and facts that so small a book cannot use."""
    found = kinds(small({"criteria": list(criteria)}, conclusions).book)
    return {one for one in found if one[0] != "reading_never_matters"}


def test_a_sound_book_is_not_doubted() -> None:
    assert of({"criterion": "c", "holds_if": "fears", "unless": ["guard"]}) == set()


def test_a_criterion_that_no_case_meets_is_told() -> None:
    both = {"all": [{"fact": "way", "is": "river"}, {"fact": "way", "in": ["road", "air"]}]}
    assert of({"criterion": "d", "holds_if": both}, {"criterion": "c", "holds_if": {"any": ["fears", "d"]}}) >= {
        ("never_met", ("d",))
    }


def test_a_criterion_that_no_case_fails_is_told() -> None:
    any_way = {"fact": "way", "in": ["river", "road", "air"]}
    rules = [{"criterion": "d", "holds_if": any_way}, {"criterion": "c", "holds_if": {"all": ["fears", "d"]}}]
    assert ("never_fails", ("d",)) in of(*rules)


def test_two_criteria_that_end_alike_in_every_case_are_told_though_they_are_written_otherwise() -> None:
    rules = [
        {"criterion": "d", "holds_if": {"any": ["fears", {"not": "left"}]}},
        {"criterion": "e", "holds_if": {"not": {"all": [{"not": "fears"}, "left"]}}},
        {"criterion": "c", "holds_if": {"all": ["d", "e", "guard"]}},
    ]
    assert of(*rules) == {("equivalent", ("d", "e"))}


def test_an_exception_that_swallows_its_rule_is_told_and_one_that_never_bites() -> None:
    adult = {"fact": "age", "at_least": 18}
    swallows = {"criterion": "c", "holds_if": {"all": ["fears", adult]}, "unless": [{"fact": "age", "over": 17}]}
    assert of(swallows) >= {("exception_swallows", ("c",))}
    idle = {"criterion": "c", "holds_if": {"all": ["fears", adult]}, "unless": [{"fact": "age", "under": 18}]}
    assert of(idle) == {("exception_never_bites", ("c",))}


def test_a_fact_that_moves_nothing_is_told_though_a_criterion_asks_it() -> None:
    rules = [
        {"criterion": "d", "holds_if": {"any": ["guard", {"not": "guard"}]}},
        {"criterion": "c", "holds_if": {"any": ["fears", {"all": ["fears", "left"]}]}},
    ]
    # `left` moves nothing where `fears` alone is enough; `guard` is asked by a test that nothing else needs.
    assert ("fact_never_matters", ("left",)) in of(*rules)
    assert ("fact_never_matters", ("fears",)) not in of(*rules)


def test_a_reading_that_moves_nothing_is_told() -> None:
    by_side = {"reading": "exit", "as": {"strict": "fears", "mild": {"all": ["fears"]}}}
    found = kinds(small({"criteria": [{"criterion": "c", "holds_if": by_side}]}, ["c"]).book)
    assert ("reading_never_matters", ("exit",)) in found
    told_apart = {"reading": "exit", "as": {"strict": "fears", "mild": "left"}}
    found = kinds(small({"criteria": [{"criterion": "c", "holds_if": told_apart}]}, ["c"]).book)
    assert ("reading_never_matters", ("exit",)) not in found


def test_what_is_meant_is_told_with_its_reason_and_what_is_no_longer_so_is_told_too() -> None:
    both = {"all": [{"fact": "way", "is": "river"}, {"fact": "way", "in": ["road", "air"]}]}
    book = small(
        {"criteria": [{"criterion": "d", "holds_if": both}, {"criterion": "c", "holds_if": "fears"}]}, ["c"]
    ).book
    meant = (Intended("never_met", ("d",), "It waits."), Intended("never_met", ("c",), "It waits too."))
    found = {(one.kind, one.names): one.reason for one in find_doubts(replace(book, intended=meant))}
    assert found["never_met", ("d",)] == "It waits."
    assert found[NOT_SO, ("never_met", "c")] is None


@settings(max_examples=40, deadline=None)
@given(smalls(most_facts=3, most_criteria=3))
def test_small_books_are_doubted_as_trying_every_case_has_it(one: Small) -> None:
    found = find_doubts(one.book)
    ends: dict[str, list[str]] = {name: [] for name in one.book.order}
    for profile in PROFILES:
        for each in every_case(one):
            findings = evaluate(one.book, each, profile)
            for name in one.book.order:
                ends[name].append(findings[name].status.value)
    never = {kind: {one.names[0] for one in found if one.kind == kind} for kind in ("never_met", "never_fails")}
    assert never["never_met"] == {name for name, all_ in ends.items() if "met" not in all_}
    assert never["never_fails"] == {name for name, all_ in ends.items() if "not_met" not in all_}
    dead = never["never_met"] | never["never_fails"]
    groups: dict[tuple[str, ...], set[str]] = {}
    for name in ends.keys() - dead:
        groups.setdefault(tuple(ends[name]), set()).add(name)
    told = {frozenset(one.names) for one in found if one.kind == "equivalent"}
    assert {name for pair in told for name in pair} == {
        name for group in groups.values() if len(group) > 1 for name in group
    }
    assert all(any(pair <= group for group in groups.values()) for pair in told)


def test_nothing_in_the_real_law_is_doubted_that_is_not_meant() -> None:
    found = [one for one in find_doubts(the_law()) if one.reason is None and one.kind != NOT_SO]
    assert not found, f"Mend it, or say in rules/intended.yaml why it is meant: {found}"

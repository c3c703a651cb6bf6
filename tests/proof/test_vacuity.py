"""Doubts: what a rule book can hardly mean is reported, with the reason where it is intended."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from screen.engine.evaluate import evaluate
from screen.proof.vacuity import NOT_SO, find_doubts
from screen.rulebook.model import Intended, RuleBook
from tests.engine.books import PROFILES, Small, small, smalls
from tests.examples import examples
from tests.proof.test_prover import every_case
from tests.real_law import the_law


def kinds(book: RuleBook) -> set[tuple[str, tuple[str, ...]]]:
    return {(doubt.kind, doubt.names) for doubt in find_doubts(book)}


def doubts_of(*criteria: dict[str, object], conclusions: tuple[str, ...] = ("c",)) -> set[tuple[str, tuple[str, ...]]]:
    """Return the doubts about a small book, except readings, which so small a book cannot use."""
    doubts = kinds(small({"criteria": list(criteria)}, conclusions).book)
    return {doubt for doubt in doubts if doubt[0] != "reading_never_matters"}


def test_a_sound_book_is_not_doubted() -> None:
    assert doubts_of({"criterion": "c", "holds_if": "fears", "unless": ["guard"]}) == set()


def test_a_criterion_that_no_case_meets_is_doubted() -> None:
    both = {"all": [{"fact": "way", "is": "river"}, {"fact": "way", "in": ["road", "air"]}]}
    assert doubts_of({"criterion": "d", "holds_if": both}, {"criterion": "c", "holds_if": {"any": ["fears", "d"]}}) >= {
        ("never_met", ("d",))
    }


def test_a_criterion_that_no_case_fails_is_doubted() -> None:
    any_way = {"fact": "way", "in": ["river", "road", "air"]}
    rules = [{"criterion": "d", "holds_if": any_way}, {"criterion": "c", "holds_if": {"all": ["fears", "d"]}}]
    assert ("never_fails", ("d",)) in doubts_of(*rules)


def test_equivalent_criteria_are_doubted_although_they_are_written_differently() -> None:
    rules = [
        {"criterion": "d", "holds_if": {"any": ["fears", {"not": "left"}]}},
        {"criterion": "e", "holds_if": {"not": {"all": [{"not": "fears"}, "left"]}}},
        {"criterion": "c", "holds_if": {"all": ["d", "e", "guard"]}},
    ]
    assert doubts_of(*rules) == {("equivalent", ("d", "e"))}


def test_an_exception_that_swallows_its_rule_is_doubted_and_one_that_never_bites() -> None:
    adult = {"fact": "age", "at_least": 18}
    swallows = {"criterion": "c", "holds_if": {"all": ["fears", adult]}, "unless": [{"fact": "age", "over": 17}]}
    assert doubts_of(swallows) >= {("exception_swallows", ("c",))}
    idle = {"criterion": "c", "holds_if": {"all": ["fears", adult]}, "unless": [{"fact": "age", "under": 18}]}
    assert doubts_of(idle) == {("exception_never_bites", ("c",))}


def test_a_fact_without_effect_is_doubted_although_a_criterion_asks_for_it() -> None:
    rules = [
        {"criterion": "d", "holds_if": {"any": ["guard", {"not": "guard"}]}},
        {"criterion": "c", "holds_if": {"any": ["fears", {"all": ["fears", "left"]}]}},
    ]
    # `left` moves nothing where `fears` alone is enough; `guard` is asked by a test that nothing else needs.
    assert ("fact_never_matters", ("left",)) in doubts_of(*rules)
    assert ("fact_never_matters", ("fears",)) not in doubts_of(*rules)


def test_a_reading_without_effect_is_doubted() -> None:
    by_side = {"reading": "exit", "as": {"strict": "fears", "mild": {"all": ["fears"]}}}
    doubts = kinds(small({"criteria": [{"criterion": "c", "holds_if": by_side}]}, ["c"]).book)
    assert ("reading_never_matters", ("exit",)) in doubts
    told_apart = {"reading": "exit", "as": {"strict": "fears", "mild": "left"}}
    doubts = kinds(small({"criteria": [{"criterion": "c", "holds_if": told_apart}]}, ["c"]).book)
    assert ("reading_never_matters", ("exit",)) not in doubts


def test_an_intended_doubt_has_its_reason_and_an_outdated_intention_is_reported() -> None:
    both = {"all": [{"fact": "way", "is": "river"}, {"fact": "way", "in": ["road", "air"]}]}
    book = small(
        {"criteria": [{"criterion": "d", "holds_if": both}, {"criterion": "c", "holds_if": "fears"}]}, ["c"]
    ).book
    meant = (Intended("never_met", ("d",), "It waits."), Intended("never_met", ("c",), "It waits too."))
    reasons = {(doubt.kind, doubt.names): doubt.reason for doubt in find_doubts(replace(book, intended=meant))}
    assert reasons["never_met", ("d",)] == "It waits."
    assert reasons[NOT_SO, ("never_met", "c")] is None


@settings(max_examples=examples(15), deadline=None)
@given(smalls(most_facts=3, most_criteria=3))
def test_doubts_about_small_books_agree_with_trying_every_case(law: Small) -> None:
    doubts = find_doubts(law.book)
    statuses: dict[str, list[str]] = {name: [] for name in law.book.order}
    for profile in PROFILES:
        for answers in every_case(law):
            findings = evaluate(law.book, answers, profile)
            for name in law.book.order:
                statuses[name].append(findings[name].status.value)
    never = {kind: {doubt.names[0] for doubt in doubts if doubt.kind == kind} for kind in ("never_met", "never_fails")}
    assert never["never_met"] == {name for name, all_ in statuses.items() if "met" not in all_}
    assert never["never_fails"] == {name for name, all_ in statuses.items() if "not_met" not in all_}
    dead = never["never_met"] | never["never_fails"]
    groups: dict[tuple[str, ...], set[str]] = {}
    for name in statuses.keys() - dead:
        groups.setdefault(tuple(statuses[name]), set()).add(name)
    pairs = {frozenset(doubt.names) for doubt in doubts if doubt.kind == "equivalent"}
    assert {name for pair in pairs for name in pair} == {
        name for group in groups.values() if len(group) > 1 for name in group
    }
    assert all(any(pair <= group for group in groups.values()) for pair in pairs)


def test_every_doubt_about_the_real_law_is_intended() -> None:
    unexplained = [doubt for doubt in find_doubts(the_law()) if doubt.reason is None and doubt.kind != NOT_SO]
    assert not unexplained, f"Mend it, or say in rules/intended.yaml why it is meant: {unexplained}"

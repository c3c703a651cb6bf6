"""Many cases in one walk end as each of them does alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.answer import Answer, State
from screen.engine.evaluate import evaluate
from screen.engine.lanes import Lane, Lanes
from screen.facts import Given
from screen.language.graph import reached
from screen.language.terms import ORIGIN_FACT, Presumption, RuleBook
from tests.engine.books import PROFILES, Small, case, columns_of, every_combination, pick, small, smalls, state_in
from tests.real_law import its_cases, random_cases, the_law

Case = Mapping[str, Given]


def assert_alike(book: RuleBook, profile: str, cases: Sequence[Case]) -> None:
    lanes = Lanes(book, book.profiles[profile])
    walked = lanes.walk(columns_of(cases), len(cases))
    assert walked.keys() == book.criteria.keys()
    assert all(bits >> len(cases) == 0 for lane in walked.values() for bits in lane), "a case that nobody asked about"
    for index, one in enumerate(cases):
        findings = evaluate(book, one, profile)
        found = {name: state_in(lane, index) for name, lane in walked.items()}
        assert found == {name: finding.state for name, finding in findings.criteria.items()}


@st.composite
def books_with_many_cases(draw: st.DrawFn) -> tuple[Small, list[dict[str, Given]], str]:
    one = draw(smalls())
    return one, [case(draw, one) for _ in range(1 + draw(st.integers(0, 7)))], pick(draw, tuple(PROFILES))


@settings(max_examples=100)
@given(books_with_many_cases())
def test_a_walk_finds_for_each_case_what_the_evaluator_finds(drawn: tuple[Small, list[Case], str]) -> None:
    one, cases, profile = drawn
    assert_alike(one.book, profile, cases)


@settings(max_examples=80)
@given(books_with_many_cases())
def test_presumed_names_the_facts_that_the_evaluator_presumes(drawn: tuple[Small, list[Case], str]) -> None:
    one, cases, profile = drawn
    for each in cases:
        marked = {known.fact.name for known in evaluate(one.book, each, profile).presumed}
        assert Lanes(one.book, one.book.profiles[profile]).presumed(columns_of([each])) == marked


@settings(max_examples=100)
@given(books_with_many_cases())
def test_what_one_case_settles_need_not_be_found_again_for_its_completions(
    drawn: tuple[Small, list[Case], str],
) -> None:
    one, cases, profile = drawn
    lanes, base = Lanes(one.book, one.book.profiles[profile]), cases[0]
    alone = lanes.walk(columns_of([base]), 1)
    settled = {name: lane for name, lane in alone.items() if any(lane)}
    presumed = lanes.presumed(columns_of([base]))
    # What the case says stays, and so does what is presumed on it; the rest is completed in many ways.
    completed = [{name: said for name, said in more.items() if name not in presumed} | base for more in cases]
    columns = columns_of(completed)
    assert lanes.walk(columns, len(cases), settled) == lanes.walk(columns, len(cases))


@settings(max_examples=60)
@given(books_with_many_cases())
def test_a_walk_to_some_goals_finds_them_and_what_they_need(drawn: tuple[Small, list[Case], str]) -> None:
    one, cases, profile = drawn
    book, columns = one.book, columns_of(cases)
    some = Lanes(book, book.profiles[profile], book.conclusions).walk(columns, len(cases))
    assert some.keys() == reached(book.conclusions, book.criteria)
    whole = Lanes(book, book.profiles[profile]).walk(columns, len(cases))
    assert some == {name: whole[name] for name in some}


def test_every_way_to_put_parts_together_ends_as_the_evaluator_has_it() -> None:
    one, cases = every_combination()
    assert_alike(one.book, "first", cases)


def test_an_answer_beats_a_presumption_in_its_own_case_alone() -> None:
    book = small(
        {
            "criteria": [{"criterion": "c", "holds_if": "fears"}],
            "presumptions": [{"origin": "KP", "presume": "fears", "value": "yes", "when": "left"}],
        },
        ["c"],
    ).book
    left = {ORIGIN_FACT: Given("KP"), "left": Given(Answer.YES)}
    cases: list[Case] = [left, left | {"fears": Given(Answer.NO)}, {"left": Given(Answer.YES)}, {}]
    assert Lanes(book, book.profiles["first"]).walk(columns_of(cases), 4)["c"] == Lane(met=0b0001, not_met=0b0010)


def sample() -> tuple[Case, ...]:
    """Return random cases with the law cases: a conclusion that is rarely settled against is met by luck alone."""
    return (*random_cases(200), *(one.given for one in its_cases()))


@pytest.mark.parametrize("profile", ["paper", "uk", "us"])
def test_a_walk_over_the_real_book_finds_what_the_evaluator_finds(profile: str) -> None:
    assert_alike(the_law(), profile, sample())


def test_the_sample_reaches_presumptions_and_every_end_of_the_real_conclusions() -> None:
    book = the_law()
    findings = [evaluate(book, one) for one in sample()]
    presumed: set[Presumption] = {known.presumed for one in findings for known in one.presumed if known.presumed}
    assert len(presumed) > len(book.presumptions) // 2
    for name in ("refugee_status", "no_return", "cat_3"):
        assert {one[name].state for one in findings} >= {State.MET, State.NOT_MET, State.UNDETERMINED}

"""The law worked out for every case at once ends, in each case, as the evaluator has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.answer import Answer, State
from screen.engine.evaluate import evaluate
from screen.facts import Given
from screen.language import terms
from screen.language.terms import HOST_FACT, ORIGIN_FACT, RuleBook, Term
from screen.proof.bits import Model, Rail, is_true
from screen.proof.cases import case_of
from screen.proof.values import asked, terms_of
from screen.proof.working import Law, Working
from tests.engine.books import ANSWERS, PROFILES, Small, case, every_combination, pick, small, smalls, told
from tests.engine.judge import Judge
from tests.real_law import random_cases, the_law

Case = Mapping[str, Given]


def worked_out(book: RuleBook, more: Iterable[Term] = ()) -> Working:
    return Working(Law(book, asked(book, [*terms_of(book), *more])))


def state_in(model: Model, rail: Rail) -> State:
    bits = [is_true(model, bit) for bit in rail]
    assert sum(bits) <= 1, "a case ends in one way"
    ends = (State.MET, State.NOT_MET, State.NOT_APPLICABLE)
    return next((end for end, bit in zip(ends, bits, strict=True) if bit), State.UNDETERMINED)


def assert_alike(working: Working, profile: str, cases: Iterable[Case]) -> None:
    book = working.book
    for name in book.order:
        working.criterion(name)
    recommended = {name: working.recommended(name) for name in terms.RECOMMENDATIONS}
    for one in cases:
        model = working.law.possible(working.law.profiles[profile], *working.is_case(one))
        assert model is not None, "this case was thought to be none"
        findings = evaluate(book, one, profile)
        found = {name: state_in(model, working.criterion(name)) for name in book.order}
        assert found == {name: finding.state for name, finding in findings.criteria.items()}
        assert [name for name, bit in recommended.items() if is_true(model, bit)] == [findings.recommendation]


@st.composite
def books_with_cases(draw: st.DrawFn) -> tuple[Small, list[dict[str, Given]], str]:
    one = draw(smalls())
    return one, [case(draw, one) for _ in range(4)], pick(draw, tuple(PROFILES))


@settings(max_examples=60)
@given(books_with_cases())
def test_a_small_law_worked_out_ends_as_the_evaluator_has_it(drawn: tuple[Small, list[Case], str]) -> None:
    one, cases, profile = drawn
    assert_alike(worked_out(one.book), profile, cases)


@settings(max_examples=30)
@given(books_with_cases())
def test_a_small_law_worked_out_ends_as_a_judge_has_it_who_read_the_page_alone(
    drawn: tuple[Small, list[Case], str],
) -> None:
    one, cases, profile = drawn
    working = worked_out(one.book)
    rails = {name: working.criterion(name) for name in one.book.order}
    for each in cases:
        model = working.law.possible(working.law.profiles[profile], *working.is_case(each))
        assert model is not None
        judge = Judge(one.written, told(each), PROFILES[profile])
        assert {name: state_in(model, rail).value for name, rail in rails.items()} == judge.findings


def test_every_way_to_put_parts_together_ends_as_the_evaluator_has_it() -> None:
    one, cases = every_combination()
    assert_alike(worked_out(one.book), "first", cases)


def test_the_real_law_worked_out_ends_as_the_evaluator_has_it_under_every_profile() -> None:
    working = worked_out(the_law())
    profiles = sorted(the_law().profiles)
    for place, one in enumerate(random_cases(4 * len(profiles))):
        assert_alike(working, profiles[place % len(profiles)], [one])


@settings(max_examples=60)
@given(books_with_cases())
def test_a_second_case_that_differs_in_some_answers_is_worked_out_as_if_it_stood_alone(
    drawn: tuple[Small, list[Case], str],
) -> None:
    one, cases, profile = drawn
    working = worked_out(one.book)
    law = working.law
    for name in one.book.order:
        working.criterion(name)
    names = sorted(law.facts)[::2]
    first, second = ({name: said for name, said in each.items() if name in law.facts} for each in cases[:2])
    both = {name: said for name, said in first.items() if name not in names}
    both |= {name: said for name, said in second.items() if name in names}
    other = Working(law, "other ", like=working, other={name: law.answers(name, "other ") for name in names})
    rails = {name: other.criterion(name) for name in one.book.order}
    model = law.possible(law.profiles[profile], *working.is_case(first), *other.is_case(both))
    assert model is not None
    assert case_of(model, working.said).keys() <= first.keys()
    findings = evaluate(one.book, both, profile)
    assert {name: state_in(model, rail) for name, rail in rails.items()} == {
        name: finding.state for name, finding in findings.criteria.items()
    }


def test_what_holds_for_every_state_fills_what_nobody_was_asked_and_not_what_is_not_known() -> None:
    book = small(
        {
            "criteria": [{"criterion": "c", "holds_if": "fears"}],
            "presumptions": [{"origin": None, "presume": "fears", "value": "yes"}],
        },
        ["c"],
    ).book
    china = {ORIGIN_FACT: Given("CN")}
    cases = [{}, china, china | {"fears": Given(Answer.UNKNOWN)}, china | {"fears": Given(Answer.NO)}]
    assert_alike(worked_out(book), "first", cases)
    assert [evaluate(book, one).criteria["c"].state.value for one in cases] == [
        "undetermined", "met", "undetermined", "not_met",
    ]  # fmt: skip


#: One of each term that the language has.
_SAMPLES: dict[str, Term] = {
    "Met": terms.Met("c"),
    "Is": terms.Is("fears", frozenset({Answer.YES})),
    "Includes": terms.Includes("harms", frozenset({"torture"})),
    "Between": terms.Between("age", 18, None),
    "Binds": terms.Binds("cat", HOST_FACT),
    "Takes": terms.Takes("exit", frozenset({"strict"})),
    "ByReading": terms.ByReading("exit", (("strict", terms.Met("c")), ("mild", terms.Not(terms.Met("c"))))),
    "All": terms.All((terms.Met("c"), terms.Met("c"))),
    "AnyOf": terms.AnyOf((terms.Met("c"), terms.Met("c"))),
    "AtLeast": terms.AtLeast(1, (terms.Met("c"), terms.Met("c"))),
    "Not": terms.Not(terms.Met("c")),
    "NotRuledOut": terms.NotRuledOut("c"),
    "InForce": terms.InForce(date(2020, 1, 1), date(2030, 1, 1)),
}


@pytest.mark.parametrize("kind", [one.__name__ for one in get_args(Term)])
def test_every_term_of_the_language_is_worked_out_as_the_evaluator_has_it(kind: str) -> None:
    assert kind in _SAMPLES, f"{kind} is new. Teach it to screen/proof/working.py and put one here."
    book = small({"criteria": [{"criterion": "c", "holds_if": "left"}]}, ["c"]).book
    new = terms.Criterion("new", "new", "status", (), (), (), None, None, False, None, _SAMPLES[kind], (), None, None)
    book = terms.RuleBook(**{**vars(book), "criteria": {**book.criteria, "new": new}, "order": ("c", "new")})
    names = ("fears", "harms", "age", "left", HOST_FACT)
    cases = [{name: Given(ANSWERS[name][turn % len(ANSWERS[name])]) for name in names} for turn in range(4)]
    for profile in PROFILES:
        assert_alike(worked_out(book), profile, [{}, *cases])

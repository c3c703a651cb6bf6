"""What must be put to the applicant before a record is closed, and which other questions decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screen.case.evidence import RecordedAnswer
from screen.engine.before_closing import open_questions
from screen.logic import Answer
from screen.rulebook.terms import Value
from tests.real_law import the_law
from tests.rulebook.small_book import good_book

YES, NO, UNKNOWN = RecordedAnswer(Answer.YES), RecordedAnswer(Answer.NO), RecordedAnswer(Answer.UNKNOWN)
PRISON = {"exit_penalty": RecordedAnswer("prison")}


def not_put(given: dict[str, RecordedAnswer]) -> list[tuple[str, ...]]:
    """Return the facts that keep the small book's record open."""
    return [refusal.facts for refusal in open_questions(good_book(), given).not_put]


def test_what_must_be_put_is_every_fact_without_a_line() -> None:
    assert not_put(PRISON) == [("harms_feared", "account")]
    assert not_put({**PRISON, "account": RecordedAnswer("words")}) == [("harms_feared",)]


def test_unknown_is_an_answer_that_was_put() -> None:
    assert not_put({**PRISON, "harms_feared": UNKNOWN, "account": UNKNOWN}) == []


@pytest.mark.parametrize("penalty", ["none", "fine", Answer.UNKNOWN])
def test_nothing_must_be_put_where_the_condition_is_not_met_or_open(penalty: Value) -> None:
    assert not_put({"exit_penalty": RecordedAnswer(penalty)}) == []
    assert not_put({}) == []


def test_an_exception_excuses_only_where_it_is_met() -> None:
    assert not_put({**PRISON, "served_in_guard": YES}) == []
    for answer in (NO, UNKNOWN):
        assert not_put({**PRISON, "served_in_guard": answer}) == [("harms_feared", "account")]


def test_deciding_questions_are_those_of_points_not_shown_and_still_open_in_the_order_of_the_interview() -> None:
    given = {"age": RecordedAnswer(30), "left_without_permission": YES, "exit_penalty": RecordedAnswer("none")}
    assert open_questions(good_book(), given).others == ("host_country", "harms_feared")
    given["host_country"] = RecordedAnswer("NO")
    given["harms_feared"] = UNKNOWN
    assert open_questions(good_book(), given).others == ()


def test_a_judgement_is_put_to_nobody() -> None:
    given = {"exit_penalty": RecordedAnswer("fine"), "harms_feared": RecordedAnswer(frozenset())}
    questions = open_questions(good_book(), given)
    assert "judgement_on_fine" in {fact.fact.name for fact in questions.findings["penalty_is_persecution"].missing}
    assert "judgement_on_fine" not in questions.others


def test_what_must_be_put_is_not_listed_a_second_time() -> None:
    book = replace(good_book(), before_closing=(replace(good_book().before_closing[0], ask=("harms_feared",)),))
    questions = open_questions(book, {**PRISON, "host_country": RecordedAnswer("NO")})
    assert questions.not_put[0].facts == ("harms_feared",)
    assert "harms_feared" not in questions.others


LEFT = {"country_of_origin": RecordedAnswer("KP"), "left_without_permission": YES}


@pytest.mark.parametrize(
    ("given", "facts"),
    [
        ({"country_of_origin": RecordedAnswer("KP")}, ["left_without_permission"]),
        ({"country_of_origin": RecordedAnswer("KP"), "left_without_permission": UNKNOWN}, []),
        ({"country_of_origin": RecordedAnswer("FR")}, []),
        (LEFT, ["expressed_fear"]),
        ({**LEFT, "cannot_articulate": YES}, []),
        ({**LEFT, "cannot_articulate": NO}, ["expressed_fear"]),
        ({**LEFT, "expressed_fear": UNKNOWN}, []),
        ({"stayed_beyond_permission": YES}, ["expressed_fear"]),
        ({"account_consistency": RecordedAnswer("contradicted_in_core")}, ["explanation_given"]),
        ({"account_consistency": RecordedAnswer("small_differences")}, []),
        ({"country_information_fit": RecordedAnswer("contradicts")}, ["explanation_given"]),
        ({"other_claim_elsewhere": RecordedAnswer("different_account")}, ["explanation_given"]),
        ({"false_papers": RecordedAnswer("unexplained")}, ["explanation_given"]),
        ({"false_papers": RecordedAnswer("explained")}, []),
        ({"identity_contradicted": YES}, ["explanation_given"]),
        ({"identity_contradicted": YES, "explanation_given": RecordedAnswer("none_given")}, []),
        ({"other_place_named": NO}, []),
        (
            {"other_place_named": YES, "other_place_reachable": NO},
            ["agents_reach_other_place", "other_place_living"],
        ),
        ({"exclusion_signs": RecordedAnswer(frozenset({"high_office"}))}, ["part_in_acts"]),
        ({"exclusion_signs": RecordedAnswer(frozenset())}, []),
    ],
)
def test_the_law_asks_for_a_presumed_danger_a_doubt_a_named_place_and_a_sign_of_exclusion(
    given: dict[str, RecordedAnswer], facts: list[str]
) -> None:
    assert [name for refusal in open_questions(the_law(), given).not_put for name in refusal.facts] == facts

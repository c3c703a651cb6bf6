"""Two evaluations of one case: where they first diverge, and why."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from screen.case.evidence import RecordedAnswer
from screen.engine.divergence import find_divergence
from screen.engine.evaluate import evaluate
from screen.logic import Answer, Status
from screen.rulebook.dependencies import required_criteria
from screen.rulebook.model import TreatyStanding
from tests.real_law import its_cases, random_cases, the_law

BOOK = the_law()
CASE = next(law_case for law_case in its_cases() if law_case.name.startswith("Someone who left for food")).given


def diverge_from_case(given, profile=None, book=BOOK):
    return find_divergence(evaluate(BOOK, CASE), evaluate(book, given, profile))


def test_the_same_file_does_not_diverge():
    result = diverge_from_case(CASE)
    assert result.agree
    assert (result.facts, result.changed_presumptions, result.criteria, result.points) == ((), (), (), ())


def test_the_first_divergence_names_the_fact_that_was_answered_differently():
    result = diverge_from_case({**CASE, "left_without_permission": RecordedAnswer(Answer.UNKNOWN)})
    assert result.facts == ("left_without_permission",)
    assert "left_without_permission" in result.points[0].facts


def test_changed_presumptions_are_kept_apart_from_changed_answers():
    result = diverge_from_case({**CASE, "left_without_permission": RecordedAnswer(Answer.NO)})
    assert "exit_penalty" in result.changed_presumptions
    assert "exit_penalty" not in result.facts


def test_every_diverging_criterion_is_a_point_of_divergence_or_depends_on_one():
    cases = random_cases(30, "parted")
    for first, second in pairwise(cases):
        result = find_divergence(evaluate(BOOK, first), evaluate(BOOK, second))
        origins = {point.criterion for point in result.points}
        for name in result.criteria:
            assert name in origins or required_criteria(BOOK.criteria[name]) & set(result.criteria)
        for point in result.points:
            assert point.facts or point.readings or point.law_differs, point.criterion


def test_two_profiles_diverge_over_a_reading():
    for case in its_cases():
        result = find_divergence(evaluate(BOOK, case.given, "paper"), evaluate(BOOK, case.given, "uk"))
        if result.points and not result.facts and not result.changed_presumptions:
            assert result.points[0].readings
            return
    raise AssertionError("no law case parts paper and uk")


def test_a_criterion_with_another_text_is_reported_as_a_difference_of_law():
    criterion = BOOK.criteria["outside_country"]
    other = replace(criterion, holds_if=BOOK.criteria["food_as_weapon"].holds_if)
    result = diverge_from_case(CASE, book=replace(BOOK, criteria={**BOOK.criteria, "outside_country": other}))
    first = next(point for point in result.points if point.criterion == "outside_country")
    assert first.law_differs
    assert first.statuses[0] is Status.MET


def test_a_treaty_row_can_make_two_books_with_the_same_criteria_diverge():
    host = str(CASE["host_country"].value)
    rows = {**BOOK.standings[host], "cat": TreatyStanding("not_party", None, None, False)}
    result = diverge_from_case(CASE, book=replace(BOOK, standings={**BOOK.standings, host: rows}))
    first = next(point for point in result.points if point.criterion == "cat_3")
    assert (first.facts, first.readings, first.law_differs) == ((), (), False)

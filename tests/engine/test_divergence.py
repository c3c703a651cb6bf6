"""Two workings of one case: the first criterion where they part, and over what."""

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
CASE = next(one for one in its_cases() if one.name.startswith("Someone who left for food")).given


def against(given, profile=None, book=BOOK):
    return find_divergence(evaluate(BOOK, CASE), evaluate(book, given, profile))


def test_the_same_file_parts_nowhere():
    found = against(CASE)
    assert found.agree
    assert (found.facts, found.changed_presumptions, found.criteria, found.points) == ((), (), (), ())


def test_the_first_parting_reads_the_fact_that_was_answered_otherwise():
    found = against({**CASE, "left_without_permission": RecordedAnswer(Answer.UNKNOWN)})
    assert found.facts == ("left_without_permission",)
    assert "left_without_permission" in found.points[0].facts


def test_what_is_presumed_otherwise_is_told_apart_from_what_was_answered_otherwise():
    found = against({**CASE, "left_without_permission": RecordedAnswer(Answer.NO)})
    assert "exit_penalty" in found.changed_presumptions
    assert "exit_penalty" not in found.facts


def test_every_criterion_that_parts_rests_on_a_parting_or_is_one():
    cases = random_cases(30, "parted")
    for first, second in pairwise(cases):
        found = find_divergence(evaluate(BOOK, first), evaluate(BOOK, second))
        begins = {one.criterion for one in found.points}
        for name in found.criteria:
            assert name in begins or required_criteria(BOOK.criteria[name]) & set(found.criteria)
        for one in found.points:
            assert one.facts or one.readings or one.law_differs, one.criterion


def test_two_profiles_part_over_a_reading():
    for case in its_cases():
        found = find_divergence(evaluate(BOOK, case.given, "paper"), evaluate(BOOK, case.given, "uk"))
        if found.points and not found.facts and not found.changed_presumptions:
            assert found.points[0].readings
            return
    raise AssertionError("no law case parts paper and uk")


def test_a_criterion_that_reads_otherwise_is_told_as_the_law():
    one = BOOK.criteria["outside_country"]
    other = replace(one, holds_if=BOOK.criteria["food_as_weapon"].holds_if)
    found = against(CASE, book=replace(BOOK, criteria={**BOOK.criteria, "outside_country": other}))
    first = next(parting for parting in found.points if parting.criterion == "outside_country")
    assert first.law_differs
    assert first.statuses[0] is Status.MET


def test_a_treaty_row_can_part_two_books_that_read_alike():
    host = str(CASE["host_country"].value)
    rows = {**BOOK.standings[host], "cat": TreatyStanding("not_party", None, None, False)}
    found = against(CASE, book=replace(BOOK, standings={**BOOK.standings, host: rows}))
    first = next(parting for parting in found.points if parting.criterion == "cat_3")
    assert (first.facts, first.readings, first.law_differs) == ((), (), False)

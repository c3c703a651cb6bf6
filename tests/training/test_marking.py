"""Marks: the scale of quality assurance, one law point at a time."""

from __future__ import annotations

import pytest

from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED
from screen.training.exercise import model_findings
from screen.training.marking import (
    DISTRESSING_QUESTIONS,
    FACTS_FOUND,
    MISSING_FACTS,
    NEEDLESS_FACTS,
    NEEDLESS_QUESTIONS,
    QUESTION_ORDER,
    Mark,
    count_marks,
    facts_to_elicit,
    grade_finding,
    mark_finding,
    mark_interview,
    mark_missing_facts,
    mark_pass,
    mark_spotted_facts,
    material_facts,
    offered_facts,
    offered_missing_facts,
    offered_questions,
)
from tests.real_law import the_law
from tests.training.real import exercise, exercises

CORRECT, MINOR, SIGNIFICANT, NOTHING = Mark.CORRECT, Mark.MINOR, Mark.SIGNIFICANT, Mark.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("said", "right", "mark"),
    [
        (MET, MET, CORRECT),
        (UNDETERMINED, UNDETERMINED, CORRECT),
        (NOT_APPLICABLE, NOT_APPLICABLE, CORRECT),
        (UNDETERMINED, MET, MINOR),
        (UNDETERMINED, NOT_MET, MINOR),
        (NOT_MET, NOT_APPLICABLE, MINOR),
        (NOT_APPLICABLE, NOT_MET, MINOR),
        (MET, NOT_MET, SIGNIFICANT),
        (NOT_MET, MET, SIGNIFICANT),
        (NOT_APPLICABLE, MET, SIGNIFICANT),
        (MET, NOT_APPLICABLE, SIGNIFICANT),
        (None, MET, NOTHING),
    ],
)
def test_a_finding_turned_round_is_significant_and_one_left_open_is_minor(said, right, mark):
    assert grade_finding(said, right) is mark


@pytest.mark.parametrize("said", [MET, NOT_MET, NOT_APPLICABLE])
def test_to_read_unknown_as_an_answer_is_a_significant_error(said):
    assert grade_finding(said, UNDETERMINED) is SIGNIFICANT


def by_point(marked):
    return {one.point: one for one in marked}


@pytest.mark.parametrize("one", exercises(), ids=lambda one: one.name)
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_every_list_holds_all_that_is_right_and_is_the_same_for_the_same_seed(one, seed):
    book = the_law()
    facts = offered_facts(one, book, seed)
    assert {name for names in material_facts(one, model_findings(one, book)).values() for name in names} <= set(facts)
    assert set(one.open) <= set(offered_missing_facts(one, book, seed))
    assert set(facts_to_elicit(one, book)) <= set(offered_questions(one, book, seed))
    assert facts == offered_facts(one, book, seed)
    assert len(facts) == len(set(facts))


def test_another_seed_offers_other_strangers():
    one = exercise("left_for_food")
    assert len({offered_facts(one, the_law(), seed) for seed in range(5)}) > 1


def test_who_chooses_exactly_the_material_facts_makes_no_error():
    one, book = exercise("left_for_food"), the_law()
    offered = offered_facts(one, book, 0)
    chosen = {name for names in material_facts(one, model_findings(one, book)).values() for name in names}
    assert {found.mark for found in mark_spotted_facts(one, book, chosen, offered)} <= {CORRECT, NOTHING}


def test_a_point_of_which_no_fact_was_seen_is_a_significant_error_and_says_which():
    one, book = exercise("left_for_food"), the_law()
    found = by_point(mark_spotted_facts(one, book, {"ration_compared"}, offered_facts(one, book, 0)))
    assert found["food_as_weapon"].mark is SIGNIFICANT
    assert found["food_as_weapon"].missed == ("food_withheld",)
    assert found["food_discriminatory_response"].mark is MINOR
    assert found["exclusion_triggered"].mark is NOTHING


def test_what_bears_on_a_point_without_deciding_it_is_not_held_against_anybody():
    one, book = exercise("left_for_food"), the_law()
    found = by_point(
        mark_spotted_facts(
            one, book, {"reasons_for_leaving"}, ("reasons_for_leaving", "age", "care_withheld_on_purpose")
        )
    )
    assert found[NEEDLESS_FACTS].needless == ()


def test_missing_facts_are_marked_by_what_was_named_and_what_was_named_in_vain():
    one = exercise("left_for_food")
    offered = ("exclusion_signs", "second_state_registered", "age")
    assert by_point(mark_missing_facts(one, one.open, offered))[MISSING_FACTS].mark is CORRECT
    assert by_point(mark_missing_facts(one, {*one.open, "age"}, offered))[MISSING_FACTS].mark is MINOR
    assert by_point(mark_missing_facts(one, {"exclusion_signs"}, offered))[MISSING_FACTS].mark is MINOR
    assert by_point(mark_missing_facts(one, {"age"}, offered))[MISSING_FACTS].mark is SIGNIFICANT


def test_an_interview_is_marked_by_what_was_found_what_was_needless_what_hurt_and_the_order():
    one, book = exercise("settled_in_seoul"), the_law()
    offered = (*facts_to_elicit(one, book), "age", "second_state_law")
    good = by_point(mark_interview(one, book, ["exclusion_signs", "past_harm"], offered))
    assert {good[element].mark for element in (FACTS_FOUND, NEEDLESS_QUESTIONS, QUESTION_ORDER)} == {CORRECT}
    bad = by_point(mark_interview(one, book, ["past_harm", "age"], offered))
    assert (bad[FACTS_FOUND].mark, bad[FACTS_FOUND].missed) == (MINOR, ("exclusion_signs",))
    assert (bad[NEEDLESS_QUESTIONS].mark, bad[QUESTION_ORDER].mark) == (MINOR, SIGNIFICANT)


def test_a_painful_question_without_need_is_a_significant_error():
    one, book = exercise("left_for_food"), the_law()
    offered = (*facts_to_elicit(one, book), "family_ties", "age")
    assert by_point(mark_interview(one, book, ["family_ties"], offered))[DISTRESSING_QUESTIONS].mark is SIGNIFICANT
    assert by_point(mark_interview(one, book, ["age"], offered))[DISTRESSING_QUESTIONS].mark is CORRECT


def test_a_pass_is_no_error():
    found = mark_pass([mark_finding("refugee_status", MET, NOT_MET)])
    assert count_marks(element.mark for element in found)[NOTHING] == 1
    assert found[0].model_answer == "not_met"

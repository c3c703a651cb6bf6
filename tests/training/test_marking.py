"""Marks: the scale of quality assurance, exercise law point at a time."""

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
from tests.training.real import exercise_named, exercises

CORRECT, MINOR, SIGNIFICANT, NOTHING = Mark.CORRECT, Mark.MINOR, Mark.SIGNIFICANT, Mark.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("answer", "model", "mark"),
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
def test_a_finding_reversed_is_significant_and_one_left_open_is_minor(answer, model, mark):
    assert grade_finding(answer, model) is mark


@pytest.mark.parametrize("answer", [MET, NOT_MET, NOT_APPLICABLE])
def test_to_read_unknown_as_an_answer_is_a_significant_error(answer):
    assert grade_finding(answer, UNDETERMINED) is SIGNIFICANT


def by_point(marked):
    return {element.point: element for element in marked}


SEEDS = (0, 1, 7)


@pytest.mark.parametrize(
    ("exercise", "seed"),
    [
        # Each exercise with one of the seeds in every run, and with the others at length.
        pytest.param(exercise, seed, id=f"{exercise.name}-{seed}", marks=() if at % 3 == place else pytest.mark.slow)
        for at, exercise in enumerate(exercises())
        for place, seed in enumerate(SEEDS)
    ],
)
def test_every_list_holds_all_that_is_right_and_is_the_same_for_the_same_seed(exercise, seed):
    book = the_law()
    facts = offered_facts(exercise, book, seed)
    assert {
        name for names in material_facts(exercise, model_findings(exercise, book)).values() for name in names
    } <= set(facts)
    assert set(exercise.open) <= set(offered_missing_facts(exercise, book, seed))
    assert set(facts_to_elicit(exercise, book)) <= set(offered_questions(exercise, book, seed))
    assert facts == offered_facts(exercise, book, seed)
    assert len(facts) == len(set(facts))


def test_another_seed_offers_other_unrelated_facts():
    exercise = exercise_named("left_for_food")
    assert len({offered_facts(exercise, the_law(), seed) for seed in range(5)}) > 1


def test_who_chooses_exactly_the_material_facts_makes_no_error():
    exercise, book = exercise_named("left_for_food"), the_law()
    offered = offered_facts(exercise, book, 0)
    chosen = {name for names in material_facts(exercise, model_findings(exercise, book)).values() for name in names}
    assert {element.mark for element in mark_spotted_facts(exercise, book, chosen, offered)} <= {CORRECT, NOTHING}


def test_a_point_of_which_no_fact_was_seen_is_a_significant_error_and_says_which():
    exercise, book = exercise_named("left_for_food"), the_law()
    marked = by_point(mark_spotted_facts(exercise, book, {"ration_compared"}, offered_facts(exercise, book, 0)))
    assert marked["food_as_weapon"].mark is SIGNIFICANT
    assert marked["food_as_weapon"].missed == ("food_withheld",)
    assert marked["food_discriminatory_response"].mark is MINOR
    assert marked["exclusion_triggered"].mark is NOTHING


def test_what_is_relevant_to_a_point_without_deciding_it_is_not_held_against_anybody():
    exercise, book = exercise_named("left_for_food"), the_law()
    marked = by_point(
        mark_spotted_facts(
            exercise, book, {"reasons_for_leaving"}, ("reasons_for_leaving", "age", "care_withheld_on_purpose")
        )
    )
    assert marked[NEEDLESS_FACTS].needless == ()


def test_missing_facts_are_marked_by_those_named_and_those_named_without_need():
    exercise = exercise_named("left_for_food")
    offered = ("exclusion_signs", "second_state_registered", "age")
    assert by_point(mark_missing_facts(exercise, exercise.open, offered))[MISSING_FACTS].mark is CORRECT
    assert by_point(mark_missing_facts(exercise, {*exercise.open, "age"}, offered))[MISSING_FACTS].mark is MINOR
    assert by_point(mark_missing_facts(exercise, {"exclusion_signs"}, offered))[MISSING_FACTS].mark is MINOR
    assert by_point(mark_missing_facts(exercise, {"age"}, offered))[MISSING_FACTS].mark is SIGNIFICANT


def test_an_interview_is_marked_by_facts_found_needless_and_distressing_questions_and_order():
    exercise, book = exercise_named("settled_in_seoul"), the_law()
    offered = (*facts_to_elicit(exercise, book), "age", "second_state_law")
    good = by_point(mark_interview(exercise, book, ["exclusion_signs", "past_harm"], offered))
    assert {good[element].mark for element in (FACTS_FOUND, NEEDLESS_QUESTIONS, QUESTION_ORDER)} == {CORRECT}
    bad = by_point(mark_interview(exercise, book, ["past_harm", "age"], offered))
    assert (bad[FACTS_FOUND].mark, bad[FACTS_FOUND].missed) == (MINOR, ("exclusion_signs",))
    assert (bad[NEEDLESS_QUESTIONS].mark, bad[QUESTION_ORDER].mark) == (MINOR, SIGNIFICANT)


def test_a_painful_question_without_need_is_a_significant_error():
    exercise, book = exercise_named("left_for_food"), the_law()
    offered = (*facts_to_elicit(exercise, book), "family_ties", "age")
    assert by_point(mark_interview(exercise, book, ["family_ties"], offered))[DISTRESSING_QUESTIONS].mark is SIGNIFICANT
    assert by_point(mark_interview(exercise, book, ["age"], offered))[DISTRESSING_QUESTIONS].mark is CORRECT


def test_a_pass_is_no_error():
    marked = mark_pass([mark_finding("refugee_status", MET, NOT_MET)])
    assert count_marks(element.mark for element in marked)[NOTHING] == 1
    assert marked[0].model_answer == "not_met"

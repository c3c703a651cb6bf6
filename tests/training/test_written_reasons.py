"""The checklist of written reasons: it finds words, and nothing else."""

from __future__ import annotations

from screen.training.exercise import model_findings
from screen.training.marking import Mark
from screen.training.written_reasons import checklist, find_named_items, mark_reasons
from tests.real_law import the_law
from tests.training.real import exercise_named

EXERCISE = exercise_named("left_for_food")
FINDINGS = model_findings(EXERCISE, the_law())
ITEMS = checklist(EXERCISE, FINDINGS)


def named(text: str) -> set[tuple[str, str, str]]:
    return {(item.point, item.kind, item.name) for item in find_named_items(ITEMS, EXERCISE, FINDINGS, text)}


def test_every_point_taught_asks_for_its_finding_and_its_decisive_facts():
    assert {item.point for item in ITEMS if item.kind == "finding"} == set(EXERCISE.teaches)
    assert ("food_as_weapon", "fact", "food_withheld") in {(item.point, item.kind, item.name) for item in ITEMS}


def test_an_empty_text_names_nothing_and_every_point_is_a_significant_error():
    assert named("") == set()
    assert {element.mark for element in mark_reasons(ITEMS, ())} == {Mark.SIGNIFICANT}


def test_a_fact_is_found_by_the_words_of_the_vignette_and_an_authority_by_its_name():
    text = (
        "Nobody kept food from his family (Hathaway 2014). That food was withheld to harm or punish is not established."
    )
    items = named(text)
    assert ("food_as_weapon", "fact", "food_withheld") in items
    assert ("food_as_weapon", "finding", "not_met") in items
    assert ("food_as_weapon", "authority", "food_as_weapon") in items
    assert ("illegal_exit_punishment", "fact", "left_without_permission") not in items


def test_a_finding_needs_both_its_point_and_how_it_ends():
    assert ("food_as_weapon", "finding", "not_met") not in named("Food was withheld to harm or punish.")
    assert ("food_as_weapon", "finding", "not_met") not in named("This is not met.")


def test_all_named_is_correct_and_the_other_side_is_asked_for_but_not_marked():
    covered = [item for item in ITEMS if item.kind != "against"]
    assert {element.mark for element in mark_reasons(ITEMS, covered)} == {Mark.CORRECT}
    findings = [item for item in ITEMS if item.kind == "finding"]
    marks = {element.point: element.mark for element in mark_reasons(ITEMS, findings)}
    assert marks["food_as_weapon"] is Mark.MINOR

"""The checklist of written reasons: it finds words, and nothing else."""

from __future__ import annotations

from screen.training.exercise import model_findings
from screen.training.marking import Mark
from screen.training.written_reasons import checklist, find_named_items, mark_reasons
from tests.real_law import the_law
from tests.training.real import exercise

ONE = exercise("left_for_food")
FINDINGS = model_findings(ONE, the_law())
ITEMS = checklist(ONE, FINDINGS)


def found(text: str) -> set[tuple[str, str, str]]:
    return {(item.point, item.kind, item.name) for item in find_named_items(ITEMS, ONE, FINDINGS, text)}


def test_every_point_taught_asks_for_its_finding_and_its_decisive_facts():
    assert {item.point for item in ITEMS if item.kind == "finding"} == set(ONE.teaches)
    assert ("food_as_weapon", "fact", "food_withheld") in {(one.point, one.kind, one.name) for one in ITEMS}


def test_an_empty_text_names_nothing_and_every_point_is_a_significant_error():
    assert found("") == set()
    assert {one.mark for one in mark_reasons(ITEMS, ())} == {Mark.SIGNIFICANT}


def test_a_fact_is_found_by_the_words_of_the_vignette_and_an_authority_by_its_name():
    text = (
        "Nobody kept food from his family (Hathaway 2014). That food was withheld to harm or punish is not established."
    )
    here = found(text)
    assert ("food_as_weapon", "fact", "food_withheld") in here
    assert ("food_as_weapon", "finding", "not_met") in here
    assert ("food_as_weapon", "authority", "food_as_weapon") in here
    assert ("illegal_exit_punishment", "fact", "left_without_permission") not in here


def test_a_finding_needs_both_its_point_and_how_it_ends():
    assert ("food_as_weapon", "finding", "not_met") not in found("Food was withheld to harm or punish.")
    assert ("food_as_weapon", "finding", "not_met") not in found("This is not met.")


def test_all_named_is_correct_and_the_other_side_is_asked_for_but_not_marked():
    covered = [item for item in ITEMS if item.kind != "against"]
    assert {one.mark for one in mark_reasons(ITEMS, covered)} == {Mark.CORRECT}
    some = [item for item in ITEMS if item.kind == "finding"]
    marks = {one.point: one.mark for one in mark_reasons(ITEMS, some)}
    assert marks["food_as_weapon"] is Mark.MINOR

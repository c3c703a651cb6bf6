"""Exercises: their model answers hold, and they are no part of the law that a case is assessed by."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from screen.diagnostics import DiagnosticsError
from screen.rulebook.checker import read_exercise_parts
from screen.rulebook.dependencies import relevant_facts
from screen.rulebook.loader import load_book
from screen.rulebook.rule_folder import read_rule_files, rules_hash
from screen.training.exercise import model_findings, read_exercises
from tests.real_law import RULES, the_law
from tests.training.real import exercise_named, exercises


def test_every_exercise_teaches_what_the_rule_book_finds():
    for exercise in exercises():
        findings = model_findings(exercise, the_law())
        assert {name: findings[name].status for name in exercise.teaches} == exercise.teaches
        assert findings.recommendation == exercise.recommend


def test_points_are_taught_in_the_order_of_examination():
    sections = list(the_law().sections)
    for exercise in exercises():
        places = [sections.index(the_law().criteria[name].section) for name in exercise.teaches]
        assert places == sorted(places)


def test_an_exercise_names_the_authority_of_its_decision():
    assert exercise_named("settled_in_seoul").sources == ("gp_north_korea_2014",)


def test_once_asked_holds_what_the_applicant_tells_besides_the_vignette():
    after_interview = exercise_named("left_for_food").given_after_interview
    assert after_interview["exclusion_signs"].value == frozenset()
    assert set(exercise_named("left_for_food").given) < set(after_interview)


def test_what_is_relevant_to_a_point_includes_what_its_presumptions_hang_on():
    assert {"country_of_origin", "left_without_permission"} <= relevant_facts(["exit_punishment_harm"], the_law())


@pytest.fixture
def rules_copy(tmp_path: Path) -> Path:
    shutil.copytree(RULES, tmp_path / "rules")
    return tmp_path / "rules"


def test_a_broken_exercise_keeps_nobody_from_assessing_a_case(rules_copy):
    before = load_book(rules_copy).hash
    (rules_copy / "exercises" / "broken.yaml").write_text("- exercise: [", encoding="utf-8")
    assert load_book(rules_copy).hash == before


def test_exercises_are_no_part_of_the_hash_of_the_law(rules_copy):
    files = read_rule_files(rules_copy)
    assert rules_hash(files) == rules_hash({name: data for name, data in files.items() if "exercises/" not in name})


def test_a_folder_of_own_exercises_is_read_with_its_own_places(tmp_path):
    text = (RULES / "exercises" / "leaving.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("food_as_weapon: not_met", "food_as_weapon: met"), encoding="utf-8"
    )
    exercises_read, diagnostics = read_exercises(read_exercise_parts(tmp_path), the_law())
    assert exercises_read == []
    assert [diagnostic.code for diagnostic in diagnostics] == ["teaches-otherwise"]
    assert str(diagnostics[0].location).startswith(str(tmp_path / "mine.yaml"))


def test_own_exercises_that_cannot_be_read_are_reported_all_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text("- exercise: a\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("- [", encoding="utf-8")
    with pytest.raises(DiagnosticsError) as caught:
        read_exercise_parts(tmp_path)
    assert {Path(diagnostic.location.file).name for diagnostic in caught.value.diagnostics} == {"a.yaml", "b.yaml"}

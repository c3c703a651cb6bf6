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
from tests.training.real import exercise, exercises


def test_every_exercise_teaches_what_the_rule_book_finds():
    for one in exercises():
        findings = model_findings(one, the_law())
        assert {name: findings[name].status for name in one.teaches} == one.teaches
        assert findings.recommendation == one.recommend


def test_points_are_taught_in_the_order_of_examination():
    sections = list(the_law().sections)
    for one in exercises():
        places = [sections.index(the_law().criteria[name].section) for name in one.teaches]
        assert places == sorted(places)


def test_an_exercise_names_the_authority_of_its_decision():
    assert exercise("settled_in_seoul").sources == ("gp_north_korea_2014",)


def test_once_asked_holds_what_the_applicant_tells_beside_the_vignette():
    asked = exercise("left_for_food").given_after_interview
    assert asked["exclusion_signs"].value == frozenset()
    assert set(exercise("left_for_food").given) < set(asked)


def test_what_bears_on_a_point_includes_what_its_presumptions_hang_on():
    assert {"country_of_origin", "left_without_permission"} <= relevant_facts(["exit_punishment_harm"], the_law())


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(RULES, tmp_path / "rules")
    return tmp_path / "rules"


def test_a_broken_exercise_keeps_nobody_from_assessing_a_case(copied):
    before = load_book(copied).hash
    (copied / "exercises" / "broken.yaml").write_text("- exercise: [", encoding="utf-8")
    assert load_book(copied).hash == before


def test_exercises_are_no_part_of_the_hash_of_the_law(copied):
    files = read_rule_files(copied)
    assert rules_hash(files) == rules_hash({name: data for name, data in files.items() if "exercises/" not in name})


def test_a_folder_of_own_exercises_is_read_with_its_own_places(tmp_path):
    text = (RULES / "exercises" / "leaving.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("food_as_weapon: not_met", "food_as_weapon: met"), encoding="utf-8"
    )
    found, mistakes = read_exercises(read_exercise_parts(tmp_path), the_law())
    assert found == []
    assert [one.code for one in mistakes] == ["teaches-otherwise"]
    assert str(mistakes[0].location).startswith(str(tmp_path / "mine.yaml"))


def test_own_exercises_that_cannot_be_read_are_told_all_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text("- exercise: a\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("- [", encoding="utf-8")
    with pytest.raises(DiagnosticsError) as caught:
        read_exercise_parts(tmp_path)
    assert {Path(one.location.file).name for one in caught.value.diagnostics} == {"a.yaml", "b.yaml"}

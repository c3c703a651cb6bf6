"""The exercises of rules/exercises: what they are drawn from, and that between them they ask for the whole law."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

import pytest

from screen.logic import Status
from screen.training.exercise import Exercise, read_exercises
from tests.real_law import checked, the_law

#: Law points that the exercises wait for: newer than them, and so taught by none yet.
WAITING = {
    "canada_97",
    "eu_death_penalty",
    "eu_ill_treatment",
    "eu_indiscriminate_violence",
    "generalised_risk",
    "other_home_open",
    "refugee_on_return",
}
PROFILES = {
    "paper", "unhcr", "uk", "uk_2011", "us", "canada", "canada_2016", "eu", "netherlands", "australia", "new_zealand",
    "echr",
}  # fmt: skip


@cache
def read() -> tuple[tuple[Exercise, ...], tuple[str, ...]]:
    """Return the exercises of the real rule book that hold, and the diagnostics of the others."""
    exercises, diagnostics = read_exercises(checked().exercises, the_law())
    return tuple(exercises), tuple(map(str, diagnostics))


def the_exercises() -> tuple[Exercise, ...]:
    return read()[0]


@cache
def taught() -> dict[str, Counter[Status]]:
    """Return how often each law point is taught with each finding."""
    statuses: dict[str, Counter[Status]] = defaultdict(Counter)
    for exercise in the_exercises():
        for name, status in exercise.teaches.items():
            statuses[name][status] += 1
    return statuses


def test_the_rule_book_gives_every_model_answer() -> None:
    assert not read()[1], "\n".join(read()[1])


def test_there_are_more_than_forty_and_no_two_have_one_name_or_title() -> None:
    exercises = the_exercises()
    assert len(exercises) > 40
    assert (
        len({exercise.name for exercise in exercises})
        == len({exercise.title for exercise in exercises})
        == len(exercises)
    )


def test_each_is_drawn_from_a_decision_or_from_the_paper_and_few_from_the_same() -> None:
    exercises = the_exercises()
    assert not [exercise.name for exercise in exercises if exercise.decision is None and not exercise.claims]
    decisions = Counter(exercise.decision for exercise in exercises if exercise.decision)
    assert sum(decisions.values()) > len(exercises) - 3
    assert not {name: times for name, times in decisions.items() if times > 3}


def test_after_marking_each_tells_what_was_held_and_where_others_differ() -> None:
    assert not [
        exercise.name
        for exercise in the_exercises()
        if (exercise.decision and not exercise.held) or not exercise.elsewhere
    ]


def test_every_law_point_is_taught_at_least_twice() -> None:
    points = {name for name, criterion in the_law().criteria.items() if criterion.says}
    assert {name for name in points if taught()[name].total() < 2} <= WAITING


def test_every_part_of_the_order_of_examination_asks_for_more_than_one_answer() -> None:
    book = the_law()
    statuses = defaultdict(set)
    for name, counts in taught().items():
        statuses[book.criteria[name].section] |= set(counts)
    regional = {"regional"}  # None of the host States of the exercises is bound by a regional definition.
    assert {section for section in book.sections if len(statuses[section]) < 2} <= regional


def test_most_law_points_have_more_than_one_answer_so_that_none_can_be_guessed() -> None:
    assert sum(len(counts) > 1 for counts in taught().values()) > 0.8 * len(taught())


@pytest.mark.parametrize("status", list(Status))
def test_every_finding_is_asked_for_often(status: Status) -> None:
    assert sum(counts[status] for counts in taught().values()) >= 15


def test_every_recommendation_is_asked_for() -> None:
    recommendations = Counter(exercise.recommend for exercise in the_exercises())
    assert all(times >= 3 for times in recommendations.values())
    assert set(recommendations) == {
        "recognise", "refer_exclusion_specialist", "complementary_protection", "refer_review", "undetermined_no_return",
    }  # fmt: skip


def test_every_profile_is_worked_under() -> None:
    assert {exercise.profile for exercise in the_exercises()} >= PROFILES


def test_a_class_finds_exercises_of_every_difficulty() -> None:
    difficulties = Counter(exercise.difficulty for exercise in the_exercises())
    assert set(difficulties) == {1, 2, 3}
    assert min(difficulties.values()) >= len(the_exercises()) // 5


def test_a_vignette_is_short_and_its_model_is_never_met_throughout() -> None:
    for exercise in the_exercises():
        assert 80 <= len(exercise.vignette.split()) <= 160, exercise.name
        assert 2 <= len(exercise.teaches) <= 7, exercise.name
        assert set(exercise.teaches.values()) != {Status.MET}, exercise.name


def test_every_open_fact_has_an_answer_when_the_applicant_is_asked() -> None:
    silent = {exercise.name: set(exercise.open) - set(exercise.told) for exercise in the_exercises()}
    assert not {name: facts for name, facts in silent.items() if facts}
    assert all(3 <= len(exercise.told) <= 8 for exercise in the_exercises())

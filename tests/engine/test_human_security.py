"""The human-security profile: graded from the facts, honest about what is unknown, without effect on any finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.human_security import Measurement
from screen.engine.positions import find_positions
from screen.logic import Answer, Status
from screen.rulebook.terms import Value
from tests.real_law import random_cases, the_law


def measure(dimension: str, **answers: Value) -> Measurement:
    """Return one dimension of a case from a State of which nothing is presumed."""
    given = {name: RecordedAnswer(value) for name, value in answers.items()}
    measurements = find_positions(evaluate(the_law(), given)).human_security
    return next(measurement for measurement in measurements if measurement.dimension.name == dimension)


def several(*options: str) -> frozenset[str]:
    return frozenset(options)


def test_unknown_is_not_reported_as_no_threat() -> None:
    measurement = measure("environmental")
    assert (measurement.severity.shown, measurement.severity.possible) == (None, "critical")
    assert measurement.rests_on == ()


def test_answers_that_name_no_threat_show_none() -> None:
    measurement = measure("environmental", hazards_toll="nothing", hazards_at_home=several())
    assert (measurement.severity.shown, measurement.severity.possible) == (None, None)
    assert (measurement.pervasiveness.shown, measurement.pervasiveness.possible) == (None, None)


@pytest.mark.parametrize(
    ("toll", "grade"), [("losses", "some"), ("hunger_or_illness", "serious"), ("deaths", "critical")]
)
def test_the_highest_grade_that_is_met_is_shown(toll: str, grade: str) -> None:
    measurement = measure("environmental", hazards_toll=toll, hazards_at_home=several("flood", "year_after_year"))
    assert (measurement.severity.shown, measurement.severity.possible) == (grade, None)
    assert (measurement.pervasiveness.shown, measurement.pervasiveness.possible) == ("recurring", None)
    assert {known.fact.name for known in measurement.rests_on} == {"hazards_toll", "hazards_at_home"}


def test_a_higher_grade_that_is_undetermined_is_possible() -> None:
    measurement = measure("economic", unequal_treatment=several("livelihood"))
    assert (measurement.severity.shown, measurement.severity.possible) == ("serious", "critical")


def test_a_rejected_answer_grades_nothing() -> None:
    given = {
        "food_shortage": RecordedAnswer(Answer.YES, Credibility.REJECTED),
        "reasons_for_leaving": RecordedAnswer(several()),
    }
    measurements = find_positions(evaluate(the_law(), given)).human_security
    food = next(measurement for measurement in measurements if measurement.dimension.name == "food")
    assert food.severity.shown is None


@pytest.mark.parametrize(
    ("dimension", "answers"),
    [
        ("economic", {"harm_feared": several("livelihood_ended")}),
        ("health", {"care_withheld_on_purpose": Answer.YES}),
        ("personal", {"past_harm": several("torture")}),
        ("community", {"harm_feared": several("relatives_punished")}),
    ],
)
def test_each_component_can_be_critical(dimension: str, answers: dict[str, Value]) -> None:
    assert measure(dimension, **answers).severity.shown == "critical"


@pytest.mark.parametrize(
    ("dimension", "grade", "answers"),
    [
        ("economic", "single", {"economic_measures_hit": several("only_applicant")}),
        (
            "health",
            "recurring",
            {"unequal_treatment": several("medical_care"), "unequal_treatment_extent": "repeated"},
        ),
        ("environmental", "pervasive", {"hazards_at_home": several("flood", "whole_region")}),
        ("environmental", "single", {"hazards_at_home": several("flood")}),
        ("political", "recurring", {"times_returned": 2}),
    ],
)
def test_pervasiveness_is_graded_from_the_facts(dimension: str, grade: str, answers: dict[str, Value]) -> None:
    assert measure(dimension, **answers).pervasiveness.shown == grade


@pytest.mark.parametrize(
    ("factor", "answers"),
    [
        ("left_behind_place", {"home_place": several("closed_zone")}),
        ("left_behind_means", {"food_shortage": Answer.YES}),
        ("left_behind_governance", {"food_withheld": Answer.YES}),
        ("left_behind_shocks", {"hazards_at_home": several("drought")}),
    ],
)
def test_each_factor_is_met_by_a_fact_and_undetermined_without_it(factor: str, answers: dict[str, Value]) -> None:
    shown, silent = measure(factor, **answers).shown, measure(factor).shown
    assert shown is not None
    assert silent is not None
    assert (shown.status, silent.status) == (Status.MET, Status.UNDETERMINED)


def test_a_disaster_alone_makes_nobody_a_refugee() -> None:
    answers = {
        "hazards_at_home": RecordedAnswer(several("drought", "whole_region")),
        "hazards_toll": RecordedAnswer("deaths"),
    }
    with_it, without = evaluate(the_law(), answers), evaluate(the_law(), {})
    assert {name: finding.status for name, finding in with_it.criteria.items()} == {
        name: finding.status for name, finding in without.criteria.items()
    }
    assert with_it.recommendation == without.recommendation == "undetermined_no_return"


def test_the_profile_never_changes_a_finding() -> None:
    bare = replace(the_law(), human_security=(), limbs=(), not_judged=())
    for given in random_cases(40, "human security"):
        findings = evaluate(the_law(), given)
        before = {name: finding.status for name, finding in findings.criteria.items()}
        find_positions(findings)
        assert {name: finding.status for name, finding in findings.criteria.items()} == before
        assert {name: finding.status for name, finding in evaluate(bare, given).criteria.items()} == before


def test_an_unknown_fact_never_excludes_a_grade() -> None:
    """Without an answer a grade may be less certain, but it is never excluded."""
    scale = ("some", "serious", "critical")
    for given in random_cases(40, "less is known"):
        for measurement in find_positions(evaluate(the_law(), {})).human_security:
            if measurement.shown is None:
                assert measurement.severity.shown in scale or measurement.severity.possible in scale
        for measurement in find_positions(evaluate(the_law(), given)).human_security:
            if measurement.severity.shown and measurement.severity.possible:
                assert scale.index(measurement.severity.possible) > scale.index(measurement.severity.shown)

"""A wrong finding is traced to the first step where trainee and model differ."""

from __future__ import annotations

import pytest

from screen.training.diagnosis import LOGIC_STEP, Diagnosis, ReasoningStep, diagnose, reasoning_steps
from screen.training.exercise import model_findings
from tests.real_law import the_law
from tests.training.real import exercise_named, exercises


def findings_of(name: str):
    return model_findings(exercise_named(name), the_law())


def test_the_steps_of_a_finding_are_its_facts_its_elements_its_law_and_logic_last():
    kinds = [step.kind for step in reasoning_steps(findings_of("left_for_food"), "multiple_nationality")]
    order = ["fact", "criterion", "reading", "standard", "logic"]
    assert kinds == sorted(kinds, key=order.index)
    assert kinds[-1] == "logic"
    assert ReasoningStep("reading", "second_nationality") in reasoning_steps(
        findings_of("left_for_food"), "multiple_nationality"
    )


def test_an_element_that_is_doubted_is_looked_into_and_a_fact_is_the_end():
    findings = findings_of("left_for_food")
    assert (
        diagnose(findings, "refugee_sur_place", ReasoningStep("criterion", "illegal_exit_punishment"))
        == "illegal_exit_punishment"
    )
    fact = ReasoningStep("fact", "left_without_permission")
    assert diagnose(findings, "illegal_exit_punishment", fact) == Diagnosis("illegal_exit_punishment", fact)
    assert diagnose(findings, "illegal_exit_punishment", LOGIC_STEP) == Diagnosis("illegal_exit_punishment", LOGIC_STEP)


@pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.name)
def test_every_path_down_ends_and_names_only_what_the_model_rests_on(exercise):
    findings = model_findings(exercise, the_law())

    def walk(point: str, above: tuple[str, ...]) -> None:
        assert point not in above
        for step in reasoning_steps(findings, point):
            diagnosis = diagnose(findings, point, step)
            if isinstance(diagnosis, str):
                walk(diagnosis, (*above, point))
            else:
                assert diagnosis.step.kind != "criterion"

    for point in exercise.teaches:
        walk(point, ())

"""Where a trainee and the model answer first differ: over a fact, a reading, a standard of proof, or logic.

In: the model's findings and a criterion that the trainee found differently. Out: the steps that it rests on, to be
asked about, and the `Diagnosis` that the answers lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from screen.engine.finding import Findings, grounds
from screen.rulebook.dependencies import readings_in
from screen.rulebook.model import criterion_terms

StepKind = Literal["criterion", "fact", "reading", "standard", "logic"]
#: Over what a trainee can differ from the model answer, once there is no step below to look into.
DIVERGENCE_KINDS: tuple[StepKind, ...] = ("fact", "reading", "standard", "logic")


@dataclass(frozen=True, slots=True)
class ReasoningStep:
    """What a finding rests on: an element below it, a fact, the side of a reading, a standard of proof, or logic."""

    kind: StepKind
    name: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The criterion at which trainee and model answer differ, and over what."""

    criterion: str
    step: ReasoningStep


LOGIC_STEP = ReasoningStep("logic", "")


def reasoning_steps(findings: Findings, criterion: str) -> tuple[ReasoningStep, ...]:
    """Return what a criterion's finding rests on, in the order in which it is built: facts, elements, law, logic.

    Criteria without words are passed through, as in explanations, so that a trainee meets only the law.
    """
    finding = findings[criterion]
    assert finding.criterion is not None
    criteria, leaves = grounds(finding)
    elements = [ReasoningStep("criterion", part.criterion.name) for part in criteria if part.criterion]
    # Several comparisons may read one fact, which is asked about once.
    facts = dict.fromkeys(leaf.established.fact.name for leaf in leaves if leaf.established)
    readings = list(readings_in(criterion_terms(finding.criterion)))
    standard = finding.criterion.standard
    # A contested standard is a reading, too, and need not be asked about twice.
    standards = [standard] if standard and standard not in readings else []
    return (
        *(ReasoningStep("fact", name) for name in facts),
        *elements,
        *(ReasoningStep("reading", name) for name in readings),
        *(ReasoningStep("standard", name) for name in standards),
        LOGIC_STEP,
    )


def diagnose(findings: Findings, criterion: str, chosen: ReasoningStep) -> Diagnosis | str:
    """Return where the two differ, or the name of the element to look into next, where that is what was chosen."""
    if chosen.kind == "criterion" and len(reasoning_steps(findings, chosen.name)) > 1:
        return chosen.name
    return Diagnosis(criterion, chosen if chosen.kind != "criterion" else LOGIC_STEP)

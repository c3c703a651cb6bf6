"""Where a trainee and the model part: the first step, which is a fact, a reading, a standard, or logic.

In: the model's findings and a criterion that the trainee found otherwise. Out: the steps that it rests on, to be asked
about, and the `Parting` that the answers lead to. Left alone: who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from screen.engine.finding import Findings, grounds
from screen.rulebook.dependencies import readings_in
from screen.rulebook.model import criterion_terms

StepKind = Literal["criterion", "fact", "reading", "standard", "logic"]
#: What a trainee can part from the model over, once no step below is left to look into.
DIVERGENCE_KINDS: tuple[StepKind, ...] = ("fact", "reading", "standard", "logic")


@dataclass(frozen=True, slots=True)
class ReasoningStep:
    """One thing that a finding rests on: an element below it, a fact, the side of a reading, a standard of proof."""

    kind: StepKind
    name: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The criterion at which trainee and model part, and over what."""

    criterion: str
    step: ReasoningStep


LOGIC_STEP = ReasoningStep("logic", "")


def reasoning_steps(findings: Findings, criterion: str) -> tuple[ReasoningStep, ...]:
    """Return what a criterion's finding rests on, in the order in which it is built: facts, elements, law, logic.

    Criteria without words are passed through, as in explanations, so that a trainee meets the law alone.
    """
    finding = findings[criterion]
    assert finding.criterion is not None
    under, leaves = grounds(finding)
    elements = [ReasoningStep("criterion", one.criterion.name) for one in under if one.criterion]
    # Several comparisons may read one fact, which is asked about once.
    facts = [
        ReasoningStep("fact", name)
        for name in dict.fromkeys(leaf.established.fact.name for leaf in leaves if leaf.established)
    ]
    readings = [ReasoningStep("reading", name) for name in readings_in(criterion_terms(finding.criterion))]
    standard = [ReasoningStep("standard", finding.criterion.standard)] if finding.criterion.standard else []
    # A contested standard is a reading too, and need not be asked about twice.
    standard = [step for step in standard if step.name not in {one.name for one in readings}]
    return (*facts, *elements, *readings, *standard, LOGIC_STEP)


def diagnose(findings: Findings, criterion: str, chosen: ReasoningStep) -> Diagnosis | str:
    """Return where the two part, or the name of the element to look into next, where that is what was chosen."""
    if chosen.kind == "criterion" and len(reasoning_steps(findings, chosen.name)) > 1:
        return chosen.name
    return Diagnosis(criterion, chosen if chosen.kind != "criterion" else LOGIC_STEP)

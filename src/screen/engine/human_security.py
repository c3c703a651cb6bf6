"""The human-security profile of one case: how severe and how pervasive the threat is, component by component.

It is no criterion of status and changes no finding: criteria cannot name a dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

from screen.case.evidence import EstablishedFact
from screen.engine.evaluate import Evaluator
from screen.engine.finding import Finding
from screen.logic import MET, UNDETERMINED
from screen.rulebook.model import Dimension
from screen.rulebook.terms import Term


@dataclass(frozen=True, slots=True)
class Grade:
    """The highest grade that the facts show, and a higher one that is not ruled out (`possible`).

    With neither, the facts show no threat. With `possible` alone it is unknown, which is not the same as none.
    """

    shown: str | None
    possible: str | None
    rests_on: tuple[EstablishedFact, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A component with its two grades, or a factor with the finding on whether it is shown."""

    dimension: Dimension
    severity: Grade
    pervasiveness: Grade
    shown: Finding | None

    @property
    def rests_on(self) -> tuple[EstablishedFact, ...]:
        """The facts that the measurement rests on, each once."""
        shown = self.shown.rests_on if self.shown and self.shown.status is MET else ()
        facts = (*self.severity.rests_on, *self.pervasiveness.rests_on, *shown)
        return tuple({fact.fact.name: fact for fact in facts}.values())


def measure(evaluator: Evaluator, dimensions: tuple[Dimension, ...]) -> tuple[Measurement, ...]:
    """Return the measurement of every dimension; the evaluator must have examined all criteria."""
    return tuple(
        Measurement(
            dimension,
            _grade(evaluator, dimension.severity),
            _grade(evaluator, dimension.pervasiveness),
            evaluator.examine(dimension.shown_if) if dimension.shown_if is not None else None,
        )
        for dimension in dimensions
    )


def _grade(evaluator: Evaluator, scale: tuple[tuple[str, Term], ...]) -> Grade:
    """Return the grade of a case on a scale whose highest grade comes first."""
    possible: str | None = None
    for name, when in scale:
        finding = evaluator.examine(when)
        if finding.status is MET:
            return Grade(name, possible, finding.rests_on)
        if finding.status is UNDETERMINED and possible is None:
            # An answer could still raise the grade to this: unknown is not none.
            possible = name
    return Grade(None, possible, ())

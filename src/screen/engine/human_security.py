"""The human-security profile of one case: how grave and how pervasive a threat is, component by component.

In: an evaluator that stands on finished findings, and the dimensions of the book. Out: grades. It is no criterion of
status and changes no finding: criteria cannot name a dimension.
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
    """The highest grade that is shown, and a higher one that is not ruled out.

    Neither: nothing shows. Only the second: it is not known, which is not the same as nothing.
    """

    shown: str | None
    possible: str | None
    rests_on: tuple[EstablishedFact, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A component with its two grades, or a factor with the finding whether it shows."""

    dimension: Dimension
    severity: Grade
    pervasiveness: Grade
    shown: Finding | None

    @property
    def rests_on(self) -> tuple[EstablishedFact, ...]:
        """The facts that it rests on, each once."""
        shown = self.shown.rests_on if self.shown and self.shown.status is MET else ()
        facts = (*self.severity.rests_on, *self.pervasiveness.rests_on, *shown)
        return tuple({known.fact.name: known for known in facts}.values())


def measure(evaluator: Evaluator, dimensions: tuple[Dimension, ...]) -> tuple[Measurement, ...]:
    """Return every dimension of the book as it stands on this case."""
    return tuple(
        Measurement(
            one,
            _grade(evaluator, one.severity),
            _grade(evaluator, one.pervasiveness),
            evaluator.examine(one.shown_if) if one.shown_if is not None else None,
        )
        for one in dimensions
    )


def _grade(evaluator: Evaluator, scale: tuple[tuple[str, Term], ...]) -> Grade:
    """Return where a case stands on a scale whose highest grade comes first."""
    perhaps: str | None = None
    for name, when in scale:
        finding = evaluator.examine(when)
        if finding.status is MET:
            return Grade(name, perhaps, finding.rests_on)
        if finding.status is UNDETERMINED and perhaps is None:
            # An answer could still raise it so far: what is unknown is not nothing.
            perhaps = name
    return Grade(None, perhaps, ())

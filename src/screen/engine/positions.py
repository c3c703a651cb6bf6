"""Positions on a case: objections to the claim with replies, obligations and responses, the human-security profile.

Nothing here changes a finding: criteria cannot name positions.
"""

from __future__ import annotations

from dataclasses import dataclass

from screen.engine.evaluate import Evaluator
from screen.engine.finding import Finding, Findings
from screen.engine.human_security import Measurement, measure
from screen.logic import MET, NOT_APPLICABLE, NOT_MET
from screen.rulebook.model import Objection, ObjectionReply, Response
from screen.rulebook.terms import Term


@dataclass(frozen=True, slots=True)
class RaisedObjection:
    """An objection that can be raised on this case. A reply without a condition (no finding) always stands."""

    objection: Objection
    finding: Finding | None
    replies: tuple[tuple[ObjectionReply, Finding | None], ...]


@dataclass(frozen=True, slots=True)
class OwedResponse:
    """An obligation or response that applies to this case, or may turn out to apply."""

    response: Response
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Positions:
    """The positions that bear on one case."""

    objections: tuple[RaisedObjection, ...]
    responses: tuple[OwedResponse, ...]
    human_security: tuple[Measurement, ...] = ()


def find_positions(findings: Findings) -> Positions:
    """Return the objections and responses that these findings do not rule out, and the human-security profile."""
    evaluator = Evaluator.from_findings(findings)

    def examine(term: Term | None) -> Finding | None:
        return None if term is None else evaluator.examine(term)

    def is_possible(finding: Finding | None) -> bool:
        return finding is None or finding.status not in (NOT_MET, NOT_APPLICABLE)

    raised = (
        RaisedObjection(objection, finding, tuple((reply, examine(reply.holds_if)) for reply in objection.answers))
        for objection in findings.book.objections
        if is_possible(finding := examine(objection.raised_if))
    )
    owed = (
        OwedResponse(response, finding)
        for response in findings.book.responses
        if is_possible(finding := examine(response.owed_if))
    )
    return Positions(tuple(raised), tuple(owed), measure(evaluator, findings.book.human_security))


def objection_stands(finding: Finding | None) -> bool:
    """Tell whether an objection, reply or response stands: its condition is met, or it has none."""
    return finding is None or finding.status is MET

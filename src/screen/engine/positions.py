"""What a State says against the claim, what answers it, what the State owes, and the human-security profile.

In: findings. Out: the objections that are raised on this case with each answer's finding, the obligations and
responses with theirs, and every dimension of human security (`security`).
Nothing here changes a finding: criteria cannot name what stands here.
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
    """An objection that can be raised on this case, with its answers; an answer without a condition always stands."""

    objection: Objection
    finding: Finding | None
    replies: tuple[tuple[ObjectionReply, Finding | None], ...]


@dataclass(frozen=True, slots=True)
class OwedResponse:
    """An obligation or a response that fits this case, or may come to fit it."""

    response: Response
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Positions:
    """The positions that bear on one case."""

    objections: tuple[RaisedObjection, ...]
    responses: tuple[OwedResponse, ...]
    human_security: tuple[Measurement, ...] = ()


def find_positions(findings: Findings) -> Positions:
    """Return the objections and responses that are not out of the question on these findings, and the profile."""
    evaluator = Evaluator.from_findings(findings)

    def found(term: Term | None) -> Finding | None:
        return None if term is None else evaluator.examine(term)

    def possible(when: Finding | None) -> bool:
        return when is None or when.status not in (NOT_MET, NOT_APPLICABLE)

    raised = (
        RaisedObjection(one, when, tuple((reply, found(reply.holds_if)) for reply in one.answers))
        for one in findings.book.objections
        if possible(when := found(one.raised_if))
    )
    owed = (OwedResponse(one, when) for one in findings.book.responses if possible(when := found(one.owed_if)))
    return Positions(tuple(raised), tuple(owed), measure(evaluator, findings.book.human_security))


def objection_stands(finding: Finding | None) -> bool:
    """Tell whether a condition is met; one that is not there always is."""
    return finding is None or finding.status is MET

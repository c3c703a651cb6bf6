"""A determination as JSON.

The same case, rules and version give the same bytes: no clock, no machine, sorted keys. `DeterminationJson` says what
may stand in it; `FORMAT` changes when an older reader would misread a newer text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, TypedDict

from screen.case.evidence import Credibility, EstablishedFact
from screen.engine.finding import Finding, Findings, grounds
from screen.engine.human_security import Grade, Measurement
from screen.engine.positions import OwedResponse, RaisedObjection
from screen.engine.triage import triage
from screen.report.determination import Determination, disclaimer
from screen.report.json_schema import OneOf, schema_of
from screen.report.json_types import (
    BookJson,
    ProgramJson,
    RecommendationJson,
    RecordJson,
    StatusJson,
    book_data,
    full_citations,
    program_data,
    record_data,
)
from screen.report.supplements import NO_CRITERION_NOTE, RESPONSE_KINDS, answered_facts, facts_with
from screen.report.wording import BURDEN_LABELS, Wording
from screen.rulebook.answers import to_plain
from screen.rulebook.model import LEVELS
from screen.rulebook.terms import Value
from screen.text import sanitize

FORMAT: Final = 1

#: Who can bear a burden.
BEARERS = tuple(BURDEN_LABELS)

AnswerJson = str | float | list[object]


class CriterionJson(TypedDict):
    """How a criterion ended, and why."""

    title: str
    finding: StatusJson
    not_shown: Annotated[str, OneOf(BEARERS)] | None
    adverse: bool
    says: str | None
    because: dict[str, StatusJson]
    rests_on: list[str]
    missing: list[str]
    burden: str | None
    standard: str | None
    sources: list[str]
    contrary: list[str]


class ClosedJson(TypedDict):
    """What the closed record gives: every finding, whose burden it was where a point was not shown, and the advice."""

    recommendation: RecommendationJson
    findings: dict[str, StatusJson]
    not_shown: dict[str, Annotated[str, OneOf(BEARERS)]]


class FactJson(TypedDict):
    """The answer to a fact, or its presumption, and what the law takes it for."""

    answer: AnswerJson
    counts_as: AnswerJson
    credibility: str | None
    presumed: bool
    source: str | None
    note: str | None
    date: str | None


BenefitChangeJson = TypedDict("BenefitChangeJson", {"with": StatusJson, "without": StatusJson})


class BenefitJson(TypedDict):
    """What rests on the benefit of the doubt."""

    facts: list[str]
    changes: dict[str, BenefitChangeJson]
    recommendation_without: RecommendationJson


class ObjectionJson(TypedDict):
    """An objection, whether it is raised, and whether its answers stand."""

    objection: str
    raised: StatusJson
    answers: list[StatusJson]
    rebuttals: dict[str, StatusJson]


class ResponseJson(TypedDict):
    """What the host State owes, what may be done, or what only States can do."""

    response: str
    kind: Annotated[str, OneOf(tuple(kind for kind, _ in RESPONSE_KINDS))]
    owed: StatusJson


class LimbCellJson(TypedDict):
    """One limb's criterion in a row of the table of limbs."""

    criterion: str
    finding: StatusJson
    rests_on: list[str]


class LimbJson(TypedDict):
    """A row of the table of limbs: on leaving, and for leaving itself or since."""

    title: str
    departure: LimbCellJson | None
    sur_place: LimbCellJson | None


class GradeJson(TypedDict):
    """How far a threat is shown, and what it may be once more is known."""

    shown: str | None
    perhaps: str | None


class DimensionJson(TypedDict):
    """A component or a factor of human security. Components have grades, factors are shown or not."""

    dimension: str
    kind: Annotated[str, OneOf(("component", "factor"))]
    severity: GradeJson | None
    pervasiveness: GradeJson | None
    shown: StatusJson | None
    rests_on: list[str]


class HumanSecurityJson(TypedDict):
    """The human-security profile, labelled as no criterion of status."""

    label: str
    dimensions: list[DimensionJson]


class PriorityJson(TypedDict):
    """How soon the case is to be taken up."""

    level: Annotated[str, OneOf(LEVELS)]
    reasons: list[str]
    open: list[str]


class DeterminationJson(TypedDict):
    """The whole document."""

    format: Literal[1]
    program: ProgramJson
    book: BookJson
    case: str
    record: RecordJson
    profile: str
    readings: dict[str, str]
    recommendation: RecommendationJson
    on_assessment: RecommendationJson
    to_assess: list[str]
    conclusions: dict[str, StatusJson]
    open_conclusions: list[str]
    criteria: dict[str, CriterionJson]
    closed: ClosedJson
    facts: dict[str, FactJson]
    benefit_of_the_doubt: BenefitJson
    objections: list[ObjectionJson]
    responses: list[ResponseJson]
    limbs: list[LimbJson]
    human_security: HumanSecurityJson
    judgements: dict[str, list[str]]
    not_judged: list[str]
    priority: PriorityJson
    next_question: str | None
    disclaimer: str


def determination_schema() -> dict[str, Any]:
    """Return the JSON Schema of `determination_json`."""
    return schema_of(DeterminationJson, "A determination by rsd")


def determination_json(determination: Determination) -> str:
    """Return a determination as JSON, ending in a line end."""
    return json.dumps(determination_data(determination), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def determination_data(determination: Determination) -> DeterminationJson:
    """Return a determination as plain data."""
    findings, wording, book = determination.findings, Wording(determination.findings), determination.findings.book
    positions, priority = determination.positions, triage(findings)
    next_question = determination.next_question
    return {
        "format": FORMAT,
        "program": program_data(),
        "book": book_data(book),
        "case": determination.case.name,
        "record": record_data(determination.case.record, read_as_closed=findings.is_closed),
        "profile": findings.profile.name,
        "readings": dict(findings.profile.readings),
        "recommendation": findings.recommendation,
        "on_assessment": findings.on_assessment,
        "to_assess": _names(findings.to_assess),
        "conclusions": {name: findings[name].status.value for name in book.conclusions},
        "open_conclusions": list(findings.open_conclusions),
        "criteria": {name: _criterion(finding, wording) for name, finding in findings.criteria.items()},
        "closed": _closed(findings if findings.is_closed else determination.other_findings),
        "facts": {
            name: _fact(fact)
            for name, fact in findings.established.items()
            if fact.given is not None or fact.presumed is not None
        },
        "benefit_of_the_doubt": _benefit(determination),
        "objections": [_objection(objection) for objection in positions.objections],
        "responses": [_response(response) for response in positions.responses],
        "limbs": [
            {
                "title": limb.title,
                "departure": _limb_cell(limb.departure, findings),
                "sur_place": _limb_cell(limb.sur_place, findings),
            }
            for limb in book.limbs
        ],
        "human_security": {
            "label": NO_CRITERION_NOTE,
            "dimensions": [_dimension(measurement) for measurement in positions.human_security],
        },
        "judgements": _judgements(findings),
        "not_judged": [wording.fill(gap.says) for gap in book.not_judged],
        "priority": {
            "level": priority.level,
            "reasons": [reason.name for reason in priority.reasons],
            "open": [reason.name for reason in priority.open_reasons],
        },
        "next_question": next_question.fact.name if next_question else None,
        "disclaimer": disclaimer(closed=findings.is_closed),
    }


def _criterion(finding: Finding, wording: Wording) -> CriterionJson:
    criterion = finding.criterion
    assert criterion is not None
    decisive, _ = grounds(finding)
    return {
        "title": wording.title(criterion.name),
        "finding": finding.status.value,
        "not_shown": finding.not_shown,
        "adverse": criterion.adverse,
        "says": wording.says(finding),
        "because": {part.criterion.name: part.status.value for part in decisive if part.criterion},
        "rests_on": _names(finding.rests_on),
        "missing": _names(finding.missing),
        "burden": criterion.burden_under(wording.findings.profile),
        "standard": wording.standard(criterion),
        "sources": full_citations(wording.book, criterion.sources),
        "contrary": full_citations(wording.book, criterion.contrary),
    }


def _closed(findings: Findings) -> ClosedJson:
    """Return the findings on the closed record, without their reasons."""
    return {
        "recommendation": findings.recommendation,
        "findings": {name: finding.status.value for name, finding in findings.criteria.items()},
        "not_shown": {
            name: finding.not_shown for name, finding in findings.criteria.items() if finding.not_shown is not None
        },
    }


def _fact(fact: EstablishedFact) -> FactJson:
    given = fact.given
    return {
        "answer": _answer(given.value) if given else "unknown",
        "counts_as": _answer(fact.value),
        "credibility": given.credibility.value if given else None,
        "presumed": fact.presumed is not None,
        "source": _sanitized(given.source) if given else None,
        "note": _sanitized(given.note) if given else None,
        "date": given.date.isoformat() if given and given.date else None,
    }


def _answer(value: Value) -> AnswerJson:
    """Return a value as plain data. JSON escapes control characters; `sanitize` replaces bidirectional ones, too."""
    data = to_plain(value)
    assert isinstance(data, str | float | int | list)
    return sanitize(data) if isinstance(data, str) else data


def _sanitized(text: str | None) -> str | None:
    return None if text is None else sanitize(text)


def _benefit(determination: Determination) -> BenefitJson:
    ledger = determination.ledger
    return {
        "facts": _names(ledger.facts),
        "changes": {
            change.criterion: {"with": change.with_benefit.value, "without": change.without_benefit.value}
            for change in ledger.changes
        },
        "recommendation_without": ledger.recommendation_without_benefit,
    }


def _objection(raised: RaisedObjection) -> ObjectionJson:
    return {
        "objection": raised.objection.name,
        "raised": _status(raised.finding),
        "answers": [_status(finding) for _, finding in raised.replies],
        "rebuttals": {reply.rebuttal: _status(finding) for reply, finding in raised.replies if reply.rebuttal},
    }


def _response(owed: OwedResponse) -> ResponseJson:
    return {"response": owed.response.name, "kind": owed.response.kind, "owed": _status(owed.finding)}


def _status(finding: Finding | None) -> str:
    """Return a status by its name; what has no condition always holds."""
    return finding.status.value if finding else "met"


def _limb_cell(criterion: str | None, findings: Findings) -> LimbCellJson | None:
    if criterion is None:
        return None
    finding = findings[criterion]
    return {"criterion": criterion, "finding": finding.status.value, "rests_on": _names(finding.rests_on)}


def _dimension(measurement: Measurement) -> DimensionJson:
    factor = measurement.shown
    return {
        "dimension": measurement.dimension.name,
        "kind": measurement.dimension.kind,
        "severity": _grade(measurement.severity) if factor is None else None,
        "pervasiveness": _grade(measurement.pervasiveness) if factor is None else None,
        "shown": None if factor is None else factor.status.value,
        "rests_on": _names(measurement.rests_on),
    }


def _grade(grade: Grade) -> GradeJson:
    return {"shown": grade.shown, "perhaps": grade.possible}


def _judgements(findings: Findings) -> dict[str, list[str]]:
    """Return the facts for which somebody's judgement was needed, by the kind of judgement."""
    answered = answered_facts(findings)
    by_credibility = {credibility.value: _names(facts_with(answered, credibility)) for credibility in Credibility}
    return {"facts": _names(fact for fact in answered if fact.fact.judgement), **by_credibility}


def _names(facts: Iterable[EstablishedFact]) -> list[str]:
    return [fact.fact.name for fact in facts]

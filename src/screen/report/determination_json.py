"""A determination as JSON.

In: a determination. Out: a text that is byte for byte the same for the same case, rules and version: no clock, no
machine, sorted keys. `SCHEMA` says what it may hold; `FORMAT` changes when an old reader would misread a new text.
"""

from __future__ import annotations

import json
from typing import Any

from screen.case.evidence import EstablishedFact, cited
from screen.engine.finding import Finding, grounds
from screen.engine.triage import triage
from screen.report import supplements
from screen.report.determination import DISCLAIMER, Determination
from screen.report.wording import Wording
from screen.rulebook.answers import to_plain
from screen.rulebook.model import LEVELS, RECOMMENDATIONS
from screen.text import sanitize
from screen.version import VERSION

FORMAT = 1


def determination_json(whole: Determination) -> str:
    """Return a determination as JSON, ending in a line end."""
    return json.dumps(determination_data(whole), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def determination_data(whole: Determination) -> dict[str, Any]:
    """Return a determination as plain data."""
    findings, words, book = whole.findings, Wording(whole.findings), whole.findings.book
    urgency = triage(findings)
    return {
        "format": FORMAT,
        "program": {"name": "rsd", "version": VERSION},
        "book": {
            "title": book.title,
            "version": book.version,
            "hash": book.hash,
            "law_as_of": book.law_as_of.isoformat(),
        },
        "case": whole.case.name,
        "profile": findings.profile.name,
        "readings": dict(findings.profile.readings),
        "recommendation": findings.recommendation,
        "conclusions": {name: findings[name].status.value for name in book.conclusions},
        "open_conclusions": list(findings.open_conclusions),
        "criteria": {name: _criterion(finding, words) for name, finding in findings.criteria.items()},
        "facts": {
            name: _fact(known)
            for name, known in findings.established.items()
            if known.given is not None or known.presumed
        },
        "benefit_of_the_doubt": {
            "facts": [known.fact.name for known in whole.ledger.facts],
            "changes": {
                change.criterion: {"with": change.with_benefit.value, "without": change.without_benefit.value}
                for change in whole.ledger.changes
            },
            "recommendation_without": whole.ledger.recommendation_without_benefit,
        },
        "objections": [
            {
                "objection": one.objection.name,
                "raised": one.finding.status.value if one.finding else "met",
                "answers": [finding.status.value if finding else "met" for _, finding in one.replies],
                "rebuttals": {
                    reply.rebuttal: finding.status.value if finding else "met"
                    for reply, finding in one.replies
                    if reply.rebuttal
                },
            }
            for one in whole.positions.objections
        ],
        "responses": [
            {
                "response": one.response.name,
                "kind": one.response.kind,
                "owed": one.finding.status.value if one.finding else "met",
            }
            for one in whole.positions.responses
        ],
        "limbs": supplements.limbs_data(findings),
        "human_security": supplements.human_security_data(whole.positions),
        "judgements": supplements.judgements_data(findings),
        "not_judged": [words.fill(one.says) for one in book.not_judged],
        "priority": {
            "level": urgency.level,
            "reasons": [one.name for one in urgency.reasons],
            "open": [one.name for one in urgency.open_reasons],
        },
        "next_question": whole.next_question.fact.name if whole.next_question else None,
        "disclaimer": DISCLAIMER,
    }


def _criterion(finding: Finding, words: Wording) -> dict[str, Any]:
    one = finding.criterion
    assert one is not None
    under, _ = grounds(finding)
    return {
        "title": words.title(one.name),
        "finding": finding.status.value,
        "adverse": one.adverse,
        "says": words.says(finding),
        "because": {part.criterion.name: part.status.value for part in under if part.criterion},
        "rests_on": [known.fact.name for known in finding.rests_on],
        "missing": [known.fact.name for known in finding.missing],
        "burden": one.burden,
        "standard": words.standard(one),
        "sources": [cited(words.book.sources[name], whole=True) for name in one.sources],
        "contrary": [cited(words.book.sources[name], whole=True) for name in one.contrary],
    }


def _fact(known: EstablishedFact) -> dict[str, Any]:
    given = known.given
    return {
        "answer": _safe(to_plain(given.value)) if given else "unknown",
        "counts_as": _safe(to_plain(known.value)),
        "credibility": given.credibility.value if given else None,
        "presumed": known.presumed is not None,
        "source": _safe(given.source) if given else None,
        "note": _safe(given.note) if given else None,
        "date": given.date.isoformat() if given and given.date else None,
    }


def _safe(value: object) -> object:
    """Return plain data whose text can be shown: JSON escapes control characters, and leaves bidirectional ones."""
    return sanitize(value) if isinstance(value, str) else value


_FINDING = {"enum": ["met", "not_met", "undetermined", "not_applicable"]}
_TEXT, _TEXT_OR_NONE = {"type": "string"}, {"type": ["string", "null"]}
_TEXTS = {"type": "array", "items": _TEXT}
_ANSWER = {"type": ["string", "number", "array"]}


def _object(**keys: object) -> dict[str, Any]:
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}


def _map(of: object) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


def determination_schema() -> dict[str, Any]:
    """Return the JSON Schema of `json_of`."""
    recommend = {"enum": list(RECOMMENDATIONS)}
    criterion = _object(
        title=_TEXT,
        finding=_FINDING,
        adverse={"type": "boolean"},
        says=_TEXT_OR_NONE,
        because=_map(_FINDING),
        rests_on=_TEXTS,
        missing=_TEXTS,
        burden=_TEXT_OR_NONE,
        standard=_TEXT_OR_NONE,
        sources=_TEXTS,
        contrary=_TEXTS,
    )
    fact = _object(
        answer=_ANSWER,
        counts_as=_ANSWER,
        credibility=_TEXT_OR_NONE,
        presumed={"type": "boolean"},
        source=_TEXT_OR_NONE,
        note=_TEXT_OR_NONE,
        date=_TEXT_OR_NONE,
    )
    limb = {"anyOf": [{"type": "null"}, _object(criterion=_TEXT, finding=_FINDING, rests_on=_TEXTS)]}
    grade = {"anyOf": [{"type": "null"}, _object(shown=_TEXT_OR_NONE, perhaps=_TEXT_OR_NONE)]}
    dimension = _object(
        dimension=_TEXT,
        kind={"enum": ["component", "factor"]},
        severity=grade,
        pervasiveness=grade,
        shown={"enum": [*_FINDING["enum"], None]},
        rests_on=_TEXTS,
    )
    change = _object(**{"with": _FINDING, "without": _FINDING})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A determination by rsd",
        **_object(
            format={"const": FORMAT},
            program=_object(name={"const": "rsd"}, version=_TEXT),
            book=_object(title=_TEXT, version=_TEXT, hash=_TEXT, law_as_of=_TEXT),
            case=_TEXT,
            profile=_TEXT,
            readings=_map(_TEXT),
            recommendation=recommend,
            conclusions=_map(_FINDING),
            open_conclusions=_TEXTS,
            criteria=_map(criterion),
            facts=_map(fact),
            benefit_of_the_doubt=_object(facts=_TEXTS, changes=_map(change), recommendation_without=recommend),
            objections={
                "type": "array",
                "items": _object(
                    objection=_TEXT,
                    raised=_FINDING,
                    answers={"type": "array", "items": _FINDING},
                    rebuttals=_map(_FINDING),
                ),
            },
            responses={
                "type": "array",
                "items": _object(response=_TEXT, kind={"enum": ["obligation", "response", "policy"]}, owed=_FINDING),
            },
            limbs={"type": "array", "items": _object(title=_TEXT, departure=limb, sur_place=limb)},
            human_security=_object(label=_TEXT, dimensions={"type": "array", "items": dimension}),
            judgements=_map(_TEXTS),
            not_judged=_TEXTS,
            priority=_object(level={"enum": list(LEVELS)}, reasons=_TEXTS, open=_TEXTS),
            next_question=_TEXT_OR_NONE,
            disclaimer=_TEXT,
        ),
    }

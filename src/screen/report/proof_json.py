"""What was proved of a rule book, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypedDict

from screen.case.evidence import RecordedAnswer
from screen.report.json_schema import OneOf, schema_of
from screen.report.json_types import BookJson, ProgramJson, book_data, program_data
from screen.report.proof import DOUBT_LABELS, doubt_text
from screen.rulebook.answers import to_plain
from screen.rulebook.model import RuleBook
from screen.text import sanitize_json

if TYPE_CHECKING:  # these modules import the solver, which `rsd rules schema` does without
    from screen.proof.prover import Counterexample, Verdict
    from screen.proof.vacuity import ProofDoubt

FORMAT: Final = 1


class ViolationJson(TypedDict):
    """A finding that breaks a property: how it ends, and how in the second case."""

    finding: str
    ends: str
    otherwise: str | None


class CounterexampleJson(TypedDict):
    """A case that breaks a property, with the answers of the second case where the property compares two."""

    profile: str
    facts: dict[str, object]
    other_facts: dict[str, object] | None
    shows: list[ViolationJson]


class VerdictJson(TypedDict):
    """A property, whether it is proved, and in how many seconds."""

    property: str
    title: str
    says: str
    proved: bool
    holds_under: list[str]
    fails_under: list[str]
    asks: list[str]
    counterexample: CounterexampleJson | None
    seconds: float


class DoubtJson(TypedDict):
    """What looks like a slip; `because` is why it is meant, where somebody wrote that down."""

    doubt: Annotated[str, OneOf(tuple(DOUBT_LABELS))]
    of: list[str]
    says: str
    because: str | None


class ProofJson(TypedDict):
    """The whole document; `doubts` is null where nobody looked for any."""

    format: Literal[1]
    program: ProgramJson
    book: BookJson
    properties: list[VerdictJson]
    doubts: list[DoubtJson] | None


def proof_schema() -> dict[str, Any]:
    """Return the JSON Schema of `proof_json`."""
    return schema_of(ProofJson, "What rsd proved of a rule book")


def proof_json(book: RuleBook, verdicts: Iterable[tuple[Verdict, float]], doubts: Iterable[ProofDoubt] | None) -> str:
    """Return what was proved as JSON, ending in a line end."""
    return sanitize_json(json.dumps(proof_data(book, verdicts, doubts), ensure_ascii=False, indent=2)) + "\n"


def proof_data(
    book: RuleBook, verdicts: Iterable[tuple[Verdict, float]], doubts: Iterable[ProofDoubt] | None
) -> ProofJson:
    """Return what was proved as plain data."""
    return {
        "format": FORMAT,
        "program": program_data(),
        "book": book_data(book),
        "properties": [_verdict(verdict, seconds) for verdict, seconds in verdicts],
        "doubts": None if doubts is None else [_doubt(doubt) for doubt in doubts],
    }


def _verdict(verdict: Verdict, seconds: float) -> VerdictJson:
    return {
        "property": verdict.subject.name,
        "title": verdict.subject.title,
        "says": verdict.subject.says,
        "proved": verdict.is_proved,
        "holds_under": list(verdict.holds_under),
        "fails_under": list(verdict.fails_under),
        "asks": list(verdict.asks),
        "counterexample": None if verdict.counterexample is None else _counterexample(verdict.counterexample),
        "seconds": round(seconds, 3),
    }


def _counterexample(example: Counterexample) -> CounterexampleJson:
    return {
        "profile": example.profile,
        "facts": _answers(example.given),
        "other_facts": None if example.second is None else _answers(example.second),
        "shows": [
            {"finding": name, "ends": status, "otherwise": second or None}
            for name, status, second in example.violations
        ],
    }


def _answers(given: Mapping[str, RecordedAnswer]) -> dict[str, object]:
    return {name: to_plain(answer.value) for name, answer in given.items()}


def _doubt(doubt: ProofDoubt) -> DoubtJson:
    return {"doubt": doubt.kind, "of": list(doubt.names), "says": doubt_text(doubt), "because": doubt.reason}

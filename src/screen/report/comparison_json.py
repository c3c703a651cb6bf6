"""A comparison of profiles as JSON. The same case, rules and version give the same bytes."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, TypedDict

from screen.case.case_file import Case
from screen.engine.compare import Difference, ProfileComparison, ReadingSplit
from screen.report.determination import disclaimer
from screen.report.json_schema import schema_of
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
from screen.report.wording import Wording

FORMAT: Final = 1


class ProfileJson(TypedDict):
    """What a profile makes of the case."""

    profile: str
    title: str
    recommendation: RecommendationJson
    on_assessment: RecommendationJson
    conclusions: dict[str, StatusJson]


class SideJson(TypedDict):
    """One side of a contested point, and the profiles that take it."""

    side: str
    profiles: list[str]
    says: str
    sources: list[str]


class ReadingJson(TypedDict):
    """A contested point over which the profiles differ."""

    reading: str
    title: str
    sides: list[SideJson]


class DifferenceJson(TypedDict):
    """A criterion that ends differently, though all that it needs ends alike."""

    criterion: str
    title: str
    section: str
    adverse: bool
    found: dict[StatusJson, list[str]]
    readings: list[ReadingJson]
    sources: list[str]
    contrary: list[str]


class ComparisonJson(TypedDict):
    """The whole document. The first of `differences` is where the profiles differ first."""

    format: Literal[1]
    program: ProgramJson
    book: BookJson
    case: str
    record: RecordJson
    profiles: list[ProfileJson]
    alike: list[str]
    parted: list[str]
    differences: list[DifferenceJson]
    disclaimer: str


def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema of `comparison_json`."""
    return schema_of(ComparisonJson, "A comparison of profiles by rsd")


def comparison_json(case: Case, comparison: ProfileComparison) -> str:
    """Return a comparison as JSON, ending in a line end."""
    return json.dumps(comparison_data(case, comparison), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def comparison_data(case: Case, comparison: ProfileComparison) -> ComparisonJson:
    """Return a comparison as plain data."""
    book, wording = comparison.book, Wording(comparison.findings[0])
    return {
        "format": FORMAT,
        "program": program_data(),
        "book": book_data(book),
        "case": case.name,
        "record": record_data(case.record, read_as_closed=comparison.findings[0].is_closed),
        "profiles": [
            {
                "profile": findings.profile.name,
                "title": findings.profile.title,
                "recommendation": findings.recommendation,
                "on_assessment": findings.on_assessment,
                "conclusions": {name: findings[name].status.value for name in book.conclusions},
            }
            for findings in comparison.findings
        ],
        "alike": list(comparison.same),
        "parted": list(comparison.different),
        "differences": [_difference(difference, wording) for difference in comparison.differences],
        "disclaimer": disclaimer(closed=comparison.findings[0].is_closed),
    }


def _difference(difference: Difference, wording: Wording) -> DifferenceJson:
    criterion = difference.criterion
    return {
        "criterion": criterion.name,
        "title": wording.title(criterion.name),
        "section": criterion.section,
        "adverse": criterion.adverse,
        "found": {status.value: list(profiles) for status, profiles in difference.profiles_by_status},
        "readings": [_reading(split, wording) for split in difference.splits],
        "sources": full_citations(wording.book, criterion.sources),
        "contrary": full_citations(wording.book, criterion.contrary),
    }


def _reading(split: ReadingSplit, wording: Wording) -> ReadingJson:
    return {
        "reading": split.reading.name,
        "title": wording.fill(split.reading.title),
        "sides": [
            {
                "side": taken.side.name,
                "profiles": list(taken.profiles),
                "says": wording.fill(taken.side.says),
                "sources": full_citations(wording.book, taken.side.sources),
            }
            for taken in split.sides
        ],
    }

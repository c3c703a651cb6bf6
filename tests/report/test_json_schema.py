"""JSON documents: the schema of each comes from the type of what is written, and what is written satisfies it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import jsonschema
import pytest

from screen.case.case_file import Case
from screen.case.evidence import RecordedAnswer
from screen.engine.compare import compare_profiles
from screen.logic import Answer
from screen.report.comparison_json import comparison_data, comparison_schema
from screen.report.determination import determine
from screen.report.determination_json import determination_data, determination_schema
from screen.report.json_schema import OneOf, schema_of
from screen.report.proof_json import proof_schema
from screen.report.schemas import case_schema
from tests.real_law import the_law
from tests.rulebook.small_book import good_book

GIVEN = {
    "country_of_origin": RecordedAnswer("KP"),
    "host_country": RecordedAnswer("CN"),
    "left_without_permission": RecordedAnswer(Answer.YES),
    "food_shortage": RecordedAnswer(Answer.YES),
}


def test_a_determination_satisfies_its_schema() -> None:
    data: Any = determination_data(determine(the_law(), Case("T-1", given=GIVEN), "paper"))
    jsonschema.validate(data, determination_schema())
    assert data["human_security"]["label"].startswith("No criterion of refugee status")
    assert len(data["human_security"]["dimensions"]) == 12
    assert data["limbs"][-1]["sur_place"]["criterion"] == "refugee_sur_place"
    objection = next(objection for objection in data["objections"] if objection["objection"] == "O1")
    assert objection["rebuttals"]["R5"] == "undetermined"


def test_a_comparison_satisfies_its_schema() -> None:
    comparison = compare_profiles(the_law(), GIVEN, ("paper", "uk", "us"))
    data: Any = comparison_data(Case("T-1", given=GIVEN), comparison)
    jsonschema.validate(data, comparison_schema())
    assert data["differences"]


@pytest.mark.parametrize(
    ("record", "is_one"),
    [
        ({"state": "closed", "by": "A. Officer", "on": "2026-10-09"}, True),
        ({"state": "open"}, True),
        (None, True),
        ({"state": "closed", "by": "A. Officer"}, False),
        ({"state": "closed", "by": " ", "on": "2026-10-09"}, False),
        ({"state": "sealed", "by": "A. Officer", "on": "2026-10-09"}, False),
        ({"by": "A. Officer", "on": "2026-10-09"}, False),
        ("closed", False),
    ],
)
def test_the_schema_of_a_case_knows_a_record(record: object, is_one: bool) -> None:
    validator = jsonschema.Draft202012Validator(case_schema(good_book()))
    assert validator.is_valid({"format": 1, "case": "T-1", "record": record}) is is_one


@pytest.mark.parametrize("schema", [determination_schema(), comparison_schema(), proof_schema()])
def test_every_object_names_all_its_keys_and_allows_no_other(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    objects = [
        part for part in parts(schema) if isinstance(part.get("properties"), dict) and part.get("type") == "object"
    ]
    assert len(objects) > 5
    for part in objects:
        assert part["required"] == list(part["properties"])
        assert part["additionalProperties"] is False


def parts(schema: Any) -> list[dict[str, Any]]:
    """Return a schema and everything in it that is a JSON object."""
    if isinstance(schema, list):
        return [part for item in schema for part in parts(item)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(part for value in schema.values() for part in parts(value))]


class Inner(TypedDict):
    """A document inside a document."""

    text: str
    flag: bool


class Outer(TypedDict):
    """One key for each kind of type."""

    version: Literal[1]
    choice: Annotated[str, OneOf(("a", "b"))]
    choice_or_null: Annotated[str, OneOf(("a", "b"))] | None
    text_or_null: str | None
    inner_or_null: Inner | None
    answer: str | float | list[object]
    texts: list[str]
    texts_by_name: dict[str, list[str]]
    by_choice: dict[Annotated[str, OneOf(("a", "b"))], bool]
    anything_by_name: dict[str, object]


def test_each_kind_of_type_becomes_its_schema() -> None:
    properties = schema_of(Outer, "Outer")["properties"]
    inner = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "flag": {"type": "boolean"}},
        "required": ["text", "flag"],
        "additionalProperties": False,
    }
    assert properties == {
        "version": {"const": 1},
        "choice": {"enum": ["a", "b"]},
        "choice_or_null": {"enum": ["a", "b", None]},
        "text_or_null": {"type": ["string", "null"]},
        "inner_or_null": {"anyOf": [inner, {"type": "null"}]},
        "answer": {"type": ["string", "number", "array"]},
        "texts": {"type": "array", "items": {"type": "string"}},
        "texts_by_name": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "by_choice": {
            "type": "object",
            "propertyNames": {"enum": ["a", "b"]},
            "additionalProperties": {"type": "boolean"},
        },
        "anything_by_name": {"type": "object"},
    }

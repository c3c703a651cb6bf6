"""The JSON Schema of each kind of rule file, for editors and other programs."""

from __future__ import annotations

from typing import Any

from screen.rulebook.schema import TERM_MARK
from screen.rulebook.validation import type_adapter


def json_schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema of a kind of rule file."""
    schema = type_adapter(kind).json_schema()
    if f"'description': '{TERM_MARK}'" in str(schema):
        schema = _with_terms(schema)
        schema.setdefault("$defs", {})["term"] = _term_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _with_terms(schema: Any) -> Any:
    """Return a schema in which every condition refers to the one definition of a condition."""
    if isinstance(schema, list):
        return [_with_terms(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("description") == TERM_MARK:
        return {"$ref": "#/$defs/term", **{key: value for key, value in schema.items() if key in ("default", "title")}}
    return {key: _with_terms(value) for key, value in schema.items()}


def _term_schema() -> dict[str, Any]:
    """Return the JSON Schema of a condition: its form only. Names and types are checked in `conditions`."""
    names = {"type": "string"}
    term = {"$ref": "#/$defs/term"}
    terms = {"type": "array", "items": term}
    value = {"type": ["string", "number"]}
    values = {"type": "array", "items": value}

    def form(required: list[str], **keys: object) -> dict[str, Any]:
        return {"type": "object", "properties": keys, "required": required, "additionalProperties": False}

    comparisons = ("is", "at_least", "at_most", "over", "under", "before", "after", "includes")
    return {
        "anyOf": [
            {**names, "description": "a criterion that must be met, or a yes/no fact that must be yes"},
            form(["all"], all=terms),
            form(["any"], any=terms),
            form(["not"], **{"not": term}),
            form(["at_least", "of"], at_least={"type": "integer"}, of=terms),
            *(form(["fact", key], fact=names, **{key: value}) for key in comparisons),
            *(form(["fact", key], fact=names, **{key: values}) for key in ("in", "includes_any")),
            form(["binds"], binds=names, on={"enum": ["host", "origin"]}),
            form(["reading", "is"], reading=names, **{"is": names}),
            form(["reading", "in"], reading=names, **{"in": {"type": "array", "items": names}}),
            form(["reading", "as"], reading=names, **{"as": {"type": "object", "additionalProperties": term}}),
            form(["not_ruled_out"], not_ruled_out=names),
        ]
    }

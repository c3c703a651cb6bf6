"""JSON Schemas made from the types of what is written.

In: a `TypedDict`. Out: its schema. The function that writes the data is checked against the same `TypedDict`, so that
schema and data cannot come apart. Every key is required and no other is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null", list: "array"}


@dataclass(frozen=True, slots=True)
class OneOf:
    """In `Annotated[str, OneOf(names)]`: the only texts that may stand there."""

    values: tuple[str, ...]


def schema_of(kind: type, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a `TypedDict`."""
    return {"$schema": DIALECT, "title": title, **_schema(kind)}


def _schema(kind: Any) -> dict[str, Any]:
    if is_typeddict(kind):
        keys = {name: _schema(inner) for name, inner in get_type_hints(kind, include_extras=True).items()}
        return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _enumeration(value for note in arguments[1:] if isinstance(note, OneOf) for value in note.values)
    if origin is Literal:
        return _enumeration(arguments)
    if origin in (Union, UnionType):
        return _union([_schema(inner) for inner in arguments])
    if origin is list:
        return {"type": "array", **_unless_any("items", arguments[0])}
    if origin is dict:
        names = {} if arguments[0] is str else {"propertyNames": _schema(arguments[0])}
        return {"type": "object", **names, **_unless_any("additionalProperties", arguments[1])}
    return {"type": _NAMES[kind]}


def _unless_any(key: str, kind: Any) -> dict[str, Any]:
    return {} if kind is object else {key: _schema(kind)}


def _enumeration(values: Iterable[object]) -> dict[str, Any]:
    values = list(values)
    return {"const": values[0]} if len(values) == 1 else {"enum": values}


def _union(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a schema that any of these satisfy, in the shortest form."""
    null = {"type": "null"}
    if all(schema.keys() == {"type"} for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    if len(schemas) == 2 and null in schemas and schemas[0].keys() == {"enum"}:
        return {"enum": [*schemas[0]["enum"], None]}
    return {"anyOf": schemas}

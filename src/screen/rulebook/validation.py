"""Validate plain data against the shapes of `schema`: pydantic models, or diagnostics with locations in the file."""

from __future__ import annotations

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from screen.diagnostics import MAX_SUGGESTIONS, Diagnostic, did_you_mean, shorten
from screen.rulebook.answers import describe_type
from screen.rulebook.schema import CODE, NAME
from screen.rulebook.yaml_reader import Document, KeyPath

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "list_type": "a list (`- …` or `[…]`)",
    "dict_type": "keys with values (`key: value`)",
    "model_type": "keys with values (`key: value`)",
    "model_attributes_type": "keys with values (`key: value`)",
}
#: Inside `{…}` a comma ends the words, and what follows it becomes a key.
_COMMA_HINT = "If it belongs to the words before a comma, put them all in quotes."
#: Examples of names that follow a pattern of their own, by how that pattern begins.
_NAME_EXAMPLES = {"^P": "P54", "^O": "O1", "^R": "R1", "^[BS]": "B6 or S2a"}

_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def type_adapter(kind: Any) -> TypeAdapter[Any]:
    """Return pydantic's adapter for a kind of shape, made once."""
    if (key := repr(kind)) not in _ADAPTERS:
        _ADAPTERS[key] = TypeAdapter(kind)
    return _ADAPTERS[key]


def parse_shapes(document: Document, kind: Any) -> tuple[dict[KeyPath, Any], list[Diagnostic]]:
    """Return the models in a document by their paths, and a diagnostic for everything in it that fits no model.

    A list is validated item by item, so that one broken item does not hide the others.
    """
    is_list = getattr(kind, "__origin__", None) is list and isinstance(document.data, list)
    parts = {(index,): item for index, item in enumerate(document.data)} if is_list else {(): document.data}
    part_kind = kind.__args__[0] if is_list else kind
    adapter = type_adapter(part_kind)
    models: dict[KeyPath, Any] = {}
    diagnostics: list[Diagnostic] = []
    for path, part in parts.items():
        try:
            models[path] = adapter.validate_python(part)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                suggest = len(diagnostics) < MAX_SUGGESTIONS
                diagnostics.append(_diagnostic(document, path, part_kind, problem, suggest=suggest))
    return models, diagnostics


def _diagnostic(document: Document, parent: KeyPath, kind: Any, problem: Any, *, suggest: bool) -> Diagnostic:
    """Return pydantic's complaint as a diagnostic of ours, with its location in the file."""
    loc: tuple[str | int, ...] = problem["loc"]
    path = _path_in_file(document, parent, loc)
    last, value = str(loc[-1]) if loc else "", problem["input"]
    if problem["type"] == "extra_forbidden":
        keys = _keys_of_model(kind, loc)
        hint = "Keys here: " + ", ".join(keys) + "." if keys else "Delete it."
        hint = did_you_mean(last, keys, hint) if suggest else hint
        hint = _COMMA_HINT if " " in last and value is None else hint
        message = f'the key "{shorten(last)}" is not known here.'
        return Diagnostic(document.location(path, key=True), "unknown-key", message, hint)
    location = document.location(path, key=last == "[key]")
    return Diagnostic(location, *_describe(problem, path, last, suggest=suggest))


def _describe(problem: Any, path: KeyPath, last: str, *, suggest: bool) -> tuple[str, str, str]:
    """Return code, message and hint for pydantic's complaint about a value; `last` ends pydantic's own path."""
    value, context = problem["input"], problem.get("ctx", {})
    match problem["type"]:
        case "missing":
            return "missing-key", f'the key "{last}" is missing.', f'Add "{last}".'
        case kind if kind in _EXPECTED:
            # A bare word that YAML reads as nothing, a number or a boolean is the usual cause.
            hint = f"Write {_EXPECTED[kind]}."
            if kind == "string_type" and describe_type(value) == "a number":
                hint = "Put it in quotes."
            elif kind == "int_type" and isinstance(value, str):
                hint = "Write a whole number; one with a leading zero is text."
            is_something = path or value is not None
            message = f"{_subject(path)} is {describe_type(value)}." if is_something else "the file is empty."
            return "wrong-kind", message, hint
        case "literal_error":
            expected = context.get("expected", "")
            choices = re.findall(r"'([^']+)'", expected) or re.findall(r"\d+", expected)
            hint = "Write one of: " + ", ".join(choices) + "."
            hint = did_you_mean(str(value), choices, hint) if suggest else hint
            return "not-a-choice", f"{_quote(value)} is not a choice here.", hint
        case "string_pattern_mismatch":
            return "bad-name", *_describe_name(context.get("pattern", ""), value, is_key=last == "[key]")
        case "string_too_short":
            return "empty", f"{_subject(path)} is empty.", "Write the words."
        case "too_short":
            minimum = context["min_length"]
            message = f"{_subject(path)} has {context['actual_length']} items, and {minimum} or more are expected."
            return "empty", message, "Add what is missing."
        case "greater_than_equal" | "less_than_equal":
            hint = "Write a number from 0 to 1; a weight may be any from 0."
            return "out-of-range", f"{_quote(value)} is not a share.", hint
        case "value_error":
            return "bad-date", f"{_quote(value)} is not a date.", "Write a date as 2022-06-28."
        case _:
            return "wrong-kind", f"{_quote(value)} does not fit here.", problem["msg"] + "."


def _describe_name(pattern: str, value: object, *, is_key: bool) -> tuple[str, str]:
    """Return message and hint for a name that does not follow its pattern."""
    message = f"{_quote(value)} is not a name."
    if " " in str(value) and is_key:
        return message, _COMMA_HINT
    if pattern == CODE:
        return (
            f"{_quote(value)} is not the code of a State.",
            "Write the two-letter ISO 3166 code in capitals, such as KP.",
        )
    if pattern == NAME:
        return message, "Names are small letters, digits and `_`, after a letter."
    example = next((example for start, example in _NAME_EXAMPLES.items() if pattern.startswith(start)), pattern)
    return message, f"It must look like {example}."


def _path_in_file(document: Document, path: KeyPath, loc: tuple[str | int, ...]) -> KeyPath:
    """Return the path in the file: pydantic's own has members of unions and `[key]` marks, which no file has."""
    for part in loc:
        if (*path, part) in document.locations:
            path = (*path, part)
    return path


def _keys_of_model(kind: Any, loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the model around a refused key has."""
    for part in loc[:-1]:
        kind = _inner_kind(kind, part)
    return list(getattr(kind, "model_fields", {}))


def _inner_kind(kind: Any, part: str | int) -> Any:
    """Return the kind of what stands under a key or an index of a kind of shape; an optional one without None."""
    if isinstance(part, int):
        return next(iter(getattr(kind, "__args__", ())), None)
    field = getattr(kind, "model_fields", {}).get(part)
    annotation = getattr(field, "annotation", None)
    if getattr(annotation, "__origin__", None) is None:
        members = [member for member in getattr(annotation, "__args__", ()) if member is not type(None)]
        return members[0] if members else annotation
    return annotation


def _subject(path: KeyPath) -> str:
    if not path:
        return "the file"
    return f"item {path[-1] + 1}" if isinstance(path[-1], int) else f'"{shorten(path[-1])}"'


def _quote(value: object) -> str:
    if isinstance(value, str):
        return f'"{shorten(value)}"'
    if isinstance(value, bool) or not isinstance(value, int | float):
        return describe_type(value)
    return str(value)

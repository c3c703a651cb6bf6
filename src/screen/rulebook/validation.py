"""TODO."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from screen.diagnostics import MAX_SUGGESTIONS, Diagnostic, did_you_mean, shorten
from screen.rulebook.answers import describe_type
from screen.rulebook.schema import CODE, NAME
from screen.rulebook.yaml_reader import Document, KeyPath


def parse_shapes(document: Document, kind: Any) -> tuple[dict[KeyPath, Any], list[Diagnostic]]:
    """Return the models that a document holds, by their paths, and what keeps other parts of it from being one.

    A list is read item by item, so that one broken item does not hide the others.
    """
    of_items = getattr(kind, "__origin__", None) is list and isinstance(document.data, list)
    parts = {(index,): item for index, item in enumerate(document.data)} if of_items else {(): document.data}
    part_kind = kind.__args__[0] if of_items else kind
    models: dict[KeyPath, Any] = {}
    mistakes: list[Diagnostic] = []
    for path, part in parts.items():
        try:
            models[path] = _adapter(part_kind).validate_python(part)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                helped = len(mistakes) < MAX_SUGGESTIONS
                mistakes.append(_mistake(document, path, part_kind, problem, helped=helped))
    return models, mistakes


_WANTED = {
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
_COMMA = "If it belongs to the words before a comma, put them all in quotes."


#: Names that follow a pattern of their own, by how that pattern begins.
_LOOKS = {"^P": "P54", "^O": "O1", "^R": "R1", "^[BS]": "B6 or S2a"}


def _mistake(document: Document, above: KeyPath, shape: Any, problem: Any, *, helped: bool) -> Diagnostic:
    """Return pydantic's complaint as ours: its place in the file, our code, what to do."""
    loc: tuple[str | int, ...] = problem["loc"]
    path = _in_file(document, above, loc)
    last, kind, value = str(loc[-1]) if loc else "", problem["type"], problem["input"]
    where, context = document.location(path, key=last == "[key]"), problem.get("ctx", {})
    if kind == "extra_forbidden":
        model = _keys_at(shape, loc)
        known = "Keys here: " + ", ".join(model) + "." if model else "Delete it."
        remedy = did_you_mean(last, model, known) if helped else known
        remedy = _COMMA if " " in last and value is None else remedy
        return Diagnostic(
            document.location(path, key=True), "unknown-key", f'the key "{shorten(last)}" is not known here.', remedy
        )
    if kind == "missing":
        return Diagnostic(where, "missing-key", f'the key "{last}" is missing.', f'Add "{last}".')
    if kind in _WANTED:
        # A bare word that YAML would read as nothing, a number or a boolean is the usual cause.
        remedy = f"Write {_WANTED[kind]}."
        if kind == "string_type" and describe_type(value) == "a number":
            remedy = "Put it in quotes."
        elif kind == "int_type" and isinstance(value, str):
            remedy = "Write a whole number; one with a leading zero is text."
        found = f"{_what(path)} is {describe_type(value)}." if path or value is not None else "the file is empty."
        return Diagnostic(where, "wrong-kind", found, remedy)
    if kind == "literal_error":
        expected = context.get("expected", "")
        choices = re.findall(r"'([^']+)'", expected) or re.findall(r"\d+", expected)
        known = "Write one of: " + ", ".join(choices) + "."
        remedy = did_you_mean(str(value), choices, known) if helped else known
        return Diagnostic(where, "not-a-choice", f"{_shown(value)} is not a choice here.", remedy)
    if kind == "string_pattern_mismatch":
        pattern = context.get("pattern", "")
        found, remedy = f"{_shown(value)} is not a name.", "Names are small letters, digits and `_`, after a letter."
        if " " in str(value) and last == "[key]":
            remedy = _COMMA
        elif pattern == CODE:
            found = f"{_shown(value)} is not the code of a State."
            remedy = "Write the two-letter ISO 3166 code in capitals, such as KP."
        elif pattern != NAME:
            look = next((look for start, look in _LOOKS.items() if pattern.startswith(start)), pattern)
            remedy = f"It must look like {look}."
        return Diagnostic(where, "bad-name", found, remedy)
    if kind == "string_too_short":
        return Diagnostic(where, "empty", f"{_what(path)} is empty.", "Write the words.")
    if kind == "too_short":
        found = f"{_what(path)} has {context['actual_length']} items, and {context['min_length']} or more are wanted."
        return Diagnostic(where, "empty", found, "Add what is missing.")
    if kind in ("greater_than_equal", "less_than_equal"):
        found = f"{_shown(value)} is no share."
        return Diagnostic(where, "out-of-range", found, "Write a number from 0 to 1; a weight may be any from 0.")
    if kind == "value_error":
        return Diagnostic(where, "bad-date", f"{_shown(value)} is not a date.", "Write a date as 2022-06-28.")
    return Diagnostic(where, "wrong-kind", f"{_shown(value)} does not fit here.", problem["msg"] + ".")


def _in_file(document: Document, path: KeyPath, loc: tuple[str | int, ...]) -> KeyPath:
    """Return the path in the file: pydantic's own has union members and `[key]` marks that stand in no file."""
    for part in loc:
        if (*path, part) in document.locations:
            path = (*path, part)
    return path


def _keys_at(kind: Any, loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the model around a refused key knows."""
    for part in loc[:-1]:
        kind = _inside(kind, part)
    return list(getattr(kind, "model_fields", {}))


def _inside(kind: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return next(iter(getattr(kind, "__args__", ())), None)
    field = getattr(kind, "model_fields", {}).get(part)
    annotation = getattr(field, "annotation", None)
    if getattr(annotation, "__origin__", None) is None:
        options = [one for one in getattr(annotation, "__args__", ()) if one is not type(None)]
        return options[0] if options else annotation
    return annotation


def _what(path: KeyPath) -> str:
    if not path:
        return "the file"
    return f"item {path[-1] + 1}" if isinstance(path[-1], int) else f'"{shorten(path[-1])}"'


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{shorten(value)}"'
    if isinstance(value, bool) or not isinstance(value, int | float):
        return describe_type(value)
    return str(value)


T = TypeVar("T")


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _ADAPTERS.setdefault(repr(kind), TypeAdapter(kind))

"""Parse one answer: plain data from a file becomes a checked value, or what is wrong with it.

Rule files, case files and tables all use these functions, so that an answer means the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from screen.diagnostics import did_you_mean
from screen.logic import Answer
from screen.rulebook.model import Bounds, Fact
from screen.rulebook.terms import Value

UNKNOWN = "unknown"
NUMBER_HINT = "Write a number of at most 15 digits, without a leading zero"
_YES_NO = ("yes", "no", UNKNOWN)


@dataclass(frozen=True, slots=True)
class InvalidAnswer:
    """Why something is not an answer: code, message, hint, and the index of the item in a list that it is about."""

    code: str
    message: str
    hint: str
    item: int | None = None


def parse_answer(fact: Fact, raw: object, countries: Collection[str]) -> Value | InvalidAnswer:
    """Return the value that `raw` gives a fact, as `parse_value` does."""
    return parse_value(raw, fact.type, [option for option, _ in fact.options], countries, bounds=fact.bounds)


def parse_value(
    raw: object,
    kind: str,
    options: Collection[str],
    countries: Collection[str],
    *,
    bounds: Bounds | None = None,
    or_unknown: str = ", or unknown",
    suggest: bool = True,
) -> Value | InvalidAnswer:
    """Return the value that `raw` gives a fact of this type; `unknown` is an answer to every question.

    No message quotes `raw`: in a case file it may be somebody's words. `or_unknown` ends the hint.
    With `suggest=False` no similar option is looked for: a table may have a wrong cell in every row.
    """
    if raw == UNKNOWN:
        return Answer.UNKNOWN
    match kind:
        case "many":
            return _parse_set(raw, options, or_unknown, suggest=suggest)
        case "number":
            if isinstance(raw, int | float) and not isinstance(raw, bool):
                if bounds is None or bounds.contains(raw):
                    return raw
                message, hint = "this number cannot be the answer.", f"Write {bounds}{or_unknown}."
                return InvalidAnswer("out-of-range", message, hint)
            return InvalidAnswer("wrong-kind", _expected(raw, "a number"), f"{NUMBER_HINT}{or_unknown}.")
        case "date":
            day = parse_date(raw)
            message = "this is not a date." if isinstance(raw, str) else _expected(raw, "a date")
            return day if day else InvalidAnswer("bad-date", message, f"Write a date as 2022-06-28{or_unknown}.")
        case "text":
            if isinstance(raw, str):
                return raw
            return InvalidAnswer("wrong-kind", _expected(raw, "text"), "Put the words in quotes.")
        case _:
            return parse_option(raw, kind, options, countries, or_unknown=or_unknown, suggest=suggest)


def number_schema(bounds: Bounds | None) -> dict[str, Any]:
    """Return the JSON Schema of the numbers within bounds."""
    if bounds is None:
        return {"type": "number"}
    limits = {"minimum": bounds.at_least, "maximum": bounds.at_most}
    kind = "integer" if bounds.whole else "number"
    return {"type": kind} | {key: limit for key, limit in limits.items() if limit is not None}


def parse_option(
    raw: object,
    kind: str,
    options: Collection[str],
    countries: Collection[str],
    *,
    or_unknown: str = ", or unknown",
    suggest: bool = True,
) -> Answer | str | InvalidAnswer:
    """Return one option of a yes/no, choice, level, many or country fact, as `parse_value` does."""
    if kind == "yes_no" and isinstance(raw, bool):
        return InvalidAnswer("wrong-kind", f"{str(raw).lower()} is a boolean.", f"Write {'yes' if raw else 'no'}.")
    if not isinstance(raw, str):
        return InvalidAnswer(
            "wrong-kind",
            _expected(raw, "one word"),
            describe_choices(kind, options, or_unknown),
        )
    known = _YES_NO if kind == "yes_no" else countries if kind == "country" else options
    if raw not in known:
        hint = describe_choices(kind, options, or_unknown)
        hint = did_you_mean(raw, known, hint) if suggest else hint
        return InvalidAnswer("unknown-option", "this is not among the answers.", hint)
    return Answer(raw) if kind == "yes_no" else raw


def _expected(raw: object, what: str) -> str:
    return f"{describe_type(raw)} where {what} is expected."


def _parse_set(raw: object, options: Collection[str], or_unknown: str, *, suggest: bool) -> Value | InvalidAnswer:
    if not isinstance(raw, list):
        hint = f"Write `[one, other]`, or `[]` for none of them{or_unknown}."
        return InvalidAnswer("wrong-kind", _expected(raw, "a list"), hint)
    chosen: set[str] = set()
    for index, item in enumerate(raw):
        option = parse_option(item, "many", options, (), or_unknown="", suggest=suggest)
        if isinstance(option, InvalidAnswer):
            return InvalidAnswer(option.code, option.message, option.hint, index)
        if option in chosen:
            return InvalidAnswer("duplicate-option", f'"{option}" appears twice.', "Delete one.", index)
        chosen.add(str(option))
    return frozenset(chosen)


def parse_date(raw: object) -> date | None:
    """Return the day that is written as 2022-06-28, or None. Every date in any file is parsed here."""
    # Python alone would accept 20220628 and the week 2022-W26-2, and \d would match the digits of any script.
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def to_plain(value: Value) -> object:
    """Return a value as a file writes it, the inverse of `parse_value`. A set becomes a sorted list."""
    if isinstance(value, Answer):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


def describe_choices(kind: str, options: Collection[str], or_unknown: str = ", or unknown") -> str:
    """Return the hint which answers a fact of this type can have."""
    if kind == "yes_no":
        return f"Write yes or no{or_unknown}."
    if kind == "country":
        return f"Write the two-letter ISO 3166 code, such as KP{or_unknown}."
    return f"Write one of: {', '.join(options)}{or_unknown}."


def describe_type(raw: object) -> str:
    """Return what kind of value this is, in words, without quoting it."""
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return "a boolean"
    if isinstance(raw, str):
        return "text"
    if isinstance(raw, int | float):
        return "a number"
    return "a list" if isinstance(raw, list) else "a mapping" if isinstance(raw, dict) else "another kind of value"

"""A line of JSON as plain data.

In: bytes. Out: the record that a line holds, or why it holds none. Left alone: which keys a record may have.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from screen.batch.input import csv_records
from screen.rulebook.answers import InvalidAnswer, describe_type
from screen.rulebook.yaml_reader import MAX_DIGITS

_KEY = re.compile(rb'[{,] *"([a-z0-9_.]{1,80})" *:')


class UnusableNumber(dict[str, Any]):
    """Stands for a number that is too long, infinite or not a number. It is no answer to any question."""

    def __init__(self) -> None:
        super().__init__(answer={})  # in a case file too it is an answer of the wrong type


class RepeatedKeyError(Exception):
    """A key stands twice in a record."""


def find_keys(data: bytes) -> list[str]:
    """Return what looks like a key in lines of JSON, sorted."""
    return sorted({key.decode() for key in _KEY.findall(data)})


def is_utf8(data: bytes) -> bool:
    """Tell whether these bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeError:
        return False
    return True


def parse_record(line: bytes) -> dict[str, Any] | InvalidAnswer:
    """Return the record that a line of JSON holds, or what is wrong with it, without quoting it.

    Raises RepeatedKeyError with a key that stands twice.
    """
    if line == csv_records.TOO_LONG_MARKER.strip():
        return csv_records.TOO_LONG
    try:
        record = json.loads(
            line.decode("utf-8-sig"),
            object_pairs_hook=_dict_of_pairs,
            parse_int=_parse_int,
            parse_float=_parse_float,
            parse_constant=lambda _: UnusableNumber(),
        )
        json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except UnicodeError:
        return InvalidAnswer("broken-record", "this is not UTF-8 text.", "Save it as UTF-8.")
    except (ValueError, RecursionError):
        return InvalidAnswer("broken-record", "this line is no JSON.", "Write one whole record a line.")
    if not isinstance(record, dict) or isinstance(record, UnusableNumber):
        kind = "a number" if isinstance(record, UnusableNumber) else describe_type(record)
        message = f"a record holds keys with values, and here is {kind}."
        return InvalidAnswer("broken-record", message, "Write one record a line: {…}.")
    return record


def _dict_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in pairs:
        if key in data:
            raise RepeatedKeyError(key)
        data[key] = value
    return data


def _parse_int(text: str) -> Any:
    if text == "-0":  # a number, and no name of a case: as the integer 0 it would be the name of another case
        return -0.0
    return int(text) if len(text.removeprefix("-")) <= MAX_DIGITS else UnusableNumber()


def _parse_float(text: str) -> Any:
    return value if math.isfinite(value := float(text)) else UnusableNumber()

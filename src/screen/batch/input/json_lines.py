"""A line of JSON as plain data.

In: bytes. Out: the record that a line holds, or why it holds none. Left alone: which keys a record may have.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from screen.batch.input import csv_records
from screen.rulebook.answers import InvalidAnswer, describe_type
from screen.rulebook.yaml_reader import MAX_DIGITS

_KEY = re.compile(rb'[{,] *"([a-z0-9_.]{1,80})" *:')


class UnusableNumber(dict[str, Any]):
    """What stands for a number that nothing is counted by: too long, infinite, none. It is no answer anywhere."""

    def __init__(self) -> None:
        super().__init__(answer={})  # in a case file too it is an answer of the wrong kind


def find_keys(data: bytes) -> list[str]:
    """Return what looks like a key in lines of JSON."""
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


def _first_again(names: Iterable[str]) -> str:
    """Return the first name that stood before; there is one."""
    met: set[str] = set()
    for name in names:
        if name in met:
            return name
        met.add(name)
    raise ValueError("every name is there once")


class RepeatedKeyError(Exception):
    """A key stands twice in a record."""


def parse_record(line: bytes) -> dict[str, Any] | InvalidAnswer:
    """Return the record that a line of JSON holds, or what is wrong with it. What it says is not told.

    Raises Twice with a key that stands twice.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        data = dict(pairs)
        if len(data) != len(pairs):
            raise RepeatedKeyError(_first_again(name for name, _ in pairs))
        return data

    def whole(text: str) -> Any:
        if text == "-0":  # counts as nothing, and is the name of no case: as 0 it would be another one's
            return -0.0
        return int(text) if len(text.removeprefix("-")) <= MAX_DIGITS else UnusableNumber()

    def number(text: str) -> Any:
        return value if math.isfinite(value := float(text)) else UnusableNumber()

    if line == csv_records.TOO_LONG_MARKER.strip():
        return csv_records.TOO_LONG
    try:
        text = line.decode("utf-8-sig")
        hooks: dict[str, Any] = {
            "parse_int": whole,
            "parse_float": number,
            "parse_constant": lambda _: UnusableNumber(),
        }
        record = json.loads(text, object_pairs_hook=once, **hooks)
        json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except UnicodeError:
        return InvalidAnswer("broken-record", "this is not UTF-8 text.", "Save it as UTF-8.")
    except (ValueError, RecursionError):
        return InvalidAnswer("broken-record", "this line is no JSON.", "Write one whole record a line.")
    if not isinstance(record, dict) or isinstance(record, UnusableNumber):
        kind = "a number" if isinstance(record, UnusableNumber) else describe_type(record)
        found = f"a record holds keys with values, and here is {kind}."
        return InvalidAnswer("broken-record", found, "Write one record a line: {…}.")
    return record

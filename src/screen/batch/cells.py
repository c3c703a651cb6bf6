"""A case as the cells of a table row, and back.

The cells are keyed by the column names of `screen.batch.layout`. This module imports no table library, so that a
process that only reads case files starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from screen.case.evidence import Credibility, RecordedAnswer
from screen.case.record import STATES
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import Fact, RuleBook
from screen.rulebook.terms import Value

ID, PROFILE, CREDIBILITY = "id", "profile", "credibility"
#: Whether the record of a case is closed.
RECORD, RECORD_STATES = "record.state", STATES
#: What a case file says of no fact, kept for its determination. No fact has such a name.
CLAIM, ABOUT_PERSON, CLOSED_BY, CLOSED_ON = "*claim", "*about", "*closed-by", "*closed-on"
#: Types of facts whose cells cannot hold the word unknown: `f.unknown` is true instead.
TYPES_WITHOUT_UNKNOWN = ("many", "number", "date")
#: Columns of an answer that no finding depends on.
ANNOTATIONS = ("source", "note", "date")
SINGLE_WORD_TYPES = ("yes_no", "choice", "level", "country")
CREDIBILITY_WORDS = tuple(credibility.value for credibility in Credibility)
#: How CSV writes a set: `[]`, `one`, `one;other`.
EMPTY_SET, SET_SEPARATOR = "[]", ";"


def row_from_case(case_id: str, given: Mapping[str, RecordedAnswer], book: RuleBook) -> dict[str, Any]:
    """Return a case as a row: its answers, and their credibility where it was assessed."""
    row: dict[str, Any] = {ID: case_id}
    for fact, answer in given.items():
        row[fact] = cell_from_value(answer.value)
        if answer.value is Answer.UNKNOWN and book.facts[fact].type in TYPES_WITHOUT_UNKNOWN:
            row[fact], row[f"{fact}.{UNKNOWN}"] = None, True
        if answer.credibility is not Credibility.NOT_ASSESSED:
            row[f"{fact}.{CREDIBILITY}"] = answer.credibility.value
    return row


def answers_from_row(row: Mapping[str, Any], book: RuleBook) -> dict[str, RecordedAnswer]:
    """Return the answers of a row, as a case file would hold them: the opposite of `row_from_case`."""
    given = {}
    for name, fact in book.facts.items():
        cell = UNKNOWN if row.get(f"{name}.{UNKNOWN}") else row.get(name)
        if cell is None:
            continue
        credibility = Credibility(row.get(f"{name}.{CREDIBILITY}") or "not_assessed")
        annotations = (row.get(f"{name}.{annotation}") for annotation in ANNOTATIONS)
        given[name] = RecordedAnswer(_value_from_cell(cell, fact), credibility, *annotations)
    return given


def cell_from_value(value: Value) -> Any:
    """Return the cell that holds a value."""
    if isinstance(value, Answer):
        return value.value
    return sorted(value) if isinstance(value, frozenset) else value


def _value_from_cell(cell: Any, fact: Fact) -> Value:
    if isinstance(cell, str) and cell == UNKNOWN:
        return Answer.UNKNOWN
    if fact.type == "yes_no":
        return Answer(cell)
    if fact.type == "many":
        return frozenset(cell)
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    assert isinstance(cell, str | int | float | date)
    return cell

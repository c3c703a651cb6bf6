"""A case as the cells of a row, and back.

In: what a case says of each fact. Out: a cell for each column that it fills, by the names that `columns` gives them.
Left alone: tables. Whoever reads case files in a process of its own needs this and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from screen.case.evidence import Credibility, RecordedAnswer
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import Fact, RuleBook
from screen.rulebook.terms import Value

ID, PROFILE, CREDIBILITY = "id", "profile", "credibility"
#: What a case file says of no fact, for its determination: no fact has such a name.
CLAIM, WHOM = "*claim", "*about"
#: Types whose cells have no word for unknown: a column beside them says where somebody was asked, and it is not known.
TYPES_WITHOUT_UNKNOWN = ("many", "number", "date")
#: What may stand beside a fact, and no finding hangs on.
ANNOTATIONS = ("source", "note", "date")
SINGLE_WORD_TYPES = ("yes_no", "choice", "level", "country")
CREDIBILITY_WORDS = tuple(one.value for one in Credibility)


def row_from_case(case: str, given: Mapping[str, RecordedAnswer], book: RuleBook) -> dict[str, Any]:
    """Return a case as a row: what it says of each fact, and whether that is accepted where somebody said so."""
    row: dict[str, Any] = {ID: case}
    for name, one in given.items():
        row[name] = cell_from_value(one.value)
        if one.value is Answer.UNKNOWN and book.facts[name].type in TYPES_WITHOUT_UNKNOWN:
            row[name], row[f"{name}.{UNKNOWN}"] = None, True
        if one.credibility is not Credibility.NOT_ASSESSED:
            row[f"{name}.{CREDIBILITY}"] = one.credibility.value
    return row


def answers_from_row(row: Mapping[str, Any], book: RuleBook) -> dict[str, RecordedAnswer]:
    """Return what a row says of each fact, as a case file would have said it: the opposite of `row_of`."""
    given = {}
    for name, fact in book.facts.items():
        cell = UNKNOWN if row.get(f"{name}.{UNKNOWN}") else row.get(name)
        if cell is None:
            continue
        worth = row.get(f"{name}.{CREDIBILITY}")
        said = (row.get(f"{name}.{one}") for one in ANNOTATIONS)
        given[name] = RecordedAnswer(_value_of(cell, fact), Credibility(worth or "not_assessed"), *said)
    return given


def cell_from_value(value: Value) -> Any:
    """Return the cell that holds a value."""
    if isinstance(value, Answer):
        return value.value
    return sorted(value) if isinstance(value, frozenset) else value


def _value_of(cell: Any, fact: Fact) -> Value:
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

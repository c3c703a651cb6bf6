"""The columns of a table of cases, with their types: a row a case, a column a fact.

Columns are given as Polars, Arrow and JSON Schema have them; cases become rows of them. What the findings table looks
like is said in `screen.batch.findings_schema`.

A yes/no answer, a choice, a level, a State and a text are strings, a set is a list of strings, a number a float, a day
a date. A null cell says that nobody was asked. If somebody was asked and the answer is not known, the cell is the word
`unknown`, or, for a set, a number or a day, which have no such word, `f.unknown` is true. The two differ: some
presumptions fill what nobody was asked, and may not fill what is not known. An empty list is an answer: none of these.
It is not unknown. A fact `f` may also have the columns `f.credibility`, null for not assessed, and `f.source`,
`f.note`, `f.date`. No finding depends on the last three: they are accepted so that a case file loses nothing on its way
into a table, and not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import polars as pl
import pyarrow as pa

from screen.batch.cells import (
    ABOUT_PERSON,
    ANNOTATIONS,
    CLAIM,
    CLOSED_BY,
    CLOSED_ON,
    CREDIBILITY,
    CREDIBILITY_WORDS,
    ID,
    PROFILE,
    RECORD,
    RECORD_STATES,
    TYPES_WITHOUT_UNKNOWN,
    cell_from_value,
    row_from_case,
)
from screen.case.evidence import RecordedAnswer
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN, number_schema
from screen.rulebook.model import Fact, RuleBook

#: What else a table may say of an answer, in the order of the columns.
_ATTRIBUTES = (UNKNOWN, CREDIBILITY, *ANNOTATIONS)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its fact, and its role (`answer`, `unknown`, `credibility`, `source`, `note`, `date`)."""

    name: str
    fact: Fact
    role: str = "answer"


class Layout:
    """The columns that a table of cases may have under a rule book."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.answers = {name: Column(name, fact) for name, fact in book.facts.items()}
        #: Columns that say more about an answer, such as `f.credibility`.
        self.attributes = {
            f"{name}.{role}": Column(f"{name}.{role}", fact, role)
            for name, fact in book.facts.items()
            for role in _ATTRIBUTES
            if role != UNKNOWN or fact.type in TYPES_WITHOUT_UNKNOWN
        }

    def column(self, name: str) -> Column | None:
        """Return the column of this name, or None where there is none; `id` belongs to no fact."""
        return self.answers.get(name) or self.attributes.get(name)

    def position(self, name: str | None) -> int:
        """Return the position of a column among all, so that the mistakes of a record are always in the same order."""
        return self._positions.get(name, len(self._positions))

    @cached_property
    def _positions(self) -> dict[str | None, int]:
        names = (ID, PROFILE, RECORD, *self.names(attributes=_ATTRIBUTES)[1:])
        return {name: position for position, name in enumerate(names)}

    @property
    def word_columns(self) -> frozenset[str]:
        """The columns whose cells are words from a fixed list, or lists of them."""
        names = (*self.answers, *self.attributes)
        return frozenset(name for name in names if isinstance(self.dtype(name), pl.Enum | pl.List))

    def options(self, fact_name: str) -> tuple[str, ...]:
        """Return the words that may answer a fact, `unknown` left out; none for a number, a day or a text."""
        fact = self.book.facts[fact_name]
        if fact.type == "yes_no":
            return (Answer.YES.value, Answer.NO.value)
        return tuple(self.book.countries) if fact.type == "country" else tuple(option for option, _ in fact.options)

    def dtype(self, name: str) -> pl.DataType:
        """Return the Polars type of a column. Raises KeyError for a column that no table of cases has."""
        if name in (ID, CLAIM, ABOUT_PERSON, CLOSED_BY):
            return pl.String()
        if name == PROFILE:
            return pl.Enum(list(self.book.profiles))
        if name == CLOSED_ON:
            return pl.Date()
        if name == RECORD:
            return pl.Enum(RECORD_STATES)
        column = self.answers.get(name) or self.attributes[name]
        if column.role != "answer":
            types = {UNKNOWN: pl.Boolean(), CREDIBILITY: pl.Enum(CREDIBILITY_WORDS), "date": pl.Date()}
            return types.get(column.role, pl.String())
        match column.fact.type:
            case "yes_no" | "choice" | "level" | "country":
                return pl.Enum((*self.options(column.fact.name), UNKNOWN))
            case "many":
                return pl.List(pl.Enum(self.options(column.fact.name)))
            case "number":
                return pl.Float64()
            case "date":
                return pl.Date()
            case _:
                return pl.String()

    def names(self, *, attributes: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the columns of a complete table: `id`, then the facts in the order of the interview.

        After each fact come those of its `attributes` (`unknown`, `credibility`, `source`, `note`, `date`) that it has.
        """
        roles = tuple(attributes)
        names = (name for fact in self.book.facts for name in (fact, *(f"{fact}.{role}" for role in roles)))
        return (ID, *(name for name in names if self.column(name)))

    def polars_schema(self, *, attributes: Iterable[str] = ()) -> pl.Schema:
        """Return the columns as Polars has them, words as enumerations of the permitted ones."""
        return pl.Schema({name: self.dtype(name) for name in self.names(attributes=attributes)})

    def arrow_schema(self, *, attributes: Iterable[str] = ()) -> pa.Schema:
        """Return the columns as Arrow has them, words as plain strings, so that any program can write such a table."""
        types = {name: self._arrow_type(self.dtype(name)) for name in self.names(attributes=attributes)}
        return pa.schema([pa.field(name, arrow_type, nullable=name != ID) for name, arrow_type in types.items()])

    @staticmethod
    def _arrow_type(dtype: pl.DataType) -> pa.DataType:
        types = {
            pl.Float64: pa.float64(),
            pl.Date: pa.date32(),
            pl.Boolean: pa.bool_(),
            pl.List: pa.list_(pa.string()),
        }
        return types.get(type(dtype), pa.string())

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a record, one line of JSON Lines."""
        properties: dict[str, Any] = {ID: {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}}
        text = {"type": ["string", "null"]}
        for name, fact in self.book.facts.items():
            properties[name] = {"title": fact.ask, **self._answer_schema(fact)}
            properties[f"{name}.{CREDIBILITY}"] = {"enum": [*CREDIBILITY_WORDS, None]}
            if fact.type in TYPES_WITHOUT_UNKNOWN:
                properties[f"{name}.{UNKNOWN}"] = {"type": ["boolean", "null"]}
            properties |= {f"{name}.source": text, f"{name}.note": text, f"{name}.date": _DAY_SCHEMA}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"A case under {self.book.title}, as one record",
            "type": "object",
            "properties": properties,
            "required": [ID],
            "additionalProperties": False,
        }

    def _answer_schema(self, fact: Fact) -> dict[str, Any]:
        options = list(self.options(fact.name))
        match fact.type:
            case "many":
                a_set = {"type": "array", "items": {"enum": options}, "uniqueItems": True}
                return {"anyOf": [a_set, {"enum": [UNKNOWN, None]}]}
            case "number":
                return {"anyOf": [number_schema(fact.bounds), {"enum": [UNKNOWN, None]}]}
            case "date":
                return {"anyOf": [_DAY_SCHEMA, {"const": UNKNOWN}]}
            case "text":
                return {"type": ["string", "null"]}
            case _:
                return {"enum": [*options, UNKNOWN, None]}

    def cells_for(self, column: Column, value: Any) -> dict[str, Any]:
        """Return the cells that a checked value fills: its own, and `f.unknown` where its type cannot say unknown."""
        if value is Answer.UNKNOWN and column.role == "answer" and column.fact.type in TYPES_WITHOUT_UNKNOWN:
            return {column.name: None, f"{column.name}.{UNKNOWN}": True}
        return {column.name: cell_from_value(value)}

    def frame_from_cells(self, cells: Mapping[str, list[Any]]) -> pl.DataFrame:
        """Return columns of cells as a table."""
        return pl.DataFrame([_to_series(name, column, self.dtype(name)) for name, column in cells.items()])

    def frame_from_cases(self, cases: Mapping[str, Mapping[str, RecordedAnswer]]) -> pl.DataFrame:
        """Return cases as a table that has the columns that at least one case fills."""
        rows = [row_from_case(name, given, self.book) for name, given in cases.items()]
        used = {ID, *(name for row in rows for name in row)}
        names = [name for name in self.names(attributes=(UNKNOWN, CREDIBILITY)) if name in used]
        return pl.DataFrame(rows, schema={name: self.dtype(name) for name in names})


_DAY_SCHEMA: dict[str, Any] = {"type": ["string", "null"], "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def _to_series(name: str, cells: list[Any], dtype: pl.DataType) -> pl.Series:
    """Return cells as a column.

    Polars looks at each list of a column by itself, which takes longer than reading YAML, and Arrow loads pandas, where
    that is installed, to see whether a list is one of its own. So the words of all lists go in as one column.
    """
    if not isinstance(dtype, pl.List):
        plain = pl.String() if isinstance(dtype, pl.Enum) else dtype
        return pl.Series(name, cells, plain).cast(dtype)
    words = pl.Series(list(chain.from_iterable(filter(None, cells))), dtype=pl.String()).cast(dtype.inner)
    lengths = pl.Series([None if cell is None else len(cell) for cell in cells], dtype=pl.Int64())
    offsets = (lengths.fill_null(0).cum_sum() - lengths).append(pl.Series([len(words)]))
    lists = pa.LargeListArray.from_arrays(offsets.rechunk().to_arrow(), words.to_physical().to_arrow())
    return pl.Series(name, lists).list.eval(pl.element().cat.to(dtype.inner))

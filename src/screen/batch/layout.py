"""How case files lie in a table: a row a case, a column a fact.

In: a rule book. Out: the columns with their types, as Polars, Arrow and JSON Schema have them, and a case as a row of
them. Left alone: files, and what follows from the answers (`kernel`).

One word is a string (yes/no, choice, level, State, text), a set a list of strings, a number a float, a day a date. A
cell that is null says nothing: nobody was asked. Asked and not known is the word `unknown`, and beside a set, a number
or a day `f`, which have no such word, `f.unknown` is true: some presumptions fill what nobody was asked, and may not
fill what is not known. An empty list is an answer: none of these, which is not unknown. Beside a fact `f` may also
stand `f.credibility`, null for not assessed, and `f.source`, `f.note`, `f.date`, which no finding hangs on: they are
accepted, so that a case file loses nothing on its way into a table, and not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import polars as pl

from screen.batch.cells import (
    ANNOTATIONS,
    CLAIM,
    CREDIBILITY,
    CREDIBILITY_WORDS,
    ID,
    PROFILE,
    TYPES_WITHOUT_UNKNOWN,
    WHOM,
    cell_from_value,
    row_from_case,
)
from screen.case.evidence import RecordedAnswer
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN, number_schema
from screen.rulebook.model import Fact, RuleBook

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the fact that it belongs to, and what it says of it (`answer`, `unknown`, `credibility` …)."""

    name: str
    fact: Fact
    role: str = "answer"


class Layout:
    """The columns that a table of cases may have under a rule book."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.answers = {name: Column(name, fact) for name, fact in book.facts.items()}
        self.beside = {
            f"{name}.{says}": Column(f"{name}.{says}", fact, says)
            for name, fact in book.facts.items()
            for says in (UNKNOWN, CREDIBILITY, *ANNOTATIONS)
            if says != UNKNOWN or fact.type in TYPES_WITHOUT_UNKNOWN
        }

    def column(self, name: str) -> Column | None:
        """Return the column of this name, or None where there is none; `id` belongs to no fact."""
        return self.answers.get(name) or self.beside.get(name)

    def position(self, name: str | None) -> int:
        """Return where a column stands among all, so that what is told of a record has one order."""
        return self._places.get(name, len(self._places))

    @cached_property
    def _places(self) -> dict[str | None, int]:
        beside = (UNKNOWN, CREDIBILITY, *ANNOTATIONS)
        return {name: at for at, name in enumerate((ID, PROFILE, *self.names(attributes=beside)[1:]))}

    @property
    def word_columns(self) -> frozenset[str]:
        """The columns whose cells are words out of a few, or lists of them."""
        every = (*self.answers, *self.beside)
        return frozenset(name for name in every if isinstance(self.dtype(name), pl.Enum | pl.List))

    def options(self, fact: str) -> tuple[str, ...]:
        """Return the words that may answer a fact, `unknown` apart; none where any number, day or text may."""
        one = self.book.facts[fact]
        if one.type == "yes_no":
            return (Answer.YES.value, Answer.NO.value)
        return tuple(self.book.countries) if one.type == "country" else tuple(option for option, _ in one.options)

    def dtype(self, name: str) -> pl.DataType:
        """Return the Polars type of a column. Raises KeyError for a column that no table of cases has."""
        if name in (ID, CLAIM, WHOM):
            return pl.String()
        if name == PROFILE:
            return pl.Enum(list(self.book.profiles))
        column = self.answers.get(name) or self.beside[name]
        if column.role != "answer":
            one_of = {UNKNOWN: pl.Boolean(), CREDIBILITY: pl.Enum(CREDIBILITY_WORDS), "date": pl.Date()}
            return one_of.get(column.role, pl.String())
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
        """Return the columns of a whole table: `id`, then the facts in the order of the interview.

        Each has what is wanted beside it: `unknown`, `credibility`, `source`, `note`, `date`.
        """
        wanted = tuple(attributes)
        several = ((fact, *(f"{fact}.{one}" for one in wanted)) for fact in self.book.facts)
        return (ID, *(name for names in several for name in names if self.column(name)))

    def polars_schema(self, *, attributes: Iterable[str] = ()) -> pl.Schema:
        """Return the columns as Polars has them, words as enumerations of what may stand there."""
        return pl.Schema({name: self.dtype(name) for name in self.names(attributes=attributes)})

    def arrow_schema(self, *, attributes: Iterable[str] = ()) -> pyarrow.Schema:
        """Return the columns as Arrow has them, words as plain strings, so that any program can write such a table."""
        import pyarrow as pa

        types = {name: self._arrow(self.dtype(name)) for name in self.names(attributes=attributes)}
        return pa.schema([pa.field(name, kind, nullable=name != ID) for name, kind in types.items()])

    @staticmethod
    def _arrow(dtype: pl.DataType) -> pyarrow.DataType:
        import pyarrow as pa

        kinds = {
            pl.Float64: pa.float64(),
            pl.Date: pa.date32(),
            pl.Boolean: pa.bool_(),
            pl.List: pa.list_(pa.string()),
        }
        return kinds.get(type(dtype), pa.string())

    def json_schema(self) -> dict[str, Any]:
        """Return what a record may hold, as JSON Schema: one line of JSON Lines."""
        properties: dict[str, Any] = {ID: {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}}
        words = {"type": ["string", "null"]}
        for name, fact in self.book.facts.items():
            properties[name] = {"title": fact.ask, **self._may_be(fact)}
            properties[f"{name}.{CREDIBILITY}"] = {"enum": [*CREDIBILITY_WORDS, None]}
            if fact.type in TYPES_WITHOUT_UNKNOWN:
                properties[f"{name}.{UNKNOWN}"] = {"type": ["boolean", "null"]}
            properties |= {f"{name}.source": words, f"{name}.note": words, f"{name}.date": _DAY}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"A case under {self.book.title}, as one record",
            "type": "object",
            "properties": properties,
            "required": [ID],
            "additionalProperties": False,
        }

    def _may_be(self, fact: Fact) -> dict[str, Any]:
        options = list(self.options(fact.name))
        match fact.type:
            case "many":
                several = {"type": "array", "items": {"enum": options}, "uniqueItems": True}
                return {"anyOf": [several, {"enum": [UNKNOWN, None]}]}
            case "number":
                return {"anyOf": [number_schema(fact.bounds), {"enum": [UNKNOWN, None]}]}
            case "date":
                return {"anyOf": [_DAY, {"const": UNKNOWN}]}
            case "text":
                return {"type": ["string", "null"]}
            case _:
                return {"enum": [*options, UNKNOWN, None]}

    def cells_for(self, column: Column, value: Any) -> dict[str, Any]:
        """Return the cells that one checked value fills: its own, and that beside it where it is not known."""
        if value is Answer.UNKNOWN and column.role == "answer" and column.fact.type in TYPES_WITHOUT_UNKNOWN:
            return {column.name: None, f"{column.name}.{UNKNOWN}": True}
        return {column.name: cell_from_value(value)}

    def frame_from_cells(self, cells: Mapping[str, list[Any]]) -> pl.DataFrame:
        """Return columns of cells, as `CaseFiles` gathers them, as a table."""
        return pl.DataFrame([_column(name, some, self.dtype(name)) for name, some in cells.items()])

    def frame_from_cases(self, cases: Mapping[str, Mapping[str, RecordedAnswer]]) -> pl.DataFrame:
        """Return cases as a table with the columns that one of them at least needs."""
        rows = [row_from_case(name, given, self.book) for name, given in cases.items()]
        used = {name for row in rows for name in row}
        names = [name for name in self.names(attributes=(UNKNOWN, CREDIBILITY)) if name in used | {ID}]
        return pl.DataFrame(rows, schema={name: self.dtype(name) for name in names})


_DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def _column(name: str, cells: list[Any], dtype: pl.DataType) -> pl.Series:
    """Return cells as a column.

    Polars looks at each list of a column by itself, which takes longer than reading YAML, and Arrow loads pandas, where
    that is installed, to look whether a list is a list of its own. So the words of all lists go in as one column.
    """
    if not isinstance(dtype, pl.List):
        plain = pl.String() if isinstance(dtype, pl.Enum) else dtype
        return pl.Series(name, cells, plain).cast(dtype)
    import pyarrow as pa

    words = pl.Series(list(chain.from_iterable(filter(None, cells))), dtype=pl.String()).cast(dtype.inner)
    lengths = pl.Series([None if cell is None else len(cell) for cell in cells], dtype=pl.Int64())
    begins = (lengths.fill_null(0).cum_sum() - lengths).append(pl.Series([len(words)]))
    lists = pa.LargeListArray.from_arrays(begins.rechunk().to_arrow(), words.to_physical().to_arrow())
    return pl.Series(name, lists).list.eval(pl.element().cat.to(dtype.inner))

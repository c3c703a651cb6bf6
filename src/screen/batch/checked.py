"""Columns of raw cells into columns of checked answers, many records at once.

In: a table as some format gave it, each column of text, lists, numbers or days. Out: the same rows with the types of
the layout, and for every cell that is no answer the reason in the words of `language.answers`. Left alone: where the
table comes from.

The quick way is to convert a whole column; what would be lost by it is looked at cell by cell and told. A value that
cannot be converted never becomes null in silence: its row is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from screen.batch.cells import CREDIBILITY, ID, PROFILE, WORDLESS, WORTH
from screen.batch.columns import Column, Layout
from screen.batch.lists import MOST_OPTIONS, marked
from screen.case import is_name
from screen.language.answers import A_NUMBER, UNKNOWN, Wrong, value_of
from screen.language.reader import MAX_DIGITS
from screen.language.terms import RuleBook
from screen.mistake import nearest, short

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_NUMBER = r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
EMPTY, BETWEEN = "[]", ";"  # how a table of plain text writes a set: `[]`, `one`, `one;other`
_MOST_SUGGESTED = 1000
_TOO_LARGE = 10.0**MAX_DIGITS  # a float would lose its last digits
NO_NAME = Wrong(
    "bad-name",
    "this cannot be the name of a case.",
    "Write a registration number or a pseudonym: letters, digits, `.`, `_`, `-`. Never a person's name.",
)


@dataclass(frozen=True, slots=True)
class Bad:
    """One cell that is no answer: its row in the table, its column, why."""

    row: int
    column: str
    why: Wrong


@dataclass(slots=True)
class Checker:
    """Checks tables of one rule book. Safe to use from several threads."""

    book: RuleBook
    layout: Layout
    _told: dict[tuple[str, str], Wrong] = field(default_factory=dict)

    def is_name(self, text: str) -> bool:
        """Tell whether this can be the name of a case."""
        return is_name(text)

    def unknown(self, name: str) -> Wrong | None:
        """Return what is wrong with a column of this name, or None where a table of cases may have it."""
        if name in (ID, PROFILE) or self.layout.column(name) is not None:
            return None
        if name in self.book.criteria:
            return Wrong("unknown-fact", f'"{name}" is a criterion, which the program finds.', "Leave it out.")
        known = [ID, *self.layout.answers]
        return Wrong("unknown-fact", f'"{short(name)}" is not a fact.', nearest(name, known, "See `rsd batch schema`."))

    def table(self, raw: pl.DataFrame, *, plain: bool = False, marks: bool = False) -> tuple[pl.DataFrame, list[Bad]]:
        """Return the rows that can be used, typed, and every bad cell of the others, by row.

        `plain` says that the cells are the text of a CSV file, where a set is written `one;other` and `[]`. With
        `marks` a set may come as the number that `lists.marked` makes of it: the kernel can read it, nobody else need.
        """
        bad: list[Bad] = []
        columns: list[pl.Series] = []
        for cells in raw.get_columns():
            typed, rows = self._column(cells, plain=plain, marks=marks)
            columns.append(typed)
            bad += [Bad(row, cells.name, self._why(cells.name, _cell(cells, row), plain=plain)) for row in rows]
        frame, contrary = self._not_known(raw, pl.DataFrame(columns))
        bad += contrary
        if bad:
            bad.sort(key=lambda one: one.row)
            gone = pl.Series("row", [one.row for one in bad], dtype=pl.UInt32).unique()
            frame = frame.with_row_index("*row").filter(~pl.col("*row").is_in(gone.implode())).drop("*row")
        return frame, bad

    def _not_known(self, raw: pl.DataFrame, typed: pl.DataFrame) -> tuple[pl.DataFrame, list[Bad]]:
        """Return the table with what was answered `unknown` where a cell has no such word, and who says two things."""
        bad: list[Bad] = []
        marks: list[pl.Series] = []
        for name, fact in self.book.facts.items():
            beside = f"{name}.{UNKNOWN}"
            if fact.type not in WORDLESS or (name not in raw.columns and beside not in raw.columns):
                continue
            marked = typed[beside].fill_null(False) if beside in typed.columns else None
            if name in raw.columns and raw[name].dtype == pl.String:
                word = (raw[name] == UNKNOWN).fill_null(False)
                if word.any():
                    marked = word if marked is None else marked | word
            if marked is None:
                continue
            marks.append(marked.alias(beside))
            if name in typed.columns:
                both = marked & typed[name].is_not_null()
                bad += [Bad(row, beside, _BOTH) for row in _rows(both)]
        return typed.with_columns(marks), bad

    def _column(self, cells: pl.Series, *, plain: bool, marks: bool) -> tuple[pl.Series, list[int]]:
        name = cells.name
        if name == ID:
            text = cells if cells.dtype == pl.String else cells.cast(pl.String)
            return text, _rows(~text.str.contains(NAME).fill_null(False))
        if name == PROFILE:
            return _words(cells, pl.Enum(list(self.book.profiles)))
        column = self.layout.column(name)
        assert column is not None, "columns are checked by name before"
        dtype = self.layout.dtype(name)
        if cells.dtype == pl.Null:
            return cells.cast(dtype), []
        if isinstance(dtype, pl.Enum):
            return _words(cells, dtype)
        if isinstance(dtype, pl.List):
            return _sets(cells, dtype, plain=plain, marks=marks)
        if dtype == pl.Float64:
            return _numbers(cells)
        if dtype == pl.Date:
            return _days(cells)
        if dtype == pl.Boolean:
            return _marks(cells)
        return (cells, []) if cells.dtype == pl.String else (cells.cast(pl.String), _rows(cells.is_not_null()))

    def _why(self, name: str, cell: Any, *, plain: bool) -> Wrong:
        """Return why a cell is no answer. The likeliest word costs time, so one spelling is looked up once."""
        key = (name, repr(cell))
        if (known := self._told.get(key)) is not None:
            return known
        why = self.reason(name, cell, plain=plain)
        if len(self._told) < _MOST_SUGGESTED:
            self._told[key] = why
        return why

    def reason(self, name: str, cell: Any, *, plain: bool = False) -> Wrong:
        """Return why a cell that the quick way refused is no answer."""
        if name == ID:
            return _missing() if cell is None else NO_NAME
        if name == PROFILE:
            known = self.book.profiles
            remedy = nearest(str(cell), known, "Known: " + ", ".join(known) + ".")
            return Wrong("unknown-profile", "there is no such profile.", remedy)
        column = self.layout.column(name)
        assert column is not None
        found = self.value(column, cell, plain=plain)
        if isinstance(found, Wrong):
            return found
        return Wrong("wrong-kind", "this is not how an answer of this kind is written.", "See `rsd batch schema`.")

    def value(self, column: Column, cell: Any, *, plain: bool = False) -> Any:
        """Return the value that one cell gives its column as the quick way would have it, or what is wrong with it."""
        if cell is None:
            return None
        if column.says == CREDIBILITY:
            remedy = nearest(str(cell), WORTH, "Write one of: " + ", ".join(WORTH) + ".")
            return cell if cell in WORTH else Wrong("not-a-choice", "this is no credibility.", remedy)
        if column.says == UNKNOWN:
            return cell if isinstance(cell, bool) else Wrong("wrong-kind", f"{column.name}: no boolean.", "Write true.")
        kind = {"answer": column.fact.type, "date": "date"}.get(column.says, "text")
        if plain and kind == "many" and cell != UNKNOWN:
            cell = [] if cell == EMPTY else str(cell).split(BETWEEN)
        options = [option for option, _ in column.fact.options]
        found = value_of(cell, kind, options, self.book.countries)
        if isinstance(found, int | float) and not abs(found) < _TOO_LARGE:
            found = Wrong("wrong-kind", "this is no number that anything is counted by.", f"{A_NUMBER}.")
        if isinstance(found, Wrong):
            return Wrong(found.code, f"{column.name}: {found.found}", found.remedy, found.item)
        return found


_BOTH = Wrong(
    "answer-and-unknown",
    "this says that the answer is not known, and there is an answer.",
    "Keep one of the two.",
)


def _missing() -> Wrong:
    return Wrong("bad-name", "the case has no name.", NO_NAME.remedy)


def _cell(cells: pl.Series, row: int) -> Any:
    cell = cells[row]
    return cell.to_list() if isinstance(cell, pl.Series) else cell


def _rows(mask: pl.Series) -> list[int]:
    return mask.arg_true().to_list()


def _words(cells: pl.Series, dtype: pl.Enum) -> tuple[pl.Series, list[int]]:
    """Return one-word cells as the enumeration, and the rows whose word is not in it."""
    if cells.dtype == dtype:
        return cells, []
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum):
        return pl.Series(cells.name, [None] * len(cells), dtype=dtype), _rows(cells.is_not_null())
    typed = cells.cast(dtype, strict=False)
    if typed.null_count() == cells.null_count():
        return typed, []
    return typed, _rows(typed.is_null() & cells.is_not_null())


def _sets(cells: pl.Series, dtype: pl.List, *, plain: bool, marks: bool) -> tuple[pl.Series, list[int]]:
    """Return sets as lists of the enumeration, and the rows that hold another word, none at all or one twice."""
    assert isinstance(dtype.inner, pl.Enum)
    if cells.dtype == dtype and len(dtype.inner.categories) <= MOST_OPTIONS:
        numbers, are_sets = marked(cells)
        if are_sets:
            return (numbers if marks else cells), []
    wrong = pl.Series([False]).new_from_index(0, len(cells))
    if plain or cells.dtype == pl.String:
        if not plain:  # a word where a list belongs; `unknown` alone is an answer
            wrong = (cells != UNKNOWN).fill_null(False)
        asked = cells.to_frame().select(
            pl.when(pl.first() == UNKNOWN).then(None)
            .when(pl.first() == EMPTY).then(pl.lit([], dtype=pl.List(pl.String)))
            .otherwise(pl.first().str.split(BETWEEN)).alias(cells.name)
        ).to_series()  # fmt: skip
    elif isinstance(cells.dtype, pl.List):
        asked = cells
    else:
        return pl.Series(cells.name, [None] * len(cells), dtype=dtype), _rows(cells.is_not_null())
    items = asked.drop_nulls().explode(empty_as_null=False)
    if items.dtype != dtype.inner:
        if items.dtype != pl.Null:
            if not isinstance(items.dtype, pl.String | pl.Categorical | pl.Enum):
                return pl.Series(cells.name, [None] * len(cells), dtype=dtype), _rows(cells.is_not_null())
            known = items.cast(dtype.inner, strict=False)
        else:
            known = items
        typed = asked.cast(dtype, strict=False)
    else:
        known, typed = items, asked
    if known.null_count():
        wrong = wrong | typed.list.eval(pl.element().is_null()).list.any().fill_null(False)
    if (asked.list.len() > 1).any():
        wrong = wrong | (typed.list.n_unique() != typed.list.len()).fill_null(False)
    return typed, _rows(wrong)


def _numbers(cells: pl.Series) -> tuple[pl.Series, list[int]]:
    """Return numbers, and the rows of what is none, or of one that no case file could hold."""
    if cells.dtype == pl.String:
        known = (cells != UNKNOWN).fill_null(False)
        typed = cells.cast(pl.Float64, strict=False)
        sane = (typed.is_finite() & (typed.abs() < _TOO_LARGE)).fill_null(False)
        good = cells.str.contains(_NUMBER).fill_null(False) & sane
        return typed, _rows(known & ~good)
    if not cells.dtype.is_numeric():
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Float64), _rows(cells.is_not_null())
    typed = cells.cast(pl.Float64)
    return typed, _rows(~(typed.is_finite() & (typed.abs() < _TOO_LARGE)).fill_null(True))


def _days(cells: pl.Series) -> tuple[pl.Series, list[int]]:
    """Return days, and the rows of what is none."""
    if cells.dtype == pl.Date:
        return cells, []
    if cells.dtype != pl.String:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Date), _rows(cells.is_not_null())
    shaped = cells.str.contains(_DAY).fill_null(False)
    typed = cells.str.to_date("%Y-%m-%d", strict=False)
    good = shaped & typed.is_not_null()
    return typed, _rows((cells != UNKNOWN).fill_null(False) & ~good)


def _marks(cells: pl.Series) -> tuple[pl.Series, list[int]]:
    """Return the marks of what is not known, and the rows of what is neither true nor false."""
    if cells.dtype == pl.Boolean:
        return cells, []
    if cells.dtype != pl.String:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Boolean), _rows(cells.is_not_null())
    typed = pl.DataFrame([cells]).select(pl.first().replace_strict({"true": True, "false": False}, default=None))
    marks = typed.to_series().cast(pl.Boolean)
    return marks, _rows(marks.is_null() & cells.is_not_null())


def without(raw: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return a table without these columns, as far as it has them."""
    gone = set(names)
    return raw.drop([name for name in raw.columns if name in gone])

"""A column of raw cells as the type that the layout gives it, and the rows whose cell is no answer.

In: a column as some format gave it. Out: the same column typed, and row numbers from 0. Left alone: why a cell is no
answer. A cell that cannot be converted never becomes null in silence: its row is returned.
"""

from __future__ import annotations

import polars as pl

from screen.batch.cells import EMPTY_SET, SET_SEPARATOR
from screen.batch.score.list_columns import MOST_OPTIONS, pack_sets
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import Bounds
from screen.rulebook.yaml_reader import MAX_DIGITS

NUMBER_PATTERN = r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?$"
_DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
TOO_LARGE = 10.0**MAX_DIGITS  # a float of this size or more would lose its last digits

TypedColumn = tuple[pl.Series, list[int]]


def to_words(cells: pl.Series, dtype: pl.Enum) -> TypedColumn:
    """Return cells of one word as the enumeration, and the rows whose word is not in it."""
    if cells.dtype == dtype:
        return cells, []
    if not _holds_words(cells.dtype):
        return no_answers(cells, dtype)
    typed = cells.cast(dtype, strict=False)
    if typed.null_count() == cells.null_count():
        return typed, []
    return typed, rows_where(typed.is_null() & cells.is_not_null())


def to_sets(cells: pl.Series, dtype: pl.List, *, from_csv: bool, as_bits: bool) -> TypedColumn:
    """Return sets as lists of the enumeration, and the rows that hold another word, no set, or a word twice.

    With `as_bits` a set may come as the number that `list_columns.pack_sets` makes of it.
    """
    assert isinstance(dtype.inner, pl.Enum)
    if isinstance(cells.dtype, pl.List) and _holds_words(cells.dtype.inner):
        # The usual case, checked in one go: a word that is no option becomes null, and a list with a null is no set.
        converted = cells.cast(dtype, strict=False)
        bits, are_sets = pack_sets(converted) if len(dtype.inner.categories) <= MOST_OPTIONS else (cells, False)
        if are_sets:
            return (bits if as_bits else converted), []
    wrong = pl.Series([False]).new_from_index(0, len(cells))
    if from_csv or cells.dtype == pl.String:
        if not from_csv:  # a word where a list belongs; `unknown` alone is an answer
            wrong = (cells != UNKNOWN).fill_null(False)
        lists = _split_sets(cells)
    elif isinstance(cells.dtype, pl.List):
        lists = cells
    else:
        return no_answers(cells, dtype)
    items = lists.drop_nulls().explode(empty_as_null=False)
    if items.dtype == dtype.inner:
        known, typed = items, lists
    elif items.dtype == pl.Null:
        known, typed = items, lists.cast(dtype, strict=False)
    elif _holds_words(items.dtype):
        known, typed = items.cast(dtype.inner, strict=False), lists.cast(dtype, strict=False)
    else:
        return no_answers(cells, dtype)
    if known.null_count():
        wrong = wrong | typed.list.eval(pl.element().is_null()).list.any().fill_null(False)
    if (lists.list.len() > 1).any():
        wrong = wrong | (typed.list.n_unique() != typed.list.len()).fill_null(False)
    return typed, rows_where(wrong)


def _holds_words(dtype: object) -> bool:
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def _split_sets(cells: pl.Series) -> pl.Series:
    """Return sets in the notation of plain text as lists of words, `unknown` as null."""
    lists = (
        pl.when(pl.first() == UNKNOWN)
        .then(None)
        .when(pl.first() == EMPTY_SET)
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(pl.first().str.split(SET_SEPARATOR))
    )
    return cells.to_frame().select(lists.alias(cells.name)).to_series()


def to_numbers(cells: pl.Series, bounds: Bounds | None, *, from_csv: bool) -> TypedColumn:
    """Return numbers, and the rows of what is no number, or none that its fact or a case file can have."""
    if cells.dtype == pl.String:
        answered = (cells != UNKNOWN).fill_null(False)
        typed = cells.cast(pl.Float64, strict=False)
        possible = _are_possible(typed, bounds).fill_null(False)
        valid = (cells.str.contains(NUMBER_PATTERN).fill_null(False) & possible) if from_csv else cells.is_null()
        return typed, rows_where(answered & ~valid)
    if not cells.dtype.is_numeric():
        return no_answers(cells, pl.Float64())
    typed = cells.cast(pl.Float64)
    return typed, rows_where(~_are_possible(typed, bounds).fill_null(True))


def _are_possible(numbers: pl.Series, bounds: Bounds | None) -> pl.Series:
    """Return which of these can be an answer, by the same rules as `Bounds.hold`."""
    possible = numbers.is_finite() & (numbers.abs() < TOO_LARGE)
    if bounds is None:
        return possible
    if bounds.at_least is not None:
        possible &= numbers >= bounds.at_least
    if bounds.at_most is not None:
        possible &= numbers <= bounds.at_most
    return possible & (numbers == numbers.floor()) if bounds.whole else possible


def to_days(cells: pl.Series, *, or_unknown: bool) -> TypedColumn:
    """Return days, and the rows of what is no day. The first year is 1: Python has none before it."""
    if isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone is None:
        # As pandas has days. A time of day is not cut off in silence, nor a time zone, in which it may be another day.
        days = cells.cast(pl.Date)
        typed, wrong = to_days(days, or_unknown=or_unknown)
        return typed, sorted({*wrong, *rows_where((days.cast(cells.dtype) != cells).fill_null(False))})
    if cells.dtype == pl.Date:
        return cells, rows_where(~cells.dt.year().is_between(1, 9999).fill_null(True))
    if cells.dtype != pl.String:
        return no_answers(cells, pl.Date())
    shaped = cells.str.contains(_DAY_PATTERN).fill_null(False)
    typed = cells.str.to_date("%Y-%m-%d", strict=False)
    valid = shaped & typed.dt.year().is_between(1, 9999).fill_null(False)
    answered = (cells != UNKNOWN).fill_null(False) if or_unknown else cells.is_not_null()
    return typed, rows_where(answered & ~valid)


def to_booleans(cells: pl.Series, *, from_csv: bool) -> TypedColumn:
    """Return booleans, and the rows of what is neither true nor false."""
    if cells.dtype == pl.Boolean:
        return cells, []
    if cells.dtype != pl.String or not from_csv:
        return no_answers(cells, pl.Boolean())
    words = pl.DataFrame([cells]).select(pl.first().replace_strict({"true": True, "false": False}, default=None))
    typed = words.to_series().cast(pl.Boolean)
    return typed, rows_where(typed.is_null() & cells.is_not_null())


def to_text(cells: pl.Series) -> TypedColumn:
    """Return text, and the rows of what is no text."""
    return (cells, []) if cells.dtype == pl.String else no_answers(cells, pl.String())


def no_answers(cells: pl.Series, dtype: pl.DataType) -> TypedColumn:
    """Return a column of nulls in place of cells of the wrong type, and the rows of all that are not null."""
    return pl.Series(cells.name, [None] * len(cells), dtype=dtype), rows_where(cells.is_not_null())


def rows_where(mask: pl.Series) -> list[int]:
    """Return the rows, from 0, where a mask is true."""
    return mask.arg_true().to_list()

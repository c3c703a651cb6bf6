"""Filters of findings: `recommendation=recognise`, `priority=urgent,high`.

A row passes a filter if its column has, or its list contains, one of the values; it must pass every filter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl

from screen.batch.findings_schema import base_name, output_schema
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean, shorten
from screen.rulebook.model import RuleBook


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A column, and the values of which it must have, or contain, one."""

    column: str
    values: tuple[str, ...]

    @property
    def base_column(self) -> str:
        """The column without the profile that it belongs to."""
        return base_name(self.column)

    def __str__(self) -> str:
        return f"{self.column}={','.join(self.values)}"


def parse_filters(texts: Iterable[str], book: RuleBook, profiles: Sequence[str]) -> tuple[RowFilter, ...]:
    """Return filters as they are written, `COLUMN=VALUE` or `COLUMN=VALUE,VALUE`, sorted.

    Raises DiagnosticsError for one that names no column of an output under these profiles, or an impossible value.
    """
    schema = output_schema(book, profiles)
    filters: list[RowFilter] = []
    mistakes: list[Diagnostic] = []
    for text in texts:
        name, equals, rest = (part.strip() for part in text.partition("="))
        values = tuple(sorted({value.strip() for value in rest.split(",")} - {""}))
        if not equals or not values:
            message = f'"{shorten(text)}" is not a filter.'
            mistakes.append(_mistake("not-a-term", message, "Write COLUMN=VALUE, such as priority=urgent."))
        elif name not in schema:
            hint = did_you_mean(name, schema, "Columns of the output can be named; see `rsd rules show`.")
            mistakes.append(_mistake("unknown-column", f'There is no column "{shorten(name)}" to filter by.', hint))
        else:
            filters.append(RowFilter(name, values))
            mistakes += _impossible_values(filters[-1], schema[name])
    if mistakes:
        raise DiagnosticsError(mistakes)
    return tuple(sorted(filters, key=str))


def _mistake(code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(Location("--where"), code, message, hint)


def _impossible_values(row_filter: RowFilter, dtype: pl.DataType) -> Iterator[Diagnostic]:
    """Yield what is wrong with the values of a filter."""
    word_type = dtype.inner if isinstance(dtype, pl.List) else dtype
    for value in row_filter.values:
        if isinstance(word_type, pl.Enum) and value not in (words := word_type.categories.to_list()):
            hint = did_you_mean(value, words, "Write one of: " + ", ".join(words[:8]) + ".")
            yield _mistake("unknown-option", f'"{row_filter.column}" never says "{shorten(value)}".', hint)
        elif dtype.is_numeric() and _number(value) is None:
            yield _mistake("wrong-kind", f'"{row_filter.column}" holds numbers.', "Write a number.")


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def matching_rows(table: pl.DataFrame, filters: Iterable[RowFilter]) -> pl.Series:
    """Return which rows pass every filter; an empty cell passes none."""
    matching = pl.repeat(True, table.height, eager=True, dtype=pl.Boolean)
    for row_filter in filters:
        matching &= reduce(or_, (_has(table[row_filter.column], value) for value in row_filter.values))
    return matching


def _has(cells: pl.Series, value: str) -> pl.Series:
    """Return which cells are this value, or are lists that contain it."""
    if isinstance(cells.dtype, pl.List):
        has = cells.cast(pl.List(pl.String)).list.contains(value)
    elif cells.dtype.is_numeric():
        has = cells.cast(pl.Float64) == _number(value)
    else:
        has = cells.cast(pl.String) == value
    return has.fill_null(False)

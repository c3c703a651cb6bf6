"""Which rows of findings somebody asks for: `recommendation=recognise`, `priority=urgent,high`.

In: conditions as they are written, and what the columns may say. Out: where they hold in a table of findings. Of one
condition any value is enough; of several conditions each must hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from screen.batch.score.scorer import Scorer, output_columns
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean, shorten
from screen.rulebook.model import RuleBook


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A column and the values of which it must have one; of a list, hold one."""

    column: str
    values: tuple[str, ...]

    @property
    def base_column(self) -> str:
        """The column without the profile that it belongs to."""
        return self.column.partition("@")[0]

    def __str__(self) -> str:
        return f"{self.column}={','.join(self.values)}"


def parse_filters(written: Iterable[str], book: RuleBook, profiles: Sequence[str]) -> tuple[RowFilter, ...]:
    """Return conditions as they are written, `COLUMN=VALUE` or `COLUMN=VALUE,VALUE`, sorted.

    Raises Mistakes for one that names no column of an output under these profiles, or a value that it cannot have.
    """
    columns = output_columns(book, profiles)
    found: list[RowFilter] = []
    mistakes: list[Diagnostic] = []
    for text in written:
        name, equals, rest = (part.strip() for part in text.partition("="))
        values = tuple(sorted({value.strip() for value in rest.split(",")} - {""}))
        if not equals or not values:
            told = f'"{shorten(text)}" is no condition.'
            mistakes.append(_wrong("not-a-term", told, "Write COLUMN=VALUE, such as priority=urgent."))
        elif name not in columns:
            remedy = did_you_mean(name, columns, "Columns of the output can be named; see `rsd rules show`.")
            mistakes.append(_wrong("unknown-column", f'There is no column "{shorten(name)}" to select by.', remedy))
        else:
            found.append(RowFilter(name, values))
    if found:
        schema = Scorer(book, profiles, [one.base_column for one in found]).empty().schema
        mistakes += [wrong for one in found for wrong in _impossible(one, schema[one.column])]
    if mistakes:
        raise DiagnosticsError(mistakes)
    return tuple(sorted(found, key=str))


def _wrong(code: str, found: str, remedy: str) -> Diagnostic:
    return Diagnostic(Location("--where"), code, found, remedy)


def _impossible(one: RowFilter, dtype: pl.DataType) -> Iterable[Diagnostic]:
    """Yield what is wrong with the values of a condition."""
    kind = dtype.inner if isinstance(dtype, pl.List) else dtype
    for value in one.values:
        if isinstance(kind, pl.Enum) and value not in (known := kind.categories.to_list()):
            remedy = did_you_mean(value, known, "Write one of: " + ", ".join(known[:8]) + ".")
            yield _wrong("unknown-option", f'"{one.column}" never says "{shorten(value)}".', remedy)
        elif kind.is_numeric() and _number(value) is None:
            yield _wrong("wrong-kind", f'"{one.column}" holds numbers.', "Write a number.")


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def matching_rows(table: pl.DataFrame, conditions: Iterable[RowFilter]) -> pl.Series:
    """Return where every condition holds; a cell that says nothing meets none."""
    keep = pl.repeat(True, table.height, eager=True, dtype=pl.Boolean)
    for one in conditions:
        cells = table[one.column]
        if isinstance(cells.dtype, pl.List):
            words = cells.cast(pl.List(pl.String)).list
            holds = [words.contains(value).fill_null(False) for value in one.values]
        elif cells.dtype.is_numeric():
            holds = [(cells.cast(pl.Float64) == _number(value)).fill_null(False) for value in one.values]
        else:
            holds = [(cells.cast(pl.String) == value).fill_null(False) for value in one.values]
        either = holds[0]
        for more in holds[1:]:
            either = either | more
        keep = keep & either
    return keep

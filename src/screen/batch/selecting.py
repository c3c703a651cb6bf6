"""Which rows of findings somebody asks for: `recommendation=recognise`, `priority_reasons=detained`."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from screen.mistake import Mistake, Mistakes, nearest
from screen.place import Place


def selected(table: pl.DataFrame, conditions: Iterable[str]) -> pl.Series:
    """Return where every condition holds: the column has the value, or is a list that has it among others.

    Raises Mistakes for a condition that names no column of the table, or a value that its column cannot have.
    """
    keep = pl.repeat(True, table.height, eager=True, dtype=pl.Boolean)
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not equals or name not in table.columns:
            remedy = nearest(name, table.columns, "Write COLUMN=VALUE, with a column of the output.")
            raise Mistakes(
                [Mistake(Place("--where"), "unknown-column", "there is no such column to select by.", remedy)]
            )
        cells = table[name]
        inner = cells.dtype.inner if isinstance(cells.dtype, pl.List) else cells.dtype
        if isinstance(inner, pl.Enum) and value not in (known := inner.categories.to_list()):
            remedy = nearest(value, known, "Write one of: " + ", ".join(known[:8]) + ".")
            raise Mistakes([Mistake(Place("--where"), "unknown-option", f'"{name}" never says this.', remedy)])
        if isinstance(cells.dtype, pl.List):
            keep = keep & cells.cast(pl.List(pl.String)).list.contains(value).fill_null(False)
        else:
            keep = keep & (cells.cast(pl.String) == value).fill_null(False)
    return keep

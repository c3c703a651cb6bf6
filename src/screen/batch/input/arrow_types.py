"""Columns of Arrow as types that Polars holds: it panics over some of the others, and says on the way what they hold.

In: a column of a Parquet file, sound as Arrow knows it. Out: the same cells in a type of which answers can be read; of
any other type cells that are no answer anywhere, so that their records are rejected. Left alone: what a cell says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl
import pyarrow as pa
from pyarrow import types

from screen.diagnostics import Diagnostic, DiagnosticsError, Location

_PLAIN = (
    types.is_null,
    types.is_boolean,
    types.is_integer,
    types.is_float32,
    types.is_float64,
    types.is_decimal32,
    types.is_decimal64,
    types.is_decimal128,
    types.is_string,
    types.is_large_string,
    types.is_string_view,
    types.is_date,
)
_SMALL_OR_LARGE = (types.is_float16, types.is_decimal256)  # numbers that Polars works out nothing with
_LISTS = (types.is_list, types.is_large_list)
_VIEWS = (types.is_list_view, types.is_large_list_view)


def to_polars(names: Iterable[str | None], table: pa.Table, source: str) -> pl.DataFrame:
    """Return a table of a file under these names, without the columns that have none here.

    Raises Mistakes for text that is none: neither Arrow nor Polars asks, and Polars would write it out or break down.
    """
    fields: list[pa.Field] = []
    columns: list[pa.ChunkedArray] = []
    for name, field, cells in zip(names, table.schema, table.columns, strict=True):
        if name is None:
            continue
        try:
            cells.validate(full=True)
            columns.append(convert_column(cells))
            # What Polars notes beside a column says which words it may hold: it is read the quicker for it.
            fields.append(field.with_name(name).with_type(columns[-1].type))
        except (pa.ArrowException, UnicodeError):
            found = f'the column "{name}" is damaged, or no UTF-8 text.'
            raise DiagnosticsError([Diagnostic(Location(source), "broken-source", found, "Write it again.")]) from None
    return pl.DataFrame(pl.from_arrow(pa.table(columns, schema=pa.schema(fields))))


def convert_column(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as Polars holds it. Raises ArrowException where Arrow cannot make that of it."""
    kind = cells.type
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
        cells = pa.chunked_array([chunk.storage for chunk in cells.chunks], kind)
    if _is(kind, _PLAIN) or _is_words(kind) or (types.is_timestamp(kind) and kind.tz is None):
        return cells
    if _is(kind, _SMALL_OR_LARGE):
        return cells.cast(pa.float64())
    if _is(kind, (*_LISTS, *_VIEWS, types.is_fixed_size_list)):
        inner = kind.value_type
        if _is(inner, _PLAIN) or _is_words(inner):
            return cells if _is(kind, _LISTS) else _lists(cells, inner)
    there = [None if null else b"" for null in cells.is_null().to_pylist()]
    return pa.chunked_array([pa.array(there, pa.binary())])


def _lists(cells: pa.ChunkedArray, inner: pa.DataType) -> pa.ChunkedArray:
    """Return lists of one length, or views of lists, as plain lists."""
    if types.is_fixed_size_list(cells.type):
        return cells.cast(pa.large_list(inner))
    # Arrow 26 casts views to lists whose offsets go backwards where a cell is null.
    plain = inner.value_type if types.is_dictionary(inner) else inner
    return pa.chunked_array([pa.array(chunk.to_pylist(), pa.large_list(plain)) for chunk in cells.chunks])


def _is(kind: pa.DataType, asked: tuple[Callable[[pa.DataType], bool], ...]) -> bool:
    return any(is_kind(kind) for is_kind in asked)


def _is_words(kind: pa.DataType) -> bool:
    """Tell whether these are words, or other plain cells, that are kept as numbers."""
    return types.is_dictionary(kind) and _is(kind.value_type, _PLAIN)

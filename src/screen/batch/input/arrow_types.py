"""Columns of Arrow as types that Polars holds. Polars panics over some others, and its message quotes their cells.

In: a table as Arrow read it. Out: the same cells in types of which answers can be read. Cells of any other type become
bytes, which are no answer to any question, so that their records are rejected. Left alone: what a cell says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl
import pyarrow as pa
from pyarrow import types

from screen.diagnostics import Diagnostic, DiagnosticsError, Location

_SUPPORTED = (
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
_AS_FLOAT = (types.is_float16, types.is_decimal256)  # numbers with which Polars cannot calculate
_LISTS = (types.is_list, types.is_large_list)
_LIST_VIEWS = (types.is_list_view, types.is_large_list_view)


def to_polars(names: Iterable[str | None], table: pa.Table, source: str) -> pl.DataFrame:
    """Return a table under these column names, without the columns whose name is None.

    Raises DiagnosticsError for bytes that are not UTF-8: neither Arrow nor Polars checks, and Polars would write them
    out or fail.
    """
    fields: list[pa.Field] = []
    columns: list[pa.ChunkedArray] = []
    for name, cells in zip(names, table.columns, strict=True):
        if name is None:
            continue
        try:
            cells.validate(full=True)
            columns.append(convert_column(cells))
            # Without metadata: Polars believes the words that it lists more than the column, and fails where it is
            # damaged.
            fields.append(pa.field(name, columns[-1].type))
        except (pa.ArrowException, UnicodeError):
            message = f'the column "{name}" is damaged, or no UTF-8 text.'
            raise DiagnosticsError(
                [Diagnostic(Location(source), "broken-source", message, "Write it again.")]
            ) from None
    return pl.DataFrame(pl.from_arrow(pa.table(columns, schema=pa.schema(fields))))


def convert_column(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column in a type that Polars holds. Raises ArrowException where Arrow cannot convert it."""
    dtype = cells.type
    if isinstance(dtype, pa.BaseExtensionType):
        dtype = dtype.storage_type
        cells = pa.chunked_array([chunk.storage for chunk in cells.chunks], dtype)
    if _is_any(dtype, _SUPPORTED) or _is_dictionary(dtype) or (types.is_timestamp(dtype) and dtype.tz is None):
        return cells
    if _is_any(dtype, _AS_FLOAT):
        return cells.cast(pa.float64())
    if _is_any(dtype, (*_LISTS, *_LIST_VIEWS, types.is_fixed_size_list)):
        items = dtype.value_type
        if _is_any(items, _SUPPORTED) or _is_dictionary(items):
            return _to_lists(cells, items)
    no_answers = [None if null else b"" for null in cells.is_null().to_pylist()]
    return pa.chunked_array([pa.array(no_answers, pa.binary())])


def _to_lists(cells: pa.ChunkedArray, items: pa.DataType) -> pa.ChunkedArray:
    """Return lists of any kind as lists whose items have no metadata, for the reason that columns have none."""
    if not _is_any(cells.type, _LIST_VIEWS):
        return cells.cast(pa.large_list(items))
    # Arrow 26 casts views to lists whose offsets go backwards where a cell is null.
    plain = items.value_type if types.is_dictionary(items) else items
    return pa.chunked_array([pa.array(chunk.to_pylist(), pa.large_list(plain)) for chunk in cells.chunks])


def _is_any(dtype: pa.DataType, predicates: tuple[Callable[[pa.DataType], bool], ...]) -> bool:
    return any(is_type(dtype) for is_type in predicates)


def _is_dictionary(dtype: pa.DataType) -> bool:
    """Tell whether these are supported values kept as numbers."""
    return types.is_dictionary(dtype) and _is_any(dtype.value_type, _SUPPORTED)

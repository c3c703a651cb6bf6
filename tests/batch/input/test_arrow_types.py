"""Columns of Arrow as Polars holds them: what a column says counts, whatever its metadata says of it."""

import polars as pl
import pyarrow as pa
import pytest

from screen.batch.input.arrow_types import to_polars

WORDS = pl.Series("sex", ["female", "male", None, "male"], pl.Enum(["female", "male"]))
SETS = pl.Series("harms", [["torture"], [], None, ["fine", "torture"]], pl.List(pl.Enum(["fine", "torture"])))


def with_metadata(field: pa.Field, old: bytes, new: bytes) -> pa.Field:
    """Return a field as Polars writes it, with something else in its metadata, or in that of its items."""
    metadata = {key: value.replace(old, new) for key, value in (field.metadata or {}).items()}
    dtype = field.type
    if pa.types.is_large_list(dtype):
        dtype = pa.large_list(with_metadata(dtype.value_field, old, new))
    return pa.field(field.name, dtype, metadata=metadata or None)


@pytest.mark.parametrize("series", [WORDS, SETS], ids=["words", "sets"])
@pytest.mark.parametrize(("old", "new"), [(b"male", b"MALE"), (b"fine", b"pain"), (b";", b"x"), (b"4", b"q")])
def test_the_metadata_of_a_column_changes_no_answer(series: pl.Series, old: bytes, new: bytes) -> None:
    table = pl.DataFrame([series]).to_arrow()
    schema = pa.schema([with_metadata(field, old, new) for field in table.schema])
    table = pa.Table.from_batches(
        [pa.RecordBatch.from_arrays([c.combine_chunks() for c in table.columns], schema=schema)], schema
    )
    read = to_polars([series.name], table, "c.parquet")[series.name]
    assert read.cast(pl.List(pl.String) if series is SETS else pl.String).to_list() == series.to_list()

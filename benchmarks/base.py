"""What a batch is compared with: Polars or Arrow reading the same file and writing a table of the same shape.

    python benchmarks/base.py polars|arrow SOURCE LIKE OUT

LIKE is a Parquet file with some rows that a batch wrote. They are written repeatedly, with the names of the cases that
were read, until there is a row for each case. Nothing of `rsd` is imported here, and nothing is computed. Polars holds
the entire file in memory; Arrow reads it batch by batch, so that its memory stays flat.
"""

from __future__ import annotations

import sys
from pathlib import Path

#: The compression of an output of `rsd batch`.
COMPRESSION = {"compression": "zstd", "compression_level": 1}


def copy_with_polars(source: str, like: str, out: str) -> None:
    """Read and write with Polars."""
    import polars as pl

    cases = pl.read_parquet(source) if source.endswith(".parquet") else pl.read_ndjson(source)
    rows = pl.read_parquet(like)
    table = pl.concat([rows] * (1 + cases.height // rows.height)).head(cases.height)
    table.with_columns(cases["id"]).write_parquet(out, **COMPRESSION)


def copy_with_arrow(source: str, like: str, out: str) -> None:
    """Read and write with Arrow."""
    import pyarrow.dataset as ds
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    # Arrow takes the types of a file from its first block: this one is large enough to hold every column.
    lines = ds.JsonFileFormat(read_options=pj.ReadOptions(block_size=1 << 24))
    cases = ds.dataset(source, format="parquet" if source.endswith(".parquet") else lines)
    rows = pq.read_table(like)
    id_index = rows.schema.get_field_index("id")
    id_field = rows.schema.field(id_index)
    with pq.ParquetWriter(out, rows.schema, **COMPRESSION) as writer:
        for batch in cases.to_batches(batch_size=rows.num_rows):
            part = rows.slice(0, batch.num_rows)
            writer.write_table(part.set_column(id_index, id_field, batch.column("id").cast(id_field.type)))


if __name__ == "__main__":
    _, library, source, like, out = sys.argv
    {"polars": copy_with_polars, "arrow": copy_with_arrow}[library](source, like, out)
    assert Path(out).stat().st_size

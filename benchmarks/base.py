"""What a batch is compared with: Polars or Arrow reading the same file and writing a table of the same shape.

    python benchmarks/base.py polars|arrow SOURCE LIKE OUT

LIKE is a Parquet file with some rows of what a batch wrote. They are written again and again, under the names of the
cases that were read, until there is one for each case. Nothing of `rsd` is imported here, and nothing is worked out.
Polars holds the whole file in memory; Arrow reads it batch by batch, so that its memory stays flat.
"""

from __future__ import annotations

import sys
from pathlib import Path

#: As `rsd batch` packs its output.
PACKED = {"compression": "zstd", "compression_level": 1}


def by_polars(source: str, like: str, out: str) -> None:
    """Read and write with Polars."""
    import polars as pl

    cases = pl.read_parquet(source) if source.endswith(".parquet") else pl.read_ndjson(source)
    rows = pl.read_parquet(like)
    table = pl.concat([rows] * (1 + cases.height // rows.height)).head(cases.height)
    table.with_columns(cases["id"]).write_parquet(out, **PACKED)


def by_arrow(source: str, like: str, out: str) -> None:
    """Read and write with Arrow."""
    import pyarrow.dataset as ds
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    # The types of a file are those of its first block: large enough to have met every column in it.
    lines = ds.JsonFileFormat(read_options=pj.ReadOptions(block_size=1 << 24))
    cases = ds.dataset(source, format="parquet" if source.endswith(".parquet") else lines)
    rows = pq.read_table(like)
    at = rows.schema.get_field_index("id")
    with pq.ParquetWriter(out, rows.schema, **PACKED) as writer:
        for batch in cases.to_batches(batch_size=rows.num_rows):
            part = rows.slice(0, batch.num_rows)
            writer.write_table(part.set_column(at, rows.field(at), batch.column("id").cast(rows.field(at).type)))


if __name__ == "__main__":
    _, how, source, like, out = sys.argv
    {"polars": by_polars, "arrow": by_arrow}[how](source, like, out)
    assert Path(out).stat().st_size

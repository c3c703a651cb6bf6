"""Findings as bytes: Parquet, CSV or JSON Lines, the text compressed or not.

Text is encoded part by part as it will be in the output. Parts of a Parquet output are kept as Arrow files, which are
quick to write and to read; Parquet is written once, from all of them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from screen.batch.cells import SET_SEPARATOR
from screen.batch.input.sources import COMPRESSIONS
from screen.diagnostics import Diagnostic, DiagnosticsError, Location

# Polars and Arrow are imported where they are used: the name of an output is checked before anything large is loaded.
if TYPE_CHECKING:
    import polars as pl

OUTPUT_FORMATS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The format of an output, and its compression."""

    name: str
    compression: str | None

    def encode_part(self, table: pl.DataFrame, *, first: bool) -> bytes:
        """Return a table as the bytes of a part; the `first` part of a CSV has the header."""
        import polars as pl
        import pyarrow as pa

        file = io.BytesIO()
        if self.name == "parquet":
            table.write_ipc(file, compression="zstd")
            return file.getvalue()
        if self.name == "csv":
            lists = [name for name, dtype in table.schema.items() if isinstance(dtype, pl.List)]
            # A spreadsheet would run a cell that begins with = + - or @. None does: a name begins with a letter or a
            # digit, and every other word comes from the rule book.
            text = table.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(SET_SEPARATOR) for name in lists)
            text.write_csv(file, include_header=first)
        else:
            table.write_ndjson(file)
        data = file.getvalue()
        return pa.Codec(self.compression).compress(data, asbytes=True) if self.compression and data else data

    def encode_file(self, tables: Sequence[pl.DataFrame]) -> bytes:
        """Return the bytes of a file with these tables, in order."""
        if self.name != "parquet":
            return b"".join(self.encode_part(table, first=not index) for index, table in enumerate(tables))
        import polars as pl

        file = io.BytesIO()
        _write_parquet(pl.concat(tables).lazy(), file)
        return file.getvalue()


def merge_parquet_parts(parts: Sequence[Path], file: BinaryIO) -> None:
    """Write the parts of a Parquet output, which are Arrow files, as one file, a few row groups at a time."""
    import polars as pl

    _write_parquet(pl.scan_ipc(list(parts), glob=False, hive_partitioning=False), file)


def _write_parquet(table: pl.LazyFrame, file: BinaryIO) -> None:
    from screen.batch.input.chunks import CHUNK_ROWS

    table.sink_parquet(file, compression="zstd", compression_level=1, row_group_size=CHUNK_ROWS)


def output_format(name: str) -> OutputFormat:
    """Return the format that the ending of a file name stands for, in any case. Raises DiagnosticsError."""
    stem, compression = name.lower(), None
    for ending, codec in COMPRESSIONS.items():
        if stem.endswith(ending):
            stem, compression = stem.removesuffix(ending), codec
    format_name = next((known for ending, known in OUTPUT_FORMATS.items() if stem.endswith(ending)), None)
    if format_name is None or (compression and format_name == "parquet"):
        hint = "Known: .parquet, .csv, .jsonl, and .gz or .zst after the last two."
        raise DiagnosticsError(
            [Diagnostic(Location(name), "unknown-output-format", "its ending names no format.", hint)]
        )
    return OutputFormat(format_name, compression)

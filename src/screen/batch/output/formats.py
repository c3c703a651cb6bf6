"""Findings as bytes: Parquet, CSV or JSON Lines, the text packed or not.

In: tables of findings. Out: the bytes of a part, the parts of a run as one file, or a file of several tables. Text is
kept as it will be, part after part. Parts of a Parquet file are kept as Arrow files, which are quick to write and to
read; Parquet is written once, from all of them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from screen.batch.input.chunks import CHUNK_ROWS
from screen.batch.input.sources import COMPRESSIONS
from screen.diagnostics import Diagnostic, DiagnosticsError, Location

if TYPE_CHECKING:
    import polars as pl

OUTPUT_FORMATS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
LIST_SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What an output is: its format, and how it is packed."""

    name: str
    compression: str | None

    def encode_part(self, table: pl.DataFrame, *, first: bool) -> bytes:
        """Return a table as the bytes of a part; the `first` part of a CSV has the heads of the columns."""
        import polars as pl  # whether a name will do is asked before anything large is loaded
        import pyarrow as pa

        file = io.BytesIO()
        if self.name == "parquet":
            table.write_ipc(file, compression="zstd")
            return file.getvalue()
        if self.name == "csv":
            lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
            # A cell that begins with = + - or @ would be run by a spreadsheet: a name begins with a letter or a digit,
            # and every other word here is the rule book's own.
            text = table.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(LIST_SEPARATOR) for name in lists)
            text.write_csv(file, include_header=first)
        else:
            table.write_ndjson(file)
        data = file.getvalue()
        return pa.Codec(self.compression).compress(data, asbytes=True) if self.compression and data else data

    def encode_file(self, tables: Sequence[pl.DataFrame]) -> bytes:
        """Return the bytes of a file with these tables, one after the other."""
        if self.name != "parquet":
            return b"".join(self.encode_part(table, first=not index) for index, table in enumerate(tables))
        import polars as pl

        file = io.BytesIO()
        _write_parquet(pl.concat(tables).lazy(), file)
        return file.getvalue()


def merge_parquet_parts(parts: Sequence[Path], file: BinaryIO) -> None:
    """Write the parts of a Parquet file, which are Arrow files, as one. A few row groups are in memory at a time."""
    import polars as pl

    _write_parquet(pl.scan_ipc(list(parts), glob=False, hive_partitioning=False), file)


def _write_parquet(table: pl.LazyFrame, file: BinaryIO) -> None:
    table.sink_parquet(file, compression="zstd", compression_level=1, row_group_size=CHUNK_ROWS)


def output_format(name: str) -> OutputFormat:
    """Return the format that a file's ending names, in small letters or in capitals. Raises Mistakes."""
    base, packed = name.lower(), None
    for ending, codec in COMPRESSIONS.items():
        if base.endswith(ending):
            base, packed = base.removesuffix(ending), codec
    form = next((form for ending, form in OUTPUT_FORMATS.items() if base.endswith(ending)), None)
    if form is None or (packed and form == "parquet"):
        remedy = "Known: .parquet, .csv, .jsonl, and .gz or .zst after the last two."
        raise DiagnosticsError(
            [Diagnostic(Location(name), "unknown-output-format", "its ending names no format.", remedy)]
        )
    return OutputFormat(form, packed)

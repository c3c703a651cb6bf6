"""Text, files and tables in and out of the Arrow batches that Spark gives a worker.

In: batches, cut by Spark where it liked. Out: text as one stream, files with their paths, tables packed into a cell.
Left alone: what any of it says.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

Batches = Iterator[pa.RecordBatch]
_PERCENT_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def decode_path(path: str) -> str:
    """Return a path as Spark writes it (`file:/a%20b`) as this machine does (`/a b`); a URL keeps its beginning."""
    decoded = _PERCENT_ENCODED.sub(
        lambda match: bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace"), path
    )
    return re.sub("^file:/+", "/", decoded)


def pack_table(table: pl.DataFrame) -> bytes:
    """Return a table with its types as the bytes of one cell."""
    data = io.BytesIO()
    table.write_ipc_stream(data, compression="zstd")
    return data.getvalue()


def unpack_table(data: bytes) -> pl.DataFrame:
    """Return the table that a cell holds."""
    return pl.read_ipc_stream(io.BytesIO(data))


def to_batches(frame: pl.DataFrame, schema: pa.Schema) -> list[pa.RecordBatch]:
    """Return a table as batches of this schema; none where it has no row."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)
    batches: list[pa.RecordBatch] = table.to_batches()
    return batches


def batch_of_rows(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return rows as one batch of this schema."""
    return pa.RecordBatch.from_pylist(rows, schema)


def iterate_files(batches: Batches) -> Iterator[tuple[str, pa.Buffer]]:
    """Yield the path and the content of each file in batches of whole files."""
    for batch in batches:
        for path, content in zip(batch.column("path"), batch.column("content"), strict=True):
            yield decode_path(path.as_py()), content.as_buffer()


def split_runs(batch: pa.RecordBatch, columns: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], pa.RecordBatch]]:
    """Yield the stretches of a batch in which these columns do not change, each with their values."""
    ends = {end for name in columns for end in pc.run_end_encode(batch.column(name)).run_ends.to_pylist()}
    first = 0
    for end in sorted(ends):
        yield tuple(batch.column(name)[first].as_py() for name in columns), batch.slice(first, end - first)
        first = end


def bytes_of_cells(text: pa.Array) -> memoryview:
    """Return the bytes of all cells of a column, one after the other, without copying them."""
    _, offsets, data = text.buffers()
    if data is None or not len(text):
        return memoryview(b"")
    offset = memoryview(offsets).cast("i")
    return memoryview(data).cast("B")[offset[text.offset] : offset[text.offset + len(text)]]


class PieceStream(io.RawIOBase):
    """Text that comes in pieces, read as one file."""

    def __init__(self, header: bytes, pieces: Iterator[memoryview]) -> None:
        self.pieces = itertools.chain([memoryview(header)], pieces)
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill as much of the buffer as the next piece does, and return how much; 0 at the end."""
        while not self.rest:
            if (piece := next(self.pieces, None)) is None:
                return 0
            self.rest = piece
        size = min(len(buffer), len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size

"""Text, files and tables in and out of the Arrow batches that Spark hands to a worker.

In: batches, cut by Spark where it liked. Out: text as one file, whole files with their paths, tables packed into a
cell. Left alone: what any of it says.
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
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def decode_path(path: str) -> str:
    """Return a path as Spark tells it (`file:/a%20b`) as this machine has it (`/a b`); a URL keeps its beginning."""
    plain = _ENCODED.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), path)
    return re.sub("^file:/+", "/", plain)


def pack_table(table: pl.DataFrame) -> bytes:
    """Return a table as one cell can hold it, with its types."""
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
    """Yield each file of batches of whole files: its path, and what it holds."""
    for batch in batches:
        for path, content in zip(batch.column("path"), batch.column("content"), strict=True):
            yield decode_path(path.as_py()), content.as_buffer()


def split_runs(batch: pa.RecordBatch, by: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], pa.RecordBatch]]:
    """Yield the stretches of a batch in which these columns are the same, each with what they are there."""
    ends = {end for name in by for end in pc.run_end_encode(batch.column(name)).run_ends.to_pylist()}
    first = 0
    for end in sorted(ends):
        yield tuple(batch.column(name)[first].as_py() for name in by), batch.slice(first, end - first)
        first = end


def bytes_of_cells(text: pa.Array) -> memoryview:
    """Return the bytes of all cells of a column, one after the other; none of them is copied."""
    _, ends, data = text.buffers()
    if data is None or not len(text):
        return memoryview(b"")
    at = memoryview(ends).cast("i")
    return memoryview(data).cast("B")[at[text.offset] : at[text.offset + len(text)]]


class PieceStream(io.RawIOBase):
    """Text that comes in pieces, read as one file."""

    def __init__(self, header: bytes, pieces: Iterator[memoryview]) -> None:
        self.pieces = itertools.chain([memoryview(header)], pieces)
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, room: Any) -> int:
        """Fill as much of the room as is there; 0 at the end."""
        while not self.rest:
            if (more := next(self.pieces, None)) is None:
                return 0
            self.rest = more
        size = min(len(room), len(self.rest))
        room[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size

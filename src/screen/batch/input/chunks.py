"""Sources cut into chunks, always in the same way.

In: a `CaseSource`. Out: its `Chunk`s: text that ends with a record, tables of Arrow, paths of case files. What is read
is bounded, so that memory does not grow with the source. Left alone: what the cases say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from screen.batch.input import csv_records
from screen.batch.input.csv_records import MAX_LINE_BYTES
from screen.batch.input.decompression import ByteReader
from screen.batch.input.sources import STDIN, CaseSource, cannot_open, open_source
from screen.diagnostics import Diagnostic, DiagnosticsError, Location

CHUNK_BYTES = 32 * 1024 * 1024  # of text: some 25,000 to 120,000 cases, parsed in well under a second
CHUNK_ROWS = 131_072  # of a table; the kernel is at its best from 100,000 rows on
CHUNK_FILES = 10_000  # case files; each chunk has its price in the kernel, however few they are
_HEADER_BYTES = 256 * 1024  # that are read first to find a header, and then as many again
_MAX_HEADER_BYTES = 8 * 1024 * 1024
#: How much of a line that is too long is passed over before the source is given up: it may go on for a terabyte.
_MAX_SKIPPED_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a source. `first_record` counts from 0, `line`, where it begins, from 1; `size` is in bytes.

    `data` is text that ends with a record (for CSV with the header before it), an Arrow table, or the paths of case
    files. `truncation` says why the source breaks off after this chunk, where it does.
    """

    source: CaseSource
    first_record: int
    line: int
    data: Any
    size: int
    truncation: str | None = None


def read_chunks(
    source: CaseSource, is_wanted: Callable[[int], bool], dictionary_columns: Collection[str] = ()
) -> Iterator[Chunk]:
    """Yield the chunks of a source; those that are not wanted may come without data. Raises DiagnosticsError.

    `dictionary_columns` hold few different words: Parquet keeps them as numbers, and so they are read.
    """
    match source.format:
        case "case":
            for first in range(0, len(source.paths), CHUNK_FILES):
                paths = source.paths[first : first + CHUNK_FILES]
                size = sum(size for size, _ in source.file_states[first : first + CHUNK_FILES])
                yield Chunk(source, first, 1, paths, size)
        case "parquet":
            yield from _parquet_chunks(source, is_wanted, dictionary_columns)
        case _:
            yield from text_chunks(source)


def read_column_names(source: CaseSource) -> list[str] | None:
    """Return the names of the columns of a CSV or Parquet file, None where they stand in each record.

    Raises DiagnosticsError for a file that cannot be opened, or is not what its name says.
    """
    if source.name == STDIN or source.format == "case":
        return None
    with open_source(source) as stream:
        if source.format == "parquet":
            with _parquet_errors(source):
                return list(pq.ParquetFile(stream).schema_arrow.names)
        text, end = b"", 0
        while piece := _read_text(source, stream, max(_HEADER_BYTES, len(text))):
            text += piece
            if source.format == "jsonl":
                return None  # it can be decompressed
            if (end := csv_records.end_of_header(text)) < len(text) or len(text) > _MAX_HEADER_BYTES:
                break
        if getattr(stream, "broken", False) and end == len(text):
            raise DiagnosticsError([_broken_source(source)])
        return None if source.format == "jsonl" else csv_records.parse_header(text[:end], source.name)


# ── Parquet ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def describe_parquet_types(source: CaseSource) -> str:
    """Return the columns of a Parquet file with their types, as text that is the same for files that are alike."""
    with open_source(source) as stream, _parquet_errors(source):
        return str(pq.ParquetFile(stream).schema)


@contextmanager
def _parquet_errors(source: CaseSource) -> Iterator[None]:
    """Turn what Arrow raises over a file into a diagnostic: it checks no name in a footer, and only what it needs."""
    try:
        yield
    except UnicodeDecodeError:
        message = "the name of a column is no UTF-8 text."
        mistake = Diagnostic(Location(source.name), "broken-source", message, "Write it again.")
        raise DiagnosticsError([mistake]) from None
    except (pa.ArrowException, OSError):
        raise DiagnosticsError([_broken_source(source)]) from None


def _broken_source(source: CaseSource) -> Diagnostic:
    if source.compression:
        message = f"this could not be unpacked as {source.compression}."
        hint = "Pack it again, or name it by what it is."
    else:
        message, hint = "this is no Parquet file, or a part of it is damaged or missing.", "Write it again."
    return Diagnostic(Location(source.name), "broken-source", message, hint)


def _parquet_chunks(
    source: CaseSource, is_wanted: Callable[[int], bool], dictionary_columns: Collection[str]
) -> Iterator[Chunk]:
    with suppress(NotImplementedError):  # Windows has no jemalloc; the other pools keep memory that was given back
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    with open_source(source) as stream, _parquet_errors(source):
        yield from _row_group_chunks(source, stream, is_wanted, dictionary_columns)


def _row_group_chunks(
    source: CaseSource, stream: BinaryIO, is_wanted: Callable[[int], bool], dictionary_columns: Collection[str]
) -> Iterator[Chunk]:
    # A Parquet file is read from its end, and standard input cannot be sought in.
    data = pa.BufferReader(stream.read()) if source.name == STDIN else stream
    file = pq.ParquetFile(data)
    read_dictionary = _dictionary_paths(file.schema, dictionary_columns)
    file = pq.ParquetFile(data, metadata=file.metadata, read_dictionary=read_dictionary)
    groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
    total_bytes = max(1, sum(group.total_byte_size for group in groups))
    total_rows = max(1, file.metadata.num_rows)
    first = number = 0
    for index, group in enumerate(groups):
        chunk_count = -(-group.num_rows // CHUNK_ROWS)
        if not any(is_wanted(number + chunk) for chunk in range(chunk_count)):
            for chunk in range(chunk_count):
                rows = min(CHUNK_ROWS, group.num_rows - chunk * CHUNK_ROWS)
                yield Chunk(source, first, 1, None, rows * total_bytes // total_rows)
                first, number = first + rows, number + 1
            continue
        batches: list[Any] = []
        for batch in file.iter_batches(CHUNK_ROWS, row_groups=[index], use_threads=True):
            batches.append(batch)
            waiting = sum(piece.num_rows for piece in batches)
            while waiting >= CHUNK_ROWS:
                table = pa.Table.from_batches(batches)
                yield Chunk(source, first, 1, table.slice(0, CHUNK_ROWS), CHUNK_ROWS * total_bytes // total_rows)
                first, waiting = first + CHUNK_ROWS, waiting - CHUNK_ROWS
                batches = table.slice(CHUNK_ROWS).to_batches() if waiting else []
        if batches and (rest := pa.Table.from_batches(batches)).num_rows:
            yield Chunk(source, first, 1, rest, rest.num_rows * total_bytes // total_rows)
            first += rest.num_rows
        number += chunk_count


def _dictionary_paths(schema: Any, columns: Collection[str]) -> list[str]:
    """Return the paths of the columns of a Parquet file whose words are read as the numbers that stand for them."""
    fields = (schema.column(index) for index in range(len(schema)))
    texts = [field for field in fields if field.logical_type.type == "STRING"]
    nested = {
        field.path: field.path.partition(".")[0] for field in texts if field.name != field.path
    }  # `f.list.element`
    return [field.path for field in texts if nested.get(field.path, field.path) in columns]


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def text_chunks(source: CaseSource, stream: ByteReader | None = None) -> Iterator[Chunk]:
    """Yield text cut after complete records; in CSV a line end inside quotation marks ends no record.

    `stream` is the text where the caller has opened the source.
    """
    first, line, rest, header = 0, 1, b"", b""
    is_csv = source.format == "csv"
    with stream or open_source(source) as stream:
        while True:
            block = _read_text(source, stream, CHUNK_BYTES)
            is_broken = not block and getattr(stream, "broken", False)
            truncation = "the packed file breaks off here." if is_broken else None
            text = rest + block
            if not text and not truncation:
                return
            if block or truncation:
                end = csv_records.end_of_last_record(text) if is_csv else text.rfind(b"\n") + 1
            else:
                end = len(text)
            if block and (end == 0 or (is_csv and not header and csv_records.is_separator_line(text[:end]))):
                if len(text) < MAX_LINE_BYTES:
                    rest = text
                    continue
                end = text.rfind(b"\n") + 1  # a mark that is never closed: `chunk_reader` goes on at the next line
                if end == 0:
                    after, is_endless = _skip_line(source, stream)
                    text, end = csv_records.TOO_LONG_MARKER + after, len(csv_records.TOO_LONG_MARKER)
                    if is_endless:
                        truncation, block = "a line here has no end.", b""
            data, rest = text[:end], text[end:]
            if is_csv:
                if not header:
                    header = data[: csv_records.end_of_header(data)]
                    data = data[len(header) :]
                    line = header.count(b"\n") + 1
                yield Chunk(source, first, line, (bytes(header), bytes(data)), end, truncation)
            else:
                yield Chunk(source, first, line, bytes(data), end, truncation)
            lines = data.count(b"\n")
            first, line = first + lines, line + lines
            if not block:
                return


def _read_text(source: CaseSource, stream: ByteReader, size: int) -> bytes:
    """Return the next stretch of text, nothing at the end. Raises DiagnosticsError where the disk fails."""
    try:
        return stream.read(size)
    except OSError as error:
        raise DiagnosticsError([cannot_open(source.name, error)]) from None


def _skip_line(source: CaseSource, stream: ByteReader) -> tuple[bytes, bool]:
    """Return what was read after the end of the line that goes on here, and whether its end was not found in time."""
    skipped = 0
    while block := _read_text(source, stream, CHUNK_BYTES):
        if (end := block.find(b"\n") + 1) > 0:
            return block[end:], False
        skipped += len(block)
        if skipped > _MAX_SKIPPED_BYTES:
            return b"", True
    return b"", False

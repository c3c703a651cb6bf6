"""What each worker of Spark does: records into findings and rejects, by the very same steps as on one machine.

In: batches of Arrow as Spark hands them to a worker: lines of text, rows of Parquet, whole files. Out: pieces, a row a
chunk: what was read, the findings packed into one cell, the digests of the names, the rejects with their rows and lines
counted from the beginning of the stretch of a file that the worker was given. Who adds these up is `spark`; reading
(`reading`), scoring (`scoring`) and telling (`rejects`) are those of a run without Spark, which is not known here.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl
import pyarrow as pa

from screen.batch.cells import ID
from screen.batch.input.case_files import CaseFileReader
from screen.batch.input.chunk_reader import ChunkReader, ReadChunk
from screen.batch.input.decompression import open_decompressed as bytes_within
from screen.batch.input.duplicates import hash_names
from screen.batch.input.rejects import Reject, duplicate_reject
from screen.batch.input.sources import CaseSource, Chunk, text_chunks
from screen.batch.output.formats import OutputFormat
from screen.batch.score.scorer import Scorer, count_findings, drop_rows
from screen.batch.spark.arrow_batches import (
    Batches,
    PieceStream,
    batch_of_rows,
    bytes_of_cells,
    decode_path,
    iterate_files,
    pack_table,
    split_runs,
    to_batches,
    unpack_table,
)
from screen.batch.summary import sum_counts
from screen.diagnostics import DiagnosticsError
from screen.regular_files import MAX_BYTES
from screen.rulebook.model import RuleBook

#: A piece: which file of the run, where in it the worker's stretch begins, which chunk of that stretch.
KEY_FIELDS = [("file", pa.int32()), ("start", pa.int64()), ("number", pa.int32())]
PIECE_SCHEMA = pa.schema(
    [
        *KEY_FIELDS,
        ("read", pa.int64()),
        ("lines", pa.int64()),
        ("scored", pa.int64()),
        ("names", pa.binary()),
        ("findings", pa.binary()),
        ("rejects", pa.binary()),
        ("counts", pa.binary()),
        ("wrong", pa.binary()),
        ("files", pa.binary()),
    ]
)
#: A name: eight bytes of it, where its record stands, which case of which piece it is.
NAME_SCHEMA = pa.schema(
    [
        ("name", pa.int64()),
        ("at_file", pa.int32()),
        ("at_start", pa.int64()),
        ("row", pa.int64()),
        *KEY_FIELDS,
        ("case", pa.int32()),
    ]
)
#: What is told of a piece, or of one case file of it, when its duplicates are known.
SUMMARY_SCHEMA = pa.schema(
    [
        *KEY_FIELDS,
        ("scored", pa.int64()),
        ("rejects", pa.binary()),
        ("codes", pa.binary()),
        ("counts", pa.binary()),
    ]
)
_AT = ("*file", "*start", "*row", "*line")  # where a case stands, beside its findings: no column has such a name
FILE_SCHEMA = pa.schema([("value", pa.binary())])
FILE_BYTES = 256 * 1024 * 1024  # of the tables of one file of the output, which are held for a moment
_PARQUET_END = b"PAR1"


class WorkerFailed(RuntimeError):
    """A mistake of the program's own in a worker. Spark logs what a worker raises: no words of a record are in it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a run: its place in the order of all, its source, and for a case file its record in that source."""

    index: int
    source: CaseSource
    row: int = 0


@dataclass(frozen=True)
class WorkerTask:
    """What workers are told once: the law, what is wanted, the files by their paths."""

    book: RuleBook
    profiles: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    ignored_columns: tuple[str, ...] = ()
    files: Mapping[str, SourceFile] = field(default_factory=dict)
    headers: Mapping[str, bytes] = field(default_factory=dict)  # of CSV: a stretch from the middle has none
    format: OutputFormat = OutputFormat("parquet", None)  # noqa: RUF009 - frozen

    def state(self) -> WorkerState:
        """Return what does the work, made by the first batch that a worker meets and kept for the next."""
        day = getattr(self.book, "day", self.book.law_as_of)
        key = (self.book.hash, day, self.profiles, self.columns, self.ignored_columns)
        if key not in _TOOLS:
            _TOOLS.clear()  # a worker outlives a run, and needs one set at a time
            _TOOLS[key] = WorkerState(self)
        return _TOOLS[key]

    @cached_property
    def by_index(self) -> dict[int, SourceFile]:
        """The files of the run by their place in the order of all."""
        return {file.index: file for file in self.files.values()}

    def display_name(self, index: int) -> str:
        """Return the name by which a file is told to somebody."""
        file = self.by_index[index]
        return file.source.paths[file.row - 1] if file.source.format == "case" else file.source.name

    # ── what Spark calls: records into pieces ───────────────────────────────────────────────────────────────────────

    def read_lines(self, batches: Batches) -> Batches:
        """Yield the pieces of lines of text; a batch has `path`, `start` and `text`, lines with their ends."""
        return _guarded(batches, lambda: self._stretches(batches))

    def _stretches(self, batches: Batches) -> Iterator[dict[str, Any]]:
        cut = (one for batch in batches for one in split_runs(batch, ("path", "start")))
        for (path, start), several in itertools.groupby(cut, key=lambda one: one[0]):
            path = decode_path(path)
            header = self.headers.get(path, b"") if start else b""
            stream = io.BufferedReader(
                PieceStream(header, (bytes_of_cells(batch.column("text")) for _, batch in several))
            )
            yield from self._text(self.files[path], start, stream, header.count(b"\n"))

    def read_compressed(self, batches: Batches) -> Batches:
        """Yield the pieces of packed text; a batch has `path` and `content`, whole files."""

        def pieces() -> Iterator[dict[str, Any]]:
            for path, content in iterate_files(batches):
                file = self.files[path]
                stream = bytes_within(pa.BufferReader(content), file.source.compression or "")
                yield from self._text(file, 0, stream)

        return _guarded(batches, pieces)

    def read_rows(self, batches: Batches, names: tuple[str, ...]) -> Batches:
        """Yield the pieces of rows of Parquet; a batch has `path`, `start` and columns that Spark only numbers."""

        def pieces() -> Iterator[dict[str, Any]]:
            cut = (one for batch in batches for one in split_runs(batch, ("path", "start")))
            for (path, start), several in itertools.groupby(cut, key=lambda one: one[0]):
                file, first = self.files[decode_path(path)], 0
                for number, (_, batch) in enumerate(several):
                    rows = pa.Table.from_batches([batch.drop_columns(["path", "start"]).rename_columns(list(names))])
                    chunk = Chunk(file.source, first, 1, rows, 0)
                    yield self._piece(file, start, number, self.state().reader.read(chunk), chunk, first, 0)
                    first += rows.num_rows

        return _guarded(batches, pieces)

    def read_case_files(self, batches: Batches) -> Batches:
        """Yield the pieces of case files; a batch has `path` and `content`. A piece is a batch, in any order."""

        def pieces() -> Iterator[dict[str, Any]]:
            for batch in batches:
                held = {path: content[: MAX_BYTES + 1].to_pybytes() for path, content in iterate_files(iter([batch]))}
                files = sorted((self.files[path] for path in held), key=lambda file: file.index)
                by_index = {file.index: file.source.paths[file.row - 1] for file in files}
                paths = {by_index[self.files[path].index]: data for path, data in held.items()}
                found = self.state().files.read_files(by_index.values(), read=paths.__getitem__)
                frame, rejects = self.state().reader.layout.frame_from_cells(found.columns), found.rejects
                gone = {one.row for one in rejects}
                good = [file for number, file in enumerate(files, 1) if number not in gone]
                at = pl.DataFrame(
                    {"*file": [one.index for one in good], "*row": [one.row for one in good]},
                    schema={"*file": pl.Int32, "*row": pl.Int64},
                ).with_columns(pl.lit(0, pl.Int64).alias("*start"), pl.lit(None, pl.Int64).alias("*line"))
                told = [(files[one.row - 1].index, replace(one, row=files[one.row - 1].row)) for one in rejects]
                yield self._made((files[0].index, 0, 0), (len(files), 0), frame, at.select(_AT), told, list(by_index))

        return _guarded(batches, pieces)

    def read_empty_files(self, paths: Iterable[str]) -> pa.Table:
        """Return the piece of case files that hold nothing: Spark passes over such a file without a word."""
        several = list(paths)
        cells = [pa.array(several, pa.string()), pa.array([b""] * len(several), pa.binary())]
        return pa.Table.from_batches(
            self.read_case_files(iter([pa.record_batch(cells, ["path", "content"])])), PIECE_SCHEMA
        )

    def _text(self, file: SourceFile, start: int, stream: Any, given: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the pieces of a stretch of text; the first `given` lines are a header that does not stand there."""
        first = 0
        for number, chunk in enumerate(text_chunks(file.source, stream)):
            chunk = replace(chunk, line=chunk.line - given)
            read = self.state().reader.read(chunk)
            header, data = chunk.data if file.source.format == "csv" else (b"", chunk.data)
            lines = data.count(b"\n") + (header.count(b"\n") - given if number == 0 else 0)
            yield self._piece(file, start, number, read, chunk, first, lines)
            first += read.count

    def _piece(
        self, file: SourceFile, start: int, number: int, read: ReadChunk, chunk: Chunk, before: int, lines: int
    ) -> dict[str, Any]:
        rows = pl.int_range(1, read.frame.height + 1, eager=True, dtype=pl.Int64) if read.rows is None else read.rows
        at = pl.DataFrame(
            [
                pl.repeat(file.index, rows.len(), dtype=pl.Int32, eager=True).alias("*file"),
                pl.repeat(start, rows.len(), dtype=pl.Int64, eager=True).alias("*start"),
                (rows + before).alias("*row"),
                read.lines_of(rows, chunk).alias("*line"),
            ]
        )
        rejects = [(file.index, replace(one, row=one.row + before)) for one in read.rejects]
        return self._made((file.index, start, number), (read.count, lines), read.frame, at, rejects)

    def _made(
        self,
        key: tuple[int, int, int],
        size: tuple[int, int],
        cases: pl.DataFrame,
        at: pl.DataFrame,
        rejects: list[tuple[int, Reject]],
        files: Sequence[int] = (),
    ) -> dict[str, Any]:
        tools = self.state()
        found, faults = tools.scorer.score_or_faults(cases)
        for failed, fault in faults.items():
            file, _, row, line = at.select(_AT).row(failed)
            rejects.append((file, fault.to_reject(self.display_name(file), row, line)))
        cases, at = drop_rows(cases, faults), drop_rows(at, faults)
        table = found.table
        names = at.select(_AT[:3]).with_columns(hash_names(cases[ID]).alias("name"))
        return {
            "file": key[0],
            "start": key[1],
            "number": key[2],
            "read": size[0],
            "lines": size[1],
            "scored": table.height,
            "names": pack_table(names),
            "findings": pack_table(table.with_columns(at.get_columns())),
            "rejects": json.dumps([[file, one.to_json()] for file, one in rejects]).encode(),
            "counts": json.dumps(count_findings(table, self.book, found.name_counts)).encode(),
            "wrong": None,
            "files": json.dumps(files).encode(),
        }

    # ── what Spark calls: pieces into what is wanted of them ────────────────────────────────────────────────────────

    def list_names(self, batches: Batches) -> Batches:
        """Yield the names of pieces, so that those that stand twice can be found among all."""

        def rows(piece: dict[str, Any]) -> list[pa.RecordBatch]:
            key = [pl.lit(piece[name], pl.Int64).alias(name) for name, _ in KEY_FIELDS]
            frame = unpack_table(piece["names"]).select(
                pl.col("name").reinterpret(signed=True),
                pl.col("*file").alias("at_file"),
                pl.col("*start").alias("at_start"),
                pl.col("*row").alias("row"),
                *key,
                pl.int_range(pl.len(), dtype=pl.Int32).alias("case"),
            )
            return to_batches(frame, NAME_SCHEMA)

        return redact_errors(batch for piece in _pieces(batches) for batch in rows(piece))

    def summarize(self, batches: Batches) -> Batches:
        """Yield what is told of pieces that have `twice`, the cases of a piece that stood elsewhere before."""
        return redact_errors(batch_of_rows(self._told(piece), SUMMARY_SCHEMA) for piece in _pieces(batches))

    def _told(self, piece: dict[str, Any]) -> list[dict[str, Any]]:
        rejects: dict[int, list[dict[str, Any]]] = {}
        for file, one in json.loads(piece["rejects"]):
            rejects.setdefault(file, []).append(one)
        counts = piece["counts"]
        again = sorted(piece["twice"] or [])
        if again:
            whole = unpack_table(piece["findings"])
            counts = json.dumps(count_findings(_without(whole, again), self.book)).encode()
            for file, _, row, line in whole[again].select(_AT).iter_rows():
                name = self.display_name(file)
                rejects.setdefault(file, []).append(duplicate_reject(name, row, line).to_json())
        own = piece["file"]
        rows = []
        for file in sorted({own, *rejects}):  # a piece of case files is told file by file: they came in no order
            some = sorted(rejects.get(file, []), key=lambda one: one["row"])
            codes = sum_counts([{"codes": {one["code"]: 1}} for one in some]).get("codes", {})
            rows.append(
                {
                    "file": file,
                    "start": piece["start"],
                    "number": piece["number"],
                    "scored": piece["scored"] - len(again) if file == own else 0,
                    "rejects": json.dumps(some).encode(),
                    "codes": json.dumps(codes).encode(),
                    "counts": counts if file == own else b"{}",
                }
            )
        return rows

    def format_files(self, batches: Batches) -> Batches:
        """Yield the findings of pieces as whole files, a row a file, without those that stood elsewhere before.

        Of each file the end that `end_of_file` names is left out: Spark, which writes it as a line of text, adds that.
        Findings as columns of Spark's take it ten times as long to write, a hundred and ninety words a case.
        """
        return redact_errors(batch_of_rows([{"value": file}], FILE_SCHEMA) for file in self._files(batches))

    def _files(self, batches: Batches) -> Iterator[bytes]:
        form, end = replace(self.format, compression=None), end_of_file(self.format)
        tables: list[pl.DataFrame] = []
        size = 0.0
        for piece in _pieces(batches):
            tables.append(_without(unpack_table(piece["findings"]), piece["twice"] or []))
            size += tables[-1].estimated_size()
            if size > FILE_BYTES:
                yield form.encode_file(tables).removesuffix(end)
                tables, size = [], 0.0
        if tables:
            yield form.encode_file(tables).removesuffix(end)

    def pack_empty(self) -> bytes:
        """Return the findings of no case, packed as those of a piece are."""
        return pack_table(self.state().scorer.empty())


def end_of_file(form: OutputFormat) -> bytes:
    """Return what stands at the end of every file of this format."""
    return _PARQUET_END if form.name == "parquet" else b"\n"


class WorkerState:
    """What does the work in one worker."""

    def __init__(self, work: WorkerTask) -> None:
        self.reader = ChunkReader(work.book, ignored_columns=work.ignored_columns)
        self.files = CaseFileReader(work.book)
        self.scorer = Scorer(work.book, work.profiles, work.columns)


_TOOLS: dict[tuple[object, ...], WorkerState] = {}


def _without(table: pl.DataFrame, again: Iterable[int]) -> pl.DataFrame:
    """Return findings without these rows, and without where their cases stand."""
    return drop_rows(table, again).drop(_AT, strict=False)


def _pieces(batches: Batches) -> Iterator[dict[str, Any]]:
    for batch in batches:
        for place in range(batch.num_rows):
            yield batch.slice(place, 1).to_pylist()[0]


def _guarded(batches: Batches, pieces: Any) -> Batches:
    """Yield pieces; what makes a whole source unfit comes as a piece of its own."""

    def safe() -> Iterator[pa.RecordBatch]:
        try:
            for piece in pieces():
                yield batch_of_rows([piece], PIECE_SCHEMA)
        except DiagnosticsError as error:
            for _ in batches:
                pass  # Spark wants its batches taken
            told = [
                [one.location.file, one.location.line, one.location.column, one.code, one.message, one.hint]
                for one in error.diagnostics
            ]
            nothing: dict[str, Any] = dict.fromkeys(PIECE_SCHEMA.names, 0) | dict.fromkeys(
                ("names", "findings", "rejects", "counts", "files"), b""
            )
            yield batch_of_rows([nothing | {"wrong": json.dumps(told).encode()}], PIECE_SCHEMA)

    return redact_errors(safe())


def redact_errors(batches: Batches) -> Batches:
    """Yield batches. What is raised is raised anew without its words: they may quote a record, and Spark logs them."""
    try:
        yield from batches
    except Exception as error:  # every one of them would be logged
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
        raise WorkerFailed(f"{type(error).__name__} at {place}") from None

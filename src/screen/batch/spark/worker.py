"""What each worker of Spark does: records into findings and rejects, by the same steps as without Spark.

In: batches of Arrow as Spark gives them to a worker: lines of text, rows of Parquet, whole files. Out: pieces, a row
for each chunk: how much was read, the findings packed into one cell, the hashes of the names, and the rejects with rows
and lines counted from the beginning of the worker's stretch of the file. `spark.pipeline` adds them up. Reading,
scoring and rejects are those of a run without Spark, which knows nothing of this module.
"""

from __future__ import annotations

import io
import itertools
import json
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from screen.batch.cells import ID
from screen.batch.input.case_files import CaseFileReader
from screen.batch.input.chunk_reader import ChunkReader, ReadChunk
from screen.batch.input.chunks import Chunk, text_chunks
from screen.batch.input.decompression import open_decompressed
from screen.batch.input.duplicates import hash_names
from screen.batch.input.rejects import Reject, duplicate_reject
from screen.batch.input.sources import CaseSource
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

#: The key of a piece: its file in the run, where the worker's stretch begins in the file, its chunk in the stretch.
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
#: The name of a case: eight bytes of it, where its record stands, which case of which piece it is.
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
#: What a piece, or one case file of it, comes to once its duplicates are known.
SUMMARY_SCHEMA = pa.schema(
    [
        *KEY_FIELDS,
        ("scored", pa.int64()),
        ("rejects", pa.binary()),
        ("codes", pa.binary()),
        ("counts", pa.binary()),
    ]
)
FILE_SCHEMA = pa.schema([("value", pa.binary())])
_POSITION = ("*file", "*start", "*row", "*line")  # where a case stands; no other column has such a name
_OUTPUT_FILE_BYTES = 256 * 1024 * 1024  # of the tables of one output file, which are held in memory
_PARQUET_END = b"PAR1"


class WorkerFailedError(RuntimeError):
    """A fault of the program in a worker. Spark logs what a worker raises: it repeats no words of a record."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a run: its number in the order of all, its source, and for a case file its record in that source."""

    index: int
    source: CaseSource
    row: int = 0


@dataclass(frozen=True)
class WorkerTask:
    """What a worker needs to know: the law, the options of the run, the files by their paths.

    `headers` are those of CSV files, for stretches that begin in the middle.
    """

    book: RuleBook
    profiles: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    ignored_columns: tuple[str, ...] = ()
    files: Mapping[str, SourceFile] = field(default_factory=dict)
    headers: Mapping[str, bytes] = field(default_factory=dict)
    format: OutputFormat = OutputFormat("parquet", None)  # noqa: RUF009 - frozen
    closed: bool = False
    as_recorded: bool = False
    today: date | None = None

    def state(self) -> WorkerState:
        """Return what does the work, made with the first batch that a worker gets and kept for the next."""
        day = getattr(self.book, "day", self.book.law_as_of)
        key = (
            self.book.hash,
            day,
            self.profiles,
            self.columns,
            self.ignored_columns,
            self.closed,
            self.as_recorded,
            self.today,
        )
        if key not in _STATES:
            _STATES.clear()  # a worker outlives a run, and needs one state at a time
            _STATES[key] = WorkerState(self)
        return _STATES[key]

    @cached_property
    def _files_by_index(self) -> dict[int, SourceFile]:
        return {file.index: file for file in self.files.values()}

    def file_at(self, index: int) -> SourceFile:
        """Return the file of the run with this number."""
        return self._files_by_index[index]

    def display_name(self, index: int) -> str:
        """Return the name by which messages call the file with this number."""
        file = self.file_at(index)
        return file.source.paths[file.row - 1] if file.source.format == "case" else file.source.name

    # ── records into pieces, called by Spark ────────────────────────────────────────────────────────────────────────

    def read_lines(self, batches: Batches) -> Batches:
        """Yield the pieces of lines of text; a batch has `path`, `start` and `text`, lines with their ends."""

        def pieces() -> Iterator[dict[str, Any]]:
            for path, start, parts in _stretches(batches):
                header = self.headers.get(path, b"") if start else b""
                texts = (bytes_of_cells(part.column("text")) for part in parts)
                stream = io.BufferedReader(PieceStream(header, texts))
                yield from self._read_text(self.files[path], start, stream, header.count(b"\n"))

        return _make_batches(batches, pieces)

    def read_compressed(self, batches: Batches) -> Batches:
        """Yield the pieces of compressed text; a batch has `path` and `content`, whole files."""

        def pieces() -> Iterator[dict[str, Any]]:
            for path, content in iterate_files(batches):
                file = self.files[path]
                stream = open_decompressed(pa.BufferReader(content), file.source.compression or "")
                yield from self._read_text(file, 0, stream)

        return _make_batches(batches, pieces)

    def read_rows(self, batches: Batches, names: tuple[str, ...]) -> Batches:
        """Yield the pieces of rows of Parquet; a batch has `path`, `start` and columns that Spark only numbers."""

        def pieces() -> Iterator[dict[str, Any]]:
            for path, start, parts in _stretches(batches):
                file, first = self.files[path], 0
                for number, part in enumerate(parts):
                    table = pa.Table.from_batches([part.drop_columns(["path", "start"]).rename_columns(list(names))])
                    chunk = Chunk(file.source, first, 1, table, 0)
                    yield self._piece_of_chunk(file, start, number, chunk, first, 0)
                    first += table.num_rows

        return _make_batches(batches, pieces)

    def read_case_files(self, batches: Batches) -> Batches:
        """Yield the pieces of case files; a batch has `path` and `content`. A piece is a batch, in any order."""

        def pieces() -> Iterator[dict[str, Any]]:
            for batch in batches:
                contents = {
                    path: content[: MAX_BYTES + 1].to_pybytes() for path, content in iterate_files(iter([batch]))
                }
                yield self._piece_of_case_files(contents)

        return _make_batches(batches, pieces)

    def read_empty_files(self, paths: Iterable[str]) -> pa.Table:
        """Return the piece of case files that are empty: Spark leaves such files out in silence."""
        names = list(paths)
        cells = [pa.array(names, pa.string()), pa.array([b""] * len(names), pa.binary())]
        batch = pa.record_batch(cells, ["path", "content"])
        return pa.Table.from_batches(self.read_case_files(iter([batch])), PIECE_SCHEMA)

    def _piece_of_case_files(self, contents: Mapping[str, bytes]) -> dict[str, Any]:
        state = self.state()
        files = sorted((self.files[path] for path in contents), key=lambda file: file.index)
        names = {file.index: self.display_name(file.index) for file in files}
        by_name = {names[self.files[path].index]: content for path, content in contents.items()}
        cases = state.files.read_files(names.values(), read=by_name.__getitem__)
        frame = state.reader.layout.frame_from_cells(cases.columns)
        rejected = {reject.row for reject in cases.rejects}
        sound = [file for number, file in enumerate(files, 1) if number not in rejected]
        positions = pl.DataFrame(
            {"*file": [file.index for file in sound], "*row": [file.row for file in sound]},
            schema={"*file": pl.Int32, "*row": pl.Int64},
        ).with_columns(pl.lit(0, pl.Int64).alias("*start"), pl.lit(None, pl.Int64).alias("*line"))
        rejects = [
            (files[reject.row - 1].index, replace(reject, row=files[reject.row - 1].row)) for reject in cases.rejects
        ]
        key = (files[0].index, 0, 0)
        return self._make_piece(key, (len(files), 0), frame, positions.select(_POSITION), rejects, list(names))

    def _read_text(self, file: SourceFile, start: int, stream: Any, header_lines: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the pieces of a stretch of text. Its first `header_lines` lines were put before it."""
        first = 0
        for number, chunk in enumerate(text_chunks(file.source, stream)):
            chunk = replace(chunk, line=chunk.line - header_lines)
            header, data = chunk.data if file.source.format == "csv" else (b"", chunk.data)
            lines = data.count(b"\n") + (header.count(b"\n") - header_lines if number == 0 else 0)
            piece = self._piece_of_chunk(file, start, number, chunk, first, lines)
            first += piece["read"]
            yield piece

    def _piece_of_chunk(
        self, file: SourceFile, start: int, number: int, chunk: Chunk, first: int, lines: int
    ) -> dict[str, Any]:
        """Return the piece of a chunk before which `first` records of the stretch stand."""
        read: ReadChunk = self.state().reader.read(chunk)
        rows = pl.int_range(1, read.frame.height + 1, eager=True, dtype=pl.Int64) if read.rows is None else read.rows
        positions = pl.DataFrame(
            [
                pl.repeat(file.index, rows.len(), dtype=pl.Int32, eager=True).alias("*file"),
                pl.repeat(start, rows.len(), dtype=pl.Int64, eager=True).alias("*start"),
                (rows + first).alias("*row"),
                read.lines_of(rows, chunk).alias("*line"),
            ]
        )
        rejects = [(file.index, replace(reject, row=reject.row + first)) for reject in read.rejects]
        return self._make_piece((file.index, start, number), (read.count, lines), read.frame, positions, rejects)

    def _make_piece(
        self,
        key: tuple[int, int, int],
        size: tuple[int, int],
        cases: pl.DataFrame,
        positions: pl.DataFrame,
        rejects: list[tuple[int, Reject]],
        files: Sequence[int] = (),
    ) -> dict[str, Any]:
        """Score cases and return their piece. `size` is how many records and lines were read."""
        findings, faults = self.state().scorer.score_or_faults(cases)
        for failed, fault in faults.items():
            file, _, row, line = positions.select(_POSITION).row(failed)
            rejects.append((file, fault.to_reject(self.display_name(file), row, line)))
        cases, positions = drop_rows(cases, faults), drop_rows(positions, faults)
        table = findings.table
        names = positions.select(_POSITION[:3]).with_columns(hash_names(cases[ID]).alias("name"))
        return {
            **{name: value for (name, _), value in zip(KEY_FIELDS, key, strict=True)},
            "read": size[0],
            "lines": size[1],
            "scored": table.height,
            "names": pack_table(names),
            "findings": pack_table(table.with_columns(positions.get_columns())),
            "rejects": json.dumps([[file, reject.to_json()] for file, reject in rejects]).encode(),
            "counts": json.dumps(count_findings(table, self.book, findings.name_counts)).encode(),
            "wrong": None,
            "files": json.dumps(files).encode(),
        }

    # ── pieces into what is needed of them, called by Spark ─────────────────────────────────────────────────────────

    def list_names(self, batches: Batches) -> Batches:
        """Yield the names of pieces, so that duplicates can be found among all."""
        return redact_errors(batch for piece in _pieces(batches) for batch in _names_of_piece(piece))

    def summarize(self, batches: Batches) -> Batches:
        """Yield the summaries of pieces that have `twice`: the cases of a piece whose names stood elsewhere before."""
        return redact_errors(batch_of_rows(self._summarize_piece(piece), SUMMARY_SCHEMA) for piece in _pieces(batches))

    def _summarize_piece(self, piece: dict[str, Any]) -> list[dict[str, Any]]:
        rejects: dict[int, list[dict[str, Any]]] = {}
        for file, reject in json.loads(piece["rejects"]):
            rejects.setdefault(file, []).append(reject)
        counts = piece["counts"]
        duplicates = sorted(piece["twice"] or [])
        if duplicates:
            findings = unpack_table(piece["findings"])
            counts = json.dumps(count_findings(_findings_without(findings, duplicates), self.book)).encode()
            for file, _, row, line in findings[duplicates].select(_POSITION).iter_rows():
                rejects.setdefault(file, []).append(duplicate_reject(self.display_name(file), row, line).to_json())
        first_file = piece["file"]
        summaries = []
        for file in sorted({first_file, *rejects}):  # a piece of case files has a summary for each: their order is open
            of_file = sorted(rejects.get(file, []), key=lambda reject: reject["row"])
            codes = sum_counts([{"codes": {reject["code"]: 1}} for reject in of_file]).get("codes", {})
            summaries.append(
                {
                    "file": file,
                    "start": piece["start"],
                    "number": piece["number"],
                    "scored": piece["scored"] - len(duplicates) if file == first_file else 0,
                    "rejects": json.dumps(of_file).encode(),
                    "codes": json.dumps(codes).encode(),
                    "counts": counts if file == first_file else b"{}",
                }
            )
        return summaries

    def format_files(self, batches: Batches) -> Batches:
        """Yield the findings of pieces as output files, one a row, without cases whose names stood elsewhere before.

        The end of each file that `end_of_file` names is left out: Spark writes the file as a line of text, and adds
        that end. Findings as columns of Spark, a hundred and ninety words a case, take it ten times as long to write.
        """
        return redact_errors(batch_of_rows([{"value": file}], FILE_SCHEMA) for file in self._output_files(batches))

    def _output_files(self, batches: Batches) -> Iterator[bytes]:
        uncompressed, end = replace(self.format, compression=None), end_of_file(self.format)
        tables: list[pl.DataFrame] = []
        size = 0.0
        for piece in _pieces(batches):
            tables.append(_findings_without(unpack_table(piece["findings"]), piece["twice"] or []))
            size += tables[-1].estimated_size()
            if size > _OUTPUT_FILE_BYTES:
                yield uncompressed.encode_file(tables).removesuffix(end)
                tables, size = [], 0.0
        if tables:
            yield uncompressed.encode_file(tables).removesuffix(end)

    def pack_empty(self) -> bytes:
        """Return the findings of no case, packed as those of a piece are."""
        return pack_table(self.state().scorer.empty())


def end_of_file(output_format: OutputFormat) -> bytes:
    """Return what stands at the end of every file of this format."""
    return _PARQUET_END if output_format.name == "parquet" else b"\n"


class WorkerState:
    """The readers and the scorer of one worker."""

    def __init__(self, task: WorkerTask) -> None:
        self.reader = ChunkReader(task.book, ignored_columns=task.ignored_columns, today=task.today)
        self.files = CaseFileReader(task.book, today=task.today)
        self.scorer = Scorer(task.book, task.profiles, task.columns, closed=task.closed, as_recorded=task.as_recorded)


_STATES: dict[tuple[object, ...], WorkerState] = {}


def _stretches(batches: Batches) -> Iterator[tuple[str, int, Iterator[pa.RecordBatch]]]:
    """Yield each stretch of a file: its path, where it begins, and its batches."""
    runs = (run for batch in batches for run in split_runs(batch, ("path", "start")))
    for (path, start), parts in itertools.groupby(runs, key=lambda run: run[0]):
        yield decode_path(path), start, (part for _, part in parts)


def _names_of_piece(piece: dict[str, Any]) -> list[pa.RecordBatch]:
    key = [pl.lit(piece[name], pl.Int64).alias(name) for name, _ in KEY_FIELDS]
    names = unpack_table(piece["names"]).select(
        pl.col("name").reinterpret(signed=True),
        pl.col("*file").alias("at_file"),
        pl.col("*start").alias("at_start"),
        pl.col("*row").alias("row"),
        *key,
        pl.int_range(pl.len(), dtype=pl.Int32).alias("case"),
    )
    return to_batches(names, NAME_SCHEMA)


def _findings_without(table: pl.DataFrame, rows: Iterable[int]) -> pl.DataFrame:
    """Return findings without these rows, and without the positions of their cases."""
    return drop_rows(table, rows).drop(_POSITION, strict=False)


def _pieces(batches: Batches) -> Iterator[dict[str, Any]]:
    for batch in batches:
        for row in range(batch.num_rows):
            yield batch.slice(row, 1).to_pylist()[0]


def _make_batches(batches: Batches, pieces: Any) -> Batches:
    """Yield the batches of pieces. What makes a whole source unfit comes as a piece of its own."""

    def safe() -> Iterator[pa.RecordBatch]:
        try:
            for piece in pieces():
                yield batch_of_rows([piece], PIECE_SCHEMA)
        except DiagnosticsError as error:
            for _ in batches:
                pass  # Spark wants its batches taken
            mistakes = [
                [
                    mistake.location.file,
                    mistake.location.line,
                    mistake.location.column,
                    mistake.code,
                    mistake.message,
                    mistake.hint,
                ]
                for mistake in error.diagnostics
            ]
            numbers: dict[str, Any] = dict.fromkeys(PIECE_SCHEMA.names, 0)
            cells = dict.fromkeys(("names", "findings", "rejects", "counts", "files"), b"")
            yield batch_of_rows([numbers | cells | {"wrong": json.dumps(mistakes).encode()}], PIECE_SCHEMA)

    return redact_errors(safe())


def redact_errors(batches: Batches) -> Batches:
    """Yield batches. An error is raised again without its message, which may quote a record and which Spark logs."""
    try:
        yield from batches
    except Exception as error:  # every one of them would be logged
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise WorkerFailedError(f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}") from None

"""A run of a batch: sources in, findings and rejects out, every record accounted for.

The stages overlap, so that every core has work: chunks are read and checked ahead, duplicates are found in the order of
the sources, cases are scored and encoded ahead, and parts are written to disk in order. What is in progress is bounded,
so memory does not grow with the caseload; eight bytes are kept of the name of each case.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import pyarrow as pa

from screen.batch.cells import ID
from screen.batch.fault_boundary import Fault
from screen.batch.findings_schema import base_name
from screen.batch.input.chunk_reader import ChunkReader, ReadChunk
from screen.batch.input.chunks import CHUNK_BYTES, CHUNK_FILES, CHUNK_ROWS, Chunk, read_chunks, read_column_names
from screen.batch.input.duplicates import DuplicateFilter
from screen.batch.input.rejects import Reject, StoppedAtReject, duplicate_reject, to_json_lines
from screen.batch.layout import Layout
from screen.batch.options import BatchOptions, PartWriter, ProgressCallback
from screen.batch.output.checkpoint import Checkpoint, Part
from screen.batch.output.formats import OutputFormat, output_format
from screen.batch.output.preflight import OutputGuard
from screen.batch.score.scorer import Scorer, count_findings, drop_rows
from screen.batch.summary import RunSummary, Tally, summarize
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean, shorten
from screen.rulebook.model import RuleBook
from screen.version import VERSION


def run_batch(
    book: RuleBook,
    options: BatchOptions,
    on_progress: ProgressCallback,
    part_writer: PartWriter | None = None,
    on_resume: ProgressCallback | None = None,
) -> RunSummary:
    """Run a batch and return its summary.

    `on_resume` is called with what an earlier run had finished, where this run continues it. Raises
    DiagnosticsError where a source or the output cannot be used; finished parts are kept then.
    """
    out_format = output_format(options.out.name)
    columns = None if options.columns is None else (*options.columns, *options.extra_columns)
    scorer = Scorer(book, options.profiles, columns, closed=options.closed, as_recorded=options.as_recorded)
    reader = ChunkReader(
        book,
        ignored_columns=options.ignored_columns,
        keep_annotations=part_writer is not None,
        today=options.today,
    )
    if mistakes := [mistake for source in options.sources for mistake in reader.check_columns(source)]:
        raise DiagnosticsError(mistakes)
    if mistakes := _absent_ignored_columns(options):
        raise DiagnosticsError(mistakes)
    plan = _plan(book, options, out_format)
    guard = OutputGuard(book.facts, options.sources, options.overwrite)
    discard = (lambda _: None) if part_writer is None else part_writer.discard
    with Checkpoint(
        options.out, plan, options.rejects, guard, out_format, resume=options.resume, discard=discard
    ) as checkpoint:
        if part_writer is not None:
            part_writer.prepare(resumed=checkpoint.is_resumed, overwrite=options.overwrite)
        if on_resume is not None and checkpoint.is_resumed:
            on_resume(*_progress(checkpoint.tally))
        if not checkpoint.is_complete:
            pipeline = _Pipeline(book, options, checkpoint, scorer, out_format, on_progress, part_writer)
            with _Pools(reader, options.jobs) as pools:
                pipeline.run(pools)
        summary = summarize(checkpoint.tally)
        checkpoint.finish()
        return summary


def _absent_ignored_columns(options: BatchOptions) -> list[Diagnostic]:
    """Return the ignored columns that no source has: typing errors, most likely.

    JSON Lines have no header: where a source is one, nothing is said.
    """
    if not options.ignored_columns:
        return []
    headers = [read_column_names(source) for source in options.sources if source.format != "case"]
    if any(header is None for header in headers):
        return []
    columns = {name for header in headers for name in header or ()}
    return [
        Diagnostic(
            Location("--ignore"),
            "unknown-column",
            f'no source has a column "{shorten(name)}".',
            did_you_mean(name, columns, "Leave it out."),
        )
        for name in options.ignored_columns
        if name not in columns
    ]


def _progress(tally: Tally) -> tuple[int, int, int]:
    return tally.read, tally.rejected, tally.bytes


def _plan(book: RuleBook, options: BatchOptions, out_format: OutputFormat) -> dict[str, Any]:
    """Return what two runs must share for each chunk to give the same bytes."""
    return {
        "program": VERSION,
        "polars": pl.__version__,
        "arrow": pa.__version__,
        "rule book": book.hash,
        "law as of": str(getattr(book, "day", book.law_as_of)),
        "sources": [source.fingerprint() for source in options.sources],
        "columns": None if options.columns is None else sorted(options.columns),
        "profiles": list(options.profiles),
        "ignored columns": sorted(options.ignored_columns),
        "determinations": list(options.extra_outputs),
        "closed": options.closed,
        "assessed": "as recorded" if options.as_recorded else "accepted",
        "shard": list(options.shard),
        "cut": [CHUNK_ROWS, CHUNK_BYTES, CHUNK_FILES],
        "format": [out_format.name, out_format.compression],
    }


@dataclass(frozen=True, slots=True)
class _PendingPart:
    """A chunk whose cases are being scored: their table, what was rejected before that, and where they stand.

    `locate` returns the source, the record and the line of a row of the table.
    """

    source_index: int
    chunk: Chunk
    record_count: int
    cases: pl.DataFrame
    rejects: list[Reject]
    locate: Callable[[int], tuple[str, int, int | None]]
    id_digests: bytes
    is_first: bool


@dataclass(frozen=True, slots=True)
class _ScoredPart:
    """The findings of a chunk: as a table where a part writer needs it, and encoded; the faults by their row."""

    table: pl.DataFrame | None
    rows: bytes
    counts: dict[str, Any]
    faults: dict[int, Fault]


class _Pipeline:
    """The stages of a run, in the order of its chunks."""

    def __init__(
        self,
        book: RuleBook,
        options: BatchOptions,
        checkpoint: Checkpoint,
        scorer: Scorer,
        out_format: OutputFormat,
        on_progress: ProgressCallback,
        part_writer: PartWriter | None,
    ) -> None:
        self.book, self.options, self.checkpoint, self.scorer = book, options, checkpoint, scorer
        self.out_format, self.on_progress, self.part_writer = out_format, on_progress, part_writer
        self.word_columns = Layout(book).word_columns
        self.duplicates = DuplicateFilter()
        self.read_by_source = checkpoint.tally.read_by_source.copy()
        self.has_first_part = checkpoint.tally.parts > 0

    def run(self, pools: _Pools) -> None:
        """Add the parts that are not finished yet, at least one."""
        if self.checkpoint.tally.parts:
            self.duplicates.add(_from_bytes(b"".join(self.checkpoint.id_digests())).sort())
        try:
            self._run_stages(pools)
        except StoppedAtReject:
            self.checkpoint.mark_stopped()
            raise
        if not self.checkpoint.tally.parts:
            rows = self._encode(self.scorer.empty(), first=True)
            counts = {"source": 0, "read": 0, "scored": 0, "rejected": 0, "bytes": 0, "codes": {}, "counts": {}}
            self.checkpoint.add(Part(rows, b"", b"", counts))

    def _run_stages(self, pools: _Pools) -> None:
        reading: deque[tuple[int, Chunk, Callable[[], ReadChunk]]] = deque()
        scoring: deque[tuple[Future[_ScoredPart], _PendingPart]] = deque()

        def advance(max_reading: int) -> None:
            while len(reading) > max_reading:
                source_index, chunk, result = reading.popleft()
                scoring.append(self._start_scoring(pools, source_index, chunk, result()))
                while len(scoring) > self.options.jobs:
                    self._finish_part(*scoring.popleft())

        for source_index, chunk in self._chunks():
            result = pools.start_reading(chunk)
            reading.append((source_index, replace(chunk, data=None), result))
            advance(self.options.jobs)
        advance(0)
        for future, pending in scoring:
            self._finish_part(future, pending)

    def _chunks(self) -> Iterator[tuple[int, Chunk]]:
        """Yield the chunks of this shard that are not finished yet, with the index of their source."""
        shard, shard_count = self.options.shard
        first = self.checkpoint.tally.parts * shard_count + shard - 1
        number = 0
        for source_index, source in enumerate(self.options.sources):
            before = number

            def is_ours(index: int, before: int = before) -> bool:
                return before + index >= first and (before + index) % shard_count == shard - 1

            for chunk in read_chunks(source, is_ours, self.word_columns):
                if is_ours(number - before):
                    yield source_index, chunk
                number += 1

    def _start_scoring(
        self, pools: _Pools, source_index: int, chunk: Chunk, read: ReadChunk
    ) -> tuple[Future[_ScoredPart], _PendingPart]:
        """Return the scoring of a chunk's cases, begun, and what is known of the chunk until then."""
        is_duplicate, new_digests = self.duplicates.check_and_add(read.frame[ID])
        records_before = chunk.first_record if self.options.is_sharded else self.read_by_source[source_index]
        self.read_by_source[source_index] += read.count

        def locate(index: int) -> tuple[str, int, int | None]:
            record = read.record_number(index)
            is_file = chunk.source.format == "case"
            source = chunk.source.paths[chunk.first_record + record - 1] if is_file else chunk.source.name
            return source, record + records_before, read.line_of(record, chunk)

        rejects = [replace(reject, row=reject.row + records_before) for reject in read.rejects]
        cases, locate_case = read.frame, locate
        if is_duplicate.any():
            rejects += [duplicate_reject(*locate(index)) for index in is_duplicate.arg_true()]
            cases, kept = cases.filter(~is_duplicate), (~is_duplicate).arg_true()

            def locate_case(index: int) -> tuple[str, int, int | None]:
                return locate(kept[index])

        self._stop_if_strict(rejects)
        is_first, self.has_first_part = not self.has_first_part, True
        future = pools.scoring.submit(self._score, cases, is_first)
        digests = _to_bytes(new_digests)
        return future, _PendingPart(source_index, chunk, read.count, cases, rejects, locate_case, digests, is_first)

    def _stop_if_strict(self, rejects: Sequence[Reject]) -> None:
        """Raise StoppedAtReject with the first of these rejects where the run stops at one."""
        if rejects and self.options.strict:
            raise min(rejects, key=lambda reject: reject.row).to_error()

    def _score(self, cases: pl.DataFrame, is_first: bool) -> _ScoredPart:
        findings, faults = self.scorer.score_or_faults(cases)
        rows = self._encode(findings.table, first=is_first)
        counts = count_findings(self._requested(findings.table), self.book, findings.name_counts)
        return _ScoredPart(findings.table if self.part_writer else None, rows, counts, faults)

    def _requested(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of a table that the output has."""
        columns = self.options.columns
        if columns is None:
            return table
        return table.select(
            name for name in table.columns if name == ID or name in columns or base_name(name) in columns
        )

    def _encode(self, table: pl.DataFrame, *, first: bool) -> bytes:
        return self.out_format.encode_part(self._requested(table), first=first)

    def _write_extra_outputs(self, scored: _ScoredPart, pending: _PendingPart) -> tuple[_ScoredPart, Mapping[str, str]]:
        """Let the part writer write; return the part without the cases for which it failed, and the digests."""
        if self.part_writer is None or scored.table is None:
            return scored, {}
        kept = [row for row in range(pending.cases.height) if row not in scored.faults]
        written, failed = self.part_writer.write_part(pending.cases[kept], scored.table)
        if not failed:
            return scored, written
        table = drop_rows(scored.table, failed)
        rows = self._encode(table, first=pending.is_first)
        faults = scored.faults | {kept[row]: fault for row, fault in failed.items()}
        return _ScoredPart(table, rows, count_findings(self._requested(table), self.book), faults), written

    def _finish_part(self, future: Future[_ScoredPart], pending: _PendingPart) -> None:
        scored, written = self._write_extra_outputs(future.result(), pending)
        faults = [fault.to_reject(*pending.locate(row)) for row, fault in scored.faults.items()]
        self._stop_if_strict(faults)
        rejects = sorted([*pending.rejects, *faults], key=lambda reject: reject.row)
        counts: dict[str, Any] = {
            "source": pending.source_index,
            "read": pending.record_count,
            "scored": pending.cases.height - len(scored.faults),
            "rejected": len({reject.row for reject in rejects}),
            "bytes": pending.chunk.size,
            "codes": Counter(reject.code for reject in rejects),
            "counts": scored.counts,
        }
        assert counts["read"] == counts["scored"] + counts["rejected"], "a record is lost, or counted twice"
        # A shard does not read the text of other shards and cannot number its records: the line says where one stands.
        has_numbers = not (self.options.is_sharded and pending.chunk.source.format in ("jsonl", "csv"))
        lines = to_json_lines(rejects, rows=has_numbers)
        self.checkpoint.add(Part(scored.rows, lines, pending.id_digests, counts, written))
        self.on_progress(*_progress(self.checkpoint.tally))


class _Pools:
    """The threads of a run: those that read chunks, and those that score cases."""

    def __init__(self, reader: ChunkReader, jobs: int) -> None:
        self.reader = reader
        self.reading = ThreadPoolExecutor(jobs)
        self.scoring = ThreadPoolExecutor(jobs)

    def __enter__(self) -> _Pools:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        # After an interruption nobody waits for what is in progress: the run that continues does it again.
        for pool in (self.reading, self.scoring):
            pool.shutdown(wait=kind is None, cancel_futures=True)

    def start_reading(self, chunk: Chunk) -> Callable[[], ReadChunk]:
        """Begin to read a chunk; return what waits for the result."""
        return self.reading.submit(self.reader.read, chunk).result


def _to_bytes(digests: pl.Series) -> bytes:
    """Return 8-byte digests as bytes."""
    if not len(digests):
        return b""
    array = digests.rechunk().to_arrow()
    data: bytes = array.buffers()[1].to_pybytes()
    return data[8 * array.offset : 8 * (array.offset + len(array))]


def _from_bytes(data: bytes) -> pl.Series:
    """Return 8-byte digests from their bytes."""
    array = pa.Array.from_buffers(pa.uint64(), len(data) // 8, [None, pa.py_buffer(data)])
    return pl.Series("names", pl.from_arrow(array), dtype=pl.UInt64)

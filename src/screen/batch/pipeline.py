"""A whole run: sources in, findings and rejects out, each record accounted for.

In: `Wanted`. Out: the output and the rejects under their names when they are whole, and a `Told` of how it went. The
stages stand side by side, so that every core has work: chunks are read and checked ahead, duplicates are found in the
order of the sources, cases are scored and written out as bytes ahead, and parts are put on the disk in order. What is
under way is bounded, so memory does not grow with the caseload; of each case met eight bytes stay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa

from screen.batch.cells import ID
from screen.batch.fault_boundary import Fault
from screen.batch.input.chunk_reader import ChunkReader, ReadChunk
from screen.batch.input.chunks import CHUNK_BYTES, CHUNK_FILES, CHUNK_ROWS, Chunk, read_chunks, read_column_names
from screen.batch.input.duplicates import DuplicateFilter
from screen.batch.input.rejects import Reject, StoppedAtReject, duplicate_reject, to_json_lines
from screen.batch.input.sources import CaseSource
from screen.batch.layout import Layout
from screen.batch.output.checkpoint import Checkpoint, Part
from screen.batch.output.formats import OutputFormat, output_format
from screen.batch.output.preflight import OutputGuard
from screen.batch.score.scorer import Scorer, count_findings, drop_rows, sum_counts
from screen.batch.summary import Tally
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean, shorten
from screen.rulebook.model import RuleBook
from screen.version import VERSION


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What a run is asked to do. `shard` is which of how many, from 1; `jobs` how much goes on at once.

    `beside` tells what is made of each part besides, such as determinations: a run that makes something else is another
    one. `needed` are columns that this needs and the output does not have.
    """

    sources: Sequence[CaseSource]
    out: Path
    rejects: Path
    profiles: Sequence[str] = ()
    columns: Sequence[str] | None = None
    ignored_columns: Sequence[str] = ()
    shard: tuple[int, int] = (1, 1)
    strict: bool = False
    resume: bool = False
    overwrite: bool = False
    jobs: int = 2
    extra_outputs: Sequence[str] = ()
    extra_columns: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run went: read is scored and rejected together, to the record."""

    read: int
    scored: int
    rejected: int
    codes: dict[str, int]
    counts: dict[str, dict[str, int]]


#: Told after each part: records read and rejected so far, and how much of the sources that was.
ProgressCallback = Callable[[int, int, int], None]


class PartWriter(Protocol):
    """What is made of each part besides, such as determinations."""

    def prepare(self, *, resumed: bool, overwrite: bool) -> None:
        """Make ready. What lies there already is a mistake, unless a run is continued or files may be replaced."""

    def write_part(self, cases: pl.DataFrame, table: pl.DataFrame) -> tuple[Mapping[str, str], Mapping[int, Fault]]:
        """Make it of a part's cases and findings before they are kept.

        Return the files' names with their digests, and the rows of the cases over which the program failed.
        """

    def discard(self, written: Mapping[str, str]) -> None:
        """Delete the files of a run that is given up, as far as they are still what was written."""


def run_batch(
    book: RuleBook,
    options: BatchOptions,
    on_progress: ProgressCallback,
    part_writer: PartWriter | None = None,
    on_resume: ProgressCallback | None = None,
) -> RunSummary:
    """Do what is wanted. Raises Mistakes where a source or the output cannot be used; what is finished is kept then.

    `begun` is told what an earlier run had finished, where this one goes on with it.
    """
    form = output_format(options.out.name)
    columns = None if options.columns is None else (*options.columns, *options.extra_columns)
    scorer = Scorer(book, options.profiles, columns)
    reader = ChunkReader(book, ignored_columns=options.ignored_columns, keep_annotations=part_writer is not None)
    if wrong := [mistake for source in options.sources for mistake in reader.check_columns(source)]:
        raise DiagnosticsError(wrong)
    if wrong := _nowhere(options):
        raise DiagnosticsError(wrong)
    plan = _plan(book, options, form)
    guard = OutputGuard(book.facts, options.sources, options.overwrite)
    forget = (lambda _: None) if part_writer is None else part_writer.discard
    with Checkpoint(
        options.out, plan, options.rejects, guard, form, resume=options.resume, discard=forget
    ) as checkpoint:
        if part_writer is not None:
            part_writer.prepare(resumed=checkpoint.is_continued, overwrite=options.overwrite)
        if on_resume is not None and checkpoint.is_continued:
            on_resume(*_so_far(checkpoint.tally))
        if not checkpoint.is_complete:
            _work(_Pipeline(book, options, checkpoint, scorer, form, on_progress, part_writer), reader)
        account = summarize(checkpoint.tally)
        checkpoint.finish()
        return account


def _nowhere(wanted: BatchOptions) -> list[Diagnostic]:
    """Return which columns are to be left aside and stand in no source: slips, most likely.

    Where the columns stand in each record nobody knows before all of them are read.
    """
    heads = [read_column_names(one) for one in wanted.sources if one.format != "case"] if wanted.ignored_columns else []
    if any(head is None for head in heads):
        return []
    there = {name for head in heads for name in head or ()}
    return [
        Diagnostic(
            Location("--ignore"),
            "unknown-column",
            f'no source has a column "{shorten(name)}".',
            did_you_mean(name, there, "Leave it out."),
        )
        for name in wanted.ignored_columns
        if name not in there
    ]


def _work(state: _Pipeline, reader: ChunkReader) -> None:
    """Add the parts that are not there yet, one at least."""
    checkpoint, wanted = state.checkpoint, state.wanted
    if checkpoint.tally.parts:
        state.seen.add(_numbers(b"".join(checkpoint.id_digests())).sort())
    with _Pools(reader, wanted.jobs) as pools:
        try:
            state.go(pools)
        except StoppedAtReject:
            checkpoint.stop()
            raise
    if not checkpoint.tally.parts:
        rows = state.form.encode_part(_written(state.scorer.empty(), wanted.columns), first=True)
        nothing = {"source": 0, "read": 0, "scored": 0, "rejected": 0, "bytes": 0, "codes": {}, "counts": {}}
        checkpoint.add(Part(rows, b"", b"", nothing))


def summarize(tally: Tally) -> RunSummary:
    """Return how a run went, the most frequent words first."""
    counts = sum_counts([{"codes": tally.codes}, tally.counts])
    return RunSummary(tally.read, tally.scored, tally.rejected, counts.pop("codes"), counts)


def _so_far(tally: Tally) -> tuple[int, int, int]:
    return tally.read, tally.rejected, tally.bytes


def _plan(book: RuleBook, wanted: BatchOptions, form: OutputFormat) -> dict[str, Any]:
    """Return what makes two runs the same: with these equal, each chunk gives the same bytes."""
    return {
        "program": VERSION,
        "polars": pl.__version__,
        "arrow": pa.__version__,
        "rule book": book.hash,
        "law as of": str(getattr(book, "day", book.law_as_of)),
        "sources": [one.fingerprint() for one in wanted.sources],
        "columns": None if wanted.columns is None else sorted(wanted.columns),
        "profiles": list(wanted.profiles),
        "ignored columns": sorted(wanted.ignored_columns),
        "determinations": list(wanted.extra_outputs),
        "shard": list(wanted.shard),
        "cut": [CHUNK_ROWS, CHUNK_BYTES, CHUNK_FILES],
        "format": [form.name, form.compression],
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a chunk once its cases are being scored: their table, the rejects before that, where they stood.

    `row_and_place` gives the record of the source, the file and the line of a case of the table.
    """

    index: int
    chunk: Chunk
    read: int
    frame: pl.DataFrame
    rejects: list[Reject]
    row_and_place: Callable[[int], tuple[str, int, int | None]]
    names: bytes
    is_first: bool

    def faults(self, scored: _Scored) -> list[Reject]:
        """Return the cases over which scoring failed as rejects."""
        return [fault.to_reject(*self.row_and_place(at)) for at, fault in scored.faults.items()]


@dataclass(frozen=True, slots=True)
class _Scored:
    """The findings of a chunk: as a table where somebody wants that, and as they are written; what failed, by row."""

    table: pl.DataFrame | None
    rows: bytes
    counts: dict[str, Any]
    faults: dict[int, Fault]


class _Pipeline:
    """What goes on in a run, in the order of its chunks."""

    def __init__(
        self,
        book: RuleBook,
        wanted: BatchOptions,
        checkpoint: Checkpoint,
        scorer: Scorer,
        form: OutputFormat,
        progress: ProgressCallback,
        beside: PartWriter | None,
    ) -> None:
        self.book, self.wanted, self.checkpoint, self.seen = book, wanted, checkpoint, DuplicateFilter()
        self.words = Layout(book).word_columns
        self.scorer, self.form, self.progress, self.beside = scorer, form, progress, beside
        self.before = checkpoint.tally.read_by_source.copy()
        self.started = checkpoint.tally.parts > 0

    def go(self, pools: _Pools) -> None:
        """Take every chunk through its stages."""
        reading: deque[tuple[int, Chunk, Callable[[], ReadChunk]]] = deque()
        scoring: deque[tuple[Future[_Scored], _Known]] = deque()

        def flow(down_to: int) -> None:
            while len(reading) > down_to:
                index, chunk, read = reading.popleft()
                scoring.append(self._submitted(pools, index, chunk, read()))
                while len(scoring) > self.wanted.jobs:
                    self._keep(*scoring.popleft())

        for index, chunk in self._chunks():
            read = pools.read(chunk)
            reading.append((index, replace(chunk, data=None), read))
            flow(self.wanted.jobs)
        flow(0)
        for one in scoring:
            self._keep(*one)

    def _chunks(self) -> Iterator[tuple[int, Chunk]]:
        """Yield the chunks of this shard that are not done yet, with the number of their source."""
        this, of = self.wanted.shard
        first = self.checkpoint.tally.parts * of + this - 1
        number = 0
        for index, source in enumerate(self.wanted.sources):
            at = number

            def mine(chunk: int, at: int = at) -> bool:
                return at + chunk >= first and (at + chunk) % of == this - 1

            for chunk in read_chunks(source, mine, self.words):
                if mine(number - at):
                    yield index, chunk
                number += 1

    def _submitted(self, pools: _Pools, index: int, chunk: Chunk, read: ReadChunk) -> tuple[Future[_Scored], _Known]:
        """Return the scoring of a chunk's cases, begun, and what is to be told of the chunk."""
        again, new = self.seen.check_and_add(read.frame[ID])
        base = chunk.first_record if self._is_shared else self.before[index]
        self.before[index] += read.count

        def row_and_place(at: int) -> tuple[str, int, int | None]:
            row = read.record_number(at)
            source = (
                chunk.source.paths[chunk.first_record + row - 1] if chunk.source.format == "case" else chunk.source.name
            )
            return source, row + base, read.line_of(row, chunk)

        rejects = [replace(one, row=one.row + base) for one in read.rejects]
        frame, kept = read.frame, row_and_place
        if again.any():
            rejects += [duplicate_reject(*row_and_place(at)) for at in again.arg_true()]
            frame, places = frame.filter(~again), (~again).arg_true()

            def kept(at: int) -> tuple[str, int, int | None]:
                return row_and_place(places[at])

        self._stop_at(rejects)
        first_part, self.started = not self.started, True
        future = pools.score(self._scored, frame, first_part)
        return future, _Known(index, chunk, read.count, frame, rejects, kept, _bytes(new), first_part)

    @property
    def _is_shared(self) -> bool:
        return self.wanted.shard[1] > 1

    def _stop_at(self, rejects: Sequence[Reject]) -> None:
        """Raise StoppedAt with the first of these, where a run is to stop there."""
        if rejects and self.wanted.strict:
            raise min(rejects, key=lambda reject: reject.row).to_error()

    def _scored(self, frame: pl.DataFrame, first: bool) -> _Scored:
        found, faults = self.scorer.score_or_faults(frame)
        table, written = found.table, _written(found.table, self.wanted.columns)
        rows = self.form.encode_part(written, first=first)
        return _Scored(
            table if self.beside else None, rows, count_findings(written, self.book, found.name_counts), faults
        )

    def _with_determinations(self, scored: _Scored, known: _Known) -> tuple[_Scored, Mapping[str, str]]:
        """Write what is made of a part's cases besides; return the part without the cases over which that failed."""
        if self.beside is None or scored.table is None:
            return scored, {}
        kept = [row for row in range(known.frame.height) if row not in scored.faults]
        made, failed = self.beside.write_part(known.frame[kept], scored.table)
        if not failed:
            return scored, made
        table = drop_rows(scored.table, failed)
        written = _written(table, self.wanted.columns)
        rows = self.form.encode_part(written, first=known.is_first)
        faults = scored.faults | {kept[row]: fault for row, fault in failed.items()}
        return _Scored(table, rows, count_findings(written, self.book), faults), made

    def _keep(self, future: Future[_Scored], known: _Known) -> None:
        scored, made = self._with_determinations(future.result(), known)
        faults = known.faults(scored)
        self._stop_at(faults)
        rejects = sorted([*known.rejects, *faults], key=lambda one: one.row)
        frame = drop_rows(known.frame, scored.faults)
        counts: dict[str, Any] = {
            "source": known.index,
            "read": known.read,
            "scored": frame.height,
            "rejected": len({one.row for one in rejects}),
            "bytes": known.chunk.size,
            "codes": sum_counts([{"codes": {one.code: 1}} for one in rejects]).get("codes", {}),
            "counts": scored.counts,
        }
        assert counts["read"] == counts["scored"] + counts["rejected"], "a record is lost, or counted twice"
        # What others do of a text is not read here, and its records are not counted: the line tells where one stands.
        rows = not (self._is_shared and known.chunk.source.format in ("jsonl", "csv"))
        self.checkpoint.add(Part(scored.rows, to_json_lines(rejects, rows=rows), known.names, counts, made))
        self.progress(*_so_far(self.checkpoint.tally))


def _written(table: pl.DataFrame, columns: Sequence[str] | None) -> pl.DataFrame:
    """Return the columns of a table that the output has."""
    if columns is None:
        return table
    return table.select(
        name for name in table.columns if name == ID or name in columns or name.partition("@")[0] in columns
    )


class _Pools:
    """The threads that read chunks and score cases."""

    def __init__(self, reader: ChunkReader, jobs: int) -> None:
        self.reader = reader
        self.threads = ThreadPoolExecutor(jobs)
        self.scoring = ThreadPoolExecutor(jobs)

    def __enter__(self) -> _Pools:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        # Interrupted, nobody waits for what is under way: it is worked out again by the run that goes on.
        for pool in (self.threads, self.scoring):
            pool.shutdown(wait=kind is None, cancel_futures=True)

    def read(self, chunk: Chunk) -> Callable[[], ReadChunk]:
        """Begin to read a chunk; return what waits for it."""
        return self.threads.submit(self.reader.read, chunk).result

    def score(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        """Begin to score cases."""
        return self.scoring.submit(work, *given)


def _bytes(numbers: pl.Series) -> bytes:
    """Return digests as bytes."""
    if not len(numbers):
        return b""
    whole = numbers.rechunk().to_arrow()
    data: bytes = whole.buffers()[1].to_pybytes()
    return data[8 * whole.offset : 8 * (whole.offset + len(whole))]


def _numbers(data: bytes) -> pl.Series:
    """Return digests from their bytes."""
    whole = pa.Array.from_buffers(pa.uint64(), len(data) // 8, [None, pa.py_buffer(data)])
    return pl.Series("names", pl.from_arrow(whole), dtype=pl.UInt64)

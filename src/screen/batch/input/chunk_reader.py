"""A chunk of any source into a checked table.

In: a `Chunk`. Out: `Read`: the cases that can be used, typed as the layout has them, how many records there were, and
every mistake of the others with its row and line. Left alone: duplicates, which only the order of all chunks can tell.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import groupby, islice
from typing import Any

import polars as pl
import pyarrow as pa

from screen.batch.cells import ANNOTATIONS, ID, PROFILE
from screen.batch.fault_boundary import Fault, bisect_faults, catch_fault
from screen.batch.input import arrow_types, csv_records, json_lines
from screen.batch.input.case_files import CaseFileReader, CaseRows
from screen.batch.input.rejects import Reject
from screen.batch.input.sources import CaseSource, Chunk, read_column_names
from screen.batch.input.validator import InvalidCell, Validator, drop_columns, quotable_name
from screen.batch.layout import Layout
from screen.diagnostics import MAX_SUGGESTIONS, Diagnostic, DiagnosticsError, Location, Suggestions
from screen.rulebook.answers import InvalidAnswer
from screen.rulebook.model import RuleBook

_BLOCK = 32  # lines that are read one by one where one of them is wrong


@dataclass(frozen=True)
class ReadChunk:
    """What one chunk held. `rows` tells for each case of the table which record of the chunk it was, from 1."""

    frame: pl.DataFrame
    count: int
    rejects: list[Reject]
    lines: dict[int, int] = field(default_factory=dict)
    rows: pl.Series | None = None
    text: bytes = b""  # of CSV, for the line of a record that is found to stand twice

    def line_of(self, row: int, chunk: Chunk) -> int | None:
        """Return the line of a record of the chunk, as far as its form has lines."""
        return chunk.line + row - 1 if self._a_line_each(chunk) else self._lines(chunk).get(row)

    def lines_of(self, rows: pl.Series, chunk: Chunk) -> pl.Series:
        """Return the lines of records of the chunk, null where their form has none."""
        if self._a_line_each(chunk):
            return rows + (chunk.line - 1)
        lines = self._lines(chunk)
        return pl.Series([lines.get(row) for row in rows], dtype=pl.Int64)

    def _a_line_each(self, chunk: Chunk) -> bool:
        if self.lines or chunk.source.format not in ("csv", "jsonl"):
            return False
        return chunk.source.format == "jsonl" or self.ends == self.count

    def _lines(self, chunk: Chunk) -> dict[int, int]:
        if self.text and not self.lines:  # looked for once: a chunk may hold ten thousand names that stand twice
            self.lines.update(csv_records.record_lines(self.text, chunk.line))
        return self.lines

    @cached_property
    def ends(self) -> int:
        """How many lines the text has: as many as records, where each is one."""
        return self.text.count(b"\n") + (not self.text.endswith(b"\n"))

    def record_number(self, index: int) -> int:
        """Return which record of the chunk a case of the table was, from 1."""
        return index + 1 if self.rows is None else int(self.rows[index])


class ChunkReader:
    """Reads chunks under one rule book; safe to use from several threads."""

    def __init__(self, book: RuleBook, *, ignored_columns: Iterable[str] = (), keep_annotations: bool = False) -> None:
        self.book, self.layout = book, Layout(book)
        self.checker = Validator(book, self.layout)
        self.files = CaseFileReader(book, keep_annotations=keep_annotations)
        self.ignore = frozenset(ignored_columns)
        self.words = keep_annotations
        self.said = [name for name, column in self.layout.attributes.items() if column.role in ANNOTATIONS]
        self._lock = threading.Lock()
        self.columns: tuple[str, ...] = (ID,)  # of JSON Lines, as they were met; exchanged whole, threads read it

    def check_columns(self, source: CaseSource) -> list[Diagnostic]:
        """Return what is wrong with the columns of a source: one that is no fact would be lost in every record."""
        try:
            names = read_column_names(source)
        except DiagnosticsError as error:
            return list(error.diagnostics)
        return [] if names is None else self._wrong_columns(source, names)

    def _wrong_columns(self, source: CaseSource, names: list[str]) -> list[Diagnostic]:
        first = Location(source.name, 1, 1)
        columns = self._columns(names)
        unknown = [name is not None and not self.checker.is_known_column(name) for name in columns]
        if source.format == "csv" and ID not in columns:
            if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
                found = "the columns are not parted by commas."
                return [Diagnostic(first, "missing-key", found, "Save it as CSV with `,` between cells.")]
            if sum(unknown) * 2 > len(names):
                found, remedy = "this first row looks like data.", "A table begins with the names of its columns"
                return [Diagnostic(first, "unknown-column", found, f"{remedy}: see `rsd batch template`.")]
        mistakes: list[Diagnostic] = []
        suggestions, met = Suggestions(), set[str]()
        for at, name in enumerate(columns, 1):
            place = Location(source.name, 1, at)
            if len(mistakes) == MAX_SUGGESTIONS:
                found = "after these columns nothing more is told of this first row."
                mistakes.append(Diagnostic(place, "unknown-column", found, "Mend these, and run again."))
                break
            if name is None:
                continue
            if unknown[at - 1]:
                why = self.checker.explain_unknown_column(name, f"column {at}", suggestions)
                remedy = why.hint if not name.strip() else f"{why.hint} Or leave it aside with --ignore."
                mistakes.append(Diagnostic(place, "unknown-column", why.message, remedy))
            elif name in met:
                found = f"the column {quotable_name(name, self.layout) or at} stands twice."
                mistakes.append(Diagnostic(place, "duplicate-key", found, "Keep one."))
            met.add(name)
        if ID not in columns:
            remedy = "Add it: a registration number or a pseudonym for each case."
            mistakes.append(Diagnostic(first, "missing-key", f'there is no column "{ID}".', remedy))
        return mistakes

    def _columns(self, headings: Iterable[str]) -> list[str | None]:
        """Return the columns that the headings of a table mean, None for those that are left aside."""
        return [None if heading in self.ignore else self.checker.column_for_heading(heading) for heading in headings]

    def read(self, chunk: Chunk) -> ReadChunk:
        """Return what a chunk holds."""
        read = self._read(chunk)
        read = replace(read, rejects=self._in_order(read.rejects)) if chunk.source.format != "case" else read
        if chunk.truncation:
            more = Reject(
                chunk.source.name, read.count + 1, None, "broken-source", chunk.truncation, "Nothing after it was read."
            )
            return replace(read, count=read.count + 1, rejects=[*read.rejects, more])
        return read

    def _read(self, chunk: Chunk) -> ReadChunk:
        match chunk.source.format:
            case "case":
                return self.convert_case_rows(self.files.read_files(chunk.data))
            case "jsonl":
                return self._lines(chunk)
            case "csv":
                return self._csv(chunk)
            case _:
                self._may_have(chunk.source, chunk.data.column_names)
                return self._checked(chunk, self._held(chunk), marks=not self.words)

    def convert_case_rows(self, found: CaseRows) -> ReadChunk:
        """Return what was gathered of case files."""
        gone = {one.row for one in found.rejects}
        rows = pl.Series([row for row in range(1, found.file_count + 1) if row not in gone], dtype=pl.Int64)
        return ReadChunk(self.layout.frame_from_cells(found.columns), found.file_count, found.rejects, rows=rows)

    def _checked(self, chunk: Chunk, raw: pl.DataFrame, *, plain: bool = False, marks: bool = False) -> ReadChunk:
        raw = drop_columns(raw, self.ignore)

        def checked(part: pl.DataFrame) -> tuple[pl.DataFrame, list[InvalidCell]]:
            # Sets come as numbers or as lists, whichever suits a table: pieces of one must have the same type.
            return self.checker.check_table(part, from_csv=plain, sets_as_bits=marks and part.height == raw.height)

        frames, rejects = list[pl.DataFrame](), list[Reject]()
        for first, made in bisect_faults(checked, raw):
            if isinstance(made, Fault):
                rejects.append(made.to_reject(chunk.source.name, first + 1))
                continue
            frame, bad = made
            frames.append(frame)
            rejects += [self._reject(chunk, replace(one, row=one.row + first)) for one in bad]
        rows = None
        if rejects:
            gone = {one.row for one in rejects}
            rows = pl.Series([row for row in range(1, raw.height + 1) if row not in gone], dtype=pl.Int64)
        frame = pl.concat(frames or [self.layout.frame_from_cells({ID: []})], how="diagonal")
        return ReadChunk(self._kept(frame), raw.height, rejects, rows=rows)

    def _may_have(self, source: CaseSource, names: list[str]) -> None:
        """Raise Mistakes for columns that cannot be used: of standard input they are met only now."""
        if wrong := self._wrong_columns(source, names):
            raise DiagnosticsError(wrong)

    def _held(self, chunk: Chunk) -> pl.DataFrame:
        """Return a table of Arrow's as Polars holds it; cells of a type that it cannot hold are no answers anywhere.

        Raises Mistakes for text that is none.
        """
        return arrow_types.to_polars(self._columns(chunk.data.column_names), chunk.data, chunk.source.name)

    def _kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame if self.words else drop_columns(frame, self.said)

    @staticmethod
    def _reject(chunk: Chunk, bad: InvalidCell) -> Reject:
        return Reject(chunk.source.name, bad.row + 1, bad.column, bad.reason.code, bad.reason.message, bad.reason.hint)

    # ── CSV ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _csv(self, chunk: Chunk) -> ReadChunk:
        header, data = chunk.data
        if chunk.truncation and not header:
            return ReadChunk(self.layout.frame_from_cells({ID: []}), 0, [])
        names = csv_records.parse_header(header, chunk.source.name)
        self._may_have(chunk.source, names)
        # A column that is left aside needs a name of its own, which no fact has: several may have none.
        columns = self._columns(names)
        names = [name or f"*{at}" for at, name in enumerate(columns)]
        wanted = [name for name in columns if name is not None]
        if csv_records.is_well_formed(data):
            with suppress(pa.ArrowException):  # a record has too many cells or too few, or is no text
                read = replace(self._checked(chunk, csv_records.read_table(data, names, wanted), plain=True), text=data)
                rejects = [replace(one, line=read.line_of(one.row, chunk)) for one in read.rejects]
                return replace(read, rejects=rejects)
        return self._csv_slowly(chunk, names, wanted, data)

    def _csv_slowly(self, chunk: Chunk, names: list[str], wanted: list[str], data: bytes) -> ReadChunk:
        """Return what a stretch of CSV holds in which a record is broken: the others go together."""
        good: list[list[str]] = []
        rows: list[int] = []
        lines: dict[int, int] = {}
        rejects: list[Reject] = []
        for number, (line, cells) in enumerate(csv_records.parse_records(data, chunk.line), 1):
            lines[number] = line
            if not isinstance(cells, InvalidAnswer) and len(cells) != len(names):
                found = f"{len(cells)} cells where {len(names)} are wanted."
                cells = InvalidAnswer("broken-record", found, "Put text that holds a comma or a line end in quotes.")
            if isinstance(cells, InvalidAnswer):
                rejects.append(Reject(chunk.source.name, number, None, cells.code, cells.message, cells.hint, line))
            else:
                good.append(cells)
                rows.append(number)
        places = {name: at for at, name in enumerate(names)}
        raw = pl.DataFrame(
            {name: [cells[places[name]] or None for cells in good] for name in wanted},
            schema=dict.fromkeys(wanted, pl.String()),
        )
        read = self._checked(chunk, raw, plain=True)
        whole = pl.Series(rows, dtype=pl.Int64)
        rejects += [replace(one, row=rows[one.row - 1], line=lines[rows[one.row - 1]]) for one in read.rejects]
        own = whole if read.rows is None else whole.gather(read.rows - 1)
        return ReadChunk(read.frame, len(lines), sorted(rejects, key=lambda one: one.row), lines, own)

    # ── JSON Lines ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _lines(self, chunk: Chunk) -> ReadChunk:
        data: bytes = chunk.data
        if (table := self._parsed(data)) is None:
            # A column may have come up that the lines before did not have.
            self._met(filter(self.checker.is_known_column, json_lines.find_keys(data)))
            table = self._parsed(data)
        if table is not None:
            read = self._checked(chunk, pl.DataFrame(pl.from_arrow(table)))
            rejects = [replace(one, line=chunk.line + one.row - 1) for one in read.rejects]
            return replace(read, rejects=rejects)
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return self._in_pieces(chunk, lines)

    def _in_pieces(self, chunk: Chunk, lines: list[bytes]) -> ReadChunk:
        """Return what lines hold of which some are wrong: the good ones all at once, the others one by one."""
        tables: list[pa.Table] = []
        quick: list[int] = []  # the row of each record that was parsed with others
        gathered, slow, rejects = CaseRows(), list[int](), list[Reject]()
        suggestions = Suggestions()
        at: dict[int, int] = {}
        for first, piece, table in self._pieces(lines):
            for index, line in enumerate(piece, first):
                if not line.strip():
                    continue
                row = len(at) + 1
                at[row] = chunk.line + index
                if table is not None:
                    quick.append(row)
                    continue
                made = catch_fault(partial(self._record, chunk.source.name, line, row, suggestions))
                if isinstance(made, Fault):
                    rejects.append(made.to_reject(chunk.source.name, row, at[row]))
                    continue
                cells, wrong = made
                rejects += [replace(one, line=at[row]) for one in wrong]
                if cells is not None:
                    gathered.append(cells)
                    slow.append(row)
            if table is not None:
                tables.append(table)
        frame, rows = (
            self._kept(self.layout.frame_from_cells(gathered.pad_columns().columns)),
            pl.Series(slow, dtype=pl.Int64),
        )
        if tables:
            read = self._checked(chunk, pl.DataFrame(pl.from_arrow(pa.concat_tables(tables))))
            own = pl.Series(quick, dtype=pl.Int64)
            rejects += [replace(one, row=quick[one.row - 1], line=at[quick[one.row - 1]]) for one in read.rejects]
            own = own if read.rows is None else own.gather(read.rows - 1)
            both = [part.with_columns(number.alias("*row")) for part, number in ((read.frame, own), (frame, rows))]
            frame = pl.concat(both, how="diagonal").sort("*row")
            rows, frame = frame["*row"], frame.drop("*row")
        return ReadChunk(frame, len(at), sorted(rejects, key=lambda one: one.row), at, rows)

    def _pieces(self, lines: list[bytes]) -> Iterator[tuple[int, list[bytes], pa.Table | None]]:
        """Yield lines piece by piece, in order: parsed together, or without a table where they are to be looked at."""
        columns = self.columns  # one schema for all
        waiting = [(0, len(lines))]
        while waiting:
            first, end = waiting.pop()
            piece = lines[first:end]
            table = self._parsed(b"\n".join(piece), columns) if end - first > 1 else None
            if table is None and end - first > _BLOCK:
                middle = (first + end) // 2
                waiting += [(middle, end), (first, middle)]
            else:
                yield first, piece, table

    def _met(self, names: Iterable[str]) -> None:
        with self._lock:
            self.columns = tuple(dict.fromkeys((*self.columns, *names)))

    def _parsed(self, data: bytes, columns: tuple[str, ...] | None = None) -> pa.Table | None:
        """Return lines of JSON as a table, or None where one of them at least has to be looked at by itself."""
        import pyarrow.json as pj

        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        if data.count(b"\n{") + data.startswith(b"{") != lines:  # an empty line, or one that is no record
            return None
        if not json_lines.is_utf8(data):  # Arrow takes any byte for text
            return None
        schema = pa.schema([(name, self._arrow(name)) for name in columns or self.columns])
        options = pj.ParseOptions(schema, newlines_in_values=False, unexpected_field_behavior="error")
        reading = pj.ReadOptions(block_size=max(1 << 20, min(len(data), 1 << 22)))
        try:
            table = pj.read_json(pa.BufferReader(data), parse_options=options, read_options=reading)
        except pa.ArrowException:
            return None
        return table if table.num_rows == lines else None  # two records may stand in one

    def _arrow(self, name: str) -> pa.DataType:
        if name in (ID, PROFILE) or name in self.ignore:
            return pa.string()
        kind = type(self.layout.dtype(name))
        return {pl.Float64: pa.float64(), pl.Boolean: pa.bool_(), pl.List: pa.list_(pa.string())}.get(kind, pa.string())

    def _record(
        self, source: str, line: bytes, number: int, suggestions: Suggestions
    ) -> tuple[dict[str, Any] | None, list[Reject]]:
        def wrong(column: str | None, why: InvalidAnswer) -> Reject:
            return Reject(source, number, column, why.code, why.message, why.hint)

        try:
            record = json_lines.parse_record(line)
        except json_lines.RepeatedKeyError as twice:
            key = str(twice)
            why = InvalidAnswer("duplicate-key", "a key stands twice in this record.", "Delete one of them.")
            return None, [wrong(key if self.checker.is_known_column(key) else None, why)]
        if isinstance(record, InvalidAnswer):
            return None, [wrong(None, record)]
        if "facts" in record or "case" in record:
            return self.files.read_record(record, source, number, suggestions)
        row: dict[str, Any] = {}
        rejects: list[Reject] = []
        for at, (name, cell) in enumerate(record.items(), 1):
            if name in self.ignore:
                continue
            if not self.checker.is_known_column(name):
                column, why = self.checker.explain_unknown_key(name, at, suggestions)
                rejects.append(wrong(column, why))
            elif (bad := self._cell(row, name, cell)) is not None:
                rejects.append(wrong(name, bad))
        rejects += [wrong(name, why) for name, why in self.checker.find_contradictions(record)]
        if ID not in record:
            rejects.append(wrong(ID, self.checker.explain_cell(ID, None)))
        if not row.keys() <= set(self.columns):
            self._met(row)
        return (None, rejects) if rejects else (row, [])

    def _cell(self, row: dict[str, Any], name: str, cell: Any) -> InvalidAnswer | None:
        """Put one cell of a record into a row; return what is wrong with it where it is no answer."""
        if name in (ID, PROFILE):
            known = self.checker.is_name(cell) if name == ID else cell in self.book.profiles
            if not (isinstance(cell, str) and known) and not (name == PROFILE and cell is None):
                return self.checker.explain_cell(name, cell)
            row[name] = cell
            return None
        column = self.layout.column(name)
        assert column is not None
        found = self.checker.check_value(column, cell)
        if isinstance(found, InvalidAnswer):
            return found
        for one, value in self.layout.cells_for(column, found).items():
            row[one] = row.get(one) or value  # `f.unknown` said by the word and beside it: neither takes it back
        return None

    def _in_order(self, rejects: list[Reject]) -> list[Reject]:
        """Return what is told of records in one order, however they were read: so much of each at most."""
        place = self.layout.position
        ordered = sorted(rejects, key=lambda one: (one.row, place(one.column)))
        return [one for _, some in groupby(ordered, key=lambda one: one.row) for one in islice(some, MAX_SUGGESTIONS)]

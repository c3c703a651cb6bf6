"""A chunk of any source into a checked table.

In: a `Chunk`. Out: `ReadChunk`: the cases that can be used, typed as the layout says, how many records there were, and
every mistake in the others with its row and line. Left alone: duplicates, which only show in the order of all chunks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from itertools import groupby, islice
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.json as pj

from screen.batch.cells import ANNOTATIONS, ID, PROFILE, RECORD, RECORD_STATES
from screen.batch.fault_boundary import Fault, bisect_faults, catch_fault
from screen.batch.input import arrow_types, csv_records, json_lines
from screen.batch.input.case_files import CaseFileReader, CaseRows, RowOrRejects
from screen.batch.input.chunks import Chunk, read_column_names
from screen.batch.input.rejects import Reject
from screen.batch.input.sources import CaseSource
from screen.batch.input.validator import InvalidCell, Validator, drop_columns, quotable_name
from screen.batch.layout import Layout
from screen.diagnostics import MAX_SUGGESTIONS, Diagnostic, DiagnosticsError, Location, Suggestions
from screen.rulebook.answers import InvalidAnswer
from screen.rulebook.model import RuleBook

_BLOCK = 32  # lines that are parsed one by one where one of them is wrong


@dataclass(frozen=True)
class ReadChunk:
    """What one chunk held. `rows` has the record number in the chunk, from 1, of each case of the table."""

    frame: pl.DataFrame
    count: int
    rejects: list[Reject]
    lines: dict[int, int] = field(default_factory=dict)
    rows: pl.Series | None = None
    text: bytes = b""  # of CSV, to find the line of a record that turns out to be a duplicate

    def line_of(self, row: int, chunk: Chunk) -> int | None:
        """Return the line of a record of the chunk, None where the format has no lines."""
        return chunk.line + row - 1 if self._is_record_per_line(chunk) else self._lines(chunk).get(row)

    def lines_of(self, rows: pl.Series, chunk: Chunk) -> pl.Series:
        """Return the lines of records of the chunk, null where the format has no lines."""
        if self._is_record_per_line(chunk):
            return rows + (chunk.line - 1)
        lines = self._lines(chunk)
        return pl.Series([lines.get(row) for row in rows], dtype=pl.Int64)

    def _is_record_per_line(self, chunk: Chunk) -> bool:
        if self.lines or chunk.source.format not in ("csv", "jsonl"):
            return False
        return chunk.source.format == "jsonl" or self._line_count == self.count

    def _lines(self, chunk: Chunk) -> dict[int, int]:
        if self.text and not self.lines:  # found once: a chunk may hold ten thousand duplicates
            self.lines.update(csv_records.record_lines(self.text, chunk.line))
        return self.lines

    @cached_property
    def _line_count(self) -> int:
        return self.text.count(b"\n") + (not self.text.endswith(b"\n"))

    def record_number(self, index: int) -> int:
        """Return the record number in the chunk, from 1, of a case of the table."""
        return index + 1 if self.rows is None else int(self.rows[index])


class ChunkReader:
    """Reads chunks under one rule book; safe to use from several threads."""

    def __init__(
        self,
        book: RuleBook,
        *,
        ignored_columns: Iterable[str] = (),
        keep_annotations: bool = False,
        today: date | None = None,
    ) -> None:
        """With `keep_annotations` the table also holds sources, notes, dates, the claim and `about`.

        `today` is the last day on which a record can have been closed.
        """
        self.book, self.layout = book, Layout(book)
        self.validator = Validator(book, self.layout)
        self.files = CaseFileReader(book, keep_annotations=keep_annotations, today=today)
        self.ignored_columns = frozenset(ignored_columns)
        self.keep_annotations = keep_annotations
        self._annotations = [name for name, column in self.layout.attributes.items() if column.role in ANNOTATIONS]
        self._lock = threading.Lock()
        # The columns of JSON Lines met so far. Replaced as a whole: other threads read it.
        self._json_columns: tuple[str, ...] = (ID,)

    def check_columns(self, source: CaseSource) -> list[Diagnostic]:
        """Return what is wrong with the columns of a source: an unknown column would be lost in every record."""
        try:
            names = read_column_names(source)
        except DiagnosticsError as error:
            return list(error.diagnostics)
        return [] if names is None else self._wrong_columns(source, names)

    def _wrong_columns(self, source: CaseSource, names: list[str]) -> list[Diagnostic]:
        start = Location(source.name, 1, 1)
        columns = self._columns_for(names)
        unknown = [name is not None and not self.validator.is_known_column(name) for name in columns]
        if source.format == "csv" and ID not in columns:
            if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
                message = "the columns are not separated by commas."
                return [Diagnostic(start, "missing-key", message, "Save it as CSV with `,` between cells.")]
            if sum(unknown) * 2 > len(names):
                message, hint = "this first row looks like data.", "A table begins with the names of its columns"
                return [Diagnostic(start, "unknown-column", message, f"{hint}: see `rsd batch template`.")]
        mistakes: list[Diagnostic] = []
        suggestions, seen = Suggestions(), set[str]()
        for number, name in enumerate(columns, 1):
            location = Location(source.name, 1, number)
            if len(mistakes) == MAX_SUGGESTIONS:
                message = "further columns of this first row are not reported."
                mistakes.append(Diagnostic(location, "unknown-column", message, "Mend these, and run again."))
                break
            if name is None:
                continue
            if unknown[number - 1]:
                reason = self.validator.explain_unknown_column(name, f"column {number}", suggestions)
                hint = reason.hint if not name.strip() else f"{reason.hint} Or leave it aside with --ignore."
                mistakes.append(Diagnostic(location, "unknown-column", reason.message, hint))
            elif name in seen:
                message = f"the column {quotable_name(name, self.layout) or number} stands twice."
                mistakes.append(Diagnostic(location, "duplicate-key", message, "Keep one."))
            seen.add(name)
        if ID not in columns:
            hint = "Add it: a registration number or a pseudonym for each case."
            mistakes.append(Diagnostic(start, "missing-key", f'there is no column "{ID}".', hint))
        return mistakes

    def _require_columns(self, source: CaseSource, names: list[str]) -> None:
        """Raise DiagnosticsError for columns that cannot be used: those of standard input are only known here."""
        if wrong := self._wrong_columns(source, names):
            raise DiagnosticsError(wrong)

    def _columns_for(self, headings: Iterable[str]) -> list[str | None]:
        """Return the column that each heading of a table means, None for those that are ignored."""
        return [
            None if heading in self.ignored_columns else self.validator.column_for_heading(heading)
            for heading in headings
        ]

    def read(self, chunk: Chunk) -> ReadChunk:
        """Return what a chunk holds. Raises DiagnosticsError where the source as a whole cannot be used."""
        read = self._read(chunk)
        read = replace(read, rejects=self._in_order(read.rejects)) if chunk.source.format != "case" else read
        if chunk.truncation:
            end = Reject(
                chunk.source.name, read.count + 1, None, "broken-source", chunk.truncation, "Nothing after it was read."
            )
            return replace(read, count=read.count + 1, rejects=[*read.rejects, end])
        return read

    def _read(self, chunk: Chunk) -> ReadChunk:
        match chunk.source.format:
            case "case":
                return self._read_case_files(chunk.data)
            case "jsonl":
                return self._read_json_lines(chunk)
            case "csv":
                return self._read_csv(chunk)
            case _:
                names = chunk.data.column_names
                self._require_columns(chunk.source, names)
                raw = arrow_types.to_polars(self._columns_for(names), chunk.data, chunk.source.name)
                return self._check(chunk, raw, sets_as_bits=not self.keep_annotations)

    def _read_case_files(self, paths: tuple[str, ...]) -> ReadChunk:
        cases = self.files.read_files(paths)
        rows = _rows_except(len(paths), cases.rejects)
        return ReadChunk(self.layout.frame_from_cells(cases.columns), len(paths), cases.rejects, rows=rows)

    def _check(
        self, chunk: Chunk, raw: pl.DataFrame, *, from_csv: bool = False, sets_as_bits: bool = False
    ) -> ReadChunk:
        raw = drop_columns(raw, self.ignored_columns)

        def check_part(part: pl.DataFrame) -> tuple[pl.DataFrame, list[InvalidCell]]:
            # Sets come as bits or as lists, whichever suits the table. All parts of one table need the same type.
            as_bits = sets_as_bits and part.height == raw.height
            return self.validator.check_table(part, from_csv=from_csv, sets_as_bits=as_bits)

        frames, rejects = list[pl.DataFrame](), list[Reject]()
        for first, result in bisect_faults(check_part, raw):
            if isinstance(result, Fault):
                rejects.append(result.to_reject(chunk.source.name, first + 1))
                continue
            frame, invalid = result
            frames.append(frame)
            rejects += [_reject_of_cell(chunk, cell, first) for cell in invalid]
        rows = _rows_except(raw.height, rejects) if rejects else None
        frame = pl.concat(frames or [self.layout.frame_from_cells({ID: []})], how="diagonal")
        return ReadChunk(self._without_annotations(frame), raw.height, rejects, rows=rows)

    def _without_annotations(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame if self.keep_annotations else drop_columns(frame, self._annotations)

    def _in_order(self, rejects: list[Reject]) -> list[Reject]:
        """Return rejects by row and column, however they were found: at most `MAX_SUGGESTIONS` of each record."""
        position = self.layout.position
        ordered = sorted(rejects, key=lambda reject: (reject.row, position(reject.column)))
        return [
            reject
            for _, of_record in groupby(ordered, key=lambda reject: reject.row)
            for reject in islice(of_record, MAX_SUGGESTIONS)
        ]

    # ── CSV ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read_csv(self, chunk: Chunk) -> ReadChunk:
        header, data = chunk.data
        if chunk.truncation and not header:
            return ReadChunk(self.layout.frame_from_cells({ID: []}), 0, [])
        headings = csv_records.parse_header(header, chunk.source.name)
        self._require_columns(chunk.source, headings)
        # An ignored column needs a name of its own that no fact has: several headings may be empty.
        columns = self._columns_for(headings)
        names = [name or f"*{number}" for number, name in enumerate(columns)]
        kept = [name for name in columns if name is not None]
        if csv_records.is_well_formed(data):
            with suppress(pa.ArrowException):  # a record has too many or too few cells, or is not UTF-8
                raw = csv_records.read_table(data, names, kept)
                read = replace(self._check(chunk, raw, from_csv=True), text=data)
                rejects = [replace(reject, line=read.line_of(reject.row, chunk)) for reject in read.rejects]
                return replace(read, rejects=rejects)
        return self._read_csv_by_record(chunk, names, kept, data)

    def _read_csv_by_record(self, chunk: Chunk, names: list[str], kept: list[str], data: bytes) -> ReadChunk:
        """Return what a stretch of CSV holds in which a record is broken. The sound ones are checked together."""
        sound: list[list[str]] = []
        rows: list[int] = []
        lines: dict[int, int] = {}
        rejects: list[Reject] = []
        for number, (line, cells) in enumerate(csv_records.parse_records(data, chunk.line), 1):
            lines[number] = line
            if not isinstance(cells, InvalidAnswer) and len(cells) != len(names):
                message = f"{len(cells)} cells where {len(names)} are wanted."
                cells = InvalidAnswer("broken-record", message, "Put text that holds a comma or a line end in quotes.")
            if isinstance(cells, InvalidAnswer):
                rejects.append(Reject(chunk.source.name, number, None, cells.code, cells.message, cells.hint, line))
            else:
                sound.append(cells)
                rows.append(number)
        index = {name: at for at, name in enumerate(names)}
        raw = pl.DataFrame(
            {name: [cells[index[name]] or None for cells in sound] for name in kept},
            schema=dict.fromkeys(kept, pl.String()),
        )
        read = self._check(chunk, raw, from_csv=True)
        rejects += [_moved(reject, rows, lines) for reject in read.rejects]
        sound_rows = _gather(rows, read.rows)
        return ReadChunk(read.frame, len(lines), sorted(rejects, key=lambda reject: reject.row), lines, sound_rows)

    # ── JSON Lines ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _read_json_lines(self, chunk: Chunk) -> ReadChunk:
        data: bytes = chunk.data
        if (table := self._parse_json(data, self._json_columns)) is None:
            # A column may have come up that the lines before did not have.
            self._add_json_columns(filter(self.validator.is_known_column, json_lines.find_keys(data)))
            table = self._parse_json(data, self._json_columns)
        if table is not None:
            read = self._check(chunk, pl.DataFrame(pl.from_arrow(table)), sets_as_bits=not self.keep_annotations)
            rejects = [replace(reject, line=chunk.line + reject.row - 1) for reject in read.rejects]
            return replace(read, rejects=rejects)
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return self._read_json_by_block(chunk, lines)

    def _read_json_by_block(self, chunk: Chunk, lines: list[bytes]) -> ReadChunk:
        """Return what lines hold of which some are wrong: sound blocks are parsed at once, others line by line."""
        tables: list[pa.Table] = []
        block_rows: list[int] = []  # the record numbers of lines that were parsed in blocks
        single, single_rows, rejects = CaseRows(), list[int](), list[Reject]()
        suggestions = Suggestions()
        line_of: dict[int, int] = {}
        for first, block, table in self._json_blocks(lines):
            for index, text in enumerate(block, first):
                if not text.strip():
                    continue
                row = len(line_of) + 1
                line_of[row] = chunk.line + index
                if table is not None:
                    block_rows.append(row)
                    continue
                result = catch_fault(partial(self._read_json_record, chunk.source.name, text, row, suggestions))
                if isinstance(result, Fault):
                    rejects.append(result.to_reject(chunk.source.name, row, line_of[row]))
                    continue
                cells, wrong = result
                rejects += [replace(reject, line=line_of[row]) for reject in wrong]
                if cells is not None:
                    single.append(cells)
                    single_rows.append(row)
            if table is not None:
                tables.append(table)
        frame = self._without_annotations(self.layout.frame_from_cells(single.pad_columns().columns))
        rows = pl.Series(single_rows, dtype=pl.Int64)
        if tables:
            read = self._check(chunk, pl.DataFrame(pl.from_arrow(pa.concat_tables(tables))))
            rejects += [_moved(reject, block_rows, line_of) for reject in read.rejects]
            both = ((read.frame, _gather(block_rows, read.rows)), (frame, rows))
            numbered = [part.with_columns(numbers.alias("*row")) for part, numbers in both]
            frame = pl.concat(numbered, how="diagonal").sort("*row")
            rows, frame = frame["*row"], frame.drop("*row")
        return ReadChunk(frame, len(line_of), sorted(rejects, key=lambda reject: reject.row), line_of, rows)

    def _json_blocks(self, lines: list[bytes]) -> Iterator[tuple[int, list[bytes], pa.Table | None]]:
        """Yield blocks of lines in order with the index of the first: as a table, or None where one of them is wrong.

        A block with a wrong line is halved until it is small.
        """
        columns = self._json_columns  # one schema for all
        pending = [(0, len(lines))]
        while pending:
            first, end = pending.pop()
            block = lines[first:end]
            table = self._parse_json(b"\n".join(block), columns) if end - first > 1 else None
            if table is None and end - first > _BLOCK:
                middle = (first + end) // 2
                pending += [(middle, end), (first, middle)]
            else:
                yield first, block, table

    def _add_json_columns(self, names: Iterable[str]) -> None:
        with self._lock:
            self._json_columns = tuple(dict.fromkeys((*self._json_columns, *names)))

    def _parse_json(self, data: bytes, columns: tuple[str, ...]) -> pa.Table | None:
        """Return lines of JSON as a table, or None where some line has to be parsed by itself."""
        line_count = data.count(b"\n") + (not data.endswith(b"\n"))
        if data.count(b"\n{") + data.startswith(b"{") != line_count:  # an empty line, or one that is no record
            return None
        if not json_lines.is_utf8(data):  # Arrow takes any bytes for text
            return None
        schema = pa.schema([(name, self._arrow_type(name)) for name in columns])
        options = pj.ParseOptions(schema, newlines_in_values=False, unexpected_field_behavior="error")
        reading = pj.ReadOptions(block_size=max(1 << 20, min(len(data), 1 << 22)))
        try:
            table = pj.read_json(pa.BufferReader(data), parse_options=options, read_options=reading)
        except pa.ArrowException:
            return None
        return table if table.num_rows == line_count else None  # a line may hold two records

    def _arrow_type(self, name: str) -> pa.DataType:
        if name in (ID, PROFILE, RECORD) or name in self.ignored_columns:
            return pa.string()
        dtype = type(self.layout.dtype(name))
        return {pl.Float64: pa.float64(), pl.Boolean: pa.bool_(), pl.List: pa.list_(pa.string())}.get(
            dtype, pa.string()
        )

    def _read_json_record(self, source: str, line: bytes, number: int, suggestions: Suggestions) -> RowOrRejects:
        def reject(column: str | None, reason: InvalidAnswer) -> Reject:
            return Reject(source, number, column, reason.code, reason.message, reason.hint)

        try:
            record = json_lines.parse_record(line)
        except json_lines.RepeatedKeyError as error:
            key = str(error)
            reason = InvalidAnswer("duplicate-key", "a key stands twice in this record.", "Delete one of them.")
            return None, [reject(key if self.validator.is_known_column(key) else None, reason)]
        if isinstance(record, InvalidAnswer):
            return None, [reject(None, record)]
        if "facts" in record or "case" in record:
            return self.files.read_record(record, source, number, suggestions)
        row: dict[str, Any] = {}
        rejects: list[Reject] = []
        for position, (name, cell) in enumerate(record.items(), 1):
            if name in self.ignored_columns:
                continue
            if not self.validator.is_known_column(name):
                column, reason = self.validator.explain_unknown_key(name, position, suggestions)
                rejects.append(reject(column, reason))
            elif (invalid := self._add_cell(row, name, cell)) is not None:
                rejects.append(reject(name, invalid))
        rejects += [reject(name, reason) for name, reason in self.validator.find_contradictions(record)]
        if ID not in record:
            rejects.append(reject(ID, self.validator.explain_cell(ID, None)))
        if not row.keys() <= set(self._json_columns):
            self._add_json_columns(row)
        return (None, rejects) if rejects else (row, [])

    def _add_cell(self, row: dict[str, Any], name: str, cell: Any) -> InvalidAnswer | None:
        """Put one cell of a record into a row; return what is wrong with it where it is no answer."""
        if name in (ID, PROFILE, RECORD):
            words = self.book.profiles if name == PROFILE else RECORD_STATES
            if isinstance(cell, str):
                is_known = self.validator.is_name(cell) if name == ID else cell in words
            else:
                is_known = name != ID and cell is None
            if not is_known:
                return self.validator.explain_cell(name, cell)
            row[name] = cell
            return None
        column = self.layout.column(name)
        assert column is not None
        value = self.validator.check_value(column, cell)
        if isinstance(value, InvalidAnswer):
            return value
        for cell_name, checked in self.layout.cells_for(column, value).items():
            # `f.unknown` may be said by the word and in its own column: neither cancels the other.
            row[cell_name] = row.get(cell_name) or checked
        return None


def _rows_except(count: int, rejects: Iterable[Reject]) -> pl.Series:
    """Return the numbers of the records, from 1, that are not rejected."""
    rejected = {reject.row for reject in rejects}
    return pl.Series([row for row in range(1, count + 1) if row not in rejected], dtype=pl.Int64)


def _gather(rows: list[int], positions: pl.Series | None) -> pl.Series:
    """Return the row numbers at these positions, counted from 1; all of them where there are no positions."""
    numbers = pl.Series(rows, dtype=pl.Int64)
    return numbers if positions is None else numbers.gather(positions - 1)


def _moved(reject: Reject, rows: list[int], lines: dict[int, int]) -> Reject:
    """Return a reject of a part of a chunk with the row and line that it has in the chunk."""
    row = rows[reject.row - 1]
    return replace(reject, row=row, line=lines[row])


def _reject_of_cell(chunk: Chunk, cell: InvalidCell, first: int) -> Reject:
    reason = cell.reason
    return Reject(chunk.source.name, first + cell.row + 1, cell.column, reason.code, reason.message, reason.hint)

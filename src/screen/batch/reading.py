"""A chunk of any source into a checked table.

In: a `Chunk`. Out: `Read`: the cases that can be used, typed as the layout has them, how many records there were, and
every mistake of the others with its row and line. Left alone: duplicates, which only the order of all chunks can tell.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl
import pyarrow as pa

from screen.batch.casefiles import CaseFiles, Gathered
from screen.batch.cells import ID, PROFILE
from screen.batch.checked import Bad, Checker, without
from screen.batch.columns import Layout
from screen.batch.rejects import Reject
from screen.batch.sources import LONGEST_LINE, Chunk, Source, columns_of
from screen.language.answers import Wrong, kind_of
from screen.language.reader import MAX_DIGITS
from screen.language.terms import RuleBook
from screen.mistake import MANY, Mistake, Mistakes, short
from screen.place import Place

_BLOCK = 32  # lines that are read one by one where one of them is wrong
_KEY = re.compile(rb'[{,] *"([a-z0-9_.]{1,80})" *:')


@dataclass(frozen=True, slots=True)
class Read:
    """What one chunk held. `rows` tells for each case of the table which record of the chunk it was, from 1."""

    frame: pl.DataFrame
    count: int
    rejects: list[Reject]
    lines: dict[int, int] = field(default_factory=dict)
    rows: pl.Series | None = None
    text: bytes = b""  # of CSV, for the line of a record that is found to stand twice

    def line_of(self, row: int, chunk: Chunk) -> int | None:
        """Return the line of a record of the chunk, as far as its form has lines."""
        if chunk.source.form == "csv" and not self.lines:
            return _lines_of_csv(self.text, chunk.line).get(row)
        otherwise = chunk.line + row - 1 if chunk.source.form == "jsonl" else None
        return self.lines.get(row, otherwise)

    def lines_of(self, rows: pl.Series, chunk: Chunk) -> pl.Series:
        """Return the lines of records of the chunk, null where their form has none."""
        text = chunk.source.form in ("csv", "jsonl")
        ends = self.text.count(b"\n") + (not self.text.endswith(b"\n"))
        if text and not self.lines and (chunk.source.form == "jsonl" or ends == self.count):
            return rows + (chunk.line - 1)  # as many lines as records, so that each record is one
        lines = self.lines or (_lines_of_csv(self.text, chunk.line) if text else {})
        return pl.Series([lines.get(row) for row in rows], dtype=pl.Int64)

    def row_of(self, index: int) -> int:
        """Return which record of the chunk a case of the table was, from 1."""
        return index + 1 if self.rows is None else int(self.rows[index])


class Reader:
    """Reads chunks under one rule book; safe to use from several threads."""

    def __init__(self, book: RuleBook, *, ignore: Iterable[str] = (), words: bool = False) -> None:
        self.book, self.layout = book, Layout(book)
        self.checker = Checker(book, self.layout)
        self.files = CaseFiles(book, words=words)
        self.ignore = frozenset(ignore)
        self.words = words
        self._lock = threading.Lock()
        self.columns: tuple[str, ...] = (ID,)  # of JSON Lines, as they were met; exchanged whole, threads read it

    def known_columns(self, source: Source) -> list[Mistake]:
        """Return what is wrong with the columns of a source: one that is no fact would be lost in every record."""
        try:
            names = columns_of(source)
        except Mistakes as error:
            return list(error.all)
        return [] if names is None else self._wrong_columns(source.name, names)

    def _wrong_columns(self, source: str, names: list[str]) -> list[Mistake]:
        mistakes = []
        for at, name in enumerate(names, 1):
            place = Place(source, 1, at)
            if name in names[: at - 1]:
                mistakes.append(
                    Mistake(place, "duplicate-key", f'the column "{short(name)}" stands twice.', "Keep one.")
                )
            elif name not in self.ignore and (why := self.checker.unknown(name)) is not None:
                remedy = f"{why.remedy} Or leave it aside with --ignore."
                mistakes.append(Mistake(place, "unknown-column", why.found, remedy))
        if ID not in names:
            if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
                found = "the columns are not parted by commas."
                return [Mistake(Place(source, 1, 1), "missing-key", found, "Save it as CSV with `,` between cells.")]
            remedy = "Add it: a registration number or a pseudonym for each case."
            mistakes.append(Mistake(Place(source, 1, 1), "missing-key", f'there is no column "{ID}".', remedy))
        return mistakes

    def read(self, chunk: Chunk) -> Read:
        """Return what a chunk holds."""
        match chunk.source.form:
            case "case":
                return self.of_files(self.files.gathered(chunk.data))
            case "jsonl":
                read = self._lines(chunk)
            case "csv":
                read = self._csv(chunk)
            case _:
                read = self._checked(chunk, pl.DataFrame(pl.from_arrow(chunk.data)), {}, marks=not self.words)
        if chunk.cut:
            more = Reject(
                chunk.source.name, read.count + 1, None, "broken-source", chunk.cut, "Nothing after it was read."
            )
            return replace(read, count=read.count + 1, rejects=[*read.rejects, more])
        return read

    def of_files(self, found: Gathered) -> Read:
        """Return what was gathered of case files."""
        gone = {one.row for one in found.rejects}
        rows = pl.Series([row for row in range(1, found.count + 1) if row not in gone], dtype=pl.Int64)
        return Read(self.layout.table(found.cells), found.count, found.rejects, rows=rows)

    def _checked(
        self, chunk: Chunk, raw: pl.DataFrame, lines: dict[int, int], *, plain: bool = False, marks: bool = False
    ) -> Read:
        if wrong := self._wrong_columns(chunk.source.name, raw.columns):  # standard input was not looked at before
            raise Mistakes(wrong)
        frame, bad = self.checker.table(without(raw, self.ignore), plain=plain, marks=marks)
        rejects = [self._reject(chunk, one.row + 1, one, lines.get(one.row + 1)) for one in bad]
        rows = None
        if bad:
            gone = {one.row for one in bad}
            rows = pl.Series([row + 1 for row in range(raw.height) if row not in gone], dtype=pl.Int64)
        return Read(self._kept(frame), raw.height, rejects, lines, rows)

    def _kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        if self.words:
            return frame
        return without(frame, [n for n in frame.columns if n.rpartition(".")[2] in ("source", "note", "date")])

    def _reject(self, chunk: Chunk, row: int, bad: Bad, line: int | None) -> Reject:
        why = bad.why
        return Reject(chunk.source.name, row, bad.column, why.code, why.found, why.remedy, line)

    # ── CSV ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _csv(self, chunk: Chunk) -> Read:
        header, data = chunk.data
        names = header_of(header)
        try:
            raw = _csv_table(data, names)
        except pa.ArrowInvalid:
            return self._csv_slowly(chunk, names, data)
        lines: dict[int, int] = {}
        read = self._checked(chunk, raw, lines, plain=True)
        if read.rejects:
            lines |= _lines_of_csv(data, chunk.line)
            rejects = [replace(one, line=lines.get(one.row)) for one in read.rejects]
            return replace(read, rejects=rejects, lines=lines)
        return replace(read, text=data)

    def _csv_slowly(self, chunk: Chunk, names: list[str], data: bytes) -> Read:
        """Return what a stretch of CSV holds in which a record has too many cells or too few, or is no text."""
        good: list[list[str]] = []
        rows: list[int] = []
        lines: dict[int, int] = {}
        rejects: list[Reject] = []
        number = 0
        for line, cells in _csv_records(data, chunk.line):
            number += 1
            lines[number] = line
            if cells is not None and len(cells) == len(names):
                good.append(cells)
                rows.append(number)
                continue
            found = "this is not UTF-8 text." if cells is None else f"{len(cells)} cells where {len(names)} are wanted."
            remedy = "Save it as UTF-8." if cells is None else "Put text that holds a comma or a line end in quotes."
            rejects.append(Reject(chunk.source.name, number, None, "broken-record", found, remedy, line))
        raw = pl.DataFrame(
            {name: [cells[at] or None for cells in good] for at, name in enumerate(names)},
            schema=dict.fromkeys(names, pl.String()),
        )
        read = self._checked(chunk, raw, {}, plain=True)
        whole = pl.Series(rows, dtype=pl.Int64)
        rejects += [replace(one, row=rows[one.row - 1], line=lines[rows[one.row - 1]]) for one in read.rejects]
        kept = whole if read.rows is None else whole.gather(read.rows - 1)
        return Read(read.frame, number, sorted(rejects, key=lambda one: one.row), lines, kept)

    # ── JSON Lines ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _lines(self, chunk: Chunk) -> Read:
        data: bytes = chunk.data
        if (table := self._parsed(data)) is None:
            # A column may have come up that the lines before did not have.
            self._met(key for key in _keys(data) if self.checker.unknown(key) is None)
            table = self._parsed(data)
        if table is not None:
            read = self._checked(chunk, pl.DataFrame(pl.from_arrow(table)), {})
            rejects = [replace(one, line=chunk.line + one.row - 1) for one in read.rejects]
            return replace(read, rejects=rejects)
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return self._in_pieces(chunk, lines)

    def _in_pieces(self, chunk: Chunk, lines: list[bytes]) -> Read:
        """Return what lines hold of which some are wrong: the good ones all at once, the others one by one."""
        tables: list[pa.Table] = []
        quick: list[int] = []  # the row of each record that was parsed with others
        gathered, slow, rejects = Gathered(), [], []
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
                cells, wrong = self._record(chunk.source.name, line, row)
                rejects += [replace(one, line=at[row]) for one in wrong]
                if cells is not None:
                    gathered.add(cells)
                    slow.append(row)
            if table is not None:
                tables.append(table)
        frame, rows = self.layout.table(gathered.whole().cells), pl.Series(slow, dtype=pl.Int64)
        if tables:
            read = self._checked(chunk, pl.DataFrame(pl.from_arrow(pa.concat_tables(tables))), {})
            own = pl.Series(quick, dtype=pl.Int64)
            rejects += [replace(one, row=quick[one.row - 1], line=at[quick[one.row - 1]]) for one in read.rejects]
            own = own if read.rows is None else own.gather(read.rows - 1)
            both = [part.with_columns(number.alias("*row")) for part, number in ((read.frame, own), (frame, rows))]
            frame = pl.concat(both, how="diagonal").sort("*row")
            rows, frame = frame["*row"], frame.drop("*row")
        return Read(frame, len(at), sorted(rejects, key=lambda one: one.row), at, rows)

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
        if not _is_text(data):  # Arrow takes any byte for text
            return None
        schema = pa.schema([(name, self._arrow(name)) for name in columns or self.columns])
        options = pj.ParseOptions(schema, newlines_in_values=False, unexpected_field_behavior="error")
        reading = pj.ReadOptions(block_size=max(1 << 20, min(len(data), 1 << 22)))
        try:
            table = pj.read_json(pa.BufferReader(data), parse_options=options, read_options=reading)
        except pa.ArrowInvalid:
            return None
        return table if table.num_rows == lines else None  # two records may stand in one

    def _arrow(self, name: str) -> pa.DataType:
        if name in (ID, PROFILE) or name in self.ignore:
            return pa.string()
        kind = type(self.layout.dtype(name))
        return {pl.Float64: pa.float64(), pl.Boolean: pa.bool_(), pl.List: pa.list_(pa.string())}.get(kind, pa.string())

    def _record(self, source: str, line: bytes, number: int) -> tuple[dict[str, Any] | None, list[Reject]]:
        def wrong(column: str | None, why: Wrong) -> Reject:
            return Reject(source, number, column, why.code, why.found, why.remedy)

        record = _json_of(line)
        if isinstance(record, Wrong):
            return None, [wrong(None, record)]
        if "facts" in record or "case" in record:
            return self.files.of_plain(record, source, number)
        row: dict[str, Any] = {}
        rejects: list[Reject] = []
        for name, cell in record.items():
            if name in self.ignore:
                continue
            why = self.checker.unknown(name) or self._cell(row, name, cell)
            if why is not None:
                rejects.append(wrong(name if self.checker.unknown(name) is None else None, why))
        for name in [
            name for name in row if name.endswith(".unknown") and row[name] and row.get(name[:-8]) is not None
        ]:
            both = Wrong(
                "answer-and-unknown",
                "this says that the answer is not known, and there is an answer.",
                "Keep one of the two.",
            )
            rejects.append(wrong(name, both))
        if ID not in record:
            rejects.append(wrong(ID, self.checker.reason(ID, None)))
        if not row.keys() <= set(self.columns):
            self._met(row)
        return (None, rejects[:MANY]) if rejects else (row, [])

    def _cell(self, row: dict[str, Any], name: str, cell: Any) -> Wrong | None:
        """Put one cell of a record into a row; return what is wrong with it where it is no answer."""
        if name in (ID, PROFILE):
            good = isinstance(cell, str) and (
                cell in self.book.profiles if name == PROFILE else self.checker.is_name(cell)
            )
            if not good and not (name == PROFILE and cell is None):
                return self.checker.reason(name, cell)
            row[name] = cell
            return None
        column = self.layout.column(name)
        assert column is not None
        found = self.checker.value(column, cell)
        if isinstance(found, Wrong):
            return found
        row |= self.layout.cells(column, found)
        return None


def header_of(header: bytes) -> list[str]:
    """Return the names of the columns of a CSV file."""
    text = header.decode("utf-8-sig", "replace")
    return next(csv.reader(io.StringIO(text, newline="")), [])


def _csv_table(data: bytes, names: list[str]) -> pl.DataFrame:
    """Return CSV as a table of text. An empty cell is null: nobody was asked. Raises ArrowInvalid."""
    import pyarrow.csv as pc

    if not data.strip():
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    table = pc.read_csv(
        pa.BufferReader(data),
        read_options=pc.ReadOptions(column_names=names, block_size=min(max(len(data), 1 << 20), 1 << 30)),
        parse_options=pc.ParseOptions(newlines_in_values=b'"' in data),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )
    return pl.DataFrame(pl.from_arrow(table))


def _csv_records(data: bytes, first: int) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each record of CSV with its line; None for one that is not UTF-8."""
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(io.StringIO(data.decode("utf-8", "surrogateescape"), newline=""))
    line = first
    for cells in reader:
        if cells:
            bad = any("\udc80" <= mark <= "\udcff" for cell in cells for mark in cell)
            yield line, None if bad else cells
        line = first + reader.line_num


def _lines_of_csv(data: bytes, first: int) -> dict[int, int]:
    return {row: line for row, (line, _) in enumerate(_csv_records(data, first), 1)}


def _keys(data: bytes) -> list[str]:
    """Return what looks like a key in lines of JSON."""
    return sorted({key.decode() for key in _KEY.findall(data)})


def _is_text(data: bytes) -> bool:
    """Tell whether these bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeError:
        return False
    return True


class _Twice(ValueError):
    """A key stands twice in a record."""


def _json_of(line: bytes) -> dict[str, Any] | Wrong:
    """Return the record that a line of JSON holds, or what is wrong with it. What it says is not told."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        data = dict(pairs)
        if len(data) != len(pairs):
            raise _Twice
        return data

    def whole(text: str) -> Any:
        return int(text) if len(text) <= MAX_DIGITS else text

    def number(text: str) -> Any:
        return value if math.isfinite(value := float(text)) else text

    try:
        text = line.decode("utf-8-sig")
        text.encode()
        record = json.loads(text, object_pairs_hook=once, parse_int=whole, parse_float=number, parse_constant=str)
        json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except _Twice:
        return Wrong("duplicate-key", "a key stands twice in this record.", "Delete one of them.")
    except UnicodeError:
        return Wrong("broken-record", "this is not UTF-8 text.", "Save it as UTF-8.")
    except (ValueError, RecursionError):
        return Wrong("broken-record", "this line is no JSON.", "Write one whole record a line.")
    if not isinstance(record, dict):
        found = f"a record holds keys with values, and here is {kind_of(record)}."
        return Wrong("broken-record", found, "Write one record a line: {…}.")
    return record

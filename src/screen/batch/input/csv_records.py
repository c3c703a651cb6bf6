"""The rules of CSV: where a record ends, what its cells are, which quotation marks mean something.

In: bytes. Out: where records end, their cells with their lines, a table of text. Left alone: what a cell says.

A quotation mark opens a cell only where the cell begins, and closes it only where the cell ends; two of them within are
one. Inside a cell that did not begin with one (`5in"`) it is a mark like any other. One that is opened and not closed
so would swallow every record up to the next one: the record that opens it is broken, and the next line begins another.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.rulebook.answers import InvalidAnswer

if TYPE_CHECKING:
    import polars as pl

MAX_LINE_BYTES = 64 * 1024 * 1024  # a record longer than this is no case, and would fill the memory
#: What stands for a line that is longer than that: it is counted and told, and not kept.
TOO_LONG_MARKER = b"\0\n"

_BEGINS = rb'"(?:(?<=[,\n]")|(?<=\A")|(?<=\A\xef\xbb\xbf"))'
_WITHIN = rb'[^"]*+(?:""[^"]*+)*+"'
_ENDS = rb"(?=[,\n]|\r\n|\Z)"
_OPENED, _CLOSED, _ENDED = re.compile(_BEGINS), re.compile(_WITHIN), re.compile(_ENDS)
_CELL = re.compile(_BEGINS + _WITHIN + _ENDS)
_SEPARATOR = re.compile(rb"(?:\xef\xbb\xbf)?sep=(.)\r?\n", re.IGNORECASE)
_ALONE = re.compile(rb"\r(?!\n)")

_OPEN = InvalidAnswer(
    "broken-record", "a quotation mark is not closed as a cell ends.", 'Close it, or write it twice: `""`.'
)
_RETURN = InvalidAnswer(
    "broken-record", "a carriage return alone: several records may stand here.", "Save it with one kind of line end."
)
_NOT_TEXT = InvalidAnswer("broken-record", "this is not UTF-8 text.", "Save it as UTF-8.")
TOO_LONG = InvalidAnswer(
    "broken-record", "this line is longer than any record.", "Look for a line end that is missing."
)


def parse_header(header: bytes, source: str) -> list[str]:
    """Return the names of the columns of a CSV file. Raises Mistakes where its first record cannot be read."""
    if (said := _SEPARATOR.match(header)) and said[1] != b",":
        found = "its first line says that the columns are not parted by commas."
        raise DiagnosticsError(
            [Diagnostic(Location(source, 1, 1), "broken-source", found, "Save it as CSV with `,` between cells.")]
        )
    header = header[said.end() :] if said else header
    match _cells(header) if _end_of_record(header, 0)[1] else _OPEN:
        case InvalidAnswer() as why if why is _RETURN:
            found = "its lines end in a carriage return alone."
            raise DiagnosticsError([Diagnostic(Location(source, 1, 1), "broken-source", found, why.hint)])
        case InvalidAnswer() as why:
            raise DiagnosticsError([Diagnostic(Location(source, 1, 1), "broken-source", why.message, why.hint)])
        case names:
            return names


def is_separator_line(text: bytes) -> bool:
    """Tell whether this is the line before a header that names the mark between cells, and nothing else."""
    return _SEPARATOR.fullmatch(text) is not None


def end_of_header(text: bytes) -> int:
    """Return where the header of a text ends, with the line before it that spreadsheets write: `sep=,`.

    That is the end of the text where it goes on after it.
    """
    said = _SEPARATOR.match(text)
    return _end_of_record(text, said.end() if said else 0)[0]


def end_of_last_record(text: bytes) -> int:
    """Return where the last whole record of a text ends that may go on; 0 where none does."""
    end = text.rfind(b"\n") + 1
    if _marks_stand_well(text[:end]):
        return end
    begins = at = 0
    while opened := _OPENED.search(text, at):
        begins = text.rfind(b"\n", at, opened.start()) + 1 or begins
        closed = _CLOSED.match(text, opened.end())
        if closed is None or text[closed.end() : closed.end() + 2] in (b"", b"\r"):
            return begins  # what comes next may close it, or show that this was half of two
        at = closed.end()
        if not _ENDED.match(text, at):
            at = text.find(b"\n", opened.start()) + 1
            if not at:
                return begins
            begins = at
    return text.rfind(b"\n", at) + 1 or begins


def is_well_formed(data: bytes) -> bool:
    """Tell whether every quotation mark that opens a cell of these records closes it, and lines end in one way."""
    if b'"' not in data and b"\r" not in data:
        return True
    bare = _CELL.sub(b"", data)
    if b"\r" in bare and _ALONE.search(bare):
        return False
    at = 0 if b'"' in bare else len(data)
    while opened := _OPENED.search(data, at):
        closed = _CLOSED.match(data, opened.end())
        if closed is None or not _ENDED.match(data, closed.end()):
            return False
        at = closed.end()
    return True


def parse_records(data: bytes, first: int) -> Iterator[tuple[int, list[str] | InvalidAnswer]]:
    """Yield each record with its line, `first` being that of the first: its cells, or why it has none."""
    line = first
    for record, closed in _cut(data):
        if record.strip(b"\r\n"):
            yield line, _cells(record) if closed else _OPEN
        line += record.count(b"\n")


def record_lines(data: bytes, first: int) -> dict[int, int]:
    """Return the line of each record, counted from 1; `first` is that of the first."""
    lines: dict[int, int] = {}
    line = first
    for record, _ in _cut(data):
        if record.strip(b"\r\n"):
            lines[len(lines) + 1] = line
        line += record.count(b"\n")
    return lines


def read_table(data: bytes, names: list[str], columns: list[str] | None = None) -> pl.DataFrame:
    """Return sound CSV as a table of text. An empty cell is null: nobody was asked. Raises ArrowInvalid.

    `names` are those of all its columns; the table has those that are wanted.
    """
    import polars as pl
    import pyarrow as pa
    import pyarrow.csv as pc

    if not data.strip():
        return pl.DataFrame(schema=dict.fromkeys(columns or names, pl.String()))
    read = pc.read_csv(
        pa.BufferReader(data),
        read_options=pc.ReadOptions(column_names=names, block_size=min(max(len(data), 1 << 20), 1 << 30)),
        parse_options=pc.ParseOptions(newlines_in_values=b'"' in data),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=columns or names,
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    return pl.DataFrame(pl.from_arrow(read))


def _marks_stand_well(data: bytes) -> bool:
    return b'"' not in data or b'"' not in _CELL.sub(b"", data)


def _cut(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield each record, and whether what it opens is closed."""
    at = 0
    while at < len(data):
        end, closed = _end_of_record(data, at)
        yield data[at:end], closed
        at = end


def _end_of_record(data: bytes, at: int) -> tuple[int, bool]:
    """Return where the record ends that begins here, and whether what it opens is closed."""
    while True:
        end = data.find(b"\n", at) + 1 or len(data)
        opened = _OPENED.search(data, at, end)
        if opened is None:
            return end, True
        closed = _CLOSED.match(data, opened.end())
        if closed is None or not _ENDED.match(data, closed.end()):
            return end, False
        at = closed.end()


def _cells(record: bytes) -> list[str] | InvalidAnswer:
    if record == TOO_LONG_MARKER:
        return TOO_LONG
    if _ALONE.search(_CELL.sub(b"", record)):
        return _RETURN
    try:
        text = record.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _NOT_TEXT
    csv.field_size_limit(2 * MAX_LINE_BYTES)
    return next(csv.reader(io.StringIO(text, newline="")), [])

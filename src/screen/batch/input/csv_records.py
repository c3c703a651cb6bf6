"""The rules of CSV: where a record ends, what its cells are, which quotation marks count.

In: bytes. Out: where records end, their cells with their lines, a table of text. Left alone: what a cell says.

A quotation mark opens a cell only at its beginning and closes it only at its end. Inside such a cell two marks stand
for one. In a cell that did not begin with a mark (`5in"`) a mark is an ordinary character. A mark that is opened and
not closed so would swallow every record up to the next mark. Here it spoils only the record that opens it; the next
line begins a new one. No library does that: `docs/decisions/0014-what-stays-of-our-own-readers.md`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.rulebook.answers import InvalidAnswer

MAX_LINE_BYTES = 64 * 1024 * 1024  # a longer record is no case, and would fill the memory
#: Stands for a line that is longer than that: it is counted and rejected, and not kept.
TOO_LONG_MARKER = b"\0\n"

_BEGINS = rb'"(?:(?<=[,\n]")|(?<=\A")|(?<=\A\xef\xbb\xbf"))'
_WITHIN = rb'[^"]*+(?:""[^"]*+)*+"'
_ENDS = rb"(?=[,\n]|\r\n|\Z)"
_OPENING, _REST_OF_CELL, _CELL_END = re.compile(_BEGINS), re.compile(_WITHIN), re.compile(_ENDS)
_QUOTED_CELL = re.compile(_BEGINS + _WITHIN + _ENDS)
_SEPARATOR_LINE = re.compile(rb"(?:\xef\xbb\xbf)?sep=(.)\r?\n", re.IGNORECASE)
_LONE_RETURN = re.compile(rb"\r(?!\n)")

_NOT_CLOSED = InvalidAnswer(
    "broken-record", "a quotation mark is not closed as a cell ends.", 'Close it, or write it twice: `""`.'
)
_HAS_LONE_RETURN = InvalidAnswer(
    "broken-record", "a carriage return alone: several records may stand here.", "Save it with one kind of line end."
)
_NOT_UTF8 = InvalidAnswer("broken-record", "this is not UTF-8 text.", "Save it as UTF-8.")
TOO_LONG = InvalidAnswer(
    "broken-record", "this line is longer than any record.", "Look for a line end that is missing."
)


def parse_header(header: bytes, source: str) -> list[str]:
    """Return the names of the columns of a CSV file. Raises DiagnosticsError where its header cannot be read."""
    separator = _SEPARATOR_LINE.match(header)
    if separator and separator[1] != b",":
        message = "its first line says that the columns are not separated by commas."
        raise _broken_header(source, message, "Save it as CSV with `,` between cells.")
    if separator:
        header = header[separator.end() :]
    names = _parse_cells(header) if _end_of_record(header, 0)[1] else _NOT_CLOSED
    if isinstance(names, InvalidAnswer):
        message = "its lines end in a carriage return alone." if names is _HAS_LONE_RETURN else names.message
        raise _broken_header(source, message, names.hint)
    return names


def _broken_header(source: str, message: str, hint: str) -> DiagnosticsError:
    return DiagnosticsError([Diagnostic(Location(source, 1, 1), "broken-source", message, hint)])


def is_separator_line(text: bytes) -> bool:
    """Tell whether this is only the line before a header that names the separator of cells: `sep=,`."""
    return _SEPARATOR_LINE.fullmatch(text) is not None


def end_of_header(text: bytes) -> int:
    """Return where the header of a text ends, including the line `sep=,` that spreadsheets write before it.

    That is the end of the text where the header goes on after it.
    """
    separator = _SEPARATOR_LINE.match(text)
    return _end_of_record(text, separator.end() if separator else 0)[0]


def end_of_last_record(text: bytes) -> int:
    """Return where the last complete record ends in a text that may go on; 0 where none is complete."""
    end = text.rfind(b"\n") + 1
    if _has_closed_quotes(text[:end]):
        return end
    complete = at = 0
    while opening := _OPENING.search(text, at):
        complete = text.rfind(b"\n", at, opening.start()) + 1 or complete
        rest = _REST_OF_CELL.match(text, opening.end())
        if rest is None or text[rest.end() : rest.end() + 2] in (b"", b"\r"):
            return complete  # what comes next may close the cell, or show that this was half of two marks
        at = rest.end()
        if not _CELL_END.match(text, at):
            at = text.find(b"\n", opening.start()) + 1
            if not at:
                return complete
            complete = at
    return text.rfind(b"\n", at) + 1 or complete


def is_well_formed(data: bytes) -> bool:
    """Tell whether every quotation mark that opens a cell of these records closes it, and lines end in one way."""
    if b'"' not in data and b"\r" not in data:
        return True
    unquoted = _QUOTED_CELL.sub(b"", data)
    if b"\r" in unquoted and _LONE_RETURN.search(unquoted):
        return False
    at = 0 if b'"' in unquoted else len(data)
    while opening := _OPENING.search(data, at):
        rest = _REST_OF_CELL.match(data, opening.end())
        if rest is None or not _CELL_END.match(data, rest.end()):
            return False
        at = rest.end()
    return True


def parse_records(data: bytes, first_line: int) -> Iterator[tuple[int, list[str] | InvalidAnswer]]:
    """Yield each record with its line: its cells, or why it has none. Empty lines are no records."""
    line = first_line
    for record, is_closed in _split_records(data):
        if record.strip(b"\r\n"):
            yield line, _parse_cells(record) if is_closed else _NOT_CLOSED
        line += record.count(b"\n")


def record_lines(data: bytes, first_line: int) -> dict[int, int]:
    """Return the line of each record, by the number of the record from 1."""
    lines: dict[int, int] = {}
    line = first_line
    for record, _ in _split_records(data):
        if record.strip(b"\r\n"):
            lines[len(lines) + 1] = line
        line += record.count(b"\n")
    return lines


def read_table(data: bytes, names: list[str], columns: list[str] | None = None) -> pl.DataFrame:
    """Return well-formed CSV as a table of text. An empty cell is null: nobody was asked. Raises ArrowInvalid.

    `names` are those of all its columns; `columns` are those that the table has, all of them where it is left out.
    """
    if not data.strip():
        return pl.DataFrame(schema=dict.fromkeys(columns or names, pl.String()))
    table = pc.read_csv(
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
    return pl.DataFrame(pl.from_arrow(table))


def _has_closed_quotes(data: bytes) -> bool:
    return b'"' not in data or b'"' not in _QUOTED_CELL.sub(b"", data)


def _split_records(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield each record, and whether every cell that it opens is closed."""
    at = 0
    while at < len(data):
        end, is_closed = _end_of_record(data, at)
        yield data[at:end], is_closed
        at = end


def _end_of_record(data: bytes, at: int) -> tuple[int, bool]:
    """Return where the record ends that begins here, and whether every cell that it opens is closed."""
    while True:
        end = data.find(b"\n", at) + 1 or len(data)
        opening = _OPENING.search(data, at, end)
        if opening is None:
            return end, True
        rest = _REST_OF_CELL.match(data, opening.end())
        if rest is None or not _CELL_END.match(data, rest.end()):
            return end, False
        at = rest.end()


def _parse_cells(record: bytes) -> list[str] | InvalidAnswer:
    if record == TOO_LONG_MARKER:
        return TOO_LONG
    if _LONE_RETURN.search(_QUOTED_CELL.sub(b"", record)):
        return _HAS_LONE_RETURN
    try:
        text = record.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _NOT_UTF8
    csv.field_size_limit(2 * MAX_LINE_BYTES)
    return next(csv.reader(io.StringIO(text, newline="")), [])

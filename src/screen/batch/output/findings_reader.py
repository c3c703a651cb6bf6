"""Outputs of `rsd batch` read back to be joined. A cell that no run can have written is reported with its place.

A shard has been on a disk and may have come from elsewhere, and what is copied from it ends up in somebody's
spreadsheet. Whether the findings are right, and whether shards belong together, is not checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pyarrow as pa
import pyarrow.json as pj

from screen.batch.cells import ID, PROFILE, SET_SEPARATOR
from screen.batch.findings_schema import BOOK, LAW, PROGRAM, base_name, output_schema
from screen.batch.input import arrow_types, csv_records, json_lines
from screen.batch.input.chunks import Chunk
from screen.batch.input.validator import NAME_PATTERN
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, Suggestions
from screen.rulebook.answers import InvalidAnswer
from screen.rulebook.model import RuleBook

_RUN_PATTERNS = {LAW: r"^\d{4}-\d{2}-\d{2}$", BOOK: r"^[0-9a-f]{64}$", PROGRAM: r"^rsd [0-9][0-9A-Za-z.+-]{0,40}$"}
_COUNT_PATTERN, _FRACTION_PATTERN = r"^[0-9]{1,6}$", r"^(?:0|1)(?:\.[0-9]+)?(?:[eE]-?[0-9]{1,3})?$"
_MOST_COLUMNS = 10  # that are reported: a file with more wrong columns is another kind of file
_HINT = "Write this shard again; it was changed, or written under other rules (--rules)."


class FindingsReader:
    """Reads shards of one rule book."""

    def __init__(self, book: RuleBook) -> None:
        self.book, self.schema = book, output_schema(book)

    def read(self, chunk: Chunk) -> pl.DataFrame:
        """Return a chunk of a shard. Raises DiagnosticsError at the first place that no run can have written."""
        match chunk.source.format:
            case "csv":
                table = self._read_csv(chunk)
            case "jsonl":
                table = self._read_json_lines(chunk)
            case _:
                names = self._check_names(chunk, chunk.data.column_names)
                table = arrow_types.to_polars(names, chunk.data, chunk.source.name)
        for number, name in enumerate(table.columns, 1):
            is_wrong = ~self._is_valid(table[name])
            if is_wrong.any():
                row = is_wrong.arg_max() or 0
                raise self._error(chunk, row, number, f'the column "{name}" has a value that no run writes there.')
        return table if chunk.source.format != "parquet" else self._typed(table)

    def _typed(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return a checked table of Parquet with the types that a run gave its columns."""
        types = {name: self.schema[base_name(name)] for name in table.columns}
        for name in {PROFILE, *_RUN_PATTERNS} & types.keys():
            # One word for the whole run, such as its version; only of the profile can there be several.
            words = table[name].cast(pl.String).unique().to_list()
            if name != PROFILE or not set(words) <= self.book.profiles.keys():
                types[name] = pl.Enum(words)
        return table.with_columns(pl.col(name).cast(dtype) for name, dtype in types.items())

    # ── each format as a table, or the place at which it cannot be read ─────────────────────────────────────────────

    def _read_csv(self, chunk: Chunk) -> pl.DataFrame:
        header, data = chunk.data
        names = self._check_names(chunk, csv_records.parse_header(header, chunk.source.name))
        if csv_records.is_well_formed(data):
            try:
                return csv_records.read_table(data, names).fill_null("")  # an empty list, as a run writes it
            except pa.ArrowException:
                pass  # a record has too many cells or too few, or is not text: which one is found below
        for row, (_, cells) in enumerate(csv_records.parse_records(data, chunk.line)):
            if isinstance(cells, InvalidAnswer) or len(cells) != len(names):
                raise self._error(chunk, row, 1, "this record is broken.")
        raise self._error(chunk, 0, 1, "this part of the file cannot be read as CSV.")

    def _read_json_lines(self, chunk: Chunk) -> pl.DataFrame:
        lines = chunk.data.splitlines()
        try:
            first = json_lines.parse_record(lines[0])
        except json_lines.RepeatedKeyError:
            raise self._error(chunk, 0, 1, "a key stands twice in this record.") from None
        if isinstance(first, InvalidAnswer):
            raise self._error(chunk, 0, 1, first.message)
        names = self._check_names(chunk, list(first))
        table = self._parse_json(chunk.data, names, len(lines))
        if table is None:
            row = next(row for row, line in enumerate(lines) if self._parse_json(line, names, 1) is None)
            raise self._error(chunk, row, 1, "this line is not a record with the columns of its shard.")
        return pl.DataFrame(pl.from_arrow(table))

    def _parse_json(self, data: bytes, names: Sequence[str], line_count: int) -> pa.Table | None:
        """Return lines of JSON as a table, None where one of them is not a record with these columns."""
        if not json_lines.is_utf8(data):
            return None
        schema = pa.schema([(name, _arrow_type(self.schema[base_name(name)])) for name in names])
        parsing = pj.ParseOptions(schema, newlines_in_values=False, unexpected_field_behavior="error")
        reading = pj.ReadOptions(block_size=max(1 << 20, len(data) + 1))
        try:
            table = pj.read_json(pa.BufferReader(data), parse_options=parsing, read_options=reading)
        except pa.ArrowException:
            return None
        return table if table.num_rows == line_count else None

    # ── what a column may hold ──────────────────────────────────────────────────────────────────────────────────────

    def _check_names(self, chunk: Chunk, names: list[str]) -> list[str]:
        """Return the names of the columns. Raises DiagnosticsError where a run writes no such columns."""
        suggestions, seen = Suggestions(), set[str]()
        mistakes: list[Diagnostic] = []
        for number, name in enumerate(names, 1):
            plain, _, profile = name.partition("@")
            location = Location(chunk.source.name, 1, number)
            is_of_profile = not profile or profile in self.book.profiles
            if plain not in self.schema or not is_of_profile or name != name.strip("@"):
                hint = suggestions.did_you_mean(plain, self.schema, _HINT)
                mistakes.append(
                    Diagnostic(location, "unknown-column", f"column {number} is not one that a run writes.", hint)
                )
            elif name in seen:
                mistakes.append(Diagnostic(location, "duplicate-key", f'the column "{name}" occurs twice.', _HINT))
            seen.add(name)
            if len(mistakes) == _MOST_COLUMNS:
                break
        if ID not in names:
            mistakes.append(Diagnostic(Location(chunk.source.name, 1, 1), "missing-key", f'no column "{ID}".', _HINT))
        if mistakes:
            raise DiagnosticsError(mistakes)
        return names

    def _is_valid(self, cells: pl.Series) -> pl.Series:
        """Return which cells of a column a run can have written."""
        name, dtype = cells.name, self.schema[base_name(cells.name)]
        if name == ID:
            return _match(cells, NAME_PATTERN)
        if name in _RUN_PATTERNS:
            return _match(cells, _RUN_PATTERNS[name])
        if name == PROFILE:
            return _are_words(cells, lambda text: all(profile in self.book.profiles for profile in text.split(",")))
        if isinstance(dtype, pl.List):
            assert isinstance(dtype.inner, pl.Enum)
            return _are_lists(cells, dtype.inner.categories)
        if isinstance(dtype, pl.Enum):
            words = set(dtype.categories)
            return _are_words(cells, words.__contains__)
        if cells.dtype == pl.String:
            return _match(cells, _COUNT_PATTERN if dtype.is_integer() else _FRACTION_PATTERN)
        if not cells.dtype.is_numeric():
            return _none(cells)
        highest = len(self.book.facts) if dtype.is_integer() else 1
        numbers = cells.cast(pl.Float64)
        is_valid = numbers.is_between(0, highest)
        return (is_valid & (numbers == numbers.floor()) if dtype.is_integer() else is_valid).fill_null(False)

    def _error(self, chunk: Chunk, row: int, column: int, message: str) -> DiagnosticsError:
        """Return the mistake of a record of a chunk, counted from 0: at its line, or its number in Parquet."""
        line = chunk.first_record + row + 1
        if chunk.source.format == "csv":
            line = csv_records.record_lines(chunk.data[1], chunk.line).get(row + 1, chunk.line)
        location = Location(chunk.source.name, line, column)
        return DiagnosticsError([Diagnostic(location, "broken-source", message, _HINT)])


def _arrow_type(dtype: pl.DataType) -> pa.DataType:
    if isinstance(dtype, pl.List):
        return pa.list_(pa.string())
    if dtype.is_numeric():
        return pa.int64() if dtype.is_integer() else pa.float64()
    return pa.string()


def _is_text(dtype: object) -> bool:
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def _none(cells: pl.Series) -> pl.Series:
    """Return that no cell is valid."""
    return pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)


def _match(cells: pl.Series, pattern: str) -> pl.Series:
    """Return which cells are text that matches a pattern."""
    return cells.cast(pl.String).str.contains(pattern).fill_null(False) if _is_text(cells.dtype) else _none(cells)


def _are_words(cells: pl.Series, is_known: Callable[[str], bool]) -> pl.Series:
    """Return which cells are a known word; a column has few different ones."""
    if not _is_text(cells.dtype):
        return _none(cells)
    words = cells.cast(pl.String)
    known = [word for word in words.drop_nulls().unique() if is_known(word)]
    return words.is_in(known).fill_null(False)


def _are_lists(cells: pl.Series, words: pl.Series) -> pl.Series:
    """Return which cells are lists of these words without repetition, or empty; as lists or as CSV writes them."""
    if cells.dtype == pl.String:
        lists, is_empty = cells.str.split(SET_SEPARATOR), cells == ""
    elif isinstance(cells.dtype, pl.List) and _is_text(cells.dtype.inner):
        lists, is_empty = cells.cast(pl.List(pl.String)), cells.list.len() == 0
    elif isinstance(cells.dtype, pl.List) and cells.dtype.inner == pl.Null:
        return (cells.list.len() == 0).fill_null(False)
    else:
        return _none(cells)
    are_known = lists.list.eval(pl.element().is_in(words.implode())).list.all()
    are_unique = lists.list.n_unique() == lists.list.len()
    return (is_empty | (are_known & are_unique)).fill_null(False)

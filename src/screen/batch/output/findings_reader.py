"""What may stand in a share: an output of `rsd batch`, read back to be joined with others.

In: a stretch of a share, and the rule book. Out: its table, every cell of it one that a run can write; or Mistakes with
the place of what no run writes. A share has lain on a disk and may have come from elsewhere: what is passed on from it
goes into somebody's spreadsheet. Left alone: whether the findings are right, and whether shares belong together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pyarrow as pa

from screen.batch.cells import ID, PROFILE
from screen.batch.input import arrow_types, csv_records, json_lines
from screen.batch.input.chunks import Chunk
from screen.batch.input.validator import NAME_PATTERN
from screen.batch.output.formats import LIST_SEPARATOR
from screen.batch.score.scorer import BOOK, LAW, PROGRAM, Scorer, output_columns
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, Suggestions
from screen.rulebook.answers import InvalidAnswer
from screen.rulebook.model import RuleBook

_OF_RUN = {LAW: r"^\d{4}-\d{2}-\d{2}$", BOOK: r"^[0-9a-f]{64}$", PROGRAM: r"^rsd [0-9][0-9A-Za-z.+-]{0,40}$"}
_COUNT, _PART = r"^[0-9]{1,6}$", r"^(?:0|1)(?:\.[0-9]+)?(?:[eE]-?[0-9]{1,3})?$"
_MOST_COLUMNS = 10  # that are told: whoever has more has named another file
_REMEDY = "Write this share again; it was changed, or found under other rules (--rules)."


class FindingsReader:
    """Reads shares of one rule book."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self._kinds: dict[str, pl.DataType] = {}

    def read(self, chunk: Chunk) -> pl.DataFrame:
        """Return a stretch of a share. Raises Mistakes at the first place that no run can have written."""
        match chunk.source.format:
            case "csv":
                table = self._csv(chunk)
            case "jsonl":
                table = self._lines(chunk)
            case _:
                names = self._known(chunk, chunk.data.column_names)
                table = arrow_types.to_polars(names, chunk.data, chunk.source.name)
        for at, name in enumerate(table.columns, 1):
            wrong = ~self._may_be(table[name])
            if wrong.any():
                row = wrong.arg_max() or 0
                raise self._wrong(chunk, row, at, f'the column "{name}" holds what no run writes there.')
        return table

    # ── each format as a table, or the place at which it is none ────────────────────────────────────────────────────

    def _csv(self, chunk: Chunk) -> pl.DataFrame:
        header, data = chunk.data
        names = self._known(chunk, csv_records.parse_header(header, chunk.source.name))
        if csv_records.is_well_formed(data):
            try:
                return csv_records.read_table(data, names).fill_null("")  # an empty list, as a run writes it
            except pa.ArrowException:
                pass  # a record has too many cells or too few, or is no text: which one is found below
        for row, (_, cells) in enumerate(csv_records.parse_records(data, chunk.line)):
            if isinstance(cells, InvalidAnswer) or len(cells) != len(names):
                raise self._wrong(chunk, row, 1, "this record is broken.")
        raise self._wrong(chunk, 0, 1, "this stretch cannot be read as CSV.")

    def _lines(self, chunk: Chunk) -> pl.DataFrame:
        lines = chunk.data.splitlines()
        first = json_lines.parse_record(lines[0])
        if isinstance(first, InvalidAnswer):
            raise self._wrong(chunk, 0, 1, first.message)
        names = self._known(chunk, list(first))
        table = self._parsed(chunk.data, names, len(lines))
        if table is None:
            row = next(row for row, line in enumerate(lines) if self._parsed(line, names, 1) is None)
            raise self._wrong(chunk, row, 1, "this line is no record of the columns of its share.")
        return pl.DataFrame(pl.from_arrow(table))

    def _parsed(self, data: bytes, names: Sequence[str], lines: int) -> pa.Table | None:
        """Return lines of JSON as a table, None where one of them is no record of these columns."""
        import pyarrow.json as pj

        if not json_lines.is_utf8(data):
            return None
        schema = pa.schema([(name, _arrow(self._kind(name))) for name in names])
        options = pj.ParseOptions(schema, newlines_in_values=False, unexpected_field_behavior="error")
        reading = pj.ReadOptions(block_size=max(1 << 20, len(data) + 1))
        try:
            table = pj.read_json(pa.BufferReader(data), parse_options=options, read_options=reading)
        except pa.ArrowException:
            return None
        return table if table.num_rows == lines else None

    # ── what a column may hold ──────────────────────────────────────────────────────────────────────────────────────

    def _known(self, chunk: Chunk, names: list[str]) -> list[str]:
        """Return the names of the columns. Raises Mistakes where a run writes no such columns."""
        known, suggestions = output_columns(self.book), Suggestions()
        mistakes, met = list[Diagnostic](), set[str]()
        for at, name in enumerate(names, 1):
            plain, _, profile = name.partition("@")
            place = Location(chunk.source.name, 1, at)
            if plain not in known or (profile and profile not in self.book.profiles) or name != name.strip("@"):
                remedy = suggestions.did_you_mean(plain, known, _REMEDY)
                mistakes.append(Diagnostic(place, "unknown-column", f"column {at} is none that a run writes.", remedy))
            elif name in met:
                mistakes.append(Diagnostic(place, "duplicate-key", f'the column "{name}" stands twice.', _REMEDY))
            met.add(name)
            if len(mistakes) == _MOST_COLUMNS:
                break
        if ID not in names:
            mistakes.append(Diagnostic(Location(chunk.source.name, 1, 1), "missing-key", f'no column "{ID}".', _REMEDY))
        if mistakes:
            raise DiagnosticsError(mistakes)
        return names

    def _kind(self, name: str) -> pl.DataType:
        """Return the type that a run gives a column; the law is lowered for this once."""
        if not self._kinds:
            self._kinds = dict(Scorer(self.book).empty().schema)
        return self._kinds[name.partition("@")[0]]

    def _may_be(self, cells: pl.Series) -> pl.Series:
        """Return which cells of a column a run can have written."""
        name, kind = cells.name, self._kind(cells.name)
        if name == ID:
            return _matches(cells, NAME_PATTERN)
        if name in _OF_RUN:
            return _matches(cells, _OF_RUN[name])
        if name == PROFILE:
            return _among(cells, lambda words: all(one in self.book.profiles for one in words.split(",")))
        if isinstance(kind, pl.List):
            assert isinstance(kind.inner, pl.Enum)
            return _are_lists(cells, kind.inner.categories)
        if isinstance(kind, pl.Enum):
            words = set(kind.categories)
            return _among(cells, words.__contains__)
        if cells.dtype == pl.String:
            return _matches(cells, _COUNT if kind.is_integer() else _PART)
        if not cells.dtype.is_numeric():
            return pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
        most = len(self.book.facts) if kind.is_integer() else 1
        numbers = cells.cast(pl.Float64)
        return (numbers.is_between(0, most) & (numbers == numbers.floor() if kind.is_integer() else True)).fill_null(
            False
        )

    def _wrong(self, chunk: Chunk, row: int, column: int, found: str) -> DiagnosticsError:
        """Return what is wrong with a record of a chunk, the first being 0: its line, or its number in Parquet."""
        line = chunk.first_record + row + 1
        if chunk.source.format == "csv":
            line = csv_records.record_lines(chunk.data[1], chunk.line).get(row + 1, chunk.line)
        return DiagnosticsError(
            [Diagnostic(Location(chunk.source.name, line, column), "broken-source", found, _REMEDY)]
        )


def _arrow(kind: pl.DataType) -> pa.DataType:
    if isinstance(kind, pl.List):
        return pa.list_(pa.string())
    if kind.is_numeric():
        return pa.int64() if kind.is_integer() else pa.float64()
    return pa.string()


def _matches(cells: pl.Series, pattern: str) -> pl.Series:
    """Return which cells are text of a shape."""
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum):
        return pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    return cells.cast(pl.String).str.contains(pattern).fill_null(False)


def _among(cells: pl.Series, is_known: Callable[[str], bool]) -> pl.Series:
    """Return which cells are a word that is known; few different ones stand in a column."""
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum):
        return pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    words = cells.cast(pl.String)
    known = [word for word in words.drop_nulls().unique() if is_known(word)]
    return words.is_in(known).fill_null(False)


def _are_lists(cells: pl.Series, words: pl.Series) -> pl.Series:
    """Return which cells are lists of these words, as a table of text has them or as they are; an empty one is none."""
    if cells.dtype == pl.String:
        lists, empty = cells.str.split(LIST_SEPARATOR), cells == ""
    elif isinstance(cells.dtype, pl.List) and isinstance(cells.dtype.inner, pl.String | pl.Categorical | pl.Enum):
        lists, empty = cells.cast(pl.List(pl.String)), cells.list.len() == 0
    elif isinstance(cells.dtype, pl.List) and cells.dtype.inner == pl.Null:
        return (cells.list.len() == 0).fill_null(False)
    else:
        return pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    known = lists.list.eval(pl.element().is_in(words.implode())).list.all()
    once = lists.list.n_unique() == lists.list.len()
    return (empty | (known & once)).fill_null(False)

"""Columns of raw cells into columns of checked answers, many records at once.

In: a table as some format gave it, each column of text, lists, numbers or days. Out: the same rows with the types of
the layout, and for every cell that is no answer the reason in the words of `language.answers`. Left alone: where the
table comes from.

The quick way is to convert a whole column; what would be lost by it is looked at cell by cell and told. A value that
cannot be converted never becomes null in silence: its row is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from screen.batch.cells import ANNOTATIONS, CREDIBILITY, CREDIBILITY_WORDS, ID, PROFILE, TYPES_WITHOUT_UNKNOWN
from screen.batch.input.json_lines import UnusableNumber
from screen.batch.input.rejects import is_shaped_like_name, redact
from screen.batch.layout import Column, Layout
from screen.batch.score.list_columns import MOST_OPTIONS, pack_sets
from screen.case.case_file import is_name
from screen.diagnostics import Suggestions
from screen.logic import Answer
from screen.rulebook.answers import NUMBER_HINT, UNKNOWN, InvalidAnswer, describe_choices, parse_value
from screen.rulebook.model import Bounds, RuleBook
from screen.rulebook.yaml_reader import MAX_DIGITS

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_NUMBER = r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
EMPTY, BETWEEN = "[]", ";"  # how a table of plain text writes a set: `[]`, `one`, `one;other`
_MOST_SUGGESTED = 1000
_TOO_LARGE = 10.0**MAX_DIGITS  # a float would lose its last digits
INVALID_NAME = InvalidAnswer(
    "bad-name",
    "this cannot be the name of a case.",
    "Write a registration number or a pseudonym: letters, digits, `.`, `_`, `-`. Never a person's name.",
)


@dataclass(frozen=True, slots=True)
class InvalidCell:
    """One cell that is no answer: its row in the table, its column, why."""

    row: int
    column: str
    reason: InvalidAnswer


@dataclass(slots=True)
class Validator:
    """Checks tables of one rule book. Safe to use from several threads."""

    book: RuleBook
    layout: Layout
    _told: dict[tuple[str, str, bool], InvalidAnswer] = field(default_factory=dict)

    def is_name(self, text: str) -> bool:
        """Tell whether this can be the name of a case."""
        return is_name(text)

    def is_known_column(self, name: str) -> bool:
        """Tell whether a table of cases may have a column of this name."""
        return name in (ID, PROFILE) or self.layout.column(name) is not None

    def column_for_heading(self, heading: str) -> str:
        """Return the column that a table means by a heading: blanks around it and capitals make no other name."""
        like = heading.strip().casefold()
        return like if self.is_known_column(like) else heading

    def explain_unknown_column(self, name: str, otherwise: str, suggestions: Suggestions) -> InvalidAnswer:
        """Return what is wrong with a column of a name that no table of cases has.

        It is called `otherwise` where its name is not shaped like one: it may be what somebody said.
        """
        if not name.strip():
            remedy = "Name it, or leave columns without a name aside: --ignore ''."
            return InvalidAnswer("unknown-fact", f"{otherwise} has no name.", remedy)
        if name in self.book.criteria:
            return InvalidAnswer("unknown-fact", f'"{name}" is a criterion, which the program finds.', "Leave it out.")
        known = [ID, *self.layout.answers]
        found = f"{quotable_name(name, self.layout) or otherwise} is not a fact."
        return InvalidAnswer("unknown-fact", found, suggestions.did_you_mean(name, known, "See `rsd batch schema`."))

    def explain_unknown_key(self, name: str, number: int, suggestions: Suggestions) -> tuple[str | None, InvalidAnswer]:
        """Return a key of one record as it may be quoted, None where it may not, and what is wrong with it.

        A heading names a column of many records. A key of one record may be what somebody said, unless it is a known
        name with a slip in it.
        """
        columns = [ID, *self.layout.answers, *self.layout.attributes]
        if name in self.book.criteria or not name.strip() or suggestions.is_slip(name, columns):
            return name, self.explain_unknown_column(name, f"key {number}", suggestions)
        return None, InvalidAnswer("unknown-fact", f"key {number} is not a fact.", "See `rsd batch schema`.")

    def check_table(
        self, raw: pl.DataFrame, *, from_csv: bool = False, sets_as_bits: bool = False
    ) -> tuple[pl.DataFrame, list[InvalidCell]]:
        """Return the rows that can be used, typed, and every bad cell of the others, by row.

        `plain` says that the cells are the text of a CSV file, where a set is written `one;other` and `[]`. With
        `marks` a set may come as the number that `lists.marked` makes of it: the kernel can read it, nobody else need.
        """
        bad: list[InvalidCell] = []
        columns: list[pl.Series] = []
        raw = _without_categories(raw, self.layout)
        for cells in raw.get_columns():
            typed, rows = self._column(cells, plain=from_csv, marks=sets_as_bits)
            columns.append(typed)
            bad += [
                InvalidCell(row, cells.name, self._why(cells.name, _cell(cells, row), plain=from_csv)) for row in rows
            ]
        frame, contrary = self._together(raw, pl.DataFrame(columns))
        bad += contrary
        if bad:
            bad.sort(key=lambda one: (one.row, self.layout.position(one.column)))
            gone = pl.Series("row", [one.row for one in bad], dtype=pl.UInt32).unique()
            frame = frame.with_row_index("*row").filter(~pl.col("*row").is_in(gone.implode())).drop("*row")
        return frame, bad

    def _together(self, raw: pl.DataFrame, typed: pl.DataFrame) -> tuple[pl.DataFrame, list[InvalidCell]]:
        """Return the table with a mark where a cell says `unknown` that has no such word, and whose cells contradict.

        `contrary` says the same of one record.
        """
        bad: list[InvalidCell] = []
        marks: list[pl.Series] = []
        there = set(raw.columns)
        for name, fact in self.book.facts.items():
            beside = f"{name}.{UNKNOWN}"
            answered = raw[name].is_not_null() if name in there else None
            marked = typed[beside].fill_null(False) if beside in there else None
            if fact.type in TYPES_WITHOUT_UNKNOWN and answered is not None and raw[name].dtype == pl.String:
                word = (raw[name] == UNKNOWN).fill_null(False)
                answered = answered & ~word
                if word.any():
                    marked = word if marked is None else marked | word
            if marked is not None:
                marks.append(marked.alias(beside))
                if answered is not None:
                    bad += [InvalidCell(row, beside, _BOTH) for row in _rows(marked & answered)]
            for one in _SAID:
                if (said := f"{name}.{one}") in there:
                    alone = raw[said].is_not_null()
                    for some in (answered, marked):
                        alone = alone if some is None else alone & ~some
                    bad += [InvalidCell(row, said, _no_answer(name)) for row in _rows(alone)]
        return typed.with_columns(marks), bad

    def find_contradictions(self, record: Mapping[str, Any]) -> list[tuple[str, InvalidAnswer]]:
        """Return the columns of a record, cells as they were read, whose cells contradict, as `table` finds them."""
        wrong: list[tuple[str, InvalidAnswer]] = []
        for name, cell in record.items():
            column = self.layout.attributes.get(name)
            if column is None or cell is None:
                continue
            fact = column.fact.name
            answer, word = record.get(fact), column.fact.type in TYPES_WITHOUT_UNKNOWN and record.get(fact) == UNKNOWN
            if column.role == UNKNOWN:
                if cell is True and answer is not None and not word:
                    wrong.append((name, _BOTH))
            elif answer is None and record.get(f"{fact}.{UNKNOWN}") is not True:
                wrong.append((name, _no_answer(fact)))
        return wrong

    def _column(self, cells: pl.Series, *, plain: bool, marks: bool) -> tuple[pl.Series, list[int]]:
        name = cells.name
        if name == ID:
            if cells.dtype != pl.String:
                return pl.Series(name, [None] * len(cells), dtype=pl.String), list(range(len(cells)))
            return cells, _rows(~cells.str.contains(NAME_PATTERN).fill_null(False))
        if name == PROFILE:
            return _words(cells, pl.Enum(list(self.book.profiles)))
        column = self.layout.column(name)
        assert column is not None, "columns are checked by name before"
        dtype = self.layout.dtype(name)
        if cells.dtype == pl.Null:
            return cells.cast(dtype), []
        if isinstance(dtype, pl.Enum):
            return _words(cells, dtype)
        if isinstance(dtype, pl.List):
            return _sets(cells, dtype, plain=plain, marks=marks)
        if dtype == pl.Float64:
            return _numbers(cells, column.fact.bounds, plain=plain)
        if dtype == pl.Date:
            return _days(cells, or_unknown=column.role == "answer")
        if dtype == pl.Boolean:
            return _marks(cells, plain=plain)
        if cells.dtype == pl.String:
            return cells, []
        return pl.Series(name, [None] * len(cells), dtype=pl.String), _rows(cells.is_not_null())

    def _why(self, name: str, cell: Any, *, plain: bool) -> InvalidAnswer:
        """Return why a cell is no answer. The likeliest word costs time, so one spelling is looked up once."""
        key = (name, repr(cell), plain)
        if (known := self._told.get(key)) is not None:
            return known
        why = self.explain_cell(name, cell, from_csv=plain)
        if len(self._told) < _MOST_SUGGESTED:
            self._told[key] = why
        return why

    def explain_cell(self, name: str, cell: Any, *, from_csv: bool = False) -> InvalidAnswer:
        """Return why a cell that the quick way refused is no answer."""
        if name == ID:
            if cell is None:
                return _missing()
            return INVALID_NAME if isinstance(cell, str) else _NO_TEXT
        if name == PROFILE:
            return InvalidAnswer(
                "unknown-profile", "there is no such profile.", f"Known: {', '.join(self.book.profiles)}."
            )
        column = self.layout.column(name)
        assert column is not None
        found = self.check_value(column, cell, from_csv=from_csv)
        if isinstance(found, InvalidAnswer):
            return found
        return InvalidAnswer(
            "wrong-kind", "this is not how an answer of this kind is written.", "See `rsd batch schema`."
        )

    def check_value(self, column: Column, cell: Any, *, from_csv: bool = False) -> Any:
        """Return the value that one cell gives its column as the quick way would have it, or what is wrong with it."""
        if cell is None:
            return None
        if column.role == CREDIBILITY:
            remedy = f"Write one of: {', '.join(CREDIBILITY_WORDS)}."
            return (
                cell if cell in CREDIBILITY_WORDS else InvalidAnswer("not-a-choice", "this is no credibility.", remedy)
            )
        if column.role == UNKNOWN:
            return (
                cell
                if isinstance(cell, bool)
                else InvalidAnswer("wrong-kind", f"{column.name}: no boolean.", "Write true.")
            )
        if from_csv and column.role == "answer" and column.fact.type == "number" and re.match(_NUMBER, cell):
            cell = float(cell)
        if isinstance(cell, UnusableNumber) or (_is_number(cell) and not abs(cell) < _TOO_LARGE):
            return InvalidAnswer("wrong-kind", f"{column.name}: {_NOTHING_COUNTED}", f"{NUMBER_HINT}.")
        kind = {"answer": column.fact.type, "date": "date"}.get(column.role, "text")
        if from_csv and kind == "many" and cell != UNKNOWN:
            cell = [] if cell == EMPTY else str(cell).split(BETWEEN)
        options = [option for option, _ in column.fact.options]
        bounds = column.fact.bounds if column.role == "answer" else None
        found = parse_value(cell, kind, options, self.book.countries, bounds=bounds, suggest=False)
        if found is Answer.UNKNOWN and column.role == "date":
            found = InvalidAnswer("bad-date", "this is not a date.", "Write a date as 2022-06-28.")
        if isinstance(found, InvalidAnswer):
            remedy = describe_choices(kind, options) if found.code == "unknown-option" else found.hint
            told, remedy = redact(found.code, found.message, remedy)
            return InvalidAnswer(found.code, f"{column.name}: {told}", remedy, found.item)
        return found


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


_NOTHING_COUNTED = "this is no number that anything is counted by."
_NO_TEXT = InvalidAnswer(
    "bad-name",
    "the name of a case is text, and here is something else.",
    "Write it as text, though it looks like a number: in quotes in JSON, as a column of strings in Parquet.",
)
_SAID = (CREDIBILITY, *ANNOTATIONS)
_BOTH = InvalidAnswer(
    "answer-and-unknown",
    "this says that the answer is not known, and there is an answer.",
    "Keep one of the two.",
)


def _no_answer(fact: str) -> InvalidAnswer:
    return InvalidAnswer("missing-key", f'"{fact}" has no answer.', "Add it; `unknown` is one.")


def _missing() -> InvalidAnswer:
    return InvalidAnswer("bad-name", "the case has no name.", INVALID_NAME.hint)


def _without_categories(raw: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return a table with text as text, where it came as categories, but for one word out of a few."""
    several = [one for one in raw.get_columns() if isinstance(one.dtype, pl.Categorical | pl.Enum)]
    plain = [one.name for one in several if one.name == ID or not isinstance(layout.dtype(one.name), pl.Enum)]
    return raw.with_columns(pl.col(plain).cast(pl.String)) if plain else raw


def _cell(cells: pl.Series, row: int) -> Any:
    cell = cells[row]
    return cell.to_list() if isinstance(cell, pl.Series) else cell


def _rows(mask: pl.Series) -> list[int]:
    return mask.arg_true().to_list()


def _words(cells: pl.Series, dtype: pl.Enum) -> tuple[pl.Series, list[int]]:
    """Return one-word cells as the enumeration, and the rows whose word is not in it."""
    if cells.dtype == dtype:
        return cells, []
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum):
        return pl.Series(cells.name, [None] * len(cells), dtype=dtype), _rows(cells.is_not_null())
    typed = cells.cast(dtype, strict=False)
    if typed.null_count() == cells.null_count():
        return typed, []
    return typed, _rows(typed.is_null() & cells.is_not_null())


def _sets(cells: pl.Series, dtype: pl.List, *, plain: bool, marks: bool) -> tuple[pl.Series, list[int]]:
    """Return sets as lists of the enumeration, and the rows that hold another word, none at all or one twice."""
    assert isinstance(dtype.inner, pl.Enum)
    if cells.dtype == dtype and len(dtype.inner.categories) <= MOST_OPTIONS:
        numbers, are_sets = pack_sets(cells)
        if are_sets:
            return (numbers if marks else cells), []
    wrong = pl.Series([False]).new_from_index(0, len(cells))
    if plain or cells.dtype == pl.String:
        if not plain:  # a word where a list belongs; `unknown` alone is an answer
            wrong = (cells != UNKNOWN).fill_null(False)
        asked = (
            cells.to_frame()
            .select(
                pl.when(pl.first() == UNKNOWN)
                .then(None)
                .when(pl.first() == EMPTY)
                .then(pl.lit([], dtype=pl.List(pl.String)))
                .otherwise(pl.first().str.split(BETWEEN))
                .alias(cells.name)
            )
            .to_series()
        )
    elif isinstance(cells.dtype, pl.List):
        asked = cells
    else:
        return pl.Series(cells.name, [None] * len(cells), dtype=dtype), _rows(cells.is_not_null())
    items = asked.drop_nulls().explode(empty_as_null=False)
    if items.dtype != dtype.inner:
        if items.dtype != pl.Null:
            if not isinstance(items.dtype, pl.String | pl.Categorical | pl.Enum):
                return pl.Series(cells.name, [None] * len(cells), dtype=dtype), _rows(cells.is_not_null())
            known = items.cast(dtype.inner, strict=False)
        else:
            known = items
        typed = asked.cast(dtype, strict=False)
    else:
        known, typed = items, asked
    if known.null_count():
        wrong = wrong | typed.list.eval(pl.element().is_null()).list.any().fill_null(False)
    if (asked.list.len() > 1).any():
        wrong = wrong | (typed.list.n_unique() != typed.list.len()).fill_null(False)
    return typed, _rows(wrong)


def _numbers(cells: pl.Series, bounds: Bounds | None, *, plain: bool) -> tuple[pl.Series, list[int]]:
    """Return numbers, and the rows of what is none, or of one that its fact cannot have or no case file could hold."""
    if cells.dtype == pl.String:
        known = (cells != UNKNOWN).fill_null(False)
        typed = cells.cast(pl.Float64, strict=False)
        sane = _sane(typed, bounds).fill_null(False)
        good = (cells.str.contains(_NUMBER).fill_null(False) & sane) if plain else cells.is_null()
        return typed, _rows(known & ~good)
    if not cells.dtype.is_numeric():
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Float64), _rows(cells.is_not_null())
    typed = cells.cast(pl.Float64)
    return typed, _rows(~_sane(typed, bounds).fill_null(True))


def _sane(numbers: pl.Series, bounds: Bounds | None) -> pl.Series:
    """Return which of these can be an answer, as `Bounds.hold` tells of one."""
    sane = numbers.is_finite() & (numbers.abs() < _TOO_LARGE)
    if bounds is None:
        return sane
    if bounds.at_least is not None:
        sane &= numbers >= bounds.at_least
    if bounds.at_most is not None:
        sane &= numbers <= bounds.at_most
    return sane & (numbers == numbers.floor()) if bounds.whole else sane


def _days(cells: pl.Series, *, or_unknown: bool) -> tuple[pl.Series, list[int]]:
    """Return days, and the rows of what is none. No year is before the first: Python has none."""
    if isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone is None:
        # As pandas has days. A time of day is not cut off in silence, nor a zone in which it may be the day before.
        days = cells.cast(pl.Date)
        typed, wrong = _days(days, or_unknown=or_unknown)
        return typed, sorted({*wrong, *_rows((days.cast(cells.dtype) != cells).fill_null(False))})
    if cells.dtype == pl.Date:
        return cells, _rows(~cells.dt.year().is_between(1, 9999).fill_null(True))
    if cells.dtype != pl.String:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Date), _rows(cells.is_not_null())
    shaped = cells.str.contains(_DAY).fill_null(False)
    typed = cells.str.to_date("%Y-%m-%d", strict=False)
    good = shaped & typed.dt.year().is_between(1, 9999).fill_null(False)
    asked = (cells != UNKNOWN).fill_null(False) if or_unknown else cells.is_not_null()
    return typed, _rows(asked & ~good)


def _marks(cells: pl.Series, *, plain: bool) -> tuple[pl.Series, list[int]]:
    """Return the marks of what is not known, and the rows of what is neither true nor false."""
    if cells.dtype == pl.Boolean:
        return cells, []
    if cells.dtype != pl.String or not plain:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Boolean), _rows(cells.is_not_null())
    typed = pl.DataFrame([cells]).select(pl.first().replace_strict({"true": True, "false": False}, default=None))
    marks = typed.to_series().cast(pl.Boolean)
    return marks, _rows(marks.is_null() & cells.is_not_null())


def quotable_name(name: str, layout: Layout) -> str | None:
    """Return the name of a column or a key as a message may quote it; None where it may be what somebody said."""
    like = name.casefold().replace(" ", "_").replace("-", "_")
    return f'"{name}"' if is_shaped_like_name(name) or layout.column(like) is not None else None


def drop_columns(raw: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return a table without these columns, as far as it has them."""
    gone = set(names)
    return raw.drop([name for name in raw.columns if name in gone])

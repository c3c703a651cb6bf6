"""Tables of raw cells into tables of checked answers.

In: a table as some format gave it, each column of text, lists, numbers or days. Out: the same rows with the types of
the layout, and for every cell that is no answer the reason, in the words of `rulebook.answers`. Left alone: where the
table comes from.

A column is converted as a whole (`typed_columns`). Only a cell that the conversion refuses is looked at by itself, to
explain it. Its row is taken out: no such cell becomes null in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from screen.batch.cells import (
    ANNOTATIONS,
    CREDIBILITY,
    CREDIBILITY_WORDS,
    EMPTY_SET,
    ID,
    PROFILE,
    RECORD,
    RECORD_STATES,
    SET_SEPARATOR,
    TYPES_WITHOUT_UNKNOWN,
)
from screen.batch.input import typed_columns
from screen.batch.input.json_lines import UnusableNumber
from screen.batch.input.rejects import is_shaped_like_name, redact
from screen.batch.input.typed_columns import NUMBER_PATTERN, TOO_LARGE, rows_where
from screen.batch.layout import Column, Layout
from screen.case.case_file import is_case_name
from screen.diagnostics import Suggestions
from screen.logic import Answer
from screen.rulebook.answers import NUMBER_HINT, UNKNOWN, InvalidAnswer, describe_choices, parse_value
from screen.rulebook.model import RuleBook

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_MAX_EXPLANATIONS = 1000  # that are kept
INVALID_NAME = InvalidAnswer(
    "bad-name",
    "this cannot be the name of a case.",
    "Write a registration number or a pseudonym: letters, digits, `.`, `_`, `-`. Never a person's name.",
)
_NO_NAME = InvalidAnswer("bad-name", "the case has no name.", INVALID_NAME.hint)
_NAME_IS_NO_TEXT = InvalidAnswer(
    "bad-name",
    "the name of a case is text, and here is something else.",
    "Write it as text, though it looks like a number: in quotes in JSON, as a column of strings in Parquet.",
)
_ANSWER_AND_UNKNOWN = InvalidAnswer(
    "answer-and-unknown",
    "this says that the answer is not known, and there is an answer.",
    "Keep one of the two.",
)


@dataclass(frozen=True, slots=True)
class InvalidCell:
    """A cell that is no answer: its row in the table from 0, its column, the reason."""

    row: int
    column: str
    reason: InvalidAnswer


@dataclass(slots=True)
class Validator:
    """Checks tables under one rule book. Safe to use from several threads."""

    book: RuleBook
    layout: Layout
    _explanations: dict[tuple[str, str, bool], InvalidAnswer] = field(default_factory=dict)

    def is_name(self, text: str) -> bool:
        """Tell whether this can be the name of a case."""
        return is_case_name(text)

    def is_known_column(self, name: str) -> bool:
        """Tell whether a table of cases may have a column of this name."""
        return name in (ID, PROFILE, RECORD) or self.layout.column(name) is not None

    def column_for_heading(self, heading: str) -> str:
        """Return the column that a heading means: blanks around it and capitals make no difference."""
        name = heading.strip().casefold()
        return name if self.is_known_column(name) else heading

    def explain_unknown_column(self, name: str, description: str, suggestions: Suggestions) -> InvalidAnswer:
        """Return what is wrong with a column that no table of cases has.

        The message calls it `description` where its name is not shaped like one: it may be what somebody said.
        """
        if not name.strip():
            hint = "Name it, or leave columns without a name aside: --ignore ''."
            return InvalidAnswer("unknown-fact", f"{description} has no name.", hint)
        if name in self.book.criteria:
            return InvalidAnswer("unknown-fact", f'"{name}" is a criterion, which the program finds.', "Leave it out.")
        message = f"{quotable_name(name, self.layout) or description} is not a fact."
        hint = suggestions.did_you_mean(name, [ID, *self.layout.answers], "See `rsd batch schema`.")
        return InvalidAnswer("unknown-fact", message, hint)

    def explain_unknown_key(
        self, name: str, position: int, suggestions: Suggestions
    ) -> tuple[str | None, InvalidAnswer]:
        """Return a key of one record as it may be quoted, None where it may not, and what is wrong with it.

        A heading names a column of many records. A key of one record may be what somebody said, unless it is a known
        name with a slip in it.
        """
        columns = [ID, *self.layout.answers, *self.layout.attributes]
        if name in self.book.criteria or not name.strip() or suggestions.is_slip(name, columns):
            return name, self.explain_unknown_column(name, f"key {position}", suggestions)
        return None, InvalidAnswer("unknown-fact", f"key {position} is not a fact.", "See `rsd batch schema`.")

    def check_table(
        self, raw: pl.DataFrame, *, from_csv: bool = False, sets_as_bits: bool = False
    ) -> tuple[pl.DataFrame, list[InvalidCell]]:
        """Return the rows that can be used, typed, and every invalid cell of the others, by row.

        `from_csv` says that the cells are the text of a CSV file, where a set is written `camp;hunger` and `[]`. With
        `sets_as_bits` a set may come as the number that `list_columns.pack_sets` makes of it, for the kernel alone.
        """
        invalid: list[InvalidCell] = []
        columns: list[pl.Series] = []
        raw = _without_categories(raw, self.layout)
        for cells in raw.get_columns():
            typed, rows = self._convert_column(cells, from_csv=from_csv, sets_as_bits=sets_as_bits)
            columns.append(typed)
            for row in rows:
                reason = self._explain_once(cells.name, _cell(cells, row), from_csv=from_csv)
                invalid.append(InvalidCell(row, cells.name, reason))
        frame, contradictions = self._mark_unknown(raw, pl.DataFrame(columns))
        invalid += contradictions
        if invalid:
            invalid.sort(key=lambda cell: (cell.row, self.layout.position(cell.column)))
            rejected = pl.Series("row", [cell.row for cell in invalid], dtype=pl.UInt32).unique()
            frame = frame.with_row_index("*row").filter(~pl.col("*row").is_in(rejected.implode())).drop("*row")
        return frame, invalid

    def _mark_unknown(self, raw: pl.DataFrame, typed: pl.DataFrame) -> tuple[pl.DataFrame, list[InvalidCell]]:
        """Return the table with `f.unknown` set where a cell of `f` says it, and the cells that contradict each other.

        `find_contradictions` does the same for one record.
        """
        invalid: list[InvalidCell] = []
        marks: list[pl.Series] = []
        present = set(raw.columns)
        for name, fact in self.book.facts.items():
            unknown_column = f"{name}.{UNKNOWN}"
            answered = raw[name].is_not_null() if name in present else None
            unknown = typed[unknown_column].fill_null(False) if unknown_column in present else None
            if fact.type in TYPES_WITHOUT_UNKNOWN and answered is not None and raw[name].dtype == pl.String:
                says_unknown = (raw[name] == UNKNOWN).fill_null(False)
                answered = answered & ~says_unknown
                if says_unknown.any():
                    unknown = says_unknown if unknown is None else unknown | says_unknown
            if unknown is not None:
                marks.append(unknown.alias(unknown_column))
                if answered is not None:
                    contradictory = rows_where(unknown & answered)
                    invalid += [InvalidCell(row, unknown_column, _ANSWER_AND_UNKNOWN) for row in contradictory]
            for role in (CREDIBILITY, *ANNOTATIONS):
                if (column := f"{name}.{role}") in present:
                    without_answer = raw[column].is_not_null()
                    for answer in (answered, unknown):
                        without_answer = without_answer if answer is None else without_answer & ~answer
                    invalid += [InvalidCell(row, column, _no_answer(name)) for row in rows_where(without_answer)]
        return typed.with_columns(marks), invalid

    def find_contradictions(self, record: Mapping[str, Any]) -> list[tuple[str, InvalidAnswer]]:
        """Return the columns of a record, with cells as they were read, that contradict each other, and why."""
        wrong: list[tuple[str, InvalidAnswer]] = []
        for name, cell in record.items():
            column = self.layout.attributes.get(name)
            if column is None or cell is None:
                continue
            fact = column.fact.name
            answer = record.get(fact)
            if column.role == UNKNOWN:
                says_unknown = column.fact.type in TYPES_WITHOUT_UNKNOWN and answer == UNKNOWN
                if cell is True and answer is not None and not says_unknown:
                    wrong.append((name, _ANSWER_AND_UNKNOWN))
            elif answer is None and record.get(f"{fact}.{UNKNOWN}") is not True:
                wrong.append((name, _no_answer(fact)))
        return wrong

    def _convert_column(self, cells: pl.Series, *, from_csv: bool, sets_as_bits: bool) -> tuple[pl.Series, list[int]]:
        name = cells.name
        if name == ID:
            if cells.dtype != pl.String:
                return pl.Series(name, [None] * len(cells), dtype=pl.String), list(range(len(cells)))
            return cells, rows_where(~cells.str.contains(NAME_PATTERN).fill_null(False))
        if name == PROFILE:
            return typed_columns.to_words(cells, pl.Enum(list(self.book.profiles)))
        if name == RECORD:
            return typed_columns.to_words(cells, pl.Enum(RECORD_STATES))
        column = self.layout.column(name)
        assert column is not None, "columns are checked by name before"
        dtype = self.layout.dtype(name)
        if cells.dtype == pl.Null:
            return cells.cast(dtype), []
        if isinstance(dtype, pl.Enum):
            return typed_columns.to_words(cells, dtype)
        if isinstance(dtype, pl.List):
            return typed_columns.to_sets(cells, dtype, from_csv=from_csv, as_bits=sets_as_bits)
        if dtype == pl.Float64:
            return typed_columns.to_numbers(cells, column.fact.bounds, from_csv=from_csv)
        if dtype == pl.Date:
            return typed_columns.to_days(cells, or_unknown=column.role == "answer")
        if dtype == pl.Boolean:
            return typed_columns.to_booleans(cells, from_csv=from_csv)
        return typed_columns.to_text(cells)

    def _explain_once(self, name: str, cell: Any, *, from_csv: bool) -> InvalidAnswer:
        """Return why a cell is no answer. Looking for the nearest word takes time: a spelling is explained once."""
        key = (name, repr(cell), from_csv)
        if (known := self._explanations.get(key)) is not None:
            return known
        reason = self.explain_cell(name, cell, from_csv=from_csv)
        if len(self._explanations) < _MAX_EXPLANATIONS:
            self._explanations[key] = reason
        return reason

    def explain_cell(self, name: str, cell: Any, *, from_csv: bool = False) -> InvalidAnswer:
        """Return why a cell that the conversion of its column refused is no answer."""
        if name == ID:
            if cell is None:
                return _NO_NAME
            return INVALID_NAME if isinstance(cell, str) else _NAME_IS_NO_TEXT
        if name == PROFILE:
            return InvalidAnswer(
                "unknown-profile", "there is no such profile.", f"Known: {', '.join(self.book.profiles)}."
            )
        if name == RECORD:
            return InvalidAnswer("not-a-choice", "a record is open or closed.", f"Write {' or '.join(RECORD_STATES)}.")
        column = self.layout.column(name)
        assert column is not None
        value = self.check_value(column, cell, from_csv=from_csv)
        if isinstance(value, InvalidAnswer):
            return value
        return InvalidAnswer(
            "wrong-kind", "this is not how an answer of this kind is written.", "See `rsd batch schema`."
        )

    def check_value(self, column: Column, cell: Any, *, from_csv: bool = False) -> Any:
        """Return the value that one cell gives its column, or what is wrong with it, as `check_table` decides."""
        if cell is None:
            return None
        if column.role == CREDIBILITY:
            hint = f"Write one of: {', '.join(CREDIBILITY_WORDS)}."
            return cell if cell in CREDIBILITY_WORDS else InvalidAnswer("not-a-choice", "this is no credibility.", hint)
        if column.role == UNKNOWN:
            return cell if isinstance(cell, bool) else _invalid(column, "wrong-kind", "no boolean.", "Write true.")
        kind = {"answer": column.fact.type, "date": "date"}.get(column.role, "text")
        if from_csv and kind == "number" and re.match(NUMBER_PATTERN, cell):
            cell = float(cell)
        if isinstance(cell, UnusableNumber) or (_is_number(cell) and not abs(cell) < TOO_LARGE):
            message = "this is no number that anything is counted by."
            return _invalid(column, "wrong-kind", message, f"{NUMBER_HINT}.")
        if from_csv and kind == "many" and cell != UNKNOWN:
            cell = [] if cell == EMPTY_SET else str(cell).split(SET_SEPARATOR)
        options = [option for option, _ in column.fact.options]
        bounds = column.fact.bounds if column.role == "answer" else None
        value = parse_value(cell, kind, options, self.book.countries, bounds=bounds, suggest=False)
        if value is Answer.UNKNOWN and column.role == "date":
            value = InvalidAnswer("bad-date", "this is not a date.", "Write a date as 2022-06-28.")
        if isinstance(value, InvalidAnswer):
            hint = describe_choices(kind, options) if value.code == "unknown-option" else value.hint
            message, hint = redact(value.code, value.message, hint)
            return _invalid(column, value.code, message, hint, value.item)
        return value


def _invalid(column: Column, code: str, message: str, hint: str, item: int | None = None) -> InvalidAnswer:
    return InvalidAnswer(code, f"{column.name}: {message}", hint, item)


def _no_answer(fact: str) -> InvalidAnswer:
    return InvalidAnswer("missing-key", f'"{fact}" has no answer.', "Add it; `unknown` is one.")


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _without_categories(raw: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return a table with categories as text, except in columns of one word out of a few."""
    categorical = [cells for cells in raw.get_columns() if isinstance(cells.dtype, pl.Categorical | pl.Enum)]
    as_text = [
        cells.name for cells in categorical if cells.name == ID or not isinstance(layout.dtype(cells.name), pl.Enum)
    ]
    return raw.with_columns(pl.col(as_text).cast(pl.String)) if as_text else raw


def _cell(cells: pl.Series, row: int) -> Any:
    cell = cells[row]
    return cell.to_list() if isinstance(cell, pl.Series) else cell


def quotable_name(name: str, layout: Layout) -> str | None:
    """Return the name of a column or a key as a message may quote it; None where it may be what somebody said."""
    like = name.casefold().replace(" ", "_").replace("-", "_")
    return f'"{name}"' if is_shaped_like_name(name) or layout.column(like) is not None else None


def drop_columns(raw: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return a table without these columns, as far as it has them."""
    dropped = set(names)
    return raw.drop([name for name in raw.columns if name in dropped])

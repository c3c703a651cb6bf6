"""The column tests of the compiled law, evaluated over a table of cases, each once.

Null is false in every test; the test `IsAnswered` says where an answer is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import assert_never

import polars as pl
from polars.exceptions import InvalidOperationError, PolarsError

from screen.batch.cells import CREDIBILITY, CREDIBILITY_WORDS, SINGLE_WORD_TYPES, TYPES_WITHOUT_UNKNOWN
from screen.batch.layout import Layout
from screen.batch.score.circuit_inputs import (
    ColumnTest,
    HasCredibility,
    IncludesOneOf,
    IsAnswered,
    IsOneOf,
    IsWithin,
    SaidUnknown,
    WasAsked,
)
from screen.batch.score.list_columns import MOST_OPTIONS, bits_dtype, pack_sets
from screen.circuit.circuit import Node
from screen.rulebook.answers import UNKNOWN


class InvalidColumnError(ValueError):
    """A column holds what cannot be an answer to its fact."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.reason = column, reason


class ComparisonColumns:
    """Column tests as expressions over a table of cases."""

    def __init__(self, layout: Layout, tests: Mapping[Node, ColumnTest]) -> None:
        self.layout = layout
        #: The columns that are tested.
        self.columns = {test.column for test in tests.values()}
        self._codes = {name: _code(layout, name) for name in sorted(self.columns)}
        self._sets = [name for name in sorted(self.columns & layout.answers.keys()) if _is_set(layout, name)]
        self._words = {name: {word: code for code, word in enumerate(_words(layout, name))} for name in self.columns}
        self._tests = [self._expression(test).alias(str(node)) for node, test in tests.items()]

    def evaluate(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return each test as a boolean column, named by its node. Raises InvalidColumnError."""
        return self._encode(frame).select(self._tests)

    def _encode(self, frame: pl.DataFrame) -> pl.DataFrame:
        for name in self.columns:
            _check(name, frame, self.layout)
        codes = self._codes | {name: pl.col(name) for name in self._sets if frame[name].dtype.is_integer()}
        try:
            return frame.select(**codes)
        except PolarsError:
            # Which column it was is looked for only now, since it takes time.
            for name, code in self._codes.items():
                try:
                    frame.select(code)
                except PolarsError as error:
                    raise InvalidColumnError(name, "this holds a value that is not an answer to its fact") from error
            raise

    def _expression(self, test: ColumnTest) -> pl.Expr:
        column, words = pl.col(test.column), self._words[test.column]
        match test:
            case IsAnswered():
                return column < words[UNKNOWN] if UNKNOWN in words else column.is_not_null()
            case WasAsked():
                return column <= words[UNKNOWN]
            case SaidUnknown():
                return column.fill_null(False)
            case HasCredibility():
                return column == words[test.credibility.value]
            case IsOneOf():
                return _is_in(column, sorted(words[word] for word in test.words if word in words))
            case IncludesOneOf():
                return (column & sum(1 << words[word] for word in test.words)).fill_null(0) != 0
            case IsWithin():
                return _within(column, test).fill_null(False)
            case _:
                assert_never(test)


def _check(name: str, frame: pl.DataFrame, layout: Layout) -> None:
    """Raise InvalidColumnError where a column has a type that could be misread: `true` for yes, a day for a number."""
    column, cells = layout.column(name), frame[name]
    assert column is not None
    dtype, expected = cells.dtype, column.fact.type if column.role == "answer" else column.role
    fits = (
        dtype == pl.Null
        or (expected in (*SINGLE_WORD_TYPES, "text", CREDIBILITY) and _is_word(dtype))
        or (expected == "many" and isinstance(dtype, pl.List) and (_is_word(dtype.inner) or dtype.inner == pl.Null))
        or (expected == "many" and dtype == bits_dtype(len(layout.options(name))))
        or (expected == "number" and dtype.is_numeric())
        or (expected == "date" and dtype == pl.Date)
        or (expected == UNKNOWN and dtype == pl.Boolean)
    )
    if not fits:
        raise InvalidColumnError(name, f"this column has the type {dtype}, and {expected} is expected")
    if expected == "many" and dtype.is_integer() and (cells > (1 << len(layout.options(name))) - 1).any():
        raise InvalidColumnError(name, "this marks more options than there are")
    if dtype.is_float() and not cells.is_finite().all():
        raise InvalidColumnError(name, "this holds a value that is not a finite number")
    fact = column.fact.name
    if expected == UNKNOWN and fact in frame.columns and (cells & frame[fact].is_not_null()).any():
        raise InvalidColumnError(name, "this says that an answer is not known, but there is an answer")


def _is_set(layout: Layout, name: str) -> bool:
    return layout.answers[name].fact.type == "many"


def _is_word(dtype: object) -> bool:
    return dtype == pl.String or isinstance(dtype, pl.Enum | pl.Categorical)


def _words(layout: Layout, name: str) -> tuple[str, ...]:
    """Return the words that a cell may hold, in the order of their codes."""
    column = layout.column(name)
    assert column is not None
    if column.role != "answer":
        return CREDIBILITY_WORDS if column.role == CREDIBILITY else ()
    options = ("",) if column.fact.type == "text" else layout.options(name)
    return options if column.fact.type in TYPES_WITHOUT_UNKNOWN else (*options, UNKNOWN)


def _code(layout: Layout, name: str) -> pl.Expr:
    """Return the expression that encodes a column for quick comparison: a word as its code, a set as its bits."""
    column, words, cells = layout.column(name), _words(layout, name), pl.col(name)
    assert column is not None
    match column.fact.type if column.role == "answer" else column.role:
        case "many":
            return _bits(name, words)
        case "number":
            return cells.cast(pl.Float64)
        case "date":
            return cells.cast(pl.Date)
        case "unknown":
            return cells.cast(pl.Boolean)
        case "text":
            # Any text is code 0, `unknown` is 1.
            return cells.cast(pl.String).eq(UNKNOWN).cast(pl.UInt8).fill_null(2)
        case _:
            code = cells.cast(pl.Enum(words)).to_physical()
            # Null gets a code of its own, one more than the last word, which no test asks for.
            return (code if len(words) < 255 else code.cast(pl.UInt32)).fill_null(len(words))


def _bits(name: str, words: Sequence[str]) -> pl.Expr:
    """Return the expression that encodes a set as a number with a bit for each word in it."""
    if len(words) > MOST_OPTIONS:
        raise ValueError(f"{name} has {len(words)} options; a table can hold sets of {MOST_OPTIONS}")
    enum = pl.Enum(words)

    def pack(cells: pl.Series) -> pl.Series:
        packed, are_sets = pack_sets(cells.cast(pl.List(enum)))
        if not are_sets:
            raise InvalidOperationError("a list holds a word twice, or a null")
        return packed

    return pl.col(name).map_batches(pack, return_dtype=bits_dtype(len(words)))


def _is_in(column: pl.Expr, codes: Sequence[int]) -> pl.Expr:
    """Return where a code is one of these, in few comparisons: consecutive codes are one range."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    if not ranges:
        return column != column
    return reduce(or_, [column == low if low == high else (column >= low) & (column <= high) for low, high in ranges])


def _within(column: pl.Expr, test: IsWithin) -> pl.Expr:
    bounds = []
    if test.low is not None:
        bounds.append(column >= test.low if test.low_included else column > test.low)
    if test.high is not None:
        bounds.append(column <= test.high if test.high_included else column < test.high)
    return reduce(and_, bounds) if bounds else column.is_not_null()

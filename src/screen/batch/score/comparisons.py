"""What a table says, as yes and no: every comparison of an answer, worked out once.

In: a table of cases, and the comparisons that the law makes (`inputs`). Out: a table with a column of yes and no for
each. Null is no in each of them, and `Said` tells where it stands for unknown. Left alone: what follows (`kernel`).
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

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"{column}: {why}")
        self.column, self.why = column, why


class ComparisonColumns:
    """The comparisons of one plan, as expressions over a table of cases."""

    def __init__(self, layout: Layout, atoms: Mapping[Node, ColumnTest]) -> None:
        self.layout = layout
        #: The columns that are read.
        self.reads = {atom.column for atom in atoms.values()}
        self._codes = {name: _code(layout, name) for name in sorted(self.reads)}
        self._sets = [name for name in sorted(self.reads & layout.answers.keys()) if _is_set(layout, name)]
        self._words = {name: {word: place for place, word in enumerate(_words(layout, name))} for name in self.reads}
        self._atoms = [self._atom(atom).alias(str(node)) for node, atom in atoms.items()]

    def evaluate(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return each atom as a column of yes and no, named by its node. Raises `WrongColumn`."""
        return self._coded(frame).select(self._atoms)

    def _coded(self, frame: pl.DataFrame) -> pl.DataFrame:
        for name in self.reads:
            _check(name, frame, self.layout)
        codes = self._codes | {name: pl.col(name) for name in self._sets if frame[name].dtype.is_integer()}
        try:
            return frame.select(**codes)
        except PolarsError:
            # Which one it was is worth the time only now.
            for name, code in self._codes.items():
                try:
                    frame.select(code)
                except PolarsError as error:
                    raise InvalidColumnError(name, "this holds what is not among the answers to its fact") from error
            raise

    def _atom(self, atom: ColumnTest) -> pl.Expr:
        column, words = pl.col(atom.column), self._words[atom.column]
        match atom:
            case IsAnswered():
                return column < words[UNKNOWN] if UNKNOWN in words else column.is_not_null()
            case WasAsked():
                return column <= words[UNKNOWN]
            case SaidUnknown():
                return column.fill_null(False)
            case HasCredibility():
                return column == words[atom.credibility.value]
            case IsOneOf():
                return _is_in(column, sorted(words[word] for word in atom.words if word in words))
            case IncludesOneOf():
                return (column & sum(1 << words[word] for word in atom.words)).fill_null(0) != 0
            case IsWithin():
                return _within(column, atom).fill_null(False)
            case _:
                assert_never(atom)


def _check(name: str, frame: pl.DataFrame, layout: Layout) -> None:
    """Raise `WrongColumn` where a column is of a type that could be misread: `true` for yes, a day for a number."""
    column, cells = layout.column(name), frame[name]
    assert column is not None
    kind, wanted = cells.dtype, column.fact.type if column.role == "answer" else column.role
    fits = (
        kind == pl.Null
        or (wanted in (*SINGLE_WORD_TYPES, "text", CREDIBILITY) and _is_word(kind))
        or (wanted == "many" and isinstance(kind, pl.List) and (_is_word(kind.inner) or kind.inner == pl.Null))
        or (wanted == "many" and kind == bits_dtype(len(layout.options(name))))
        or (wanted == "number" and kind.is_numeric())
        or (wanted == "date" and kind == pl.Date)
        or (wanted == UNKNOWN and kind == pl.Boolean)
    )
    if not fits:
        raise InvalidColumnError(name, f"a column of type {kind} stands where {wanted} is wanted")
    if wanted == "many" and kind.is_integer() and (cells > (1 << len(layout.options(name))) - 1).any():
        raise InvalidColumnError(name, "this marks more options than there are")
    if kind.is_float() and not cells.is_finite().all():
        raise InvalidColumnError(name, "this holds a number that is none")
    fact = column.fact.name
    if wanted == UNKNOWN and fact in frame.columns and (cells & frame[fact].is_not_null()).any():
        raise InvalidColumnError(name, "this says that an answer is not known, and there is one")


def _is_set(layout: Layout, name: str) -> bool:
    return layout.answers[name].fact.type == "many"


def _is_word(kind: object) -> bool:
    return kind == pl.String or isinstance(kind, pl.Enum | pl.Categorical)


def _words(layout: Layout, name: str) -> tuple[str, ...]:
    """Return the words that a cell may hold, in the order of their numbers."""
    column = layout.column(name)
    assert column is not None
    if column.role != "answer":
        return CREDIBILITY_WORDS if column.role == CREDIBILITY else ()
    options = ("",) if column.fact.type == "text" else layout.options(name)
    return options if column.fact.type in TYPES_WITHOUT_UNKNOWN else (*options, UNKNOWN)


def _code(layout: Layout, name: str) -> pl.Expr:
    """Return the expression that makes of a column what is quick to compare: a word its number, a set its bits."""
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
            # Whatever is said in somebody's own words is number 0, `unknown` is 1.
            return cells.cast(pl.String).eq(UNKNOWN).cast(pl.UInt8).fill_null(2)
        case _:
            code = cells.cast(pl.Enum(words)).to_physical()
            # One more than the last word: null is its own number, and none that a comparison asks for.
            return (code if len(words) < 255 else code.cast(pl.UInt32)).fill_null(len(words))


def _bits(name: str, words: Sequence[str]) -> pl.Expr:
    """Return the expression that makes of a set a number with a bit for each word in it."""
    if len(words) > MOST_OPTIONS:
        raise ValueError(f"{name} has {len(words)} options; a table can hold sets of {MOST_OPTIONS}")
    enum = pl.Enum(words)

    def of(cells: pl.Series) -> pl.Series:
        found, are_sets = pack_sets(cells.cast(pl.List(enum)))
        if not are_sets:
            raise InvalidOperationError("a list holds a word twice, or nothing where a word is wanted")
        return found

    return pl.col(name).map_batches(of, return_dtype=bits_dtype(len(words)))


def _is_in(column: pl.Expr, codes: Sequence[int]) -> pl.Expr:
    """Return where a number is one of these, as few comparisons: numbers in a row are one stretch."""
    stretches: list[list[int]] = []
    for code in codes:
        if stretches and stretches[-1][1] == code - 1:
            stretches[-1][1] = code
        else:
            stretches.append([code, code])
    if not stretches:
        return column != column
    return reduce(
        or_, [column == low if low == high else (column >= low) & (column <= high) for low, high in stretches]
    )


def _within(column: pl.Expr, atom: IsWithin) -> pl.Expr:
    bounds = []
    if atom.low is not None:
        bounds.append(column >= atom.low if atom.low_included else column > atom.low)
    if atom.high is not None:
        bounds.append(column <= atom.high if atom.high_included else column < atom.high)
    return reduce(and_, bounds) if bounds else column.is_not_null()

"""Lists of words, one a row: to marks, and from marks.

In: lists, or a table in which each column says of each row whether a name belongs on its list. Out: numbers with a bit
for each word, or the lists, as one column. Polars makes such lists cell by cell (36 s for 170 names, a million rows).
Here eight columns become a byte, the bytes of a row lie side by side, and what they mark is kept of all names repeated
row after row (0.7 s).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
import pyarrow as pa

from screen.circuit.circuit import FALSE, TRUE, Node

BYTE = 8
MOST_OPTIONS = 64
_NEWEST = pl.CompatLevel.newest()


def pack_sets(cells: pl.Series) -> tuple[pl.Series, bool]:
    """Return lists of an enumeration as numbers with a bit for each word, null for null, and whether all are sets.

    A set has no word twice and nothing that is no word; of what is none the bits mean nothing. No more than
    `MOST_OPTIONS` words fit.
    """
    assert isinstance(cells.dtype, pl.List)
    assert isinstance(cells.dtype.inner, pl.Enum)
    count = len(cells.dtype.inner.categories)
    lists = cells.to_arrow(compat_level=_NEWEST)
    # The numbers of the words, as they lie there: to read them back as words would cost more than all the rest.
    each = pl.Series([1 << place for place in range(count)], dtype=bits_dtype(count)).gather(
        pl.Series(lists.values.indices)
    )
    if each.null_count():  # what lies behind a list that is null; with nulls in it a sum takes ten times as long
        each = each.fill_null(0)
    found = pl.Series(cells.name, pa.LargeListArray.from_arrays(lists.offsets, each.to_arrow())).list.sum()
    # As many bits as items: a word that stands twice would have carried over into another's bit, which never makes more
    # of them, so that all rows are looked at together first.
    ones = found.bitwise_count_ones()
    are_sets = ones.sum() == len(each) or not (ones != cells.list.len()).any()
    return (found.set(cells.is_null(), None) if cells.null_count() else found), are_sets


def bits_dtype(words: int) -> pl.DataType:
    """Return the type of a number that has a bit for each of so many words."""
    return pl.UInt32() if words <= 32 else pl.UInt64()


class NameLists:
    """A list of names for each row: those whose node is true there."""

    def __init__(self, nodes: Mapping[str, Node], known: Iterable[str]) -> None:
        """With every name that a list may ever hold: tables made from other columns must have the same type."""
        every = {name: number for number, name in enumerate(known)}
        self.dtype = pl.List(pl.Enum(list(every)))
        names = [name for name in every if nodes.get(name, FALSE) != FALSE]
        groups = [names[start : start + BYTE] for start in range(0, len(names), BYTE)]
        weights = [[(nodes[name], 1 << bit) for bit, name in enumerate(group)] for group in groups]
        none = pl.repeat(0, pl.len(), dtype=pl.UInt8)
        self._bytes = [
            pl.sum_horizontal(none, *(_weight(node, weight) for node, weight in some)).alias(str(at))
            for at, some in enumerate(weights)
        ]
        # Each name has a bit in the marks of a row; what is left of the last byte is never marked.
        numbers = [every[name] for name in names]
        places = pl.Series(numbers + [0] * (BYTE * len(groups) - len(numbers)), dtype=pl.UInt32)
        self._places = _plain(places.cast(pl.Series([], dtype=self.dtype.inner).to_physical().dtype))

    def build(self, table: pl.DataFrame) -> pl.Series:
        """Return the lists of a table's rows."""
        if not self._bytes or not table.height:
            return pl.Series([[]], dtype=self.dtype).new_from_index(0, table.height)
        bytes_ = table.lazy().select(self._bytes).collect(optimizations=pl.QueryOptFlags.none())
        marks = bytes_.select(pl.concat_arr(pl.all())).to_series().explode()
        lengths = bytes_.select(pl.sum_horizontal(pl.all().bitwise_count_ones())).to_series().cast(pl.Int64)
        begins = pl.concat([pl.Series([0], dtype=pl.Int64), lengths.cum_sum()], rechunk=True)
        numbers = self._repeated(table.height).filter(_bits(marks))
        lists = pl.Series(pa.LargeListArray.from_arrays(begins.to_arrow(), numbers.to_arrow()))
        return lists.list.eval(pl.element().cat.to(self.dtype.inner))

    def _repeated(self, height: int) -> pl.Series:
        """Return the numbers of all places, once a row."""
        whole = pa.py_buffer(self._places.buffers()[1].to_pybytes() * height)
        return pl.Series(pa.Array.from_buffers(self._places.type, len(self._places) * height, [None, whole]))


def _weight(node: Node, weight: int) -> pl.Expr:
    some, nothing = pl.lit(weight, pl.UInt8), pl.lit(0, pl.UInt8)
    if node <= TRUE:
        return some if node == TRUE else nothing
    return pl.when(pl.col(str(node))).then(some).otherwise(nothing)


def _bits(bytes_: pl.Series) -> pl.Series:
    """Return the bits of bytes as yes and no, the lowest first."""
    whole = bytes_.rechunk().to_arrow()
    size, begin = BYTE * len(whole), BYTE * whole.offset
    return pl.Series(pa.Array.from_buffers(pa.bool_(), size, [None, whole.buffers()[1]], 0, begin))


def _plain(numbers: pl.Series) -> pa.Array:
    """Return numbers as Arrow has them, in memory that holds these and nothing else."""
    whole = numbers.rechunk().to_arrow()
    size = whole.type.bit_width // 8
    data = whole.buffers()[1].to_pybytes()[whole.offset * size : (whole.offset + len(whole)) * size]
    return pa.Array.from_buffers(whole.type, len(whole), [None, pa.py_buffer(data)])

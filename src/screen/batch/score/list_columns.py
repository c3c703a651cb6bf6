"""Columns of lists: sets packed into integers, and lists of names made from boolean columns.

Polars makes such lists cell by cell (36 s for 170 names and a million rows). Here eight boolean columns become a byte,
the bytes of a row lie side by side, and all names, repeated for each row, are filtered by their bits (0.7 s).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pyarrow as pa

from screen.circuit.circuit import FALSE, TRUE, Node

BYTE = 8
MOST_OPTIONS = 64
_NEWEST = pl.CompatLevel.newest()


def pack_sets(cells: pl.Series) -> tuple[pl.Series, bool]:
    """Return lists of an enumeration as numbers with a bit for each word, null for null, and whether all are sets.

    A set holds no word twice and no null; the bits of a list that is not a set mean nothing. At most `MOST_OPTIONS`
    words fit.
    """
    assert isinstance(cells.dtype, pl.List)
    assert isinstance(cells.dtype.inner, pl.Enum)
    count = len(cells.dtype.inner.categories)
    lists = cells.to_arrow(compat_level=_NEWEST)
    # The codes of the words are used as they are stored: to read them back as words would cost more than all the rest.
    bit_of_code = pl.Series([1 << code for code in range(count)], dtype=bits_dtype(count))
    bits = bit_of_code.gather(pl.Series(lists.values.indices))
    if bits.null_count():  # what lies behind a null list; a sum over nulls takes ten times as long
        bits = bits.fill_null(0)
    packed = pl.Series(cells.name, pa.LargeListArray.from_arrays(lists.offsets, bits.to_arrow())).list.sum()
    # In a set there are as many bits as items. A word that occurs twice carries over into another bit, which never
    # makes more of them, so that all rows can be checked together first.
    ones = packed.bitwise_count_ones()
    are_sets = ones.sum() == len(bits) or not (ones != cells.list.len()).any()
    return (packed.set(cells.is_null(), None) if cells.null_count() else packed), are_sets


def bits_dtype(words: int) -> pl.DataType:
    """Return the integer type that has a bit for each of so many words."""
    return pl.UInt32() if words <= 32 else pl.UInt64()


class NameLists:
    """A list of names for each row: those whose node is true there."""

    def __init__(self, nodes: Mapping[str, Node], dtype: pl.DataType) -> None:
        """`dtype` is the type of the lists, whichever names have a node: it is the same for every table."""
        assert isinstance(dtype, pl.List)
        assert isinstance(dtype.inner, pl.Enum)
        self.dtype = dtype
        codes = {name: code for code, name in enumerate(dtype.inner.categories)}
        names = [name for name in codes if nodes.get(name, FALSE) != FALSE]
        groups = [names[start : start + BYTE] for start in range(0, len(names), BYTE)]
        weights = [[(nodes[name], 1 << bit) for bit, name in enumerate(group)] for group in groups]
        zero = pl.repeat(0, pl.len(), dtype=pl.UInt8)
        self._bytes = [
            pl.sum_horizontal(zero, *(_weight(node, weight) for node, weight in group)).alias(str(index))
            for index, group in enumerate(weights)
        ]
        # Each name has a bit in a row; the bits that are left over in the last byte are never set.
        padding = [0] * (BYTE * len(groups) - len(names))
        row = pl.Series([codes[name] for name in names] + padding, dtype=pl.UInt32)
        self._codes = _to_arrow(row.cast(pl.Series([], dtype=dtype.inner).to_physical().dtype))

    def build(self, table: pl.DataFrame) -> pl.Series:
        """Return the lists of a table's rows."""
        if not self._bytes or not table.height:
            return pl.Series([[]], dtype=self.dtype).new_from_index(0, table.height)
        bytes_ = table.lazy().select(self._bytes).collect(optimizations=pl.QueryOptFlags.none())
        bits = _to_booleans(bytes_.select(pl.concat_arr(pl.all())).to_series().explode())
        lengths = bytes_.select(pl.sum_horizontal(pl.all().bitwise_count_ones())).to_series().cast(pl.Int64)
        offsets = pl.concat([pl.Series([0], dtype=pl.Int64), lengths.cum_sum()], rechunk=True)
        codes = self._repeat_codes(table.height).filter(bits)
        lists = pl.Series(pa.LargeListArray.from_arrays(offsets.to_arrow(), codes.to_arrow()))
        return lists.list.eval(pl.element().cat.to(self.dtype.inner))

    def _repeat_codes(self, height: int) -> pl.Series:
        """Return the codes of all names, once for each row."""
        data = pa.py_buffer(self._codes.buffers()[1].to_pybytes() * height)
        return pl.Series(pa.Array.from_buffers(self._codes.type, len(self._codes) * height, [None, data]))


def _weight(node: Node, weight: int) -> pl.Expr:
    bit, zero = pl.lit(weight, pl.UInt8), pl.lit(0, pl.UInt8)
    if node <= TRUE:
        return bit if node == TRUE else zero
    return pl.when(pl.col(str(node))).then(bit).otherwise(zero)


def _to_booleans(bytes_: pl.Series) -> pl.Series:
    """Return the bits of bytes as booleans, the lowest bit first."""
    array = bytes_.rechunk().to_arrow()
    size, offset = BYTE * len(array), BYTE * array.offset
    return pl.Series(pa.Array.from_buffers(pa.bool_(), size, [None, array.buffers()[1]], 0, offset))


def _to_arrow(numbers: pl.Series) -> pa.Array:
    """Return numbers as an Arrow array whose memory holds these and nothing else."""
    array = numbers.rechunk().to_arrow()
    size = array.type.bit_width // 8
    data = array.buffers()[1].to_pybytes()[array.offset * size : (array.offset + len(array)) * size]
    return pa.Array.from_buffers(array.type, len(array), [None, pa.py_buffer(data)])

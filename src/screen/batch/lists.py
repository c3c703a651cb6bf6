"""Lists of names, one a row, from columns of yes and no.

In: a table in which each column says of each row whether a name belongs on its list. Out: the lists, as one column.
Polars makes such lists cell by cell (36 s for 170 names and a million rows). Here eight columns become a number, each
number stands for the names that it spells, and the rows' numbers one after the other spell the rows (0.5 s).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
import pyarrow as pa

from screen.batch.net import YES, Node

TOGETHER = 8
_NEWEST = pl.CompatLevel.newest()


class Named:
    """A list of names for each row: those whose node is true there."""

    def __init__(self, nodes: Mapping[str, Node], known: Iterable[str]) -> None:
        """With every name that a list may ever hold: tables made from other columns must have the same type."""
        self.names = list(nodes)
        every = list(known)
        place = {name: index for index, name in enumerate(every)}
        self.dtype = pl.List(pl.Enum(every))
        sure = list(nodes.values())
        groups = [sure[start : start + TOGETHER] for start in range(0, len(sure), TOGETHER)]
        self._spelled = _lists(
            [
                [place[self.names[index * TOGETHER + bit]] for bit in range(len(group)) if number >> bit & 1]
                for index, group in enumerate(groups)
                for number in range(1 << TOGETHER)
            ],
            self.dtype,
        )
        self._numbers = [
            pl.sum_horizontal(
                pl.lit(index << TOGETHER, pl.UInt16), *(_weight(node, 1 << bit) for bit, node in enumerate(group))
            ).alias(str(index))
            for index, group in enumerate(groups)
        ]

    def of(self, table: pl.DataFrame) -> pl.Series:
        """Return the lists of a table's rows."""
        if not self.names or not table.height:
            return pl.Series([[]], dtype=self.dtype).new_from_index(0, table.height)
        numbers = table.lazy().select(self._numbers).collect(optimizations=pl.QueryOptFlags.none())
        one_after_other = numbers.select(pl.concat_arr(pl.all())).to_series().explode()
        pieces = self._spelled.gather(one_after_other).to_arrow(compat_level=_NEWEST)
        # The pieces of a row lie side by side, so that only where each row begins is left to say.
        begins = pl.Series(pieces.offsets).gather_every(len(self._numbers))
        # The type says that these words are an enumeration; without it they would be made one word by word.
        return pl.Series(pa.LargeListArray.from_arrays(begins.to_arrow(), pieces.values, type=pieces.type))


def _lists(numbers: Sequence[Sequence[int]], dtype: pl.List) -> pl.Series:
    """Return lists of words from lists of their numbers."""
    kind = pl.Series([], dtype=dtype).to_arrow(compat_level=_NEWEST).type
    words = pl.Series([one for some in numbers for one in some], dtype=pl.UInt32).cast(_physical(dtype))
    begins = pl.Series([0, *(len(some) for some in numbers)], dtype=pl.Int64).cum_sum()
    values = words.cat.to(dtype.inner).to_arrow(compat_level=_NEWEST)
    return pl.Series(pa.LargeListArray.from_arrays(begins.to_arrow(), values, type=kind))


def _physical(dtype: pl.List) -> pl.DataType:
    """Return the type of the numbers that stand for the words of such lists."""
    return pl.Series([], dtype=dtype.inner).to_physical().dtype


def _weight(node: Node, weight: int) -> pl.Expr:
    some, nothing = pl.lit(weight, pl.UInt16), pl.lit(0, pl.UInt16)
    if node <= YES:
        return some if node == YES else nothing
    return pl.when(pl.col(str(node))).then(some).otherwise(nothing)

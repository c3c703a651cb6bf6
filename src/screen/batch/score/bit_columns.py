"""Columns of yes and no as integers, a bit a row, and back.

In: columns of a table, or integers. Out: the other. The `and` of two integers is the `and` of all rows at once, a
microsecond for a hundred thousand of them; as an expression of Polars each node costs a hundred (docs/decisions/0007).
Left alone: what they mean, and how the compiled law is evaluated with them (`screen.circuit.bit_parallel`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import polars as pl
import pyarrow as pa

Bits = int


def to_bits(column: pl.Series) -> Bits:
    """Return a column of yes and no as a number; the first row is its lowest bit."""
    assert not column.null_count(), "an answer that nobody gave is not a no: each comparison says what null is in it"
    cells = column.to_arrow()
    if not len(cells):
        return 0
    whole: Bits = int.from_bytes(cells.buffers()[1], "little") >> cells.offset
    return whole & all_ones(len(cells))


@lru_cache(4)
def all_ones(height: int) -> Bits:
    """Return the number in which each of so many rows says yes."""
    return (1 << height) - 1


def to_column(bits: Bits, height: int) -> pl.Series:
    """Return a number as a column of so many rows: the opposite of `bits_of`."""
    data = pa.py_buffer(bits.to_bytes((height + 7) // 8, "little"))
    return pl.Series(pa.Array.from_buffers(pa.bool_(), height, [None, data]))


def count_per_row(several: Sequence[Bits], height: int) -> pl.Series:
    """Return of each row how many of these say yes.

    All rows are counted at once, as one counts on paper: a number for the ones of every row, one for the twos, one for
    the fours, and what runs over is carried.
    """
    digits: list[Bits] = []
    for carried in several:
        for place, digit in enumerate(digits):
            digits[place], carried = digit ^ carried, digit & carried
            if not carried:
                break
        if carried:
            digits.append(carried)
    columns = {str(place): to_column(digit, height) for place, digit in enumerate(digits)}
    weights = (
        pl.when(pl.col(name)).then(pl.lit(1 << int(name), pl.UInt16)).otherwise(pl.lit(0, pl.UInt16))
        for name in columns
    )
    nothing = pl.repeat(0, height, dtype=pl.UInt16)
    return pl.DataFrame(columns or None, height=height).select(pl.sum_horizontal(nothing, *weights)).to_series()

"""Boolean columns as integers, a bit a row, and back.

The `and` of two integers is the `and` of all rows at once: a microsecond for a hundred thousand rows, where a Polars
expression for each node costs a hundred (docs/decisions/0007). `screen.circuit.bit_parallel` evaluates the compiled law
with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import polars as pl
import pyarrow as pa

Bits = int


def to_bits(column: pl.Series) -> Bits:
    """Return a boolean column as an integer; the first row is the lowest bit."""
    assert not column.null_count(), "an absent answer is not a no: each comparison decides what null means"
    cells = column.to_arrow()
    if not len(cells):
        return 0
    bits: Bits = int.from_bytes(cells.buffers()[1], "little") >> cells.offset
    return bits & all_ones(len(cells))


@lru_cache(4)
def all_ones(height: int) -> Bits:
    """Return the integer that is true in each of so many rows."""
    return (1 << height) - 1


def to_column(bits: Bits, height: int) -> pl.Series:
    """Return an integer as a boolean column of so many rows: the opposite of `to_bits`."""
    data = pa.py_buffer(bits.to_bytes((height + 7) // 8, "little"))
    return pl.Series(pa.Array.from_buffers(pa.bool_(), height, [None, data]))


def count_per_row(columns: Sequence[Bits], height: int) -> pl.Series:
    """Return for each row how many of these columns are true.

    All rows are counted at once, in binary: an integer holds the ones digit of every row, the next the twos, the next
    the fours, and carries go from digit to digit.
    """
    digits: list[Bits] = []
    for carry in columns:
        for place, digit in enumerate(digits):
            digits[place], carry = digit ^ carry, digit & carry
            if not carry:
                break
        if carry:
            digits.append(carry)
    digit_columns = {str(place): to_column(digit, height) for place, digit in enumerate(digits)}
    weights = (
        pl.when(pl.col(name)).then(pl.lit(1 << int(name), pl.UInt16)).otherwise(pl.lit(0, pl.UInt16))
        for name in digit_columns
    )
    zero = pl.repeat(0, height, dtype=pl.UInt16)
    return pl.DataFrame(digit_columns or None, height=height).select(pl.sum_horizontal(zero, *weights)).to_series()

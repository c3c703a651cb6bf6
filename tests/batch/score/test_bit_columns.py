"""Boolean columns become integers and come back, and rows are counted in them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from screen.batch.score.bit_columns import count_per_row, to_bits, to_column


@given(st.lists(st.lists(st.booleans(), min_size=11, max_size=11), max_size=300))
def test_all_rows_are_counted_at_once_as_they_are_row_by_row(columns: list[list[bool]]) -> None:
    counts = count_per_row([to_bits(pl.Series(column)) for column in columns], 11)
    assert counts.to_list() == [sum(column[row] for column in columns) for row in range(11)]


def test_a_slice_of_a_column_is_read_from_its_offset() -> None:
    column = pl.Series([True, False, True, True, False, True, False, False, True, True, True])
    for start in range(len(column)):
        part = column[start:]
        assert to_column(to_bits(part), len(part)).to_list() == part.to_list()

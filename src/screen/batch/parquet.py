"""Parquet files of one layout made into one, without decoding anything.

In: whole Parquet files, part by part. Out: their row groups as bytes to put one after the other, and at the end the
footer that says where each of them stands. Ten million findings are so written once, a part at a time, and never again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from screen.batch.thrift import I64, LIST, STRUCT, Struct, parsed, written

MAGIC = b"PAR1"
# The numbers that parquet.thrift gives the fields in which a footer says where something stands.
_ROWS, _GROUPS = 3, 4
_COLUMNS, _GROUP_AT, _ORDINAL = 1, 5, 7
_CHUNK_AT, _META, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6
_PAGES, _INDEX_PAGE, _DICTIONARY, _BLOOM = 9, 10, 11, 14


def split(file: bytes) -> tuple[bytes, bytes]:
    """Return the row groups of a Parquet file as they lie there, and its footer."""
    assert file[:4] == MAGIC == file[-4:], "no Parquet file"
    size = int.from_bytes(file[-8:-4], "little")
    return file[4 : -8 - size], file[-8 - size : -8]


def end_of(footers: Iterable[tuple[int, bytes]]) -> bytes:
    """Return the end of the file into which parts were put: each part's place in it comes with the part's footer.

    The first part stands at 0, with the four letters that every file begins with; the others come without.
    """
    whole: Struct | None = None
    groups: list[Struct] = []
    rows = 0
    for place, footer in footers:
        part = parsed(footer)
        whole = part if whole is None else whole
        rows += part[_ROWS][1]
        for group in part[_GROUPS][1][1]:
            groups.append(_moved(group, max(0, place - len(MAGIC)), len(groups)))
    assert whole is not None, "a file has one part at least, if only to say its columns"
    footer = written({**whole, _ROWS: (I64, rows), _GROUPS: (LIST, (STRUCT, groups))})
    return footer + len(footer).to_bytes(4, "little") + MAGIC


def _moved(group: Struct, by: int, ordinal: int) -> Struct:
    """Return a row group that stands so many bytes further on."""
    _shift(group, _GROUP_AT, by)
    if _ORDINAL in group:
        group[_ORDINAL] = (group[_ORDINAL][0], ordinal)
    for column in group[_COLUMNS][1][1]:
        for field in (_CHUNK_AT, _OFFSET_INDEX, _COLUMN_INDEX):
            _shift(column, field, by)
        if _META in column:
            for field in (_PAGES, _INDEX_PAGE, _DICTIONARY, _BLOOM):
                _shift(column[_META][1], field, by)
    return group


def _shift(fields: dict[int, tuple[int, Any]], field: int, by: int) -> None:
    if field in fields and (field != _CHUNK_AT or fields[field][1]):
        kind, value = fields[field]
        fields[field] = (kind, value + by)

"""Simulated cases as JSON Lines, CSV or Parquet, a block of cases at a time.

A block has columns, each a code for every case and the value of each code. The text of a value is made once and looked
up for every case that has it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate, chain, islice, repeat
from typing import TYPE_CHECKING, BinaryIO, TextIO

from screen.batch.cells import EMPTY_SET, ID, SET_SEPARATOR, TYPES_WITHOUT_UNKNOWN
from screen.case.evidence import CodedColumn
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN, to_plain
from screen.rulebook.model import RuleBook
from screen.rulebook.terms import Value

# Polars and Arrow are imported where they are used: JSON Lines and CSV are written without them.
if TYPE_CHECKING:
    import polars as pl

    from screen.batch.layout import Layout

#: The columns of some cases, by name.
CaseBlock = Mapping[str, CodedColumn]
#: Blocks that are held in memory, and are a row group of a Parquet file.
_BLOCKS_PER_TABLE = 16


def encode_json_lines(blocks: Iterable[CaseBlock], book: RuleBook) -> Iterator[str]:
    """Yield each block as JSON Lines that are quick to read: a column of sets, numbers or days has no words in it."""
    members = _JsonMembers(book)
    for block in blocks:
        columns = [
            map([members.text(name, value) for value in values].__getitem__, codes)
            for name, (codes, values) in block.items()
        ]
        yield "".join(chain.from_iterable(zip(*columns, repeat("}\n"), strict=False)))


class _JsonMembers:
    """The members of a JSON object, each text made once."""

    def __init__(self, book: RuleBook) -> None:
        self.book, self.texts = book, dict[tuple[str, Value], str]()

    def text(self, name: str, value: Value | None) -> str:
        """Return a member of a line's object, with what comes before it; nothing where nobody was asked."""
        if value is None:
            return ""
        if name == ID:
            return f'{{"{ID}":{json.dumps(value)}'
        if (name, value) not in self.texts:
            is_marked = value is Answer.UNKNOWN and self.book.facts[name].type in TYPES_WITHOUT_UNKNOWN
            member = {f"{name}.{UNKNOWN}": True} if is_marked else {name: to_plain(value)}
            self.texts[name, value] = "," + json.dumps(member, separators=(",", ":"))[1:-1]
        return self.texts[name, value]


def write_csv(file: TextIO, blocks: Iterable[CaseBlock], book: RuleBook) -> None:
    """Write blocks as CSV, the columns in the order of the interview."""
    rows = csv.writer(file, lineterminator="\n")
    for index, block in enumerate(blocks):
        names = _ordered_names(block, book)
        if index == 0:
            rows.writerow(names)
        columns = [([_csv_cell(value) for value in values], codes) for codes, values in map(block.__getitem__, names)]
        rows.writerows(zip(*(map(cells.__getitem__, codes) for cells, codes in columns), strict=True))


def _csv_cell(value: Value | None) -> object:
    if isinstance(value, frozenset):
        return SET_SEPARATOR.join(sorted(value)) or EMPTY_SET
    return None if value is None else to_plain(value)


def write_parquet(file: BinaryIO, blocks: Iterable[CaseBlock], book: RuleBook) -> None:
    """Write blocks as a Parquet file, with `f.unknown` where the type of a fact cannot say unknown."""
    import pyarrow.parquet as pq

    from screen.batch.layout import Layout

    layout, remaining = Layout(book), iter(blocks)
    with ExitStack() as stack:
        writer = None
        while group := list(islice(remaining, _BLOCKS_PER_TABLE)):
            table = _to_frame(group, layout).to_arrow()
            writer = writer or stack.enter_context(pq.ParquetWriter(file, table.schema, compression="zstd"))
            writer.write_table(table)


def _to_frame(blocks: Sequence[CaseBlock], layout: Layout) -> pl.DataFrame:
    """Return blocks as one table, the columns in the order of the interview."""
    import polars as pl

    columns: list[pl.Series] = []
    for name in _ordered_names(blocks[0], layout.book):
        codes, values = _concatenate([block[name] for block in blocks])
        columns += [cells.gather(codes) for cells in _cells_by_code(name, values, layout)]
    return pl.DataFrame(columns)


def _concatenate(columns: Sequence[CodedColumn]) -> tuple[pl.Series, Sequence[Value | None]]:
    """Return a column of several blocks as one: its codes, and the value of each code."""
    import polars as pl
    import pyarrow as pa

    shared = columns[0][1]
    if all(isinstance(codes, bytes) and values is shared for codes, values in columns):
        data = b"".join(bytes(codes) for codes, _ in columns)
        # Polars would look at each byte by itself: a hundred times the work of taking the memory as it is.
        return pl.Series(pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])), shared
    offsets = accumulate((len(values) for _, values in columns), initial=0)
    codes = [offset + code for offset, (codes, _) in zip(offsets, columns, strict=False) for code in codes]
    return pl.Series(codes, dtype=pl.UInt32), [value for _, values in columns for value in values]


def _cells_by_code(name: str, values: Sequence[Value | None], layout: Layout) -> Iterator[pl.Series]:
    """Yield the cell of each code, and then that of `f.unknown` where the type of the fact cannot say unknown."""
    column = layout.column(name)
    if column is None:
        yield layout.frame_from_cells({name: list(values)}).to_series()
        return
    cells = [{} if value is None else layout.cells_for(column, value) for value in values]
    has_mark = column.role == "answer" and column.fact.type in TYPES_WITHOUT_UNKNOWN
    for column_name in (name, f"{name}.{UNKNOWN}") if has_mark else (name,):
        yield layout.frame_from_cells({column_name: [cell.get(column_name) for cell in cells]}).to_series()


def _ordered_names(block: CaseBlock, book: RuleBook) -> list[str]:
    return [name for fact in (ID, *book.facts) for name in (fact, f"{fact}.source") if name in block]

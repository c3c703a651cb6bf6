"""Cases in coded columns as JSON Lines, CSV or Parquet, a block of cases at a time.

In: blocks of columns, each a code for every case and what each code says. Out: text, or bytes in an open file. An
answer is spelled once and looked up for every case that gives it. JSON Lines need no package: Polars and Arrow are
imported where they are used.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate, chain, islice, repeat
from typing import TYPE_CHECKING, BinaryIO, TextIO

from screen.batch.cells import ID, TYPES_WITHOUT_UNKNOWN
from screen.case.evidence import CodedColumn
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN, to_plain
from screen.rulebook.model import RuleBook
from screen.rulebook.terms import Value

if TYPE_CHECKING:
    import polars as pl

    from screen.batch.layout import Layout

#: The columns of some cases, by name.
CaseBlock = Mapping[str, CodedColumn]
#: Blocks that are held in memory, and stand together in a Parquet file.
_AT_ONCE = 16


def encode_json_lines(blocks: Iterable[CaseBlock], book: RuleBook) -> Iterator[str]:
    """Yield each block as JSON Lines that are read quickly: a column of sets, numbers or days has no words in it."""
    spell = _Spelling(book)
    for block in blocks:
        columns = [
            map([spell.member(name, value) for value in values].__getitem__, codes)
            for name, (codes, values) in block.items()
        ]
        yield "".join(chain.from_iterable(zip(*columns, repeat("}\n"), strict=False)))


class _Spelling:
    """How JSON Lines spell an answer, each worked out once."""

    def __init__(self, book: RuleBook) -> None:
        self.book, self.known = book, dict[tuple[str, Value], str]()

    def member(self, name: str, value: Value | None) -> str:
        """Return a member of the object that is a line, with what stands before it; nothing where nothing is said."""
        if value is None:
            return ""
        if name == ID:
            return f'{{"{ID}":{json.dumps(value)}'
        if (name, value) not in self.known:
            wordless = value is Answer.UNKNOWN and self.book.facts[name].type in TYPES_WITHOUT_UNKNOWN
            cell = {f"{name}.{UNKNOWN}": True} if wordless else {name: to_plain(value)}
            self.known[name, value] = "," + json.dumps(cell, separators=(",", ":"))[1:-1]
        return self.known[name, value]


def write_csv(file: TextIO, blocks: Iterable[CaseBlock], book: RuleBook) -> None:
    """Write blocks as CSV, the columns in the order of the interview."""
    from screen.batch.input.typed_columns import EMPTY_SET, SET_SEPARATOR

    def cell(value: Value | None) -> object:
        if isinstance(value, frozenset):
            return SET_SEPARATOR.join(sorted(value)) or EMPTY_SET
        return None if value is None else to_plain(value)

    rows = csv.writer(file, lineterminator="\n")
    for at, block in enumerate(blocks):
        names = _in_order(block, book)
        if at == 0:
            rows.writerow(names)
        columns = [([cell(value) for value in values], codes) for codes, values in map(block.__getitem__, names)]
        rows.writerows(zip(*(map(cells.__getitem__, codes) for cells, codes in columns), strict=True))


def write_parquet(file: BinaryIO, blocks: Iterable[CaseBlock], book: RuleBook) -> None:
    """Write blocks as a Parquet file, with `f.unknown` where a fact has no word for unknown."""
    import pyarrow.parquet as pq

    from screen.batch.layout import Layout

    layout, rest = Layout(book), iter(blocks)
    with ExitStack() as stack:
        writer = None
        while some := list(islice(rest, _AT_ONCE)):
            table = _table(some, layout).to_arrow()
            writer = writer or stack.enter_context(pq.ParquetWriter(file, table.schema, compression="zstd"))
            writer.write_table(table)


def _table(blocks: Sequence[CaseBlock], layout: Layout) -> pl.DataFrame:
    """Return blocks as one table, the columns in the order of the interview."""
    import polars as pl

    columns: list[pl.Series] = []
    for name in _in_order(blocks[0], layout.book):
        codes, values = _together([block[name] for block in blocks])
        columns += [said.gather(codes) for said in _said(name, values, layout)]
    return pl.DataFrame(columns)


def _together(columns: Sequence[CodedColumn]) -> tuple[pl.Series, Sequence[Value | None]]:
    """Return a column of several blocks as one, its codes as a series."""
    import polars as pl
    import pyarrow as pa

    values = columns[0][1]
    if all(isinstance(codes, bytes) and says is values for codes, says in columns):
        codes = b"".join(bytes(codes) for codes, _ in columns)
        # Polars would look at each byte by itself: a hundred times the work of taking them as they lie.
        return pl.Series(pa.Array.from_buffers(pa.uint8(), len(codes), [None, pa.py_buffer(codes)])), values
    before = accumulate((len(says) for _, says in columns), initial=0)
    moved = [at + code for at, (codes, _) in zip(before, columns, strict=False) for code in codes]
    return pl.Series(moved, dtype=pl.UInt32), [value for _, says in columns for value in says]


def _said(name: str, values: Sequence[Value | None], layout: Layout) -> Iterator[pl.Series]:
    """Yield what each code says as cells, and then as those of `f.unknown` where the fact has no word for it."""
    column = layout.column(name)
    if column is None:
        yield layout.frame_from_cells({name: list(values)}).to_series()
        return
    cells = [{} if value is None else layout.cells_for(column, value) for value in values]
    wordless = column.role == "answer" and column.fact.type in TYPES_WITHOUT_UNKNOWN
    for one in (name, f"{name}.{UNKNOWN}") if wordless else (name,):
        yield layout.frame_from_cells({one: [cell.get(one) for cell in cells]}).to_series()


def _in_order(block: CaseBlock, book: RuleBook) -> list[str]:
    return [name for fact in (ID, *book.facts) for name in (fact, f"{fact}.source") if name in block]

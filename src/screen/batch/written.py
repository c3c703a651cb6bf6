"""Cases written as records: their schemas for programs, a table to fill in for people, tables of cases."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any, BinaryIO, TextIO

import polars as pl

from screen.batch.casefiles import Gathered
from screen.batch.cells import CREDIBILITY, ID, PROFILE, SAID, record_of, row_of, sources_of
from screen.batch.checked import BETWEEN, EMPTY
from screen.batch.columns import Layout
from screen.case import Case
from screen.language.answers import UNKNOWN
from screen.language.terms import RuleBook

_AT_ONCE = 20_000  # cases that are held in memory


def schema_text(book: RuleBook) -> str:
    """Return both schemas as one JSON text: of a record of JSON Lines, and of the columns of an Arrow table."""
    layout = Layout(book)
    record = layout.json_schema()
    record["properties"][PROFILE] = {"enum": [*book.profiles, None]}
    fields = layout.arrow_schema(beside=(UNKNOWN, CREDIBILITY, "source", "note", "date"))
    arrow = [{"name": one.name, "type": str(one.type), "nullable": one.nullable} for one in fields]
    arrow.insert(1, {"name": PROFILE, "type": "string", "nullable": True})
    whole: dict[str, Any] = {
        "spelling": {
            "csv": {
                "nobody was asked": "", "unknown": UNKNOWN, "no option of a set": EMPTY, "a set": f"one{BETWEEN}other",
            },
            "jsonl": {
                "nobody was asked": None, "unknown": UNKNOWN, "no option of a set": [], "a set": ["one", "other"],
            },
            "parquet": {
                "nobody was asked": None, "no option of a set": [], "a set": ["one", "other"],
                "unknown": f"the word {UNKNOWN}; beside a set, a number or a date f the column f.{UNKNOWN}: true",
            },
        },
        "json_schema": record,
        "arrow_schema": arrow,
    }  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def template_text(book: RuleBook) -> str:
    """Return a CSV to fill in: the names of the columns, and a first case in which nobody was asked anything."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow([ID, PROFILE, *book.facts])
    rows.writerow(["CASE-0001", book.default_profile, *("" for _ in book.facts)])
    return file.getvalue()


def write_parquet(file: BinaryIO, book: RuleBook, columns: Collection[str], cases: Iterable[Case]) -> None:
    """Write cases as a Parquet file with these columns, and `f.unknown` where a fact has no such word.

    A few are held in memory at a time, so that the columns must be known before the first case is.
    """
    import pyarrow.parquet as pq

    layout, rest = Layout(book), iter(cases)
    names = _in_order(layout, {*columns, *(f"{name}.{UNKNOWN}" for name in columns)})
    schema = {name: layout.dtype(name) for name in names}
    with pq.ParquetWriter(file, pl.DataFrame(schema=schema).to_arrow().schema, compression="zstd") as writer:
        while some := list(islice(rest, _AT_ONCE)):
            rows = Gathered()
            for case in some:
                rows.add(row_of(case.name, case.given, book) | sources_of(case.given))
            cells = rows.whole().cells
            table = layout.table({name: cells.get(name) or [None] * rows.height for name in names})
            writer.write_table(table.to_arrow())


def write_csv(file: TextIO, book: RuleBook, columns: Collection[str], cases: Iterable[Case]) -> None:
    """Write cases as CSV with these columns, one after the other."""
    rows = csv.DictWriter(file, _in_order(Layout(book), columns), lineterminator="\n")
    rows.writeheader()
    for case in cases:
        record = record_of(case.name, case.given)
        rows.writerow({name: _text(cell) for name, cell in record.items()})


def _in_order(layout: Layout, columns: Collection[str]) -> list[str]:
    return [name for name in layout.names(beside=(UNKNOWN, CREDIBILITY, *SAID)) if name == ID or name in columns]


def _text(cell: Any) -> Any:
    return (BETWEEN.join(cell) or EMPTY) if isinstance(cell, list) else cell

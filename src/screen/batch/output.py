"""Findings as bytes: Parquet, CSV or JSON Lines, the text packed or not.

In: a table of findings. Out: the bytes that it adds to the output; put one after the other they are the whole file.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screen.batch import parquet
from screen.batch.sources import PACKED
from screen.mistake import Mistake, Mistakes
from screen.place import Place

if TYPE_CHECKING:
    import polars as pl

FORMS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
BETWEEN = ";"


@dataclass(frozen=True, slots=True)
class Form:
    """What an output is: its format, and how it is packed."""

    name: str
    packed: str | None

    def part(self, table: pl.DataFrame, *, first: bool) -> tuple[bytes, bytes]:
        """Return what a table adds to the file, and the footer that Parquet keeps of it; `first` comes with a head."""
        import polars as pl  # whether a name will do is asked before anything large is loaded
        import pyarrow as pa

        file = io.BytesIO()
        if self.name == "parquet":
            table.write_parquet(file, compression="zstd", compression_level=1, row_group_size=max(1, table.height))
            groups, footer = parquet.split(file.getvalue())
            return (parquet.MAGIC + groups if first else groups), footer
        if self.name == "csv":
            lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
            # A cell that begins with = + - or @ would be run by a spreadsheet: a name begins with a letter or a digit,
            # and every other word here is the rule book's own.
            text = table.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(BETWEEN) for name in lists)
            text.write_csv(file, include_header=first)
        else:
            table.write_ndjson(file)
        data = file.getvalue()
        return (pa.Codec(self.packed).compress(data, asbytes=True) if self.packed and data else data), b""


def form_of(name: str) -> Form:
    """Return the format that a file's ending names, in small letters or in capitals. Raises Mistakes."""
    base, packed = name.lower(), None
    for ending, codec in PACKED.items():
        if base.endswith(ending):
            base, packed = base.removesuffix(ending), codec
    form = next((form for ending, form in FORMS.items() if base.endswith(ending)), None)
    if form is None or (packed and form == "parquet"):
        remedy = "Known: .parquet, .csv, .jsonl, and .gz or .zst after the last two."
        raise Mistakes([Mistake(Place(name), "unknown-output-format", "its ending names no format.", remedy)])
    return Form(form, packed)

"""Records of a few lines read without being scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.chunks import read_chunks
from screen.batch.input.rejects import Reject
from screen.batch.input.sources import CaseSource
from tests.real_law import the_law


def read(path: Path, form: Any, packed: str | None = None, **options: Any) -> tuple[int, list[str], list[Reject]]:
    """Return the number of records of a file, the names of the usable ones, and the rejects of the others."""
    reader = ChunkReader(the_law(), **options)
    count, names, rejects = 0, list[str](), list[Reject]()
    for chunk in read_chunks(CaseSource(str(path), form, packed), lambda _: True, reader.layout.word_columns):
        result = reader.read(chunk)
        assert result.count == result.frame.height + len({reject.row for reject in result.rejects}), "a record is lost"
        count, names, rejects = count + result.count, names + result.frame["id"].to_list(), rejects + result.rejects
    return count, names, rejects


def codes(rejects: list[Reject]) -> list[tuple[str, str | None, int | None]]:
    """Return the code, column and line of each reject."""
    return [(reject.code, reject.column, reject.line) for reject in rejects]


def frame_of(path: Path, form: Any) -> pl.DataFrame:
    """Return the table of a file with a single chunk."""
    reader = ChunkReader(the_law())
    (chunk,) = read_chunks(CaseSource(str(path), form), lambda _: True, reader.layout.word_columns)
    return reader.read(chunk).frame

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
    """Return how many records a file has, the names of those that can be used, and what is wrong with the others."""
    reader = ChunkReader(the_law(), **options)
    count, names, rejects = 0, list[str](), list[Reject]()
    for chunk in read_chunks(CaseSource(str(path), form, packed), lambda _: True, reader.layout.word_columns):
        one = reader.read(chunk)
        assert one.count == one.frame.height + len({reject.row for reject in one.rejects}), "a record is lost"
        count, names, rejects = count + one.count, names + one.frame["id"].to_list(), rejects + one.rejects
    return count, names, rejects


def codes(rejects: list[Reject]) -> list[tuple[str, str | None, int | None]]:
    """Return what is told of rejects: code, column, line."""
    return [(one.code, one.column, one.line) for one in rejects]


def frame_of(path: Path, form: Any) -> pl.DataFrame:
    """Return the one table that a small file comes to."""
    reader = ChunkReader(the_law())
    (chunk,) = read_chunks(CaseSource(str(path), form), lambda _: True, reader.layout.word_columns)
    return reader.read(chunk).frame

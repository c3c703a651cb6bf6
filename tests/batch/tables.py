"""Cases of the real book, and of a small one, written down in every form that a batch reads."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from screen.batch.cells import row_from_case
from screen.batch.layout import Layout
from screen.case.case_file import Case, new_case, text_of_case
from screen.case.evidence import RecordedAnswer
from screen.rulebook.model import RuleBook
from tests.real_law import random_case, random_cases, the_law
from tests.rulebook.small_book import good_book

Cases = Mapping[str, Mapping[str, RecordedAnswer]]


def cases(count: int, seed: str = "cases") -> dict[str, dict[str, RecordedAnswer]]:
    """Return so many cases by name."""
    return {f"C-{number:05}": dict(given) for number, given in enumerate(random_cases(count, seed))}


def small_cases(count: int, seed: str = "cases") -> dict[str, dict[str, RecordedAnswer]]:
    """Return so many cases of the small book, whose tables have a tenth of the columns."""
    draw = random.Random(seed)
    return {f"C-{number:05}": random_case(good_book(), (), draw) for number in range(count)}


def records(some: Cases, book: RuleBook | None = None) -> list[dict[str, Any]]:
    """Return cases as records of JSON Lines: what nobody was asked does not stand there."""
    layout = Layout(book or the_law())
    rows = [row_from_case(name, given, layout.book) for name, given in some.items()]
    return [{key: plain(cell) for key, cell in row.items() if cell is not None} for row in rows]


def plain(cell: Any) -> Any:
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def as_jsonl(path: Path, some: Cases, book: RuleBook | None = None) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in records(some, book)), encoding="utf-8")
    return path


def as_parquet(path: Path, some: Cases, **options: Any) -> Path:
    Layout(the_law()).frame_from_cases(some).write_parquet(path, **options)
    return path


def as_csv(path: Path, some: Cases) -> Path:
    frame = Layout(the_law()).frame_from_cases(some)
    cells = []
    for name in frame.columns:
        if name.endswith(".unknown"):
            continue
        column = frame[name]
        if isinstance(column.dtype, pl.List):
            text = column.cast(pl.List(pl.String))
            written = [None if one is None else ";".join(one) or "[]" for one in text.to_list()]
        else:
            written = [
                None if one is None else str(int(one) if column.dtype.is_float() else one) for one in column.to_list()
            ]
        if f"{name}.unknown" in frame.columns:
            marks = frame[f"{name}.unknown"].to_list()
            written = ["unknown" if mark else one for one, mark in zip(written, marks, strict=True)]
        cells.append(pl.Series(name, written, dtype=pl.String))
    pl.DataFrame(cells).write_csv(path)
    return path


def as_files(folder: Path, some: Cases) -> Path:
    folder.mkdir(exist_ok=True)
    for number, (name, given) in enumerate(some.items()):
        ending = ".json" if number % 5 == 0 else ".yaml"
        path = folder / f"{name}{ending}"
        new_case(path, text_of_case(path, Case(name, with_reasons(given))))
    return folder


def with_reasons(given: Mapping[str, RecordedAnswer]) -> dict[str, RecordedAnswer]:
    """Return answers as a case file may hold them: a judgement says why, which a table leaves out."""
    judged = {name for name in given if the_law().facts[name].judgement}
    return {name: replace(one, note="because") if name in judged else one for name, one in given.items()}

"""Random cases of the real rule book, and of a small one, in every format that a batch reads."""

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
from screen.case.case_file import Case
from screen.case.case_text import format_case
from screen.case.evidence import RecordedAnswer
from screen.case.writer import write_new_case
from screen.rulebook.model import RuleBook
from tests.real_law import random_case, random_cases, the_law
from tests.rulebook.small_book import good_book

Cases = Mapping[str, Mapping[str, RecordedAnswer]]


def cases(count: int, seed: str = "cases") -> dict[str, dict[str, RecordedAnswer]]:
    """Return random cases by name."""
    return {f"C-{number:05}": dict(given) for number, given in enumerate(random_cases(count, seed))}


def small_cases(count: int, seed: str = "cases") -> dict[str, dict[str, RecordedAnswer]]:
    """Return random cases of the small book, whose tables have a tenth of the columns."""
    draw = random.Random(seed)
    return {f"C-{number:05}": random_case(good_book(), (), draw) for number in range(count)}


def records(cases_by_name: Cases, book: RuleBook | None = None) -> list[dict[str, Any]]:
    """Return cases as records of JSON Lines, without what nobody was asked."""
    layout = Layout(book or the_law())
    rows = [row_from_case(name, given, layout.book) for name, given in cases_by_name.items()]
    return [{key: plain(cell) for key, cell in row.items() if cell is not None} for row in rows]


def plain(cell: Any) -> Any:
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def as_jsonl(path: Path, cases_by_name: Cases, book: RuleBook | None = None) -> Path:
    lines = [json.dumps(record) + "\n" for record in records(cases_by_name, book)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def as_parquet(path: Path, cases_by_name: Cases, book: RuleBook | None = None, **options: Any) -> Path:
    Layout(book or the_law()).frame_from_cases(cases_by_name).write_parquet(path, **options)
    return path


def as_csv(path: Path, cases_by_name: Cases, book: RuleBook | None = None) -> Path:
    frame = Layout(book or the_law()).frame_from_cases(cases_by_name)
    cells = []
    for name in frame.columns:
        if name.endswith(".unknown"):
            continue
        column = frame[name]
        if isinstance(column.dtype, pl.List):
            lists = column.cast(pl.List(pl.String)).to_list()
            texts = [None if words is None else ";".join(words) or "[]" for words in lists]
        else:
            texts = [
                None if cell is None else str(int(cell) if column.dtype.is_float() else cell)
                for cell in column.to_list()
            ]
        if f"{name}.unknown" in frame.columns:
            marks = frame[f"{name}.unknown"].to_list()
            texts = ["unknown" if mark else text for text, mark in zip(texts, marks, strict=True)]
        cells.append(pl.Series(name, texts, dtype=pl.String))
    pl.DataFrame(cells).write_csv(path)
    return path


def as_files(folder: Path, cases_by_name: Cases, book: RuleBook | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    for number, (name, given) in enumerate(cases_by_name.items()):
        ending = ".json" if number % 5 == 0 else ".yaml"
        path = folder / f"{name}{ending}"
        write_new_case(path, format_case(path, Case(name, with_reasons(given, book))))
    return folder


def with_reasons(given: Mapping[str, RecordedAnswer], book: RuleBook | None = None) -> dict[str, RecordedAnswer]:
    """Return answers as a case file may hold them: a judgement has a reason, which a table leaves out."""
    judged = {name for name in given if (book or the_law()).facts[name].judgement}
    return {name: replace(answer, note="because") if name in judged else answer for name, answer in given.items()}

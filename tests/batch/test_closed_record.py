"""A batch on open and closed records: what a row means, and the columns that look ahead."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from screen.batch.input.case_files import CaseFileReader, case_of_row
from screen.batch.input.sources import find_sources
from screen.batch.options import BatchOptions
from screen.batch.pipeline import run_batch
from tests.batch.input.test_sources import nothing
from tests.real_law import the_law

#: A North Korean about whom nothing else is said: nothing is decided, and silence settles who bears what.
CSV = "id,record.state,country_of_origin\na,,KP\nb,open,KP\nc,closed,KP\n"
JSON_LINES = '{"id": "a", "country_of_origin": "KP"}\n' + "".join(
    f'{{"id": "{name}", "record.state": "{state}", "country_of_origin": "KP"}}\n'
    for name, state in (("b", "open"), ("c", "closed"))
)
COLUMNS = ("record.state", "outside_country", "outside_country_closed", "recommendation", "recommendation_closed")


def run(folder: Path, name: str, text: str | None = None, *, closed: bool = False) -> pl.DataFrame:
    if text is None:
        pl.read_csv(folder / "c.csv").write_parquet(folder / name)
    else:
        (folder / name).write_text(text)
    out = folder / f"out-{closed}.parquet"
    options = BatchOptions(
        find_sources([str(folder / name)], None), out, folder / "r.jsonl", columns=COLUMNS, closed=closed
    )
    run_batch(the_law(), options, nothing)
    return pl.read_parquet(out)


@pytest.mark.parametrize("name", ["c.csv", "c.jsonl", "c.parquet"])
def test_each_record_counts_as_its_row_says_and_beside_it_stands_the_closed_record(tmp_path: Path, name: str) -> None:
    (tmp_path / "c.csv").write_text(CSV)
    table = run(tmp_path, name, {"c.csv": CSV, "c.jsonl": JSON_LINES}.get(name))
    assert table["record.state"].to_list() == ["open", "open", "closed"]
    assert table["outside_country"].to_list() == ["undetermined", "undetermined", "not_met"]
    assert table["outside_country_closed"].to_list() == ["not_met"] * 3
    assert table["recommendation"][2] == table["recommendation_closed"][2]


def test_every_record_can_be_taken_for_closed(tmp_path: Path) -> None:
    table = run(tmp_path, "c.csv", CSV, closed=True)
    assert set(table["record.state"]) == {"closed"}
    assert set(table["outside_country"]) == {"not_met"}


def test_a_record_is_neither_half_open_nor_ajar(tmp_path: Path) -> None:
    for name, text in (
        ("c.csv", "id,record.state\na,ajar\n"),
        ("c.jsonl", '{"id": "a", "record.state": "ajar"}\n{"id": "b", "record.state": 1}\n'),
    ):
        assert run(tmp_path, name, text).is_empty()
        assert '"code": "not-a-choice"' in (tmp_path / "r.jsonl").read_text()
        for written in (tmp_path / "r.jsonl", tmp_path / "out-False.parquet"):
            written.unlink()


def test_a_case_file_with_a_closed_record_is_scored_on_it_and_a_day_to_come_is_a_reject(tmp_path: Path) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    for name, record in (
        ("open", ""),
        ("closed", "record: {state: closed, by: A. Officer, on: 2026-10-09}\n"),
        ("too-soon", "record: {state: closed, by: A. Officer, on: 2026-10-11}\n"),
    ):
        (folder / f"{name}.yaml").write_text(f"format: 1\ncase: {name}\n{record}facts:\n  country_of_origin: KP\n")
    options = BatchOptions(
        find_sources([str(folder)], None),
        tmp_path / "o.parquet",
        tmp_path / "r.jsonl",
        columns=COLUMNS,
        today=date(2026, 10, 10),
    )
    run_batch(the_law(), options, nothing)
    table = pl.read_parquet(tmp_path / "o.parquet")
    assert dict(zip(table["id"], table["outside_country"], strict=True)) == {
        "open": "undetermined",
        "closed": "not_met",
    }
    assert '"code": "bad-date"' in (tmp_path / "r.jsonl").read_text()


def test_determinations_of_a_batch_speak_of_the_record_of_their_case(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "format: 1\ncase: c\nrecord: {state: closed, by: A. Officer, on: 2026-10-09}\nfacts:\n  country_of_origin: KP\n"
    )
    reader = CaseFileReader(the_law(), keep_annotations=True)
    row = reader.read_files([str(tmp_path / "c.yaml")]).columns
    case = case_of_row({name: cells[0] for name, cells in row.items()}, the_law())
    assert (case.record.is_closed, case.record.by, case.record.on) == (True, "A. Officer", date(2026, 10, 9))

"""A batch on open and closed records: what a row means, and the columns that look ahead."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

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

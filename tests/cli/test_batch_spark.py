"""What cannot be asked of Spark is refused before it starts, with what to do instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from screen.cli.app import app
from screen.mistake import Mistakes


def asked(*more: str) -> Mistakes:
    """Return what a command in Spark is refused for."""
    found = CliRunner().invoke(app, ["batch", *more, "--engine", "spark"])
    assert isinstance(found.exception, Mistakes), found.output
    return found.exception


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--resume"], "--resume"),
        (["--shard", "1/2"], "--shard"),
        (["--jobs", "2"], "--jobs"),
        (["--reports", "r"], "--reports"),
        (["-", "--format", "csv"], "-"),
    ],
)
def test_what_spark_cannot_be_asked_is_refused_with_what_to_do(tmp_path: Path, options: list[str], told: str) -> None:
    (tmp_path / "c.csv").write_text("id\na\n", encoding="utf-8")
    refused = asked(str(tmp_path / "c.csv"), "--out", str(tmp_path / "o.csv"), *options).all
    assert [(one.code, one.place.file) for one in refused] == [("not-in-spark", told)]
    assert refused[0].remedy
    assert [path.name for path in tmp_path.iterdir()] == ["c.csv"]


def test_an_output_that_cannot_be_written_is_refused_before_spark_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(_: str) -> Any:
        return object()

    monkeypatch.setattr("screen.cli.batch_spark.find_spec", here)
    (tmp_path / "c.csv").write_text("id\na\n", encoding="utf-8")
    (tmp_path / "there.csv").mkdir()
    (tmp_path / "there.csv" / "mine").write_text("keep", encoding="utf-8")
    source = str(tmp_path / "c.csv")
    for out, more, code in (
        ("o.csv.zst", [], "not-in-spark"),
        ("o.xls", [], "unknown-output-format"),
        ("no/o.csv", [], "cannot-write"),
        ("there.csv", [], "already-there"),
        ("there.csv", ["--overwrite"], "already-there"),
        ("o.csv", ["--rejects", str(tmp_path / "o.csv" / "r")], "declared-twice"),
    ):
        refused = asked(source, "--out", str(tmp_path / out), *more).all
        assert code in {one.code for one in refused}, out
    assert asked(source, "--out", "hdfs://host/o.csv").all[0].place.file == "--rejects"
    assert (tmp_path / "there.csv" / "mine").exists()


def test_a_url_is_whole_again_after_it_was_taken_for_a_path() -> None:
    from screen.cli.batch_spark import _url

    for url in ("s3a://bucket/a/found.parquet", "hdfs://host:9000/found.csv", "file:///data/found.csv"):
        assert _url(Path(url)) == url
    for path in ("found.csv", "/data/found.csv", "a:b.csv"):
        assert _url(Path(path)) is None

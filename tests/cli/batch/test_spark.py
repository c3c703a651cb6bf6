"""What cannot be asked of Spark is refused before it starts, with what to do instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from screen.batch.output.preflight import OutputGuard
from screen.cli.app import app
from screen.cli.batch import spark
from screen.diagnostics import DiagnosticsError
from screen.files import open_parent
from tests.batch.tables import as_parquet, cases
from tests.real_law import the_law


def refused_for(*more: str) -> DiagnosticsError:
    """Return what a command in Spark is refused for."""
    result = CliRunner().invoke(app, ["batch", *more, "--engine", "spark"])
    assert isinstance(result.exception, DiagnosticsError), result.output
    return result.exception


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (["--resume"], "--resume"),
        (["--shard", "1/2"], "--shard"),
        (["--jobs", "2"], "--jobs"),
        (["--reports", "r"], "--reports"),
        (["-", "--format", "csv"], "-"),
    ],
)
def test_what_spark_cannot_be_asked_is_refused_with_what_to_do(tmp_path: Path, options: list[str], option: str) -> None:
    (tmp_path / "c.csv").write_text("id\na\n", encoding="utf-8")
    refused = refused_for(str(tmp_path / "c.csv"), "--out", str(tmp_path / "o.csv"), *options).diagnostics
    assert [(mistake.code, mistake.location.file) for mistake in refused] == [("not-in-spark", option)]
    assert refused[0].hint
    assert [path.name for path in tmp_path.iterdir()] == ["c.csv"]


def test_an_output_that_cannot_be_written_is_refused_before_spark_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finds(_: str) -> Any:
        return object()

    monkeypatch.setattr("screen.cli.batch.spark.find_spec", finds)
    (tmp_path / "c.csv").write_text("id\na\n", encoding="utf-8")
    (tmp_path / "there.csv").mkdir(mode=0o700)
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
        refused = refused_for(source, "--out", str(tmp_path / out), *more).diagnostics
        assert code in {mistake.code for mistake in refused}, out
    assert refused_for(source, "--out", "hdfs://host/o.csv").diagnostics[0].location.file == "--rejects"
    assert (tmp_path / "there.csv" / "mine").exists()


def test_a_url_that_was_read_as_a_path_is_restored() -> None:
    from screen.cli.batch.spark import _as_url

    for url in ("s3a://bucket/a/found.parquet", "hdfs://host:9000/found.csv", "file:///data/found.csv"):
        assert _as_url(Path(url)) == url
    for path in ("found.csv", "/data/found.csv", "a:b.csv"):
        assert _as_url(Path(path)) is None


PART = "part-00000-01234567-89ab-cdef-0123-456789abcdef-c000.csv"


def output(path: Path, **more: str) -> Path:
    """Return a folder as Spark wrote it for us, with more in it."""
    path.mkdir(mode=0o700)
    for name, text in ({"_SUCCESS": "", PART: "id,recommendation\n"} | more).items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_only_an_output_of_sparks_that_holds_no_case_is_replaced(tmp_path: Path) -> None:
    guard = OutputGuard(the_law().facts, overwrite=True)
    output(tmp_path / "mine")
    output(tmp_path / "notes", **{"part-of-my-notes.csv": "somebody's"})
    output(tmp_path / "caseload", **{PART: "id,age\na,17\n"})
    as_parquet(output(tmp_path / "packed") / PART.replace("csv", "parquet"), cases(2))
    (output(tmp_path / "link inside") / PART.replace("00000", "00001")).symlink_to(tmp_path / "mine" / PART)
    output(tmp_path / "open to others").chmod(0o755)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    (tmp_path / "file").write_text("somebody's", encoding="utf-8")
    with open_parent(tmp_path / "any") as above:
        assert spark._replaceable_output(above, "mine", guard)
        assert not spark._replaceable_output(above, "free", guard)
        with pytest.raises(DiagnosticsError, match="say --overwrite"):
            spark._replaceable_output(above, "mine", OutputGuard(the_law().facts))
        for name in ("notes", "caseload", "packed", "link inside", "open to others", "link", "file"):
            with pytest.raises(DiagnosticsError, match=r"already-there|not-ours"):
                spark._replaceable_output(above, name, guard)


def test_what_a_killed_run_left_in_its_hidden_folder_goes_and_nothing_else(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "case.yaml").write_text("somebody's", encoding="utf-8")
    hidden = tmp_path / ".found.csv.rsd-spark"
    hidden.mkdir(mode=0o700)
    (hidden / "out").mkdir()
    (hidden / "out" / "link").symlink_to(victim)
    (hidden / "work").symlink_to(victim)
    output(hidden / "old", mine="somebody's")
    (hidden / "rejects").write_text("{}", encoding="utf-8")
    with open_parent(tmp_path / "any") as above:
        with pytest.raises(DiagnosticsError, match="not-ours"), spark._hidden_folder(above, tmp_path / "found.csv"):
            pass
        (hidden / "work").unlink()
        with spark._hidden_folder(above, tmp_path / "found.csv") as opened:
            assert opened.names() == ["old", "work"]
    assert {path.name for path in hidden.rglob("*")} == {"old", "mine"}
    assert (victim / "case.yaml").exists()


def test_a_hidden_folder_that_is_a_link_is_left_as_it_is(tmp_path: Path) -> None:
    victim = output(tmp_path / "victim")
    (tmp_path / ".found.csv.rsd-spark").symlink_to(victim)
    with (
        open_parent(tmp_path / "any") as above,
        pytest.raises(DiagnosticsError, match="not-ours"),
        spark._hidden_folder(above, tmp_path / "found.csv"),
    ):
        pass
    assert {path.name for path in victim.iterdir()} == {"_SUCCESS", PART}

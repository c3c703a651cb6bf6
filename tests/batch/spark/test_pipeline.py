"""A run in Spark gives what a run on one machine gives: every cell, every reject, every count.

One Spark session serves all of these. They are skipped where pyspark, pandas or Java is not there, unless RSD_SPARK=1
says that they must be.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
import os
import shutil
import stat
import subprocess
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from screen.batch import pipeline as local
from screen.batch.input.sources import find_sources
from screen.batch.output.formats import output_format
from screen.case.evidence import RecordedAnswer
from screen.diagnostics import DiagnosticsError
from tests.batch.input.test_rejects import BAD_CASES, LINES
from tests.batch.input.test_sources import nothing
from tests.batch.tables import as_csv, as_files, as_jsonl, as_parquet, cases
from tests.real_law import its_cases, random_cases, the_law

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MANY = int(os.environ.get("RSD_MANY", "2000"))
NARROW = ("profile", "recommendation", "credibility", "open_questions", "facts_missing")
SECRET = "seventeen-and-a-half"


def java_17() -> bool:
    """Tell whether a Java is there that Spark runs on."""
    if shutil.which("java") is None:
        return False
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    return any(f'version "{number}' in java.stderr for number in (17, 21))


# pyspark's mapInArrow asks for pandas before it asks for Arrow, and then makes no use of it.
HERE = all(importlib.util.find_spec(name) for name in ("pyspark", "pandas")) and java_17()
if os.environ.get("RSD_SPARK") == "1":
    assert HERE, "RSD_SPARK=1 says that Spark must be tried, and pyspark, pandas or Java 17 is not there"
pytestmark = [
    pytest.mark.skipif(not HERE, reason="pyspark, pandas or Java 17 is not there"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # pyspark leaves them to be collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # which is how pytest tells them
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    from screen.batch.spark.pipeline import start_session

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, about what it does at its start
        session = start_session("local[2]", memory="1g", work_folder=str(tmp_path_factory.mktemp("room")))
        yield session
        session.stop()


@contextmanager
def cut_into(spark: SparkSession, size: int) -> Iterator[None]:
    """Let Spark cut files into stretches of so many bytes, so that records stand across them."""
    names = ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes")
    for name in names:
        spark.conf.set(name, str(size))
    yield
    for name in names:
        spark.conf.unset(name)


def absolute(path: str) -> str:
    return str(Path(path).absolute())


def in_spark(
    spark: SparkSession, out: Path, names: Sequence[Path | str], **more: Any
) -> tuple[local.RunSummary, bytes]:
    from screen.batch.spark.pipeline import SparkBatchOptions, run_spark_batch
    from screen.batch.spark.sources import find_spark_sources

    rejects: list[bytes] = []
    options = SparkBatchOptions(
        find_spark_sources(spark, map(str, names), None), f"file:{out}", output_format(out.name), **more
    )
    summary = run_spark_batch(spark, the_law(), options, absolute, rejects.append)
    return summary, b"".join(rejects)


def run_without_spark(out: Path, names: Sequence[Path | str], **more: Any) -> tuple[local.RunSummary, bytes]:
    rejects = out.with_name(f"{out.name}.rejects")
    summary = local.run_batch(
        the_law(), local.BatchOptions(find_sources(map(str, names), None), out, rejects, **more), nothing
    )
    return summary, rejects.read_bytes() if rejects.exists() else b""


def by_name(table: pl.DataFrame) -> dict[str, dict[str, Any]]:
    rows = {str(row["id"]): row for row in table.to_dicts()}
    assert len(rows) == table.height, "a case came twice"
    return rows


def check_same_results(spark: SparkSession, folder: Path, names: Sequence[Path | str], **more: Any) -> local.RunSummary:
    """Hold a run in Spark against one on this machine; return how it went."""
    spark_summary, theirs = in_spark(spark, folder / "spark.parquet", names, **more)
    summary, ours = run_without_spark(folder / "alone.parquet", names, **more)
    assert [json.loads(line) for line in theirs.splitlines()] == [json.loads(line) for line in ours.splitlines()]
    assert spark_summary == summary
    table, same = pl.read_parquet(folder / "spark.parquet" / "*.parquet"), pl.read_parquet(folder / "alone.parquet")
    assert table.schema == same.schema
    assert by_name(table) == by_name(same)
    assert spark_summary.read == spark_summary.scored + spark_summary.rejected
    return spark_summary


def bad_lines() -> list[str]:
    """Return a bad line after each good one, and an empty line now and then."""
    lines = []
    for number, line in enumerate(LINES):
        lines += [json.dumps({"id": f"good-{number}", "age": number, "profile": ("uk", None)[number % 2]}), line]
        lines += [""] * (number % 3 == 0)
    return lines


def mixed_sources(folder: Path) -> list[Path]:
    """Return sources of every form in which good cases and bad ones stand side by side, some of them twice."""
    folder.mkdir()
    several = list(cases(60).items())

    def some(first: int, last: int) -> Mapping[str, Mapping[str, RecordedAnswer]]:
        return dict(several[first:last])

    lines = as_jsonl(folder / "a [1]+b%20.jsonl", some(0, 30))
    with lines.open("ab") as file:
        file.write("\n".join(bad_lines()).encode() + b'\n{"id": "broken", "claim_in_own_words": "\xff"}\n')
        file.write(b'{"id": "C-00003"}')
    table = as_csv(folder / "b.csv", some(20, 40))
    with table.open("ab") as file:
        file.write(b"too,few\n\nC-00050\xff" + b"," * (table.read_bytes().split(b"\n")[0].count(b",")) + b"\n")
    (folder / "c.csv").write_text(
        'id,profile,age,harm_feared,claim_in_own_words\nq1,,17,torture;tortur,x\nq2,uk,seventeen,,"one\ntwo, ""3"""\n'
        'q3,mars,,[],"a\n\nb"\nq1,uk,17,torture,\nq4,uk,17,unknown,"x"\n',
        encoding="utf-8",
    )
    as_parquet(folder / "d.parquet", some(35, 55), row_group_size=7)
    pl.DataFrame(
        {"id": ["p1", "=p", None, "p1"], "age": [17.0, 1e30, 3.0, 4.0], "sex": ["male", "mal", None, None]}
    ).write_parquet(folder / "e.parquet")
    as_files(folder / "cases", some(50, 60))
    shutil.copytree(BAD_CASES, folder / "cases" / "bad")
    with gzip.open(folder / "f.jsonl.gz", "wt") as file:
        file.write('{"id": "C-00001"}\n{"id": "zipped", "sex": "mal"}\n{"id": "zipped"}\n')
    words = "x" * 200  # so that something is unpacked before it breaks off
    rows = (f'{{"id": "g{number}", "claim_in_own_words": "{words}"}}\n' for number in range(4_000))
    packed = gzip.compress("".join(rows).encode())
    (folder / "g.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    return sorted(folder.iterdir())


@pytest.mark.parametrize("size", [128 << 20, 6_000])
def test_however_spark_cuts_sources_good_and_bad_its_cells_rejects_and_counts_are_those_of_a_run_without_spark(
    spark: SparkSession, tmp_path: Path, size: int
) -> None:
    sources = mixed_sources(tmp_path / "sources")
    with cut_into(spark, size):
        summary = check_same_results(spark, tmp_path, sources, columns=NARROW)
    assert summary.scored > 1_000
    assert {"duplicate-id", "broken-record", "broken-source", "wrong-kind", "unknown-profile"} <= summary.codes.keys()


def test_every_column_of_every_kind_of_case_is_the_same_in_spark(spark: SparkSession, tmp_path: Path) -> None:
    several = {f"law-{index}": dict(case.given) for index, case in enumerate(its_cases())}
    several |= {f"random-{index}": answers for index, answers in enumerate(random_cases(MANY, "spark"))}
    names, third = list(several), len(several) // 3
    as_jsonl(tmp_path / "a.jsonl", {name: several[name] for name in names[:third]})
    as_csv(tmp_path / "b.csv", {name: several[name] for name in names[third : 2 * third]})
    as_parquet(tmp_path / "c.parquet", {name: several[name] for name in names[2 * third :]})
    summary = check_same_results(spark, tmp_path, sorted(tmp_path.glob("[abc].*")), profiles=("paper", "uk"))
    assert summary.scored == len(several)


def test_text_outputs_are_the_lines_of_a_run_without_spark(spark: SparkSession, tmp_path: Path) -> None:
    as_jsonl(tmp_path / "a.jsonl", cases(50))
    (tmp_path / "notes.csv").write_text("id,sex,remark\nn1,male,x\nn2,mal,x\n", encoding="utf-8")
    names, more = [tmp_path / "a.jsonl", tmp_path / "notes.csv"], {"columns": NARROW, "ignored_columns": ("remark",)}
    for ending in ("csv", "jsonl", "csv.gz"):
        assert in_spark(spark, tmp_path / f"s.{ending}", names, **more)[0].scored == 51
        run_without_spark(tmp_path / f"l.{ending}", names, **more)
        files = sorted((tmp_path / f"s.{ending}").glob(f"part-*.{ending}"))
        assert len(files) > 1
        read = [gzip.decompress(file.read_bytes()) if ending == "csv.gz" else file.read_bytes() for file in files]
        same = (tmp_path / f"l.{ending}").read_bytes()
        same = gzip.decompress(same) if ending == "csv.gz" else same
        heads = {text.splitlines()[0] for text in read} if "csv" in ending else set()
        assert heads <= {same.splitlines()[0]}, "every file of CSV has the columns first"
        lines = sorted(line for text in read for line in text.splitlines()[len(heads) :])
        assert lines == sorted(same.splitlines()[len(heads) :])


def test_no_case_at_all_is_an_output_with_its_columns(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_bytes(b"")
    assert check_same_results(spark, tmp_path, [tmp_path / "none.jsonl"], columns=NARROW) == local.RunSummary(
        0, 0, 0, {}, {}
    )


def test_a_strict_run_stops_where_one_without_spark_does_and_writes_no_findings(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,sex\na,male\nb,male\na,mal\nb,female\nc,mal\n", encoding="utf-8")
    with pytest.raises(local.StoppedAtReject) as in_spark_error:
        in_spark(spark, tmp_path / "spark.parquet", [tmp_path / "a.csv"], columns=NARROW, strict=True)
    with pytest.raises(local.StoppedAtReject) as local_error:
        run_without_spark(tmp_path / "alone.parquet", [tmp_path / "a.csv"], columns=NARROW, strict=True)
    assert in_spark_error.value.diagnostics == local_error.value.diagnostics
    assert not (tmp_path / "spark.parquet").exists()


def test_an_unfit_source_is_reported_as_without_spark(spark: SparkSession, tmp_path: Path) -> None:
    pl.DataFrame({"agee": [1]}).write_parquet(tmp_path / "d.parquet")
    (tmp_path / "e.csv").write_text("agee,id,id\n", encoding="utf-8")
    for name in ("d.parquet", "e.csv", "nowhere.csv"):
        with pytest.raises(DiagnosticsError) as in_spark_error:
            in_spark(spark, tmp_path / "out.parquet", [tmp_path / name])
        with pytest.raises(DiagnosticsError) as local_error:
            run_without_spark(tmp_path / "alone.parquet", [tmp_path / name])
        assert in_spark_error.value.diagnostics == local_error.value.diagnostics


def test_a_file_that_spark_would_leave_out_or_read_once_is_reported(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "_a.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(DiagnosticsError, match="Spark leaves this file aside"):
        in_spark(spark, tmp_path / "out.parquet", [tmp_path / "_a.jsonl"])
    (tmp_path / "b.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(DiagnosticsError, match="declared-twice"):
        in_spark(spark, tmp_path / "out.parquet", [tmp_path / "b.jsonl", tmp_path / "b.jsonl"])


def test_sources_named_by_a_url_are_found_by_spark(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "some cases"
    folder.mkdir()
    as_jsonl(folder / "a.jsonl", cases(20))
    as_parquet(folder / "b.parquet", {f"b{name}": answers for name, answers in cases(10).items()})
    (folder / "c.csv").write_text("id,sex\nc1,male\nc2,mal\nC-00001,male\n", encoding="utf-8")
    summary, rejects = in_spark(spark, tmp_path / "out.parquet", [folder.as_uri().replace("%20", " ")], columns=NARROW)
    assert (summary.read, summary.scored, summary.codes) == (33, 31, {"duplicate-id": 1, "unknown-option": 1})
    assert [json.loads(line)["line"] for line in rejects.splitlines()] == [3, 4]
    with pytest.raises(DiagnosticsError, match="Spark finds no file"):
        in_spark(spark, tmp_path / "out2.parquet", [f"file://{tmp_path}/nowhere"])
    (folder / "d.csv").write_text("id,sexx\nd1,male\n", encoding="utf-8")
    with pytest.raises(DiagnosticsError, match="unknown-column"):
        in_spark(spark, tmp_path / "out3.parquet", [f"file://{folder}/d.csv"])


def test_a_whole_command_leaves_its_output_its_rejects_and_nothing_else(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import typer

    from screen.cli.batch import spark as spark_command

    @contextmanager
    def one_for_all(*_: object) -> Iterator[SparkSession]:
        yield spark

    monkeypatch.setattr(spark_command, "_spark_session", one_for_all)
    monkeypatch.setattr(os, "sync", lambda: None)  # others may be writing much
    rows = io.StringIO()
    csv.writer(rows).writerows([["id", "age", "claim_in_own_words"], ["a", "17", "x"], ["b", SECRET, SECRET]])
    (tmp_path / "c.csv").write_text(rows.getvalue(), encoding="utf-8")
    out = tmp_path / "found.parquet"

    def command(**more: Any) -> local.RunSummary:
        options = {"rejects": None, "overwrite": False, "strict": False, "out": out, "columns": NARROW} | more
        command_options = spark_command.SparkCommandOptions(
            [str(tmp_path / "c.csv")], None, profiles=(), ignored_columns=(), master="local[2]", **options
        )
        return spark_command.run_in_spark(the_law(), command_options, {})[0]

    with pytest.raises(local.StoppedAtReject):
        command(strict=True)
    assert [path.name for path in tmp_path.iterdir()] == ["c.csv"]
    summary = command()
    assert (summary.read, summary.scored, summary.rejected) == (2, 1, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"c.csv", "found.parquet", "found.parquet.rejects.jsonl"}
    assert {path.name[:5] for path in out.iterdir()} == {"part-", "_SUCC"}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (out, *out.iterdir())}
    assert modes == {0o700, 0o600}
    assert SECRET not in (tmp_path / "found.parquet.rejects.jsonl").read_text(encoding="utf-8")
    with pytest.raises(DiagnosticsError, match="already-there"):
        command()
    assert command(overwrite=True) == summary
    (out / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(DiagnosticsError, match="no output of Spark's"):
        command(overwrite=True)
    assert (out / "mine.txt").exists()

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(spark_command, "_run", stopped)
    with pytest.raises(typer.Exit) as left:
        command(out=tmp_path / "other.parquet")
    assert left.value.exit_code == 130
    assert not [path for path in tmp_path.iterdir() if "other" in path.name]
    assert SECRET not in "".join(capfd.readouterr()), "what a record says stays out of logs"


def test_what_spark_raises_is_reported_without_its_message() -> None:
    from pyspark.errors import PySparkRuntimeError

    from screen.batch.spark.pipeline import without_spark_messages

    with pytest.raises(DiagnosticsError, match="spark-failed") as error, without_spark_messages():
        raise PySparkRuntimeError(SECRET)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_what_a_worker_raises_has_no_words_of_a_record() -> None:
    from screen.batch.spark.worker import WorkerFailedError, redact_errors

    def broken() -> Iterator[Any]:
        raise ValueError(SECRET)
        yield

    with pytest.raises(WorkerFailedError, match=r"^ValueError at test_pipeline\.py:\d+$") as error:
        list(redact_errors(broken()))
    assert error.value.__suppress_context__

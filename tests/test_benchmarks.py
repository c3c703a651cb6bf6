"""Benchmarks are honest about what they compare with, and measure what they say."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from benchmarks import base, batch
from benchmarks.measure import Measurements, measure

LIKE = pl.DataFrame({"id": ["x", "y", "z"], "refugee": ["met", "not_met", None], "missing": [["age"], [], None]})


def test_the_base_of_a_batch_imports_nothing_of_the_program():
    tree = ast.parse(Path(base.__file__).read_text(encoding="utf-8"))
    names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert {name.partition(".")[0] for name in names} <= {"__future__", "pathlib", "sys", "polars", "pyarrow"}


@pytest.mark.parametrize("copy", [base.copy_with_polars, base.copy_with_arrow], ids=batch.BASES)
@pytest.mark.parametrize("ending", batch.FORMATS.values())
def test_a_base_writes_a_row_of_the_same_shape_for_each_case_that_it_reads(tmp_path, copy, ending):
    cases = pl.DataFrame({"id": [f"C{number}" for number in range(10)], "age": range(10)})
    source, like, out = (str(tmp_path / name) for name in (f"cases.{ending}", "like.parquet", "out.parquet"))
    cases.write_parquet(source) if ending == "parquet" else cases.write_ndjson(source)
    LIKE.write_parquet(like)
    copy(source, like, out)
    written = pl.read_parquet(out)
    assert written["id"].to_list() == cases["id"].to_list()
    assert written.drop("id").rows() == [LIKE.drop("id").row(number % 3) for number in range(10)]


def test_a_run_is_charged_with_its_own_memory_and_time_and_not_with_those_of_its_starter():
    held = bytearray(300_000_000)
    small = measure([sys.executable, "-S", "-c", "pass"])
    large = measure([sys.executable, "-S", "-c", "x = b'1' * 120_000_000; sum(range(2_000_000))"])
    assert len(held) > 0
    assert small.memory < 60 < 110 < large.memory < 250
    assert small.cpu < large.cpu
    with pytest.raises(subprocess.CalledProcessError):
        measure([sys.executable, "-S", "-c", "raise SystemExit(3)"])


def test_commands_take_turns_and_a_ratio_compares_runs_of_the_same_round(tmp_path):
    log = tmp_path / "log"
    commands = {name: ["sh", "-c", f"echo {name} >> {log}"] for name in ("a", "b")}
    measured = Measurements(commands, 2, warm_up=1)
    assert log.read_text(encoding="utf-8").split() == ["a", "b"] * 3
    assert len(measured.rounds) == 2
    assert measured.ratio("a", "a", "wall") == 1


def test_results_are_written_between_their_marks_and_nothing_else_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "PAGE", tmp_path / "batch.md")
    before = (batch.ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    batch.PAGE.write_text(before, encoding="utf-8")
    batch.write_page("| new |")
    after = batch.PAGE.read_text(encoding="utf-8")
    assert after.partition(batch.BEGIN)[0] == before.partition(batch.BEGIN)[0]
    assert after.partition(batch.END)[2] == before.partition(batch.END)[2]
    assert after.partition(batch.BEGIN)[2].partition(batch.END)[0] == "\n\n| new |\n\n"


def test_a_busy_machine_publishes_nothing(monkeypatch):
    monkeypatch.setattr(batch.os, "getloadavg", lambda: (5.0, 5.0, 5.0))
    monkeypatch.setattr(batch.sys, "argv", ["batch.py", "--write"])
    with pytest.raises(SystemExit, match="busy"):
        batch.main()

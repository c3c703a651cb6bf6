"""`rsd simulate` as somebody types it."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from screen import files
from screen.cli.app import app
from screen.diagnostics import DiagnosticsError
from tests.command import rsd


def scored(*words: str) -> list[dict[str, str]]:
    """Return what `rsd batch` finds, once it has used every record."""
    done = rsd("batch", *words)
    assert done.returncode == 0, done.stderr
    text = Path(words[words.index("--out") + 1]).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_batch_uses_every_case_and_finds_the_same_in_every_format(tmp_path):
    rows = []
    for name in ("made.jsonl", "made.parquet", "made.csv", "made"):
        done = rsd("simulate", "-n", "40", "--seed", "5", "--out", str(tmp_path / name))
        assert (done.returncode, done.stdout) == (0, "")
        assert "Never data about real people" in done.stderr
        rows.append(scored(str(tmp_path / name), "--out", str(tmp_path / f"found-{name}.csv"), "--summary", "none"))
    assert len(rows[0]) == 40
    assert all(table == rows[0] for table in rows)


def test_cases_are_written_for_their_owner_alone(tmp_path):
    rsd("simulate", "-n", "2", "--out", str(tmp_path / "made.jsonl"))
    rsd("simulate", "-n", "2", "--out", str(tmp_path / "made.parquet"))
    rsd("simulate", "-n", "2", "--out", str(tmp_path / "made"))
    assert [mode(tmp_path / name) for name in ("made.jsonl", "made.parquet", "made")] == [0o600, 0o600, 0o700]
    assert {mode(file) for file in (tmp_path / "made").iterdir()} == {0o600}
    assert sorted(file.name for file in (tmp_path / "made").iterdir()) == ["sim-000001.yaml", "sim-000002.yaml"]
    assert (tmp_path / "made" / "sim-000001.yaml").read_text(encoding="utf-8").startswith("# Made up")
    assert {file.name for file in tmp_path.iterdir()} == {"made.jsonl", "made.parquet", "made"}


def test_a_longer_run_begins_with_the_shorter_one(tmp_path):
    short, long = (rsd("simulate", "-n", number, "--seed", "9", "--out", "-").stdout for number in ("3", "6"))
    assert long.startswith(short)
    assert [json.loads(line)["id"] for line in long.splitlines()] == [f"sim-00000{number}" for number in range(1, 7)]


def test_another_population_can_be_named(tmp_path):
    line = rsd("simulate", "-n", "1", "--population", "north_koreans_by_year", "--out", "-").stdout
    assert "north_koreans_by_year" in json.loads(line)["sex.source"]


def test_nothing_is_overwritten(tmp_path):
    there = tmp_path / "made.jsonl"
    there.write_text("mine", encoding="utf-8")
    done = rsd("simulate", "-n", "1", "--out", str(there))
    assert done.returncode == 1
    assert "already-there" in done.stderr
    assert there.read_text(encoding="utf-8") == "mine"


def test_a_missing_folder_is_reported_and_nothing_is_left(tmp_path):
    done = rsd("simulate", "-n", "1", "--out", str(tmp_path / "none" / "made.jsonl"))
    assert done.returncode == 1
    assert "cannot-write" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_says_what_to_do(tmp_path):
    for words, expected in (
        (("-n", "1", "--out", "made.xlsx"), ".jsonl"),
        (("-n", "0", "--out", "-"), "1"),
        (("-n", "1", "--out", "-", "--population", "north_koreans_in_chna"), "north_koreans_in_china"),
        (("-n", "1"), "--out"),
    ):
        done = rsd("simulate", *words)
        assert done.returncode == 2
        assert expected in done.stderr


def test_a_reader_that_has_enough_ends_the_command_without_an_error():
    script = 'set -o pipefail; "$0" -m screen simulate -n 3000 --out - | head -1 > /dev/null'
    done = subprocess.run(["bash", "-c", script, sys.executable], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_link_is_written_through_and_what_a_killed_run_left_is_cleared(tmp_path):
    victim = tmp_path / "victim.jsonl"
    (tmp_path / "made.jsonl").symlink_to(victim)
    (tmp_path / "made").symlink_to(tmp_path / "nowhere")
    left = files._temporary_name()
    (tmp_path / left).write_text("made up", encoding="utf-8")
    for name in ("made.jsonl", "made"):
        done = rsd("simulate", "-n", "1", "--out", str(tmp_path / name))
        assert done.returncode == 1
        assert "already-there" in done.stderr
    assert rsd("simulate", "-n", "1", "--out", str(tmp_path / "other")).returncode == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["made", "made.jsonl", "other"]


@pytest.mark.parametrize("name", ["made.jsonl", "made.csv", "made.parquet", "made"])
def test_a_name_that_is_taken_in_the_meantime_is_not_overwritten(tmp_path, monkeypatch, name):
    out = tmp_path / name
    real = os.fsync if out.suffix else os.mkdir

    def slow(*words, **more):
        if not out.exists() and (out.suffix or words[0] == name):
            out.write_text("somebody's", encoding="utf-8")
        real(*words, **more)

    monkeypatch.setattr(os, "fsync" if out.suffix else "mkdir", slow)
    with pytest.raises(DiagnosticsError, match="already-there"):
        app(["simulate", "-n", "2", "--out", str(out)], standalone_mode=False)
    assert out.read_text(encoding="utf-8") == "somebody's"
    assert [file.name for file in tmp_path.iterdir()] == [name]

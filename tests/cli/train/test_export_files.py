"""Exports of progress: each comes back as it was, and a class is summarised from them."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screen.cli.train import progress_store
from screen.cli.train.export_files import attempts_csv, read_export
from screen.training.marking import Mark
from screen.training.schedule import Attempt
from tests.cli.train.helpers import make_huge_file, train


def test_an_export_comes_back_as_it_was_and_a_class_is_summarised(home, tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    train(home, "left_for_food", lines="1\n1\n")
    assert train(home, "export", "--out", folder / "a.json").returncode == 0
    assert train(home, "export", "-f", "csv", "--out", folder / "b.csv").returncode == 0
    assert stat.S_IMODE((folder / "a.json").stat().st_mode) == 0o600
    done = train(home, "class", folder)
    assert "1 trainee\n" in done.stdout
    assert done.stderr == "b.csv holds nothing that is not in a.json; they count as one trainee.\n"
    later = (folder / "a.json").read_text(encoding="utf-8").replace('"when": "20', '"when": "21')
    (folder / "b.json").write_text(later, encoding="utf-8")
    done = train(home, "class", folder)
    assert "2 trainees" in done.stdout
    assert (
        "protects the applicant: trainees 2; correct 0; minor 0; significant 2; they differ over a fact 2"
        in done.stdout
    )
    assert (
        "left_for_food: way decide; law point Another State of nationality protects the applicant; missed 2 of 2"
        in (done.stdout)
    )
    assert train(home, "export", "--out", folder / "a.json").returncode == 1  # nothing is written over


def test_a_class_is_summarised_without_a_broken_export_which_is_reported(home, tmp_path):
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "b.csv").write_text("when,exercise\n1,2\n", encoding="utf-8")
    done = train(home, "class", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("not-progress") == 2
    (tmp_path / "b.csv").write_text(
        "when,exercise,way,point,mark,said,model,parted,over,note\n"
        "2026-01-01T00:00:00+00:00,left_for_food,decide,no_return,minor,,,,,\n", encoding="utf-8",
    )  # fmt: skip
    done = train(home, "class", tmp_path)
    assert done.returncode == 1
    assert "1 trainee, 1 export left out" in done.stdout
    assert "missed 1 of 1" in done.stdout
    assert done.stderr.count("not-progress") == 1


@pytest.mark.parametrize("make", [os.mkfifo, make_huge_file])
@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_class_is_summarised_without_what_is_no_export(home, tmp_path, make, ending):
    folder = tmp_path / "class"
    folder.mkdir()
    train(home, "left_for_food", lines="1\n1\n")
    train(home, "export", "--out", folder / "a.json")
    make(folder / f"x.{ending}")
    done = train(home, "class", folder)
    assert done.returncode == 1
    assert "1 trainee, 1 export left out" in done.stdout
    assert f"x.{ending}: " in done.stderr


@given(st.lists(st.text(st.sampled_from("=+-@\uff1d'\t\n\r\",; a한")), min_size=3, max_size=3))
def test_no_cell_of_an_export_is_a_formula_and_each_comes_back(words):
    said, model, note = words
    now = datetime(2026, 1, 1, tzinfo=UTC)
    attempts = (Attempt(now, "left_for_food", "write", "no_return", Mark.MINOR, said, model, "", "", note),)
    with TemporaryDirectory() as folder:
        file = Path(folder, "export.CSV")
        file.write_text(attempts_csv(attempts), encoding="utf-8", newline="")
        cells = [cell for row in csv.reader(io.StringIO(file.read_text(encoding="utf-8"))) for cell in row]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@\uff1d\t\r\n")]
        assert read_export(file) == attempts


def test_an_export_moves_no_cursor(home):
    assert progress_store.progress_text(()) == '{\n "format": 1,\n "attempts": []\n}\n'
    when = datetime(2026, 1, 1, tzinfo=UTC)
    text = progress_store.progress_text((Attempt(when, "a", "write", "b", Mark.MINOR, "\x9b2J\u202e"),))
    assert "\\u009b2J\\u202e" in text
    assert json.loads(text)["attempts"][0]["said"] == "\x9b2J\u202e"

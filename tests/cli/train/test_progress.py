"""Progress in training: saved mark by mark, never lost, for its owner alone."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from screen.cli import console
from screen.cli.train import progress_store
from screen.cli.train.reasons_editor import edit_reasons
from screen.cli.train.sitting import MarkKeeper
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.training.marking import Mark
from screen.training.schedule import Attempt
from tests.cli.train.helpers import make_huge_file, make_progress_folder, right_answers, saved_attempts, train
from tests.training.real import exercise_named


def test_progress_is_for_its_owner_alone(home):
    train(home, "left_for_food", lines="3\n")
    folder = home / "rsd/training"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()] == [("progress.json", 0o600)]


@pytest.mark.parametrize("text", ["", "{", '{"format": 9}', '{"format": 1, "attempts": [{}]}', "[" * 100_000])
def test_damaged_progress_is_set_aside_and_never_written_over(home, text):
    folder = home / "rsd/training"
    folder.mkdir(parents=True)
    for round_ in (1, 2):
        (folder / "progress.json").write_text(text, encoding="utf-8")
        done = train(home, "left_for_food", lines="3\n")
        assert "was set aside" in done.stderr
        assert (folder / f"progress.damaged-{round_}.json").read_text(encoding="utf-8") == text
        assert len(saved_attempts(home)) == 1


def test_progress_names_each_point_and_what_is_due(home):
    assert "You have not worked any exercise yet" in train(home, "progress").stderr
    train(home, "left_for_food", lines=right_answers("left_for_food"))
    done = train(home, "progress")
    assert "Food was withheld to harm or punish: correct of tried ########## 100%; correct 1" in done.stdout
    assert "Nothing is due." in done.stderr
    assert "Nothing is due." in train(home, "--due").stderr


def test_points_that_were_only_passed_have_no_share_of_correct_marks(home):
    train(home, "left_for_food", lines="u\n")
    done = train(home, "progress")
    assert "correct of tried nothing counted; correct 0; minor 0; significant 0; due " in done.stdout
    assert "%" not in done.stdout


@pytest.mark.parametrize("home_", ["file", "/proc"])
def test_who_cannot_save_progress_hears_it_before_the_first_question(tmp_path, home_):
    (tmp_path / "file").mkdir()
    (tmp_path / "file/rsd").write_text("", encoding="utf-8")
    home = tmp_path / home_
    done = train(home, "left_for_food", lines="3\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{home}/rsd/training: cannot-write: progress cannot be saved there: " in done.stderr
    assert "XDG_DATA_HOME" in done.stderr
    assert train(home, "progress").returncode == 0


def test_a_mark_that_cannot_be_saved_waits_for_the_next_and_is_reported_once(tmp_path, monkeypatch, capsys):

    attempt = Attempt(datetime(2026, 1, 1, tzinfo=UTC), "left_for_food", "decide", "no_return", Mark.CORRECT)

    def full(*_, **__):
        raise DiagnosticsError([Diagnostic(Location("p"), "cannot-write", "no space left on device.", "Make room.")])

    keeper = MarkKeeper(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("screen.files.Folder.write", full)
        keeper.save([attempt])
        keeper.save([attempt])
    assert capsys.readouterr().err == "p: cannot-write: no space left on device. Make room.\n"
    assert len(keeper.unsaved) == 2
    keeper.save([attempt])
    assert not keeper.unsaved
    assert progress_store.read_progress(tmp_path) == (attempt, attempt, attempt)


@pytest.mark.parametrize(("make", "message"), [(os.mkfifo, "not a regular file"), (make_huge_file, "too-large")])
def test_progress_that_is_no_file_or_too_large_is_reported_and_left_alone(home, make, message):
    make(make_progress_folder(home) / "progress.json")
    for words in (("progress",), ("export",), ("list",), ("left_for_food",)):
        done = train(home, *words, lines="1\n")
        assert (done.returncode, done.stdout) == (1, "")
        assert "progress.json: " in done.stderr
        assert message in done.stderr
    assert [file.name for file in (home / "rsd/training").iterdir()] == ["progress.json"]


def test_nothing_of_training_is_written_through_a_link(home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "case.yaml").write_text("answers", encoding="utf-8")
    (make_progress_folder(home) / "progress.json").symlink_to(elsewhere / "case.json")
    done = train(home, "left_for_food", lines="1\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "progress.json: already-there: this is a link" in done.stderr
    (home / "rsd/training/progress.json").unlink()
    (home / "rsd/training").rmdir()
    (home / "rsd/training").symlink_to(elsewhere)
    done = train(home, "left_for_food", lines="1\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "training: cannot-write: progress cannot be saved there" in done.stderr
    assert [file.name for file in elsewhere.iterdir()] == ["case.yaml"]
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


def test_a_draft_that_is_a_link_is_not_opened(home, tmp_path, monkeypatch):
    drafts = make_progress_folder(home) / "drafts"
    drafts.mkdir(mode=0o700)
    (tmp_path / "case.yaml").write_text("answers", encoding="utf-8")
    (drafts / "reasons.md").symlink_to(tmp_path / "case.yaml")
    monkeypatch.setattr(os, "spawnvp", lambda *_: pytest.fail("an editor was opened"))
    with pytest.raises(DiagnosticsError, match=r"reasons\.md: already-there: this is a link"):
        edit_reasons(home / "rsd/training", "reasons", "template")


def aged(home: Path) -> None:
    """Make all progress a year older."""
    file = home / "rsd/training/progress.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"when": "20', '"when": "19'), encoding="utf-8")


def test_what_is_due_is_worked_first(home):
    train(home, "settled_in_seoul", lines=right_answers("settled_in_seoul"))
    aged(home)
    assert "Nothing is due" not in train(home, "progress").stderr
    assert any(point in exercise_named("settled_in_seoul").teaches for point in ["second_state_fear"])
    done = train(home, "--due", lines="")
    assert done.returncode == 0
    assert "Question 1" in done.stdout


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_a_table_is_readable_however_narrow_the_terminal_is(monkeypatch, capsys, columns):

    monkeypatch.setattr(console, "can_draw", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    point = "The punishment for having left is persecution in itself, whatever the applicant thinks"
    console.print_table(
        ("Law point", "Correct of tried", "Correct", "Minor", "Significant", "Due"),
        [(point, console.share_bar(0.5), "1", "0", "1", "in 12 days")],
    )
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert all(len(line.split()) > 1 for line in lines if "punish" in line or "persec" in line)
    assert sum(any(word in line for word in point.split() if len(word) > 4) for line in lines) <= 3

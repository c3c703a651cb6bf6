"""The files of a rule folder are read up to a bound, and everything that keeps a file from being read is reported."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from screen.diagnostics import DiagnosticsError
from screen.regular_files import MAX_BYTES
from screen.rulebook import rule_folder
from screen.rulebook.checker import check_book, read_exercise_parts
from screen.rulebook.loader import load_book
from screen.rulebook.rule_folder import read_rule_files
from tests.rulebook.small_book import GOOD, good_book
from tests.test_regular_files import sparse


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Return a copy of the good book."""
    return Path(shutil.copytree(GOOD, tmp_path / "rules"))


def messages(folder: Path) -> list[str]:
    """Return what is reported of a rule folder that cannot be read."""
    with pytest.raises(DiagnosticsError) as error:
        read_rule_files(folder)
    return [
        f"{Path(diagnostic.location.file).relative_to(folder)}: {diagnostic.code}: {diagnostic.message}"
        for diagnostic in error.value.diagnostics
    ]


def test_everything_in_a_rule_folder_that_is_not_a_file_is_reported(rules: Path) -> None:
    os.mkfifo(rules / "facts/pipe.yaml")
    (rules / "zero.json").symlink_to("/dev/zero")
    (rules / "round").symlink_to(rules)
    (rules / "gone.yml").symlink_to("none")
    assert messages(rules) == [
        "facts/pipe.yaml: cannot-open: this is not a regular file.",
        "gone.yml: cannot-open: no such file or directory.",
        "round: cannot-open: this is a link to a folder, which is not followed.",
        "zero.json: cannot-open: this is not a regular file.",
    ]
    with pytest.raises(DiagnosticsError, match=r"pipe\.yaml: cannot-open"):
        check_book(rules)


def test_a_rule_folder_of_many_large_files_is_refused_before_they_are_read(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        sparse(rules / f"x{number:02}.yaml", MAX_BYTES)
    read: list[int] = []
    read_file = rule_folder.read_file
    monkeypatch.setattr(rule_folder, "read_file", lambda path: read.append(1) or read_file(path))
    assert messages(rules) == ["x03.yaml: too-large: the files up to this one hold more than 16 MB."]
    assert len(read) < len(list(GOOD.rglob("*.yaml"))) + 5


def test_a_large_folder_is_refused_before_all_of_it_is_read(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_folder, "MAX_ENTRIES", 50)
    for number in range(51):
        (rules / f"facts/{number}").touch()
    assert messages(rules) == [".: too-large: there are more than 50 files and folders below this one."]


def test_an_inner_folder_that_may_not_be_read_is_reported(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def closed(path: Path) -> object:
        if Path(path).name == "facts":  # the tests may run as root, to whom nothing is closed
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert messages(rules) == ["facts: cannot-open: permission denied."]


def test_a_broken_exercise_keeps_nobody_from_assessing(rules: Path) -> None:
    (rules / "exercises").mkdir(exist_ok=True)
    os.mkfifo(rules / "exercises/pipe.yaml")
    assert load_book(rules) == good_book()
    with pytest.raises(DiagnosticsError, match=r"exercises/pipe\.yaml: cannot-open: this is not a regular file"):
        read_exercise_parts(rules / "exercises")


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticsError, match="cannot-open: there is no such folder"):
        read_rule_files(tmp_path / "none")


def test_files_that_look_like_rules_are_read_whatever_the_case_of_their_names(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.YML", "c.json", "notes.txt", "d.yaml~"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder.yaml").mkdir()
    assert list(read_rule_files(tmp_path)) == ["a.YML", "b.yaml", "c.json"]

"""Files are read without waiting and up to a bound, whatever a name leads to."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from screen.diagnostics import DiagnosticsError
from screen.regular_files import MAX_BYTES, read_bounded, read_file, read_utf8
from screen.rulebook import rule_folder
from screen.rulebook.checker import check_book, read_exercise_parts
from screen.rulebook.loader import load_book
from screen.rulebook.rule_folder import read_rule_files
from tests.rulebook.small_book import GOOD, good_book

TERABYTE = 2**40


def sparse(path: Path, size: int = TERABYTE) -> None:
    """Make a file that claims to be as large, and takes no room."""
    with path.open("wb") as file:
        file.truncate(size)


def socket_at(path: Path) -> None:
    """Leave a socket under a name."""
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)  # a complete path may be too long for a socket


NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "this is not a regular file"),
    "a link to a pipe": (
        lambda path: (os.mkfifo(f"{path}.pipe"), path.symlink_to(f"{path}.pipe")),
        "not a regular file",
    ),
    "zeros without end": (lambda path: path.symlink_to("/dev/zero"), "this is not a regular file"),
    "a terminal": (lambda path: path.symlink_to("/dev/tty"), ""),
    "a socket": (socket_at, "no such device or address"),
    "a folder": (Path.mkdir, "is a directory"),
    "a link to itself": (lambda path: path.symlink_to(path), "too many levels of symbolic links"),
    "a link to nothing": (lambda path: path.symlink_to("none"), "no such file or directory"),
}


@pytest.mark.parametrize(("make", "told"), NO_FILES.values(), ids=NO_FILES)
@pytest.mark.parametrize("read", [read_file, read_utf8])
def test_what_is_no_file_is_refused_and_nobody_waits_for_it(
    make: Callable[[Path], object], told: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    make(tmp_path / "words")
    with pytest.raises(DiagnosticsError, match=f"/words: cannot-open: .*{told}.* Check the path and who may read it"):
        read(tmp_path / "words")


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("words")
    (tmp_path / "link").symlink_to("file")
    assert read_utf8(tmp_path / "link") == "words"


def test_no_more_is_read_than_the_bound(tmp_path: Path) -> None:
    sparse(tmp_path / "huge")
    assert len(read_file(tmp_path / "huge", max_bytes=1000)) == 1001
    for read in (read_utf8, lambda path: read_bounded(path, max_bytes=1024 * 1024)):
        with pytest.raises(DiagnosticsError, match="/huge: too-large: the file is larger than 1 MB"):
            read(tmp_path / "huge")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Return a copy of the good book."""
    return Path(shutil.copytree(GOOD, tmp_path / "rules"))


def told(folder: Path) -> list[str]:
    """Return what keeps a rule folder from being read."""
    with pytest.raises(DiagnosticsError) as error:
        read_rule_files(folder)
    return [
        f"{Path(one.location.file).relative_to(folder)}: {one.code}: {one.message}" for one in error.value.diagnostics
    ]


def test_everything_in_a_rule_folder_that_is_no_file_is_told(rules: Path) -> None:
    os.mkfifo(rules / "facts/pipe.yaml")
    (rules / "zero.json").symlink_to("/dev/zero")
    (rules / "round").symlink_to(rules)
    (rules / "gone.yml").symlink_to("none")
    assert told(rules) == [
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
    bytes_of_one = rule_folder.read_file
    monkeypatch.setattr(rule_folder, "read_file", lambda path: read.append(1) or bytes_of_one(path))
    assert told(rules) == ["x03.yaml: too-large: the files up to this one hold more than 16 MB."]
    assert len(read) < len(list(GOOD.rglob("*.yaml"))) + 5


def test_a_folder_that_is_no_rule_folder_is_refused_before_all_of_it_is_looked_at(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_folder, "MAX_ENTRIES", 50)
    for number in range(51):
        (rules / f"facts/{number}").touch()
    assert told(rules) == [".: too-large: there are more than 50 files and folders below this one."]


def test_a_folder_below_that_may_not_be_read_is_told(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def closed(path: Path) -> object:
        if Path(path).name == "facts":  # the tests may run as root, to whom nothing is closed
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert told(rules) == ["facts: cannot-open: permission denied."]


def test_what_is_no_law_keeps_nobody_from_assessing(rules: Path) -> None:
    (rules / "exercises").mkdir(exist_ok=True)
    os.mkfifo(rules / "exercises/pipe.yaml")
    assert load_book(rules) == good_book()
    with pytest.raises(DiagnosticsError, match=r"exercises/pipe\.yaml: cannot-open: this is not a regular file"):
        read_exercise_parts(rules / "exercises")

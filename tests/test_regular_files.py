"""Files are read without waiting and up to a bound, whatever a name leads to."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from screen.diagnostics import DiagnosticsError
from screen.regular_files import read_bounded, read_file, read_utf8

TERABYTE = 2**40


def sparse(path: Path, size: int = TERABYTE) -> None:
    """Create a file that claims this size and takes no space."""
    with path.open("wb") as file:
        file.truncate(size)


def socket_at(path: Path) -> None:
    """Create a socket."""
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as opened:
        opened.bind(path.name)  # a complete path may be too long for a socket


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


@pytest.mark.parametrize(("make", "message"), NO_FILES.values(), ids=NO_FILES)
@pytest.mark.parametrize("read", [read_file, read_utf8])
def test_what_is_not_a_file_is_refused_without_waiting(
    make: Callable[[Path], object], message: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    make(tmp_path / "words")
    with pytest.raises(
        DiagnosticsError, match=f"/words: cannot-open: .*{message}.* Check the path and who may read it"
    ):
        read(tmp_path / "words")


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("words")
    (tmp_path / "link").symlink_to("file")
    assert read_utf8(tmp_path / "link") == "words"


def test_reading_stops_at_the_bound(tmp_path: Path) -> None:
    sparse(tmp_path / "huge")
    assert len(read_file(tmp_path / "huge", max_bytes=1000)) == 1001
    for read in (read_utf8, lambda path: read_bounded(path, max_bytes=1024 * 1024)):
        with pytest.raises(DiagnosticsError, match="/huge: too-large: the file is larger than 1 MB"):
            read(tmp_path / "huge")

"""TODO."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.file_types import is_case_file
from screen.regular_files import MAX_BYTES, _cannot_open, _mistake, read_file

MAX_BOOK_BYTES = 4 * MAX_BYTES


MAX_ENTRIES = 10_000  # of files and folders below a rule folder; the book that comes along has under 300


def read_rule_files(folder: Path, *, exclude: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the bytes of every data file below a folder, by its path there, sorted. Raises Mistakes.

    Files with an ending like that of rule files are among them, so that `book` can say that nobody would read them.
    What begins with a name in `leave_out` is not looked at.
    """
    if not folder.is_dir():
        found, remedy = "there is no such folder.", "Name the folder that holds book.yaml."
        raise DiagnosticsError([Diagnostic(Location(str(folder)), "cannot-open", found, remedy)])
    mistakes: list[Diagnostic] = []
    files: dict[str, bytes] = {}
    room = MAX_BOOK_BYTES
    for name in sorted(_data_files(folder, exclude, mistakes)):
        try:
            data = files[name] = read_file(folder / name)
        except DiagnosticsError as error:
            mistakes += error.diagnostics
            continue
        room -= len(data)
        if room < 0:
            found = f"the files up to this one hold more than {MAX_BOOK_BYTES // 1024 // 1024} MB."
            raise DiagnosticsError([*mistakes, Diagnostic(Location(str(folder / name)), "too-large", found, _NO_BOOK)])
    if mistakes:
        # Law that cannot be read would be law that nobody applies.
        raise DiagnosticsError(mistakes)
    return files


_NO_BOOK = "Name the folder that holds book.yaml, with nothing but rules in it."


def _data_files(folder: Path, leave_out: tuple[str, ...], mistakes: list[Diagnostic]) -> Iterator[str]:
    """Yield the names below a folder that look like rule files, and note what keeps anybody from looking there.

    Links to folders are not followed, since they can lead round in a circle or out of what was named, and are noted.
    Raises Mistakes where there is more than a rule folder holds.
    """
    waiting, left = [""], MAX_ENTRIES
    while waiting:
        above = waiting.pop()
        try:
            with os.scandir(folder / above) as scan:
                entries = list(islice(scan, left + 1))
        except OSError as error:
            mistakes.append(_cannot_open(folder / above, error))
            continue
        left -= len(entries)
        if left < 0:
            found = f"there are more than {MAX_ENTRIES:,} files and folders below this one."
            raise DiagnosticsError([Diagnostic(Location(str(folder)), "too-large", found, _NO_BOOK)])
        for entry in entries:
            name = above + entry.name
            if f"{name}/".startswith(leave_out):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
            elif entry.is_symlink() and entry.is_dir():
                mistakes.append(_mistake(folder / name, "this is a link to a folder, which is not followed.", _MOVE))
            elif is_case_file(name):  # rule files end as case files do
                yield name


_MOVE = "Put the folder itself here, or take the link away."


EXERCISES, POPULATIONS = "exercises/", "populations/"


#: What the law is measured by, what teaches it, and what cases are made up from, is no part of it.
NOT_LAW = ("cases/", "issues.yaml", "decisions.yaml", EXERCISES, POPULATIONS)


def rules_hash(files: dict[str, bytes]) -> str:
    """Return the SHA-256 of the law in hexadecimal: every file with its name, but for what measures or teaches it."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        if not name.startswith(NOT_LAW):
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()

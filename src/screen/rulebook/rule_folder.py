"""The files of a rule folder: their bytes, within bounds, and the hash of the law in them.

A folder that somebody names may be anything, `/usr` included. It is refused before all of it is read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.file_types import is_case_file
from screen.regular_files import MAX_BYTES, open_diagnostic, read_file

MAX_BOOK_BYTES = 4 * MAX_BYTES
MAX_ENTRIES = 10_000  # of files and folders below a rule folder; the rules of this project have under 300

EXERCISES, POPULATIONS = "exercises/", "populations/"
#: What measures the law, teaches it or makes up cases from it is not part of the law.
NOT_LAW = ("cases/", "issues.yaml", "decisions.yaml", EXERCISES, POPULATIONS)

_FOLDER_HINT = "Name the folder that holds book.yaml, with nothing but rules in it."


def rules_hash(files: dict[str, bytes]) -> str:
    """Return the SHA-256 of the law in hexadecimal, over the names and bytes of its files; `NOT_LAW` is left out."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        if not name.startswith(NOT_LAW):
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def read_rule_files(folder: Path, *, exclude: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the bytes of every data file below a folder, sorted by path below it. Raises DiagnosticsError.

    Every file whose name ends like a data file's is among them, so that `checker` can report those that it does not
    know. Paths that begin with one of `exclude` are left out.
    """
    if not folder.is_dir():
        message, hint = "there is no such folder.", "Name the folder that holds book.yaml."
        raise DiagnosticsError([Diagnostic(Location(str(folder)), "cannot-open", message, hint)])
    diagnostics: list[Diagnostic] = []
    files: dict[str, bytes] = {}
    remaining = MAX_BOOK_BYTES
    for name in sorted(_data_files(folder, exclude, diagnostics)):
        try:
            data = files[name] = read_file(folder / name)
        except DiagnosticsError as error:
            diagnostics += error.diagnostics
            continue
        remaining -= len(data)
        if remaining < 0:
            message = f"the files up to this one hold more than {MAX_BOOK_BYTES // 1024 // 1024} MB."
            location = Location(str(folder / name))
            raise DiagnosticsError([*diagnostics, Diagnostic(location, "too-large", message, _FOLDER_HINT)])
    if diagnostics:
        # Law that cannot be read would be law that nobody applies.
        raise DiagnosticsError(diagnostics)
    return files


def _data_files(folder: Path, exclude: tuple[str, ...], diagnostics: list[Diagnostic]) -> Iterator[str]:
    """Yield the paths of data files below a folder, and add a diagnostic for each folder that is not searched.

    Links to folders are not followed, since they can lead in a circle or out of the folder, and are reported.
    Raises DiagnosticsError where there are more than `MAX_ENTRIES` files and folders.
    """
    waiting, remaining = [""], MAX_ENTRIES
    while waiting:
        parent = waiting.pop()
        try:
            with os.scandir(folder / parent) as scan:
                entries = list(islice(scan, remaining + 1))
        except OSError as error:
            diagnostics.append(open_diagnostic(folder / parent, error))
            continue
        remaining -= len(entries)
        if remaining < 0:
            message = f"there are more than {MAX_ENTRIES:,} files and folders below this one."
            raise DiagnosticsError([Diagnostic(Location(str(folder)), "too-large", message, _FOLDER_HINT)])
        for entry in entries:
            name = parent + entry.name
            if f"{name}/".startswith(exclude):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
            elif entry.is_symlink() and entry.is_dir():
                message, hint = (
                    "this is a link to a folder, which is not followed.",
                    "Put the folder itself here, or remove the link.",
                )
                diagnostics.append(Diagnostic(Location(str(folder / name)), "cannot-open", message, hint))
            elif is_case_file(name):  # rule files end as case files do
                yield name

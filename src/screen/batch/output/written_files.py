"""Files that a run wrote earlier: determinations and rejects, replaced or deleted only if they are still ours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import BinaryIO

from screen.batch.input.rejects import is_reject_line
from screen.batch.output.preflight import OutputGuard, read_up_to
from screen.case.caseload import LOOKED_AT
from screen.diagnostics import DiagnosticsError
from screen.files import Folder, check_replaceable, digest

_DETERMINATION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@~-]*\.md")


def write_determination(folder: Folder, name: str, data: bytes, guard: OutputGuard) -> str:
    """Write a determination, and return its digest. Raises DiagnosticsError where it may not take its name, OSError.

    A file with the same content is left as it is: an interrupted run had written it.
    """
    content = digest(io.BytesIO(data))
    try:
        folder.write(name, data)
    except FileExistsError:
        if not _has_content(folder, name, content):
            folder.write(name, data, instead_of=guard.check(folder, name))
    return content


def remove_determinations(folder: Folder, written: Mapping[str, str]) -> None:
    """Delete the determinations of a run that is given up: their cases may be gone from the sources.

    `written` has the digest of each. A file whose content has changed stays, and so does a link, or a file that has a
    second name.
    """
    for name, content in written.items():
        status = folder.lstat(name) if _DETERMINATION_NAME.fullmatch(name) else None
        if status is not None and status.st_nlink == 1 and _has_content(folder, name, content):
            folder.remove(name)


def remove_rejects(folder: Folder, name: str) -> None:
    """Delete the rejects of an earlier run, if every line of the file is a reject as we write it."""
    if _satisfies(folder, name, _holds_only_rejects):
        folder.remove(name)


def _has_content(folder: Folder, name: str, content: str) -> bool:
    """Tell whether a file is ours and its content has this digest."""
    return _satisfies(folder, name, lambda file: digest(file) == content)


def _satisfies(folder: Folder, name: str, test: Callable[[BinaryIO], bool]) -> bool:
    """Tell whether there is a file that is ours, is not a link, and passes a test."""
    try:
        if check_replaceable(folder, name) is None:
            return False
        with folder.open(name) as file:
            return test(file)
    except (DiagnosticsError, OSError):
        return False


def _holds_only_rejects(file: BinaryIO) -> bool:
    lines = read_up_to(file.read, LOOKED_AT).split(b"\n")
    return all(is_reject_line(line) for line in lines[:-1])  # the last piece is empty, or half a line

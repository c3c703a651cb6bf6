"""Reports written to a file of the caller's choice, never over a case or a caseload.

A report is readable by its owner alone. It is written completely, or every file stays as it was.
"""

import errno
import stat
from collections.abc import Collection, Iterable
from contextlib import suppress
from os import stat_result
from pathlib import Path
from typing import Annotated

import typer

from screen.case.caseload import LOOKED_AT, may_hold_cases
from screen.cli import console
from screen.diagnostics import DiagnosticsError
from screen.files import raise_diagnostic, write
from screen.regular_files import read_file

OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        readable=False,
        help="Write to a file that only you can read; never in the place of a case file.",
    ),
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace an output that is there already, if it holds no case.")
]


def check_output_path(out: Path, facts: Collection[str], sources: Iterable[Path] = (), *, overwrite: bool) -> None:
    """Raise DiagnosticsError if a report may not be written here. Nothing is changed.

    A case or a caseload is never overwritten, even with `--overwrite`: the answers would be gone. `facts` are the names
    of the rule book's facts, by which a caseload is recognised.
    """
    if out.is_symlink():
        message = "this is a link, and none is written through."
        raise_diagnostic(out, "already-there", message, "Name the file that it leads to.")
    existing = file_status(out)
    if existing is None:
        if not out.resolve().parent.is_dir():
            raise_diagnostic(out, "cannot-write", "its folder is not there.", "Make it first.")
        return
    if stat.S_ISDIR(existing.st_mode):
        raise_diagnostic(out, "already-there", "this is a folder.", "Name a file in it.")
    if not stat.S_ISREG(existing.st_mode):
        raise_diagnostic(out, "already-there", "this is no regular file.", "Choose another name, or leave out --out.")
    another_name = "Choose another name; it is not overwritten."
    if any(_is_same_file(source, existing) for source in sources):
        raise_diagnostic(out, "already-there", "this is the case itself.", another_name)
    if may_hold_cases(read_file(out, max_bytes=LOOKED_AT), facts):
        raise_diagnostic(out, "already-there", "this may be a case file or a caseload.", another_name)
    if not overwrite:
        message = "there is a file of that name already."
        raise_diagnostic(out, "already-there", message, "Choose another name, or say --overwrite.")


def file_status(path: Path) -> stat_result | None:
    """Return the `stat` of a file, None if there is none. Raises DiagnosticsError if the system cannot tell."""
    try:
        return path.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return None
        message = f"{(error.strerror or 'not readable').lower()}."
        raise_diagnostic(path, "cannot-open", message, "Check the path and who may read it.")


def _is_same_file(source: Path, existing: stat_result) -> bool:
    with suppress(DiagnosticsError):  # a case that cannot be looked at is reported when it is read
        status = file_status(source)
        return status is not None and (status.st_dev, status.st_ino) == (existing.st_dev, existing.st_ino)
    return False


def write_report(
    out: Path, text: str, facts: Collection[str], sources: Iterable[Path] = (), *, overwrite: bool
) -> None:
    """Write a report and say so. Raises DiagnosticsError like `check_output_path`, which is asked again."""

    def check() -> None:  # a case may have got this name in the meantime
        check_output_path(out, facts, sources, overwrite=overwrite)

    write(out, text.encode(), check, console.info)
    console.info(f"Written to {console.shell_quote(out)}, readable by you alone.")

"""Reports written to a file of the caller's choice, and never in the place of somebody's answers.

In: the name after `--out`, the files that the report is made from, and the text. Out: a file for its owner alone,
complete, or Mistakes with every file as it was. Left alone: how a file is replaced (`files`).
"""

import errno
import stat
from collections.abc import Collection, Iterable
from contextlib import suppress
from os import stat_result
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import console
from screen.diagnostics import DiagnosticsError
from screen.files import raise_diagnostic, write

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
    """Raise Mistakes where a report may not take this name: asked before a case is read, and nothing is changed.

    A case or a caseload is never overwritten, whatever was said: the answers would be gone. `facts` are the names of
    the rule book's facts, by which a caseload is known.
    """
    if out.is_symlink():
        raise_diagnostic(
            out, "already-there", "this is a link, and none is written through.", "Name the file that it leads to."
        )
    there = file_status(out)
    if there is None:
        if not out.resolve().parent.is_dir():
            raise_diagnostic(out, "cannot-write", "its folder is not there.", "Make it first.")
        return
    if stat.S_ISDIR(there.st_mode):
        raise_diagnostic(out, "already-there", "this is a folder.", "Name a file in it.")
    if not stat.S_ISREG(there.st_mode):
        raise_diagnostic(out, "already-there", "this is no regular file.", "Choose another name, or leave out --out.")
    if any(_is(source, there) for source in sources):
        raise_diagnostic(
            out, "already-there", "this is the case itself.", "Choose another name; it is not overwritten."
        )
    if _may_hold_cases(out, facts):
        raise_diagnostic(
            out,
            "already-there",
            "this may be a case file or a caseload.",
            "Choose another name; it is not overwritten.",
        )
    if not overwrite:
        found = "there is a file of that name already."
        raise_diagnostic(out, "already-there", found, "Choose another name, or say --overwrite.")


def file_status(path: Path) -> stat_result | None:
    """Return what the system says of a file, None where there is none. Raises Mistakes where it cannot tell."""
    try:
        return path.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return None
        found = f"{(error.strerror or 'not readable').lower()}."
        raise_diagnostic(path, "cannot-open", found, "Check the path and who may read it.")


def _is(source: Path, there: stat_result) -> bool:
    with suppress(DiagnosticsError):  # a case that cannot be looked at is told when it is read
        one = file_status(source)
        return one is not None and (one.st_dev, one.st_ino) == (there.st_dev, there.st_ino)
    return False


def _may_hold_cases(path: Path, facts: Collection[str]) -> bool:
    from screen.case.caseload import LOOKED_AT, may_hold_cases
    from screen.regular_files import read_file

    return may_hold_cases(read_file(path, max_bytes=LOOKED_AT), facts)


def write_report(
    out: Path, text: str, facts: Collection[str], sources: Iterable[Path] = (), *, overwrite: bool
) -> None:
    """Put a report under its name and say so. Raises Mistakes as `may_write` does: a case may be there by now."""
    write(out, text.encode(), lambda: check_output_path(out, facts, sources, overwrite=overwrite), console.info)
    console.info(f"Written to {console.shell_quote(out)}, readable by you alone.")

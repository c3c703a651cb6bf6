"""Reports written to a file of the caller's choice, and never in the place of somebody's answers.

In: the name after `--out`, the files that the report is made from, and the text. Out: a file for its owner alone,
whole, or Mistakes with every file as it was. Left alone: how a file is exchanged (`case.write_whole`).
"""

import errno
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from os import stat_result
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from screen.cli import display
from screen.mistake import Mistake, Mistakes
from screen.place import Place

Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        readable=False,
        help="Write to a file that only you can read; never in the place of a case file.",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Exchange an output that is there already, if it is no case file.")
]

#: What only a case file has, be it broken: its answers are in it all the same.
_LINES = re.compile(rb"""(?:^|[\r\n]) *["']?(?:format|case|facts)["']?[ \t]*:""")
_FLOW = re.compile(rb"""["'{,\s](?:case|facts)["']?\s*:""")
#: What a determination or a comparison in JSON says of itself.
_OURS = re.compile(rb'"program"\s*:\s*{')


def may_write(out: Path, sources: Iterable[Path] = (), *, overwrite: bool) -> None:
    """Raise Mistakes where a report may not take this name: asked before a case is read, and nothing is changed.

    A case is never overwritten, whatever was said: the answers would be gone.
    """
    there = status(out)
    if there is None:
        if not out.resolve().parent.is_dir():
            _refuse(out, "cannot-write", "its folder is not there.", "Make it first.")
        return
    if stat.S_ISDIR(there.st_mode):
        _refuse(out, "already-there", "this is a folder.", "Name a file in it.")
    if not stat.S_ISREG(there.st_mode):
        _refuse(out, "already-there", "this is no regular file.", "Choose another name, or leave out --out.")
    if any(_is(source, there) for source in sources):
        _refuse(out, "already-there", "this is the case itself.", "Choose another name; it is not overwritten.")
    if _may_be_case(out):
        _refuse(out, "already-there", "this may be a case file.", "Choose another name; it is not overwritten.")
    if not overwrite:
        found = "there is a file of that name already."
        _refuse(out, "already-there", found, "Choose another name, or say --overwrite.")


def status(path: Path) -> stat_result | None:
    """Return what the system says of a file, None where there is none. Raises Mistakes where it cannot tell."""
    try:
        return path.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return None
        found = f"{(error.strerror or 'not readable').lower()}."
        _refuse(path, "cannot-open", found, "Check the path and who may read it.")


def _is(source: Path, there: stat_result) -> bool:
    with suppress(Mistakes):  # a case that cannot be looked at is told when it is read
        one = status(source)
        return one is not None and (one.st_dev, one.st_ino) == (there.st_dev, there.st_ino)
    return False


def _may_be_case(path: Path) -> bool:
    """Tell whether a file looks like a case, whether or not it could be used as one."""
    from screen.language.files import bytes_of

    said = bytes_of(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    if said[:1] in (b"{", b"["):
        return bool(_FLOW.search(said)) and not _OURS.search(said)
    return bool(_LINES.search(said))


def _refuse(path: Path, code: str, found: str, remedy: str) -> NoReturn:
    raise Mistakes([Mistake(Place(str(path)), code, found, remedy)])


def write_report(out: Path, text: str, sources: Iterable[Path] = (), *, overwrite: bool) -> None:
    """Put a report under its name and say so. Raises Mistakes as `may_write` does: a case may be there by now."""
    from screen.case import write_whole

    may_write(out, sources, overwrite=overwrite)
    write_whole(out, text)
    display.say(f"Written to {display.pasted(out)}, readable by you alone.")

"""The bytes of rule files, case files and whatever else is read whole.

In: paths. Out: bytes, or Mistakes where they cannot be had. Left alone: what the bytes say.

A name can lead anywhere: to a pipe, at which a reader waits for ever, to `/dev/zero`, to a sparse file of a terabyte,
to the whole of `/usr`. Everything is opened in one way here, without waiting, and read up to a bound.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from screen.endings import is_case_file
from screen.mistake import Mistake, Mistakes
from screen.place import Place

MAX_BYTES = 4 * 1024 * 1024  # the whole book is under half a megabyte; a case file is a few kilobytes
MAX_BOOK_BYTES = 4 * MAX_BYTES
MAX_ENTRIES = 10_000  # of files and folders below a rule folder; the book that comes along has under 300

# A pipe is opened without waiting for its writer, a terminal does not become ours, and no child inherits the file.
# Windows has none of these and needs to be told that bytes are bytes.
_READING = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _READING |= getattr(os, _flag, 0)


def read_regular(path: str | Path, most: int) -> bytes:
    """Return what a regular file holds, one byte over `most` at most. Raises OSError; what is no file is refused.

    What is larger by its own account is not read at all beyond the bound: a sparse file can claim a terabyte.
    """
    handle = os.open(path, _READING)
    try:  # no Python file around it: twenty thousand case files are read this way, and it would take most of the time
        must_be_regular(os.fstat(handle))
        data = os.read(handle, most + 1)
        while len(data) <= most and (piece := os.read(handle, most + 1 - len(data))):
            data += piece
        return data
    finally:
        os.close(handle)


def must_be_regular(status: os.stat_result) -> None:
    """Raise OSError, in the words of a message, unless this is a regular file."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "this is no regular file")


def bytes_of(path: Path, *, most: int = MAX_BYTES) -> bytes:
    """Return what a regular file holds, one byte over the bound at most. Raises Mistakes where it cannot be read."""
    try:
        return read_regular(path, most)
    except OSError as error:
        raise Mistakes([_cannot_open(path, error)]) from None


def bounded_bytes_of(path: Path, *, most: int) -> bytes:
    """Return what a regular file holds, as `bytes_of` does. Raises Mistakes also where it is over the bound."""
    data = bytes_of(path, most=most)
    if len(data) > most:
        found = f"the file is larger than {most // 1024 // 1024} MB."
        raise Mistakes([Mistake(Place(str(path)), "too-large", found, "Check that it is the file that you mean.")])
    return data


def text_of(path: Path, *, most: int = 1024 * 1024) -> str:
    """Return the words of a file that somebody wrote by hand. Raises Mistakes where it is another kind of file."""
    data = bounded_bytes_of(path, most=most)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace").split("\n")
        place = Place(str(path), len(before), len(before[-1]) + 1)
        found, remedy = "from here on this is not UTF-8 text.", "Save the file as UTF-8."
        raise Mistakes([Mistake(place, "not-utf8", found, remedy)]) from None


def rule_files(folder: Path, *, leave_out: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the bytes of every data file below a folder, by its path there, sorted. Raises Mistakes.

    Files with an ending like that of rule files are among them, so that `book` can say that nobody would read them.
    What begins with a name in `leave_out` is not looked at.
    """
    if not folder.is_dir():
        found, remedy = "there is no such folder.", "Name the folder that holds book.yaml."
        raise Mistakes([Mistake(Place(str(folder)), "cannot-open", found, remedy)])
    mistakes: list[Mistake] = []
    files: dict[str, bytes] = {}
    room = MAX_BOOK_BYTES
    for name in sorted(_data_files(folder, leave_out, mistakes)):
        try:
            data = files[name] = bytes_of(folder / name)
        except Mistakes as error:
            mistakes += error.all
            continue
        room -= len(data)
        if room < 0:
            found = f"the files up to this one hold more than {MAX_BOOK_BYTES // 1024 // 1024} MB."
            raise Mistakes([*mistakes, Mistake(Place(str(folder / name)), "too-large", found, _NO_BOOK)])
    if mistakes:
        # Law that cannot be read would be law that nobody applies.
        raise Mistakes(mistakes)
    return files


_NO_BOOK = "Name the folder that holds book.yaml, with nothing but rules in it."


def _data_files(folder: Path, leave_out: tuple[str, ...], mistakes: list[Mistake]) -> Iterator[str]:
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
            raise Mistakes([Mistake(Place(str(folder)), "too-large", found, _NO_BOOK)])
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


def _cannot_open(path: Path, error: OSError) -> Mistake:
    found = f"{(error.strerror or 'not readable').lower()}."
    return _mistake(path, found, "Check the path and who may read it.")


def _mistake(path: Path, found: str, remedy: str) -> Mistake:
    return Mistake(Place(str(path)), "cannot-open", found, remedy)

"""The bytes of rule files, case files and whatever else is read whole.

In: paths. Out: bytes, or Mistakes where they cannot be had. Left alone: what the bytes say.

A name can lead anywhere: to a pipe, at which a reader waits for ever, to `/dev/zero`, to a sparse file of a terabyte,
to the whole of `/usr`. Everything is opened in one way here, without waiting, and read up to a bound.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from screen.diagnostics import Diagnostic, DiagnosticsError, Location

MAX_BYTES = 4 * 1024 * 1024  # the whole book is under half a megabyte; a case file is a few kilobytes

# A pipe is opened without waiting for its writer, a terminal does not become ours, and no child inherits the file.
# Windows has none of these and needs to be told that bytes are bytes.
_READING = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _READING |= getattr(os, _flag, 0)


def read_regular(path: str | Path, max_bytes: int) -> bytes:
    """Return what a regular file holds, one byte over `max_bytes` at most. Raises OSError; what is no file is refused.

    What is larger by its own account is not read at all beyond the bound: a sparse file can claim a terabyte.
    """
    handle = os.open(path, _READING)
    try:  # no Python file around it: twenty thousand case files are read this way, and it would take most of the time
        require_regular(os.fstat(handle))
        data = os.read(handle, max_bytes + 1)
        while len(data) <= max_bytes and (piece := os.read(handle, max_bytes + 1 - len(data))):
            data += piece
        return data
    finally:
        os.close(handle)


def require_regular(status: os.stat_result) -> None:
    """Raise OSError, in the words of a message, unless this is a regular file."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "this is no regular file")


def read_file(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return what a regular file holds, one byte over the bound at most. Raises Mistakes where it cannot be read."""
    try:
        return read_regular(path, max_bytes)
    except OSError as error:
        raise DiagnosticsError([_cannot_open(path, error)]) from None


def read_bounded(path: Path, *, max_bytes: int) -> bytes:
    """Return what a regular file holds, as `bytes_of` does. Raises Mistakes also where it is over the bound."""
    data = read_file(path, max_bytes=max_bytes)
    if len(data) > max_bytes:
        found = f"the file is larger than {max_bytes // 1024 // 1024} MB."
        raise DiagnosticsError(
            [Diagnostic(Location(str(path)), "too-large", found, "Check that it is the file that you mean.")]
        )
    return data


def read_utf8(path: Path, *, max_bytes: int = 1024 * 1024) -> str:
    """Return the words of a file that somebody wrote by hand. Raises Mistakes where it is another kind of file."""
    data = read_bounded(path, max_bytes=max_bytes)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace").split("\n")
        place = Location(str(path), len(before), len(before[-1]) + 1)
        found, remedy = "from here on this is not UTF-8 text.", "Save the file as UTF-8."
        raise DiagnosticsError([Diagnostic(place, "not-utf8", found, remedy)]) from None


def _cannot_open(path: Path, error: OSError) -> Diagnostic:
    found = f"{(error.strerror or 'not readable').lower()}."
    return _mistake(path, found, "Check the path and who may read it.")


def _mistake(path: Path, found: str, remedy: str) -> Diagnostic:
    return Diagnostic(Location(str(path)), "cannot-open", found, remedy)

"""Read whole regular files, without waiting and up to a bound.

A name can lead anywhere: to a pipe, on which a reader waits for ever, to `/dev/zero`, to a sparse file of a terabyte.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from screen.diagnostics import Diagnostic, DiagnosticsError, Location

MAX_BYTES = 4 * 1024 * 1024  # the whole book is under half a megabyte; a case file is a few kilobytes

# A pipe is opened without waiting for its writer, a terminal does not become ours, and no child inherits the file.
# Windows has none of these flags, and needs to be told that bytes are bytes.
_OPEN_FLAGS = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _OPEN_FLAGS |= getattr(os, _flag, 0)


def read_regular(path: str | Path, max_bytes: int) -> bytes:
    """Return the content of a regular file, at most one byte more than `max_bytes`. Raises OSError.

    Reading stops at the bound whatever size a file claims: a sparse file can claim a terabyte.
    """
    handle = os.open(path, _OPEN_FLAGS)
    try:  # without a Python file object, which would take most of the time: batches read many small files
        require_regular(os.fstat(handle))
        data = os.read(handle, max_bytes + 1)
        while len(data) <= max_bytes and (chunk := os.read(handle, max_bytes + 1 - len(data))):
            data += chunk
        return data
    finally:
        os.close(handle)


def require_regular(status: os.stat_result) -> None:
    """Raise OSError, with text for a diagnostic, unless this is the status of a regular file."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "this is not a regular file")


def read_file(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a regular file, at most one byte more than the bound. Raises DiagnosticsError."""
    try:
        return read_regular(path, max_bytes)
    except OSError as error:
        raise DiagnosticsError([open_diagnostic(path, error)]) from None


def read_bounded(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of a regular file. Raises DiagnosticsError, also where it is larger than the bound."""
    data = read_file(path, max_bytes=max_bytes)
    if len(data) > max_bytes:
        message = f"the file is larger than {max_bytes // 1024 // 1024} MB."
        hint = "Check that it is the file that you mean."
        raise DiagnosticsError([Diagnostic(Location(str(path)), "too-large", message, hint)])
    return data


def read_utf8(path: Path, *, max_bytes: int = 1024 * 1024) -> str:
    """Return the text of a file that somebody wrote by hand. Raises DiagnosticsError where it is not such a file."""
    data = read_bounded(path, max_bytes=max_bytes)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines = data[: error.start].decode("utf-8-sig", "replace").split("\n")
        location = Location(str(path), len(lines), len(lines[-1]) + 1)
        message, hint = "from here on this is not UTF-8 text.", "Save the file as UTF-8."
        raise DiagnosticsError([Diagnostic(location, "not-utf8", message, hint)]) from None


def open_diagnostic(path: Path, error: OSError) -> Diagnostic:
    """Return what to report of a file or folder that could not be opened."""
    message = f"{(error.strerror or 'not readable').lower()}."
    return Diagnostic(Location(str(path)), "cannot-open", message, "Check the path and who may read it.")

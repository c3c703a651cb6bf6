"""Files put on the disk: written whole, cut to a length, given their names in one step, from another disk too.

In: bytes, or a file that is whole. Out: the file under its name, readable by its owner alone, and on the disk when the
call returns. Left alone: what the files hold.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

from screen.mistake import Mistake, Mistakes
from screen.place import Place

_PIECE = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BARRED = (errno.EACCES, errno.EPERM, errno.EROFS)


def opened(path: Path, length: int) -> BinaryIO:
    """Return a file to add to, cut to a length. Nothing waits in memory: what could not be written is told at once."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.ftruncate(handle, length)
    file = os.fdopen(handle, "r+b", buffering=0)
    file.seek(length)
    return file


def add(file: BinaryIO, data: bytes) -> None:
    """Add all of these bytes; a disk that fills up takes some of them first."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def sync(file: BinaryIO) -> None:
    """Come back when a file is on the disk."""
    os.fsync(file.fileno())


def write(path: Path, data: bytes) -> None:
    """Put bytes under a name, whole or not at all."""
    part = path.with_suffix(".part")
    with opened(part, 0) as file:
        add(file, data)
        sync(file)
    part.replace(path)


def put(made: Path, name: Path) -> None:
    """Put a whole file under a name; from another file system it is copied there first, hidden beside its name."""
    try:
        made.replace(name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    part = beside(name)
    try:
        with made.open("rb") as source, opened(part, 0) as file:
            while piece := source.read(_PIECE):
                add(file, piece)
            sync(file)
        part.replace(name)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    made.unlink()


def beside(name: Path) -> Path:
    """Return where a file lies hidden until it has its name."""
    return name.with_name(f".{name.name}.rsd-part")


def sync_folder(folder: Path) -> None:
    """Come back when the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def may_write_in(folder: Path) -> bool:
    """Tell whether files can be made in a folder."""
    return os.access(folder, os.W_OK | os.X_OK)


def cannot_write(path: Path, error: OSError, *, kept: bool) -> Mistakes:
    """Return what is told where a file could not be written; `kept` tells whether something is to be gone on with."""
    do = (
        "Make room" if error.errno in _FULL
        else "Check who may write there" if error.errno in _BARRED
        else "Mend that"
    )  # fmt: skip
    remedy = (
        f"What is finished is kept. {do} and go on with --resume." if kept
        else f"Nothing was finished. {do}, or choose another place for it."
    )  # fmt: skip
    found = f"the output could not be written: {(error.strerror or 'no reason given').lower()}."
    return Mistakes([Mistake(Place(str(path)), "cannot-write", found, remedy)])

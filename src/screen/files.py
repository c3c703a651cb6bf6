"""Write, replace, delete and lock files. Only this module does, so that nobody's work is lost.

A file that was written is readable by its owner alone, and complete and on the disk when the call returns; otherwise
DiagnosticsError is raised and every file is as it was. The rules:

- Nothing is written through a link. A folder is opened once, and names are looked up in that open folder.
- A new file is created exclusively. A file is replaced only while it is still the file that the caller looked at.
- Only names that this program made are deleted, and a name proves by itself that it was made here.
- A file that belongs to somebody else, or is read-only, is left as it is.
- Waiting for a lock is announced and has a limit. On a disk without locks, the check just before the replacement still
  protects what somebody else wrote.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from screen.diagnostics import Diagnostic, DiagnosticsError, Location

LOCK_TIMEOUT = 10.0  # seconds to wait for a lock of another program
_NOTIFY_AFTER = 1.0  # seconds of waiting before it is announced
_CHUNK_BYTES = 1 << 20
_STALE_AFTER = 3600.0  # seconds after which nobody uses a temporary file any more, on a disk without locks

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_PERMITTED = (errno.EACCES, errno.EPERM, errno.EROFS)
_NOT_FOUND = (errno.ENOENT, errno.ENOTDIR)
_LOCKS_UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_LINKS_UNSUPPORTED = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: Called with a message when something is waited for; without it the wait is silent, and still ends.
Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FileSnapshot:
    """A file as it was at one moment. Two snapshots are equal as long as nobody wrote to the file in between."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class Folder:
    """An open folder. Its files are found in it by name, even if its path leads elsewhere by then."""

    def __init__(self, handle: int, path: Path) -> None:
        self.handle, self.path = handle, path

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def lstat(self, name: str) -> os.stat_result | None:
        """Return the status of a name itself, not of what it links to; None where there is nothing."""
        try:
            return os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def snapshot(self, name: str) -> FileSnapshot | None:
        """Return a snapshot of a file; None where there is none."""
        status = self.lstat(name)
        return None if status is None else _snapshot(status)

    def is_writable(self) -> bool:
        """Tell whether files can be created in this folder."""
        return os.access(".", os.W_OK | os.X_OK, dir_fd=self.handle)

    def names(self) -> list[str]:
        """Return the names in this folder, sorted."""
        return sorted(os.listdir(self.handle))  # noqa: PTH208 - a Path cannot list an open folder

    def open(self, name: str, *, writing: bool = False) -> BinaryIO:
        """Return a regular file of this folder, unbuffered. A link is not followed. Raises OSError."""
        handle = os.open(name, _FILE_FLAGS | (os.O_RDWR if writing else os.O_RDONLY), dir_fd=self.handle)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "not a regular file", name)
        return os.fdopen(handle, "r+b" if writing else "rb", buffering=0)

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, name: str) -> BinaryIO:
        """Return a new file that only its owner can read, unbuffered. Raises FileExistsError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _FILE_FLAGS
        handle = os.open(name, flags, 0o600, dir_fd=self.handle)
        try:
            os.fchmod(handle, 0o600)  # whatever the umask says
            return os.fdopen(handle, "r+b", buffering=0)
        except BaseException:
            os.close(handle)
            self.remove(name)
            raise

    @contextmanager
    def temporary(self) -> Iterator[tuple[BinaryIO, str]]:
        """Yield a new temporary file and its name. It is deleted at the end, unless it was given another name."""
        while True:
            name = _temporary_name()
            with suppress(FileExistsError):
                file = self.create(name)
                break
        try:
            with suppress(OSError):  # without locks, its age shows whether it is in use
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file, name
        finally:
            file.close()
            self.remove(name)

    def publish(self, name: str, new_name: str) -> None:
        """Rename a file of this folder to a name that is free. Raises FileExistsError where it is taken."""
        _rename_to_free(self, name, self, new_name)

    def replace(self, name: str, new_name: str, instead_of: FileSnapshot) -> None:
        """Rename a file over another. Raises OSError (ESTALE) where that one is not as in the snapshot any more."""
        _replace(self, name, self, new_name, instead_of)

    def write(self, name: str, data: bytes, *, instead_of: FileSnapshot | None = None) -> None:
        """Write bytes under a name, complete and on the disk. Raises OSError.

        The name must be free, or its file as in the snapshot `instead_of`.
        """
        self.write_with(name, lambda file: write_all(file, data), instead_of=instead_of)

    def write_with(
        self, name: str, write: Callable[[BinaryIO], object], *, instead_of: FileSnapshot | None = None
    ) -> None:
        """Write what the function `write` writes under a name, as `Folder.write` does. Raises OSError."""
        with self.temporary() as (file, part):
            write(file)
            os.fsync(file.fileno())
            if instead_of is None:
                self.publish(part, name)
            else:
                self.replace(part, name, instead_of)
        self.sync()

    def remove(self, name: str) -> None:
        """Delete a file that this program made; nothing happens where it is gone."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.handle)

    def remove_folder(self, name: str) -> None:
        """Delete a folder that this program made, if it is empty."""
        with suppress(OSError):
            os.rmdir(name, dir_fd=self.handle)

    def remove_tree(self, name: str) -> None:
        """Delete a folder that this program made with everything in it. A link is neither followed nor deleted."""
        with suppress(OSError):
            shutil.rmtree(name, dir_fd=self.handle)

    @contextmanager
    def temporary_folder(self) -> Iterator[tuple[Folder, str]]:
        """Yield a new temporary folder and its name. It is deleted at the end, unless it was given another name."""
        name = _temporary_name()
        try:
            with open_private(self, name) as folder:
                with suppress(OSError):
                    fcntl.flock(folder.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield folder, name
        finally:
            self.remove_tree(name)

    def publish_folder(self, name: str, target: Folder, new_name: str) -> None:
        """Move a folder of this folder to a free name in another. Raises FileExistsError where it is taken."""
        os.mkdir(new_name, 0o700, dir_fd=target.handle)  # a rename alone would replace an empty folder
        try:
            os.rename(name, new_name, src_dir_fd=self.handle, dst_dir_fd=target.handle)
        except BaseException:
            target.remove_folder(new_name)
            raise

    def sync(self) -> None:
        """Wait until the names in this folder are on the disk; some disks cannot tell."""
        with suppress(OSError):
            os.fsync(self.handle)

    def clear_stale(self) -> None:
        """Delete temporary files and folders that a killed run of this program left: a case may be in them."""
        for name in self.names():
            if is_temporary_name(name):
                with suppress(OSError):  # what cannot be deleted keeps nobody from working
                    self._delete_if_stale(name)

    def _delete_if_stale(self, name: str) -> None:
        handle = os.open(name, os.O_RDONLY | _FILE_FLAGS, dir_fd=self.handle)
        try:
            status = os.fstat(handle)
            if status.st_uid != os.geteuid():
                return
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _LOCKS_UNSUPPORTED or time.time() - status.st_mtime < _STALE_AFTER:
                    return  # somebody is writing it now
            if stat.S_ISREG(status.st_mode):
                self.remove(name)
            elif stat.S_ISDIR(status.st_mode):
                self.remove_tree(name)
        finally:
            os.close(handle)


def _rename_to_free(source: Folder, name: str, target: Folder, new_name: str) -> None:
    """Move a file to a free name on the same disk. Raises FileExistsError where it is taken."""
    try:
        os.link(name, new_name, src_dir_fd=source.handle, dst_dir_fd=target.handle, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _LINKS_UNSUPPORTED:
            raise
        # A disk without hard links, such as a USB stick: an empty file takes the name first, and is then replaced.
        target.create(new_name).close()
        os.rename(name, new_name, src_dir_fd=source.handle, dst_dir_fd=target.handle)
    else:
        source.remove(name)


def _replace(source: Folder, name: str, target: Folder, new_name: str, instead_of: FileSnapshot) -> None:
    if target.snapshot(new_name) != instead_of:
        raise OSError(errno.ESTALE, "somebody else changed it meanwhile", new_name)
    os.rename(name, new_name, src_dir_fd=source.handle, dst_dir_fd=target.handle)


def _snapshot(status: os.stat_result) -> FileSnapshot:
    return FileSnapshot(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


# ── temporary files ─────────────────────────────────────────────────────────────────────────────────────────────────


def _checksum(token: str) -> str:
    import hashlib  # imported where something is written: `rsd --help` starts without it

    return hashlib.sha256(f"rsd temporary file {token}".encode()).hexdigest()[:8]


def _temporary_name() -> str:
    token = os.urandom(8).hex()
    return f".rsd-{token}-{_checksum(token)}.part"


def is_temporary_name(name: str) -> bool:
    """Tell whether this program made a name for a temporary file. Nobody else makes such a name by accident."""
    parts = name.split("-")
    return len(parts) == 3 and parts[0] == ".rsd" and parts[2] == f"{_checksum(parts[1])}.part"


# ── folders ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def open_parent(path: Path, *, through_link: bool = True) -> Iterator[Folder]:
    """Yield the open folder of a file that exists or is to be written. Raises DiagnosticsError.

    The folder may be a link to one, unless `through_link` is false.
    """
    try:
        handle = os.open(path.parent, _FOLDER_FLAGS if through_link else _FOLDER_FLAGS | os.O_NOFOLLOW)
    except OSError as error:
        raise write_error(path, error) from None
    try:
        yield Folder(handle, path.parent)
    finally:
        os.close(handle)


@contextmanager
def open_private(parent: Folder, name: str, *, create: bool = True) -> Iterator[Folder]:
    """Yield an open folder that only this user can use. Raises DiagnosticsError for a link or a folder of others."""
    path = parent.path / name
    try:
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=parent.handle)
        handle = os.open(name, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=parent.handle)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            _raise_not_ours(path, "this is not a folder of this program.")
        raise write_error(path, error) from None
    try:
        status = os.fstat(handle)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            _raise_not_ours(path, "this folder is open to others, or belongs to somebody else.")
        yield Folder(handle, path)
    finally:
        os.close(handle)


def _raise_not_ours(path: Path, message: str) -> NoReturn:
    raise_diagnostic(path, "not-ours", message, "Nothing in it was changed. Look at it, and move it away.")


@contextmanager
def lock(folder: Folder, notify: Notify | None = None, *, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Keep other runs of this program from writing in a folder. Raises DiagnosticsError after `timeout` seconds.

    On a disk without locks there is none. `notify` is called when the wait takes a second. While the lock is held,
    write through the folder: `create` and `write` would wait for the lock.
    """
    handle = os.open(".", _FOLDER_FLAGS, dir_fd=folder.handle)  # a lock belongs to one opening of a file
    try:
        _acquire(handle, folder.path, notify, timeout)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, notify: Notify | None, timeout: float) -> None:
    start, notified = time.monotonic(), False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _LOCKS_UNSUPPORTED:
                return
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                raise write_error(path, error) from None
        else:
            return
        waited = time.monotonic() - start
        if waited > timeout:
            message = f"another program has kept this folder locked for {timeout:.0f} seconds."
            raise_diagnostic(path, "locked", message, "Nothing was changed. Try again.")
        if notify is not None and not notified and waited > _NOTIFY_AFTER:
            notified = True
            notify(f"Another program is writing in this folder. Waiting up to {timeout:.0f} seconds …")
        time.sleep(0.02)


# ── one file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def create(path: Path, data: bytes, notify: Notify | None = None) -> None:
    """Write bytes under a new name. Raises DiagnosticsError where the name is taken: nothing is replaced."""
    with open_parent(path) as folder, lock(folder, notify):
        folder.clear_stale()
        try:
            folder.write(path.name, data)
        except FileExistsError:
            message, hint = "there is a file of that name already.", "Choose another name; nothing was changed."
            raise DiagnosticsError([Diagnostic(Location(str(path)), "already-there", message, hint)]) from None
        except OSError as error:
            raise write_error(path, error) from None


def write(path: Path, data: bytes, may_replace: Callable[[], None], notify: Notify | None = None) -> None:
    """Write bytes under a name, and replace the file of that name if that is allowed.

    `may_replace` raises DiagnosticsError where it is not; it is called while no other run of this program can write in
    the folder. What a person writes between that call and the replacement is kept, and DiagnosticsError raised.
    """
    with open_parent(path) as folder, lock(folder, notify):
        folder.clear_stale()
        try:
            snapshot = check_replaceable(folder, path.name)
            if snapshot is not None:
                may_replace()
            folder.write(path.name, data, instead_of=snapshot)
        except OSError as error:
            raise write_error(path, error) from None


def check_replaceable(folder: Folder, name: str) -> FileSnapshot | None:
    """Return a snapshot of a file that may be replaced; None where the name is free.

    Raises DiagnosticsError where it is a link, not a regular file, somebody else's, or read-only.
    """
    status = folder.lstat(name)
    if status is None:
        return None
    path = folder.path / name
    if stat.S_ISLNK(status.st_mode):
        message = "this is a link, and nothing is written through a link."
        raise_diagnostic(path, "already-there", message, "Name the file that it leads to.")
    if not stat.S_ISREG(status.st_mode):
        raise_diagnostic(path, "already-there", "this is not a regular file.", "Choose another name.")
    if status.st_uid != os.geteuid():
        hint = "Nothing was changed. Work on a copy of your own."
        raise_diagnostic(path, "not-ours", "this file belongs to somebody else.", hint)
    if not stat.S_IMODE(status.st_mode) & 0o200:
        hint = "Nothing was changed. Allow writing with `chmod u+w`, if that is meant."
        raise_diagnostic(path, "closed-to-writing", "this file is read-only.", hint)
    return _snapshot(status)


def raise_diagnostic(path: Path, code: str, message: str, hint: str) -> NoReturn:
    """Raise DiagnosticsError with one diagnostic about a file."""
    raise DiagnosticsError([Diagnostic(Location(str(path)), code, message, hint)])


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write all of these bytes to an unbuffered file; one write may take only some of them when the disk fills up."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def move(source: Folder, name: str, target: Folder, new_name: str, *, instead_of: FileSnapshot | None) -> None:
    """Move a file to a name in another folder, also on another disk. Raises OSError.

    The new name must be free, or its file as in the snapshot `instead_of`. On the same disk the inode stays.
    """
    if _same_disk(source, target):
        if instead_of is None:
            _rename_to_free(source, name, target, new_name)
        else:
            _replace(source, name, target, new_name, instead_of)
        return
    with source.open(name) as original, target.temporary() as (file, part):
        while chunk := original.read(_CHUNK_BYTES):
            write_all(file, chunk)
        os.fsync(file.fileno())
        if instead_of is None:
            target.publish(part, new_name)
        else:
            target.replace(part, new_name, instead_of)
    source.remove(name)


def has_same_content(source: Folder, name: str, target: Folder, other_name: str) -> bool:
    """Tell whether two names are regular files with the same content."""
    first, second = source.lstat(name), target.lstat(other_name)
    if first is None or second is None or not (stat.S_ISREG(first.st_mode) and stat.S_ISREG(second.st_mode)):
        return False
    if (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino):
        return True
    if first.st_size != second.st_size:
        return False
    with source.open(name) as file, target.open(other_name) as other:
        return digest(file) == digest(other)


def digest(file: BinaryIO) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    import hashlib

    result = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        result.update(chunk)
    return result.hexdigest()


def _same_disk(source: Folder, target: Folder) -> bool:
    return os.fstat(source.handle).st_dev == os.fstat(target.handle).st_dev


def write_error(path: Path, error: OSError, *, kept: str = "Nothing was changed.") -> DiagnosticsError:
    """Return the error to raise where a file could not be written; `kept` says what is safe."""
    if error.errno == errno.ESTALE:
        message, hint = "somebody else changed the file meanwhile.", "Look at it, and try again."
    else:
        message = f"the file could not be written: {(error.strerror or 'no reason given').lower()}."
        hint = (
            "Create its folder first."
            if error.errno in _NOT_FOUND
            else "Make room or choose another folder, and go on."
            if error.errno in _DISK_FULL
            else "Check who may write there, or choose another folder."
            if error.errno in _NOT_PERMITTED
            else "Choose another name or another folder."
        )
    return DiagnosticsError([Diagnostic(Location(str(path)), "cannot-write", message, f"{kept} {hint}")])

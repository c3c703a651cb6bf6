"""Files written, replaced, deleted and locked: the one place that does it, so that nothing foreign is ever lost.

In: paths and bytes. Out: files that only their owner can read, complete and on the disk when a call returns, or
Mistakes with every file as it was. The rules:

- No link is followed where something is written. A folder is opened once; names are looked up in that open folder.
- A new file is created exclusively. A file is replaced only while it is the very file that the caller looked at.
- Only names that this program made are deleted, and a name proves by itself that it was made here.
- A file of another person, or one that is closed to writing, is left as it is.
- A lock is waited for with a message and a limit. Where a disk has no locks, the look just before the replacement
  still keeps another's words.
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

LOCK_TIMEOUT = 10.0  # seconds that somebody else's lock is waited for
_SILENCE = 1.0  # seconds of waiting before it is said
_PIECE = 1 << 20
_STALE = 3600.0  # seconds after which a temporary file is nobody's any more, on a disk without locks

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BARRED = (errno.EACCES, errno.EPERM, errno.EROFS)
_MISSING = (errno.ENOENT, errno.ENOTDIR)
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: Says that something is waited for; without it a wait is silent, and still ends.
Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FileSnapshot:
    """A file as it was when somebody looked at it. Two looks are equal while nobody wrote to it."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class Folder:
    """An open folder. Its files are found in it by name, whatever its path leads to meanwhile."""

    def __init__(self, handle: int, path: Path) -> None:
        self.handle, self.path = handle, path

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def lstat(self, name: str) -> os.stat_result | None:
        """Return what the system says of a name itself, not of what it links to; None where there is nothing."""
        try:
            return os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def snapshot(self, name: str) -> FileSnapshot | None:
        """Return a file as it is now; None where there is none."""
        there = self.lstat(name)
        return None if there is None else _seen(there)

    def is_writable(self) -> bool:
        """Tell whether files can be made in this folder."""
        return os.access(".", os.W_OK | os.X_OK, dir_fd=self.handle)

    def names(self) -> list[str]:
        """Return the names in this folder, sorted."""
        return sorted(os.listdir(self.handle))  # noqa: PTH208 - a Path cannot list an open folder

    def open(self, name: str, *, writing: bool = False) -> BinaryIO:
        """Return a regular file of this folder, unbuffered. Raises OSError; a link is never followed."""
        handle = os.open(name, _FILE | (os.O_RDWR if writing else os.O_RDONLY), dir_fd=self.handle)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "not a regular file", name)
        return os.fdopen(handle, "r+b" if writing else "rb", buffering=0)

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, name: str) -> BinaryIO:
        """Return a new file for its owner alone, unbuffered. Raises FileExistsError where the name is taken."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _FILE
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
        """Give a new file of ours and its name. It is gone at the end, unless it was given another name."""
        while True:
            name = _temporary_name()
            with suppress(FileExistsError):
                file = self.create(name)
                break
        try:
            with suppress(OSError):  # told apart by its age then
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file, name
        finally:
            file.close()
            self.remove(name)

    def publish(self, name: str, as_: str) -> None:
        """Give a file of this folder a name that is free. Raises FileExistsError where it is taken."""
        _name_freely(self, name, self, as_)

    def replace(self, name: str, as_: str, instead_of: FileSnapshot) -> None:
        """Put a file in the place of another. Raises OSError (ESTALE) where that is not as it was seen."""
        _replace(self, name, self, as_, instead_of)

    def write(self, name: str, data: bytes, *, instead_of: FileSnapshot | None = None) -> None:
        """Put bytes under a name, complete and on the disk; it must be free without `instead_of`. Raises OSError."""
        self.write_with(name, lambda file: write_all(file, data), instead_of=instead_of)

    def write_with(
        self, name: str, write: Callable[[BinaryIO], object], *, instead_of: FileSnapshot | None = None
    ) -> None:
        """Put what `write` writes under a name, as `put` does. Raises OSError."""
        with self.temporary() as (file, part):
            write(file)
            os.fsync(file.fileno())
            if instead_of is None:
                self.publish(part, name)
            else:
                self.replace(part, name, instead_of)
        self.sync()

    def remove(self, name: str) -> None:
        """Delete a name that we made; nothing happens where it is gone."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.handle)

    def remove_folder(self, name: str) -> None:
        """Delete a folder that we made, if it is empty; otherwise it stays."""
        with suppress(OSError):
            os.rmdir(name, dir_fd=self.handle)

    def remove_tree(self, name: str) -> None:
        """Delete a folder that we made with all that is in it. A link is not followed, and stays."""
        with suppress(OSError):
            shutil.rmtree(name, dir_fd=self.handle)

    @contextmanager
    def temporary_folder(self) -> Iterator[tuple[Folder, str]]:
        """Give a new folder of ours and its name. It is gone at the end, unless it was given another name."""
        name = _temporary_name()
        try:
            with open_private(self, name) as folder:
                with suppress(OSError):
                    fcntl.flock(folder.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield folder, name
        finally:
            self.remove_tree(name)

    def publish_folder(self, name: str, target: Folder, as_: str) -> None:
        """Give a folder of this folder a name in another that is free. Raises FileExistsError where it is taken."""
        os.mkdir(as_, 0o700, dir_fd=target.handle)  # taken first: a rename would replace an empty folder of anybody's
        try:
            os.rename(name, as_, src_dir_fd=self.handle, dst_dir_fd=target.handle)
        except BaseException:
            target.remove_folder(as_)
            raise

    def sync(self) -> None:
        """Come back when the names in this folder are on the disk; some disks cannot be asked."""
        with suppress(OSError):
            os.fsync(self.handle)

    def clear_stale(self) -> None:
        """Delete temporary files and folders that a killed program of ours left: a case may be in them."""
        for name in self.names():
            if is_temporary_name(name):
                with suppress(OSError):  # whatever cannot be cleared keeps nobody from working
                    self._clear(name)

    def _clear(self, name: str) -> None:
        handle = os.open(name, os.O_RDONLY | _FILE, dir_fd=self.handle)
        try:
            there = os.fstat(handle)
            if there.st_uid != os.geteuid():
                return
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _NO_LOCKS or time.time() - there.st_mtime < _STALE:
                    return  # somebody is writing it now
            if stat.S_ISREG(there.st_mode):
                self.remove(name)
            elif stat.S_ISDIR(there.st_mode):
                self.remove_tree(name)
        finally:
            os.close(handle)


def _name_freely(source: Folder, name: str, target: Folder, as_: str) -> None:
    """Move a file to a name of the same disk that is free. Raises FileExistsError where it is taken."""
    try:
        os.link(name, as_, src_dir_fd=source.handle, dst_dir_fd=target.handle, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A disk without hard links, such as a USB stick: the name is taken first, and what took it is replaced.
        target.create(as_).close()
        os.rename(name, as_, src_dir_fd=source.handle, dst_dir_fd=target.handle)
    else:
        source.remove(name)


def _replace(source: Folder, name: str, target: Folder, as_: str, instead_of: FileSnapshot) -> None:
    if target.snapshot(as_) != instead_of:
        raise OSError(errno.ESTALE, "somebody else changed it meanwhile", as_)
    os.rename(name, as_, src_dir_fd=source.handle, dst_dir_fd=target.handle)


def _seen(there: os.stat_result) -> FileSnapshot:
    return FileSnapshot(there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)


# ── temporary files ─────────────────────────────────────────────────────────────────────────────────────────────────


def _check(token: str) -> str:
    import hashlib  # wanted only where something is written; `rsd --help` starts without it

    return hashlib.sha256(f"rsd temporary file {token}".encode()).hexdigest()[:8]


def _temporary_name() -> str:
    token = os.urandom(8).hex()
    return f".rsd-{token}-{_check(token)}.part"


def is_temporary_name(name: str) -> bool:
    """Tell whether a name was made here for a temporary file. No other program, and no person, hits on such a name."""
    parts = name.split("-")
    return len(parts) == 3 and parts[0] == ".rsd" and parts[2] == f"{_check(parts[1])}.part"


# ── folders ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def open_parent(path: Path, *, through_link: bool = True) -> Iterator[Folder]:
    """Give the open folder in which a file lies or is to lie. Raises Mistakes where it cannot be opened.

    A folder that somebody named may be a link to it, unless `through_link` says otherwise.
    """
    try:
        handle = os.open(path.parent, _FOLDER if through_link else _FOLDER | os.O_NOFOLLOW)
    except OSError as error:
        raise write_error(path, error) from None
    try:
        yield Folder(handle, path.parent)
    finally:
        os.close(handle)


@contextmanager
def open_private(above: Folder, name: str, *, create: bool = True) -> Iterator[Folder]:
    """Give an open folder that only we can use. Raises Mistakes where it is a link, or open to anybody else."""
    path = above.path / name
    try:
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=above.handle)
        handle = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above.handle)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            _not_ours(path, "this is no folder of ours.")
        raise write_error(path, error) from None
    try:
        there = os.fstat(handle)
        if there.st_uid != os.geteuid() or stat.S_IMODE(there.st_mode) & 0o077:
            _not_ours(path, "this folder is open to others, or somebody else's.")
        yield Folder(handle, path)
    finally:
        os.close(handle)


def _not_ours(path: Path, found: str) -> NoReturn:
    remedy = "Nothing in it was touched. Look at what it is, and move it away."
    raise DiagnosticsError([Diagnostic(Location(str(path)), "not-ours", found, remedy)])


@contextmanager
def lock(folder: Folder, notify: Notify | None = None, *, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Keep other programs of ours from writing in a folder. Raises Mistakes where somebody holds it for too long.

    A disk without locks is worked on without one. `say` hears of a wait that takes a second. Within this, write through
    the folder: `create` and `write` would wait for the lock that is held here.
    """
    handle = os.open(".", _FOLDER, dir_fd=folder.handle)  # a lock belongs to one opening of a file
    try:
        _wait_for(handle, folder.path, notify, timeout)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, path: Path, say: Notify | None, patience: float) -> None:
    begun, said = time.monotonic(), False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                raise write_error(path, error) from None
        else:
            return
        waited = time.monotonic() - begun
        if waited > patience:
            found = f"another program has kept this folder locked for {patience:.0f} seconds."
            raise DiagnosticsError(
                [Diagnostic(Location(str(path)), "locked", found, "Nothing was changed. Try again.")]
            )
        if say is not None and not said and waited > _SILENCE:
            said = True
            say(f"Another program is writing in this folder. Waiting up to {patience:.0f} seconds …")
        time.sleep(0.02)


# ── one file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def create(path: Path, data: bytes, notify: Notify | None = None) -> None:
    """Put bytes under a new name. Raises Mistakes where there is something of that name: nothing is replaced."""
    with open_parent(path) as folder, lock(folder, notify):
        folder.clear_stale()
        try:
            folder.write(path.name, data)
        except FileExistsError:
            found, remedy = "there is a file of that name already.", "Choose another name; nothing was changed."
            raise DiagnosticsError([Diagnostic(Location(str(path)), "already-there", found, remedy)]) from None
        except OSError as error:
            raise write_error(path, error) from None


def write(path: Path, data: bytes, may_replace: Callable[[], None], notify: Notify | None = None) -> None:
    """Put bytes under a name, in the place of what lies there if that may be replaced.

    `may_replace` raises Mistakes where it may not; it is asked while no other program of ours can write in the folder.
    What a person wrote between that and the replacement is kept, and told as a mistake.
    """
    with open_parent(path) as folder, lock(folder, notify):
        folder.clear_stale()
        try:
            seen = check_replaceable(folder, path.name)
            if seen is not None:
                may_replace()
            folder.write(path.name, data, instead_of=seen)
        except OSError as error:
            raise write_error(path, error) from None


def check_replaceable(folder: Folder, name: str) -> FileSnapshot | None:
    """Return a file as it is before it is replaced; None where the name is free.

    Raises Mistakes where it is a link, no regular file, another person's, or closed to writing.
    """
    there = folder.lstat(name)
    if there is None:
        return None
    path = folder.path / name
    if stat.S_ISLNK(there.st_mode):
        raise_diagnostic(
            path, "already-there", "this is a link, and none is written through.", "Name the file that it leads to."
        )
    if not stat.S_ISREG(there.st_mode):
        raise_diagnostic(path, "already-there", "this is no regular file.", "Choose another name.")
    if there.st_uid != os.geteuid():
        raise_diagnostic(
            path, "not-ours", "this file is somebody else's.", "Nothing was changed. Work on a copy of your own."
        )
    if not stat.S_IMODE(there.st_mode) & 0o200:
        found = "this file is closed to writing."
        raise_diagnostic(
            path, "closed-to-writing", found, "Nothing was changed. Open it with `chmod u+w`, if that is meant."
        )
    return _seen(there)


def raise_diagnostic(path: Path, code: str, found: str, remedy: str) -> NoReturn:
    """Raise Mistakes with one mistake about a file."""
    raise DiagnosticsError([Diagnostic(Location(str(path)), code, found, remedy)])


def write_all(file: BinaryIO, data: bytes) -> None:
    """Add all of these bytes to an unbuffered file; a disk that fills up takes some of them first."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def move(source: Folder, name: str, target: Folder, as_: str, *, instead_of: FileSnapshot | None) -> None:
    """Give a file of one folder a name in another, on another disk too. Raises OSError.

    Without `instead_of` the name must be free. On the same disk the file keeps its number.
    """
    if _same_disk(source, target):
        if instead_of is None:
            _name_freely(source, name, target, as_)
        else:
            _replace(source, name, target, as_, instead_of)
        return
    with source.open(name) as made, target.temporary() as (file, part):
        while piece := made.read(_PIECE):
            write_all(file, piece)
        os.fsync(file.fileno())
        if instead_of is None:
            target.publish(part, as_)
        else:
            target.replace(part, as_, instead_of)
    source.remove(name)


def has_same_content(source: Folder, name: str, target: Folder, as_: str) -> bool:
    """Tell whether two names have the same content: what was given its name and is not taken away here yet."""
    here, there = source.lstat(name), target.lstat(as_)
    if here is None or there is None or not (stat.S_ISREG(here.st_mode) and stat.S_ISREG(there.st_mode)):
        return False
    if (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
        return True
    if here.st_size != there.st_size:
        return False
    with source.open(name) as one, target.open(as_) as other:
        return digest(one) == digest(other)


def digest(file: BinaryIO) -> str:
    """Return what a file's content is known by."""
    import hashlib

    known = hashlib.sha256()
    while piece := file.read(_PIECE):
        known.update(piece)
    return known.hexdigest()


def _same_disk(source: Folder, target: Folder) -> bool:
    return os.fstat(source.handle).st_dev == os.fstat(target.handle).st_dev


def write_error(path: Path, error: OSError, *, kept: str = "Nothing was changed.") -> DiagnosticsError:
    """Return the mistake to report where a file could not be written; `kept` says what is safe."""
    if error.errno == errno.ESTALE:
        found, do = "somebody else changed the file meanwhile.", "Look at it, and try again."
    else:
        found = f"the file could not be written: {(error.strerror or 'no reason given').lower()}."
        do = (
            "Make its folder first."
            if error.errno in _MISSING
            else "Make room or choose another folder, and go on."
            if error.errno in _FULL
            else "Check who may write there, or choose another folder."
            if error.errno in _BARRED
            else "Choose another name or another folder."
        )
    return DiagnosticsError([Diagnostic(Location(str(path)), "cannot-write", found, f"{kept} {do}")])

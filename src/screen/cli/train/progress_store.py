"""Progress in training on the disk: read whole or set aside, written whole or not at all, for its owner alone."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from screen import files
from screen.cli import console
from screen.cli.options import data_folder
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.regular_files import read_bounded
from screen.text import sanitize_json
from screen.training.schedule import FORMAT, Attempt, attempts_from_rows, attempts_to_rows

FILE_NAME = "progress.json"
_MAX_BYTES = 32 * 1024 * 1024  # some hundred thousand attempts, more than anybody makes in a life


def progress_folder() -> Path:
    """Return the folder for the progress of whoever runs this."""
    return data_folder() / "training"


def current_time() -> datetime:
    """Return the time that an attempt is saved with."""
    return datetime.now(UTC).replace(microsecond=0)


def read_own_progress() -> tuple[Attempt, ...]:
    """Return the attempts of whoever runs this, as `read_progress` does."""
    return read_progress(progress_folder())


def read_progress(folder: Path) -> tuple[Attempt, ...]:
    """Return the saved attempts; a damaged file is set aside under another name, never written over.

    Raises DiagnosticsError where a file is there and cannot be opened: it may hold months of work.
    """
    file = folder / FILE_NAME
    if not _exists(file):
        return ()
    attempts = read_attempts(file)
    if attempts is not None:
        return attempts
    with _as_diagnostic(folder):
        aside = _unused_name(file)
        file.rename(aside)
    console.error(f"{file} is damaged and was set aside as {aside.name}; a new progress file is begun.")
    return ()


def _exists(file: Path) -> bool:
    """Tell whether there is such a file. One that may not even be looked at counts; reading it then says why."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def read_attempts(file: Path) -> tuple[Attempt, ...] | None:
    """Return the attempts of a progress file or a JSON export; None where it holds something else."""
    data = read_progress_bytes(file)
    try:
        document = json.loads(data)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            return None
        return attempts_from_rows(document.get("attempts"))
    except (ValueError, RecursionError):
        return None


def read_progress_bytes(file: Path) -> bytes:
    """Return the bytes of progress or of an export. Raises DiagnosticsError for a pipe or a far too large file."""
    return read_bounded(file, max_bytes=_MAX_BYTES)


def _unused_name(file: Path) -> Path:
    for number in range(1, 10_000):
        name = file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")
        if not name.exists():
            return name
    raise AssertionError("ten thousand damaged files")


def check_writable(folder: Path) -> None:
    """Raise DiagnosticsError where progress cannot be saved: a trainee should hear it before the first question."""
    make_private_folder(folder)
    read_progress(folder)
    with _as_diagnostic(folder):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    is_replaceable_file(folder / FILE_NAME)


def is_replaceable_file(file: Path) -> bool:
    """Tell whether there is such a file. Raises DiagnosticsError where it is a link, a pipe, or somebody else's."""
    with files.open_parent(file) as folder:
        return files.check_replaceable(folder, file.name) is not None


def add_attempts(folder: Path, attempts: Sequence[Attempt]) -> None:
    """Save more attempts after those that are there. Raises DiagnosticsError, with the file unchanged, if it fails."""
    if not attempts:
        return
    make_private_folder(folder)
    with files.open_parent(folder / FILE_NAME) as parent, files.lock(parent, console.info):
        parent.clear_stale()
        try:
            seen = files.check_replaceable(parent, FILE_NAME)
            parent.write(FILE_NAME, progress_text([*read_progress(folder), *attempts]).encode(), instead_of=seen)
        except OSError as error:
            raise files.write_error(folder / FILE_NAME, error) from None


def progress_text(attempts: Sequence[Attempt]) -> str:
    """Return attempts as the text of a progress file or of a JSON export."""
    document = {"format": FORMAT, "attempts": attempts_to_rows(attempts)}
    return sanitize_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"


def make_private_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. Raises DiagnosticsError for a link or a folder of another user."""
    with _as_diagnostic(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if os.fstat(handle).st_uid != os.geteuid():
                raise PermissionError(errno.EPERM, "this folder is somebody else's")
            os.fchmod(handle, 0o700)
        finally:
            os.close(handle)


@contextmanager
def _as_diagnostic(folder: Path) -> Iterator[None]:
    """Raise DiagnosticsError for an error that keeps progress from being saved in a folder."""
    try:
        yield
    except OSError as error:
        message = f"progress cannot be saved there: {(error.strerror or 'no reason given').lower()}."
        hint = "Make room there, or set XDG_DATA_HOME to a folder that you may write in."
        raise DiagnosticsError([Diagnostic(Location(str(folder)), "cannot-write", message, hint)]) from None

"""Progress in training on the disk: read whole or set aside, written whole or not at all, for its owner alone."""

import errno
import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from screen import files
from screen.cli import console
from screen.cli.options import data_folder
from screen.text import sanitize_json

if TYPE_CHECKING:
    from screen.training.schedule import Attempt

FILE_NAME = "progress.json"
_MOST = 32 * 1024 * 1024  # bytes: some hundred thousand attempts, more than anybody makes in a life


def progress_folder() -> Path:
    """Return the folder in which whoever runs this has their progress."""
    return data_folder() / "training"


def current_time() -> datetime:
    """Return the time that an attempt is kept with."""
    return datetime.now(UTC).replace(microsecond=0)


def read_own_progress() -> "tuple[Attempt, ...]":
    """Return the attempts of whoever runs this, as `read` does."""
    return read_progress(progress_folder())


def read_progress(folder: Path) -> "tuple[Attempt, ...]":
    """Return the attempts that are kept; a damaged file is set aside under another name, never written over.

    Raises Mistakes where a file is there and cannot be opened: it may hold months of work.
    """
    file = folder / FILE_NAME
    if not _is_there(file):
        return ()
    found = _attempts(file)
    if found is not None:
        return found
    with _told(folder):
        aside = _free_name(file)
        file.rename(aside)
    console.error(f"{file} is damaged and was set aside as {aside.name}; progress begins anew.")
    return ()


def _is_there(file: Path) -> bool:
    """Tell whether there is such a file; one that may not even be looked at counts, and is told when it is read."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _attempts(file: Path) -> "tuple[Attempt, ...] | None":
    """Return the attempts of a file; None where it holds something else."""
    import json

    from screen.training.schedule import FORMAT, attempts_from_rows

    data = _bytes_of(file)
    try:
        kept = json.loads(data)
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            return None
        return attempts_from_rows(kept.get("attempts"))
    except (ValueError, RecursionError):
        return None


def _bytes_of(file: Path) -> bytes:
    """Return the bytes of progress or of an export. Raises Mistakes where it is a pipe, or too large to be one."""
    from screen.regular_files import read_bounded

    return read_bounded(file, max_bytes=_MOST)


def _free_name(file: Path) -> Path:
    for number in range(1, 10_000):
        name = file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")
        if not name.exists():
            return name
    raise AssertionError("ten thousand damaged files")


def check_writable(folder: Path) -> None:
    """Make sure that progress can be kept. Raises Mistakes otherwise: nobody should answer first and hear it then."""
    _own(folder)
    read_progress(folder)
    with _told(folder):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    _is_there_to_write(folder / FILE_NAME)


def _is_there_to_write(file: Path) -> bool:
    """Tell whether there is such a file. Raises Mistakes where it is a link, a pipe, or somebody else's."""
    with files.open_parent(file) as folder:
        return files.check_replaceable(folder, file.name) is not None


def add_attempts(folder: Path, attempts: "Sequence[Attempt]") -> None:
    """Keep more attempts beside those that are there. Raises Mistakes, with the file unchanged, where it cannot."""
    if not attempts:
        return
    _own(folder)
    with files.open_parent(folder / FILE_NAME) as there, files.lock(there, console.info):
        there.clear_stale()
        try:
            seen = files.check_replaceable(there, FILE_NAME)
            there.write(FILE_NAME, progress_text([*read_progress(folder), *attempts]).encode(), instead_of=seen)
        except OSError as error:
            raise files.write_error(folder / FILE_NAME, error) from None


def progress_text(attempts: "Sequence[Attempt]") -> str:
    """Return attempts as the text of a progress file or of an export."""
    import json

    from screen.training.schedule import FORMAT, attempts_to_rows

    kept = {"format": FORMAT, "attempts": attempts_to_rows(attempts)}
    return sanitize_json(json.dumps(kept, ensure_ascii=False, indent=1)) + "\n"


#: What a spreadsheet may take for the beginning of a formula, in wide letters too; and our own mark that it is none.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")


def attempts_csv(attempts: "Sequence[Attempt]") -> str:
    """Return attempts as CSV with a line of headings. What a spreadsheet would take for a formula is made text."""
    import csv
    import io

    from screen.training.schedule import COLUMNS, attempts_to_rows

    out = io.StringIO()
    # Every cell in quotes: Python would leave a carriage return in one without them, and read it as the end of a row.
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for row in attempts_to_rows(attempts):
        writer.writerow({key: f"'{value}" if value.startswith(_FORMULA) else value for key, value in row.items()})
    return out.getvalue()


def read_export(file: Path) -> "tuple[Attempt, ...]":
    """Return the attempts of a trainee's export, JSON or CSV. Raises Mistakes where it is none."""
    import csv
    import io

    from screen.diagnostics import Diagnostic, DiagnosticsError, Location
    from screen.training.schedule import attempts_from_rows

    found = None
    if file.suffix.lower() == ".csv":
        try:
            text = _bytes_of(file).decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text, newline="")))  # a cell may hold the end of a line
            found = attempts_from_rows([{key: _text(value) for key, value in row.items()} for row in rows])
        except (ValueError, csv.Error):
            found = None
    else:
        found = _attempts(file)
    if found is None:
        wrong = "this is no export of progress."
        raise DiagnosticsError(
            [Diagnostic(Location(str(file)), "not-progress", wrong, "Write one with `rsd train export`.")]
        )
    return found


def _text(value: object) -> object:
    return value[1:] if isinstance(value, str) and value[:1] == "'" else value


def edit_reasons(folder: Path, name: str, template: str) -> str:
    """Return what a trainee writes in the editor; the draft stays, and is gone on with the next time.

    Raises a usage error where there is no editor.
    """
    from screen.regular_files import read_utf8

    drafts = folder / "drafts"
    _own(folder)
    _own(drafts)
    file = drafts / f"{name}.md"
    if not _is_there_to_write(file):  # an editor would write through a link
        files.create(file, template.encode(), console.info)
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        editor = shlex.split(named) or ["vi"]
    except ValueError:
        editor = [named]
    if os.spawnvp(os.P_WAIT, editor[0], [*editor, str(file)]) != 0:
        found = f'The editor "{editor[0]}" did not end well; the draft is in {file}.'
        raise typer.BadParameter(f"{found} Set EDITOR, or give --text FILE.", param_hint="--way")
    return read_utf8(file)


def _own(folder: Path) -> None:
    """Make the folder, for its owner alone. Raises Mistakes where it is a link or another's: nothing is touched."""
    with _told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if os.fstat(handle).st_uid != os.geteuid():
                raise PermissionError(errno.EPERM, "this folder is somebody else's")
            os.fchmod(handle, 0o700)
        finally:
            os.close(handle)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell what keeps progress from being written in a folder as a mistake."""
    from screen.diagnostics import Diagnostic, DiagnosticsError, Location

    try:
        yield
    except OSError as error:
        found = f"progress cannot be kept there: {(error.strerror or 'no reason given').lower()}."
        remedy = "Make room there, or set XDG_DATA_HOME to a folder that you may write in."
        raise DiagnosticsError([Diagnostic(Location(str(folder)), "cannot-write", found, remedy)]) from None

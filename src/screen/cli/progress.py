"""Progress in training on the disk: read whole or set aside, written whole or not at all, for its owner alone."""

import errno
import fcntl
import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from screen.cli import display
from screen.cli.settings import data_folder

if TYPE_CHECKING:
    from screen.training.memory import Attempt

NAME = "progress.json"


def own_folder() -> Path:
    """Return the folder in which whoever runs this has their progress."""
    return data_folder() / "training"


def now() -> datetime:
    """Return the time that an attempt is kept with."""
    return datetime.now(UTC).replace(microsecond=0)


def own() -> "tuple[Attempt, ...]":
    """Return the attempts of whoever runs this, as `read` does."""
    return read(own_folder())


def read(folder: Path) -> "tuple[Attempt, ...]":
    """Return the attempts that are kept; a damaged file is set aside under another name, never written over.

    Raises Mistakes where a file is there and cannot be opened: it may hold months of work.
    """
    file = folder / NAME
    if not _is_there(file):
        return ()
    found = _attempts(file)
    if found is not None:
        return found
    with _told(folder):
        aside = _free_name(file)
        file.rename(aside)
    display.complain(f"{file} is damaged and was set aside as {aside.name}; progress begins anew.")
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

    from screen.language.files import bytes_of
    from screen.training.memory import FORMAT, attempts_of

    data = bytes_of(file, most=None)
    try:
        kept = json.loads(data)
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            return None
        return attempts_of(kept.get("attempts"))
    except (ValueError, RecursionError):
        return None


def _free_name(file: Path) -> Path:
    for number in range(1, 10_000):
        name = file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")
        if not name.exists():
            return name
    raise AssertionError("ten thousand damaged files")


def ready(folder: Path) -> None:
    """Make sure that progress can be kept. Raises Mistakes otherwise: nobody should answer first and hear it then."""
    _own(folder)
    read(folder)
    with _told(folder):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def add(folder: Path, attempts: "Sequence[Attempt]") -> None:
    """Keep more attempts beside those that are there. Raises Mistakes, with the file unchanged, where it cannot."""
    from screen.case import write_whole

    if not attempts:
        return
    _own(folder)
    with _alone(folder):
        write_whole(folder / NAME, written([*read(folder), *attempts]))


def written(attempts: "Sequence[Attempt]") -> str:
    """Return attempts as the text of a progress file or of an export."""
    import json

    from screen.training.memory import FORMAT, plain_of

    return json.dumps({"format": FORMAT, "attempts": plain_of(attempts)}, ensure_ascii=False, indent=1) + "\n"


def as_csv(attempts: "Sequence[Attempt]") -> str:
    """Return attempts as CSV with a line of headings. What a spreadsheet would take for a formula is made text."""
    import csv
    import io

    from screen.training.memory import COLUMNS, plain_of

    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in plain_of(attempts):
        writer.writerow({key: f"'{value}" if value[:1] in tuple("=+-@\t\r") else value for key, value in row.items()})
    return out.getvalue()


def exported(file: Path) -> "tuple[Attempt, ...]":
    """Return the attempts of a trainee's export, JSON or CSV. Raises Mistakes where it is none."""
    import csv

    from screen.language.files import bytes_of
    from screen.mistake import Mistake, Mistakes
    from screen.place import Place
    from screen.training.memory import attempts_of

    found = None
    if file.suffix.lower() == ".csv":
        try:
            text = bytes_of(file, most=None).decode("utf-8-sig")
            rows = list(csv.DictReader(text.splitlines()))
            found = attempts_of([{key: _text(value) for key, value in row.items()} for row in rows])
        except (ValueError, csv.Error):
            found = None
    else:
        found = _attempts(file)
    if found is None:
        wrong = "this is no export of progress."
        raise Mistakes([Mistake(Place(str(file)), "not-progress", wrong, "Write one with `rsd train export`.")])
    return found


def _text(value: object) -> object:
    return value[1:] if isinstance(value, str) and value[:1] == "'" else value


def edited(folder: Path, name: str, template: str) -> str:
    """Return what a trainee writes in the editor; the draft stays, and is gone on with the next time.

    Raises a usage error where there is no editor.
    """
    from screen.case import write_whole
    from screen.language.files import text_of

    drafts = folder / "drafts"
    _own(folder)
    _own(drafts)
    file = drafts / f"{name}.md"
    if not file.exists():
        write_whole(file, template)
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        editor = shlex.split(named) or ["vi"]
    except ValueError:
        editor = [named]
    if os.spawnvp(os.P_WAIT, editor[0], [*editor, str(file)]) != 0:
        found = f'The editor "{editor[0]}" did not end well; the draft is in {file}.'
        raise typer.BadParameter(f"{found} Set EDITOR, or give --text FILE.", param_hint="--way")
    return text_of(file)


def _own(folder: Path) -> None:
    """Make the folder, for its owner alone."""
    with _told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell what keeps progress from being written in a folder as a mistake."""
    from screen.mistake import Mistake, Mistakes
    from screen.place import Place

    try:
        yield
    except OSError as error:
        found = f"progress cannot be kept there: {(error.strerror or 'no reason given').lower()}."
        remedy = "Make room there, or set XDG_DATA_HOME to a folder that you may write in."
        raise Mistakes([Mistake(Place(str(folder)), "cannot-write", found, remedy)]) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second sitting from writing at the same moment."""
    with _told(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

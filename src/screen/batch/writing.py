"""Whether an output may be written, asked before anything is read."""

from __future__ import annotations

from pathlib import Path

from screen.batch.output import form_of
from screen.batch.parts import folder_of
from screen.mistake import Mistake, Mistakes
from screen.place import Place


def finished_before(out: Path, *, resume: bool) -> bool:
    """Tell whether a run that is to be gone on with had put its output under its name; clear what it left beside it."""
    folder = folder_of(out)
    if not resume or not out.exists() or (folder / "output").exists():
        return False
    for name in ("names", "footers", "rejects", "journal", "plan.json"):
        (folder / name).unlink(missing_ok=True)
    if folder.exists():
        folder.rmdir()
    return True


def may_write(out: Path, rejects: Path, *, overwrite: bool) -> None:
    """Raise Mistakes where the output has no format, no folder, or would take the place of another file."""
    form_of(out.name)
    mistakes = []
    for path in (out, rejects):
        if not path.parent.is_dir():
            mistakes.append(Mistake(Place(str(path)), "cannot-write", "its folder is not there.", "Make it first."))
        elif path.exists() and not overwrite:
            remedy = "Choose another name, or say --overwrite."
            mistakes.append(Mistake(Place(str(path)), "already-there", "there is a file of that name already.", remedy))
    if mistakes:
        raise Mistakes(mistakes)

"""Whether an output may be written, asked before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from screen.batch import putting
from screen.batch.output import form_of
from screen.batch.parts import folder_of
from screen.batch.sources import STDIN, Source
from screen.mistake import Mistake, Mistakes
from screen.place import Place


def may_write(out: Path, rejects: Path, sources: Iterable[Source]) -> None:
    """Raise Mistakes where the output has no format, no folder, or would take the place of a source.

    A source is never overwritten, whatever was said: the cases would be gone. Whether another file may be is decided
    where nobody else can write it any more (`parts`).
    """
    form_of(out.name)
    sources, mistakes = list(sources), []

    def wrong(path: Path, code: str, found: str, remedy: str) -> None:
        mistakes.append(Mistake(Place(str(path)), code, found, remedy))

    for path in (out, rejects):
        if (error := _no_name(path)) is not None:
            told = f"this can be no output: {(error.strerror or 'no reason given').lower()}."
            wrong(path, "cannot-write", told, "Choose another name or another folder.")
        elif not path.parent.is_dir():
            wrong(path, "cannot-write", "its folder is not there.", "Make it first.")
        elif not putting.may_write_in(path.parent):
            wrong(path, "cannot-write", "nothing can be written into its folder.", "Choose another one.")
        elif path.is_dir():
            wrong(path, "already-there", "this is a folder.", "Name a file in it.")
        elif path.exists() and _is_source(path, sources):
            wrong(path, "already-there", "this is one of the sources.", "Choose another name; it is not overwritten.")
    if not mistakes and out.resolve() == rejects.resolve():
        told = "findings and rejects would be one file."
        wrong(rejects, "declared-twice", told, "Choose another name for one of them.")
    if mistakes:
        raise Mistakes(mistakes)


def reports_folder(folder: Path, *, overwrite: bool) -> None:
    """Make a folder for determinations. Raises Mistakes where there is something in it that is not to be mixed up."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not overwrite and any(folder.iterdir()):
            found, remedy = "there is something in this folder already.", "Name another one, or say --overwrite."
            raise Mistakes([Mistake(Place(str(folder)), "already-there", found, remedy)])
        for path in folder.glob(".rsd-*.part"):  # a determination at which a run was cut off
            path.unlink()
    except FileExistsError:
        found, remedy = "this is a file, and determinations go into a folder.", "Name a folder."
        raise Mistakes([Mistake(Place(str(folder)), "already-there", found, remedy)]) from None
    except OSError as error:
        found = f"the folder cannot be written to: {(error.strerror or 'no reason given').lower()}."
        remedy = "Choose another one, or check who may write there."
        raise Mistakes([Mistake(Place(str(folder)), "cannot-write", found, remedy)]) from None


def _no_name(path: Path) -> OSError | None:
    """Return why a file cannot be looked for under a name, with what lies hidden beside it; None where it can."""
    try:
        folder_of(path).exists()
    except OSError as error:
        return error
    return None


def _is_source(path: Path, sources: Iterable[Source]) -> bool:
    last = path.resolve().name
    for source in sources:
        for one in source.paths or (source.name,):
            # A folder may hold a million case files, so that they are told apart by their names first.
            if one != STDIN and (source.form != "case" or one.endswith(last)):
                with suppress(OSError):  # a link that leads nowhere is no file that could be lost
                    if path.samefile(one):
                        return True
    return False

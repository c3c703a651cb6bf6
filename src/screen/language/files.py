"""The bytes of rule and case files.

In: paths. Out: bytes, or Mistakes where they cannot be had. Left alone: what the bytes say.
"""

from __future__ import annotations

import stat
from pathlib import Path

from screen.mistake import Mistake, Mistakes
from screen.place import Place

_LOOK_LIKE_RULES = (".yaml", ".yml", ".json")
MAX_BYTES = 4 * 1024 * 1024  # the whole book is under half a megabyte; a case file is a few kilobytes


def bytes_of(path: Path, *, most: int | None = MAX_BYTES) -> bytes:
    """Return what a file holds, one byte over the bound at most. Raises Mistakes where it cannot be read.

    A pipe is refused: whoever waits at one where nobody writes waits for ever.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise _cannot_open(path, "this is no regular file.")
        with path.open("rb") as file:
            return file.read(-1 if most is None else most + 1)
    except OSError as error:
        raise _cannot_open(path, f"{(error.strerror or 'not readable').lower()}.") from None


def _cannot_open(path: Path, found: str) -> Mistakes:
    return Mistakes([Mistake(Place(str(path)), "cannot-open", found, "Check the path and who may read it.")])


def text_of(path: Path, *, most: int = 1024 * 1024) -> str:
    """Return the words of a file that somebody wrote by hand. Raises Mistakes where it is another kind of file."""
    data = bytes_of(path, most=most)
    if len(data) > most:
        found, remedy = (
            f"the file is larger than {most // 1024 // 1024} MB.",
            "Check that it is the file that you mean.",
        )
        raise Mistakes([Mistake(Place(str(path)), "too-large", found, remedy)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace").split("\n")
        place = Place(str(path), len(before), len(before[-1]) + 1)
        found, remedy = "from here on this is not UTF-8 text.", "Save the file as UTF-8."
        raise Mistakes([Mistake(place, "not-utf8", found, remedy)]) from None


def rule_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every data file below a folder, by its path there, sorted. Raises Mistakes.

    Files with an ending like that of rule files are among them, so that `book` can say that nobody would read them.
    """
    if not folder.is_dir():
        found, remedy = "there is no such folder.", "Name the folder that holds book.yaml."
        raise Mistakes([Mistake(Place(str(folder)), "cannot-open", found, remedy)])
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _LOOK_LIKE_RULES and path.is_file())
    return {path.relative_to(folder).as_posix(): bytes_of(path) for path in paths}

"""The small good rule book of tests/rulebook/good, as bytes, as it was checked, and as a book."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from screen.rulebook.checker import CheckedFolder, check_book
from screen.rulebook.model import RuleBook
from screen.rulebook.rule_folder import read_rule_files

GOOD = Path(__file__).parent / "good"


@cache
def good_files() -> dict[str, bytes]:
    """Return the bytes of the good book's files; whoever changes some makes a copy first."""
    return read_rule_files(GOOD)


def checked(**changes: str) -> CheckedFolder:
    """Return what checking gives when these files, `folder__name="text"`, replace or join those of the good book."""
    laid_over = {f"{name.replace('__', '/')}.yaml": text.encode() for name, text in changes.items()}
    return check_book(Path("rules"), {**good_files(), **laid_over})


@cache
def good_book() -> RuleBook:
    """Return the good book, checked."""
    found = checked()
    assert found.book is not None, "\n".join(map(str, found.diagnostics))
    return found.book

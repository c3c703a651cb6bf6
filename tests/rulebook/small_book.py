"""The small good rule book in tests/rulebook/good: its bytes, the result of checking it, and the book."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from screen.rulebook.checker import CheckedFolder, check_book
from screen.rulebook.model import RuleBook
from screen.rulebook.rule_folder import read_rule_files

GOOD = Path(__file__).parent / "good"


@cache
def good_files() -> dict[str, bytes]:
    """Return the bytes of the good book's files; copy them before changing any."""
    return read_rule_files(GOOD)


def checked(**changes: str) -> CheckedFolder:
    """Return the result of checking the good book with these files, `folder__name="text"`, added or replaced."""
    changed = {f"{name.replace('__', '/')}.yaml": text.encode() for name, text in changes.items()}
    return check_book(Path("rules"), {**good_files(), **changed})


@cache
def good_book() -> RuleBook:
    """Return the good book, checked."""
    result = checked()
    assert result.book is not None, "\n".join(map(str, result.diagnostics))
    return result.book

"""Broken files and the messages they earn, side by side.

`RESET_EXPECTED=1 pytest …` writes the messages anew; `git diff` then shows what a reader would see differently.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from screen.diagnostics import Diagnostic

RESET = bool(os.environ.get("RESET_EXPECTED"))


def inputs(folder: Path) -> list[Path]:
    """Return the broken files and folders, without the messages beside them."""
    return sorted(path for path in folder.iterdir() if path.suffix != ".txt")


def messages_beside(path: Path) -> Path:
    """Return the file that holds the messages of a broken file or folder."""
    return path.with_name((path.name if path.is_dir() else path.stem) + ".txt")


def compare(path: Path, mistakes: Iterable[Diagnostic]) -> None:
    """Hold the mistakes against the messages that stand beside a broken file."""
    expected = messages_beside(path)
    told = "".join(f"{one}\n" for one in mistakes)
    if RESET:
        expected.write_text(told, encoding="utf-8", newline="\n")
    assert told, f"{path.name} is broken and earns no message"
    assert told == expected.read_text(encoding="utf-8")

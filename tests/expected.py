"""Broken files, and files of the messages that they give.

`RESET_EXPECTED=1 pytest …` writes the messages again; `git diff` then shows how they changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from screen.diagnostics import Diagnostic

RESET = bool(os.environ.get("RESET_EXPECTED"))


def inputs(folder: Path) -> list[Path]:
    """Return the broken files and folders, without the files of messages."""
    return sorted(path for path in folder.iterdir() if path.suffix != ".txt")


def messages_beside(path: Path) -> Path:
    """Return the file that holds the messages of a broken file or folder."""
    return path.with_name((path.name if path.is_dir() else path.stem) + ".txt")


def compare(path: Path, diagnostics: Iterable[Diagnostic]) -> None:
    """Compare diagnostics with the file of messages of a broken file."""
    expected = messages_beside(path)
    messages = "".join(f"{diagnostic}\n" for diagnostic in diagnostics)
    if RESET:
        expected.write_text(messages, encoding="utf-8", newline="\n")
    assert messages, f"{path.name} is broken and gives no message"
    assert messages == expected.read_text(encoding="utf-8")

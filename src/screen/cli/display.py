"""The screen: blocks and lines shown on a terminal, or written plainly where there is none."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screen.report.document import Block

WIDTH = 100
_STYLES = {
    "title": "bold", "heading": "bold", "element": "bold", "strong": "bold", "quiet": "dim", "plain": "", "label": "",
}  # fmt: skip


def can_draw() -> bool:
    """Tell whether standard output is a terminal that understands more than plain lines."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def show(blocks: Iterable[Block]) -> None:
    """Put blocks on standard output. Tone is shown on a terminal, and never carries meaning alone."""
    from screen.report.text import lines, text_of

    if not can_draw():
        sys.stdout.write(text_of(blocks, WIDTH))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    width = min(WIDTH, shutil.get_terminal_size().columns)
    for line in lines(blocks, width):
        text = Text(line.text, style=_STYLES[line.tone])
        if line.label:
            text.stylize("bold", 0, line.label)
        console.print(text, soft_wrap=True)


def say(message: str) -> None:
    """Put a line on standard error: what happened, not what was found."""
    if not quiet:
        sys.stderr.write(message + "\n")


def complain(message: str) -> None:
    """Put a mistake on standard error; it is said even when quiet was asked for."""
    sys.stderr.write(message + "\n")


quiet = False

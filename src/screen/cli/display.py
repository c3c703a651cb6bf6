"""The screen: blocks and lines shown on a terminal, or written plainly where there is none."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from screen.report.document import Block

WIDTH = 100
_STYLES = {
    "title": "bold", "heading": "bold", "element": "bold", "strong": "bold", "quiet": "dim", "plain": "", "label": "",
}  # fmt: skip


def can_draw(stream: TextIO | None = None) -> bool:
    """Tell whether standard output, or another stream, is a terminal that understands more than plain lines."""
    return (stream or sys.stdout).isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def room() -> int:
    """Return how many columns standard output has; a file has as many as a report."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH


def can_write(text: str) -> bool:
    """Tell whether standard output has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


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


def heading(words: str) -> None:
    """Put a heading on standard output."""
    from screen.report.document import Heading

    show([Heading(3, words)])


def bar(share: float, width: int = 10) -> str:
    """Return a share as a bar with its number: the length alone would tell a screen reader nothing."""
    filled = round(share * width)
    return f"{'#' * filled}{'.' * (width - filled)} {share:4.0%}"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Put a table on standard output: drawn on a terminal, a paragraph a row where there is none or it is narrow."""
    if not can_draw():
        for row in rows:
            sys.stdout.write(f"{row[0]}: {_beside(titles, row)}\n")
        return
    width = min(WIDTH, shutil.get_terminal_size().columns)
    widest = [max(len(cell) for cell in column) for column in zip(titles, *rows, strict=True)]
    wide = widest.index(max(widest))
    left = width - sum(min(size, _CELL) for place, size in enumerate(widest) if place != wide) - 3 * len(titles)
    if left < min(_SENTENCE, widest[wide]):
        from screen.report.document import Rows

        show([Rows(tuple((row[0], _beside(titles, row)) for row in rows))])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, width=width)
    for place, title in enumerate(titles):
        drawn.add_column(
            Text(title),
            overflow="fold",
            ratio=1 if place == wide else None,
            max_width=None if place == wide else _CELL,
        )
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console(highlight=False, markup=False, emoji=False, width=width).print(drawn)


_CELL, _SENTENCE = 24, 30  # columns: what a short cell gets at most, what the longest needs at least


def _beside(titles: Sequence[str], row: Sequence[str]) -> str:
    told = zip(titles[1:], row[1:], strict=True)
    return "; ".join(f"{title.lower()} {cell}" for title, cell in told if cell)


def say(message: str) -> None:
    """Put a line on standard error: what happened, not what was found."""
    if not quiet:
        sys.stderr.write(message + "\n")


def complain(message: str) -> None:
    """Put a mistake on standard error; it is said even when quiet was asked for."""
    sys.stderr.write(message + "\n")


quiet = False

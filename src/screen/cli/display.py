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
    return (
        (stream := stream or sys.stdout) is not None
        and stream.isatty()
        and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    )


def room() -> int:
    """Return how many columns standard output has; a file has as many as a report."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else WIDTH


def can_write(text: str) -> bool:
    """Tell whether standard output has these characters."""
    try:
        text.encode((sys.stdout and sys.stdout.encoding) or "ascii")
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
    """Put a table on standard output: drawn on a terminal, a paragraph a row where there is none."""
    if not can_draw():
        for row in rows:
            beside = "; ".join(
                f"{title.lower()} {cell}" for title, cell in zip(titles[1:], row[1:], strict=True) if cell
            )
            sys.stdout.write(f"{row[0]}: {beside}\n")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, width=min(WIDTH, shutil.get_terminal_size().columns))
    for place, title in enumerate(titles):
        drawn.add_column(Text(title), overflow="fold", ratio=3 if place == 0 else None)
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console(highlight=False, markup=False, emoji=False).print(drawn)


def shown(text: str) -> bool:
    """Put a text on standard output, and tell whether that took it: it may be closed, or a file on a full disk."""
    if sys.stdout is None:
        return not text
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        let_go()
        return False
    return True


def let_go() -> None:
    """Send what is still on its way to standard output nowhere: nobody takes it any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(message: str) -> None:
    """Put a line on standard error: what happened, not what was found."""
    if not quiet:
        sys.stderr.write(message + "\n")


def complain(message: str) -> None:
    """Put a mistake on standard error; it is said even when quiet was asked for."""
    sys.stderr.write(message + "\n")


quiet = False

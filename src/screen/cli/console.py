"""The screen: blocks and lines shown on a terminal, or written plainly where there is none."""

from __future__ import annotations

import codecs
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from screen.text import sanitize, sanitize_line, wrap

if TYPE_CHECKING:
    from screen.report.document import Block

WIDTH = 100
_STYLES = {
    "title": "bold",
    "heading": "bold",
    "element": "bold",
    "strong": "bold",
    "quiet": "dim",
    "plain": "",
    "label": "",
}


def can_draw(stream: TextIO | None = None) -> bool:
    """Tell whether standard output, or another stream, is a terminal that understands more than plain lines."""
    return (
        (stream := stream or sys.stdout) is not None
        and stream.isatty()
        and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    )


def output_width() -> int:
    """Return how many columns standard output has; a file has as many as a report."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else WIDTH


def can_encode(text: str) -> bool:
    """Tell whether standard output has these characters."""
    try:
        text.encode((sys.stdout and sys.stdout.encoding) or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def print_blocks(blocks: Iterable[Block]) -> None:
    """Put blocks on standard output. Tone is shown on a terminal, and never carries meaning alone."""
    from screen.report.text import render_lines, render_text

    if not can_draw():
        sys.stdout.write(render_text(blocks, min(WIDTH, output_width())))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    width = min(WIDTH, shutil.get_terminal_size().columns)
    for line in render_lines(blocks, width):
        text = Text(line.text, style=_STYLES[line.tone])
        if line.label:
            text.stylize("bold", 0, line.label)
        console.print(text, soft_wrap=True)


def print_heading(words: str) -> None:
    """Put a heading on standard output."""
    from screen.report.document import Heading

    print_blocks([Heading(3, words)])


def share_bar(share: float, width: int = 10) -> str:
    """Return a share as a bar with its number: the length alone would tell a screen reader nothing."""
    filled = round(share * width)
    return f"{'#' * filled}{'.' * (width - filled)} {share:4.0%}"


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Put a table on standard output: drawn on a terminal, a paragraph a row where there is none or it is narrow."""
    rows = [tuple(map(sanitize_line, row)) for row in rows]
    if not can_draw():
        for row in rows:
            sys.stdout.write(f"{row[0]}: {_beside(titles, row)}\n")
        return
    width = min(WIDTH, shutil.get_terminal_size().columns)
    widest = [max(len(cell) for cell in column) for column in zip(titles, *rows, strict=True)]
    wide = widest.index(max(widest))
    left = width - sum(min(size, _CELL) for place, size in enumerate(widest) if place != wide) - 3 * len(titles)
    if left < min(_SENTENCE, widest[wide]):
        from screen.report.document import LabelledRows

        print_blocks([LabelledRows(tuple((row[0], _beside(titles, row)) for row in rows))])
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


def shell_quote(path: Path) -> str:
    """Return the name of a file as a shell takes it, safe to show: quoted, and what cannot be seen as escapes."""
    name = str(path)
    name = f"./{name}" if name.startswith("-") else name
    if sanitize(name, keep="") == name:
        return shlex.quote(name)
    return "$'" + "".join(map(_escaped, name)) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if sanitize(char, keep="") == char:
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def print_json(text: str) -> None:
    """Put JSON on standard output; a character that this has not is written as an escape, so that nothing is lost."""
    import json

    sys.stdout.write(text if can_encode(text) else json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n")


def try_print(text: str) -> bool:
    """Put a text on standard output, and tell whether that took it: it may be closed, or a file on a full disk."""
    if sys.stdout is None:
        return not text
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        close_output()
        return False
    return True


def info(message: str) -> None:
    """Put lines on standard error: what happened, not what was found."""
    if not quiet:
        error(message)


def suggest_command(label: str, command: str) -> None:
    """Put a command on standard error, on a line that is not broken, so that it can be pasted."""
    if not quiet:
        sys.stderr.write(sanitize(f"{label}: {command}\n"))


def print_line(text: str) -> None:
    """Put a line on standard output: a rule file may be somebody else's, and its words move no cursor."""
    sys.stdout.write(f"{sanitize(text)}\n")


def error(message: str) -> None:
    """Put a mistake on standard error, safe to show; it is said even when quiet was asked for."""
    lines = sanitize(message).split("\n")
    if sys.stderr.isatty():
        columns = shutil.get_terminal_size().columns
        lines = [part for line in lines for part in wrap(line, columns)]
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def prepare_streams() -> None:
    """Make the three streams fit to be used: none missing, and none that fails at a letter which it has not."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            # Closed by the caller. Its number must not go to a file of ours; a result that cannot be shown is told.
            here = os.open(os.devnull, os.O_RDONLY if name != "stderr" else os.O_WRONLY)
            if here != number:
                os.dup2(here, number)
                os.close(here)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8"))
    if isinstance(sys.stdin, TextIOWrapper):
        # A stray byte would raise and take the lines after it along; replaced, its line is asked again. Python lets
        # this be set before the first line is read, and never after.
        sys.stdin.reconfigure(errors="replace")
    codecs.register_error(_REPLACED, _replaced)
    for stream in (sys.stdout, sys.stderr):
        # The C locale has `surrogateescape`, which fails at a letter as `strict` does; `ignore` would drop it.
        if isinstance(stream, TextIOWrapper) and stream.errors in ("strict", "surrogateescape", "ignore"):
            stream.reconfigure(errors=_REPLACED)


_REPLACED = "rsd-replaced"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Return a question mark for each letter that a stream lacks, and note that there were some."""
    global lossy_encoding
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lossy_encoding = error.encoding
    return "?" * (error.end - error.start), error.end


def warn_lossy_encoding() -> None:
    """Say that question marks stand for letters, where they do: a name in a determination may be among them."""
    if lossy_encoding is not None:
        info(
            f'Some letters cannot be written in {lossy_encoding} and are shown as "?". Set LC_ALL=C.UTF-8 to see them.'
        )


def close_output() -> None:
    """Let whatever is still to be written go nowhere."""
    with suppress(OSError, ValueError):  # the tests have a stream of their own
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


quiet = False
#: The encoding of an output that lacked a letter, for which a question mark stands.
lossy_encoding: str | None = None

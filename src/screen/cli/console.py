"""Standard output for results, standard error for messages; drawn on a terminal, plain lines where there is none.

Whatever is shown here is made safe first: text from a case or a rule file moves no cursor.
"""

from __future__ import annotations

import codecs
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from screen.report.document import Block, Heading, LabelledRows
from screen.report.text import render_lines, render_text
from screen.text import sanitize, sanitize_line, wrap

# rich is imported by what draws: a pipe never needs it, and it takes longer to load than most cases to assess.

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
_MAX_SHORT_CELL = 24  # columns
_MIN_WIDEST_CELL = 30  # columns: with fewer, a table becomes paragraphs

quiet = False
#: The encoding of an output that lacks a character, which is shown as a question mark.
lossy_encoding: str | None = None


# ── standard output ─────────────────────────────────────────────────────────────────────────────────────────────────


def can_draw(stream: TextIO | None = None) -> bool:
    """Tell whether standard output, or another stream, is a terminal that understands more than plain lines."""
    stream = stream or sys.stdout
    return stream is not None and stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def can_encode(text: str) -> bool:
    """Tell whether standard output has these characters."""
    try:
        text.encode((sys.stdout and sys.stdout.encoding) or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def output_width() -> int:
    """Return the number of columns of standard output; `WIDTH` where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else WIDTH


def print_blocks(blocks: Iterable[Block]) -> None:
    """Print blocks. Their tone is a style on a terminal, and never carries meaning alone."""
    if not can_draw():
        sys.stdout.write(render_text(blocks, min(WIDTH, output_width())))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    for line in render_lines(blocks, _drawing_width()):
        text = Text(line.text, style=_STYLES[line.tone])
        if line.label:
            text.stylize("bold", 0, line.label)
        console.print(text, soft_wrap=True)


def print_heading(text: str) -> None:
    """Print a heading."""
    print_blocks([Heading(3, text)])


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; on a narrow terminal, or where there is none, each row is a paragraph."""
    rows = [tuple(map(sanitize_line, row)) for row in rows]
    if not can_draw():
        for row in rows:
            sys.stdout.write(f"{row[0]}: {_cells_in_words(titles, row)}\n")
        return
    width = _drawing_width()
    cell_widths = [max(len(cell) for cell in column) for column in zip(titles, *rows, strict=True)]
    widest = cell_widths.index(max(cell_widths))
    others = sum(min(size, _MAX_SHORT_CELL) for index, size in enumerate(cell_widths) if index != widest)
    if width - others - 3 * len(titles) < min(_MIN_WIDEST_CELL, cell_widths[widest]):
        print_blocks([LabelledRows(tuple((row[0], _cells_in_words(titles, row)) for row in rows))])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, width=width)
    for index, title in enumerate(titles):
        table.add_column(
            Text(title),
            overflow="fold",
            ratio=1 if index == widest else None,
            max_width=None if index == widest else _MAX_SHORT_CELL,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False, markup=False, emoji=False, width=width).print(table)


def _drawing_width() -> int:
    return min(WIDTH, shutil.get_terminal_size().columns)


def _cells_in_words(titles: Sequence[str], row: Sequence[str]) -> str:
    cells = zip(titles[1:], row[1:], strict=True)
    return "; ".join(f"{title.lower()} {cell}" for title, cell in cells if cell)


def share_bar(share: float, width: int = 10) -> str:
    """Return a share as a bar with its number: the length alone would tell a screen reader nothing."""
    filled = round(share * width)
    return f"{'#' * filled}{'.' * (width - filled)} {share:4.0%}"


def print_json(text: str) -> None:
    """Print JSON. A character that the output cannot encode is escaped, so that nothing is lost."""
    sys.stdout.write(text if can_encode(text) else json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n")


def print_line(text: str) -> None:
    """Print a line, made safe: a rule file may be somebody else's."""
    sys.stdout.write(f"{sanitize(text)}\n")


def try_print(text: str) -> bool:
    """Print a text and tell whether standard output took it: it may be closed, or a file on a full disk."""
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


# ── standard error ──────────────────────────────────────────────────────────────────────────────────────────────────


def info(message: str) -> None:
    """Report on standard error what was done, unless `--quiet` was given."""
    if not quiet:
        error(message)


def suggest_command(label: str, command: str) -> None:
    """Show a command on one line of standard error, so that it can be pasted; not with `--quiet`."""
    if not quiet:
        _write_error(sanitize(f"{label}: {command}\n"))


def error(message: str) -> None:
    """Report on standard error what is wrong, even with `--quiet`."""
    lines = sanitize(message).split("\n")
    if sys.stderr.isatty():
        columns = shutil.get_terminal_size().columns
        lines = [part for line in lines for part in wrap(line, columns)]
    _write_error("".join(f"{line}\n" for line in lines))


def _write_error(text: str) -> None:
    """Write to standard error. One that takes nothing more changes no exit code; Python's own would be 120."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        raise
    except OSError:
        _discard(sys.stderr)


def shell_quote(path: Path) -> str:
    """Return a file name as a shell takes it, safe to show: characters that cannot be seen are escaped."""
    name = str(path)
    name = f"./{name}" if name.startswith("-") else name
    if sanitize(name, keep="") == name:
        return shlex.quote(name)
    return "$'" + "".join(map(_escape_for_shell, name)) + "'"


def _escape_for_shell(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if sanitize(char, keep="") == char:
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


# ── the three streams ───────────────────────────────────────────────────────────────────────────────────────────────


def prepare_streams() -> None:
    """Make sure that standard input, output and error are open, and fail at no character that they cannot encode."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            # The caller closed it. Its number must not go to a file of ours, where messages would then be written. The
            # replacement for output cannot be written to, so that a result that nobody can see is an error.
            handle = os.open(os.devnull, os.O_RDONLY if name != "stderr" else os.O_WRONLY)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8"))
    if isinstance(sys.stdin, TextIOWrapper):
        # An invalid byte would raise, and the lines after it would be lost. Replaced, its line is asked for again.
        # Python lets this be set only before the first line is read.
        sys.stdin.reconfigure(errors="replace")
    codecs.register_error(_ERROR_HANDLER, _replace_and_note)
    for stream in (sys.stdout, sys.stderr):
        # The C locale has `surrogateescape`, which fails like `strict`; `ignore` would drop characters in silence.
        if isinstance(stream, TextIOWrapper) and stream.errors in ("strict", "surrogateescape", "ignore"):
            stream.reconfigure(errors=_ERROR_HANDLER)


_ERROR_HANDLER = "rsd-replace"


def _replace_and_note(failure: UnicodeError) -> tuple[str, int]:
    """Return a question mark for each character that a stream cannot encode, and note its encoding."""
    global lossy_encoding
    if not isinstance(failure, UnicodeEncodeError):
        raise failure
    lossy_encoding = failure.encoding
    return "?" * (failure.end - failure.start), failure.end


def warn_lossy_encoding() -> None:
    """Say that question marks stand for characters, where they do: a name in a determination may be among them."""
    if lossy_encoding is not None:
        info(f'Some characters cannot be written in {lossy_encoding} and are shown as "?". Set LC_ALL=C.UTF-8.')


def close_output() -> None:
    """Discard whatever is still to be written to standard output."""
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # the tests have a stream of their own
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

"""Blocks as plain text.

In: blocks and a width in columns. Out: lines, each with a tone that a terminal may show and a pipe may drop. No
meaning is carried by the tone alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Literal, NamedTuple

from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph, Table
from screen.text import display_width, sanitize

Tone = Literal["title", "heading", "element", "plain", "strong", "quiet", "label"]


class Line(NamedTuple):
    """One line of text; `label` says how many of its first columns are a label."""

    text: str
    tone: Tone = "plain"
    label: int = 0


def render_lines(blocks: Iterable[Block], width: int = 100) -> Iterator[Line]:
    """Yield the lines of blocks, none wider than `width` columns unless one word is; each is safe to show."""
    for line in _lines(blocks, width):
        # The names of files, of States and of exercises come from elsewhere; no block has to remember it.
        yield line if line.text.isprintable() else line._replace(text=sanitize(line.text, keep=""))


def _lines(blocks: Iterable[Block], width: int) -> Iterator[Line]:
    first = True
    for block in blocks:
        match block:
            case Heading(level, text):
                if not first:
                    yield Line("")
                yield from _heading(level, text, width)
            case Paragraph(text, tone):
                for line in wrap_words(text, width):
                    yield Line(line, tone)
            case LabelledRows(rows):
                yield from _rows(rows, width)
            case Table(head, table):
                yield from _table(head, table, width)
            case ItemList(points, number):
                for index, point in enumerate(points):
                    mark = "- " if number is None else f"{number + index}. "
                    for place, line in enumerate(wrap_words(point, width - len(mark))):
                        yield Line((mark if place == 0 else " " * len(mark)) + line)
            case NestedList(branches):
                for level, point in branches:
                    pad = "  " * level
                    for place, line in enumerate(wrap_words(point, width - len(pad) - 2)):
                        yield Line(f"{pad}{'- ' if place == 0 else '  '}{line}")
        first = False


def render_text(blocks: Iterable[Block], width: int = 100) -> str:
    """Return blocks as plain text, ending in a line end."""
    return "".join(f"{line.text}\n" for line in render_lines(blocks, width))


def _heading(level: int, text: str, width: int) -> Iterator[Line]:
    tone: Tone = "title" if level == 1 else "heading" if level == 2 else "element"
    told = wrap_words(text.upper() if level == 2 else text, width)
    yield from (Line(line, tone) for line in told)
    if level == 1:
        yield Line("=" * min(max(map(display_width, told)), width), tone)


def _rows(rows: tuple[tuple[str, str], ...], width: int) -> Iterator[Line]:
    """Yield labelled rows: short labels stand in a column of their own, long ones before their text."""
    longest = max((display_width(label) for label, _ in rows), default=0)
    if longest > width // 3:
        for label, text in rows:
            yield from (Line(line) for line in _hanging(f"{label}: {text}", width))
        return
    for label, text in rows:
        for place, line in enumerate(wrap_words(text, width - longest - 4)):
            shown = "  " + label + " " * (longest - display_width(label)) if place == 0 else " " * (longest + 2)
            yield Line(f"{shown}  {line}", "label", longest + 2)


MIN_CELL_WIDTH = 20  # columns: a cell with fewer breaks every second word


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], width: int) -> Iterator[Line]:
    """Yield a table; where the columns would be narrow each row is told one cell after the other."""
    first = max(display_width(row[0]) for row in (head, *rows))
    each = (width - 2 - first) // (len(head) - 1) - 2
    if each < MIN_CELL_WIDTH:
        for label, *row in rows:
            told = ". ".join(f"{name}: {text}" for name, text in zip(head[1:], row, strict=True))
            yield from (Line(line) for line in _hanging(f"{label}. {told}", width))
        return
    for label, *row in (head, *rows):
        columns = [wrap_words(text, each) for text in row]
        for place, parts in enumerate(zip_longest(*columns, fillvalue="")):
            shown = label if place == 0 else ""
            line = "  " + shown + " " * (first - display_width(shown))
            line += "".join(f"  {part}{' ' * (each - display_width(part))}" for part in parts)
            yield Line(line.rstrip(), "label", first + 2)


def _hanging(text: str, width: int) -> Iterator[str]:
    for place, line in enumerate(wrap_words(text, width - 4)):
        yield ("  " if place == 0 else "    ") + line


def wrap_words(text: str, width: int) -> list[str]:
    """Return a text in lines of so many columns; a word that is wider stands alone."""
    found: list[str] = []
    line, used = "", 0
    for word in text.split():
        size = display_width(word)
        if line and used + 1 + size > width:
            found.append(line)
            line, used = word, size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*found, line]

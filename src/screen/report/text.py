"""Blocks as plain text.

In: blocks and a width in columns. Out: lines, each with a tone that a terminal may show. A pipe drops it, so that no
meaning depends on the tone alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Literal, NamedTuple

from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph, Table
from screen.text import display_width, sanitize

Tone = Literal["title", "heading", "element", "plain", "strong", "quiet", "label"]


_MIN_CELL_WIDTH = 20  # columns; in a narrower cell every second word would be on a line of its own


class Line(NamedTuple):
    """One line of text; the first `label` columns of it are a label."""

    text: str
    tone: Tone = "plain"
    label: int = 0


def render_text(blocks: Iterable[Block], width: int = 100) -> str:
    """Return blocks as plain text, ending in a line end."""
    return "".join(f"{line.text}\n" for line in render_lines(blocks, width))


def render_lines(blocks: Iterable[Block], width: int = 100) -> Iterator[Line]:
    """Yield the lines of blocks, none wider than `width` columns unless one word is; each is safe to show."""
    for line in _lines(blocks, width):
        # Names of files, States and exercises come from outside; here no block can forget to sanitize them.
        yield line if line.text.isprintable() else line._replace(text=sanitize(line.text, keep=""))


def _lines(blocks: Iterable[Block], width: int) -> Iterator[Line]:
    for index, block in enumerate(blocks):
        match block:
            case Heading(level, text):
                if index:
                    yield Line("")
                yield from _heading(level, text, width)
            case Paragraph(text, tone):
                yield from (Line(line, tone) for line in wrap_words(text, width))
            case LabelledRows(rows):
                yield from _rows(rows, width)
            case Table(head, table):
                yield from _table(head, table, width)
            case ItemList(items, first):
                for number, item in enumerate(items, first or 0):
                    mark = "- " if first is None else f"{number}. "
                    yield from map(Line, prefixed_lines(item, width, mark, " " * len(mark)))
            case NestedList(branches):
                for level, item in branches:
                    indent = "  " * level
                    yield from map(Line, prefixed_lines(item, width, f"{indent}- ", f"{indent}  "))


def _heading(level: int, text: str, width: int) -> Iterator[Line]:
    tone: Tone = "title" if level == 1 else "heading" if level == 2 else "element"
    lines = wrap_words(text.upper() if level == 2 else text, width)
    yield from (Line(line, tone) for line in lines)
    if level == 1:
        yield Line("=" * min(max(map(display_width, lines)), width), tone)


def _rows(rows: tuple[tuple[str, str], ...], width: int) -> Iterator[Line]:
    """Yield labelled rows: short labels are in a column of their own, long ones before their text."""
    longest = max((display_width(label) for label, _ in rows), default=0)
    if longest > width // 3:
        for label, text in rows:
            yield from map(Line, _hanging_lines(f"{label}: {text}", width))
        return
    for label, text in rows:
        first = f"  {label}{' ' * (longest - display_width(label))}"
        for index, line in enumerate(wrap_words(text, width - longest - 4)):
            yield Line(f"{' ' * (longest + 2) if index else first}  {line}", "label", longest + 2)


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], width: int) -> Iterator[Line]:
    """Yield a table; where its columns would be narrow, each row becomes a paragraph of its cells."""
    label_width = max(display_width(row[0]) for row in (head, *rows))
    cell_width = (width - 2 - label_width) // (len(head) - 1) - 2
    if cell_width < _MIN_CELL_WIDTH:
        for label, *cells in rows:
            text = ". ".join(f"{name}: {cell}" for name, cell in zip(head[1:], cells, strict=True))
            yield from map(Line, _hanging_lines(f"{label}. {text}", width))
        return
    for label, *cells in (head, *rows):
        columns = [wrap_words(cell, cell_width) for cell in cells]
        for index, parts in enumerate(zip_longest(*columns, fillvalue="")):
            text = "" if index else label
            line = "  " + text + " " * (label_width - display_width(text))
            line += "".join(f"  {part}{' ' * (cell_width - display_width(part))}" for part in parts)
            yield Line(line.rstrip(), "label", label_width + 2)


def _hanging_lines(text: str, width: int) -> Iterator[str]:
    return prefixed_lines(text, width, "  ", "    ")


def prefixed_lines(text: str, width: int, first: str, following: str) -> Iterator[str]:
    """Yield a text in lines of at most `width` columns: the first and the following ones with their prefixes."""
    for index, line in enumerate(wrap_words(text, width - max(len(first), len(following)))):
        yield (following if index else first) + line


def wrap_words(text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` columns; a wider word has a line of its own."""
    lines: list[str] = []
    line, used = "", 0
    for word in text.split():
        size = display_width(word)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = word, size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*lines, line]

"""Blocks as Markdown.

What a person said is shown as exactly that text, in CommonMark and in GitHub's dialect: no mark, entity, link, table,
rule or template in it comes alive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph, Table
from screen.text import sanitize_line

# Marks that mean something wherever they stand: emphasis, code, links, HTML, cells, strikes, formulas, templates.
# A `&` begins an entity before a letter or `#` alone; `://`, `www.` and two colons make a link unasked. Each branch
# begins with the mark itself, or every character would be looked at several times.
_SPECIAL = re.compile(
    r"[\\`*_{}\[\]<>|#~$]|&(?=[a-zA-Z#])|:(?=//)|:(?<=[mM][aA][iI][lL][tT][oO]:)|:(?<=[xX][mM][pP][pP]:)|\.(?<=[wW]{3}\.)"
)
# What means something at the beginning of a line: a list, a rule, a heading underlined.
_BEGINNING = re.compile(r"^(?=[-+=:])|^\d+(?=[.)])")


def render_markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown, ending in a line end. What a case says is escaped and stays text."""
    return "\n\n".join(filter(None, map(_block, blocks))) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {escape_markdown(text)}"
        case Paragraph(text, tone):
            return _marked(text, {"strong": "**", "quiet": "*"}.get(tone, ""))
        case LabelledRows(rows):
            return "\n".join(f"- {_marked(label, '**')} {escape_markdown(text)}" for label, text in rows)
        case Table(head, lines):
            return "\n".join([_row(head), "|" + " --- |" * len(head), *map(_row, lines)])
        case ItemList(points, first):
            marks = ("-" if first is None else f"{first + index}." for index in range(len(points)))
            return "\n".join(f"{mark} {escape_markdown(point)}" for mark, point in zip(marks, points, strict=True))
        case NestedList(branches):
            return "\n".join(f"{'  ' * level}- {escape_markdown(point)}" for level, point in branches)


def _marked(text: str, mark: str) -> str:
    """Return escaped text between two marks; around nothing they would be a mark of their own."""
    inner = escape_markdown(text)
    return f"{mark}{inner}{mark}" if inner else ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape_markdown, cells)) + " |"


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line: it joins lines with a blank anyway."""
    text = _SPECIAL.sub(r"\\\g<0>", sanitize_line(text))
    return _BEGINNING.sub(r"\g<0>\\", text)

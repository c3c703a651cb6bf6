"""Blocks as Markdown.

Text that a person gave is shown as exactly that text, in CommonMark and in GitHub's dialect: no mark, entity, link,
table, rule or template in it takes effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph, Table
from screen.text import sanitize_line

# Marks that mean something wherever they stand: emphasis, code, links, HTML, cells, strikes, formulas, templates.
# `&` begins an entity only before a letter or `#`; `://`, `www.`, `mailto:` and `xmpp:` make a link on their own. Each
# branch begins with the mark itself, or every character would be examined several times.
_SPECIAL = re.compile(
    r"[\\`*_{}\[\]<>|#~$]|&(?=[a-zA-Z#])|:(?=//)|:(?<=[mM][aA][iI][lL][tT][oO]:)|:(?<=[xX][mM][pP][pP]:)|\.(?<=[wW]{3}\.)"
)
# Marks that mean something at the start of a line: a list, a rule, an underlined heading.
_LINE_START = re.compile(r"^(?=[-+=:])|^\d+(?=[.)])")


def render_markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown, ending in a line end. Their texts are escaped."""
    return "\n\n".join(filter(None, map(_block, blocks))) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {escape_markdown(text)}"
        case Paragraph(text, tone):
            return _emphasized(text, {"strong": "**", "quiet": "*"}.get(tone, ""))
        case LabelledRows(rows):
            return "\n".join(f"- {_emphasized(label, '**')} {escape_markdown(text)}" for label, text in rows)
        case Table(head, rows):
            return "\n".join([_row(head), "|" + " --- |" * len(head), *map(_row, rows)])
        case ItemList(points, first):
            marks = ("-" if first is None else f"{first + index}." for index in range(len(points)))
            return "\n".join(f"{mark} {escape_markdown(point)}" for mark, point in zip(marks, points, strict=True))
        case NestedList(branches):
            return "\n".join(f"{'  ' * level}- {escape_markdown(point)}" for level, point in branches)


def _emphasized(text: str, mark: str) -> str:
    """Return escaped text between two marks; without a text between them they would mean something else."""
    inner = escape_markdown(text)
    return f"{mark}{inner}{mark}" if inner else ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape_markdown, cells)) + " |"


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line; Markdown would join lines with a space anyway."""
    text = _SPECIAL.sub(r"\\\g<0>", sanitize_line(text))
    return _LINE_START.sub(r"\g<0>\\", text)

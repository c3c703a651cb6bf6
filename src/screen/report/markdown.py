"""Blocks as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from screen.report.document import Block, Heading, Paragraph, Points, Rows, Table, Tree

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(\s|$)")


def markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as Markdown, ending in a line end. What a case says is escaped and stays text."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case Heading(level, text):
                parts.append(f"{'#' * level} {escaped(text)}")
            case Paragraph(text, tone):
                inner = escaped(text)
                parts.append(f"**{inner}**" if tone == "strong" else f"*{inner}*" if tone == "quiet" else inner)
            case Rows(rows):
                parts.append("\n".join(f"- **{escaped(label)}** {escaped(text)}" for label, text in rows))
            case Table(head, lines):
                ruled = (head, ("---",) * len(head), *lines)
                parts.append("\n".join("| " + " | ".join(map(_in_a_cell, line)) + " |" for line in ruled))
            case Points(points, first):
                marks = ("-" if first is None else f"{first + index}." for index in range(len(points)))
                parts.append("\n".join(f"{mark} {escaped(point)}" for mark, point in zip(marks, points, strict=True)))
            case Tree(branches):
                parts.append("\n".join(f"{'  ' * level}- {escaped(point)}" for level, point in branches))
    return "\n\n".join(part for part in parts if part) + "\n"


def _in_a_cell(text: str) -> str:
    return text if text == "---" else escaped(text)


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    text = _SPECIAL.sub(r"\\\1", text)
    return _LINE_START.sub(r"\1\\\2\3", text) if not text[:1].isdigit() else re.sub(r"^(\d+)([.)])", r"\1\\\2", text)

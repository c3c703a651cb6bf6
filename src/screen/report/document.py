"""The blocks of which every report consists, before it is text, Markdown or anything else.

A text in a block may hold any character; whatever renders it makes it safe to show (`text.sanitize`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: `strong` for what must not be overlooked, `quiet` for what a reader may skip."""

    text: str
    tone: Literal["plain", "strong", "quiet"] = "plain"


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Texts, each with a label."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a head. The first cell of a row is its label."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list; with `first` it is numbered, beginning there."""

    items: tuple[str, ...]
    first: int | None = None


@dataclass(frozen=True, slots=True)
class NestedList:
    """Items below items: the level of each, from 0, and its text."""

    items: tuple[tuple[int, str], ...]


Block = Heading | Paragraph | LabelledRows | Table | ItemList | NestedList


def capped_list(items: Sequence[str], most: int) -> Iterator[Block]:
    """Yield the first items as a list, and how many more there are."""
    yield ItemList(tuple(items[:most]))
    if (rest := len(items) - most) > 0:
        yield Paragraph(f"and {rest} more.", "quiet")

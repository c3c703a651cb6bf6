"""A determination as a sequence of blocks, before it is text, Markdown or anything else.

In: nothing; `determination` and `explanation` make these values. Out: headings, paragraphs, labelled rows, points.
A text in a block may hold anything: what writes it out makes it safe to show (`visible`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `strong` is for what must not be overlooked, `quiet` for what can be passed over."""

    text: str
    tone: Literal["plain", "strong", "quiet"] = "plain"


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Labels with what stands to each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Labels with what stands to each in two or more columns; the head names the columns, the label's first."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list; `first` numbers it from there."""

    items: tuple[str, ...]
    first: int | None = None


@dataclass(frozen=True, slots=True)
class NestedList:
    """Points under points: how deep each stands, from 0, and its text."""

    items: tuple[tuple[int, str], ...]


Block = Heading | Paragraph | LabelledRows | Table | ItemList | NestedList

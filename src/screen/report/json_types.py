"""The types that several JSON documents share: statuses, recommendations, the program and the rule book behind them."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from screen.case.evidence import cited
from screen.case.record import CLOSED, OPEN, STATES, Record
from screen.logic import Status
from screen.report.json_schema import OneOf
from screen.rulebook.model import RECOMMENDATIONS, RuleBook
from screen.text import sanitize
from screen.version import VERSION

StatusJson = Annotated[str, OneOf(tuple(status.value for status in Status))]
RecommendationJson = Annotated[str, OneOf(RECOMMENDATIONS)]


class ProgramJson(TypedDict):
    """The program that wrote a document."""

    name: Literal["rsd"]
    version: str


class BookJson(TypedDict):
    """The rule book that a document rests on."""

    title: str
    version: str
    hash: str
    law_as_of: str


class RecordJson(TypedDict):
    """The record of the case: as its file has it, and as it was read for the findings (`--closed` looks ahead)."""

    state: Annotated[str, OneOf(STATES)]
    by: str | None
    on: str | None
    read_as: Annotated[str, OneOf(STATES)]


def program_data() -> ProgramJson:
    """Return this program and its version."""
    return {"name": "rsd", "version": VERSION}


def book_data(book: RuleBook) -> BookJson:
    """Return a rule book with its hash and the day of its law."""
    return {
        "title": book.title,
        "version": book.version,
        "hash": book.hash,
        "law_as_of": book.law_as_of.isoformat(),
    }


def record_data(record: Record, *, read_as_closed: bool) -> RecordJson:
    """Return the record of a case."""
    return {
        "state": CLOSED if record.is_closed else OPEN,
        "by": None if record.by is None else sanitize(record.by),
        "on": record.on.isoformat() if record.on else None,
        "read_as": CLOSED if read_as_closed else OPEN,
    }


def full_citations(book: RuleBook, names: tuple[str, ...]) -> list[str]:
    """Return authorities in full."""
    return [cited(book.sources[name], whole=True) for name in names]

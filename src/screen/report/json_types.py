"""The types that several JSON documents share: statuses, recommendations, the program and the rule book behind them."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from screen.case.evidence import cited
from screen.logic import Status
from screen.report.json_schema import OneOf
from screen.rulebook.model import RECOMMENDATIONS, RuleBook
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


def full_citations(book: RuleBook, names: tuple[str, ...]) -> list[str]:
    """Return authorities in full."""
    return [cited(book.sources[name], whole=True) for name in names]

"""Small books for tests of changed answers and pivots."""

from __future__ import annotations

from dataclasses import replace

from screen.rulebook.model import ORIGIN_FACT, RuleBook
from tests.engine.books import small


def without_personal_facts(book: RuleBook, *person: str) -> RuleBook:
    """Return a book whose facts are about the flight, except the two States and those named."""
    chapter = book.facts[ORIGIN_FACT].chapter
    who = {name: replace(book.facts[name], about="person", chapter=chapter) for name in person}
    return replace(book, facts={name: replace(fact, about="flight") for name, fact in book.facts.items()} | who)


def book(*rules: object, recommend: str | None = None, presumptions: tuple[object, ...] = ()) -> RuleBook:
    """Return a small book of criteria c0, c1, …, each of them a conclusion."""
    criteria = [{"criterion": f"c{index}", "holds_if": rule} for index, rule in enumerate(rules)]
    recommendations = [{"recommend": "recognise", "when": recommend}] if recommend else []
    written = {"criteria": criteria, "presumptions": list(presumptions), "recommendations": recommendations}
    return without_personal_facts(small(written, [f"c{index}" for index in range(len(rules))]).book)

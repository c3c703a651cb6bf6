"""A new case file: every question of the rule book, commented out, in the order of the interview."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from screen.case.case_file import ABOUT, FORMAT, Case
from screen.case.case_text import format_case
from screen.file_types import is_json_file
from screen.report.wording import fill_without_case
from screen.rulebook.model import Fact, RuleBook
from screen.rulebook.yaml_reader import parse_document

_TYPES = {
    "yes_no": "yes, no or unknown",
    "number": "a number",
    "date": "a day, as 2022-06-28",
    "country": "two-letter code, such as KP",
    "text": "text in quotes",
}


def case_template(book: RuleBook, name: str, path: Path) -> str:
    """Return the text of a new case file with this name: a valid case in which nothing is known.

    JSON has no comments, so a JSON file holds the case alone.
    """
    if is_json_file(path):
        return format_case(path, Case(name))
    return "\n".join([*_header(name), *_facts(book)]) + "\n"


def _header(name: str) -> Iterator[str]:
    yield "# A case file of rsd. What it holds can cost a life: keep it where only you can read it."
    yield "# Remove the `#` in front of an answer to give it. Unknown is an answer and never counts as no."
    yield f"format: {FORMAT}"
    yield f"case: {_quoted(name)}  # a registration number or a pseudonym, never a name"
    yield "# profile: paper"
    yield "# about:"
    yield from (f"#   {key}: # {label}" for key, label in ABOUT.items())
    yield "# claim: |"
    yield "#   The account in the applicant's own words."
    yield ""
    yield "# An answer can also carry what it rests on:"
    yield "#   left_without_permission:"
    yield "#     answer: yes"
    yield "#     credibility: accepted  # accepted, benefit_of_the_doubt, not_assessed, rejected"
    yield "#     source: interview of 2 October"
    yield "#     note: crossed the river at night"
    yield "#     date: 2019-11-02"
    yield "facts:"


def _quoted(name: str) -> str:
    """Return the name of a case as YAML reads it back: `null` and `1.0` need quotes to be names."""
    document: Any = parse_document(f"case: {name}\n".encode(), "").data
    return name if document["case"] == name else f'"{name}"'


def _facts(book: RuleBook) -> Iterator[str]:
    for chapter, title in book.chapters.items():
        facts = [fact for fact in book.facts.values() if fact.chapter == chapter]
        if facts:
            yield ""
            yield f"  # ── {title} ──"
        for fact in facts:
            yield f"  # {fill_without_case(book, fact.ask)}"
            yield from _options(fact)
            yield f"  # {fact.name}: unknown"


def _options(fact: Fact) -> Iterator[str]:
    if fact.type in _TYPES:
        yield f"  #   ({fact.bounds or _TYPES[fact.type]})"
        return
    choice = {"many": "a list of, or []", "level": "one of, lowest first"}.get(fact.type, "one of")
    yield f"  #   ({choice}:"
    yield from (f"  #     {option}: {label}" for option, label in fact.options)
    yield "  #   )"

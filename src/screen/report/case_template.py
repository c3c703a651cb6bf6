"""A new case file: every question of the rule book, commented out, in the order of the interview."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from screen.case.case_file import ABOUT, FORMAT, Case, text_of_case
from screen.case.evidence import filled
from screen.file_types import is_json_file
from screen.logic import Answer
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
    """Return the text of a new case file of this name. It is a valid case as it stands, with nothing known.

    JSON has no comments: a file of that kind holds the case alone.
    """
    if is_json_file(path):
        return text_of_case(path, Case(name))
    return "\n".join([*_top(name), *_facts(book)]) + "\n"


def _top(name: str) -> Iterator[str]:
    yield "# A case file of rsd. It holds what could cost a life: keep it where only you can read it."
    yield "# Take away the `#` before an answer to give it; unknown is an answer, and is never counted as no."
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
    """Return the name of a case as YAML reads it again: `null` and `1.0` would be no names without quotes."""
    said: Any = parse_document(f"case: {name}\n".encode(), "").data
    return name if said["case"] == name else f'"{name}"'


def _facts(book: RuleBook) -> Iterator[str]:
    for chapter, title in book.chapters.items():
        facts = [fact for fact in book.facts.values() if fact.chapter == chapter]
        if facts:
            yield ""
            yield f"  # ── {title} ──"
        for fact in facts:
            yield f"  # {filled(fact.ask, book, Answer.UNKNOWN, Answer.UNKNOWN)}"
            yield from _options(fact)
            yield f"  # {fact.name}: unknown"


def _options(fact: Fact) -> Iterator[str]:
    if fact.type in _TYPES:
        yield f"  #   ({fact.bounds or _TYPES[fact.type]})"
        return
    kind = {"many": "a list of, or []", "level": "one of, lowest first"}.get(fact.type, "one of")
    yield f"  #   ({kind}:"
    yield from (f"  #     {option}: {label}" for option, label in fact.options)
    yield "  #   )"

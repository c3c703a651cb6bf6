"""Questions of every type for the tests of prompters."""

from __future__ import annotations

import dataclasses
import unicodedata

from screen.case.evidence import RecordedAnswer
from screen.interview.view import QuestionView
from screen.logic import Answer
from screen.rulebook.model import Fact

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
HOSTILE = "she said \x1b[2J\x1b]0;owned\x07 \x9b31m \u202etfel [bold red]APPROVED[/] \u2066x"


def view(
    kind: str, *options: tuple[str, str], previous_answer: RecordedAnswer | None = None, **other: object
) -> QuestionView:
    """Return a question of this type, built by hand."""
    fact = Fact("asked", "Asked?", kind, options, "flight", None, None, (), "shared", "low", "person")
    shown = (("yes", "Yes"), ("no", "No")) if kind == "yes_no" else options
    plain = QuestionView(
        fact, 3, "Did she leave without a permit?", shown, "It bears on penalty.", ("Fear", "Penalty"),
        ("Handbook 61",), "A pass is a permit.", 4, 9, "The flight", previous_answer,
    )  # fmt: skip
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


YES_NO = view("yes_no")
LEVEL = view("level", ("petty", "petty"), ("medium", "of medium weight"), ("grave", "grave"), ("gravest", "gravest"))
MANY = view(
    "many", ("camp", "camp guard"), ("police", "secret police"), ("theft", "theft of food"), ("camp_2", "tents")
)
OWN_NONE = view("many", ("camp", "camp guard"), ("police", "police"), ("none", "none of these"))
NUMBER, DAY, TEXT = view("number"), view("date"), view("text")
COUNTRIES = (
    ("CI", "Côte d'Ivoire"), ("CN", "China"), ("KP", "North Korea"), ("KR", "South Korea"), ("MK", "North Macedonia"),
    ("NE", "Niger"), ("NG", "Nigeria"), ("NO", "Norway"),
)  # fmt: skip
COUNTRY = view("country", *COUNTRIES)
EVERY = (YES_NO, LEVEL, MANY, NUMBER, DAY, TEXT, COUNTRY)


def pairs(answers: dict[object, tuple[str, ...]]) -> list[tuple[str, object]]:
    """Return every word with its meaning."""
    return [(word, answer) for answer, words in answers.items() for word in words]


def is_safe(shown: str) -> bool:
    return all(char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs") for char in shown)

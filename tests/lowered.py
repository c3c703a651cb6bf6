"""The law read and compiled once in a test process: either takes longer than a command over a few cases.

A book, a kernel and a question planner hold nothing of any case. The first of each is made as the program makes it.
Tests of how they are made make their own (`test_cache`, `test_kernel`, `test_next_question`, `test_yaml_reader`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from screen.batch.score import scorer
from screen.batch.score.kernel import Kernel
from screen.cli import options
from screen.interview import conversation, next_question
from screen.interview.next_question import QuestionPlanner
from screen.rulebook import checker
from screen.rulebook.loader import load_book
from screen.rulebook.model import Profile, RuleBook
from screen.rulebook.yaml_reader import Document, parse_document
from tests.paths import RULES
from tests.real_law import the_law

#: With its book, so that no other one has its place in memory.
_made: dict[tuple[Any, ...], tuple[RuleBook | None, Any]] = {}


def law_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make commands read the real law once for a day and a cache, and runs under the same book share what is compiled.

    A rule file is parsed once for each state of its bytes.
    """
    monkeypatch.setattr(options, "load_book", _law)
    monkeypatch.setattr(checker, "parse_document", _document)
    monkeypatch.setattr(scorer, "Kernel", _kernel)
    for module in (conversation, next_question):
        monkeypatch.setattr(module, "QuestionPlanner", _planner)


def _once(key: tuple[Any, ...], book: RuleBook | None, make: Callable[[], Any]) -> Any:
    if key not in _made:
        _made[key] = book, make()
    return _made[key][1]


def _law(folder: Path, cache: Path | None = None, day: date | None = None) -> RuleBook:
    if folder.resolve() != RULES:
        return load_book(folder, cache, day)
    return _once(("law", cache, day), None, lambda: load_book(folder, cache, day))


@lru_cache(maxsize=300)  # the files of the real law, of the exercises and of the small book
def _document(data: bytes, name: str, *, may_quote: bool = False) -> Document:
    return parse_document(data, name, may_quote=may_quote)


def _kernel(book: RuleBook, profiles: Sequence[str] = (), *, columns: Iterable[str], closed: bool = False) -> Kernel:
    wanted = tuple(columns)
    key = ("kernel", id(book), tuple(profiles), wanted, closed)
    return _once(key, book, lambda: Kernel(book, profiles, columns=wanted, closed=closed))


def _planner(book: RuleBook, profile: Profile, goals: Sequence[str] | None = None) -> QuestionPlanner:
    if book.hash != the_law().hash:  # small books come by the hundred
        return QuestionPlanner(book, profile, goals)
    key = "planner", id(book), profile.name, goals
    return _once(key, book, lambda: QuestionPlanner(book, profile, goals))

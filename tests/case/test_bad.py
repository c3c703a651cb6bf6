"""Broken case files and the messages they earn, which stand in the `.txt` beside. The book is tests/rulebook/good."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from screen.case.case_file import check_case, read_case
from screen.case.record import STATES
from screen.diagnostics import Diagnostic, DiagnosticsError
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.yaml_reader import parse_document
from tests.expected import compare, inputs, messages_beside
from tests.rulebook.small_book import good_book

BAD = Path(__file__).parent / "bad"
# Keys of a case file, which a message may name, and the word that every kind of tag is shown by.
KEYS = {"format", "case", "claim", "facts", "name", "record", "state"}


def mistakes_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Diagnostic]:
    """Return what is wrong with a case file, told as somebody beside it would be told."""
    monkeypatch.chdir(path.parent)
    return check_case(Path(path.name), good_book())[1]


@pytest.mark.parametrize("path", inputs(BAD), ids=lambda path: path.name)
def test_broken_case_file_earns_its_messages(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(path, mistakes_of(path, monkeypatch))


def test_every_broken_case_file_is_refused() -> None:
    for path in inputs(BAD):
        with pytest.raises(DiagnosticsError) as refused:
            read_case(path, good_book())
        assert refused.value.diagnostics, path.name


def test_no_message_tells_what_a_case_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in inputs(BAD):
        told = " ".join(f"{one.message} {one.hint}" for one in mistakes_of(path, monkeypatch))
        for words in said(path):
            assert words not in told, path.name


def test_messages_are_one_plain_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in inputs(BAD):
        for one in mistakes_of(path, monkeypatch):
            assert str(one).isprintable(), path.name
            assert len(str(one)) < 400, path.name
            assert re.match(r"[\w.]+:\d+:\d+: [a-z0-9-]+: ", str(one)), path.name


def test_every_message_file_belongs_to_a_broken_file() -> None:
    assert set(BAD.glob("*.txt")) == {messages_beside(path) for path in inputs(BAD)}
    assert len(set(map(messages_beside, inputs(BAD)))) == len(inputs(BAD))


def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticsError, match=r"none\.yaml: cannot-open: no such file or directory\. Check the path"):
        read_case(tmp_path / "none.yaml", good_book())


def said(path: Path) -> set[str]:
    """Return the words that a case file says, as far as they are no key, no option and longer than a syllable."""
    try:
        data = parse_document(path.read_bytes(), path.name).data
    except DiagnosticsError:
        # What cannot be read is taken by its words.
        words = set(re.findall(r"[^\W\d_]{4,}", path.read_text("utf-8", "replace")))
        return {word for word in words if word.islower()} - KEYS
    options = {option for fact in good_book().facts.values() for option, _ in fact.options}
    known = options | {*good_book().countries, *good_book().profiles, "yes", "no", UNKNOWN, *STATES}
    return {text for text in scalars(data) if len(text) > 3 and text not in known}


def scalars(data: object) -> set[str]:
    """Return every value of a document as text, without the keys."""
    if isinstance(data, dict):
        return set().union(*map(scalars, data.values()))
    if isinstance(data, list):
        return set().union(*map(scalars, data))
    return {str(data)}

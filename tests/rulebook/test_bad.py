"""Broken rule files, each laid over the good book, and the messages they earn.

`facts.NAME.yaml` joins the good book as facts/bad.yaml (so do criteria, profiles, origins, hosts, cases, exercises,
populations); `book.NAME.yaml` replaces book.yaml (so do sources, readings, countries, objections and responses); a
folder is laid over the whole. The messages stand in the `.txt` beside.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from screen.diagnostics import Diagnostic
from screen.evaluation.agreement import read_yardstick
from screen.evaluation.law_cases import read_law_cases
from screen.rulebook.checker import check_book
from screen.simulation.populations import read_populations
from screen.training.exercise import read_exercises
from tests.expected import compare, inputs, messages_beside
from tests.rulebook.small_book import good_files

BAD = Path(__file__).parent / "bad"
JOINS = ("facts", "criteria", "profiles", "origins", "hosts", "cases", "exercises", "populations")
# file:line:column, or the file alone where it is wrong as a whole; code; what was found; what to do.
MESSAGE = re.compile(r"rules(/[\w./]+)?(:\d+:\d+)?: [a-z0-9-]+: .+[.”\"…)!] [A-Z`].*[.?]\Z")


def laid_over(path: Path) -> dict[str, bytes]:
    """Return the files that a broken file or folder puts into the good book."""
    if path.is_dir():
        return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}
    kind = path.name.partition(".")[0]
    return {f"{kind}/bad.yaml" if kind in JOINS else f"{kind}.yaml": path.read_bytes()}


@cache
def mistakes_of(path: Path) -> list[Diagnostic]:
    """Return every mistake of the good book with a broken file in it; law cases are read where the book is sound."""
    found = check_book(Path("rules"), {**good_files(), **laid_over(path)})
    if found.book is None:
        return list(found.diagnostics)
    cases, mistakes = read_law_cases(found.cases, found.book)
    mistakes += [*read_yardstick(found, cases, found.book)[1], *read_exercises(found.exercises, found.book)[1]]
    mistakes += read_populations(found.populations, found.book)[1]
    return sorted(mistakes)


@pytest.mark.parametrize("path", inputs(BAD), ids=lambda path: path.name)
def test_broken_rule_file_earns_its_messages(path: Path) -> None:
    compare(path, mistakes_of(path))


@pytest.mark.parametrize("path", inputs(BAD), ids=lambda path: path.name)
def test_messages_are_sorted_whole_sentences_about_the_broken_file(path: Path) -> None:
    found = mistakes_of(path)
    assert found == sorted(set(found))
    for one in found:
        assert MESSAGE.match(str(one)), str(one)


def test_every_message_file_belongs_to_a_broken_file() -> None:
    assert set(BAD.glob("*.txt")) == {messages_beside(path) for path in inputs(BAD)}


def test_the_good_book_has_no_mistake() -> None:
    found = check_book(Path("rules"), good_files())
    assert found.diagnostics == ()
    assert found.book is not None
    assert read_law_cases(found.cases, found.book)[1] == []

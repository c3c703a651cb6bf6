"""Broken rule files, each put into the good book, and the messages that they give.

`facts.NAME.yaml` joins the good book as facts/bad.yaml (so do criteria, profiles, origins, hosts, cases, exercises,
populations); `book.NAME.yaml` replaces book.yaml (so do sources, readings, countries, objections and responses); a
folder replaces files of the book. The messages are in the `.txt` file of the same name.
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
# file:line:column, or the file alone where all of it is wrong; code; message; hint.
MESSAGE = re.compile(r"rules(/[\w./]+)?(:\d+:\d+)?: [a-z0-9-]+: .+[.”\"…)!] [A-Z`].*[.?]\Z")


def replaced_files(path: Path) -> dict[str, bytes]:
    """Return the files that a broken file or folder puts into the good book."""
    if path.is_dir():
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    kind = path.name.partition(".")[0]
    return {f"{kind}/bad.yaml" if kind in JOINS else f"{kind}.yaml": path.read_bytes()}


@cache
def diagnostics_of(path: Path) -> list[Diagnostic]:
    """Return every diagnostic of the good book with a broken file in it; law cases are read where the book is valid."""
    checked = check_book(Path("rules"), {**good_files(), **replaced_files(path)})
    if checked.book is None:
        return list(checked.diagnostics)
    cases, diagnostics = read_law_cases(checked.cases, checked.book)
    diagnostics += [
        *read_yardstick(checked, cases, checked.book)[1],
        *read_exercises(checked.exercises, checked.book)[1],
    ]
    diagnostics += read_populations(checked.populations, checked.book)[1]
    return sorted(diagnostics)


@pytest.mark.parametrize("path", inputs(BAD), ids=lambda path: path.name)
def test_a_broken_rule_file_gives_its_messages(path: Path) -> None:
    compare(path, diagnostics_of(path))


def test_messages_are_sorted_and_full_sentences() -> None:
    for path in inputs(BAD):
        diagnostics = diagnostics_of(path)
        assert diagnostics == sorted(set(diagnostics)), path.name
        for diagnostic in diagnostics:
            assert MESSAGE.match(str(diagnostic)), f"{path.name}: {diagnostic}"


def test_every_message_file_belongs_to_a_broken_file() -> None:
    assert set(BAD.glob("*.txt")) == {messages_beside(path) for path in inputs(BAD)}


def test_the_good_book_has_no_mistake() -> None:
    checked = check_book(Path("rules"), good_files())
    assert checked.diagnostics == ()
    assert checked.book is not None
    assert read_law_cases(checked.cases, checked.book)[1] == []

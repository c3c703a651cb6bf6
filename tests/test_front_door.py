"""The front door: every name on it opens a room, and none is opened unasked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import screen
from screen.logic import Status
from tests.paths import RULES

HEAVY = ("pydantic", "yaml", "rich", "typer", "prompt_toolkit")


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh Python has loaded after running this."""
    told = f"{code}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("name", screen.__all__)
def test_every_name_on_the_front_door_opens_a_room(name: str) -> None:
    assert getattr(screen, name) is not None
    assert name in dir(screen)


def test_a_name_stands_on_the_door_once_and_is_no_room() -> None:
    assert len(set(screen.__all__)) == len(screen.__all__)
    rooms = {path.stem for path in Path(screen.__file__).parent.iterdir()}
    # A room that is imported takes the place of whatever had its name before.
    assert not rooms & set(screen.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'removal_order'"):
        screen.removal_order  # noqa: B018


def test_everything_can_be_imported_at_once() -> None:
    names: dict[str, object] = {}
    exec("from screen import *", names)
    assert names.keys() >= set(screen.__all__)


def test_opening_the_door_loads_nothing_heavy_and_no_room() -> None:
    loaded = loaded_by("import screen")
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("screen.")} == {"screen.version"}


def test_to_evaluate_takes_neither_yaml_nor_pydantic_nor_a_screen() -> None:
    names = "Answer, RecordedAnswer, RuleBook, build_ledger, evaluate, find_positions, load_book"
    assert not loaded_by(f"from screen import {names}") & set(HEAVY)


def test_a_program_can_go_in_by_the_front_door_alone() -> None:
    book = screen.load_book(RULES)
    given = {"outside_country_of_origin": screen.RecordedAnswer(screen.Answer.YES)}
    findings = screen.evaluate(book, given)
    assert findings["outside_country"].status is Status.MET
    assert findings.recommendation == "undetermined_no_return"
    assert screen.next_question(book, given) is not None

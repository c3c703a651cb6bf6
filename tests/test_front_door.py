"""The public API: every name can be imported, and importing one loads no more than it needs."""

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
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("name", screen.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(screen, name) is not None
    assert name in dir(screen)


def test_each_public_name_is_listed_once_and_is_not_a_module() -> None:
    assert len(set(screen.__all__)) == len(screen.__all__)
    modules = {path.stem for path in Path(screen.__file__).parent.iterdir()}
    # A module that is imported replaces whatever had its name before.
    assert not modules & set(screen.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'removal_order'"):
        screen.removal_order  # noqa: B018


def test_everything_can_be_imported_at_once() -> None:
    names: dict[str, object] = {}
    exec("from screen import *", names)
    assert names.keys() >= set(screen.__all__)


def test_importing_the_package_loads_no_module_of_it() -> None:
    loaded = loaded_by("import screen")
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("screen.")} == {"screen.version"}


def test_evaluating_needs_neither_yaml_nor_pydantic_nor_a_terminal() -> None:
    names = "Answer, RecordedAnswer, RuleBook, build_ledger, evaluate, find_positions, load_book"
    assert not loaded_by(f"from screen import {names}") & set(HEAVY)


def test_a_program_can_use_the_public_api_alone() -> None:
    book = screen.load_book(RULES)
    given = {"outside_country_of_origin": screen.RecordedAnswer(screen.Answer.YES)}
    findings = screen.evaluate(book, given)
    assert findings["outside_country"].status is Status.MET
    assert findings.recommendation == "undetermined_no_return"
    assert screen.next_question(book, given) is not None

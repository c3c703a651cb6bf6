"""A case whose record is closed: every command reads it as closed, and `--closed` looks ahead without closing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import rsd
from tests.rulebook.small_book import GOOD

CASE = """\
format: 1
case: T-1
facts:
  # asked on 2 October
  country_of_origin: KP
  host_country: NO
  age: 30
  left_without_permission: yes
  exit_penalty: none
"""
CLOSED = CASE.replace("facts:", "record: {state: closed, by: A. Officer, on: 2026-10-09}\nfacts:")
RULES = ("--rules", GOOD)


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    return case_file(tmp_path / "open", CASE)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    return case_file(tmp_path / "closed", CLOSED)


def case_file(folder: Path, text: str) -> Path:
    """Return a case file with this text."""
    folder.mkdir()
    file = folder / f"{folder.name}.yaml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def lines(*words: object) -> list[str]:
    """Return what a command prints that ends well."""
    done = rsd(*words, *RULES)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "words",
    [
        ("assess", "--brief"),
        ("compare",),
        ("explain", "refugee"),
        ("whatif", "age=31"),
        ("whatif", "--pivots"),
        ("whatif", "--pivots", "--for", "refugee"),
    ],
)
def test_a_closed_record_is_read_as_closed_and_closed_looks_ahead(
    words: tuple[str, ...], opened: Path, closed: Path
) -> None:
    command, *more = words
    on_open, ahead, on_closed = (
        lines(command, opened, *more), lines(command, opened, *more, "--closed"), lines(command, closed, *more)
    )  # fmt: skip
    assert "ecord" in "".join(on_closed)
    assert on_open != ahead
    # All but the words on the record itself is the same, whether it is closed or read so.
    assert [line for line in ahead if "ecord" not in line] == [line for line in on_closed if "ecord" not in line]
    assert opened.read_text(encoding="utf-8") == CASE
    assert closed.read_text(encoding="utf-8") == CLOSED
    assert lines(command, closed, *more, "--closed") == on_closed


def test_closed_findings_in_json_are_those_that_closed_looks_ahead_to(opened: Path, closed: Path) -> None:
    ahead, now = (
        json.loads("\n".join(lines("assess", *words, "-f", "json"))) for words in ((opened, "--closed"), (closed,))
    )
    assert ahead["criteria"] == now["criteria"]
    assert now["criteria"]["refugee"]["finding"] == "not_met"
    assert (
        json.loads("\n".join(lines("assess", opened, "-f", "json")))["criteria"]["refugee"]["finding"] == "undetermined"
    )


def test_two_files_of_one_case_differ_over_the_record_alone(opened: Path, closed: Path) -> None:
    text = "\n".join(lines("diff", opened, closed))
    assert f"The record of {closed.name} is read as closed, that of the other as open." in text
    assert "one is closed, the other is open" in text
    text = "\n".join(lines("diff", opened, closed, "--closed"))
    assert "Both are read on the closed record." in text
    assert "Every criterion ends the same way." in text


def test_case_check_says_by_whom_and_when_a_record_was_closed(opened: Path, closed: Path) -> None:
    assert lines("case", "check", closed) == [
        f"{closed}: fine, 5 of 11 facts answered. Record closed on 2026-10-09 by A. Officer."
    ]
    assert lines("case", "check", opened) == [f"{opened}: fine, 5 of 11 facts answered."]


def test_a_record_that_is_closed_on_a_day_to_come_is_refused(tmp_path: Path) -> None:
    file = case_file(tmp_path / "ahead", CLOSED.replace("2026-10-09", "2999-01-01"))
    for words in (("assess", file), ("case", "check", file), ("explain", file, "refugee"), ("interview", file)):
        done = rsd(*words, *RULES)
        assert done.returncode == 1
        assert f"{file}:3:45: bad-date: this day is still to come." in done.stderr

"""A record closed and reopened: every command reads it as closed, `--closed` looks ahead, no answer slips in."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pexpect
import pytest

from screen.cli.options import last_day
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


# ── closing and reopening ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_is_closed_with_a_name_and_a_day_and_reopened_to_the_same_file(opened: Path) -> None:
    done = rsd("case", "close", opened, "--by", "A. Officer", "--on", "2026-10-09", *RULES)
    assert done.returncode == 0
    assert f"{opened}: Record closed on 2026-10-09 by A. Officer." in done.stderr
    record = "record:\n  state: closed\n  by: A. Officer\n  on: 2026-10-09\n"
    assert opened.read_text(encoding="utf-8") == CASE.replace("facts:", f"{record}facts:")
    done = rsd("case", "reopen", opened, *RULES)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{opened}: Record open." in done.stderr
    assert opened.read_text(encoding="utf-8") == CASE


def test_a_record_is_closed_today_where_no_day_is_named(opened: Path) -> None:
    days = [date.today()]
    assert rsd("case", "close", opened, "--by", "A. Officer", *RULES).returncode == 0
    days.append(date.today())
    assert any(f"  on: {day.isoformat()}\n" in opened.read_text(encoding="utf-8") for day in days)
    assert days[0] <= last_day()


def test_deciding_questions_that_were_not_put_are_listed_and_forbid_nothing(opened: Path) -> None:
    done = rsd("case", "close", opened, "--by", "A. Officer", *RULES)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Other questions that decide and were not put:",
        "- What does the applicant fear, when Norway sends them back? (harms_feared)",
    ]


def test_closing_is_refused_while_something_that_must_be_put_was_not(tmp_path: Path) -> None:
    text = CASE.replace("exit_penalty: none", "exit_penalty: prison")
    file = case_file(tmp_path / "refused", text)
    done = rsd("case", "close", file, "--by", "A. Officer", *RULES)
    assert done.returncode == 1
    assert done.stderr == (
        f"{file}: not-put: What the law of North Korea brings was not put to the applicant. (UNHCR Handbook, para 61.) "
        "Ask, and write down each answer; `unknown` is one: harms_feared, account.\n"
    )
    assert file.read_text(encoding="utf-8") == text
    file.write_text(f"{text}  harms_feared: unknown\n  account: unknown\n", encoding="utf-8")
    assert rsd("case", "close", file, "--by", "A. Officer", *RULES).returncode == 0


def test_a_closed_record_is_not_closed_again_and_an_open_one_is_left_alone(opened: Path, closed: Path) -> None:
    done = rsd("case", "close", closed, "--by", "B. Officer", *RULES)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{closed}: record-closed: the record of this case is closed. Reopen it first" in done.stderr
    assert closed.read_text(encoding="utf-8") == CLOSED
    done = rsd("case", "reopen", opened, *RULES)
    assert (done.returncode, "Nothing was changed." in done.stderr) == (0, True)
    assert opened.read_text(encoding="utf-8") == CASE


@pytest.mark.parametrize(
    "words",
    [(), ("--by", " "), ("--by", "A\nB"), ("--by", "A", "--on", "9 October"), ("--by", "A", "--on", "2999-01-01")],
)
def test_closing_needs_a_name_and_a_day_that_has_come(words: tuple[str, ...], opened: Path) -> None:
    assert rsd("case", "close", opened, *words, *RULES).returncode == 2
    assert opened.read_text(encoding="utf-8") == CASE


# ── the interview ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_piped_answers_never_slip_into_a_closed_record(closed: Path) -> None:
    done = rsd("interview", closed, *RULES, stdin="r\nyes\nyes\n")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "Record closed on 2026-10-09 by A. Officer."
    assert "Question" not in done.stdout
    assert f"{closed}: record-closed: " in done.stderr
    assert closed.read_text(encoding="utf-8") == CLOSED


@pytest.mark.parametrize("plain", [(), ("--plain",)])
def test_an_interview_on_a_closed_record_asks_first_whether_to_reopen_it(plain: tuple[str, ...], closed: Path) -> None:
    command = [sys.executable, "-m", "screen", "interview", str(closed), "--rules", str(GOOD), *plain]
    env = {"PATH": "", "TERM": "xterm", "HOME": str(closed.parent), "LANG": "C.UTF-8"}
    for key, then in (("q", "Nothing was changed"), ("r", "What does the applicant fear")):
        child = pexpect.spawn(command[0], command[1:], env=env, encoding="utf-8", dimensions=(40, 100), timeout=30)
        child.expect_exact("Record closed on 2026-10-09 by A. Officer.")
        child.expect_exact("q quit, it stays closed:")
        child.send(f"{key}\r")
        child.expect_exact(then)
        if key == "r":
            child.send("q" if plain == () else "q\r")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        assert closed.read_text(encoding="utf-8") == (CLOSED if key == "q" else CASE)


def test_an_answer_to_a_record_that_was_closed_meanwhile_is_not_kept(opened: Path) -> None:
    command = ["-m", "screen", "interview", str(opened), "--rules", str(GOOD), "--plain"]
    env = {"PATH": "", "TERM": "xterm", "HOME": str(opened.parent), "LANG": "C.UTF-8"}
    child = pexpect.spawn(sys.executable, command, env=env, encoding="utf-8", dimensions=(40, 100), timeout=30)
    child.expect_exact("Answer: ")
    assert rsd("case", "close", opened, "--by", "A. Officer", *RULES).returncode == 0
    before = opened.read_text(encoding="utf-8")
    child.send("1\r")
    child.expect_exact("This answer is NOT kept.")
    child.expect_exact("record-closed")
    child.expect_exact("quit without this answer")
    assert opened.read_text(encoding="utf-8") == before
    assert rsd("case", "reopen", opened, *RULES).returncode == 0
    child.send("a\r")
    child.expect("Question|Nothing is left")
    assert opened.read_text(encoding="utf-8") != CASE
    child.close(force=True)

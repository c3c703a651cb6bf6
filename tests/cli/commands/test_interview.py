"""The interview as it is used: piped, and in a real terminal that dies."""

import fcntl
import os
import signal
import stat
import subprocess
import sys

import pexpect
import pytest

from screen import files
from screen.case.case_file import read_case
from tests.command import rsd
from tests.real_law import the_law


@pytest.fixture(scope="module")
def book():
    return the_law()


def piped(file, lines):
    """Return the finished interview, its answers piped in."""
    return rsd("interview", file, stdin=lines)


def test_piped_answers_are_kept_and_the_end_of_input_saves(tmp_path, book):
    file = tmp_path / "P-1.yaml"
    done = piped(file, "KP\nCN\n")
    assert done.returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(read_case(file, book).given) == ["country_of_origin", "host_country"]
    assert "\x1b" not in done.stdout


def test_an_unreadable_line_is_asked_again_and_never_guessed(tmp_path, book):
    file = tmp_path / "P-2.yaml"
    done = piped(file, "Koreaa?!\nKP\n")
    assert read_case(file, book).given["country_of_origin"].value == "KP"
    assert list(read_case(file, book).given) == ["country_of_origin"]
    assert "Koreaa" in done.stdout


def test_a_byte_that_is_no_letter_is_asked_again_and_takes_nothing_along(tmp_path, book):
    file = tmp_path / "P-6.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "screen", "interview", str(file)], input=b"\xff\xfe\nKP\n",
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert list(read_case(file, book).given) == ["country_of_origin"]


def test_an_interview_is_continued_in_a_second_session(tmp_path, book):
    file = tmp_path / "P-3.yaml"
    piped(file, "KP\n")
    piped(file, "CN\n")
    assert sorted(read_case(file, book).given) == ["country_of_origin", "host_country"]


def test_an_interview_that_answers_nothing_still_clears_what_a_killed_one_left(tmp_path):
    file, left = tmp_path / "P-4.yaml", tmp_path / files._temporary_name()
    file.write_text("format: 1\ncase: P-4\n")
    left.write_text("format: 1\ncase: P-4\nfacts:\n  age: 34\n")
    written = tmp_path / files._temporary_name()
    with written.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = piped(file, "")
    assert done.returncode == 0
    assert not left.exists()
    assert written.exists()  # somebody is writing it now
    assert file.read_text() == "format: 1\ncase: P-4\n"


def test_copies_that_cannot_be_cleared_keep_nobody_from_an_interview(tmp_path):
    file, left = tmp_path / "P-4.yaml", tmp_path / files._temporary_name()
    file.write_text("format: 1\ncase: P-4\n")
    left.write_text("a copy")
    with files.open_parent(file) as folder, files.lock(folder):
        assert piped(file, "").returncode == 0
    assert left.exists()


def test_a_broken_case_file_is_reported_with_its_place_and_left_alone(tmp_path):
    file = tmp_path / "P-4.yaml"
    file.write_text("format: 1\ncase: P-4\nfacts:\n  stateless: maybe\n", encoding="utf-8")
    done = piped(file, "y\n")
    assert done.returncode == 1
    assert f"{file}:4:14: unknown-option" in done.stderr
    assert file.read_text(encoding="utf-8").endswith("stateless: maybe\n")


def test_an_interview_that_was_killed_is_continued_with_nothing_lost(tmp_path, book):
    file = tmp_path / "K-9.yaml"
    env = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "LANG": "C.UTF-8"}
    child = pexpect.spawn(
        sys.executable, ["-m", "screen", "interview", str(file)], env=env, dimensions=(40, 90), timeout=20,
        encoding="utf-8",
    )  # fmt: skip
    child.expect("Question 1")
    child.expect("Answer")
    child.send("KP\r")
    child.expect("Question 2")
    child.expect("Answer")
    child.send("CN\r")
    child.expect("Question 3")
    child.kill(signal.SIGKILL)
    child.close(force=True)
    assert sorted(read_case(file, book).given) == ["country_of_origin", "host_country"]
    assert [path.name for path in tmp_path.iterdir()] == ["K-9.yaml"]
    assert "Question 3" in piped(file, "").stdout

"""The front of the command line: however a command ends, it ends in a line and an exit code, never in a traceback."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from screen.cli import app, console
from screen.cli.lazy import load_command
from tests.cli.test_output_files import MIN

INTERRUPTED_WHILE_LOADING = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "screen.cli.app":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ["rsd", "--version"]
from screen.__main__ import main
main()
"""


def test_an_interruption_while_the_program_is_loaded_is_one_line():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")


def test_an_interruption_of_a_command_is_one_line(run, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("screen.cli.commands.assess.book_from_options", interrupted)
    assert run("assess", MIN) == (130, "", "Stopped.\n")


@pytest.mark.parametrize("closed", [False, True], ids=["full", "closed"])
def test_an_output_that_cannot_be_written_is_reported(closed):
    command = [sys.executable, "-m", "screen", "assess", str(MIN)]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            preexec_fn=(lambda: os.close(1)) if closed else None,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("standard output: cannot-write: ")
    assert done.stderr.count("\n") == 1


class Ascii(io.TextIOWrapper):
    """An output that has few letters."""

    def __init__(self):
        super().__init__(io.BytesIO(), encoding="ascii")

    @property
    def text(self):
        self.flush()
        return self.buffer.getvalue().decode("ascii")


@pytest.mark.parametrize("words", [["whatif", MIN, "age=17"], ["assess", MIN], ["assess", MIN, "-f", "json"]])
def test_a_letter_that_the_output_cannot_encode_is_replaced(run, words, monkeypatch):
    out = Ascii()
    monkeypatch.setattr("sys.stdout", out)
    assert run(*words)[0] == 0
    assert "MIN-0417" in out.text


def test_json_loses_no_letter_that_the_output_cannot_encode(monkeypatch):
    out = Ascii()
    monkeypatch.setattr("sys.stdout", out)
    console.print_json('{"case": "\u2192"}')
    assert '"\\u2192"' in out.text


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_mistakes_are_broken_between_words_at_a_terminal(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    message = "cases/min.yaml:3:7: bad-name: this cannot be the name of a case. Write a registration number instead."
    console.error(message)
    stderr = capsys.readouterr().err
    assert max(map(len, stderr.splitlines())) <= columns
    assert " ".join(stderr.split()) == message


def test_a_usage_message_holds_no_escape_sequence(run):
    code, stdout, stderr = run("explain", MIN, "a\x1b[31m\x9b")
    assert (code, stdout) == (2, "")
    assert not {"\x1b", "\x9b"} & set(stderr)


def test_an_internal_error_names_its_place_and_nothing_of_the_case(run, monkeypatch):
    def broken(*_):
        raise RuntimeError("she said")

    monkeypatch.setattr("screen.cli.commands.assess.book_from_options", broken)
    code, _, stderr = run("assess", MIN)
    assert code == 70
    assert "RuntimeError at test_app.py" in stderr
    assert "she said" not in stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["assess", MIN, "--brief", "-f", "json"], "Invalid value for --brief: JSON is always whole"),
        (["explain", MIN, "age"], '"age" is a fact. Criteria that use it: '),
        (["explain", MIN, "refugee"], "These begin so: refugee_"),
        (["explain", MIN, "refugee_statu"], 'Did you mean "refugee_status"?'),
    ],
)
def test_a_usage_message_says_what_may_be_meant(run, words, expected):
    code, stdout, stderr = run(*words)
    assert (code, stdout) == (2, "")
    assert expected in stderr
    assert expected != "These begin so: refugee_" or "refugee_status" in stderr


def test_nobody_who_was_never_recognised_is_told_of_a_status(run, tmp_path):
    file = tmp_path / "E-1.yaml"
    file.write_text("format: 1\ncase: E-1\n", encoding="utf-8")
    _, stdout, _ = run("assess", file, "--brief")
    assert "If a status was given, the State has not shown that it ended." in " ".join(stdout.split())


def test_the_line_of_help_in_a_list_of_commands_is_the_first_of_the_command_itself():
    def check(group):
        for command in group.commands.values():
            loaded = load_command(command)
            assert command.get_short_help_str(1000) == loaded.get_short_help_str(1000), command.name
            if hasattr(loaded, "commands"):
                check(loaded)

    check(get_command(app.app))

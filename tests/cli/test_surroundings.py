"""Where a command is run must not matter: another locale, no home folder, odd variables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from screen.cli import options
from screen.diagnostics import DiagnosticsError
from tests.paths import ROOT

MIN = ROOT / "examples/cases/min.yaml"

C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
#: Encodings that lack the letters of a determination, with every way of failing at one.
NARROW = {
    "c locale": C_LOCALE,
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "ignored": {"PYTHONIOENCODING": "ascii:ignore"},
    "latin": {"PYTHONIOENCODING": "latin-1:surrogateescape"},
}


def rsd(*words, stdin=b"", **env):
    command = [sys.executable, "-m", "screen", *map(str, words)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHONIO"))}
    return subprocess.run(
        command,
        env={**kept, **env},
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("env", NARROW.values(), ids=NARROW)
def test_letters_that_cannot_be_encoded_are_marked_and_reported_once(env, tmp_path):
    file = tmp_path / "L-1.yaml"
    file.write_text("format: 1\ncase: L-1\nabout: {office: 서울}\nfacts: {}\n", encoding="utf-8")
    file.chmod(0o600)
    done = rsd("assess", file, **env)
    assert done.returncode == 0
    assert b"Office" in done.stdout
    assert b"??" in done.stdout
    assert done.stderr.count(b"LC_ALL=C.UTF-8") == 1


def test_an_interview_under_the_c_locale_refuses_what_it_cannot_read_and_goes_on(tmp_path):
    file = tmp_path / "C-1.yaml"
    done = rsd("interview", "--plain", file, stdin="북한\nKP\n".encode(), **C_LOCALE)
    assert done.returncode == 0
    assert "country_of_origin: KP" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "written",
    ["2014-W36-1", "20140901", "2014-9-01", " 2014-09-01", "2014-09-01 ", "\uff12014-09-01", "\u0662014-09-01", ""],
)
def test_a_day_is_written_in_one_way_as_an_option(run, written):
    code, stdout, stderr = run("assess", MIN, "--as-of", written)
    assert (code, stdout) == (2, "")
    assert "Write a day as 2022-06-28." in stderr


@pytest.fixture
def no_home(monkeypatch):
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", classmethod(_no_home))


def _no_home(_):
    raise RuntimeError("Could not determine home directory.")


def test_a_user_without_a_home_reads_a_case_without_a_cache(run, no_home):
    assert options.cache_folder() is None
    code, stdout, _ = run("assess", "--brief", MIN)
    assert code == 0
    assert "MIN-0417" in stdout


def test_training_says_what_to_set_if_the_user_has_no_home(run, no_home):
    code, stdout, stderr = run("train", "progress")
    assert (code, stdout) == (1, "")
    assert stderr.startswith("XDG_DATA_HOME: cannot-write: ")


@pytest.mark.parametrize("named", ["", "relative", "./here"])
def test_a_relative_folder_is_ignored(monkeypatch, named):
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert options.cache_folder() == Path("/home/somebody/.cache/rsd")


def test_a_relative_home_is_none(monkeypatch):
    monkeypatch.setenv("HOME", "here")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    with pytest.raises(DiagnosticsError, match="Set XDG_DATA_HOME"):
        options.data_folder()


@pytest.mark.parametrize("words", [["diff"], ["assess"], ["train", "class"], ["rules", "check", "--rules"]])
def test_a_path_that_the_system_refuses_is_reported_with_its_place(run, words, tmp_path):
    code, stdout, stderr = run(*words, tmp_path / ("x" * 300), *([MIN] if words == ["diff"] else []))
    assert code in (1, 2)  # Typer itself looks for some folders
    assert stdout == ""
    assert "xxx" in stderr


def test_a_system_error_about_a_file_is_reported_as_a_diagnostic(run, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied", "/somebody/else")

    monkeypatch.setattr("screen.cli.commands.assess.book_from_options", refused)
    code, _, stderr = run("assess", MIN)
    assert code == 1
    assert stderr.startswith("/somebody/else: cannot-open: permission denied. ")


@pytest.mark.parametrize("words", [["--plain", "--answers"], ["--way", "write", "--text"], ["--rules"]])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(run, tmp_path, words, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    code, _, stderr = run("train", "work", *words, pipe)
    assert code in (1, 2)
    assert str(pipe) in stderr or "--rules" in stderr


def test_a_file_that_holds_no_answers_is_not_read_for_ever(tmp_path):
    done = rsd("interview", "--plain", tmp_path / "F-1.yaml", stdin=b"y\n" * 100_000)
    assert done.returncode == 0
    assert b"is this the right file?" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_an_error_output_that_is_full_changes_no_exit_code():
    with Path("/dev/full").open("wb", buffering=0) as full:
        for words, code in ((["assess", "none.yaml"], 1), (["case", "check", MIN], 0)):
            command = [sys.executable, "-m", "screen", *map(str, words)]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=full, timeout=60, check=False)
            assert done.returncode == code

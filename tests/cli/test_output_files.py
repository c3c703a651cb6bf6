"""Reports and new cases under names of the caller's choice: no answers are ever lost, and nothing is half written."""

import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from screen.cli import output_files
from screen.cli.output_files import check_output_path
from screen.diagnostics import DiagnosticsError
from tests.paths import ROOT

MIN = ROOT / "examples/cases/min.yaml"
FACTS = frozenset({"age", "country_of_origin"})
OLD = "Case OLD-1\n==========\n"


@pytest.fixture
def case(tmp_path):
    return Path(shutil.copy(MIN, tmp_path / "min.yaml"))


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_a_determination_never_takes_the_place_of_a_case(run, case, form, more, tmp_path):
    other, link, hard = tmp_path / "guard.yaml", tmp_path / "link.txt", tmp_path / "hard.txt"
    other.write_text("format: 1\ncase: G-1\nfacts:\n  age: 30\n", encoding="utf-8")
    link.symlink_to(case)
    os.link(case, hard)
    for out in (case, link, hard, other):
        before = out.read_bytes()
        code, _, stderr = run("assess", case, "-f", form, "-o", out, *more)
        assert (code, "already-there" in stderr) == (1, True), stderr
        assert out.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    ["format: 1\r\ncase: X\r\n", "\ufeffcase: X\nfacts: {", "# a comment\n\nfacts:\n\tbroken",
     '{"case": "X", "facts": {}}', "{format: 1, case: X}", "claim: |\n  words\ncase : X\n"],
)  # fmt: skip
def test_a_file_that_may_be_a_case_is_never_overwritten_even_if_it_is_broken(text, tmp_path):
    out = tmp_path / "out.txt"
    out.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(DiagnosticsError, match="may be a case file or a caseload"):
        check_output_path(out, FACTS, overwrite=True)


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_determination_is_replaced_only_with_overwrite(run, case, form, tmp_path):
    out = tmp_path / "out.txt"
    assert run("assess", case, "-f", form, "-o", out)[0] == 0
    first = out.read_bytes()
    code, _, stderr = run("assess", case, "-f", form, "-o", out)
    assert (code, "say --overwrite" in stderr) == (1, True)
    assert out.read_bytes() == first
    assert run("assess", case, case, "-f", form, "-o", out, "--overwrite")[0] == 0
    assert len(out.read_bytes()) > len(first)
    assert run("assess", case, "-f", form, "-o", out, "--overwrite")[0] == 0
    assert out.read_bytes() == first


def test_an_earlier_determination_stays_if_no_case_can_be_used(run, case, tmp_path):
    bad, out = tmp_path / "bad.yaml", tmp_path / "good.txt"
    bad.write_text("format: 1\ncase: B-1\nfacts:\n  agee: 3\n", encoding="utf-8")
    assert run("assess", bad, "-o", out)[0] == 1
    assert not out.exists()
    out.write_text(OLD, encoding="utf-8")
    assert run("assess", bad, "-o", out, "--overwrite")[0] == 1
    assert out.read_text(encoding="utf-8") == OLD
    assert run("assess", bad, case, "-o", out, "--overwrite")[0] == 1
    assert out.read_text(encoding="utf-8").startswith("Case MIN-0417")


def test_only_a_regular_file_is_overwritten(run, case, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name, expected in (
        ("pipe", "no regular file"), (".", "a folder"), ("circle", "this is a link"), ("none/out.txt", "Make it first"),
    ):  # fmt: skip
        code, _, stderr = run("assess", case, "-o", tmp_path / name, "--overwrite")
        assert (code, expected in stderr) == (1, True), stderr


def test_a_file_that_cannot_be_read_is_not_overwritten(tmp_path, monkeypatch):
    out = tmp_path / "out.txt"
    out.write_text(OLD, encoding="utf-8")

    def closed(*_, **__):
        raise DiagnosticsError([])

    monkeypatch.setattr(output_files, "read_file", closed)
    with pytest.raises(DiagnosticsError):
        check_output_path(out, FACTS, overwrite=True)


def test_a_pipe_is_no_case_file_and_is_not_waited_for(run, tmp_path, case):
    os.mkfifo(tmp_path / "pipe.yaml")
    for words in (["assess"], ["case", "check"]):
        code, stdout, stderr = run(*words, tmp_path / "pipe.yaml", case)
        assert (code, "not a regular file" in stderr) == (1, True)
        assert "MIN-0417" in stdout or "fine" in stdout


def test_a_link_to_itself_is_reported(run, tmp_path):
    circle = tmp_path / "circle.yaml"
    circle.symlink_to(circle)
    for words, expected in (
        (["case", "new"], "already-there"), (["interview"], "cannot-open"), (["assess"], "cannot-open"),
        (["case", "check"], "cannot-open"),
    ):  # fmt: skip
        code, _, stderr = run(*words, circle)
        assert (code, expected in stderr) == (1, True), (words, stderr)
    assert circle.is_symlink()


def test_a_case_that_may_not_be_read_is_reported_and_the_others_go_on(run, case, monkeypatch):
    closed = case.with_name("closed.yaml")
    closed.write_text("format: 1\ncase: C-1\n", encoding="utf-8")
    real = os.open

    def opened(path, *more, **named):
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied")
        return real(path, *more, **named)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "access", lambda path, mode, **_: str(path) != str(closed))  # what Typer asks
    for words in (["assess"], ["case", "check"]):
        code, stdout, stderr = run(*words, closed, case)
        assert (code, "cannot-open: permission denied" in stderr) == (1, True), stderr
        assert "MIN-0417" in stdout or "fine" in stdout


def test_a_determination_in_json_is_recognised_and_may_be_overwritten(run, case, tmp_path):
    out = tmp_path / "out.json"
    assert run("assess", case, "-f", "json", "-o", out)[0] == 0
    assert "program" in json.loads(out.read_text(encoding="utf-8"))
    check_output_path(out, FACTS, overwrite=True)
    assert output_files.file_status(out) is not None


# ── new cases ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["Kim Min", "김민", "my case", "[red]", "A/12", "#4", "AB-1 # x", "AB-1\nprofile: uk", "", "."]
)
@pytest.mark.parametrize("ending", [".yaml", ".json"])
def test_what_may_be_a_persons_name_is_refused_before_anything_is_written(run, name, ending, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = [("case", "new", f"K-7{ending}", "--name", name)]
    if name and "/" not in name:
        commands += [("case", "new", name + ending), ("interview", name + ending)]
    for words in commands:
        code, _, stderr = run(*words)
        assert (code, "bad-name" in stderr) == (1, True), words
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["1.0", "null", "true", "yes", "1e3", "0417", "12", "2022-06-28", "0x1f", "A.b-c_d", "1_000"]
)
@pytest.mark.parametrize("ending", [".yaml", ".json"])
def test_a_name_that_yaml_would_read_otherwise_is_kept_as_it_was_given(run, name, ending, tmp_path):
    file = tmp_path / f"K-7{ending}"
    assert run("case", "new", file, "--name", name)[0] == 0
    assert json.loads(run("assess", file, "-f", "json")[1])["case"] == name
    if ending == ".json":
        assert json.loads(file.read_text(encoding="utf-8"))["case"] == name


def test_the_interview_asks_again_for_a_name_that_may_be_a_persons(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("Kim Min\nsub/K-7\nK-7\nKP\n"))
    code, stdout, stderr = run("interview", "--plain")
    assert code == 0
    assert stdout.count("This cannot be the name of a case. Write a registration number or a pseudonym") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["K-7.yaml"]
    assert "New case file: K-7.yaml" in stderr


def test_names_are_shown_without_escapes_and_as_a_shell_takes_them(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, _, stderr = run("case", "new", "f\x1b[31m it's.yaml", "--name", "K-7")
    assert "\x1b" not in stderr
    pasted = stderr.split("Next: rsd interview ")[1].strip()
    listed = subprocess.run(["bash", "-c", f"ls -- {pasted}"], capture_output=True, text=True, check=True).stdout
    assert listed == "f\x1b[31m it's.yaml\n"
    assert "Next: rsd interview 'my case.yaml'" in run("case", "new", "my case.yaml", "--name", "K-8")[2]
    assert "\x1b" not in run("case", "check", "f\x1b[31m it's.yaml")[1]


def test_a_missing_folder_is_reported(run, tmp_path):
    code, _, stderr = run("case", "new", tmp_path / "none" / "K-7.yaml")
    assert (code, "Create its folder first" in stderr) == (1, True)


def test_the_interview_ends_with_the_command_that_reads_the_case_under_the_same_law(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for lines, expected in (("KP\nq\n", "Saved in K-7.yaml."), ("q\n", "Nothing was changed in K-7.yaml.")):
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        _, _, stderr = run("interview", "K-7.yaml", "--plain", "--profile", "uk", "--as-of", "2014-09-01")
        command = "The determination: rsd assess K-7.yaml --profile uk --as-of 2014-09-01"
        assert stderr.splitlines()[-2:] == [expected, command]

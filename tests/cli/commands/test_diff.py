"""`rsd diff`: two caseworkers, two rule books, a team."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.commands.test_commands import MIN, ROOT
from tests.command import rsd


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The same case as another caseworker took it: whether she left with permission, and no word on class."""
    text = MIN.read_text(encoding="utf-8")
    changed = text.replace("left_without_permission:\n    answer: yes", "left_without_permission:\n    answer: no")
    assert changed != text
    file = tmp_path / "other.yaml"
    file.write_text(changed, encoding="utf-8")
    return file


def test_the_first_criterion_where_two_files_part_is_shown_with_the_fact_and_both_chains(other):
    done = rsd("diff", MIN, other)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    first = lines.index("WHERE THEY FIRST DIFFER")
    assert lines[first + 2] == "The applicant left or stayed away against the law"
    assert "Over the fact" in lines[first + 5]
    assert "min.yaml rests on:" in lines
    assert "other.yaml rests on:" in lines


def test_two_equal_files_part_nowhere(tmp_path):
    shutil.copy(MIN, tmp_path / "copy.yaml")
    assert "Every criterion ends the same way." in rsd("diff", MIN, tmp_path / "copy.yaml").stdout


def test_one_file_under_two_rule_books_parts_over_the_law(tmp_path):
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    host = tmp_path / "rules/hosts/china.yaml"
    host.write_text(host.read_text(encoding="utf-8").replace("standing: party", "standing: signed"), encoding="utf-8")
    done = rsd("diff", MIN, "--rules-b", tmp_path / "rules")
    assert done.returncode == 0
    assert "China has signed but not ratified the Convention against Torture." in " ".join(done.stdout.split())


def test_over_two_folders_a_table_shows_where_a_team_parts(tmp_path, other):
    first, second = tmp_path / "a", tmp_path / "b"
    shutil.copytree(ROOT / "examples/cases", first)
    shutil.copytree(ROOT / "examples/cases", second)
    shutil.copy(other, second / "min.yaml")
    (second / "guard.yaml").unlink()
    done = rsd("diff", first, second)
    assert "3 cases compared: 2 alike, 1 different, 0 with another recommendation" in " ".join(done.stdout.split())
    assert "The applicant left or stayed away against the law: cases 1; files min.yaml" in done.stdout
    assert "Only in A, and left out: guard.yaml" in done.stderr


def test_a_file_that_cannot_be_read_is_not_passed_over_in_silence(tmp_path, other):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        shutil.copytree(ROOT / "examples/cases", folder)
    (second / "min.yaml").write_text("format: 1\ncase: X\nfacts: {agee: 3}\n", encoding="utf-8")
    done = rsd("diff", first, second)
    assert done.returncode == 1
    assert "min.yaml:3:9: unknown-fact" in done.stderr
    assert "3 cases compared" in done.stdout


def test_two_peoples_files_are_never_compared(tmp_path, other):
    other.write_text(other.read_text(encoding="utf-8").replace("MIN-0417", "HAN-9"), encoding="utf-8")
    done = rsd("diff", MIN, other)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{other}: other-case: its `case` is not that of {MIN}; these may be two people. ")
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        shutil.copy(MIN, folder / "copy.yaml")
    shutil.copy(MIN, first / "min.yaml")
    shutil.copy(other, second / "min.yaml")
    done = rsd("diff", first, second)
    assert done.returncode == 1
    assert "1 case compared: 1 alike" in " ".join(done.stdout.split())
    assert f"{second / 'min.yaml'}: other-case: " in done.stderr


def test_a_file_compared_with_itself_is_not_said_to_be_read_under_two_rule_books():
    done = rsd("diff", MIN, MIN)
    assert "Every criterion ends the same way." in done.stdout
    assert "rule book" not in done.stdout
    assert "min.yaml (A) and min.yaml (B)" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [((MIN,), "Give a second file"), ((MIN, "nowhere.yaml"), "There is no nowhere.yaml"), ((MIN, ROOT), "two folders")],
)
def test_wrong_usage_says_what_to_do(words, expected):
    done = rsd("diff", *words)
    assert done.returncode == 2
    assert expected in " ".join(done.stderr.replace("│", " ").split())


HOSTILE = "a\x1b[2J\x9b2J\u202e\u2066b"


def test_the_name_of_a_file_moves_no_cursor(tmp_path, other):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, case in ((first, MIN), (second, other)):
        folder.mkdir()
        shutil.copy(case, folder / f"{HOSTILE}.yaml")
        shutil.copy(case, folder / f"only{HOSTILE}{folder.name}.yaml")
    pair = first / f"{HOSTILE}.yaml", second / f"only{HOSTILE}b.yaml"
    for words in ((first, second), pair, (pair[0], pair[0]), (pair[0], tmp_path / HOSTILE)):
        done = rsd("diff", *words)
        for output in (done.stdout, done.stderr):
            assert not set(output) & {"\x1b", "\x9b", "\u202e", "\u2066"}
        assert "\N{REPLACEMENT CHARACTER}" in done.stdout + done.stderr


def test_every_ending_of_a_case_file_counts(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        for name in ("one.yml", "two.YAML", "three.yaml", "notes.txt"):
            shutil.copy(MIN, folder / name)
    assert "3 cases compared: 3 alike" in " ".join(rsd("diff", first, second).stdout.split())

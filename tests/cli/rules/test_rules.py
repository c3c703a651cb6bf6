"""`rsd rules` as a lawyer types it, where something does not fit."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.cli.commands.test_commands import MIN
from tests.command import rsd
from tests.rulebook.small_book import GOOD


def test_a_name_that_no_law_case_has_is_wrong_usage():
    done = rsd("rules", "test", "--only", "zzz", "--rules", GOOD)
    assert (done.returncode, done.stdout) == (2, "")
    assert 'No law case has "zzz" in its name or decision.' in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize("below", ["", "below"])
def test_schemas_that_cannot_be_written_are_reported_with_what_to_do(tmp_path, below):
    file = tmp_path / "there"
    file.write_text("mine", encoding="utf-8")
    done = rsd("rules", "schema", "--out", file / below)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{file / below}: cannot-write: the schemas could not be written: ")
    assert "Name a folder that you may write in" in done.stderr
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_schema_is_written_through_no_link_and_over_no_case(tmp_path):
    case = tmp_path / "case.yaml"
    shutil.copy(MIN, case)
    (tmp_path / "facts.schema.json").symlink_to(case)
    done = rsd("rules", "schema", "facts", "--out", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "facts.schema.json: already-there: this is a link, and nothing is written through a link." in done.stderr
    (tmp_path / "facts.schema.json").unlink()
    case.rename(tmp_path / "facts.schema.json")
    assert rsd("rules", "schema", "facts", "--out", tmp_path).returncode == 1
    assert (tmp_path / "facts.schema.json").read_bytes() == MIN.read_bytes()
    (tmp_path / "facts.schema.json").unlink()
    for _ in range(2):
        assert rsd("rules", "schema", "facts", "--out", tmp_path).returncode == 0


def test_the_words_of_somebody_elses_rules_move_no_cursor(tmp_path):
    rules = tmp_path / "rules"
    shutil.copytree(GOOD, rules)
    words = re.compile(r"^(\s*(?:- )?(?:title|name|ask|why|met): )([^|>\[{'\"\n].*)$", re.MULTILINE)
    for file in rules.rglob("*.yaml"):
        text = words.sub(r'\1"\2\\e[2J\\x9b2J\\u202E\\u2066"', file.read_text(encoding="utf-8"))
        file.write_text(text.replace("{refugee: met", "{refugee: not_met"), encoding="utf-8")
    all_output = ""
    for words in (
        ("check",), ("show",), ("show", "refugee"), ("readings",), ("claims",), ("schema",), ("test",), ("coverage",),
        ("test", "--agreement"),
    ):  # fmt: skip
        done = rsd("rules", *words, "--rules", rules)
        all_output += done.stdout
        for output in (done.stdout, done.stderr):
            assert not set(output) & {"\x1b", "\x9b", "\u202e", "\u2066"}, words
    assert "\N{REPLACEMENT CHARACTER}" in all_output
    assert "\\u202e" in all_output

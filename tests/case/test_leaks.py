"""No message repeats what a case says, wherever in the file its words stand and however they came to stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from screen.case.case_file import check_case
from screen.diagnostics import MAX_SUGGESTIONS, is_slip
from tests.rulebook.small_book import good_book

#: Each word of the account, its keys of one word too, is found again by these letters.
CANARY = "canary"
CASE = """\
format: 1
case: CANARY-1
about:
  officer: canary one
  interviews: [canary two, canary three]
claim: |
  canary four and my sister
  canary five at the river
facts:
  age: {answer: 30, credibility: accepted, note: canary six, source: "canary seven"}
  way_out:
    answer: river
    note: >
      canary eight
      canary nine
    source: 'canary ten'
  account: canary eleven
  left_without_permission: yes
"""
LINES = CASE.splitlines(keepends=True)


def reindented(line: str) -> Iterator[str]:
    """Yield a line at every indentation that somebody can slip into."""
    words = line.lstrip()
    yield from (" " * blanks + words for blanks in range(9))
    yield "\t" + words
    yield line[:1] + "\t" + words


def spoiled(line: str) -> Iterator[str]:
    """Yield a line with its key or its value replaced by what a parser stumbles over."""
    indent = line[: len(line) - len(line.lstrip())]
    key, colon, value = line.strip().partition(":")
    for words in (
        "canary said she left", "canary", "canary_word", "Canary Word", "agecanary", "? canary", '"canary \\q"',
        "'canary", '"canary', "&canary x", "*canary", "!canary x", "!!python/object:canary x", "<<: *canary",
        "{canary", "[canary", "canary: canary: canary", "@canary", "`canary", "%canary", "- canary", "--- canary",
        "...canary", "canary\x07", "canary\x00", '"canary \\ud83d"', "| canary", "> canary", "canary #canary",
        "\ufeffcanary", "canary\u2028canary", "{canary: 1, canary: 2}", "[canary, [canary]]", "{? [canary] : x}",
        "canary" * 2_000,
    ):  # fmt: skip
        yield f"{indent}{words}{colon}{value}\n"
        yield f"{indent}{key}: {words}\n"
        yield f"{indent}{words}\n"
        yield f"{line}{indent}{words}: x\n{indent}{words}: y\n"


def messages(data: bytes, folder: Path) -> list[str]:
    """Return what is told of a case file that holds these bytes."""
    file = folder / "case.yaml"
    file.write_bytes(data)
    return [str(one).removeprefix(str(folder)) for one in check_case(file, good_book())[1]]


@pytest.mark.parametrize("change", [reindented, spoiled])
@pytest.mark.parametrize("number", range(len(LINES)))
def test_no_message_repeats_what_a_case_says(
    number: int, change: Callable[[str], Iterator[str]], tmp_path: Path
) -> None:
    told = 0
    for line in change(LINES[number]):
        text = "".join([*LINES[:number], line, *LINES[number + 1 :]])
        said = messages(text.encode("utf-8", "surrogatepass"), tmp_path)
        told += len(said)
        leaked = [one for one in said if CANARY in one.casefold()]
        assert not leaked, (line[:80], leaked)
    assert told


@pytest.mark.parametrize("number", range(len(LINES)))
@pytest.mark.parametrize("junk", [b"\xff\xfe", b"canary \xe9", b"\xed\xa0\x80"])
def test_what_is_no_text_is_not_repeated_either(number: int, junk: bytes, tmp_path: Path) -> None:
    before, after = "".join(LINES[:number]).encode(), "".join(LINES[number:]).encode()
    [said] = messages(before + junk + after, tmp_path)
    assert "not-utf8" in said
    assert CANARY not in said.casefold()


def test_a_key_with_a_slip_in_it_is_quoted_and_no_other_word() -> None:
    facts = ("age", "way_out", "left_without_permission", "country_of_origin")
    for slip in ("agee", "wayout", "left_without_permision", "contry_of_origin"):
        assert is_slip(slip, facts), slip
    for word in ("agnes", "my sister", "Age", "river", "way out", "she_left", "left", "age of my son", "a" * 41, ""):
        assert not is_slip(word, facts), word


def test_of_very_many_unknown_keys_none_is_compared_with_the_known_ones(tmp_path: Path) -> None:
    keys = "".join(f"  age{'e' * (number % 30)}{number}: 1\n" for number in range(5_000))
    said = messages(f"format: 1\ncase: A-1\nfacts:\n{keys}".encode(), tmp_path)
    assert len(said) == 5_000
    assert not [one for one in said[MAX_SUGGESTIONS:] if re.search('"|Did you mean', one)]

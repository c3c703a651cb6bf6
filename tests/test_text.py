"""Text made safe to show: nothing in it can move the cursor, hide, or turn the line around."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screen.text import sanitize, sanitize_json, sanitize_line

GONE = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "evil",
    ["\x1b", "\x9b", "\x07", "\0", "\r", "\x08", "\x7f", "\x85", "\u202e", "\u2066", "\u200e", "\u200b", "\u2060",
     "\ufeff", "\u00ad", "\u2028", "\u2029", "\ue000", "\U000e0001", "\ud800", "\x0b", "\x0c"],
    ids=lambda evil: f"U+{ord(evil):04X}",
)  # fmt: skip
def test_what_is_not_plainly_visible_is_shown_as_replaced(evil: str) -> None:
    assert sanitize(f"a{evil}b") == f"a{GONE}b"


@pytest.mark.parametrize(
    "text",
    ["plain", "[bold red]x[/]", "조선민주주의인민공화국", "é e\u0301", "\u062e\u0627\u0646\u0647\u200c\u0647\u0627",
     "क्\u200dष", "👩\u200d👧", "line\nline", ""],
)  # fmt: skip
def test_what_people_write_is_left_as_it_is(text: str) -> None:
    assert sanitize(text) == text


def test_a_tab_is_a_blank() -> None:
    assert sanitize("a\tb") == "a b"


def test_what_is_to_be_kept_is_kept() -> None:
    assert sanitize("a\nb\tc", keep="") == f"a{GONE}b c"
    assert sanitize("a\nb\tc", keep="\n\t") == "a\nb\tc"


def test_one_line_is_one_line() -> None:
    assert sanitize_line("  a\n\n b\t\tc\r\nd\x85e\u2028f ") == "a b c d e f"
    assert sanitize_line("a\x1b[2Jb") == f"a{GONE}[2Jb"


@given(st.dictionaries(st.text(), st.text(st.characters())))
def test_json_made_visible_says_the_same_and_hides_nothing(said: dict[str, str]) -> None:
    shown = sanitize_json(json.dumps(said, ensure_ascii=False, indent=1))
    assert json.loads(shown) == said
    assert sanitize(shown) == shown


def test_json_that_hides_nothing_is_left_as_it_is() -> None:
    text = json.dumps({"a": "é 한 👩\u200d👧"}, ensure_ascii=False)
    assert sanitize_json(text) == text
    assert sanitize_json('"\x9b\u202e\U000e0041"') == '"\\u009b\\u202e\\udb40\\udc41"'


@given(st.text())
def test_nothing_unseen_is_left_and_no_character_is_lost(text: str) -> None:
    shown = sanitize(text)
    assert len(shown) == len(text)
    assert {unicodedata.category(char) for char in shown if char not in "\n\u200c\u200d"} & {
        "Cc", "Cf", "Cs", "Co", "Zl", "Zp",
    } == set()  # fmt: skip
    assert sanitize(shown) == shown
    assert "\n" not in sanitize_line(text)

"""Text made safe to show: nothing in it can move the cursor, be invisible or reverse the line."""

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
def test_characters_that_cannot_be_seen_are_replaced(evil: str) -> None:
    assert sanitize(f"a{evil}b") == f"a{GONE}b"


@pytest.mark.parametrize(
    "text",
    ["plain", "[bold red]x[/]", "조선민주주의인민공화국", "é e\u0301", "\u062e\u0627\u0646\u0647\u200c\u0647\u0627",
     "क्\u200dष", "👩\u200d👧", "line\nline", ""],
)  # fmt: skip
def test_text_that_people_write_stays_as_it_is(text: str) -> None:
    assert sanitize(text) == text


def test_a_tab_becomes_a_space() -> None:
    assert sanitize("a\tb") == "a b"


def test_characters_in_keep_stay() -> None:
    assert sanitize("a\nb\tc", keep="") == f"a{GONE}b c"
    assert sanitize("a\nb\tc", keep="\n\t") == "a\nb\tc"


def test_a_sanitized_line_has_no_line_breaks() -> None:
    assert sanitize_line("  a\n\n b\t\tc\r\nd\x85e\u2028f ") == "a b c d e f"
    assert sanitize_line("a\x1b[2Jb") == f"a{GONE}[2Jb"


@given(st.dictionaries(st.text(), st.text(st.characters())))
def test_sanitized_json_has_the_same_data_and_nothing_invisible(data: dict[str, str]) -> None:
    shown = sanitize_json(json.dumps(data, ensure_ascii=False, indent=1))
    assert json.loads(shown) == data
    assert sanitize(shown) == shown


def test_json_without_invisible_characters_stays_as_it_is() -> None:
    text = json.dumps({"a": "é 한 👩\u200d👧"}, ensure_ascii=False)
    assert sanitize_json(text) == text
    assert sanitize_json('"\x9b\u202e\U000e0041"') == '"\\u009b\\u202e\\udb40\\udc41"'


@given(st.text())
def test_no_invisible_character_stays_and_none_is_lost(text: str) -> None:
    shown = sanitize(text)
    assert len(shown) == len(text)
    assert {unicodedata.category(char) for char in shown if char not in "\n\u200c\u200d"} & {
        "Cc", "Cf", "Cs", "Co", "Zl", "Zp",
    } == set()  # fmt: skip
    assert sanitize(shown) == shown
    assert "\n" not in sanitize_line(text)

"""YAML and JSON as plain data: what stays text, what becomes a number, and the location of each value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.regular_files import MAX_BYTES, read_file
from screen.rulebook import yaml_reader
from screen.rulebook.fast_reader import fast_yaml
from screen.rulebook.yaml_reader import MAX_DEPTH, MAX_PARTS, comments, lines_of, parse_document


def read(text: str) -> object:
    """Return the data of a text."""
    return parse_document(text.encode(), "file.yaml").data


@pytest.mark.parametrize(
    "word",
    ["NO", "no", "No", "yes", "Yes", "on", "off", "y", "n", "True", "TRUE", "False", "Null", "NULL"],
)
def test_words_stay_words(word: str) -> None:
    assert read(f"state: {word}") == {"state": word}


@pytest.mark.parametrize(
    "digits",
    ["010", "007", "-01", "0x1F", "0o17", "1_000", "12:30:45", "1.", ".5", "+.5", "1e9999", "1e999", ".inf", ".nan",
     "1234567890123456", "12345678901234567890.5", "0.1000000000000000055", "2022-06-28", "1e", "--1"],
)  # fmt: skip
def test_what_would_lose_something_as_a_number_is_text(digits: str) -> None:
    assert read(f"number: {digits}") == {"number": digits}


@pytest.mark.parametrize(
    ("digits", "number"),
    [("0", 0), ("-7", -7), ("123456789012345", 123456789012345), ("1.50", 1.5), ("1e3", 1000.0),
     ("+7", 7.0), ("+0", 0.0), ("-0", -0.0),
     ("-2.5E-3", -0.0025), ("0.30000000000000004", 0.30000000000000004)],
)  # fmt: skip
def test_plain_numbers_are_numbers(digits: str, number: float) -> None:
    data = read(f"number: {digits}")
    assert data == {"number": number}
    assert type(data["number"]) is type(number)  # type: ignore[index]


@pytest.mark.parametrize("form", [b"%s", b'{"a": %s}'])
@pytest.mark.parametrize("digits", [b"+7", b"+0", b"-0"])
def test_a_whole_number_that_is_written_otherwise_is_none_to_the_quick_reader_either(
    form: bytes, digits: bytes
) -> None:
    text = form % digits
    slow = parse_document(text, "f").data
    assert fast_yaml(text) == slow
    assert isinstance(slow if isinstance(slow, float) else slow["a"], float)


def test_only_true_and_false_and_nothing_are_more_than_text() -> None:
    assert read("[true, false, null, ~, '', 'true', \"12\", 'null']") == [
        True, False, None, None, "", "true", "12", "null",
    ]  # fmt: skip
    assert read("empty:") == {"empty": None}


def test_keys_are_always_text() -> None:
    assert read("{1: a, true: b, null: c, 1e3: d}") == {"1": "a", "true": "b", "null": "c", "1e3": "d"}


def test_a_quoted_merge_key_is_a_key_like_any_other() -> None:
    assert read("'<<': 1") == {"<<": 1}


def test_json_is_read_as_it_stands() -> None:
    assert read('{"a":1,"b":[1.5,true,null,"x\\ny\\/\\u00e9"],\n\t"c":{}}') == {
        "a": 1, "b": [1.5, True, None, "x\ny/é"], "c": {},
    }  # fmt: skip


def test_a_byte_order_mark_is_passed_over_and_moves_no_place() -> None:
    document = parse_document(b"\xef\xbb\xbfa: 1", "f")
    assert document.data == {"a": 1}
    assert document.location(("a",)) == Location("f", 1, 4)


def test_windows_line_endings_change_nothing() -> None:
    assert read("a: 1\r\nb: |\r\n  two\r\n  lines\r\n") == {"a": 1, "b": "two\nlines\n"}


def test_places_count_characters_not_bytes() -> None:
    document = parse_document("북한: {나: [x, y]}".encode(), "f")
    assert document.location(("북한", "나", 1)) == Location("f", 1, 13)
    assert document.location(("북한",), key=True) == Location("f", 1, 1)
    assert document.location(("북한", "나"), key=True) == Location("f", 1, 6)


def test_what_has_no_place_gets_that_of_what_is_around_it() -> None:
    document = parse_document(b"a:\n  b: 1\n", "f")
    assert document.location(("a", "none", 3)) == Location("f", 2, 3)
    assert document.location(("a", "none"), key=True) == Location("f", 2, 3)
    assert document.location(("none",)) == Location("f", 1, 1)
    assert str(document.location(())) == "f:1:1"


def test_an_empty_file_says_nothing() -> None:
    assert parse_document(b"", "f").data is None
    assert parse_document(b"# a comment\n", "f").location(("a",)) == Location("f", 1, 1)


def test_nesting_is_allowed_to_a_bound_and_refused_beyond_it() -> None:
    read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(
        DiagnosticsError, match=f"f:1:{MAX_DEPTH + 1}: too-deep: nesting deeper than {MAX_DEPTH} levels"
    ):
        parse_document(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "f")


def test_parts_are_counted_and_refused_beyond_a_bound() -> None:
    assert len(parse_document(b"[" + b"a," * (MAX_PARTS - 1) + b"]", "f").data) == MAX_PARTS - 1
    with pytest.raises(DiagnosticsError, match=r"too-large: the file has more than 20000 parts\."):
        parse_document(b"[" + b"a," * MAX_PARTS + b"]", "f")


def test_a_file_of_the_greatest_size_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * MAX_BYTES)
    assert parse_document(read_file(path), "f").data is None
    path.write_bytes(b"#" * (MAX_BYTES + 1000))
    assert len(read_file(path)) == MAX_BYTES + 1
    with pytest.raises(DiagnosticsError, match=r"^f: too-large: the file is larger than 4 MB\. Split it"):
        parse_document(read_file(path), "f")


def test_what_is_missing_or_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticsError, match="cannot-open: no such file or directory"):
        read_file(tmp_path / "none.yaml")
    with pytest.raises(DiagnosticsError, match="cannot-open: is a directory"):
        read_file(tmp_path)


def test_the_parser_of_python_alone_reads_and_refuses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    assert read("a: [NO, 1e3, 010, true, ~]\nb: |\n  x\n") == {"a": ["NO", 1000.0, "010", True, None], "b": "x\n"}
    for text in ("a: &b 1", "[" * 50, "a: b: c", "a: \x07", "a: 'x", "a: 1\na: 2", "a: !t 1", "a: @b"):
        with pytest.raises(DiagnosticsError):
            read(text)


def test_a_second_byte_order_mark_is_refused_at_its_place() -> None:
    text = "\ufeff\ufeffa: 1\n".encode()
    with pytest.raises(DiagnosticsError, match="f:1:1: control-character: a second byte order mark"):
        parse_document(text, "f")
    assert fast_yaml(text) is None
    assert fast_yaml(text[3:]) == parse_document(text[3:], "f").data == {"a": 1}


def test_comments_are_told_from_words_that_begin_like_one() -> None:
    text = (
        "# one\na: |\n  # said\n  more\n\n# two\nb: 'x\n  # said\n  y'  # beside\n  # three\nc: # beside\n  - 1 # x\n"
    )
    assert comments(text) == {
        0: (0, "# one"), 5: (0, "# two"), 8: (6, "# beside"), 9: (2, "# three"), 10: (3, "# beside"), 11: (6, "# x"),
    }  # fmt: skip


def test_a_comment_beside_the_mark_of_block_text_is_one_and_a_sharp_sign_in_a_word_is_none() -> None:
    text = "a: |  # beside\n  # said\nb: 'x # said'  # beside\nc: x#said\nd: [a#b, 'c #d'] # beside\n"
    assert comments(text) == {0: (6, "# beside"), 2: (15, "# beside"), 4: (17, "# beside")}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_lines_are_counted_as_the_parser_counts_them(ending: str) -> None:
    text = ending.join(["a: 1", "# b", "c: |", "  # said", "d: 2"])
    lines = lines_of(text)
    assert "".join(lines) == text
    places = parse_document(text.encode(), "f").locations
    assert lines[places[("d", "<key>")][0] - 1] == "d: 2"
    assert comments(text) == {1: (0, "# b")}


def refusals(data: bytes) -> tuple[Diagnostic, ...]:
    """Return what keeps these bytes from being read."""
    try:
        parse_document(data, "f")
    except DiagnosticsError as error:
        return error.diagnostics
    return ()


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    assert all(diagnostic.location.line >= 1 and diagnostic.location.column >= 1 for diagnostic in refusals(data))


@given(st.text(st.sampled_from("ab:-,[]{}'\"#&*!|>%@` \n\t\\?~<0.1"), max_size=60))
def test_no_text_of_yaml_marks_crashes_the_reader(text: str) -> None:
    lines = text.count("\n") + 2  # the place may be right after the end
    assert all(
        1 <= diagnostic.location.line <= lines and diagnostic.location.column >= 1
        for diagnostic in refusals(text.encode())
    )


WORDS = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=20)
NUMBERS = st.integers(1 - 10**15, 10**15 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_what_json_says_is_read_as_it_was_meant(data: dict[str, object]) -> None:
    assert parse_document(json.dumps(data).encode(), "f").data == data

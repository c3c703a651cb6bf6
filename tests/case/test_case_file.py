"""Case files: what is written comes back, what stands beside it stays, and nothing is ever half written."""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen import files
from screen.case import case_text
from screen.case.case_file import ABOUT, Case, check_case, read_case
from screen.case.evidence import Credibility, RecordedAnswer
from screen.case.record import OPEN_RECORD, Record
from screen.case.writer import is_readable_by_others, save_answer, save_record, write_new_case
from screen.diagnostics import DiagnosticsError
from screen.logic import Answer
from screen.rulebook.model import Fact
from screen.rulebook.terms import Value
from screen.rulebook.yaml_reader import comments, parse_document
from tests.examples import examples
from tests.rulebook.small_book import good_book

#: A fact that any number can answer, so that all of them are written and read.
BOOK = replace(good_book(), facts={name: replace(fact, bounds=None) for name, fact in good_book().facts.items()})
HEAD = "format: 1\ncase: MIN-1\n"
YES, NO, UNKNOWN = RecordedAnswer(Answer.YES), RecordedAnswer(Answer.NO), RecordedAnswer(Answer.UNKNOWN)


def case_file(folder: Path, text: str, name: str = "case.yaml") -> Path:
    """Return a new case file with this text."""
    path = folder / name
    path.write_bytes(text.encode())
    path.chmod(0o600)
    return path


def text_of(path: Path) -> str:
    """Return what stands in a file, its line endings as they are."""
    return path.read_bytes().decode()


def others(path: Path) -> list[str]:
    """Return what else stands in the folder of a file."""
    return sorted(one.name for one in path.parent.iterdir() if one != path)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_whole_case_is_read(tmp_path: Path) -> None:
    text = """\
format: 1
case: 010-7
profile: strict
record: {state: closed, by: A. Officer, on: 2026-10-09}
about:
  officer: A. Officer
  interviews: [2026-10-02, 2026-10-09]
  documents: [12, none]
  needs:
claim: |
  I left: they came.
facts:
  country_of_origin: KP
  host_country: NO
  age: 34
  left_on: 2019-11-02
  left_without_permission: yes
  served_in_guard: {answer: no, credibility: rejected, source: interview, note: "said: never", date: 2026-10-02}
  way_out: unknown
  harms_feared: [hunger, torture]
  exit_penalty: none
  account: She said yes.
"""
    assert read_case(case_file(tmp_path, text), BOOK) == Case(
        name="010-7",
        given={
            "country_of_origin": RecordedAnswer("KP"),
            "host_country": RecordedAnswer("NO"),
            "age": RecordedAnswer(34),
            "left_on": RecordedAnswer(date(2019, 11, 2)),
            "left_without_permission": YES,
            "served_in_guard": RecordedAnswer(
                Answer.NO, Credibility.REJECTED, "interview", "said: never", date(2026, 10, 2)
            ),
            "way_out": UNKNOWN,
            "harms_feared": RecordedAnswer(frozenset({"hunger", "torture"})),
            "exit_penalty": RecordedAnswer("none"),
            "account": RecordedAnswer("She said yes."),
        },
        profile="strict",
        about={
            "officer": ("A. Officer",),
            "interviews": ("2026-10-02", "2026-10-09"),
            "documents": ("12", "none"),
        },
        claim="I left: they came.\n",
        record=Record(is_closed=True, by="A. Officer", on=date(2026, 10, 9)),
    )


@pytest.mark.parametrize("facts", ["", "facts:\n", "facts: {}\n", "facts: ~\n"])
def test_a_case_in_which_nothing_is_known_is_a_case(facts: str, tmp_path: Path) -> None:
    assert read_case(case_file(tmp_path, HEAD + facts), BOOK).given == {}


@pytest.mark.parametrize("record", ["", "record:\n", "record: {state: open}\n"])
def test_a_record_that_nobody_closed_is_open(record: str, tmp_path: Path) -> None:
    assert read_case(case_file(tmp_path, HEAD + record), BOOK).record == OPEN_RECORD
    assert not OPEN_RECORD.is_closed


def test_an_open_record_may_say_who_opened_it(tmp_path: Path) -> None:
    text = HEAD + "record: {state: open, by: A. Officer, on: 2026-10-09}\n"
    assert read_case(case_file(tmp_path, text), BOOK).record == Record(by="A. Officer", on=date(2026, 10, 9))


def test_a_record_is_closed_today_and_not_tomorrow(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "record: {state: closed, by: A. Officer, on: 2026-10-09}\n")
    assert read_case(path, BOOK, date(2026, 10, 9)).record.is_closed
    with pytest.raises(DiagnosticsError, match="bad-date: this day is still to come"):
        read_case(path, BOOK, date(2026, 10, 8))


def test_an_empty_list_is_an_answer_and_a_missing_fact_is_none(tmp_path: Path) -> None:
    found = read_case(case_file(tmp_path, HEAD + "facts: {harms_feared: []}\n"), BOOK)
    assert found.given == {"harms_feared": RecordedAnswer(frozenset())}


def test_a_number_can_name_a_case(tmp_path: Path) -> None:
    assert read_case(case_file(tmp_path, "format: 1\ncase: 417\n"), BOOK).name == "417"


@pytest.mark.parametrize("name", ["+5", "-0", "+0"])
def test_a_number_that_would_lose_its_sign_names_no_case(name: str, tmp_path: Path) -> None:
    with pytest.raises(DiagnosticsError, match=r":2:7: bad-name: a number .* in quotes"):
        read_case(case_file(tmp_path, f"format: 1\ncase: {name}\n"), BOOK)


def test_what_can_be_read_of_a_broken_case_is_given_with_its_mistakes(tmp_path: Path) -> None:
    found, mistakes = check_case(case_file(tmp_path, HEAD + "facts: {age: 20, way_out: sea}\n"), BOOK)
    assert found is not None
    assert found.given == {"age": RecordedAnswer(20)}
    assert [one.code for one in mistakes] == ["unknown-option"]


def test_a_case_that_others_can_read_is_known_for_it(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD)
    assert not is_readable_by_others(path)
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        assert is_readable_by_others(path)


# ── round trip ──────────────────────────────────────────────────────────────────────────────────────────────────────

# Whatever somebody may say: words of YAML, marks, breaks of every kind, what looks like something else.
NASTY = st.sampled_from(
    [
        "",
        " ",
        "yes",
        "no",
        "NO",
        "true",
        "false",
        "null",
        "~",
        "12",
        "010",
        "1e3",
        "1.5",
        "0x1F",
        "12:30",
        "2022-02-30",
        "=",
        "<<",
        "- a",
        "a: b",
        "#",
        "a #b",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "|",
        ">",
        "'",
        '"',
        "\\",
        "{}",
        "[",
        "?",
        "a\nb",
        "a\n\n  b\n",
        "\n",
        " lead",
        "trail ",
        "\ttab",
        "a\tb",
        "# no comment\n# nor this",
        "---",
        "...",
        "\r\n",
        "\x00",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\x9b",
        "\xa0",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\ufffe",
        "\u202e",
        "북한",
        "👩\u200d👧",
        "x" * 500,
        "word " * 100,
        "a\u2028b\x85c\rd\ne",
        "[bold red]",
        "{origin}",
        "Did she say: 'never'?",
        "facts:\n  age: 3",
    ]
)
# Half a surrogate pair is no text: that is refused, below. `unknown` is an answer of its own.
TEXTS = (NASTY | st.text(st.characters(exclude_categories=["Cs"]), max_size=80)).filter(lambda text: text != "unknown")
NUMBERS = st.integers(1 - 10**15, 10**15 - 1) | st.floats(allow_nan=False, allow_infinity=False)
DAYS = st.dates()


def values(fact: Fact) -> st.SearchStrategy[Value]:
    """Return every value that a fact can have."""
    options = [option for option, _ in fact.options]
    known: st.SearchStrategy[Value]
    match fact.type:
        case "yes_no":
            known = st.sampled_from([Answer.YES, Answer.NO])
        case "many":
            known = st.frozensets(st.sampled_from(options))
        case "number":
            known = NUMBERS
        case "date":
            known = DAYS
        case "country":
            known = st.sampled_from(list(BOOK.countries))
        case "text":
            known = TEXTS
        case _:
            known = st.sampled_from(options)
    return known | st.just(Answer.UNKNOWN)


def given_of(fact: Fact) -> st.SearchStrategy[RecordedAnswer]:
    """Return everything that a case can say of a fact."""
    notes = TEXTS.filter(str.strip) if fact.judgement else st.none() | TEXTS
    return st.builds(
        RecordedAnswer, values(fact), st.sampled_from(Credibility), st.none() | TEXTS, notes, st.none() | DAYS
    )


ANSWERS = st.fixed_dictionaries({}, optional={name: given_of(fact) for name, fact in BOOK.facts.items()})
# Each example writes some ten files and waits for the disk; twelve hundred have been tried by hand.
FEWER = settings(max_examples=examples(15))
SUFFIXES = st.sampled_from([".yaml", ".json"])


def test_every_type_of_fact_is_tried() -> None:
    assert {fact.type for fact in BOOK.facts.values()} == {
        "yes_no",
        "choice",
        "level",
        "many",
        "number",
        "date",
        "country",
        "text",
    }


@FEWER
@given(ANSWERS, SUFFIXES)
def test_every_answer_that_is_saved_comes_back(answers: dict[str, RecordedAnswer], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = HEAD if suffix == ".yaml" else '{"format": 1, "case": "MIN-1"}'
        path = case_file(Path(folder), text, f"case{suffix}")
        for name, one in answers.items():
            assert save_answer(path, BOOK, name, one).given[name] == one
        assert read_case(path, BOOK) == Case("MIN-1", answers)
        assert others(path) == []


@FEWER
@given(ANSWERS, TEXTS, st.dictionaries(st.sampled_from(list(ABOUT)), st.lists(TEXTS, min_size=1, max_size=3)), SUFFIXES)
def test_what_else_a_case_says_comes_back(
    answers: dict[str, RecordedAnswer], claim: str, about: dict[str, list[str]], suffix: str
) -> None:
    """JSON is YAML, so one text serves for both; the first answer makes it a file of the program's own writing."""
    said = {"format": 1, "case": "MIN-1", "profile": "strict", "about": about, "claim": claim, "facts": {}}
    with tempfile.TemporaryDirectory() as folder:
        path = case_file(Path(folder), case_text._ESCAPED.sub(" ", json.dumps(said, ensure_ascii=False)), f"c{suffix}")
        before = read_case(path, BOOK)
        assert before.about.keys() == about.keys()
        for name, one in answers.items():
            save_answer(path, BOOK, name, one)
        after = read_case(path, BOOK)
        assert (after.claim, after.about, after.profile) == (before.claim, before.about, "strict")
        assert after.given == answers


@FEWER
@given(ANSWERS, ANSWERS)
def test_an_answer_can_be_changed_and_taken_out_again(
    first: dict[str, RecordedAnswer], second: dict[str, RecordedAnswer]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = case_file(Path(folder), HEAD)
        for name, one in [*first.items(), *second.items()]:
            save_answer(path, BOOK, name, one)
        assert read_case(path, BOOK).given == {**first, **second}
        for name in first:
            assert name not in save_answer(path, BOOK, name, None).given
        assert read_case(path, BOOK).given == {name: one for name, one in second.items() if name not in first}


# ── what stays ──────────────────────────────────────────────────────────────────────────────────────────────────────

COMMENTED = """\
# What was said on 2 October.
format: 1  # the only one
case: MIN-1

claim: |
  # 1. Why I left
  They came at night.

facts:
  # ── who ──
  age: 34  # by her mother's word

  # Asked twice.
  way_out:
    answer: river
    # from the map
    note: |
      # at the bend
      in winter

  harms_feared:
  - hunger
  - torture
  # ── to be asked ──
  # left_on:
"""


def test_one_changed_answer_leaves_all_else_as_it_was(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert text_of(path) == COMMENTED.replace("  age: 34  # by her mother's word\n", "  age: 35\n")


def test_a_saved_answer_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    record = "record:  # by decision of 3 October\n  state: open\n  by: A. Officer\n  on: 2026-10-03\n"
    path = case_file(tmp_path, HEAD + record + "facts:\n  age: 34\n")
    save_answer(path, BOOK, "age", RecordedAnswer(35), profile="strict")
    assert text_of(path) == HEAD + "profile: strict\n" + record + "facts:\n  age: 35\n"


CLOSED = Record(is_closed=True, by="A. Officer", on=date(2026, 10, 9))
RECORD = "record:\n  state: closed\n  by: A. Officer\n  on: 2026-10-09\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_record_is_closed_below_the_name_of_the_case_and_all_else_stays(ending: str, tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED.replace("\n", ending))
    assert save_record(path, BOOK, lambda case: CLOSED).record == CLOSED
    assert text_of(path) == COMMENTED.replace("case: MIN-1\n", f"case: MIN-1\n{RECORD}").replace("\n", ending)
    assert save_record(path, BOOK, lambda case: None).record == OPEN_RECORD
    assert text_of(path) == COMMENTED.replace("\n", ending)


def test_a_record_that_is_open_is_closed_in_its_place_with_its_comments_above(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "claim: words\nrecord: {state: open}  # since 3 October\nfacts: {age: 34}\n")
    save_record(path, BOOK, lambda case: CLOSED)
    assert text_of(path) == HEAD + "claim: words\n# since 3 October\n" + RECORD + "facts: {age: 34}\n"


@pytest.mark.parametrize("name", ["case.yaml", "case.json"])
def test_a_record_is_closed_and_reopened_in_a_file_of_one_line(name: str, tmp_path: Path) -> None:
    path = case_file(tmp_path, '{"format": 1, "case": "MIN-1", "about": {"needs": null}, "facts": {"age": 34}}', name)
    before = parse_document(path.read_bytes(), "").data
    save_record(path, BOOK, lambda case: CLOSED)
    assert read_case(path, BOOK).record == CLOSED
    save_record(path, BOOK, lambda case: None)
    assert parse_document(path.read_bytes(), "").data == before


@pytest.mark.parametrize("facts", ["", "facts:\n", "facts: {}\n"])
def test_a_record_is_closed_where_nothing_was_answered(facts: str, tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + facts)
    save_record(path, BOOK, lambda case: CLOSED)
    assert text_of(path) == HEAD + RECORD + facts


def test_a_record_is_judged_by_the_case_as_the_file_has_it(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "facts: {age: 34}\n")
    seen: list[Case] = []

    def refuse(case: Case) -> Record:
        seen.append(case)
        raise DiagnosticsError([])

    with pytest.raises(DiagnosticsError):
        save_record(path, BOOK, refuse)
    assert seen[0].given == {"age": RecordedAnswer(34)}
    assert text_of(path) == HEAD + "facts: {age: 34}\n"
    assert others(path) == []


@FEWER
@given(TEXTS.filter(str.strip), DAYS, SUFFIXES)
def test_whoever_closes_a_record_comes_back(name: str, day: date, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = COMMENTED if suffix == ".yaml" else '{"format": 1, "case": "MIN-1"}'
        path = case_file(Path(folder), text, f"case{suffix}")
        record = Record(is_closed=True, by=name, on=day)
        assert save_record(path, BOOK, lambda case: record).record == record
        assert read_case(path, BOOK).record == record


def test_a_name_that_no_file_can_keep_closes_nothing(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    with pytest.raises(DiagnosticsError, match="cannot-write: the name of who closes the record holds a character"):
        save_record(path, BOOK, lambda case: replace(CLOSED, by="\ud800"))
    assert text_of(path) == COMMENTED


def test_no_answer_slips_into_a_closed_record(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + RECORD + "facts: {age: 34}\n")
    for one in (RecordedAnswer(35), None):
        with pytest.raises(DiagnosticsError, match="record-closed: the record of this case is closed"):
            save_answer(path, BOOK, "age", one, shown=read_case(path, BOOK))
    assert text_of(path) == HEAD + RECORD + "facts: {age: 34}\n"


def test_a_record_comes_back_from_a_case_written_whole(tmp_path: Path) -> None:
    record = Record(is_closed=True, by="A. Officer", on=date(2026, 10, 9))
    for name in ("case.yaml", "case.json"):
        path = tmp_path / name
        write_new_case(path, case_text.format_case(path, Case("MIN-1", record=record)))
        assert read_case(path, BOOK).record == record


def test_an_answer_of_several_lines_is_changed_whole(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    save_answer(path, BOOK, "way_out", RecordedAnswer("air", note="two\nlines"))
    start, end = COMMENTED.index("  way_out:"), COMMENTED.index("\n  harms_feared:")
    text = text_of(path)
    assert text.startswith(COMMENTED[:start] + "  way_out:\n    answer: air\n    note:")
    assert text.endswith(COMMENTED[end:])
    assert "# at the bend" not in text  # it was said, and is no comment that could outlive what it was said with


def test_a_list_below_its_key_is_changed_whole(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    save_answer(path, BOOK, "harms_feared", RecordedAnswer(frozenset({"detention", "hunger"})))
    assert text_of(path) == COMMENTED.replace("  - hunger\n  - torture\n", "  - detention\n  - hunger\n")


def test_a_new_answer_comes_after_the_last_and_before_the_comments_below_it(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    save_answer(path, BOOK, "left_on", RecordedAnswer(date(2019, 11, 2)))
    assert text_of(path) == COMMENTED.replace("  - torture\n", "  - torture\n  left_on: 2019-11-02\n")


def test_an_answer_that_is_taken_out_takes_nothing_else(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    save_answer(path, BOOK, "age", None)
    assert text_of(path) == COMMENTED.replace("  age: 34  # by her mother's word\n", "")


def test_to_take_out_what_is_not_there_changes_nothing(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    save_answer(path, BOOK, "served_in_guard", None)
    assert text_of(path) == COMMENTED


@pytest.mark.parametrize("facts", ["", "facts:\n", "facts: {}\n", "facts: {age: 34}  # one\n"])
def test_the_first_answer_leaves_the_comments_where_they_are(facts: str, tmp_path: Path) -> None:
    top = "# top\nformat: 1\n# the name\ncase: MIN-1\nclaim: |\n  # said\n"
    path = case_file(tmp_path, f"{top}{facts}\n# below\n")
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    save_answer(path, BOOK, "way_out", RecordedAnswer("air"))
    text = text_of(path)
    assert text.startswith(top)
    assert text.endswith("\n# below\n") or not facts
    assert "facts:\n  age: 35\n  way_out: air\n" in text
    assert text.count("# below") == text.count("# said") == 1


def test_a_template_of_comments_is_filled_line_by_line(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "facts:\n\n  # ── who ──\n  # age: unknown\n  # way_out: unknown\n")
    save_answer(path, BOOK, "age", RecordedAnswer(34))
    save_answer(path, BOOK, "way_out", RecordedAnswer("air"))
    assert text_of(path) == (
        HEAD + "facts:\n  age: 34\n  way_out: air\n\n  # ── who ──\n  # age: unknown\n  # way_out: unknown\n"
    )


def test_a_flow_mapping_over_several_lines_is_changed_too(tmp_path: Path) -> None:
    path = case_file(tmp_path, "# top\n" + HEAD + "facts: {\n  age: 34,\n  way_out: air\n}\n")
    for fact, one in (("age", RecordedAnswer(35)), ("way_out", RecordedAnswer("river")), ("served_in_guard", YES)):
        save_answer(path, BOOK, fact, one)
    assert read_case(path, BOOK).given == {
        "age": RecordedAnswer(35),
        "way_out": RecordedAnswer("river"),
        "served_in_guard": YES,
    }
    assert text_of(path).startswith("# top\n" + HEAD)


def test_words_that_begin_like_a_comment_are_never_doubled(tmp_path: Path) -> None:
    path = case_file(tmp_path, "# top\n{format: 1, case: MIN-1, claim: 'a\n  # said\n  b', facts: {age: 34}}\n")
    for age in (35, 36, 37):
        save_answer(path, BOOK, "age", RecordedAnswer(age))
    text = text_of(path)
    assert text.count("# said") == text.count("# top") == 1
    assert read_case(path, BOOK).claim == "a # said b"


def test_windows_line_endings_stay(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED.replace("\n", "\r\n"))
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    save_answer(path, BOOK, "way_out", RecordedAnswer("air", note="a\nb"))
    save_answer(path, BOOK, "left_on", RecordedAnswer(date(2019, 11, 2)))
    text = text_of(path)
    assert text.count("\n") == text.count("\r\n")
    assert "\r\n  # Asked twice.\r\n" in text
    assert read_case(path, BOOK).given["way_out"] == RecordedAnswer("air", note="a\nb")


def test_a_file_without_a_last_line_ending_is_a_file(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "facts:\n  age: 34")
    save_answer(path, BOOK, "way_out", RecordedAnswer("air"))
    assert text_of(path) == HEAD + "facts:\n  age: 34\n  way_out: air\n"


def test_a_byte_order_mark_is_no_part_of_a_case(tmp_path: Path) -> None:
    path = case_file(tmp_path, "\ufeff" + HEAD + "facts:\n  age: 34\n")
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert text_of(path) == HEAD + "facts:\n  age: 35\n"


def test_json_stays_json(tmp_path: Path) -> None:
    path = case_file(
        tmp_path, '{"format": 1, "case": "MIN-1", "about": {"office": "A"}, "facts": {"age": 34}}', "c.json"
    )
    save_answer(path, BOOK, "account", RecordedAnswer("북한 \u2028 \x85 \x7f 👩"))
    assert json.loads(text_of(path)) == {
        "format": 1,
        "case": "MIN-1",
        "about": {"office": "A"},
        "facts": {"age": 34, "account": "북한 \u2028 \x85 \x7f 👩"},
    }


def test_an_edit_made_meanwhile_is_kept(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "facts:\n  age: 34\n")
    save_answer(path, BOOK, "way_out", RecordedAnswer("air"))
    case_file(tmp_path, text_of(path) + "  served_in_guard: no  # by somebody else\n")
    after = save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert after.given == {"age": RecordedAnswer(35), "way_out": RecordedAnswer("air"), "served_in_guard": NO}
    assert "# by somebody else" in text_of(path)


def test_two_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "facts:\n")

    def save(fact: str) -> None:
        for _ in range(20):
            save_answer(path, BOOK, fact, YES)
            save_answer(path, BOOK, fact, None)
        save_answer(path, BOOK, fact, YES)

    with ThreadPoolExecutor(2) as both:
        list(both.map(save, ("left_without_permission", "served_in_guard")))
    assert read_case(path, BOOK).given == {"left_without_permission": YES, "served_in_guard": YES}
    assert others(path) == []


# ── nothing half written ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_case_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD)
    path.chmod(0o644)
    save_answer(path, BOOK, "age", RecordedAnswer(34))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_new_case(tmp_path / "new.yaml", HEAD)
    assert stat.S_IMODE((tmp_path / "new.yaml").stat().st_mode) == 0o600


def test_a_case_is_never_readable_by_others_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    sync = os.fsync

    def seen(handle: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        sync(handle)

    monkeypatch.setattr(os, "fsync", seen)
    old = os.umask(0)
    try:
        write_new_case(tmp_path / "case.yaml", HEAD)
    finally:
        os.umask(old)
    assert modes[0] == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = case_file(tmp_path / "elsewhere", HEAD)
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    save_answer(link, BOOK, "age", RecordedAnswer(34))
    assert link.is_symlink()
    assert read_case(real, BOOK).given == {"age": RecordedAnswer(34)}
    assert others(link) == ["elsewhere"]


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, where: object, name: str, number: int) -> Iterator[None]:
    """Let a call of the system fail for a while."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(where, name, fails)
        yield


@pytest.mark.parametrize(
    ("where", "name"), [(os, "fsync"), (os, "fchmod"), (os, "rename"), (files.Folder, "create"), (os, "fdopen")]
)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    where: object, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = case_file(tmp_path, COMMENTED)
    with (
        failing(monkeypatch, where, name, errno.ENOSPC),
        pytest.raises(
            DiagnosticsError, match=r"cannot-write: the file could not be written: no space left on device\. Nothing"
        ),
    ):
        save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert text_of(path) == COMMENTED
    assert others(path) == []
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert read_case(path, BOOK).given["age"] == RecordedAnswer(35)


def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    path = case_file(tmp_path, COMMENTED)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert text_of(path) == COMMENTED
    assert others(path) == []


def test_a_folder_that_cannot_be_told_to_hurry_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = case_file(tmp_path, COMMENTED)
    sync = os.fsync

    def files_alone(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(handle)

    monkeypatch.setattr(os, "fsync", files_alone)
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert read_case(path, BOOK).given["age"] == RecordedAnswer(35)


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
@pytest.mark.parametrize(
    ("fact", "one"),
    [
        ("account", RecordedAnswer("\ud800")),
        ("age", RecordedAnswer(float("nan"))),
        ("age", RecordedAnswer(10**15)),
        ("age", RecordedAnswer(float("inf"))),
        ("way_out", RecordedAnswer("air", note="half \udfff")),
        ("account", RecordedAnswer("unknown")),
    ],
    ids=["surrogate", "nan", "digits", "infinity", "surrogate in a note", "unknown as words"],
)
def test_what_no_file_can_keep_is_refused_and_not_told(
    fact: str, one: RecordedAnswer, suffix: str, tmp_path: Path
) -> None:
    text = COMMENTED if suffix == ".yaml" else '{"format": 1, "case": "MIN-1"}'
    path = case_file(tmp_path, text, f"case{suffix}")
    with pytest.raises(
        DiagnosticsError, match=f'cannot-write: the answer to "{fact}" holds .* Nothing was changed'
    ) as refused:
        save_answer(path, BOOK, fact, one)
    assert str(refused.value).isprintable()
    assert text_of(path) == text
    assert others(path) == []


def test_an_answer_to_a_file_that_has_become_unusable_changes_nothing(tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + "facts:\n  agee: 3\n")
    with pytest.raises(DiagnosticsError, match="unknown-fact"):
        save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert text_of(path) == HEAD + "facts:\n  agee: 3\n"


def test_an_answer_to_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path / "none" / "none.yaml"):
        with pytest.raises(DiagnosticsError, match=r"cannot-(open|write): .*no such file or directory"):
            save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert list(tmp_path.iterdir()) == []


def test_a_new_case_never_takes_the_place_of_another(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED)
    with pytest.raises(DiagnosticsError, match="already-there: there is a file of that name already"):
        write_new_case(path, HEAD)
    assert text_of(path) == COMMENTED


def test_a_link_that_leads_to_itself_is_told_and_stays(tmp_path: Path) -> None:
    link = tmp_path / "case.yaml"
    link.symlink_to(link)
    with pytest.raises(DiagnosticsError, match="already-there: there is a file of that name already"):
        write_new_case(link, HEAD)
    assert link.is_symlink()
    assert list(tmp_path.iterdir()) == [link]


def test_a_new_case_in_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        DiagnosticsError, match="cannot-write: the file could not be written: no such file or directory"
    ):
        write_new_case(tmp_path / "none" / "case.yaml", HEAD)


def test_a_header_stays_as_it_was_written_where_all_of_a_file_is_written_again(tmp_path: Path) -> None:
    about = {"interviews": ["2026-09-14"], "documents": "a party card", "needs": None}
    path = case_file(tmp_path, json.dumps({"format": 1, "case": "MIN-1", "about": about}), "case.json")
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert json.loads(text_of(path))["about"] == about


# What is hard to edit line by line: each of these once cost a comment, an empty line of the header, or the answer.


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_file_of_any_line_ending_is_edited_in_place(ending: str, tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED.replace("\n", ending))
    save_answer(path, BOOK, "age", RecordedAnswer(35), profile="strict")
    text = COMMENTED.replace("  age: 34  # by her mother's word\n", "  age: 35\n")
    assert text_of(path) == text.replace("case: MIN-1\n", "case: MIN-1\nprofile: strict\n").replace("\n", ending)


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"])
def test_a_mark_that_ends_a_line_for_the_parser_alone_stays_where_it_is(mark: str, tmp_path: Path) -> None:
    text = f"# one{mark}# two\n{HEAD}claim: {mark}facts:{mark}  # who\n  age: 34\n  way_out: air\n"
    path = case_file(tmp_path, text)
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert text_of(path) == text.replace("34", "35")


def test_yaml_under_the_name_of_a_json_file_stays_yaml_with_its_comments(tmp_path: Path) -> None:
    path = case_file(tmp_path, COMMENTED, "case.json")
    save_answer(path, BOOK, "left_on", RecordedAnswer(date(2019, 11, 2)))
    assert text_of(path) == COMMENTED.replace("  - torture\n", "  - torture\n  left_on: 2019-11-02\n")


FLOW = """\
{ # the whole of it
  format: 1, case: MIN-1, # a number
  claim: , about: {needs: , documents: [none]},
  # who
  facts: {age: {answer: 34, note: }, way_out: air} # asked twice
}
"""


@pytest.mark.parametrize("name", ["case.yaml", "case.json"])
def test_what_is_written_again_as_a_whole_keeps_comments_empty_lines_and_long_answers(
    name: str, tmp_path: Path
) -> None:
    path = case_file(tmp_path, FLOW, name)
    save_answer(path, BOOK, "left_on", RecordedAnswer(date(2019, 11, 2)), profile="strict")
    document = parse_document(path.read_bytes(), name)
    assert document.data == {
        "format": 1, "case": "MIN-1", "profile": "strict", "claim": None,
        "about": {"needs": None, "documents": ["none"]},
        "facts": {"age": {"answer": 34, "note": None}, "way_out": "air", "left_on": "2019-11-02"},
    }  # fmt: skip
    words = [words for _, words in comments(document.text).values()]
    assert words == ["# the whole of it", "# a number", "# who", "# asked twice"]


def test_a_json_file_keeps_the_order_of_its_keys_and_what_a_case_leaves_out(tmp_path: Path) -> None:
    data = {"facts": {"age": {"answer": 34, "note": None}}, "claim": None, "case": "MIN-1", "format": 1}
    path = case_file(tmp_path, json.dumps(data), "case.json")
    save_answer(path, BOOK, "way_out", RecordedAnswer("air"))
    data["facts"]["way_out"] = "air"
    assert list(json.loads(text_of(path)).items()) == list(data.items())


@pytest.mark.parametrize(
    ("before", "after"),
    [("facts:  # why\n  # who\n# below\n", "# why\nfacts:\n  age: 35\n  # who\n# below\n"),
     ("facts: {age: 34}  # one\n", "# one\nfacts:\n  age: 35\n"),
     ("facts: {\n  # one\n  age: 34, way_out: air  # two\n  }\n",
      "# one\n# two\nfacts:\n  age: 35\n  way_out: air\n")],
)  # fmt: skip
def test_a_comment_in_the_lines_of_all_answers_stays(before: str, after: str, tmp_path: Path) -> None:
    path = case_file(tmp_path, HEAD + before)
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert text_of(path) == HEAD + after


def test_a_story_that_breaks_off_at_the_end_of_the_file_stays_as_it_is(tmp_path: Path) -> None:
    path = case_file(tmp_path, (HEAD + "# asked\nclaim: |\n  They came at n").replace("\n", "\r\n"))
    save_answer(path, BOOK, "age", RecordedAnswer(35))
    assert read_case(path, BOOK).claim == "They came at n"
    text = text_of(path)
    assert text.count("\n") == text.count("\r\n")
    assert text.count("# asked") == 1


HEADERS = {
    "profile": ["profile: strict\n", "profile:\n", "# a\n\nprofile: unhcr  # b\n"],
    "claim": ["claim: |\n  # said\n  x\n", "claim: 'x # y'  # c\n", "claim:\n", "claim: >+\n  x\n\n\n",
              "claim: 'x\n\n  # y\n  z'\n"],
    "about": ["about: {needs: , office: [A]}  # d\n", "about:\n  documents:\n  - x\n  # e\n  - y\n"],
}  # fmt: skip
HEADER = st.fixed_dictionaries({}, optional={key: st.sampled_from(texts) for key, texts in HEADERS.items()})
FACTS = st.sampled_from(
    ["", "facts:\n", "facts: {}  # f\n", "facts: {age: 3, way_out: {answer: air}} # g\n",
     "facts:\n\n  # h\n  age: 3 # i\n", "facts:\n      way_out:\n        answer: air # GOES\n        note:\n",
     "facts:\n  harms_feared:\n  - hunger # j\n  # k\n", "facts: # l\n  ? age\n  : 3\n",
     "facts:\n  way_out: {answer: air, # GOES\n    note: 'x\n\n      y'}\n  age: 3"]
)  # fmt: skip


@FEWER
@given(HEADER, FACTS, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["left_on", "way_out"]))
def test_saving_changes_nothing_but_the_answer(header: dict[str, str], facts: str, ending: str, fact: str) -> None:
    text = (HEAD + "".join(header.values()) + facts).replace("\n", ending)
    with tempfile.TemporaryDirectory() as folder:
        path = case_file(Path(folder), text)
        before = parse_document(text.encode(), "f")
        save_answer(path, BOOK, fact, UNKNOWN)
        after = parse_document(path.read_bytes(), "f")
    answers = before.data.get("facts") or {}
    assert after.data == {**before.data, "facts": {**answers, fact: "unknown"}}
    assert [*after.data["facts"]] == [*answers, *([] if fact in answers else [fact])]
    kept, were = ({words for _, words in comments(one.text).values()} - {"# GOES"} for one in (after, before))
    assert kept == were

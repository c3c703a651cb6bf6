"""The terminal side of the interview: what can be typed, and what a caseworker sees and hears."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pexpect
import pyte
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from screen.case.evidence import Credibility, RecordedAnswer
from screen.cli.prompt.factory import PlainPrompter, TerminalPrompter, open_prompter
from screen.cli.prompt.parsing import (
    CREDIBILITY_LABELS,
    AnswerContext,
    PromptCommand,
    annotations,
    clip,
    entries,
    expected_for_type,
    format_answer,
    latin_keys,
    parse_credibility,
    parse_input,
    record_answer,
    similar_entries,
    unreadable_message,
)
from screen.cli.prompt.terminal import matching_countries
from screen.interview.conversation import AnswerReply, Back, QuestionView, Quit, Review
from screen.logic import Answer
from screen.rulebook.model import Fact
from screen.text import display_width, wrap
from tests.paths import ROOT

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
HOSTILE = "she said \x1b[2J\x1b]0;owned\x07 \x9b31m \u202etfel [bold red]APPROVED[/] \u2066x"


def view(kind: str, *options: tuple[str, str], before: RecordedAnswer | None = None, **other: object) -> QuestionView:
    """A question of this type, built by hand."""
    fact = Fact("asked", "Asked?", kind, options, "flight", None, None, (), "shared", "low", "person")
    shown = (("yes", "Yes"), ("no", "No")) if kind == "yes_no" else options
    plain = QuestionView(
        fact, 3, "Did she leave without a permit?", shown, "It bears on penalty.", ("Fear", "Penalty"),
        ("Handbook 61",), "A pass is a permit.", 4, 9, "The flight", before,
    )  # fmt: skip
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


YES_NO = view("yes_no")
LEVEL = view("level", ("petty", "petty"), ("medium", "of medium weight"), ("grave", "grave"), ("gravest", "gravest"))
MANY = view(
    "many", ("camp", "camp guard"), ("police", "secret police"), ("theft", "theft of food"), ("camp_2", "tents")
)
OWN_NONE = view("many", ("camp", "camp guard"), ("police", "police"), ("none", "none of these"))
NUMBER, DAY, TEXT = view("number"), view("date"), view("text")
COUNTRIES = (
    ("CI", "Côte d'Ivoire"), ("CN", "China"), ("KP", "North Korea"), ("KR", "South Korea"), ("MK", "North Macedonia"),
    ("NE", "Niger"), ("NG", "Nigeria"), ("NO", "Norway"),
)  # fmt: skip
COUNTRY = view("country", *COUNTRIES)
EVERY = (YES_NO, LEVEL, MANY, NUMBER, DAY, TEXT, COUNTRY)


def each(answers: dict[object, tuple[str, ...]]) -> list[tuple[str, object]]:
    """Every word with what it says."""
    return [(word, answer) for answer, words in answers.items() for word in words]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "answer"),
    each(
        {
            YES: ("y", "yes", "Y", " YES ", "\uff59", "1", "예", "네", "ㅛ", "ye"),
            NO: ("n", "no", "N", "No", "2", "아니오", "아니요", "아뇨", "ㅜ"),
            UNKNOWN: ("u", "unknown", "U", "3", "모름", "몰라", "ㅕ", "unk"),
        }
    ),
)
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_yes_no_and_unknown_are_read_in_both_languages_and_every_form(typed: str, answer: Answer, form: str) -> None:
    assert parse_input(unicodedata.normalize(form, typed), YES_NO) is answer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "x",
        "yn",
        "yes no",
        "0",
        "4",
        "true",
        "y.",
        "nope",
        "에",
        "ㅇ",
        "않음",
        "아",
        "\x1b[A",
        "\ufffd",
        "dP",
        "maybe",
    ],
)
def test_what_is_no_answer_is_none_and_never_a_guess(typed: str) -> None:
    assert parse_input(typed, YES_NO) is None


def test_loose_jamo_of_a_korean_word_are_that_word() -> None:
    assert parse_input("ㅇㅖ", YES_NO) is YES
    assert parse_input("ㅁㅗㄹㅡㅁ", YES_NO) is UNKNOWN


@pytest.mark.parametrize(
    ("typed", "command"),
    each(
        {
            PromptCommand.BACK: ("b", "back", "ㅠ", "\u1172", "\uff22"),
            PromptCommand.HELP: ("?", "\uff1f", "h", "help", "ㅗ"),
            PromptCommand.WHY: ("w", "why", "ㅈ", "\u110c", "\uffb8"),
            PromptCommand.REVIEW: ("r", "review", "ㄱ", "\u1100"),
            PromptCommand.NOTE: ("t", "note", "ㅅ"),
            PromptCommand.MORE: ("m", "more", "ㅡ"),
            PromptCommand.QUIT: ("q", "QUIT", "ㅂ", "\u1107", "벼ㅑㅅ"),
        }
    ),
)
@pytest.mark.parametrize("asked", EVERY, ids=lambda one: one.fact.type)
def test_commands_are_the_same_at_every_question(typed: str, command: PromptCommand, asked: QuestionView) -> None:
    assert parse_input(typed, asked) is command


@pytest.mark.parametrize("asked", EVERY, ids=lambda one: one.fact.type)
@pytest.mark.parametrize("typed", ["u", "unknown", "Unknown", "모름", "몰라", "ㅕ"])
def test_unknown_is_an_answer_to_every_question(asked: QuestionView, typed: str) -> None:
    assert parse_input(typed, asked) is UNKNOWN


def test_latin_keys_are_those_of_the_two_set_layout() -> None:
    assert latin_keys("뮤ㅣㅔ") == "abnlp"[:0] + "lp"[1:] if False else latin_keys("ㅃㅉㄸㄲㅆㅒㅖ") == "QWERTOP"
    assert latin_keys("한글") == "gksrmf"
    assert latin_keys("값") == "rkqt"
    assert latin_keys("yes") is None


@pytest.mark.parametrize(
    ("typed", "option"),
    each(
        {
            "petty": ("1", "petty", "PET", "ㅔㄷㅅ쇼"),
            "medium": ("2", "medium", "of med"),
            "grave": ("3", "grave"),
            "gravest": ("4", "graves"),
        }
    ),
)
def test_a_choice_is_read_by_number_name_or_unique_beginning(typed: str, option: str) -> None:
    assert parse_input(typed, LEVEL) == option


@pytest.mark.parametrize(
    "typed", ["p", "gr", "grav", "g", "0", "6", "01", "1 2", "1,2", "yes", "예", "none", "weight", "²"]
)
def test_a_choice_that_fits_two_or_none_is_not_read(typed: str) -> None:
    assert parse_input(typed, LEVEL) is None


def test_a_number_and_a_name_that_part_are_not_read() -> None:
    crossed = view("choice", ("2", "first"), ("1951", "the second"), ("other", "first"))
    assert parse_input("2", crossed) is None
    assert parse_input("1951", crossed) == "1951"
    assert parse_input("first", crossed) is None


@pytest.mark.parametrize(
    ("typed", "options"),
    each(
        {
            frozenset({"camp"}): ("1", "camp", "camp g"),
            frozenset({"police"}): ("2", "secret police", "secret"),
            frozenset({"camp", "police"}): ("1,2", "1 2", "2, 1", "camp police", "\uff11\uff0c\uff12"),
            frozenset({"camp", "theft"}): ("camp,theft", "camp guard, theft of food", "1、3"),
            frozenset(): ("none", "NONE", "없음", "5", "none of these", "ㅜㅐㅜㄷ"),
        }
    ),
)
def test_a_list_is_read_by_numbers_and_names(typed: str, options: frozenset[str]) -> None:
    assert parse_input(typed, MANY) == options


def test_a_list_that_can_be_read_in_two_ways_is_not_read() -> None:
    # The name of one option, or the first and the second: it is asked again.
    assert parse_input("camp 2", MANY) is None


@pytest.mark.parametrize(
    "typed", ["", ",", "1,", "1,,2", "1 1", "1,9", "none 1", "1, unknown", "none, unknown", "camp x", "예"]
)
def test_a_list_that_is_doubtful_is_not_read(typed: str) -> None:
    assert parse_input(typed, MANY) is None


def test_a_list_with_its_own_none_keeps_that() -> None:
    assert [name for name, _ in entries(OWN_NONE)] == ["camp", "police", "none", "unknown"]
    assert parse_input("none", OWN_NONE) == frozenset({"none"})
    assert parse_input("없음", OWN_NONE) == frozenset({"none"})
    assert parse_input("none, camp", OWN_NONE) is None
    assert parse_input("6", MANY) is UNKNOWN


@pytest.mark.parametrize(("typed", "number"), [("34", 34), (" 0 ", 0), ("2.5", 2.5), ("\uff13\uff14", 34), ("007", 7)])
def test_a_number_is_read(typed: str, number: float) -> None:
    assert parse_input(typed, NUMBER) == number


@pytest.mark.parametrize(
    "typed", ["", "-1", "1e3", "1,000", "1 2", "inf", "nan", "2.", ".5", "²", "½", "٣", "9" * 5000, "yes"]
)
def test_what_is_no_plain_number_is_not_read(typed: str) -> None:
    assert parse_input(typed, NUMBER) is None


def test_a_day_is_read_as_it_is_written_in_a_file() -> None:
    assert parse_input("2022-06-28", DAY) == date(2022, 6, 28)
    for typed in ("2022-6-28", "28.06.2022", "2022-02-30", "2022", "20220628", "1"):
        assert parse_input(typed, DAY) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    each(
        {
            "KP": ("kp", "KP", "north korea", "North K", "ㅏㅔ"),
            "CN": ("chi", "chㅑ"),
            "NO": ("no",),
            "CI": ("cote d'iv", "COTE D’IVOIRE"),
            "NE": ("niger",),
            "NG": ("nigeri",),
        }
    ),
)
def test_a_country_is_read_by_code_or_unique_beginning(typed: str, code: str) -> None:
    assert parse_input(typed, COUNTRY) == code


@pytest.mark.parametrize(
    "typed", ["korea", "north", "nor", "k", "xx", "1", "n", "y", "예", "아니오", "북한", "republic of korea"]
)
def test_a_country_that_is_doubtful_is_not_read(typed: str) -> None:
    assert parse_input(typed, COUNTRY) is None


def test_near_countries_are_listed() -> None:
    assert similar_entries("korea", COUNTRY) == ("North Korea (KP)", "South Korea (KR)")
    assert similar_entries("north", COUNTRY) == ("North Korea (KP)", "North Macedonia (MK)")
    assert "Norway (NO)" in similar_entries("norwey", COUNTRY)
    assert similar_entries("zzzz", COUNTRY) == similar_entries("k", COUNTRY) == ()
    assert unreadable_message("korea", COUNTRY) == (
        '"korea" is not an answer here. Near: North Korea (KP); South Korea (KR). '
        "Type two-letter code or name of a country, u unknown."
    )


def test_countries_are_offered_best_first_on_either_layout() -> None:
    assert matching_countries("kr", COUNTRY)[0] == ("KR", "South Korea")
    assert matching_countries("nor", COUNTRY)[0][1].startswith("Nor")
    assert ("KP", "North Korea") in matching_countries("nka", COUNTRY)
    assert matching_countries("채ㅅㄷ", COUNTRY)[0][0] == "CI"
    assert matching_countries("zzz", COUNTRY) == []


def test_text_is_kept_as_it_was_typed() -> None:
    assert parse_input("  그는 강을 건넜다. Yes. ", TEXT) == "그는 강을 건넜다. Yes."
    assert parse_input("no", TEXT) == "no"
    assert parse_input("예", TEXT) == "예"
    assert parse_input(" ", TEXT) is None


def test_every_entry_can_be_typed_by_its_number_and_said_in_words() -> None:
    for asked in (YES_NO, LEVEL, MANY, OWN_NONE):
        for place, _ in enumerate(entries(asked), 1):
            value = parse_input(str(place), asked)
            assert value is not None
            assert not isinstance(value, PromptCommand)
            assert format_answer(value, asked)
    assert format_answer(frozenset(), MANY) == "None of these"
    assert format_answer(frozenset({"theft", "camp"}), MANY) == "camp guard; theft of food"
    assert format_answer("KP", COUNTRY) == "North Korea"
    assert format_answer(date(2022, 6, 28), DAY) == "2022-06-28"
    assert format_answer(2.5, NUMBER) == "2.5"


def test_every_type_says_what_it_takes() -> None:
    for asked in EVERY:
        assert "u unknown" in expected_for_type(asked.fact.type)
        assert "Nothing was typed." in unreadable_message("", asked)


def test_credibility_is_read_by_number_or_beginning() -> None:
    for place, one in enumerate(CREDIBILITY_LABELS, 1):
        assert parse_credibility(str(place)) is one
        assert parse_credibility(CREDIBILITY_LABELS[one]) is one
    assert parse_credibility("ben") is Credibility.BENEFIT
    for typed in ("", "5", "x", "0"):
        assert parse_credibility(typed) is None


def test_what_was_said_with_the_answer_before_is_not_lost_when_it_is_given_again() -> None:
    before = RecordedAnswer(YES, Credibility.REJECTED, "interview 1", "she wept", date(2026, 1, 2))
    assert record_answer(YES, before, AnswerContext()) == before
    assert record_answer(YES, before, AnswerContext(note="")) == dataclasses.replace(before, note=None)
    assert record_answer(YES, None, AnswerContext(note="n", credibility=Credibility.ACCEPTED)) == RecordedAnswer(
        YES, Credibility.ACCEPTED, note="n"
    )


def test_a_changed_answer_does_not_inherit_the_judgement_of_another() -> None:
    before = RecordedAnswer(YES, Credibility.ACCEPTED, "interview 1", "she wept")
    assert record_answer(NO, before, AnswerContext()) == RecordedAnswer(
        NO, Credibility.NOT_ASSESSED, "interview 1", "she wept"
    )
    assert record_answer(NO, before, AnswerContext(credibility=Credibility.BENEFIT)).credibility is Credibility.BENEFIT


def test_korean_takes_two_columns_when_a_line_is_cut_or_wrapped() -> None:
    assert display_width("한글 a") == 6
    assert clip("가" * 30, 20) == "가" * 8 + "..."
    assert wrap("  가나다 라마바 사", 10) == ["  가나다", "  라마바", "  사"]
    assert wrap("", 10) == [""]


def test_a_long_note_is_shown_as_soon_as_a_short_one() -> None:
    long = "가 " * 500_000  # measured anew at each letter, it would take days
    assert annotations(RecordedAnswer(YES, note=long)) == f" (note: {('가 ' * 12).strip()}...)"
    assert len(wrap(long, 80)) > 10_000


# ── plain lines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def plain(typed: str) -> tuple[PlainPrompter, io.StringIO]:
    out = io.StringIO()
    return PlainPrompter(io.StringIO(typed), out), out


def test_a_plain_question_says_all_in_words() -> None:
    ask, out = plain("y\n")
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(YES))
    shown = out.getvalue()
    for words in (
        "Chapter: The flight", "Question 3 (4 of 9 conclusions open): Did she leave without a permit?",
        "  1. Yes (y)\n  2. No (n)\n  3. Unknown (u)\n", "Why asked: It bears on penalty.", "Decides: Fear; Penalty",
        "Source: Handbook 61", "b back, ? help, w why, t note, m more, r review, q save and quit", "Answer: ",
        "  Yes\n",
    ):  # fmt: skip
        assert words in shown


def test_the_chapter_is_said_when_it_changes() -> None:
    ask, out = plain("y\ny\ny\n")
    for chapter in ("The flight", "The flight", "Family"):
        ask.ask(dataclasses.replace(YES_NO, chapter=chapter))
    assert out.getvalue().count("Chapter: ") == 2


def test_an_unreadable_line_is_asked_again_and_end_of_input_quits() -> None:
    ask, out = plain("perhaps\n\nn\n")
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))
    assert '"perhaps" is not an answer here. Type y yes, n no, u unknown.' in out.getvalue()
    assert "Nothing was typed." in out.getvalue()
    assert isinstance(ask.ask(YES_NO), Quit)
    assert isinstance(plain("perhaps")[0].ask(YES_NO), Quit)


def test_a_last_line_without_an_end_is_an_answer() -> None:
    assert plain("아니오")[0].ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


def test_ctrl_c_at_a_plain_line_saves_and_quits() -> None:
    class Broken(io.StringIO):
        def readline(self, *_: object) -> str:
            raise KeyboardInterrupt

    assert isinstance(PlainPrompter(Broken(), io.StringIO()).ask(YES_NO), Quit)


@pytest.mark.parametrize(("typed", "reply"), [("b\n", Back), ("ㄱ\n", Review), ("quit\n", Quit)])
def test_plain_commands_end_the_question(typed: str, reply: type) -> None:
    assert isinstance(plain(typed)[0].ask(YES_NO), reply)


def test_help_and_why_are_answered_and_the_question_stays() -> None:
    ask, out = plain("?\nw\ny\n")
    assert ask.ask(dataclasses.replace(YES_NO, hangs_on=("A", "B", "C", "D", "E"))) == AnswerReply(RecordedAnswer(YES))
    shown = out.getvalue()
    assert "Decides: A; B; C; and 2 more (w)" in shown
    assert "A pass is a permit." in shown
    assert "  - E\n" in shown
    assert shown.count("Question 3: Did she leave") == 2


def test_a_note_is_kept_with_the_answer_that_follows_and_with_no_other() -> None:
    ask, out = plain("t\n그녀는 울었다\ny\nn\n")
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, note="그녀는 울었다"))
    assert "  Yes (note: 그녀는 울었다)" in out.getvalue()
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


def test_source_and_credibility_are_set_on_demand() -> None:
    ask, out = plain("m\ninterview 2\nmaybe\n2\ny\n")
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, Credibility.BENEFIT, "interview 2"))
    assert '"maybe" is none of these.' in out.getvalue()
    assert "With the answer that follows: benefit of the doubt; source: interview 2." in out.getvalue()


def test_enter_keeps_the_answer_before_with_all_that_was_said() -> None:
    before = RecordedAnswer(NO, Credibility.REJECTED, "interview 1", "she wept", date(2026, 1, 2))
    ask, out = plain("\n")
    assert ask.ask(dataclasses.replace(YES_NO, before=before)) == AnswerReply(before)
    assert "Answered before: No (rejected; source: interview 1; note: she wept)" in out.getvalue()
    assert "Enter keeps the answer before" in out.getvalue()


def test_a_note_and_a_source_are_kept_as_they_were_typed() -> None:
    ask, _ = plain("t\n  she  said:\t'go\u00a0\u3000now'  \nm\n p. 4,  file 7 \n\ny\n")
    assert ask.ask(YES_NO) == AnswerReply(
        RecordedAnswer(YES, source="p. 4,  file 7", note="she  said:\t'go\u00a0\u3000now'")
    )


def test_a_note_is_taken_away_with_a_dash_only() -> None:
    again = dataclasses.replace(YES_NO, before=RecordedAnswer(NO, note="she wept"))
    assert plain("t\n\nn\n")[0].ask(again) == AnswerReply(RecordedAnswer(NO, note="she wept"))
    assert plain("t\n-\nn\n")[0].ask(again) == AnswerReply(RecordedAnswer(NO))


def test_a_changed_answer_says_that_it_is_not_assessed() -> None:
    ask, out = plain("y\n")
    reply = ask.ask(dataclasses.replace(YES_NO, before=RecordedAnswer(NO, Credibility.REJECTED)))
    assert reply == AnswerReply(RecordedAnswer(YES))
    assert "The answer before was rejected; this one is not assessed." in out.getvalue()


def test_quitting_with_a_note_that_has_no_answer_is_asked_once_more() -> None:
    ask, out = plain("t\nshe wept\nq\nq\n")
    assert isinstance(ask.ask(YES_NO), Quit)
    assert "Not kept, for its question has no answer yet: asked (note: she wept)" in out.getvalue()


def test_a_note_waits_while_another_question_is_answered() -> None:
    ask, _ = plain("t\nshe wept\nb\nn\ny\n")
    other = view("yes_no")
    other = dataclasses.replace(other, fact=dataclasses.replace(other.fact, name="other"))
    assert isinstance(ask.ask(YES_NO), Back)
    assert ask.ask(other) == AnswerReply(RecordedAnswer(NO))
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, note="she wept"))


def test_a_note_with_an_arrow_key_in_it_is_typed_again() -> None:
    ask, out = plain("t\nshe\x1b[D wept\nshe wept\ny\n")
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, note="she wept"))
    assert "\x1b" not in out.getvalue()


def test_text_runs_to_a_full_stop_alone_so_that_no_line_of_it_answers_the_next_question() -> None:
    ask, _ = plain("He was taken.\n\nno\ny\n.\nn\n")
    assert ask.ask(TEXT) == AnswerReply(RecordedAnswer("He was taken.\n\nno\ny"))
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


def test_text_is_kept_when_the_input_ends_in_it() -> None:
    ask, _ = plain("He was taken.\nBy night")
    assert ask.ask(TEXT) == AnswerReply(RecordedAnswer("He was taken.\nBy night"))
    assert isinstance(ask.ask(YES_NO), Quit)


def test_an_undecodable_byte_is_asked_again_and_takes_nothing_along() -> None:
    raw = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\nn\ny\n"), encoding="utf-8", errors="replace")
    ask = PlainPrompter(raw, io.StringIO())
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))
    assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(YES))


def test_a_line_that_is_far_too_long_is_refused_at_once() -> None:
    ask, out = plain("a" * 3_000_000 + "\nKP" + " " * 3_000 + "\nKP\n")
    begun = time.monotonic()
    assert ask.ask(COUNTRY) == AnswerReply(RecordedAnswer("KP"))
    assert time.monotonic() - begun < 2
    assert out.getvalue().count("is not an answer here") == 2


def test_a_screen_that_cannot_show_korean_still_gets_the_question() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert PlainPrompter(io.StringIO("y\n"), out).ask(dataclasses.replace(YES_NO, ask="떠났습니까?")) == AnswerReply(
        RecordedAnswer(YES)
    )


def safe(shown: str) -> bool:
    return all(char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs") for char in shown)


def test_hostile_words_are_shown_and_do_nothing() -> None:
    before = RecordedAnswer("o", source=HOSTILE, note=HOSTILE)
    asked = view(
        "choice", ("o", HOSTILE), before=before, ask=HOSTILE, why=HOSTILE, hangs_on=(HOSTILE,), sources=(HOSTILE,),
        help=HOSTILE, chapter=HOSTILE,
    )  # fmt: skip
    ask, out = plain(f"{HOSTILE}\n?\nw\nt\n\nm\n\n\n1\n\n{HOSTILE}\n")
    assert ask.ask(asked) == AnswerReply(before)
    assert ask.review(((asked, HOSTILE),)) is None
    ask.tell(HOSTILE)
    assert "[bold red]APPROVED[/]" in out.getvalue()
    assert safe(out.getvalue())


def test_review_lists_every_answer_and_takes_a_number() -> None:
    answers = (
        (dataclasses.replace(YES_NO, before=RecordedAnswer(YES, Credibility.REJECTED, note="she wept")), "yes"),
        (dataclasses.replace(LEVEL, ask="How grave? " * 20, before=RecordedAnswer("petty")), "petty"),
    )
    ask, out = plain("7\n0\nx\n2\n\nq\n")
    assert ask.review(answers) == "asked"
    shown = out.getvalue()
    assert "  1. Did she leave without a permit? Yes (rejected; note: she wept)\n" in shown
    assert "... Petty\n" in shown
    assert shown.count("is no number of an answer") == 3
    assert ask.review(answers) is None
    assert ask.review(answers) is None
    assert ask.review(answers) is None  # the end of input
    assert ask.review(()) is None


# ── the terminal ────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def keyboard(keys: str) -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        yield pipe


UP, DOWN, LEFT, END = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[F"


@pytest.mark.parametrize(
    ("asked", "keys", "answer"),
    [
        (YES_NO, "y", YES), (YES_NO, "n", NO), (YES_NO, "u", UNKNOWN), (YES_NO, "ㅛ", YES), (YES_NO, "ㅜ", NO),
        (YES_NO, "\u1167", UNKNOWN), (YES_NO, "N", NO), (YES_NO, f"{DOWN}\r", YES), (YES_NO, f"{UP}\r", UNKNOWN),
        (YES_NO, "2\r", NO), (YES_NO, "\r\r 9n", NO), (YES_NO, "xㅁn\r9n", NO),
        (YES_NO, "\x1b[200~y\x1b[201~n", NO), (YES_NO, "\x1bOPn", NO),
        (LEVEL, "yn2\r2\r", "medium"), (LEVEL, "petty\r", "petty"), (LEVEL, f"pe{DOWN}\r", "petty"),
        (LEVEL, f"{DOWN}{DOWN}\r", "medium"), (LEVEL, "4\r", "gravest"),
        (LEVEL, "u", UNKNOWN),
        (MANY, "1 3 \r", frozenset({"camp", "theft"})), (MANY, "\r1  2 \r", frozenset({"police"})),
        (MANY, "1 5 \r", frozenset()), (MANY, "5 2 \r", frozenset({"police"})), (MANY, "1 u\r", UNKNOWN),
        (MANY, f" {END}{UP} \r", frozenset()), (OWN_NONE, "1 3 \r", frozenset({"none"})),
        (NUMBER, "34\r", 34), (NUMBER, "x\r35\r", 35), (NUMBER, "ㅕ\r", UNKNOWN),
        (DAY, "2022-06-28\r", date(2022, 6, 28)),
        (COUNTRY, "kp\r", "KP"), (COUNTRY, "korea\rsouth\r", "KR"),
        (TEXT, "one\x1b\rtwo\r", "one\ntwo"), (TEXT, "\x1b[200~one\nno\x1b[201~\r", "one\nno"),
        (TEXT, "one\x03\r", "one"),
    ],
)  # fmt: skip
def test_keys_answer(asked: QuestionView, keys: str, answer: object) -> None:
    with keyboard(keys):
        assert TerminalPrompter().ask(asked) == AnswerReply(RecordedAnswer(answer))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "reply"),
    [("b", Back), ("ㅠ", Back), (LEFT, Back), ("r", Review), ("q", Quit), ("ㅂ", Quit), ("\x03", Quit), ("\x04", Quit)],
)
@pytest.mark.parametrize("asked", [YES_NO, LEVEL, MANY, OWN_NONE], ids=lambda one: one.fact.type)
def test_keys_order(asked: QuestionView, keys: str, reply: type) -> None:
    with keyboard(keys):
        assert isinstance(TerminalPrompter().ask(asked), reply)


@pytest.mark.parametrize(
    ("keys", "reply"), [("b\r", Back), ("ㄱ\r", Review), ("q\r", Quit), ("\x03", Quit), ("\x04", Quit)]
)
@pytest.mark.parametrize("asked", [NUMBER, DAY, COUNTRY, TEXT], ids=lambda one: one.fact.type)
def test_commands_are_typed_where_the_answer_is_typed(asked: QuestionView, keys: str, reply: type) -> None:
    with keyboard(keys):
        assert isinstance(TerminalPrompter().ask(asked), reply)


def test_enter_alone_never_answers_a_fresh_question() -> None:
    for asked in (YES_NO, LEVEL, MANY, NUMBER, DAY, COUNTRY, TEXT):
        with keyboard("\r\r\rq\r"):
            assert isinstance(TerminalPrompter().ask(asked), Quit)


def test_a_key_hit_twice_does_not_answer_the_next_question() -> None:
    with keyboard("yy\r") as pipe:
        ask = TerminalPrompter()
        assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(YES))
        pipe.send_text("n")
        assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


@pytest.mark.parametrize(
    ("asked", "keys", "answer"),
    [
        (YES_NO, "아니오\r", NO), (YES_NO, "예\r", YES), (YES_NO, "모름\r", UNKNOWN), (YES_NO, "ㅁ\x7fn", NO),
        (YES_NO, "china\rn", NO), (YES_NO, "why2\r", NO), (YES_NO, "help2\r", NO), (LEVEL, "gravest\r", "gravest"),
        (MANY, "camp, police\r\r", frozenset({"camp", "police"})), (MANY, "3 camp\r\r", frozenset({"camp", "theft"})),
        (MANY, "none\r\r", frozenset()), (MANY, "1 none\r\r", frozenset()), (MANY, "unknown\r", UNKNOWN),
        (LEVEL, "more\r\r\r3\r", "grave"), (LEVEL, "무\r3\r", "grave"),
        (LEVEL, "medium\r\r\r3\r", "grave"), (MANY, "theft of food\r\r3 \r", frozenset({"theft"})),
    ],
)  # fmt: skip
def test_words_typed_at_a_list_are_read_whole(asked: QuestionView, keys: str, answer: object) -> None:
    with keyboard(keys):
        assert TerminalPrompter().ask(asked) == AnswerReply(RecordedAnswer(answer))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "answer"), [("yes", YES), ("no", NO), ("unknown", UNKNOWN), ("ㅕㅜㅏㅜㅐㅈㅜ", UNKNOWN)]
)
@pytest.mark.parametrize("after", [YES_NO, LEVEL, NUMBER, COUNTRY], ids=lambda one: one.fact.type)
def test_the_rest_of_a_word_answers_nothing_at_the_next_question(
    word: str, answer: Answer, after: QuestionView
) -> None:
    spain = dataclasses.replace(COUNTRY, options=(*COUNTRIES, ("ES", "Spain")))
    after = spain if after is COUNTRY else after
    with keyboard(word[0]) as pipe:
        ask = TerminalPrompter()
        assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(answer))
        pipe.send_text(word[1:] + "\rq\r")
        assert isinstance(ask.ask(after), Quit)


def test_a_letter_after_a_pause_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr("screen.cli.prompt.terminal.monotonic", lambda: next(clock))
    with keyboard("u") as pipe:
        ask = TerminalPrompter()
        assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(UNKNOWN))
        pipe.send_text("n")
        assert ask.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


def test_the_answer_before_is_marked_and_enter_keeps_it() -> None:
    for asked, value in (
        (YES_NO, NO), (LEVEL, "medium"), (MANY, frozenset({"camp"})), (MANY, frozenset()), (OWN_NONE, UNKNOWN),
        (NUMBER, 3), (DAY, date(2022, 6, 28)), (COUNTRY, "KP"), (TEXT, "one\ntwo"),
    ):  # fmt: skip
        before = RecordedAnswer(value, Credibility.ACCEPTED, "interview 1", "she wept")
        with keyboard("\r"):
            assert TerminalPrompter().ask(dataclasses.replace(asked, before=before)) == AnswerReply(before)
    with keyboard("b\r"):
        assert isinstance(TerminalPrompter().ask(dataclasses.replace(NUMBER, before=RecordedAnswer(3))), Back)
    with keyboard(f"{UP}4\r"):  # Up brings the line back to be mended
        assert TerminalPrompter().ask(dataclasses.replace(NUMBER, before=RecordedAnswer(3))) == AnswerReply(
            RecordedAnswer(34)
        )


def test_notes_more_help_and_why_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with keyboard("?w1 t그녀는 울었다\rmfile 7\r1\r2 \r"):
        reply = TerminalPrompter().ask(MANY)
    # What was ticked before the note was written is still ticked.
    given = RecordedAnswer(frozenset({"camp", "police"}), Credibility.ACCEPTED, "file 7", "그녀는 울었다")
    assert reply == AnswerReply(given)
    shown = capsys.readouterr().out
    assert "A pass is a permit." in shown
    assert "What hangs on it:" in shown
    assert "camp guard; secret police (accepted; source: file 7; note:" in shown


def test_review_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with keyboard("9\r1\r"):
        assert TerminalPrompter().review(((YES_NO, "yes"),)) == "asked"
    with keyboard("\r"):
        assert TerminalPrompter().review(((YES_NO, "yes"),)) is None
    assert "  1. Did she leave without a permit? Yes\n" in capsys.readouterr().out


def test_hostile_words_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    asked = view(
        "choice", ("o", HOSTILE), before=RecordedAnswer("o", note=HOSTILE), ask=HOSTILE, chapter=HOSTILE, help=HOSTILE
    )
    with keyboard("?wt\r1\r"):
        ask = TerminalPrompter()
        ask.ask(asked)
        ask.tell(HOSTILE)
    shown = capsys.readouterr().out
    assert safe(shown)
    assert "[bold red]APPROVED[/]" in shown


@pytest.mark.parametrize("term", ["", "dumb", "unknown", "xterm-256color"])
def test_without_a_terminal_the_lines_are_plain(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    assert isinstance(open_prompter(plain=False), PlainPrompter)  # pytest's streams are no terminal
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(getattr(sys, stream), "isatty", lambda: True)
    assert isinstance(open_prompter(plain=True), PlainPrompter)
    assert isinstance(open_prompter(plain=False), TerminalPrompter if term.startswith("xterm") else PlainPrompter)


SCRIPT = """
import dataclasses, sys
from screen.cli.prompt.factory import asker
from screen.interview.conversation import View
from screen.rulebook.terms import Fact
ask = "신청인은 출국 허가 없이 북한을 떠났습니까? 그리고 어머니와 함께 강을 건너 중국으로 갔습니까? Asked in one."
fact = Fact("asked", ask, "yes_no", (), "flight", None, None, (), "shared", "low", "person")
view = View(fact, 1, ask, (("yes", "Yes  예"), ("no", "No  아니요")), None, (), ("출처 61",), None, 4, 9, "탈출", None)
one = asker(plain=sys.argv[1] == "plain")
if sys.argv[1] == "country":
    fact = dataclasses.replace(fact, type="country")
    view = dataclasses.replace(view, fact=fact, options=(("KP", "North Korea"), ("KR", "South Korea")))
    print("RESULT", one.question(view).given.value, flush=True)
    raise SystemExit
for _ in range(2):
    print("RESULT", one.question(view).given.value.name, flush=True)
"""


def spawned(how: str, columns: int = 80, **env: str) -> pexpect.spawn:
    environment = {
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "src"),
        "PROMPT_TOOLKIT_NO_CPR": "1",
        **env,
    }
    return pexpect.spawn(
        sys.executable, ["-c", SCRIPT, how], env=environment, dimensions=(24, columns), encoding="utf-8", timeout=15
    )


def test_a_real_terminal_shows_korean_in_a_whole_panel_and_takes_keys() -> None:
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    child = spawned("keys")
    try:
        child.expect("save and quit")
        stream.feed(child.before + child.after)
        shown = screen.display
        top = next(row for row, line in enumerate(shown) if line.startswith("╭"))
        bottom = next(row for row, line in enumerate(shown) if line.startswith("╰"))
        assert "Question 1 - 탈출" in shown[top]
        assert "신청인은 출국 허가 없이" in shown[top + 1]
        assert "4 of 9 conclusions open" in shown[bottom]
        assert bottom - top > 3
        for row in range(top + 1, bottom):
            assert screen.buffer[row][79].data == "│", shown[row]  # Korean takes two columns, so the edge is straight
        assert any("1. Yes 예 (y)" in line for line in shown)
        assert any("3. Unknown (u)" in line for line in shown)
        assert "\x1b[?1049h" not in child.before  # no second screen
        child.send("n")
        child.expect("RESULT NO")
        stream.feed(child.before + child.after)
        child.expect("save and quit")
        stream.feed(child.before + child.after)
        assert "  No 아니요" in "\n".join(screen.display)
        assert sum("Question 1" in line for line in screen.display) == 2  # the first is still there to read
        child.send("ㅛ")
        child.expect("RESULT YES")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_key_lines_are_broken_between_words_at_every_width(columns: int) -> None:
    screen = pyte.Screen(columns, 24)
    stream = pyte.Stream(screen)
    child = spawned("keys", columns)
    try:
        child.expect("save")
        said = child.before + child.after
        child.expect("quit")
        stream.feed(said + child.before + child.after)
        keys = [line.rstrip() for line in screen.display[screen.display.index(next(
            line for line in screen.display if line.startswith("y yes"))):]]  # fmt: skip
        assert not any(line.startswith(" ") for line in keys)
        assert "y yes, n no, u unknown, or arrows or a number and Enter." in " ".join(keys)
    finally:
        child.close(force=True)


def test_a_country_is_picked_from_what_is_offered_and_only_when_it_is_picked() -> None:
    child = spawned("country")
    try:
        child.expect("Answer:")
        child.send("korea")
        child.expect(r"South Korea \(KR\)")
        child.send("\r")
        child.expect("Near: North Korea")
        child.expect("Answer:")
        child.send("korea")
        child.expect(r"South Korea \(KR\)")
        child.send(DOWN + DOWN + "\r")
        child.expect("RESULT KR")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


@pytest.mark.parametrize(("how", "env"), [("plain", {}), ("keys", {"TERM": "dumb"})])
def test_a_real_terminal_without_drawing_gets_no_escape_sequence(how: str, env: dict[str, str]) -> None:
    child = spawned(how, **env)
    try:
        child.expect("Answer: ")
        seen = child.before
        child.sendline("아니오")
        child.expect("RESULT NO")
        seen += child.before
        child.expect("Answer: ")
        seen += child.before
        child.sendline("y")
        child.expect("RESULT YES")
        seen += child.before
        assert "\x1b" not in seen
    finally:
        child.close(force=True)


def test_marks_are_words() -> None:
    assert annotations(RecordedAnswer(YES)) == ""
    assert annotations(RecordedAnswer(YES, Credibility.BENEFIT, note="x")) == " (benefit of the doubt; note: x)"


def test_importing_it_loads_neither_screen_library() -> None:
    code = (
        "import sys, screen.cli.prompt.factory; sys.exit(bool({'rich', 'prompt_toolkit', 'typer'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ── States by other names ───────────────────────────────────────────────────────────────────────────────────────────

NAMED = dataclasses.replace(
    COUNTRY,
    options=(("AD", "Andorra"), ("CD", "Democratic Republic of the Congo"), *COUNTRIES),
    synonyms={
        "CN": ("중국", "PRC"),
        "KP": ("북한", "DPRK", "Democratic People's Republic of Korea"),
        "KR": ("한국", "ROK"),
    },
)


@pytest.mark.parametrize(
    ("typed", "code"),
    each(
        {"CN": ("중국", "prc"), "KP": ("북한", "dprk", "Democratic People’s Republic of Korea"), "KR": ("한국", "ROK")}
    ),
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_state_is_also_known_by_what_people_write_for_it(typed: str, code: str, form: str) -> None:
    assert parse_input(unicodedata.normalize(form, typed), NAMED) == code
    assert matching_countries(typed, NAMED)[0][0] == code


def test_the_beginning_of_another_name_is_offered_and_never_taken() -> None:
    assert parse_input("democratic p", NAMED) is None
    assert similar_entries("democratic people", NAMED) == ("North Korea (KP)",)
    assert similar_entries("한", NAMED) == ()
    assert similar_entries("중국인", NAMED) == ("China (CN)",)


# ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("typed", "reply"), [("b\n", Back), ("r\n", Review), ("\n", Quit), ("q\n", Quit), ("", Quit),
                                              ("ㅠ\n", Back), ("n\nback\n", Back)])  # fmt: skip
def test_at_the_end_one_can_go_back_review_or_finish(typed: str, reply: type) -> None:
    ask, out = plain(typed)
    assert isinstance(ask.ask_at_end(), reply)
    assert "b back, r review, Enter to finish" in out.getvalue()


@pytest.mark.parametrize(("keys", "reply"), [("b\r", Back), ("r\r", Review), ("\r", Quit), ("\x03", Quit)])
def test_at_the_end_the_keys_are_the_same_at_a_terminal(keys: str, reply: type) -> None:
    with keyboard(keys):
        assert isinstance(TerminalPrompter().ask_at_end(), reply)


def test_a_flood_of_keys_is_one_paste_whose_arrows_move_nothing():
    from prompt_toolkit.key_binding import KeyPress
    from prompt_toolkit.keys import Keys

    from screen.cli.prompt.pasting import _gathered, _without_moves

    flood = [KeyPress(Keys.Up, "\x1b[A"), KeyPress(Keys.BracketedPaste, "x\n"), KeyPress("y", "y")] * 200
    flood.append(KeyPress(Keys.ControlC, "\x03"))
    said = list(_gathered(_without_moves(flood)))
    assert [(key.key, key.data) for key in said] == [
        (Keys.BracketedPaste, ("x\ny" * 200)),
        (Keys.ControlC, "\x03"),
    ]

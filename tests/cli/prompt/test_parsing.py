"""What was typed, read as an answer or a command: as it is meant, or not at all."""

from __future__ import annotations

import dataclasses
import unicodedata
from datetime import date

import pytest

from screen.case.evidence import Credibility, RecordedAnswer
from screen.cli.prompt.normalise import latin_keys
from screen.cli.prompt.parsing import (
    AnswerContext,
    PromptCommand,
    expected_for_type,
    parse_credibility,
    parse_input,
    record_answer,
    similar_entries,
    unreadable_message,
)
from screen.cli.prompt.terminal import matching_countries
from screen.interview.view import CREDIBILITY_LABELS, clip, entries, format_annotations, format_answer
from screen.logic import Answer
from screen.text import display_width, wrap
from tests.cli.prompt.questions import (
    COUNTRIES,
    COUNTRY,
    DAY,
    EVERY,
    LEVEL,
    MANY,
    NO,
    NUMBER,
    OWN_NONE,
    TEXT,
    UNKNOWN,
    YES,
    YES_NO,
    pairs,
    view,
)


@pytest.mark.parametrize(
    ("typed", "answer"),
    pairs(
        {
            YES: ("y", "yes", "Y", " YES ", "\uff59", "1", "예", "네", "ㅛ", "ye"),
            NO: ("n", "no", "N", "No", "2", "아니오", "아니요", "아뇨", "ㅜ"),
            UNKNOWN: ("u", "unknown", "U", "3", "모름", "몰라", "ㅕ", "unk"),
        }
    ),
)
def test_yes_no_and_unknown_are_read_in_both_languages_and_every_form(typed: str, answer: Answer) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert parse_input(unicodedata.normalize(form, typed), YES_NO) is answer, form  # type: ignore[arg-type]


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
def test_what_is_no_answer_is_never_guessed(typed: str) -> None:
    assert parse_input(typed, YES_NO) is None


def test_loose_jamo_of_a_korean_word_are_that_word() -> None:
    assert parse_input("ㅇㅖ", YES_NO) is YES
    assert parse_input("ㅁㅗㄹㅡㅁ", YES_NO) is UNKNOWN


@pytest.mark.parametrize(
    ("typed", "command"),
    pairs(
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
def test_commands_are_the_same_at_every_question(typed: str, command: PromptCommand) -> None:
    for question in EVERY:
        assert parse_input(typed, question) is command, question.fact.type


@pytest.mark.parametrize("typed", ["u", "unknown", "Unknown", "모름", "몰라", "ㅕ"])
def test_unknown_is_an_answer_to_every_question(typed: str) -> None:
    for question in EVERY:
        assert parse_input(typed, question) is UNKNOWN, question.fact.type


def test_latin_keys_are_those_of_the_two_set_layout() -> None:
    assert latin_keys("ㅃㅉㄸㄲㅆㅒㅖ") == "QWERTOP"
    assert latin_keys("한글") == "gksrmf"
    assert latin_keys("값") == "rkqt"
    assert latin_keys("yes") is None


@pytest.mark.parametrize(
    ("typed", "option"),
    pairs(
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


def test_a_number_of_one_option_that_is_the_name_of_another_is_not_read() -> None:
    crossed = view("choice", ("2", "first"), ("1951", "the second"), ("other", "first"))
    assert parse_input("2", crossed) is None
    assert parse_input("1951", crossed) == "1951"
    assert parse_input("first", crossed) is None


@pytest.mark.parametrize(
    ("typed", "options"),
    pairs(
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
    pairs(
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


def test_similar_countries_are_listed() -> None:
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
    for question in (YES_NO, LEVEL, MANY, OWN_NONE):
        for place, _ in enumerate(entries(question), 1):
            value = parse_input(str(place), question)
            assert value is not None
            assert not isinstance(value, PromptCommand)
            assert format_answer(value, question)
    assert format_answer(frozenset(), MANY) == "None of these"
    assert format_answer(frozenset({"theft", "camp"}), MANY) == "camp guard; theft of food"
    assert format_answer("KP", COUNTRY) == "North Korea"
    assert format_answer(date(2022, 6, 28), DAY) == "2022-06-28"
    assert format_answer(2.5, NUMBER) == "2.5"


def test_every_type_says_what_it_takes() -> None:
    for question in EVERY:
        assert "u unknown" in expected_for_type(question.fact.type)
        assert "Nothing was typed." in unreadable_message("", question)


def test_credibility_is_read_by_number_or_beginning() -> None:
    for number, credibility in enumerate(CREDIBILITY_LABELS, 1):
        assert parse_credibility(str(number)) is credibility
        assert parse_credibility(CREDIBILITY_LABELS[credibility]) is credibility
    assert parse_credibility("ben") is Credibility.BENEFIT
    for typed in ("", "5", "x", "0"):
        assert parse_credibility(typed) is None


def test_annotations_of_the_previous_answer_are_kept_when_it_is_given_again() -> None:
    before = RecordedAnswer(YES, Credibility.REJECTED, "interview 1", "she wept", date(2026, 1, 2))
    assert record_answer(YES, before, AnswerContext()) == before
    assert record_answer(YES, before, AnswerContext(note="")) == dataclasses.replace(before, note=None)
    assert record_answer(YES, None, AnswerContext(note="n", credibility=Credibility.ACCEPTED)) == RecordedAnswer(
        YES, Credibility.ACCEPTED, note="n"
    )


def test_a_changed_answer_does_not_inherit_the_credibility_of_the_previous_one() -> None:
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
    assert format_annotations(RecordedAnswer(YES, note=long)) == f" (note: {('가 ' * 12).strip()}...)"
    assert len(wrap(long, 80)) > 10_000


def test_annotations_are_words() -> None:
    assert format_annotations(RecordedAnswer(YES)) == ""
    assert format_annotations(RecordedAnswer(YES, Credibility.BENEFIT, note="x")) == " (benefit of the doubt; note: x)"


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
    pairs(
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

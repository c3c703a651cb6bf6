"""Questions in plain lines, as a caseworker reads them and answers."""

from __future__ import annotations

import dataclasses
import io
import time
from datetime import date

import pytest

from screen.case.evidence import Credibility, RecordedAnswer
from screen.cli.prompt.plain import PlainPrompter
from screen.interview.conversation import AnswerReply, Back, Quit, Review
from tests.cli.prompt.questions import (
    COUNTRY,
    HOSTILE,
    LEVEL,
    NO,
    TEXT,
    YES,
    YES_NO,
    is_safe,
    view,
)


def plain(typed: str) -> tuple[PlainPrompter, io.StringIO]:
    out = io.StringIO()
    return PlainPrompter(io.StringIO(typed), out), out


def test_a_plain_question_says_all_in_words() -> None:
    prompter, out = plain("y\n")
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(YES))
    shown = out.getvalue()
    for words in (
        "Chapter: The flight", "Question 3 (4 of 9 conclusions open): Did she leave without a permit?",
        "  1. Yes (y)\n  2. No (n)\n  3. Unknown (u)\n", "Why asked: It bears on penalty.", "Decides: Fear; Penalty",
        "Source: Handbook 61", "b back, ? help, w why, t note, m more, r review, q save and quit", "Answer: ",
        "  Yes\n",
    ):  # fmt: skip
        assert words in shown


def test_the_chapter_is_said_when_it_changes() -> None:
    prompter, out = plain("y\ny\ny\n")
    for chapter in ("The flight", "The flight", "Family"):
        prompter.ask(dataclasses.replace(YES_NO, chapter=chapter))
    assert out.getvalue().count("Chapter: ") == 2


def test_an_unreadable_line_is_asked_again_and_end_of_input_quits() -> None:
    prompter, out = plain("perhaps\n\nn\n")
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))
    assert '"perhaps" is not an answer here. Type y yes, n no, u unknown.' in out.getvalue()
    assert "Nothing was typed." in out.getvalue()
    assert isinstance(prompter.ask(YES_NO), Quit)
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
    prompter, out = plain("?\nw\ny\n")
    assert prompter.ask(dataclasses.replace(YES_NO, criteria=("A", "B", "C", "D", "E"))) == AnswerReply(
        RecordedAnswer(YES)
    )
    shown = out.getvalue()
    assert "Decides: A; B; C; and 2 more (w)" in shown
    assert "A pass is a permit." in shown
    assert "  - E\n" in shown
    assert shown.count("Question 3: Did she leave") == 2


def test_a_note_is_kept_with_the_answer_that_follows_and_with_no_other() -> None:
    prompter, out = plain("t\n그녀는 울었다\ny\nn\n")
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, note="그녀는 울었다"))
    assert "  Yes (note: 그녀는 울었다)" in out.getvalue()
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


def test_source_and_credibility_are_set_on_demand() -> None:
    prompter, out = plain("m\ninterview 2\nmaybe\n2\ny\n")
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, Credibility.BENEFIT, "interview 2"))
    assert '"maybe" is none of these.' in out.getvalue()
    assert "With the answer that follows: benefit of the doubt; source: interview 2." in out.getvalue()


def test_enter_keeps_the_previous_answer_with_its_annotations() -> None:
    before = RecordedAnswer(NO, Credibility.REJECTED, "interview 1", "she wept", date(2026, 1, 2))
    prompter, out = plain("\n")
    assert prompter.ask(dataclasses.replace(YES_NO, previous_answer=before)) == AnswerReply(before)
    assert "Answered before: No (rejected; source: interview 1; note: she wept)" in out.getvalue()
    assert "Enter keeps the answer before" in out.getvalue()


def test_a_note_and_a_source_are_kept_as_they_were_typed() -> None:
    prompter, _ = plain("t\n  she  said:\t'go\u00a0\u3000now'  \nm\n p. 4,  file 7 \n\ny\n")
    assert prompter.ask(YES_NO) == AnswerReply(
        RecordedAnswer(YES, source="p. 4,  file 7", note="she  said:\t'go\u00a0\u3000now'")
    )


def test_a_note_is_taken_away_with_a_dash_only() -> None:
    again = dataclasses.replace(YES_NO, previous_answer=RecordedAnswer(NO, note="she wept"))
    assert plain("t\n\nn\n")[0].ask(again) == AnswerReply(RecordedAnswer(NO, note="she wept"))
    assert plain("t\n-\nn\n")[0].ask(again) == AnswerReply(RecordedAnswer(NO))


def test_a_changed_answer_says_that_it_is_not_assessed() -> None:
    prompter, out = plain("y\n")
    reply = prompter.ask(dataclasses.replace(YES_NO, previous_answer=RecordedAnswer(NO, Credibility.REJECTED)))
    assert reply == AnswerReply(RecordedAnswer(YES))
    assert "The answer before was rejected; this one is not assessed." in out.getvalue()


def test_quitting_with_a_note_that_has_no_answer_must_be_confirmed() -> None:
    prompter, out = plain("t\nshe wept\nq\nq\n")
    assert isinstance(prompter.ask(YES_NO), Quit)
    assert "Not kept, for its question has no answer yet: asked (note: she wept)" in out.getvalue()


def test_a_note_waits_while_another_question_is_answered() -> None:
    prompter, _ = plain("t\nshe wept\nb\nn\ny\n")
    other = view("yes_no")
    other = dataclasses.replace(other, fact=dataclasses.replace(other.fact, name="other"))
    assert isinstance(prompter.ask(YES_NO), Back)
    assert prompter.ask(other) == AnswerReply(RecordedAnswer(NO))
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, note="she wept"))


def test_a_note_with_an_arrow_key_in_it_is_typed_again() -> None:
    prompter, out = plain("t\nshe\x1b[D wept\nshe wept\ny\n")
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(YES, note="she wept"))
    assert "\x1b" not in out.getvalue()


def test_text_runs_to_a_full_stop_alone_so_that_no_line_of_it_answers_the_next_question() -> None:
    prompter, _ = plain("He was taken.\n\nno\ny\n.\nn\n")
    assert prompter.ask(TEXT) == AnswerReply(RecordedAnswer("He was taken.\n\nno\ny"))
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))


def test_text_is_kept_when_the_input_ends_in_it() -> None:
    prompter, _ = plain("He was taken.\nBy night")
    assert prompter.ask(TEXT) == AnswerReply(RecordedAnswer("He was taken.\nBy night"))
    assert isinstance(prompter.ask(YES_NO), Quit)


def test_an_undecodable_byte_is_asked_again_and_takes_nothing_along() -> None:
    raw = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\nn\ny\n"), encoding="utf-8", errors="replace")
    prompter = PlainPrompter(raw, io.StringIO())
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(NO))
    assert prompter.ask(YES_NO) == AnswerReply(RecordedAnswer(YES))


def test_a_line_that_is_far_too_long_is_refused_at_once() -> None:
    prompter, out = plain("a" * 3_000_000 + "\nKP" + " " * 3_000 + "\nKP\n")
    begun = time.monotonic()
    assert prompter.ask(COUNTRY) == AnswerReply(RecordedAnswer("KP"))
    assert time.monotonic() - begun < 2
    assert out.getvalue().count("is not an answer here") == 2


def test_a_screen_that_cannot_show_korean_still_gets_the_question() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert PlainPrompter(io.StringIO("y\n"), out).ask(dataclasses.replace(YES_NO, text="떠났습니까?")) == AnswerReply(
        RecordedAnswer(YES)
    )


def test_hostile_words_are_shown_and_do_nothing() -> None:
    before = RecordedAnswer("o", source=HOSTILE, note=HOSTILE)
    question = view(
        "choice",
        ("o", HOSTILE),
        previous_answer=before,
        text=HOSTILE,
        why=HOSTILE,
        criteria=(HOSTILE,),
        sources=(HOSTILE,),
        help=HOSTILE,
        chapter=HOSTILE,
    )
    prompter, out = plain(f"{HOSTILE}\n?\nw\nt\n\nm\n\n\n1\n\n{HOSTILE}\n")
    assert prompter.ask(question) == AnswerReply(before)
    assert prompter.review(((question, HOSTILE),)) is None
    prompter.tell(HOSTILE)
    assert "[bold red]APPROVED[/]" in out.getvalue()
    assert is_safe(out.getvalue())


def test_review_lists_every_answer_and_takes_a_number() -> None:
    answers = (
        (
            dataclasses.replace(YES_NO, previous_answer=RecordedAnswer(YES, Credibility.REJECTED, note="she wept")),
            "yes",
        ),
        (dataclasses.replace(LEVEL, text="How grave? " * 20, previous_answer=RecordedAnswer("petty")), "petty"),
    )
    prompter, out = plain("7\n0\nx\n2\n\nq\n")
    assert prompter.review(answers) == "asked"
    shown = out.getvalue()
    assert "  1. Did she leave without a permit? Yes (rejected; note: she wept)\n" in shown
    assert "... Petty\n" in shown
    assert shown.count("is no number of an answer") == 3
    assert prompter.review(answers) is None
    assert prompter.review(answers) is None
    assert prompter.review(answers) is None  # the end of input
    assert prompter.review(()) is None


@pytest.mark.parametrize(("typed", "reply"), [("b\n", Back), ("r\n", Review), ("\n", Quit), ("q\n", Quit), ("", Quit),
                                              ("ㅠ\n", Back), ("n\nback\n", Back)])  # fmt: skip
def test_at_the_end_a_person_can_go_back_review_or_finish(typed: str, reply: type) -> None:
    prompter, out = plain(typed)
    assert isinstance(prompter.ask_at_end(), reply)
    assert "b back, r review, Enter to finish" in out.getvalue()

"""The view of a question: everything that a terminal or a web page shows, without either of them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from screen.case.evidence import Credibility, RecordedAnswer
from screen.interview.next_question import next_question
from screen.interview.view import (
    QuestionView,
    entries,
    format_answer,
    help_lines,
    open_conclusions_line,
    question_context,
    reason_lines,
    view_question,
)
from screen.logic import Answer
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT
from tests.real_law import the_law

KOREA = {ORIGIN_FACT: RecordedAnswer("KP"), HOST_FACT: RecordedAnswer("CN")}


def next_view(given: dict[str, RecordedAnswer]) -> QuestionView:
    question = next_question(the_law(), given)
    assert question is not None
    return view_question(the_law(), given, question.fact, question.criteria, question)


def test_the_view_of_the_next_question_needs_no_terminal() -> None:
    script = (
        "import sys, screen.interview.view; print(*(name for name in sys.modules if name.startswith('screen.cli')))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout == "\n"


def test_a_view_names_the_two_states_where_they_are_known() -> None:
    view = next_view(KOREA)
    assert "{origin}" not in view.text + "".join(view.criteria)
    assert view.number == 3
    fact = next(fact for fact in the_law().facts.values() if "{origin}" in fact.ask)
    assert "North Korea" in view_question(the_law(), KOREA, fact, ()).text
    assert "the country of origin" in view_question(the_law(), {}, fact, ()).text.lower()


def test_a_view_says_how_many_conclusions_are_open_only_for_the_next_question() -> None:
    view = next_view(KOREA)
    assert open_conclusions_line(view) == f"{view.open_conclusions} of {len(the_law().conclusions)} conclusions open"
    assert open_conclusions_line(view_question(the_law(), KOREA, view.fact, ())) == ""


def test_every_fact_of_the_real_book_has_a_view_with_reasons_and_unknown_among_its_entries() -> None:
    for fact in the_law().facts.values():
        view = view_question(the_law(), KOREA, fact, ())
        assert "unknown" in dict(entries(view))
        assert reason_lines(view)
        assert help_lines(view)
        assert format_answer(Answer.UNKNOWN, view)


def test_the_previous_answer_is_shown_with_everything_recorded_with_it() -> None:
    fact = the_law().facts["left_without_permission"]
    recorded = RecordedAnswer(Answer.YES, Credibility.BENEFIT, source="interview", note="said so twice")
    view = view_question(the_law(), {**KOREA, fact.name: recorded}, fact, ())
    expected = "Yes (benefit of the doubt; source: interview; note: said so twice)"
    assert dict(question_context(view))["Answered before"] == expected
    assert view.number == 3  # the number of answers, not of the next question


def test_more_criteria_and_sources_than_are_shown_are_counted() -> None:
    view = replace(next_view(KOREA), criteria=("first", "second", "third", "fourth", "fifth"))
    assert dict(question_context(view, " (w)"))["Decides"] == "first; second; third; and 2 more (w)"
    assert [line for line in reason_lines(view) if line.startswith("  - f")] == ["  - first", "  - fourth", "  - fifth"]

"""A determination says which record it speaks of, what was not shown on it, and whose task the rest is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import pytest

from screen.case.case_file import Case
from screen.case.evidence import RecordedAnswer
from screen.case.record import Record
from screen.engine.compare import compare_profiles
from screen.engine.evaluate import evaluate
from screen.engine.finding import not_shown_under
from screen.logic import Answer
from screen.report.comparison_json import comparison_data, comparison_schema
from screen.report.determination import brief_blocks, determination_blocks, determine
from screen.report.determination_json import determination_data, determination_schema
from screen.report.explanation import explanation_blocks
from screen.report.markdown import render_markdown
from screen.report.text import render_text
from screen.report.wording import NOT_SHOWN_TEXTS
from screen.rulebook.model import RuleBook
from tests.real_law import the_law
from tests.rulebook.small_book import good_book

CLOSED = Record(is_closed=True, by="A. Officer", on=date(2026, 10, 9))
GIVEN = {
    "country_of_origin": RecordedAnswer("KP"),
    "host_country": RecordedAnswer("NO"),
    "age": RecordedAnswer(30),
    "left_without_permission": RecordedAnswer(Answer.YES),
    "exit_penalty": RecordedAnswer("none"),
}
CASE = Case("T-1", GIVEN, record=CLOSED)


def text_of(case: Case, book: RuleBook | None = None, *, closed: bool = False) -> str:
    """Return the determination of a case as lines without breaks."""
    determination = determine(book or good_book(), case, "unhcr", closed=closed)
    return render_text(determination_blocks(determination), 2000)


def brief_of(case: Case, *, closed: bool = False) -> str:
    return render_text(brief_blocks(determine(good_book(), case, "unhcr", closed=closed)), 2000)


def test_the_header_and_the_short_text_say_which_record_is_spoken_of() -> None:
    opened = replace(CASE, record=Record())
    assert "  Record             closed on 2026-10-09 by A. Officer\n" in text_of(CASE)
    assert "  Record             open\n" in text_of(opened)
    assert "  Record             open; read here as if it were closed\n" in text_of(opened, closed=True)
    assert "law as of 2026-11-01. Record closed on 2026-10-09 by A. Officer.\n" in brief_of(CASE)
    assert "law as of 2026-11-01. Record open.\n" in brief_of(opened)
    assert "- **Record** closed on 2026-10-09 by A. Officer" in render_markdown(
        determination_blocks(determine(good_book(), CASE, "unhcr"))
    )


def test_what_was_not_shown_is_told_with_the_burden_what_is_not_known_and_what_would_show_it() -> None:
    text = text_of(CASE)
    start = text.index("The penalty for leaving amounts to persecution: not met (not shown)\n")
    assert text[start:].splitlines()[1:4] == [
        "Not shown, and the applicant and the authority share the burden.",
        "  Not known      What does the applicant fear, when Norway sends them back?",
        "  Would show it  What happens to those sent back to North Korea is not known.",
    ]
    assert "The penalty does not amount to persecution." not in text  # nothing shows that
    assert "  Because    The penalty for leaving amounts to persecution: not met (not shown)\n" in text


@pytest.mark.parametrize("bearer", ["applicant", "shared", "authority"])
def test_every_burden_has_its_words(bearer: str) -> None:
    book = good_book()
    rule = replace(book.criteria["penalty_is_persecution"], burden=bearer)
    text = text_of(CASE, replace(book, criteria={**book.criteria, rule.name: rule}))
    # An authority's point with a judgement that is open stays open; the others are not shown.
    assert (NOT_SHOWN_TEXTS[bearer] in text) is True


def test_a_point_of_which_nothing_is_known_takes_one_line() -> None:
    text = text_of(CASE)
    assert "Not shown, because nothing relevant is known:\n- The applicant may not be returned (burden shared)." in text


def test_conclusions_say_which_points_were_not_shown_for_them() -> None:
    text = brief_of(CASE)
    assert "The applicant is not a refugee. Not shown: The penalty for leaving amounts to persecution." in text


def test_the_other_record_is_told_where_it_ends_otherwise_and_only_there() -> None:
    assert "On the open record: undetermined, no return meanwhile; 2 conclusions end otherwise.\n" in text_of(CASE)
    opened = replace(CASE, record=Record())
    assert "Were the record closed now: undetermined, no return meanwhile; 2 conclusions end" in text_of(opened)
    settled = {**GIVEN, "exit_penalty": RecordedAnswer("camp"), "served_in_guard": RecordedAnswer(Answer.NO)}
    settled["harms_feared"] = RecordedAnswer(frozenset({"torture"}))
    assert "the open record" not in text_of(replace(CASE, given=settled))


def test_what_stays_open_on_a_closed_record_says_whose_task_it_is() -> None:
    given = {**GIVEN, "exit_penalty": RecordedAnswer("fine")}
    text = text_of(replace(CASE, given=given))
    start = text.index("The penalty for leaving amounts to persecution: undetermined\n")
    assert text[start:].splitlines()[2:4] == [
        "  For a judgement  Weighed with all that is known, is a fine grave enough here?",
        "  Not known        What does the applicant fear, when Norway sends them back?",
    ]
    given = {**given, "country_of_origin": RecordedAnswer("CN"), "exit_penalty": RecordedAnswer(Answer.UNKNOWN)}
    text = text_of(replace(CASE, given=given))
    tasks = "for a judgement 1 fact, from country information 1 fact, not known 1 fact"
    assert f"- The penalty for leaving amounts to persecution: {tasks}\n" in text
    assert f"  The applicant is a refugee  {tasks}\n" in text
    assert "From country information:\n- What does the law of China do to those who leave?\n" in text


def test_a_closed_record_has_no_next_question_and_no_promise_that_unknown_is_nothing() -> None:
    determination = determine(good_book(), CASE, "unhcr")
    assert determination.next_question is None
    text = text_of(CASE)
    assert "WHAT WAS NOT SHOWN, AND WHAT STAYS OPEN" in text
    assert "next question" not in text.lower()
    assert "never counted against the applicant" not in text
    assert "On the closed record a point that whoever bears its burden has not shown is not met" in text
    assert "never counted against the applicant" in text_of(replace(CASE, record=Record()))


def test_an_explanation_says_what_would_show_a_point() -> None:
    findings = evaluate(good_book(), GIVEN, closed=True)
    text = render_text(explanation_blocks(findings, "penalty_is_persecution"), 2000)
    assert "What would show it\n" in text
    assert "- What does the applicant fear, when Norway sends them back?\n" in text
    assert "Otherwise it would read" not in text
    assert text.endswith("on the closed record.\n")


def test_points_not_shown_are_found_once_and_those_below_them_are_not() -> None:
    findings = evaluate(good_book(), GIVEN, closed=True)
    names = [point.criterion.name for point in not_shown_under(findings.criteria.values()) if point.criterion]
    assert sorted(names) == ["excluded", "no_return", "penalty_is_persecution"]
    assert not_shown_under(evaluate(good_book(), GIVEN).criteria.values()) == ()


@pytest.mark.parametrize("record", [Record(), CLOSED])
@pytest.mark.parametrize("closed", [False, True])
def test_json_gives_the_record_and_both_sets_of_findings(record: Record, closed: bool) -> None:
    case = replace(CASE, record=record)
    data: Any = determination_data(determine(good_book(), case, "unhcr", closed=closed))
    jsonschema.validate(data, determination_schema())
    read_as = "closed" if closed or record.is_closed else "open"
    state = {"state": "closed", "by": "A. Officer", "on": "2026-10-09"}
    assert data["record"] == (state if record.is_closed else {"state": "open", "by": None, "on": None}) | {
        "read_as": read_as
    }
    assert data["closed"]["findings"]["refugee"] == "not_met"
    assert data["closed"]["not_shown"] == {
        "penalty_is_persecution": "shared", "excluded": "authority", "no_return": "shared"
    }  # fmt: skip
    assert data["criteria"]["refugee"]["finding"] == ("not_met" if read_as == "closed" else "undetermined")
    not_shown = data["criteria"]["excluded"]["not_shown"]
    assert not_shown == ("authority" if read_as == "closed" else None)
    assert (data["next_question"] is None) is (read_as == "closed")


def test_a_comparison_in_json_says_which_record_it_reads() -> None:
    for closed in (False, True):
        comparison = compare_profiles(good_book(), GIVEN, closed=closed)
        data: Any = comparison_data(replace(CASE, record=Record()), comparison)
        jsonschema.validate(data, comparison_schema())
        assert data["record"]["read_as"] == ("closed" if closed else "open")
        assert ("On the closed record" in data["disclaimer"]) is closed


def test_the_closed_findings_of_the_law_are_those_of_the_evaluator() -> None:
    given = {name: GIVEN[name] for name in ("country_of_origin", "left_without_permission")}
    data: Any = determination_data(determine(the_law(), Case("T-1", given), "paper"))
    jsonschema.validate(data, determination_schema())
    findings = evaluate(the_law(), given, "paper", closed=True)
    assert data["closed"]["findings"] == {name: one.status.value for name, one in findings.criteria.items()}
    assert data["closed"]["recommendation"] == findings.recommendation
    assert data["closed"]["not_shown"]

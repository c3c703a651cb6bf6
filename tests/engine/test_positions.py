"""Objections, their answers and what is owed: they read the findings and change none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.case.case_file import check_case
from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.finding import Finding
from screen.engine.positions import find_positions, objection_stands
from screen.logic import Answer, Status
from screen.rulebook.model import Objection, ObjectionReply, Response, RuleBook
from screen.rulebook.terms import Term
from tests.engine.books import PROFILES, Small, case, pick, small, term_of, with_positions
from tests.real_law import RULES, its_cases, random_cases, the_law

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
MET, NOT_MET, OPEN, NONE = Status.MET, Status.NOT_MET, Status.UNDETERMINED, Status.NOT_APPLICABLE


@st.composite
def drawn_positions(draw: st.DrawFn) -> tuple[Small, dict[str, RecordedAnswer], str]:
    one = draw(with_positions())
    return one, case(draw, one), pick(draw, tuple(PROFILES))


@settings(max_examples=100)
@given(drawn_positions())
def test_objections_and_responses_never_change_a_finding(drawn: tuple[Small, dict[str, RecordedAnswer], str]) -> None:
    one, answers, profile = drawn
    findings = evaluate(one.book, answers, profile)
    before = dict(findings.criteria), dict(findings.established), findings.recommendation
    find_positions(findings)
    assert (dict(findings.criteria), dict(findings.established), findings.recommendation) == before
    bare = evaluate(replace(one.book, objections=(), responses=()), answers, profile)
    assert {name: finding.status for name, finding in bare.criteria.items()} == {
        name: finding.status for name, finding in findings.criteria.items()
    }
    assert bare.recommendation == findings.recommendation


@settings(max_examples=100)
@given(drawn_positions())
def test_a_position_ends_as_a_criterion_of_the_same_words_would(
    drawn: tuple[Small, dict[str, RecordedAnswer], str],
) -> None:
    one, answers, profile = drawn
    found = find_positions(evaluate(one.book, answers, profile))
    asked: list[tuple[Term | None, Finding | None]] = [
        (each.objection.raised_if, each.finding) for each in found.objections
    ]
    asked += [(reply.holds_if, when) for each in found.objections for reply, when in each.replies]
    asked += [(each.response.owed_if, each.finding) for each in found.responses]
    for term, when in asked:
        assert (term is None) is (when is None)
        if term is not None and when is not None:
            extra = replace(
                one.book.criteria[one.book.order[0]], name="extra", applies_if=None, holds_if=term, unless=()
            )
            book = replace(one.book, criteria=one.book.criteria | {"extra": extra}, order=(*one.book.order, "extra"))
            assert evaluate(book, answers, profile)["extra"].status is when.status


def book_with(raised_if: Term | None, owed_if: Term | None, holds_if: Term | None = None) -> RuleBook:
    inner = {"criterion": "c", "applies_if": "child", "holds_if": "fears"}
    objection = Objection(
        "O1", "Title", "China", raised_if, "Says.", (ObjectionReply("No.", holds_if, (), ()),), "Weak.", (), ()
    )
    response = Response("B1", "obligation", "Title", "Says.", owed_if, (), ())
    return replace(small({"criteria": [inner]}, ["c"]).book, objections=(objection,), responses=(response,))


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"child": YES, "fears": YES}, MET),
        ({"child": YES}, OPEN),  # what may come to fit is shown, and said to be open
        ({"child": YES, "fears": NO}, None),
        ({"child": NO}, None),  # what does not apply is out of the question
    ],
)
def test_what_is_out_of_the_question_is_not_raised_and_not_owed(
    answers: dict[str, Answer], state: Status | None
) -> None:
    book = book_with(term_of("c"), term_of("c"))
    found = find_positions(evaluate(book, {name: RecordedAnswer(value) for name, value in answers.items()}))
    expected = [] if state is None else [state]
    assert [each.finding and each.finding.status for each in found.objections] == expected
    assert [each.finding and each.finding.status for each in found.responses] == expected


def test_what_has_no_condition_always_stands() -> None:
    found = find_positions(evaluate(book_with(None, None), {}))
    assert [objection_stands(each.finding) for each in (*found.objections, *found.responses)] == [True, True]
    assert [objection_stands(when) for each in found.objections for _, when in each.replies] == [True]


def test_an_answer_that_fails_is_kept_and_does_not_stand() -> None:
    found = find_positions(evaluate(book_with(None, None, term_of("fears")), {"fears": RecordedAnswer(NO)}))
    ((_, when),) = found.objections[0].replies
    assert when is not None
    assert when.status is NOT_MET
    assert not objection_stands(when)


def test_an_open_condition_does_not_stand_yet() -> None:
    found = find_positions(evaluate(book_with(term_of("fears"), None), {}))
    assert not objection_stands(found.objections[0].finding)


def test_no_name_in_the_real_objections_and_responses_is_one_that_a_criterion_could_ask() -> None:
    book = the_law()
    names = {one.name for one in (*book.objections, *book.responses)}
    assert names
    assert not names & (book.facts.keys() | book.criteria.keys())


def test_positions_on_the_real_book_change_nothing() -> None:
    for one in random_cases(60, "positions"):
        findings = evaluate(the_law(), one)
        before = dict(findings.criteria)
        find_positions(findings)
        assert dict(findings.criteria) == before


def test_every_position_can_be_raised_can_be_answered_and_can_be_owed() -> None:
    """On a law case or an example: a position that no case ever meets would be words that nobody reads."""
    book, raised, owed = the_law(), set(), set()
    answered: set[tuple[str, int]] = set()
    examples = (check_case(path, book)[0] for path in (RULES.parent / "examples/cases").glob("*.yaml"))
    for one in (*its_cases(), *examples):
        assert one is not None
        found = find_positions(evaluate(book, one.given, one.profile))
        raised |= {each.objection.name for each in found.objections if objection_stands(each.finding)}
        answered |= {
            (each.objection.name, index)
            for each in found.objections
            for index, (_, when) in enumerate(each.replies)
            if objection_stands(when)
        }
        owed |= {each.response.name for each in found.responses if objection_stands(each.finding)}
    assert raised == {one.name for one in book.objections}
    assert answered == {(one.name, index) for one in book.objections for index in range(len(one.answers))}
    assert owed == {one.name for one in book.responses}

"""Objections, replies and obligations: they read the findings and change none."""

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
from tests.examples import examples
from tests.real_law import RULES, its_results, random_cases, the_law

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
MET, NOT_MET, OPEN, NONE = Status.MET, Status.NOT_MET, Status.UNDETERMINED, Status.NOT_APPLICABLE


@st.composite
def drawn_positions(draw: st.DrawFn) -> tuple[Small, dict[str, RecordedAnswer], str]:
    law = draw(with_positions())
    return law, case(draw, law), pick(draw, tuple(PROFILES))


@settings(max_examples=examples(35))
@given(drawn_positions())
def test_objections_and_responses_never_change_a_finding(drawn: tuple[Small, dict[str, RecordedAnswer], str]) -> None:
    law, answers, profile = drawn
    findings = evaluate(law.book, answers, profile)
    before = dict(findings.criteria), dict(findings.established), findings.recommendation
    find_positions(findings)
    assert (dict(findings.criteria), dict(findings.established), findings.recommendation) == before
    bare = evaluate(replace(law.book, objections=(), responses=()), answers, profile)
    assert {name: finding.status for name, finding in bare.criteria.items()} == {
        name: finding.status for name, finding in findings.criteria.items()
    }
    assert bare.recommendation == findings.recommendation


@settings(max_examples=examples(35))
@given(drawn_positions())
def test_a_position_has_the_status_of_a_criterion_with_the_same_condition(
    drawn: tuple[Small, dict[str, RecordedAnswer], str],
) -> None:
    law, answers, profile = drawn
    result = find_positions(evaluate(law.book, answers, profile))
    conditions: list[tuple[Term | None, Finding | None]] = [
        (position.objection.raised_if, position.finding) for position in result.objections
    ]
    conditions += [(reply.holds_if, when) for position in result.objections for reply, when in position.replies]
    conditions += [(position.response.owed_if, position.finding) for position in result.responses]
    for term, when in conditions:
        assert (term is None) is (when is None)
        if term is not None and when is not None:
            extra = replace(
                law.book.criteria[law.book.order[0]], name="extra", applies_if=None, holds_if=term, unless=()
            )
            book = replace(law.book, criteria=law.book.criteria | {"extra": extra}, order=(*law.book.order, "extra"))
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
def test_a_position_that_is_ruled_out_is_neither_raised_nor_owed(
    answers: dict[str, Answer], state: Status | None
) -> None:
    book = book_with(term_of("c"), term_of("c"))
    result = find_positions(evaluate(book, {name: RecordedAnswer(value) for name, value in answers.items()}))
    expected = [] if state is None else [state]
    assert [position.finding and position.finding.status for position in result.objections] == expected
    assert [position.finding and position.finding.status for position in result.responses] == expected


def test_a_position_without_a_condition_always_stands() -> None:
    result = find_positions(evaluate(book_with(None, None), {}))
    assert [objection_stands(position.finding) for position in (*result.objections, *result.responses)] == [True, True]
    assert [objection_stands(when) for position in result.objections for _, when in position.replies] == [True]


def test_a_reply_that_fails_is_kept_and_does_not_stand() -> None:
    result = find_positions(evaluate(book_with(None, None, term_of("fears")), {"fears": RecordedAnswer(NO)}))
    ((_, when),) = result.objections[0].replies
    assert when is not None
    assert when.status is NOT_MET
    assert not objection_stands(when)


def test_an_open_condition_does_not_stand_yet() -> None:
    result = find_positions(evaluate(book_with(term_of("fears"), None), {}))
    assert not objection_stands(result.objections[0].finding)


def test_no_real_objection_or_response_has_the_name_of_a_fact_or_criterion() -> None:
    book = the_law()
    names = {position.name for position in (*book.objections, *book.responses)}
    assert names
    assert not names & (book.facts.keys() | book.criteria.keys())


def test_positions_on_the_real_book_change_nothing() -> None:
    for answers in random_cases(60, "positions"):
        findings = evaluate(the_law(), answers)
        before = dict(findings.criteria)
        find_positions(findings)
        assert dict(findings.criteria) == before


def test_every_real_position_stands_in_some_case() -> None:
    """In a law case or an example: nobody would ever read a position that stands in no case."""
    book, raised, owed = the_law(), set(), set()
    answered: set[tuple[str, int]] = set()
    examples = (check_case(path, book)[0] for path in (RULES.parent / "examples/cases").glob("*.yaml"))
    found = [result.findings for result in its_results().values()]
    for example in examples:
        assert example is not None
        found.append(evaluate(book, example.given, example.profile))
    for result in map(find_positions, found):
        raised |= {position.objection.name for position in result.objections if objection_stands(position.finding)}
        answered |= {
            (position.objection.name, index)
            for position in result.objections
            for index, (_, when) in enumerate(position.replies)
            if objection_stands(when)
        }
        owed |= {position.response.name for position in result.responses if objection_stands(position.finding)}
    assert raised == {position.name for position in book.objections}
    assert answered == {
        (position.name, index) for position in book.objections for index in range(len(position.answers))
    }
    assert owed == {position.name for position in book.responses}

"""Triage: by the facts of the case, unknown never as no, and without effect on any finding."""

from __future__ import annotations

from dataclasses import replace

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.triage import Triage, triage
from screen.logic import Answer
from tests.real_law import random_cases, the_law


def triage_of(**answers: object) -> Triage:
    return triage(evaluate(the_law(), {name: RecordedAnswer(value) for name, value in answers.items()}))  # type: ignore[arg-type]


def names(result: Triage) -> list[str]:
    return [priority.name for priority in result.reasons]


def test_an_unaccompanied_child_is_urgent_and_every_reason_is_listed() -> None:
    result = triage_of(alone_as_child=Answer.YES, age=12)
    assert (result.level, names(result)) == ("urgent", ["unaccompanied_child", "child"])


def test_the_most_urgent_reason_gives_the_level() -> None:
    assert triage_of(age=12).level == "high"
    assert triage_of(age=12, detained_in_host=Answer.YES).level == "urgent"


def test_a_priority_that_nobody_asked_about_is_open_and_never_no() -> None:
    result = triage_of()
    assert (result.level, names(result)) == ("normal", [])
    assert {priority.name for priority in result.open_reasons} == {priority.name for priority in the_law().priorities}


def test_a_priority_answered_no_is_neither_a_reason_nor_open() -> None:
    result = triage_of(detained_in_host=Answer.NO, health_needs=frozenset(), age=30)
    assert not {"detained", "frail", "medical", "child"} & {
        priority.name for priority in (*result.reasons, *result.open_reasons)
    }


def test_a_rejected_yes_is_no_reason() -> None:
    given = {"alone_as_child": RecordedAnswer(Answer.YES, Credibility.REJECTED)}
    assert "unaccompanied_child" not in names(triage(evaluate(the_law(), given)))


def test_priorities_change_no_finding() -> None:
    bare = replace(the_law(), priorities=())
    for given in random_cases(40):
        with_them, without = evaluate(the_law(), given), evaluate(bare, given)
        triage(with_them)
        assert {n: f.status for n, f in with_them.criteria.items()} == {
            n: f.status for n, f in without.criteria.items()
        }
        assert with_them.recommendation == without.recommendation


def test_every_priority_of_the_law_can_be_met_and_ruled_out() -> None:
    book, met, out = the_law(), set(), set()
    for given in random_cases(300):
        result = triage(evaluate(book, given))
        met |= {priority.name for priority in result.reasons}
        out |= {priority.name for priority in book.priorities} - {
            priority.name for priority in (*result.reasons, *result.open_reasons)
        }
    assert met == out == {priority.name for priority in book.priorities}

"""How soon a case is taken up: by its own facts, unknown never as no, and without touching a finding."""

from __future__ import annotations

from dataclasses import replace

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.triage import Triage, triage
from screen.logic import Answer
from tests.real_law import random_cases, the_law


def of(**answers: object) -> Triage:
    return triage(evaluate(the_law(), {name: RecordedAnswer(value) for name, value in answers.items()}))  # type: ignore[arg-type]


def names(one: Triage) -> list[str]:
    return [priority.name for priority in one.reasons]


def test_a_child_alone_is_urgent_and_every_reason_is_told() -> None:
    found = of(alone_as_child=Answer.YES, age=12)
    assert (found.level, names(found)) == ("urgent", ["unaccompanied_child", "child"])


def test_the_most_urgent_reason_gives_the_level() -> None:
    assert of(age=12).level == "high"
    assert of(age=12, detained_in_host=Answer.YES).level == "urgent"


def test_what_nobody_asked_is_open_and_never_no() -> None:
    found = of()
    assert (found.level, names(found)) == ("normal", [])
    assert {one.name for one in found.open_reasons} == {one.name for one in the_law().priorities}


def test_what_is_answered_no_is_neither_a_reason_nor_open() -> None:
    found = of(detained_in_host=Answer.NO, health_needs=frozenset(), age=30)
    assert not {"detained", "frail", "medical", "child"} & {one.name for one in (*found.reasons, *found.open_reasons)}


def test_a_rejected_yes_is_no_reason() -> None:
    from screen.case.evidence import Credibility

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
    for given in random_cases(600):
        found = triage(evaluate(book, given))
        met |= {one.name for one in found.reasons}
        out |= {one.name for one in book.priorities} - {one.name for one in (*found.reasons, *found.open_reasons)}
    assert met == out == {one.name for one in book.priorities}

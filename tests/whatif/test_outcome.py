"""Changed answers: what they change in a case, which stays as it is."""

from __future__ import annotations

from screen.case.evidence import RecordedAnswer
from screen.engine.finding import UNDETERMINED_NO_RETURN
from screen.logic import Answer, Status
from screen.rulebook.model import ORIGIN_FACT
from screen.whatif.outcome import try_answers
from tests.whatif.books import book

YES, NO = Answer.YES, Answer.NO
MET, NOT_MET = Status.MET, Status.NOT_MET


def test_changed_answers_show_what_changes_and_leave_the_case_as_it_is() -> None:
    law = book("left", {"all": ["c0", "fears"]}, "child", recommend="c1")
    case = {"left": RecordedAnswer(NO), "fears": RecordedAnswer(YES)}
    outcome = try_answers(law, case, {"left": RecordedAnswer(YES)})
    assert outcome.facts == ("left",)
    assert set(outcome.criteria) == {"c0", "c1"}
    assert (outcome.before["c1"].status, outcome.after["c1"].status) == (NOT_MET, MET)
    assert (outcome.before.recommendation, outcome.after.recommendation) == (UNDETERMINED_NO_RETURN, "recognise")
    assert case == {"left": RecordedAnswer(NO), "fears": RecordedAnswer(YES)}


def test_changed_presumptions_are_reported_apart_from_the_changed_answers() -> None:
    presumed = {"origin": "KP", "presume": "fears", "value": "yes", "when": "left"}
    law = book("fears", presumptions=(presumed,))
    outcome = try_answers(
        law, {ORIGIN_FACT: RecordedAnswer("KP"), "left": RecordedAnswer(YES)}, {"left": RecordedAnswer(NO)}
    )
    assert (outcome.facts, outcome.changed_presumptions, outcome.criteria) == (("left",), ("fears",), ("c0",))


def test_an_answer_that_changes_nothing_changes_nothing() -> None:
    outcome = try_answers(
        book("left"), {"left": RecordedAnswer(YES)}, {"left": RecordedAnswer(YES), "child": RecordedAnswer(NO)}
    )
    assert (outcome.criteria, outcome.changed_presumptions) == ((), ())

"""A case read on the closed record: what compares, weighs or changes findings reads the same record as they do."""

from __future__ import annotations

from dataclasses import replace

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.compare import compare_profiles
from screen.engine.divergence import find_divergence
from screen.engine.evaluate import evaluate
from screen.engine.ledger import build_ledger
from screen.logic import MET, NOT_MET, UNDETERMINED, Answer
from screen.rulebook.model import BurdenByReading, RuleBook
from screen.whatif.outcome import try_answers
from tests.rulebook.small_book import good_book

BOOK = good_book()
YES = RecordedAnswer(Answer.YES)
#: What the law does is known; whether the applicant fears torture and served in the guard was never told.
CASE = {"age": RecordedAnswer(30), "left_without_permission": YES, "exit_penalty": RecordedAnswer("none")}


def with_burden_by_reading() -> RuleBook:
    """Return the book with a burden that the first profile lays on the applicant, and the second on nobody."""
    burden = BurdenByReading("exit_penalty_reading", (("imputed", "applicant"), ("own_motive", None)))
    rule = replace(BOOK.criteria["penalty_is_persecution"], burden=burden)
    return replace(BOOK, criteria={**BOOK.criteria, rule.name: rule})


def test_what_the_applicant_did_not_show_is_not_met_and_what_the_authority_did_not_show_neither() -> None:
    findings = evaluate(BOOK, CASE, closed=True)
    assert (findings["penalty_is_persecution"].status, findings["penalty_is_persecution"].not_shown) == (
        NOT_MET,
        "shared",
    )
    assert (findings["excluded"].status, findings["excluded"].not_shown) == (NOT_MET, "authority")
    assert evaluate(BOOK, CASE)["refugee"].status is UNDETERMINED


def test_profiles_are_compared_on_the_record_that_is_asked_for() -> None:
    assert "refugee" in compare_profiles(BOOK, CASE).same
    comparison = compare_profiles(BOOK, CASE, closed=True)
    assert all(findings.is_closed for findings in comparison.findings)
    assert {findings["refugee"].status for findings in comparison.findings} == {NOT_MET}


def test_a_burden_that_is_contested_is_the_contested_point_behind_a_difference() -> None:
    comparison = compare_profiles(with_burden_by_reading(), CASE, closed=True)
    (difference,) = [one for one in comparison.differences if one.criterion.name == "penalty_is_persecution"]
    assert [split.reading.name for split in difference.splits] == ["exit_penalty_reading"]


def test_the_ledger_takes_the_benefit_away_on_the_same_record() -> None:
    benefit = RecordedAnswer(frozenset({"torture"}), Credibility.BENEFIT)
    case = {**CASE, "harms_feared": benefit}
    ledger = build_ledger(evaluate(BOOK, case, closed=True), case)
    changes = {change.criterion: change.without_benefit for change in ledger.changes}
    assert changes["penalty_is_persecution"] is NOT_MET


def test_an_answer_can_show_what_a_closed_record_did_not() -> None:
    outcome = try_answers(BOOK, CASE, {"harms_feared": RecordedAnswer(frozenset({"torture"}))}, closed=True)
    assert (outcome.before["refugee"].status, outcome.after["refugee"].status) == (NOT_MET, MET)


def test_a_closed_and_an_open_record_of_one_case_differ_over_the_record() -> None:
    divergence = find_divergence(evaluate(BOOK, CASE, closed=True), evaluate(BOOK, CASE))
    assert divergence.facts == ()
    assert {point.criterion for point in divergence.points} == {"penalty_is_persecution", "excluded", "no_return"}
    assert all(point.record_differs and not point.readings for point in divergence.points)


def test_two_closed_records_differ_over_the_fact_that_one_holds() -> None:
    shown = {**CASE, "served_in_guard": YES}
    (point,) = find_divergence(evaluate(BOOK, CASE, closed=True), evaluate(BOOK, shown, closed=True)).points
    assert (point.criterion, point.facts, point.record_differs) == ("excluded", ("served_in_guard",), False)

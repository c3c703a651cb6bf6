"""The ledger: facts accepted by the benefit of the doubt alone, and the findings that depend on them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.ledger import BenefitChange, BenefitLedger, build_ledger
from screen.logic import Answer, Status
from screen.rulebook.model import ORIGIN_FACT
from tests.engine.books import Small, books_and_cases, small
from tests.examples import examples

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
BENEFIT = Credibility.BENEFIT

WRITTEN = {
    "criteria": [
        {"criterion": "danger", "holds_if": {"any": ["fears", "left"]}},
        {"criterion": "refugee", "holds_if": {"all": ["danger", "child"]}},
    ],
    "presumptions": [{"origin": "KP", "presume": "left", "value": "yes"}],
    "recommendations": [{"recommend": "recognise", "when": "refugee"}],
}
BOOK = small(WRITTEN, ["refugee"]).book


def ledger_of(case: dict[str, RecordedAnswer]) -> BenefitLedger:
    return build_ledger(evaluate(BOOK, case), case)


def test_facts_accepted_by_the_benefit_of_the_doubt_are_listed_with_what_depends_on_them() -> None:
    result = ledger_of({"fears": RecordedAnswer(YES, BENEFIT), "child": RecordedAnswer(YES)})
    assert [known.fact.name for known in result.facts] == ["fears"]
    assert set(result.changes) == {
        BenefitChange("danger", Status.MET, Status.UNDETERMINED),
        BenefitChange("refugee", Status.MET, Status.UNDETERMINED),
    }
    assert (result.recommendation, result.recommendation_without_benefit) == ("recognise", "undetermined_no_return")


def test_findings_that_do_not_need_the_benefit_of_the_doubt_do_not_change() -> None:
    result = ledger_of(
        {"fears": RecordedAnswer(YES, BENEFIT), "left": RecordedAnswer(YES), "child": RecordedAnswer(YES)}
    )
    assert [known.fact.name for known in result.facts] == ["fears"]
    assert result.changes == ()
    assert result.recommendation == result.recommendation_without_benefit == "recognise"


def test_without_the_benefit_of_the_doubt_a_presumption_may_apply() -> None:
    result = ledger_of(
        {ORIGIN_FACT: RecordedAnswer("KP"), "left": RecordedAnswer(NO, BENEFIT), "child": RecordedAnswer(YES)}
    )
    assert BenefitChange("refugee", Status.UNDETERMINED, Status.MET) in result.changes


def test_an_unknown_fact_is_not_in_the_ledger() -> None:
    assert ledger_of({"fears": RecordedAnswer(UNKNOWN, BENEFIT)}).facts == ()


def test_a_presumed_fact_is_not_in_the_ledger() -> None:
    result = ledger_of(
        {ORIGIN_FACT: RecordedAnswer("KP"), "left": RecordedAnswer(UNKNOWN, BENEFIT), "child": RecordedAnswer(YES)}
    )
    assert (result.facts, result.recommendation) == ((), "recognise")


def test_no_other_credibility_is_in_the_ledger() -> None:
    for credibility in Credibility:
        if credibility is not BENEFIT:
            result = ledger_of({"fears": RecordedAnswer(YES, credibility), "child": RecordedAnswer(YES, credibility)})
            assert (result.facts, result.changes) == ((), ())


@settings(max_examples=examples(50))
@given(books_and_cases())
def test_without_the_benefit_of_the_doubt_those_facts_count_as_unknown(
    drawn: tuple[Small, dict[str, RecordedAnswer], str],
) -> None:
    law, case, profile = drawn
    findings = evaluate(law.book, case, profile)
    result = build_ledger(findings, case)
    doubted = {known.fact.name for known in result.facts}
    assert doubted == {
        name for name, recorded in case.items() if recorded.credibility is BENEFIT and recorded.value is not UNKNOWN
    }
    otherwise = {
        name: replace(recorded, value=UNKNOWN) if name in doubted else recorded for name, recorded in case.items()
    }
    without = evaluate(law.book, otherwise, profile)
    assert result.recommendation_without_benefit == without.recommendation
    assert {(change.criterion, change.without_benefit) for change in result.changes} == {
        (name, without[name].status) for name in law.book.criteria if without[name].status is not findings[name].status
    }
    assert all(change.with_benefit is findings[change.criterion].status for change in result.changes)

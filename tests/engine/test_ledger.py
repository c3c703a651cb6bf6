"""What is accepted by the benefit of the doubt alone, and what would fall with it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.ledger import BenefitChange, BenefitLedger, build_ledger
from screen.logic import Answer, Status
from screen.rulebook.model import ORIGIN_FACT
from tests.engine.books import Small, books_and_cases, small

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


def of(case: dict[str, RecordedAnswer]) -> BenefitLedger:
    return build_ledger(evaluate(BOOK, case), case)


def test_what_stands_on_the_benefit_of_the_doubt_is_listed_with_what_falls() -> None:
    found = of({"fears": RecordedAnswer(YES, BENEFIT), "child": RecordedAnswer(YES)})
    assert [known.fact.name for known in found.facts] == ["fears"]
    assert set(found.changes) == {
        BenefitChange("danger", Status.MET, Status.UNDETERMINED),
        BenefitChange("refugee", Status.MET, Status.UNDETERMINED),
    }
    assert (found.recommendation, found.recommendation_without_benefit) == ("recognise", "undetermined_no_return")


def test_what_stands_without_the_benefit_of_the_doubt_does_not_fall() -> None:
    found = of({"fears": RecordedAnswer(YES, BENEFIT), "left": RecordedAnswer(YES), "child": RecordedAnswer(YES)})
    assert [known.fact.name for known in found.facts] == ["fears"]
    assert found.changes == ()
    assert found.recommendation == found.recommendation_without_benefit == "recognise"


def test_where_the_doubt_falls_a_presumption_may_stand_in() -> None:
    found = of({ORIGIN_FACT: RecordedAnswer("KP"), "left": RecordedAnswer(NO, BENEFIT), "child": RecordedAnswer(YES)})
    assert BenefitChange("refugee", Status.UNDETERMINED, Status.MET) in found.changes


def test_an_unknown_fact_stands_on_nothing() -> None:
    assert of({"fears": RecordedAnswer(UNKNOWN, BENEFIT)}).facts == ()


def test_what_is_presumed_stands_on_no_doubt_of_the_applicant() -> None:
    found = of(
        {ORIGIN_FACT: RecordedAnswer("KP"), "left": RecordedAnswer(UNKNOWN, BENEFIT), "child": RecordedAnswer(YES)}
    )
    assert (found.facts, found.recommendation) == ((), "recognise")


def test_no_other_credibility_is_in_the_ledger() -> None:
    for credibility in Credibility:
        if credibility is not BENEFIT:
            found = of({"fears": RecordedAnswer(YES, credibility), "child": RecordedAnswer(YES, credibility)})
            assert (found.facts, found.changes) == ((), ())


@settings(max_examples=150)
@given(books_and_cases())
def test_without_the_benefit_is_as_if_those_facts_were_unknown(
    drawn: tuple[Small, dict[str, RecordedAnswer], str],
) -> None:
    one, case, profile = drawn
    findings = evaluate(one.book, case, profile)
    found = build_ledger(findings, case)
    doubted = {known.fact.name for known in found.facts}
    assert doubted == {name for name, said in case.items() if said.credibility is BENEFIT and said.value is not UNKNOWN}
    otherwise = {name: replace(said, value=UNKNOWN) if name in doubted else said for name, said in case.items()}
    without = evaluate(one.book, otherwise, profile)
    assert found.recommendation_without_benefit == without.recommendation
    assert {(change.criterion, change.without_benefit) for change in found.changes} == {
        (name, without[name].status) for name in one.book.criteria if without[name].status is not findings[name].status
    }
    assert all(change.with_benefit is findings[change.criterion].status for change in found.changes)

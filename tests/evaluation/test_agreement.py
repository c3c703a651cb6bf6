"""The yardstick: every holding of a real decision is tested or left out for a reason, and none is lost."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
import yaml

from screen.evaluation.agreement import (
    RESULT,
    Agreement,
    HoldingComparison,
    Yardstick,
    compare_holdings,
    count_agreement,
    read_yardstick,
)
from screen.evaluation.law_cases import read_law_cases, try_law_case
from screen.logic import Status
from tests.paths import SHARED
from tests.real_law import checked, its_cases, its_results, the_law
from tests.rulebook.small_book import checked as small

#: The yardstick itself, where it lies beside the checkout; rules/decisions.yaml holds what is compared of it.
LANDMARKS = SHARED / "law" / "landmark-cases.yaml"
HOLDINGS, IN_DOUBT = 237, 8

ISSUES = """
issues:
  - {issue: status, criteria: [refugee, no_return, excluded]}
results:
  - {result: recognised, recommend: [recognise]}
  - {result: ceased, criteria: [no_return]}
reasons: {not_told: The lines do not tell it.}
"""
CASE = """
- name: A law case
  decision: D1
  facts: {country_of_origin: KP, host_country: NO, age: 20, left_without_permission: yes, served_in_guard: no}
"""


@cache
def real() -> Yardstick:
    result, mistakes = read_yardstick(checked(), its_cases(), the_law())
    assert not mistakes, "\n".join(map(str, mistakes))
    return result


def of_small(decisions: str, *expectations: str, closed: bool = False, case: str = CASE) -> list[HoldingComparison]:
    """Return the comparisons in the small book, with a law case for each of these expectations."""
    cases = "".join(f"{case}  {expectation}\n" for expectation in expectations)
    folder = small(issues=ISSUES, decisions=decisions, cases__all=cases or "[]")
    assert folder.book is not None, folder.diagnostics
    read, _ = read_law_cases(folder.cases, folder.book)
    yard, mistakes = read_yardstick(folder, read, folder.book)
    assert not mistakes, "\n".join(map(str, mistakes))
    return list(compare_holdings(yard, [try_law_case(case, folder.book) for case in read], closed=closed))


def test_no_holding_is_lost() -> None:
    decisions = real().decisions.values()
    assert sum(len(decision.held) for decision in decisions) == HOLDINGS
    assert sum(len(decision.held) for decision in decisions if decision.doubt) == IN_DOUBT
    rows = [row for row in compare_holdings(real(), its_results().values()) if row.issue != RESULT]
    assert len(rows) == HOLDINGS - IN_DOUBT


@pytest.mark.skipif(not LANDMARKS.exists(), reason="the yardstick does not lie beside this checkout")
def test_the_decisions_are_those_of_the_yardstick() -> None:
    theirs = {}
    for decision in yaml.safe_load(LANDMARKS.read_text(encoding="utf-8"))["cases"]:
        rows = [row for row in decision["holdings"] if row["finding"] in ("met", "not_met")]
        held = {row["issue"]: Status(row["finding"]) for row in rows}
        assert len(held) == len(rows), f"{decision['id']} holds one issue twice"
        if held:
            doubt = (decision.get("review") or {}).get("verdict") == "doubt"
            theirs[decision["id"]] = (held, decision["outcome"]["result"], doubt)
    assert {
        name: (dict(decision.held), decision.result, decision.doubt) for name, decision in real().decisions.items()
    } == theirs


def test_no_law_case_tests_a_decision_in_doubt() -> None:
    doubtful = {decision.name for decision in real().decisions.values() if decision.doubt}
    assert len(doubtful) == 5
    assert not [case.name for case in its_cases() if case.decision in doubtful]


def test_every_reason_is_given_for_something() -> None:
    given = Counter(reason for decision in real().decisions.values() for reason in decision.left_out.values())
    assert given.keys() == real().reasons.keys()


def test_no_law_case_contradicts_a_holding_of_its_decision() -> None:
    for case in its_cases():
        held = real().decisions[case.decision].held if case.decision else {}
        for issue, finding in held.items():
            for name in real().criteria[issue]:
                # One criterion of several may answer: a decision on fear of the second State says nothing of the first.
                for expected in (case.expect, case.expect_closed):
                    assert expected.get(name, finding) is finding, f"{case.location}: {name}"


def test_a_holding_agrees_where_every_law_case_that_expects_it_gives_it() -> None:
    decision = "- {decision: D1, forum: A court, result: remitted, held: {status: met}}"
    assert [row.agrees for row in of_small(decision, "expect: {no_return: met}")] == [True]
    assert [row.agrees for row in of_small(decision, "expect: {no_return: met}", "expect: {excluded: met}")] == [False]
    assert [row.agrees for row in of_small(decision.replace("met}", "not_met}"), "expect: {no_return: not_met}")] == [
        False
    ]


def test_a_holding_left_out_and_a_decision_in_doubt_never_count_as_agreement() -> None:
    left = "- {decision: D1, forum: A court, result: remitted, held: {status: met}, left_out: {status: not_told}}"
    assert [row.agrees for row in of_small(left)] == [None]
    doubt = "- {decision: D1, forum: A court, doubt: true, result: recognised, held: {status: met}}"
    assert of_small(doubt, "expect: {no_return: met}") == []


def test_a_result_is_compared_with_the_recommendation_or_the_criteria_for_it() -> None:
    recognised = "- {decision: D1, forum: A court, result: recognised, held: {}}"
    assert [(row.issue, row.agrees) for row in of_small(recognised, "recommend: recognise")] == [(RESULT, True)]
    ceased = "- {decision: D1, forum: A court, result: ceased, held: {}}"
    assert [row.agrees for row in of_small(ceased, "expect: {no_return: met}")] == [True]


UNASKED = CASE.replace(", served_in_guard: no", "")


def test_what_only_a_closed_record_gives_is_expected_of_it_and_left_out_of_the_open_one() -> None:
    held = "held: {status: not_met}, left_out: {status: not_told, result: not_told}"
    decision = f"- {{decision: D1, forum: A court, result: recognised, {held}}}"
    expectation = "expect_closed: {excluded: not_met}"
    assert [row.agrees for row in of_small(decision, expectation, case=UNASKED)] == [None, None]
    assert [row.agrees for row in of_small(decision, expectation, case=UNASKED, closed=True)] == [True, None]
    other = f"{expectation}\n  recommend_closed: recognise"
    assert [row.agrees for row in of_small(decision, other, case=UNASKED, closed=True)] == [True, True]


def test_a_holding_of_the_open_record_is_counted_on_the_closed_one_too() -> None:
    decision = "- {decision: D1, forum: A court, result: remitted, held: {status: not_met}}"
    expectation = "expect: {excluded: not_met}"
    assert [row.agrees for row in of_small(decision, expectation, closed=True)] == [True]
    assert [row.agrees for row in of_small(decision, expectation, case=UNASKED)] == [False]
    assert [row.agrees for row in of_small(decision, expectation, case=UNASKED, closed=True)] == [True]


def test_a_law_case_that_closes_otherwise_than_expected_says_on_which_record() -> None:
    expectation = "expect_closed: {excluded: met}\n  recommend_closed: refer_review"
    folder = small(cases__all=f"{UNASKED}  {expectation}\n".replace("  decision: D1\n", ""))
    assert folder.book is not None
    (case,), mistakes = read_law_cases(folder.cases, folder.book)
    assert not mistakes
    result = try_law_case(case, folder.book)
    assert not result.passes
    assert result.differences == (
        ("excluded on the closed record", "met", "not_met"),
        ("recommendation on the closed record", "refer_review", "recognise"),
    )


def test_agreement_counts_what_is_left_out_among_all() -> None:
    rows = [("a", True), ("a", False), ("a", None), ("b", True)]
    assert count_agreement(rows) == {"a": Agreement(1, 3, 1), "b": Agreement(1, 1, 0)}

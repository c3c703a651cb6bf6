"""Pivots: examples, and a comparison of every pivot with evaluating each set of answers by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations, product

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.logic import Answer, Status
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Recommendation, RuleBook
from screen.rulebook.terms import Met, Value
from screen.whatif.candidates import is_identity_fact
from screen.whatif.pivots import RECOMMENDATION, Pivots, find_pivots
from tests.circuit.adapters import with_burdens
from tests.engine.books import PROFILES, Small, books_and_cases
from tests.examples import examples
from tests.real_law import random_cases, the_law
from tests.whatif.books import book, without_personal_facts

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
MET, NOT_MET, OPEN = Status.MET, Status.NOT_MET, Status.UNDETERMINED


def summary(result: Pivots) -> list[tuple[tuple[str, ...], dict[tuple[str, object], tuple[tuple[Value, ...], ...]]]]:
    return [(pivot.facts, {(turn.goal, turn.after): turn.answers for turn in pivot.turns}) for pivot in result.pivots]


# ── examples ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_open_fact_that_decides_is_a_pivot_with_both_its_answers() -> None:
    result = summary(find_pivots(book("left"), {}))
    assert result == [(("left",), {("c0", MET): ((YES,),), ("c0", NOT_MET): ((NO,),)})]


def test_two_facts_are_a_pivot_only_for_a_change_that_neither_makes_alone() -> None:
    result = dict(summary(find_pivots(book({"all": ["left", "fears"]}), {})))
    assert result[("left",)] == result[("fears",)] == {("c0", NOT_MET): ((NO,),)}
    (pair,) = [facts for facts in result if len(facts) == 2]
    assert result[pair] == {("c0", MET): ((YES, YES),)}


def test_three_facts_are_found_where_no_two_are_enough() -> None:
    result = find_pivots(book({"all": ["left", "fears", "child"]}), {})
    three = [pivot for pivot in result.pivots if len(pivot.facts) == 3]
    assert [(turn.after, turn.answers) for pivot in three for turn in pivot.turns] == [(MET, ((YES, YES, YES),))]
    assert not [pivot for pivot in result.pivots if len(pivot.facts) == 2]
    assert (result.largest_size, result.facts_in_triples) == (3, 3)


def test_fewer_facts_come_first_and_what_changes_the_recommendation_before_the_rest() -> None:
    law = book("left", {"all": ["fears", "child"]}, "guard", recommend="guard")
    pivots = find_pivots(law, {}).pivots
    assert [len(pivot.facts) for pivot in pivots] == sorted(len(pivot.facts) for pivot in pivots)
    assert pivots[0].facts == ("guard",)


def test_larger_sets_are_not_searched_once_there_are_enough_pivots() -> None:
    result = find_pivots(book({"all": ["left", "fears"]}), {}, limit=1)
    assert (len(result.pivots), result.largest_size) == (1, 1)


def test_the_recommendation_is_a_goal_like_any_other() -> None:
    law = book({"all": ["left", "fears"]}, recommend="c0")
    result = summary(find_pivots(law, {"left": RecordedAnswer(YES)}, goals=[RECOMMENDATION]))
    assert result == [(("fears",), {(RECOMMENDATION, "recognise"): ((YES,),)})]


def test_a_recommendation_with_two_conditions_is_changed_by_either() -> None:
    law = book("left", "fears")
    twice = tuple(Recommendation("recognise", Met(name), "Words.") for name in ("c0", "c1"))
    result = summary(find_pivots(replace(law, recommendations=twice), {}, goals=[RECOMMENDATION]))
    assert dict(result) == {(name,): {(RECOMMENDATION, "recognise"): ((YES,),)} for name in ("left", "fears")}


def test_the_identity_of_the_applicant_is_never_tried_and_reported_where_it_is_unknown() -> None:
    law = without_personal_facts(book({"any": ["left", {"fact": "age", "under": 18}, {"binds": "cat"}]}), "age")
    result = find_pivots(law, {}, contestable=True)
    assert {name for pivot in result.pivots for name in pivot.facts} == {"left"}
    assert set(result.unknown_identity) == {"age", HOST_FACT, ORIGIN_FACT}
    assert "age" not in find_pivots(law, {"age": RecordedAnswer(20)}, contestable=True).tried_answers


def test_a_personal_fact_may_be_tried_while_unknown_and_its_answer_is_never_changed() -> None:
    law = book({"any": ["left", "guard"]})
    facts = {**law.facts, "guard": replace(law.facts["guard"], about="person", chapter="home")}
    law = replace(law, facts=facts)
    assert "guard" in find_pivots(law, {}).tried_answers
    assert "guard" not in find_pivots(law, {"guard": RecordedAnswer(NO)}, contestable=True).tried_answers


def test_accepted_and_rejected_answers_are_never_tried() -> None:
    law = book({"any": ["left", "fears"]})
    case = {"left": RecordedAnswer(NO, Credibility.ACCEPTED), "fears": RecordedAnswer(NO, Credibility.REJECTED)}
    assert find_pivots(law, case, contestable=True).tried_answers == {}
    assert find_pivots(law, case, contestable=True).pivots == ()


def test_contestable_answers_are_tried_only_on_request_and_also_as_unknown() -> None:
    law = book("left")
    for credibility in (Credibility.BENEFIT, Credibility.NOT_ASSESSED):
        case = {"left": RecordedAnswer(YES, credibility)}
        assert find_pivots(law, case).pivots == ()
        result = summary(find_pivots(law, case, contestable=True))
        assert result == [(("left",), {("c0", NOT_MET): ((NO,),), ("c0", OPEN): ((UNKNOWN,),)})]


def test_a_presumption_is_contestable_by_another_answer_alone() -> None:
    law = book("fears", presumptions=({"origin": "KP", "presume": "fears", "value": "yes"},))
    case = {ORIGIN_FACT: RecordedAnswer("KP")}
    assert find_pivots(law, case).pivots == ()
    assert summary(find_pivots(law, case, contestable=True)) == [(("fears",), {("c0", NOT_MET): ((NO,),)})]


def test_a_set_is_tried_with_one_option_more_or_less() -> None:
    law = book({"fact": "harms", "includes": "torture"})
    case = {"harms": RecordedAnswer(frozenset({"beating"}))}
    assert find_pivots(law, case, contestable=True).tried_answers["harms"] == (
        frozenset(), frozenset({"beating", "torture"}), UNKNOWN,
    )  # fmt: skip


# ── held against brute force ────────────────────────────────────────────────────────────────────────────────────────


def ended(findings: Findings, goal: str) -> object:
    return findings.recommendation if goal == RECOMMENDATION else findings[goal].status


def brute(
    law: RuleBook, case: Mapping[str, RecordedAnswer], profile: str, result: Pivots, size: int
) -> dict[object, set[object]]:
    """Return for each change the minimal sets of facts, with their answers, that make it, by trying everything."""
    facts_by_change: dict[object, dict[tuple[str, ...], set[tuple[Value, ...]]]] = {}
    for facts in (facts for count in range(1, size + 1) for facts in combinations(result.tried_answers, count)):
        for values in product(*(result.tried_answers[name] for name in facts)):
            changed = {n: RecordedAnswer(v) for n, v in zip(facts, values, strict=True)}
            after = evaluate(law, {**case, **changed}, profile, closed=result.findings.is_closed)
            for goal in result.goals:
                if ended(after, goal) != ended(result.findings, goal):
                    facts_by_change.setdefault((goal, ended(after, goal)), {}).setdefault(facts, set()).add(values)
    return {
        change: {
            (facts, frozenset(values))
            for facts, values in several.items()
            if not any(set(fewer) < set(facts) for fewer in several)
        }
        for change, several in facts_by_change.items()
    }


def changes(pivots: Pivots) -> dict[object, set[object]]:
    result: dict[object, set[object]] = {}
    for pivot in pivots.pivots:
        for turn in pivot.turns:
            assert turn.before == ended(pivots.findings, turn.goal)
            assert len(set(turn.answers)) == len(turn.answers)
            result.setdefault((turn.goal, turn.after), set()).add((pivot.facts, frozenset(turn.answers)))
    return result


@settings(max_examples=examples(40))
@drawn(books_and_cases(most_facts=5), st.booleans(), st.booleans())
def test_on_small_books_every_pivot_is_minimal_and_none_is_missed_on_either_record(
    case: tuple[Small, dict[str, RecordedAnswer], str], contestable: bool, closed: bool
) -> None:
    small_law, answers, profile = case
    law = with_burdens(without_personal_facts(small_law.book))
    result = find_pivots(law, answers, profile, contestable=contestable, closed=closed)
    if not contestable:
        # Facts under decided findings alone are not tried; trying every open fact finds no more.
        every = {
            name: values
            for name, values in find_pivots(law, {}, profile, contestable=True).tried_answers.items()
            if not result.findings.established[name].is_known
            and not (name in answers and answers[name].credibility is Credibility.REJECTED)
        }
        assert result.tried_answers.keys() <= every.keys()
        assert changes(result) == brute(law, answers, profile, replace(result, tried_answers=every), 3)
    assert changes(result) == brute(law, answers, profile, result, 3)


def few(result: Pivots) -> set[str]:
    """Return a few of the tried facts, those of pivots first, without those that have many answers."""
    pivotal = dict.fromkeys(name for pivot in result.pivots for name in pivot.facts)
    short = [name for name in dict.fromkeys([*pivotal, *result.tried_answers]) if len(result.tried_answers[name]) <= 5]
    return set(short[:5])


def test_on_the_real_book_no_single_pivot_is_missed_and_each_changes_what_it_says() -> None:
    law = the_law()
    for case in random_cases(1, "single pivots"):
        for contestable in (False, True):
            result = find_pivots(law, case, contestable=contestable, max_size=1)
            assert changes(result) == brute(law, case, law.default_profile, result, 1)


def test_on_the_real_book_pairs_are_those_that_the_evaluator_confirms() -> None:
    law = the_law()
    for case in random_cases(examples(1), "pairs"):
        result = find_pivots(law, case, contestable=True, max_size=2)
        few_facts = few(result)
        world = replace(
            result, tried_answers={name: values for name, values in result.tried_answers.items() if name in few_facts}
        )
        within = replace(result, pivots=tuple(pivot for pivot in result.pivots if set(pivot.facts) <= few_facts))
        assert changes(within) == brute(law, case, law.default_profile, world, 2)


def test_on_the_real_book_no_identity_is_tried_out() -> None:
    law = the_law()
    who = {name for name, fact in law.facts.items() if is_identity_fact(law, fact)}
    assert {"sex", "age", ORIGIN_FACT, HOST_FACT, "stateless"} <= who
    for case in ({}, *random_cases(6, "who")):
        result = find_pivots(law, case, contestable=True, max_size=1)
        assert not who & result.tried_answers.keys()
        for name in result.tried_answers:
            known = result.findings.established[name]
            answered = known.is_known and known.presumed is None
            assert not (answered and law.facts[name].about == "person")


def test_the_same_case_gives_the_same_pivots_whatever_the_order_of_its_answers() -> None:
    law = the_law()
    for case in random_cases(2, "order"):
        again = find_pivots(law, dict(reversed(case.items())), max_size=2)
        assert find_pivots(law, case, max_size=2).pivots == again.pivots


def test_every_profile_can_be_searched() -> None:
    for profile in PROFILES:
        law = book({"reading": "exit", "as": {"strict": "left", "mild": "fears"}})
        assert [pivot.facts for pivot in find_pivots(law, {}, profile).pivots] == [
            ("left",) if profile == "first" else ("fears",)
        ]

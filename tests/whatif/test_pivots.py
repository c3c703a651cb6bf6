"""What other answers change: examples, and every pivot held against evaluating each set of answers by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations, product

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN, Findings
from screen.logic import Answer, Status
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Recommendation, RuleBook
from screen.rulebook.terms import Met, Value
from screen.whatif.pivots import RECOMMENDATION, Pivots, find_pivots, is_identity_fact, try_answers
from tests.engine.books import PROFILES, Small, books_and_cases, small
from tests.real_law import random_cases, the_law

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
MET, NOT_MET, OPEN = Status.MET, Status.NOT_MET, Status.UNDETERMINED


def free(book: RuleBook, *person: str) -> RuleBook:
    """Return a book whose facts are about the flight, but for the two States and those named."""
    chapter = book.facts[ORIGIN_FACT].chapter
    who = {name: replace(book.facts[name], about="person", chapter=chapter) for name in person}
    return replace(book, facts={name: replace(fact, about="flight") for name, fact in book.facts.items()} | who)


def book(*rules: object, recommend: str | None = None, presumptions: tuple[object, ...] = ()) -> RuleBook:
    """Return a small book of criteria c0, c1, … that are conclusions each."""
    criteria = [{"criterion": f"c{index}", "holds_if": rule} for index, rule in enumerate(rules)]
    recommendations = [{"recommend": "recognise", "when": recommend}] if recommend else []
    written = {"criteria": criteria, "presumptions": list(presumptions), "recommendations": recommendations}
    return free(small(written, [f"c{index}" for index in range(len(rules))]).book)


def told(found: Pivots) -> list[tuple[tuple[str, ...], dict[tuple[str, object], tuple[tuple[Value, ...], ...]]]]:
    return [(one.facts, {(turn.goal, turn.after): turn.answers for turn in one.turns}) for one in found.pivots]


# ── named answers ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_named_answers_tell_what_changes_and_leave_the_case_alone() -> None:
    law = book("left", {"all": ["c0", "fears"]}, "child", recommend="c1")
    case = {"left": RecordedAnswer(NO), "fears": RecordedAnswer(YES)}
    outcome = try_answers(law, case, {"left": RecordedAnswer(YES)})
    assert outcome.facts == ("left",)
    assert set(outcome.criteria) == {"c0", "c1"}
    assert (outcome.before["c1"].status, outcome.after["c1"].status) == (NOT_MET, MET)
    assert (outcome.before.recommendation, outcome.after.recommendation) == (UNDETERMINED_NO_RETURN, "recognise")
    assert case == {"left": RecordedAnswer(NO), "fears": RecordedAnswer(YES)}


def test_what_is_no_longer_presumed_is_told_beside_the_named_answers() -> None:
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


# ── pivots, told one by one ─────────────────────────────────────────────────────────────────────────────────────────


def test_one_open_fact_that_decides_comes_with_both_its_answers() -> None:
    found = told(find_pivots(book("left"), {}))
    assert found == [(("left",), {("c0", MET): ((YES,),), ("c0", NOT_MET): ((NO,),)})]


def test_two_facts_are_a_pivot_only_for_what_neither_does_alone() -> None:
    found = dict(told(find_pivots(book({"all": ["left", "fears"]}), {})))
    assert found[("left",)] == found[("fears",)] == {("c0", NOT_MET): ((NO,),)}
    (pair,) = [facts for facts in found if len(facts) == 2]
    assert found[pair] == {("c0", MET): ((YES, YES),)}


def test_three_facts_are_found_where_no_two_are_enough() -> None:
    found = find_pivots(book({"all": ["left", "fears", "child"]}), {})
    three = [one for one in found.pivots if len(one.facts) == 3]
    assert [(turn.after, turn.answers) for one in three for turn in one.turns] == [(MET, ((YES, YES, YES),))]
    assert not [one for one in found.pivots if len(one.facts) == 2]
    assert (found.largest_size, found.facts_in_triples) == (3, 3)


def test_fewer_facts_come_first_and_what_changes_the_recommendation_before_the_rest() -> None:
    law = book("left", {"all": ["fears", "child"]}, "guard", recommend="guard")
    found = find_pivots(law, {}).pivots
    assert [len(one.facts) for one in found] == sorted(len(one.facts) for one in found)
    assert found[0].facts == ("guard",)


def test_larger_sets_are_not_looked_for_once_there_are_enough() -> None:
    found = find_pivots(book({"all": ["left", "fears"]}), {}, limit=1)
    assert (len(found.pivots), found.largest_size) == (1, 1)


def test_the_recommendation_is_a_goal_like_another() -> None:
    law = book({"all": ["left", "fears"]}, recommend="c0")
    found = told(find_pivots(law, {"left": RecordedAnswer(YES)}, goals=[RECOMMENDATION]))
    assert found == [(("fears",), {(RECOMMENDATION, "recognise"): ((YES,),)})]


def test_a_recommendation_that_stands_twice_is_turned_by_either_condition() -> None:
    law = book("left", "fears")
    twice = tuple(Recommendation("recognise", Met(name), "Words.") for name in ("c0", "c1"))
    found = told(find_pivots(replace(law, recommendations=twice), {}, goals=[RECOMMENDATION]))
    assert dict(found) == {(name,): {(RECOMMENDATION, "recognise"): ((YES,),)} for name in ("left", "fears")}


def test_who_the_applicant_is_is_never_tried_and_told_where_it_is_not_known() -> None:
    law = free(book({"any": ["left", {"fact": "age", "under": 18}, {"binds": "cat"}]}), "age")
    found = find_pivots(law, {}, contestable=True)
    assert {name for one in found.pivots for name in one.facts} == {"left"}
    assert set(found.unknown_identity) == {"age", HOST_FACT, ORIGIN_FACT}
    assert "age" not in find_pivots(law, {"age": RecordedAnswer(20)}, contestable=True).tried_answers


def test_what_somebody_is_may_be_asked_elsewhere_and_its_answer_is_never_changed() -> None:
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


def test_contestable_answers_are_tried_only_when_asked_for_and_also_as_not_established() -> None:
    law = book("left")
    for credibility in (Credibility.BENEFIT, Credibility.NOT_ASSESSED):
        case = {"left": RecordedAnswer(YES, credibility)}
        assert find_pivots(law, case).pivots == ()
        found = told(find_pivots(law, case, contestable=True))
        assert found == [(("left",), {("c0", NOT_MET): ((NO,),), ("c0", OPEN): ((UNKNOWN,),)})]


def test_a_presumption_is_contestable_and_gives_way_to_another_answer_alone() -> None:
    law = book("fears", presumptions=({"origin": "KP", "presume": "fears", "value": "yes"},))
    case = {ORIGIN_FACT: RecordedAnswer("KP")}
    assert find_pivots(law, case).pivots == ()
    assert told(find_pivots(law, case, contestable=True)) == [(("fears",), {("c0", NOT_MET): ((NO,),)})]


def test_a_list_is_tried_with_one_option_more_or_less() -> None:
    law = book({"fact": "harms", "includes": "torture"})
    case = {"harms": RecordedAnswer(frozenset({"beating"}))}
    assert find_pivots(law, case, contestable=True).tried_answers["harms"] == (
        frozenset(), frozenset({"beating", "torture"}), UNKNOWN,
    )  # fmt: skip


# ── held against brute force ────────────────────────────────────────────────────────────────────────────────────────


def ended(findings: Findings, goal: str) -> object:
    return findings.recommendation if goal == RECOMMENDATION else findings[goal].status


def brute(
    law: RuleBook, case: Mapping[str, RecordedAnswer], profile: str, found: Pivots, size: int
) -> dict[object, set[object]]:
    """Return for each change the sets of facts, each with its answers, that make it and of which no part makes it."""
    ways: dict[object, dict[tuple[str, ...], set[tuple[Value, ...]]]] = {}
    for facts in (some for count in range(1, size + 1) for some in combinations(found.tried_answers, count)):
        for values in product(*(found.tried_answers[name] for name in facts)):
            after = evaluate(
                law, {**case, **{n: RecordedAnswer(v) for n, v in zip(facts, values, strict=True)}}, profile
            )
            for goal in found.goals:
                if ended(after, goal) != ended(found.findings, goal):
                    ways.setdefault((goal, ended(after, goal)), {}).setdefault(facts, set()).add(values)
    return {
        change: {
            (facts, frozenset(values))
            for facts, values in several.items()
            if not any(set(fewer) < set(facts) for fewer in several)
        }
        for change, several in ways.items()
    }


def changes(found: Pivots) -> dict[object, set[object]]:
    result: dict[object, set[object]] = {}
    for one in found.pivots:
        for turn in one.turns:
            assert turn.before == ended(found.findings, turn.goal)
            assert len(set(turn.answers)) == len(turn.answers)
            result.setdefault((turn.goal, turn.after), set()).add((one.facts, frozenset(turn.answers)))
    return result


@settings(max_examples=120)
@drawn(books_and_cases(most_facts=5), st.booleans())
def test_on_small_books_every_pivot_is_minimal_and_none_is_missed(
    case: tuple[Small, dict[str, RecordedAnswer], str], contestable: bool
) -> None:
    one, answers, profile = case
    law = free(one.book)
    found = find_pivots(law, answers, profile, contestable=contestable)
    if not contestable:
        # Facts under decided findings alone are not tried; trying every open fact finds no more.
        every = {
            name: values
            for name, values in find_pivots(law, {}, profile, contestable=True).tried_answers.items()
            if not found.findings.established[name].is_known
            and not (name in answers and answers[name].credibility is Credibility.REJECTED)
        }
        assert found.tried_answers.keys() <= every.keys()
        assert changes(found) == brute(law, answers, profile, replace(found, tried=every), 3)
    assert changes(found) == brute(law, answers, profile, found, 3)


def few(found: Pivots) -> set[str]:
    """Return a few of the tried facts, those of pivots first, none with many answers."""
    pivotal = dict.fromkeys(name for one in found.pivots for name in one.facts)
    short = [name for name in dict.fromkeys([*pivotal, *found.tried_answers]) if len(found.tried_answers[name]) <= 5]
    return set(short[:5])


def test_on_the_real_book_no_single_pivot_is_missed_and_each_changes_what_it_says() -> None:
    law = the_law()
    for case in random_cases(1, "single pivots"):
        for contestable in (False, True):
            found = find_pivots(law, case, contestable=contestable, max_size=1)
            assert changes(found) == brute(law, case, law.default_profile, found, 1)


def test_on_the_real_book_pairs_are_those_of_evaluate() -> None:
    law = the_law()
    for case in random_cases(3, "pairs"):
        found = find_pivots(law, case, contestable=True, max_size=2)
        some = few(found)
        world = replace(found, tried={name: values for name, values in found.tried_answers.items() if name in some})
        within = replace(found, found=tuple(one for one in found.pivots if set(one.facts) <= some))
        assert changes(within) == brute(law, case, law.default_profile, world, 2)


def test_on_the_real_book_nobody_is_told_to_be_somebody_else() -> None:
    law = the_law()
    who = {name for name, fact in law.facts.items() if is_identity_fact(law, fact)}
    assert {"sex", "age", ORIGIN_FACT, HOST_FACT, "stateless"} <= who
    for case in ({}, *random_cases(6, "who")):
        found = find_pivots(law, case, contestable=True, max_size=1)
        assert not who & found.tried_answers.keys()
        for name in found.tried_answers:
            known = found.findings.established[name]
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
        assert [one.facts for one in find_pivots(law, {}, profile).pivots] == [
            ("left",) if profile == "first" else ("fears",)
        ]

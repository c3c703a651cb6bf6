"""Properties: proved where they hold in every case, and broken by the shortest case where they do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.case.case_file import Case, read_case, text_of_case
from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.logic import Answer
from screen.proof.counterexample import breaks_property, formula_holds
from screen.proof.prover import Prover, Verdict
from screen.rulebook.dependencies import criteria_in
from screen.rulebook.formulas import (  # fmt: skip
    AnswerChange,
    Apart,
    EndsIn,
    Every,
    Never,
    NeverChanged,
    NeverFlipped,
    Recommended,
    Whenever,
)
from screen.rulebook.model import Presumption, Property, RuleBook, criterion_terms  # fmt: skip
from screen.rulebook.terms import All, AnyOf, Includes, Is, Met, Not, NotRuledOut, Term  # fmt: skip
from tests.engine.books import ANSWERS, PROFILES, Small, case, pick, smalls
from tests.real_law import random_cases, the_law

# ── the real law ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_real_law_breaks_none_of_its_properties_in_any_case_under_any_profile() -> None:
    prover = Prover(the_law())
    verdicts = [prover.prove(one) for one in the_law().properties.values()]
    assert not [one.subject.name for one in verdicts if not one.is_proved]
    assert all(set(one.holds_under) == set(one.subject.profiles or the_law().profiles) for one in verdicts)


def test_no_fact_and_no_bar_of_its_kind_is_left_out_of_a_property() -> None:
    book = the_law()

    def asked(name: str) -> set[str]:
        statement = book.properties[name].statement
        assert isinstance(statement, NeverChanged)
        return {one.fact for one in statement.others}

    chapters = {
        chapter: {one.name for one in book.facts.values() if one.chapter == chapter} for chapter in book.chapters
    }
    assert asked("exclusion_leaves_the_ban_on_torture") == chapters["conduct"]
    assert asked("cessation_is_no_refusal") == chapters["status"]
    assert asked("account_gates_nothing") == chapters["account"]
    removal = book.properties["no_removal_while_a_ban_may_stand"].statement
    assert isinstance(removal, Whenever)
    assert isinstance(removal.then, Every)
    named = {one.criterion for one in removal.then.parts if isinstance(one, EndsIn)}
    assert named >= criteria_in(criterion_terms(book.criteria["no_return"]))


def holding(name: str, change: Callable[[Term], Term]) -> Callable[[RuleBook], RuleBook]:
    """Return the break that changes what a criterion wants."""

    def broken(book: RuleBook) -> RuleBook:
        one = book.criteria[name]
        return replace(book, criteria={**book.criteria, name: replace(one, holds_if=change(one.holds_if))})

    return broken


def but(name: str, *exceptions: Term) -> Callable[[RuleBook], RuleBook]:
    """Return the break that gives a criterion exceptions more."""

    def broken(book: RuleBook) -> RuleBook:
        one = book.criteria[name]
        changed = replace(one, unless=(*one.unless, *exceptions))
        return in_order(replace(book, criteria={**book.criteria, name: changed}))

    return broken


def recommending(name: str, when: Term) -> Callable[[RuleBook], RuleBook]:
    """Return the break that recommends something else where it should not."""

    def broken(book: RuleBook) -> RuleBook:
        rows = [replace(one, when=when) if one.name == name else one for one in book.recommendations]
        return replace(book, recommendations=tuple(rows))

    return broken


def in_order(book: RuleBook) -> RuleBook:
    """Return the book with its criteria in the order of need."""
    from graphlib import TopologicalSorter

    from screen.rulebook.dependencies import required_criteria

    wants = {name: required_criteria(one) for name, one in book.criteria.items()}
    return replace(book, order=tuple(TopologicalSorter(wants).static_order()))


def presuming(fact: str, value: Answer) -> Callable[[RuleBook], RuleBook]:
    """Return the break that presumes something of everybody."""
    one = Presumption(fact, value, None, None, "It is not so.", "An answer.", ())
    return lambda book: replace(book, presumptions=(*book.presumptions, one))


def yes(fact: str) -> Term:
    return Is(fact, frozenset({Answer.YES}))


def without(*names: str) -> Callable[[Term], Term]:
    def change(term: Term) -> Term:
        assert isinstance(term, AnyOf | All)
        return type(term)(tuple(part for part in term.parts if part not in [Met(name) for name in names]))

    return change


def also(*terms: Term) -> Callable[[Term], Term]:
    return lambda term: All((term, *terms))


HARM = Includes("past_harm", frozenset({"torture"}))
#: A book broken on purpose, for each property at least once: what a hand could slip into the files.
BREAKS: list[tuple[str, Callable[[RuleBook], RuleBook]]] = [
    ("exclusion_leaves_the_ban_on_torture", but("cat_3", Met("art_1f_a"))),
    ("exclusion_leaves_the_ban_on_torture", but("customary_ban_on_torture", Met("art_33_2"))),
    ("torture_forbids_return", holding("no_return", without("customary_ban_on_torture"))),
    ("no_removal_while_a_ban_may_stand", recommending("refer_review", Not(Met("refugee_status")))),
    ("recognised_means_found", recommending("recognise", NotRuledOut("refugee_status"))),
    ("silence_is_held_against_nobody", presuming("outside_country_of_origin", Answer.NO)),
    ("what_nobody_raised_refuses_nobody", presuming("outside_country_of_origin", Answer.NO)),
    ("fewer_answers_flip_nothing", holding("refugee_status", lambda term: AnyOf((NotRuledOut("cat_3"), term)))),
    (
        "economic_motive_defeats_no_claim",
        but("refugee_departure", Includes("reasons_for_leaving", frozenset({"food"}))),
    ),
    ("more_harm_weakens_no_claim", but("refugee_sur_place", HARM)),
    ("more_harm_weakens_no_claim", holding("multiple_nationality", lambda term: AnyOf((term, HARM)))),
    ("account_gates_nothing", holding("refugee_status", also(Met("credibility")))),
    ("staging_touches_no_other_protection", but("complementary_protection", Met("staged_acts"))),
    ("cessation_is_no_refusal", but("refugee_status", Met("status_ends"))),
    ("harm_in_host_makes_no_refugee", holding("refugee_departure", lambda term: AnyOf((
        term, All((Met("outside_country"), Includes("harm_in_host", frozenset({"exploitation"})))),
    )))),
    ("second_nationality_stands_apart", but("refugee_departure", Met("multiple_nationality"))),
    ("danger_needs_no_ground", holding("iccpr_6_7", also(Met("nexus_causation")))),
    ("either_limb_stands_alone", holding("refugee_as_regards_origin", also(Met("credibility")))),
    ("exclusion_is_a_flag", recommending("refer_exclusion_specialist", NotRuledOut("art_1f_a"))),
    ("positions_change_nothing", holding("refugee_status", also(Met("B1")))),
]  # fmt: skip


def test_every_property_of_the_real_law_is_broken_once() -> None:
    assert {name for name, _ in BREAKS} == set(the_law().properties)


@pytest.mark.parametrize(("name", "change"), BREAKS, ids=[f"{name}-{place}" for place, (name, _) in enumerate(BREAKS)])
def test_a_book_broken_on_purpose_fails_with_a_case_that_the_evaluator_confirms(
    name: str, change: Callable[[RuleBook], RuleBook], tmp_path: Path
) -> None:
    book = in_order(change(the_law())) if name != "positions_change_nothing" else change(the_law())
    one = book.properties[name]
    verdict = Prover(book).prove(one)
    assert not verdict.is_proved
    assert verdict.fails_under
    if isinstance(one.statement, Apart):
        assert verdict.asks == ("refugee_status asks B1",)
        return
    example = verdict.counterexample
    assert example is not None
    assert confirmed(book, one, example.profile, example.given, example.second)
    # It is a case file like any other, and reads back as the very same case.
    file = tmp_path / "case.yaml"
    file.write_text(text_of_case(file, Case("breaks", example.given, example.profile)), encoding="utf-8")
    assert read_case(file, book).given == example.given
    assert example.violations
    # Nothing in it is there for nothing.
    for answer in example.given:
        less = {fact: said for fact, said in example.given.items() if fact != answer}
        other = None if example.second is None else {k: said for k, said in example.second.items() if k != answer}
        if other is None or example.second is None or example.second.get(answer) == example.given[answer]:
            assert not confirmed(book, one, example.profile, less, other), f"{answer} is not needed"


def confirmed(
    book: RuleBook,
    one: Property,
    profile: str,
    case: Mapping[str, RecordedAnswer],
    other: Mapping[str, RecordedAnswer] | None,
) -> bool:
    second = None if other is None else (other, evaluate(book, other, profile))
    return breaks_property(one, case, evaluate(book, case, profile), second)


# ── small books, where every case can be tried ──────────────────────────────────────────────────────────────────────


def stated(statement: object) -> Property:
    return Property("p", "P", "P.", statement, (), None, ())  # type: ignore[arg-type]


def every_case(one: Small) -> list[dict[str, RecordedAnswer]]:
    """Return every case of a small book: each fact not asked, asked and not known, or with each answer."""
    rows = product(*([None, Answer.UNKNOWN, *ANSWERS[name]] for name in one.facts))
    return [
        {name: RecordedAnswer(value) for name, value in zip(one.facts, row, strict=True) if value is not None}
        for row in rows
    ]


@st.composite
def small_properties(draw: st.DrawFn) -> tuple[Small, Property]:
    one = draw(smalls(most_facts=3, most_criteria=3))
    names, states = one.book.order, ("met", "not_met", "undetermined", "not_applicable")
    first = EndsIn(pick(draw, names), frozenset({pick(draw, states)}))
    recommended = Recommended(frozenset({pick(draw, [one.name for one in one.book.recommendations])}))
    second = pick(draw, (EndsIn(pick(draw, names), frozenset({pick(draw, states)})), recommended))
    return one, stated(Never(first) if pick(draw, (True, False)) else Whenever(first, second))


@settings(max_examples=50, deadline=None)
@given(small_properties())
def test_a_property_is_proved_where_no_case_breaks_it_and_else_the_shortest_case_is_found(
    drawn: tuple[Small, Property],
) -> None:
    one, stated = drawn
    broken: dict[str, int] = {}
    for profile in PROFILES:
        for each in every_case(one):
            if breaks_property(stated, each, evaluate(one.book, each, profile)):
                broken[profile] = min(broken.get(profile, len(each)), len(each))
    verdict = Prover(one.book).prove(stated)
    assert set(verdict.fails_under) == broken.keys()
    if broken:
        assert verdict.counterexample is not None
        assert len(verdict.counterexample.given) == broken[verdict.counterexample.profile]


@settings(max_examples=40, deadline=None)
@given(smalls(most_facts=3, most_criteria=3), st.data())
def test_an_answer_that_changes_nothing_is_told_from_one_that_does(one: Small, data: st.DataObject) -> None:
    fact = pick(data.draw, one.facts) if one.facts else "left"
    names = one.book.order
    found: dict[tuple[tuple[str, RecordedAnswer], ...], set[tuple[object, ...]]] = {}
    for each in every_case(one):
        rest = tuple(sorted(((name, said) for name, said in each.items() if name != fact), key=lambda pair: pair[0]))
        findings = evaluate(one.book, each, "first")
        found.setdefault(rest, set()).add(tuple(findings[name].status for name in names))
    changes = any(len(ends) > 1 for ends in found.values())
    statement = NeverChanged((AnswerChange(fact, None),), names, False)
    assert Prover(one.book, ["first"]).prove(stated(statement)).is_proved is not changes


@settings(max_examples=40, deadline=None)
@given(smalls())
def test_no_book_that_asks_for_no_ruling_out_flips_a_finding_when_answers_are_taken_away(one: Small) -> None:
    assert Prover(one.book).prove(stated(NeverFlipped(one.book.order))).is_proved


@settings(max_examples=40)
@given(small_properties(), st.data())
def test_what_is_said_of_an_evaluation_holds_in_a_case_as_in_the_formulas(
    drawn: tuple[Small, Property], data: st.DataObject
) -> None:
    from screen.proof.solver import is_true

    one, stated = drawn
    each = case(data.draw, one)
    prover = Prover(one.book)
    statement = stated.statement
    formula = statement.formula if isinstance(statement, Never) else statement.whenever  # type: ignore[union-attr]
    solver = prover.encoded
    bit = solver.formula(solver.compile_formula(formula))
    model = solver.find_model(solver.profiles["first"], *solver.case_bits(each))
    assert model is not None
    assert is_true(model, bit) == formula_holds(formula, evaluate(one.book, each, "first"))


def test_a_property_of_some_profiles_says_nothing_of_the_others() -> None:
    book = the_law()
    one = replace(stated(Never(EndsIn("sur_place_bad_faith", frozenset({"met"})))), profiles=("paper", "us"))
    assert verdict_of(book, one).holds_under == ("paper", "us")
    assert set(verdict_of(book, replace(one, profiles=())).fails_under) >= {"new_zealand", "australia"}


def verdict_of(book: RuleBook, one: Property) -> Verdict:
    return Prover(book).prove(one)


def test_only_the_facts_that_a_property_lets_be_answered_are() -> None:
    book = the_law()
    met = Never(EndsIn("outside_country", frozenset({"met"})))
    silent = replace(stated(met), answering=frozenset({"age"}))
    assert verdict_of(book, silent).is_proved
    verdict = verdict_of(book, replace(silent, answering=frozenset({"outside_country_of_origin", "age"})))
    assert verdict.counterexample is not None
    assert verdict.counterexample.given == {"outside_country_of_origin": RecordedAnswer(Answer.YES)}


def test_random_cases_break_no_property_either() -> None:
    book = the_law()
    tried = [one for one in book.properties.values() if isinstance(one.statement, Never | Whenever)]
    assert len(tried) >= 5
    for place, each in enumerate(random_cases(120)):
        found = evaluate(book, each, sorted(book.profiles)[place % len(book.profiles)])
        assert not [one.name for one in tried if breaks_property(one, each, found)]

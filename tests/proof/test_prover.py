"""Properties: proved where they hold in every case, and broken by the shortest case where they do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.case.case_file import Case, read_case
from screen.case.case_text import format_case
from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.logic import Answer
from screen.proof.counterexample import breaks_property, formula_holds
from screen.proof.prover import Prover, Verdict
from screen.proof.solver import is_true
from screen.rulebook.dependencies import criteria_in, required_criteria
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
from tests.examples import examples
from tests.real_law import random_cases, the_law

# ── the real law ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_real_law_breaks_none_of_its_properties_in_any_case_under_any_profile() -> None:
    prover = Prover(the_law())
    verdicts = [prover.prove(prop) for prop in the_law().properties.values()]
    assert not [verdict.subject.name for verdict in verdicts if not verdict.is_proved]
    assert all(set(verdict.holds_under) == set(verdict.subject.profiles or the_law().profiles) for verdict in verdicts)


def test_no_fact_and_no_bar_to_removal_is_left_out_of_its_property() -> None:
    book = the_law()

    def facts_of(name: str) -> set[str]:
        statement = book.properties[name].statement
        assert isinstance(statement, NeverChanged)
        return {change.fact for change in statement.others}

    chapters = {
        chapter: {fact.name for fact in book.facts.values() if fact.chapter == chapter} for chapter in book.chapters
    }
    assert facts_of("exclusion_leaves_the_ban_on_torture") == chapters["conduct"]
    assert facts_of("cessation_is_no_refusal") == chapters["status"]
    assert facts_of("account_gates_nothing") == chapters["account"]
    removal = book.properties["no_removal_while_a_ban_may_stand"].statement
    assert isinstance(removal, Whenever)
    assert isinstance(removal.then, Every)
    named = {part.criterion for part in removal.then.parts if isinstance(part, EndsIn)}
    assert named >= criteria_in(criterion_terms(book.criteria["no_return"]))


def holding(name: str, change: Callable[[Term], Term]) -> Callable[[RuleBook], RuleBook]:
    """Return a change that breaks a book: another `holds_if` of a criterion."""

    def broken(book: RuleBook) -> RuleBook:
        criterion = book.criteria[name]
        return replace(book, criteria={**book.criteria, name: replace(criterion, holds_if=change(criterion.holds_if))})

    return broken


def but(name: str, *exceptions: Term) -> Callable[[RuleBook], RuleBook]:
    """Return a change that breaks a book: further exceptions to a criterion."""

    def broken(book: RuleBook) -> RuleBook:
        criterion = book.criteria[name]
        changed = replace(criterion, unless=(*criterion.unless, *exceptions))
        return in_order(replace(book, criteria={**book.criteria, name: changed}))

    return broken


def recommending(name: str, when: Term) -> Callable[[RuleBook], RuleBook]:
    """Return a change that breaks a book: another condition of a recommendation."""

    def broken(book: RuleBook) -> RuleBook:
        rows = [
            replace(recommendation, when=when) if recommendation.name == name else recommendation
            for recommendation in book.recommendations
        ]
        return replace(book, recommendations=tuple(rows))

    return broken


def in_order(book: RuleBook) -> RuleBook:
    """Return the book with its criteria in the order of their dependencies."""
    wants = {name: required_criteria(criterion) for name, criterion in book.criteria.items()}
    return replace(book, order=tuple(TopologicalSorter(wants).static_order()))


def presuming(fact: str, value: Answer) -> Callable[[RuleBook], RuleBook]:
    """Return a change that breaks a book: something presumed of everybody."""
    presumption = Presumption(fact, value, None, None, "It is not so.", "An answer.", ())
    return lambda book: replace(book, presumptions=(*book.presumptions, presumption))


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


@pytest.mark.parametrize(
    "profiles", [pytest.param(("paper",), id="paper"), pytest.param((), id="all profiles", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("name", "change"),
    [pytest.param(name, change, id=f"{name}-{place}") for place, (name, change) in enumerate(BREAKS)],
)
def test_a_deliberately_broken_book_fails_with_a_case_that_the_evaluator_confirms(
    name: str, change: Callable[[RuleBook], RuleBook], profiles: tuple[str, ...], tmp_path: Path
) -> None:
    """Under the book's own profile in every run: under all together one of them takes the solver twenty seconds."""
    book = in_order(change(the_law())) if name != "positions_change_nothing" else change(the_law())
    prop = replace(book.properties[name], profiles=profiles or book.properties[name].profiles)
    verdict = Prover(book).prove(prop)
    assert not verdict.is_proved
    assert verdict.fails_under
    if isinstance(prop.statement, Apart):
        assert verdict.asks == ("refugee_status asks B1",)
        return
    example = verdict.counterexample
    assert example is not None
    assert is_confirmed(book, prop, example.profile, example.given, example.second)
    # It is a case file like any other, and reads back as the very same case.
    file = tmp_path / "case.yaml"
    file.write_text(format_case(file, Case("breaks", example.given, example.profile)), encoding="utf-8")
    assert read_case(file, book).given == example.given
    assert example.violations
    # Nothing in it is there for nothing.
    for answer in example.given:
        less = {fact: recorded for fact, recorded in example.given.items() if fact != answer}
        other = (
            None if example.second is None else {k: recorded for k, recorded in example.second.items() if k != answer}
        )
        if other is None or example.second is None or example.second.get(answer) == example.given[answer]:
            assert not is_confirmed(book, prop, example.profile, less, other), f"{answer} is not needed"


def is_confirmed(
    book: RuleBook,
    prop: Property,
    profile: str,
    case: Mapping[str, RecordedAnswer],
    other: Mapping[str, RecordedAnswer] | None,
) -> bool:
    second = None if other is None else (other, evaluate(book, other, profile))
    return breaks_property(prop, case, evaluate(book, case, profile), second)


# ── small books, where every case can be tried ──────────────────────────────────────────────────────────────────────


def stated(statement: object) -> Property:
    return Property("p", "P", "P.", statement, (), None, ())  # type: ignore[arg-type]


def every_case(law: Small) -> list[dict[str, RecordedAnswer]]:
    """Return every case of a small book: each fact not asked, asked and not known, or with each answer."""
    rows = product(*([None, Answer.UNKNOWN, *ANSWERS[name]] for name in law.facts))
    return [
        {name: RecordedAnswer(value) for name, value in zip(law.facts, row, strict=True) if value is not None}
        for row in rows
    ]


@st.composite
def small_properties(draw: st.DrawFn) -> tuple[Small, Property]:
    law = draw(smalls(most_facts=3, most_criteria=3))
    names, states = law.book.order, ("met", "not_met", "undetermined", "not_applicable")
    first = EndsIn(pick(draw, names), frozenset({pick(draw, states)}))
    recommendations = [recommendation.name for recommendation in law.book.recommendations]
    recommended = Recommended(frozenset({pick(draw, recommendations)}))
    second = pick(draw, (EndsIn(pick(draw, names), frozenset({pick(draw, states)})), recommended))
    return law, stated(Never(first) if pick(draw, (True, False)) else Whenever(first, second))


@settings(max_examples=examples(15), deadline=None)
@given(small_properties())
def test_a_property_is_proved_where_no_case_breaks_it_and_else_the_shortest_case_is_found(
    drawn: tuple[Small, Property],
) -> None:
    law, stated = drawn
    broken: dict[str, int] = {}
    for profile in PROFILES:
        for answers in every_case(law):
            if breaks_property(stated, answers, evaluate(law.book, answers, profile)):
                broken[profile] = min(broken.get(profile, len(answers)), len(answers))
    verdict = Prover(law.book).prove(stated)
    assert set(verdict.fails_under) == broken.keys()
    if broken:
        assert verdict.counterexample is not None
        assert len(verdict.counterexample.given) == broken[verdict.counterexample.profile]


@settings(max_examples=examples(15), deadline=None)
@given(smalls(most_facts=3, most_criteria=3), st.data())
def test_an_answer_that_changes_nothing_is_distinguished_from_one_that_does(law: Small, data: st.DataObject) -> None:
    fact = pick(data.draw, law.facts) if law.facts else "left"
    names = law.book.order
    outcomes: dict[tuple[tuple[str, RecordedAnswer], ...], set[tuple[object, ...]]] = {}
    for answers in every_case(law):
        rest = tuple(
            sorted(((name, recorded) for name, recorded in answers.items() if name != fact), key=lambda pair: pair[0])
        )
        findings = evaluate(law.book, answers, "first")
        outcomes.setdefault(rest, set()).add(tuple(findings[name].status for name in names))
    changes = any(len(statuses) > 1 for statuses in outcomes.values())
    statement = NeverChanged((AnswerChange(fact, None),), names, False)
    assert Prover(law.book, ["first"]).prove(stated(statement)).is_proved is not changes


@settings(max_examples=examples(15), deadline=None)
@given(smalls())
def test_no_book_without_not_ruled_out_flips_a_finding_when_answers_are_taken_away(law: Small) -> None:
    assert Prover(law.book).prove(stated(NeverFlipped(law.book.order))).is_proved


@settings(max_examples=examples(15))
@given(small_properties(), st.data())
def test_a_formula_holds_in_a_case_exactly_where_its_encoding_does(
    drawn: tuple[Small, Property], data: st.DataObject
) -> None:
    law, stated = drawn
    answers = case(data.draw, law)
    prover = Prover(law.book)
    statement = stated.statement
    formula = statement.formula if isinstance(statement, Never) else statement.whenever  # type: ignore[union-attr]
    solver = prover.encoded
    bit = solver.formula(solver.compile_formula(formula))
    model = solver.find_model(solver.profiles["first"], *solver.case_bits(answers))
    assert model is not None
    assert is_true(model, bit) == formula_holds(formula, evaluate(law.book, answers, "first"))


def test_a_property_of_some_profiles_says_nothing_of_the_others() -> None:
    book = the_law()
    prop = replace(stated(Never(EndsIn("sur_place_bad_faith", frozenset({"met"})))), profiles=("paper", "us"))
    assert verdict_of(book, prop).holds_under == ("paper", "us")
    assert set(verdict_of(book, replace(prop, profiles=())).fails_under) >= {"new_zealand", "australia"}


def verdict_of(book: RuleBook, prop: Property) -> Verdict:
    return Prover(book).prove(prop)


def test_only_the_facts_that_a_property_allows_are_answered() -> None:
    book = the_law()
    met = Never(EndsIn("outside_country", frozenset({"met"})))
    silent = replace(stated(met), answering=frozenset({"age"}))
    assert verdict_of(book, silent).is_proved
    verdict = verdict_of(book, replace(silent, answering=frozenset({"outside_country_of_origin", "age"})))
    assert verdict.counterexample is not None
    assert verdict.counterexample.given == {"outside_country_of_origin": RecordedAnswer(Answer.YES)}


def test_random_cases_break_no_property_either() -> None:
    book = the_law()
    properties = [prop for prop in book.properties.values() if isinstance(prop.statement, Never | Whenever)]
    assert len(properties) >= 5
    for place, answers in enumerate(random_cases(examples(20))):
        findings = evaluate(book, answers, sorted(book.profiles)[place % len(book.profiles)])
        assert not [prop.name for prop in properties if breaks_property(prop, answers, findings)]

"""The compiled law agrees with the evaluator in every cell: through each of its three adapters, and closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.logic import Answer, Status
from screen.rulebook.at_date import book_at
from screen.rulebook.model import ORIGIN_FACT, RuleBook, criterion_terms
from screen.rulebook.terms import (
    All,
    AnyOf,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Includes,
    InForce,
    Is,
    Met,
    Not,
    NotRuledOut,
    TakesSide,
    Term,
    subterms,
)
from tests.circuit.adapters import (
    ADAPTERS,
    Agrees,
    Case,
    closed_record_agrees,
    integers_agree,
    row_of,
    solver_agrees,
    table_agrees,
)
from tests.engine.books import DAY, PROFILES, Small, case, every_combination, pick, small, smalls
from tests.examples import examples
from tests.real_law import its_cases, random_cases, the_law, the_whole_law

through_each_adapter = pytest.mark.parametrize("agrees", ADAPTERS.values(), ids=ADAPTERS)


# ── the real law ────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def law_of(day: date) -> RuleBook:
    return book_at(the_whole_law(), day)


def law_cases_together() -> list[tuple[date, str, list[Case]]]:
    """Return the law cases of each day and profile."""
    timeless_book, together = the_whole_law(), dict[tuple[date, str], list[Case]]()
    for law_case in its_cases():
        under = law_case.as_of or timeless_book.law_as_of, law_case.profile or timeless_book.default_profile
        together.setdefault(under, []).append(law_case.given)
    assert sum(map(len, together.values())) == len(its_cases())
    return [(day, profile, cases) for (day, profile), cases in sorted(together.items())]


@pytest.mark.parametrize(
    ("agrees", "step"),
    [
        pytest.param(integers_agree, 1, id="integers"),
        pytest.param(table_agrees, 1, id="table"),
        pytest.param(closed_record_agrees, 3, id="closed record, every third"),
        pytest.param(closed_record_agrees, 1, id="closed record", marks=pytest.mark.slow),
        # The solver looks for each case by itself: it has every third of a profile, and at length all of them.
        pytest.param(solver_agrees, 3, id="solver-every third"),
        pytest.param(solver_agrees, 1, id="solver", marks=pytest.mark.slow),
    ],
)
def test_law_cases_under_their_profile_and_day(agrees: Agrees, step: int) -> None:
    for day, profile, cases in law_cases_together():
        agrees(law_of(day), cases[::step], profile)


@cache
def days_of_change() -> tuple[date, ...]:
    """Return the days on which the law of the real book changes, and as the last the day that the book states."""
    timeless_book = the_whole_law()
    spans = [(presumption.in_force_from, presumption.until) for presumption in timeless_book.presumptions]
    spans += [(row.since, row.until) for rows in timeless_book.standings.values() for row in rows.values()]
    spans += [(day, None) for profile in timeless_book.profiles.values() for day, _ in profile.before]
    terms = [term for criterion in timeless_book.criteria.values() for term in criterion_terms(criterion)]
    spans += [(part.since, part.until) for term in terms for part in subterms(term) if isinstance(part, InForce)]
    assert timeless_book.law_from is not None
    changes = {
        day
        for span in spans
        for day in span
        if day is not None and timeless_book.law_from <= day < timeless_book.law_as_of
    }
    return (*sorted(changes), timeless_book.law_as_of)


def spread(cases: Sequence[Case], days: int) -> Iterator[tuple[date, str, list[Case]]]:
    """Yield cases over so many days of change, the last included, and on each of these over some of the profiles.

    Together all profiles are there, and every case is yielded once.
    """
    profiles = sorted(the_whole_law().profiles)
    changes = days_of_change()
    chosen = [changes[len(changes) * (place + 1) // days - 1] for place in range(days)]
    blocks = [(day, profile) for place, day in enumerate(chosen) for profile in profiles[place % days :: days]]
    for place, (day, profile) in enumerate(blocks):
        yield day, profile, list(cases[place :: len(blocks)])


#: Cases of every run; `pytest -m slow` has a hundred thousand.
FEW = 360


def random_blocks(agrees: Agrees) -> list[tuple[date, str, list[Case]]]:
    """Return the cases of every run for an adapter, by day and profile: all of them for the integers.

    A table is compiled for each profile, so it has one on each day, before all those that no law case is under. The
    solver looks for each case by itself: it has every tenth case, and the law of three days.
    """
    if agrees is solver_agrees:
        return list(spread(random_cases(FEW, "equality")[::10], days=3))
    blocks = list(spread(random_cases(FEW, "equality"), days=9))
    if agrees is closed_record_agrees:  # the evaluator works four times for each, and no row of it is shared
        return list(spread(random_cases(FEW, "equality")[::3], days=9))
    if agrees is table_agrees:
        under = {profile for _, profile, _ in law_cases_together()}
        days = [list(several) for _, several in groupby(blocks, key=lambda block: block[0])]
        return [min(several, key=lambda block: block[1] in under) for several in days]
    return blocks


@through_each_adapter
def test_random_cases_over_profiles_and_days_on_which_the_law_differs(agrees: Agrees) -> None:
    for day, profile, block in random_blocks(agrees):
        agrees(law_of(day), block, profile)


@through_each_adapter
def test_every_profile_is_tried_by_a_law_case_or_a_random_one(agrees: Agrees) -> None:
    tried = {profile for _, profile, _ in (*law_cases_together(), *random_blocks(agrees))}
    assert tried == the_law().profiles.keys()
    assert len({day for day, _, _ in random_blocks(agrees)}) == (3 if agrees is solver_agrees else 9)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_a_hundred_thousand_random_cases_in_twenty_parts(part: int) -> None:
    for day, profile, block in spread(random_cases(5000, f"at length {part}"), days=18):
        for name, agrees in ADAPTERS.items():
            agrees(law_of(day), block[::10] if name in ("solver", "closed record") else block, profile)


def test_the_random_cases_reach_every_state_every_profile_and_most_presumptions() -> None:
    """By the evaluator's rows, which the adapters above were held against."""
    states: Counter[str] = Counter()
    presumed, profiles, conclusions = set[str](), set[str](), Counter[tuple[str, str]]()
    for day, profile, block in random_blocks(integers_agree):
        profiles.add(profile)
        for answers in block:
            row = row_of(law_of(day), answers, profile)
            states.update(row[name] for name in law_of(day).criteria)
            conclusions.update((name, row[name]) for name in ("refugee_status", "no_return", "cat_3"))
            presumed |= set(row["facts_presumed"])
    assert profiles == the_law().profiles.keys()
    assert all(states[state.value] > FEW for state in Status), "random cases that leave a state untried try little"
    assert len(conclusions) >= 9, "a conclusion that is never met or never fails is held against nothing"
    assert len(presumed) > len({presumption.fact for presumption in the_law().presumptions}) // 2


# ── small laws ──────────────────────────────────────────────────────────────────────────────────────────────────────


@st.composite
def books_with_cases(draw: st.DrawFn) -> tuple[Small, list[Case], str]:
    drawn = draw(smalls())
    return drawn, [case(draw, drawn) for _ in range(1 + draw(st.integers(0, 7)))], pick(draw, tuple(PROFILES))


@through_each_adapter
@settings(max_examples=examples(35))
@given(drawn=books_with_cases())
def test_small_books_drawn_at_random(agrees: Agrees, drawn: tuple[Small, list[Case], str]) -> None:
    law, cases, profile = drawn
    agrees(law.book, cases[: 4 if agrees is ADAPTERS["solver"] else None], profile)


@through_each_adapter
def test_every_way_to_put_parts_together(agrees: Agrees) -> None:
    law, cases = every_combination()
    agrees(law.book, cases, "first")


#: One term of each kind. A new kind of term is named by the test below until it stands here and both workings know it.
TERMS: dict[type[Any], Term] = {
    Met: Met("base"),
    Is: Is("way", frozenset({"river", "air"})),
    Includes: Includes("harms", frozenset({"torture"})),
    Between: Between("age", 18, None),
    Binds: Binds("cat", "host_country"),
    TakesSide: TakesSide("exit", frozenset({"mild"})),
    ByReading: ByReading("exit", (("strict", Met("base")), ("mild", Not(Met("base"))))),
    All: All((Met("base"), Is("left", frozenset({Answer.YES})))),
    AnyOf: AnyOf((Met("base"), Is("left", frozenset({Answer.YES})))),
    AtLeast: AtLeast(2, (Met("base"), Is("left", frozenset({Answer.YES})), Is("child", frozenset({Answer.NO})))),
    Not: Not(Met("base")),
    NotRuledOut: NotRuledOut("base"),
    InForce: InForce(DAY, None),
}


@through_each_adapter
@pytest.mark.parametrize("kind", get_args(Term), ids=lambda kind: kind.__name__)
def test_every_kind_of_term_by_its_name(kind: type[Any], agrees: Agrees) -> None:
    assert kind in TERMS, f"put a {kind.__name__} into TERMS, and teach screen.circuit.compile what it says"
    rules = [
        {"criterion": "base", "applies_if": "guard", "holds_if": "fears"},
        {"criterion": "sample", "holds_if": "fears"},
    ]
    book = small({"criteria": rules}, ["sample"]).book
    sample = replace(book.criteria["sample"], holds_if=TERMS[kind])
    book = replace(book, criteria=book.criteria | {"sample": sample})
    yes, no, unknown = (RecordedAnswer(answer) for answer in Answer)
    cases: list[Case] = [
        {"fears": fears, "guard": guard, "left": left, "child": yes, **more}
        for fears in (yes, no, unknown)
        for guard in (yes, no, unknown)
        for left in (yes, no, unknown)
        for more in (
            {},
            {"host_country": RecordedAnswer("FR")},
            {
                "host_country": RecordedAnswer("CN"),
                "way": RecordedAnswer("river"),
                "age": RecordedAnswer(18),
                "harms": RecordedAnswer(TORTURE),
            },
            {
                "host_country": RecordedAnswer("NO"),
                "way": RecordedAnswer("road"),
                "age": RecordedAnswer(17),
                "harms": RecordedAnswer(frozenset()),
            },
        )
    ]
    for profile in PROFILES:
        agrees(book, cases, profile)


TORTURE = frozenset({"torture"})


@through_each_adapter
def test_an_answer_beats_a_presumption_in_its_own_case_alone(agrees: Agrees) -> None:
    presumption = {"origin": "KP", "presume": "fears", "value": "yes", "when": "left"}
    book = small({"criteria": [{"criterion": "c", "holds_if": "fears"}], "presumptions": [presumption]}, ["c"]).book
    left = {ORIGIN_FACT: RecordedAnswer("KP"), "left": RecordedAnswer(Answer.YES)}
    cases: list[Case] = [left, left | {"fears": RecordedAnswer(Answer.NO)}, {"left": RecordedAnswer(Answer.YES)}, {}]
    agrees(book, cases, "first")
    statuses = [evaluate(book, answers, "first")["c"].status for answers in cases]
    assert statuses == [Status.MET, Status.NOT_MET, Status.UNDETERMINED, Status.UNDETERMINED]


@through_each_adapter
def test_a_presumption_for_every_state_fills_what_nobody_was_asked_and_not_what_is_unknown(agrees: Agrees) -> None:
    presumption = {"origin": None, "presume": "fears", "value": "yes"}
    book = small({"criteria": [{"criterion": "c", "holds_if": "fears"}], "presumptions": [presumption]}, ["c"]).book
    china = {ORIGIN_FACT: RecordedAnswer("CN")}
    cases: list[Case] = [
        {},
        china,
        china | {"fears": RecordedAnswer(Answer.UNKNOWN)},
        china | {"fears": RecordedAnswer(Answer.NO)},
    ]
    agrees(book, cases, "first")
    statuses = [evaluate(book, answers, "first")["c"].status for answers in cases]
    assert statuses == [Status.UNDETERMINED, Status.MET, Status.UNDETERMINED, Status.NOT_MET]


@through_each_adapter
def test_silence_settles_nothing_while_a_presumption_for_the_state_may_apply(agrees: Agrees) -> None:
    presumptions = [
        {"origin": "KP", "presume": "fears", "value": "yes", "when": "left"},
        {"origin": None, "presume": "fears", "value": "no"},
    ]
    book = small({"criteria": [{"criterion": "c", "holds_if": "fears"}], "presumptions": presumptions}, ["c"]).book
    korea = {ORIGIN_FACT: RecordedAnswer("KP")}
    answered: list[Case] = [korea | {"left": RecordedAnswer(answer)} for answer in Answer]
    cases: list[Case] = [
        {},
        korea,
        *answered,
        {ORIGIN_FACT: RecordedAnswer("CN")},
        {"left": RecordedAnswer(Answer.YES)},
    ]
    agrees(book, cases, "first")
    met, not_met, is_open = Status.MET, Status.NOT_MET, Status.UNDETERMINED
    statuses = [evaluate(book, answers, "first")["c"].status for answers in cases]
    assert statuses == [is_open, is_open, met, not_met, is_open, not_met, is_open]

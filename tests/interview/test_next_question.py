"""The next question, compared with a search of every continuation of a small case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from screen.case.evidence import RecordedAnswer, reliable_value
from screen.engine.evaluate import evaluate
from screen.interview.next_question import Question, QuestionPlanner, next_question
from screen.logic import Answer, Status
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT
from screen.rulebook.terms import Value
from tests.engine.books import (
    ANSWERS,
    CHAPTERS,
    PROFILES,
    Small,
    Written,
    answer,
    books_and_cases,
    case,
    pick,
    small,
    smalls,
)
from tests.examples import examples
from tests.real_law import random_cases, the_law
from tests.rulebook.small_book import good_book

Case = dict[str, RecordedAnswer]
Drawn = tuple[Small, Case, str]

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
DISTRESS = ("low", "medium", "high")
STATES = (ORIGIN_FACT, HOST_FACT)

FEW = {"most_facts": 4, "most_criteria": 4}


def question_for(law: Small, answers: Mapping[str, RecordedAnswer], profile: str = "first") -> Question | None:
    return QuestionPlanner(law.book, law.book.profiles[profile]).next_question(answers)


@dataclass(frozen=True)
class Search:
    """Every continuation of a case: which fact can still change which open conclusion."""

    unasked: tuple[str, ...]
    open: tuple[str, ...]
    #: For each completion (None where a fact stays open) how each open conclusion then ends.
    ends: Mapping[tuple[Value | None, ...], tuple[Status, ...]]

    def turned_by(self, fact: str, *, at_once: bool = False) -> set[str]:
        """Return the open conclusions that an answer to this fact changes, with any of the others answered or none."""
        place = self.unasked.index(fact)
        turned = set()
        for row, statuses in self.ends.items():
            others = [value for index, value in enumerate(row) if index != place]
            if row[place] is not None and (not at_once or set(others) <= {None}):
                without = self.ends[(*row[:place], None, *row[place + 1 :])]
                turned |= {
                    goal for goal, end, before in zip(self.open, statuses, without, strict=True) if end is not before
                }
        return turned

    @property
    def mattering(self) -> list[str]:
        return [fact for fact in self.unasked if self.turned_by(fact)]


def search_all(law: Small, answers: Mapping[str, RecordedAnswer], profile: str) -> Search:
    now = evaluate(law.book, answers, profile)
    presumed = {known.fact.name for known in now.presumed}
    unasked = tuple(name for name in law.facts if name not in answers and name not in presumed)
    statuses = {}
    for row in product(*((None, *ANSWERS[name]) for name in unasked)):
        more = {name: RecordedAnswer(value) for name, value in zip(unasked, row, strict=True) if value is not None}
        findings = evaluate(law.book, {**answers, **more}, profile)
        statuses[row] = tuple(findings[goal].status for goal in now.open_conclusions)
    return Search(unasked, now.open_conclusions, statuses)


@st.composite
def sittings(draw: st.DrawFn) -> Drawn:
    """Draw a small book and a case in which most facts are still to be asked for."""
    law = draw(smalls(**FEW))
    begun = case(draw, law)
    kept = {name: recorded for name, recorded in begun.items() if pick(draw, (False, True))}
    return law, kept, pick(draw, tuple(PROFILES))


@settings(max_examples=examples(65))
@given(sittings())
def test_a_question_is_asked_exactly_where_an_answer_can_change_an_open_conclusion(drawn: Drawn) -> None:
    law, answers, profile = drawn
    question, search = question_for(law, answers, profile), search_all(law, answers, profile)
    if question is None:
        assert search.mattering == [], "a fact that matters is never asked"
    else:
        assert question.fact.name in search.mattering, "what is asked can change nothing"
        assert question.open_conclusions == search.open
        assert set(question.settles) == search.turned_by(question.fact.name, at_once=True)


@settings(max_examples=examples(50))
@given(sittings())
def test_the_order_is_chapter_then_the_two_states_then_what_settles_more_then_less_distress(drawn: Drawn) -> None:
    law, answers, profile = drawn
    question, search = question_for(law, answers, profile), search_all(law, answers, profile)
    if question is None:
        return
    chapters, first = list(CHAPTERS), {ORIGIN_FACT: 0, HOST_FACT: 1}

    def preferred(name: str) -> tuple[int, int, int, int]:
        fact = law.book.facts[name]
        settles = len(search.turned_by(name, at_once=True))
        return chapters.index(fact.chapter), first.get(name, 2), -settles, DISTRESS.index(fact.distress)

    assert preferred(question.fact.name) == min(map(preferred, search.mattering))


@settings(max_examples=examples(50))
@given(books_and_cases())
def test_no_answered_or_presumed_fact_is_asked_and_the_question_is_the_same_each_time(drawn: Drawn) -> None:
    law, answers, profile = drawn
    question = question_for(law, answers, profile)
    assert question == question_for(law, dict(reversed(answers.items())), profile)
    if question is not None:
        known = evaluate(law.book, answers, profile).established[question.fact.name]
        assert question.fact.name not in answers
        assert not known.is_known


@st.composite
def complete_interviews(draw: st.DrawFn) -> tuple[Small, list[Case], str]:
    """Draw a small book and an interview on it, from the first question to the last."""
    law = draw(smalls(**FEW))
    profile = pick(draw, tuple(PROFILES))
    planner = QuestionPlanner(law.book, law.book.profiles[profile])
    answers: Case = case(draw, law) if pick(draw, (False, True)) else {}
    sitting = [answers]
    while (question := planner.next_question(answers)) is not None:
        assert question.fact.name not in answers
        answers = answers | {question.fact.name: answer(draw, question.fact.name)}
        sitting.append(answers)
    return law, sitting, profile


@settings(max_examples=examples(50))
@given(complete_interviews())
def test_an_interview_ends_and_leaves_nothing_open_that_an_answer_could_decide(
    drawn: tuple[Small, list[Case], str],
) -> None:
    law, sitting, profile = drawn
    search = search_all(law, sitting[-1], profile)
    assert all(set(statuses) <= {Status.UNDETERMINED} for statuses in search.ends.values())
    if all(reliable_value(recorded) is not UNKNOWN for recorded in sitting[-1].values()):
        # With every answer known, only a State that no host file describes can keep a conclusion open.
        assert not search.open or set(STATES) & set(law.facts)


@settings(max_examples=examples(25))
@given(complete_interviews())
def test_every_question_of_an_interview_could_change_a_conclusion_when_it_was_asked(
    drawn: tuple[Small, list[Case], str],
) -> None:
    law, sitting, profile = drawn
    for before, after in pairwise(sitting):
        (name,) = after.keys() - before.keys()
        assert search_all(law, before, profile).turned_by(name)


# ── examples ────────────────────────────────────────────────────────────────────────────────────────────────────────


def book(
    *rules: Written,
    conclusions: Sequence[str] = ("c0",),
    chapters: Mapping[str, str] | None = None,
    distress: Mapping[str, str] | None = None,
    presumptions: Sequence[Written] = (),
) -> Small:
    criteria = [{"criterion": f"c{index}", **rule} for index, rule in enumerate(rules)]
    return small({"criteria": criteria, "presumptions": list(presumptions)}, conclusions, chapters, distress)


def in_order(law: Small, answers: Mapping[str, Value]) -> Iterator[str]:
    """Yield the facts in the order in which they are asked for, each answered from the table, else unknown."""
    case: Case = {}
    while (question := question_for(law, case)) is not None:
        yield question.fact.name
        case[question.fact.name] = RecordedAnswer(answers.get(question.fact.name, UNKNOWN))


def test_the_less_distressing_question_comes_first_where_either_could_settle_it() -> None:
    rule = {"holds_if": {"any": ["guard", "fears"]}}
    assert next(in_order(book(rule, distress={"guard": "high", "fears": "low"}), {})) == "fears"
    assert next(in_order(book(rule, distress={"guard": "low", "fears": "high"}), {})) == "guard"


def test_a_distressing_fact_that_can_change_nothing_is_never_asked() -> None:
    law = book({"holds_if": {"any": ["fears", {"all": ["fears", "guard"]}]}}, distress={"guard": "high"})
    assert list(in_order(law, {})) == ["fears"]


def test_a_distressing_fact_is_not_asked_once_it_changes_nothing() -> None:
    law = book({"holds_if": {"any": ["left", "guard"]}}, distress={"guard": "high"})
    assert list(in_order(law, {"left": YES})) == ["left"]
    assert list(in_order(law, {"left": NO})) == ["left", "guard"]


def test_an_earlier_chapter_comes_first_though_a_later_one_would_settle_more() -> None:
    law = book(
        {"holds_if": {"all": ["left", "child"]}},
        {"holds_if": "fears"},
        conclusions=("c0", "c1"),
        chapters={"left": "flight", "child": "flight", "fears": "home"},
    )
    assert list(in_order(law, {"left": YES, "child": YES})) == ["left", "child", "fears"]


def test_what_settles_more_conclusions_comes_first() -> None:
    law = book({"holds_if": {"any": ["left", "child"]}}, {"holds_if": "child"}, conclusions=("c0", "c1"))
    question = question_for(law, {})
    assert question is not None
    assert (question.fact.name, question.settles) == ("child", ("c0", "c1"))


def test_the_two_states_are_asked_first_in_their_chapter_the_state_of_origin_before_the_host() -> None:
    rule = {"holds_if": {"any": ["left", {"all": [{"binds": "cat"}, {"fact": ORIGIN_FACT, "is": "KP"}]}]}}
    assert list(in_order(book(rule), {ORIGIN_FACT: "KP", HOST_FACT: "NO"})) == [ORIGIN_FACT, HOST_FACT, "left"]


def test_a_fact_answered_unknown_is_not_asked_again() -> None:
    law = book({"holds_if": {"all": ["left", "child"]}})
    assert list(in_order(law, {})) == ["left", "child"]


def test_a_fact_that_is_presumed_is_not_asked() -> None:
    law = book({"holds_if": "fears"}, presumptions=[{"origin": "KP", "presume": "fears", "value": "yes"}])
    assert question_for(law, {ORIGIN_FACT: RecordedAnswer("KP")}) is None
    question = question_for(law, {ORIGIN_FACT: RecordedAnswer("CN")})
    assert question is not None
    assert question.fact.name == "fears"


def test_a_fact_is_asked_because_a_presumption_depends_on_it() -> None:
    presumed = {"origin": "KP", "presume": "fears", "value": "yes", "when": {"fact": "way", "is": "river"}}
    law = book({"holds_if": "fears"}, presumptions=[presumed], chapters={"way": "flight", "fears": "home"})
    question = question_for(law, {ORIGIN_FACT: RecordedAnswer("KP")})
    assert question is not None
    assert question.fact.name == "way"
    assert question_for(law, {ORIGIN_FACT: RecordedAnswer("KP"), "way": RecordedAnswer("river")}) is None


def test_a_conclusion_that_is_certain_either_way_is_still_asked_to_its_end() -> None:
    # Nobody thinks ahead when a case is examined: until both are answered the conclusion is open.
    either = [{"any": [name, {"not": name}]} for name in ("left", "fears")]
    assert set(in_order(book({"holds_if": {"all": either}}), {"left": YES, "fears": NO})) == {"left", "fears"}


def test_a_combination_of_options_can_be_what_matters() -> None:
    several = [{"fact": "harms", "includes": option} for option in ("beating", "torture")]
    law = book({"holds_if": {"all": [{"at_least": 2, "of": several}, "fears"]}})
    assert set(in_order(law, {"harms": frozenset({"beating", "torture"})})) == {"harms", "fears"}


def test_a_question_names_the_criteria_that_rest_on_it_and_the_open_conclusions() -> None:
    law = book(
        {"holds_if": "left"}, {"holds_if": {"all": ["c0", "child"]}}, {"holds_if": "fears"}, conclusions=("c1", "c2")
    )
    question = question_for(law, {"fears": RecordedAnswer(YES)})
    assert question is not None
    assert (question.fact.name, question.criteria, question.open_conclusions) == ("left", ("c0",), ("c1",))


def test_nothing_is_asked_once_every_conclusion_is_decided() -> None:
    assert question_for(book({"holds_if": "left"}, {"holds_if": "fears"}), {"left": RecordedAnswer(NO)}) is None


def test_the_public_function_asks_under_the_named_profile() -> None:
    law = book({"holds_if": {"reading": "exit", "as": {"strict": "left", "mild": "fears"}}})
    for profile, fact in ((None, "left"), ("first", "left"), ("second", "fears")):
        question = next_question(law.book, {}, profile)
        assert question is not None
        assert question.fact.name == fact


# ── the real book ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_on_the_real_book_a_question_settles_what_it_says() -> None:
    law = the_law()
    planner = QuestionPlanner(law, law.profiles[law.default_profile])
    for answers in random_cases(examples(12), "questions"):
        question = planner.next_question(answers)
        now = evaluate(law, answers)
        if question is None:
            continue
        assert question.fact.name not in answers
        assert not now.established[question.fact.name].is_known
        assert question.open_conclusions == now.open_conclusions
        outcomes = [
            evaluate(law, answers | {question.fact.name: RecordedAnswer(value)})
            for value in planner.values[question.fact.name]
        ]
        for goal in question.settles:
            assert any(end[goal].status is not Status.UNDETERMINED for end in outcomes)


# ── judgements ──────────────────────────────────────────────────────────────────────────────────────────────────────

ALL_BUT_THE_FINE = {
    ORIGIN_FACT: RecordedAnswer("KP"),
    HOST_FACT: RecordedAnswer("NO"),
    "age": RecordedAnswer(30),
    "left_without_permission": RecordedAnswer(YES),
    "way_out": RecordedAnswer("river"),
    "exit_penalty": RecordedAnswer("fine"),
    "harms_feared": RecordedAnswer(frozenset()),
    "served_in_guard": RecordedAnswer(NO),
    "left_on": RecordedAnswer(UNKNOWN),
    "account": RecordedAnswer("words"),
}


def test_a_judgement_is_never_the_next_question_and_is_reported_when_it_alone_is_left() -> None:
    book = good_book()
    planner = QuestionPlanner(book, book.profiles[book.default_profile])
    assert planner.next_question(ALL_BUT_THE_FINE) is None
    assert [fact.name for fact in planner.open_judgements(ALL_BUT_THE_FINE)] == ["judgement_on_fine"]
    judged = {**ALL_BUT_THE_FINE, "judgement_on_fine": RecordedAnswer("grave", note="She has no other means.")}
    assert planner.open_judgements(judged) == ()


def test_no_judgement_is_reported_where_the_considerations_decide() -> None:
    book = good_book()
    planner = QuestionPlanner(book, book.profiles[book.default_profile])
    assert planner.open_judgements({**ALL_BUT_THE_FINE, "exit_penalty": RecordedAnswer("camp")}) == ()

"""The evaluator against a second judge, and what must hold of every book and every case."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.case.evidence import Credibility, RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN, Finding, Findings, leaves
from screen.logic import Answer, Status
from screen.rulebook.dependencies import reachable
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, RECOMMENDATIONS, criterion_terms  # fmt: skip
from screen.rulebook.terms import (  # fmt: skip
    All,
    AnyOf,
    AtLeast,
    Binds,
    InForce,
    Met,
    TakesSide,
    Term,
    Value,
    subterms,
)
from tests.engine.books import (
    ANSWERS,
    NEVER,
    PROFILES,
    Small,
    Written,
    as_written,
    books_and_cases,
    changed,
    every_combination,
    pick,
    small,
)  # fmt: skip
from tests.engine.judge import Judge
from tests.examples import examples

Case = dict[str, RecordedAnswer]
Drawn = tuple[Small, Case, str]

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
MET, NOT_MET, OPEN, NONE = Status.MET, Status.NOT_MET, Status.UNDETERMINED, Status.NOT_APPLICABLE


def states(findings: Findings) -> dict[str, Status]:
    return {name: finding.status for name, finding in findings.criteria.items()}


def finding_of(
    criterion: Written, answers: Mapping[str, Value | RecordedAnswer], *before: Written, **more: Written
) -> Finding:
    """Return the finding of a criterion, given without its name, in a book that may hold others before it."""
    return findings_of(criterion, answers, *before, **more)["c"]


def findings_of(
    criterion: Written, answers: Mapping[str, Value | RecordedAnswer], *before: Written, **more: Written
) -> Findings:
    book = small({"criteria": [*before, {"criterion": "c", **criterion}], **more}, ["c"]).book
    return evaluate(
        book,
        {
            name: value if isinstance(value, RecordedAnswer) else RecordedAnswer(value)
            for name, value in answers.items()
        },
    )


# ── a second judge ──────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=examples(120))
@given(books_and_cases())
def test_the_evaluator_agrees_with_a_judge_written_from_the_documentation_alone(drawn: Drawn) -> None:
    law, case, profile = drawn
    findings, judge = evaluate(law.book, case, profile), Judge(law.written, as_written(case), PROFILES[profile])
    assert {name: state.value for name, state in states(findings).items()} == judge.findings
    assert findings.recommendation == judge.recommendation
    assert {known.fact.name for known in findings.established.values() if known.is_known} == {
        name for name in law.book.facts if judge.fact(name) != "unknown"
    }


def test_every_combination_of_parts_has_the_status_that_the_judge_gives() -> None:
    law, cases = every_combination()
    for case in cases:
        judge = Judge(law.written, as_written(case), PROFILES["first"])
        findings = evaluate(law.book, case)
        assert {name: state.value for name, state in states(findings).items()} == judge.findings
        for name, finding in findings.criteria.items():
            if finding.status is not OPEN:
                alone = {known.fact.name: RecordedAnswer(known.value) for known in finding.rests_on}
                assert evaluate(law.book, alone)[name].status is finding.status, f"{name} rests on more than {alone}"


# ── what is decided stays decided ───────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=examples(65))
@given(books_and_cases(), st.data())
def test_an_answer_to_an_unknown_fact_never_changes_a_decided_finding(drawn: Drawn, data: st.DataObject) -> None:
    law, case, profile = drawn
    before = evaluate(law.book, case, profile)
    # Not a fact that is presumed: an answer may contradict what was presumed, and then everything may turn.
    unknown = [name for name in law.facts if not before.established[name].is_known]
    if unknown:
        name = pick(data.draw, unknown)
        after = evaluate(law.book, case | {name: RecordedAnswer(pick(data.draw, ANSWERS[name]))}, profile)
        for criterion, state in states(before).items():
            assert state is OPEN or after[criterion].status is state, f"{criterion} flipped when {name} became known"


def test_an_exception_that_is_met_defeats_a_rule_that_may_not_apply() -> None:
    inner = {"criterion": "inner", "applies_if": "left", "holds_if": "fears"}
    rule = {"holds_if": "inner", "unless": ["guard"]}
    assert finding_of(rule, {"guard": YES}, inner).status is NOT_MET
    assert finding_of(rule, {"guard": YES, "left": NO}, inner).status is NOT_MET
    assert finding_of(rule, {"guard": NO, "left": NO}, inner).status is NONE
    assert finding_of(rule, {"left": NO}, inner).status is OPEN


def test_too_few_parts_stay_undetermined_while_perhaps_none_applies() -> None:
    inner = {"criterion": "inner", "applies_if": "left", "holds_if": "fears"}
    other = {"criterion": "other", "applies_if": "child", "holds_if": "fears"}
    rule = {"holds_if": {"at_least": 2, "of": ["inner", "other"]}}
    assert finding_of(rule, {"child": NO}, inner, other).status is OPEN
    assert finding_of(rule, {"child": NO, "left": NO}, inner, other).status is NONE
    assert finding_of(rule, {"child": NO, "left": YES, "fears": YES}, inner, other).status is NOT_MET


# ── not applicable is neutral, order is nothing ─────────────────────────────────────────────────────────────────────


@settings(max_examples=examples(50))
@given(books_and_cases(), st.booleans())
def test_a_part_that_does_not_apply_changes_no_finding(drawn: Drawn, first: bool) -> None:
    law, case, profile = drawn

    def with_never(term: Term) -> Term:
        if isinstance(term, All | AnyOf | AtLeast):
            never = (Met("never"),)
            return replace(term, parts=(*never, *term.parts) if first else (*term.parts, *never))
        return term

    after = evaluate(changed(law, with_never, NEVER), case, profile)
    assert after["never"].status is NONE
    assert {name: after[name].status for name in law.book.criteria} == states(evaluate(law.book, case, profile))


@settings(max_examples=examples(50))
@given(books_and_cases(), st.integers(0, 5))
def test_the_order_of_parts_changes_no_finding(drawn: Drawn, seed: int) -> None:
    law, case, profile = drawn
    shuffle = random.Random(seed)

    def shuffled(term: Term) -> Term:
        if isinstance(term, All | AnyOf | AtLeast):
            return replace(term, parts=tuple(shuffle.sample(term.parts, len(term.parts))))
        return term

    assert states(evaluate(changed(law, shuffled), case, profile)) == states(evaluate(law.book, case, profile))


# ── what a finding rests on ─────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=examples(65))
@given(books_and_cases())
def test_the_facts_that_a_decided_finding_rests_on_decide_it_alone(drawn: Drawn) -> None:
    law, case, profile = drawn
    for name, finding in evaluate(law.book, case, profile).criteria.items():
        if finding.status is not OPEN:
            alone = {known.fact.name: RecordedAnswer(known.value) for known in finding.rests_on}
            assert evaluate(law.book, alone, profile)[name].status is finding.status, (
                f"{name} rests on more than {alone}"
            )


@settings(max_examples=examples(50))
@given(books_and_cases())
def test_a_decided_finding_misses_nothing_and_an_open_one_says_what_is_missing(drawn: Drawn) -> None:
    law, case, profile = drawn
    for finding in evaluate(law.book, case, profile).criteria.values():
        if finding.status is not OPEN:
            assert finding.missing == ()
            continue
        assert all(not known.is_known for known in finding.missing)
        rows = [
            leaf
            for leaf in leaves(finding)
            if isinstance(leaf.term, Binds) and leaf.established and leaf.established.is_known
        ]
        assert finding.missing or rows
        assert all(leaf.standing is None for leaf in rows), "a State that a host file describes leaves nothing open"


@settings(max_examples=examples(50))
@given(books_and_cases())
def test_open_parts_keep_a_finding_open_and_decided_parts_decide_it(drawn: Drawn) -> None:
    law, case, profile = drawn
    for finding in evaluate(law.book, case, profile).criteria.values():
        waiting = [finding]
        while waiting:
            here = waiting.pop()
            waiting += here.deciding
            assert all(any(part is candidate for candidate in here.parts) for part in here.deciding)
            if not here.parts:
                continue
            assert here.deciding, f"nothing decides {here.term}"
            if here.status is OPEN:
                assert {part.status for part in here.deciding} == {OPEN}
            else:
                assert OPEN not in {part.status for part in here.deciding}


def test_each_fact_is_listed_once_in_the_order_of_the_tree() -> None:
    rule = {"holds_if": {"all": ["fears", {"any": ["left", "fears"]}, "child"]}}
    assert [known.fact.name for known in finding_of(rule, {}).missing] == ["fears", "left", "child"]
    answered = finding_of(rule, dict.fromkeys(("fears", "left", "child"), YES))
    assert [known.fact.name for known in answered.rests_on] == ["fears", "left", "child"]


def test_a_criterion_that_is_not_met_also_rests_on_its_applicability() -> None:
    rule = {"applies_if": {"binds": "cat"}, "holds_if": "fears"}
    finding = finding_of(rule, {"fears": NO, HOST_FACT: "CN"})
    assert (finding.status, {known.fact.name for known in finding.rests_on}) == (NOT_MET, {"fears", HOST_FACT})


def test_a_criterion_that_is_met_also_rests_on_the_parts_that_do_not_apply() -> None:
    inner = {"criterion": "inner", "applies_if": "left", "holds_if": "child"}
    finding = finding_of({"holds_if": {"all": ["fears", "inner"]}}, {"fears": YES, "left": NO}, inner)
    assert (finding.status, {known.fact.name for known in finding.rests_on}) == (MET, {"fears", "left"})


# ── unknown, rejected, treaties, readings ───────────────────────────────────────────────────────────────────────────


@settings(max_examples=examples(35))
@given(books_and_cases(presumptions=False))
def test_without_facts_everything_is_undetermined_except_what_profile_and_date_decide(drawn: Drawn) -> None:
    law, _, profile = drawn
    criteria = law.book.criteria
    for name, state in states(evaluate(law.book, {}, profile)).items():
        below = [term for needed in reachable([name], criteria) for term in criterion_terms(criteria[needed])]
        constant = any(isinstance(part, TakesSide | InForce) for term in below for part in subterms(term))
        assert state is OPEN or constant, f"{name} is {state.value} on no facts at all"


@pytest.mark.parametrize(
    ("criterion", "fact"),
    [
        ("fears", "fears"),
        ({"fact": "way", "is": "river"}, "way"),
        ({"fact": "penalty", "at_least": "none"}, "penalty"),
        ({"fact": "harms", "includes_any": ["torture"]}, "harms"),
        ({"fact": "age", "under": 18}, "age"),
        ({"fact": "left_on", "after": "2022-06-28"}, "left_on"),
        ({"fact": ORIGIN_FACT, "is": "KP"}, ORIGIN_FACT),
        ({"binds": "cat"}, HOST_FACT),
    ],
)
@pytest.mark.parametrize("answers", [{}, "unknown"], ids=["missing", "unknown"])
def test_an_unknown_fact_leaves_its_comparison_and_the_opposite_open(
    criterion: Written, fact: str, answers: object
) -> None:
    case = {fact: UNKNOWN} if answers else {}
    for rule in (criterion, {"not": criterion}):
        finding = finding_of({"holds_if": rule}, case)
        assert finding.status is OPEN
        assert [known.fact.name for known in finding.missing] == [fact]


def status_with(credibility: Credibility, rule: Written, fact: str, value: Value) -> Status:
    return finding_of({"holds_if": rule}, {fact: RecordedAnswer(value, credibility)}).status


def test_a_rejected_yes_counts_as_no_and_a_rejected_no_as_unknown() -> None:
    assert status_with(Credibility.REJECTED, "fears", "fears", YES) is NOT_MET
    assert status_with(Credibility.REJECTED, "fears", "fears", NO) is OPEN
    assert status_with(Credibility.REJECTED, "fears", "fears", UNKNOWN) is OPEN


@pytest.mark.parametrize(
    ("rule", "fact", "value"),
    [
        ({"fact": "way", "is": "river"}, "way", "river"),
        ({"fact": "penalty", "at_least": "none"}, "penalty", "camp"),
        ({"fact": "harms", "includes": "torture"}, "harms", frozenset({"torture"})),
        ({"fact": "harms", "includes": "torture"}, "harms", frozenset[str]()),
        ({"fact": "age", "under": 18}, "age", 17),
        ({"fact": ORIGIN_FACT, "is": "CN"}, ORIGIN_FACT, "CN"),
    ],
)
def test_a_rejected_choice_or_list_or_number_counts_as_unknown(rule: Written, fact: str, value: Value) -> None:
    assert status_with(Credibility.REJECTED, rule, fact, value) is OPEN
    assert status_with(Credibility.NOT_ASSESSED, rule, fact, value) is not OPEN


@pytest.mark.parametrize(
    "credibility", [credibility for credibility in Credibility if credibility is not Credibility.REJECTED]
)
def test_every_answer_that_is_not_rejected_is_relied_on(credibility: Credibility) -> None:
    assert status_with(credibility, "fears", "fears", YES) is MET
    assert status_with(credibility, "fears", "fears", NO) is NOT_MET


@pytest.mark.parametrize(
    ("how", "state"),
    [("at_least", "-++"), ("over", "--+"), ("at_most", "++-"), ("under", "+--")],
)
def test_bounds_are_included_or_excluded_as_their_keys_say(how: str, state: str) -> None:
    got = [finding_of({"holds_if": {"fact": "age", how: 18}}, {"age": age}).status for age in (17, 18, 19)]
    assert got == [MET if letter == "+" else NOT_MET for letter in state]


def test_a_day_before_or_after_is_not_the_day_itself() -> None:
    for how, state in (("before", "+--"), ("after", "--+")):
        rule = {"holds_if": {"fact": "left_on", how: "2022-06-28"}}
        got = [finding_of(rule, {"left_on": day}).status for day in ANSWERS["left_on"]]
        assert got == [MET if letter == "+" else NOT_MET for letter in state]


@pytest.mark.parametrize(("state", "expected"), [("CN", MET), ("NO", NOT_MET), ("FR", OPEN)])
def test_a_treaty_binds_a_party_and_is_undetermined_for_a_state_without_a_file(state: str, expected: Status) -> None:
    finding = finding_of({"holds_if": {"binds": "cat"}}, {HOST_FACT: state})
    assert finding.status is expected
    assert finding.missing == ()  # the State is known: the book is what is silent
    assert (finding.deciding[0].standing is None) is (expected is OPEN)


def test_a_signature_does_not_bind() -> None:
    assert finding_of({"holds_if": {"binds": "echr"}}, {HOST_FACT: "CN"}).status is NOT_MET


def test_a_treaty_can_be_tested_for_the_state_of_origin() -> None:
    rule = {"holds_if": {"binds": "cat", "on": "origin"}}
    assert finding_of(rule, {ORIGIN_FACT: "CN", HOST_FACT: "NO"}).status is MET
    assert finding_of(rule, {ORIGIN_FACT: "NO", HOST_FACT: "CN"}).status is NOT_MET


def test_each_profile_reads_its_own_side() -> None:
    rule = {"holds_if": {"reading": "exit", "as": {"strict": "fears", "mild": {"not": "fears"}}}}
    book = small({"criteria": [{"criterion": "c", **rule}]}, ["c"]).book
    case = {"fears": RecordedAnswer(YES)}
    assert evaluate(book, case)["c"].status is evaluate(book, case, "first")["c"].status is MET
    assert evaluate(book, case, "second")["c"].status is NOT_MET


def test_a_profile_that_the_book_does_not_have_raises_a_key_error() -> None:
    with pytest.raises(KeyError, match="third"):
        evaluate(small({"criteria": [{"criterion": "c", "holds_if": "fears"}]}, ["c"]).book, {}, "third")


# ── presumptions ────────────────────────────────────────────────────────────────────────────────────────────────────

FEARED = {"origin": "KP", "presume": "fears", "value": "yes", "when": "left"}
FROM_NORTH_KOREA = {ORIGIN_FACT: "KP", "left": YES}


def test_a_presumption_fills_what_nobody_answered_and_is_marked() -> None:
    findings = findings_of({"holds_if": "fears"}, FROM_NORTH_KOREA, presumptions=[FEARED])
    assert findings["c"].status is MET
    assert [known.fact.name for known in findings.presumed] == ["fears"]
    (resting,) = findings["c"].rests_on
    assert resting.presumed is not None
    assert resting.presumed.because == "It is known."
    assert resting.given is None


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"fears": NO}, NOT_MET),  # an answer beats it
        ({"left": NO}, OPEN),
        ({"left": UNKNOWN}, OPEN),  # an unknown condition is not a condition that is met
        ({ORIGIN_FACT: "CN"}, OPEN),
        ({ORIGIN_FACT: UNKNOWN}, OPEN),
        ({ORIGIN_FACT: RecordedAnswer("KP", Credibility.REJECTED)}, OPEN),
        ({"fears": UNKNOWN}, MET),  # that the applicant does not know says nothing against what is known of the State
        ({"fears": RecordedAnswer(YES, Credibility.REJECTED)}, NOT_MET),
    ],
)
def test_a_presumption_applies_only_while_its_conditions_are_met_and_no_answer_contradicts_it(
    answers: Mapping[str, Value | RecordedAnswer], expected: Status
) -> None:
    findings = findings_of({"holds_if": "fears"}, FROM_NORTH_KOREA | answers, presumptions=[FEARED])
    assert findings["c"].status is expected
    assert bool(findings.presumed) is (expected is MET)


def test_a_presumption_may_rest_on_another() -> None:
    left = {"origin": "KP", "presume": "left", "value": "yes"}
    findings = findings_of({"holds_if": "fears"}, {ORIGIN_FACT: "KP"}, presumptions=[left, FEARED])
    assert {known.fact.name for known in findings.presumed} == {"left", "fears"}


NOT_RAISED = {"origin": None, "presume": "fears", "value": "no", "when": "child"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, NOT_MET),
        ({ORIGIN_FACT: UNKNOWN}, OPEN),  # what is known of the State could say otherwise
        ({"child": UNKNOWN}, OPEN),
        ({"fears": YES}, MET),
        ({"fears": UNKNOWN}, OPEN),  # asked and not known: silence was broken, and closes nothing
        ({"fears": RecordedAnswer(NO, Credibility.REJECTED)}, OPEN),
    ],
)
def test_what_is_presumed_for_every_state_fills_only_what_nobody_was_asked(
    answers: Mapping[str, Value | RecordedAnswer], expected: Status
) -> None:
    case = {ORIGIN_FACT: "CN", "child": YES} | answers
    findings = findings_of({"holds_if": "fears"}, case, presumptions=[NOT_RAISED])
    assert findings["c"].status is expected


@pytest.mark.parametrize(("left", "expected"), [(YES, MET), (NO, NOT_MET), (UNKNOWN, OPEN)])
def test_silence_settles_nothing_while_country_information_may_still_apply(left: Value, expected: Status) -> None:
    feared = {"origin": "KP", "presume": "fears", "value": "yes", "when": "left"}
    case = {ORIGIN_FACT: "KP", "child": YES, "left": left}
    findings = findings_of({"holds_if": "fears"}, case, presumptions=[feared, NOT_RAISED])
    assert findings["c"].status is expected


def test_country_information_beats_a_presumption_for_every_state() -> None:
    findings = findings_of({"holds_if": "fears"}, FROM_NORTH_KOREA | {"child": YES}, presumptions=[NOT_RAISED, FEARED])
    assert findings["c"].status is MET


@settings(max_examples=examples(50))
@given(books_and_cases())
def test_an_answer_beats_every_presumption_and_what_is_presumed_is_marked(drawn: Drawn) -> None:
    law, case, profile = drawn
    for name, known in evaluate(law.book, case, profile).established.items():
        if name in case and case[name].credibility is not Credibility.REJECTED and case[name].value is not UNKNOWN:
            assert (known.value, known.presumed) == (case[name].value, None)
        elif name not in case:
            assert known.is_known is (known.presumed is not None)
        if known.presumed:
            assert known.presumed.fact == name
            assert known.value == known.presumed.value


# ── recommendations ─────────────────────────────────────────────────────────────────────────────────────────────────


def _recommended(answers: Mapping[str, Value | RecordedAnswer], *recommendations: Written) -> str:
    exclusion = {"criterion": "exclusion", "applies_if": {"fact": "age", "at_least": 18}, "holds_if": "guard"}
    return findings_of({"holds_if": "fears"}, answers, exclusion, recommendations=recommendations).recommendation


RECOGNISE = {"recommend": "recognise", "when": "c"}
REVIEW = {"recommend": "refer_review", "when": {"not": "c"}}
SPECIALIST = {"recommend": "refer_exclusion_specialist", "when": {"all": ["c", {"not_ruled_out": "exclusion"}]}}


def test_the_first_recommendation_whose_condition_is_met_is_given() -> None:
    assert _recommended({"fears": YES}, RECOGNISE, SPECIALIST) == "recognise"
    assert _recommended({"fears": YES}, SPECIALIST, RECOGNISE) == "refer_exclusion_specialist"
    assert _recommended({"fears": NO}, RECOGNISE, REVIEW) == "refer_review"


def test_where_no_condition_is_met_nothing_is_decided_and_nobody_returned() -> None:
    assert _recommended({}, RECOGNISE, REVIEW) == _recommended({"fears": YES}) == UNDETERMINED_NO_RETURN
    assert UNDETERMINED_NO_RETURN in RECOMMENDATIONS


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"guard": YES, "age": 30}, "refer_exclusion_specialist"),
        ({"guard": YES}, "refer_exclusion_specialist"),  # open is not ruled out
        ({"guard": NO, "age": 30}, "recognise"),
        ({"guard": YES, "age": 12}, "recognise"),  # what does not apply is ruled out
    ],
)
def test_not_ruled_out_is_met_or_open(answers: Mapping[str, Value], expected: str) -> None:
    assert _recommended({"fears": YES, **answers}, SPECIALIST, RECOGNISE) == expected


def test_not_ruled_out_is_decided_and_misses_nothing_although_its_criterion_is_open() -> None:
    rule = {"recommend": "refer_exclusion_specialist", "when": {"not_ruled_out": "c"}}
    ((_, when),) = findings_of({"holds_if": "fears"}, {}, recommendations=[rule]).recommendations
    assert (when.status, when.missing) == (MET, ())


# ── one walk ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_shared_criterion_is_examined_once() -> None:
    names = [f"d{index}" for index in range(60)]
    chain = [
        {"criterion": name, "holds_if": {"all": [below, below]}}
        for below, name in zip(["fears", *names], names, strict=False)
    ]
    findings = findings_of({"holds_if": {"any": ["d59", "d59"]}}, {"fears": YES}, *chain)  # inlined: 2 ** 60 leaves
    assert findings["c"].status is MET
    assert [known.fact.name for known in findings["c"].rests_on] == ["fears"]


@settings(max_examples=examples(15))
@given(books_and_cases())
def test_the_same_case_gives_the_same_findings(drawn: Drawn) -> None:
    law, case, profile = drawn
    backwards = dict(reversed(case.items()))
    assert states(evaluate(law.book, case, profile)) == states(evaluate(law.book, backwards, profile))


@settings(max_examples=examples(15))
@given(books_and_cases())
def test_open_conclusions_are_those_of_the_book_that_are_open(drawn: Drawn) -> None:
    law, case, profile = drawn
    findings = evaluate(law.book, case, profile)
    assert findings.open_conclusions == tuple(name for name in law.book.conclusions if findings[name].status is OPEN)


def test_a_criterion_with_days_does_not_apply_where_its_condition_is_itself_not_applicable() -> None:
    criteria = [
        {"criterion": "base", "applies_if": "left", "holds_if": "fears"},
        {"criterion": "dated", "applies_if": "base", "holds_if": "fears", "in_force_from": "2000-01-01"},
    ]
    book = small({"criteria": criteria}, ["dated"]).book
    given = {"left": RecordedAnswer(Answer.NO), "fears": RecordedAnswer(Answer.YES)}
    assert evaluate(book, given, "first")["dated"].status is Status.NOT_APPLICABLE

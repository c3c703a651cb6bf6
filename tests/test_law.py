"""The real rule book: it is valid, its cases hold, and it breaks none of the promises that no rule book may break.

The promises are looked for over many cases at once (`BitParallelLaw`, which tests/circuit holds to the evaluator),
under every profile: random cases, cases near the law cases, and quiet ones in which nothing is feared.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pytest

from screen.case.evidence import Credibility, RecordedAnswer
from screen.circuit.bit_parallel import BitParallelLaw
from screen.circuit.circuit import Ternary
from screen.engine.evaluate import evaluate
from screen.evaluation.law_cases import LawCase, find_coverage_gaps, read_law_cases
from screen.logic import Answer, Status
from screen.rulebook.dependencies import criteria_in, facts_in, reachable
from screen.rulebook.formulas import NeverChanged, NeverWeaker
from screen.rulebook.layers import layers
from screen.rulebook.lint import find_lints
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, RECOMMENDATIONS, Fact, criterion_terms
from screen.rulebook.terms import Value
from tests.engine.books import columns_of
from tests.real_law import checked, its_cases, its_results, random_cases, random_value, the_law

Case = Mapping[str, RecordedAnswer]

PROFILES = sorted(the_law().profiles)

#: For what tests/proof proves of every case under every profile: it is tried under the book's own, at length under all.
PROVED = [
    profile if profile == the_law().default_profile else pytest.param(profile, marks=pytest.mark.slow)
    for profile in PROFILES
]


# ── the book itself ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_rule_book_has_no_mistakes() -> None:
    mistakes = [*checked().diagnostics, *read_law_cases(checked().cases, the_law())[1]]
    assert not mistakes, "\n" + "\n".join(map(str, mistakes))


def test_nothing_in_the_rule_book_looks_wrong() -> None:
    lints = find_lints(the_law(), checked().location)
    assert not lints, "\n" + "\n".join(map(str, lints))


@pytest.mark.parametrize("case", its_cases(), ids=lambda case: f"{case.decision or ''} {case.name}".strip())
def test_a_law_case_holds_or_says_why_it_need_not(case: LawCase) -> None:
    result = its_results()[case.name]
    if result.excuse is None:
        differences = [f"{name}: {actual}, expected {expected}" for name, expected, actual in result.differences]
        assert result.passes, f"{case.location}: {case.name}\n" + "\n".join(differences)
    else:
        assert not result.passes, f"{case.location}: the case holds now. Delete its excuse. {result.excuse}"


def test_no_law_case_has_two_excuses() -> None:
    assert not [case.name for case in its_cases() if case.disputed and case.not_yet]


def test_a_law_case_expects_something() -> None:
    assert all(case.expect or case.recommend or case.expect_closed or case.recommend_closed for case in its_cases())


def test_every_criterion_with_words_is_found_every_way_by_some_law_case() -> None:
    assert not find_coverage_gaps(its_results().values(), the_law())


def test_every_fact_says_whose_silence_it_is() -> None:
    told_by = {fact.name: fact.known_from for fact in the_law().facts.values()}
    assert not [name for name, teller in told_by.items() if teller is None]
    weighed = {teller for name, teller in told_by.items() if the_law().facts[name].judgement}
    assert weighed == {"officer"}, "a judgement is never the applicant's to give"


def test_every_criterion_with_words_names_its_authority_and_its_standard_and_is_an_element_or_a_conclusion() -> None:
    worded = [criterion for criterion in the_law().criteria.values() if criterion.says]
    assert len(worded) > 90
    assert not [criterion.name for criterion in worded if not (criterion.sources and criterion.standard)]
    assert not [criterion.name for criterion in worded if layers(the_law())[criterion.name] == "consideration"]


def test_most_criteria_are_elements_and_what_is_built_from_them_carries_no_burden() -> None:
    counted = Counter(layers(the_law()).values())
    assert counted["element"] > 80
    assert counted["conclusion"] > 25
    for profile in the_law().profiles.values():
        sorted_under = layers(the_law(), profile)
        assert {sorted_under[name] for name in the_law().conclusions} == {"element", "conclusion"}
        borne = {"state_protection", "internal_alternative"}, {"availment", "no_other_place"}
        elements, others = borne if profile.readings["protection_burden"] == "authority" else reversed(borne)
        assert {sorted_under[name] for name in elements} == {"element"}
        assert "element" not in {sorted_under[name] for name in others}


# ── judgements ──────────────────────────────────────────────────────────────────────────────────────────────────────


def judgements() -> list[Fact]:
    return [fact for fact in the_law().facts.values() if fact.judgement]


def test_a_judgement_is_a_choice_that_names_what_to_weigh_and_is_asked_for_by_a_law_case() -> None:
    assert len(judgements()) >= 5
    judged = {name for case in its_cases() for name in case.given}
    for fact in judgements():
        assert fact.type == "choice"
        assert fact.help
        assert fact.sources
    assert {"judgement_on_harm", "judgement_on_relocation", "judgement_on_protection"} <= judged


@pytest.mark.parametrize("profile", PROFILES)
def test_judgements_alone_decide_nothing(profile: str) -> None:
    asleep = evaluate(the_law(), {}, profile)
    for place in (0, -1):
        given = {fact.name: RecordedAnswer(fact.options[place][0], note="weighed") for fact in judgements()}
        awake = evaluate(the_law(), given, profile)
        worded = [name for name, criterion in the_law().criteria.items() if criterion.says]
        assert [awake[name].status for name in worded] == [asleep[name].status for name in worded]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_judgement_never_turns_what_the_considerations_decide(profile: str) -> None:
    settled_something = set()
    for fact in judgements():
        walked = Walked(profile, fact.name, every_answer(fact.name))
        for criterion in the_law().criteria:
            unasked, *judged = walked.after(criterion)
            for after in judged:
                assert after.met & unasked.met == unasked.met
                assert after.not_met & unasked.not_met == unasked.not_met
                if after.met & ~unasked.met:
                    settled_something.add(fact.name)
    assert settled_something, "no judgement settled anything"


# ── many cases ──────────────────────────────────────────────────────────────────────────────────────────────────────

QUIET_COUNTRY = "FR"  # no presumption stands on it


def _nothing(fact: Fact) -> RecordedAnswer:
    """Return the answer of somebody to whom nothing happened."""
    options = [option for option, _ in fact.options]
    match fact.type:
        case "yes_no":
            return RecordedAnswer(Answer.NO)
        case "many":
            return RecordedAnswer(frozenset())
        case "level":
            return RecordedAnswer(options[0])
        case "choice":
            return RecordedAnswer(options[-1])
        case "number":
            return RecordedAnswer(30)
        case "country":
            return RecordedAnswer(QUIET_COUNTRY)
        case _:
            return RecordedAnswer(Answer.UNKNOWN)


@cache
def quiet_cases(count: int) -> tuple[Case, ...]:
    """Return cases in which nothing is feared, each with a few answers changed."""
    draw = random.Random("quiet")
    book, cases = the_law(), []
    for _ in range(count):
        case = {name: _nothing(fact) for name, fact in book.facts.items()}
        case[HOST_FACT] = RecordedAnswer(draw.choice(sorted(book.standings)))
        for name in draw.sample(sorted(book.facts), draw.randrange(6)):
            case[name] = RecordedAnswer(random_value(book.facts[name], draw))
        cases.append(case)
    return tuple(cases)


@cache
def cases() -> tuple[Case, ...]:
    """Return 400 cases and the law cases themselves."""
    return (*random_cases(300), *quiet_cases(100), *(case.given for case in its_cases()))


#: What becomes of an answer: the same, another, or none.
Change = Callable[[RecordedAnswer | None], RecordedAnswer | None]


class Walked:
    """All the cases, and each again with one answer changed, walked at once: a block of bits for each change."""

    def __init__(self, profile: str, name: str, changes: Sequence[Change]) -> None:
        self.count, self.changes = len(cases()), len(changes)
        blocks = 1 + len(changes)
        repeat = sum(1 << (index * self.count) for index in range(blocks))
        columns = {fact: [(value, mask * repeat) for value, mask in column] for fact, column in _columns().items()}
        # The fact that changes has a column of its own: a row for each case as it is, then for each change.
        said = [change(case.get(name)) for change in (lambda given: given, *changes) for case in cases()]
        columns |= columns_of([{} if given is None else {name: given} for given in said])
        law = compiled(profile)
        self.statuses = law.evaluate(law.inputs_of_columns(columns), self.count * blocks)

    def block(self, criterion: str, index: int) -> Ternary:
        """Return how a criterion ends in each case: with no change (0), or with one of the changes (from 1)."""
        return Ternary(*(bits >> (index * self.count) & ((1 << self.count) - 1) for bits in self.statuses[criterion]))

    def after(self, criterion: str) -> list[Ternary]:
        """Return how a criterion ends after each change."""
        return [self.block(criterion, index + 1) for index in range(self.changes)]

    def changed(self, *criteria: str) -> set[str]:
        """Return those of these criteria that end otherwise in some case after some change."""
        return {name for name in criteria if set(self.after(name)) - {self.block(name, 0)}}


@cache
def compiled(profile: str) -> BitParallelLaw:
    return BitParallelLaw(the_law(), the_law().profiles[profile])


@cache
def _columns() -> dict[str, list[tuple[Value, int]]]:
    return columns_of(cases())


def answered(given: RecordedAnswer | None) -> Change:
    """Return the change that answers a fact so, or takes its answer out."""
    return lambda _: given


def every_answer(name: str) -> list[Change]:
    """Return the changes that give a fact some answers: every one where they can be listed."""
    fact = the_law().facts[name]
    options = [option for option, _ in fact.options]
    values: Sequence[Value] = options
    match fact.type:
        case "yes_no":
            values = [Answer.YES, Answer.NO]
        case "many":
            values = [frozenset(), *(frozenset({option}) for option in options), frozenset(options)]
        case "number":
            values = [0, 13, 14, 17, 18, 40]
    return [answered(None), *(answered(RecordedAnswer(value)) for value in values)]


def facts_under(*criteria: str) -> set[str]:
    book = the_law()
    return facts_in(
        term for name in reachable(criteria, book.criteria) for term in criterion_terms(book.criteria[name])
    )


# ── a closed record ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("profile", ["paper", "canada", "uk"])
def test_what_the_applicant_has_not_shown_nothing_that_others_still_find_out_could_have_met(profile: str) -> None:
    draw, book, not_shown = random.Random("closed"), the_law(), 0
    asked_of_others = [
        fact for fact in book.facts.values() if fact.known_from != "applicant" and fact.type != "country"
    ]
    for case in random_cases(25):
        closed = evaluate(book, case, profile, closed=True)
        names = [name for name, finding in closed.criteria.items() if finding.not_shown in ("applicant", "shared")]
        # What was raised presumes answers of the applicant, so that it is no finding of others alone.
        open_facts = [
            fact
            for fact in asked_of_others
            if not closed.established[fact.name].is_known and fact.name != "matters_raised"
        ]
        for _ in range(2):
            found = {fact.name: RecordedAnswer(random_value(fact, draw)) for fact in open_facts if draw.random() < 0.8}
            later = evaluate(book, {**case, **found}, profile, closed=True)
            assert not [name for name in names if later[name].status is Status.MET]
            not_shown += len(names)
    assert not_shown > 400, "too little was closed for the test to mean anything"


@pytest.mark.parametrize("profile", ["paper", "canada", "eu"])
def test_closing_turns_nothing_and_refers_to_a_human_only_where_every_bar_to_return_is_decided(profile: str) -> None:
    referred = 0
    for case in (*random_cases(20), *(law_case.given for law_case in its_cases()[::8])):
        is_open, closed = (evaluate(the_law(), case, profile, closed=is_closed) for is_closed in (False, True))
        for name, finding in is_open.criteria.items():
            assert finding.status in (Status.UNDETERMINED, closed[name].status)
        if closed.recommendation == "refer_review":
            referred += 1
            for name in (*bars(), "no_return", "refugee_status", "complementary_protection"):
                assert closed[name].status in (Status.NOT_MET, Status.NOT_APPLICABLE)
    assert referred > 2


def test_silence_of_everybody_shows_nothing_against_the_applicant() -> None:
    for profile in PROFILES:
        closed = evaluate(the_law(), {}, profile, closed=True)
        assert not [
            finding.criterion.name
            for finding in closed.criteria.values()
            if finding.criterion and finding.criterion.adverse and finding.status is Status.MET
        ]


# ── what may be recommended ─────────────────────────────────────────────────────────────────────────────────────────


ABSOLUTE = ("cat_3", "customary_ban_on_torture", "echr_3", "iccpr_6_7", "icpped_16", "crc", "cedaw")


def bars() -> set[str]:
    """Return the rules that forbid return, as the rule book lists them under `no_return`."""
    return criteria_in(criterion_terms(the_law().criteria["no_return"]))


def test_the_rule_book_knows_these_bars_to_return() -> None:
    assert bars() >= {*ABSOLUTE, "regional_refugee"}
    assert {"refugee_status", "refugee_as_regards_origin"} <= reachable(bars(), the_law().criteria)


def test_no_path_recommends_anything_but_the_five() -> None:
    five = {
        "recognise", "complementary_protection", "undetermined_no_return", "refer_review", "refer_exclusion_specialist",
    }  # fmt: skip
    assert set(RECOMMENDATIONS) == five
    assert {recommendation.name for recommendation in the_law().recommendations} <= five


@pytest.mark.parametrize("profile", PROVED)
def test_review_is_recommended_only_where_every_bar_to_return_is_decided_and_none_is_met(profile: str) -> None:
    reviewed = 0
    for case in (*quiet_cases(60), *random_cases(40)):
        findings = evaluate(the_law(), case, profile)
        assert findings.recommendation in RECOMMENDATIONS
        if findings.recommendation == "refer_review":
            reviewed += 1
            for name in (*bars(), "no_return", "refugee_status", "complementary_protection"):
                assert findings[name].status.value in ("not_met", "not_applicable"), f"{name} still stands in the way"
    assert reviewed > 15, "too few cases reach this recommendation for the test to mean anything"


def test_where_nothing_is_known_nothing_is_recommended_but_no_return() -> None:
    for profile in PROFILES:
        for case in (
            {},
            {ORIGIN_FACT: RecordedAnswer("KP")},
            {ORIGIN_FACT: RecordedAnswer("KP"), HOST_FACT: RecordedAnswer("CN")},
        ):
            assert evaluate(the_law(), case, profile).recommendation == "undetermined_no_return"


# ── promises ────────────────────────────────────────────────────────────────────────────────────────────────────────

CONDUCT = (
    "exclusion_signs", "part_in_acts", "knew_of_acts", "refusal_meant_danger", "age_at_acts", "crime_weight",
    "crime_place", "crime_aim", "crime_link", "crime_targets", "crime_highest_penalty", "crime_made_lighter",
    "joined_how", "rank_held", "stayed_after_knowing", "sentence_served", "acts_scale", "danger_evidence",
    "conviction_here", "violence_likely_again",
)  # fmt: skip


def test_what_is_tried_under_one_profile_is_proved_under_every_profile() -> None:
    """Facts and findings alike: what a proof leaves out does not reach these findings at all."""
    book = the_law()
    conduct = book.properties["exclusion_leaves_the_ban_on_torture"]
    host = book.properties["harm_in_host_makes_no_refugee"]
    assert conduct.profiles == host.profiles == ()
    assert isinstance(conduct.statement, NeverChanged)
    assert isinstance(host.statement, NeverChanged)
    assert {change.fact for change in conduct.statement.others} >= set(CONDUCT)
    assert set(conduct.statement.criteria) >= set(ABSOLUTE)
    limbs = {"refugee_as_regards_origin", "refugee_departure", "refugee_sur_place"}
    assert set(host.statement.criteria) >= limbs
    harm = book.properties["more_harm_weakens_no_claim"]
    assert harm.profiles == ()
    assert isinstance(harm.statement, NeverWeaker)
    assert set(HARMS) <= {change.fact for change in harm.statement.more}
    # These two rest on the status, which is proved, and on nothing else that a harm could move.
    assert {*FAVOURABLE, *bars()} - set(harm.statement.criteria) == {"art_33_1", "return_barred_by_33"}
    assert criteria_in(criterion_terms(book.criteria["art_33_1"])) == {"refugee_status", "met_outside_territory"}
    assert criteria_in(criterion_terms(book.criteria["return_barred_by_33"])) == {"art_33_1", "art_33_2"}
    assert not facts_under("art_33_2") & set(HARMS)
    assert not facts_in(criterion_terms(book.criteria["art_33_1"])) & set(HARMS)
    assert not facts_under("met_outside_territory") & set(HARMS)
    left_out = host_facts() - {change.fact for change in host.statement.others}
    assert not left_out & facts_under(*limbs)
    assert not left_out & facts_in(
        presumption.when for presumption in book.presumptions if presumption.when is not None
    )


def test_the_bans_on_torture_and_ill_treatment_ask_nothing_about_conduct() -> None:
    assert the_law().facts.keys() >= set(CONDUCT)
    assert not facts_under(*ABSOLUTE) & set(CONDUCT)
    assert not reachable(ABSOLUTE, the_law().criteria) & {
        "exclusion_triggered",
        "art_1f_a",
        "art_1f_b",
        "art_1f_c",
        "art_33_2",
    }


@pytest.mark.parametrize("profile", PROVED)
def test_exclusion_and_convictions_never_change_a_ban_on_return_to_torture(profile: str) -> None:
    for name in CONDUCT:
        walked = Walked(profile, name, every_answer(name))
        assert not walked.changed(*ABSOLUTE)
        assert all(walked.block(ban, 0).met for ban in ("cat_3", "customary_ban_on_torture"))
        assert walked.changed("exclusion_triggered") or name != "exclusion_signs", "no change changed anything"


def host_facts() -> set[str]:
    """Return the facts about the host State, but for which State it is."""
    return {name for name, fact in the_law().facts.items() if fact.about == "host" and name != HOST_FACT}


@pytest.mark.parametrize("profile", PROVED)
def test_what_happens_in_the_host_state_never_makes_or_unmakes_a_refugee_as_regards_origin(profile: str) -> None:
    assert "harm_in_host" in host_facts()
    for name in host_facts():
        walked = Walked(profile, name, every_answer(name))
        assert not walked.changed("refugee_as_regards_origin", "refugee_departure", "refugee_sur_place")
        ends = walked.block("refugee_as_regards_origin", 0)
        assert ends.met
        assert ends.not_met
        assert walked.changed("special_needs") or name != "harm_in_host", "no change changed anything"


ECONOMIC = ("food", "work_or_income", "better_life", "health_care")


def with_options(more: Iterable[str] = (), less: Iterable[str] = ()) -> Change:
    """Return the change that puts options into an answered list, or takes some out."""

    def change(given: RecordedAnswer | None) -> RecordedAnswer | None:
        if given is None or not isinstance(given.value, frozenset) or given.credibility is Credibility.REJECTED:
            return given
        return replace(given, value=given.value - set(less) | set(more))

    return change


@pytest.mark.parametrize("profile", PROFILES)
def test_an_economic_reason_for_leaving_never_changes_who_is_a_refugee(profile: str) -> None:
    options = {option for option, _ in the_law().facts["reasons_for_leaving"].options}
    assert options > set(ECONOMIC)
    changes = [*(with_options([reason]) for reason in ECONOMIC), with_options(ECONOMIC), with_options(less=ECONOMIC)]
    walked = Walked(profile, "reasons_for_leaving", changes)
    limbs = ("refugee_departure", "refugee_sur_place", "refugee_as_regards_origin")
    assert not walked.changed(*limbs, "refugee_status", "regional_refugee", "no_return")
    assert walked.changed("economic_migrant"), "no change changed anything"


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_met_before_the_reasons_are_asked_stays_met_when_they_are_economic(profile: str) -> None:
    changes = [answered(None), *(answered(RecordedAnswer(frozenset({reason}))) for reason in ECONOMIC)]
    walked = Walked(profile, "reasons_for_leaving", changes)
    unasked, *economic = walked.after("refugee_status")
    assert unasked.met
    assert all(after.met & unasked.met == unasked.met for after in economic)


FAVOURABLE = (
    "refugee_departure", "refugee_sur_place", "refugee_as_regards_origin", "refugee_status", "regional_refugee",
    "complementary_protection", "no_return", "cat_3", "customary_ban_on_torture", "iccpr_6_7", "echr_3", "icpped_16",
    "crc", "cedaw", "eu_serious_harm", "art_33_1", "special_needs",
)  # fmt: skip


HARMS = ("harm_feared", "past_harm")


@pytest.mark.parametrize("name", HARMS)
@pytest.mark.parametrize("profile", PROVED)
def test_one_harm_more_never_takes_away_what_was_met(profile: str, name: str) -> None:
    harms = [option for option, _ in the_law().facts[name].options]
    walked = Walked(profile, name, [with_options([harm]) for harm in harms])
    for criterion in {*FAVOURABLE, *bars()}:
        before = walked.block(criterion, 0)
        for harm, after in zip(harms, walked.after(criterion), strict=True):
            lost = before.met & ~after.met
            assert not lost, f"{criterion} was met and with {harm} it is not: {cases()[lost.bit_length() - 1]}"
            assert not after.not_met & ~before.not_met, f"{criterion} was not decided against before {harm} was told"
    assert walked.changed(*FAVOURABLE), "no change changed anything"


def test_what_bars_return_and_whatever_else_is_favourable_is_nothing_the_rule_book_calls_adverse() -> None:
    book = the_law()
    assert not [name for name in {*FAVOURABLE, *bars()} if book.criteria[name].adverse]

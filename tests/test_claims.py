"""The paper's 146 propositions and its numbers: each has a home or a reason, both ways, and the sums are right."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from screen.report.claims import claim_blocks, format_statistic, paper_blocks
from screen.report.text import render_text
from screen.rulebook.cache import decode_value, encode_value
from screen.rulebook.checker import CheckedFolder, check_book
from screen.rulebook.model import PAPER_SECTIONS, PROPOSITIONS, ClaimHome, RuleBook, Statistic
from screen.rulebook.rule_folder import read_rule_files
from tests.command import rsd
from tests.paths import ROOT
from tests.real_law import the_law
from tests.rulebook.small_book import checked, good_book


@cache
def files() -> dict[str, bytes]:
    return read_rule_files(ROOT / "rules")


def book() -> RuleBook:
    return the_law()


def edited(name: str, old: str, new: str) -> CheckedFolder:
    """Return the real rules, checked after the first `old` in a file has become `new`."""
    text = files()[name].decode()
    assert old in text
    return check_book(ROOT / "rules", {**files(), name: text.replace(old, new, 1).encode()})


def claimed() -> set[tuple[str, ClaimHome]]:
    """Return what criteria, objections with their answers, responses and dimensions say that they take up."""
    named = [(criterion.claims, ClaimHome("criterion", criterion.name)) for criterion in book().criteria.values()]
    named += [(objection.claims, ClaimHome("objection", objection.name)) for objection in book().objections]
    named += [
        (
            reply.claims,
            ClaimHome("rebuttal", reply.rebuttal) if reply.rebuttal else ClaimHome("objection", objection.name),
        )
        for objection in book().objections
        for reply in objection.answers
    ]
    named += [(dimension.claims, ClaimHome("human_security", dimension.name)) for dimension in book().human_security]
    named += [(response.claims, ClaimHome("response", response.name)) for response in book().responses]
    return {(claim, home) for claims, home in named for claim in claims}


def test_every_proposition_of_the_paper_is_there_once_and_in_order() -> None:
    assert tuple(book().claims) == PROPOSITIONS
    assert len(PROPOSITIONS) == 146
    assert [last for _, _, last in PAPER_SECTIONS] == sorted(last for _, _, last in PAPER_SECTIONS)


def test_every_proposition_has_a_home_or_a_reason_to_have_none() -> None:
    for name in PROPOSITIONS:
        claim = book().claims[name]
        assert bool(claim.homes) != bool(claim.not_encoded), name
        assert len(set(claim.homes)) == len(claim.homes), name
        assert len(set(claim.use)) == len(claim.use) > 0, name


def test_rules_and_homes_agree_both_ways() -> None:
    kinds = ("criterion", "objection", "rebuttal", "response", "human_security")
    homes = {(claim.name, home) for claim in book().claims.values() for home in claim.homes if home.kind in kinds}
    assert claimed() == homes


def test_statistics_and_homes_agree_both_ways() -> None:
    homes = {
        (claim.name, home.name) for claim in book().claims.values() for home in claim.homes if home.kind == "statistic"
    }
    assert {(statistic.claim, statistic.name) for statistic in book().statistics.values()} == homes


def test_context_alone_never_enters_a_criterion() -> None:
    """What is rhetoric or a number and nothing else may be answered or cited, and may not decide."""
    for claim in book().claims.values():
        if set(claim.use) <= {"context", "statistic", "human_security"}:
            at = [home for home in claim.homes if home.kind in ("criterion", "fact", "presumption", "reading")]
            assert not at or claim.name in ("P100", "P101", "P102"), (
                claim.name
            )  # family facts, with a number beside them


def test_nothing_of_the_paper_waits() -> None:
    waiting = [name for name, claim in book().claims.items() if (claim.not_encoded or "").startswith("Not yet")]
    assert not waiting


def test_what_has_no_home_is_context_or_a_fact_about_others() -> None:
    without = {name: set(claim.use) for name, claim in book().claims.items() if claim.not_encoded}
    assert len(without) == 14
    assert all(use in ({"context"}, {"fact"}) for use in without.values())


def test_the_papers_positions_stand_under_the_names_of_its_index() -> None:
    """O1-O6, R1-R6, B1-B9 (and B10, article 31), S0-S13 (S6 in two)."""
    law = book()
    assert [objection.name for objection in law.objections] == [f"O{number}" for number in range(1, 7)]
    rebuttals = {reply.rebuttal for objection in law.objections for reply in objection.answers if reply.rebuttal}
    assert rebuttals == {f"R{number}" for number in range(1, 7)}
    assert {response.name for response in law.responses} == {
        *(f"B{number}" for number in range(1, 11)), *(f"S{number}" for number in range(14) if number != 6),
        "S6a", "S6b",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("O4", {"P110"}), ("O5", {"P130"}), ("O6", {"P35"}), ("R1", {"P36"}), ("R2", {"P53"}), ("R3", {"P76", "P77"}),
        ("R4", {"P114", "P131"}), ("R5", {"P54", "P137"}), ("R6", {"P28", "P116"}), ("S0", {"P134"}),
        ("S9", {"P124", "P141"}),
        ("S10", {"P65"}), ("S11", {"P143"}), ("S12", {"P25"}), ("S13", {"P133"}), ("environmental", {"P17"}),
        ("personal", {"P55", "P84", "P87", "P88", "P89", "P108"}), ("left_behind_shocks", {"P67"}),
    ],
)  # fmt: skip
def test_each_position_takes_up_what_the_index_gives_it(name: str, claims: set[str]) -> None:
    assert claims <= {claim for claim, home in claimed() if home.name == name}


def test_every_position_has_an_authority_and_every_objection_a_weakness() -> None:
    law = book()
    assert all(reply.sources for objection in law.objections for reply in objection.answers)
    assert all(part.sources for part in (*law.objections, *law.responses, *law.human_security))
    assert all(response.owed_if is not None for response in law.responses)
    assert all(objection.weakness and objection.raised_if is not None for objection in law.objections)


# ── mistakes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def codes(result: CheckedFolder) -> list[str]:
    return [diagnostic.code for diagnostic in result.diagnostics]


def test_a_rule_that_takes_up_a_claim_is_named_by_it() -> None:
    result = edited("responses.yaml", "claims: [P129]", "claims: [P129, P145]")
    assert codes(result) == ["claim-without-home"]
    assert '"B9" takes up "P145"' in str(result.diagnostics[0])
    assert str(result.diagnostics[0]).startswith("rules/responses.yaml:")


def test_an_answer_to_an_objection_takes_up_claims_too() -> None:
    assert codes(edited("objections.yaml", "claims: [P35]", "claims: [P145]")) == ["claim-without-home"]


def test_a_home_says_that_it_takes_up_the_claim() -> None:
    result = edited("responses.yaml", "claims: [P129]", "claims: []")
    assert codes(result) == ["home-without-claim"]
    assert '"B9" does not say that it takes up "P129"' in str(result.diagnostics[0])
    assert str(result.diagnostics[0]).startswith("rules/claims.yaml:")


def test_a_statistic_is_named_by_its_claim() -> None:
    result = edited("statistics.yaml", "claim: P79", "claim: P80")
    assert sorted(codes(result)) == ["claim-without-home", "home-without-claim"]


def test_a_missing_proposition_is_told_once() -> None:
    text = files()["claims.yaml"].decode()
    start, end = text.index("- claim: P13\n"), text.index("- claim: P15\n")
    result = check_book(ROOT / "rules", {**files(), "claims.yaml": (text[:start] + text[end:]).encode()})
    assert [str(diagnostic) for diagnostic in result.diagnostics] == [
        "rules/claims.yaml: missing-claim: P13 to P14 are missing. Add them, even where nothing takes them up."
    ]


def test_an_empty_file_lacks_everything() -> None:
    result = checked(claims="[]")
    assert codes(result) == ["missing-claim"]
    assert "P01 to P146 are missing" in str(result.diagnostics[0])


def test_a_proposition_stands_once() -> None:
    assert "declared-twice" in codes(edited("claims.yaml", "- claim: P14\n", "- claim: P13\n"))


def test_a_broken_claim_is_no_other_mistake() -> None:
    assert codes(edited("claims.yaml", "- claim: P129\n  says:", "- claim: P129\n  sais:")) == [
        "missing-key", "unknown-key"
    ]  # fmt: skip


def test_a_broken_country_file_leaves_its_presumptions_a_home() -> None:
    result = edited("origins/north_korea.yaml", "title:", "titel:")
    assert set(codes(result)) == {"missing-key", "unknown-key"}


@pytest.mark.parametrize("term", ["hiding_in_china", "{fact: hiding_in_china, over: 1}", "P79"])
def test_no_condition_can_name_a_number_or_a_claim(term: str) -> None:
    result = edited("criteria/14_family.yaml", "  holds_if:", f"  applies_if: {term}\n  holds_if:")
    assert {"unknown-name", "unknown-fact"} & set(codes(result))


def test_a_book_without_claims_has_none() -> None:
    assert good_book().claims == {}
    assert good_book().statistics == {}
    without = {name: data for name, data in files().items() if name not in ("claims.yaml", "statistics.yaml")}
    assert check_book(ROOT / "rules", without).diagnostics == ()


def test_claims_and_statistics_change_no_rule() -> None:
    without = {name: data for name, data in files().items() if name not in ("claims.yaml", "statistics.yaml")}
    other = check_book(ROOT / "rules", without).book
    assert other is not None
    assert replace(book(), claims={}, statistics={}, hash=other.hash) == other


def test_claims_come_back_from_the_cache() -> None:
    decoded = decode_value(encode_value(book()))
    assert decoded.claims == book().claims
    assert decoded.statistics == book().statistics


# ── the numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def number(name: str) -> float:
    value = book().statistics[name].value
    assert value is not None
    return value


@pytest.mark.parametrize("statistic", book().statistics.values(), ids=book().statistics)
def test_every_number_has_a_date_an_authority_and_a_claim(statistic: Statistic) -> None:
    assert statistic.source in book().sources
    assert ClaimHome("statistic", statistic.name) in book().claims[statistic.claim].homes
    assert "statistic" in book().claims[statistic.claim].use or statistic.claim == "P125"
    assert statistic.year or statistic.period
    assert (statistic.value is None) != (statistic.low is None and statistic.high is None)


def test_every_number_of_the_paper_is_there() -> None:
    said = {
        "P07", "P10", "P40", "P43", "P44", "P61", "P73", "P76", "P79", "P81", "P82", "P83", "P89", "P90", "P91", "P92",
        "P97", "P100", "P101", "P102", "P116", "P125", "P131",
    }  # fmt: skip
    assert {statistic.claim for statistic in book().statistics.values()} == said


def test_political_reasons_are_the_sum_of_three() -> None:
    parts = ("longing_for_freedom", "doubt_about_regime", "political_repression")
    assert round(sum(map(number, parts)), 1) == number("political_reasons") == 57.3
    assert number("political_reasons") + number("economic_hardship") <= 100
    assert round(100 - 57.3 - number("economic_hardship"), 1) == 29.6


@pytest.mark.parametrize("year", [1998, 2009, 2018])
def test_shares_of_women_are_the_quotients(year: int) -> None:
    share = 100 * number(f"women_arrived_{year}") / number(f"arrived_{year}")
    assert round(share) == number(f"women_share_{year}")


def test_the_border_is_as_long_in_miles_as_in_kilometres() -> None:
    assert round(number("border_miles") * 1.609344) == number("border_kilometres")


def test_women_in_hiding_are_112_000() -> None:
    assert number("women_in_hiding") / 100 * number("in_hiding_by_crossing_borders") == pytest.approx(112_000)
    assert "112,000" in (book().statistics["women_in_hiding"].note or "")


def test_one_groups_count_lies_within_the_range_of_people_in_hiding() -> None:
    estimate = book().statistics["hiding_in_china"]
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= number("in_hiding_by_crossing_borders") <= estimate.high


def test_every_percentage_is_one() -> None:
    for statistic in book().statistics.values():
        if statistic.unit == "per cent":
            assert all(
                0 <= number <= 100 for number in (statistic.value, statistic.low, statistic.high) if number is not None
            )


def test_a_figure_is_told_with_its_date() -> None:
    texts = {name: format_statistic(book().statistics[name]) for name in book().statistics}
    assert texts["hiding_in_china"] == "50,000 to 300,000 people (2005)"
    assert texts["orphans_in_china"] == "up to 50,000 people (2019)"
    assert texts["receiving_states"] == "at least 20 States (not dated in the paper)"
    assert texts["years_apart"] == "8.4 years (2014)"


# ── the command ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_paper_is_printed_argument_by_argument() -> None:
    text = render_text(paper_blocks(book()))
    headings = [text.index(f"\n{number}. {title.upper()}\n") for number, title, _ in PAPER_SECTIONS]
    assert headings == sorted(headings)
    places = [text.index(f"\n{name}. ") for name in PROPOSITIONS]
    assert places == sorted(places)
    assert text.count("Taken up by") + text.count("Not taken up") == 146


def test_one_proposition_is_printed_with_all_its_homes() -> None:
    for name in PROPOSITIONS:
        claim, blocks = book().claims[name], claim_blocks(book(), name)
        assert blocks is not None, name
        text = " ".join(render_text(blocks).split())
        for home in claim.homes:
            assert home.name in text or home.kind == "statistic", name
        for words in (claim.says, claim.caution, claim.not_encoded):
            assert words is None or " ".join(words.split()).casefold() in text.casefold(), name


def test_the_command_prints_one_proposition() -> None:
    done = rsd("rules", "claims", "p54")
    assert done.returncode == 0
    assert done.stdout.startswith("P54\n===\n")
    assert "III. " in done.stdout
    assert "- criterion illegal_exit_punishment: " in done.stdout
    assert "Valentin" in done.stdout
    assert done.stderr == ""


def test_the_command_prints_them_all() -> None:
    done = rsd("rules", "claims")
    assert done.returncode == 0
    assert "\nVII. CONCLUSION" in done.stdout


def test_a_proposition_that_the_paper_lacks_is_wrong_usage() -> None:
    done = rsd("rules", "claims", "P147")
    assert done.returncode == 2
    assert "P01 to P146" in done.stderr


def test_a_book_without_claims_says_so() -> None:
    done = rsd("rules", "claims", "P54", "--rules", str(ROOT / "tests/rulebook/good"))
    assert done.returncode == 2
    assert "It has none." in done.stderr

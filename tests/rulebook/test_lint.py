"""What is allowed and looks wrong: a broken copy of the good book earns each lint, and the good book earns none."""

from __future__ import annotations

import pytest

from screen.rulebook.lint import LINTS, find_lints
from tests.rulebook.small_book import checked, good_files

CRITERION = "- criterion: {}\n  title: The {} test\n  section: person\n  holds_if: {}\n"
OWN = CRITERION.format("marked", "marked", "left_without_permission")
#: A criterion whose burden is nobody's under one profile, and a condition that names it.
BORNE = """\
- criterion: borne
  title: Borne on one side
  section: person
  burden: {reading: exit_penalty_reading, as: {imputed: shared, own_motive: none}}
  holds_if: left_without_permission
"""
BY_READING = "borne"
WORDS = "  says: {met: It is so., not_met: It is not so., undetermined: It is open.}\n"
# Uses a criterion, so that being unused is not what is wrong with it.
USED = "- response: B9\n  kind: obligation\n  title: A duty\n  says: Something is owed.\n  owed_if: {}\n"


def lints_with(**changes: str) -> str:
    """Return the lints of the good book with these changes, a line each."""
    result = checked(**changes)
    assert result.book is not None, "\n".join(map(str, result.diagnostics))
    return "\n".join(map(str, find_lints(result.book, result.location)))


def responses(*names: str) -> str:
    """Return the good book's responses and one more for each name."""
    more = "".join(USED.format(name).replace("B9", f"B{90 + number}") for number, name in enumerate(names))
    return good_files()["responses.yaml"].decode() + more


def test_the_good_book_has_no_lint() -> None:
    assert lints_with() == ""


def test_every_lint_asks_a_question() -> None:
    assert all("?" in (find.__doc__ or "") for find in LINTS)


def fact(name: str, kind: str = "yes_no") -> str:
    """Return the text of a fact."""
    rest = "chapter: flight, burden: shared, distress: low, about: flight"
    return f"- {{fact: {name}, ask: Is it so?, type: {kind}, {rest}}}\n"


def test_a_fact_that_nothing_uses() -> None:
    assert lints_with(facts__bad=fact("spoke_out")) == (
        'rules/facts/bad.yaml:1:10: lint-unused-fact: no criterion uses "spoke_out". Use it or delete it.'
    )


def test_a_text_fact_is_never_unused() -> None:
    assert lints_with(facts__bad=fact("what_was_said", "text")) == ""


@pytest.mark.parametrize(
    "used",
    [
        {"criteria__bad": CRITERION.format("marked", "marked", "spoke_out"), "responses": responses("marked")},
        {"responses": responses("spoke_out")},
        {"book": good_files()["book.yaml"].decode().replace("when: no_return", "when: {any: [no_return, spoke_out]}")},
        {"origins__bad": "origin: CN\ntitle: China\npresumptions:\n  - {presume: age, value: 18, when: spoke_out,"
                         " because: So it is., rebutted_by: Papers., sources: [hb_61]}\n"},
    ],
    ids=["criterion", "response", "recommendation", "presumption"],
)  # fmt: skip
def test_a_fact_is_used_wherever_it_is_named(used: dict[str, str]) -> None:
    assert lints_with(facts__bad=fact("spoke_out"), **used) == ""


def test_the_two_states_of_a_case_always_count_as_used() -> None:
    """The good book names the country of origin nowhere, and presumptions depend on it."""
    assert "country_of_origin" not in good_files()["criteria/tests.yaml"].decode()
    assert "country_of_origin" not in lints_with()


def test_a_criterion_that_nothing_needs() -> None:
    assert lints_with(criteria__bad=OWN) == (
        'rules/criteria/bad.yaml:1:14: lint-unused-criterion: nothing needs "marked". '
        "Name it somewhere, or make it a conclusion."
    )


def test_a_criterion_with_words_and_no_authority() -> None:
    assert lints_with(criteria__bad=OWN + WORDS, responses=responses("marked")) == (
        'rules/criteria/bad.yaml:1:14: lint-no-source: "marked" names no authority. Add `sources`.'
    )


def test_a_criterion_with_an_authority_and_no_words() -> None:
    assert lints_with(criteria__bad=OWN + "  sources: [hb_61]\n", responses=responses("marked")) == (
        'rules/criteria/bad.yaml:1:14: lint-no-words: "marked" has no words. Add `says`.'
    )


def test_a_conclusion_without_words() -> None:
    book = good_files()["book.yaml"].decode().replace("[refugee, no_return]", "[refugee, no_return, marked]")
    assert lints_with(criteria__bad=OWN.replace("  holds_if", "  burden: shared\n  holds_if"), book=book) == (
        'rules/criteria/bad.yaml:1:14: lint-no-words: "marked" has no words. Add `says`.'
    )


def test_a_criterion_with_authority_and_words_has_no_lint() -> None:
    assert lints_with(criteria__bad=OWN + WORDS + "  sources: [hb_61]\n", responses=responses("marked")) == ""


def test_two_criteria_with_the_same_condition() -> None:
    both = "{all: [left_without_permission, served_in_guard]}"
    text = CRITERION.format("first", "first", both) + CRITERION.format("second", "second", both)
    assert lints_with(criteria__bad=text, responses=responses("first", "second")) == (
        'rules/criteria/bad.yaml:5:14: lint-same-condition: "second" has the same condition as "first". '
        "Name the one in the other."
    )


def test_a_group_with_the_same_part_twice() -> None:
    text = CRITERION.format("marked", "marked", "{not: {any: [adult, refugee, adult]}}")
    assert lints_with(criteria__bad=text, responses=responses("marked")) == (
        'rules/criteria/bad.yaml:1:14: lint-same-condition: a group of "marked" has the same part twice. Delete one.'
    )


@pytest.mark.parametrize(
    "condition",
    [
        "{all: [served_in_guard, {not: served_in_guard}]}",
        "{all: [{all: [served_in_guard]}, {not: {any: [adult, served_in_guard]}}]}",
        "served_in_guard\n  unless: [served_in_guard]",
    ],
)
def test_an_answer_that_is_both_required_and_excluded(condition: str) -> None:
    text = CRITERION.format("marked", "marked", condition)
    assert lints_with(criteria__bad=text, responses=responses("marked")) == (
        'rules/criteria/bad.yaml:1:14: lint-both-sides: "marked" requires and excludes the same answer to '
        '"served_in_guard". Say which of the two is meant.'
    )


@pytest.mark.parametrize(
    "condition",
    [
        "{any: [served_in_guard, {not: served_in_guard}]}",
        "{all: [{fact: exit_penalty, at_least: fine}, {not: {fact: exit_penalty, at_least: camp}}]}",
        "{reading: risk, as: {chance: served_in_guard, likely: {not: served_in_guard}}}",
    ],
)
def test_alternatives_do_not_exclude_each_other(condition: str) -> None:
    text = CRITERION.format("marked", "marked", condition)
    assert lints_with(criteria__bad=text, responses=responses("marked")) == ""


def test_a_recommendation_that_no_conclusion_settles() -> None:
    book = good_files()["book.yaml"].decode().replace("when: no_return", "when: {all: [no_return, marked]}")
    assert lints_with(criteria__bad=OWN.replace("  holds_if", "  burden: shared\n  holds_if"), book=book) == (
        'rules/criteria/bad.yaml:1:14: lint-not-settled: a recommendation asks "marked", which no conclusion needs. '
        "Add it to `conclusions`."
    )


@pytest.mark.parametrize(
    ("rest", "hint"),
    [
        ("holds_if: left_without_permission", "it never closes."),
        ("holds_if: political_opinion", "it never closes."),
        ("holds_if: well_founded_fear\n  unless: [served_in_guard]", "it never closes."),
        ("applies_if: adult\n  holds_if: well_founded_fear", "it never closes."),
        (f"holds_if: {BY_READING}", "it never closes under strict."),
        ("holds_if: well_founded_fear", None),
        ("holds_if: {not: excluded}\n  unless: [refugee]", None),
        ("applies_if: {binds: cat}\n  holds_if: well_founded_fear", None),
        ("burden: shared\n  holds_if: left_without_permission", None),
    ],
)
def test_a_conclusion_that_no_closing_settles(rest: str, hint: str | None) -> None:
    book = good_files()["book.yaml"].decode().replace("conclusions: [", "conclusions: [ends, ")
    lints = lints_with(
        criteria__bad=f"- criterion: ends\n  title: The end\n  section: outcome\n  {rest}\n{BORNE}", book=book
    )
    found = [line for line in lints.splitlines() if "lint-never-closes" in line]
    assert bool(found) == (hint is not None)
    assert all(hint in line for line in found if hint)


GUARD = "served_in_guard"  # for the authority to show


@pytest.mark.parametrize(
    ("rest", "is_mixed"),
    [
        (f"burden: shared\n  holds_if: {{all: [left_without_permission, {{not: {GUARD}}}]}}", True),
        (f"burden: applicant\n  holds_if: left_without_permission\n  unless: [{GUARD}]", True),
        ("burden: shared\n  holds_if: {not: weighed}", True),
        ("burden: shared\n  holds_if: {not: {any: [left_without_permission, weighed]}}", True),
        (f"burden: shared\n  holds_if: {{not: {{not: {GUARD}}}}}", False),
        ("burden: shared\n  holds_if: weighed", False),
        ("burden: shared\n  holds_if: {all: [left_without_permission, {not: excluded}]}", False),
        (f"burden: authority\n  adverse: true\n  holds_if: {{not: {GUARD}}}", False),
        (f"holds_if: {{not: {GUARD}}}", False),
    ],
)
def test_an_element_with_two_burdens(rest: str, is_mixed: bool) -> None:
    weighed = CRITERION.format("weighed", "weighed", GUARD)
    lints = lints_with(criteria__bad=f"{weighed}- criterion: mixed\n  title: Both\n  section: person\n  {rest}\n")
    told = 'and denies "served_in_guard", which is for the authority to show. Make an element of the authority for that'
    assert (told in lints) == is_mixed
    assert lints.count("lint-two-burdens") == is_mixed


def test_what_the_lints_of_burdens_say() -> None:
    book = good_files()["book.yaml"].decode().replace("conclusions: [", "conclusions: [marked, ")
    assert lints_with(criteria__bad=OWN + WORDS + "  sources: [hb_61]\n", book=book) == (
        'rules/criteria/bad.yaml:1:14: lint-never-closes: "marked" has no burden, and what it asks has none either: '
        "it never closes. Give it a burden, or build it from elements."
    )
    helps = OWN.replace("  holds_if", "  burden: authority\n  holds_if")
    assert lints_with(criteria__bad=helps, responses=responses("marked")) == (
        'rules/criteria/bad.yaml:1:14: lint-helpful-burden: "marked" is for the authority to show and is not adverse: '
        "where nothing shows, it is not met. Make it shared, or mark it `adverse`."
    )
    denies = (
        OWN.replace("  holds_if: ", "  burden: shared\n  holds_if: {not: served_in_guard}\n  unless: [").rstrip()
        + "]\n"
    )
    assert lints_with(criteria__bad=denies, responses=responses("marked")) == (
        'rules/criteria/bad.yaml:1:14: lint-two-burdens: "marked" is shared and denies "served_in_guard", which is for '
        "the authority to show. Make an element of the authority for that, and deny it here."
    )


def test_an_element_of_the_authority_that_helps() -> None:
    helps = OWN.replace("  holds_if", "  burden: authority\n  holds_if")
    assert "lint-helpful-burden" in lints_with(criteria__bad=helps)
    assert "lint-helpful-burden" not in lints_with(
        criteria__bad=helps.replace("  holds_if", "  adverse: true\n  holds_if")
    )


def test_lints_are_sorted_by_location() -> None:
    result = checked(criteria__bad=OWN, facts__bad=fact("spoke_out"), responses=responses())
    assert result.book is not None
    lints = find_lints(result.book, result.location)
    assert [lint.code for lint in lints] == ["lint-unused-criterion", "lint-unused-fact"]
    assert lints == sorted(lints)

"""What valid conditions and parts resolve to. The messages for broken ones are in `bad/`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from screen.diagnostics import MAX_SUGGESTIONS, DiagnosticsError, Location, did_you_mean
from screen.logic import Answer
from screen.rulebook.checker import check_book
from screen.rulebook.loader import load_book
from screen.rulebook.terms import (  # fmt: skip
    All,
    AnyOf,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Includes,
    Is,
    Met,
    Not,
    NotRuledOut,
    TakesSide,
    Term,
)
from tests.rulebook.small_book import GOOD, checked, good_book, good_files

YES = frozenset({Answer.YES})


def term(written: str) -> Term:
    """Return the checked term of a condition."""
    result = checked(
        criteria__bad=f"- criterion: marked\n  title: It is marked\n  section: person\n  holds_if: {written}\n"
    )
    assert result.book is not None, result.diagnostics
    return result.book.criteria["marked"].holds_if


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("adult", Met("adult")),
        ("left_without_permission", Is("left_without_permission", YES)),
        ("{all: [adult, served_in_guard]}", All((Met("adult"), Is("served_in_guard", YES)))),
        ("{any: [adult]}", AnyOf((Met("adult"),))),
        ("{not: adult}", Not(Met("adult"))),
        ("{at_least: 2, of: [adult, refugee]}", AtLeast(2, (Met("adult"), Met("refugee")))),
        ("{fact: served_in_guard, is: no}", Is("served_in_guard", frozenset({Answer.NO}))),
        ("{fact: served_in_guard, in: [yes, no]}", Is("served_in_guard", frozenset({Answer.YES, Answer.NO}))),
        ("{fact: way_out, is: air}", Is("way_out", frozenset({"air"}))),
        ("{fact: host_country, is: NO}", Is("host_country", frozenset({"NO"}))),
        ("{fact: exit_penalty, is: none}", Is("exit_penalty", frozenset({"none"}))),
        ("{fact: harms_feared, includes: hunger}", Includes("harms_feared", frozenset({"hunger"}))),
        ("{fact: harms_feared, includes_any: [hunger, torture]}",
         Includes("harms_feared", frozenset({"hunger", "torture"}))),
        ("{fact: exit_penalty, at_least: prison}", Between("exit_penalty", 2, None)),
        ("{fact: exit_penalty, at_most: fine}", Between("exit_penalty", None, 1)),
        ("{fact: age, at_least: 18}", Between("age", 18, None)),
        ("{fact: age, at_most: 17.5}", Between("age", None, 17.5)),
        ("{fact: age, over: 18}", Between("age", 18, None, low_included=False)),
        ("{fact: age, under: 18}", Between("age", None, 18, high_included=False)),
        ("{fact: left_on, after: 2020-01-31}", Between("left_on", date(2020, 1, 31), None, low_included=False)),
        ("{fact: left_on, before: 2020-01-31}", Between("left_on", None, date(2020, 1, 31), high_included=False)),
        ("{binds: cat}", Binds("cat", "host_country")),
        ("{binds: cat, on: host}", Binds("cat", "host_country")),
        ("{binds: cat, on: origin}", Binds("cat", "country_of_origin")),
        ("{reading: risk, is: likely}", TakesSide("risk", frozenset({"likely"}))),
        ("{reading: risk, in: [likely, chance]}", TakesSide("risk", frozenset({"likely", "chance"}))),
        ("{reading: risk, as: {likely: refugee, chance: adult}}",
         ByReading("risk", (("chance", Met("adult")), ("likely", Met("refugee"))))),
    ],
)  # fmt: skip
def test_a_term_means_what_is_written(written: str, expected: Term) -> None:
    assert term(written) == expected


def test_only_a_recommendation_may_ask_what_is_not_ruled_out() -> None:
    first = good_book().recommendations[0]
    assert first.when == All((Met("well_founded_fear"), NotRuledOut("excluded")))


def test_norway_is_a_state_and_no_boolean() -> None:
    book = good_book()
    assert book.countries["NO"] == "Norway"
    assert book.standings["NO"]["cat"].standing == "party"


def test_a_profile_has_the_sides_of_those_it_extends_and_its_own_first() -> None:
    assert good_book().profiles["strict"].readings == {"exit_penalty_reading": "own_motive", "risk": "chance"}


def test_presumed_values_are_of_the_type_of_their_fact() -> None:
    presumed = {presumption.fact: presumption.value for presumption in good_book().presumptions}
    assert presumed == {"exit_penalty": "camp", "harms_feared": frozenset({"torture", "hunger"})}


def test_a_missing_condition_is_none_and_not_a_term() -> None:
    result = checked(
        origins__bad="origin: CN\ntitle: China\npresumptions:\n  - {presume: age, value: 18, because: So it is.,"
        " rebutted_by: Papers., sources: [hb_61]}\n"
    )
    assert result.book is not None
    conditions = [presumption.when for presumption in result.book.presumptions if presumption.origin == "CN"]
    assert conditions == [None]


def test_every_name_has_the_location_of_its_declaration() -> None:
    result = checked()
    assert result.location("adult") == Location("rules/criteria/tests.yaml", 1, 14)
    assert result.location("country_of_origin") == Location("rules/facts/all.yaml", 1, 9)
    assert result.location("strict") == Location("rules/profiles/strict.yaml", 1, 10)
    assert result.location("risk") == Location("rules/readings.yaml", 6, 12)
    assert result.location("nothing of that name") == Location("rules")


def test_a_folder_without_book_yaml_is_reported() -> None:
    assert [str(diagnostic) for diagnostic in check_book(Path("rules"), {}).diagnostics] == [
        "rules: missing-file: there is no book.yaml. Name the folder that holds one."
    ]


def test_a_file_that_cannot_be_read_makes_no_other_name_undeclared() -> None:
    files = {**good_files(), "facts/all.yaml": b"- fact: [age\n"}
    assert [diagnostic.code for diagnostic in check_book(Path("rules"), files).diagnostics] == ["not-yaml"]


@pytest.mark.parametrize("name", sorted(good_files()))
def test_a_truncated_file_is_valid_or_its_mistakes_have_locations(name: str) -> None:
    """Cut a file at every third line: the rest is valid, or every diagnostic is located in a file of the book."""
    lines = good_files()[name].splitlines(keepends=True)
    for count in range(0, len(lines), 3):
        result = check_book(Path("rules"), {**good_files(), name: b"".join(lines[:count])})
        assert (result.book is None) == bool(result.diagnostics)
        assert all(diagnostic.location.file.removeprefix("rules/") in good_files() for diagnostic in result.diagnostics)


def test_a_book_with_a_mistake_is_not_loaded(tmp_path: Path) -> None:
    for name, data in good_files().items():
        path = tmp_path / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert load_book(tmp_path / "rules") == load_book(GOOD)
    (tmp_path / "rules" / "countries.yaml").write_text("NO: Norway\nno: Norway\n")
    with pytest.raises(DiagnosticsError, match=r"rules/countries\.yaml:2:1: bad-name:") as refused:
        load_book(tmp_path / "rules")
    assert list(refused.value.diagnostics) == sorted(refused.value.diagnostics)


def test_the_hash_depends_on_the_law_and_not_on_law_cases() -> None:
    book = good_book()
    more_cases = checked(cases__bad="- name: Nobody\n  facts: {}\n  expect: {adult: undetermined}\n").book
    other_words = checked(countries=good_files()["countries.yaml"].decode().replace("Norway", "Norge")).book
    assert more_cases is not None
    assert other_words is not None
    assert more_cases.hash == book.hash
    assert other_words.hash != book.hash


def test_a_suggestion_ignores_case_and_needs_a_similar_name() -> None:
    assert did_you_mean("kp", ["CN", "KP"], "none") == 'Did you mean "KP"?'
    assert did_you_mean("advlt", ["adult", "refugee"], "none") == 'Did you mean "adult"?'
    assert did_you_mean("zzz", ["adult", "refugee"], "none") == "none"
    assert did_you_mean("adult" * 100, ["adult"], "none") == "none"


def test_after_many_mistakes_the_rest_is_reported_without_suggestions() -> None:
    names = ", ".join(f"adult{number}" for number in range(MAX_SUGGESTIONS + 5))
    written = f"- criterion: marked\n  title: It is marked\n  section: person\n  holds_if: {{all: [{names}]}}\n"
    hints = [diagnostic.hint for diagnostic in checked(criteria__bad=written).diagnostics]
    assert hints[:MAX_SUGGESTIONS] == ['Did you mean "adult"?'] * MAX_SUGGESTIONS
    assert hints[MAX_SUGGESTIONS:] == ["Declare a fact or a criterion of that name, or correct the name."] * 5


def test_a_name_for_a_state_that_is_not_declared_is_a_mistake() -> None:
    result = checked(country_names='KP: [북한, DPRK]\n"XX": [Nowhere]\n')
    assert [(diagnostic.code, diagnostic.location.line) for diagnostic in result.diagnostics] == [
        ("unknown-country", 2)
    ]
    known = checked(country_names="KP: [북한, DPRK]\n").book
    assert known is not None
    assert known.country_names == {"KP": ("북한", "DPRK")}

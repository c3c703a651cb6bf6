"""The law of one day: what was in force, who was bound, how a profile read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from screen.case.evidence import RecordedAnswer, cited
from screen.diagnostics import DiagnosticsError
from screen.engine.evaluate import evaluate
from screen.logic import Answer, Status
from screen.rulebook.at_date import book_at, stated_book
from screen.rulebook.model import RuleBook
from tests.rulebook.small_book import checked, good_files

EARLY, TURN, LATE = date(2019, 12, 31), date(2020, 1, 1), date(2020, 1, 2)
SAYS = "{met: Yes., not_met: No., undetermined: Open., not_applicable: Not that day.}"


def timeless_book(**changes: str) -> RuleBook:
    """Return the small book with the law of all days and some changed files."""
    result = checked(**changes)
    assert result.timeless_book is not None, result.diagnostics
    return result.timeless_book


def extended(name: str, more: str) -> str:
    """Return a file of the small book with text added at its end."""
    return good_files()[name].decode() + more


def status_on(book: RuleBook, day: date, criterion: str, case: dict[str, Any], profile: str = "unhcr") -> Status:
    """Return the status of a criterion by the law of a day."""
    return evaluate(book_at(book, day), {name: RecordedAnswer(value) for name, value in case.items()}, profile)[
        criterion
    ].status


@pytest.mark.parametrize(("day", "expected"), [(EARLY, "not_applicable"), (TURN, "met"), (LATE, "not_applicable")])
def test_a_criterion_outside_its_days_does_not_apply(day: date, expected: str) -> None:
    book = timeless_book(
        criteria__bad="- criterion: young_law\n  title: It is young\n  section: person\n  holds_if: adult\n"
        f"  in_force_from: 2020-01-01\n  until: 2020-01-02\n  says: {SAYS}\n"
    )
    assert status_on(book, day, "young_law", {"age": 30}) is Status(expected)


def test_applies_if_counts_on_the_days_of_a_criterion_too() -> None:
    book = timeless_book(
        criteria__bad="- criterion: young_law\n  title: It is young\n  section: person\n  holds_if: adult\n"
        f"  applies_if: served_in_guard\n  in_force_from: 2020-01-01\n  says: {SAYS}\n"
    )
    case = {"age": 30, "served_in_guard": Answer.YES}
    assert status_on(book, TURN, "young_law", case) is Status.MET
    assert status_on(book, TURN, "young_law", case | {"served_in_guard": Answer.NO}) is Status.NOT_APPLICABLE
    assert status_on(book, EARLY, "young_law", case) is Status.NOT_APPLICABLE


def test_a_condition_that_is_itself_not_applicable_keeps_a_criterion_from_applying_on_its_days() -> None:
    book = timeless_book(
        criteria__bad="- criterion: base\n  title: The base\n  section: person\n  applies_if: served_in_guard\n"
        f"  holds_if: adult\n  says: {SAYS}\n"
        "- criterion: young_law\n  title: It is young\n  section: person\n  applies_if: base\n  holds_if: adult\n"
        f"  in_force_from: 2020-01-01\n  says: {SAYS}\n"
    )
    case = {"age": 30, "served_in_guard": Answer.NO}
    assert status_on(book, TURN, "young_law", case) is Status.NOT_APPLICABLE


def test_a_presumption_applies_on_its_own_days() -> None:
    row = (
        "  - {{presume: exit_penalty, value: {}, because: So it is., rebutted_by: Papers., sources: [hb_61], {}}}\n"
    )  # fmt: skip
    head = "origin: CN\ntitle: China\npresumptions:\n"
    book = timeless_book(
        origins__cn=head + row.format("camp", "until: 2020-01-01") + row.format("fine", "in_force_from: 2020-01-01")
    )

    def presumed(day: date) -> object:
        return (
            evaluate(book_at(book, day), {"country_of_origin": RecordedAnswer("CN")}).established["exit_penalty"].value
        )

    assert (presumed(EARLY), presumed(TURN)) == ("camp", "fine")


def test_a_treaty_binds_a_state_from_since_until_it_leaves() -> None:
    days = "since: 2020-01-01, until: 2020-01-02"
    book = timeless_book(
        hosts__se=f"state: SE\ntitle: Sweden\ntreaties:\n  - {{treaty: cat, standing: party, {days}}}\n",
        countries=extended("countries.yaml", "SE: Sweden\n"),
        criteria__bad="- criterion: bound\n  title: Bound\n  section: person\n  holds_if: {binds: cat}\n",
    )
    statuses = [status_on(book, day, "bound", {"host_country": "SE"}) for day in (EARLY, TURN, LATE)]
    assert statuses == [Status.NOT_MET, Status.MET, Status.NOT_MET]
    standing = book_at(book, LATE).standing("SE", "cat")
    assert standing is not None
    assert standing.note == "until 2020-01-02"


def test_a_profile_takes_the_sides_that_it_took_on_the_day() -> None:
    book = timeless_book(
        profiles__now="profile: now\ntitle: Now\nextends: unhcr\nbefore: {2020-01-01: strict}\n",
        criteria__bad="- criterion: imputed\n  title: Imputed\n  section: person\n"
        "  holds_if: {reading: exit_penalty_reading, is: imputed}\n",
    )
    assert status_on(book, EARLY, "imputed", {}, "now") is Status.NOT_MET
    assert status_on(book, TURN, "imputed", {}, "now") is Status.MET
    assert (book_at(book, EARLY).profiles["now"].title, book_at(book, TURN).profiles["now"].title) == (
        "A strict court",
        "Now",
    )


def test_an_authority_out_of_force_is_marked() -> None:
    days = "in_force_from: 2020-01-01, until: 2020-01-02"
    source = f"\n- {{source: code, kind: statute, cite: Code, pinpoint: art 47, {days}}}\n"
    book = timeless_book(sources=extended("sources.yaml", source))
    citations = [cited(book_at(book, day).sources["code"]) for day in (EARLY, TURN, LATE)]
    assert citations == ["Code, art 47 [not yet in force]", "Code, art 47", "Code, art 47 [no longer in force]"]


def test_a_day_whose_law_the_book_does_not_state_is_refused() -> None:
    book = timeless_book()
    with pytest.raises(DiagnosticsError, match="law-not-stated"):
        stated_book(book, date(2999, 1, 1))
    with pytest.raises(
        DiagnosticsError, match=r"law-not-stated: the book states the law from 1954-04-22 on;.*a later day"
    ):
        stated_book(replace(book, law_from=date(1954, 4, 22)), date(1954, 4, 21))
    assert stated_book(replace(book, law_from=date(1954, 4, 22)), date(1954, 4, 22)).law_as_of == date(1954, 4, 22)
    assert stated_book(book, EARLY).law_as_of == EARLY
    assert stated_book(book) == book_at(book, book.law_as_of)


def test_days_between_which_nothing_is_in_force_are_reported() -> None:
    result = checked(
        sources=extended("sources.yaml", "\n- {source: code, kind: statute, cite: Code, pinpoint: art 47,\n"
                      "   in_force_from: 2020-01-02, until: 2020-01-02}\n"),
    )  # fmt: skip
    assert [diagnostic.code for diagnostic in result.diagnostics] == ["never-in-force"]

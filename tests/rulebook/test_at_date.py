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


def whole(**laid_over: str) -> RuleBook:
    """Return the small book with the law of all days."""
    found = checked(**laid_over)
    assert found.timeless_book is not None, found.diagnostics
    return found.timeless_book


def added(name: str, more: str) -> str:
    """Return a file of the small book with more at its end."""
    return good_files()[name].decode() + more


def state_on(book: RuleBook, day: date, criterion: str, case: dict[str, Any], profile: str = "unhcr") -> Status:
    """Return how a criterion ends by the law of a day."""
    return evaluate(book_at(book, day), {name: RecordedAnswer(value) for name, value in case.items()}, profile)[
        criterion
    ].status


@pytest.mark.parametrize(("day", "expected"), [(EARLY, "not_applicable"), (TURN, "met"), (LATE, "not_applicable")])
def test_a_criterion_outside_its_days_does_not_apply(day: date, expected: str) -> None:
    book = whole(
        criteria__bad="- criterion: young_law\n  title: It is young\n  section: person\n  holds_if: adult\n"
        f"  in_force_from: 2020-01-01\n  until: 2020-01-02\n  says: {SAYS}\n"
    )
    assert state_on(book, day, "young_law", {"age": 30}) is Status(expected)


def test_its_own_condition_to_apply_is_asked_on_its_days_too() -> None:
    book = whole(
        criteria__bad="- criterion: young_law\n  title: It is young\n  section: person\n  holds_if: adult\n"
        f"  applies_if: served_in_guard\n  in_force_from: 2020-01-01\n  says: {SAYS}\n"
    )
    case = {"age": 30, "served_in_guard": Answer.YES}
    assert state_on(book, TURN, "young_law", case) is Status.MET
    assert state_on(book, TURN, "young_law", case | {"served_in_guard": Answer.NO}) is Status.NOT_APPLICABLE
    assert state_on(book, EARLY, "young_law", case) is Status.NOT_APPLICABLE


def test_an_edition_of_a_code_is_presumed_on_its_own_days() -> None:
    row = (
        "  - {{presume: exit_penalty, value: {}, because: So it is., rebutted_by: Papers., sources: [hb_61], {}}}\n"
    )  # fmt: skip
    head = "origin: CN\ntitle: China\npresumptions:\n"
    book = whole(
        origins__cn=head + row.format("camp", "until: 2020-01-01") + row.format("fine", "in_force_from: 2020-01-01")
    )

    def presumed(day: date) -> object:
        return (
            evaluate(book_at(book, day), {"country_of_origin": RecordedAnswer("CN")}).established["exit_penalty"].value
        )

    assert (presumed(EARLY), presumed(TURN)) == ("camp", "fine")


def test_a_treaty_binds_from_the_day_on_which_it_does_until_the_state_leaves() -> None:
    days = "since: 2020-01-01, until: 2020-01-02"
    book = whole(
        hosts__se=f"state: SE\ntitle: Sweden\ntreaties:\n  - {{treaty: cat, standing: party, {days}}}\n",
        countries=added("countries.yaml", "SE: Sweden\n"),
        criteria__bad="- criterion: bound\n  title: Bound\n  section: person\n  holds_if: {binds: cat}\n",
    )
    ends = [state_on(book, day, "bound", {"host_country": "SE"}) for day in (EARLY, TURN, LATE)]
    assert ends == [Status.NOT_MET, Status.MET, Status.NOT_MET]
    standing = book_at(book, LATE).standing("SE", "cat")
    assert standing is not None
    assert standing.note == "until 2020-01-02"


def test_a_profile_reads_the_law_as_it_did_on_the_day() -> None:
    book = whole(
        profiles__now="profile: now\ntitle: Now\nextends: unhcr\nbefore: {2020-01-01: strict}\n",
        criteria__bad="- criterion: imputed\n  title: Imputed\n  section: person\n"
        "  holds_if: {reading: exit_penalty_reading, is: imputed}\n",
    )
    assert state_on(book, EARLY, "imputed", {}, "now") is Status.NOT_MET
    assert state_on(book, TURN, "imputed", {}, "now") is Status.MET
    assert (book_at(book, EARLY).profiles["now"].title, book_at(book, TURN).profiles["now"].title) == (
        "A strict court",
        "Now",
    )


def test_an_authority_out_of_force_is_marked() -> None:
    days = "in_force_from: 2020-01-01, until: 2020-01-02"
    source = f"\n- {{source: code, kind: statute, cite: Code, pinpoint: art 47, {days}}}\n"
    book = whole(sources=added("sources.yaml", source))
    told = [cited(book_at(book, day).sources["code"]) for day in (EARLY, TURN, LATE)]
    assert told == ["Code, art 47 [not yet in force]", "Code, art 47", "Code, art 47 [no longer in force]"]


def test_the_book_says_so_where_it_does_not_state_the_law_of_a_day() -> None:
    book = whole()
    with pytest.raises(DiagnosticsError, match="law-not-stated"):
        stated_book(book, date(2999, 1, 1))
    with pytest.raises(
        DiagnosticsError, match=r"law-not-stated: the book states the law from 1954-04-22 on;.*a later day"
    ):
        stated_book(replace(book, law_from=date(1954, 4, 22)), date(1954, 4, 21))
    assert stated_book(replace(book, law_from=date(1954, 4, 22)), date(1954, 4, 22)).law_as_of == date(1954, 4, 22)
    assert stated_book(book, EARLY).law_as_of == EARLY
    assert stated_book(book) == book_at(book, book.law_as_of)


def test_what_can_never_be_in_force_is_a_mistake_with_its_place() -> None:
    found = checked(
        sources=added("sources.yaml", "\n- {source: code, kind: statute, cite: Code, pinpoint: art 47,\n"
                      "   in_force_from: 2020-01-02, until: 2020-01-02}\n"),
    )  # fmt: skip
    assert [one.code for one in found.diagnostics] == ["never-in-force"]

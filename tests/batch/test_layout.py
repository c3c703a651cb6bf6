"""A case lies in a table as a case file says it."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screen.batch.cells import answers_from_row, row_from_case
from screen.batch.layout import Layout
from screen.case.evidence import Credibility, RecordedAnswer
from screen.logic import Answer
from screen.rulebook.terms import Value
from tests.engine.books import case, pick, small, smalls
from tests.real_law import its_cases, random_cases, the_law

BOOK = small({"criteria": [{"criterion": "c", "holds_if": "fears"}]}, ["c"]).book


def said(given: dict[str, RecordedAnswer]) -> dict[str, tuple[Value, Credibility]]:
    return {name: (one.value, one.credibility) for name, one in given.items()}


@st.composite
def cases(draw: st.DrawFn) -> dict[str, RecordedAnswer]:
    return case(draw, draw(smalls()))


@given(cases())
def test_a_case_comes_back_from_its_row_as_it_went_in(one: dict[str, RecordedAnswer]) -> None:
    layout = Layout(BOOK)
    table = layout.frame_from_cases({"case-1": one})
    assert said(answers_from_row(table.to_dicts()[0], layout.book)) == said(one)


def test_real_cases_come_back_from_a_table_as_they_went_in() -> None:
    layout = Layout(the_law())
    several = [dict(one.given) for one in its_cases()] + list(random_cases(300))
    table = layout.frame_from_cases({f"case-{index}": one for index, one in enumerate(several)})
    assert [said(answers_from_row(row, layout.book)) for row in table.to_dicts()] == [said(one) for one in several]


def test_asked_and_not_known_is_told_apart_from_never_asked_for_every_type() -> None:
    layout = Layout(BOOK)
    for fact in BOOK.facts:
        row = row_from_case("case-1", {fact: RecordedAnswer(Answer.UNKNOWN)}, layout.book)
        assert answers_from_row(row, layout.book) == {fact: RecordedAnswer(Answer.UNKNOWN)}
        assert answers_from_row(row_from_case("case-1", {}, layout.book), layout.book) == {}


def test_an_empty_list_is_not_unknown() -> None:
    layout = Layout(BOOK)
    assert row_from_case("a", {"harms": RecordedAnswer(frozenset())}, layout.book) == {"id": "a", "harms": []}
    unknown = row_from_case("a", {"harms": RecordedAnswer(Answer.UNKNOWN)}, layout.book)
    assert unknown == {"id": "a", "harms": None, "harms.unknown": True}


def test_the_record_schema_takes_every_real_case_and_refuses_what_no_column_holds() -> None:
    layout = Layout(the_law())
    check = jsonschema.Draft202012Validator(layout.json_schema())
    check.check_schema(layout.json_schema())
    for one in its_cases():
        check.validate(json.loads(json.dumps(row_from_case("case-1", one.given, layout.book), default=str)))
    fine = {
        "id": "MIN-0417",
        "age": "unknown",
        "age.credibility": "accepted",
        "age.source": "a paper",
        "age.date": None,
    }
    assert check.is_valid(fine)
    for wrong in (
        {"id": "a b"},
        {"agee": 17},
        {"age": "17"},
        {"harm_feared": "torture"},
        {"harm_feared": ["x"]},
        {"id": 1},
    ):
        assert not check.is_valid({"id": "MIN-0417"} | wrong), wrong
    assert not check.is_valid({"age": 17}), "a record without a name"


def test_arrow_and_polars_have_the_same_columns() -> None:
    layout = Layout(BOOK)
    beside = ("unknown", "credibility", "source", "note", "date")
    arrow, polars = layout.arrow_schema(attributes=beside), layout.polars_schema(attributes=beside)
    assert arrow.names == list(polars)
    empty = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([], arrow)))
    assert empty.cast(dict(polars)).schema == polars
    assert arrow.field("id").nullable is False
    kinds = {"harms": pa.list_(pa.string()), "age": pa.float64(), "left_on": pa.date32(), "fears": pa.string()}
    assert {name: arrow.field(name).type for name in kinds} == kinds


def test_what_may_stand_beside_a_fact_is_known_by_name() -> None:
    layout = Layout(BOOK)
    assert layout.names(attributes=("unknown",))[0] == "id"
    assert layout.column("age.unknown") is not None
    assert layout.column("fears.unknown") is None, "a yes/no fact has a word for it"
    assert layout.column("agee") is None
    with pytest.raises(KeyError):
        layout.dtype("agee")


@given(st.data())
def test_every_answer_fits_the_type_of_its_column(data: st.DataObject) -> None:
    layout = Layout(the_law())
    one = pick(data.draw, random_cases(50))
    table = layout.frame_from_cases({"case-1": one})
    assert {name: layout.dtype(name) for name in table.columns} == dict(table.schema)


def test_a_whole_number_comes_back_whole_and_a_day_a_day() -> None:
    layout = Layout(BOOK)
    row = layout.frame_from_cases(
        {"a": {"age": RecordedAnswer(17), "left_on": RecordedAnswer(date(2022, 6, 28))}}
    ).to_dicts()[0]
    found = answers_from_row(row, layout.book)
    assert (found["age"].value, found["left_on"].value) == (17, date(2022, 6, 28))
    assert isinstance(found["age"].value, int)


def test_a_case_that_says_everything_of_every_fact_is_a_table() -> None:
    layout = Layout(the_law())
    names = layout.names(attributes=("unknown", "credibility", "source", "note", "date"))
    table = layout.frame_from_cells({name: [None] for name in names})
    assert table.shape == (1, len(names))
    assert len(names) > 1000, "Polars takes no more than a thousand columns from a generator"

"""A row of a table says of a case what its case file says."""

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
from tests.examples import examples
from tests.real_law import its_cases, random_cases, the_law

BOOK = small({"criteria": [{"criterion": "c", "holds_if": "fears"}]}, ["c"]).book


def values_and_credibility(given: dict[str, RecordedAnswer]) -> dict[str, tuple[Value, Credibility]]:
    return {name: (answer.value, answer.credibility) for name, answer in given.items()}


@st.composite
def cases(draw: st.DrawFn) -> dict[str, RecordedAnswer]:
    return case(draw, draw(smalls()))


@given(cases())
def test_a_case_comes_back_from_its_row_as_it_went_in(answers: dict[str, RecordedAnswer]) -> None:
    layout = Layout(BOOK)
    table = layout.frame_from_cases({"case-1": answers})
    row = table.to_dicts()[0]
    assert values_and_credibility(answers_from_row(row, layout.book)) == values_and_credibility(answers)


def test_real_cases_come_back_from_a_table_as_they_went_in() -> None:
    layout = Layout(the_law())
    real_cases = [dict(real_case.given) for real_case in its_cases()] + list(random_cases(examples(60)))
    table = layout.frame_from_cases({f"case-{index}": answers for index, answers in enumerate(real_cases)})
    rows = [values_and_credibility(answers_from_row(row, layout.book)) for row in table.to_dicts()]
    assert rows == list(map(values_and_credibility, real_cases))


def test_asked_in_vain_differs_from_never_asked_for_every_type() -> None:
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


def test_the_record_schema_accepts_every_real_case_and_refuses_what_no_column_holds() -> None:
    layout = Layout(the_law())
    validator = jsonschema.Draft202012Validator(layout.json_schema())
    validator.check_schema(layout.json_schema())
    for real_case in its_cases():
        validator.validate(json.loads(json.dumps(row_from_case("case-1", real_case.given, layout.book), default=str)))
    valid = {
        "id": "MIN-0417",
        "age": "unknown",
        "age.credibility": "accepted",
        "age.source": "a paper",
        "age.date": None,
    }
    assert validator.is_valid(valid)
    for invalid in (
        {"id": "a b"},
        {"agee": 17},
        {"age": "17"},
        {"harm_feared": "torture"},
        {"harm_feared": ["x"]},
        {"id": 1},
    ):
        assert not validator.is_valid({"id": "MIN-0417"} | invalid), invalid
    assert not validator.is_valid({"age": 17}), "a record without a name"


def test_arrow_and_polars_have_the_same_columns() -> None:
    layout = Layout(BOOK)
    attributes = ("unknown", "credibility", "source", "note", "date")
    arrow, polars = layout.arrow_schema(attributes=attributes), layout.polars_schema(attributes=attributes)
    assert arrow.names == list(polars)
    empty = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([], arrow)))
    assert empty.cast(dict(polars)).schema == polars
    assert arrow.field("id").nullable is False
    types = {"harms": pa.list_(pa.string()), "age": pa.float64(), "left_on": pa.date32(), "fears": pa.string()}
    assert {name: arrow.field(name).type for name in types} == types


def test_the_attributes_of_a_fact_are_known_by_name() -> None:
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
    answers = pick(data.draw, random_cases(50))
    table = layout.frame_from_cases({"case-1": answers})
    assert {name: layout.dtype(name) for name in table.columns} == dict(table.schema)


def test_an_integer_comes_back_as_an_integer_and_a_day_as_a_day() -> None:
    layout = Layout(BOOK)
    row = layout.frame_from_cases(
        {"a": {"age": RecordedAnswer(17), "left_on": RecordedAnswer(date(2022, 6, 28))}}
    ).to_dicts()[0]
    answers = answers_from_row(row, layout.book)
    assert (answers["age"].value, answers["left_on"].value) == (17, date(2022, 6, 28))
    assert isinstance(answers["age"].value, int)


def test_a_table_can_have_every_column_of_every_fact() -> None:
    layout = Layout(the_law())
    names = layout.names(attributes=("unknown", "credibility", "source", "note", "date"))
    table = layout.frame_from_cells({name: [None] for name in names})
    assert table.shape == (1, len(names))
    assert len(names) > 1000, "Polars takes no more than a thousand columns from a generator"

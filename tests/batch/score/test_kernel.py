"""The batch kernel reads tables, and every cell that it writes is the evaluator's.

tests/circuit/test_equality.py compares findings case by case, through the kernel too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.batch.findings_schema import findings_schema
from screen.batch.layout import Layout
from screen.batch.score.comparisons import InvalidColumnError
from screen.batch.score.kernel import Kernel
from screen.batch.score.list_columns import MOST_OPTIONS, bits_dtype, pack_sets
from screen.case.evidence import Credibility, RecordedAnswer
from screen.interview.next_question import QuestionPlanner
from screen.logic import Answer
from screen.rulebook.model import ORIGIN_FACT
from tests.batch.alike import Case, assert_alike, every_profile, kernel_of
from tests.engine.books import PROFILES, Small, case, small, with_positions
from tests.examples import examples
from tests.real_law import its_cases, random_cases, the_law


def test_several_profiles_in_a_table_give_what_each_gives_alone() -> None:
    assert_alike(the_law(), random_cases(40, "profiles"), list(every_profile(the_law()))[:3])


def test_without_the_benefit_of_the_doubt_kernel_and_evaluator_agree() -> None:
    rows = assert_alike(the_law(), random_cases(40, "benefit"), ["paper"], benefit=False)
    with_it = assert_alike(the_law(), random_cases(40, "benefit"), ["paper"])
    assert rows != with_it


@settings(max_examples=examples(15))
@given(
    with_positions().flatmap(lambda small: st.tuples(st.just(small), st.lists(_case_of(small), min_size=1, max_size=4)))
)
def test_objections_and_responses_are_the_same_in_a_batch_as_alone(drawn: tuple[Small, list[Case]]) -> None:
    small_book, cases = drawn
    assert_alike(small_book.book, cases, ["first", "second"])


@st.composite
def _case_of(draw: st.DrawFn, small_book: Small) -> Case:
    return case(draw, small_book)


# ── answers, and their credibility ──────────────────────────────────────────────────────────────────────────────────


TORTURE = frozenset({"torture"})
LEAVES: dict[str, Any] = {
    "fears": "fears",
    "way": {"fact": "way", "is": "air"},
    "harms": {"fact": "harms", "includes": "torture"},
    "age": {"fact": "age", "over": 17},
}


def _fearing(**presumption: Any) -> Small:
    rules: dict[str, Any] = {"criteria": [{"criterion": "c", "holds_if": "fears"}]}
    return small(rules | {"presumptions": [presumption]} if presumption else rules, ["c"])


def test_each_credibility_of_each_answer_counts_the_same_in_a_batch() -> None:
    leaves = [
        "fears",
        {"fact": "way", "is": "air"},
        {"fact": "harms", "includes": "torture"},
        {"fact": "age", "over": 17},
    ]
    rules = [{"criterion": f"c{index}", "holds_if": leaf} for index, leaf in enumerate(leaves)]
    book = small({"criteria": rules}, ["c0", "c1", "c2", "c3"]).book
    answers = {
        "fears": tuple(Answer),
        "way": ("air", "road", Answer.UNKNOWN),
        "age": (17, 18, Answer.UNKNOWN),
        "harms": (frozenset(), TORTURE, Answer.UNKNOWN),
    }
    cases: list[Case] = [
        {name: RecordedAnswer(value, credibility)}
        for name, values in answers.items()
        for value in values
        for credibility in Credibility
    ]
    for benefit in (True, False):
        assert_alike(book, cases, ["first"], benefit=benefit)


def test_a_presumption_for_every_State_fills_what_nobody_was_asked_and_not_what_is_unknown() -> None:
    for fact, value in (("fears", "yes"), ("harms", ["torture"]), ("age", 18)):
        rules = {
            "criteria": [{"criterion": "c", "holds_if": LEAVES[fact]}],
            "presumptions": [{"origin": None, "presume": fact, "value": value}],
        }
        origin = {ORIGIN_FACT: RecordedAnswer("KP")}
        cases: list[Case] = [origin, origin | {fact: RecordedAnswer(Answer.UNKNOWN)}]
        rows = assert_alike(small(rules, ["c"]).book, cases, ["first"])
        assert [row["c"] for row in rows] == ["met", "undetermined"]
        assert [row["facts_missing"] for row in rows] == [[], [fact]]
        assert [row["open_questions"] for row in rows] == [0, 0], "it was asked already"


def test_an_empty_list_is_an_answer_and_null_is_not() -> None:
    book = small({"criteria": [{"criterion": "c", "holds_if": {"fact": "harms", "includes": "torture"}}]}, ["c"]).book
    table = pl.DataFrame({"id": ["a", "b", "c"], "harms": [[], None, ["torture"]]})
    assert Kernel(book).findings(table)["c"].to_list() == ["not_met", "undetermined", "met"]


def test_null_lists_are_unknown_whatever_their_memory_holds() -> None:
    import pyarrow as pa

    book = small({"criteria": [{"criterion": "c", "holds_if": {"fact": "harms", "includes": "torture"}}]}, ["c"]).book
    hidden = pa.ListArray.from_arrays([0, 1, 2], ["torture", "torture"], mask=pa.array([True, False]))
    table = pl.DataFrame({"id": ["a", "b"], "harms": pl.Series(hidden)})
    assert Kernel(book).findings(table)["c"].to_list() == ["undetermined", "met"]
    assert Kernel(book).findings(table[1:])["c"].to_list() == ["met"], "a slice of a table is read from its offset"


def test_bounds_are_met_at_the_bound_and_days_are_days() -> None:
    rules = [
        {"criterion": "grown", "holds_if": {"fact": "age", "at_least": 18}},
        {"criterion": "early", "holds_if": {"fact": "left_on", "before": "2022-06-28"}},
    ]
    book = small({"criteria": rules}, ["grown", "early"]).book
    table = pl.DataFrame(
        {"id": ["a", "b", "c"], "age": [17, 18, None], "left_on": [date(2022, 6, 27), date(2022, 6, 28), None]}
    )
    findings = Kernel(book).findings(table)
    assert findings["grown"].to_list() == ["not_met", "met", "undetermined"]
    assert findings["early"].to_list() == ["met", "not_met", "undetermined"]


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_may_come_as_strings_categories_or_enumerations() -> None:
    book = the_law()
    layout, kernel = Layout(book), kernel_of(book)
    table = layout.frame_from_cases({f"case-{index}": answers for index, answers in enumerate(random_cases(100))})
    strings = {pl.Enum: pl.String, pl.List: pl.List(pl.String)}
    plain = table.cast({name: strings[type(dtype)] for name, dtype in table.schema.items() if type(dtype) in strings})
    categories = plain.cast({name: pl.Categorical for name, dtype in plain.schema.items() if dtype == pl.String})
    for other in (plain, categories.with_columns(pl.col("id").cast(pl.String))):
        assert kernel.findings(other).equals(kernel.findings(table))


def test_a_table_without_columns_is_unknown_in_every_case() -> None:
    rows = assert_alike(the_law(), [{}, {}], ["paper"])
    findings = kernel_of(the_law()).findings(pl.DataFrame({"id": ["case-0", "case-1"], "somebody_elses": [1, 2]}))
    assert findings.select(rows[0].keys()).to_dicts() == rows
    assert kernel_of(the_law()).findings(pl.DataFrame({"id": []}, schema={"id": pl.String})).height == 0


def test_the_input_columns_of_the_kernel_are_enough_and_others_change_nothing() -> None:
    kernel = kernel_of(the_law())
    table = Layout(the_law()).frame_from_cases(
        {f"case-{index}": answers for index, answers in enumerate(random_cases(60))}
    )
    read = [name for name in table.columns if name in kernel.input_columns]
    assert len(read) < table.width, "the account in somebody's own words decides nothing"
    assert kernel.findings(table.select(read)).equals(kernel.findings(table))


def test_with_fewer_columns_each_column_is_the_same() -> None:
    table = Layout(the_law()).frame_from_cases(
        {f"case-{index}": answers for index, answers in enumerate(random_cases(60))}
    )
    complete = kernel_of(the_law(), ("paper", "uk")).findings(table)
    for columns in (
        ["no_return"],
        ["open_questions", "recommendation"],
        ["completeness"],
        ["facts_presumed", "B1"],
        [],
    ):
        kernel = Kernel(the_law(), ["paper", "uk"], columns=columns)
        names = ["id", *sorted(columns, key=list(findings_schema(the_law())).index)]
        names += [f"{name}@uk" for name in names[1:]]
        assert kernel.findings(table).equals(complete.select(names))
    assert len(Kernel(the_law(), columns=["multiple_nationality"]).input_columns) < 60


def test_an_unknown_column_or_profile_or_a_table_without_names_raises_an_error() -> None:
    with pytest.raises(KeyError, match="no_such_column"):
        Kernel(the_law(), columns=["no_such_column"])
    with pytest.raises(KeyError, match="mars"):
        Kernel(the_law(), ["mars"])
    with pytest.raises(KeyError, match="id"):
        kernel_of(the_law()).findings(pl.DataFrame({"case": ["a"]}))


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("fears", ["yes", "maybe"]),
        ("fears", [True, False]),
        ("fears", [1, 0]),
        ("way", ["river", "River"]),
        ("harms", [["torture", "torture"], []]),
        ("harms", [["torture", "torture", "torture"], []]),
        ("harms", [["torture", None], []]),
        ("harms", [["hunger"], []]),
        ("harms", ["torture", None]),
        ("age", ["17", "18"]),
        ("age", [float("nan"), 17.0]),
        ("age", [float("inf"), 17.0]),
        ("age", [True, False]),
        ("left_on", ["2022-06-28", "2022-06-28"]),
        ("left_on", [19_000, 19_001]),
        ("fears.credibility", ["believed", None]),
        ("age.unknown", ["yes", None]),
    ],
)
def test_what_cannot_be_an_answer_is_refused_and_never_becomes_unknown(column: str, cells: list[Any]) -> None:
    rules = [{"criterion": f"c{index}", "holds_if": leaf} for index, leaf in enumerate(LEAVES.values())]
    rules.append({"criterion": "day", "holds_if": {"fact": "left_on", "before": "2022-06-28"}})
    presumed = [{"origin": None, "presume": "age", "value": 17}]
    book = small({"criteria": rules, "presumptions": presumed}, ["c0"]).book
    table = {"id": ["a", "b"], ORIGIN_FACT: ["KP", "KP"], "fears": ["yes", "yes"], column: cells}
    with pytest.raises(InvalidColumnError) as raised:
        Kernel(book).findings(pl.DataFrame(table, strict=False))
    assert raised.value.column == column
    assert not any(str(cell) in raised.value.reason for cell in cells if isinstance(cell, str)), (
        "a cell is somebody's words"
    )


def test_an_answer_that_is_also_marked_unknown_is_refused() -> None:
    rules = {
        "criteria": [{"criterion": "c", "holds_if": {"fact": "age", "over": 17}}],
        "presumptions": [{"origin": None, "presume": "age", "value": 17}],
    }
    table = pl.DataFrame({"id": ["a", "b"], "age": [17, None], "age.unknown": [True, True]})
    with pytest.raises(InvalidColumnError, match=r"age\.unknown"):
        Kernel(small(rules, ["c"]).book).findings(table)


def test_a_set_of_more_options_than_an_integer_has_bits_raises_an_error() -> None:
    base = small({"criteria": [{"criterion": "c", "holds_if": {"fact": "harms", "includes": "torture"}}]}, ["c"]).book
    fitting = tuple((f"harm_{index}", "words") for index in range(MOST_OPTIONS - 1))
    for options, is_too_many in ((fitting, False), ((*fitting, ("one_more", "words")), True)):
        fact = replace(base.facts["harms"], options=(*options, ("torture", "words")))
        book = replace(base, facts=base.facts | {"harms": fact})
        if is_too_many:
            with pytest.raises(ValueError, match="65 options"):
                _ = Kernel(book).input_columns
        else:
            table = pl.DataFrame({"id": ["a", "b"], "harms": [["torture", "harm_0"], ["harm_62"]]})
            assert Kernel(book).findings(table)["c"].to_list() == ["met", "not_met"]


# ── what is missing ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_interview_asks_nothing_that_is_not_listed_as_missing() -> None:
    book = the_law()
    planner = QuestionPlanner(book, book.profiles["paper"])
    cases = list(random_cases(25, "missing"))
    rows = assert_alike(book, cases, ["paper"])
    questions = 0
    for answers, row in zip(cases, rows, strict=True):
        question = planner.next_question(answers)
        if question is not None:
            questions += 1
            assert question.fact.name in row["facts_missing"]
    assert questions > 10


def test_a_case_is_complete_when_nothing_is_missing_and_empty_when_nothing_is_known() -> None:
    book = _fearing().book
    rows = assert_alike(book, [{}, {"fears": RecordedAnswer(Answer.NO)}], ["first"])
    assert [row["completeness"] for row in rows] == [0.0, 1.0]
    assert [row["facts_missing"] for row in rows] == [["fears"], []]


def test_a_presumption_that_waits_for_the_State_of_origin_makes_it_missing() -> None:
    book = _fearing(origin="KP", presume="fears", value="yes", when="left").book
    cases: list[Case] = [{}, {ORIGIN_FACT: RecordedAnswer("KP")}, {ORIGIN_FACT: RecordedAnswer("CN")}]
    rows = assert_alike(book, cases, ["first"])
    assert [set(row["facts_missing"]) for row in rows] == [{ORIGIN_FACT, "fears", "left"}, {"fears", "left"}, {"fears"}]


def test_sets_packed_into_integers_give_what_their_lists_give() -> None:
    """The validator hands a set on as an integer with a bit for each option."""
    kernel, layout = kernel_of(the_law()), Layout(the_law())
    table = layout.frame_from_cases({f"case-{number}": dict(case.given) for number, case in enumerate(its_cases())})
    sets = [name for name in kernel.input_columns if isinstance(table.schema.get(name), pl.List)]
    assert sets
    assert kernel.findings(table.with_columns(pack_sets(table[name])[0] for name in sets)).equals(
        kernel.findings(table)
    )


def test_an_integer_with_more_bits_than_options_is_refused() -> None:
    """It was not made from the options of this fact, so its meaning is unknown."""
    kernel, layout = kernel_of(the_law()), Layout(the_law())
    name = next(name for name in kernel.input_columns if isinstance(layout.dtype(name), pl.List))
    options = len(layout.options(name))
    with pytest.raises(InvalidColumnError, match=name):
        kernel.findings(pl.DataFrame({"id": ["a"], name: pl.Series([1 << options], dtype=bits_dtype(options))}))


def test_names_are_counted_as_often_as_they_are_on_lists() -> None:
    """Counted as bits or as words, under each profile: the same numbers."""
    layout = Layout(the_law())
    table = layout.frame_from_cases({f"case-{number}": dict(case.given) for number, case in enumerate(its_cases())})
    result = kernel_of(the_law(), ("paper", "uk")).evaluate(table)
    assert {name for name in result.name_counts if name.startswith("facts_missing")} == {
        "facts_missing",
        "facts_missing@uk",
    }
    for name, counts in result.name_counts.items():
        words = result.table[name].cast(pl.List(pl.String)).explode(empty_as_null=False).value_counts()
        assert dict(words.iter_rows()) == counts, name


def test_a_known_fact_counts_for_completeness_where_its_criterion_is_decided_without_it() -> None:
    """Under a reading too: `c0` never holds on the second side, and its fact is one that a conclusion can ask for."""
    by_side = {"strict": {"not": "fears"}, "mild": {"fact": "country_of_origin", "is": "CN"}}
    criteria = [
        {
            "criterion": "c0",
            "holds_if": {"reading": "exit", "as": by_side},
            "unless": [{"not": {"reading": "exit", "is": "strict"}}],
        },
        {"criterion": "c1", "holds_if": {"any": ["left", {"all": ["c0", "fears"]}]}},
    ]
    book = small({"criteria": criteria}, ["c1"]).book
    known = {"country_of_origin": RecordedAnswer("KP"), "fears": RecordedAnswer(Answer.YES)}
    for profile in PROFILES:
        assert_alike(book, [known], [profile])

"""The values to try are answers, and none that the law can tell apart is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.case.evidence import compare
from screen.circuit.domains import distinguishable_values, every_term, find_domains, meets
from screen.logic import MET, NOT_MET, Answer
from screen.rulebook.dependencies import leaves_in, relevant_facts
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Bounds, RuleBook
from screen.rulebook.terms import Between, Includes, Value
from tests.engine.books import ANSWERS, Small, small, smalls
from tests.examples import examples
from tests.real_law import the_law


def aged(*bounds: tuple[float | None, float | None], limits: Bounds | None) -> RuleBook:
    """Return a book that asks whether the age lies between each two of these bounds, both excluded."""
    names = [f"c{place}" for place in range(len(bounds))]
    book = small({"criteria": [{"criterion": name, "holds_if": "fears"} for name in names]}, names).book
    criteria = {
        name: replace(book.criteria[name], holds_if=Between("age", low, high, False, False))
        for name, (low, high) in zip(names, bounds, strict=True)
    }
    facts = book.facts | {"age": replace(book.facts["age"], bounds=limits)}
    return replace(book, criteria=criteria, facts=facts)


def values_of_age(book: RuleBook) -> tuple[Value, ...]:
    return distinguishable_values(book, ["age"])["age"]


WHOLE, ANY = Bounds(0, 120, True), Bounds(0, 120, False)


@pytest.mark.parametrize(
    ("bounds", "limits", "values"),
    [
        ([(18, None)], None, (17, 18, 19)),
        ([(18, None)], WHOLE, (17, 18, 19)),
        ([(0, None)], ANY, (0, 1)),  # nobody is younger
        ([(None, 120)], ANY, (119, 120)),
        ([(0.5, None)], ANY, (0, 0.5, 1.5)),  # what is under the bound is nearer to its end than 1
        ([(0.5, None)], WHOLE, (0, 1)),
        ([(17, None), (None, 18)], ANY, (16, 17, 17.5, 18, 19)),  # both are met between the two
        ([(17, None), (None, 18)], WHOLE, (16, 17, 18, 19)),  # and by no whole number
        ([(130, None)], ANY, (120,)),
    ],
)  # fmt: skip
def test_numbers_lie_on_every_side_of_every_bound_where_there_are_answers(
    bounds: list[tuple[float | None, float | None]], limits: Bounds | None, values: tuple[Value, ...]
) -> None:
    assert values_of_age(aged(*bounds, limits=limits)) == values


@settings(max_examples=examples(35))
@given(
    st.lists(st.tuples(*[st.sampled_from([None, -1, 0, 0.5, 1, 1.5, 2, 3, 3.25, 4])] * 2), min_size=1, max_size=3),
    st.sampled_from([Bounds(0, 4, True), Bounds(0, 4, False), Bounds(1, None, False), Bounds(None, 3, True)]),
)
def test_every_answer_is_compared_like_one_of_the_values(
    bounds: list[tuple[float | None, float | None]], limits: Bounds
) -> None:
    book = aged(*bounds, limits=limits)
    leaves = list(leaves_in(criterion.holds_if for criterion in book.criteria.values()))
    values = values_of_age(book)
    if values:  # a book may compare with nothing
        assert all(isinstance(value, int | float) and limits.contains(value) for value in values), "no answer"
        tried = {tuple(meets(leaf, value, book) for leaf in leaves) for value in values}
        answers = [place / 8 for place in range(-16, 48)]
        assert tried == {
            tuple(meets(leaf, answer, book) for leaf in leaves) for answer in answers if limits.contains(answer)
        }


def test_where_every_state_is_named_there_is_no_other_to_try() -> None:
    rules = [{"criterion": "c", "holds_if": {"any": [{"binds": "cat"}, {"fact": HOST_FACT, "in": ["KP", "FR"]}]}}]
    assert distinguishable_values(small({"criteria": rules}, ["c"]).book, [HOST_FACT])[HOST_FACT] == (
        "CN", "FR", "KP", "NO",
    )  # fmt: skip


@settings(max_examples=examples(35))
@given(smalls())
def test_every_answer_has_a_representative_that_is_compared_like_it(drawn: Small) -> None:
    book = drawn.book
    for name, domain in find_domains(book, every_term(book)).items():
        for answer in ANSWERS[name] if domain.fact.type != "many" else ():
            standing = domain.representative(answer, book)
            assert standing in domain.values
            assert domain.signature(standing, book) == domain.signature(answer, book)
        reads = [domain.signature(value, book) for value in domain.values]
        assert len(reads) == len(set(reads)), "two values that nothing tells apart are one"


@settings(max_examples=examples(35))
@given(smalls())
def test_both_implementations_of_a_comparison_agree(drawn: Small) -> None:
    """`meets` is the circuit's, `compare` the evaluator's."""
    book = drawn.book
    for leaf in leaves_in(every_term(book)):
        for value in ANSWERS[leaf.fact]:
            assert {True: MET, False: NOT_MET}.get(meets(leaf, value, book)) is (  # type: ignore[arg-type]
                state if (state := compare(leaf, value, book)) in (MET, NOT_MET) else None
            )


def test_the_real_book_has_a_value_for_each_option_and_each_state_that_it_compares() -> None:
    book = the_law()
    values = distinguishable_values(book, relevant_facts(book.order, book))
    for name, of_fact in values.items():
        fact = book.facts[name]
        if fact.type in ("choice", "level"):
            assert of_fact == tuple(option for option, _ in fact.options)
        elif fact.type == "yes_no":
            assert of_fact == (Answer.YES, Answer.NO)
        elif fact.type == "many":
            assert frozenset() in of_fact
            assert frozenset(option for option, _ in fact.options) in of_fact
    assert set(values[HOST_FACT]) > book.standings.keys()
    assert {presumption.origin for presumption in book.presumptions if presumption.origin} < set(values[ORIGIN_FACT])
    options = {leaf.fact for leaf in leaves_in(every_term(book)) if isinstance(leaf, Includes)}
    assert all(domain.options for name, domain in find_domains(book, every_term(book)).items() if name in options)

"""Many cases in one pass: the goals that are asked for, and what is presumed."""

from __future__ import annotations

from hypothesis import given, settings

from screen.circuit.bit_parallel import FEW_CASES, BitParallelLaw
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN
from screen.rulebook.dependencies import criteria_in, reachable
from tests.circuit.adapters import Case
from tests.circuit.test_equality import books_with_cases
from tests.engine.books import Small, columns_of
from tests.real_law import random_cases, the_law


@settings(max_examples=80)
@given(books_with_cases())
def test_presumed_names_the_facts_that_the_evaluator_presumes(drawn: tuple[Small, list[Case], str]) -> None:
    small, cases, profile = drawn
    law = BitParallelLaw(small.book, small.book.profiles[profile])
    for case in cases:
        presumed = {known.fact.name for known in evaluate(small.book, case, profile).presumed}
        assert law.presumed_facts(law.inputs_of_columns(columns_of([case]))) == presumed


@settings(max_examples=60)
@given(books_with_cases())
def test_goals_are_evaluated_with_what_they_need_and_end_alike(drawn: tuple[Small, list[Case], str]) -> None:
    small, cases, profile = drawn
    book, columns = small.book, columns_of(cases)
    every = BitParallelLaw(book, book.profiles[profile])
    some = BitParallelLaw(book, book.profiles[profile], book.conclusions)
    ends = some.evaluate(some.inputs_of_columns(columns), len(cases))
    assert ends.keys() == reachable(book.conclusions, book.criteria)
    of_all = every.evaluate(every.inputs_of_columns(columns), len(cases))
    assert ends == {name: of_all[name] for name in ends}


def test_terms_are_evaluated_next_to_the_criteria() -> None:
    book, cases = the_law(), random_cases(60, "terms")
    when = {str(place): one.when for place, one in enumerate(book.recommendations)}
    law = BitParallelLaw(book, book.profiles["paper"], (), when)
    assert set(law.order) == reachable(criteria_in(when.values()), book.criteria), "what a term needs is there too"
    ends = law.evaluate(law.inputs_of_columns(columns_of(cases)), len(cases))
    recommended = set()
    for index, case in enumerate(cases):
        met = [one.name for place, one in enumerate(book.recommendations) if ends[str(place)].met >> index & 1]
        recommended.add(evaluate(book, case, "paper").recommendation)
        assert [*met, UNDETERMINED_NO_RETURN][0] == evaluate(book, case, "paper").recommendation
    assert len(recommended) > 1


def test_clearing_what_nobody_needs_any_more_changes_no_end() -> None:
    """Large passes clear, small ones do not: the same cases in both, and again side by side in a large one."""
    book, cases = the_law(), random_cases(40, "clearing")
    law = BitParallelLaw(book, book.profiles["paper"])
    columns, count = columns_of(cases), len(cases)
    few = law.evaluate(law.inputs_of_columns(columns), count)
    times = FEW_CASES // count + 1
    repeat = sum(1 << place * count for place in range(times))
    many = law.evaluate(
        law.inputs_of_columns(
            {name: [(value, mask * repeat) for value, mask in column] for name, column in columns.items()}
        ),
        times * count,
    )
    assert {name: tuple(bits * repeat for bits in end) for name, end in few.items()} == many

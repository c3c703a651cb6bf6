"""Many cases in one pass: goals, named terms and presumptions."""

from __future__ import annotations

from hypothesis import given, settings

from screen.circuit.bit_parallel import FEW_CASES, BitParallelLaw
from screen.engine.evaluate import evaluate
from screen.engine.finding import UNDETERMINED_NO_RETURN
from screen.rulebook.dependencies import criteria_in, reachable
from tests.circuit.adapters import Case
from tests.circuit.test_equality import books_with_cases
from tests.engine.books import Small, columns_of
from tests.examples import examples
from tests.real_law import random_cases, the_law


@settings(max_examples=examples(25))
@given(books_with_cases())
def test_the_compiled_law_presumes_the_facts_that_the_evaluator_presumes(drawn: tuple[Small, list[Case], str]) -> None:
    small, cases, profile = drawn
    law = BitParallelLaw(small.book, small.book.profiles[profile])
    for case in cases:
        presumed = {known.fact.name for known in evaluate(small.book, case, profile).presumed}
        assert law.presumed_facts(law.inputs_of_columns(columns_of([case]))) == presumed


@settings(max_examples=examples(20))
@given(books_with_cases())
def test_goals_are_evaluated_with_what_they_need_and_the_same_statuses(drawn: tuple[Small, list[Case], str]) -> None:
    small, cases, profile = drawn
    book, columns = small.book, columns_of(cases)
    full_law = BitParallelLaw(book, book.profiles[profile])
    goal_law = BitParallelLaw(book, book.profiles[profile], book.conclusions)
    statuses = goal_law.evaluate(goal_law.inputs_of_columns(columns), len(cases))
    assert statuses.keys() == reachable(book.conclusions, book.criteria)
    of_all = full_law.evaluate(full_law.inputs_of_columns(columns), len(cases))
    assert statuses == {name: of_all[name] for name in statuses}


def test_named_terms_are_evaluated_together_with_the_criteria() -> None:
    book, cases = the_law(), random_cases(60, "terms")
    when = {str(place): recommendation.when for place, recommendation in enumerate(book.recommendations)}
    law = BitParallelLaw(book, book.profiles["paper"], (), when)
    assert set(law.order) == reachable(criteria_in(when.values()), book.criteria), "what a term needs is there too"
    statuses = law.evaluate(law.inputs_of_columns(columns_of(cases)), len(cases))
    recommended = set()
    for index, case in enumerate(cases):
        met = [
            recommendation.name
            for place, recommendation in enumerate(book.recommendations)
            if statuses[str(place)].met >> index & 1
        ]
        recommended.add(evaluate(book, case, "paper").recommendation)
        assert [*met, UNDETERMINED_NO_RETURN][0] == evaluate(book, case, "paper").recommendation
    assert len(recommended) > 1


def test_clearing_values_that_are_no_longer_needed_changes_no_status() -> None:
    """Large passes clear values, small ones do not: the same cases in both, repeated side by side in the large one."""
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

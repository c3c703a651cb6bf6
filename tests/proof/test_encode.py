"""The encoded law agrees with a judge written from the documentation alone, and a second case with the evaluator.

That the first case agrees with the evaluator is tested in tests/circuit/test_equality.py.
"""

from __future__ import annotations

from hypothesis import given, settings

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.logic import Answer
from screen.proof.shortest_case import decode_case
from tests.circuit.adapters import Case, encoded, state_of
from tests.circuit.test_equality import books_with_cases
from tests.engine.books import PROFILES, Small, as_written, small
from tests.engine.judge import Judge
from tests.examples import examples


@settings(max_examples=examples(15))
@given(books_with_cases())
def test_an_encoded_law_agrees_with_a_judge_written_from_the_documentation_alone(
    drawn: tuple[Small, list[Case], str],
) -> None:
    law, cases, profile = drawn
    solver = encoded(law.book)
    for case in cases[:4]:
        model = solver.find_model(solver.profiles[profile], *solver.case_bits(case))
        assert model is not None
        judge = Judge(law.written, as_written(case), PROFILES[profile])
        statuses = {name: state_of(solver, model, end) for name, end in solver.law.criteria.items()}
        assert statuses == judge.findings


@settings(max_examples=examples(20))
@given(books_with_cases())
def test_a_second_case_has_the_statuses_that_it_would_have_alone(
    drawn: tuple[Small, list[Case], str],
) -> None:
    law, cases, profile = drawn
    solver = encoded(law.book)
    names = sorted(solver.domains)[::2]
    first, second = (
        {name: recorded for name, recorded in case.items() if name in solver.domains} for case in (*cases, {})[:2]
    )
    both = {name: recorded for name, recorded in first.items() if name not in names}
    both |= {name: recorded for name, recorded in second.items() if name in names}
    criteria = solver.law.criteria
    with solver.scope():
        others = {name: solver.free_answers(name, "other ") for name in names}
        other = solver.second_case(others, [node for end in criteria.values() for node in end])
        counterparts = {name: other.counterpart(end) for name, end in criteria.items()}
        solver.encode_nodes(node for end in counterparts.values() for node in end)
        same_case = [*solver.case_bits(first), *solver.case_bits(both, other.answers)]
        model = solver.find_model(solver.profiles[profile], *same_case)
        assert model is not None
        assert decode_case(model, solver.answers).keys() <= first.keys()
        findings = evaluate(law.book, both, profile)
        assert {name: state_of(solver, model, end) for name, end in counterparts.items()} == {
            name: finding.status.value for name, finding in findings.criteria.items()
        }


def test_the_end_of_a_scope_forgets_its_second_case() -> None:
    book = small({"criteria": [{"criterion": "c", "holds_if": {"any": ["fears", "left"]}}]}, ["c"]).book
    solver = encoded(book)
    met = solver.law.criteria["c"].met
    for name in ("fears", "left"):
        with solver.scope():
            other = solver.second_case({name: solver.free_answers(name, "other ")}, [met])
            without = [solver.case_bits({}), solver.case_bits({name: RecordedAnswer(Answer.YES)}, other.answers)]
            model = solver.find_model(*(bit for bits in without for bit in bits), solver.formula(other.nodes[met]))
            assert model is not None, f"{name} alone meets it"
            with solver.scope():
                assert solver.find_model(solver.formula(met), *without[0]) is None
            again = solver.find_model(*without[1], solver.formula(other.nodes[met]))
            assert again is not None, "what lies further out is still there"


def test_a_presumed_set_that_no_condition_asks_for_is_encoded_too() -> None:
    presumption = {"origin": "KP", "presume": "harms", "value": []}
    rules = [{"criterion": "c", "holds_if": {"fact": "country_of_origin", "is": "CN"}}]
    solver = encoded(small({"criteria": rules, "presumptions": [presumption]}, ["c"]).book)
    assert solver.find_model(*solver.case_bits({"country_of_origin": RecordedAnswer("KP")})) is not None

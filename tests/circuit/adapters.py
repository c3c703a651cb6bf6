"""The three ways to ask the compiled law, each held against the evaluator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from screen.case.evidence import RecordedAnswer
from screen.circuit.bit_parallel import BitParallelLaw
from screen.circuit.circuit import Ternary
from screen.circuit.domains import every_term, find_domains
from screen.logic import Status
from screen.proof.encode import EncodedLaw
from screen.proof.solver import Model, is_true
from screen.rulebook.model import RECOMMENDATIONS, RuleBook
from tests.batch.alike import assert_alike, told_by_evaluator
from tests.engine.books import columns_of

Case = Mapping[str, RecordedAnswer]
ENDS = (Status.MET, Status.NOT_MET, Status.NOT_APPLICABLE)


def state_in(end: Ternary, case: int) -> str:
    """Return how one of many cases ends."""
    bits = [mask >> case & 1 for mask in end]
    assert sum(bits) <= 1, "a case ends in one way"
    return next((state.value for state, bit in zip(ENDS, bits, strict=True) if bit), Status.UNDETERMINED.value)


_rows: dict[tuple[int, str, int], tuple[RuleBook, Case, dict[str, Any]]] = {}
MOST_ROWS = 5000


def row_of(book: RuleBook, case: Case, profile: str) -> dict[str, Any]:
    """Return what the evaluator says of a case; it is asked once for all adapters."""
    key = id(book), profile, id(case)
    if key not in _rows:
        if len(_rows) >= MOST_ROWS:
            _rows.clear()
        # With its book and case, so that nothing else has their place in memory.
        _rows[key] = book, case, told_by_evaluator(book, case, profile)
    return _rows[key][2]


def integers_agree(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that many cases in one pass end as each of them does alone, criteria and positions."""
    positions = {one.name: one.raised_if for one in book.objections if one.raised_if is not None}
    positions |= {one.name: one.owed_if for one in book.responses if one.owed_if is not None}
    law = BitParallelLaw(book, book.profiles[profile], terms=positions)
    ends = law.evaluate(law.inputs_of_columns(columns_of(cases)), len(cases))
    assert ends.keys() == {*book.criteria, *positions}
    assert all(bits >> len(cases) == 0 for end in ends.values() for bits in end), "a case that nobody asked about"
    for index, case in enumerate(cases):
        row = row_of(book, case, profile)
        wrong = {name: (found, row[name]) for name in ends if (found := state_in(ends[name], index)) != row[name]}
        assert not wrong, f"case {index}: (circuit, evaluator) {wrong}"


def table_agrees(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that a table of cases ends as each of them does alone, cell by cell."""
    assert_alike(book, cases, [profile], told=row_of)


_encoded: list[EncodedLaw] = []


def encoded(book: RuleBook) -> EncodedLaw:
    """Return a book as the solver has it; the last one is kept, for other cases and profiles."""
    if not _encoded or _encoded[0].book is not book:
        solver = EncodedLaw(book, find_domains(book, every_term(book)))
        solver.encode_nodes(node for end in solver.law.criteria.values() for node in end)
        _encoded[:] = [solver]
    return _encoded[0]


def state_of(solver: EncodedLaw, model: Model, end: Ternary) -> str:
    """Return how something ends in the case of a solution."""
    bits = [is_true(model, solver.formula(node)) for node in end]
    assert sum(bits) <= 1, "a case ends in one way"
    return next((state.value for state, bit in zip(ENDS, bits, strict=True) if bit), Status.UNDETERMINED.value)


def solver_agrees(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that the formulas of every case, held to each of these, end as it does alone."""
    solver = encoded(book)
    recommended = {name: solver.is_recommended(name) for name in RECOMMENDATIONS}
    solver.encode_nodes(recommended.values())
    for index, case in enumerate(cases):
        model = solver.find_model(solver.profiles[profile], *solver.case_bits(case))
        assert model is not None, "this case was thought to be none"
        row = row_of(book, case, profile)
        found = {name: state_of(solver, model, end) for name, end in solver.law.criteria.items()}
        wrong = {name: (state, row[name]) for name, state in found.items() if state != row[name]}
        assert not wrong, f"case {index}: (formulas, evaluator) {wrong}"
        given = [name for name, node in recommended.items() if is_true(model, solver.formula(node))]
        assert given == [row["recommendation"]]


Agrees = Callable[[RuleBook, Sequence[Case], str], None]
ADAPTERS: dict[str, Agrees] = {"integers": integers_agree, "table": table_agrees, "solver": solver_agrees}

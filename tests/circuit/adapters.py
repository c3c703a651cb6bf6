"""The three ways to ask the compiled law, each held against the evaluator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from screen.answer import State
from screen.circuit.bit_parallel import BitParallelLaw
from screen.circuit.circuit import Ternary
from screen.facts import Given
from screen.language.terms import RuleBook
from tests.batch.alike import assert_alike, told_by_evaluator
from tests.engine.books import columns_of

Case = Mapping[str, Given]
ENDS = (State.MET, State.NOT_MET, State.NOT_APPLICABLE)


def state_in(end: Ternary, case: int) -> str:
    """Return how one of many cases ends."""
    bits = [mask >> case & 1 for mask in end]
    assert sum(bits) <= 1, "a case ends in one way"
    return next((state.value for state, bit in zip(ENDS, bits, strict=True) if bit), State.UNDETERMINED.value)


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
    ends = law.evaluate(law.answers(columns_of(cases)), len(cases))
    assert ends.keys() == {*book.criteria, *positions}
    assert all(bits >> len(cases) == 0 for end in ends.values() for bits in end), "a case that nobody asked about"
    for index, case in enumerate(cases):
        row = row_of(book, case, profile)
        wrong = {name: (found, row[name]) for name in ends if (found := state_in(ends[name], index)) != row[name]}
        assert not wrong, f"case {index}: (circuit, evaluator) {wrong}"


def table_agrees(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that a table of cases ends as each of them does alone, cell by cell."""
    assert_alike(book, cases, [profile], told=row_of)


Agrees = Callable[[RuleBook, Sequence[Case], str], None]
ADAPTERS: dict[str, Agrees] = {"integers": integers_agree, "table": table_agrees}

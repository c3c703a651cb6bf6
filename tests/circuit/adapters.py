"""The three adapters of the compiled law, each held against the evaluator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

from screen.batch.findings_schema import CLOSED, ON_ASSESSMENT, RECOMMENDATION
from screen.batch.layout import Layout
from screen.batch.score.kernel import Kernel
from screen.case.evidence import RecordedAnswer
from screen.circuit.bit_parallel import BitParallelLaw
from screen.circuit.circuit import Ternary
from screen.circuit.domains import every_term, find_domains
from screen.engine.evaluate import evaluate
from screen.logic import Status
from screen.proof.encode import EncodedLaw
from screen.proof.solver import Model, is_true
from screen.rulebook.model import RECOMMENDATIONS, BurdenByReading, RuleBook, criterion_terms
from screen.rulebook.terms import NotRuledOut, subterms
from tests.batch.alike import assert_alike, evaluator_row
from tests.engine.books import columns_of

Case = Mapping[str, RecordedAnswer]
ENDS = (Status.MET, Status.NOT_MET, Status.NOT_APPLICABLE)


def state_in(end: Ternary, case: int) -> str:
    """Return the status in one of many cases."""
    bits = [mask >> case & 1 for mask in end]
    assert sum(bits) <= 1, "a case ends in one way"
    return next((state.value for state, bit in zip(ENDS, bits, strict=True) if bit), Status.UNDETERMINED.value)


_rows: dict[tuple[int, str, int], tuple[RuleBook, Case, dict[str, Any]]] = {}
MOST_ROWS = 5000


def row_of(book: RuleBook, case: Case, profile: str) -> dict[str, Any]:
    """Return the evaluator's row for a case; it is evaluated once for all adapters."""
    key = id(book), profile, id(case)
    if key not in _rows:
        if len(_rows) >= MOST_ROWS:
            _rows.clear()
        # With its book and case, so that nothing else has their place in memory.
        _rows[key] = book, case, evaluator_row(book, case, profile)
    return _rows[key][2]


def integers_agree(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that many cases in one pass have the statuses that each has alone, criteria and positions."""
    positions = {
        objection.name: objection.raised_if for objection in book.objections if objection.raised_if is not None
    }
    positions |= {response.name: response.owed_if for response in book.responses if response.owed_if is not None}
    law = BitParallelLaw(book, book.profiles[profile], terms=positions)
    statuses = law.evaluate(law.inputs_of_columns(columns_of(cases)), len(cases))
    assert statuses.keys() == {*book.criteria, *positions}
    assert all(bits >> len(cases) == 0 for end in statuses.values() for bits in end), "a case that nobody asked about"
    for index, case in enumerate(cases):
        row = row_of(book, case, profile)
        wrong = {
            name: (status, row[name]) for name in statuses if (status := state_in(statuses[name], index)) != row[name]
        }
        assert not wrong, f"case {index}: (circuit, evaluator) {wrong}"


def table_agrees(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that a table of cases agrees with the evaluator, cell by cell."""
    assert_alike(book, cases, [profile], evaluate_row=row_of)


BEARERS = ("applicant", "authority", "shared", None)
TELLERS = ("applicant", "applicant", "officer", "country", None)


def with_burdens(book: RuleBook) -> RuleBook:
    """Return a book with burdens and with who can tell each fact, by the names: each book always the same.

    So that everything closes somewhere, whatever the book itself says. Half of the burdens hang on a reading.
    """

    def burden(name: str) -> str | BurdenByReading | None:
        number = crc32(name.encode())
        readings = list(book.readings.values())
        if not number % 2 or not readings:
            return BEARERS[number // 2 % len(BEARERS)]
        reading = readings[number // 2 % len(readings)]
        return BurdenByReading(
            reading.name,
            tuple((side.name, BEARERS[(number + place) % len(BEARERS)]) for place, side in enumerate(reading.sides)),
        )

    facts = {
        name: replace(fact, known_from=TELLERS[crc32(name.encode()) % len(TELLERS)], judgement=len(name) % 4 == 0)
        for name, fact in book.facts.items()
    }
    criteria = {name: replace(criterion, burden=burden(name)) for name, criterion in book.criteria.items()}
    return replace(book, facts=facts, criteria=criteria)


def closed_record_agrees(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that the closed record, and what waits for an assessment, are the same to all.

    Small books are tried under their own burdens and under others. To compile the real law for tables takes long: it is
    tried as a table under its own profile alone.
    """
    is_small = len(book.criteria) < SMALL
    for law in (book, with_burdens(book)) if is_small else (book,):
        _closed_in_integers(law, cases, profile)
        if is_small or profile == book.default_profile:
            _closed_in_tables(law, cases, profile)


SMALL = 50


def _closed_in_integers(law: RuleBook, cases: Sequence[Case], profile: str) -> None:
    compiled = BitParallelLaw(law, law.profiles[profile], closed=True)
    statuses = compiled.evaluate(compiled.inputs_of_columns(columns_of(cases)), len(cases))
    for index, case in enumerate(cases):
        findings, on_open_record = evaluate(law, case, profile, closed=True), evaluate(law, case, profile)
        for name, finding in findings.criteria.items():
            assert state_in(statuses[name], index) == finding.status.value, f"case {index}: {name}"
            conditions = [part for term in criterion_terms(law.criteria[name]) for part in subterms(term)]
            if any(isinstance(part, NotRuledOut) for part in conditions):
                continue  # only a recommendation may ask this, because any answer can change it
            before = on_open_record[name].status
            if finding.status is Status.MET and law.criteria[name].burden_under(law.profiles[profile]) == "authority":
                assert before is Status.MET, f"what the applicant has not shown shows {name} for the authority"
            assert before in (Status.UNDETERMINED, finding.status), f"closing turned {name}, which was decided"


def _closed_in_tables(law: RuleBook, cases: Sequence[Case], profile: str) -> None:
    advice = (RECOMMENDATION, ON_ASSESSMENT)
    columns = [f"{name}{CLOSED}" for name in (*law.criteria, *advice)]
    frame = Layout(law).frame_from_cases({f"case-{index}": case for index, case in enumerate(cases)})
    beside = Kernel(law, [profile], columns=[*columns, *advice], as_recorded=True).findings(frame).to_dicts()
    standing = Kernel(law, [profile], closed=True).findings(frame).to_dicts()
    for index, case in enumerate(cases):
        for suffix, closed in (("", False), (CLOSED, True)):
            recorded = evaluate(law, case, profile, closed=closed, as_recorded=True)
            assert beside[index][f"{RECOMMENDATION}{suffix}"] == recorded.recommendation
            assert beside[index][f"{ON_ASSESSMENT}{suffix}"] == recorded.on_assessment
        accepted = evaluate(law, case, profile, closed=True)
        expected = {name: finding.status.value for name, finding in accepted.criteria.items()}
        assert {name: beside[index][f"{name}{CLOSED}"] for name in expected} == expected
        assert {name: standing[index][name] for name in expected} == expected
        assert standing[index][RECOMMENDATION] == accepted.recommendation


_encoded: list[EncodedLaw] = []


def encoded(book: RuleBook) -> EncodedLaw:
    """Return a book encoded for the solver; the last one is kept, for other cases and profiles."""
    if not _encoded or _encoded[0].book is not book:
        solver = EncodedLaw(book, find_domains(book, every_term(book)))
        solver.encode_nodes(node for end in solver.law.criteria.values() for node in end)
        _encoded[:] = [solver]
    return _encoded[0]


def state_of(solver: EncodedLaw, model: Model, end: Ternary) -> str:
    """Return a status in the case of a model."""
    bits = [is_true(model, solver.formula(node)) for node in end]
    assert sum(bits) <= 1, "a case ends in one way"
    return next((state.value for state, bit in zip(ENDS, bits, strict=True) if bit), Status.UNDETERMINED.value)


def solver_agrees(book: RuleBook, cases: Sequence[Case], profile: str) -> None:
    """Assert that the formulas, constrained to each of these cases, have the statuses that it has alone."""
    solver = encoded(book)
    recommended = {name: solver.is_recommended(name) for name in RECOMMENDATIONS}
    solver.encode_nodes(recommended.values())
    for index, case in enumerate(cases):
        model = solver.find_model(solver.profiles[profile], *solver.case_bits(case))
        assert model is not None, "this case was thought to be none"
        row = row_of(book, case, profile)
        statuses = {name: state_of(solver, model, end) for name, end in solver.law.criteria.items()}
        wrong = {name: (state, row[name]) for name, state in statuses.items() if state != row[name]}
        assert not wrong, f"case {index}: (formulas, evaluator) {wrong}"
        given = [name for name, node in recommended.items() if is_true(model, solver.formula(node))]
        assert given == [row["recommendation"]]


Agrees = Callable[[RuleBook, Sequence[Case], str], None]
ADAPTERS: dict[str, Agrees] = {
    "integers": integers_agree,
    "closed record": closed_record_agrees,
    "table": table_agrees,
    "solver": solver_agrees,
}

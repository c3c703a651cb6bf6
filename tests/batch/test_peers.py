"""The small law of `benchmarks/peers`: our rule files agree with its oracle, or the engines could not be compared."""

from __future__ import annotations

from itertools import islice

import pytest

from benchmarks.peers.engine import CaseEngine, TableEngine, count_matching_cells, read_results, write_case_files
from benchmarks.peers.law import AS_IS, BY_HAND, CRITERIA, FACTS, NO, YES, Condition, cases, inline, oracle
from benchmarks.peers.ours import BitParallelEngine, EvaluatorEngine, KernelEngine, RunEngine
from benchmarks.peers.ours import engines as our_engines

CASES = cases(300)
EXPECTED = [oracle(case) for case in CASES]
CELLS = len(CASES) * len(CRITERIA)


@pytest.mark.parametrize("engine", [each for each in our_engines() if each.takes_dicts], ids=lambda engine: engine.name)
def test_our_rule_files_agree_with_the_oracle(engine):
    assert isinstance(engine, EvaluatorEngine | KernelEngine | BitParallelEngine)
    assert count_matching_cells(engine.evaluate_dicts(CASES), EXPECTED) == CELLS


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_every_engine_of_ours_gives_from_files_what_the_oracle_says(tmp_path, ending):
    stem = tmp_path / "cases"
    write_case_files(CASES, stem)
    for number, engine in enumerate(our_engines()):
        out = tmp_path / f"results{number}{ending}"
        engine.evaluate_file(stem.with_suffix(f"{'.words' if engine.needs_words else ''}{ending}"), out)
        assert count_matching_cells(read_results(out, len(CASES)), EXPECTED) == CELLS, engine.name


def test_a_cell_that_an_engine_gets_wrong_is_not_counted_as_matching():
    flipped = [{**case, "refugee": case["refugee"] is None or None} for case in EXPECTED]
    assert count_matching_cells(flipped, EXPECTED) == CELLS - len(CASES)
    assert count_matching_cells([{} for _ in EXPECTED], EXPECTED) == 0


def test_rules_written_by_hand_give_yes_and_no_as_the_oracle_does():
    for case, expected in islice(zip(CASES, EXPECTED, strict=True), 100):
        values = {fact + suffix: case[fact] is (suffix == YES) for fact in FACTS for suffix in (YES, NO)}
        for name, condition in BY_HAND.rules.items():
            values[name] = _two_valued(condition, values)
            assert values[name] == _two_valued(inline(condition, BY_HAND.rules), values), name
        results = {name: True if values[name + YES] else False if values[name + NO] else None for name in CRITERIA}
        assert results == expected


def test_each_rule_comes_after_those_that_it_names():
    for law in (AS_IS, BY_HAND):
        before: set[str] = set()
        for name, condition in law.rules.items():
            assert _names(condition) & law.rules.keys() <= before, name
            before.add(name)


def test_our_engines_cover_tables_and_single_cases():
    assert [type(engine) for engine in our_engines()] == [KernelEngine, BitParallelEngine, EvaluatorEngine, RunEngine]
    assert issubclass(KernelEngine, TableEngine) and issubclass(EvaluatorEngine, CaseEngine)  # noqa: PT018


def _two_valued(condition: Condition, truths: dict[str, bool]) -> bool:
    if isinstance(condition, str):
        return truths[condition]
    kind, *parts = condition
    values = [_two_valued(part, truths) for part in parts]
    return not values[0] if kind == "not" else all(values) if kind == "all" else any(values)


def _names(condition: Condition) -> set[str]:
    if isinstance(condition, str):
        return {condition}
    return set().union(*map(_names, condition[1:]))

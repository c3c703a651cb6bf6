"""The small law of `benchmarks/peers`: our rule files say what its oracle says, or the engines are not compared."""

from __future__ import annotations

from itertools import islice

import pytest

from benchmarks.peers.law import AS_IT_IS, BY_HAND, CRITERIA, FACTS, NO, YES, Condition, cases, inlined, oracle
from benchmarks.peers.ours import ByBits, ByEvaluator, ByKernel, ByRun
from benchmarks.peers.ours import engines as ours
from benchmarks.peers.roads import ByCase, ByTable, agreeing, found_in, make_files

CASES = cases(300)
WANTED = [oracle(case) for case in CASES]
WHOLE = len(CASES) * len(CRITERIA)


@pytest.mark.parametrize("way", [one for one in ours() if one.from_dicts], ids=lambda way: way.name)
def test_our_rule_files_say_what_the_oracle_says(way):
    assert isinstance(way, ByEvaluator | ByKernel | ByBits)
    assert agreeing(way.of_dicts(CASES), WANTED) == WHOLE


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_every_way_of_ours_brings_files_to_what_the_oracle_says(tmp_path, ending):
    stem = tmp_path / "cases"
    make_files(CASES, stem)
    for number, way in enumerate(ours()):
        out = tmp_path / f"found{number}{ending}"
        way.of_file(stem.with_suffix(f"{'.words' if way.reads_words else ''}{ending}"), out)
        assert agreeing(found_in(out, len(CASES)), WANTED) == WHOLE, way.name


def test_a_case_that_an_engine_has_wrong_is_counted():
    turned = [{**case, "refugee": case["refugee"] is None or None} for case in WANTED]
    assert agreeing(turned, WANTED) == WHOLE - len(CASES)
    assert agreeing([{} for _ in WANTED], WANTED) == 0


def test_rules_by_hand_say_yes_and_no_as_the_oracle_does():
    for case, wanted in islice(zip(CASES, WANTED, strict=True), 100):
        said = {fact + end: case[fact] is (end == YES) for fact in FACTS for end in (YES, NO)}
        for name, condition in BY_HAND.rules.items():
            said[name] = _two_valued(condition, said)
            assert said[name] == _two_valued(inlined(condition, BY_HAND.rules), said), name
        assert {name: True if said[name + YES] else False if said[name + NO] else None for name in CRITERIA} == wanted


def test_each_rule_stands_after_those_that_it_names():
    for law in (AS_IT_IS, BY_HAND):
        before: set[str] = set()
        for name, condition in law.rules.items():
            assert _names(condition) & law.rules.keys() <= before, name
            before.add(name)


def test_our_ways_cover_tables_and_single_cases():
    assert [type(way) for way in ours()] == [ByKernel, ByBits, ByEvaluator, ByRun]
    assert issubclass(ByKernel, ByTable) and issubclass(ByEvaluator, ByCase)  # noqa: PT018


def _two_valued(condition: Condition, said: dict[str, bool]) -> bool:
    if isinstance(condition, str):
        return said[condition]
    kind, *parts = condition
    values = [_two_valued(part, said) for part in parts]
    return not values[0] if kind == "not" else all(values) if kind == "all" else any(values)


def _names(condition: Condition) -> set[str]:
    if isinstance(condition, str):
        return {condition}
    return set().union(*map(_names, condition[1:]))

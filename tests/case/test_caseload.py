"""What may hold somebody's answers is known for it, however it is written; what holds none may be replaced."""

from __future__ import annotations

import gzip
import json

import pytest

from screen.case.caseload import MOST_BROKEN, may_hold_cases

FACTS = frozenset({"age", "country_of_origin", "harm_feared"})
OURS = {"program": {"name": "rsd", "version": "1"}, "case": "A-1", "facts": {}, "format": 1}


@pytest.mark.parametrize(
    "text",
    [
        "format: 1\ncase: A\nfacts:\n  age: 30\n",
        "# a note\n{format: 1, case: A, facts: {age: 30}}\n",
        "? format\n: 1\n? case\n: A\n? facts\n: {age: 30}\n",
        '{"form\\u0061t": 1, "c\\u0061se": "A", "f\\u0061cts": {"age": 30}}',
        "{format: 1, case: A, claim: 'x \"program\": { x', facts: {age: 30}}\n",
        '{"case": "A", "claim": "\\"program\\": {\\"name\\": \\"rsd\\"}"}',
        '{"case": "A", "program": "rsd"}',
        '{"case": "A", "program": {"name": "another"}}',
        '[{"case": "A"}]',
        json.dumps([OURS, {"case": "A", "facts": {}}]),
        '\ufeff{"case": "A"}',
        "\n\n{'claim': her words}",
        '{"format": 1, "case": "S-1", "claim": "words", "facts": {}}\n{"id": "b"}\n',
        '{"id": "a", "recommendation": "review"}\n{"id": "b", "age": 30}\n',
        '{"id": "a", "age.credibility": "accepted"}\nbroken\n',
        "id,age,country_of_origin\na1,30,KP\n",
        "sep=;\nid;AGE\na1;30\n",
        '"id"\t"harm_feared"\n',
        "\n\nid,note,age\n",
        # Broken, and the answers are in them all the same.
        "case: X\nfacts: {",
        "# a comment\n\nfacts:\n\tbroken",
        '{"case": "X", "facts": {"age": 30',
        "claim: |\n  words\ncase : X\n",
    ],
)
def test_what_may_be_a_case_or_a_caseload_is_known_for_it(text: str) -> None:
    assert may_hold_cases(text.encode(), FACTS)


def test_what_is_packed_cannot_be_looked_into_and_counts() -> None:
    assert may_hold_cases(gzip.compress(b"id,age\n"), FACTS)
    assert may_hold_cases(b"PAR1....PAR1", FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Case OLD-1\n==========\nRead under paper.\n",
        "# Case OLD-1\n\nThe applicant is of age, and fears harm.\n",
        json.dumps(OURS),
        json.dumps([OURS, OURS], indent=2),
        "id,profile,recommendation,refugee_status\na1,paper,review,met\n",
        '{"id": "a", "profile": "paper", "recommendation": "review"}\n' * 3,
        '{"source": "in.jsonl", "row": 1, "code": "out-of-range"}\n',
        "\x00\x01\x02 anything at all",
        "age\n",
    ],
)
def test_what_holds_nobodys_answers_may_be_replaced(text: str) -> None:
    assert not may_hold_cases(text.encode(), FACTS)


def test_where_too_many_lines_look_like_records_to_look_at_all_of_them_some_may_hold_answers() -> None:
    records = "{\n" * MOST_BROKEN
    assert not may_hold_cases(records.encode(), FACTS)
    assert may_hold_cases(("{\n" + records).encode(), FACTS)
    assert may_hold_cases((records + '{"id": "a", "age": 17}\n').encode(), FACTS)


def test_a_record_of_findings_that_lists_missing_facts_is_no_caseload() -> None:
    record = b'{"id":"a","recommendation":"none","facts_missing":["age","sex","hunger"]}\n'
    assert not may_hold_cases(record, {"age", "sex", "hunger"})
    assert may_hold_cases(b'{"id":"a","age":17}\n', {"age", "sex", "hunger"})

"""Tables of cases as they are written for others to read."""

from __future__ import annotations

import io

import pyarrow.parquet as pq

from screen.answer import Answer
from screen.batch import written
from screen.batch.cells import line_of
from screen.case import Case
from screen.facts import Given
from tests.real_law import the_law

COLUMNS = ("age", "age.source", "reasons_for_leaving", "sex", "food_shortage")
CASES = (
    Case("A-1", {"age": Given(17, source="made up"), "reasons_for_leaving": Given(frozenset({"food", "political"}))}),
    Case("A-2", {"age": Given(Answer.UNKNOWN), "reasons_for_leaving": Given(frozenset())}),
    Case("A-3", {"reasons_for_leaving": Given(Answer.UNKNOWN), "food_shortage": Given(Answer.YES)}),
)


def test_a_cell_of_csv_has_one_spelling_for_nobody_was_asked_for_unknown_and_for_none():
    file = io.StringIO()
    written.write_csv(file, the_law(), COLUMNS, CASES)
    head, *rows = file.getvalue().splitlines()
    cells = {row.partition(",")[0]: dict(zip(head.split(","), row.split(","), strict=True)) for row in rows}
    assert {name: cells[name]["age"] for name in cells} == {"A-1": "17", "A-2": "unknown", "A-3": ""}
    sets = {name: cells[name]["reasons_for_leaving"] for name in cells}
    assert sets == {"A-1": "food;political", "A-2": "[]", "A-3": "unknown"}
    assert [cells[name]["age.source"] for name in cells] == ["made up", "", ""]


def test_a_parquet_file_is_written_a_few_cases_at_a_time_and_keeps_what_each_says(monkeypatch):
    monkeypatch.setattr(written, "_AT_ONCE", 2)
    file = io.BytesIO()
    written.write_parquet(file, the_law(), COLUMNS, iter(CASES))
    table = pq.ParquetFile(file)
    assert table.num_row_groups == 2
    rows = table.read().to_pydict()
    assert rows["id"] == ["A-1", "A-2", "A-3"]
    assert (rows["age"], rows["age.unknown"]) == ([17.0, None, None], [None, True, None])
    assert rows["reasons_for_leaving"] == [["food", "political"], [], None]
    assert rows["reasons_for_leaving.unknown"] == [None, None, True]


def test_a_line_of_json_says_unknown_beside_a_set_or_a_number_and_as_a_word_elsewhere():
    sex = {"sex": Given(Answer.UNKNOWN)}
    lines = [line_of(case.name, {**case.given, **sex}, the_law()) for case in CASES]
    assert lines[0] == {
        "id": "A-1", "age": 17, "reasons_for_leaving": ["food", "political"], "sex": "unknown", "age.source": "made up",
    }  # fmt: skip
    assert lines[1] == {"id": "A-2", "age.unknown": True, "reasons_for_leaving": [], "sex": "unknown"}
    assert lines[2] == {
        "id": "A-3", "reasons_for_leaving.unknown": True, "food_shortage": "yes", "sex": "unknown",
    }  # fmt: skip

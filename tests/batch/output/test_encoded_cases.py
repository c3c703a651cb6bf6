"""Encoded columns of cases become JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq

from screen.batch.output import encoded_cases
from screen.logic import Answer
from tests.real_law import the_law

UNKNOWN = Answer.UNKNOWN
#: The law asks for no day yet.
DAY = replace(the_law().facts["age"], name="departure_date", type="date", bounds=None)
BOOK = replace(the_law(), facts={**the_law().facts, DAY.name: DAY})
#: Sets, numbers, days and words: answered, not known, and not asked.
BLOCK = {
    "id": (range(3), ("A-1", "A-2", "A-3")),
    "reasons_for_leaving": (b"\1\2\3", (None, frozenset({"food", "political"}), frozenset(), UNKNOWN)),
    "age": ([0, 1, 2], (17, UNKNOWN, None)),
    "departure_date": (b"\0\1\2", (date(2019, 5, 6), UNKNOWN, None)),
    "sex": (b"\0\1\1", (UNKNOWN, "male")),
    "food_shortage": (b"\0\0\1", (None, Answer.YES)),
    "age.source": (b"\1\0\0", (None, "made up")),
}
#: The same columns with other codes, as a later block may have.
LATER_BLOCK = {name: (b"\0", (values[codes[0]],)) for name, (codes, values) in BLOCK.items()} | {"id": ((0,), ("A-4",))}


def test_a_line_of_json_marks_unknown_for_a_set_a_number_or_a_day_and_says_it_elsewhere():
    first, second = encoded_cases.encode_json_lines([BLOCK, LATER_BLOCK], BOOK)
    lines = [json.loads(line) for line in first.splitlines()]
    assert lines[0] == {
        "id": "A-1", "reasons_for_leaving": ["food", "political"], "age": 17, "departure_date": "2019-05-06",
        "sex": "unknown", "age.source": "made up",
    }  # fmt: skip
    assert lines[1] == {
        "id": "A-2", "reasons_for_leaving": [], "age.unknown": True, "departure_date.unknown": True, "sex": "male",
    }  # fmt: skip
    assert lines[2] == {"id": "A-3", "reasons_for_leaving.unknown": True, "sex": "male", "food_shortage": "yes"}
    assert second == first.splitlines(keepends=True)[0].replace("A-1", "A-4")


def test_json_lines_need_no_package():
    script = """
import sys
sys.modules["polars"] = sys.modules["pyarrow"] = None
from screen.__main__ import main
main()
"""
    words = [sys.executable, "-c", script, "simulate", "-n", "2", "--out", "-"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 2)


def test_a_cell_of_csv_spells_not_asked_unknown_and_the_empty_set_differently():
    file = io.StringIO()
    encoded_cases.write_csv(file, [BLOCK, LATER_BLOCK], BOOK)
    rows = {row["id"]: row for row in csv.DictReader(file.getvalue().splitlines())}
    assert {name: row["age"] for name, row in rows.items()} == {"A-1": "17", "A-2": "unknown", "A-3": "", "A-4": "17"}
    sets = [row["reasons_for_leaving"] for row in rows.values()]
    assert sets == ["food;political", "[]", "unknown", "food;political"]
    assert [row["departure_date"] for row in rows.values()] == ["2019-05-06", "unknown", "", "2019-05-06"]
    assert [row["age.source"] for row in rows.values()] == ["made up", "", "", "made up"]
    assert [row["food_shortage"] for row in rows.values()] == ["", "", "yes", ""]


def test_a_parquet_file_is_written_some_blocks_at_a_time_and_keeps_every_answer(monkeypatch):
    monkeypatch.setattr(encoded_cases, "_BLOCKS_PER_TABLE", 2)
    file = io.BytesIO()
    encoded_cases.write_parquet(file, iter([BLOCK, LATER_BLOCK, BLOCK]), BOOK)
    assert pq.ParquetFile(file).num_row_groups == 2
    rows = pq.read_table(file).to_pydict()
    assert rows["id"] == ["A-1", "A-2", "A-3", "A-4", "A-1", "A-2", "A-3"]
    assert (rows["age"][:4], rows["age.unknown"][:4]) == ([17.0, None, None, 17.0], [None, True, None, None])
    assert rows["reasons_for_leaving"][:4] == [["food", "political"], [], None, ["food", "political"]]
    assert rows["reasons_for_leaving.unknown"][:4] == [None, None, True, None]
    assert rows["departure_date"][:4] == [date(2019, 5, 6), None, None, date(2019, 5, 6)]
    assert rows["departure_date.unknown"][:4] == [None, True, None, None]
    assert rows["sex"] == ["unknown", "male", "male", "unknown", "unknown", "male", "male"]
    assert rows["food_shortage"][:4] == [None, None, "yes", None]
    assert rows["age.source"][:4] == ["made up", None, None, "made up"]
    assert "sex.unknown" not in rows
    names = list(rows)
    assert names.index("id") == 0
    assert names.index("age") < names.index("age.unknown") < names.index("age.source")


def test_blocks_that_share_their_values_become_a_table_without_recoding():
    file = io.BytesIO()
    encoded_cases.write_parquet(file, [{**BLOCK, "sex": (bytes([code]) * 3, BLOCK["sex"][1])} for code in (1, 0)], BOOK)
    assert pq.read_table(file)["sex"].to_pylist() == ["male"] * 3 + ["unknown"] * 3

"""What one record, one column or one ending may not do to a batch: end it, slow it down or pass unseen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.command import rsd

JUDGED = "judgement_on_account"


def scored(source: Path | str, out: Path, *options: object, code: int = 0) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Return the findings and the rejects of a run with this exit code."""
    done = rsd("batch", source, "--out", out, "--columns", "refugee_status", "--summary", "none", *options)
    assert done.returncode == code, done.stderr
    rejects = out.with_name(f"{out.name}.rejects.jsonl")
    lines = rejects.read_text().splitlines() if rejects.exists() else []
    return pl.read_csv(out, infer_schema=False), [json.loads(line) for line in lines]


def case_file(path: Path, name: str, **facts: object) -> Path:
    """Write a case file as JSON, which is YAML too."""
    path.write_text(json.dumps({"format": 1, "case": name, "facts": facts}))
    path.chmod(0o600)
    return path


def test_a_judgement_without_reasons_is_rejected_in_a_case_file_and_in_a_line_that_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    case_file(folder / "a.yaml", "A", **{JUDGED: "believed"})
    case_file(folder / "b.json", "B", **{JUDGED: {"answer": "not_believed", "note": " "}})
    case_file(folder / "c.yaml", "C", **{JUDGED: {"answer": "believed", "note": "because"}})
    case_file(folder / "d.json", "D", **{JUDGED: "unknown"})
    found, rejects = scored(folder, tmp_path / "o.csv", code=3)
    assert found["id"].to_list() == ["C", "D"]
    wanted = [("judgement-without-reasons", JUDGED)] * 2
    assert [(one["code"], one["column"]) for one in rejects] == wanted
    lines = tmp_path / "cases.jsonl"
    lines.write_text("".join(f"{path.read_text()}\n" for path in sorted(folder.iterdir())))
    found, rejects = scored(lines, tmp_path / "lines.csv", code=3)
    assert found["id"].to_list() == ["C", "D"]
    assert [(one["code"], one["column"], one["line"]) for one in rejects] == [(*wanted[0], 1), (*wanted[1], 2)]


def test_a_table_may_leave_the_reasons_of_a_judgement_out(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(f"id,{JUDGED},{JUDGED}.note\nA,believed,\nB,not_believed,because\n")
    assert scored(table, tmp_path / "o.csv")[0].height == 2


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".YAML", ".Yml", ".json", ".JSON"])
def test_a_batch_and_a_comparison_of_folders_read_the_same_endings(tmp_path: Path, ending: str) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        case_file(folder / f"c{ending}", "C", age=34)
        case_file(folder / f".c{ending}", "HIDDEN", age=34)
    assert scored(one, tmp_path / "o.csv")[0]["id"].to_list() == ["C"]
    assert "1 case held together" in rsd("diff", one, other).stdout


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.zst"])
def test_an_output_may_end_in_capitals(tmp_path: Path, ending: str) -> None:
    case_file(tmp_path / "c.yaml", "C", age=34)
    for name in (f"low.{ending}", f"HIGH.{ending.upper()}"):
        assert rsd("batch", tmp_path / "c.yaml", "--out", tmp_path / name, "--summary", "none").returncode == 0
    assert (tmp_path / f"low.{ending}").read_bytes() == (tmp_path / f"HIGH.{ending.upper()}").read_bytes()


def test_a_case_whose_name_ends_in_capitals_is_written_as_json(tmp_path: Path) -> None:
    assert rsd("case", "new", tmp_path / "C-1.JSON").returncode == 0
    assert json.loads((tmp_path / "C-1.JSON").read_text())["case"] == "C-1"

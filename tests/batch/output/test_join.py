"""Shares put together are the run that was never shared, but for the names that no share could know of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from screen.batch.input import chunks
from screen.batch.input.sources import find_sources
from screen.batch.output.checkpoint import parts_folder
from screen.batch.output.join import join_findings
from screen.batch.pipeline import BatchOptions, RunSummary, run_batch
from screen.diagnostics import DiagnosticsError
from tests.batch.input.test_sources import nothing
from tests.batch.tables import as_jsonl, cases
from tests.real_law import the_law

COLUMNS = ("recommendation", "refugee_status", "facts_missing", "law_as_of", "rule_book")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 8000)


def ran(source: Path, out: Path, **more: Any) -> Path:
    wanted = BatchOptions(
        find_sources([str(source)], None), out, out.with_suffix(".rejects"), **{"columns": COLUMNS} | more
    )
    run_batch(the_law(), wanted, nothing)
    return out


def joined(out: Path, *shares: Path) -> tuple[RunSummary, list[dict[str, Any]]]:
    rejects = out.with_name("rejects.jsonl")
    told = join_findings(the_law(), find_sources(map(str, shares), None), out, rejects, nothing)
    lines = rejects.read_text().splitlines() if rejects.exists() else []
    return told, [json.loads(line) for line in lines]


def read(path: Path) -> pl.DataFrame:
    match path.suffix:
        case ".parquet":
            return pl.read_parquet(path)
        case ".csv":
            return pl.read_csv(path, infer_schema=False)
        case _:
            return pl.read_ndjson(path, infer_schema_length=None)


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_shares_put_together_are_the_whole(tmp_path: Path, ending: str) -> None:
    source = as_jsonl(tmp_path / "c.jsonl", cases(40))
    whole = ran(source, tmp_path / f"whole.{ending}")
    shares = [ran(source, tmp_path / f"{number}.{ending}", shard=(number, 3)) for number in (1, 2, 3)]
    told, rejects = joined(tmp_path / f"all.{ending}", *shares)
    assert (told.read, told.scored, told.rejected, rejects) == (40, 40, 0, [])
    assert read(tmp_path / f"all.{ending}").sort("id").equals(read(whole).sort("id"))
    assert sum(told.counts["recommendation"].values()) == 40
    assert (tmp_path / f"all.{ending}").stat().st_mode & 0o077 == 0
    assert not parts_folder(tmp_path / f"all.{ending}").exists()


def test_a_name_in_two_shares_is_told_and_written_once(tmp_path: Path) -> None:
    first = ran(as_jsonl(tmp_path / "a.jsonl", cases(6)), tmp_path / "a.parquet")
    second = ran(as_jsonl(tmp_path / "b.jsonl", cases(4)), tmp_path / "b.parquet")
    told, rejects = joined(tmp_path / "all.parquet", first, second)
    assert (told.read, told.scored, told.rejected) == (10, 6, 4)
    assert {(one["code"], one["source"], one["column"]) for one in rejects} == {("duplicate-id", str(second), "id")}
    assert [one["row"] for one in rejects] == [1, 2, 3, 4]
    assert read(tmp_path / "all.parquet").equals(read(first))


@pytest.mark.parametrize(
    ("more", "code"),
    [({"columns": ("recommendation",)}, "other-columns"), ({"profiles": ("paper", "uk")}, "other-columns")],
)
def test_what_other_runs_found_is_not_put_together(tmp_path: Path, more: dict[str, Any], code: str) -> None:
    columns = ("recommendation", "profile")
    source = as_jsonl(tmp_path / "a.jsonl", cases(3))
    first = ran(source, tmp_path / "a.parquet", columns=columns)
    second = ran(source, tmp_path / "b.parquet", **{"columns": columns} | more)
    with pytest.raises(DiagnosticsError, match=code):
        joined(tmp_path / "all.parquet", first, second)
    assert not (tmp_path / "all.parquet").exists()
    assert joined(tmp_path / "all.parquet", first)[0].read == 3  # and nothing stands in the way of the next


def test_what_was_found_under_another_law_is_not_put_together(tmp_path: Path) -> None:
    first = ran(as_jsonl(tmp_path / "a.jsonl", cases(3)), tmp_path / "a.csv")
    other = tmp_path / "b.csv"
    other.write_text(first.read_text().replace(the_law().law_as_of.isoformat(), "2014-09-01"))
    with pytest.raises(DiagnosticsError, match="other-law"):
        joined(tmp_path / "all.csv", first, other)


def test_shares_of_another_format_are_refused(tmp_path: Path) -> None:
    first = ran(as_jsonl(tmp_path / "a.jsonl", cases(3)), tmp_path / "a.csv")
    with pytest.raises(DiagnosticsError, match="unknown-source-format"):
        joined(tmp_path / "all.parquet", first)


def damaged(share: Path, what: str) -> None:
    """Change a share so that a cell, a name or a record of it is none that a run writes."""
    text = share.read_text()
    lines = text.splitlines(keepends=True)
    row = 2
    first = lines[row].split(",")[0] if share.suffix == ".csv" else json.loads(lines[row])["id"]
    match what:
        case "formula":
            lines[row] = lines[row].replace(first, "=1+1")
        case "words":
            finding = next(word for word in ("undetermined_no_return", "recognise", *DECIDED) if word in lines[row])
            lines[row] = lines[row].replace(finding, "@SUM(A1)", 1)
        case "cut":
            lines[row] = lines[row][:15] + "\n"
        case "bytes":
            share.write_bytes("".join(lines).encode().replace(first.encode(), b"\xff\xfe"))
            return
        case "column":
            lines = [line.replace("refugee_status", "=cmd()") for line in lines]
    share.write_text("".join(lines))


DECIDED = tuple(one.name for one in the_law().recommendations)


@pytest.mark.parametrize("what", ["formula", "words", "cut", "bytes", "column"])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_damaged_share_is_refused_with_its_place_and_nothing_is_written(
    tmp_path: Path, ending: str, what: str
) -> None:
    source = as_jsonl(tmp_path / "cases.jsonl", cases(6))
    share, good = ran(source, tmp_path / f"a.{ending}"), ran(source, tmp_path / f"b.{ending}")
    damaged(share, what)
    with pytest.raises(DiagnosticsError) as wrong:
        joined(tmp_path / f"all.{ending}", good, share)
    assert wrong.value.diagnostics[0].location.file == str(share)
    if what != "column":
        assert wrong.value.diagnostics[0].code == "broken-source"
        assert wrong.value.diagnostics[0].location.line == 3
    assert "=" not in str(wrong.value).replace("--rules", "")
    assert not (tmp_path / f"all.{ending}").exists()


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("id", "=1+1"), ("id", "a b"), ("id", None), ("id", 3), ("refugee_status", "words"), ("refugee_status", None),
        ("facts_missing", ["=cmd()"]), ("facts_missing", ["age", "age"]), ("facts_missing", None),
        ("law_as_of", "+1"), ("law_as_of", b"\xff"), ("rule_book", "-2"),
    ],
)  # fmt: skip
def test_a_cell_of_parquet_that_no_run_writes_is_refused_with_its_row(tmp_path: Path, name: str, cell: Any) -> None:
    share = ran(as_jsonl(tmp_path / "a.jsonl", cases(3)), tmp_path / "a.parquet")
    columns = {one.name: one.to_list() for one in pl.read_parquet(share).get_columns()}
    columns[name] = [cell] * 3 if isinstance(cell, int | bytes) else [*columns[name][:1], cell, *columns[name][2:]]
    pl.DataFrame(columns).write_parquet(share)
    with pytest.raises(DiagnosticsError, match="broken-source") as wrong:
        joined(tmp_path / "all.parquet", share)
    (mistake,) = wrong.value.diagnostics
    assert (mistake.location.file, mistake.location.line) == (str(share), 1 if isinstance(cell, int | bytes) else 2)
    assert not (tmp_path / "all.parquet").exists()


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_every_column_that_a_run_writes_is_joined_as_it_is(tmp_path: Path, ending: str) -> None:
    source = as_jsonl(tmp_path / "cases.jsonl", cases(30))
    share = ran(source, tmp_path / f"a.{ending}", columns=None, profiles=("paper", "uk"))
    assert joined(tmp_path / f"all.{ending}", share)[0].scored == 30
    assert read(tmp_path / f"all.{ending}").equals(read(share))

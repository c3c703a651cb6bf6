"""Joined shards equal the run without shards, except for names that occur in two of them.

Most tests use the small book, whose tables have a tenth of the columns.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from screen.batch.input import chunks
from screen.batch.input.sources import find_sources
from screen.batch.options import BatchOptions
from screen.batch.output.checkpoint import parts_folder
from screen.batch.output.join import join_findings
from screen.batch.pipeline import run_batch
from screen.batch.summary import RunSummary
from screen.diagnostics import DiagnosticsError
from screen.rulebook.model import RuleBook
from tests.batch.input.test_sources import nothing
from tests.batch.tables import as_jsonl, cases, small_cases
from tests.real_law import the_law
from tests.rulebook.small_book import good_book

SMALL = good_book()
COLUMNS = ("recommendation", "refugee", "facts_missing", "law_as_of", "rule_book")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 700)


def run(source: Path, out: Path, book: RuleBook = SMALL, **more: Any) -> Path:
    options = BatchOptions(
        find_sources([str(source)], None), out, out.with_suffix(".rejects"), **{"columns": COLUMNS} | more
    )
    run_batch(book, options, nothing)
    return out


def join(out: Path, *shards: Path, book: RuleBook = SMALL) -> tuple[RunSummary, list[dict[str, Any]]]:
    rejects = out.with_name("rejects.jsonl")
    summary = join_findings(book, find_sources(map(str, shards), None), out, rejects, nothing)
    lines = rejects.read_text().splitlines() if rejects.exists() else []
    return summary, [json.loads(line) for line in lines]


def read(path: Path) -> pl.DataFrame:
    match path.suffix:
        case ".parquet":
            return pl.read_parquet(path)
        case ".csv":
            return pl.read_csv(path, infer_schema=False)
        case _:
            return pl.read_ndjson(path, infer_schema_length=None)


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_joined_shards_are_the_run_without_shards(tmp_path: Path, ending: str) -> None:
    source = as_jsonl(tmp_path / "c.jsonl", small_cases(40), SMALL)
    complete = run(source, tmp_path / f"complete.{ending}")
    shards = [run(source, tmp_path / f"{number}.{ending}", shard=(number, 3)) for number in (1, 2, 3)]
    summary, rejects = join(tmp_path / f"all.{ending}", *shards)
    assert (summary.read, summary.scored, summary.rejected, rejects) == (40, 40, 0, [])
    assert read(tmp_path / f"all.{ending}").sort("id").equals(read(complete).sort("id"))
    assert sum(summary.counts["recommendation"].values()) == 40
    assert (tmp_path / f"all.{ending}").stat().st_mode & 0o077 == 0
    assert not parts_folder(tmp_path / f"all.{ending}").exists()


def test_a_name_in_two_shards_is_reported_and_written_once(tmp_path: Path) -> None:
    first = run(as_jsonl(tmp_path / "a.jsonl", small_cases(6), SMALL), tmp_path / "a.parquet")
    second = run(as_jsonl(tmp_path / "b.jsonl", small_cases(4), SMALL), tmp_path / "b.parquet")
    summary, rejects = join(tmp_path / "all.parquet", first, second)
    assert (summary.read, summary.scored, summary.rejected) == (10, 6, 4)
    assert {(reject["code"], reject["source"], reject["column"]) for reject in rejects} == {
        ("duplicate-id", str(second), "id")
    }
    assert [reject["row"] for reject in rejects] == [1, 2, 3, 4]
    assert read(tmp_path / "all.parquet").equals(read(first))


@pytest.mark.parametrize(
    ("more", "code"),
    [({"columns": ("recommendation",)}, "other-columns"), ({"profiles": ("unhcr", "strict")}, "other-columns")],
)
def test_findings_with_other_columns_are_not_joined(tmp_path: Path, more: dict[str, Any], code: str) -> None:
    columns = ("recommendation", "profile")
    source = as_jsonl(tmp_path / "a.jsonl", small_cases(3), SMALL)
    first = run(source, tmp_path / "a.parquet", columns=columns)
    second = run(source, tmp_path / "b.parquet", **{"columns": columns} | more)
    with pytest.raises(DiagnosticsError, match=code):
        join(tmp_path / "all.parquet", first, second)
    assert not (tmp_path / "all.parquet").exists()
    assert join(tmp_path / "all.parquet", first)[0].read == 3  # and nothing is in the way of the next join


def test_findings_under_another_law_are_not_joined(tmp_path: Path) -> None:
    first = run(as_jsonl(tmp_path / "a.jsonl", small_cases(3), SMALL), tmp_path / "a.csv")
    other = tmp_path / "b.csv"
    other.write_text(first.read_text().replace(SMALL.law_as_of.isoformat(), "2014-09-01"))
    with pytest.raises(DiagnosticsError, match="other-law"):
        join(tmp_path / "all.csv", first, other)


def test_shards_of_another_format_are_refused(tmp_path: Path) -> None:
    first = run(as_jsonl(tmp_path / "a.jsonl", small_cases(3), SMALL), tmp_path / "a.csv")
    with pytest.raises(DiagnosticsError, match="unknown-source-format"):
        join(tmp_path / "all.parquet", first)


def damage(shard: Path, what: str) -> None:
    """Change a shard so that a run cannot have written a cell, a name or a record of it."""
    text = shard.read_text()
    lines = text.splitlines(keepends=True)
    row = 2
    first = lines[row].split(",")[0] if shard.suffix == ".csv" else json.loads(lines[row])["id"]
    match what:
        case "formula":
            lines[row] = lines[row].replace(first, "=1+1")
        case "words":
            word = next(word for word in ("undetermined_no_return", "recognise", *DECIDED) if word in lines[row])
            lines[row] = lines[row].replace(word, "@SUM(A1)", 1)
        case "cut":
            lines[row] = lines[row][:15] + "\n"
        case "bytes":
            shard.write_bytes("".join(lines).encode().replace(first.encode(), b"\xff\xfe"))
            return
        case "column":
            lines = [line.replace("refugee", "=cmd()") for line in lines]
    shard.write_text("".join(lines))


DECIDED = tuple(recommendation.name for recommendation in SMALL.recommendations)


@pytest.mark.parametrize("what", ["formula", "words", "cut", "bytes", "column"])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_damaged_shard_is_refused_with_its_place_and_nothing_is_written(
    tmp_path: Path, ending: str, what: str
) -> None:
    source = as_jsonl(tmp_path / "cases.jsonl", small_cases(6), SMALL)
    shard, good = run(source, tmp_path / f"a.{ending}"), run(source, tmp_path / f"b.{ending}")
    damage(shard, what)
    with pytest.raises(DiagnosticsError) as raised:
        join(tmp_path / f"all.{ending}", good, shard)
    assert raised.value.diagnostics[0].location.file == str(shard)
    if what != "column":
        assert raised.value.diagnostics[0].code == "broken-source"
        assert raised.value.diagnostics[0].location.line == 3
    assert "=" not in str(raised.value).replace("--rules", "")
    assert not (tmp_path / f"all.{ending}").exists()


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("id", "=1+1"), ("id", "a b"), ("id", None), ("id", 3), ("refugee", "words"), ("refugee", None),
        ("facts_missing", ["=cmd()"]), ("facts_missing", ["age", "age"]), ("facts_missing", None),
        ("law_as_of", "+1"), ("law_as_of", b"\xff"), ("rule_book", "-2"),
    ],
)  # fmt: skip
def test_a_cell_of_parquet_that_no_run_writes_is_refused_with_its_row(tmp_path: Path, name: str, cell: Any) -> None:
    shard = run(as_jsonl(tmp_path / "a.jsonl", small_cases(3), SMALL), tmp_path / "a.parquet")
    columns = {column.name: column.to_list() for column in pl.read_parquet(shard).get_columns()}
    columns[name] = [cell] * 3 if isinstance(cell, int | bytes) else [*columns[name][:1], cell, *columns[name][2:]]
    pl.DataFrame(columns).write_parquet(shard)
    with pytest.raises(DiagnosticsError, match="broken-source") as raised:
        join(tmp_path / "all.parquet", shard)
    (mistake,) = raised.value.diagnostics
    assert (mistake.location.file, mistake.location.line) == (str(shard), 1 if isinstance(cell, int | bytes) else 2)
    assert not (tmp_path / "all.parquet").exists()


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_every_column_that_a_run_writes_is_joined_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Under the real book, which has columns that the small one has not, in two chunks or three."""
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 20_000)
    source = as_jsonl(tmp_path / "cases.jsonl", cases(16))
    shard = run(source, tmp_path / f"a.{ending}", book=the_law(), columns=None, profiles=("paper", "uk"))
    assert join(tmp_path / f"all.{ending}", shard, book=the_law())[0].scored == 16
    assert read(tmp_path / f"all.{ending}").equals(read(shard))


def test_a_shard_whose_first_record_has_a_key_twice_is_refused_with_its_place(tmp_path: Path) -> None:
    source = as_jsonl(tmp_path / "cases.jsonl", small_cases(6), SMALL)
    shard, good = run(source, tmp_path / "a.jsonl"), run(source, tmp_path / "b.jsonl")
    shard.write_text(shard.read_text().replace("{", '{"id":"x",', 1))
    with pytest.raises(DiagnosticsError, match=r"a\.jsonl:1:1: .*a key stands twice"):
        join(tmp_path / "all.jsonl", shard, good)
    assert not (tmp_path / "all.jsonl").exists()


def test_what_metadata_says_of_the_columns_of_a_shard_ends_no_join(tmp_path: Path) -> None:
    """Polars takes the words of a column from there, and panics over words that are no text."""
    source = as_jsonl(tmp_path / "c.jsonl", small_cases(6))
    shard = run(source, tmp_path / "whole.parquet")
    table = pq.read_table(shard)
    fields = [field.with_metadata({b"_PL_ENUM_VALUES2": b"3;\xff\xfe\xfd"}) for field in table.schema]
    pq.write_table(table.cast(pa.schema(fields)), tmp_path / "damaged.parquet")
    summary, _ = join(tmp_path / "joined.parquet", tmp_path / "damaged.parquet")
    assert summary.scored == 6
    assert read(tmp_path / "joined.parquet").equals(read(shard))

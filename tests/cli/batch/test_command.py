"""`rsd batch` as it is used: what it prints, the files that it writes, and their names."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import polars as pl
import pytest

from screen.batch.input import chunks
from screen.batch.summary import RunSummary
from screen.cli.app import app
from screen.cli.batch.progress_display import ProgressDisplay
from screen.cli.batch.summary_text import summary_as_text
from tests.paths import ROOT
from tests.real_law import the_law
from tests.rulebook.small_book import GOOD

CASES = ROOT / "examples" / "cases"


def rsd(*words: object) -> int:
    """Return the exit code of a command."""
    return app([str(word) for word in words], standalone_mode=False) or 0


def small_rsd(*words: object) -> int:
    """Return the exit code of a command under the small book, for what has nothing to do with the law."""
    return rsd(*words, "--rules", GOOD)


def write_cases(folder: Path, *names: str, **facts: object) -> Path:
    source = folder / "cases.jsonl"
    source.write_text("".join(json.dumps({"id": name, **facts}) + "\n" for name in names), encoding="utf-8")
    return source


def test_a_summary_as_json_accounts_for_every_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "cases.jsonl"
    source.write_text('{"id":"a","age":15}\n{"id":"b"}\n{"id":"b"}\n{"id":"c","age":"old"}\n', encoding="utf-8")
    assert rsd("batch", source, "--out", tmp_path / "o.csv", "--summary", "json") == 3
    summary = json.loads(capsys.readouterr().out)
    assert (summary["format"], summary["read"], summary["scored"], summary["rejected"]) == (1, 4, 2, 2)
    assert summary["codes"] == {"duplicate-id": 1, "wrong-kind": 1}
    assert sum(summary["counts"]["recommendation"].values()) == summary["scored"]
    for name in the_law().conclusions:
        assert sum(summary["counts"][name].values()) == summary["scored"]


def test_no_summary_prints_nothing_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert small_rsd("batch", write_cases(tmp_path, "a"), "--out", tmp_path / "o.csv", "--summary", "none") == 0
    assert capsys.readouterr().out == ""


def test_the_schema_accepts_records_that_are_scored_and_refuses_those_that_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rsd("batch", "schema") == 0
    schemas = json.loads(capsys.readouterr().out)
    validator = jsonschema.Draft202012Validator(schemas["json_schema"])
    good = [
        {"id": "a", "age": 15, "country_of_origin": "KP", "matters_raised": [], "profile": "paper"},
        {"id": "b", "age": "unknown", "matters_raised": ["food"], "left_without_permission": "unknown"},
        {"id": "c", "age": None, "age.unknown": True, "left_on": "2011-05-03", "left_on.source": "interview 1"},
    ]
    bad = [
        {"age": 15}, {"id": "a b"}, {"id": "d", "age": "old"}, {"id": "e", "matters_raised": ["lunch"]},
        {"id": "f", "profile": "mine"}, {"id": "g", "no_fact_of_ours": "yes"},
    ]  # fmt: skip
    known = set(the_law().facts)
    good = [
        {name: cell for name, cell in record.items() if name.partition(".")[0] in {"id", "profile", *known}}
        for record in good
    ]
    for record in good:
        validator.validate(record)
    for record in bad:
        assert not validator.is_valid(record), record
    source = tmp_path / "cases.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in (*good, *bad)), encoding="utf-8")
    assert rsd("batch", source, "--out", tmp_path / "o.csv", "--summary", "json") == 3
    summary = json.loads(capsys.readouterr().out)
    assert (summary["scored"], summary["rejected"]) == (len(good), len(bad))


def test_a_table_made_by_the_arrow_schema_is_scored_without_a_reject(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rsd("batch", "schema")
    fields = json.loads(capsys.readouterr().out)["arrow_schema"]
    assert [field["name"] for field in fields[:2]] == ["id", "profile"]
    assert not fields[0]["nullable"]
    types = {
        "string": pl.String, "double": pl.Float64, "bool": pl.Boolean, "date32[day]": pl.Date,
        "list<item: string>": pl.List(pl.String), "list<element: string>": pl.List(pl.String),
    }  # fmt: skip
    schema = {field["name"]: types[field["type"]] for field in fields}
    table = pl.DataFrame({"id": ["a", "b"], "age": [15.0, None]}, schema_overrides={"age": pl.Float64})
    table = table.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in table.columns
    )
    table.select(list(schema)).write_parquet(tmp_path / "cases.parquet")
    assert rsd("batch", tmp_path / "cases.parquet", "--out", tmp_path / "o.parquet", "--summary", "none") == 0
    assert pl.read_parquet(tmp_path / "o.parquet")["id"].to_list() == ["a", "b"]


def test_the_template_is_a_csv_that_a_batch_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rsd("batch", "template") == 0
    text = capsys.readouterr().out
    head, first = csv.reader(text.splitlines())
    assert head == ["id", "profile", *the_law().facts]
    assert len(first) == len(head)
    source = tmp_path / "template.csv"
    source.write_text(text, encoding="utf-8")
    assert rsd("batch", source, "--out", tmp_path / "o.csv", "--summary", "none") == 0
    assert pl.read_csv(tmp_path / "o.csv")["id"].to_list() == ["CASE-0001"]


def test_determinations_are_written_of_the_cases_that_where_selects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, folder = tmp_path / "o.parquet", tmp_path / "reports"
    assert rsd("batch", CASES, "--out", out, "--summary", "none") == 0
    table = pl.read_parquet(out)
    recommendation = table["recommendation"][0]
    same = table.filter(pl.col("recommendation").cast(pl.String) == recommendation)["id"].to_list()
    assert 0 < len(same) < table.height
    condition = f"recommendation={recommendation}"
    again = rsd(
        "batch", CASES, "--out", out, "--overwrite", "--reports", folder, "--where", condition, "--summary", "none"
    )
    assert again == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.md" for name in same)
    for name in same:
        text = (folder / f"{name}.md").read_text(encoding="utf-8")
        assert name in text
        assert re.match(r"# ", text)
    assert folder.stat().st_mode & 0o077 == 0
    assert f"{len(same)}." in capsys.readouterr().err


def test_names_that_differ_only_in_capitals_become_different_files(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    source = write_cases(tmp_path, "Min", "min", "MIN")
    assert small_rsd("batch", source, "--out", tmp_path / "o.csv", "--reports", folder, "--summary", "none") == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"Min.md", "min~2.md", "MIN~3.md"}
    assert len({name.casefold() for name in names}) == 3


@pytest.mark.parametrize("name", ["../out", "a/b", ".hidden", "..", "a b", "x\n", "con:", "ä", "-", ""])
def test_a_name_that_could_leave_the_folder_is_refused(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "inside" / "reports"
    folder.parent.mkdir()
    source = write_cases(tmp_path, name)
    assert small_rsd("batch", source, "--out", tmp_path / "o.csv", "--reports", folder, "--summary", "json") == 3
    summary = json.loads(capsys.readouterr().out)
    assert (summary["scored"], summary["codes"]) == (0, {"bad-name": 1})
    assert list(folder.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"cases.jsonl", "inside", "o.csv", "o.csv.rejects.jsonl"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--where", "priority=urgent"], "--reports"),
        (["--columns", "refuge_status"], "refugee_status"),
        (["--profiles", "paper,paper"], "once"),
        (["--shard", "4/3"], "3/16"),
        (["--shard", "²/3"], "3/16"),
        (["--profiles", "nope"], 'no profile "nope"'),
        (["--columns", "recommendation@uk"], "recommendation"),
        (["--rejects", "x" * 300 + ".jsonl"], "cannot-write"),
        (["--rejects", "guard.yaml"], ".jsonl"),
        (["--ignore", "age"], "is read"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_read(
    tmp_path: Path, options: list[str], message: str
) -> None:
    with pytest.raises(Exception, match=re.escape(message)):
        rsd("batch", write_cases(tmp_path, "a"), "--out", tmp_path / "o.csv", *options)
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize("out", [".", "", "/", "..", "x" * 250 + ".csv"])
def test_a_name_that_cannot_be_an_output_is_refused(tmp_path: Path, out: str) -> None:
    with pytest.raises(Exception, match=r"which file|names no format|cannot-write"):
        small_rsd("batch", write_cases(tmp_path, "a"), "--out", out)


def test_the_template_is_not_written_to_a_file(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="standard output"):
        rsd("batch", "template", "--out", tmp_path / "t.csv")


def test_standard_input_holds_no_case_files(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no case files"):
        rsd("batch", "-", "--format", "case", "--out", tmp_path / "t.csv")


def test_a_source_that_is_a_link_to_nowhere_cannot_be_opened(tmp_path: Path) -> None:
    folder, out = tmp_path / "cases", tmp_path / "a.csv"
    folder.mkdir()
    (folder / "a.csv").symlink_to(tmp_path / "gone")
    out.write_text("", encoding="utf-8")
    with pytest.raises(Exception, match="cannot-open"):
        small_rsd("batch", folder, "--out", out, "--overwrite", "--summary", "none")


def test_a_column_of_one_profile_among_several_can_be_named(tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    more = ("--profiles", "paper,uk", "--columns", "recommendation@uk", "--summary", "none")
    assert rsd("batch", write_cases(tmp_path, "a"), "--out", out, *more) == 0
    assert out.read_text(encoding="utf-8").splitlines()[0] == "id,recommendation@uk"


@pytest.mark.parametrize("closing", [">&-", "> /dev/full"])
def test_a_summary_that_cannot_be_written_is_no_fault_of_the_program(tmp_path: Path, closing: str) -> None:
    source, out = write_cases(tmp_path, "a"), tmp_path / "o.csv"
    command = f'exec "$0" -m screen batch {source} --out {out} --rules {GOOD} --columns no_return {closing}'
    result = subprocess.run(["bash", "-c", command, sys.executable], stderr=subprocess.PIPE, text=True, check=False)
    message = "The output is written. Its summary could not be shown: standard output accepts nothing.\n"
    assert (result.returncode, result.stderr) == (1, message)
    assert out.exists()


def test_a_reject_of_a_shard_has_its_line_and_no_row_since_nobody_counted_the_rows(tmp_path: Path) -> None:
    source = tmp_path / "cases.jsonl"
    source.write_text('{"id":"a"}\n\n{"id":"b","age":"old"}\n', encoding="utf-8")
    assert small_rsd("batch", source, "--out", tmp_path / "o.csv", "--shard", "1/2", "--summary", "none") == 3
    reject = json.loads((tmp_path / "o.csv.rejects.jsonl").read_text(encoding="utf-8"))
    assert (reject["row"], reject["line"]) == (None, 3)


def test_no_percentage_in_the_summary_is_more_than_a_hundred(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "cases.jsonl"
    source.write_text('{"id":"a"}\n{"id":"b","age":"old","hunger":1,"exit_code":"x"}\n', encoding="utf-8")
    assert small_rsd("batch", source, "--out", tmp_path / "o.csv") == 3
    text = capsys.readouterr().out
    assert "Mistakes in rejected records" in text
    percentages = [float(number) for number in re.findall(r"([\d.]+)%", text)]
    assert max(percentages) <= 100.0


@pytest.mark.parametrize("columns", [40, 50, 64, 80, 100])
def test_a_summary_fits_the_screen(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screen.cli.console.output_width", lambda: columns)
    many, book = 100_000_000, the_law()
    varied = {"met": many - 4321, "not_met": 4000, "undetermined": 321}
    counts: dict[str, dict[str, int]] = dict.fromkeys((*book.conclusions, "recommendation", "priority"), varied)
    counts |= {"facts_missing": dict.fromkeys(book.facts, many - 1), book.conclusions[0]: {"not_applicable": many}}
    text = summary_as_text(
        RunSummary(many + 1, many, 1, {"duplicate-id": 1}, counts), book.conclusions, ProgressDisplay(0)
    )
    assert max(map(len, text.splitlines())) <= columns
    for name in book.conclusions:
        assert name in text


def test_a_summary_has_the_conclusions_of_each_profile_and_ends_with_the_account() -> None:
    uniform, varied = {"met": 2}, {"met": 1, "not_met": 1}
    counts = {
        "recommendation": uniform, "priority": uniform, "refugee_status": uniform, "recommendation@uk": varied,
        "priority@uk": uniform, "refugee_status@uk": varied, "facts_missing": {"age": 2, "sex": 1},
    }  # fmt: skip
    lines = summary_as_text(RunSummary(2, 2, 0, {}, counts), ["refugee_status"], ProgressDisplay(0)).splitlines()
    headings = [" ".join(line.split()) for line in lines if line and line[0] != " "]
    assert headings == [
        "Recommendation", "Recommendation, uk", "Priority", "Conclusion", "met in every case: refugee_status",
        "Conclusion, uk met not met undetermined not applicable", "refugee_status 1 1 0 0",
        "Facts missing in some cases, most often", "Facts missing in every case: 1",
        "2 read = 2 scored + 0 rejected",
    ]  # fmt: skip
    assert lines[-1] == headings[-1]


def test_determinations_of_a_run_that_strict_stopped_are_deleted_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 30)  # a record a part
    folder, out = tmp_path / "reports", tmp_path / "o.csv"
    words = ("--out", out, "--reports", folder, "--strict", "--summary", "none", "--jobs", "1")
    source = tmp_path / "cases.jsonl"
    source.write_text("".join(f'{{"id":"case-number-{n}","age":{n}}}\n' for n in range(6)) + "{\n", encoding="utf-8")
    assert small_rsd("batch", source, *words) == 1
    kept = {path.name for path in folder.iterdir()}
    assert "case-number-0.md" in kept
    (folder / "notes.txt").write_text("somebody's", encoding="utf-8")
    with pytest.raises(Exception, match="already-there"):
        small_rsd("batch", write_cases(tmp_path, "other"), *words)
    (folder / "notes.txt").unlink()
    assert small_rsd("batch", write_cases(tmp_path, "other"), *words) == 0
    assert {path.name for path in folder.iterdir()} == {"other.md"}


@pytest.mark.parametrize("count", [1, 60])
def test_a_determination_that_cannot_be_written_says_what_is_kept(tmp_path: Path, count: int) -> None:
    """In this process, or in another."""
    folder = tmp_path / "reports"
    folder.mkdir()
    source = write_cases(tmp_path, *(f"c-{n}" for n in range(count)))
    (folder / f"c-{count - 1}.md").mkdir()
    with pytest.raises(
        Exception, match=r"(cannot-write|already-there): .*Finished parts of the run are kept.*--resume"
    ):
        small_rsd("batch", source, "--out", tmp_path / "o.csv", "--reports", folder, "--overwrite", "--jobs", "2")


def test_an_ignored_column_that_no_source_has_is_reported(tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "o.csv"
    table.write_text("id,shoe_size\na,42\n", encoding="utf-8")
    words = ("batch", table, "--out", out, "--summary", "none", "--ignore")
    with pytest.raises(Exception, match=r"unknown-column: no source has a column"):
        small_rsd(*words, "shoe_size", "--ignore", "hat_size")
    assert small_rsd(*words, "shoe_size") == 0

"""One case means the same however it is written: every form is held against the evaluator."""

from __future__ import annotations

import gzip
import io
import os
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from screen.batch.input import chunks, sources
from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.sources import find_sources
from screen.batch.options import BatchOptions
from screen.batch.pipeline import run_batch
from screen.case.evidence import RecordedAnswer
from screen.diagnostics import DiagnosticsError
from screen.engine.evaluate import evaluate
from screen.engine.triage import triage
from screen.regular_files import MAX_BYTES
from screen.rulebook.model import RuleBook
from tests.batch.tables import as_csv, as_files, as_jsonl, as_parquet, cases, small_cases
from tests.real_law import the_law
from tests.rulebook.small_book import good_book

#: Cases of the small book, for what has nothing to do with the law: its tables have a tenth of the columns.
CASES = small_cases(60)
FEW = dict(list(CASES.items())[:24])


@cache
def real_cases() -> dict[str, dict[str, RecordedAnswer]]:
    return cases(30)


def nothing(*_: int) -> None:
    return None


def scored(
    folder: Path, *names: Path | str, out: str = "out.parquet", book: RuleBook | None = None, **more: object
) -> pl.DataFrame:
    options = BatchOptions(find_sources(map(str, names), None), folder / out, folder / f"{out}.rejects.jsonl", **more)  # type: ignore[arg-type]
    summary = run_batch(book or good_book(), options, nothing)
    assert summary.read == summary.scored + summary.rejected
    return pl.read_parquet(folder / out) if out.endswith(".parquet") else pl.DataFrame()


@cache
def expected(profile: str = "unhcr") -> list[tuple[object, ...]]:
    rows = []
    for name, answers in CASES.items():
        findings = evaluate(good_book(), answers, profile)
        states = tuple(findings[criterion].status.value for criterion in good_book().criteria)
        rows.append((name, findings.recommendation, *states))
    return rows


def findings_of(table: pl.DataFrame) -> list[tuple[object, ...]]:
    return table.select(["id", "recommendation", *good_book().criteria]).rows()


@cache
def expected_by_the_law() -> list[tuple[object, ...]]:
    rows = []
    for name, answers in real_cases().items():
        findings = evaluate(the_law(), answers)
        urgency = triage(findings)
        states = tuple(findings[criterion].status.value for criterion in the_law().criteria)
        reasons = [reason.name for reason in urgency.reasons], [reason.name for reason in urgency.open_reasons]
        rows.append((name, findings.recommendation, urgency.level, *reasons, *states))
    return rows


@pytest.mark.parametrize("form", ["files", "jsonl", "csv", "parquet", "jsonl.gz", "jsonl.zst", "csv.gz"])
def test_every_format_gives_what_the_evaluator_finds(tmp_path: Path, form: str) -> None:
    """By the real law, whose tables have answers of every kind."""
    match form.partition("."):
        case ("files", _, _):
            source = as_files(tmp_path / "cases", real_cases())
        case ("parquet", _, _):
            source = as_parquet(tmp_path / "cases.parquet", real_cases(), row_group_size=12)
        case (kind, _, packed):
            source = (as_jsonl if kind == "jsonl" else as_csv)(tmp_path / f"cases.{kind}", real_cases())
            if packed == "gz":
                source.with_name(f"cases.{form}").write_bytes(gzip.compress(source.read_bytes()))
            elif packed == "zst":
                source.with_name(f"cases.{form}").write_bytes(
                    pa.Codec("zstd").compress(source.read_bytes(), asbytes=True)
                )
            source = source.with_name(f"cases.{form}")
    table = scored(tmp_path, source, book=the_law())
    names = ["id", "recommendation", "priority", "priority_reasons", "priority_open", *the_law().criteria]
    assert table.select(names).rows() == expected_by_the_law()


def test_profiles_stand_side_by_side(tmp_path: Path) -> None:
    table = scored(tmp_path, as_jsonl(tmp_path / "c.jsonl", CASES, good_book()), profiles=("strict", "unhcr"))
    assert findings_of(table) == expected("strict") != expected("unhcr")
    assert table["refugee@unhcr"].to_list() == [
        evaluate(good_book(), answers, "unhcr")["refugee"].status.value for answers in CASES.values()
    ]


def test_each_case_is_read_under_its_own_profile_where_none_is_asked_for(tmp_path: Path) -> None:
    lines = as_jsonl(tmp_path / "c.jsonl", CASES, good_book()).read_text().splitlines()
    own = ["strict" if number % 2 else "unhcr" for number in range(len(lines))]
    mixed = [line.replace('{"id"', f'{{"profile": "{name}", "id"') for line, name in zip(lines, own, strict=True)]
    (tmp_path / "m.jsonl").write_text("\n".join(mixed))
    table = scored(tmp_path, tmp_path / "m.jsonl")
    assert table["profile"].to_list() == own
    under = {name: expected(name) for name in ("strict", "unhcr")}
    assert findings_of(table) == [under[name][number] for number, name in enumerate(own)]


def test_chunks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1_000)
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 9)
    for name in (as_jsonl(tmp_path / "c.jsonl", FEW, good_book()), as_csv(tmp_path / "c.csv", FEW, good_book()),
                 as_parquet(tmp_path / "c.parquet", FEW, good_book(), row_group_size=22)):  # fmt: skip
        assert findings_of(scored(tmp_path, name, out=f"{name.name}.parquet")) == expected()[: len(FEW)]


def test_standard_input_needs_its_format_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DiagnosticsError, match="unknown-source-format"):
        find_sources(["-"], None)
    text = as_jsonl(tmp_path / "c.jsonl", CASES, good_book()).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    options = BatchOptions(find_sources(["-"], "jsonl"), tmp_path / "o.parquet", tmp_path / "r.jsonl")
    run_batch(good_book(), options, nothing)
    assert findings_of(pl.read_parquet(tmp_path / "o.parquet")) == expected()


def test_globs_and_folders_are_read_in_order(tmp_path: Path) -> None:
    half = dict(list(CASES.items())[:30]), dict(list(CASES.items())[30:])
    as_jsonl(tmp_path / "a.jsonl", half[0], good_book())
    as_csv(tmp_path / "b.csv", half[1], good_book())
    assert findings_of(scored(tmp_path, tmp_path / "[ab].*")) == expected()
    with pytest.raises(DiagnosticsError, match="no such file"):
        find_sources([str(tmp_path / "*.parquet.gz")], None)


def test_shards_together_are_the_output_of_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 5)
    source = as_parquet(tmp_path / "c.parquet", FEW, good_book(), row_group_size=10)
    parts = [scored(tmp_path, source, out=f"{this}.parquet", shard=(this, 3)) for this in (1, 2, 3)]
    assert sorted(findings_of(pl.concat(parts))) == sorted(expected()[: len(FEW)])
    assert all(part.height for part in parts)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "csv.gz", "jsonl.zst"])
def test_text_outputs_say_what_parquet_says(tmp_path: Path, ending: str) -> None:
    source = as_jsonl(tmp_path / "c.jsonl", CASES, good_book())
    uncut = scored(tmp_path, source)
    scored(tmp_path, source, out=f"o.{ending}")
    data = (tmp_path / f"o.{ending}").read_bytes()
    if "." in ending:
        packed = {"gz": "gzip", "zst": "zstd"}[ending.rpartition(".")[2]]
        data = pa.CompressedInputStream(pa.BufferReader(data), packed).read()
    again = pl.read_csv(data, infer_schema=False) if ending.startswith("csv") else pl.read_ndjson(data)
    names = ["id", "recommendation", *good_book().criteria, "rule_book", "law_as_of"]
    assert again.select(names).rows() == uncut.select(pl.col(names).cast(pl.String)).rows()
    lists = uncut["facts_missing"].to_list()
    if ending.startswith("csv"):
        assert [words.split(";") if words else [] for words in again["facts_missing"].fill_null("").to_list()] == lists
    else:
        assert again["facts_missing"].to_list() == lists


def test_columns_narrow_the_output_and_id_stays(tmp_path: Path) -> None:
    table = scored(tmp_path, as_jsonl(tmp_path / "c.jsonl", CASES, good_book()), columns=("refugee", "recommendation"))
    assert table.columns == ["id", "recommendation", "refugee"]
    assert [(row[0], row[1]) for row in table.rows()] == [(row[0], row[1]) for row in expected()]


def test_no_case_at_all_is_an_output_with_its_columns(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text("")
    table = scored(tmp_path, tmp_path / "c.jsonl")
    assert table.height == 0
    assert "refugee" in table.columns


def test_an_output_whose_ending_names_no_format_is_refused() -> None:
    from screen.batch.output.formats import output_format

    for name in ("found.txt", "found.parquet.gz", "found"):
        with pytest.raises(DiagnosticsError, match="unknown-output-format"):
            output_format(name)


@pytest.mark.parametrize("form", ["case", "jsonl", "csv", "parquet"])
def test_what_is_no_file_is_refused_with_a_way_out(tmp_path: Path, form: Any) -> None:
    os.mkfifo(tmp_path / "cases")
    with pytest.raises(DiagnosticsError, match="cannot-open: this is a pipe or a device, and no file"):
        find_sources([str(tmp_path / "cases")], form)


def test_standard_input_that_is_closed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DiagnosticsError, match="cannot-open"):
        list(chunks.read_chunks(sources.CaseSource("-", "jsonl"), lambda _: True))


def test_what_stands_in_a_folder_and_is_no_source_is_reported(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.tsv", "guard.yaml.txt", "o.jsonl.rejects.jsonl", ".hidden.yaml", "t.csv"):
        (tmp_path / name).write_text("id\n")
    os.mkfifo(tmp_path / "pipe.csv")
    skipped: list[str] = []
    sources = find_sources([str(tmp_path)], None, skipped.append)
    assert [source.name for source in sources] == [str(tmp_path), str(tmp_path / "t.csv")]
    assert sorted(map(os.path.basename, skipped)) == ["b.tsv", "guard.yaml.txt", "o.jsonl.rejects.jsonl", "pipe.csv"]


def test_a_compressed_case_file_is_reported_in_a_folder_too(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    (tmp_path / "b.yaml.gz").write_text("")
    for name in (tmp_path, tmp_path / "b.yaml.gz"):
        with pytest.raises(DiagnosticsError, match=r"b\.yaml\.gz: unknown-source-format: .* Unpack it"):
            find_sources([str(name)], None)


def test_a_folder_without_files_of_the_format_that_was_named_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    with pytest.raises(DiagnosticsError, match="cannot-open: no csv file is in this folder"):
        find_sources([str(tmp_path)], "csv")


def test_a_glob_takes_neither_hidden_files_nor_rejects_unless_it_says_so(tmp_path: Path) -> None:
    (tmp_path / ".o.jsonl.rsd-parts").mkdir()
    for name in (".o.jsonl.rsd-parts/plan.json", ".a.json", "b.json", "o.rejects.jsonl"):
        (tmp_path / name).write_text("{}")
    for glob, names in (("*.json*", ["b.json"]), ("*/*.json", []), (".a*", [".a.json"]), (".o*/*", ["plan.json"])):
        sources_found = find_sources([str(tmp_path / glob)], None) if names else []
        assert [Path(path).name for source in sources_found for path in source.paths] == names
    with pytest.raises(DiagnosticsError, match="no such file"):
        find_sources([str(tmp_path / "*/*.json")], None)
    assert find_sources([str(tmp_path / "o.rejects.jsonl")], None)[0].format == "jsonl"


def test_a_case_file_whose_name_is_no_text_is_read_and_told(tmp_path: Path) -> None:
    for name, way in ((b"caf\xe9.yaml", "river"), (b"b\xe9.yaml", "rivr")):
        with open(os.path.join(os.fsencode(tmp_path), name), "w") as file:  # noqa: PTH118, PTH123 - no text
            file.write(f"format: 1\ncase: a\nfacts: {{way_out: {way}}}\n")
    table = scored(tmp_path, tmp_path)
    assert table["id"].to_list() == ["a"]
    assert "b\\\\xe9.yaml" in (tmp_path / "out.parquet.rejects.jsonl").read_text()


def damaged(path: Path) -> bytes:
    """Return Parquet in several row groups with a page of the second one overwritten."""
    data = bytearray(as_parquet(path, CASES, good_book(), row_group_size=20).read_bytes())
    at = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data[at : at + 64] = b"\xff" * 64
    return bytes(data)


def test_damaged_parquet_is_reported_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = damaged(tmp_path / "c.parquet")
    (tmp_path / "c.parquet").write_bytes(data)
    with pytest.raises(DiagnosticsError, match=r"c\.parquet: broken-source"):
        scored(tmp_path, tmp_path / "c.parquet")
    for text in (data, b"garbage", b"PAR1" + b"\xff" * 40 + b"PAR1"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        with pytest.raises(DiagnosticsError, match="broken-source"):
            list(chunks.read_chunks(sources.CaseSource("-", "parquet"), lambda _: True))


def test_a_column_that_stands_twice_on_standard_input_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = pa.array(["a"])
    parquet = io.BytesIO()
    pq.write_table(pa.table([ids, ids, ids], ["id", "sex", "sex"]), parquet)
    for form, data in (("parquet", parquet.getvalue()), ("csv", b"id,sex,sex\na,male,male\nb\n")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        with pytest.raises(DiagnosticsError, match='duplicate-key: the column "sex" stands twice'):
            [
                ChunkReader(the_law()).read(chunk)
                for chunk in chunks.read_chunks(sources.CaseSource("-", form), lambda _: True)
            ]  # type: ignore[arg-type]


def test_text_of_parquet_that_is_no_text_is_reported(tmp_path: Path) -> None:
    ends, words = pa.py_buffer(bytes([0, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0])), pa.py_buffer(b"\xff\xfeab")
    pq.write_table(pa.table({"id": pa.Array.from_buffers(pa.string(), 2, [None, ends, words])}), tmp_path / "c.parquet")
    (chunk,) = chunks.read_chunks(sources.CaseSource(str(tmp_path / "c.parquet"), "parquet"), lambda _: True)
    with pytest.raises(DiagnosticsError, match='broken-source: the column "id" is damaged, or no UTF-8 text'):
        ChunkReader(the_law()).read(chunk)


def test_a_column_of_a_type_that_polars_does_not_hold_stops_no_run(tmp_path: Path) -> None:
    wide = pa.array([Decimal("1" * 50), None], pa.decimal256(60))
    pq.write_table(pa.table({"id": ["a", "b"], "age": wide, "remarks": wide}), tmp_path / "c.parquet")
    reader = ChunkReader(the_law(), ignored_columns=["remarks"])
    (chunk,) = chunks.read_chunks(sources.CaseSource(str(tmp_path / "c.parquet"), "parquet"), lambda _: True)
    read = reader.read(chunk)
    assert (read.frame["id"].to_list(), [reject.column for reject in read.rejects]) == (["b"], ["age"])


def test_a_case_file_is_read_up_to_the_bound_and_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    long, pipe = tmp_path / "long.yaml", tmp_path / "pipe.yaml"
    with long.open("wb") as file:
        file.truncate(1 << 40)
    assert len(sources.read_case_bytes(str(long))) == MAX_BYTES + 1
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(DiagnosticsError, match="cannot-open"):
            sources.read_case_bytes(str(path))

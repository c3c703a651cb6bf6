"""What one record, one column or one ending may not do to a batch: end it, slow it down or pass unseen."""

from __future__ import annotations

import datetime
import decimal
import difflib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from screen.batch.fault_boundary import Fault, catch_fault
from screen.batch.input import json_lines
from screen.batch.input.case_files import CaseFileReader
from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.chunks import read_chunks
from screen.batch.input.sources import CaseSource, find_sources
from screen.batch.input.validator import Validator
from screen.batch.score.scorer import Scorer
from screen.cli.batch import determinations
from screen.diagnostics import MAX_SUGGESTIONS, DiagnosticsError
from tests.command import rsd
from tests.real_law import the_law
from tests.rulebook.small_book import GOOD

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
    table, rejects = scored(folder, tmp_path / "o.csv", code=3)
    assert table["id"].to_list() == ["C", "D"]
    expected = [("judgement-without-reasons", JUDGED)] * 2
    assert [(reject["code"], reject["column"]) for reject in rejects] == expected
    lines = tmp_path / "cases.jsonl"
    lines.write_text("".join(f"{path.read_text()}\n" for path in sorted(folder.iterdir())))
    table, rejects = scored(lines, tmp_path / "lines.csv", code=3)
    assert table["id"].to_list() == ["C", "D"]
    assert [(reject["code"], reject["column"], reject["line"]) for reject in rejects] == [
        (*expected[0], 1),
        (*expected[1], 2),
    ]


def test_a_table_may_leave_the_reasons_of_a_judgement_out(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(f"id,{JUDGED},{JUDGED}.note\nA,believed,\nB,not_believed,because\n")
    assert scored(table, tmp_path / "o.csv")[0].height == 2


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".YAML", ".Yml", ".json", ".JSON"])
def test_a_batch_and_a_comparison_of_folders_read_the_same_endings(tmp_path: Path, ending: str) -> None:
    folder_a, other = tmp_path / "one", tmp_path / "other"
    for folder in (folder_a, other):
        folder.mkdir()
        case_file(folder / f"c{ending}", "C", age=34)
        case_file(folder / f".c{ending}", "HIDDEN", age=34)
    assert scored(folder_a, tmp_path / "o.csv")[0]["id"].to_list() == ["C"]
    assert "1 case compared" in rsd("diff", folder_a, other).stdout


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.zst"])
def test_an_output_may_end_in_capitals(tmp_path: Path, ending: str) -> None:
    case_file(tmp_path / "c.yaml", "C", age=34)
    for name in (f"low.{ending}", f"HIGH.{ending.upper()}"):
        words = ("batch", tmp_path / "c.yaml", "--out", tmp_path / name, "--summary", "none", "--rules", GOOD)
        assert rsd(*words).returncode == 0
    assert (tmp_path / f"low.{ending}").read_bytes() == (tmp_path / f"HIGH.{ending.upper()}").read_bytes()


def test_a_case_whose_name_ends_in_capitals_is_written_as_json(tmp_path: Path) -> None:
    assert rsd("case", "new", tmp_path / "C-1.JSON").returncode == 0
    assert json.loads((tmp_path / "C-1.JSON").read_text())["case"] == "C-1"


# ── names that are not known, by the hundred thousand ───────────────────────────────────────────────────────────────


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names for which the likeliest one was looked for: what takes the time, counted."""
    names: list[str] = []
    looked_for = difflib.get_close_matches

    def counted(name: str, *rest: Any) -> list[str]:
        names.append(name)
        return looked_for(name, *rest)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    return names


def test_ten_thousand_unknown_keys_in_a_line_are_looked_for_a_hundred_times(
    tmp_path: Path, looked_up: list[str]
) -> None:
    record = {"id": "A"} | {f"harm_{number}": 1 for number in range(10_000)}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n")
    rejects = scored(tmp_path / "a.jsonl", tmp_path / "o.csv", code=3)[1]
    assert len(rejects) == len(looked_up) == MAX_SUGGESTIONS


def test_an_unknown_key_in_every_line_is_looked_for_once(tmp_path: Path, looked_up: list[str]) -> None:
    lines = [{"id": f"A{number}", "age_": 3} for number in range(300)]
    lines += [{"format": 1, "case": f"B{number}", "facts": {"agee": 3}} for number in range(300)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    rejects = scored(tmp_path / "a.jsonl", tmp_path / "o.csv", code=3)[1]
    assert {reject["remedy"] for reject in rejects} == {'Did you mean "age"?'}
    assert sorted(looked_up) == ["age_", "age_", "agee", "agee"], "whether it may be quoted, and what it is like"


def test_other_unknown_keys_in_every_line_are_looked_for_a_hundred_times(tmp_path: Path, looked_up: list[str]) -> None:
    lines = [{"id": f"A{number}", f"age_{number}": 3} for number in range(300)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert len(scored(tmp_path / "a.jsonl", tmp_path / "o.csv", code=3)[1]) == 300
    assert len(looked_up) == MAX_SUGGESTIONS


def test_for_a_wrong_cell_of_a_table_no_option_is_looked_for(tmp_path: Path, looked_up: list[str]) -> None:
    rows = [f"A{number},Korea {number}" for number in range(200)]
    (tmp_path / "a.csv").write_text("id,country_of_origin\n" + "\n".join(rows))
    assert len(scored(tmp_path / "a.csv", tmp_path / "o.csv", code=3)[1]) == 200
    assert looked_up == []


def test_a_header_of_ten_thousand_columns_is_reported_in_a_hundred_lines(tmp_path: Path, looked_up: list[str]) -> None:
    header = ",".join(["id", "age", *(f"age_{number}" for number in range(10_000))])
    (tmp_path / "a.csv").write_text(header + "\n")
    done = rsd("batch", tmp_path / "a.csv", "--out", tmp_path / "o.csv")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == MAX_SUGGESTIONS + 1
    assert len(looked_up) == MAX_SUGGESTIONS


def test_a_key_that_stands_twice_at_the_end_of_a_long_record_is_found_at_once() -> None:
    keys = [*range(200_000), 199_999]
    line = "{" + ",".join(f'"k{key}":1' for key in keys) + "}"
    with pytest.raises(
        json_lines.RepeatedKeyError, match=r"^k199999$"
    ):  # to compare each with all before it would take minutes
        json_lines.parse_record(line.encode())


# ── folders ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_real_folder_is_walked_once_however_many_links_lead_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in range(12):
        (tmp_path / f"l{level}").mkdir()
        case_file(tmp_path / f"l{level}" / "c.yaml", f"C{level}")
        if level:
            for link in ("a", "b"):
                (tmp_path / f"l{level - 1}" / link).symlink_to(tmp_path / f"l{level}")
    walked: list[str] = []
    scandir = os.scandir

    def counted(folder: str) -> Any:
        walked.append(folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", counted)
    (source,) = find_sources([str(tmp_path / "l0")], None)
    assert len(walked) == 12  # and not 2 to the 12th
    assert len(source.paths) == 12
    assert source.paths[0] == str(tmp_path.joinpath("l0", *["a"] * 11, "c.yaml"))
    # A real folder goes before the links that lead to it.
    walked.clear()
    (source,) = find_sources([str(tmp_path)], None)
    assert [Path(path).parent.name for path in source.paths] == sorted(f"l{level}" for level in range(12))


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("ID,Age,Sex\na1,34,male\n", []),
        ("id ,age, sex\na1,34,male\n", []),
        ("sep=,\r\nid,age,sex\r\na1,34,male\r\n", []),
        ("\ufeffsep=,\nid,age,sex\na1,34,male\n", []),
        (",id,age,sex\n0,a1,34,male\n", ["--ignore", ""]),
        ("id,age,sex,,\na1,34,male,,\n", ["--ignore", ""]),
        ('id,age,x,sex,\na1,34,"a\nb",male,\n', ["--ignore", "", "--ignore", "x"]),
    ],
)
def test_a_header_as_spreadsheets_write_it_is_read(tmp_path: Path, text: str, options: list[str]) -> None:
    (tmp_path / "t.csv").write_text(text, newline="")
    assert scored(tmp_path / "t.csv", tmp_path / "o.csv", *options)[0]["id"].to_list() == ["a1"]
    # A record that is broken sends a text the slow way.
    (tmp_path / "slow.csv").write_text(text + "a2\r\n", newline="")
    table, rejects = scored(tmp_path / "slow.csv", tmp_path / "slow.out.csv", *options, code=3)
    assert table["id"].to_list() == ["a1"]
    assert [(reject["code"], reject["line"]) for reject in rejects] == [("broken-record", text.count("\n") + 1)]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("id,age,AGE\na1,34,34\n", "1:3", 'duplicate-key: the column "age" stands twice'),
        ("sep=;\nid;age\n", "1:1", "the columns are not separated by commas"),
        ("id,age,\na1,34,\n", "1:3", "column 3 has no name. Name it, or leave columns without a name aside: --ignore"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused_for_its_reason(
    tmp_path: Path, text: str, place: str, message: str
) -> None:
    (tmp_path / "t.csv").write_text(text)
    done = rsd("batch", tmp_path / "t.csv", "--out", tmp_path / "o.csv")
    assert done.returncode == 1
    assert f"{tmp_path / 't.csv'}:{place}: " in done.stderr
    assert message in done.stderr
    assert "looks like data" not in done.stderr


@pytest.mark.parametrize("name", ["age", "AGE", " age", "age.unknown", "Sex.credibility"])
def test_what_findings_hang_on_is_never_left_aside(tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_text("id\na1\n")
    assert rsd("batch", tmp_path / "t.csv", "--out", tmp_path / "o.csv", "--ignore", name).returncode == 2


WORDS = [["torture", "camp"], None]
DAY = datetime.datetime(2022, 6, 28)
HELD: dict[str, tuple[str, pa.Array]] = {
    "fixed": ("harm_feared", pa.array(WORDS, pa.list_(pa.string(), 2))),
    "large": ("harm_feared", pa.array(WORDS, pa.large_list(pa.large_string()))),
    "view": ("harm_feared", pa.array(WORDS, pa.list_view(pa.string()))),
    "large view": ("harm_feared", pa.array(WORDS, pa.large_list_view(pa.string()))),
    "views": ("harm_feared", pa.array(WORDS, pa.list_(pa.string_view()))),
    "fixed of numbers": ("harm_feared", pa.array(WORDS, pa.list_(pa.dictionary(pa.int32(), pa.string()), 2))),
    "words": ("sex", pa.array(["male", None], pa.string_view())),
    "few words": ("sex", pa.array(["male", None], pa.dictionary(pa.int8(), pa.large_string()))),
    "decimal": ("age", pa.array([decimal.Decimal("34.00"), None], pa.decimal128(7, 2))),
    "large decimal": ("age", pa.array([decimal.Decimal("34.00"), None], pa.decimal256(50, 2))),
    "half": ("age", pa.array([34.0, None], pa.float16())),
    "nanoseconds": ("age.date", pa.array([DAY, None], pa.timestamp("ns"))),
    "seconds": ("age.date", pa.array([DAY, None], pa.timestamp("s"))),
}  # fmt: skip


def table_of(path: Path, name: str, cells: pa.Array) -> Path:
    """Write a Parquet file of two cases with a column, and with an answer where that is about one."""
    age = {} if name == "age" else {"age": [34, 34]}
    pq.write_table(pa.table({"id": ["a1", "a2"], **age, name: cells}), path)
    return path


@pytest.mark.parametrize("kind", HELD)
def test_a_type_that_arrow_writes_an_answer_in_is_read(tmp_path: Path, kind: str) -> None:
    name, cells = HELD[kind]
    source = table_of(tmp_path / "t.parquet", name, cells)
    assert scored(source, tmp_path / "o.csv")[0].height == 2
    (chunk,) = read_chunks(CaseSource(str(source), "parquet"), lambda _: True)
    cells = ChunkReader(the_law(), keep_annotations=True).read(chunk).frame[name]
    expected = {"harm_feared": WORDS[0], "sex": "male", "age": 34, "age.date": DAY.date()}[name]
    assert (cells[0].to_list() if isinstance(cells[0], pl.Series) else cells[0]) == expected
    assert cells[1] is None


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("age.date", pa.array([datetime.datetime(2022, 6, 28, 1), None], pa.timestamp("us")), "bad-date"),
        ("age.date", pa.array([DAY, None], pa.timestamp("us", "Asia/Seoul")), "bad-date"),
        ("age.date", pa.array([1, None], pa.timestamp("us", "No/Where")), "bad-date"),
        ("age", pa.array([1, None], pa.duration("s")), "wrong-kind"),
        ("age", pa.array([1, None], pa.time32("s")), "wrong-kind"),
        ("sex", pa.array([b"male", None], pa.binary_view()), "wrong-kind"),
        ("sex", pa.array([{"a": 1}, None], pa.struct([("a", pa.int8())])), "wrong-kind"),
        ("sex", pa.array([True, None]), "wrong-kind"),
        ("harm_feared", pa.array([[b"camp"], None], pa.list_(pa.binary())), "wrong-kind"),
        ("harm_feared", pa.array([[{"a": 1}], None], pa.list_(pa.struct([("a", pa.int8())]), 1)), "wrong-kind"),
        ("harm_feared", pa.array([[("camp", 1)], None], pa.map_(pa.string(), pa.int8())), "wrong-kind"),
    ],
)
def test_a_type_that_holds_no_answer_rejects_its_record_alone(
    tmp_path: Path, name: str, cells: pa.Array, code: str
) -> None:
    source = table_of(tmp_path / "t.parquet", name, cells)
    table, rejects = scored(source, tmp_path / "o.csv", code=3)
    assert table["id"].to_list() == ["a2"]
    assert [(reject["row"], reject["column"], reject["code"]) for reject in rejects] == [(1, name, code)]


@pytest.mark.parametrize("old", [b"agqqq", b"x2"])
def test_bytes_of_parquet_that_are_no_text_are_a_mistake_and_no_panic(
    tmp_path: Path, old: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    table = pa.table({"id": ["x1", "x2"], "agqqq": ["x1", "x3"]})
    pq.write_table(table, tmp_path / "t.parquet", use_dictionary=False, compression="none", store_schema=False)
    data = (tmp_path / "t.parquet").read_bytes()
    assert old in data
    (tmp_path / "t.parquet").write_bytes(data.replace(old, b"\xff" * len(old)))
    for options in ([], ["--ignore", "agqqq"]):
        done = rsd("batch", tmp_path / "t.parquet", "--out", tmp_path / "o.csv", *options)
        assert done.returncode == 1
        assert str(tmp_path / "t.parquet") in done.stderr
        assert "program" not in done.stderr
    assert "panicked" not in capfd.readouterr().err


@pytest.mark.parametrize("written", ["2026.10", "1e5", "true"])
def test_a_name_that_looks_like_a_number_is_reported_to_be_text(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"id": {written}}}\n{{"format": 1, "case": {written}}}\n')
    rejects = scored(tmp_path / "a.jsonl", tmp_path / "o.csv", code=3)[1]
    assert [reject["code"] for reject in rejects] == ["bad-name"] * 2
    assert all("quotes" in reject["remedy"] for reject in rejects)
    (tmp_path / "a.csv").write_text(f"id\n{written}\n")  # a table of text has no numbers
    assert scored(tmp_path / "a.csv", tmp_path / "csv.csv")[0]["id"].to_list() == [written]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_case_that_stands_twice_is_named_by_its_own_row_after_records_that_cannot_be_used(
    tmp_path: Path, form: str
) -> None:
    records = [("A1", 1), ("no name", 2), ("A3", 900), ("A1", 4), ("A5", 5), ("A5", 6)]
    table = pl.DataFrame({"id": [name for name, _ in records], "age": [age for _, age in records]})
    source = tmp_path / f"t.{form}"
    match form:
        case "jsonl":
            table.write_ndjson(source)
        case "csv":
            table.write_csv(source)
        case _:
            table.write_parquet(source)
    table, rejects = scored(source, tmp_path / "o.csv", code=3)
    assert table["id"].to_list() == ["A1", "A5"]
    assert [(reject["row"], reject["code"]) for reject in rejects] == [
        (2, "bad-name"), (3, "out-of-range"), (4, "duplicate-id"), (6, "duplicate-id"),
    ]  # fmt: skip


# ── a fault of our own ──────────────────────────────────────────────────────────────────────────────────────────────

SAID = "words of the case"


class Injected(Exception):
    """A fault of the program's own, as no code raises one."""


def panic() -> BaseException:
    """Return what Polars raises where it panics; it is no Exception."""
    return pl.exceptions.PanicException(SAID)


@pytest.fixture(params=["case", "jsonl", "csv", "parquet"])
def nine_cases(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Nine cases in some form; the fifth is of age 50."""
    ages = {f"A{number}": 50 if number == 5 else number for number in range(1, 10)}
    source = tmp_path / f"nine.{request.param}"
    match request.param:
        case "case":
            source.mkdir()
            for name, age in ages.items():
                case_file(source / f"{name}.yaml", name, age=age)
        case "jsonl":
            source.write_text("".join(json.dumps({"id": name, "age": age}) + "\n" for name, age in ages.items()))
        case "csv":
            source.write_text("id,age\n" + "".join(f"{name},{age}\n" for name, age in ages.items()))
        case _:
            pl.DataFrame({"id": list(ages), "age": list(ages.values())}).write_parquet(source)
    return source


def fail_at(work: Callable[..., Any], is_affected: Callable[..., bool], fault: BaseException) -> Callable[..., Any]:
    """Return work that fails over the record that has it, as a fault of the program would."""

    def failing(*arguments: Any, **options: Any) -> Any:
        if is_affected(*arguments):
            raise fault
        return work(*arguments, **options)

    return failing


def has_age_50(_: object, frame: pl.DataFrame) -> bool:
    return "age" in frame.columns and bool((frame["age"].cast(pl.Float64) == 50).any())


def check_only_fifth_rejected(source: Path, out: Path, *options: object) -> str:
    """Hold that the run went on and accounts for the fifth case as one that the program failed over."""
    done = rsd("batch", source, "--out", out, "--columns", "refugee_status", "--summary", "json", *options)
    assert done.returncode == 3, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["read"], summary["scored"], summary["rejected"]) == (9, 8, 1)
    assert pl.read_csv(out)["id"].to_list() == [f"A{number}" for number in range(1, 10) if number != 5]
    (reject,) = map(json.loads, out.with_name(f"{out.name}.rejects.jsonl").read_text().splitlines())
    assert (reject["row"], reject["code"]) == (5, "program-fault")
    assert reject["line"] == {".jsonl": 5, ".csv": 6}.get(source.suffix)
    assert reject["source"].endswith("A5.yaml" if source.is_dir() else source.name)
    assert SAID not in done.stderr + json.dumps(reject)
    return done.stderr


@pytest.mark.parametrize(
    "fault", [Injected(SAID), RecursionError(SAID), panic()], ids=lambda fault: type(fault).__name__
)
def test_a_fault_while_scoring_narrows_to_the_record(
    tmp_path: Path, nine_cases: Path, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scorer, "score", fail_at(Scorer.score, has_age_50, fault))
    errors = check_only_fifth_rejected(nine_cases, tmp_path / "o.csv")
    asks = [line for line in errors.splitlines() if line.startswith("rsd: ")]
    (asks,) = asks
    assert f"{type(fault).__name__} at test_fault_boundary.py:" in asks
    assert "Please report" in asks


@pytest.mark.parametrize("fault", [Injected(SAID), panic()], ids=lambda error: type(error).__name__)
def test_a_fault_while_reading_narrows_to_the_record(
    tmp_path: Path, nine_cases: Path, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Validator, "check_table", fail_at(Validator.check_table, has_age_50, fault))
    monkeypatch.setattr(
        CaseFileReader,
        "_row_of_case",
        fail_at(CaseFileReader._row_of_case, lambda _, case: case.given["age"].value == 50, fault),
    )
    check_only_fifth_rejected(nine_cases, tmp_path / "o.csv")


def test_a_fault_while_a_determination_is_written_narrows_to_the_record(
    tmp_path: Path, nine_cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = fail_at(determinations.determine, lambda _, case, __: case.name == "A5", Injected(SAID))
    monkeypatch.setattr(determinations, "determine", fails)
    check_only_fifth_rejected(nine_cases, tmp_path / "o.csv", "--reports", tmp_path / "reports")
    assert sorted(path.stem for path in (tmp_path / "reports").iterdir()) == [f"A{n}" for n in (1, 2, 3, 4, 6, 7, 8, 9)]


def test_a_fault_over_a_line_that_is_parsed_by_itself_is_a_reject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Validator,
        "find_contradictions",
        fail_at(Validator.find_contradictions, lambda _, record: True, Injected(SAID)),
    )
    (tmp_path / "a.jsonl").write_text('{"id": "A", "age": "unknown"}\n{"id": "B", "what": 1}\n')
    table, rejects = scored(tmp_path / "a.jsonl", tmp_path / "o.csv", code=3)
    assert (table.height, [reject["code"] for reject in rejects]) == (0, ["program-fault"] * 2)


def test_strict_stops_at_a_fault_and_a_fault_of_everything_is_no_fault_of_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("id,age\n" + "".join(f"A{number},{number % 60}\n" for number in range(400)))
    monkeypatch.setattr(Scorer, "score", fail_at(Scorer.score, has_age_50, Injected(SAID)))
    done = rsd("batch", tmp_path / "t.csv", "--out", tmp_path / "o.csv", "--strict", "--rules", GOOD)
    assert (done.returncode, "program-fault" in done.stderr) == (1, True)
    monkeypatch.setattr(Scorer, "score", fail_at(Scorer.score, lambda _, frame: frame.height > 0, Injected(SAID)))
    done = rsd("batch", tmp_path / "t.csv", "--out", tmp_path / "all.csv", "--rules", GOOD)
    assert (done.returncode, SAID in done.stderr) == (70, False)
    assert not (tmp_path / "all.csv").exists()


def test_lack_of_memory_and_an_interruption_concern_no_record(tmp_path: Path) -> None:
    def fails(error: BaseException) -> Callable[[], None]:
        def work() -> None:
            raise error

        return work

    for error in (MemoryError(), KeyboardInterrupt(), SystemExit(), DiagnosticsError([])):
        with pytest.raises(type(error)):
            catch_fault(fails(error))
    assert isinstance(catch_fault(fails(Injected())), Fault)

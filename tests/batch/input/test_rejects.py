"""What cannot be used is told with its place and never becomes unknown in silence; the rest goes on."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from screen.batch.input import chunks, sources
from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.decompression import open_decompressed
from screen.batch.input.rejects import StoppedAtReject, redact
from screen.batch.input.sources import find_sources
from screen.batch.layout import Layout
from screen.batch.options import BatchOptions
from screen.batch.pipeline import run_batch
from screen.batch.summary import RunSummary
from screen.case.case_file import check_case
from screen.diagnostics import MAX_SUGGESTIONS, DiagnosticsError
from screen.text import sanitize_line
from tests.batch.input.test_sources import nothing
from tests.batch.reads import codes as codes_of
from tests.batch.reads import frame_of, read
from tests.paths import ROOT
from tests.real_law import the_law

BAD_CASES = ROOT / "tests" / "case" / "bad"
GOOD = '{"id": "good", "sex": "female"}'


def run(folder: Path, source: Path, **more: Any) -> tuple[RunSummary, pl.DataFrame, list[dict[str, Any]]]:
    out, rejects = folder / "out.parquet", folder / "rejects.jsonl"
    more = {"columns": ("credibility",), **more}  # what is tried here is not the law
    summary = run_batch(the_law(), BatchOptions(find_sources([str(source)], None), out, rejects, **more), nothing)
    assert summary.read == summary.scored + summary.rejected
    lines = rejects.read_text(encoding="utf-8").splitlines() if rejects.exists() else []
    return summary, pl.read_parquet(out), [json.loads(line) for line in lines]


#: One record of JSON Lines that cannot be used: the code that it earns, and its column.
LINES = {
    '{"id": "x"': ("broken-record", None),
    "words": ("broken-record", None),
    "[1, 2]": ("broken-record", None),
    '{"id": "x"}{"id": "y"}': ("broken-record", None),
    '{"id": "x", "age": NaN}': ("wrong-kind", "age"),
    '{"id": "x", "sex": "male", "sex": "female"}': ("duplicate-key", "sex"),
    '{"id": "x", "sexx": "male"}': ("unknown-fact", "sexx"),
    '{"id": "x", "refugee_status": "met"}': ("unknown-fact", "refugee_status"),
    '{"id": "x", "sex": "mal"}': ("unknown-option", "sex"),
    '{"id": "x", "stateless": true}': ("wrong-kind", "stateless"),
    '{"id": "x", "stateless": "Yes"}': ("unknown-option", "stateless"),
    '{"id": "x", "age": "17"}': ("wrong-kind", "age"),
    '{"id": "x", "age": 1e999}': ("wrong-kind", "age"),
    '{"id": "x", "age": true}': ("wrong-kind", "age"),
    '{"id": "x", "age": 900}': ("out-of-range", "age"),
    '{"id": "x", "times_returned": 0.5}': ("out-of-range", "times_returned"),
    '{"id": "x", "age": 12345678901234567890}': ("wrong-kind", "age"),
    '{"id": "x", "harm_feared": "torture"}': ("wrong-kind", "harm_feared"),
    '{"id": "x", "harm_feared": ["torture", "tortur"]}': ("unknown-option", "harm_feared"),
    '{"id": "x", "harm_feared": ["torture", null]}': ("wrong-kind", "harm_feared"),
    '{"id": "x", "harm_feared": ["torture", "torture"]}': ("duplicate-option", "harm_feared"),
    '{"id": "x", "harm_feared": ["torture"], "harm_feared.unknown": true}': (
        "answer-and-unknown", "harm_feared.unknown"),
    '{"id": "x", "country_of_origin": "XX"}': ("unknown-option", "country_of_origin"),
    '{"id": "x", "sex": "male", "sex.credibility": "sure"}': ("not-a-choice", "sex.credibility"),
    '{"sex": "male"}': ("bad-name", "id"),
    '{"id": null}': ("bad-name", "id"),
    '{"id": 17}': ("bad-name", "id"),
    '{"id": "=cmd()"}': ("bad-name", "id"),
    '{"id": "Kim Min"}': ("bad-name", "id"),
    '{"id": "x", "profile": "mars"}': ("unknown-profile", "profile"),
    '{"id": "good"}': ("duplicate-id", "id"),
    '{"format": 1, "case": "x", "facts": {"sex": "mal"}}': ("unknown-option", "sex"),
    '{"format": 1, "case": "x", "facts": {"age": NaN}}': ("wrong-kind", "age"),
    '{"format": 1, "case": "x", "about": {"office": 1e999}}': ("wrong-kind", None),
    '{"format": 1, "case": 1234567890123456789012}': ("bad-name", None),
    '{"format": 1, "case": -0}': ("bad-name", None),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_record_that_cannot_be_used_is_reported_with_its_place_and_the_others_are_scored(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "c.jsonl").write_text(f"{GOOD}\n{line}\n\n" + '{"id": "after", "age": 3}\n')
    summary, table, rejects = run(tmp_path, tmp_path / "c.jsonl")
    assert (summary.read, summary.scored, summary.rejected) == (3, 2, 1)
    assert table["id"].to_list() == ["good", "after"]
    assert {(reject["code"], reject["column"], reject["row"], reject["line"]) for reject in rejects} == {
        (*LINES[line], 2, 2)
    }
    assert all(reject["found"] and reject["remedy"] and reject["source"].endswith("c.jsonl") for reject in rejects)


@pytest.mark.parametrize("size", [1, 700])
def test_lines_parsed_in_blocks_and_one_by_one_are_rejected_alike(tmp_path: Path, size: int) -> None:
    """Seven hundred lines go by blocks, one line by itself; both tell the same of the wrong ones."""
    lines = [f'{{"id": "n{number}", "sex": "male"}}' for number in range(size)]
    for index, bad in enumerate(LINES):
        lines.insert((index * 31) % (len(lines) + 1), bad)
    (tmp_path / "c.jsonl").write_text("\n".join([GOOD, *lines]))
    summary, _, rejects = run(tmp_path, tmp_path / "c.jsonl")
    assert (summary.scored, summary.rejected) == (size + 1, len(LINES))
    assert sorted(reject["code"] for reject in rejects) == sorted(code for code, _ in LINES.values())
    for reject in rejects:
        assert LINES[[GOOD, *lines][reject["line"] - 1]] == (reject["code"], reject["column"])


def test_what_somebody_said_is_not_in_the_rejects(tmp_path: Path) -> None:
    secret = "Kim Min from Musan"
    words = [f'{{"id": "{secret}"}}', f'{{"id": "x", "sex": "{secret}"}}', f'{{"id": "y", "age": "{secret}"}}',
             f'{{"id": "z", "harm_feared": ["{secret}"]}}', f'{{"id": "q" "{secret}"']  # fmt: skip
    (tmp_path / "c.jsonl").write_text("\n".join(words))
    run(tmp_path, tmp_path / "c.jsonl")
    assert "Musan" not in (tmp_path / "rejects.jsonl").read_text()


CSV = "id,sex,age,harm_feared,claim_in_own_words\n"


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("x,mal,,,", "unknown-option", "sex"),
        ("x,male,seventeen,,", "wrong-kind", "age"),
        ("x,male,017,,", "wrong-kind", "age"),
        ("x,male,inf,,", "wrong-kind", "age"),
        ("x,male,-3,,", "out-of-range", "age"),
        ("x,male,,torture;tortur,", "unknown-option", "harm_feared"),
        ("x,male,,torture;torture,", "duplicate-option", "harm_feared"),
        ("x,male,,[torture],", "unknown-option", "harm_feared"),
        ("x,male", "broken-record", None),
        ("x,male,,,,,", "broken-record", None),
        (",male,,,", "bad-name", "id"),
        ("-1,male,,,", "bad-name", "id"),
        ("a,male,,,", "duplicate-id", "id"),
    ],
)
def test_a_row_of_csv_that_cannot_be_used_is_reported(tmp_path: Path, row: str, code: str, column: str | None) -> None:
    text = CSV + 'a,male,unknown,unknown,"one\nline, and ""another"""\n' + row + "\nb,,,[],\n"
    (tmp_path / "c.csv").write_text(text)
    summary, table, rejects = run(tmp_path, tmp_path / "c.csv")
    assert (summary.read, summary.scored, summary.rejected) == (3, 2, 1)
    assert table["id"].to_list() == ["a", "b"]
    assert [(reject["code"], reject["column"], reject["row"], reject["line"]) for reject in rejects] == [
        (code, column, 2, 4)
    ]


def test_a_column_of_the_wrong_type_never_turns_into_unknown(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a", "b"], "stateless": [True, None], "age": ["17", None]})
    frame.write_parquet(tmp_path / "c.parquet")
    _, table, rejects = run(tmp_path, tmp_path / "c.parquet")
    assert table["id"].to_list() == ["b"]
    assert {(reject["column"], reject["code"], reject["row"]) for reject in rejects} == {
        ("stateless", "wrong-kind", 1), ("age", "wrong-kind", 1)
    }  # fmt: skip


def test_a_column_that_is_no_fact_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,sexx,age,age\na,male,1,2\n")
    with pytest.raises(DiagnosticsError) as error:
        run(tmp_path, tmp_path / "c.csv")
    assert {mistake.code for mistake in error.value.diagnostics} == {"unknown-column", "duplicate-key"}
    assert list(tmp_path.iterdir()) == [tmp_path / "c.csv"]
    (tmp_path / "d.csv").write_text("id,remarks\na,male\n")
    assert run(tmp_path, tmp_path / "d.csv", ignored_columns=("remarks",))[0].scored == 1


def test_every_broken_case_file_is_reported_as_by_case_check(tmp_path: Path) -> None:
    paths = [path for path in sorted(BAD_CASES.iterdir()) if path.suffix in (".yaml", ".json")]
    summary, table, rejects = run(tmp_path, BAD_CASES)
    assert (summary.read, summary.rejected, table.height) == (len(paths), len(paths), 0)
    for path in paths:
        reported = {
            (reject["code"], reject["found"], reject["line"], reject["at"])
            for reject in rejects
            if reject["source"] == str(path)
        }
        mistakes = check_case(path, the_law())[1]
        assert reported == {
            (m.code, sanitize_line(redact(m.code, m.message, "")[0]), m.location.line, m.location.column)
            for m in mistakes
        }


def test_a_name_that_stands_twice_is_found_across_sources_and_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 300)
    names = [f"c{number % 90}" for number in range(200)]
    (tmp_path / "a.jsonl").write_text("".join(f'{{"id": "{name}"}}\n' for name in names))
    summary, table, rejects = run(tmp_path, tmp_path / "a.jsonl")
    assert (summary.scored, summary.rejected) == (90, 110)
    assert table["id"].to_list() == names[:90]
    assert [reject["line"] for reject in rejects] == [reject["row"] for reject in rejects] == list(range(91, 201))


def test_a_compressed_file_that_breaks_off_is_reported_after_what_it_still_gave(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f'{{"id": "c{number}"}}\n' for number in range(50_000)).encode())
    (tmp_path / "c.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    summary, table, rejects = run(tmp_path, tmp_path / "c.jsonl.gz")
    assert 0 < summary.scored < 50_000
    assert table["id"].to_list() == [f"c{number}" for number in range(summary.scored)]
    assert "broken-source" in {reject["code"] for reject in rejects}


def test_strict_stops_at_the_first(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(f'{GOOD}\n{{"id": "x", "sex": "mal"}}\n')
    with pytest.raises(StoppedAtReject, match="unknown-option"):
        run(tmp_path, tmp_path / "c.jsonl", strict=True)
    assert not (tmp_path / "out.parquet").exists()


def test_no_cell_of_an_output_begins_as_a_formula_does(tmp_path: Path) -> None:
    starts = ["=", "+", "-", "@", "\t", "\r", "|", "%"]
    lines = [json.dumps({"id": f"{mark}cmd", "claim_in_own_words": f"{mark}cmd"}) for mark in starts]
    (tmp_path / "c.jsonl").write_text("\n".join([*lines, json.dumps({"id": "a", "claim_in_own_words": "=cmd"})]))
    options = BatchOptions(find_sources([str(tmp_path / "c.jsonl")], None), tmp_path / "o.csv", tmp_path / "r.jsonl")
    assert run_batch(the_law(), options, nothing).scored == 1
    cells = pl.read_csv(tmp_path / "o.csv", infer_schema=False).row(0)
    assert not [cell for cell in cells if cell and cell[0] in starts]


def test_a_compressed_text_that_breaks_off_before_it_gave_anything_is_reported_once() -> None:
    packed = gzip.compress("".join(f'{{"id": "c{number}"}}\n' for number in range(900)).encode())
    stream = open_decompressed(io.BytesIO(packed[:14]), "gzip")
    pieces = list(chunks.text_chunks(sources.CaseSource("c.jsonl.gz", "jsonl", "gzip"), stream))
    assert [(chunk.data, bool(chunk.truncation)) for chunk in pieces] == [(b"", True)]


@pytest.mark.parametrize("later", ["null", "false"])
def test_unknown_said_by_the_word_is_not_cancelled_by_its_own_column(tmp_path: Path, later: str) -> None:
    for number, keys in enumerate([('"harm_feared": "unknown"', f'"harm_feared.unknown": {later}')] * 2):
        both = ", ".join(reversed(keys) if number else keys)
        (tmp_path / "c.jsonl").write_text(f'{{"id": "x", {both}}}\n')
        assert frame_of(tmp_path / "c.jsonl", "jsonl")["harm_feared.unknown"].to_list() == [True]


#: Records of which each goes the quick way or the slow one, by what stands beside it; good and bad in many ways.
EITHER_WAY = [
    *LINES,
    '{"id": "g1", "sex": "unknown", "crime_highest_penalty": 999999999999999}',
    '{"id": "g2", "age": 0, "sex.date": "0001-01-01", "sex": "male"}',
    '{"id": "g3", "harm_feared": [], "harm_feared.credibility": "accepted"}',
    '{"id": "g4", "harm_feared.unknown": true, "harm_feared.note": "said so"}',
    '{"id": "g5", "harm_feared.unknown": false, "sex.credibility": null, "sex": null}',
    '{"id": "g6", "age": 1.5e1, "claim_in_own_words": "unknown"}',
    '{"id": "g7", "age": -0.0, "profile": "uk", "sex": "male", "sex.source": "unknown"}',
    '{"id": "b1", "sex": "male", "sex.date": "0000-01-01"}',
    '{"id": "b2", "sex": "male", "sex.date": "unknown"}',
    '{"id": "b3", "age": 1000000000000000}',
    '{"id": "b3a", "age": -999999999999999}',
    '{"id": "b3b", "age": 120.5, "times_returned": 2.5}',
    '{"id": "b4", "age": -1000000000000000}',
    '{"id": "b5", "sex.note": "said so"}',
    '{"id": "b6", "age.credibility": "accepted", "age.unknown": false}',
    '{"id": "b7", "sex": "mal", "harm_feared": ["torture"], "harm_feared.unknown": true}',
    '{"profile": "mars", "sex": "mal", "age": 1e17, "age.unknown": true, "age.source": "x"}',
    '{"id": "b8", "harm_feared.unknown": "true"}',
    '{"id": "b9", "sex": "male", "sex.date": "2021-02-30"}',
    '{"id": "b10", "harm_feared": ["tortur", "tortur"], "sex.date": "2021-02-03"}',
    '{"id": "b11", "claim_in_own_words": NaN}',
    '{"id": "b12", "claim_in_own_words": 1e999}',
    '{"id": "b13", "claim_in_own_words": 123456789012345678901}',
    '{"id": 123456789012345678901}',
    '{"id": NaN}',
    "NaN",
]


def test_what_an_answer_is_does_not_depend_on_how_its_line_is_parsed(tmp_path: Path) -> None:
    """Alone a line may be parsed at once; before one that is no JSON it is looked at by itself."""
    every_name = Layout(the_law()).names(attributes=("unknown", "credibility", "source", "note", "date"))
    names = [name for name in every_name if any(f'"{name.partition(".")[0]}"' in line for line in EITHER_WAY)]
    every = json.dumps(dict.fromkeys([*names, "profile"]) | {"id": "every"})
    quick = 0
    for line in EITHER_WAY:
        readings = []
        for others in ([every], [every, "no JSON"]):
            (tmp_path / "c.jsonl").write_text("\n".join([line, *others, ""]))
            reader = ChunkReader(the_law(), keep_annotations=True)
            reader._json_columns = (*names, "profile")
            (chunk,) = chunks.read_chunks(sources.CaseSource(str(tmp_path / "c.jsonl"), "jsonl"), lambda _: True)
            quick += len(others) == 1 and reader._parse_json(chunk.data, reader._json_columns) is not None
            read = reader.read(chunk)
            row = read.frame.filter(pl.col("id") != "every").to_dicts()
            kept = {
                key: cell
                for row_cells in row
                for key, cell in row_cells.items()
                if cell is not None and cell is not False
            }
            readings.append((kept, [reject.to_json() for reject in read.rejects if reject.row == 1]))
        assert readings[0] == readings[1], line
    assert quick > 20


def test_a_record_may_have_every_column_that_there_is(tmp_path: Path) -> None:
    names = Layout(the_law()).names(attributes=("unknown", "credibility", "source", "note", "date"))
    (tmp_path / "c.jsonl").write_text(json.dumps(dict.fromkeys(names) | {"id": "a"}) + "\nno JSON\n")
    assert read(tmp_path / "c.jsonl", "jsonl")[1] == ["a"]


def test_what_is_reported_of_a_record_has_one_order_and_one_bound(tmp_path: Path) -> None:
    facts = [name for name, fact in the_law().facts.items() if fact.type == "yes_no"]
    line = json.dumps(dict.fromkeys(reversed(facts), "maybe") | {"id": "x"})
    first = json.dumps(dict.fromkeys(reversed(facts)) | {"id": "first"})
    columns = []
    for lines in ([line], [first, line], [first, line, "no JSON"]):
        (tmp_path / "c.jsonl").write_text("\n".join(lines))
        columns.append(
            [reject.column for reject in read(tmp_path / "c.jsonl", "jsonl")[2] if reject.code == "unknown-option"]
        )
    assert columns == [facts[: min(MAX_SUGGESTIONS, len(facts))]] * 3


SECRET = "tortured by officer Ri, 한국"


def test_no_message_about_columns_or_keys_repeats_what_somebody_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'c1,female,33,"{SECRET}",yes\nc2,male,20,words,no\n')
    (tmp_path / "b.csv").write_text('{"id": "c1", "sex": "female", "claim_in_own_words": "tortured by Ri"}\n' * 3)
    (tmp_path / "c.csv").write_text(f'id,sex,"{SECRET}"\na,male,\n')
    (tmp_path / "d.csv").write_text(f'id,sex,"{SECRET}","{SECRET}"\na,male,\n')
    messages = {}
    for name in "abcd":
        with pytest.raises(DiagnosticsError) as error:
            run(tmp_path, tmp_path / f"{name}.csv")
        messages[name] = str(error.value)
        assert "Ri" not in messages[name]
        assert "tortured" not in messages[name]
    for name in "ab":
        assert messages[name].endswith(
            "this first row looks like data. A table begins with the names of its columns: see `rsd batch template`."
        ), messages[name]  # fmt: skip
        assert "\n" not in messages[name]
    assert "c.csv:1:3: unknown-column: column 3 is not a fact." in messages["c"]


def test_no_reject_repeats_a_key_an_option_or_what_was_nearly_written(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    case = "format: 1\ncase: {}\nclaim: |\n  She said\nKim Chol-su was beaten: by Ri\nfacts:\n  sex: femal\n"
    (tmp_path / "cases" / "a.yaml").write_text(case.format("a") + "  past_harm: [torture, torture]\n")
    (tmp_path / "cases" / "b.jsonl").write_text(
        '{"id": "k", "Kim Chol-su was beaten": "by Ri"}\n{"id": "o", "past_harm": ["torture", "torture"]}\n'
        '{"id": "n", "sex": "femal", "sex.credibility": "accept", "profile": "ukk"}\n'
        '{"format": 1, "case": "c", "facts": {"sex": "femal", "Kim said": "yes"}}\n'
    )
    _, _, rejects = run(tmp_path, tmp_path / "cases")
    text = (tmp_path / "rejects.jsonl").read_text()
    for word in ("Kim", "Chol", '"torture\\"', '\\"female\\"', "Did you mean", "Ri"):
        assert word not in text
    assert {(reject["code"], reject["column"]) for reject in rejects} >= {
        ("unknown-fact", None), ("duplicate-option", "past_harm"), ("unknown-option", "sex"), ("unknown-key", None)
    }  # fmt: skip
    assert {reject["found"] for reject in rejects if reject["code"] == "unknown-fact"} == {
        "key 2 is not a fact.", "this is not a fact."
    }  # fmt: skip


def test_a_message_says_of_text_what_is_true_of_text_and_of_lists_what_is_true_of_lists(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,harm_feared\na,tortur\n")
    pl.DataFrame({"id": ["b"], "harm_feared": ["tortur"]}).write_parquet(tmp_path / "b.parquet")
    codes = [reject["code"] for reject in run(tmp_path, tmp_path / "[ab].*")[2]]
    assert codes == ["unknown-option", "wrong-kind"]


def test_what_is_said_beside_an_answer_that_is_not_there_is_reported_as_in_a_case_file(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,age,age.note,sex.credibility\na,,said so,\nb,unknown,said so,\nc,,,accepted\n")
    assert codes_of(read(tmp_path / "c.csv", "csv")[2]) == [
        ("missing-key", "age.note", 2), ("missing-key", "sex.credibility", 4)
    ]  # fmt: skip


def test_text_is_no_number_no_mark_and_a_number_no_name_where_a_table_has_types(tmp_path: Path) -> None:
    columns = {"age": ["17"], "age.unknown": ["true"]}
    for name, cells in columns.items():
        pl.DataFrame({"id": ["a"], name: cells}).write_parquet(tmp_path / "c.parquet")
        assert codes_of(read(tmp_path / "c.parquet", "parquet")[2]) == [("wrong-kind", name, None)]
    pl.DataFrame({"id": ["a"], "age": ["unknown"]}).write_parquet(tmp_path / "c.parquet")
    assert frame_of(tmp_path / "c.parquet", "parquet")["age.unknown"].to_list() == [True]
    for names in ([1], [["a"]], [b"a"]):
        pl.DataFrame({"id": names}).write_parquet(tmp_path / "c.parquet")
        assert codes_of(read(tmp_path / "c.parquet", "parquet")[2]) == [("bad-name", "id", None)]


def test_a_set_that_is_not_known_is_read_from_plain_text_of_parquet(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a", "b"], "harm_feared": ["unknown", None], "age": ["unknown", None]}).write_parquet(
        tmp_path / "c.parquet"
    )
    frame = frame_of(tmp_path / "c.parquet", "parquet")
    assert frame["harm_feared.unknown"].to_list() == frame["age.unknown"].to_list() == [True, False]


def test_no_fact_is_dropped_for_its_name(tmp_path: Path) -> None:
    law = the_law()
    facts = {"date" if name == "sex" else name: replace(fact, name="date") if name == "sex" else fact
             for name, fact in law.facts.items()}  # fmt: skip
    (tmp_path / "c.csv").write_text("id,date,date.note\na,male,said so\n")
    reader = ChunkReader(replace(law, facts=facts))
    (chunk,) = chunks.read_chunks(sources.CaseSource(str(tmp_path / "c.csv"), "csv"), lambda _: True)
    assert reader.read(chunk).frame.columns == ["id", "date"]

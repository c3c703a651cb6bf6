"""A quotation mark, a line end or the end of a file costs the record that it stands in, and no other."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from screen.batch.input import chunks, csv_records, sources
from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.csv_records import record_lines
from screen.diagnostics import DiagnosticsError
from tests.batch.reads import codes, read
from tests.real_law import the_law

HEADER = "id,sex,claim_in_own_words\n"


def rows(count: int, first: int = 0) -> str:
    return "".join(f"c{number},male,words\n" for number in range(first, first + count))


def test_a_mark_that_is_never_closed_costs_one_record(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(HEADER + rows(3) + 'x,male,"open\n' + rows(996, 3))
    count, names, rejects = read(tmp_path / "c.csv", "csv")
    assert (count, names) == (1000, [f"c{number}" for number in range(999)])
    assert codes(rejects) == [("broken-record", None, 5)]


@pytest.mark.parametrize("size", [40, 80, 160, 10_000])
def test_where_a_chunk_ends_changes_nothing_of_that(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", size)
    monkeypatch.setattr(chunks, "MAX_LINE_BYTES", 400)
    lines = rows(5) + 'x,male,"open\n' + rows(5, 5) + 'y,male,"one\ntwo, ""three"""\n' + 'z,male,5in"\n' + rows(30, 10)
    (tmp_path / "c.csv").write_text(HEADER + lines + 'w,male,"open again\n' + rows(40, 40))
    _, names, rejects = read(tmp_path / "c.csv", "csv")
    assert names == [*(f"c{at}" for at in range(10)), "y", "z", *(f"c{at}" for at in range(10, 80))]
    assert codes(rejects) == [("broken-record", None, 7), ("broken-record", None, 46)]


def test_a_mark_inside_a_cell_is_a_mark_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(HEADER + 'a,male,5in" wide\nb,male,say "no"\nc,male,"x, ""y"""\n')
    assert read(tmp_path / "c.csv", "csv")[1:] == (["a", "b", "c"], [])
    assert csv_records.is_well_formed(b'a,5in"\nb,6in"\n')


def test_words_after_a_mark_that_closes_are_not_joined_to_the_cell(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(HEADER + 'a,male,"said" he\nb,male,\n')
    _, names, rejects = read(tmp_path / "c.csv", "csv")
    assert (names, codes(rejects)) == (["b"], [("broken-record", None, 2)])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a,b\n",
        b'a,"b\n',
        b'a,"b\nc"\nd,"',
        b'a,"b""',
        b'a,"b"',
        b'a,"b"\r',
        b'a,5"\nb,"c',
        b'"a\n"\n',
        b'a,"b"c\nd,"\n',
    ],
)
def test_what_more_text_may_change_is_not_taken_for_a_record(text: bytes) -> None:
    end = csv_records.end_of_last_record(text)
    for more in (b"", b'"', b'"\n', b'""\n', b"\n", b"\r\n", b'x",y\n'):
        before = [record for _, record in csv_records.parse_records(text[:end], 1)]
        records = [record for _, record in csv_records.parse_records(text + more, 1)]
        assert before == records[: len(before)]


@pytest.mark.parametrize("end", ["\r", "\r\r\n"])
def test_lines_that_end_in_a_carriage_return_alone_are_refused(tmp_path: Path, end: str) -> None:
    (tmp_path / "c.csv").write_bytes((HEADER + rows(3)).replace("\n", end).encode())
    with pytest.raises(DiagnosticsError, match="broken-source: its lines end in a carriage return alone"):
        read(tmp_path / "c.csv", "csv")
    with pytest.raises(DiagnosticsError, match="broken-source"):
        chunks.read_column_names(sources.CaseSource(str(tmp_path / "c.csv"), "csv"))


def test_a_carriage_return_alone_between_records_is_reported(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes((HEADER + 'a,male,"x\ry"\r\nb,male,\rc,male,\nd,male,\n').encode())
    count, names, rejects = read(tmp_path / "c.csv", "csv")
    assert (count, names, codes(rejects)) == (3, ["a", "d"], [("broken-record", None, 3)])


def test_a_line_longer_than_any_record_is_one_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 64)
    monkeypatch.setattr(chunks, "MAX_LINE_BYTES", 200)
    long = "words " * 200
    (tmp_path / "c.csv").write_text(HEADER + f"a,male,\nb,male,{long}\nc,male,\n")
    (tmp_path / "c.jsonl").write_text(f'{{"id": "a"}}\n{{"id": "b", "claim_in_own_words": "{long}"}}\n{{"id": "c"}}\n')
    for form, line in (("csv", 3), ("jsonl", 2)):
        count, names, rejects = read(tmp_path / f"c.{form}", form)
        assert (count, names, codes(rejects)) == (3, ["a", "c"], [("broken-record", None, line)])


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_line_without_end_gives_up_its_source_and_keeps_what_came_before(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 64)
    monkeypatch.setattr(chunks, "MAX_LINE_BYTES", 200)
    monkeypatch.setattr(chunks, "_MAX_SKIPPED_BYTES", 1_000)
    before = HEADER + "a,male,\n" if form == "csv" else '{"id": "a"}\n'
    file = tmp_path / f"c.{form}"
    file.write_text(before + "\0" * 10_000 + before.splitlines()[-1])
    count, names, rejects = read(file, form)
    assert names == ["a"]
    assert [reject.code for reject in rejects] == ["broken-record", "broken-source"]
    assert count == 3


def test_the_record_at_which_a_compressed_file_breaks_off_is_not_scored_short(tmp_path: Path) -> None:
    packed = gzip.compress((HEADER + rows(900)).encode())
    (tmp_path / "c.csv.gz").write_bytes(packed[: len(packed) // 2])
    count, names, rejects = read(tmp_path / "c.csv.gz", "csv", "gzip")
    assert 0 < len(names) == count - 1
    assert [reject.code for reject in rejects] == ["broken-source"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_damaged_tail_costs_no_record_that_can_be_decompressed(tmp_path: Path, form: str) -> None:
    text = HEADER + rows(9) if form == "csv" else "".join(f'{{"id": "c{number}"}}\n' for number in range(9))
    packed = gzip.compress(text.encode())
    path = tmp_path / f"c.{form}.gz"
    for damaged in (packed[:-8] + b"\1" * 8, packed[:-8]):
        path.write_bytes(damaged)
        _, names, rejects = read(path, form, "gzip")
        assert (len(names), [reject.code for reject in rejects]) == (9, ["broken-source"])
    path.write_bytes(packed + bytes(600))  # as tapes leave them
    assert read(path, form, "gzip")[::2] == (9, [])


def test_a_header_that_cannot_be_read_is_reported_and_not_raised(tmp_path: Path) -> None:
    for text in (b'id,"' + b"x" * 200_000, "id,s\xe9x\n".encode("latin-1"), "id,sex\n".encode("utf-16")):
        (tmp_path / "c.csv").write_bytes(text)
        with pytest.raises(DiagnosticsError, match="broken-source"):
            chunks.read_column_names(sources.CaseSource(str(tmp_path / "c.csv"), "csv"))


def test_the_lines_of_a_chunk_are_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c.csv").write_text(HEADER + 'a,male,"x\ny"\n' * 5)
    calls = []
    monkeypatch.setattr(csv_records, "record_lines", lambda *of: calls.append(of) or record_lines(*of))
    (chunk,) = chunks.read_chunks(sources.CaseSource(str(tmp_path / "c.csv"), "csv"), lambda _: True)
    read_chunk = ChunkReader(the_law()).read(chunk)
    assert [read_chunk.line_of(row, chunk) for row in range(1, 6)] == [2, 4, 6, 8, 10]
    assert read_chunk.lines_of(pl.Series([2, 4]), chunk).to_list() == [4, 8]
    assert len(calls) == 1


def test_the_line_of_every_record_is_known(tmp_path: Path) -> None:
    data = b'a,1\n\n"b\nb",2\n\r\nc,"3\n\n"\nd,4'
    assert csv_records.record_lines(data, 2) == {1: 2, 2: 4, 3: 7, 4: 10}
    assert [line for line, _ in csv_records.parse_records(data, 2)] == [2, 4, 7, 10]
    assert csv_records.read_table(data, ["x", "y"]).rows() == [("a", "1"), ("b\nb", "2"), ("c", "3\n\n"), ("d", "4")]

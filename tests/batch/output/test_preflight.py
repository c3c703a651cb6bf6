"""A batch replaces and deletes nothing that it did not make, whatever is in its way and whatever it is asked to do.

The law is not tested here: the small book makes parts of a few cases in milliseconds.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from screen import files
from screen.batch.findings_schema import output_schema
from screen.batch.input import chunks
from screen.batch.input.sources import find_sources
from screen.batch.options import BatchOptions
from screen.batch.output.checkpoint import parts_folder
from screen.batch.output.join import join_findings
from screen.batch.output.preflight import OutputGuard, check_outputs, may_be_caseload
from screen.batch.output.written_files import remove_determinations, write_determination
from screen.batch.pipeline import run_batch
from screen.batch.summary import RunSummary
from screen.case.caseload import name_a_case
from screen.cli.app import app
from screen.diagnostics import DiagnosticsError
from screen.files import digest
from screen.rulebook.model import RuleBook
from tests.batch.input.test_sources import nothing
from tests.batch.output.test_resume import PowerCut, cut_off
from tests.batch.tables import Cases, as_csv, as_files, as_jsonl, as_parquet, small_cases
from tests.real_law import the_law
from tests.rulebook.small_book import GOOD, good_book

CASES = small_cases(6)
FACTS = good_book().facts
OLD = "an output of last year"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1_300)


def run(source: Path, out: Path, rejects: Path | None = None, **options: Any) -> RunSummary:
    rejects = rejects or out.with_suffix(".rejects")
    options = {"columns": ("no_return",), **options}
    return run_batch(good_book(), BatchOptions(find_sources([str(source)], None), out, rejects, **options), nothing)


def jsonl(path: Path, some: Cases = CASES) -> Path:
    return as_jsonl(path, some, good_book())


def source_of(folder: Path) -> Path:
    """Return a source with four rejects, two of them cases that occur twice."""
    path = jsonl(folder / "c.jsonl", small_cases(40))
    lines = path.read_text().splitlines()
    lines[5:5] = ['{"id": "x", "way_out": "rivr"}', "no record"]
    path.write_text("\n".join([*lines, lines[0], lines[20]]) + "\n")
    return path


def rsd(*words: object) -> int:
    """Return the exit code of a command under the small book."""
    return app([*map(str, words), "--rules", str(GOOD)], standalone_mode=False) or 0


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ── the hidden folder ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("options", [{}, {"overwrite": True}, {"resume": True}])
def test_a_hidden_folder_that_is_a_link_or_open_to_others_is_not_changed(
    tmp_path: Path, options: dict[str, bool]
) -> None:
    source = jsonl(tmp_path / "c.jsonl")
    victim = as_files(tmp_path / "victim", CASES, good_book())
    victim.chmod(0o700)
    before = contents(victim)
    parts_folder(tmp_path / "linked.csv").symlink_to(victim)
    shutil.copytree(victim, parts_folder(tmp_path / "open.csv"))
    parts_folder(tmp_path / "open.csv").chmod(0o755)
    for name in ("linked.csv", "open.csv"):
        with pytest.raises(DiagnosticsError, match="not-ours"):
            run(source, tmp_path / name, **options)
        assert contents(victim) == contents(parts_folder(tmp_path / name)) == before
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize("options", [{}, {"overwrite": True}, {"resume": True}])
def test_a_hidden_folder_without_a_plan_is_not_taken_for_a_checkpoint(tmp_path: Path, options: dict[str, bool]) -> None:
    source, out = jsonl(tmp_path / "c.jsonl"), tmp_path / "o.csv"
    as_files(parts_folder(out), CASES, good_book())
    parts_folder(out).chmod(0o700)
    (parts_folder(out) / "output").write_text("somebody's")
    before = contents(parts_folder(out))
    with pytest.raises(DiagnosticsError, match="not-ours: something other than an unfinished run"):
        run(source, out, **options)
    assert contents(parts_folder(out)) == before


def test_other_files_in_the_hidden_folder_outlive_the_run(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    cut_off(source, out)
    (parts_folder(out) / "notes.yaml").write_text("somebody's")
    (parts_folder(out) / "part-000001.yaml").write_text("somebody's")
    run(source, out, overwrite=True)
    assert contents(parts_folder(out)) == {"notes.yaml": b"somebody's", "part-000001.yaml": b"somebody's"}


def forge_checkpoint(out: Path, **more: object) -> None:
    """Put a checkpoint next to an output, as anybody can who may write there."""
    parts_folder(out).mkdir(mode=0o700)
    (parts_folder(out) / "plan.json").write_text(json.dumps({"asked": {}, "exchanges": [str(out)], **more}))


@pytest.mark.parametrize("options", [{}, {"resume": True}])
def test_a_forged_plan_gives_no_permission_to_replace(tmp_path: Path, options: dict[str, bool]) -> None:
    source, out = jsonl(tmp_path / "c.jsonl"), tmp_path / "o.csv"
    out.write_text(OLD)
    forge_checkpoint(out, overwrite=True, rejects=str(out))
    status = out.stat()
    identity = [status.st_ino, status.st_size, status.st_mtime_ns]
    (parts_folder(out) / "complete.json").write_text(json.dumps({"output": identity}))
    with pytest.raises(DiagnosticsError, match="already-there"):
        run(source, out, **options)
    assert out.read_text() == OLD


def part_record(determinations: dict[str, str]) -> str:
    counts = {"source": 0, "read": 1, "scored": 1, "rejected": 0, "bytes": 1, "codes": {}, "counts": {}}
    return json.dumps({"sizes": {}, "determinations": determinations, **counts})


def test_a_forged_part_deletes_no_file_that_it_names(tmp_path: Path) -> None:
    source, out, reports = tmp_path / "c.jsonl", tmp_path / "o.csv", tmp_path / "reports"
    jsonl(source)
    reports.mkdir()
    elsewhere = tmp_path / "elsewhere.md"
    for path in (elsewhere, reports / "changed.md", reports / "case.yaml", reports / "twice.md"):
        path.write_text("somebody's")
    os.link(reports / "twice.md", tmp_path / "twice")
    (reports / "link.md").symlink_to(elsewhere)
    with elsewhere.open("rb", buffering=0) as file:
        content = digest(file)
    names = dict.fromkeys(("../elsewhere.md", str(elsewhere), "case.yaml", "link.md", "twice.md", "a\x00.md"), content)
    forge_checkpoint(out)
    (parts_folder(out) / "part-000001.json").write_text(part_record({**names, "changed.md": "0" * 64}))
    words = ("batch", source, "--out", out, "--reports", reports, "--overwrite", "--summary", "none")
    before = contents(reports)
    assert rsd(*words) == 0
    assert before.items() <= contents(reports).items()
    assert elsewhere.read_text() == (tmp_path / "twice").read_text() == "somebody's"
    assert (reports / "link.md").is_symlink()


# ── files in the way ────────────────────────────────────────────────────────────────────────────────────────────────


def as_gzip(path: Path, some: Cases, book: RuleBook) -> Path:
    path.write_bytes(gzip.compress(as_jsonl(path.with_suffix(".plain"), some, book).read_bytes()))
    return path


def truncated(make: Callable[[Path, Cases, RuleBook], Path]) -> Callable[[Path, Cases, RuleBook], Path]:
    def make_half(path: Path, some: Cases, book: RuleBook) -> Path:
        data = make(path, some, book).read_bytes()
        path.write_bytes(data[: len(data) // 2])
        return path

    return make_half


CASELOADS: dict[str, Callable[[Path, Cases, RuleBook], Path]] = {
    "jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet, "gzip": as_gzip, "broken parquet": truncated(as_parquet),
    "broken gzip": truncated(as_gzip),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASELOADS)
def test_a_caseload_is_replaced_neither_by_an_output_nor_by_rejects(tmp_path: Path, kind: str) -> None:
    source = source_of(tmp_path)
    for number, (out, rejects) in enumerate((("load.csv", "r.jsonl"), ("o.csv", "load.jsonl"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        load = folder / next(name for name in (out, rejects) if "load" in name)
        CASELOADS[kind](load, small_cases(40), good_book())
        before = load.read_bytes()
        words = ("--out", folder / out, "--rejects", folder / rejects, "--overwrite", "--summary", "none")
        with pytest.raises(DiagnosticsError, match="already-there: this may be a case file or a caseload"):
            rsd("batch", source, *words)
        with pytest.raises(DiagnosticsError, match="this may be a case file or a caseload"):
            run(source, folder / out, folder / rejects, overwrite=True)
        assert load.read_bytes() == before
        assert not parts_folder(folder / out).exists()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.zst"])
def test_an_earlier_output_is_replaced_if_asked_to(tmp_path: Path, ending: str) -> None:
    source, out = source_of(tmp_path), tmp_path / f"o.{ending}"
    columns = ("profile", "facts_missing", "open_questions")
    run(source, out, columns=columns)
    with out.open("rb") as file:
        assert not may_be_caseload(file, FACTS)
    before = out.read_bytes()
    with pytest.raises(DiagnosticsError, match=r"already-there: there is a file .* say --overwrite"):
        run(source, out, columns=columns)
    run(jsonl(source), out, columns=columns, overwrite=True)
    assert out.read_bytes() != before


def test_a_packed_caseload_that_breaks_off_anywhere_is_still_one(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    packed = gzip.compress(b'{"id": "a", "age": 30, "sex": "female"}\n' * 3)
    for end in range(3, len(packed)):  # the first bytes say that it is packed
        path.write_bytes(packed[:end])
        with path.open("rb") as file:
            assert may_be_caseload(file, FACTS), f"after {end} bytes"


def test_no_column_of_an_output_is_a_column_of_a_caseload() -> None:
    book = the_law()
    for profiles in ((), tuple(book.profiles)):
        assert not name_a_case(["id", *output_schema(book, profiles)], book.facts)


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_written_through_a_link(tmp_path: Path, overwrite: bool) -> None:
    source, victim = source_of(tmp_path), tmp_path / "victim.csv"
    victim.write_text(OLD)
    for out, rejects in (("link.csv", "r.jsonl"), ("o.csv", "link.csv")):
        (tmp_path / "link.csv").unlink(missing_ok=True)
        (tmp_path / "link.csv").symlink_to(victim)
        with pytest.raises(DiagnosticsError, match="this is a link"):
            run(source, tmp_path / out, tmp_path / rejects, overwrite=overwrite)
        assert victim.read_text() == OLD
        assert (tmp_path / "link.csv").is_symlink()


def test_temporary_names_of_others_next_to_rejects_are_not_touched(tmp_path: Path) -> None:
    source, far = source_of(tmp_path), tmp_path / "far"
    far.mkdir()
    case = far / "case.yaml"
    case.write_text("somebody's")
    for name in (".r.jsonl.rsd-part", ".rsd-notes.part", ".rsd-0123-4567.part"):
        (far / name).symlink_to(case)
    before = sorted(path.name for path in far.iterdir())
    run(source, tmp_path / "o.csv", far / "r.jsonl")
    assert sorted(path.name for path in far.iterdir()) == sorted([*before, "r.jsonl"])
    assert case.read_text() == "somebody's"


@pytest.mark.parametrize("kind", ["output", "rejects"])
def test_a_file_made_during_a_run_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    path = {"output": out, "rejects": out.with_suffix(".rejects")}[kind]
    real = files.move

    def slow(source: files.Folder, name: str, *more: Any, **options: Any) -> None:
        if name == kind:
            path.write_text("somebody's")
        real(source, name, *more, **options)

    with monkeypatch.context() as patch:
        patch.setattr(files, "move", slow)
        with pytest.raises(DiagnosticsError, match="already-there: a file of that name was made in the meantime"):
            run(source, out)
    with pytest.raises(DiagnosticsError, match="already-there"):
        run(source, out, resume=True)
    assert path.read_text() == "somebody's"
    path.unlink()
    assert run(source, out, resume=True).rejected == 4
    assert not parts_folder(out).exists()


@pytest.mark.parametrize("kind", ["output", "rejects"])
@pytest.mark.parametrize("what", ["caseload", "link"])
def test_a_name_is_checked_again_right_before_it_is_taken(tmp_path: Path, what: str, kind: str) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    path = {"output": out, "rejects": out.with_suffix(".rejects")}[kind]
    load = jsonl(tmp_path / "load.jsonl")
    before = load.read_bytes()

    def meanwhile(*_: int) -> None:
        if not path.exists():
            path.symlink_to(load) if what == "link" else path.write_bytes(before)

    options = BatchOptions(
        find_sources([str(source)], None), out, out.with_suffix(".rejects"), (), ("no_return",), overwrite=True
    )
    with pytest.raises(DiagnosticsError, match=r"already-there: this (is a link|may be a case)"):
        run_batch(good_book(), options, meanwhile)
    assert path.read_bytes() == load.read_bytes() == before
    assert path.is_symlink() == (what == "link")


def test_what_is_written_over_an_earlier_output_during_a_run_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    out.write_text(OLD)
    real = files.move

    def slow(source: files.Folder, name: str, *more: Any, **options: Any) -> None:
        if name == "output":
            out.write_text("somebody's words")
        real(source, name, *more, **options)

    monkeypatch.setattr(files, "move", slow)
    with pytest.raises(DiagnosticsError, match="somebody else changed the file meanwhile"):
        run(source, out, overwrite=True)
    assert out.read_text() == "somebody's words"


def test_only_a_file_of_rejects_is_deleted_with_its_output(tmp_path: Path) -> None:
    source, out = jsonl(tmp_path / "c.jsonl"), tmp_path / "o.csv"
    out.write_text(OLD)
    out.with_suffix(".rejects").write_text("somebody's notes\n")
    run(source, out, overwrite=True)
    assert out.with_suffix(".rejects").read_text() == "somebody's notes\n"


def test_with_resume_a_caseload_in_the_way_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    load = jsonl(tmp_path / "load.jsonl")
    (tmp_path / "o.csv").write_text(OLD)
    check_outputs(tmp_path / "o.csv", tmp_path / "r.jsonl", OutputGuard(FACTS), resume=True)
    with pytest.raises(DiagnosticsError, match="caseload"):
        check_outputs(tmp_path / "o.csv", load, OutputGuard(FACTS), resume=True)
    with pytest.raises(DiagnosticsError, match="say --overwrite"):
        check_outputs(tmp_path / "o.csv", tmp_path / "r.jsonl", OutputGuard(FACTS))


def test_a_join_replaces_no_caseload_and_no_shard(tmp_path: Path) -> None:
    shard = tmp_path / "shard.csv"
    run(jsonl(tmp_path / "c.jsonl"), shard)
    load = as_csv(tmp_path / "load.csv", CASES, good_book())
    for path in (load, shard):
        before = path.read_bytes()
        with pytest.raises(DiagnosticsError, match=r"caseload|one of the sources"):
            join_findings(
                good_book(), find_sources([str(shard)], None), path, tmp_path / "r.jsonl", nothing, overwrite=True
            )
        assert path.read_bytes() == before


def test_an_unfinished_run_is_not_given_up_for_one_that_may_not_begin(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    lines = source.read_text().splitlines()
    source.write_text("\n".join([*lines[:5], *lines[7:]]))  # the first mistake stands in the last part
    with pytest.raises(DiagnosticsError, match="duplicate-id"):
        run(source, out, strict=True)
    out.write_text("somebody's")
    before = contents(parts_folder(out))
    with pytest.raises(DiagnosticsError, match="already-there"):
        run(source, out)
    assert contents(parts_folder(out)) == before
    assert before


# ── determinations ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_determination_goes_through_a_link_or_into_a_case(tmp_path: Path) -> None:
    source, reports = tmp_path / "c.jsonl", tmp_path / "reports"
    source.write_text('{"id":"a"}\n')
    reports.mkdir()
    case = tmp_path / "case.yaml"
    words = ("batch", source, "--out", tmp_path / "o.csv", "--reports", reports, "--overwrite", "--summary", "none")
    for lay in (lambda: (reports / "a.md").symlink_to(case), lambda: (reports / "a.md").write_text(case.read_text())):
        case.write_text("format: 1\ncase: A\nclaim: words\nfacts: {}\n")
        (reports / "a.md").unlink(missing_ok=True)
        lay()
        with pytest.raises(DiagnosticsError, match=r"already-there: this (is a link|may be a case)"):
            rsd(*words)
        assert (reports / "a.md").read_text() == case.read_text() == "format: 1\ncase: A\nclaim: words\nfacts: {}\n"


def test_a_determination_replaces_an_earlier_one_and_leaves_the_same_content_untouched(tmp_path: Path) -> None:
    with files.open_parent(tmp_path / "any") as folder:
        for data, guard in ((b"# old\n", OutputGuard(FACTS)), (b"# new\n", OutputGuard(FACTS, overwrite=True))):
            write_determination(folder, "a.md", data, guard)
            number = (tmp_path / "a.md").stat().st_ino
            content = write_determination(folder, "a.md", data, OutputGuard(FACTS))
            assert (tmp_path / "a.md").stat().st_ino == number
        with pytest.raises(DiagnosticsError, match="already-there"):
            write_determination(folder, "a.md", b"# other\n", OutputGuard(FACTS))
        assert (tmp_path / "a.md").read_bytes() == b"# new\n"
        remove_determinations(folder, {"a.md": content})
    assert list(tmp_path.iterdir()) == []


def test_determinations_of_a_run_that_is_given_up_are_deleted_even_if_the_deletion_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out, reports = tmp_path / "c.jsonl", tmp_path / "o.csv", tmp_path / "reports"
    source.write_text("".join(f'{{"id":"case-{n}"}}\n' for n in range(3)) + "{\n")
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 16)  # a record a part
    words = ("batch", source, "--out", out, "--reports", reports, "--strict", "--summary", "none", "--jobs", "1")
    assert rsd(*words) == 1
    assert len(list(reports.iterdir())) > 1
    source.write_text('{"id":"other"}\n')
    real = files.Folder.remove

    def cut_power(folder: files.Folder, name: str) -> None:
        if name.startswith("case-"):
            raise PowerCut
        real(folder, name)

    with monkeypatch.context() as patch:
        patch.setattr(files.Folder, "remove", cut_power)
        with pytest.raises(PowerCut):
            rsd(*words)
    assert rsd(*words, "--resume") == 0
    assert [path.name for path in reports.iterdir()] == ["other.md"]
    assert pl.read_csv(out)["id"].to_list() == ["other"]

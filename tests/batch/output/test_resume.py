"""An interrupted run keeps what it has finished and can be continued; no case is lost, and none is written twice.

The law is not tested here: the small book makes parts of a few cases in milliseconds.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pytest

from screen import files
from screen.batch.input import chunks
from screen.batch.input.sources import find_sources
from screen.batch.options import BatchOptions
from screen.batch.output.checkpoint import Checkpoint, parts_folder
from screen.batch.output.formats import output_format
from screen.batch.output.preflight import OutputGuard
from screen.batch.pipeline import run_batch
from screen.batch.summary import RunSummary
from screen.diagnostics import DiagnosticsError
from screen.files import Folder
from tests.batch.input.test_sources import nothing
from tests.batch.tables import as_jsonl, small_cases
from tests.command import rsd
from tests.paths import ROOT
from tests.rulebook.small_book import GOOD, good_book

CASES = small_cases(40)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1_300)


def run(source: Path, out: Path, **options: Any) -> RunSummary:
    """Run with a single column, since the law is not tested here."""
    options = {"columns": ("no_return",), **options}
    return run_batch(
        good_book(),
        BatchOptions(find_sources([str(source)], None), out, out.with_suffix(".rejects"), **options),
        nothing,
    )


def source_of(folder: Path) -> Path:
    """Return a source with rejects and two cases that occur twice, far apart."""
    path = as_jsonl(folder / "c.jsonl", CASES, good_book())
    lines = path.read_text().splitlines()
    lines[5:5] = ['{"id": "x", "way_out": "rivr"}', "no record"]
    path.write_text("\n".join([*lines, lines[0], lines[20]]) + "\n")
    return path


def finished_parts(out: Path) -> int:
    """Return how many parts of an output are finished."""
    return len(list(parts_folder(out).glob("part-*.json")))


class PowerCut(BaseException):
    """The power fails."""


@pytest.mark.parametrize("ending", ["parquet", "csv.gz", "jsonl"])
def test_a_run_that_is_cut_off_anywhere_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """The power fails after some fsyncs, again and again, and the end of what was written is lost."""
    source = source_of(tmp_path)
    complete = tmp_path / f"complete.{ending}"
    undisturbed = run(source, complete)
    real = os.fsync
    left = 0

    def fsync(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            size = os.fstat(handle).st_size
            if stat.S_ISREG(os.fstat(handle).st_mode):
                os.ftruncate(handle, size - min(size, 7))  # the end of what was written is lost
            raise PowerCut
        real(handle)

    out = tmp_path / f"cut.{ending}"
    rounds = 0
    while not out.exists() or parts_folder(out).exists():
        rounds += 1
        left = 21 if not out.exists() else 99  # enough for a part or two, and then no more
        monkeypatch.setattr(os, "fsync", fsync)
        try:
            summary = run(source, out, resume=True)
        except PowerCut:
            continue
        finally:
            monkeypatch.setattr(os, "fsync", real)
        assert rounds < 60
    assert summary == undisturbed
    assert rounds > 2
    assert out.read_bytes() == complete.read_bytes()
    assert out.with_suffix(".rejects").read_bytes() == complete.with_suffix(".rejects").read_bytes()
    assert not parts_folder(out).exists()


def test_a_run_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = source_of(tmp_path).read_text().splitlines()
    many = [line.replace('"C-', f'"K{number}-') for number in range(5) for line in lines[:38]]
    (tmp_path / "many.jsonl").write_text("\n".join(many))
    script = (
        "import sys; sys.path.insert(0, 'src')\nfrom screen.batch.input import chunks\n"
        "chunks.CHUNK_BYTES = 2_000\nfrom screen.cli.app import main\n"
        "if __name__ == '__main__': main()\n"
    )
    (tmp_path / "rsd.py").write_text(script)
    words = ["-q", "batch", str(tmp_path / "many.jsonl"), "--rules", str(GOOD), "--columns", "no_return", "--out"]
    command = [sys.executable, str(tmp_path / "rsd.py"), *words]
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 2_000)
    assert rsd(*words, tmp_path / "complete.parquet").returncode == 3
    out = tmp_path / "o.parquet"
    kills = 0
    for _ in range(40):
        child = subprocess.Popen([*command, str(out), "--resume"], cwd=ROOT, stderr=subprocess.DEVNULL)
        before = finished_parts(out)
        while child.poll() is None:
            time.sleep(0.002)
            if kills < 2 and finished_parts(out) > before:
                child.send_signal(signal.SIGKILL)
                kills += 1
                child.wait()
        if out.exists():
            break
    assert kills >= 2
    assert child.returncode == 3
    assert out.read_bytes() == (tmp_path / "complete.parquet").read_bytes()
    ids = pl.read_parquet(out)["id"]
    assert ids.n_unique() == len(ids) == 36 * 5


def test_what_is_kept_is_readable_by_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Checkpoint, "finish", full)
    with pytest.raises(OSError, match="space"):
        run(source, out)
    kept = parts_folder(out)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}


def test_a_full_disk_is_reported_and_what_is_finished_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    real, left = os.fsync, 30

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        DiagnosticsError, match=r"cannot-write: .*no space left.* is kept, and --resume continues\. Make room"
    ):
        run(source, out)
    monkeypatch.setattr(os, "fsync", real)
    assert finished_parts(out)
    assert not out.exists()
    assert run(source, out, resume=True) == run(source, tmp_path / "p.parquet")


def cut_off(source: Path, out: Path) -> None:
    """Leave a run unfinished after its first part."""

    def cut_power(*_: int) -> None:
        raise PowerCut

    options = BatchOptions(
        find_sources([str(source)], None), out, out.with_suffix(".rejects"), ("strict",), columns=("no_return",)
    )
    with pytest.raises(PowerCut):
        run_batch(good_book(), options, cut_power)
    assert parts_folder(out).exists()


def test_an_unfinished_run_is_neither_overwritten_nor_continued_without_being_asked_to(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    more: dict[str, Any] = {"profiles": ("strict",)}
    with pytest.raises(DiagnosticsError, match="unfinished-run"):
        run(source, out, **more)
    with pytest.raises(DiagnosticsError, match=r"other-run: .*columns"):
        run(source, out, resume=True, profiles=("strict",), columns=("refugee",))
    with pytest.raises(DiagnosticsError, match=r"other-run: .*determinations"):
        run(source, out, resume=True, extra_outputs=("reports",), **more)
    source.write_text(source.read_text() + '{"id": "late"}\n')
    with pytest.raises(DiagnosticsError, match=r"other-run: .*sources"):
        run(source, out, resume=True, **more)
    assert run(source, out, overwrite=True).scored == len(CASES) + 1
    assert not parts_folder(out).exists()


def test_a_source_at_which_strict_stopped_can_be_mended_and_run_again(tmp_path: Path) -> None:
    for resume in (False, True):
        source, out = source_of(tmp_path), tmp_path / f"{resume}.parquet"
        with pytest.raises(DiagnosticsError, match="unknown-option"):
            run(source, out, strict=True)
        lines = source.read_text().splitlines()
        source.write_text("\n".join([*lines[:5], *lines[7:-2]]))
        assert run(source, out, strict=True, resume=resume).scored == len(CASES)
        assert not parts_folder(out).exists()


def test_a_run_that_strict_stopped_continues_past_the_record_without_strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    lines = source.read_text().splitlines()
    source.write_text("\n".join([*lines[:5], *lines[7:]]))  # the first mistake stands in the last chunk
    complete = run(source, tmp_path / "complete.csv")
    with pytest.raises(DiagnosticsError, match="duplicate-id"):
        run(source, out, strict=True)
    assert finished_parts(out) > 1
    read_before: list[int] = []
    options = BatchOptions(
        find_sources([str(source)], None), out, out.with_suffix(".rejects"), (), ("no_return",), resume=True
    )
    summary = run_batch(good_book(), options, nothing, on_resume=lambda read, *_: read_before.append(read))
    assert summary == complete
    assert 0 < read_before[0] < summary.read
    assert out.read_bytes() == (tmp_path / "complete.csv").read_bytes()


def test_rejects_of_an_output_that_is_replaced_are_deleted(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    run(source, out)
    assert out.with_suffix(".rejects").exists()
    as_jsonl(source, CASES, good_book())
    run(source, out, overwrite=True)
    assert not out.with_suffix(".rejects").exists()


def cut_off_at(moment: str, monkeypatch: pytest.MonkeyPatch, source: Path, out: Path, **options: Any) -> None:
    """Leave a run cut off before or after it gives the complete output its name."""
    real = files.move

    def move(source: Folder, name: str, *more: Any, **options: Any) -> None:
        if moment == "before" and name == "output":
            raise PowerCut
        real(source, name, *more, **options)
        if moment == "after" and name == "output":
            raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(files, "move", move)
        with pytest.raises(PowerCut):
            run(source, out, **options)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_cut_off_at_its_last_step_is_completed_by_the_next_with_the_same_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    complete = run(source, tmp_path / "complete.parquet")
    cut_off_at(moment, monkeypatch, source, out)
    with pytest.raises(DiagnosticsError, match=r"unfinished-run|already-there"):
        run(source, out)
    assert run(source, out, resume=True) == complete
    assert out.read_bytes() == (tmp_path / "complete.parquet").read_bytes()
    assert out.with_suffix(".rejects").exists()
    assert not parts_folder(out).exists()


def test_an_output_that_somebody_took_away_does_not_count_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off_at("after", monkeypatch, source, out)
    out.rename(tmp_path / "mine.parquet")
    with pytest.raises(DiagnosticsError, match=r"unfinished-run: .*cannot be used"):
        run(source, out, resume=True)
    out.write_text("somebody's notes")
    with pytest.raises(DiagnosticsError, match="cannot be used"):
        run(source, out, resume=True)
    assert out.read_text() == "somebody's notes"


def test_a_file_with_the_name_of_the_output_is_never_taken_for_the_output(tmp_path: Path) -> None:
    """Not even the output of a run that has ended: nothing is kept of that run."""
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    out.write_text("somebody's notes")
    for resume in (False, True):
        with pytest.raises(DiagnosticsError, match=r"already-there: .* --overwrite"):
            run(source, out, resume=resume)
    assert out.read_text() == "somebody's notes"
    assert not parts_folder(out).exists()
    assert run(source, out, resume=True, overwrite=True).rejected
    with pytest.raises(DiagnosticsError, match=r"already-there: .*there is no unfinished run next to it"):
        run(source, out, resume=True)


def test_a_file_made_since_a_run_began_is_not_replaced_by_the_run_that_continues(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    out.write_text("somebody's notes")
    more: dict[str, Any] = {"profiles": ("strict",), "resume": True}
    with pytest.raises(DiagnosticsError, match="already-there"):
        run(source, out, **more)
    assert run(source, out, overwrite=True, **more).read


def test_permission_to_replace_counts_for_one_run_and_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not kept on the disk, where anybody could have written it."""
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    out.write_text("an output of last year")
    cut_off_at("before", monkeypatch, source, out, overwrite=True)
    with pytest.raises(DiagnosticsError, match=r"already-there: .* say --overwrite again"):
        run(source, out, resume=True)
    assert out.read_text() == "an output of last year"
    assert run(source, out, resume=True, overwrite=True).read
    assert out.read_text().startswith("id,")


@pytest.mark.parametrize("plan", ["", "[]"])
def test_a_checkpoint_that_cannot_be_read_is_reported(tmp_path: Path, plan: str) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    (parts_folder(out) / "plan.json").write_text(plan)
    with pytest.raises(DiagnosticsError, match=r"unfinished-run: .*cannot be used\. Begin again with --overwrite"):
        run(source, out, resume=True)
    assert run(source, out, overwrite=True).read


def test_a_run_without_a_finished_part_is_begun_again_without_being_asked_to(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    for path in parts_folder(out).glob("part-*.json"):
        path.write_bytes(b"torn")
    assert run(source, out).read
    (tmp_path / "wrong.csv").write_text("id,nothing_of_ours\na,1\n")
    with pytest.raises(DiagnosticsError, match="unknown-column"):
        run(tmp_path / "wrong.csv", tmp_path / "p.csv")
    assert not parts_folder(tmp_path / "p.csv").exists()


def test_rejects_can_go_to_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out, far = source_of(tmp_path), tmp_path / "o.csv", tmp_path / "far"
    far.mkdir()
    full = True

    def other_disk(source: Folder, target: Folder) -> bool:
        return target.path != far

    real = files.write_all

    def add(file: BinaryIO, data: bytes) -> None:
        if full and Path(f"/proc/self/fd/{file.fileno()}").readlink().parent == far:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(file, data)

    monkeypatch.setattr(files, "_same_disk", other_disk)
    monkeypatch.setattr(files, "write_all", add)

    def run_with_rejects(rejects: str, **more: Any) -> RunSummary:
        options = BatchOptions(find_sources([str(source)], None), out, far / rejects, (), ("no_return",), **more)
        return run_batch(good_book(), options, nothing)

    with pytest.raises(DiagnosticsError, match=r"no space left.* is kept, and --resume continues\. Make room"):
        run_with_rejects("r.jsonl")
    assert list(far.iterdir()) == []
    full = False
    (far / "notes.txt").write_text("somebody's")
    with pytest.raises(DiagnosticsError, match="already-there"):
        run_with_rejects("notes.txt", resume=True)
    assert run_with_rejects("s.jsonl", resume=True).rejected == 4
    assert (far / "s.jsonl").read_bytes().count(b"\n") == 4
    assert stat.S_IMODE((far / "s.jsonl").stat().st_mode) == 0o600
    assert {path.name for path in far.iterdir()} == {"s.jsonl", "notes.txt"}


def test_a_file_that_cannot_grow_is_reported_and_is_no_fault_of_the_program(tmp_path: Path) -> None:
    lines = as_jsonl(tmp_path / "c.jsonl", CASES, good_book()).read_text().splitlines()
    many = [line.replace('"C-', f'"K{number}-') for number in range(40) for line in lines]
    (tmp_path / "c.jsonl").write_text("\n".join(many))
    command = [sys.executable, "-m", "screen", "batch", str(tmp_path / "c.jsonl"), "--out", str(tmp_path / "o.csv")]
    command += ["--rules", str(GOOD)]
    limit = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); os.execv("
    limited = [sys.executable, "-c", f"{limit}sys.argv[1], sys.argv[1:])", *command]
    done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot-write: the file could not be written: file too large. Nothing was finished. Make room" in done.stderr


def test_two_runs_do_not_write_the_same_output(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    arguments: tuple[Any, ...] = (out, {}, tmp_path / "r", OutputGuard(()), output_format(out.name))
    with Checkpoint(*arguments), pytest.raises(DiagnosticsError, match="already-running"):
        Checkpoint(*arguments, resume=True)
    assert source.exists()


def test_the_output_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    run(source, out)
    for path in (out, out.with_suffix(".rejects")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

"""A run that is interrupted keeps what it has finished and goes on; no case is lost and none is there twice."""

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
from screen.batch.output.checkpoint import Checkpoint, parts_folder
from screen.batch.output.formats import output_format
from screen.batch.output.preflight import OutputGuard
from screen.batch.pipeline import BatchOptions, RunSummary, run_batch
from screen.diagnostics import DiagnosticsError
from screen.files import Folder
from tests.batch.input.test_sources import nothing
from tests.batch.tables import as_jsonl, cases
from tests.paths import ROOT
from tests.real_law import the_law

CASES = cases(40)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 8000)


def go(source: Path, out: Path, **more: Any) -> RunSummary:
    """Run with one column, since what is tried here is not the law."""
    more = {"columns": ("credibility",), **more}
    return run_batch(
        the_law(), BatchOptions(find_sources([str(source)], None), out, out.with_suffix(".rejects"), **more), nothing
    )


def source_of(folder: Path) -> Path:
    """Return a source with rejects and a case that stands twice, far apart."""
    path = as_jsonl(folder / "c.jsonl", CASES)
    lines = path.read_text().splitlines()
    lines[5:5] = ['{"id": "x", "sex": "mal"}', "no record"]
    path.write_text("\n".join([*lines, lines[0], lines[20]]) + "\n")
    return path


def finished(out: Path) -> int:
    """Return how many parts of an output are finished."""
    return len(list(parts_folder(out).glob("part-*.json")))


class Power(BaseException):
    """The power is gone."""


@pytest.mark.parametrize("ending", ["parquet", "csv.gz", "jsonl"])
def test_wherever_a_run_is_cut_off_it_ends_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Every write and every fsync is the last one once, with half of what was to be written on the disk."""
    source = source_of(tmp_path)
    whole = tmp_path / f"whole.{ending}"
    undisturbed = go(source, whole)
    real = os.fsync
    left = 0

    def fsync(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            size = os.fstat(handle).st_size
            if stat.S_ISREG(os.fstat(handle).st_mode):
                os.ftruncate(handle, size - min(size, 7))  # the end of what was written did not get there
            raise Power
        real(handle)

    out = tmp_path / f"cut.{ending}"
    rounds = 0
    while not out.exists() or parts_folder(out).exists():
        rounds += 1
        left = 21 if not out.exists() else 99  # enough for a part or two, and then no more
        monkeypatch.setattr(os, "fsync", fsync)
        try:
            told = go(source, out, resume=True)
        except Power:
            continue
        finally:
            monkeypatch.setattr(os, "fsync", real)
        assert rounds < 60
    assert told == undisturbed
    assert rounds > 2
    assert out.read_bytes() == whole.read_bytes()
    assert out.with_suffix(".rejects").read_bytes() == whole.with_suffix(".rejects").read_bytes()
    assert not parts_folder(out).exists()


def test_killed_again_and_again_a_run_still_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    lines = source_of(tmp_path).read_text().splitlines()
    many = [line.replace('"C-', f'"K{number}-') for number in range(8) for line in lines[:38]]
    (tmp_path / "many.jsonl").write_text("\n".join(many))
    script = (
        "import sys; sys.path.insert(0, 'src')\nfrom screen.batch import sources, run\n"
        "sources.CHUNK_BYTES = run.CHUNK_BYTES = 30_000\nfrom screen.cli.app import main\n"
        "if __name__ == '__main__': main()\n"
    )
    (tmp_path / "rsd.py").write_text(script)
    command = [sys.executable, str(tmp_path / "rsd.py"), "-q", "batch", str(tmp_path / "many.jsonl")]
    command += ["--columns", "credibility", "--out"]
    subprocess.run([*command, str(tmp_path / "whole.parquet")], cwd=ROOT, check=False)
    out = tmp_path / "o.parquet"
    kills = 0
    for _ in range(40):
        child = subprocess.Popen([*command, str(out), "--resume"], cwd=ROOT, stderr=subprocess.DEVNULL)
        before = finished(out)
        while child.poll() is None:
            time.sleep(0.005)
            if kills < 4 and finished(out) > before:
                child.send_signal(signal.SIGKILL)
                kills += 1
                child.wait()
        if out.exists():
            break
    assert kills >= 2
    assert child.returncode == 3
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    ids = pl.read_parquet(out)["id"]
    assert ids.n_unique() == len(ids) == 36 * 8


def test_what_is_kept_is_kept_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Checkpoint, "finish", full)
    with pytest.raises(OSError, match="space"):
        go(source, out)
    kept = parts_folder(out)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}


def test_a_full_disk_is_told_and_what_is_finished_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        go(source, out)
    monkeypatch.setattr(os, "fsync", real)
    assert finished(out)
    assert not out.exists()
    assert go(source, out, resume=True) == go(source, tmp_path / "p.parquet")


def cut_off(source: Path, out: Path) -> None:
    """Leave a run unfinished after its first part."""

    def power(*_: int) -> None:
        raise Power

    wanted = BatchOptions(
        find_sources([str(source)], None), out, out.with_suffix(".rejects"), ("paper",), columns=("credibility",)
    )
    with pytest.raises(Power):
        run_batch(the_law(), wanted, power)
    assert parts_folder(out).exists()


def test_an_unfinished_run_is_neither_overwritten_nor_gone_on_with_unasked(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    more: dict[str, Any] = {"profiles": ("paper",)}
    with pytest.raises(DiagnosticsError, match="unfinished-run"):
        go(source, out, **more)
    with pytest.raises(DiagnosticsError, match=r"other-run: .*columns"):
        go(source, out, resume=True, profiles=("paper",), columns=("priority",))
    with pytest.raises(DiagnosticsError, match=r"other-run: .*determinations"):
        go(source, out, resume=True, beside=("reports",), **more)
    source.write_text(source.read_text() + '{"id": "late"}\n')
    with pytest.raises(DiagnosticsError, match=r"other-run: .*sources"):
        go(source, out, resume=True, **more)
    assert go(source, out, anew=True).scored == len(CASES) + 1
    assert not parts_folder(out).exists()


def test_what_strict_stopped_is_mended_and_run_again_as_if_nothing_had_been(tmp_path: Path) -> None:
    for resume in (False, True):
        source, out = source_of(tmp_path), tmp_path / f"{resume}.parquet"
        with pytest.raises(DiagnosticsError, match="unknown-option"):
            go(source, out, strict=True)
        lines = source.read_text().splitlines()
        source.write_text("\n".join([*lines[:5], *lines[7:-2]]))
        assert go(source, out, strict=True, resume=resume).scored == len(CASES)
        assert not parts_folder(out).exists()


def test_a_run_that_strict_stopped_goes_on_past_the_record_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    lines = source.read_text().splitlines()
    source.write_text("\n".join([*lines[:5], *lines[7:]]))  # the first mistake stands in the last chunk
    whole = go(source, tmp_path / "whole.csv")
    with pytest.raises(DiagnosticsError, match="duplicate-id"):
        go(source, out, strict=True)
    assert finished(out) > 1
    begun: list[int] = []
    wanted = BatchOptions(
        find_sources([str(source)], None), out, out.with_suffix(".rejects"), (), ("credibility",), resume=True
    )
    told = run_batch(the_law(), wanted, nothing, on_resume=lambda read, *_: begun.append(read))
    assert told == whole
    assert 0 < begun[0] < told.read
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_rejects_of_an_output_that_is_exchanged_do_not_outlive_it(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    go(source, out)
    assert out.with_suffix(".rejects").exists()
    as_jsonl(source, CASES)
    go(source, out, anew=True)
    assert not out.with_suffix(".rejects").exists()


def cut_off_at(moment: str, monkeypatch: pytest.MonkeyPatch, source: Path, out: Path, **more: Any) -> None:
    """Leave a run cut off while it gives what is complete its names."""
    real = files.move

    def move(source: Folder, name: str, *more: Any, **options: Any) -> None:
        if moment == "before" and name == "output":
            raise Power
        real(source, name, *more, **options)
        if moment == "after" and name == "output":
            raise Power

    with monkeypatch.context() as patch:
        patch.setattr(files, "move", move)
        with pytest.raises(Power):
            go(source, out, **more)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_cut_off_at_its_last_step_a_run_is_ended_by_the_next_with_the_same_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    whole = go(source, tmp_path / "whole.parquet")
    cut_off_at(moment, monkeypatch, source, out)
    with pytest.raises(DiagnosticsError, match=r"unfinished-run|already-there"):
        go(source, out)
    assert go(source, out, resume=True) == whole
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert out.with_suffix(".rejects").exists()
    assert not parts_folder(out).exists()


def test_an_output_that_somebody_took_away_is_not_taken_for_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off_at("after", monkeypatch, source, out)
    out.rename(tmp_path / "mine.parquet")
    with pytest.raises(DiagnosticsError, match=r"unfinished-run: .*cannot be used"):
        go(source, out, resume=True)
    out.write_text("somebody's notes")
    with pytest.raises(DiagnosticsError, match="cannot be used"):
        go(source, out, resume=True)
    assert out.read_text() == "somebody's notes"


def test_a_file_of_the_outputs_name_is_never_taken_for_the_output(tmp_path: Path) -> None:
    """Also not where it is: a run that ended told its account once, and no record of that lies about."""
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    out.write_text("somebody's notes")
    for resume in (False, True):
        with pytest.raises(DiagnosticsError, match=r"already-there: .* --overwrite"):
            go(source, out, resume=resume)
    assert out.read_text() == "somebody's notes"
    assert not parts_folder(out).exists()
    told = go(source, out, resume=True, anew=True)
    assert told.rejected
    with pytest.raises(DiagnosticsError, match=r"already-there: .*no unfinished run is next to it"):
        go(source, out, resume=True)


def test_what_came_to_lie_there_since_a_run_began_is_not_exchanged_by_the_one_that_goes_on(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    out.write_text("somebody's notes")
    more: dict[str, Any] = {"profiles": ("paper",), "resume": True}
    with pytest.raises(DiagnosticsError, match="already-there"):
        go(source, out, **more)
    assert go(source, out, anew=True, **more).read


def test_permission_to_replace_is_given_for_one_run_and_said_again_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not kept on the disk, where anybody could have written it."""
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    out.write_text("an output of last year")
    cut_off_at("before", monkeypatch, source, out, anew=True)
    with pytest.raises(DiagnosticsError, match=r"already-there: .* say --overwrite again"):
        go(source, out, resume=True)
    assert out.read_text() == "an output of last year"
    assert go(source, out, resume=True, anew=True).read
    assert out.read_text().startswith("id,")


@pytest.mark.parametrize("plan", ["", "[]"])
def test_what_is_kept_and_cannot_be_read_is_told(tmp_path: Path, plan: str) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    (parts_folder(out) / "plan.json").write_text(plan)
    with pytest.raises(DiagnosticsError, match=r"unfinished-run: .*cannot be used\. Begin again with --overwrite"):
        go(source, out, resume=True)
    assert go(source, out, anew=True).read


def test_a_run_that_had_finished_no_part_is_begun_anew_unasked(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    for path in parts_folder(out).glob("part-*.json"):
        path.write_bytes(b"torn")
    assert go(source, out).read
    (tmp_path / "wrong.csv").write_text("id,nothing_of_ours\na,1\n")
    with pytest.raises(DiagnosticsError, match="unknown-column"):
        go(tmp_path / "wrong.csv", tmp_path / "p.csv")
    assert not parts_folder(tmp_path / "p.csv").exists()


def test_rejects_go_to_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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

    def ran(rejects: str, **more: Any) -> RunSummary:
        wanted = BatchOptions(find_sources([str(source)], None), out, far / rejects, (), ("credibility",), **more)
        return run_batch(the_law(), wanted, nothing)

    with pytest.raises(DiagnosticsError, match=r"no space left.* is kept, and --resume continues\. Make room"):
        ran("r.jsonl")
    assert list(far.iterdir()) == []
    full = False
    (far / "notes.txt").write_text("somebody's")
    with pytest.raises(DiagnosticsError, match="already-there"):
        ran("notes.txt", resume=True)
    assert ran("s.jsonl", resume=True).rejected == 4
    assert (far / "s.jsonl").read_bytes().count(b"\n") == 4
    assert stat.S_IMODE((far / "s.jsonl").stat().st_mode) == 0o600
    assert {path.name for path in far.iterdir()} == {"s.jsonl", "notes.txt"}


def test_a_file_that_can_grow_no_more_is_told_and_is_no_mistake_of_the_programs_own(tmp_path: Path) -> None:
    lines = as_jsonl(tmp_path / "c.jsonl", CASES).read_text().splitlines()
    many = [line.replace('"C-', f'"K{number}-') for number in range(40) for line in lines]
    (tmp_path / "c.jsonl").write_text("\n".join(many))
    command = [sys.executable, "-m", "screen", "batch", str(tmp_path / "c.jsonl"), "--out", str(tmp_path / "o.csv")]
    limit = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); os.execv("
    whole = [sys.executable, "-c", f"{limit}sys.argv[1], sys.argv[1:])", *command]
    done = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot-write: the file could not be written: file too large. Nothing was finished. Make room" in done.stderr


def test_two_runs_do_not_write_one_output(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    asked: tuple[Any, ...] = (out, {}, tmp_path / "r", OutputGuard(()), output_format(out.name))
    with Checkpoint(*asked), pytest.raises(DiagnosticsError, match="already-running"):
        Checkpoint(*asked, resume=True)
    assert source.exists()


def test_the_output_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    go(source, out)
    for path in (out, out.with_suffix(".rejects")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

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
from typing import Any

import polars as pl
import pytest

from screen.batch import parts as parts_room
from screen.batch import sources
from screen.batch.parts import folder_of
from screen.batch.run import Told, Wanted, run
from screen.batch.sources import sources_of
from screen.mistake import Mistakes
from tests.batch.tables import as_jsonl, cases
from tests.batch.test_sources import nothing
from tests.real_law import the_law

ROOT = Path(__file__).resolve().parents[2]
CASES = cases(40)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "TEXT_BYTES", 8000)


def go(source: Path, out: Path, **more: Any) -> Told:
    """Run with one column, since what is tried here is not the law."""
    more = {"columns": ("credibility",), **more}
    return run(the_law(), Wanted(sources_of([str(source)], None), out, out.with_suffix(".rejects"), **more), nothing)


def source_of(folder: Path) -> Path:
    """Return a source with rejects and a case that stands twice, far apart."""
    path = as_jsonl(folder / "c.jsonl", CASES)
    lines = path.read_text().splitlines()
    lines[5:5] = ['{"id": "x", "sex": "mal"}', "no record"]
    path.write_text("\n".join([*lines, lines[0], lines[20]]) + "\n")
    return path


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
    while not out.exists():
        rounds += 1
        left = 9  # enough for a part or two, and then no more
        monkeypatch.setattr(parts_room.os, "fsync", fsync)
        try:
            told = go(source, out, resume=True)
        except Power:
            assert not out.exists() or rounds > 2
        finally:
            monkeypatch.setattr(parts_room.os, "fsync", real)
        assert rounds < 60
    if folder_of(out).exists():  # cut off between the last exchange and the tidying up
        from screen.batch.writing import finished_before

        assert finished_before(out, resume=True)
    else:
        assert told == undisturbed
    assert rounds > 2
    assert out.read_bytes() == whole.read_bytes()
    assert out.with_suffix(".rejects").read_bytes() == whole.with_suffix(".rejects").read_bytes()
    assert not folder_of(out).exists()


def test_killed_again_and_again_a_run_still_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    lines = source_of(tmp_path).read_text().splitlines()
    many = [line.replace('"C-', f'"K{number}-') for number in range(8) for line in lines[:38]]
    (tmp_path / "many.jsonl").write_text("\n".join(many))
    script = (
        "import sys; sys.path.insert(0, 'src')\nfrom screen.batch import sources, run\n"
        "sources.TEXT_BYTES = run.TEXT_BYTES = 30_000\nfrom screen.cli.app import main\n"
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
        journal = folder_of(out) / "journal"
        before = journal.stat().st_size if journal.exists() else 0
        while child.poll() is None:
            time.sleep(0.005)
            if kills < 4 and journal.exists() and journal.stat().st_size > before:
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

    monkeypatch.setattr(parts_room.Parts, "finish", full)
    with pytest.raises(OSError, match="space"):
        go(source, out)
    kept = folder_of(out)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}


def test_a_full_disk_is_told_and_what_is_finished_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    real, left = os.fsync, 12

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(parts_room.os, "fsync", full)
    with pytest.raises(Mistakes, match=r"cannot-write: .*no space left.* Make room and go on with --resume"):
        go(source, out)
    monkeypatch.setattr(parts_room.os, "fsync", real)
    assert (folder_of(out) / "journal").stat().st_size
    assert not out.exists()
    assert go(source, out, resume=True) == go(source, tmp_path / "p.parquet")


def cut_off(source: Path, out: Path) -> None:
    """Leave a run unfinished after its first part."""

    def power(*_: int) -> None:
        raise Power

    with pytest.raises(Power):
        run(the_law(), Wanted(sources_of([str(source)], None), out, out.with_suffix(".rejects"), ("paper",)), power)
    assert folder_of(out).exists()


def test_an_unfinished_run_is_neither_overwritten_nor_gone_on_with_unasked(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    cut_off(source, out)
    more: dict[str, Any] = {"profiles": ("paper",), "columns": None}
    with pytest.raises(Mistakes, match="unfinished-run"):
        go(source, out, **more)
    with pytest.raises(Mistakes, match=r"other-run: .*columns"):
        go(source, out, resume=True, profiles=("paper",), columns=("priority",))
    with pytest.raises(Mistakes, match=r"other-run: .*determinations"):
        go(source, out, resume=True, beside=("reports",), **more)
    source.write_text(source.read_text() + '{"id": "late"}\n')
    with pytest.raises(Mistakes, match=r"other-run: .*sources"):
        go(source, out, resume=True, **more)
    assert go(source, out, anew=True).scored == len(CASES) + 1
    assert not folder_of(out).exists()


def test_what_strict_stopped_is_mended_and_run_again_as_if_nothing_had_been(tmp_path: Path) -> None:
    for resume in (False, True):
        source, out = source_of(tmp_path), tmp_path / f"{resume}.parquet"
        with pytest.raises(Mistakes, match="unknown-option"):
            go(source, out, strict=True)
        lines = source.read_text().splitlines()
        source.write_text("\n".join([*lines[:5], *lines[7:-2]]))
        assert go(source, out, strict=True, resume=resume).scored == len(CASES)
        assert not folder_of(out).exists()


def test_a_run_that_strict_stopped_goes_on_past_the_record_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    lines = source.read_text().splitlines()
    source.write_text("\n".join([*lines[:5], *lines[7:]]))  # the first mistake stands in the last chunk
    whole = go(source, tmp_path / "whole.csv")
    with pytest.raises(Mistakes, match="duplicate-id"):
        go(source, out, strict=True)
    kept = (folder_of(out) / "journal").read_bytes().count(b"\n")
    assert kept > 1
    begun: list[int] = []
    wanted = Wanted(
        sources_of([str(source)], None), out, out.with_suffix(".rejects"), (), ("credibility",), resume=True
    )
    told = run(the_law(), wanted, nothing, begun=lambda read, *_: begun.append(read))
    assert told == whole
    assert 0 < begun[0] < told.read
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_rejects_of_an_output_that_is_exchanged_do_not_outlive_it(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.csv"
    go(source, out)
    assert out.with_suffix(".rejects").exists()
    as_jsonl(source, CASES)
    go(source, out)
    assert not out.with_suffix(".rejects").exists()


def test_two_runs_do_not_write_one_output(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    with parts_room.Parts(out, {}, resume=False), pytest.raises(Mistakes, match="already-running"):
        parts_room.Parts(out, {}, resume=True)
    assert source.exists()


def test_the_output_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    source, out = source_of(tmp_path), tmp_path / "o.parquet"
    go(source, out)
    for path in (out, out.with_suffix(".rejects")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

"""Case files read in processes of their own come out as case files read here do."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path

import polars as pl
import pytest

from screen.batch.input import worker_pool
from screen.batch.input.case_files import CaseFileReader, CaseRows
from screen.batch.input.sources import find_sources, read_case_bytes
from screen.batch.input.worker_pool import PendingRead, WorkerPool, collect, start_workers
from screen.batch.options import BatchOptions
from screen.batch.output.checkpoint import is_unfinished
from screen.batch.pipeline import run_batch
from screen.batch.summary import RunSummary
from screen.cli.app import app
from screen.diagnostics import Location
from tests.batch.input.test_sources import nothing
from tests.real_law import the_law

BROKEN = {3: "format: 2\ncase: a\n", 4: "{", 11: "format: 1\ncase: n-11\nfacts: {fled_hunger_or_so: yes}\n"}


def folder_of(where: Path, count: int) -> Path:
    folder = where / "cases"
    folder.mkdir()
    for number in range(count):
        facts = f"country_of_origin: {'KP' if number % 3 else 'unknown'}"
        more = f"\n  age: {number}" if number % 5 == 0 else "\n  matters_raised: [food, exit]" * (number % 2)
        text = BROKEN.get(number, f"format: 1\ncase: n-{number}\nfacts:\n  {facts}{more}\n")
        (folder / f"{number:04}.yaml").write_text(text, encoding="utf-8")
    return folder


def ran(
    folder: Path, out: Path, readers: WorkerPool | None, *, resume: bool = False
) -> tuple[RunSummary, bytes, bytes]:
    rejects = out.with_name(f"{out.name}.rejects")
    wanted = BatchOptions(find_sources([str(folder)], None), out, rejects, resume=resume)
    told = run_batch(the_law(), wanted, nothing, worker_pool=readers)
    return told, out.read_bytes(), rejects.read_bytes()


def test_processes_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path, 23)
    here = ran(folder, tmp_path / "here.jsonl", None)
    monkeypatch.setattr(worker_pool, "PIECE", 4)
    with WorkerPool(the_law(), 2, keep_annotations=False) as readers:
        there = ran(folder, tmp_path / "there.jsonl", readers)
    assert here[0] == there[0]
    assert (here[0].read, here[0].rejected) == (23, len(BROKEN))
    assert here[2] == there[2]
    wide = [pl.read_ndjson(tmp_path / f"{name}.jsonl", infer_schema_length=None) for name in ("here", "there")]
    assert wide[0].equals(wide[1])


def test_pieces_put_together_are_what_one_reading_gathers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(path) for path in sorted(folder_of(tmp_path, 23).iterdir())]
    whole = CaseFileReader(the_law()).read_files(paths)
    monkeypatch.setattr(worker_pool, "PIECE", 5)
    with WorkerPool(the_law(), 2, keep_annotations=False) as readers:
        found = collect(readers.start_reading(paths), CaseFileReader(the_law()))
    assert found == whole
    assert (found.file_count, found.height) == (23, 20)
    assert {one.row - 1 for one in found.rejects} == set(BROKEN)


def test_whoever_waits_reads_the_pieces_that_no_process_has_taken_and_the_order_stays(tmp_path: Path) -> None:
    files, paths = CaseFileReader(the_law()), [str(path) for path in sorted(folder_of(tmp_path, 23).iterdir())]
    pieces = [paths[first : first + 5] for first in range(0, len(paths), 5)]
    readings: list[Future[CaseRows]] = [Future() for _ in pieces]
    for reading in readings[:2]:  # what a process took, in their order; it has read the first
        reading.set_running_or_notify_cancel()
    readings[0].set_result(files.read_files(pieces[0]))
    whole: Future[list[Future[CaseRows]]] = Future()
    whole.set_result(readings)
    read: list[str] = []

    class Here(CaseFileReader):
        def gathered(self, paths: Iterable[str], read_file: Callable[[str], bytes] = read_case_bytes) -> CaseRows:
            read.extend(paths)
            if not readings[1].done():  # by now the process has read the second one
                readings[1].set_result(files.read_files(pieces[1]))
            return super().read_files(paths, read_file)

    found = collect(PendingRead(pieces, whole), Here(the_law()))
    assert found == files.read_files(paths)
    assert read == [*pieces[4], *pieces[3], *pieces[2]]


def test_few_files_are_read_here(tmp_path: Path) -> None:
    sources = find_sources([str(folder_of(tmp_path, 5))], None)
    assert start_workers(the_law(), sources, 8, keep_annotations=False) is None


def test_one_core_reads_by_itself_and_two_need_one_process_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "PIECE", 2)
    monkeypatch.setattr(worker_pool, "Readers", lambda book, processes, words: processes)
    sources = find_sources([str(folder_of(tmp_path, 20))], None)
    assert [start_workers(the_law(), sources, jobs, keep_annotations=False) for jobs in (1, 2, 3, 64)] == [
        None,
        1,
        2,
        5,
    ]


def test_a_process_that_reads_loads_no_tables() -> None:
    tables = "{'polars', 'pyarrow', 'pandas', 'typer'}"
    code = f"import screen.batch.input.worker_pool, sys; print({tables} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_reading_process_that_the_system_ends_ends_the_run_and_no_case_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "PIECE", 4)  # more pieces than could be read here before they are missed
    folder, out = folder_of(tmp_path, 40), tmp_path / "out.jsonl"
    with WorkerPool(the_law(), 2, keep_annotations=False) as readers:
        for piece in readers.start_reading(find_sources([str(folder)], None)[0].paths).futures.result():
            piece.result()  # both are up
        for process in list(readers._pool._processes.values()):
            process.kill()
        with pytest.raises(BrokenExecutor):
            ran(folder, out, readers)
    assert not out.exists()
    assert ran(folder, out, None, resume=True)[0].read == 40


def test_a_run_whose_reading_process_ended_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise BrokenExecutor("a child ended")

    left = []
    monkeypatch.setattr("screen.cli.batch.command._run", broken)
    monkeypatch.setattr("screen.cli.batch.interruption._leave", lambda code: left.append(code) or sys.exit(code))
    with pytest.raises(SystemExit):
        app(["batch", str(folder_of(tmp_path, 2)), "--out", str(tmp_path / "out.jsonl")], standalone_mode=False)
    told = capsys.readouterr().err
    assert left == [1]
    assert "was ended from outside" in told
    assert "Try again." in told


def begun_on(folder: Path, out: Path) -> subprocess.Popen[str]:
    """Return a run over case files that processes read, begun."""
    command = [sys.executable, "-m", "screen", "batch", str(folder), "--out", str(out), "--jobs", "2"]
    begun = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while begun.poll() is None and not is_unfinished(out):
        time.sleep(0.01)
    return begun


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_while_case_files_are_read_a_run_can_be_gone_on_with(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder, out = folder_of(tmp_path, 4000), tmp_path / "out.jsonl"
    with begun_on(folder, out) as begun:
        try:
            begun.send_signal(number)
            _, complaint = begun.communicate(timeout=60)
        finally:
            begun.kill()
    assert begun.returncode == 128 + number, complaint
    assert complaint == "Interrupted. What is finished is kept: continue with --resume.\n"
    assert not out.exists()


def test_nobody_waits_for_what_a_killed_run_had_begun(tmp_path: Path) -> None:
    folder, out = folder_of(tmp_path, 4000), tmp_path / "out.jsonl"
    with begun_on(folder, out) as begun:
        begun.kill()
        begun.communicate(timeout=20)  # its processes hold the pipe open as long as they live


def test_a_place_in_a_rejected_file_survives_the_way_back(tmp_path: Path) -> None:
    paths = [str(path) for path in sorted(folder_of(tmp_path, 12).iterdir())]
    with WorkerPool(the_law(), 2, keep_annotations=False) as readers:
        found = collect(readers.start_reading(paths), CaseFileReader(the_law()))
    wrong = next(one for one in found.rejects if one.row == 12)
    assert Location(wrong.source, wrong.line or 0, wrong.at or 0) == Location(paths[11], 3, 9)

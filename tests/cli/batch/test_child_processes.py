"""A run over case files can be interrupted, resumed and killed, with the processes that write determinations."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

from screen.batch.output.checkpoint import is_unfinished
from screen.cli.app import app


def folder_of(where: Path, count: int) -> Path:
    folder = where / "cases"
    folder.mkdir()
    for number in range(count):
        text = f"format: 1\ncase: n-{number}\nfacts:\n  country_of_origin: KP\n  age: {number % 90}\n"
        (folder / f"{number:04}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_run_whose_process_ended_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise BrokenExecutor("a child ended")

    exit_codes = []
    monkeypatch.setattr("screen.cli.batch.command._run", broken)
    monkeypatch.setattr("screen.cli.batch.interruption._exit", lambda code: exit_codes.append(code) or sys.exit(code))
    with pytest.raises(SystemExit):
        app(["batch", str(folder_of(tmp_path, 2)), "--out", str(tmp_path / "out.jsonl")], standalone_mode=False)
    errors = capsys.readouterr().err
    assert exit_codes == [1]
    assert "was ended from outside" in errors
    assert "Try again." in errors


def start_run(folder: Path, out: Path) -> subprocess.Popen[str]:
    """Return a run that has begun its output, and writes determinations in processes."""
    command = [sys.executable, "-m", "screen", "batch", str(folder), "--out", str(out), "--jobs", "2"]
    command += ["--reports", str(out.with_name("reports"))]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while run.poll() is None and not is_unfinished(out):
        time.sleep(0.01)
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_over_case_files_can_be_resumed_after_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    folder, out = folder_of(tmp_path, 1000), tmp_path / "out.jsonl"
    with start_run(folder, out) as run:
        try:
            run.send_signal(number)
            _, errors = run.communicate(timeout=60)
        finally:
            run.kill()
    assert run.returncode == 128 + number, errors
    assert errors == "Interrupted. What is finished is kept: continue with --resume.\n"
    assert not out.exists()


def test_the_processes_of_a_killed_run_end_with_it(tmp_path: Path) -> None:
    folder, out = folder_of(tmp_path, 1000), tmp_path / "out.jsonl"
    with start_run(folder, out) as run:
        deadline = time.monotonic() + 60
        reports = out.with_name("reports")
        while time.monotonic() < deadline and not (reports.is_dir() and any(reports.iterdir())):
            time.sleep(0.01)
        run.kill()
        run.communicate(timeout=20)  # its processes hold the pipe open as long as they live
    assert run.returncode == -signal.SIGKILL

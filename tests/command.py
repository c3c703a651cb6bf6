"""`rsd` as somebody types it, in this process: a start costs more than most commands."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from screen.cli.app import main


def rsd(*words: object, stdin: str | None = None, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess:
    """Return the finished command; its cache is the machine's own, its terminal is none."""
    out, err = _Stream(), _Stream()
    with (
        mock.patch.dict(os.environ, {"NO_COLOR": "1", "COLUMNS": "100", **env}),
        mock.patch.object(sys, "argv", ["rsd", *map(str, words)]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO((stdin or "").encode()), encoding="utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _inside(cwd),
    ):
        code = _code_of(main)
    return subprocess.CompletedProcess(words, code, out.text(), err.text())


class _Stream(io.TextIOWrapper):
    """Standard output or error as a file would take it."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        """Return what was written."""
        self.flush()
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined]


@contextlib.contextmanager
def _inside(folder: Path | None) -> Iterator[None]:
    with contextlib.chdir(folder) if folder else contextlib.nullcontext():
        yield


def _code_of(command: object) -> int:
    try:
        command()  # type: ignore[operator]
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1 if left.code else 0
    return 0

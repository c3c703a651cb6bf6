"""`rsd` as the campaign runs it: in a process of its own, in one that stays, or forked from one that has it loaded.

The only module here that imports the program or knows how it is begun. What it imports is the entry that the installed
command `rsd` calls: a start of Python costs more than most commands, and fifty thousand of them would take a day.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.paths import ROOT

RULES = ROOT / "rules"
SMALL_RULES = ROOT / "tests/rulebook/good"
CASES = tuple(sorted((ROOT / "examples/cases").glob("*.yaml")))

#: The command as it is installed.
RSD = str(Path(sys.executable).with_name("rsd"))

#: Nothing that is measured here takes so long, however busy the machine is: past this, a command stands still.
STANDSTILL = 90.0

#: More address space than any command here may need; without it a bomb that goes off takes the machine along.
_ADDRESSES = 8 << 30


@dataclass(frozen=True)
class Done:
    """A command that has ended: `code` is None where it stood still and was killed, negative where a signal ended it.

    `seconds` are of the processor, so that a busy machine does not count; `memory` is the peak in megabytes.
    """

    words: tuple[str, ...]
    code: int | None
    out: str
    err: str
    seconds: float
    memory: int

    @property
    def text(self) -> str:
        """All that was printed."""
        return self.out + self.err


def _decoded(printed: bytes) -> str:
    """Return what was printed as text: UTF-16 where it begins so, as `PYTHONIOENCODING` can ask for."""
    encoding = "utf-16" if printed.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return printed.decode(encoding, "replace")


def home(folder: Path) -> dict[str, str]:
    """Return surroundings in which the program keeps its own files below `folder` and meets none of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "COLUMNS": "100",
        "TERM": "xterm-256color",
        "NO_COLOR": "1",
    }


def run(
    *words: object,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bytes = b"",
    before: Sequence[str] = (),
    limit: float = STANDSTILL,
) -> Done:
    """Return `rsd WORDS…` run in a process of its own; `before` stands in front of it, such as strace."""
    return finished([*before, RSD, *map(str, words)], cwd=cwd, env=env, stdin=stdin, limit=limit)


def finished(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes = b"", limit: float = STANDSTILL
) -> Done:
    """Return any command run to its end, all that it began with it."""
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        child = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdin=given, stdout=out, stderr=err, start_new_session=True
        )
        code, used = _wait(child, limit)
        said = [_written(stream) for stream in (out, err)]
    return Done(tuple(command), code, *said, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def _written(stream: IO[bytes]) -> str:
    stream.seek(0)
    return _decoded(stream.read())


def _wait(child: subprocess.Popen[bytes], limit: float) -> tuple[int | None, resource.struct_rusage]:
    """Return the exit code and what was used; all of its processes are killed after the limit."""
    end = time.monotonic() + limit
    pause = 0.002
    while True:
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, used
        if time.monotonic() > end:
            os.killpg(child.pid, signal.SIGKILL)
            _, _, used = os.wait4(child.pid, 0)
            child.returncode = -signal.SIGKILL
            return None, used
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


class Served:
    """`rsd` in a process that stays, so that a command costs no start; it is begun again when one ends it."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder, self.env = folder, dict(env)
        self.child: subprocess.Popen[bytes] | None = None
        self.served = 0
        folder.mkdir(parents=True, exist_ok=True)

    def run(
        self,
        *words: object,
        cwd: Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        limit: float = STANDSTILL,
    ) -> Done:
        """Return `rsd WORDS…` run in the process that stays."""
        if self.child is None or self.served >= 400:  # what many commands leave in memory would look like one's own
            self.stop()
            self.child = subprocess.Popen(
                [sys.executable, "-m", "tests.campaign.served", str(self.folder)],
                cwd=ROOT, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            self.served = 0
        self.served += 1
        (self.folder / "in").write_bytes(stdin)
        asked = {"words": [str(word) for word in words], "cwd": str(cwd), "env": dict(env or {})}
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps(asked).encode() + b"\n")
        self.child.stdin.flush()
        answer = self._answer(limit)
        said = [_decoded((self.folder / name).read_bytes()) for name in ("out", "err")]
        if isinstance(answer, dict):
            return Done(tuple(asked["words"]), answer["code"], *said, answer["seconds"], answer["memory"])
        return Done(tuple(asked["words"]), answer, *said, 0.0, 0)

    def _answer(self, limit: float) -> dict[str, float] | int | None:
        """Return what the process says; its exit code where the command ended it, None where it stands still."""
        assert self.child is not None
        assert self.child.stdout is not None
        if not select.select([self.child.stdout], [], [], limit)[0]:
            self.stop()
            return None
        line = self.child.stdout.readline()
        if line:
            answer: dict[str, float] = json.loads(line)
            return answer
        code = self.child.wait()
        self.child = None
        return code

    def stop(self) -> None:
        """End the process."""
        if self.child is not None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
            for stream in (self.child.stdin, self.child.stdout):
                if stream is not None:
                    stream.close()
        self.child = None


def enter(words: Sequence[str]) -> int:
    """Return the exit code of `rsd WORDS…` run in this process; whatever else it raises comes through."""
    from screen.__main__ import main

    sys.argv = ["rsd", *words]
    try:
        main()
        sys.stdout.flush()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1 if left.code else 0
    return 0


def load(*words: str, cwd: Path, env: Mapping[str, str], stdin: bytes = b"") -> None:
    """Import what `rsd WORDS…` imports, so that a child forked from here begins at once.

    The command itself runs in a child: only the names of its modules come back, and none is written down here.
    """
    import importlib

    script = (
        "import json, os, sys\nfrom tests.campaign.program import enter\n"
        "os.chdir(sys.argv[1])\nenter(sys.argv[2:])\n"
        "print('\\n' + json.dumps([name for name in sys.modules if '.' in name or name.islower()]))"
    )
    done = finished(
        [sys.executable, "-c", script, str(cwd), *words], cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT)}, stdin=stdin
    )
    for name in json.loads(done.out.rsplit("\n", 2)[-2]):
        if name.startswith(("__main__", "tests.")):
            continue
        with contextlib.suppress(ImportError):  # a name that a package gives itself
            importlib.import_module(name)


def has(tool: str) -> bool:
    """Say whether a tool is installed."""
    return shutil.which(tool) is not None


def fresh_streams() -> None:
    """Begin the three standard streams again, on descriptors 0, 1 and 2 as they are now."""
    sys.stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)

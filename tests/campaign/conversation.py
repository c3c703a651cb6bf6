"""An interview under way, in plain lines through pipes or with keys in a terminal: asked, answered, killed, ended."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.campaign import program

_ASKED = re.compile(r"q save and\s+quit")
_FINISHED = "Enter to finish"


class Conversation:
    """`rsd interview` and both ends of what it is connected to; `log` is all that it printed.

    `words`: another command than an interview of `file`. `forked`: the child is forked from here and begins at once;
    otherwise it is a process of its own, with `before` in front of it.
    """

    def __init__(
        self,
        file: str,
        *,
        keys: bool,
        cwd: Path,
        env: Mapping[str, str],
        forked: bool = False,
        before: Sequence[str] = (),
        words: Sequence[str] = (),
    ) -> None:
        self.keys, self.log, self.code = keys, "", None
        words = list(words) or ["interview", *([] if keys else ["--plain"]), *([file] if file else [])]
        begin = (
            (lambda: _enter(words, cwd, env))
            if forked
            else (lambda: _execute([*before, program.RSD, *words], cwd, env))
        )
        if keys:
            self.given, terminal = pty.openpty()
            self.said, self.terminal = self.given, os.ttyname(terminal)
            self.pid = os.fork()
            if self.pid == 0:
                os.close(self.given)
                os.login_tty(terminal)
                time.sleep(0.02)  # until the terminal has its size
                begin()
            os.close(terminal)
            self.resize(50, 100)
        else:
            self.pid, self.given, self.said = _piped(begin)
        self.seen = 0

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self.given, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def question(self, limit: float = 30.0) -> str | None:
        """Return the words of the next question; None where the interview is over.

        Raises TimeoutError where neither comes.
        """
        end, self.seen = time.monotonic() + limit, len(self.log)
        nudge = end - limit / 2
        while time.monotonic() < end:
            if not self.read(0.5) and self.code is not None:
                return None
            new = self.log[self.seen :]
            if _FINISHED in new:
                return None
            if not self.keys and new.endswith("Answer: "):
                return new
            if self.keys and _ASKED.search(new) and not self._more(0.05):
                return new
            if self.keys and time.monotonic() > nudge:
                nudge = end  # a busy machine may drop a key
                self.send(b"\r")
        raise TimeoutError(f"no question within {limit:.0f} s; the last words: {self.log[-200:]!r}")

    def _more(self, wait: float) -> bool:
        return bool(select.select([self.said], [], [], wait)[0])

    def read(self, wait: float) -> bool:
        """Take in what was printed, and say whether anything was; where the program has ended, note how."""
        if not self._more(wait):
            return False
        try:
            piece = os.read(self.said, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # how a terminal says that the program is gone
                raise
            piece = b""
        self.log += piece.decode("utf-8", "replace")
        if not piece and self.code is None:
            self.code = _exit_code(self.pid, 10.0)
        return bool(piece)

    def send(self, data: bytes) -> int:
        """Type, reading meanwhile, or both would wait for each other; return how many bytes were not taken."""
        os.set_blocking(self.given, False)
        end = time.monotonic() + 30
        while data and time.monotonic() < end:
            try:
                data = data[os.write(self.given, data[:1000]) :]
            except BlockingIOError:
                self.read(0.01)
            except OSError:
                break
            if self.keys:
                self.read(0.0)
        return len(data)

    def answer(self, question: str) -> None:
        """Answer a question in a way that hangs on its words alone."""
        if self.keys:
            self.send(b"u\r" if "Answer:" in question else b"u")
            if "Space ticks" in question:
                time.sleep(0.03)
                self.send(b"\r")
            return
        asked = re.findall(r"Question \d+[^:]*: (.*)", question)[-1]
        pick = ("1", "2", "u")[zlib.crc32(asked.encode()) % 3] if "  2. " in question else "u"
        self.send(("1,2" if "numbers or names" in question and pick == "2" else pick).encode() + b"\n")

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it with kill -9, and close what it was connected to."""
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.code = _exit_code(self.pid, 10.0)
        self.close()

    def finish(self, limit: float = 20.0) -> int | None:
        """Let the input end, and return the exit code; None where the program does not end, and was killed."""
        if self.keys:
            self.send(b"\r")
        else:
            os.close(self.given)
            self.given = -1
        return self.ended(limit)

    def ended(self, limit: float = 20.0) -> int | None:
        """Wait for the end, and return the exit code; None where it does not come, and the program was killed."""
        end = time.monotonic() + limit
        while self.code is None and time.monotonic() < end:
            self.read(0.2)
        code = self.code
        self.kill()
        return code

    def close(self) -> None:
        """Close both ends."""
        for number in {self.given, self.said} - {-1}:
            os.close(number)
        self.given = self.said = -1


def _exit_code(pid: int, limit: float) -> int:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGKILL


def _piped(begin: object) -> tuple[int, int, int]:
    """Return a child between two pipes, and our ends of them."""
    given, ours = os.pipe()
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(given, 0)
        os.dup2(said, 1)
        os.dup2(said, 2)
        for number in (given, ours, heard, said):
            os.close(number)
        begin()  # type: ignore[operator]
    os.close(given)
    os.close(said)
    return pid, ours, heard


def _enter(words: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
    """Run the program in this child, and leave it."""
    code = 70
    try:
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        program.fresh_streams()
        code = program.enter(words)
    finally:
        os._exit(code)


def _execute(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
    """Become another program."""
    try:
        os.chdir(cwd)
        os.execvpe(command[0], command, dict(env))
    finally:
        os._exit(127)

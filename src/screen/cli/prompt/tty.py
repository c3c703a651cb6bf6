"""The terminal that somebody types at: held for questions, read without the kernel's limits, given back as it was.

In: a stream. Out: lines, and what came unasked. A stream that is no terminal is left as it is.

A terminal that edits lines itself keeps 4,095 bytes of one and drops the rest without a word, so it is told not to:
erasing and echoing are done here, and no escape sequence is ever written.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from time import monotonic
from types import FrameType
from typing import Any, NoReturn, TextIO

from screen.text import display_width

PAUSE_SECONDS = 0.05  # seconds: pasted text comes without such a pause, and no hand is so quick
_LONGEST = 10.0  # seconds for which input that never pauses is waited for
_ENDS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

#: Set once a signal ends the program: whoever reads keys obeys none after it.
shutting_down = Event()


@contextmanager
def hold_terminal(stream: TextIO) -> Iterator[None]:
    """Hold a terminal for questions, and give it back as it was whatever ends them.

    A signal exits with 128 and its number. Meanwhile nothing is echoed but what an answer takes, and nothing is cut.
    """
    if not stream.isatty():
        yield
        return
    handle = stream.fileno()
    with cbreak_mode(handle) as before, _given_back(handle, before):
        yield


@contextmanager
def cbreak_mode(handle: int) -> Iterator[list[Any]]:
    """Let a terminal hand over each character as it comes, unechoed; yield its settings of before, and restore them."""
    before = termios.tcgetattr(handle)
    changed = [*before]
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(handle, termios.TCSADRAIN, changed)
    try:
        yield before
    finally:
        _restore(handle, before)


def _restore(handle: int, settings: list[Any]) -> None:
    with suppress(termios.error):  # the terminal has gone
        termios.tcsetattr(handle, termios.TCSADRAIN, settings)


@contextmanager
def _given_back(handle: int, settings: list[Any]) -> Iterator[None]:
    """Give the terminal back before a signal ends or stops the program. A signal that is ignored stays ignored."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        for one in handlers:
            signal.signal(one, signal.SIG_DFL)  # a second one ends the program at once
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is a signal again, and the question is being taken down
        shutting_down.set()
        _restore(handle, settings)
        raise SystemExit(128 + number)

    def stop(number: int, _: FrameType | None) -> None:
        held = termios.tcgetattr(handle)
        _restore(handle, settings)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, stop)  # here it goes on
        _restore(handle, held)

    wanted = {**dict.fromkeys(_ENDS, end), signal.SIGTSTP: stop}
    handlers = {one: handler for one, handler in wanted.items() if signal.getsignal(one) is signal.SIG_DFL}
    shutting_down.clear()
    for one, handler in handlers.items():
        signal.signal(one, handler)
    try:
        yield
    finally:
        for one in handlers:
            signal.signal(one, signal.SIG_DFL)


def pending_bytes(handle: int, wait: float) -> bytes:
    """Return what comes at a terminal within so many seconds, and then without a pause."""
    data, until = b"", monotonic() + _LONGEST
    with cbreak_mode(handle):
        while select.select([handle], [], [], wait)[0] and (more := _read(handle)):
            data += more
            wait = PAUSE_SECONDS
            if monotonic() > until:
                termios.tcflush(handle, termios.TCIFLUSH)
                break
    return data


def _read(handle: int) -> bytes:
    """Return what a terminal has; nothing where it has gone."""
    try:
        return os.read(handle, 65536)
    except OSError:
        return b""


class LineReader:
    """Lines typed at a terminal, with the keys that erase obeyed as the terminal would obey them."""

    def __init__(self, stream: TextIO, echo: Callable[[str], None]) -> None:
        self._stream, self._echo = stream, echo
        self._decoder = codecs.getincrementaldecoder(stream.encoding or "utf-8")("replace")
        self._waiting = ""

    def read_line(self) -> str | None:
        """Return a line without its end, of any length; None at the end of input. Raises KeyboardInterrupt."""
        with cbreak_mode(self._stream.fileno()) as settings:
            line = _Line(settings[6])
            while True:
                if not self._waiting:
                    data = _read(self._stream.fileno())
                    if not data:
                        return line.text or None
                    self._waiting = self._decoder.decode(data)
                taken = line.take(self._waiting)
                self._waiting = self._waiting[taken:]
                self._echo(line.echoed())
                if line.ended:
                    return line.text if line.ended in _NEW_LINE else None

    def has_more(self) -> bool:
        """Tell whether more came with the line, as a paste brings it."""
        if not self._waiting:
            self._waiting = self._decoder.decode(pending_bytes(self._stream.fileno(), PAUSE_SECONDS))
        return bool(self._waiting)

    def drain(self, wait: float = 0) -> str:
        """Return what has come and was not read; it is gone then."""
        rest = self._waiting + self._decoder.decode(pending_bytes(self._stream.fileno(), wait))
        self._waiting = ""
        return rest


_NEW_LINE = "\r\n"


class _Line:
    """A line as it is typed: what stands in it, and what is still to be echoed of it."""

    def __init__(self, keys: list[Any]) -> None:
        def key(number: int) -> str:
            return bytes(keys[number]).decode("latin-1")

        self._erase = {key(termios.VERASE), "\x7f", "\b"}
        self._erase_word, self._erase_all = key(termios.VWERASE), key(termios.VKILL)
        self._end = key(termios.VEOF)
        self._chars: list[str] = []
        self._echo: list[str] = []
        self.ended = ""

    @property
    def text(self) -> str:
        """What stands in the line."""
        return "".join(self._chars)

    def echoed(self) -> str:
        """Return what the screen has not been given yet."""
        echo, self._echo = "".join(self._echo), []
        return echo

    def take(self, typed: str) -> int:
        """Take characters up to the end of the line; return how many were taken."""
        for place, char in enumerate(typed, 1):
            if char in _NEW_LINE or (char == self._end and not self._chars):
                self.ended = char
                self._echo.append("\n" if char in _NEW_LINE else "")
                return place
            self._key(char)
        return len(typed)

    def _key(self, char: str) -> None:
        if char in self._erase:
            self._drop(1)
        elif char == self._erase_all:
            self._drop(len(self._chars))
        elif char == self._erase_word:
            kept = self.text.rstrip()
            self._drop(len(self._chars) - len(kept[: kept.rfind(" ") + 1]))
        elif char != self._end:
            self._chars.append(char)
            self._echo.append(_shown(char))

    def _drop(self, count: int) -> None:
        for _ in range(min(count, len(self._chars))):
            self._echo.append("\b \b" * display_width(_shown(self._chars.pop())))


def _shown(char: str) -> str:
    """Return a character as it is echoed: what would move the cursor is written as `^[`."""
    if char < " " and char != "\t":
        return f"^{chr(ord(char) + 64)}"
    return char if char.isprintable() or char == "\t" else "?"

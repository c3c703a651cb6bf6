"""The terminal that somebody types at: held for questions, read without the kernel's limits, given back as it was.

A terminal that edits lines itself keeps 4,095 bytes of a line and drops the rest in silence. So it is put into cbreak
mode, and erasing and echoing are done here; no escape sequence is ever written. A stream that is no terminal is left
as it is.
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

from screen.process import pass_over
from screen.text import display_width

PAUSE_SECONDS = 0.05  # pasted text comes without such a pause, and no hand is so quick
_MAX_WAIT_SECONDS = 10.0  # for input that never pauses
_TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_LINE_ENDS = "\r\n"

#: Set once a signal ends the program: whoever reads keys obeys none after it.
shutting_down = Event()


@contextmanager
def hold_terminal(stream: TextIO) -> Iterator[None]:
    """Hold a terminal for questions, and give it back as it was, whatever ends them.

    A signal exits with 128 and its number. Meanwhile the terminal echoes nothing and cuts no line.
    """
    if not stream.isatty():
        yield
        return
    handle = stream.fileno()
    with cbreak_mode(handle) as settings, _restore_on_signals(handle, settings):
        yield


@contextmanager
def cbreak_mode(handle: int) -> Iterator[list[Any]]:
    """Let a terminal hand over each character as it comes, unechoed; yield its former settings, and restore them."""
    settings = termios.tcgetattr(handle)
    changed = [*settings]
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(handle, termios.TCSADRAIN, changed)
    try:
        yield settings
    finally:
        _restore(handle, settings)


def _restore(handle: int, settings: list[Any]) -> None:
    with suppress(termios.error):  # the terminal has gone
        termios.tcsetattr(handle, termios.TCSADRAIN, settings)


@contextmanager
def _restore_on_signals(handle: int, settings: list[Any]) -> Iterator[None]:
    """Give the terminal back before a signal ends or stops the program. A signal that is ignored stays ignored."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        signal.signal(signal.SIGINT, pass_over)  # Ctrl-C is a signal again, and the question is being taken down
        for handled in handlers:
            signal.signal(handled, signal.SIG_DFL)  # a second one ends the program at once
        shutting_down.set()
        _restore(handle, settings)
        raise SystemExit(128 + number)

    def stop(number: int, _: FrameType | None) -> None:
        current = termios.tcgetattr(handle)
        _restore(handle, settings)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, stop)  # here it continues
        _restore(handle, current)

    possible = {**dict.fromkeys(_TERMINATION_SIGNALS, end), signal.SIGTSTP: stop}
    handlers = {number: handler for number, handler in possible.items() if signal.getsignal(number) is signal.SIG_DFL}
    shutting_down.clear()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handlers:
            signal.signal(number, signal.SIG_DFL)


def pending_bytes(handle: int, wait: float) -> bytes:
    """Return what comes at a terminal within so many seconds, and then without a pause."""
    data, deadline = b"", monotonic() + _MAX_WAIT_SECONDS
    with cbreak_mode(handle):
        while select.select([handle], [], [], wait)[0] and (more := _read(handle)):
            data += more
            wait = PAUSE_SECONDS
            if monotonic() > deadline:
                termios.tcflush(handle, termios.TCIFLUSH)
                break
    return data


def _read(handle: int) -> bytes:
    """Return what a terminal has; nothing if it has gone."""
    try:
        return os.read(handle, 65536)
    except OSError:
        return b""


class LineReader:
    """Reads lines typed at a terminal; the keys that erase do what they would do at the terminal."""

    def __init__(self, stream: TextIO, echo: Callable[[str], None]) -> None:
        self._stream, self._echo = stream, echo
        self._decoder = codecs.getincrementaldecoder(stream.encoding or "utf-8")("replace")
        self._pending = ""

    def read_line(self) -> str | None:
        """Return a line without its end, of any length; None at the end of input. Raises KeyboardInterrupt."""
        with cbreak_mode(self._stream.fileno()) as settings:
            line = _EditedLine(settings[6])
            while True:
                if not self._pending:
                    data = _read(self._stream.fileno())
                    if not data:
                        return line.text or None
                    self._pending = self._decoder.decode(data)
                taken = line.take(self._pending)
                self._pending = self._pending[taken:]
                self._echo(line.take_echo())
                if line.end:
                    return line.text if line.end in _LINE_ENDS else None

    def has_more(self) -> bool:
        """Tell whether more came with the line, as with a paste."""
        if not self._pending:
            self._pending = self._decoder.decode(pending_bytes(self._stream.fileno(), PAUSE_SECONDS))
        return bool(self._pending)

    def drain(self, wait: float = 0) -> str:
        """Return what has come and was not read, and discard it."""
        rest = self._pending + self._decoder.decode(pending_bytes(self._stream.fileno(), wait))
        self._pending = ""
        return rest


class _EditedLine:
    """A line as it is typed: its characters, and what is still to be echoed of it."""

    def __init__(self, control_chars: list[Any]) -> None:
        def char_of(number: int) -> str:
            return bytes(control_chars[number]).decode("latin-1")

        self._erase = {char_of(termios.VERASE), "\x7f", "\b"}
        self._erase_word, self._erase_all = char_of(termios.VWERASE), char_of(termios.VKILL)
        self._end_of_input = char_of(termios.VEOF)
        self._chars: list[str] = []
        self._echo: list[str] = []
        #: The character that ended the line; empty before.
        self.end = ""

    @property
    def text(self) -> str:
        """The line so far."""
        return "".join(self._chars)

    def take_echo(self) -> str:
        """Return what was not echoed yet."""
        echo, self._echo = "".join(self._echo), []
        return echo

    def take(self, typed: str) -> int:
        """Take characters up to the end of the line; return how many were taken."""
        for count, char in enumerate(typed, 1):
            if char in _LINE_ENDS or (char == self._end_of_input and not self._chars):
                self.end = char
                self._echo.append("\n" if char in _LINE_ENDS else "")
                return count
            self._take_char(char)
        return len(typed)

    def _take_char(self, char: str) -> None:
        if char in self._erase:
            self._erase_chars(1)
        elif char == self._erase_all:
            self._erase_chars(len(self._chars))
        elif char == self._erase_word:
            kept = self.text.rstrip()
            self._erase_chars(len(self._chars) - len(kept[: kept.rfind(" ") + 1]))
        elif char != self._end_of_input:
            self._chars.append(char)
            self._echo.append(_echo_form(char))

    def _erase_chars(self, count: int) -> None:
        for _ in range(min(count, len(self._chars))):
            self._echo.append("\b \b" * display_width(_echo_form(self._chars.pop())))


def _echo_form(char: str) -> str:
    """Return a character as it is echoed: what would move the cursor is written as `^[`."""
    if char < " " and char != "\t":
        return f"^{chr(ord(char) + 64)}"
    return char if char.isprintable() or char == "\t" else "?"

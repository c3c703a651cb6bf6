"""Questions as plain lines: no terminal needed, no escape sequence ever written.

In: a stream of lines. Out: a stream of lines. For pipes, for `TERM=dumb`, and for whoever asks for `--plain`.
"""

from __future__ import annotations

import shutil
import sys
from codecs import BOM_UTF8
from itertools import count
from typing import TextIO

from screen.cli.prompt.base import (
    EARLY_INPUT_MESSAGE,
    KEY_HELP,
    MORE_HINT,
    SEVERAL_LINES_MESSAGE,
    BasePrompter,
)
from screen.cli.prompt.parsing import PromptCommand, expected_input, number_lines, parse_input
from screen.cli.prompt.tty import PAUSE_SECONDS, LineReader
from screen.interview.view import QuestionView, entries, open_conclusions_line, question_context
from screen.rulebook.terms import Value
from screen.text import sanitize, sanitize_line, wrap

_MOST_REFUSED = 100  # lines of a file, one after the other, that answer nothing
_KEY_OF = {"yes": " (y)", "no": " (n)", "unknown": " (u)"}


class PlainPrompter(BasePrompter):
    """Asks in plain lines."""

    def __init__(
        self,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        allowed: frozenset[PromptCommand] = frozenset(PromptCommand),
        keys: str = KEY_HELP,
    ) -> None:
        super().__init__(allowed, keys)
        self._in, self._out = stdin or sys.stdin, stdout or sys.stdout
        self._chapter: str | None = None
        self._typed = LineReader(self._in, self._echo) if self._in.isatty() else None
        self._begun = False

    def _say(self, text: str, end: str = "\n") -> None:
        if self._out.isatty():
            # Cut by the terminal, a word would be read out in two halves.
            columns = shutil.get_terminal_size().columns - 1
            text = "\n".join(part for line in text.split("\n") for part in wrap(line, columns))
        self._echo(text + end)

    def _echo(self, text: str) -> None:
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()

    def _attended(self) -> bool:
        return self._typed is not None

    def _forget(self) -> None:
        if self._typed and self._typed.drain().strip():
            self._say(EARLY_INPUT_MESSAGE)

    def _show(self, view: QuestionView) -> None:
        self._forget()
        self._say("")
        if view.chapter != self._chapter:
            self._chapter = view.chapter
            self._say(f"Chapter: {sanitize_line(view.chapter)}")
        opens = open_conclusions_line(view)
        self._say(f"Question {view.number}{f' ({opens})' if opens else ''}: {sanitize(view.text)}")
        if view.options and view.fact.type != "country":
            keys = _KEY_OF if view.fact.type == "yes_no" else {"unknown": " (u)"}
            self._say("\n".join(number_lines(label + keys.get(name, "") for name, label in entries(view))))
        for label, words in question_context(view, MORE_HINT):
            self._say(f"{label}: {words}")

    def _reply(self, view: QuestionView) -> Value | PromptCommand | None:
        kind = view.fact.type
        ends = "; a full stop alone on a line ends them" if kind == "text" else ""
        keeps = "; Enter keeps the answer before" if view.previous_answer is not None else ""
        for _ in count() if self._attended() else range(_MOST_REFUSED):
            self._say(f"Type {expected_input(view)}{ends}{keeps}. Keys: {self._keys}.")
            typed = self._read("Answer: ")
            if typed is None:
                return None
            if kind == "text" and isinstance(parse_input(typed, view), str):
                typed = self._until_stop(typed)
            elif self._typed and self._typed.drain(PAUSE_SECONDS).strip():
                # A paste: its first line was no more meant for this question than the others are for the next ones.
                self._say(SEVERAL_LINES_MESSAGE)
                continue
            heard = self._heard(typed, view)
            if heard is not None:
                return heard
        self._say(f"{_MOST_REFUSED} lines were no answer to this question: is this the right file? No more are read.")
        return None

    def _until_stop(self, first: str) -> str:
        """Return all lines up to a full stop alone; pasted paragraphs must not run on into the next question."""
        lines: list[str] = []
        line: str | None = first
        while line is not None and line.strip() != ".":
            lines.append(line)
            line = self._read("")
        return "\n".join(lines).strip()

    def _line(self, label: str, before: str) -> str | None:
        if before:
            self._say(f"So far: {sanitize_line(before)}")
        lines = [self._read(label)]
        while lines[-1] is not None and self._typed and self._typed.has_more():
            lines.append(self._read(""))  # pasted lines stay together
        return None if lines[0] is None else "\n".join(line for line in lines if line is not None).rstrip("\n")

    def _read(self, label: str) -> str | None:
        """Return one line without its end, or None at the end of input or on Ctrl-C."""
        self._say(label, end="")
        try:
            line = self._typed.read_line() if self._typed else self._piped()
        except KeyboardInterrupt:
            line = None
        if line is None:
            self._say("")
        return line

    def _piped(self) -> str | None:
        line = self._in.readline()
        if not self._begun:
            # Editors and shells begin a file with a mark of its byte order; read as a letter, it would spoil the first
            # answer, and every answer after it would answer the question before its own.
            self._begun = True
            line = line.removeprefix(BOM_UTF8.decode(getattr(self._in, "encoding", None) or "utf-8", "replace"))
        return line.rstrip("\r\n") if line else None

"""Questions in plain lines: no terminal needed, no escape sequence ever written.

For pipes, for `TERM=dumb`, and for whoever asks for `--plain`, such as users of a screen reader.
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
from screen.cli.prompt.parsing import ALL_COMMANDS, PromptCommand, expected_input, number_lines, parse_input
from screen.cli.prompt.tty import PAUSE_SECONDS, LineReader
from screen.interview.view import QuestionView, entries, open_conclusions_line, question_context
from screen.rulebook.terms import Value
from screen.text import sanitize, sanitize_line, wrap

_MAX_UNREADABLE = 100  # lines of a file, one after the other, that answer nothing
_KEY_LABELS = {"yes": " (y)", "no": " (n)", "unknown": " (u)"}


class PlainPrompter(BasePrompter):
    """Asks in plain lines, at a terminal or from a stream."""

    def __init__(
        self,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        allowed: frozenset[PromptCommand] = ALL_COMMANDS,
        key_help: str = KEY_HELP,
    ) -> None:
        super().__init__(allowed, key_help)
        self._in, self._out = stdin or sys.stdin, stdout or sys.stdout
        self._chapter: str | None = None
        self._terminal = LineReader(self._in, self._echo) if self._in.isatty() else None
        self._started_reading = False

    def _show(self, text: str, end: str = "\n") -> None:
        if self._out.isatty():
            # A word broken by the terminal would be read out in two halves.
            columns = shutil.get_terminal_size().columns - 1
            text = "\n".join(part for line in text.split("\n") for part in wrap(line, columns))
        self._echo(text + end)

    def _echo(self, text: str) -> None:
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()

    def _is_attended(self) -> bool:
        return self._terminal is not None

    def _discard_input(self) -> None:
        if self._terminal and self._terminal.drain().strip():
            self._show(EARLY_INPUT_MESSAGE)

    def _show_question(self, view: QuestionView) -> None:
        self._discard_input()
        self._show("")
        if view.chapter != self._chapter:
            self._chapter = view.chapter
            self._show(f"Chapter: {sanitize_line(view.chapter)}")
        open_conclusions = open_conclusions_line(view)
        suffix = f" ({open_conclusions})" if open_conclusions else ""
        self._show(f"Question {view.number}{suffix}: {sanitize(view.text)}")
        if view.options and view.fact.type != "country":
            keys = _KEY_LABELS if view.fact.type == "yes_no" else {"unknown": " (u)"}
            self._show("\n".join(number_lines(label + keys.get(name, "") for name, label in entries(view))))
        for label, words in question_context(view, MORE_HINT):
            self._show(f"{label}: {words}")

    def _read_reply(self, view: QuestionView) -> Value | PromptCommand | None:
        is_text = view.fact.type == "text"
        end_hint = "; a full stop alone on a line ends them" if is_text else ""
        keep_hint = "; Enter keeps the answer before" if view.previous_answer is not None else ""
        for _ in count() if self._is_attended() else range(_MAX_UNREADABLE):
            self._show(f"Type {expected_input(view)}{end_hint}{keep_hint}. Keys: {self._key_help}.")
            typed = self._prompt("Answer: ")
            if typed is None:
                return None
            if is_text and isinstance(parse_input(typed, view), str):
                typed = self._read_until_full_stop(typed)
            elif self._terminal and self._terminal.drain(PAUSE_SECONDS).strip():
                # A paste: its first line was no more meant for this question than the others are for the next ones.
                self._show(SEVERAL_LINES_MESSAGE)
                continue
            reply = self._parse_line(typed, view)
            if reply is not None:
                return reply
        self._show(
            f"{_MAX_UNREADABLE} lines were no answer to this question: is this the right file? No more are read."
        )
        return None

    def _read_until_full_stop(self, first: str) -> str:
        """Return all lines up to a full stop alone; pasted paragraphs must not run on into the next question."""
        lines: list[str] = []
        line: str | None = first
        while line is not None and line.strip() != ".":
            lines.append(line)
            line = self._prompt("")
        return "\n".join(lines).strip()

    def _read_line(self, label: str, previous: str) -> str | None:
        if previous:
            self._show(f"So far: {sanitize_line(previous)}")
        lines = [self._prompt(label)]
        while lines[-1] is not None and self._terminal and self._terminal.has_more():
            lines.append(self._prompt(""))  # pasted lines stay together
        return None if lines[0] is None else "\n".join(line for line in lines if line is not None).rstrip("\n")

    def _prompt(self, label: str) -> str | None:
        """Return one line without its end, or None at the end of input or on Ctrl-C."""
        self._show(label, end="")
        try:
            line = self._terminal.read_line() if self._terminal else self._read_from_stream()
        except KeyboardInterrupt:
            line = None
        if line is None:
            self._show("")
        return line

    def _read_from_stream(self) -> str | None:
        line = self._in.readline()
        if not self._started_reading:
            # Editors and shells begin a file with a byte order mark. Read as a letter, it would spoil the first answer,
            # and every answer after it would answer the question before its own.
            self._started_reading = True
            line = line.removeprefix(BOM_UTF8.decode(getattr(self._in, "encoding", None) or "utf-8", "replace"))
        return line.rstrip("\r\n") if line else None

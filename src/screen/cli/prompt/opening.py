"""Who asks: a terminal with keys, or plain lines.

In: whether plain lines were asked for, and what this process is connected to. Out: an `Ask`; for exercises an
`Examiner`. What can be typed is said in `asking.typed`, what can be done at a question in `asking.talk`, how it looks
in `asking.lines`, `asking.terminal`.
"""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from screen.cli.console import can_draw
from screen.cli.prompt.dialogue import LESSON, LESSON_KEYS, Dialogue
from screen.cli.prompt.parsing import Command
from screen.cli.prompt.plain import PlainPrompter
from screen.cli.prompt.terminal import TerminalPrompter
from screen.interview.conversation import QuestionView, Reply

__all__ = ["Examiner", "PlainPrompter", "TerminalPrompter", "open_examiner", "open_prompter"]


def open_prompter(plain: bool) -> Dialogue:
    """Return what puts the questions: plain lines where asked for, or where there is no terminal that can draw."""
    return TerminalPrompter() if sys.stdin.isatty() and can_draw() and not plain else PlainPrompter()


class Examiner(Protocol):
    """What puts the questions of an exercise."""

    def question(self, view: QuestionView) -> Reply:
        """Put one question and return what was said."""

    def tell(self, message: str) -> None:
        """Say something that wants no answer."""

    def pause(self) -> bool:
        """Let somebody at a terminal read on; False where they stop there. Nobody else is waited for."""


class _Lines(PlainPrompter):
    """An examiner in plain lines."""

    def pause(self) -> bool:
        return not self._in.isatty() or self._read(_GO_ON) is not None


class _Keys(TerminalPrompter):
    """An examiner at a terminal. The list of a question fills a small one, and pushes off what was said before it."""

    def pause(self) -> bool:
        return self._line(_GO_ON, "") is not None

    def _obeyed(self, command: Command, view: QuestionView) -> Reply | None:
        reply = super()._obeyed(command, view)
        if command in (Command.HELP, Command.WHY):
            self.pause()
        return reply


_GO_ON = "Enter goes on: "


def open_examiner(plain: bool, answers: TextIO | None = None) -> Examiner:
    """Return what puts the questions of an exercise; answers from a file are read as plain lines."""
    if answers is None and sys.stdin.isatty() and can_draw() and not plain:
        return _Keys(LESSON, LESSON_KEYS)
    return _Lines(answers, allowed=LESSON, keys=LESSON_KEYS)

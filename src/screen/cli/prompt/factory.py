"""Who asks: a terminal with keys, or plain lines.

In: whether plain lines were asked for, and what this process is connected to. Out: an `Ask`; for exercises an
`Examiner`. What can be typed is said in `asking.typed`, what can be done at a question in `asking.talk`, how it looks
in `asking.lines`, `asking.terminal`.
"""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from screen.cli.console import can_draw
from screen.cli.prompt.base import LESSON_COMMANDS, LESSON_KEY_HELP, BasePrompter
from screen.cli.prompt.parsing import PromptCommand
from screen.cli.prompt.plain import PlainPrompter
from screen.cli.prompt.terminal import TerminalPrompter
from screen.interview.conversation import PromptReply
from screen.interview.view import QuestionView

__all__ = ["Examiner", "PlainPrompter", "TerminalPrompter", "open_examiner", "open_prompter"]


def open_prompter(plain: bool) -> BasePrompter:
    """Return what puts the questions: plain lines where asked for, or where there is no terminal that can draw."""
    return TerminalPrompter() if sys.stdin.isatty() and can_draw() and not plain else PlainPrompter()


class Examiner(Protocol):
    """What puts the questions of an exercise."""

    def ask(self, view: QuestionView) -> PromptReply:
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

    def _obeyed(self, command: PromptCommand, view: QuestionView) -> PromptReply | None:
        reply = super()._obeyed(command, view)
        if command in (PromptCommand.HELP, PromptCommand.WHY):
            self.pause()
        return reply


_GO_ON = "Enter goes on: "


def open_examiner(plain: bool, answers: TextIO | None = None) -> Examiner:
    """Return what puts the questions of an exercise; answers from a file are read as plain lines."""
    if answers is None and sys.stdin.isatty() and can_draw() and not plain:
        return _Keys(LESSON_COMMANDS, LESSON_KEY_HELP)
    return _Lines(answers, allowed=LESSON_COMMANDS, keys=LESSON_KEY_HELP)

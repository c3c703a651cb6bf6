"""Which prompter puts the questions: one that draws on a terminal, or one with plain lines."""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from screen.cli.console import can_draw
from screen.cli.prompt.base import LESSON_COMMANDS, LESSON_KEY_HELP, BasePrompter
from screen.cli.prompt.plain import PlainPrompter
from screen.interview.conversation import PromptReply
from screen.interview.view import QuestionView

# The terminal prompter is imported when a terminal is drawn on: rich and prompt_toolkit take longer to load than all
# else, and plain lines need neither.

_GO_ON = "Enter goes on: "


class Examiner(Protocol):
    """What puts the questions of an exercise."""

    def ask(self, view: QuestionView) -> PromptReply:
        """Ask a question and return the reply."""

    def tell(self, message: str) -> None:
        """Show a message that needs no answer."""

    def pause(self) -> bool:
        """Let somebody at a terminal read; return False if they stop there. Nobody else is waited for."""


class _PlainExaminer(PlainPrompter):
    def pause(self) -> bool:
        return not self._in.isatty() or self._prompt(_GO_ON) is not None


def open_prompter(plain: bool) -> BasePrompter:
    """Return the prompter of an interview: plain lines if asked for, or if there is no terminal that can draw."""
    if plain or not _can_draw_questions():
        return PlainPrompter()
    from screen.cli.prompt.terminal import TerminalPrompter

    return TerminalPrompter()


def open_examiner(plain: bool, answers: TextIO | None = None) -> Examiner:
    """Return the prompter of an exercise; answers from a file are read as plain lines."""
    if plain or answers is not None or not _can_draw_questions():
        return _PlainExaminer(answers, allowed=LESSON_COMMANDS, key_help=LESSON_KEY_HELP)
    from screen.cli.prompt.terminal import TerminalExaminer

    return TerminalExaminer(LESSON_COMMANDS, LESSON_KEY_HELP)


def _can_draw_questions() -> bool:
    return sys.stdin.isatty() and can_draw()

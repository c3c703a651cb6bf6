"""Who asks: a terminal with keys, or plain lines.

In: whether plain lines were asked for, and what this process is connected to. Out: an `Ask`. What can be typed is said
in `asking.typed`, what can be done at a question in `asking.talk`, how it looks in `asking.lines`, `asking.terminal`.
"""

from __future__ import annotations

import sys
from typing import TextIO

from screen.cli.asking.lines import PlainAsk
from screen.cli.asking.talk import LESSON, LESSON_KEYS, Talk
from screen.cli.asking.terminal import TerminalAsk
from screen.cli.display import can_draw

__all__ = ["PlainAsk", "TerminalAsk", "asker", "examiner"]


def asker(plain: bool) -> Talk:
    """Return what puts the questions: plain lines where asked for, or where there is no terminal that can draw."""
    return TerminalAsk() if sys.stdin.isatty() and can_draw() and not plain else PlainAsk()


def examiner(plain: bool, answers: TextIO | None = None) -> Talk:
    """Return what puts the questions of an exercise; answers from a file are read as plain lines."""
    if answers is None and sys.stdin.isatty() and can_draw() and not plain:
        return TerminalAsk(LESSON, LESSON_KEYS)
    return PlainAsk(answers, allowed=LESSON, keys=LESSON_KEYS)

"""One sitting of a trainee: a lesson held, and its marks saved."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import typer

from screen.cli import console, exit_codes
from screen.cli.prompt.factory import open_examiner
from screen.cli.prompt.tty import hold_terminal
from screen.cli.train import progress_store
from screen.cli.train.lessons import Lesson, LessonStopped
from screen.diagnostics import DiagnosticsError
from screen.engine.finding import Findings
from screen.report.wording import format_count
from screen.rulebook.model import RuleBook
from screen.training.schedule import Attempt, is_scheduler_installed


@dataclass(frozen=True)
class Sitting:
    """What a sitting needs: the rule book, the seed of its lists, and how the answers come."""

    book: RuleBook
    seed: int
    plain: bool
    answers: TextIO | None

    def hold(self, findings: Findings, name: str, way: str, story: str, run: Callable[[Lesson], None]) -> None:
        """Hold one lesson. A trainee who stops keeps the marks so far. Exits with 1 where marks could not be saved."""
        keeper = MarkKeeper(progress_store.progress_folder())
        prompter = open_examiner(self.plain, self.answers)
        lesson = Lesson(self.book, findings, name, way, story, prompter, keeper.save, progress_store.current_time)
        stopped = False
        try:
            with nullcontext() if self.answers else hold_terminal(sys.stdin):
                run(lesson)
        except LessonStopped:
            stopped = True
        if keeper.unsaved:
            console.error(f"Not saved: {format_count(len(keeper.unsaved), 'mark')}.")
            raise typer.Exit(exit_codes.UNUSABLE_INPUT)
        if stopped:
            console.info("Stopped. Your marks so far are saved.")
            return
        hint = "" if is_scheduler_installed() else " Install the extra `train` to see when a point is due again."
        console.info(f"Saved. Your progress: rsd train progress.{hint}")


class MarkKeeper:
    """Saves the marks of a sitting. A mark that cannot be written is tried again with the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unsaved: list[Attempt] = []

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Save marks; where that fails, say so once. The trainee goes on: what was answered earns its mark."""
        already_failed = bool(self.unsaved)
        self.unsaved += attempts
        try:
            progress_store.add_attempts(self._folder, self.unsaved)
        except DiagnosticsError as error:
            if not already_failed:
                for diagnostic in error.diagnostics:
                    console.error(str(diagnostic))
            return
        self.unsaved.clear()

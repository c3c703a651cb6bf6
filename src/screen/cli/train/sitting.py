"""One sitting of a trainee: a lesson held, and its marks on their way to the disk."""

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from screen.cli import console
from screen.cli.train import progress_store

if TYPE_CHECKING:
    from screen.cli.train.lessons import Lesson
    from screen.engine.finding import Findings
    from screen.rulebook.model import RuleBook
    from screen.training.schedule import Attempt


@dataclass(frozen=True)
class Sitting:
    """What a sitting is held with: the rule book, the seed of its lists, and how the answers come."""

    book: "RuleBook"
    seed: int
    plain: bool
    answers: TextIO | None

    def hold(self, findings: "Findings", name: str, way: str, story: str, do: "Callable[[Lesson], None]") -> None:
        """Hold one lesson; who stops keeps what was marked. Exits with 1 where marks could not be kept."""
        from screen.cli.prompt.factory import open_examiner
        from screen.cli.prompt.tty import hold_terminal
        from screen.cli.train.lessons import Lesson, LessonStopped
        from screen.report.wording import format_count

        kept = MarkKeeper(progress_store.progress_folder())
        ask = open_examiner(self.plain, self.answers)
        lesson = Lesson(self.book, findings, name, way, story, ask, kept.save, progress_store.current_time)
        stopped = False
        try:
            with nullcontext() if self.answers else hold_terminal(sys.stdin):
                do(lesson)
        except LessonStopped:
            stopped = True
        if kept.unsaved:
            console.error(f"Not kept: {format_count(len(kept.unsaved), 'mark')}.")
            raise typer.Exit(1)
        if stopped:
            console.info("Stopped. What was marked is kept.")
            return
        from screen.training.schedule import is_scheduler_installed

        hint = "" if is_scheduler_installed() else " Install the extra `train` to be told when a point is due again."
        console.info(f"Kept. How you stand: rsd train progress.{hint}")


class MarkKeeper:
    """The marks of a sitting on their way to the disk. One that cannot be written waits, and is tried with the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unsaved: list[Attempt] = []

    def save(self, attempts: "Sequence[Attempt]") -> None:
        """Keep marks; where it cannot be, say so once. The trainee goes on: what was answered earns its mark."""
        from screen.diagnostics import DiagnosticsError

        told = bool(self.unsaved)
        self.unsaved += attempts
        try:
            progress_store.add_attempts(self._folder, self.unsaved)
        except DiagnosticsError as error:
            if not told:
                for mistake in error.diagnostics:
                    console.error(str(mistake))
            return
        self.unsaved.clear()

"""`rsd train`: exercises and drills on the law, marked step by step; progress, exports, a class."""

from typing import Any

import typer
from typer.core import TyperGroup

from screen.cli.lazy import LazyCommand, lazy_group

_PACKAGE = "screen.cli.train"


class _DefaultToWork(TyperGroup):
    """A group in which `work` may be left out: `rsd train left_for_food` is `rsd train work left_for_food`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["work", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=lazy_group(
        LazyCommand(
            "work",
            f"{_PACKAGE}.work:work",
            "Work an exercise, or drills on an exercise or a case; each answer is marked, and progress saved at once.",
        ),
        LazyCommand(
            "list",
            f"{_PACKAGE}.exercises:list_",
            "List the exercises: name, difficulty, title, and whether you have worked each.",
        ),
        LazyCommand(
            "progress",
            f"{_PACKAGE}.progress:progress",
            "Show your progress on each law point: marks, strength, when it is due again.",
        ),
        LazyCommand(
            "export",
            f"{_PACKAGE}.progress:export",
            "Write your progress out, for a supervisor or a spreadsheet. It holds no name but that of the file.",
        ),
        LazyCommand(
            "class",
            f"{_PACKAGE}.class_summary:class_",
            "Summarise a class by law point, with the questions that most trainees miss. Trainees are counted, not "
            "ranked.",
        ),
        base=_DefaultToWork,
    ),
    rich_markup_mode=None,
    help="Learn the law on exercises: facts spotted, elements decided, interviews held, reasons written.",
)


@app.callback()
def group() -> None:
    pass

"""`rsd train`: exercises and drills on the law, marked step by step; progress, exports, a class."""

from typing import Any

import typer
from typer.core import TyperGroup

from screen.cli.lazy import LazyCommand, lazy_group

_HERE = "screen.cli.train"


class _Work(TyperGroup):
    """What is no command is something to work on: `rsd train left_for_food` is `rsd train work left_for_food`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["work", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=lazy_group(
        LazyCommand(
            "work",
            f"{_HERE}.work:work",
            "Work an exercise, or drills on an exercise or a case; each answer is marked, and progress kept at once.",
        ),
        LazyCommand(
            "list",
            f"{_HERE}.exercises:list_",
            "List the exercises: name, difficulty, title, and how often each was worked.",
        ),
        LazyCommand(
            "progress",
            f"{_HERE}.progress:progress",
            "Show how you stand with each law point: marks, strength, when it is due again.",
        ),
        LazyCommand(
            "export",
            f"{_HERE}.progress:export",
            "Write progress out, for a supervisor or a spreadsheet. It holds no name: the file's name is all there is.",
        ),
        LazyCommand(
            "class",
            f"{_HERE}.class_summary:class_",
            "Sum a class up by law point, with the questions that most trainees miss. Trainees are counted, not "
            "ranked.",
        ),
        base=_Work,
    ),
    rich_markup_mode=None,
    help="Learn the law on exercises: facts spotted, elements decided, interviews held, reasons written.",
)


@app.callback()
def group() -> None:
    pass

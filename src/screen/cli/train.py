"""`rsd train`: exercises and drills on the law, marked step by step; progress, exports, a class.

One file a command; this one joins them.
"""

from typing import Any

import typer
from typer.core import TyperGroup

from screen.cli.train_class import class_
from screen.cli.train_exercises import list_
from screen.cli.train_progress import export, progress
from screen.cli.train_work import work


class _Work(TyperGroup):
    """What is no command is something to work on: `rsd train left_for_food` is `rsd train work left_for_food`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["work", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Work,
    rich_markup_mode=None,
    help="Learn the law on exercises: facts spotted, elements decided, interviews held, reasons written.",
)

app.command("work")(work)
app.command("list")(list_)
app.command("progress")(progress)
app.command("export")(export)
app.command("class")(class_)

"""Commands that are loaded when they are run.

In: the name of each command, where it is, and one line of help. Out: a Typer group. `rsd --help` and the completion of
a name import no command; running one imports that one alone, so that its imports stand at the top of its file.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class LazyCommand(TyperCommand):
    """A command of which only the name and a line of help are known; `load` gives the command itself."""

    def __init__(self, name: str, where: str, summary: str) -> None:
        super().__init__(name, callback=None, help=summary)
        self.where = where

    def load(self) -> Any:
        """Return the command, with its module imported.

        `where` names the module, then its function, or the `typer.Typer` of its group.
        """
        module, _, attribute = self.where.partition(":")
        target = getattr(import_module(module), attribute)
        if not isinstance(target, typer.Typer):
            function, target = target, typer.Typer(add_completion=False, rich_markup_mode=None)
            target.command(self.name)(function)
        command = typer.main.get_command(target)
        command.name = self.name
        return command


def load_command(command: Any) -> Any:
    """Return a command of a group, loaded where only its name was known."""
    return command.load() if isinstance(command, LazyCommand) else command


def lazy_group(*commands: LazyCommand, base: type[TyperGroup] = TyperGroup) -> type[TyperGroup]:
    """Return the class of a group that has these commands, in this order."""

    class Group(base):  # type: ignore[misc, valid-type]
        """The commands, each loaded when it is run."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands = {str(command.name): command for command in commands}

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """Return the command that was typed, loaded."""
            name, command, rest = super().resolve_command(ctx, args)
            return name, load_command(command), rest

    return Group

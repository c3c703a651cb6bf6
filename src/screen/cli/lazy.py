"""Commands that are loaded when they are run.

`rsd --help` and the completion of a name import no command; running one imports that one alone. So the imports of a
command stand at the top of its file.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class LazyCommand(TyperCommand):
    """The name of a command and its line of help; `load` imports the command itself.

    `target` names its module, then its function or the `typer.Typer` of its group: `screen.cli.rules.show:readings`.
    """

    def __init__(self, name: str, target: str, summary: str) -> None:
        super().__init__(name, callback=None, help=summary)
        self.target = target

    def load(self) -> Any:
        """Return the command, with its module imported."""
        module, _, attribute = self.target.partition(":")
        command_or_group = getattr(import_module(module), attribute)
        if isinstance(command_or_group, typer.Typer):
            app = command_or_group
        else:
            app = typer.Typer(add_completion=False, rich_markup_mode=None)
            app.command(self.name)(command_or_group)
        command = typer.main.get_command(app)
        command.name = self.name
        return command


def load_command(command: Any) -> Any:
    """Return a command of a group, loaded if only its name was known."""
    return command.load() if isinstance(command, LazyCommand) else command


def lazy_group(*commands: LazyCommand, base: type[TyperGroup] = TyperGroup) -> type[TyperGroup]:
    """Return the class of a group that has these commands, in this order."""

    class Group(base):  # type: ignore[misc, valid-type]
        """A group of commands, each loaded when it is run."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands = {str(command.name): command for command in commands}

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """Return the command that was typed, loaded."""
            name, command, rest = super().resolve_command(ctx, args)
            return name, load_command(command), rest

    return Group

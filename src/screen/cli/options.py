"""Where the rules, the cache and the caller's wishes come from: options first, then the environment.

The rooms with commands do without `from __future__ import annotations`: Typer reads the annotations of every command at
every start, and evaluating them from text costs a tenth of `rsd --help`.
"""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from screen.rulebook.model import RuleBook

RULES_VARIABLE = "RSD_RULES"
_Command = TypeVar("_Command", bound=Callable[..., object])

RulesOption = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="FOLDER",
        envvar=RULES_VARIABLE,
        help="Rule folder to use instead of the one that comes along.",
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", "-p", metavar="NAME", help="Reading of the law; `rsd rules readings` lists them."),
]


AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Apply the law of that day, such as 2014-09-01.")
]


#: A case that may not be read is told like any other that cannot be used: Typer would end the command at once.
CaseArgument = Annotated[Path, typer.Argument(metavar="CASE", readable=False, help="Case file.")]


def help_text(words: str) -> Callable[[_Command], _Command]:
    """Return what gives a command its help: Python keeps no docstring under `-OO`, and Typer reads it from there."""

    def with_help(command: _Command) -> _Command:
        command.__doc__ = words
        return command

    return with_help


def rule_folder(chosen: Path | None) -> Path:
    """Return the rule folder: the one chosen, else the one in the package, else the one of the checkout."""
    if chosen is not None:
        return chosen
    package = Path(__file__).resolve().parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent.parent / "rules"


def cache_folder() -> Path | None:
    """Return the folder for what can be made again at any time; None where this user has none."""
    return _user_folder("XDG_CACHE_HOME", ".cache")


def book_from_options(rules: Path | None, as_of: str | None = None) -> "RuleBook":
    """Return the checked rule book, as the law stood on a day where one is named. Raises Mistakes, or a usage error."""
    from screen.process import forbid_core_dumps
    from screen.rulebook.loader import load_book

    forbid_core_dumps()  # every command that reads a case reads the rule book first
    return load_book(rule_folder(rules), cache_folder(), None if as_of is None else _day(as_of))


def _day(written: str) -> date:
    from screen.rulebook.answers import parse_date

    day = parse_date(written)
    if day is None:
        raise typer.BadParameter("Write a day as 2022-06-28.", param_hint="--as-of")
    return day


def choose_profile(
    book: "RuleBook", chosen: str | None, otherwise: str | None = None, option: str = "--profile"
) -> str:
    """Return the profile to read the law by: the option's, the case's, the book's. Raises a usage error."""
    name = chosen or otherwise or book.default_profile
    if name not in book.profiles:
        from screen.diagnostics import did_you_mean

        remedy = did_you_mean(name, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
        raise typer.BadParameter(f'There is no profile "{name}". {remedy}', param_hint=option)
    return name


def data_folder() -> Path:
    """Return the folder for what a person would miss: progress in training, never a case.

    Raises Mistakes where this user has none.
    """
    folder = _user_folder("XDG_DATA_HOME", ".local/share")
    if folder is None:
        from screen.diagnostics import Diagnostic, DiagnosticsError, Location

        found, remedy = "there is no home folder to keep progress in.", "Set XDG_DATA_HOME to a folder of your own."
        raise DiagnosticsError([Diagnostic(Location("XDG_DATA_HOME"), "cannot-write", found, remedy)])
    return folder


def _user_folder(variable: str, below_home: str) -> Path | None:
    """Return our folder where this variable says, else below the home folder; None where neither can be had.

    A relative path is passed over, as the XDG base directory specification has it: it would be another folder, with
    another cache, wherever the command is run.
    """
    named = os.environ.get(variable, "")
    if Path(named).is_absolute():
        return Path(named) / "rsd"
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and the user is not in the password file, as in a container
        return None
    return home / below_home / "rsd" if home.is_absolute() else None


def exercise_folder(rules: Path | None, chosen: Path | None) -> Path:
    """Return the folder of exercises: the one chosen, else that of the rule book."""
    folder = chosen if chosen is not None else rule_folder(rules) / "exercises"
    if not folder.is_dir():
        raise typer.BadParameter("There is no folder of exercises there.", param_hint="--from" if chosen else "--rules")
    return folder

"""Options that several commands share, and what they stand for: the rule book, the profile, the user's folders.

Modules with commands do without `from __future__ import annotations`: Typer reads the annotations of a command when it
is run, and evaluating them from text costs a tenth of `rsd --help`.
"""

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from screen.case.case_file import Case, read_case
from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean
from screen.process import forbid_core_dumps
from screen.rulebook.answers import parse_date
from screen.rulebook.loader import load_book
from screen.rulebook.model import RuleBook

RULES_VARIABLE = "RSD_RULES"
_Command = TypeVar("_Command", bound=Callable[..., object])

RulesOption = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="FOLDER",
        envvar=RULES_VARIABLE,
        help="Rule folder to use instead of the one that comes with the program.",
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", "-p", metavar="NAME", help="Reading of the law; `rsd rules readings` lists them."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Apply the law of that day, such as 2014-09-01.")
]
ClosedOption = Annotated[
    bool, typer.Option("--closed", help="Look ahead: read the record as closed. Nothing is written.")
]


class Assessed(StrEnum):
    """What answers count for that nobody has assessed."""

    AS_RECORDED = "as_recorded"
    ACCEPTED = "accepted"


AssessedOption = Annotated[
    Assessed,
    typer.Option("--assessed", help="What answers count for that nobody has assessed: they carry no recognition yet."),
]
#: `readable=False` keeps Typer from checking: a case that may not be read is reported like any other unusable case.
CaseArgument = Annotated[Path, typer.Argument(metavar="CASE", readable=False, help="Case file.")]


def help_text(text: str) -> Callable[[_Command], _Command]:
    """Return a decorator that gives a command its help. Python keeps no docstring in the source under `-OO`."""

    def with_help(command: _Command) -> _Command:
        command.__doc__ = text
        return command

    return with_help


def read_case_today(path: Path, book: RuleBook) -> Case:
    """Return the case of a file. Raises DiagnosticsError, also for a record that is closed on a day to come."""
    return read_case(path, book, last_day())


def last_day() -> date:
    """Return the last day that has begun somewhere: a record closed in Seoul today is not closed in the future."""
    return datetime.now(timezone(timedelta(hours=14))).date()


def rule_folder(requested: Path | None) -> Path:
    """Return the rule folder: the requested one, else the one in the package, else the one of the checkout."""
    if requested is not None:
        return requested
    package = Path(__file__).resolve().parent.parent
    packaged = package / "rules"
    return packaged if packaged.is_dir() else package.parent.parent / "rules"


def book_from_options(rules: Path | None, as_of: str | None = None) -> RuleBook:
    """Return the checked rule book, with the law of a day if one is given.

    Raises DiagnosticsError, or a usage error for what is no day.
    """
    forbid_core_dumps()  # every command that reads a case reads the rule book first
    return load_book(rule_folder(rules), cache_folder(), None if as_of is None else _day(as_of))


def _day(text: str) -> date:
    day = parse_date(text)
    if day is None:
        raise typer.BadParameter("Write a day as 2022-06-28.", param_hint="--as-of")
    return day


def choose_profile(book: RuleBook, requested: str | None, default: str | None = None, option: str = "--profile") -> str:
    """Return the requested profile, else the default (the case's own), else the book's. Raises a usage error."""
    name = requested or default or book.default_profile
    if name not in book.profiles:
        hint = did_you_mean(name, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
        raise typer.BadParameter(f'There is no profile "{name}". {hint}', param_hint=option)
    return name


def exercise_folder(rules: Path | None, requested: Path | None) -> Path:
    """Return the requested folder of exercises, else that of the rule book. Raises a usage error."""
    folder = requested if requested is not None else rule_folder(rules) / "exercises"
    if not folder.is_dir():
        option = "--from" if requested else "--rules"
        raise typer.BadParameter("There is no folder of exercises there.", param_hint=option)
    return folder


def cache_folder() -> Path | None:
    """Return the folder for what can be made again at any time; None if this user has none."""
    return _user_folder("XDG_CACHE_HOME", ".cache")


def data_folder() -> Path:
    """Return the folder for a user's own data: progress in training, never a case.

    Raises DiagnosticsError if this user has none.
    """
    folder = _user_folder("XDG_DATA_HOME", ".local/share")
    if folder is None:
        message, hint = "there is no home folder to keep progress in.", "Set XDG_DATA_HOME to a folder of your own."
        raise DiagnosticsError([Diagnostic(Location("XDG_DATA_HOME"), "cannot-write", message, hint)])
    return folder


def _user_folder(variable: str, below_home: str) -> Path | None:
    """Return our folder below the one that this variable names, else below the home folder; None if there is neither.

    A relative path is ignored, as the XDG base directory specification requires: it would be another folder, with
    another cache, wherever the command is run.
    """
    base = os.environ.get(variable, "")
    if Path(base).is_absolute():
        return Path(base) / "rsd"
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and the user is not in the password file, as in a container
        return None
    return home / below_home / "rsd" if home.is_absolute() else None

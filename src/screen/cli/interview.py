"""`rsd interview`: the questions that still matter, one at a time."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import display
from screen.cli.settings import AsOf, ProfileName, Rules, book_of, profile_of


def interview(
    file: Annotated[
        Path | None, typer.Argument(metavar="[CASE]", help="Case file to go on with, or to begin.", show_default=False)
    ] = None,
    profile: ProfileName = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines: no panel, no arrow keys.")] = False,
    as_of: AsOf = None,
    rules: Rules = None,
) -> None:
    """Ask only the questions that can still change a conclusion, and keep every answer at once.

    Stop at any time: answers are on the disk before the next question is shown.
    """
    from screen.case import new_case, read_case
    from screen.cli.ask import asker
    from screen.interview import converse
    from screen.report.template import template

    book = book_of(rules, as_of)
    file = file or _named()
    if not file.exists():
        new_case(file, template(book, file.stem))
        display.say(f"New case file: {file}")
    chosen = book.profiles[profile_of(book, profile, read_case(file, book).profile)]
    converse(book, file, chosen, asker(plain))
    display.say(f"Saved in {file}. The determination: rsd assess {file}")


def _named() -> Path:
    """Ask for the name of a new case. Raises a usage error where there is none."""
    sys.stdout.write("Registration number or pseudonym of the case (never a name): ")
    sys.stdout.flush()
    name = sys.stdin.readline().strip()
    if not name:
        raise typer.BadParameter("Name a case file: rsd interview CASE.yaml", param_hint="CASE")
    return Path(name if name.endswith((".yaml", ".json")) else f"{name}.yaml")

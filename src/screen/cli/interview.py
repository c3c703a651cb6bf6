"""`rsd interview`: the questions that still matter, one at a time."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import display
from screen.cli.case import begin
from screen.cli.outputs import status
from screen.cli.settings import RULES, AsOf, ProfileName, Rules, book_of, profile_of


def interview(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CASE]", readable=False, help="Case file to go on with, or to begin.", show_default=False
        ),
    ] = None,
    profile: ProfileName = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines: no panel, no arrow keys.")] = False,
    as_of: AsOf = None,
    rules: Rules = None,
) -> None:
    """Ask only the questions that can still change a conclusion, and keep every answer at once.

    Stop at any time: answers are on the disk before the next question is shown.
    """
    from screen.case import read_case
    from screen.cli.ask import asker
    from screen.interview import converse

    book = book_of(rules, as_of)
    file = file or _named()
    pasted = display.pasted(file)
    wanted = profile and profile_of(book, profile)  # asked first: a slip here leaves no new file behind
    if status(file) is None:
        begin(file, book)
        display.say(f"New case file: {pasted}")
    before = read_case(file, book)
    after = converse(book, file, book.profiles[profile_of(book, wanted, before.profile)], asker(plain))
    saved = f"Saved in {pasted}." if after != before else f"Nothing was changed in {pasted}."
    display.say(saved)
    display.say_command("The determination", f"rsd assess {pasted}{_options(profile, as_of, rules)}")


def _options(profile: str | None, as_of: str | None, rules: Path | None) -> str:
    """Return the options under which the case was read, as they are typed: under another law it reads otherwise."""
    said = [("--profile", profile), ("--as-of", as_of)]
    if rules is not None and str(rules) != os.environ.get(RULES):
        said.append(("--rules", str(rules)))
    return "".join(f" {name} {display.pasted(Path(word))}" for name, word in said if word is not None)


def _named() -> Path:
    """Ask for the name of a new case until one can be used. Raises a usage error where there is none."""
    from screen.case import NAMED, is_name
    from screen.endings import is_case_file

    while True:
        sys.stdout.write("Registration number or pseudonym of the case (never a name): ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line.strip():
            raise typer.BadParameter("Name a case file: rsd interview CASE.yaml", param_hint="CASE")
        file = Path(line.strip())
        name = file.stem if is_case_file(file) else file.name
        if is_name(name) and len(file.parts) == 1:
            return file if is_case_file(file) else Path(f"{name}.yaml")
        sys.stdout.write(f"This cannot be the name of a case. {NAMED}\n")

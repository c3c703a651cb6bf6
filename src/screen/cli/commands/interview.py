"""`rsd interview`: the questions that still matter, one at a time."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from screen.case.case_file import CASE_NAME_HINT, Case, is_case_name, require_case_name
from screen.case.writer import clear_stale_copies, require_saveable
from screen.cli import console
from screen.cli.commands.case import create_case_file
from screen.cli.options import (
    RULES_VARIABLE,
    AsOfOption,
    ProfileOption,
    RulesOption,
    book_from_options,
    choose_profile,
    help_text,
    read_case_today,
)
from screen.cli.output_files import file_status
from screen.cli.prompt.base import BasePrompter
from screen.cli.prompt.factory import open_prompter
from screen.cli.prompt.tty import hold_terminal
from screen.file_types import is_case_file
from screen.interview.conversation import hold_interview
from screen.rulebook.model import RuleBook


@help_text(
    """Ask only the questions that can still change a conclusion, and keep every answer at once.

    Stop at any time: answers are on the disk before the next question is shown.
    """
)
def interview(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CASE]", readable=False, help="Case file to go on with, or to begin.", show_default=False
        ),
    ] = None,
    profile: ProfileOption = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines: no panel, no arrow keys.")] = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules, as_of)
    requested = profile and choose_profile(book, profile)  # checked first: a wrong name here leaves no new file behind
    with hold_terminal(sys.stdin):
        prompter = open_prompter(plain)
        name_was_asked = file is None
        file = file or _ask_for_name(prompter)
        quoted = console.shell_quote(file)
        new_case = None
        if file_status(file) is None:
            # With a name that was asked for, the file is made with the first answer: stopping before that leaves none.
            if name_was_asked:
                new_case = _new_case(file, book)
            else:
                create_case_file(file, book)
            console.info(f"New case file: {quoted}")
        else:
            require_saveable(file)
            clear_stale_copies(file)
        before = new_case[0] if new_case else read_case_today(file, book)
        if requested and before.profile and requested != before.profile:
            console.info(f"The case names the profile {before.profile}; this interview is held under {requested}.")
        chosen_profile = book.profiles[choose_profile(book, requested, before.profile)]
        after = hold_interview(book, file, chosen_profile, prompter, new_case=new_case)
    if new_case and after == before:
        console.info("Nothing was answered, and no case file was written.")
        return
    console.info(f"Saved in {quoted}." if after != before else f"Nothing was changed in {quoted}.")
    console.suggest_command("The determination", f"rsd assess {quoted}{_same_options(profile, as_of, rules)}")


def _new_case(file: Path, book: RuleBook) -> tuple[Case, Callable[[], None]]:
    """Return a case that has no file yet, and what writes it. Raises DiagnosticsError if it cannot have this name."""
    return Case(require_case_name(file.stem, str(file))), lambda: create_case_file(file, book)


def _same_options(profile: str | None, as_of: str | None, rules: Path | None) -> str:
    """Return the options of this interview as they are typed: under another law the case reads otherwise."""
    options = [("--profile", profile), ("--as-of", as_of)]
    if rules is not None and str(rules) != os.environ.get(RULES_VARIABLE):
        options.append(("--rules", str(rules)))
    return "".join(f" {name} {console.shell_quote(Path(value))}" for name, value in options if value is not None)


def _ask_for_name(prompter: BasePrompter) -> Path:
    """Ask for the name of a new case until it can be used. Raises a usage error if none is given."""
    while True:
        line = prompter.ask_line("Registration number or pseudonym of the case (never a name): ")
        if line is None or not line.strip():
            raise typer.BadParameter("Name a case file: rsd interview CASE.yaml", param_hint="CASE")
        file = Path(line.strip())
        name = file.stem if is_case_file(file) else file.name
        if is_case_name(name) and len(file.parts) == 1:
            return file if is_case_file(file) else Path(f"{name}.yaml")
        prompter.tell(f"This cannot be the name of a case. {CASE_NAME_HINT}")

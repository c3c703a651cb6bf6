"""`rsd interview`: the questions that still matter, one at a time."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
)
from screen.cli.output_files import file_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from screen.case.case_file import Case
    from screen.cli.prompt.base import BasePrompter
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
    from screen.case.case_file import must_be_saveable, read_case
    from screen.cli.prompt.factory import open_prompter
    from screen.cli.prompt.tty import hold_terminal
    from screen.interview.conversation import hold_interview

    book = book_from_options(rules, as_of)
    wanted = profile and choose_profile(book, profile)  # asked first: a slip here leaves no new file behind
    with hold_terminal(sys.stdin):
        ask = open_prompter(plain)
        asked_for = file is None
        file = file or _named(ask)
        pasted = console.shell_quote(file)
        new = None
        if file_status(file) is None:
            # A name that was asked for gets its file with the first answer: who stops before that leaves none.
            if asked_for:
                new = _new(file, book)
            else:
                create_case_file(file, book)
            console.info(f"New case file: {pasted}")
        else:
            must_be_saveable(file)
        before = new[0] if new else read_case(file, book)
        if wanted and before.profile and wanted != before.profile:
            console.info(f"The case names the profile {before.profile}; this interview is held under {wanted}.")
        under = book.profiles[choose_profile(book, wanted, before.profile)]
        after = hold_interview(book, file, under, ask, new_case=new)
    if new and after == before:
        console.info("Nothing was answered, and no case file was written.")
        return
    saved = f"Saved in {pasted}." if after != before else f"Nothing was changed in {pasted}."
    console.info(saved)
    console.suggest_command("The determination", f"rsd assess {pasted}{_options(profile, as_of, rules)}")


def _new(file: Path, book: "RuleBook") -> "tuple[Case, Callable[[], None]]":
    """Return a case that has no file yet, and what writes that. Raises Mistakes where it cannot have this name."""
    from screen.case.case_file import Case, case_name

    return Case(case_name(file.stem, str(file))), lambda: create_case_file(file, book)


def _options(profile: str | None, as_of: str | None, rules: Path | None) -> str:
    """Return the options under which the case was read, as they are typed: under another law it reads otherwise."""
    said = [("--profile", profile), ("--as-of", as_of)]
    if rules is not None and str(rules) != os.environ.get(RULES_VARIABLE):
        said.append(("--rules", str(rules)))
    return "".join(f" {name} {console.shell_quote(Path(word))}" for name, word in said if word is not None)


def _named(ask: "BasePrompter") -> Path:
    """Ask for the name of a new case until one can be used. Raises a usage error where there is none."""
    from screen.case.case_file import NAMED, is_name
    from screen.file_types import is_case_file

    while True:
        line = ask.ask_line("Registration number or pseudonym of the case (never a name): ")
        if line is None or not line.strip():
            raise typer.BadParameter("Name a case file: rsd interview CASE.yaml", param_hint="CASE")
        file = Path(line.strip())
        name = file.stem if is_case_file(file) else file.name
        if is_name(name) and len(file.parts) == 1:
            return file if is_case_file(file) else Path(f"{name}.yaml")
        ask.tell(f"This cannot be the name of a case. {NAMED}")

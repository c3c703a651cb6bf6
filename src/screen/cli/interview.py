"""`rsd interview`: the questions that still matter, one at a time."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import display
from screen.cli.case import begin
from screen.cli.outputs import status
from screen.cli.settings import RULES, AsOf, ProfileName, Rules, book_of, helped, profile_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from screen.case import Case
    from screen.cli.asking.talk import Talk
    from screen.language.terms import RuleBook


@helped(
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
    profile: ProfileName = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines: no panel, no arrow keys.")] = False,
    as_of: AsOf = None,
    rules: Rules = None,
) -> None:
    from screen.case import clear_copies, must_be_saveable, read_case
    from screen.cli.ask import asker
    from screen.cli.asking.keyboard import held
    from screen.interview import converse

    book = book_of(rules, as_of)
    wanted = profile and profile_of(book, profile)  # asked first: a slip here leaves no new file behind
    with held(sys.stdin):
        ask = asker(plain)
        asked_for = file is None
        file = file or _named(ask)
        pasted = display.pasted(file)
        new = None
        if status(file) is None:
            # A name that was asked for gets its file with the first answer: who stops before that leaves none.
            if asked_for:
                new = _new(file, book)
            else:
                begin(file, book)
            display.say(f"New case file: {pasted}")
        else:
            must_be_saveable(file)
            clear_copies(file)
        before = new[0] if new else read_case(file, book)
        if wanted and before.profile and wanted != before.profile:
            display.say(f"The case names the profile {before.profile}; this interview is held under {wanted}.")
        under = book.profiles[profile_of(book, wanted, before.profile)]
        after = converse(book, file, under, ask, new=new)
    if new and after == before:
        display.say("Nothing was answered, and no case file was written.")
        return
    saved = f"Saved in {pasted}." if after != before else f"Nothing was changed in {pasted}."
    display.say(saved)
    display.say_command("The determination", f"rsd assess {pasted}{_options(profile, as_of, rules)}")


def _new(file: Path, book: "RuleBook") -> "tuple[Case, Callable[[], None]]":
    """Return a case that has no file yet, and what writes that. Raises Mistakes where it cannot have this name."""
    from screen.case import Case, case_name

    return Case(case_name(file.stem, str(file))), lambda: begin(file, book)


def _options(profile: str | None, as_of: str | None, rules: Path | None) -> str:
    """Return the options under which the case was read, as they are typed: under another law it reads otherwise."""
    said = [("--profile", profile), ("--as-of", as_of)]
    if rules is not None and str(rules) != os.environ.get(RULES):
        said.append(("--rules", str(rules)))
    return "".join(f" {name} {display.pasted(Path(word))}" for name, word in said if word is not None)


def _named(ask: "Talk") -> Path:
    """Ask for the name of a new case until one can be used. Raises a usage error where there is none."""
    from screen.case import NAMED, is_name
    from screen.endings import is_case_file

    while True:
        line = ask.ask_line("Registration number or pseudonym of the case (never a name): ")
        if line is None or not line.strip():
            raise typer.BadParameter("Name a case file: rsd interview CASE.yaml", param_hint="CASE")
        file = Path(line.strip())
        name = file.stem if is_case_file(file) else file.name
        if is_name(name) and len(file.parts) == 1:
            return file if is_case_file(file) else Path(f"{name}.yaml")
        ask.tell(f"This cannot be the name of a case. {NAMED}")

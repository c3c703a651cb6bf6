"""`rsd compare`: one case under several profiles side by side."""

import sys
from typing import Annotated

import typer

from screen.case.case_file import record_is_closed
from screen.cli import console
from screen.cli.commands.assess import DeterminationFormat
from screen.cli.options import (
    AsOfOption,
    CaseArgument,
    ClosedOption,
    RulesOption,
    book_from_options,
    help_text,
    read_case_today,
)
from screen.diagnostics import did_you_mean, shorten
from screen.engine.compare import compare_profiles
from screen.report.comparison import comparison_blocks
from screen.report.comparison_json import comparison_json
from screen.report.markdown import render_markdown
from screen.rulebook.model import RuleBook


@help_text("Say how each profile finds a case, and where and over which contested point they first differ.")
def compare(
    case: CaseArgument,
    profiles: Annotated[
        str | None,
        typer.Option("--profiles", metavar="A,B,C", help="Profiles to compare, two or more; all by default."),
    ] = None,
    output_format: Annotated[
        DeterminationFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DeterminationFormat.TEXT,
    closed: ClosedOption = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules, as_of)
    names = list(book.profiles) if profiles is None else _profile_names(book, profiles)
    file = read_case_today(case, book)
    comparison = compare_profiles(book, file.given, names, closed=record_is_closed(file, closed), as_recorded=True)
    if output_format is DeterminationFormat.TEXT:
        console.print_blocks(comparison_blocks(file, comparison))
    elif output_format is DeterminationFormat.JSON:
        console.print_json(comparison_json(file, comparison))
    else:
        sys.stdout.write(render_markdown(comparison_blocks(file, comparison)))


def _profile_names(book: RuleBook, listed: str) -> list[str]:
    """Return the profiles of a list with commas, each once. Raises a usage error."""
    names = list(dict.fromkeys(name.strip() for name in listed.split(",")))
    known = "Known: " + ", ".join(book.profiles) + "."
    for name in names:
        if name not in book.profiles:
            hint = did_you_mean(name, book.profiles, known)
            raise typer.BadParameter(f'There is no profile "{shorten(name)}". {hint}', param_hint="--profiles")
    if len(names) < 2:
        raise typer.BadParameter(f"One profile cannot be compared. Name two or more. {known}", param_hint="--profiles")
    return names

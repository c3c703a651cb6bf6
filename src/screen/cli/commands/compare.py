"""`rsd compare`: one case under several profiles side by side."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.commands.assess import DeterminationFormat
from screen.cli.options import AsOfOption, CaseArgument, RulesOption, book_from_options, help_text

if TYPE_CHECKING:
    from screen.rulebook.model import RuleBook


@help_text("Say how each profile finds a case, and where and over which contested point they part first.")
def compare(
    case: CaseArgument,
    profiles: Annotated[
        str | None,
        typer.Option("--profiles", metavar="A,B,C", help="Profiles to compare, two or more; every one where left out."),
    ] = None,
    form: Annotated[
        DeterminationFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DeterminationFormat.TEXT,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    from screen.case.case_file import read_case
    from screen.engine.compare import compare_profiles
    from screen.report.comparison import comparison_blocks, comparison_json

    book = book_from_options(rules, as_of)
    names = _names(book, profiles)
    file = read_case(case, book)
    comparison = compare_profiles(book, file.given, names)
    if form is DeterminationFormat.TEXT:
        console.print_blocks(comparison_blocks(file, comparison))
    elif form is DeterminationFormat.JSON:
        console.print_json(comparison_json(file, comparison))
    else:
        from screen.report.markdown import render_markdown

        sys.stdout.write(render_markdown(comparison_blocks(file, comparison)))


def _names(book: "RuleBook", listed: str | None) -> list[str]:
    """Return the profiles that were named, or all. Raises a usage error."""
    from screen.diagnostics import did_you_mean, shorten

    if listed is None:
        return list(book.profiles)
    names = list(dict.fromkeys(name.strip() for name in listed.split(",")))
    known = "Known: " + ", ".join(book.profiles) + "."
    for name in names:
        if name not in book.profiles:
            remedy = did_you_mean(name, book.profiles, known)
            raise typer.BadParameter(f'There is no profile "{shorten(name)}". {remedy}', param_hint="--profiles")
    if len(names) < 2:
        raise typer.BadParameter(f"One profile cannot be compared. Name two or more. {known}", param_hint="--profiles")
    return names

"""`rsd compare`: one case under several profiles side by side."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.commands.assess import DeterminationFormat
from screen.cli.options import AsOf, CaseFile, Rules, book_of, help_text

if TYPE_CHECKING:
    from screen.rulebook.terms import RuleBook


@help_text("Say how each profile finds a case, and where and over which contested point they part first.")
def compare(
    case: CaseFile,
    profiles: Annotated[
        str | None,
        typer.Option("--profiles", metavar="A,B,C", help="Profiles to compare, two or more; every one where left out."),
    ] = None,
    form: Annotated[
        DeterminationFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DeterminationFormat.TEXT,
    as_of: AsOf = None,
    rules: Rules = None,
) -> None:
    from screen.case.case_file import read_case
    from screen.engine.compare import compare_profiles
    from screen.report.comparison import blocks, json_of

    book = book_of(rules, as_of)
    names = _names(book, profiles)
    file = read_case(case, book)
    comparison = compare_profiles(book, file.given, names)
    if form is DeterminationFormat.TEXT:
        console.show(blocks(file, comparison))
    elif form is DeterminationFormat.JSON:
        console.show_json(json_of(file, comparison))
    else:
        from screen.report.markdown import markdown

        sys.stdout.write(markdown(blocks(file, comparison)))


def _names(book: "RuleBook", listed: str | None) -> list[str]:
    """Return the profiles that were named, or all. Raises a usage error."""
    from screen.diagnostics import did_you_mean, shortened

    if listed is None:
        return list(book.profiles)
    names = list(dict.fromkeys(name.strip() for name in listed.split(",")))
    known = "Known: " + ", ".join(book.profiles) + "."
    for name in names:
        if name not in book.profiles:
            remedy = did_you_mean(name, book.profiles, known)
            raise typer.BadParameter(f'There is no profile "{shortened(name)}". {remedy}', param_hint="--profiles")
    if len(names) < 2:
        raise typer.BadParameter(f"One profile cannot be compared. Name two or more. {known}", param_hint="--profiles")
    return names

"""`rsd case`: new case files, and what is wrong with those there are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text
from screen.text import sanitize_line

if TYPE_CHECKING:
    from screen.rulebook.model import RuleBook

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make case files and check them.")


@app.command()
@help_text("Write a case file with every question in it, each commented out.")
def new(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", readable=False, help="Where to write it; never over a file that is there.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="Registration number or pseudonym; the file's name where left out.")
    ] = None,
    rules: RulesOption = None,
) -> None:
    create_case_file(file, book_from_options(rules), name)
    pasted = console.shell_quote(file)
    console.info(f"{pasted} written, readable by you alone.")
    console.suggest_command("Next", f"rsd interview {pasted}")


def create_case_file(file: Path, book: "RuleBook", name: str | None = None) -> None:
    """Write a new case file. Raises Mistakes, before anything is written, where its name may be a person's."""
    from screen.case.case_file import case_name, new_case
    from screen.report.case_template import case_template

    named = case_name(file.stem, str(file)) if name is None else case_name(name, "--name")
    new_case(file, case_template(book, named, file))


@app.command()
@help_text("Report every mistake of case files, each with its place.")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", readable=False, help="Case files.")],
    rules: RulesOption = None,
) -> None:
    from screen.case.case_file import check_case, readable_by_others

    book = book_from_options(rules)
    wrong = 0
    for file in files:
        case, mistakes = check_case(file, book)
        for mistake in mistakes:
            console.error(str(mistake))
        wrong += bool(mistakes)
        if case and not mistakes:
            typer.echo(f"{sanitize_line(str(file))}: fine, {len(case.given)} of {len(book.facts)} facts answered.")
        if case and readable_by_others(file):
            pasted = console.shell_quote(file)
            console.info(f"{pasted}: others can read this file.")
            console.suggest_command("Run", f"chmod 600 {pasted}")
    if wrong:
        raise typer.Exit(1)

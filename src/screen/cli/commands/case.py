"""`rsd case`: new case files, and what is wrong with existing ones."""

from pathlib import Path
from typing import Annotated

import typer

from screen.case.case_file import Case, check_case, require_case_name
from screen.case.writer import is_readable_by_others, write_new_case
from screen.cli import console, exit_codes
from screen.cli.options import RulesOption, book_from_options, help_text, last_day
from screen.report.case_template import case_template
from screen.report.wording import record_line
from screen.rulebook.model import RuleBook
from screen.text import sanitize_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make case files and check them.")


@app.command()
@help_text("Write a case file with every question in it, each commented out.")
def new(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", readable=False, help="Where to write it; never over a file that is there.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="Registration number or pseudonym; by default the file's name.")
    ] = None,
    rules: RulesOption = None,
) -> None:
    create_case_file(file, book_from_options(rules), name)
    quoted = console.shell_quote(file)
    console.info(f"{quoted} written, readable by you alone.")
    console.suggest_command("Next", f"rsd interview {quoted}")


def create_case_file(file: Path, book: RuleBook, name: str | None = None) -> None:
    """Write a new case file. Raises DiagnosticsError, and writes nothing, if its name may be a person's."""
    name = require_case_name(file.stem, str(file)) if name is None else require_case_name(name, "--name")
    write_new_case(file, case_template(book, name, file))


def _if_closed(case: Case) -> str:
    """Return a sentence for a case whose record is closed; an open one is the rule."""
    return f" {record_line(case.record)}" if case.record.is_closed else ""


@app.command()
@help_text("Report every mistake of case files, each with its place.")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", readable=False, help="Case files.")],
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules)
    any_mistakes = False
    for file in files:
        case, mistakes = check_case(file, book, last_day())
        any_mistakes |= bool(mistakes)
        for mistake in mistakes:
            console.error(str(mistake))
        if case and not mistakes:
            answered = f"{len(case.given)} of {len(book.facts)} facts answered"
            typer.echo(f"{sanitize_line(str(file))}: fine, {answered}.{_if_closed(case)}")
        if case and is_readable_by_others(file):
            quoted = console.shell_quote(file)
            console.info(f"{quoted}: others can read this file.")
            console.suggest_command("Run", f"chmod 600 {quoted}")
    if any_mistakes:
        raise typer.Exit(exit_codes.UNUSABLE_INPUT)

"""`rsd case`: new case files, what is wrong with existing ones, and their record closed or reopened."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from screen.case.case_file import Case, check_case, require_case_name
from screen.case.record import OPEN_RECORD, Record, record_closed_error, record_line
from screen.case.writer import is_readable_by_others, save_record, write_new_case
from screen.cli import console, exit_codes
from screen.cli.options import (
    RulesOption,
    book_from_options,
    choose_profile,
    help_text,
    last_day,
    read_case_today,
)
from screen.diagnostics import DiagnosticsError
from screen.engine.before_closing import OpenQuestions, open_questions
from screen.report.before_closing import not_put_diagnostics, other_question_blocks
from screen.report.case_template import case_template
from screen.rulebook.answers import parse_date
from screen.rulebook.model import RuleBook
from screen.text import sanitize_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make case files, check them, close their record.")


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


@app.command()
@help_text(
    """Close the record of a case: what was not shown on it is then not shown.

    Refused while a presumed danger, a doubt or a named place was not put to the applicant. Other questions that decide
    and were not put are listed. `rsd assess FILE --closed` looks ahead without closing.
    """
)
def close(
    file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, help="Case file.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who closes it.")],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="On which day, such as 2026-10-09; by default today.")
    ] = None,
    rules: RulesOption = None,
) -> None:
    if not by.strip() or sanitize_line(by) != by:
        raise typer.BadParameter("Write a name, in one line.", param_hint="--by")
    record = Record(is_closed=True, by=by.strip(), on=_day_of_closing(on))
    book = book_from_options(rules)
    questions: list[OpenQuestions] = []

    def record_of(case: Case) -> Record:
        if case.record.is_closed:
            raise record_closed_error(file)
        questions.append(open_questions(book, case.given, choose_profile(book, None, case.profile)))
        if refusals := list(not_put_diagnostics(questions[0], str(file))):
            raise DiagnosticsError(refusals)
        return record

    try:
        save_record(file, book, record_of, console.info)
    finally:
        if questions:
            console.print_blocks(other_question_blocks(questions[0]))
    quoted = console.shell_quote(file)
    console.info(f"{quoted}: {record_line(record)}")
    console.suggest_command("The determination", f"rsd assess {quoted}")


def _day_of_closing(text: str | None) -> date:
    """Return the day that was typed, else today. Raises a usage error for what is no day, or one to come."""
    day = date.today() if text is None else parse_date(text)
    if day is None:
        raise typer.BadParameter("Write a day as 2022-06-28.", param_hint="--on")
    if day > last_day():
        raise typer.BadParameter("This day is still to come.", param_hint="--on")
    return day


@app.command()
@help_text("Open the record of a case again: unknown is unknown, and answers can be saved.")
def reopen(
    file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, help="Case file.")],
    rules: RulesOption = None,
) -> None:
    was_closed = read_case_today(file, book := book_from_options(rules)).record.is_closed
    quoted = console.shell_quote(file)
    if was_closed:
        save_record(file, book, lambda case: None, console.info)
        console.suggest_command("Next", f"rsd interview {quoted}")
    console.info(f"{quoted}: {record_line(OPEN_RECORD)}{'' if was_closed else ' Nothing was changed.'}")

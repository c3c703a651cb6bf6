"""`rsd rules show`, `readings` and `claims`: the rule book in words."""

from typing import Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, help_text
from screen.diagnostics import did_you_mean
from screen.report.claims import claim_blocks, paper_blocks
from screen.report.law import contested_point_blocks, criteria_blocks, entry_blocks


@help_text("Print a criterion with its law, its words, what it needs and what needs it; without a name, list them all.")
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A criterion, fact, reading, profile, source or position.")
    ] = None,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules)
    blocks = entry_blocks(book, name) if name else criteria_blocks(book)
    if blocks is None:
        known = [*book.criteria, *book.facts, *book.readings, *book.profiles, *book.sources]
        known += [objection.name for objection in book.objections] + [response.name for response in book.responses]
        known += [component.name for component in book.human_security]
        hint = did_you_mean(name or "", known, "`rsd rules show` lists the criteria.")
        raise typer.BadParameter(f'Nothing in the rule book is named "{name}". {hint}', param_hint="NAME")
    console.print_blocks(blocks)


@help_text("Print every contested point, its sides with their authority, and which profile takes which.")
def readings(rules: RulesOption = None) -> None:
    console.print_blocks(contested_point_blocks(book_from_options(rules)))


@help_text("Print the paper argument by argument, and where the rule book takes each proposition up.")
def claims(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[CLAIM]", help="A proposition of the paper, such as P54; all by default."),
    ] = None,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules)
    blocks = claim_blocks(book, name.upper()) if name else paper_blocks(book)
    if blocks is None:
        known = (
            f"They are {next(iter(book.claims))} to {next(reversed(book.claims))}." if book.claims else "It has none."
        )
        raise typer.BadParameter(f'The rule book has no claim "{name}". {known}', param_hint="CLAIM")
    console.print_blocks(blocks)

"""`rsd rules check`: every mistake of a rule folder."""

from typing import Annotated

import typer

from screen.cli import console, exit_codes
from screen.cli.options import RulesOption, help_text, rule_folder
from screen.diagnostics import Diagnostic
from screen.evaluation.agreement import read_yardstick
from screen.evaluation.law_cases import read_law_cases
from screen.rulebook.checker import check_book
from screen.rulebook.lint import find_lints
from screen.simulation.populations import read_populations
from screen.training.exercise import read_exercises


@help_text("Report every mistake of the rule files, and what looks wrong in them.")
def check(
    rules: RulesOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let what only looks wrong count as a mistake.")] = False,
) -> None:
    checked = check_book(rule_folder(rules))
    book = checked.book
    mistakes = list(checked.diagnostics)
    lints: list[Diagnostic] = []
    if book:
        cases, case_mistakes = read_law_cases(checked.cases, book)
        mistakes += case_mistakes
        mistakes += read_yardstick(checked, cases, book)[1]
        mistakes += read_exercises(checked.exercises, book)[1]
        mistakes += read_populations(checked.populations, book)[1]
        lints = find_lints(book, checked.location)
    for diagnostic in sorted([*mistakes, *lints]):
        console.error(str(diagnostic))
    if book and not mistakes:
        console.print_line(
            f"{book.title} {book.version}: {len(book.facts)} facts, {len(book.criteria)} criteria, "
            f"{len(book.sources)} authorities, {len(book.profiles)} profiles, {len(checked.cases)} law cases, "
            f"{len(checked.exercises)} exercises. No mistakes, {len(lints)} lints."
        )
    if mistakes or (strict and lints):
        raise typer.Exit(exit_codes.UNUSABLE_INPUT)

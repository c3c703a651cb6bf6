"""`rsd rules check`: every mistake of a rule folder."""

from typing import Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, help_text, rule_folder
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
    mistakes = list(checked.diagnostics)
    found = []
    if checked.book:
        cases, wrong = read_law_cases(checked.cases, checked.book)
        mistakes += wrong + read_yardstick(checked, cases, checked.book)[1]
        mistakes += read_exercises(checked.exercises, checked.book)[1]
        mistakes += read_populations(checked.populations, checked.book)[1]
        found = find_lints(checked.book, checked.location)
    for mistake in sorted([*mistakes, *found]):
        console.error(str(mistake))
    if checked.book and not mistakes:
        book = checked.book
        console.print_line(
            f"{book.title} {book.version}: {len(book.facts)} facts, {len(book.criteria)} criteria, "
            f"{len(book.sources)} authorities, {len(book.profiles)} profiles, {len(checked.cases)} law cases, "
            f"{len(checked.exercises)} exercises. "
            f"No mistakes, {len(found)} lints."
        )
    if mistakes or (strict and found):
        raise typer.Exit(1)

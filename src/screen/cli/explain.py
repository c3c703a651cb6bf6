"""`rsd explain`: why one criterion ended as it did."""

from typing import Annotated

import typer

from screen.cli import display
from screen.cli.settings import AsOf, CaseFile, ProfileName, Rules, book_of, profile_of


def explain(
    case: CaseFile,
    criterion: Annotated[
        str, typer.Argument(metavar="CRITERION", help="Name of a criterion; `rsd rules show` lists them.")
    ],
    profile: ProfileName = None,
    depth: Annotated[int, typer.Option("--depth", min=1, max=12, help="How many criteria to go down through.")] = 2,
    everything: Annotated[bool, typer.Option("--all", help="Show the parts that decided nothing, too.")] = False,
    as_of: AsOf = None,
    rules: Rules = None,
) -> None:
    """Say why a criterion ended as it did, down to the facts, and why not otherwise."""
    from screen.case import read_case
    from screen.engine.evaluate import evaluate
    from screen.mistake import nearest
    from screen.report.explanation import explanation

    book = book_of(rules, as_of)
    if criterion not in book.criteria:
        remedy = nearest(criterion, book.criteria, "`rsd rules show` lists them.")
        raise typer.BadParameter(f'There is no criterion "{criterion}". {remedy}', param_hint="CRITERION")
    file = read_case(case, book)
    findings = evaluate(book, file.given, profile_of(book, profile, file.profile))
    display.show(explanation(findings, criterion, depth=depth, everything=everything))

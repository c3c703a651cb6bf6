"""`rsd explain`: why one criterion ended as it did."""

from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import (
    AsOfOption,
    CaseArgument,
    ProfileOption,
    RulesOption,
    book_from_options,
    choose_profile,
    help_text,
)

if TYPE_CHECKING:
    from screen.rulebook.model import RuleBook

_SHOWN = 8


@help_text("Say why a criterion ended as it did, down to the facts, and why not otherwise.")
def explain(
    case: CaseArgument,
    criterion: Annotated[
        str, typer.Argument(metavar="CRITERION", help="Name of a criterion; `rsd rules show` lists them.")
    ],
    profile: ProfileOption = None,
    depth: Annotated[int, typer.Option("--depth", min=1, max=12, help="How many criteria to go down through.")] = 2,
    everything: Annotated[bool, typer.Option("--all", help="Show the parts that decided nothing, too.")] = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    from screen.case.case_file import read_case
    from screen.engine.evaluate import evaluate
    from screen.report.explanation import explanation_blocks

    book = book_from_options(rules, as_of)
    if criterion not in book.criteria:
        raise typer.BadParameter(_not_there(book, criterion), param_hint="CRITERION")
    file = read_case(case, book)
    findings = evaluate(book, file.given, choose_profile(book, profile, file.profile))
    console.print_blocks(explanation_blocks(findings, criterion, depth=depth, all_parts=everything))


def _not_there(book: "RuleBook", name: str) -> str:
    """Return what to say of a name that no criterion has, and which one may be meant."""
    from screen.diagnostics import did_you_mean, shorten
    from screen.rulebook.dependencies import facts_in
    from screen.rulebook.model import criterion_terms

    if name in book.facts:
        users = [one.name for one in book.criteria.values() if name in facts_in(criterion_terms(one))]
        told = ", ".join(users[:_SHOWN]) + (f" and {len(users) - _SHOWN} more" if len(users) > _SHOWN else "")
        return f'"{name}" is a fact. {f"Criteria that use it: {told}." if users else "No criterion uses it."}'
    begun = [one for one in book.criteria if one.startswith(f"{name}_")]
    if begun:
        return f'There is no criterion "{name}". These begin so: {", ".join(begun[:_SHOWN])}.'
    remedy = did_you_mean(name, book.criteria, "`rsd rules show` lists them.")
    return f'There is no criterion "{shorten(name)}". {remedy}'

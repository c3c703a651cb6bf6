"""`rsd explain`: why one criterion ended as it did."""

from typing import Annotated

import typer

from screen.case.case_file import record_is_closed
from screen.cli import console
from screen.cli.options import (
    AsOfOption,
    CaseArgument,
    ClosedOption,
    ProfileOption,
    RulesOption,
    book_from_options,
    choose_profile,
    help_text,
    read_case_today,
)
from screen.diagnostics import did_you_mean, shorten
from screen.engine.evaluate import evaluate
from screen.report.explanation import explanation_blocks
from screen.rulebook.dependencies import facts_in
from screen.rulebook.model import RuleBook, criterion_terms

_MAX_NAMES = 8


@help_text("Say why a criterion ended as it did, down to the facts, and why not otherwise.")
def explain(
    case: CaseArgument,
    criterion: Annotated[
        str, typer.Argument(metavar="CRITERION", help="Name of a criterion; `rsd rules show` lists them.")
    ],
    profile: ProfileOption = None,
    depth: Annotated[int, typer.Option("--depth", min=1, max=12, help="How many criteria to go down through.")] = 2,
    all_parts: Annotated[bool, typer.Option("--all", help="Show the parts that were not decisive, too.")] = False,
    closed: ClosedOption = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules, as_of)
    if criterion not in book.criteria:
        raise typer.BadParameter(_no_criterion_message(book, criterion), param_hint="CRITERION")
    file = read_case_today(case, book)
    chosen = choose_profile(book, profile, file.profile)
    findings = evaluate(book, file.given, chosen, closed=record_is_closed(file, closed))
    console.print_blocks(explanation_blocks(findings, criterion, depth=depth, all_parts=all_parts))


def _no_criterion_message(book: RuleBook, name: str) -> str:
    """Return the message about a name that no criterion has, with those that may be meant."""
    if name in book.facts:
        users = [criterion.name for criterion in book.criteria.values() if name in facts_in(criterion_terms(criterion))]
        if not users:
            return f'"{name}" is a fact. No criterion uses it.'
        more = f" and {len(users) - _MAX_NAMES} more" if len(users) > _MAX_NAMES else ""
        return f'"{name}" is a fact. Criteria that use it: {", ".join(users[:_MAX_NAMES])}{more}.'
    longer = [criterion for criterion in book.criteria if criterion.startswith(f"{name}_")]
    if longer:
        return f'There is no criterion "{name}". These begin so: {", ".join(longer[:_MAX_NAMES])}.'
    hint = did_you_mean(name, book.criteria, "`rsd rules show` lists them.")
    return f'There is no criterion "{shorten(name)}". {hint}'

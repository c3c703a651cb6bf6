"""`rsd rules test` and `coverage`: the law cases tried against the rule book."""

from pathlib import Path
from typing import Annotated

import typer

from screen.cli.console import print_line
from screen.cli.options import RulesOption, help_text, rule_folder
from screen.diagnostics import DiagnosticsError
from screen.evaluation.agreement import RESULT, Agreement, Yardstick, compare_holdings, count_agreement, read_yardstick
from screen.evaluation.law_cases import LawCaseResult, find_coverage_gaps, read_law_cases, try_law_case
from screen.report.wording import STATUS_LABELS
from screen.rulebook.checker import CheckedFolder, check_book


@help_text("Try every law case and print where the rule book and the case part.")
def try_cases(
    rules: RulesOption = None,
    name: Annotated[
        str | None, typer.Option("--only", metavar="TEXT", help="Try the cases whose name or decision holds this.")
    ] = None,
    by_issue: Annotated[
        bool, typer.Option("--agreement", help="Count agreement with real decisions by issue and forum.")
    ] = False,
) -> None:
    wanted = (name or "").lower()
    all_results, checked = _tried(rules)
    results = [one for one in all_results if wanted in f"{one.case.decision} {one.case.name}".lower()]
    if name is not None and not results:
        raise typer.BadParameter(f'No law case has "{name}" in its name or decision.', param_hint="--only")
    for one in results:
        label = f"{one.case.decision}: " if one.case.decision else ""
        for criterion, expected, found in one.differences:
            print_line(f"{one.case.location}: {label}{one.case.name}\n  {criterion}: {found}, expected {expected}.")
        if one.differences and one.excuse:
            print_line(f"  {one.excuse}")
        if one.passes and one.excuse:
            print_line(
                f"{one.case.location}: {label}{one.case.name}\n  It holds, and says that it does not: {one.excuse}"
            )
    if by_issue:
        _say_agreement(_yardstick(checked, all_results), results, every=not wanted)
    held = sum(one.passes for one in results)
    disputed = sum(not one.passes and one.case.disputed is not None for one in results)
    gaps = sum(not one.passes and one.case.not_yet is not None for one in results)
    checks = sum(len(one.case.expect) + (one.case.recommend is not None) for one in results)
    met = checks - sum(len(one.differences) for one in results)
    print_line(f"{held} of {len(results)} law cases hold, {disputed} are disputed, {gaps} cannot be said yet.")
    print_line(f"{met} of {checks} findings are as expected.")
    if any(one.passes == (one.excuse is not None) for one in results):
        raise typer.Exit(1)


@help_text("Print which findings no law case ever gives a criterion: law that nothing has tried.")
def coverage(rules: RulesOption = None) -> None:
    results, _ = _tried(rules)
    gaps = find_coverage_gaps(results, results[0].findings.book) if results else {}
    for name, states in gaps.items():
        print_line(f"{name:34} never {', '.join(STATUS_LABELS[state].lower() for state in states)}")
    worded = sum(one.says is not None for one in results[0].findings.book.criteria.values()) if results else 0
    print_line(f"{worded - len(gaps)} of {worded} criteria with words are found every way by {len(results)} law cases.")


def _say_agreement(yard: Yardstick, results: list[LawCaseResult], *, every: bool) -> None:
    """Print how far the book agrees with the decisions: all of them, or those alone that a law case tries here."""
    seen = {one.case.decision for one in results}
    rows = [row for row in compare_holdings(yard, results) if every or row.decision.name in seen]
    holdings = [row for row in rows if row.issue != RESULT]
    endings = [row for row in rows if row.issue == RESULT]
    tables = (
        ("By issue, what real decisions held", [(row.issue, row.agrees) for row in holdings]),
        ("By forum, what real decisions held", [(row.decision.forum, row.agrees) for row in holdings]),
        ("By result, how whole cases ended", [(row.decision.result, row.agrees) for row in endings]),
    )
    for title, pairs in tables:
        print_line(f"\n{title}:")
        for key, count in count_agreement(pairs).items():
            print_line(f"  {key:48} {_of(count)}")
    for what, of in (("holdings", holdings), ("results", endings)):
        for whole in count_agreement((what, row.agrees) for row in of).values():
            left_out = f", {whole.left_out} are left out for a reason" if whole.left_out else ""
            print_line(f"\n{whole.agreeing} of {whole.total} {what} of real decisions agree{left_out}.")
    doubtful = sum(len(one.held) for one in yard.decisions.values() if one.doubt)
    if every and doubtful:
        print_line(f"{doubtful} holdings of decisions in doubt are authority only.")
    print_line("")


def _of(count: Agreement) -> str:
    left_out = f", {count.left_out} left out" if count.left_out else ""
    return f"{count.agreeing:3} of {count.total}{left_out}"


def _tried(rules: Path | None) -> tuple[list[LawCaseResult], CheckedFolder]:
    """Return what the rule book gives for every law case, with the checked folder. Raises Mistakes."""
    checked = check_book(rule_folder(rules))
    if checked.book is None or checked.timeless_book is None:
        raise DiagnosticsError(checked.diagnostics)
    cases, mistakes = read_law_cases(checked.cases, checked.book)
    if mistakes:
        raise DiagnosticsError(mistakes)
    return [try_law_case(case, checked.timeless_book) for case in cases], checked


def _yardstick(checked: CheckedFolder, results: list[LawCaseResult]) -> Yardstick:
    """Return what decisions are compared by. Raises Mistakes where a holding would be lost."""
    assert checked.book is not None
    yard, mistakes = read_yardstick(checked, [one.case for one in results], checked.book)
    if mistakes:
        raise DiagnosticsError(mistakes)
    return yard

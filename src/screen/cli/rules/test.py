"""`rsd rules test` and `coverage`: the law cases tried against the rule book."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import exit_codes
from screen.cli.console import print_line
from screen.cli.options import RulesOption, help_text, rule_folder
from screen.diagnostics import DiagnosticsError
from screen.evaluation.agreement import (
    RESULT,
    Agreement,
    HoldingComparison,
    Yardstick,
    compare_holdings,
    count_agreement,
    read_yardstick,
)
from screen.evaluation.law_cases import LawCaseResult, find_coverage_gaps, read_law_cases, try_law_case
from screen.report.wording import STATUS_LABELS
from screen.rulebook.checker import CheckedFolder, check_book


@help_text("Try every law case and print where the rule book and the case differ.")
def try_cases(
    rules: RulesOption = None,
    name: Annotated[
        str | None, typer.Option("--only", metavar="TEXT", help="Try the cases whose name or decision holds this.")
    ] = None,
    by_issue: Annotated[
        bool, typer.Option("--agreement", help="Count agreement with real decisions by issue and forum.")
    ] = False,
) -> None:
    all_results, checked = _try_all(rules)
    text = (name or "").lower()
    results = [result for result in all_results if text in f"{result.case.decision} {result.case.name}".lower()]
    if name is not None and not results:
        raise typer.BadParameter(f'No law case has "{name}" in its name or decision.', param_hint="--only")
    for result in results:
        _print_differences(result)
    if by_issue:
        _print_agreement(_yardstick(checked, all_results), results, all_decisions=not text)
    passed = sum(result.passes for result in results)
    disputed = sum(not result.passes and result.case.disputed is not None for result in results)
    gaps = sum(not result.passes and result.case.not_yet is not None for result in results)
    findings = sum(_expectations(result) for result in results)
    expected = findings - sum(len(result.differences) for result in results)
    print_line(f"{passed} of {len(results)} law cases hold, {disputed} are disputed, {gaps} cannot be said yet.")
    print_line(f"{expected} of {findings} findings are as expected.")
    # A case must hold, or give its excuse; with both, the excuse is out of date.
    if any(result.passes == (result.excuse is not None) for result in results):
        raise typer.Exit(exit_codes.UNUSABLE_INPUT)


def _expectations(result: LawCaseResult) -> int:
    case = result.case
    recommended = (case.recommend is not None) + (case.recommend_closed is not None)
    return len(case.expect) + len(case.expect_closed) + recommended


def _print_differences(result: LawCaseResult) -> None:
    case = result.case
    title = f"{case.location}: {f'{case.decision}: ' if case.decision else ''}{case.name}"
    for criterion, expected, found in result.differences:
        print_line(f"{title}\n  {criterion}: {found}, expected {expected}.")
    if result.differences and result.excuse:
        print_line(f"  {result.excuse}")
    if result.passes and result.excuse:
        print_line(f"{title}\n  It holds, and says that it does not: {result.excuse}")


@help_text("Print which findings no law case ever gives a criterion: law that nothing has tried.")
def coverage(rules: RulesOption = None) -> None:
    results, _ = _try_all(rules)
    criteria = results[0].findings.book.criteria if results else {}
    gaps = find_coverage_gaps(results, results[0].findings.book) if results else {}
    for name, statuses in gaps.items():
        print_line(f"{name:34} never {', '.join(STATUS_LABELS[status].lower() for status in statuses)}")
    worded = sum(criterion.says is not None for criterion in criteria.values())
    print_line(f"{worded - len(gaps)} of {worded} criteria with words are found every way by {len(results)} law cases.")


def _print_agreement(yardstick: Yardstick, results: list[LawCaseResult], *, all_decisions: bool) -> None:
    """Print how far the book agrees with real decisions: all, or only those that one of these law cases is about."""
    tried = {result.case.decision for result in results}
    rows, closed_rows = (
        [
            row
            for row in compare_holdings(yardstick, results, closed=closed)
            if all_decisions or row.decision.name in tried
        ]
        for closed in (False, True)
    )
    tables: tuple[tuple[str, bool, Callable[[HoldingComparison], str]], ...] = (
        ("By issue, what real decisions held", False, lambda row: row.issue),
        ("By forum, what real decisions held", False, lambda row: row.decision.forum),
        ("By result, how whole cases ended", True, lambda row: row.decision.result),
    )
    for title, of_results, label_of in tables:
        print_line(f"\n{title}, on the open record and on the closed one:")
        for label, agreement, closed in _count_both(rows, closed_rows, label_of, of_results=of_results):
            left_out = f", {agreement.left_out} left out" if agreement.left_out else ""
            print_line(f"  {label:48} {agreement.agreeing:3} and {closed.agreeing:3} of {agreement.total}{left_out}")
    for noun, of_results in (("holdings", False), ("results", True)):
        for _, total, closed in _count_both(rows, closed_rows, lambda _: "", of_results=of_results):
            left_out = f", {total.left_out} are left out for a reason" if total.left_out else ""
            print_line(f"\n{total.agreeing} of {total.total} {noun} of real decisions agree{left_out}.")
            print_line(f"{closed.agreeing} of {closed.total} agree once the record is closed.")
    doubtful = sum(len(decision.held) for decision in yardstick.decisions.values() if decision.doubt)
    if all_decisions and doubtful:
        print_line(f"{doubtful} holdings of decisions in doubt are authority only.")
    print_line("")


def _count_both(
    rows: list[HoldingComparison],
    closed_rows: list[HoldingComparison],
    label_of: Callable[[HoldingComparison], str],
    *,
    of_results: bool,
) -> Iterator[tuple[str, Agreement, Agreement]]:
    """Yield each label with its counts on the open record and on the closed one: of results, or of holdings."""
    is_open, is_closed = (
        count_agreement((label_of(row), row.agrees) for row in compared if (row.issue == RESULT) is of_results)
        for compared in (rows, closed_rows)
    )
    yield from ((label, agreement, is_closed[label]) for label, agreement in is_open.items())


def _try_all(rules: Path | None) -> tuple[list[LawCaseResult], CheckedFolder]:
    """Return the result of every law case, with the checked folder. Raises DiagnosticsError."""
    checked = check_book(rule_folder(rules))
    if checked.book is None or checked.timeless_book is None:
        raise DiagnosticsError(checked.diagnostics)
    cases, mistakes = read_law_cases(checked.cases, checked.book)
    if mistakes:
        raise DiagnosticsError(mistakes)
    return [try_law_case(case, checked.timeless_book) for case in cases], checked


def _yardstick(checked: CheckedFolder, results: list[LawCaseResult]) -> Yardstick:
    """Return what real decisions are compared by. Raises DiagnosticsError if a holding would be lost."""
    assert checked.book is not None
    yardstick, mistakes = read_yardstick(checked, [result.case for result in results], checked.book)
    if mistakes:
        raise DiagnosticsError(mistakes)
    return yardstick

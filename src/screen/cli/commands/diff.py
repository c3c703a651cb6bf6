"""`rsd diff`: where two files of one case, or two versions of the law on it, first differ; for folders, a team."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from screen.case.case_file import Case, record_is_closed
from screen.cli import console
from screen.cli.options import (
    ClosedOption,
    ProfileOption,
    RulesOption,
    book_from_options,
    choose_profile,
    help_text,
    read_case_today,
)
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.engine.divergence import Divergence, find_divergence
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.file_types import is_case_file
from screen.report.divergence import divergence_blocks, team_rows
from screen.report.wording import format_count
from screen.rulebook.model import RuleBook

_RulesA = Annotated[Path | None, typer.Option("--rules-a", metavar="FOLDER", help="Rule folder that A is read under.")]
_RulesB = Annotated[Path | None, typer.Option("--rules-b", metavar="FOLDER", help="Rule folder that B is read under.")]


class _Side(NamedTuple):
    """One of the two that are compared: a case file or a folder of them, read under a rule book and a profile."""

    path: Path
    book: RuleBook
    profile: str | None
    closed: bool


@help_text(
    """Say where two files of one case first differ, and why: the fact, the reading or the law. Nothing is written.

    Over two folders: files of the same name are compared, and a table shows where a team differs most.
    """
)
def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A case file, or a folder of them.")],
    b: Annotated[
        Path | None, typer.Argument(metavar="[B]", help="Another; by default A again, under --rules-b.")
    ] = None,
    rules_a: _RulesA = None,
    rules_b: _RulesB = None,
    profile: ProfileOption = None,
    closed: ClosedOption = False,
    rules: RulesOption = None,
) -> None:
    if b is None and rules_b is None:
        raise typer.BadParameter("Give a second file, or a second rule book with --rules-b.", param_hint="[B]")
    b = b or a
    for path, argument in ((a, "A"), (b, "[B]")):
        if not path.exists():
            raise typer.BadParameter(f"There is no {path}.", param_hint=argument)
    if a.is_dir() is not b.is_dir():
        raise typer.BadParameter("Give two files, or two folders.", param_hint="[B]")
    first = _Side(a, book_from_options(rules_a or rules), profile, closed)
    second = _Side(b, book_from_options(rules_b or rules), profile, closed)
    if a.is_dir():
        _print_team(first, second)
        return
    names = _names(a, b, two_books=(rules_a or rules) != (rules_b or rules))
    console.print_blocks(divergence_blocks(_divergence(first, second), names))


def _names(a: Path, b: Path, *, two_books: bool) -> tuple[str, str]:
    """Return short names for two files that tell them apart."""
    if a == b:
        return ("A (first rule book)", "B (second rule book)") if two_books else (f"{a.name} (A)", f"{b.name} (B)")
    return (a.name, b.name) if a.name != b.name else (str(a), str(b))


def _divergence(a: _Side, b: _Side) -> Divergence:
    """Return where two files of one case differ. Raises DiagnosticsError if they are of two cases."""
    first, second = read_case_today(a.path, a.book), read_case_today(b.path, b.book)
    if first.name != second.name:
        # Two people's answers side by side would read as two opinions of one.
        message = f"its `case` is not that of {a.path}; these may be two people."
        hint = "Give two files of one case, with the same name after `case`."
        raise DiagnosticsError([Diagnostic(Location(str(b.path)), "other-case", message, hint)])
    return find_divergence(_findings(first, a), _findings(second, b))


def _findings(case: Case, side: _Side) -> Findings:
    profile = choose_profile(side.book, side.profile, case.profile)
    return evaluate(side.book, case.given, profile, closed=record_is_closed(case, side.closed), as_recorded=True)


def _print_team(a: _Side, b: _Side) -> None:
    """Print how files of the same name differ. Raises DiagnosticsError at the end for those that cannot be read."""
    in_a, in_b = _case_file_names(a.path), _case_file_names(b.path)
    in_both = [name for name in in_a if name in in_b]
    if not in_both:
        raise typer.BadParameter("No file of one folder has the name of one in the other.", param_hint="[B]")
    divergences: dict[str, Divergence] = {}
    mistakes: list[Diagnostic] = []
    for name in in_both:
        try:
            divergences[name] = _divergence(a._replace(path=a.path / name), b._replace(path=b.path / name))
        except DiagnosticsError as error:
            mistakes += error.diagnostics
    _print_totals(divergences.values())
    criteria, facts = team_rows(divergences)
    if criteria:
        console.print_heading("Where they first differ")
        console.print_table(("Criterion", "Cases", "Files"), criteria)
    if facts:
        console.print_heading("Facts answered differently")
        console.print_table(("Fact", "Cases", "Files"), facts)
    for side, names, others in (("A", in_a, in_b), ("B", in_b, in_a)):
        if unmatched := [name for name in names if name not in others]:
            console.info(f"Only in {side}, and left out: {', '.join(unmatched)}")
    if mistakes:
        # The table above must not pass over the files that could not be read in silence.
        raise DiagnosticsError(mistakes)


def _print_totals(divergences: Iterable[Divergence]) -> None:
    divergences = list(divergences)
    total = len(divergences)
    alike = sum(divergence.agree for divergence in divergences)
    advice = sum(divergence.first.recommendation != divergence.second.recommendation for divergence in divergences)
    console.print_heading(
        f"{format_count(total, 'case')} compared: {alike} alike, {total - alike} different, "
        f"{advice} with another recommendation"
    )


def _case_file_names(folder: Path) -> list[str]:
    """Return the names of the case files of a folder. As in a batch, a name that begins with a dot is none."""
    return [path.name for path in sorted(folder.iterdir()) if is_case_file(path) and not path.name.startswith(".")]

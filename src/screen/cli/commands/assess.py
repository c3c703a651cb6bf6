"""`rsd assess`: the reasoned determination of each case file."""

import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import AsOfOption, ProfileOption, RulesOption, book_from_options, choose_profile, help_text
from screen.cli.output_files import OutOption, OverwriteOption, check_output_path, write_report
from screen.diagnostics import DiagnosticsError

if TYPE_CHECKING:
    from screen.case.case_file import Case
    from screen.report.determination import Determination
    from screen.report.document import Block
    from screen.rulebook.model import RuleBook


class DeterminationFormat(StrEnum):
    """How a determination is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


@help_text(
    """Print the reasoned determination of each case.

    A case that cannot be used is told on standard error, the others go on, and the exit code is 1.
    """
)
def assess(
    cases: Annotated[list[Path], typer.Argument(metavar="CASE...", readable=False, help="Case files, YAML or JSON.")],
    profile: ProfileOption = None,
    form: Annotated[
        DeterminationFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DeterminationFormat.TEXT,
    short: Annotated[bool, typer.Option("--brief", help="Conclusions with reasons, and the next question.")] = False,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    fail_on: Annotated[
        list[str] | None,
        typer.Option("--fail-on", metavar="RECOMMENDATION", help="Leave with exit code 4 where this is recommended."),
    ] = None,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    from screen.case.case_file import read_case
    from screen.report.determination import brief_blocks, determination_blocks

    if short and form is DeterminationFormat.JSON:
        raise typer.BadParameter("JSON is always whole: leave out one of the two.", param_hint="--brief")
    book = book_from_options(rules, as_of)
    wanted = _recommendations(fail_on or [])
    if out is not None:
        check_output_path(out, book.facts, cases, overwrite=overwrite)
    profile = profile and choose_profile(book, profile)
    made: list[Determination] = []
    unusable = False
    for path in cases:
        try:
            case = read_case(path, book)
        except DiagnosticsError as error:
            unusable = True
            for mistake in error.diagnostics:
                console.error(str(mistake))
            continue
        made.append(determine(book, case, choose_profile(book, profile, case.profile)))
    told = brief_blocks if short else determination_blocks
    if out is None:
        _show(made, form, told, several=len(cases) > 1)
    elif made:  # where no case could be used, what was written before stays
        text = "".join(_pieces(made, form, told, several=len(cases) > 1))
        write_report(out, text, book.facts, cases, overwrite=overwrite)
    if unusable:
        raise typer.Exit(1)
    if any(one.findings.recommendation in wanted for one in made):
        raise typer.Exit(4)


def _recommendations(names: list[str]) -> set[str]:
    from screen.rulebook.model import RECOMMENDATIONS

    for name in names:
        if name not in RECOMMENDATIONS:
            raise typer.BadParameter(f'"{name}" is none of: {", ".join(RECOMMENDATIONS)}.', param_hint="--fail-on")
    return set(names)


def determine(book: "RuleBook", case: "Case", profile: str) -> "Determination":
    """Return all that a case's determination is written from."""
    from screen.engine.evaluate import evaluate
    from screen.engine.ledger import build_ledger
    from screen.engine.positions import find_positions
    from screen.interview.conversation import next_question
    from screen.report.determination import Determination

    findings = evaluate(book, case.given, profile)
    return Determination(
        case,
        findings,
        build_ledger(findings, case.given),
        find_positions(findings),
        next_question(book, case.given, profile),
    )


_Told = Callable[["Determination"], Iterator["Block"]]


def _show(made: list["Determination"], form: DeterminationFormat, told: _Told, *, several: bool) -> None:
    if form is not DeterminationFormat.TEXT:
        text = "".join(_pieces(made, form, told, several=several))
        console.print_json(text) if form is DeterminationFormat.JSON and text else sys.stdout.write(text)
        return
    for index, one in enumerate(made):
        if index:
            sys.stdout.write("\n\n")
        console.print_blocks(told(one))


def _pieces(made: list["Determination"], form: DeterminationFormat, told: _Told, *, several: bool) -> Iterator[str]:
    """Yield the text: for JSON one object, or an array where several cases were asked for."""
    if form is DeterminationFormat.JSON:
        import json

        from screen.report.determination_json import determination_data, determination_json

        if several:
            yield (
                json.dumps([determination_data(one) for one in made], ensure_ascii=False, indent=2, sort_keys=True)
                + "\n"
            )
        else:
            yield from (determination_json(one) for one in made)
        return
    from screen.report.markdown import render_markdown
    from screen.report.text import render_text

    for index, one in enumerate(made):
        yield "\n\n" if index else ""
        yield (
            render_markdown(told(one))
            if form is DeterminationFormat.MARKDOWN
            else render_text(told(one), console.WIDTH)
        )

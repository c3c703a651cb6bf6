"""`rsd assess`: the reasoned determination of each case file."""

import json
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import console, exit_codes
from screen.cli.options import (
    AsOfOption,
    Assessed,
    AssessedOption,
    ClosedOption,
    ProfileOption,
    RulesOption,
    book_from_options,
    choose_profile,
    help_text,
    read_case_today,
)
from screen.cli.output_files import OutOption, OverwriteOption, check_output_path, write_report
from screen.diagnostics import DiagnosticsError
from screen.report.determination import Determination, brief_blocks, determination_blocks, determine
from screen.report.determination_json import determination_data, determination_json
from screen.report.document import Block
from screen.report.markdown import render_markdown
from screen.report.text import render_text
from screen.rulebook.model import RECOMMENDATIONS

_ToBlocks = Callable[[Determination], Iterator[Block]]


class DeterminationFormat(StrEnum):
    """How a determination is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


@help_text(
    """Print the reasoned determination of each case.

    A case that cannot be used is reported on standard error, the others go on, and the exit code is 1.
    """
)
def assess(
    cases: Annotated[list[Path], typer.Argument(metavar="CASE...", readable=False, help="Case files, YAML or JSON.")],
    profile: ProfileOption = None,
    output_format: Annotated[
        DeterminationFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DeterminationFormat.TEXT,
    brief: Annotated[bool, typer.Option("--brief", help="Conclusions with reasons, and the next question.")] = False,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    assessed: AssessedOption = Assessed.AS_RECORDED,
    fail_on: Annotated[
        list[str] | None,
        typer.Option("--fail-on", metavar="RECOMMENDATION", help="Leave with exit code 4 where this is recommended."),
    ] = None,
    closed: ClosedOption = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    if brief and output_format is DeterminationFormat.JSON:
        raise typer.BadParameter("JSON is always whole: leave out one of the two.", param_hint="--brief")
    book = book_from_options(rules, as_of)
    for name in fail_on or []:
        if name not in RECOMMENDATIONS:
            raise typer.BadParameter(f'"{name}" is none of: {", ".join(RECOMMENDATIONS)}.', param_hint="--fail-on")
    if out is not None:
        check_output_path(out, book.facts, cases, overwrite=overwrite)
    profile = profile and choose_profile(book, profile)
    determinations: list[Determination] = []
    unusable = False
    for path in cases:
        try:
            case = read_case_today(path, book)
        except DiagnosticsError as error:
            unusable = True
            for diagnostic in error.diagnostics:
                console.error(str(diagnostic))
            continue
        chosen = choose_profile(book, profile, case.profile)
        as_recorded = assessed is Assessed.AS_RECORDED
        determinations.append(determine(book, case, chosen, closed=closed, as_recorded=as_recorded))
    to_blocks = brief_blocks if brief else determination_blocks
    if out is None:
        _print(determinations, output_format, to_blocks, as_array=len(cases) > 1)
    elif determinations:  # with no usable case, a report written before stays
        text = "".join(_texts(determinations, output_format, to_blocks, as_array=len(cases) > 1))
        write_report(out, text, book.facts, cases, overwrite=overwrite)
    if unusable:
        raise typer.Exit(exit_codes.UNUSABLE_INPUT)
    if any(determination.findings.recommendation in (fail_on or []) for determination in determinations):
        raise typer.Exit(exit_codes.RECOMMENDATION_GIVEN)


def _print(
    determinations: list[Determination], output_format: DeterminationFormat, to_blocks: _ToBlocks, *, as_array: bool
) -> None:
    if output_format is not DeterminationFormat.TEXT:
        text = "".join(_texts(determinations, output_format, to_blocks, as_array=as_array))
        console.print_json(text) if output_format is DeterminationFormat.JSON and text else sys.stdout.write(text)
        return
    for index, determination in enumerate(determinations):
        if index:
            sys.stdout.write("\n\n")
        console.print_blocks(to_blocks(determination))


def _texts(
    determinations: list[Determination], output_format: DeterminationFormat, to_blocks: _ToBlocks, *, as_array: bool
) -> Iterator[str]:
    """Yield the text: for JSON one object, or an array if several cases were given."""
    if output_format is DeterminationFormat.JSON:
        if as_array:
            data = [determination_data(determination) for determination in determinations]
            yield json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        else:
            yield from map(determination_json, determinations)
        return
    for index, determination in enumerate(determinations):
        blocks = to_blocks(determination)
        markdown = output_format is DeterminationFormat.MARKDOWN
        yield ("\n\n" if index else "") + (render_markdown(blocks) if markdown else render_text(blocks, console.WIDTH))

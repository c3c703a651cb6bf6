"""`rsd whatif`: what other answers would change, and which questions to ask or verify next."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from screen.case.case_file import read_answers, record_is_closed
from screen.case.evidence import RecordedAnswer
from screen.cli import console
from screen.cli.options import (
    AsOfOption,
    ClosedOption,
    ProfileOption,
    RulesOption,
    book_from_options,
    choose_profile,
    help_text,
    read_case_today,
)
from screen.diagnostics import Diagnostic, DiagnosticsError, did_you_mean, shorten
from screen.regular_files import MAX_BYTES, read_file
from screen.report.whatif import outcome_blocks, pivot_blocks
from screen.rulebook.answers import InvalidAnswer, describe_type, parse_answer
from screen.rulebook.model import Fact, RuleBook
from screen.rulebook.yaml_reader import parse_document
from screen.whatif.outcome import try_answers
from screen.whatif.pivots import RECOMMENDATION, find_pivots

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?\Z", re.ASCII)
_ARGUMENT = "FACT=VALUE"


@help_text(
    """Say what other answers would change, or which questions to ask or verify next.

    It shows what the result depends on. It is not advice on what to answer.
    """
)
def whatif(
    case: Annotated[Path, typer.Argument(metavar="CASE", readable=False, help="Case file; nothing is written to it.")],
    answers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FACT=VALUE",
            show_default=False,
            help="Answers to change or add: yes, an option, a number, a day, `a,b` or `[]` for a list, unknown. "
            "Whoever else uses this machine can see them with `ps`; --facts keeps them out of sight.",
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--facts",
            metavar="FILE",
            readable=False,
            help="Read answers to change or add from a file, `fact: answer` as in a case file; - for standard input.",
        ),
    ] = None,
    pivots: Annotated[
        bool, typer.Option("--pivots", help="Find the open facts that would change a finding, fewest together first.")
    ] = False,
    goal: Annotated[
        str | None,
        typer.Option("--for", metavar="CONCLUSION", help="With --pivots: this criterion alone, or `recommendation`."),
    ] = None,
    limit: Annotated[int, typer.Option("--most", min=1, max=1000, help="With --pivots: so many of each kind.")] = 8,
    contestable: Annotated[
        bool,
        typer.Option("--contestable", help="With --pivots: also what is presumed, doubtful or not assessed yet."),
    ] = False,
    profile: ProfileOption = None,
    closed: ClosedOption = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules, as_of)
    if pivots and (answers or facts):
        raise typer.BadParameter("Give answers or --pivots, not both.", param_hint=_ARGUMENT)
    if not pivots and (goal is not None or contestable):
        raise typer.BadParameter("It goes with --pivots.", param_hint="--for" if goal is not None else "--contestable")
    if not pivots and not answers and not facts:
        raise typer.BadParameter("Give an answer, such as age=17, or --facts, or --pivots.", param_hint=_ARGUMENT)
    changed = _read_arguments(book, answers or [])
    if facts is not None:
        changed |= _read_answer_file(book, facts, changed)
    goal_groups = _goal_groups(book, goal)
    file = read_case_today(case, book)
    name, is_closed = choose_profile(book, profile, file.profile), record_is_closed(file, closed)
    if pivots:
        searches = [
            find_pivots(book, file.given, name, goals, contestable=contestable, limit=limit, closed=is_closed)
            for goals in goal_groups
        ]
        console.print_blocks(pivot_blocks(file, searches, contestable=contestable, most=limit))
    else:
        console.print_blocks(outcome_blocks(file, try_answers(book, file.given, changed, name, closed=is_closed)))


def _goal_groups(book: RuleBook, goal: str | None) -> list[tuple[str, ...]]:
    """Return the goals to change, in groups that are searched and reported separately. Raises a usage error."""
    if goal is None:
        return [(RECOMMENDATION,), book.conclusions]
    if goal != RECOMMENDATION and goal not in book.criteria:
        hint = did_you_mean(goal, [RECOMMENDATION, *book.criteria], "`rsd rules show` lists the criteria.")
        raise typer.BadParameter(f'There is no criterion "{shorten(goal)}". {hint}', param_hint="--for")
    return [(goal,)]


def _read_answer_file(book: RuleBook, file: Path, typed: dict[str, RecordedAnswer]) -> dict[str, RecordedAnswer]:
    """Return the answers of a file, or of standard input for `-`.

    Raises DiagnosticsError, or a usage error if an answer was typed as an argument too.
    """
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if str(file) == "-" else read_file(file)
    document = parse_document(data, str(file))
    if not isinstance(document.data, dict) or not document.data:
        message = f"answers are `fact: answer`, one a line, and here is {describe_type(document.data)}."
        hint = "Write them as in a case file."
        raise DiagnosticsError([Diagnostic(document.location(()), "wrong-kind", message, hint)])
    answers, mistakes = read_answers(document, (), book)
    if mistakes:
        raise DiagnosticsError(mistakes)
    if repeated := sorted(answers.keys() & typed.keys()):
        message = f"{repeated[0]} is answered on the command line too. Say it once."
        raise typer.BadParameter(message, param_hint="--facts")
    return answers


def _read_arguments(book: RuleBook, arguments: list[str]) -> dict[str, RecordedAnswer]:
    """Return the answers that were typed as FACT=VALUE, by fact. Raises a usage error that says what to do."""
    answers: dict[str, RecordedAnswer] = {}
    for argument in arguments:
        name, equals, text = (part.strip() for part in argument.partition("="))
        if not equals:
            message = f'"{shorten(argument)}" is no answer. Write it as age=17.'
            raise typer.BadParameter(message, param_hint=_ARGUMENT)
        if name in book.criteria:
            hint = f"Answer the facts that it rests on: `rsd rules show {name}`."
            raise typer.BadParameter(f'"{name}" is a criterion, which the program finds. {hint}', param_hint=_ARGUMENT)
        if name not in book.facts:
            hint = did_you_mean(name, book.facts, "docs/facts.md lists the facts.")
            raise typer.BadParameter(f'There is no fact "{shorten(name)}". {hint}', param_hint=_ARGUMENT)
        if name in answers:
            raise typer.BadParameter(f"{name} appears twice. Give one answer to it.", param_hint=_ARGUMENT)
        fact = book.facts[name]
        value = parse_answer(fact, _plain_value(text, fact.type), book.countries)
        if isinstance(value, InvalidAnswer):
            raise typer.BadParameter(f"{name}: {value.message} {_hint(value, fact)}", param_hint=_ARGUMENT)
        answers[name] = RecordedAnswer(value)
    return answers


def _hint(invalid: InvalidAnswer, fact: Fact) -> str:
    """Return what to do about an invalid answer: a list is typed otherwise than it stands in a case file."""
    if fact.type != "many" or invalid.hint.startswith("Did you mean") or invalid.code == "duplicate-option":
        return invalid.hint
    options = ", ".join(option for option, _ in fact.options)
    return f"Write some of: {options}, with commas between, or [], or unknown."


def _plain_value(text: str, fact_type: str) -> object:
    """Return what was typed as a file would hold it: a list, a number, or text."""
    if text == "unknown":
        return text
    if fact_type == "many":
        items = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        if not items.strip():
            return [] if items != text else ""
        return [item.strip() for item in items.split(",")]
    if fact_type == "number" and _NUMBER.match(text):
        return float(text) if "." in text else int(text)
    return text

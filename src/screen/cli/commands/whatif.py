"""`rsd whatif`: what other answers would change, and which questions to ask or verify next."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import AsOfOption, ProfileOption, RulesOption, book_from_options, choose_profile, help_text

if TYPE_CHECKING:
    from screen.case.evidence import RecordedAnswer
    from screen.rulebook.model import RuleBook

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?\Z", re.ASCII)
_HINT = "FACT=VALUE"


@help_text(
    """Say what other answers would change, or which questions to ask or verify next.

    It shows what the law hangs on. It is not advice on what to answer.
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
    search: Annotated[
        bool, typer.Option("--pivots", help="Find the open facts that would change a finding, fewest together first.")
    ] = False,
    goal: Annotated[
        str | None,
        typer.Option("--for", metavar="CONCLUSION", help="With --pivots: this criterion alone, or `recommendation`."),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="With --pivots: so many of each kind.")] = 8,
    contestable: Annotated[
        bool,
        typer.Option("--contestable", help="With --pivots: also what is presumed, doubtful or not assessed yet."),
    ] = False,
    profile: ProfileOption = None,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    from screen.case.case_file import read_case

    book = book_from_options(rules, as_of)
    if search and (answers or facts):
        raise typer.BadParameter("Give answers or --pivots, not both.", param_hint=_HINT)
    if not search and (goal is not None or contestable):
        raise typer.BadParameter("It goes with --pivots.", param_hint="--for" if goal is not None else "--contestable")
    if not search and not answers and not facts:
        raise typer.BadParameter("Give an answer, such as age=17, or --facts, or --pivots.", param_hint=_HINT)
    changed = _given(book, answers or [])
    if facts is not None:
        changed |= _read(book, facts, changed)
    wanted = _goals(book, goal)
    file = read_case(case, book)
    name = choose_profile(book, profile, file.profile)
    if search:
        from screen.report.whatif import pivot_blocks
        from screen.whatif.pivots import find_pivots

        found = [find_pivots(book, file.given, name, goals, contestable=contestable, limit=most) for goals in wanted]
        console.print_blocks(pivot_blocks(file, found, contestable=contestable, most=most))
    else:
        from screen.report.whatif import outcome_blocks
        from screen.whatif.pivots import try_answers

        console.print_blocks(outcome_blocks(file, try_answers(book, file.given, changed, name)))


def _goals(book: "RuleBook", goal: str | None) -> list[tuple[str, ...]]:
    """Return what is to be turned: each group is searched and told by itself. Raises a usage error."""
    from screen.diagnostics import did_you_mean, shorten
    from screen.whatif.pivots import RECOMMENDATION

    if goal is None:
        return [(RECOMMENDATION,), book.conclusions]
    if goal != RECOMMENDATION and goal not in book.criteria:
        remedy = did_you_mean(goal, [RECOMMENDATION, *book.criteria], "`rsd rules show` lists the criteria.")
        raise typer.BadParameter(f'There is no criterion "{shorten(goal)}". {remedy}', param_hint="--for")
    return [(goal,)]


def _read(book: "RuleBook", file: Path, typed: "dict[str, RecordedAnswer]") -> "dict[str, RecordedAnswer]":
    """Return the answers of a file, or of standard input. Raises Mistakes, or a usage error where one stands twice."""
    from screen.case.case_file import read_given
    from screen.diagnostics import Diagnostic, DiagnosticsError
    from screen.regular_files import MAX_BYTES, read_file
    from screen.rulebook.answers import describe_type
    from screen.rulebook.yaml_reader import parse_document

    data = sys.stdin.buffer.read(MAX_BYTES + 1) if str(file) == "-" else read_file(file)
    document = parse_document(data, str(file))
    if not isinstance(document.data, dict) or not document.data:
        found = f"answers are `fact: answer`, one a line, and here is {describe_type(document.data)}."
        raise DiagnosticsError(
            [Diagnostic(document.location(()), "wrong-kind", found, "Write them as in a case file.")]
        )
    given, mistakes = read_given(document, (), book)
    if mistakes:
        raise DiagnosticsError(mistakes)
    if twice := sorted(given.keys() & typed.keys()):
        raise typer.BadParameter(f"{twice[0]} is answered on the command line too. Say it once.", param_hint="--facts")
    return given


def _given(book: "RuleBook", answers: list[str]) -> "dict[str, RecordedAnswer]":
    """Return the answers by their facts. Raises a usage error with what to do."""
    from screen.case.evidence import RecordedAnswer
    from screen.diagnostics import did_you_mean, shorten
    from screen.rulebook.answers import InvalidAnswer, parse_answer

    given: dict[str, RecordedAnswer] = {}
    for answer in answers:
        name, equals, text = (part.strip() for part in answer.partition("="))
        if not equals:
            raise typer.BadParameter(f'"{shorten(answer)}" is no answer. Write it as age=17.', param_hint=_HINT)
        if name in book.criteria:
            remedy = f"Answer the facts that it rests on: `rsd rules show {name}`."
            raise typer.BadParameter(f'"{name}" is a criterion, which the program finds. {remedy}', param_hint=_HINT)
        if name not in book.facts:
            remedy = did_you_mean(name, book.facts, "docs/facts.md lists the facts.")
            raise typer.BadParameter(f'There is no fact "{shorten(name)}". {remedy}', param_hint=_HINT)
        if name in given:
            raise typer.BadParameter(f"{name} stands twice. Give one answer to it.", param_hint=_HINT)
        fact = book.facts[name]
        value = parse_answer(fact, _plain(text, fact.type), book.countries)
        if isinstance(value, InvalidAnswer):
            remedy = value.hint if fact.type != "many" else _of_list(value, [option for option, _ in fact.options])
            raise typer.BadParameter(f"{name}: {value.message} {remedy}", param_hint=_HINT)
        given[name] = RecordedAnswer(value)
    return given


def _of_list(wrong: object, options: list[str]) -> str:
    from screen.rulebook.answers import InvalidAnswer

    assert isinstance(wrong, InvalidAnswer)
    if wrong.hint.startswith("Did you mean") or wrong.code == "duplicate-option":
        return wrong.hint
    return f"Write some of: {', '.join(options)}, with commas between, or [], or unknown."


def _plain(text: str, kind: str) -> object:
    """Return what was typed as a file would hold it: a list, a number, or text."""
    if text == "unknown":
        return text
    if kind == "many":
        inside = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        if not inside.strip():
            return [] if inside != text else ""
        return [item.strip() for item in inside.split(",")]
    if kind == "number" and _NUMBER.match(text):
        return float(text) if "." in text else int(text)
    return text

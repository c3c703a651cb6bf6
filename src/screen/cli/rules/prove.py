"""`rsd rules prove`: what no rule book may break, looked for in every possible case."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console, exit_codes
from screen.cli.options import AsOfOption, RulesOption, book_from_options, choose_profile, help_text
from screen.cli.output_files import OutOption, OverwriteOption, check_output_path, write_report
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.report.proof import doubt_lines, failure_lines, summary_line, table_head, table_row
from screen.report.proof_json import proof_json
from screen.rulebook.model import Property, RuleBook
from screen.text import sanitize

# The solver is an extra that need not be installed, and the help of this command needs none: `screen.proof` is imported
# when a proof is begun.
if TYPE_CHECKING:
    from screen.proof.prover import Verdict
    from screen.proof.vacuity import ProofDoubt


class ProofFormat(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"


@help_text(
    """Look for a case that breaks what no rule book may break, and tell what looks like a slip of the law.

    Every possible case is looked through, under every profile. A case that is found is printed as a case file, and the
    exit code is 1.
    """
)
def prove(
    profiles: Annotated[
        list[str] | None,
        typer.Option("--profile", "-p", metavar="NAME", help="Under this profile alone; may be given several times."),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="TEXT", help="The properties whose name or title holds this.")
    ] = None,
    output_format: Annotated[ProofFormat, typer.Option("--format", "-f", help="How to write it.")] = ProofFormat.TEXT,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    started = perf_counter()
    _require_solver()
    book = book_from_options(rules, as_of)
    if out is not None:
        check_output_path(out, book.facts, overwrite=overwrite)  # before the work, not after it
    names = list(dict.fromkeys(choose_profile(book, name) for name in profiles)) if profiles else None
    properties = _properties(book, only)
    live = output_format is ProofFormat.TEXT and out is None  # each row is printed as soon as it is there
    if live:
        typer.echo(sanitize(table_head()))
    timed_verdicts = []
    with _interruptible():
        for verdict, seconds in _prove_each(book, properties, names):
            timed_verdicts.append((verdict, seconds))
            (typer.echo if live else console.info)(sanitize(table_row(verdict, seconds)))
        doubts = None if only is not None else _find_doubts(book, names)
    verdicts = [verdict for verdict, _ in timed_verdicts]
    if output_format is ProofFormat.JSON:
        text = proof_json(book, timed_verdicts, doubts)
    else:
        rows = [] if live else [table_head(), *(table_row(*timed) for timed in timed_verdicts)]
        summary = summary_line(verdicts, doubts, perf_counter() - started)
        lines = [*rows, *failure_lines(verdicts), *doubt_lines(doubts or []), "", summary]
        text = sanitize("".join(f"{line}\n" for line in lines))
    if out is None:
        sys.stdout.write(text)
    else:
        write_report(out, text, book.facts, overwrite=overwrite)
    if not all(verdict.is_proved for verdict in verdicts):
        raise typer.Exit(exit_codes.UNUSABLE_INPUT)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the search with one line."""
    from screen.proof.solver import interruptible

    try:
        with interruptible():
            yield
    except KeyboardInterrupt:
        console.error("Interrupted. What was not reached is not proved.")
        raise typer.Exit(exit_codes.INTERRUPTED) from None


def _require_solver() -> None:
    """Raise DiagnosticsError if the solver is not installed."""
    try:
        import screen.proof.solver  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "z3":
            raise
        message = "the solver that looks through every case is not installed."
        hint = "Install it: `pip install 'rsd-screen[prove]'`, or `pip install z3-solver`."
        raise DiagnosticsError([Diagnostic(Location("z3"), "not-installed", message, hint)]) from None


def _properties(book: RuleBook, only: str | None) -> list[Property]:
    """Return the properties to prove. Raises a usage error if none is named like this."""
    text = (only or "").lower()
    properties = [
        property_ for property_ in book.properties.values() if text in f"{property_.name} {property_.title}".lower()
    ]
    if only is not None and not properties:
        known = ", ".join(book.properties) or "none"
        raise typer.BadParameter(f'No property is named like "{only}". The book has: {known}.', param_hint="--only")
    return properties


def _prove_each(
    book: RuleBook, properties: list[Property], profiles: list[str] | None
) -> "Iterator[tuple[Verdict, float]]":
    """Yield each verdict with the seconds that it took."""
    from screen.proof.prover import Prover

    prover = Prover(book, profiles)
    for property_ in properties:
        started = perf_counter()
        yield prover.prove(property_), perf_counter() - started


def _find_doubts(book: RuleBook, profiles: list[str] | None) -> "list[ProofDoubt]":
    from screen.proof.vacuity import find_doubts

    console.info("Looking for tests that never end so, and for facts without effect.")
    return find_doubts(book, profiles)

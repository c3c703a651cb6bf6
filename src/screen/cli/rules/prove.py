"""`rsd rules prove`: what no rule book may break, looked for in every possible case."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import AsOfOption, RulesOption, book_from_options, choose_profile, help_text
from screen.cli.output_files import OutOption, OverwriteOption, check_output_path, write_report
from screen.text import sanitize

if TYPE_CHECKING:
    from screen.proof.prover import Verdict
    from screen.proof.vacuity import ProofDoubt
    from screen.rulebook.model import Property, RuleBook

INTERRUPTED = 130


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
    form: Annotated[ProofFormat, typer.Option("--format", "-f", help="How to write it.")] = ProofFormat.TEXT,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
) -> None:
    begun = perf_counter()
    _need_solver()
    from screen.report import proof

    book = book_from_options(rules, as_of)
    if out is not None:
        check_output_path(out, book.facts, overwrite=overwrite)  # said before the work, not after it
    under = list(dict.fromkeys(choose_profile(book, name) for name in profiles)) if profiles else None
    wanted = _properties(book, only)
    here = form is ProofFormat.TEXT and out is None
    if here:
        typer.echo(sanitize(proof.table_head()))
    timed = []
    with _stoppable():
        for verdict, seconds in _verdicts(book, wanted, under):
            timed.append((verdict, seconds))
            (typer.echo if here else console.info)(sanitize(proof.table_row(verdict, seconds)))
        found = None if only is not None else _doubts(book, under)
    verdicts = [verdict for verdict, _ in timed]
    if form is ProofFormat.JSON:
        text = proof.proof_json(book, timed, found)
    else:
        rows = [] if here else [proof.table_head(), *(proof.table_row(*one) for one in timed)]
        last = proof.summary_line(verdicts, found, perf_counter() - begun)
        told = [*proof.failure_lines(verdicts), *proof.doubt_lines(found or [])]
        text = sanitize("".join(f"{line}\n" for line in [*rows, *told, "", last]))
    if out is None:
        sys.stdout.write(text)
    else:
        write_report(out, text, book.facts, overwrite=overwrite)
    if not all(verdict.is_proved for verdict in verdicts):
        raise typer.Exit(1)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C end the search with one line."""
    from screen.proof.solver import interruptible

    try:
        with interruptible():
            yield
    except KeyboardInterrupt:
        console.error("Interrupted. What was not reached is not proved.")
        raise typer.Exit(INTERRUPTED) from None


def _need_solver() -> None:
    """Raise Mistakes where the solver is not installed: everything else does without it."""
    try:
        import screen.proof.solver  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "z3":
            raise
        from screen.diagnostics import Diagnostic, DiagnosticsError, Location

        remedy = "Install it: `pip install 'rsd-screen[prove]'`, or `pip install z3-solver`."
        found = "the solver that looks through every case is not installed."
        raise DiagnosticsError([Diagnostic(Location("z3"), "not-installed", found, remedy)]) from None


def _properties(book: "RuleBook", only: str | None) -> "list[Property]":
    """Return the properties to prove. Raises a usage error where none is named like this."""
    wanted = (only or "").lower()
    found = [one for one in book.properties.values() if wanted in f"{one.name} {one.title}".lower()]
    if only is not None and not found:
        known = ", ".join(book.properties) or "none"
        raise typer.BadParameter(f'No property is named like "{only}". The book has: {known}.', param_hint="--only")
    return found


def _verdicts(book: "RuleBook", wanted: "list[Property]", under: list[str] | None) -> "Iterator[tuple[Verdict, float]]":
    from screen.proof.prover import Prover

    prover = Prover(book, under)
    for one in wanted:
        begun = perf_counter()
        yield prover.prove(one), perf_counter() - begun


def _doubts(book: "RuleBook", under: list[str] | None) -> "list[ProofDoubt]":
    from screen.proof.vacuity import find_doubts

    console.info("Looking for tests that never end so, and for facts without effect.")
    return find_doubts(book, under)

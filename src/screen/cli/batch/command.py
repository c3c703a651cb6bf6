"""`rsd batch`: many cases at once; `rsd batch schema` and `rsd batch template` say how they may be written."""

import re
import sys
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from screen.cli import console
from screen.cli.batch.interruption import exit_interrupted, exit_worker_lost, signals_as_interrupts
from screen.cli.options import AsOfOption, RulesOption, book_from_options, help_text
from screen.diagnostics import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screen.batch.pipeline import RunSummary
    from screen.batch.score.row_filter import RowFilter
    from screen.cli.batch.progress_display import ProgressDisplay
    from screen.rulebook.model import RuleBook

    #: The folder of determinations, and which of them are wanted.
    Beside = tuple[Path, list[str]] | None

SOME_REJECTED = 3
_COUNT = re.compile(r"[0-9]{1,9}\Z")
_MOST_FAULTS = 10  # of the program's own that are shown: more say no more


class SourceFormatOption(StrEnum):
    """How sources are written, where their endings do not say."""

    CASE = "case"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Engine(StrEnum):
    """Where the work is done."""

    LOCAL = "local"
    SPARK = "spark"


class SummaryFormat(StrEnum):
    """How a run's summary is written."""

    TEXT = "text"
    JSON = "json"
    NONE = "none"


@help_text(
    """Score many cases: a row of findings each, and every record accounted for.

    What cannot be used goes to a rejects file with its place and what to do; the rest goes on. The exit code is then 3.
    Interrupted, a run keeps what it has finished, and `--resume` goes on. `rsd batch schema` prints how sources may be
    written, `rsd batch template` a CSV to fill in. `rsd batch join` puts the outputs of shares together.
    """
)
def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders of case files, .jsonl, .csv and .parquet files, globs of them, `-` for standard input; or "
            "`schema`, `template`, `join OUT...`.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where findings go: .parquet, .csv, .jsonl, the last two also .gz, .zst.",
        ),
    ] = None,
    form: Annotated[
        SourceFormatOption | None,
        typer.Option("--format", "-f", help="How the sources are written, where endings do not say."),
    ] = None,
    profiles: Annotated[
        str | None,
        typer.Option("--profiles", "-p", metavar="NAME,NAME", help="Readings of the law, instead of each case's own."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="NAME,NAME", help="Write these columns alone; `id` is always there."),
    ] = None,
    as_of: AsOfOption = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="Where rejects go, instead of OUT.rejects.jsonl.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="COLUMN", help="A column of the sources that is no fact.")
    ] = None,
    reports: Annotated[
        Path | None, typer.Option("--reports", metavar="DIR", help="Write each case's determination into a folder.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="COLUMN=VALUE,VALUE", help="Determinations of the cases alone in which this holds."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first record that cannot be used.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was interrupted.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an output that is there already, if it holds no case.")
    ] = False,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Do the i-th of n parts, for a scheduler.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="How much goes on at once; one a core where not said.")
    ] = None,
    engine: Annotated[Engine, typer.Option("--engine", help="Where the work is done.")] = Engine.LOCAL,
    master: Annotated[str, typer.Option("--master", metavar="URL", help="The Spark to use.")] = "local[*]",
    summary: Annotated[
        SummaryFormat, typer.Option("--summary", help="How the summary is written.")
    ] = SummaryFormat.TEXT,
    rules: RulesOption = None,
) -> None:
    book = book_from_options(rules, as_of)
    if sources[0] in ("schema", "template") and len(sources) == 1 and not Path(sources[0]).exists():
        if out is not None:
            wrong = f"`rsd batch {sources[0]}` goes to standard output: say > FILE."
            raise typer.BadParameter(wrong, param_hint="--out")
        _print(book, sources[0])
        return
    if out is None or not out.name:
        raise typer.BadParameter("Say which file the findings go to.", param_hint="--out")
    if "-" in sources and sys.stdin is None:
        raise typer.BadParameter("Standard input is closed.", param_hint="SOURCE...")
    if "-" in sources and form is SourceFormatOption.CASE:
        wrong = "Standard input holds no case files. Write each on a line of its own, as JSON: jsonl."
        raise typer.BadParameter(wrong, param_hint="--format")
    chosen = _profiles(book, profiles)
    wanted = None
    if columns is not None:
        wanted = [name.strip() for name in columns.split(",")]
        _known_columns(book, wanted, chosen)
    if engine is Engine.SPARK:
        from screen.cli.batch.spark import SparkCommandOptions, run_in_spark

        kind = form.value if form else None
        asked = SparkCommandOptions(
            sources, kind, out, rejects, chosen, wanted, _ignored(book, ignore or []), strict, overwrite, master
        )
        unfit = {"--resume": resume, "--shard": shard, "--jobs": jobs, "--reports": reports, "--where": where}
        _end(*run_in_spark(book, asked, unfit), book, summary)
        return
    from screen.batch.input.rejects import StoppedAtReject
    from screen.batch.input.sources import find_sources
    from screen.batch.output.preflight import OutputGuard, check_outputs

    part = _shard(shard)
    rejected = _rejected(out, rejects)
    if sources[0] == "join" and not Path("join").exists():
        from screen.cli.batch.join import join_shares

        unfit = {
            "--format": form,
            "--profiles": chosen,
            "--columns": wanted,
            "--as-of": as_of,
            "--ignore": ignore,
            "--reports": reports,
            "--where": where,
            "--strict": strict,
            "--resume": resume,
            "--shard": shard,
            "--jobs": jobs,
        }
        told, watched = join_shares(book, sources[1:], out, rejected, unfit, overwrite=overwrite)
        _end(told, watched, rejected, book, summary)
        return
    if where and reports is None:
        raise typer.BadParameter("This selects determinations; say where they go with --reports.", param_hint="--where")
    ignored = _ignored(book, ignore or [])
    over: list[str] = []
    found = find_sources(sources, form.value if form else None, over.append)
    if over:
        files = "1 file that is" if len(over) == 1 else f"{len(over):,} files that are"
        console.info(f"Passed over: {files} no case and no table.")
    check_outputs(out, rejected, OutputGuard(book.facts, found, overwrite), resume=resume)
    jobs = jobs or _cores()
    beside = None if reports is None else (reports, where or [])
    options = found, out, rejected, chosen, wanted, ignored, part, strict, resume, overwrite, jobs
    try:
        with signals_as_interrupts():
            told, watched, written = _run(book, options, beside)
    except StoppedAtReject as error:
        for mistake in error.diagnostics:
            console.error(str(mistake))
        console.error("Stopped there (--strict). Mend it and run again; or go on past it: --resume, no --strict.")
        raise typer.Exit(1) from None
    except KeyboardInterrupt as error:
        exit_interrupted(out, error)
    except BrokenExecutor:
        exit_worker_lost(out)
    if written is not None:
        console.info(f"Determinations written to {reports}: {written:,}.")
    _end(told, watched, rejected, book, summary)


def _rejected(out: Path, rejects: Path | None) -> Path:
    """Return where rejects go. Raises a usage error for a name that a case file may have: it would be exchanged."""
    if rejects is not None and rejects.suffix.lower() not in (".jsonl", ".ndjson"):
        raise typer.BadParameter("Rejects are JSON Lines: name a .jsonl file.", param_hint="--rejects")
    return rejects or out.with_name(f"{out.name}.rejects.jsonl")


def _run(
    book: "RuleBook", options: tuple[Any, ...], beside: "Beside"
) -> tuple["RunSummary", "ProgressDisplay", int | None]:
    """Return how a run went, what showed it, and how many determinations were written where some were wanted."""
    from screen.batch.pipeline import BatchOptions, run_batch
    from screen.cli.batch.determinations import DeterminationWriter
    from screen.cli.batch.progress_display import ProgressDisplay

    found, *_, jobs = options
    with ExitStack() as stack:
        written, wanted = None, BatchOptions(*options)
        if beside is not None:
            folder, where = beside
            conditions = _conditions(book, wanted.profiles, where)
            written = stack.enter_context(DeterminationWriter(book, folder, wanted.profiles, conditions, jobs))
            wanted = replace(
                wanted,
                extra_outputs=[str(folder), *map(str, conditions)],
                extra_columns=[one.base_column for one in conditions],
            )
        watched = stack.enter_context(ProgressDisplay(sum(one.size for one in found)))
        told = run_batch(book, wanted, watched.update, written, watched.resume_from)
    return told, watched, written.written if written else None


def _end(
    told: "RunSummary", watched: "ProgressDisplay", rejected: Path, book: "RuleBook", summary: SummaryFormat
) -> None:
    """Show what a run came to, and leave with its exit code."""
    from screen.batch.input.rejects import FAULT_CODE
    from screen.cli.batch.progress_display import summary_as_json, summary_as_text

    text = ""
    if summary is SummaryFormat.JSON:
        text = summary_as_json(told)
    elif summary is SummaryFormat.TEXT and not console.quiet:
        text = summary_as_text(told, book.conclusions, watched)
    shown = console.try_print(text)
    if told.rejected:
        console.info(f"Records that could not be used: {told.rejected:,}. They are told in {rejected}.")
    if told.codes.get(FAULT_CODE):
        _complain_of_faults(rejected)
    if not shown:
        console.error("The output is written. What it came to could not be shown: standard output takes nothing.")
        raise typer.Exit(1)
    if told.rejected:
        raise typer.Exit(SOME_REJECTED)


def _complain_of_faults(rejected: Path) -> None:
    """Ask for a report of the program's own faults: their kinds and places in the program, nothing of the records."""
    from screen.batch.input.rejects import fault_messages

    with rejected.open(encoding="utf-8") as lines:
        faults = fault_messages(lines)
    for found in faults[:_MOST_FAULTS]:
        console.error(f"rsd: {found} Please report this line; it holds nothing of the records.")


def _profiles(book: "RuleBook", names: str | None) -> list[str]:
    if names is None:
        return []
    chosen = [name.strip() for name in names.split(",")]
    for at, name in enumerate(chosen):
        if not name or name in chosen[:at]:
            raise typer.BadParameter("Name each profile once, with commas between.", param_hint="--profiles")
        if name not in book.profiles:
            from screen.diagnostics import did_you_mean

            remedy = did_you_mean(name, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
            raise typer.BadParameter(f'There is no profile "{name}". {remedy}', param_hint="--profiles")
    return chosen


def _conditions(book: "RuleBook", profiles: "Sequence[str]", where: list[str]) -> "Sequence[RowFilter]":
    """Return what selects the cases of which determinations are written. Raises a usage error."""
    if not where:
        return ()
    from screen.batch.score.row_filter import parse_filters
    from screen.diagnostics import DiagnosticsError

    try:
        return parse_filters(where, book, profiles)
    except DiagnosticsError as error:
        told = " ".join(f"{one.message} {one.hint}" for one in error.diagnostics)
        raise typer.BadParameter(told, param_hint="--where") from None


def _ignored(book: "RuleBook", names: list[str]) -> list[str]:
    """Return the columns to leave aside. Raises a usage error for a fact: its answers would be lost in silence.

    So would that it is not known, or not believed. A heading in capitals means the same column.
    """
    kept = {"id", "profile", *book.facts}
    kept |= {f"{fact}.{says}" for fact in book.facts for says in ("unknown", "credibility")}
    for name in names:
        if name.strip().casefold() in kept:
            told = f'"{name}" is read; only a column that is no fact can be left aside.'
            raise typer.BadParameter(told, param_hint="--ignore")
    return names


def _cores() -> int:
    import os

    return os.cpu_count() or 1


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    this, _, of = text.partition("/")
    # Python refuses to read a number of thousands of digits.
    if not (_COUNT.match(this) and _COUNT.match(of) and 1 <= int(this) <= int(of)):
        found = f'"{shorten(text)}" is no part of a whole; write 3/16 for the third of sixteen.'
        raise typer.BadParameter(found, param_hint="--shard")
    return int(this), int(of)


def _known_columns(book: "RuleBook", names: list[str], profiles: "Sequence[str]") -> None:
    from screen.batch.score.scorer import output_columns
    from screen.diagnostics import did_you_mean

    known = output_columns(book, profiles)
    for name in names:
        if name not in known:
            otherwise = "`rsd rules show` lists the criteria."
            raise typer.BadParameter(
                f'There is no column "{name}". {did_you_mean(name, known, otherwise)}', param_hint="--columns"
            )


def _print(book: "RuleBook", what: str) -> None:
    from screen.batch.record_schemas import schemas_json, template_csv

    sys.stdout.write(schemas_json(book) if what == "schema" else template_csv(book))

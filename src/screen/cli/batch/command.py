"""`rsd batch`: score many cases; `rsd batch schema` and `rsd batch template` print how they may be written."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.batch.input.rejects import FAULT_CODE, StoppedAtReject, fault_messages
from screen.batch.input.sources import SourceFormat, find_sources
from screen.batch.options import BatchOptions
from screen.batch.output.preflight import OutputGuard, check_outputs
from screen.batch.summary import RunSummary
from screen.cli import console, exit_codes
from screen.cli.batch.interruption import exit_interrupted, exit_worker_lost, signals_as_interrupts
from screen.cli.batch.progress_display import ProgressDisplay
from screen.cli.batch.summary_text import summary_as_json, summary_as_text
from screen.cli.options import AsOfOption, Assessed, AssessedOption, RulesOption, book_from_options, help_text, last_day
from screen.diagnostics import DiagnosticsError, did_you_mean, shorten
from screen.rulebook.model import RuleBook

# What needs Polars is imported where it is used: options are checked, and the processes that read case files are
# started, before it is loaded.
if TYPE_CHECKING:
    from screen.batch.score.row_filter import RowFilter

_SHARD_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_MOST_FAULTS = 10  # faults of the program that are shown: more would tell nothing new


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
    """Score many cases: a row of findings for each, and every record accounted for.

    A record that cannot be used goes to a rejects file with its place and what to do; the others are scored. The exit
    code is then 3. An interrupted run keeps what it has finished, and `--resume` continues it. `rsd batch schema`
    prints how sources may be written, `rsd batch template` a CSV to fill in. `rsd batch join` joins the outputs of
    shards.
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
    source_format: Annotated[
        SourceFormatOption | None,
        typer.Option("--format", "-f", help="How the sources are written, if their endings do not say."),
    ] = None,
    profiles: Annotated[
        str | None,
        typer.Option("--profiles", "-p", metavar="NAME,NAME", help="Readings of the law, instead of each case's own."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="NAME,NAME", help="Write only these columns; `id` is always there."),
    ] = None,
    closed: Annotated[
        bool, typer.Option("--closed", help="Take every record for closed; the `_closed` columns always do.")
    ] = False,
    assessed: AssessedOption = Assessed.AS_RECORDED,
    as_of: AsOfOption = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="Where rejects go, instead of OUT.rejects.jsonl.")
    ] = None,
    ignored_columns: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="COLUMN", help="A column of the sources that is no fact, to ignore."),
    ] = None,
    reports: Annotated[
        Path | None, typer.Option("--reports", metavar="DIR", help="Write each case's determination into a folder.")
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="COLUMN=VALUE,VALUE", help="Write determinations only of cases in which this holds."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first record that cannot be used.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a run that was interrupted.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing output, unless it holds cases.")
    ] = False,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Do the i-th of n shards, for a scheduler.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="How much goes on at once; by default one job per core.")
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
        _print_schema_or_template(book, sources[0], out)
        return
    if out is None or not out.name:
        raise typer.BadParameter("Say which file the findings go to.", param_hint="--out")
    _check_standard_input(sources, source_format)
    chosen_profiles = _parse_profiles(book, profiles)
    chosen_columns = None if columns is None else _parse_columns(book, columns, chosen_profiles)
    format_name: SourceFormat | None = source_format.value if source_format else None
    if engine is Engine.SPARK:
        from screen.cli.batch.spark import SparkCommandOptions, run_in_spark

        spark_options = SparkCommandOptions(
            sources,
            format_name,
            out,
            rejects,
            chosen_profiles,
            chosen_columns,
            _check_ignored(book, ignored_columns or []),
            strict,
            overwrite,
            master,
            closed,
            assessed is Assessed.AS_RECORDED,
            last_day(),
        )
        local_only = {"--resume": resume, "--shard": shard, "--jobs": jobs, "--reports": reports, "--where": filters}
        _finish(*run_in_spark(book, spark_options, local_only), book, summary)
        return
    shard_numbers = _parse_shard(shard)
    rejects_path = _rejects_path(out, rejects)
    if sources[0] == "join" and not Path("join").exists():
        run_only = {
            "--format": source_format,
            "--profiles": chosen_profiles,
            "--columns": chosen_columns,
            "--closed": closed,
            "--as-of": as_of,
            "--ignore": ignored_columns,
            "--reports": reports,
            "--where": filters,
            "--strict": strict,
            "--resume": resume,
            "--shard": shard,
            "--jobs": jobs,
        }
        result, progress = _join(book, sources[1:], out, rejects_path, run_only, overwrite=overwrite)
        _finish(result, progress, rejects_path, book, summary)
        return
    if filters and reports is None:
        raise typer.BadParameter("This selects determinations; say where they go with --reports.", param_hint="--where")
    ignored = _check_ignored(book, ignored_columns or [])
    skipped: list[str] = []
    case_sources = find_sources(sources, format_name, skipped.append)
    if skipped:
        files = "1 file that is" if len(skipped) == 1 else f"{len(skipped):,} files that are"
        console.info(f"Skipped: {files} no case and no table.")
    check_outputs(out, rejects_path, OutputGuard(book.facts, case_sources, overwrite), resume=resume)
    options = BatchOptions(
        case_sources,
        out,
        rejects_path,
        chosen_profiles,
        chosen_columns,
        ignored,
        shard_numbers,
        strict,
        resume,
        overwrite,
        jobs or os.cpu_count() or 1,
        closed=closed,
        as_recorded=assessed is Assessed.AS_RECORDED,
        today=last_day(),
    )
    try:
        with signals_as_interrupts():
            result, progress, report_count = _run(book, options, reports, filters or [])
    except StoppedAtReject as error:
        for mistake in error.diagnostics:
            console.error(str(mistake))
        console.error(
            "Stopped there (--strict). Mend it and run again, or continue past it with --resume and without --strict."
        )
        raise typer.Exit(exit_codes.UNUSABLE_INPUT) from None
    except KeyboardInterrupt as error:
        exit_interrupted(out, error)
    except BrokenExecutor:
        exit_worker_lost(out)
    if report_count is not None:
        console.info(f"Determinations written to {reports}: {report_count:,}.")
    _finish(result, progress, rejects_path, book, summary)


def _print_schema_or_template(book: RuleBook, name: str, out: Path | None) -> None:
    from screen.batch.record_schemas import schemas_json, template_csv

    if out is not None:
        message = f"`rsd batch {name}` goes to standard output: say > FILE."
        raise typer.BadParameter(message, param_hint="--out")
    sys.stdout.write(schemas_json(book) if name == "schema" else template_csv(book))


def _check_standard_input(sources: Sequence[str], source_format: SourceFormatOption | None) -> None:
    if "-" in sources and sys.stdin is None:
        raise typer.BadParameter("Standard input is closed.", param_hint="SOURCE...")
    if "-" in sources and source_format is SourceFormatOption.CASE:
        message = "Standard input holds no case files. Write each on a line of its own, as JSON: jsonl."
        raise typer.BadParameter(message, param_hint="--format")


def _rejects_path(out: Path, rejects: Path | None) -> Path:
    """Return where rejects go. Raises a usage error for a name that a case file may have: it would be replaced."""
    if rejects is not None and rejects.suffix.lower() not in (".jsonl", ".ndjson"):
        raise typer.BadParameter("Rejects are JSON Lines: name a .jsonl file.", param_hint="--rejects")
    return rejects or out.with_name(f"{out.name}.rejects.jsonl")


def _run(
    book: RuleBook, options: BatchOptions, reports: Path | None, filters: Sequence[str]
) -> tuple[RunSummary, ProgressDisplay, int | None]:
    """Return the summary of a run, its progress display, and the number of determinations if any were asked for."""
    from screen.batch.pipeline import run_batch
    from screen.cli.batch.determinations import DeterminationWriter

    with ExitStack() as stack:
        writer = None
        if reports is not None:
            row_filters = _parse_filters(book, options.profiles, filters)
            writer = stack.enter_context(
                DeterminationWriter(
                    book,
                    reports,
                    options.profiles,
                    row_filters,
                    options.jobs,
                    closed=options.closed,
                    as_recorded=options.as_recorded,
                )
            )
            options = replace(
                options,
                extra_outputs=[str(reports), *map(str, row_filters)],
                extra_columns=[row_filter.base_column for row_filter in row_filters],
            )
        progress = stack.enter_context(ProgressDisplay(sum(source.size for source in options.sources)))
        summary = run_batch(book, options, progress.update, writer, progress.resume_from)
    return summary, progress, writer.written if writer else None


def _join(
    book: RuleBook,
    names: Sequence[str],
    out: Path,
    rejects: Path,
    run_only: Mapping[str, object],
    *,
    overwrite: bool,
) -> tuple[RunSummary, ProgressDisplay]:
    """Return the summary of a join and its progress display. `run_only` are the options that only a run has."""
    from screen.batch.output.join import join_findings

    for option, value in run_only.items():
        if value:
            raise typer.BadParameter("Findings are joined as they are.", param_hint=option)
    if not names:
        raise typer.BadParameter("Name the outputs to join.", param_hint="SOURCE...")
    shards = find_sources(names, None)
    check_outputs(out, rejects, OutputGuard(book.facts, shards, overwrite))
    with signals_as_interrupts(), ProgressDisplay(sum(shard.size for shard in shards)) as progress:
        return join_findings(book, shards, out, rejects, progress.update, overwrite=overwrite), progress


def _finish(
    result: RunSummary, progress: ProgressDisplay, rejects: Path, book: RuleBook, summary: SummaryFormat
) -> None:
    """Show the summary of a run, and leave with its exit code."""
    text = ""
    if summary is SummaryFormat.JSON:
        text = summary_as_json(result)
    elif summary is SummaryFormat.TEXT and not console.quiet:
        text = summary_as_text(result, book.conclusions, progress)
    is_shown = console.try_print(text)
    if result.rejected:
        console.info(f"Records that could not be used: {result.rejected:,}. They are listed in {rejects}.")
    if result.codes.get(FAULT_CODE):
        _report_faults(rejects)
    if not is_shown:
        console.error("The output is written. Its summary could not be shown: standard output accepts nothing.")
        raise typer.Exit(exit_codes.UNUSABLE_INPUT)
    if result.rejected:
        raise typer.Exit(exit_codes.REJECTS)


def _report_faults(rejects: Path) -> None:
    """Ask for a report of the program's own faults: their kinds and places in the program, nothing of the records."""
    with rejects.open(encoding="utf-8") as lines:
        messages = fault_messages(lines)
    for message in messages[:_MOST_FAULTS]:
        console.error(f"rsd: {message} Please report this line; it holds nothing of the records.")


def _parse_profiles(book: RuleBook, text: str | None) -> list[str]:
    if text is None:
        return []
    profiles = [name.strip() for name in text.split(",")]
    for index, name in enumerate(profiles):
        if not name or name in profiles[:index]:
            raise typer.BadParameter("Name each profile once, with commas between.", param_hint="--profiles")
        if name not in book.profiles:
            hint = did_you_mean(name, book.profiles, "Known: " + ", ".join(book.profiles) + ".")
            raise typer.BadParameter(f'There is no profile "{name}". {hint}', param_hint="--profiles")
    return profiles


def _parse_columns(book: RuleBook, text: str, profiles: Sequence[str]) -> list[str]:
    from screen.batch.findings_schema import output_schema

    schema = output_schema(book, profiles)
    columns = [name.strip() for name in text.split(",")]
    for name in columns:
        if name not in schema:
            hint = did_you_mean(name, schema, "`rsd rules show` lists the criteria.")
            raise typer.BadParameter(f'There is no column "{name}". {hint}', param_hint="--columns")
    return columns


def _parse_filters(book: RuleBook, profiles: Sequence[str], filters: Sequence[str]) -> "Sequence[RowFilter]":
    """Return the filters that select the cases whose determinations are written. Raises a usage error."""
    from screen.batch.score.row_filter import parse_filters

    try:
        return parse_filters(filters, book, profiles)
    except DiagnosticsError as error:
        message = " ".join(f"{mistake.message} {mistake.hint}" for mistake in error.diagnostics)
        raise typer.BadParameter(message, param_hint="--where") from None


def _check_ignored(book: RuleBook, names: list[str]) -> list[str]:
    """Return the columns to ignore. Raises a usage error for a fact: its answers would be lost silently.

    So would that an answer is not known, or not believed. A heading in capitals means the same column.
    """
    kept = {"id", "profile", *book.facts}
    kept |= {f"{fact}.{attribute}" for fact in book.facts for attribute in ("unknown", "credibility")}
    for name in names:
        if name.strip().casefold() in kept:
            message = f'"{name}" is read; only a column that is no fact can be ignored.'
            raise typer.BadParameter(message, param_hint="--ignore")
    return names


def _parse_shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    number, _, count = text.partition("/")
    # Python refuses to convert a number of thousands of digits.
    if not (_SHARD_NUMBER.match(number) and _SHARD_NUMBER.match(count) and 1 <= int(number) <= int(count)):
        message = f'"{shorten(text)}" is not a shard; write 3/16 for the third of sixteen.'
        raise typer.BadParameter(message, param_hint="--shard")
    return int(number), int(count)

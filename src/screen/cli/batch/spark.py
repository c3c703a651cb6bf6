"""`rsd batch --engine spark`: which options it takes, and where its output comes to lie.

Spark writes a folder. Until it is complete it lies in a hidden folder beside its name, readable by its owner alone.
What Spark puts on the disk meanwhile is below the same folder, and is deleted with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, cast

import typer

from screen.batch.output.formats import output_format
from screen.batch.output.preflight import (
    OutputGuard,
    check_folder,
    check_output,
    exclusive_folder,
    may_be_caseload,
)
from screen.batch.output.written_files import remove_rejects
from screen.cli import console, exit_codes
from screen.cli.batch.progress_display import ProgressDisplay
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.files import Folder, lock, move, open_parent, open_private, raise_diagnostic, write_error

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from screen.batch.input.sources import SourceFormat
    from screen.batch.summary import RunSummary
    from screen.rulebook.model import RuleBook

_STDIN = "-"
_WORK, _OUT, _REPLACED, _REJECTS = "work", "out", "old", "rejects"  # all that a run puts into its hidden folder
_SUCCESS = "_SUCCESS"
_PART = re.compile(r"part-\d{5,}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-c\d{3,}(\.[a-z]+)+")
_SAMPLE_BYTES = 256 * 1024  # of each part of an earlier output; its first records show what it holds
_URL_LIKE = re.compile("^([a-z][a-z0-9+.-]+):/+", re.IGNORECASE)
#: What to do instead of what Spark cannot do.
_INSTEAD = {
    "--resume": "Run it again: what Spark had not finished is not kept.",
    "--shard": "Leave it out: Spark shares the work out by itself.",
    "--jobs": "Say it to Spark: --master 'local[4]'.",
    "--reports": "Select the cases from the output, and write their determinations without --engine spark.",
    "--where": "Select the cases from the output, and write their determinations without --engine spark.",
    _STDIN: "Write it into a file first.",
}


@dataclass(frozen=True, slots=True)
class SparkCommandOptions:
    """The options of the command line."""

    sources: Sequence[str]
    source_format: str | None
    out: Path
    rejects: Path | None
    profiles: Sequence[str]
    columns: Sequence[str] | None
    ignored_columns: Sequence[str]
    strict: bool
    overwrite: bool
    master: str
    closed: bool = False
    as_recorded: bool = False
    today: date | None = None


def run_in_spark(
    book: RuleBook, options: SparkCommandOptions, other_options: Mapping[str, object]
) -> tuple[RunSummary, ProgressDisplay, Path]:
    """Return the summary of a run in Spark, its progress display, and where its rejects are. Raises DiagnosticsError.

    `other_options` are those that Spark does not know, by name, with their values.
    """
    _refuse_options(options, other_options)
    for name in ("pyspark", "pandas"):  # pyspark asks for pandas before it hands anything to Arrow
        if find_spec(name) is None:
            message, hint = f"{name} is not installed, which Spark needs.", "Install the extra `spark`, and Java 17."
            raise DiagnosticsError([Diagnostic(Location("--engine"), "not-installed", message, hint)])
    url = _as_url(options.out)
    rejects = _rejects_path(options, url)
    guard = OutputGuard(book.facts, (), options.overwrite)
    _check_outputs(options, rejects, url, guard)
    try:
        with (
            open_parent(rejects if url else options.out) as above,
            _hidden_folder(above, options.out) as hidden,
            ProgressDisplay(0) as progress,
        ):
            summary = _run(book, options, hidden.path, url)
            progress.update(summary.read, summary.rejected, 0)
            _publish(options.out, above, hidden, rejects, url, guard)
    except KeyboardInterrupt:
        console.error("Interrupted. Nothing was written.")
        raise typer.Exit(exit_codes.INTERRUPTED) from None
    return summary, progress, rejects


def _refuse_options(options: SparkCommandOptions, other_options: Mapping[str, object]) -> None:
    refused = [name for name, value in other_options.items() if value]
    refused += [name for name in options.sources if name == _STDIN]
    if refused:
        message = "this cannot be asked of Spark."
        raise DiagnosticsError(
            [Diagnostic(Location(name), "not-in-spark", message, _INSTEAD[name]) for name in refused]
        )


def _run(book: RuleBook, options: SparkCommandOptions, hidden: Path, url: str | None) -> RunSummary:
    # pyspark is an extra, and may not be installed.
    from screen.batch.spark import pipeline
    from screen.batch.spark.sources import find_spark_sources

    with (hidden / _REJECTS).open("xb") as file, _spark_session(options.master, hidden) as session:
        with pipeline.without_spark_messages():
            source_format = cast("SourceFormat | None", options.source_format)
            sources = find_spark_sources(session, options.sources, source_format)
        _refuse_output_over_source(options.out, [name for source in sources for name in source.files])
        batch = pipeline.SparkBatchOptions(
            sources,
            url or f"file:{hidden.absolute() / _OUT}",
            output_format(options.out.name),
            options.profiles,
            options.columns,
            options.ignored_columns,
            options.strict,
            options.overwrite,
            options.closed,
            options.as_recorded,
            options.today,
        )
        summary = pipeline.run_spark_batch(session, book, batch, _make_absolute, file.write)
        file.flush()
        os.fsync(file.fileno())
        return summary


def _make_absolute(path: str) -> str:
    return os.path.normpath(Path(path).absolute())


@contextmanager
def _spark_session(master: str, hidden: Path) -> Iterator[SparkSession]:
    """Give a Spark session that writes below a folder, for its owner alone, and prints nothing."""
    from screen.batch.spark import pipeline

    umask = os.umask(0o077)
    devnull = os.open(os.devnull, os.O_WRONLY)
    try:
        work_folder = str((hidden / _WORK).absolute())
        session = pipeline.start_session(master, memory=_java_memory(), work_folder=work_folder, stderr=devnull)
    finally:
        os.close(devnull)
        os.umask(umask)
    try:
        yield session
    finally:
        session.stop()


def _java_memory() -> str:
    """Return how much memory Java may have: a quarter of the machine's, between one gigabyte and eight."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(8192, max(1024, total // 4 // 2**20))}m"


# ── where the output lies ───────────────────────────────────────────────────────────────────────────────────────────


def _as_url(out: Path) -> str | None:
    """Return the URL that a path was written as, or None. Reading it as a path took a slash away."""
    match = _URL_LIKE.match(str(out))
    if match is None:
        return None
    return f"{match[1]}://{'/' if match[1] == 'file' else ''}{str(out)[match.end() :]}"


def _rejects_path(options: SparkCommandOptions, url: str | None) -> Path:
    if options.rejects is not None:
        return options.rejects
    if url is not None:
        message, hint = "rejects are written on this machine.", "Say where, with --rejects FILE."
        raise DiagnosticsError([Diagnostic(Location("--rejects"), "cannot-write", message, hint)])
    return options.out.with_name(f"{options.out.name}.rejects.jsonl")


def _check_outputs(options: SparkCommandOptions, rejects: Path, url: str | None, guard: OutputGuard) -> None:
    """Raise DiagnosticsError where the output has no format, no folder, or would replace what is no output."""
    out, mistakes = options.out, list[Diagnostic]()
    if output_format(out.name).compression == "zstd":
        message = "Spark as it comes cannot pack text as zstd."
        hint = "Name it .gz, or .parquet, which is packed anyway."
        mistakes.append(Diagnostic(Location(str(out)), "not-in-spark", message, hint))
    for check, path in ((check_output, rejects), (_check_output_folder, out)):
        if path is rejects or url is None:
            try:
                check(path, guard)
            except DiagnosticsError as error:
                mistakes += error.diagnostics
    if url is None and out.absolute() in (rejects.absolute(), *rejects.absolute().parents):
        message, hint = "rejects would lie where findings do.", "Choose another name for one of them."
        mistakes.append(Diagnostic(Location(str(rejects)), "declared-twice", message, hint))
    if mistakes:
        raise DiagnosticsError(mistakes)


def _check_output_folder(out: Path, guard: OutputGuard) -> None:
    """Raise DiagnosticsError where the folder of the output may not take its name."""
    check_folder(out)
    with open_parent(out) as above:
        try:
            _replaceable_output(above, out.name, guard)
        except OSError as error:
            raise write_error(out, error) from None


def _replaceable_output(above: Folder, name: str, guard: OutputGuard) -> bool:
    """Tell whether there is an output of Spark to replace. Raises DiagnosticsError where something else is there."""
    if above.lstat(name) is None:
        return False
    path = above.path / name
    if not guard.overwrite:
        message = "there is something of that name already."
        raise_diagnostic(path, "already-there", message, "Choose another name, or say --overwrite.")
    with open_private(above, name, create=False) as folder:
        names = folder.names()
        if _SUCCESS not in names or not all(_is_output_file(folder, name, guard) for name in names):
            message = "this folder is no output of Spark's, or may hold a caseload."
            raise_diagnostic(path, "already-there", message, "Choose another name; it is not overwritten.")
    return True


def _is_output_file(folder: Folder, name: str, guard: OutputGuard) -> bool:
    """Tell whether a file is one that Spark wrote for us before: findings, and no cases."""
    status = folder.lstat(name)
    if status is None or not S_ISREG(status.st_mode) or not (name == _SUCCESS or _PART.fullmatch(name)):
        return False
    with folder.open(name) as file:
        return name == _SUCCESS or not may_be_caseload(file, guard.facts, _SAMPLE_BYTES)


def _refuse_output_over_source(out: Path, sources: Sequence[str]) -> None:
    """Raise DiagnosticsError where the output would replace a source, even with --overwrite: its cases would go."""
    for name in sources:
        path = Path(_make_absolute(name))
        if Path(_make_absolute(str(out))) in (path, *path.parents):
            message, hint = "one of the sources is here.", "Choose another name; it is not overwritten."
            raise DiagnosticsError([Diagnostic(Location(str(out)), "already-there", message, hint)])


@contextmanager
def _hidden_folder(above: Folder, out: Path) -> Iterator[Folder]:
    """Give a folder for what is unfinished, for its owner alone; it is deleted at the end.

    What a killed run has left there is deleted first. Raises DiagnosticsError where another run uses it, or it cannot
    be made.
    """
    name = f".{out.name}.rsd-spark"
    with exclusive_folder(above, name, out) as hidden:
        try:
            _clear(hidden)
            with open_private(hidden, _WORK):
                yield hidden
        finally:
            _clear(hidden)
            above.remove_folder(name)


def _clear(hidden: Folder) -> None:
    """Delete what a run puts into its hidden folder, and nothing else."""
    hidden.remove_tree(_WORK)
    hidden.remove_tree(_OUT)
    with suppress(DiagnosticsError):
        if hidden.lstat(_REPLACED) is not None:
            with open_private(hidden, _REPLACED, create=False) as replaced:
                for name in replaced.names():
                    if name == _SUCCESS or _PART.fullmatch(name):
                        replaced.remove(name)
            hidden.remove_folder(_REPLACED)
    hidden.remove(_REJECTS)


def _publish(out: Path, above: Folder, hidden: Folder, rejects: Path, url: str | None, guard: OutputGuard) -> None:
    """Give what is complete its name: the rejects first, since findings without them would look complete."""
    try:
        with open_parent(rejects) as target, lock(target):
            status = hidden.lstat(_REJECTS)
            if status is not None and status.st_size:
                move(hidden, _REJECTS, target, rejects.name, instead_of=guard.check(target, rejects.name))
            elif guard.overwrite:
                remove_rejects(target, rejects.name)
        if url is None:
            _make_private(hidden)
            os.sync()
            with lock(above):
                if _replaceable_output(above, out.name, guard):
                    os.rename(out.name, _REPLACED, src_dir_fd=above.handle, dst_dir_fd=hidden.handle)
                hidden.publish_folder(_OUT, above, out.name)
    except OSError as error:
        raise write_error(out, error, kept="Nothing was finished.") from None


def _make_private(hidden: Folder) -> None:
    """Close the output to other users, and delete the checksums that Spark puts next to its files."""
    os.chmod(_OUT, 0o700, dir_fd=hidden.handle)
    with open_private(hidden, _OUT, create=False) as output:
        for name in output.names():
            if name.startswith("."):
                output.remove(name)
            else:
                os.chmod(name, 0o600, dir_fd=output.handle)

"""`rsd batch --engine spark`: what may be asked of it, where its output comes to lie, and what is left behind: nothing.

Spark writes a folder. It lies hidden beside its name, readable by its owner alone, until it is whole; what Spark puts
on the disk meanwhile is below the same folder, and goes with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, cast

import typer

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
_WORK, _OUT, _OLD, _REJECTS = "work", "out", "old", "rejects"  # all that a run puts into its room
_SUCCESS = "_SUCCESS"
_PART = re.compile(r"part-\d{5,}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-c\d{3,}(\.[a-z]+)+")
_LOOKED_AT = 256 * 1024  # of each part of an earlier output; its first records show what it holds
_LIKE_URL = re.compile("^([a-z][a-z0-9+.-]+):/+", re.IGNORECASE)
#: What to do instead of what Spark cannot be asked.
_INSTEAD = {
    "--resume": "Run it anew: what Spark had not finished is not kept.",
    "--shard": "Leave it out: Spark shares the work out by itself.",
    "--jobs": "Say it to Spark: --master 'local[4]'.",
    "--reports": "Select the cases from the output, and write their determinations without --engine spark.",
    "--where": "Select the cases from the output, and write their determinations without --engine spark.",
    _STDIN: "Write it into a file first.",
}


@dataclass(frozen=True, slots=True)
class SparkCommandOptions:
    """What somebody asked for on the command line."""

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


def run_in_spark(
    book: RuleBook, asked: SparkCommandOptions, others: Mapping[str, object]
) -> tuple[RunSummary, ProgressDisplay, Path]:
    """Return how a run in Spark went, how long it took, and where its rejects are. Raises Mistakes.

    `others` are options that it does not know, by name, with what was said to them.
    """
    _refuse([name for name, value in others.items() if value] + [name for name in asked.sources if name == _STDIN])
    for name in ("pyspark", "pandas"):  # pyspark asks for pandas before it hands anything to Arrow
        if find_spec(name) is None:
            what, how = f"{name} is not installed, which Spark needs.", "Install the extra `spark`, and Java 17."
            raise DiagnosticsError([Diagnostic(Location("--engine"), "not-installed", what, how)])
    url = _url(asked.out)
    rejects = _rejects(asked, url)
    guard = OutputGuard(book.facts, (), asked.overwrite)
    _may_write(asked, rejects, url, guard)
    try:
        with (
            open_parent(rejects if url else asked.out) as above,
            _room(above, asked.out) as room,
            ProgressDisplay(0) as watched,
        ):
            told = _run(book, asked, room.path, url)
            watched.update(told.read, told.rejected, 0)
            _put(asked.out, above, room, rejects, url, guard)
    except KeyboardInterrupt:
        console.error("Interrupted. Nothing was written.")
        raise typer.Exit(exit_codes.INTERRUPTED) from None
    return told, watched, rejects


def _refuse(asked: Sequence[str]) -> None:
    if asked:
        found = "this cannot be asked of Spark."
        raise DiagnosticsError([Diagnostic(Location(name), "not-in-spark", found, _INSTEAD[name]) for name in asked])


def _run(book: RuleBook, asked: SparkCommandOptions, room: Path, url: str | None) -> RunSummary:
    from screen.batch.output.formats import output_format
    from screen.batch.spark import pipeline
    from screen.batch.spark.sources import find_spark_sources as spark_sources

    form = output_format(asked.out.name)
    with (room / _REJECTS).open("xb") as file, _session(asked.master, room) as session:
        with pipeline.without_spark_messages():
            sources = spark_sources(session, asked.sources, cast("SourceFormat | None", asked.source_format))
        _apart(asked.out, [name for one in sources for name in one.paths or (one.name,)])
        wanted = pipeline.SparkBatchOptions(
            sources,
            url or f"file:{room.absolute() / _OUT}",
            form,
            asked.profiles,
            asked.columns,
            asked.ignored_columns,
            asked.strict,
            asked.overwrite,
        )
        told = pipeline.run_spark_batch(session, book, wanted, _absolute, file.write)
        file.flush()
        os.fsync(file.fileno())
        return told


def _absolute(path: str) -> str:
    return os.path.normpath(Path(path).absolute())


@contextmanager
def _session(master: str, room: Path) -> Iterator[SparkSession]:
    """Give a Spark session that writes below a folder, for its owner alone, and says nothing."""
    from screen.batch.spark import pipeline

    before = os.umask(0o077)
    silent = os.open(os.devnull, os.O_WRONLY)
    try:
        found = pipeline.start_session(
            master, memory=_memory(), work_folder=str((room / _WORK).absolute()), stderr=silent
        )
    finally:
        os.close(silent)
        os.umask(before)
    try:
        yield found
    finally:
        found.stop()


def _memory() -> str:
    """Return how much memory Java may have: a quarter of the machine's, between one gigabyte and eight."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(8192, max(1024, whole // 4 // 2**20))}m"


# ── where it lies ───────────────────────────────────────────────────────────────────────────────────────────────────


def _url(out: Path) -> str | None:
    """Return the URL that a path was written as, or None; what reads a path takes a slash away."""
    found = _LIKE_URL.match(str(out))
    if found is None:
        return None
    return f"{found[1]}://{'/' if found[1] == 'file' else ''}{str(out)[found.end() :]}"


def _rejects(asked: SparkCommandOptions, url: str | None) -> Path:
    if asked.rejects is not None:
        return asked.rejects
    if url is not None:
        found, remedy = "rejects are written on this machine.", "Say where, with --rejects FILE."
        raise DiagnosticsError([Diagnostic(Location("--rejects"), "cannot-write", found, remedy)])
    return asked.out.with_name(f"{asked.out.name}.rejects.jsonl")


def _may_write(asked: SparkCommandOptions, rejects: Path, url: str | None, guard: OutputGuard) -> None:
    """Raise Mistakes where the output has no format, no folder, or would take the place of what is no output."""
    from screen.batch.output.formats import output_format

    out, mistakes = asked.out, list[Diagnostic]()
    if output_format(out.name).compression == "zstd":
        found, remedy = (
            "Spark as it comes cannot pack text as zstd.",
            "Name it .gz, or .parquet, which is packed anyway.",
        )
        mistakes.append(Diagnostic(Location(str(out)), "not-in-spark", found, remedy))
    for may_be_taken, path in ((check_output, rejects), (_may_take_folder, out)):
        if path is rejects or url is None:
            try:
                may_be_taken(path, guard)
            except DiagnosticsError as error:
                mistakes += error.diagnostics
    if url is None and out.absolute() in (rejects.absolute(), *rejects.absolute().parents):
        found, remedy = "rejects would lie where findings do.", "Choose another name for one of them."
        mistakes.append(Diagnostic(Location(str(rejects)), "declared-twice", found, remedy))
    if mistakes:
        raise DiagnosticsError(mistakes)


def _may_take_folder(out: Path, guard: OutputGuard) -> None:
    """Raise Mistakes where the folder of the output may not take its name."""
    check_folder(out)
    with open_parent(out) as above:
        try:
            _replaceable_output(above, out.name, guard)
        except OSError as error:
            raise write_error(out, error) from None


def _replaceable_output(above: Folder, name: str, guard: OutputGuard) -> bool:
    """Tell whether there is an output of Spark's to be replaced. Raises Mistakes where something else is there."""
    if above.lstat(name) is None:
        return False
    path = above.path / name
    if not guard.overwrite:
        found = "there is something of that name already."
        raise_diagnostic(path, "already-there", found, "Choose another name, or say --overwrite.")
    with open_private(above, name, create=False) as folder:
        names = folder.names()
        if _SUCCESS not in names or not all(_is_of_output(folder, name, guard) for name in names):
            found = "this folder is no output of Spark's, or may hold a caseload."
            raise_diagnostic(path, "already-there", found, "Choose another name; it is not overwritten.")
    return True


def _is_of_output(folder: Folder, name: str, guard: OutputGuard) -> bool:
    """Tell whether a file is one that Spark wrote for us before: findings, and no cases."""
    there = folder.lstat(name)
    if there is None or not S_ISREG(there.st_mode) or not (name == _SUCCESS or _PART.fullmatch(name)):
        return False
    with folder.open(name) as file:
        return name == _SUCCESS or not may_be_caseload(file, guard.facts, _LOOKED_AT)


def _apart(out: Path, sources: Sequence[str]) -> None:
    """Raise Mistakes where the output would take the place of a source, whatever was said: the cases would be gone."""
    for name in sources:
        path = Path(_absolute(name))
        if Path(_absolute(str(out))) in (path, *path.parents):
            found, remedy = "one of the sources is here.", "Choose another name; it is not overwritten."
            raise DiagnosticsError([Diagnostic(Location(str(out)), "already-there", found, remedy)])


@contextmanager
def _room(above: Folder, out: Path) -> Iterator[Folder]:
    """Give a folder for what is unfinished, for its owner alone; it is gone at the end.

    What a killed run has left there goes first. Raises Mistakes where another run has it, or it cannot be made.
    """
    hidden = f".{out.name}.rsd-spark"
    with exclusive_folder(above, hidden, out) as room:
        try:
            _empty(room)
            with open_private(room, _WORK):
                yield room
        finally:
            _empty(room)
            above.remove_folder(hidden)


def _empty(room: Folder) -> None:
    """Delete what a run puts into its room, and nothing else."""
    room.remove_tree(_WORK)
    room.remove_tree(_OUT)
    with suppress(DiagnosticsError):
        if room.lstat(_OLD) is not None:
            with open_private(room, _OLD, create=False) as old:
                for name in old.names():
                    if name == _SUCCESS or _PART.fullmatch(name):
                        old.remove(name)
            room.remove_folder(_OLD)
    room.remove(_REJECTS)


def _put(out: Path, above: Folder, room: Folder, rejects: Path, url: str | None, guard: OutputGuard) -> None:
    """Give what is complete its name: the rejects first, since findings without them would look complete."""
    try:
        with open_parent(rejects) as target, lock(target):
            there = room.lstat(_REJECTS)
            if there is not None and there.st_size:
                move(room, _REJECTS, target, rejects.name, instead_of=guard.check(target, rejects.name))
            elif guard.overwrite:
                remove_rejects(target, rejects.name)
        if url is None:
            _close(room)
            os.sync()
            with lock(above):
                if _replaceable_output(above, out.name, guard):
                    os.rename(out.name, _OLD, src_dir_fd=above.handle, dst_dir_fd=room.handle)
                room.publish_folder(_OUT, above, out.name)
    except OSError as error:
        raise write_error(out, error, kept="Nothing was finished.") from None


def _close(room: Folder) -> None:
    """Keep others out of the output, and delete the checksums that Spark puts next to its files."""
    os.chmod(_OUT, 0o700, dir_fd=room.handle)
    with open_private(room, _OUT, create=False) as made:
        for name in made.names():
            if name.startswith("."):
                made.remove(name)
            else:
                os.chmod(name, 0o600, dir_fd=made.handle)

"""`rsd batch --engine spark`: what may be asked of it, where its output comes to lie, and what is left behind: nothing.

Spark writes a folder. It lies hidden beside its name, readable by its owner alone, until it is whole; what Spark puts
on the disk meanwhile is below the same folder, and goes with it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from screen.cli import display
from screen.cli.batch_screen import Watched
from screen.mistake import Mistake, Mistakes
from screen.place import Place

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from screen.batch.run import Told
    from screen.batch.sources import Format
    from screen.language.terms import RuleBook

INTERRUPTED = 130
_STDIN = "-"
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
class Asked:
    """What somebody asked for on the command line."""

    sources: Sequence[str]
    form: str | None
    out: Path
    rejects: Path | None
    profiles: Sequence[str]
    columns: Sequence[str] | None
    ignore: Sequence[str]
    strict: bool
    overwrite: bool
    master: str


def in_spark(book: RuleBook, asked: Asked, others: Mapping[str, object]) -> tuple[Told, Watched, Path]:
    """Return how a run in Spark went, how long it took, and where its rejects are. Raises Mistakes.

    `others` are options that it does not know, by name, with what was said to them.
    """
    _refuse([name for name, value in others.items() if value] + [name for name in asked.sources if name == _STDIN])
    for name in ("pyspark", "pandas"):  # pyspark asks for pandas before it hands anything to Arrow
        if find_spec(name) is None:
            what, how = f"{name} is not installed, which Spark needs.", "Install the extra `spark`, and Java 17."
            raise Mistakes([Mistake(Place("--engine"), "not-installed", what, how)])
    url = _url(asked.out)
    rejects = _rejects(asked, url)
    _may_write(asked, rejects, url)
    try:
        with _room(rejects.parent if url else asked.out.parent, asked.out.name) as room, Watched(0) as watched:
            told = _run(book, asked, room, url)
            watched.part(told.read, told.rejected, 0)
            _put(asked, room, rejects, url)
    except KeyboardInterrupt:
        display.complain("Interrupted. Nothing was written.")
        raise typer.Exit(INTERRUPTED) from None
    return told, watched, rejects


def _refuse(asked: Sequence[str]) -> None:
    if asked:
        found = "this cannot be asked of Spark."
        raise Mistakes([Mistake(Place(name), "not-in-spark", found, _INSTEAD[name]) for name in asked])


def _run(book: RuleBook, asked: Asked, room: Path, url: str | None) -> Told:
    from screen.batch import spark, spark_read
    from screen.batch.output import form_of

    form = form_of(asked.out.name)
    with (room / "rejects").open("wb") as file, _session(asked.master, room) as session:
        with spark.plainly():
            sources = spark_read.sources(session, asked.sources, cast("Format | None", asked.form))
        _apart(asked.out, [name for one in sources for name in one.paths or (one.name,)])
        wanted = spark.Asked(
            sources, url or f"file:{room.absolute() / 'out'}", form, asked.profiles, asked.columns, asked.ignore,
            asked.strict, asked.overwrite,
        )  # fmt: skip
        told = spark.run(session, book, wanted, _absolute, file.write)
        file.flush()
        os.fsync(file.fileno())
        return told


def _absolute(path: str) -> str:
    return os.path.normpath(Path(path).absolute())


@contextmanager
def _session(master: str, room: Path) -> Iterator[SparkSession]:
    """Give a Spark session that writes below a folder, for its owner alone, and says nothing."""
    from screen.batch import spark

    before = os.umask(0o077)
    silent = os.open(os.devnull, os.O_WRONLY)
    try:
        found = spark.session(master, memory=_memory(), room=str((room / "work").absolute()), stderr=silent)
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


def _rejects(asked: Asked, url: str | None) -> Path:
    if asked.rejects is not None:
        return asked.rejects
    if url is not None:
        found, remedy = "rejects are written on this machine.", "Say where, with --rejects FILE."
        raise Mistakes([Mistake(Place("--rejects"), "cannot-write", found, remedy)])
    return asked.out.with_name(f"{asked.out.name}.rejects.jsonl")


def _may_write(asked: Asked, rejects: Path, url: str | None) -> None:
    """Raise Mistakes where the output has no format, no folder, or would take the place of what is no output."""
    from screen.batch import putting
    from screen.batch.output import form_of

    out, mistakes = asked.out, []

    def wrong(path: Path, code: str, found: str, remedy: str) -> None:
        mistakes.append(Mistake(Place(str(path)), code, found, remedy))

    if form_of(out.name).packed == "zstd":
        found = "Spark as it comes cannot pack text as zstd."
        wrong(out, "not-in-spark", found, "Name it .gz, or .parquet, which is packed anyway.")
    for path in (rejects,) if url else (out, rejects):
        if not path.parent.is_dir():
            wrong(path, "cannot-write", "its folder is not there.", "Make it first.")
        elif not putting.may_write_in(path.parent):
            wrong(path, "cannot-write", "nothing can be written into its folder.", "Choose another one.")
        elif path.exists() and not asked.overwrite:
            found = "there is something of that name already."
            wrong(path, "already-there", found, "Choose another name, or say --overwrite.")
    if rejects.is_dir():
        wrong(rejects, "already-there", "this is a folder.", "Name a file in it.")
    if url is None and asked.overwrite and out.is_dir() and not _is_output(out):
        wrong(
            out, "already-there", "this folder is no output of Spark's.", "Choose another name; it is not overwritten."
        )
    if url is None and out.absolute() in (rejects.absolute(), *rejects.absolute().parents):
        wrong(rejects, "declared-twice", "rejects would lie where findings do.", "Choose another name for one of them.")
    if mistakes:
        raise Mistakes(mistakes)


def _is_output(folder: Path) -> bool:
    """Tell whether a folder is what Spark wrote before, and nothing else."""
    names = [path.name for path in folder.iterdir()]
    return "_SUCCESS" in names and all(name == "_SUCCESS" or name.startswith("part-") for name in names)


def _apart(out: Path, sources: Sequence[str]) -> None:
    """Raise Mistakes where the output would take the place of a source, whatever was said: the cases would be gone."""
    for name in sources:
        path = Path(_absolute(name))
        if Path(_absolute(str(out))) in (path, *path.parents):
            found, remedy = "one of the sources is here.", "Choose another name; it is not overwritten."
            raise Mistakes([Mistake(Place(str(out)), "already-there", found, remedy)])


@contextmanager
def _room(beside: Path, name: str) -> Iterator[Path]:
    """Give a folder for what is unfinished, readable by its owner alone; it is gone at the end.

    What a killed run has left there goes first. Raises Mistakes where another run has it, or it cannot be made.
    """
    room = beside / f".{name}.rsd-spark"
    try:
        room.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(room, os.O_RDONLY)
    except OSError as error:
        found = f"the output could not be written: {(error.strerror or 'no reason given').lower()}."
        raise Mistakes([Mistake(Place(str(room)), "cannot-write", found, "Choose another place for it.")]) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            found, remedy = "another run is writing this output now.", "Wait for it, or choose another name."
            raise Mistakes([Mistake(Place(name), "already-running", found, remedy)]) from None
        try:
            _emptied(room)
            (room / "work").mkdir(mode=0o700)
            yield room
        finally:
            _emptied(room)
            with suppress(OSError):
                room.rmdir()
    finally:
        os.close(lock)


def _emptied(room: Path) -> None:
    for path in room.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _put(asked: Asked, room: Path, rejects: Path, url: str | None) -> None:
    """Put what is whole under its name: the rejects first, since findings without them would look complete."""
    from screen.batch import putting

    if (room / "rejects").stat().st_size:
        (room / "rejects").chmod(0o600)
        try:
            putting.put(room / "rejects", rejects)
        except OSError as error:
            raise putting.cannot_write(rejects, error, kept=False) from None
    else:
        rejects.unlink(missing_ok=True)
    if url is not None:
        return
    made = room / "out"
    for path in list(made.iterdir()):
        if path.name.startswith("."):
            path.unlink()  # checksums of Spark's
        else:
            path.chmod(0o600)
    made.chmod(0o700)
    os.sync()
    if asked.out.exists():
        asked.out.rename(room / "old")
    made.rename(asked.out)

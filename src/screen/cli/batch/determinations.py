"""The determinations of a batch's cases, a file each, in a folder.

A case is written under its own profile, or under each that was asked for. The files are written before the part that
their cases belong to is kept, so that a run that goes on writes those that were not finished again, and loses none.
"""

from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screen import files as disk
from screen.cli.batch.child_processes import tie_to_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import polars as pl

    from screen.batch.fault_boundary import Fault
    from screen.batch.score.row_filter import RowFilter
    from screen.rulebook.model import RuleBook

    #: Names of determinations with their digests, and the rows of cases over which the program failed.
    _Result = tuple[dict[str, str], dict[int, Fault]]

_AT_ONCE = 200  # cases that one process takes: as dictionaries they are large
_ALONE = 50  # fewer are written before another process would have begun


class DeterminationWriter:
    """Writes determinations; use as a context."""

    def __init__(
        self, book: "RuleBook", folder: Path, profiles: "Sequence[str]", conditions: "Sequence[RowFilter]", jobs: int
    ) -> None:
        self.book, self.folder, self.profiles = book, folder, tuple(profiles)
        self.conditions, self.jobs = tuple(conditions), jobs
        self.written, self.overwrite = 0, False
        self._taken: dict[str, str] = {}
        self._pool: Executor | None = None

    def __enter__(self) -> "DeterminationWriter":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def prepare(self, *, resumed: bool, overwrite: bool) -> None:
        """Make the folder. Raises Mistakes where there is something in it that may not be mixed with determinations."""
        from screen.files import is_temporary_name, raise_diagnostic

        self.overwrite = overwrite
        if self.folder.is_symlink():
            found = "this is a link, and none is written through."
            raise_diagnostic(self.folder, "already-there", found, "Name the folder that it leads to.")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            raise_diagnostic(
                self.folder, "already-there", "this is a file, and determinations go into a folder.", "Name a folder."
            )
        except OSError as error:
            raise disk.write_error(self.folder, error) from None
        with _opened(self.folder) as folder:
            folder.clear_stale()  # determinations at which a run was killed
            existing = [name for name in folder.names() if not is_temporary_name(name)]
        if existing and not (resumed or overwrite):
            found, remedy = "there is something in this folder already.", "Name another one, or say --overwrite."
            raise_diagnostic(self.folder, "already-there", found, remedy)
        stems = (Path(name).stem for name in existing)
        self._taken = {stem.casefold(): stem for stem in stems}

    def discard(self, written: "Mapping[str, str]") -> None:
        """Delete the determinations of a run that is given up, as far as they lie here as they were written."""
        from screen.batch.output.preflight import remove_reports

        if self.folder.is_dir():
            with _opened(self.folder) as folder:
                remove_reports(folder, written)

    def write_part(self, cases: "pl.DataFrame", table: "pl.DataFrame") -> "tuple[dict[str, str], dict[int, Fault]]":
        """Write the determinations of a part's cases, those that are asked for; when this returns they are on the disk.

        Return their names with their digests, and the rows of the cases over which the program failed.
        """
        from screen.batch.cells import ID
        from screen.batch.score.row_filter import matching_rows
        from screen.diagnostics import DiagnosticsError

        # One fault ends no run: its case has no determination, and is a reject.
        chosen = table.select(matching_rows(table, self.conditions).alias("*chosen"))["*chosen"].arg_true()
        wanted = cases[chosen]
        profiles: tuple[str | None, ...] = self.profiles or (None,)
        names = [[self._name(case, profile) for profile in profiles] for case in wanted[ID]]
        written: dict[str, str] = {}
        faults: dict[int, Fault] = {}
        waiting: list[tuple[int, Callable[[], _Result]]] = []
        try:
            for first in range(0, wanted.height, _AT_ONCE):
                work = _Work(
                    wanted.slice(first, _AT_ONCE),
                    names[first : first + _AT_ONCE],
                    profiles,
                    self.folder,
                    self.overwrite,
                )
                if self.jobs == 1 or wanted.height <= _ALONE:
                    waiting.append((first, partial(_write, self.book, work)))
                else:
                    waiting.append((first, self._processes().submit(_write_there, work).result))
            for first, result in waiting:
                names_written, failed = result()
                written |= names_written
                faults |= {chosen[first + row]: fault for row, fault in failed.items()}
        except DiagnosticsError as error:
            remedy = "Parts of the run that are finished are kept. Make room or mend that, and go on with --resume."
            raise DiagnosticsError([replace(mistake, hint=remedy) for mistake in error.diagnostics]) from None
        self.written += len(written)
        return written, faults

    def _name(self, case: str, profile: str | None) -> str:
        """Return the file of a case: two names that differ in capitals alone would be one file on some systems."""
        plain = case if len(self.profiles) < 2 else f"{case}@{profile}"
        stem, more = plain, 1
        while self._taken.setdefault(stem.casefold(), stem) != stem:
            more += 1
            stem = f"{plain}~{more}"
        return f"{stem}.md"

    def _processes(self) -> Executor:
        if self._pool is None:
            import multiprocessing

            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.jobs, context, _begin, (self.book,))
        return self._pool


@dataclass(frozen=True, slots=True)
class _Work:
    """Determinations to write: of each case a file under each profile."""

    cases: "pl.DataFrame"
    names: "Sequence[Sequence[str]]"
    profiles: "Sequence[str | None]"
    folder: Path
    overwrite: bool


def _write(book: "RuleBook", work: _Work) -> "_Result":
    """Write determinations. Raises Mistakes where they cannot be written."""
    from screen.batch.fault_boundary import Fault, catch_fault
    from screen.batch.output.preflight import OutputGuard, write_report

    guard, written, faults = OutputGuard(book.facts, overwrite=work.overwrite), {}, {}
    with _opened(work.folder) as folder:
        for at, (row, names) in enumerate(zip(work.cases.iter_rows(named=True), work.names, strict=True)):
            texts = catch_fault(partial(_texts, book, row, work.profiles))
            if isinstance(texts, Fault):
                faults[at] = texts
                continue
            for name, data in zip(names, texts, strict=True):
                try:
                    written[name] = write_report(folder, name, data, guard)
                except OSError as error:
                    raise disk.write_error(work.folder / name, error) from None
    return written, faults


def _texts(book: "RuleBook", row: "Mapping[str, Any]", profiles: "Sequence[str | None]") -> list[bytes]:
    """Return the determination of a case under each profile, as Markdown."""
    from screen.batch.input.case_files import case_of_row
    from screen.cli.commands.assess import determine
    from screen.report.determination import determination_blocks
    from screen.report.markdown import render_markdown

    case = case_of_row(row, book)
    under = (profile or case.profile or book.default_profile for profile in profiles)
    return [render_markdown(determination_blocks(determine(book, case, profile))).encode() for profile in under]


def _opened(folder: Path) -> "AbstractContextManager[disk.Folder]":
    """Return the folder of determinations, open: files are found in it whatever its name leads to meanwhile."""
    return disk.open_parent(folder / "any", through_link=False)


_book: "RuleBook | None" = None  # of a process that writes determinations


def _begin(book: "RuleBook") -> None:
    global _book
    _book = book
    tie_to_parent()


def _write_there(work: _Work) -> "_Result":
    assert _book is not None
    return _write(_book, work)

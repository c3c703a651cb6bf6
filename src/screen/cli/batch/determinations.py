"""The determinations of a batch's cases, a file each, in a folder.

A case is written under its own profile, or under each profile of the run. The files are written before the part that
their cases belong to is kept, so that a run that continues writes again those of a part that was not finished, and
loses none.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from screen.batch.cells import ID
from screen.batch.fault_boundary import Fault, catch_fault
from screen.batch.input.case_files import case_of_row
from screen.batch.output.preflight import OutputGuard
from screen.batch.output.written_files import remove_determinations, write_determination
from screen.batch.score.row_filter import RowFilter, matching_rows
from screen.cli.batch.child_processes import tie_to_parent
from screen.diagnostics import DiagnosticsError
from screen.files import Folder, is_temporary_name, open_parent, raise_diagnostic, write_error
from screen.report.determination import determination_blocks, determine
from screen.report.markdown import render_markdown
from screen.rulebook.model import RuleBook

#: The digests of determinations by file name, and the faults by the row of their case.
_Result = tuple[dict[str, str], dict[int, Fault]]

_CASES_PER_TASK = 200  # that one process takes at a time: as dictionaries they are large
_CASES_WITHOUT_PROCESSES = 50  # as many are written before another process would have started


class DeterminationWriter:
    """Writes the determinations of each part (`PartWriter`); use as a context manager."""

    def __init__(
        self,
        book: RuleBook,
        folder: Path,
        profiles: Sequence[str],
        filters: Sequence[RowFilter],
        jobs: int,
        *,
        closed: bool = False,
        as_recorded: bool = False,
    ) -> None:
        self.book, self.folder, self.profiles = book, folder, tuple(profiles)
        self.closed, self.as_recorded = closed, as_recorded
        self.filters, self.jobs = tuple(filters), jobs
        self.written, self.overwrite = 0, False
        self._stems: dict[str, str] = {}  # that are taken, by their small letters
        self._pool: Executor | None = None

    def __enter__(self) -> DeterminationWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def prepare(self, *, resumed: bool, overwrite: bool) -> None:
        """Make the folder. Raises DiagnosticsError where it holds something, unless resumed or overwriting."""
        self.overwrite = overwrite
        if self.folder.is_symlink():
            message = "this is a link, and none is written through."
            raise_diagnostic(self.folder, "already-there", message, "Name the folder that it leads to.")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            message = "this is a file, and determinations go into a folder."
            raise_diagnostic(self.folder, "already-there", message, "Name a folder.")
        except OSError as error:
            raise write_error(self.folder, error) from None
        with _open(self.folder) as folder:
            folder.clear_stale()  # temporary files of a run that was killed
            existing = [name for name in folder.names() if not is_temporary_name(name)]
        if existing and not (resumed or overwrite):
            message, hint = "there is something in this folder already.", "Name another one, or say --overwrite."
            raise_diagnostic(self.folder, "already-there", message, hint)
        stems = (Path(name).stem for name in existing)
        self._stems = {stem.casefold(): stem for stem in stems}

    def discard(self, written: Mapping[str, str]) -> None:
        """Delete the determinations of a run that is given up, as far as they are still what was written."""
        if self.folder.is_dir():
            with _open(self.folder) as folder:
                remove_determinations(folder, written)

    def write_part(self, cases: pl.DataFrame, table: pl.DataFrame) -> _Result:
        """Write the determinations of a part's cases that pass the filters; when this returns they are on disk.

        Return the digests by file name, and the faults by the row of their case.
        """
        # A fault ends no run: its case has no determination, and is a reject.
        rows = table.select(matching_rows(table, self.filters).alias("*selected"))["*selected"].arg_true()
        selected = cases[rows]
        profiles: tuple[str | None, ...] = self.profiles or (None,)
        names = [[self._file_name(case_id, profile) for profile in profiles] for case_id in selected[ID]]
        written: dict[str, str] = {}
        faults: dict[int, Fault] = {}
        results: list[tuple[int, Callable[[], _Result]]] = []
        try:
            for first in range(0, selected.height, _CASES_PER_TASK):
                task = _Task(
                    selected.slice(first, _CASES_PER_TASK),
                    names[first : first + _CASES_PER_TASK],
                    profiles,
                    self.folder,
                    self.overwrite,
                    self.closed,
                    self.as_recorded,
                )
                if self.jobs == 1 or selected.height <= _CASES_WITHOUT_PROCESSES:
                    results.append((first, partial(_write, self.book, task)))
                else:
                    results.append((first, self._processes().submit(_write_in_process, task).result))
            for first, result in results:
                digests, faults_of_task = result()
                written |= digests
                faults |= {rows[first + row]: fault for row, fault in faults_of_task.items()}
        except DiagnosticsError as error:
            hint = "Finished parts of the run are kept. Make room or mend that, and continue with --resume."
            raise DiagnosticsError([replace(mistake, hint=hint) for mistake in error.diagnostics]) from None
        self.written += len(written)
        return written, faults

    def _file_name(self, case_id: str, profile: str | None) -> str:
        """Return the file of a case: names that differ only in capitals would be one file on some systems."""
        base = case_id if len(self.profiles) < 2 else f"{case_id}@{profile}"
        stem, number = base, 1
        while self._stems.setdefault(stem.casefold(), stem) != stem:
            number += 1
            stem = f"{base}~{number}"
        return f"{stem}.md"

    def _processes(self) -> Executor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.jobs, context, _start_process, (self.book,))
        return self._pool


@dataclass(frozen=True, slots=True)
class _Task:
    """Determinations to write: for each case a file under each profile."""

    cases: pl.DataFrame
    names: Sequence[Sequence[str]]
    profiles: Sequence[str | None]
    folder: Path
    overwrite: bool
    closed: bool
    as_recorded: bool


def _write(book: RuleBook, task: _Task) -> _Result:
    """Write determinations. Raises DiagnosticsError where they cannot be written."""
    guard, written, faults = OutputGuard(book.facts, overwrite=task.overwrite), dict[str, str](), dict[int, Fault]()
    with _open(task.folder) as folder:
        for index, (row, names) in enumerate(zip(task.cases.iter_rows(named=True), task.names, strict=True)):
            texts = catch_fault(partial(_render, book, row, task))
            if isinstance(texts, Fault):
                faults[index] = texts
                continue
            for name, data in zip(names, texts, strict=True):
                try:
                    written[name] = write_determination(folder, name, data, guard)
                except OSError as error:
                    raise write_error(task.folder / name, error) from None
    return written, faults


def _render(book: RuleBook, row: Mapping[str, Any], task: _Task) -> list[bytes]:
    """Return the determination of a case under each profile of a task, as Markdown."""
    case = case_of_row(row, book)
    names = (profile or case.profile or book.default_profile for profile in task.profiles)
    determinations = (determine(book, case, name, closed=task.closed, as_recorded=task.as_recorded) for name in names)
    return [render_markdown(determination_blocks(determination)).encode() for determination in determinations]


def _open(folder: Path) -> AbstractContextManager[Folder]:
    """Open the folder of determinations: files are then found in it, whatever its name leads to in the meantime."""
    return open_parent(folder / "any", through_link=False)


_book: RuleBook | None = None  # of a process that writes determinations


def _start_process(book: RuleBook) -> None:
    global _book
    _book = book
    tie_to_parent()


def _write_in_process(task: _Task) -> _Result:
    assert _book is not None
    return _write(_book, task)

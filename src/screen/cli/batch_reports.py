"""The determinations of a batch's cases, a file each, in a folder.

A case is written under its own profile, or under each that was asked for. The files are written before the part that
their cases belong to is kept, so that a run that goes on writes those that were not finished again, and loses none.
"""

from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from screen import files as disk
from screen.batch.apart import belong_to_parent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from screen.batch.selecting import Condition
    from screen.language.terms import RuleBook

_AT_ONCE = 200  # cases that one process takes: as dictionaries they are large
_ALONE = 50  # fewer are written before another process would have begun


class Reports:
    """Writes determinations; use as a context."""

    def __init__(
        self, book: "RuleBook", folder: Path, profiles: "Sequence[str]", conditions: "Sequence[Condition]", jobs: int
    ) -> None:
        self.book, self.folder, self.profiles = book, folder, tuple(profiles)
        self.conditions, self.jobs = tuple(conditions), jobs
        self.written = 0
        self._taken: dict[str, str] = {}
        self._pool: Executor | None = None

    def __enter__(self) -> "Reports":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def begin(self, *, may_exchange: bool) -> None:
        """Make the folder. Raises Mistakes where there is something in it that may not be exchanged."""
        from screen.batch.writing import reports_folder

        reports_folder(self.folder, overwrite=may_exchange)
        self._taken = {path.stem.casefold(): path.stem for path in self.folder.iterdir()}

    def part(self, cases: "pl.DataFrame", table: "pl.DataFrame") -> list[str]:
        """Write the determinations of a part's cases, those that are asked for; when this returns they are there."""
        from screen.batch.cells import ID
        from screen.batch.selecting import selected
        from screen.mistake import Mistakes

        wanted = cases.filter(selected(table, self.conditions))
        profiles: tuple[str | None, ...] = self.profiles or (None,)
        files = [[self._file(name, one) for one in profiles] for name in wanted[ID]]
        waiting = []
        try:
            for first in range(0, wanted.height, _AT_ONCE):
                given = wanted.slice(first, _AT_ONCE), files[first : first + _AT_ONCE], profiles
                if self.jobs == 1 or wanted.height <= _ALONE:
                    _write(self.book, *given)
                else:
                    waiting.append(self._processes().submit(_write_there, *given))
            for one in waiting:
                one.result()
        except Mistakes as error:
            remedy = "Parts of the run that are finished are kept. Make room or mend that, and go on with --resume."
            raise Mistakes([replace(one, remedy=remedy) for one in error.all]) from None
        self.written += len(files) * len(profiles)
        return [str(path.absolute()) for some in files for path in some]

    def _file(self, case: str, profile: str | None) -> Path:
        """Return the file of a case: two names that differ in capitals alone would be one file on some systems."""
        plain = case if len(self.profiles) < 2 else f"{case}@{profile}"
        stem, more = plain, 1
        while self._taken.setdefault(stem.casefold(), stem) != stem:
            more += 1
            stem = f"{plain}~{more}"
        return self.folder / f"{stem}.md"

    def _processes(self) -> Executor:
        if self._pool is None:
            import multiprocessing

            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.jobs, context, _begin, (self.book,))
        return self._pool


def _write(
    book: "RuleBook", cases: "pl.DataFrame", files: "Sequence[Sequence[Path]]", profiles: "Sequence[str | None]"
) -> None:
    from screen.batch.casefiles import case_of
    from screen.cli.assess import determination
    from screen.report.determination import blocks
    from screen.report.markdown import markdown

    for row, paths in zip(cases.iter_rows(named=True), files, strict=True):
        case = case_of(row, book)
        for profile, path in zip(profiles, paths, strict=True):
            told = determination(book, case, profile or case.profile or book.default_profile)
            disk.write(path, markdown(blocks(told)).encode(), lambda: None)


_book: "RuleBook | None" = None  # of a process that writes determinations


def _begin(book: "RuleBook") -> None:
    global _book
    _book = book
    belong_to_parent()


def _write_there(cases: "pl.DataFrame", files: "Sequence[Sequence[Path]]", profiles: "Sequence[str | None]") -> None:
    assert _book is not None
    _write(_book, cases, files, profiles)

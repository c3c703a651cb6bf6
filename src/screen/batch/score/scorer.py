"""Cases into rows of findings, each under its own reading of the law or under those that somebody asked for.

In: checked tables. Out: tables with what is wanted of each case, and what they come to when counted. Left alone: where
cases come from and where findings go.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from screen.batch.cells import ID, PROFILE
from screen.batch.fault_boundary import Fault, bisect_faults
from screen.batch.score.kernel import (
    MISSING,
    PRIORITY,
    REASONS,
    RECOMMENDATION,
    FindingsTable,
    Kernel,
    findings_columns,
)
from screen.rulebook.model import RuleBook
from screen.version import VERSION

_NEWEST = pl.CompatLevel.newest()
LAW, BOOK, PROGRAM = "law_as_of", "rule_book", "program"


def output_columns(book: RuleBook, profiles: Sequence[str] = ()) -> tuple[str, ...]:
    """Return every column that an output may have, in its order; then those that stand there once more a profile."""
    return (
        ID,
        PROFILE,
        *findings_columns(book),
        LAW,
        BOOK,
        PROGRAM,
        *(f"{name}@{one}" for one in profiles[1:] for name in findings_columns(book)),
    )


def drop_rows(table: pl.DataFrame, rows: Iterable[int]) -> pl.DataFrame:
    """Return a table without some of its rows."""
    gone = list(rows)
    return table.with_row_index("*at").filter(~pl.col("*at").is_in(gone)).drop("*at") if gone else table


class Scorer:
    """Makes rows of findings; safe to use from several threads."""

    def __init__(self, book: RuleBook, profiles: Sequence[str] = (), columns: Sequence[str] | None = None) -> None:
        """Under these profiles, or where none is named under each case's own; with these columns, or with all."""
        self.book, self.profiles = book, tuple(profiles)
        every = output_columns(book)
        self.columns = tuple(
            name for name in every if columns is None or name in {*(one.partition("@")[0] for one in columns), ID}
        )
        self._kernels: dict[tuple[str, ...], Kernel] = {}
        self._lock = threading.Lock()
        self._ready: set[tuple[tuple[str, ...], frozenset[str]]] = set()
        self._met: dict[str, pl.DataType] = {}
        day = getattr(book, "day", book.law_as_of)
        self._same = {LAW: day.isoformat(), BOOK: book.hash, PROGRAM: f"rsd {VERSION}"}

    def findings(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return what is wanted of these cases, a row a case, in their order."""
        return self.score(cases).table

    def score_or_faults(self, cases: pl.DataFrame) -> tuple[FindingsTable, dict[int, Fault]]:
        """Return what is wanted of these cases but of those over which the program fails, and these by their row."""
        pieces = list(bisect_faults(self.score, cases))
        found = [made for _, made in pieces if isinstance(made, FindingsTable)]
        faults = {at: made for at, made in pieces if isinstance(made, Fault)}
        if len(found) == 1:
            return found[0], faults
        tables = [piece.table for piece in found] or [self.empty()]
        return FindingsTable(pl.concat(tables), sum_counts([piece.name_counts for piece in found])), faults

    def score(self, cases: pl.DataFrame) -> FindingsTable:
        """Return what is wanted of these cases, and how often each name stands on their lists."""
        cases = self._as_before(cases)
        if self.profiles:
            return self._whole(cases, self.profiles)
        own = cases[PROFILE].cast(pl.String) if PROFILE in cases.columns else pl.Series([None], dtype=pl.String)
        names = own.fill_null(self.book.default_profile).unique(maintain_order=True).to_list()
        if len(names) < 2:
            return self._whole(cases, (names[0] if names else self.book.default_profile,))
        numbered = cases.with_row_index("*row").with_columns(own.fill_null(self.book.default_profile).alias(PROFILE))
        parts, named = [], []
        for name in names:
            part = numbered.filter(pl.col(PROFILE) == name)
            found = self._whole(part, (name,))
            parts.append(found.table.with_columns(part["*row"]))
            named.append(found.name_counts)
        return FindingsTable(pl.concat(parts).sort("*row").drop("*row"), sum_counts(named))

    def _as_before(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return a table with every column that was met so far: for each set of columns the law is compiled again."""
        with self._lock:
            there = set(cases.columns)
            self._met |= {name: cases[name].dtype for name in there - self._met.keys() - {PROFILE}}
            more = [name for name in self._met if name not in there]
        return cases.with_columns(pl.lit(None, self._met[name]).alias(name) for name in more) if more else cases

    def empty(self) -> pl.DataFrame:
        """Return the table of no case."""
        return self.findings(pl.DataFrame(schema={ID: pl.String}))

    def _whole(self, cases: pl.DataFrame, profiles: tuple[str, ...]) -> FindingsTable:
        kernel, columns = self._kernel(profiles), frozenset(cases.columns)
        with self._lock:
            if (profiles, columns) not in self._ready:  # made once, and not by each thread for itself
                kernel.findings(cases.head(0))
                self._ready.add((profiles, columns))
        findings = kernel.evaluate(cases)
        found = findings.table
        known = pl.Enum(list(self.book.profiles)) if len(profiles) == 1 else pl.Enum([",".join(profiles)])
        same = {PROFILE: (",".join(profiles), known), **{name: (it, pl.Enum([it])) for name, it in self._same.items()}}
        head = [name for name in (ID, PROFILE) if name in self.columns]
        tail = [name for name in self._same if name in self.columns]
        found = found.with_columns(
            pl.repeat(same[name][0], found.height, dtype=same[name][1]).alias(name)
            for name in (*head, *tail)
            if name in same
        )
        rest = [name for name in found.columns if name not in same and name != ID]
        return FindingsTable(found.select(*head, *rest, *tail), findings.name_counts)

    def _kernel(self, profiles: tuple[str, ...]) -> Kernel:
        with self._lock:
            if profiles not in self._kernels:
                known = set(findings_columns(self.book))
                columns = [name for name in self.columns if name in known]
                self._kernels[profiles] = Kernel(self.book, profiles, columns=columns)
            return self._kernels[profiles]


def count_findings(
    table: pl.DataFrame, book: RuleBook, named: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, dict[str, int]]:
    """Return how often each recommendation, finding of a conclusion, missing fact and priority stands in a table.

    Where it is known how often each name stands on its lists (`Found`), they are not counted again.
    """
    counts: dict[str, dict[str, int]] = {}
    for name in table.columns:
        if name.partition("@")[0] in (RECOMMENDATION, PRIORITY, MISSING, REASONS, *book.conclusions):
            if named is not None and name in named:
                counts[name] = dict(sorted(named[name].items()))
                continue
            cells = table[name].to_arrow(compat_level=_NEWEST)
            # The numbers behind the words are counted.
            words = cells.flatten() if isinstance(cells, pa.LargeListArray) else cells
            numbers = pc.value_counts(words.indices).to_pylist()
            known = words.dictionary.to_pylist()
            counts[name] = dict(sorted((known[one["values"]], one["counts"]) for one in numbers))
    return counts


def sum_counts(counts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return several counts as one, the most frequent first."""
    sums: dict[str, Counter[str]] = {}
    for one in counts:
        for name, words in one.items():
            sums.setdefault(name, Counter()).update(words)
    return {name: dict(sorted(words.items(), key=lambda row: (-row[1], row[0]))) for name, words in sums.items()}

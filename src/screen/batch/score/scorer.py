"""Cases into rows of findings, each under its own profile or under those that the run names.

Tables of checked cases come in; the columns of `screen.batch.findings_schema` that the run asks for come out, with
counts for its summary.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from screen.batch.cells import ID, PROFILE, RECORD, RECORD_STATES
from screen.batch.fault_boundary import Fault, bisect_faults
from screen.batch.findings_schema import (
    ASSESSED,
    ASSESSED_STATES,
    FACTS_MISSING,
    PRIORITY,
    PRIORITY_REASONS,
    RECOMMENDATION,
    base_name,
    default_columns,
    findings_schema,
    output_schema,
    run_values,
)
from screen.batch.score.kernel import FindingsTable, Kernel
from screen.batch.summary import sum_counts
from screen.case.record import CLOSED, OPEN
from screen.rulebook.model import RuleBook

_NEWEST = pl.CompatLevel.newest()


def drop_rows(table: pl.DataFrame, rows: Iterable[int]) -> pl.DataFrame:
    """Return a table without the rows of these numbers."""
    dropped = list(rows)
    if not dropped:
        return table
    # A table of Spark's has a column `*row` already.
    return table.with_row_index("*index").filter(~pl.col("*index").is_in(dropped)).drop("*index")


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Cases that are scored together: the profiles, whether their records are closed, and which rows they are."""

    profiles: tuple[str, ...]
    closed: bool
    rows: pl.Series


class Scorer:
    """Makes rows of findings; safe to use from several threads."""

    def __init__(
        self,
        book: RuleBook,
        profiles: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        *,
        closed: bool = False,
        as_recorded: bool = False,
    ) -> None:
        """Score under these profiles, or each case under its own if none is named; write these columns.

        Each record is open or closed as its case says, or with `closed` all are closed. With `as_recorded` nobody is
        recommended for recognition on statements that have not been assessed.
        """
        self.book, self.profiles, self.closed, self.as_recorded = book, tuple(profiles), closed, as_recorded
        of_each_run = (ID, PROFILE, RECORD, ASSESSED, *run_values(book))
        requested = {*of_each_run, *default_columns(book)} if columns is None else {ID, *map(base_name, columns)}
        self.schema = {
            name: dtype for name, dtype in output_schema(book, self.profiles).items() if base_name(name) in requested
        }
        self._kernels: dict[tuple[tuple[str, ...], bool], Kernel] = {}
        self._lock = threading.Lock()
        self._ready: set[tuple[tuple[str, ...], bool, frozenset[str]]] = set()
        self._case_columns: dict[str, pl.DataType] = {}  # all that were met so far
        self._run_values = run_values(book)

    def findings(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return the findings of these cases, a row a case, in their order."""
        return self.score(cases).table

    def score_or_faults(self, cases: pl.DataFrame) -> tuple[FindingsTable, dict[int, Fault]]:
        """Return the findings of the cases that could be scored, and the faults of the others by their row."""
        pieces = list(bisect_faults(self.score, cases))
        scored = [result for _, result in pieces if isinstance(result, FindingsTable)]
        faults = {row: result for row, result in pieces if isinstance(result, Fault)}
        if len(scored) == 1:
            return scored[0], faults
        tables = [piece.table for piece in scored] or [self.empty()]
        return FindingsTable(pl.concat(tables), sum_counts([piece.name_counts for piece in scored])), faults

    def score(self, cases: pl.DataFrame) -> FindingsTable:
        """Return the findings of these cases, and how often each name is on their lists."""
        cases = self._with_known_columns(cases)
        groups = self._groups(cases)
        if len(groups) == 1:
            return self._score_under(cases, groups[0])
        numbered = cases.with_row_index("*row")
        tables, counts = [], []
        for group in groups:
            of_group = numbered.filter(group.rows)
            findings = self._score_under(of_group, group)
            tables.append(findings.table.with_columns(of_group["*row"]))
            counts.append(findings.name_counts)
        return FindingsTable(pl.concat(tables).sort("*row").drop("*row"), sum_counts(counts))

    def _groups(self, cases: pl.DataFrame) -> list[_Group]:
        """Return the cases that are scored together, at least one group: alike in profile and in record."""
        default = self.book.default_profile
        own = cases[PROFILE].cast(pl.String).fill_null(default) if PROFILE in cases.columns else None
        records = cases[RECORD].cast(pl.String).fill_null(OPEN) if RECORD in cases.columns else None
        profiles = [default] if own is None or self.profiles else own.unique(maintain_order=True).to_list() or [default]
        states = [OPEN] if records is None or self.closed else records.unique(maintain_order=True).to_list() or [OPEN]
        groups = []
        for profile in profiles:
            for state in states:
                rows = pl.repeat(True, cases.height, dtype=pl.Boolean, eager=True)
                if len(profiles) > 1 and own is not None:
                    rows &= own == profile
                if len(states) > 1 and records is not None:
                    rows &= records == state
                groups.append(_Group(self.profiles or (profile,), self.closed or state == CLOSED, rows))
        return [group for group in groups if group.rows.any()] or groups[:1]

    def _with_known_columns(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return a table with every column that was met so far: for each set of columns the law is compiled again."""
        with self._lock:
            columns = set(cases.columns)
            self._case_columns |= {
                name: cases[name].dtype for name in columns - self._case_columns.keys() - {PROFILE, RECORD}
            }
            absent = {name: dtype for name, dtype in self._case_columns.items() if name not in columns}
        return cases.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in absent.items())

    def empty(self) -> pl.DataFrame:
        """Return the table of no case."""
        return pl.DataFrame(schema=self.schema)

    def _score_under(self, cases: pl.DataFrame, group: _Group) -> FindingsTable:
        kernel, columns = self._kernel(group), frozenset(cases.columns)
        key = (group.profiles, group.closed, columns)
        with self._lock:
            if key not in self._ready:  # compiled once, and not by each thread for itself
                kernel.findings(cases.head(0))
                self._ready.add(key)
        findings = kernel.evaluate(cases)
        record = RECORD_STATES[group.closed]
        assessed = ASSESSED_STATES[not self.as_recorded]
        constants = {PROFILE: ",".join(group.profiles), RECORD: record, ASSESSED: assessed, **self._run_values}
        table = findings.table.with_columns(
            pl.repeat(value, findings.table.height, dtype=self.schema[name]).alias(name)
            for name, value in constants.items()
            if name in self.schema
        )
        return FindingsTable(table.select(list(self.schema)), findings.name_counts)

    def _kernel(self, group: _Group) -> Kernel:
        key = (group.profiles, group.closed)
        with self._lock:
            if key not in self._kernels:
                columns = [name for name in findings_schema(self.book) if name in self.schema]
                self._kernels[key] = Kernel(
                    self.book, group.profiles, columns=columns, closed=group.closed, as_recorded=self.as_recorded
                )
            return self._kernels[key]


def count_findings(
    table: pl.DataFrame, book: RuleBook, name_counts: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, dict[str, int]]:
    """Return how often each recommendation, status of a conclusion, missing fact and priority occurs in a table.

    `name_counts` has the counts of the list columns where they are known already (`FindingsTable`).
    """
    counts: dict[str, dict[str, int]] = {}
    counted = (RECOMMENDATION, PRIORITY, FACTS_MISSING, PRIORITY_REASONS, *book.conclusions)
    for name in table.columns:
        if base_name(name) not in counted:
            continue
        if name_counts is not None and name in name_counts:
            counts[name] = dict(sorted(name_counts[name].items()))
            continue
        cells = table[name].to_arrow(compat_level=_NEWEST)
        # The codes of the words are counted, which is quicker than counting the words.
        words = cells.flatten() if isinstance(cells, pa.LargeListArray) else cells
        dictionary = words.dictionary.to_pylist()
        codes = pc.value_counts(words.indices).to_pylist()
        counts[name] = dict(sorted((dictionary[code["values"]], code["counts"]) for code in codes))
    return counts

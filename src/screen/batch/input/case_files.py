"""Case files by the thousand into rows of a table.

In: the paths of case files, and the rule book. Out: `CaseRows`: the cells of the cases that can be used, column by
column, and every mistake in the others as `rsd case check` reports it. A file is parsed without locations first
(`rulebook.fast_reader`). Where that finds anything doubtful, or the case has a mistake, the file is read again with
locations. What an answer is decides `case.case_file` in both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from screen.batch.cells import (
    ABOUT_PERSON,
    CLAIM,
    CLOSED_BY,
    CLOSED_ON,
    ID,
    PROFILE,
    RECORD,
    answers_from_row,
    row_from_case,
)
from screen.batch.fault_boundary import Fault, catch_fault
from screen.batch.input.rejects import Reject, reject_of_diagnostic
from screen.batch.input.sources import read_case_bytes
from screen.case.case_file import Case, check_document
from screen.case.record import CLOSED, Record
from screen.diagnostics import Diagnostic, DiagnosticsError, Suggestions
from screen.process import pause_gc
from screen.rulebook.fast_reader import fast_yaml
from screen.rulebook.model import RuleBook
from screen.rulebook.yaml_reader import Document, KeyPath, parse_document

#: A case as a row, None where it cannot be used; and what is wrong with it.
RowOrRejects = tuple[dict[str, Any] | None, list[Reject]]


@dataclass(slots=True)
class CaseRows:
    """The cells of cases by column, None where a case says nothing; and the cases that cannot be used."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: {ID: [], PROFILE: []})
    height: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a case: the cells that it fills."""
        for name, cell in row.items():
            cells = self.columns.setdefault(name, [])
            if len(cells) < self.height:
                cells.extend([None] * (self.height - len(cells)))
            cells.append(cell)
        self.height += 1

    def pad_columns(self) -> CaseRows:
        """Make every column as long as there are cases, and return the rows."""
        for cells in self.columns.values():
            cells.extend([None] * (self.height - len(cells)))
        return self


class CaseFileReader:
    """Reads case files under one rule book."""

    def __init__(self, book: RuleBook, *, keep_annotations: bool = False, today: date | None = None) -> None:
        """With `keep_annotations` rows also hold sources, notes, dates, the claim and `about`, for determinations.

        `today` is the last day on which a record can have been closed; without it no day is too late.
        """
        self.book, self.keep_annotations, self.today = book, keep_annotations, today

    def read_files(self, paths: Iterable[str], read: Callable[[str], bytes] = read_case_bytes) -> CaseRows:
        """Return the cases of these files, and the mistakes of those that cannot be used."""
        rows = CaseRows()
        with pause_gc():
            for number, path in enumerate(paths, 1):
                try:
                    data = read(path)
                except DiagnosticsError as error:
                    rows.rejects += [reject_of_diagnostic(mistake, path, number) for mistake in error.diagnostics]
                    continue
                result = catch_fault(partial(self._read_file, data, path, number))
                if isinstance(result, Fault):
                    rows.rejects.append(result.to_reject(path, number))
                    continue
                row, rejects = result
                rows.rejects += rejects
                if row is not None:
                    rows.append(row)
        return rows.pad_columns()

    def _read_file(self, data: bytes, path: str, number: int) -> RowOrRejects:
        plain = fast_yaml(data)
        if plain is not None:
            case, mistakes = check_document(Document(path, plain, {}, ""), self.book, today=self.today)
            if case is not None and not mistakes:
                return self._row_of_case(case), []
        return self._read_with_locations(data, path, number)

    def _read_with_locations(self, data: bytes, path: str, number: int) -> RowOrRejects:
        try:
            document = parse_document(data, path)
        except DiagnosticsError as error:
            return None, [reject_of_diagnostic(mistake, path, number) for mistake in error.diagnostics]
        case, mistakes = check_document(document, self.book, today=self.today)
        if case is None or mistakes:
            facts = self._facts_by_location(document.locations)
            return None, [reject_of_diagnostic(mistake, path, number, facts.get(_at(mistake))) for mistake in mistakes]
        return self._row_of_case(case), []

    def _facts_by_location(self, locations: Mapping[KeyPath, tuple[int, int]]) -> dict[tuple[int, int], str]:
        """Return the fact that each location of a case file is about."""
        facts = ((at, str(path[1])) for path, at in locations.items() if len(path) > 1 and path[0] == "facts")
        return {at: name for at, name in facts if name in self.book.facts}

    def _row_of_case(self, case: Case) -> dict[str, Any]:
        row = row_from_case(case.name, case.given, self.book)
        if case.profile is not None:
            row[PROFILE] = case.profile
        if case.record.is_closed:
            row[RECORD] = CLOSED
        if self.keep_annotations:
            for name, answer in case.given.items():
                row |= {f"{name}.source": answer.source, f"{name}.note": answer.note, f"{name}.date": answer.date}
            about = {key: list(lines) for key, lines in case.about.items()}
            row |= {CLAIM: case.claim, ABOUT_PERSON: json.dumps(about)}
            row |= {CLOSED_BY: case.record.by, CLOSED_ON: case.record.on}
        return row

    def read_record(self, data: Any, source: str, number: int, suggestions: Suggestions | None = None) -> RowOrRejects:
        """Return a case that a line of JSON holds as a case file would, as a row, or its mistakes without lines."""
        facts = data.get("facts") if isinstance(data, dict) else None
        names = facts if isinstance(facts, dict) else ()
        # The caller knows the line of the record; a location only says which fact a mistake is about.
        locations: dict[KeyPath, tuple[int, int]] = {("facts", name): (line, 1) for line, name in enumerate(names, 2)}
        case, mistakes = check_document(Document(source, data, locations, ""), self.book, suggestions, today=self.today)
        if case is not None and not mistakes:
            return self._row_of_case(case), []
        facts_at = self._facts_by_location(locations)
        rejects = (reject_of_diagnostic(mistake, source, number, facts_at.get(_at(mistake))) for mistake in mistakes)
        return None, [replace(reject, line=None, at=None) for reject in rejects]


def _at(mistake: Diagnostic) -> tuple[int, int]:
    return mistake.location.line, mistake.location.column


def case_of_row(row: Mapping[str, Any], book: RuleBook) -> Case:
    """Return the case that a row of a table holds, with its annotations as far as the table has them."""
    about = {
        key: tuple(map(str, lines)) if isinstance(lines, list) else (lines,)
        for key, lines in json.loads(row.get(ABOUT_PERSON) or "{}").items()
        if lines or lines == ""
    }
    record = Record(row.get(RECORD) == CLOSED, row.get(CLOSED_BY), row.get(CLOSED_ON))
    return Case(row[ID], answers_from_row(row, book), row.get(PROFILE), about, row.get(CLAIM), record)

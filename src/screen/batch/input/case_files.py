"""Case files by the thousand into rows.

In: the paths of case files, the book. Out: `Gathered`: the cells of those that can be used, column by column, and every
mistake of the others as `rsd case check` would tell it. A file is read the quick way first (`language.quick`); where
that is not sure of anything the placed reader decides, so that one case file is read in one way. Left alone: tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from screen.batch.cells import (
    ABOUT_PERSON,
    CLAIM,
    CREDIBILITY,
    CREDIBILITY_WORDS,
    ID,
    PROFILE,
    TYPES_WITHOUT_UNKNOWN,
    answers_from_row,
    row_from_case,
)
from screen.batch.fault_boundary import Fault, catch_fault
from screen.batch.input.rejects import Reject, reject_of_diagnostic
from screen.batch.input.sources import read_case_bytes
from screen.case.case_file import ABOUT, FORMAT, Case, check_document, is_name
from screen.diagnostics import Diagnostic, DiagnosticsError, Suggestions
from screen.file_types import is_json_file
from screen.logic import Answer
from screen.process import pause_gc
from screen.rulebook.answers import UNKNOWN, parse_date
from screen.rulebook.fast_reader import fast_json, fast_yaml
from screen.rulebook.model import Fact, RuleBook
from screen.rulebook.yaml_reader import Document, KeyPath, parse_document

_TOP = frozenset({"format", "case", "profile", "about", "claim", "facts"})
_ANSWER = frozenset({"answer", "credibility", "source", "note", "date"})
_NO = object()  # what is no answer


@dataclass(slots=True)
class CaseRows:
    """Cells gathered case by case, what a case does not say as None, and what could not be used."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: {ID: [], PROFILE: []})
    height: int = 0
    file_count: int = 0  # files that were read, for whoever goes on with another piece
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
        """Return itself, every column as long as there are cases."""
        for cells in self.columns.values():
            cells.extend([None] * (self.height - len(cells)))
        return self

    def extend(self, piece: CaseRows) -> None:
        """Add what was gathered of the files that come next."""
        for name, cells in piece.columns.items():
            mine = self.columns.setdefault(name, [])
            mine.extend([None] * (self.height - len(mine)))
            mine.extend(cells)
        self.rejects += [replace(one, row=one.row + self.file_count) for one in piece.rejects]
        self.height, self.file_count = self.height + piece.height, self.file_count + piece.file_count


class CaseFileReader:
    """Reads case files of one rule book."""

    def __init__(self, book: RuleBook, *, keep_annotations: bool = False) -> None:
        """With `words` what is said beside an answer and of the case is kept, for determinations."""
        self.book, self.words = book, keep_annotations
        self.wordless = {name for name, fact in book.facts.items() if fact.type in TYPES_WITHOUT_UNKNOWN}
        self.judgements = {name for name, fact in book.facts.items() if fact.judgement}
        self.cell_of = {name: _reader_of(fact, book) for name, fact in book.facts.items()}

    def read_files(self, paths: Iterable[str], read: Callable[[str], bytes] = read_case_bytes) -> CaseRows:
        """Return the cases of these files, and the mistakes of those that cannot be used."""
        with pause_gc():
            return self._gathered(paths, read)

    def _gathered(self, paths: Iterable[str], read: Callable[[str], bytes]) -> CaseRows:
        found = CaseRows()
        for number, path in enumerate(paths, 1):
            found.file_count = number
            try:
                data = read(path)
            except DiagnosticsError as error:
                found.rejects += [reject_of_diagnostic(one, path, number) for one in error.diagnostics]
                continue
            made = catch_fault(partial(self._read, data, path, number))
            if isinstance(made, Fault):
                found.rejects.append(made.to_reject(path, number))
                continue
            row, mistakes = made
            found.rejects += mistakes
            if row is not None:
                found.append(row)
        return found.pad_columns()

    def _read(self, data: bytes, path: str, number: int) -> tuple[dict[str, Any] | None, list[Reject]]:
        """Return a case file as a row, or its mistakes."""
        row = self.row_of_data(fast_json(data) if is_json_file(path) else fast_yaml(data))
        return (row, []) if row is not None else self.read_with_locations(data, path, number)

    def read_with_locations(self, data: bytes, path: str, number: int) -> tuple[dict[str, Any] | None, list[Reject]]:
        """Return a case file as a row, read with places, or its mistakes."""
        try:
            document = parse_document(data, path)
        except DiagnosticsError as error:
            return None, [reject_of_diagnostic(one, path, number) for one in error.diagnostics]
        case, mistakes = check_document(document, self.book)
        if case is None or mistakes:
            facts = self._facts_at(document.locations)
            return None, [reject_of_diagnostic(one, path, number, facts.get(_at(one))) for one in mistakes]
        return self.row_of_case(case), []

    def _facts_at(self, places: Mapping[KeyPath, tuple[int, int]]) -> dict[tuple[int, int], str]:
        """Return the fact that each place of a case file is about."""
        facts = ((place, str(path[1])) for path, place in places.items() if len(path) > 1 and path[0] == "facts")
        return {place: name for place, name in facts if name in self.book.facts}

    def row_of_case(self, case: Case) -> dict[str, Any]:
        """Return a case as a row."""
        row = row_from_case(case.name, case.given, self.book)
        if case.profile is not None:
            row[PROFILE] = case.profile
        if self.words:
            for name, one in case.given.items():
                row |= {f"{name}.source": one.source, f"{name}.note": one.note, f"{name}.date": one.date}
            row |= {
                CLAIM: case.claim,
                ABOUT_PERSON: json.dumps({key: list(lines) for key, lines in case.about.items()}),
            }
        return row

    def read_record(
        self, data: Any, source: str, number: int, suggestions: Suggestions | None = None
    ) -> tuple[dict[str, Any] | None, list[Reject]]:
        """Return a case file's data without places, as a line of JSON gives it, as a row, or its mistakes."""
        row = self.row_of_data(data)
        if row is not None:
            return row, []
        facts = data.get("facts") if isinstance(data, dict) else None
        names = facts if isinstance(facts, dict) else ()
        # Its line is known to whoever has it; a place tells here which fact a mistake is about.
        places: dict[KeyPath, tuple[int, int]] = {("facts", name): (at, 1) for at, name in enumerate(names, 2)}
        case, mistakes = check_document(Document(source, data, places, ""), self.book, suggestions)
        if case is None or mistakes:
            about = self._facts_at(places)
            wrong = ((one, about.get(_at(one))) for one in mistakes)
            return None, [
                replace(reject_of_diagnostic(one, source, number, fact), line=None, at=None) for one, fact in wrong
            ]
        return self.row_of_case(case), []

    def row_of_data(self, data: Any) -> dict[str, Any] | None:
        """Return the row of a case file's data, or None where anything about it is not as it should be."""
        if type(data) is not dict or not data.keys() <= _TOP:
            return None
        name, profile, about = data.get("case"), data.get("profile"), data.get("about")
        if type(data.get("format")) is not int or data["format"] != FORMAT or not is_name(name):
            return None
        if profile is not None and not (type(profile) is str and profile in self.book.profiles):
            return None
        claim = data.get("claim")
        if (claim is not None and type(claim) is not str) or not _is_about(about):
            return None
        row: dict[str, Any] = {ID: str(name)}
        if profile is not None:
            row[PROFILE] = profile
        if self.words:
            row |= {CLAIM: claim, ABOUT_PERSON: json.dumps(about or {})}
        facts = data.get("facts")
        if facts is None:
            return row
        if type(facts) is not dict:
            return None
        for fact, raw in facts.items():
            cell_of = self.cell_of.get(fact)
            if cell_of is None:
                return None
            note = None
            if type(raw) is dict:
                if not self._beside(row, fact, raw):
                    return None
                raw, note = raw["answer"], raw.get("note")
            if fact in self.judgements and raw != UNKNOWN and not (note or "").strip():
                return None  # nobody could review it, and the placed reader says so
            cell = cell_of(raw)
            if cell is _NO:
                return None
            if raw == UNKNOWN and fact in self.wordless:
                row[f"{fact}.{UNKNOWN}"] = True
            row[fact] = cell
        return row

    def _beside(self, row: dict[str, Any], fact: str, raw: dict[str, Any]) -> bool:
        """Tell whether an answer with what is said beside it can be used; put what is kept of that into the row."""
        if "answer" not in raw or not raw.keys() <= _ANSWER:
            return False
        worth, day = raw.get("credibility"), raw.get("date")
        if worth is not None:
            if type(worth) is not str or worth not in CREDIBILITY_WORDS:
                return False
            row[f"{fact}.{CREDIBILITY}"] = worth
        source, note = raw.get("source"), raw.get("note")
        if (source is not None and type(source) is not str) or (note is not None and type(note) is not str):
            return False
        on = None if day is None else parse_date(day)
        if day is not None and on is None:
            return False
        if self.words:
            row |= {f"{fact}.source": source, f"{fact}.note": note, f"{fact}.date": on}
        return True


def _at(mistake: Diagnostic) -> tuple[int, int]:
    return mistake.location.line, mistake.location.column


def case_of_row(row: Mapping[str, Any], book: RuleBook) -> Case:
    """Return the case that a row of a table is, with what was said of it as far as the table has that."""
    about = {
        key: tuple(map(str, lines)) if isinstance(lines, list) else (lines,)
        for key, lines in json.loads(row.get(ABOUT_PERSON) or "{}").items()
        if lines or lines == ""
    }
    return Case(row[ID], answers_from_row(row, book), row.get(PROFILE), about, row.get(CLAIM))


def _is_about(about: Any) -> bool:
    if about is None:
        return True
    if type(about) is not dict or not about.keys() <= ABOUT.keys():
        return False
    return all(
        type(value) is str or (type(value) is list and all(type(line) is str for line in value))
        for value in about.values()
    )


def _reader_of(fact: Fact, book: RuleBook) -> Callable[[Any], Any]:
    """Return what makes a cell of one fact's answer, or `_NO` of what is none."""
    match fact.type:
        case "many":
            options = frozenset(option for option, _ in fact.options)

            def many(raw: Any) -> Any:
                if type(raw) is not list:
                    return None if raw == UNKNOWN else _NO
                chosen = {one for one in raw if type(one) is str}
                return raw if len(chosen) == len(raw) and chosen <= options else _NO

            return many
        case "number":
            bounds = fact.bounds

            def number(raw: Any) -> Any:
                if type(raw) not in (int, float):
                    return None if raw == UNKNOWN else _NO
                return raw if bounds is None or bounds.contains(raw) else _NO

            return number
        case "date":

            def day(raw: Any) -> Any:
                return None if raw == UNKNOWN else (parse_date(raw) or _NO)

            return day
        case "text":
            return lambda raw: raw if type(raw) is str else _NO
        case kind:
            words: Iterable[str] = [option for option, _ in fact.options]
            words = (
                [one.value for one in Answer] if kind == "yes_no" else book.countries if kind == "country" else words
            )
            known: dict[Any, Any] = {word: word for word in words} | {UNKNOWN: UNKNOWN}
            return lambda raw: known.get(raw, _NO) if type(raw) is str else _NO

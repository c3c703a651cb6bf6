"""A case file written: completely or not at all, for its owner alone.

In: a case file and an answer, or its record closed or reopened. Out: the file with that, put in place in one step, so
that a crash leaves the old file or the new one. Whatever else somebody wrote into the file meanwhile is kept.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from screen import files
from screen.case.case_file import Case, check_document
from screen.case.case_text import (
    changed_data,
    data_with_record,
    is_same_data,
    possible_texts,
    possible_texts_with_record,
)
from screen.case.evidence import RecordedAnswer
from screen.case.record import OPEN_RECORD, Record, record_closed_error
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.regular_files import read_file
from screen.rulebook.model import RuleBook
from screen.rulebook.yaml_reader import Document, parse_document


def is_readable_by_others(path: Path) -> bool:
    """Tell whether anybody but the owner may read a case file."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def resolve_links(path: Path) -> Path:
    """Return the file that a name leads to through its links. Raises DiagnosticsError where they lead in a circle."""
    try:
        path.stat()
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a circle is the one before Python 3.13 and the other from then on
        if isinstance(error, OSError) and error.errno != errno.ELOOP:
            return path.resolve()
        raise _cannot_open(path, "the links lead round in a circle.") from None


def _cannot_open(path: Path, message: str) -> DiagnosticsError:
    return DiagnosticsError(
        [Diagnostic(Location(str(path)), "cannot-open", message, "Check the path and who may read it.")]
    )


def write_new_case(path: Path, text: str, notify: files.Notify | None = None) -> None:
    """Write a new case file. Raises DiagnosticsError where one of that name exists: nothing is overwritten."""
    files.create(path, text.encode(), notify)


class CaseChangedError(Exception):
    """A case file is not as it was shown; `now` is the case that it holds."""

    def __init__(self, now: Case) -> None:
        super().__init__()
        self.now = now


def save_answer(
    path: Path,
    book: RuleBook,
    fact: str,
    given: RecordedAnswer | None,
    notify: files.Notify | None = None,
    *,
    shown: Case | None = None,
    profile: str | None = None,
) -> Case:
    """Put one answer into a case file (or take it out, with None) and return the case as it now stands.

    The file is read again first, so that what somebody else wrote into it meanwhile is kept. Comments and the order of
    the other answers stay. `shown` is the case that the answer was given to, `profile` the one that it is read under,
    which the file names from then on. Raises CaseChangedError where the file says something else than was shown;
    DiagnosticsError, with the file unchanged, where it has become unusable or its record is closed.
    """

    def change(document: Document, before: Case) -> _Change:
        if before.record.is_closed:
            raise record_closed_error(path)
        if shown is not None and not _loses_nothing(before, shown, fact, given, profile):
            raise CaseChangedError(before)
        answers = {name: answer for name, answer in before.given.items() if name != fact or given is not None}
        if given is not None:
            answers[fact] = given
        after = replace(before, given=answers, profile=profile or before.profile)
        data = changed_data(document.data, after, fact)
        return after, data, possible_texts(path, document, data, fact)

    return _save(path, book, change, f'the answer to "{fact}"', notify)


def save_record(
    path: Path,
    book: RuleBook,
    record_of: Callable[[Case], Record | None],
    notify: files.Notify | None = None,
) -> Case:
    """Put the record of a case into its file, or take it out, and return the case as it now stands.

    `record_of` is given the case as the file has it while nobody else can write it, and returns its new record, None to
    take it out; what it raises leaves the file unchanged. All else in the file stays. Raises DiagnosticsError.
    """

    def change(document: Document, before: Case) -> _Change:
        record = record_of(before)
        data = data_with_record(document.data, record)
        after = replace(before, record=OPEN_RECORD if record is None else record)
        return after, data, possible_texts_with_record(path, document, data)

    return _save(path, book, change, "the name of who closes the record", notify)


#: A case after a change, what its file then says, and the texts that may say it.
_Change = tuple[Case, Mapping[str, Any], Iterator[str]]


def _save(
    path: Path,
    book: RuleBook,
    change: Callable[[Document, Case], _Change],
    what: str,
    notify: files.Notify | None,
) -> Case:
    """Change a case file in place and return the case; `what` is told where no file can keep it."""
    real = resolve_links(path)  # a link stays a link; the file that it leads to is saved
    with files.open_parent(real) as folder, files.lock(folder, notify):
        folder.clear_stale()
        seen = files.check_replaceable(folder, real.name)
        document = parse_document(read_file(path), str(path))
        after, data, texts = change(document, _parse_case(document, book))
        for text in texts:
            if _reads_as(text, path, book, after, data):
                try:
                    folder.write(real.name, text.encode(), instead_of=seen)
                except OSError as error:
                    raise files.write_error(path, error) from None
                return after
    # Nothing is written that could not be read again: a file that cannot be read is a case that is lost.
    message = f"{what} holds a character or a number that no case file can keep."
    raise DiagnosticsError(
        [Diagnostic(Location(str(path)), "cannot-write", message, "Nothing was changed. Write it in other words.")]
    )


def require_saveable(path: Path) -> None:
    """Raise DiagnosticsError where no answer could be saved: nobody should answer first and hear it then."""
    real = resolve_links(path)
    with files.open_parent(real) as folder:
        files.check_replaceable(folder, real.name)


def clear_stale_copies(path: Path) -> None:
    """Delete the hidden copies of a case that a killed program left beside its file; those being written stay.

    An answer that is saved clears them too, but a case may be opened, looked at and left.
    """
    with (
        suppress(DiagnosticsError, OSError),
        files.open_parent(resolve_links(path)) as folder,
        files.lock(folder, timeout=0),
    ):
        folder.clear_stale()


def changed_facts(now: Case, shown: Case) -> tuple[str, ...]:
    """Return the facts whose answers were changed or taken out since a case was shown; new ones lose nothing."""
    return tuple(name for name, given in shown.given.items() if now.given.get(name) != given)


def _loses_nothing(now: Case, shown: Case, fact: str, given: RecordedAnswer | None, profile: str | None) -> bool:
    """Tell whether an answer that was given to the case as it was shown loses nothing that the file says now."""
    same_answer = now.given.get(fact) in (shown.given.get(fact), given)
    others = [name for name in changed_facts(now, shown) if name != fact]
    return now.name == shown.name and now.profile in (shown.profile, profile) and same_answer and not others


def _parse_case(document: Document, book: RuleBook) -> Case:
    case, diagnostics = check_document(document, book)
    if case is None or diagnostics:
        raise DiagnosticsError(diagnostics)
    return case


def _reads_as(text: str, path: Path, book: RuleBook, case: Case, data: Mapping[str, Any]) -> bool:
    """Tell whether a text would be read as exactly this case, down to what no case holds: a key of nothing."""
    try:
        document = parse_document(text.encode(), str(path))
        return _parse_case(document, book) == case and is_same_data(
            {"facts": {}, **document.data}, {"facts": {}, **data}
        )
    except (DiagnosticsError, UnicodeEncodeError):  # half a surrogate pair can be typed, and is no text
        return False

"""Load the rule book of a folder, from the cache where it holds the same book."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from screen.diagnostics import DiagnosticsError
from screen.rulebook.at_date import stated_book
from screen.rulebook.cache import cache_book, program_hash, read_cached_book
from screen.rulebook.model import RuleBook
from screen.rulebook.rule_folder import EXERCISES, POPULATIONS, read_rule_files, rules_hash
from screen.version import VERSION


def load_book(folder: Path, cache: Path | None = None, day: date | None = None) -> RuleBook:
    """Return the checked rule book of a folder as the law stood on a day; without a day, on the last that it states.

    `cache` is the folder in which checked books are kept. Raises DiagnosticsError with everything that is wrong with
    the files, and where the book does not state the law of that day.
    """
    # A mistake in an exercise or a population keeps nobody from assessing a case.
    files = read_rule_files(folder, exclude=(EXERCISES, POPULATIONS))
    key = hashlib.sha256(f"{rules_hash(files)} {VERSION} {program_hash()}".encode()).hexdigest()
    if cache and (book := read_cached_book(cache, key, VERSION)):
        return stated_book(book, day)
    from screen.rulebook.checker import check_book  # imports PyYAML and pydantic; a book from the cache needs neither

    checked = check_book(folder, files)
    if checked.timeless_book is None or checked.diagnostics:
        raise DiagnosticsError(checked.diagnostics)
    if cache:
        cache_book(cache, key, VERSION, checked.timeless_book)
    return stated_book(checked.timeless_book, day)

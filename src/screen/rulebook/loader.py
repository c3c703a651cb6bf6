"""The road from rule files to a checked `RuleBook`.

In: a folder. Out: a `RuleBook`, or Mistakes with every mistake of every file. The steps: bytes, plain data, shape,
names, terms, order. PyYAML and pydantic are imported where they are needed: a book from the cache needs neither.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from screen.diagnostics import DiagnosticsError
from screen.rulebook.at_date import stated_book
from screen.rulebook.checker import check_book
from screen.rulebook.model import RuleBook
from screen.rulebook.rule_folder import EXERCISES, POPULATIONS, read_rule_files, rules_hash
from screen.version import VERSION

if TYPE_CHECKING:
    pass


def load_book(folder: Path, cache: Path | None = None, day: date | None = None) -> RuleBook:
    """Return the checked rule book of a folder as the law stood on a day; if none is named, the last that it states.

    It comes from the cache where that holds this very one. Raises Mistakes with everything that is wrong with the
    files, and where the book does not state the law of that day.
    """
    from screen.rulebook.cache import cache_book, program_hash, read_cached_book

    # A mistake in an exercise or a population keeps nobody from assessing a case.
    files = read_rule_files(folder, exclude=(EXERCISES, POPULATIONS))
    key = hashlib.sha256(f"{rules_hash(files)} {VERSION} {program_hash()}".encode()).hexdigest()
    if cache and (book := read_cached_book(cache, key, VERSION)):
        return stated_book(book, day)
    checked = check_book(folder, files)
    if checked.timeless_book is None or checked.diagnostics:
        raise DiagnosticsError(checked.diagnostics)
    if cache:
        cache_book(cache, key, VERSION, checked.timeless_book)
    return stated_book(checked.timeless_book, day)

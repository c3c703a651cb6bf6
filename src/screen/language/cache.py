"""A checked rule book kept as JSON, so that it need not be read and checked again.

In: a book, or a file. Out: a file, or the very same book. A cache that is damaged, of another version, of other rules
or that somebody else could have written is passed over in silence: the book is then made anew. It is JSON and never
pickle, since a pickle is a program.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from screen.answer import Answer
from screen.language import terms
from screen.unhurried import without_collector

FORMAT = 2

_CLASSES: dict[str, type[Any]] = {
    name: kind for name, kind in vars(terms).items() if isinstance(kind, type) and is_dataclass(kind)
}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _CLASSES.values()}


def plain_of(value: Any) -> Any:
    """Return a value of the rule book as JSON can hold it: every list begins with a mark of what it was."""
    if value is None or isinstance(value, str | int | float):
        return value
    if type(value) in _FIELDS:
        kind = type(value)
        return [kind.__name__, *(plain_of(getattr(value, name)) for name in _FIELDS[kind])]
    if isinstance(value, tuple):
        return ["tuple", *map(plain_of, value)]
    if isinstance(value, dict):
        return {key: plain_of(inner) for key, inner in value.items()}
    if isinstance(value, frozenset):
        return ["set", *sorted(map(plain_of, value), key=str)]
    if isinstance(value, Answer):
        return ["answer", value.value]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    raise TypeError(f"a rule book holds no {type(value).__name__}")


def value_of(plain: Any) -> Any:
    """Return the value that `plain_of` made this of. Raises KeyError, TypeError or ValueError on anything else."""
    if isinstance(plain, dict):
        return {key: value_of(inner) for key, inner in plain.items()}
    if not isinstance(plain, list):
        return plain
    mark = plain[0]
    if mark == "tuple":
        return tuple([value_of(inner) for inner in plain[1:]])
    kind = _CLASSES.get(mark)
    if kind is not None and len(plain) - 1 != len(_FIELDS[kind]):
        # A field with a default would be made up: a book without its order finds nothing.
        raise ValueError(f"a {mark} has other fields")
    return _MAKE[mark](*[value_of(inner) for inner in plain[1:]])


def _frozenset(*values: Any) -> frozenset[Any]:
    return frozenset(values)


_MAKE: dict[str, Callable[..., Any]] = {
    **_CLASSES, "set": _frozenset, "answer": Answer, "date": date.fromisoformat,
}  # fmt: skip


def cached_book(folder: Path, key: str, version: str) -> terms.RuleBook | None:
    """Return the book kept under this key, or None where there is none that can be trusted."""
    try:
        with (folder / f"{key}.json").open("rb") as file:
            info = os.fstat(file.fileno())
            if info.st_uid != os.getuid() or stat.S_IMODE(info.st_mode) & 0o022:
                return None
            kept = json.load(file)
        if kept["format"] != FORMAT or kept["key"] != key or kept["version"] != version:
            return None
        with without_collector():
            book = value_of(kept["book"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return book if isinstance(book, terms.RuleBook) else None


def keep_book(folder: Path, key: str, version: str, book: terms.RuleBook) -> None:
    """Keep a book under this key. A cache that cannot be written is not a mistake: nothing is lost but time."""
    kept = {"format": FORMAT, "key": key, "version": version, "book": plain_of(book)}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".rsd-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file, ensure_ascii=False, separators=(",", ":"))
            Path(temporary).replace(folder / f"{key}.json")
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError:
        return

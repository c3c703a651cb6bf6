"""Cache checked rule books as JSON, so that they need not be read and checked again.

A cache file that is damaged, of another version, of other rules, or that somebody else could have written is silently
ignored, and the book is compiled again. The format is JSON and never pickle, since a pickle is a program.

The first line of the file is the SHA-256 of the rest. Two of three flipped bits leave valid JSON of the right shape,
sometimes with a criterion that holds where it should not; only a digest shows it. It costs 0.4 ms at every start.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from screen import files
from screen.diagnostics import DiagnosticsError
from screen.logic import Answer
from screen.process import pause_gc
from screen.rulebook import formulas, model, terms
from screen.rulebook.model import RuleBook

FORMAT = 4
MAX_CACHE_BYTES = 32 * 1024 * 1024  # the rule book of this project takes 0.6 MB

_CLASSES: dict[str, type[Any]] = {
    name: kind
    for module in (terms, formulas, model)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and is_dataclass(kind)
}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _CLASSES.values()}


def encode_value(value: Any) -> Any:
    """Return a value of the rule book as JSON data: every list begins with a tag for its type."""
    if value is None or isinstance(value, str | int | float):
        return value
    if type(value) in _FIELDS:
        kind = type(value)
        return [kind.__name__, *(encode_value(getattr(value, name)) for name in _FIELDS[kind])]
    if isinstance(value, tuple):
        return ["tuple", *map(encode_value, value)]
    if isinstance(value, dict):
        return {key: encode_value(inner) for key, inner in value.items()}
    if isinstance(value, frozenset):
        return ["set", *sorted(map(encode_value, value), key=str)]
    if isinstance(value, Answer):
        return ["answer", value.value]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    raise TypeError(f"a rule book holds no {type(value).__name__}")


def decode_value(plain: Any) -> Any:
    """Return the value that `encode_value` encoded. Raises KeyError, TypeError or ValueError for anything else."""
    if isinstance(plain, dict):
        return {key: decode_value(inner) for key, inner in plain.items()}
    if not isinstance(plain, list):
        return plain
    tag = plain[0]
    if tag == "tuple":
        return tuple([decode_value(inner) for inner in plain[1:]])
    kind = _CLASSES.get(tag)
    if kind is not None and len(plain) - 1 != len(_FIELDS[kind]):
        # A missing field would get its default: a book without its order finds nothing.
        raise ValueError(f"a {tag} has other fields")
    return _CONSTRUCTORS[tag](*[decode_value(inner) for inner in plain[1:]])


def _frozenset(*values: Any) -> frozenset[Any]:
    return frozenset(values)


_CONSTRUCTORS: dict[str, Callable[..., Any]] = {
    **_CLASSES,
    "set": _frozenset,
    "answer": Answer,
    "date": date.fromisoformat,
}


@cache
def program_hash() -> str:
    """Return the SHA-256 of the modules that compile rules, in hexadecimal.

    Changed code can compile the same rules into another book under the same version number; it must not get the book of
    the old code. Hashing takes under a millisecond.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read_cached_book(folder: Path, key: str, version: str) -> RuleBook | None:
    """Return the book that is cached under a key, or None where there is none that can be trusted."""
    try:
        with files.open_parent(folder) as parent, files.open_private(parent, folder.name, create=False) as private:
            data = _read_trusted(private, f"{key}.json")
        digest, _, body = data.partition(b"\n")
        if digest.decode("ascii") != hashlib.sha256(body).hexdigest():
            return None
        record = json.loads(body)
        if record["format"] != FORMAT or record["key"] != key or record["version"] != version:
            return None
        with pause_gc():
            book = decode_value(record["book"])
    except (DiagnosticsError, OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return book if isinstance(book, RuleBook) else None


def _read_trusted(folder: files.Folder, name: str) -> bytes:
    """Return the bytes of a cache file. Raises OSError where somebody else may have written it, or it is too large."""
    with folder.open(name) as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
            raise PermissionError(f"{name} may have been written by somebody else")
        if status.st_size > MAX_CACHE_BYTES:
            raise OSError(f"{name} is larger than any book")
        return file.read(MAX_CACHE_BYTES)


def cache_book(folder: Path, key: str, version: str, book: RuleBook) -> None:
    """Cache a book under a key. A cache that cannot be written is not reported: nothing is lost but time."""
    record = {"format": FORMAT, "key": key, "version": version, "book": encode_value(book)}
    body = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    data = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    if len(data) > MAX_CACHE_BYTES:
        return
    name = f"{key}.json"
    with suppress(OSError, DiagnosticsError):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.open_parent(folder) as parent, files.open_private(parent, folder.name) as private:
            private.clear_stale()
            private.write(name, data, instead_of=private.snapshot(name))

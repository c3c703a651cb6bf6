"""A checked rule book kept as JSON, so that it need not be read and checked again.

In: a book, or a file. Out: a file, or the very same book. A cache that is damaged, of another version, of other rules
or that somebody else could have written is passed over in silence: the book is then made again. It is JSON and never
pickle, since a pickle is a program.

The first line of the file is the SHA-256 of the rest. Two damaged bits of three leave sound JSON of the right shape,
and some of those a criterion that holds where it should not; only a digest of the bytes tells. It costs 0.4 ms a start.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from screen.answer import Answer
from screen.language import terms
from screen.language.files import must_be_regular
from screen.unhurried import without_collector

FORMAT = 3
MAX_CACHE_BYTES = 32 * 1024 * 1024  # the book that comes along takes 0.6 MB

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


@cache
def program_hash() -> str:
    """Return the SHA-256 of the modules that read rules, in hexadecimal.

    Changed code can make another book of the same rules under the same version; it must not be served the former one.
    The 24 files are read in 0.4 ms.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def cached_book(folder: Path, key: str, version: str) -> terms.RuleBook | None:
    """Return the book kept under this key, or None where there is none that can be trusted."""
    try:
        with _own_folder(folder) as handle:
            data = _read_own(handle, f"{key}.json")
        digest, _, body = data.partition(b"\n")
        if digest.decode("ascii") != hashlib.sha256(body).hexdigest():
            return None
        kept = json.loads(body)
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
    body = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
    data = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    if len(data) > MAX_CACHE_BYTES:
        return
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _own_folder(folder) as handle:
            _write_own(handle, f"{key}.json", data)


# ── files of ours alone ─────────────────────────────────────────────────────────────────────────────────────────────

_NO_LINK = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TEMPORARY = re.compile(r"\.rsd-[0-9a-f]{16}\Z")
_STALE = 3600  # seconds; a book is written in a fraction of one


@contextmanager
def _own_folder(folder: Path) -> Iterator[int]:
    """Open a folder that nobody else can write in. Raises OSError where it is a link, a file or another's."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK)
    try:
        _must_be_own(os.fstat(handle))
        yield handle
    finally:
        os.close(handle)


def _must_be_own(status: os.stat_result) -> None:
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise PermissionError("somebody else may have written this")


def _read_own(folder: int, name: str) -> bytes:
    """Return the bytes of a file in a folder. Raises OSError unless it is a plain file of ours and of sensible size."""
    with os.fdopen(os.open(name, os.O_RDONLY | _NO_LINK, dir_fd=folder), "rb") as file:
        status = os.fstat(file.fileno())
        must_be_regular(status)
        _must_be_own(status)
        if status.st_size > MAX_CACHE_BYTES:
            raise OSError("this is larger than any book")
        return file.read(MAX_CACHE_BYTES)


def _write_own(folder: int, name: str, data: bytes) -> None:
    """Put a file into a folder in one step; what had its name is replaced, a link itself and not what it names."""
    temporary = f".rsd-{secrets.token_hex(8)}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            written = os.fstat(file.fileno()).st_mtime
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise
    _clear_stale(folder, written - _STALE)


def _clear_stale(folder: int, before: float) -> None:
    """Delete what a program that was killed has left of its writing: our name, our file, written before this time.

    The time is that of the disk, which may not be that of this machine.
    """
    for name in filter(_TEMPORARY.match, os.listdir(folder)):
        with suppress(OSError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and status.st_mtime < before:
                os.unlink(name, dir_fd=folder)

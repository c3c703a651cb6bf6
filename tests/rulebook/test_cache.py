"""A book cached as JSON: the same book comes back, or none."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pytest

from screen import files
from screen.logic import Answer
from screen.rulebook import cache
from screen.rulebook.cache import cache_book, decode_value, encode_value, read_cached_book
from screen.rulebook.loader import load_book
from screen.rulebook.model import RuleBook
from screen.rulebook.terms import (
    All,
    AnyOf,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Includes,
    InForce,
    Is,
    Met,
    Not,
    NotRuledOut,
    TakesSide,
    Term,
    subterms,
)
from screen.version import VERSION
from tests.rulebook.small_book import GOOD, good_book

KEY = "a" * 64


@pytest.fixture
def cache_file(tmp_path: Path) -> Path:
    """Return the cache file of the good book."""
    cache_book(tmp_path, KEY, VERSION, good_book())
    return tmp_path / f"{KEY}.json"


def read_back(path: Path) -> RuleBook | None:
    """Return the book in a cache file."""
    return read_cached_book(path.parent, KEY, VERSION)


def test_the_same_book_comes_back(cache_file: Path) -> None:
    assert read_back(cache_file) == good_book()
    assert read_back(cache_file) is not good_book()


def test_the_order_of_everything_comes_back(cache_file: Path) -> None:
    book = read_back(cache_file)
    assert book is not None
    for part in ("facts", "criteria", "countries", "sources", "readings", "chapters", "sections"):
        assert list(getattr(book, part)) == list(getattr(good_book(), part))
    assert book.order == good_book().order


def test_a_book_is_cached_in_the_same_bytes_every_time(cache_file: Path) -> None:
    first = cache_file.read_bytes()
    cache_book(cache_file.parent, KEY, VERSION, good_book())
    assert cache_file.read_bytes() == first


def test_nobody_else_can_write_the_cache(cache_file: Path) -> None:
    assert stat.S_IMODE(cache_file.stat().st_mode) & 0o077 == 0


def test_caching_leaves_no_other_file(cache_file: Path) -> None:
    assert [path.name for path in cache_file.parent.iterdir()] == [cache_file.name]


def edit(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """Return a damage that changes the JSON data."""

    def damage(path: Path) -> None:
        data = json.loads(path.read_bytes().partition(b"\n")[2])
        change(data)
        path.write_bytes(sign(json.dumps(data).encode()))

    return damage


def sign(body: bytes) -> bytes:
    """Return a cache file with this body and its digest, so that only the body is wrong."""
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def move_away(path: Path) -> Path:
    """Move the file elsewhere and return its new path."""
    return path.rename(path.with_name("aside"))


def enlarge(path: Path) -> None:
    """Make the file a sparse one of 30 GB."""
    with path.open("r+b") as file:
        file.truncate(30 * 1024**3)


def flip_bit(path: Path, bit: int) -> None:
    """Flip one bit of the file."""
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "one bit in the digest": lambda path: flip_bit(path, 8),
    "one bit in the body": lambda path: flip_bit(path, 8 * 5_000),
    "no digest": lambda path: path.write_bytes(path.read_bytes().partition(b"\n")[2]),
    "the digest of something else": lambda path: path.write_bytes(b"0" * 64 + path.read_bytes()[64:]),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "empty": lambda path: path.write_bytes(b""),
    "not JSON": lambda path: path.write_bytes(b"{format: 1}"),
    "not UTF-8": lambda path: path.write_bytes(path.read_bytes().replace(b"A small book", b"A small b\xff\xfek")),
    "a pickle": lambda path: path.write_bytes(b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94."),
    "a list": lambda path: path.write_bytes(sign(b"[]")),
    "a number": lambda path: path.write_bytes(sign(b"1")),
    "deeply nested": lambda path: path.write_bytes(sign(b"[" * 100_000 + b"]" * 100_000)),
    "a valid file of 30 GB": enlarge,
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a link to a valid one": lambda path: path.symlink_to(move_away(path)),
    "a link to zeros without end": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "a link to nothing": lambda path: (path.unlink(), path.symlink_to("none")),
    "a link to itself": lambda path: (path.unlink(), path.symlink_to(path)),
    "another format": edit(lambda data: data.update(format=0)),
    "another version": edit(lambda data: data.update(version="0.0.0")),
    "another key": edit(lambda data: data.update(key="b" * 64)),
    "no book": edit(lambda data: data.pop("book")),
    "nothing for a book": edit(lambda data: data.update(book=None)),
    "another class": edit(lambda data: data.update(book=["Reading", "r", "Is it so?", ["tuple"]])),
    "a class of ours that is no part of a book": edit(lambda data: data.update(book=["Path", "/etc/passwd"])),
    "an unknown mark": edit(lambda data: data.update(book=["eval", "1"])),
    "too few values": edit(lambda data: data["book"].pop()),
    "too many values": edit(lambda data: data["book"].append("more")),
    "a list without a mark": edit(lambda data: data["book"].__setitem__(1, [])),
    "a list for a mark": edit(lambda data: data["book"].__setitem__(1, [["tuple"]])),
    "a day that there is not": edit(lambda data: data["book"].__setitem__(1, ["date", "2022-02-30"])),
    "an answer that there is not": edit(lambda data: data["book"].__setitem__(1, ["answer", "perhaps"])),
    "writable by the group": lambda path: path.chmod(0o620),
    "writable by everybody": lambda path: path.chmod(0o602),
    "not there": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_cache_that_cannot_be_trusted_is_ignored(damage: Callable[[Path], object], cache_file: Path) -> None:
    damage(cache_file)
    assert read_back(cache_file) is None


def test_a_cache_of_somebody_else_is_ignored(cache_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert read_back(cache_file) is None


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "a folder"])
def test_a_book_is_compiled_again_where_its_cache_is_damaged(damage: str, tmp_path: Path) -> None:
    load_book(GOOD, tmp_path)
    [path] = tmp_path.iterdir()
    original = path.read_bytes()
    DAMAGES[damage](path)
    assert load_book(GOOD, tmp_path) == good_book()
    assert path.read_bytes() == original
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_single_flipped_bit_is_always_detected(cache_file: Path) -> None:
    bits = 8 * cache_file.stat().st_size
    for bit in {*range(0, bits, bits // 2_000), *range(8 * 66), *range(bits - 64, bits)}:
        flip_bit(cache_file, bit)
        assert read_back(cache_file) is None, bit
        flip_bit(cache_file, bit)
    assert read_back(cache_file) == good_book()


def test_a_file_that_is_replaced_by_a_link_is_not_written_through(cache_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("somebody's answers")
    cache_file.unlink()
    cache_file.symlink_to(other)
    cache_book(tmp_path, KEY, VERSION, good_book())
    assert other.read_text() == "somebody's answers"
    assert not cache_file.is_symlink()
    assert read_back(cache_file) == good_book()


def replace_by_link(folder: Path) -> None:
    """Replace the folder by a link to it."""
    folder.symlink_to(folder.rename(folder.with_name("elsewhere")))


FOLDERS: dict[str, Callable[[Path], object]] = {
    "a link": replace_by_link,
    "a file": lambda folder: (shutil.rmtree(folder), folder.write_text("in the way")),
    "a pipe": lambda folder: (shutil.rmtree(folder), os.mkfifo(folder)),
    "writable by the group": lambda folder: folder.chmod(0o770),
    "writable by everybody": lambda folder: folder.chmod(0o777),
}


@pytest.mark.parametrize("damage", FOLDERS.values(), ids=FOLDERS)
def test_a_folder_that_others_may_write_is_neither_read_nor_written(
    damage: Callable[[Path], object], tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    cache_book(folder, KEY, VERSION, good_book())
    damage(folder)
    assert read_cached_book(folder, KEY, VERSION) is None
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert load_book(GOOD, folder) == good_book()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_temporary_files_of_a_killed_program_are_deleted(tmp_path: Path) -> None:
    stale, other = (tmp_path / name for name in (files._temporary_name(), ".rsd-mine.part"))
    for path in (stale, other):
        path.write_text("half a book")
    cache_book(tmp_path, KEY, VERSION, good_book())
    assert {path.name for path in tmp_path.iterdir()} == {other.name, f"{KEY}.json"}


def test_changed_code_has_another_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_book(GOOD, tmp_path)
    monkeypatch.setattr("screen.rulebook.loader.program_hash", lambda: "of changed code")
    load_book(GOOD, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_every_module_that_compiles_rules_is_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache.py").write_text("x = 1")
    (tmp_path / "resolve.py").write_text("x = 2")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))
    first = cache.program_hash.__wrapped__()
    (tmp_path / "resolve.py").write_text("x = 3")
    assert cache.program_hash.__wrapped__() != first


def test_a_book_from_the_cache_is_not_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_book(GOOD, tmp_path)
    monkeypatch.setattr("screen.rulebook.checker.check_book", None)
    assert load_book(GOOD, tmp_path) == good_book()


def test_other_rules_have_another_cache(tmp_path: Path) -> None:
    load_book(GOOD, tmp_path / "cache")
    rules = tmp_path / "rules"
    for path in GOOD.rglob("*.yaml"):
        copy = rules / path.relative_to(GOOD)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (rules / "countries.yaml").write_text("CN: China\nKP: North Korea\nKR: South Korea\nNO: Norge\n")
    assert load_book(rules, tmp_path / "cache").countries["NO"] == "Norge"
    assert load_book(GOOD, tmp_path / "cache").countries["NO"] == "Norway"


def test_a_cache_that_cannot_be_written_loses_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache_book(tmp_path / "file" / "cache", KEY, VERSION, good_book())
    assert load_book(GOOD, tmp_path / "file" / "cache") == good_book()


def test_a_full_disk_leaves_no_partial_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    cache_book(tmp_path, KEY, VERSION, good_book())
    assert list(tmp_path.iterdir()) == []


def test_a_class_that_is_not_part_of_a_book_is_refused() -> None:
    with pytest.raises(TypeError, match="a rule book holds no PurePosixPath"):
        encode_value(PurePosixPath())
    with pytest.raises(KeyError):
        decode_value(["PurePosixPath", "/"])


def test_every_class_of_a_term_comes_back() -> None:
    """Each is built by its name: a class that `cache` did not know would lose the book."""
    every = All((
        Met("a"), Is("f", frozenset({Answer.YES, "b"})), Includes("f", frozenset({"b"})), Between("f", None, 1.5),
        Between("f", date(2020, 1, 31), None, low_included=False), Binds("t", "f"), TakesSide("r", frozenset({"s"})),
        ByReading("r", (("s", Met("a")),)), AnyOf((Met("a"),)), AtLeast(1, (Met("a"),)), Not(Met("a")),
        NotRuledOut("a"), InForce(date(2020, 1, 31), None),
    ))  # fmt: skip
    assert {type(term) for term in subterms(every)} == set(get_args(Term))
    assert decode_value(json.loads(json.dumps(encode_value(every)))) == every

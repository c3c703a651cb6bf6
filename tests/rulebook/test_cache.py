"""A book kept as JSON: the very same book comes back, or none."""

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
def kept(tmp_path: Path) -> Path:
    """Return the file of a cache that holds the good book."""
    cache_book(tmp_path, KEY, VERSION, good_book())
    return tmp_path / f"{KEY}.json"


def found(path: Path) -> RuleBook | None:
    """Return the book that a cache file gives."""
    return read_cached_book(path.parent, KEY, VERSION)


def test_the_very_same_book_comes_back(kept: Path) -> None:
    assert found(kept) == good_book()
    assert found(kept) is not good_book()


def test_the_order_of_everything_comes_back(kept: Path) -> None:
    book = found(kept)
    assert book is not None
    for part in ("facts", "criteria", "countries", "sources", "readings", "chapters", "sections"):
        assert list(getattr(book, part)) == list(getattr(good_book(), part))
    assert book.order == good_book().order


def test_a_book_written_twice_is_written_alike(kept: Path) -> None:
    first = kept.read_bytes()
    cache_book(kept.parent, KEY, VERSION, good_book())
    assert kept.read_bytes() == first


def test_nobody_else_can_write_the_cache(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) & 0o077 == 0


def test_keeping_leaves_nothing_else_behind(kept: Path) -> None:
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def edited(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """Return a damage that changes what the JSON says."""

    def damage(path: Path) -> None:
        data = json.loads(path.read_bytes().partition(b"\n")[2])
        change(data)
        path.write_bytes(signed(json.dumps(data).encode()))

    return damage


def signed(body: bytes) -> bytes:
    """Return a cache file that has this body and the digest of it: what is wrong with it is the body."""
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def put_aside(path: Path) -> Path:
    """Move the file elsewhere, whole, and return where it is now."""
    return path.rename(path.with_name("aside"))


def huge(path: Path) -> None:
    """Make the file a sparse one of 30 GB."""
    with path.open("r+b") as file:
        file.truncate(30 * 1024**3)


def flipped(path: Path, bit: int) -> None:
    """Turn one bit of the file round."""
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "one bit in the digest": lambda path: flipped(path, 8),
    "one bit in the body": lambda path: flipped(path, 8 * 5_000),
    "no digest": lambda path: path.write_bytes(path.read_bytes().partition(b"\n")[2]),
    "the digest of something else": lambda path: path.write_bytes(b"0" * 64 + path.read_bytes()[64:]),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "empty": lambda path: path.write_bytes(b""),
    "not JSON": lambda path: path.write_bytes(b"{format: 1}"),
    "not UTF-8": lambda path: path.write_bytes(path.read_bytes().replace(b"A small book", b"A small b\xff\xfek")),
    "a pickle": lambda path: path.write_bytes(b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94."),
    "a list": lambda path: path.write_bytes(signed(b"[]")),
    "a number": lambda path: path.write_bytes(signed(b"1")),
    "deeply nested": lambda path: path.write_bytes(signed(b"[" * 100_000 + b"]" * 100_000)),
    "a sound file of 30 GB": huge,
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a link to a sound one": lambda path: path.symlink_to(put_aside(path)),
    "a link to zeros without end": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "a link to nothing": lambda path: (path.unlink(), path.symlink_to("none")),
    "a link to itself": lambda path: (path.unlink(), path.symlink_to(path)),
    "another format": edited(lambda data: data.update(format=0)),
    "another version": edited(lambda data: data.update(version="0.0.0")),
    "another key": edited(lambda data: data.update(key="b" * 64)),
    "no book": edited(lambda data: data.pop("book")),
    "nothing for a book": edited(lambda data: data.update(book=None)),
    "another class": edited(lambda data: data.update(book=["Reading", "r", "Is it so?", ["tuple"]])),
    "a class of ours that is no part of a book": edited(lambda data: data.update(book=["Path", "/etc/passwd"])),
    "an unknown mark": edited(lambda data: data.update(book=["eval", "1"])),
    "too few values": edited(lambda data: data["book"].pop()),
    "too many values": edited(lambda data: data["book"].append("more")),
    "a list without a mark": edited(lambda data: data["book"].__setitem__(1, [])),
    "a list for a mark": edited(lambda data: data["book"].__setitem__(1, [["tuple"]])),
    "a day that there is not": edited(lambda data: data["book"].__setitem__(1, ["date", "2022-02-30"])),
    "an answer that there is not": edited(lambda data: data["book"].__setitem__(1, ["answer", "perhaps"])),
    "writable by the group": lambda path: path.chmod(0o620),
    "writable by everybody": lambda path: path.chmod(0o602),
    "not there": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_cache_that_cannot_be_trusted_is_passed_over(damage: Callable[[Path], object], kept: Path) -> None:
    damage(kept)
    assert found(kept) is None


def test_a_cache_of_somebody_else_is_passed_over(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert found(kept) is None


@pytest.mark.parametrize("damage", [one for one in DAMAGES if one != "a folder"])
def test_a_book_is_made_anew_where_its_cache_is_damaged(damage: str, tmp_path: Path) -> None:
    load_book(GOOD, tmp_path)
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    DAMAGES[damage](path)
    assert load_book(GOOD, tmp_path) == good_book()
    assert path.read_bytes() == whole
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_no_single_damaged_bit_is_believed(kept: Path) -> None:
    bits = 8 * kept.stat().st_size
    for bit in {*range(0, bits, bits // 2_000), *range(8 * 66), *range(bits - 64, bits)}:
        flipped(kept, bit)
        assert found(kept) is None, bit
        flipped(kept, bit)
    assert found(kept) == good_book()


def test_a_file_that_is_replaced_by_a_link_is_not_written_through(kept: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("somebody's answers")
    kept.unlink()
    kept.symlink_to(other)
    cache_book(tmp_path, KEY, VERSION, good_book())
    assert other.read_text() == "somebody's answers"
    assert not kept.is_symlink()
    assert found(kept) == good_book()


def linked(folder: Path) -> None:
    """Put a link in the place of the folder."""
    folder.symlink_to(folder.rename(folder.with_name("elsewhere")))


FOLDERS: dict[str, Callable[[Path], object]] = {
    "a link": linked,
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


def test_what_a_killed_program_left_of_a_cache_is_cleared(tmp_path: Path) -> None:
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


def test_every_module_that_reads_rules_counts_as_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache.py").write_text("x = 1")
    (tmp_path / "resolve.py").write_text("x = 2")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))
    first = cache.program_hash.__wrapped__()
    (tmp_path / "resolve.py").write_text("x = 3")
    assert cache.program_hash.__wrapped__() != first


def test_a_book_from_the_cache_is_neither_read_nor_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_full_disk_leaves_no_half_of_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    cache_book(tmp_path, KEY, VERSION, good_book())
    assert list(tmp_path.iterdir()) == []


def test_a_class_that_is_no_part_of_a_book_is_refused() -> None:
    with pytest.raises(TypeError, match="a rule book holds no PurePosixPath"):
        encode_value(PurePosixPath())
    with pytest.raises(KeyError):
        decode_value(["PurePosixPath", "/"])


def test_every_class_of_a_term_comes_back() -> None:
    """Each is built by its own name: a class that `cache` did not know would lose the whole book."""
    every = All((
        Met("a"), Is("f", frozenset({Answer.YES, "b"})), Includes("f", frozenset({"b"})), Between("f", None, 1.5),
        Between("f", date(2020, 1, 31), None, low_included=False), Binds("t", "f"), TakesSide("r", frozenset({"s"})),
        ByReading("r", (("s", Met("a")),)), AnyOf((Met("a"),)), AtLeast(1, (Met("a"),)), Not(Met("a")),
        NotRuledOut("a"), InForce(date(2020, 1, 31), None),
    ))  # fmt: skip
    assert {type(one) for one in subterms(every)} == set(get_args(Term))
    assert decode_value(json.loads(json.dumps(encode_value(every)))) == every

"""A book kept as JSON: the very same book comes back, or none."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pytest

from screen.answer import Answer
from screen.language.book import load_book
from screen.language.cache import cached_book, keep_book, plain_of, value_of
from screen.language.terms import (
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
    RuleBook,
    Takes,
    Term,
    within,
)
from screen.version import VERSION
from tests.language.small_book import GOOD, good_book

KEY = "a" * 64


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return the file of a cache that holds the good book."""
    keep_book(tmp_path, KEY, VERSION, good_book())
    return tmp_path / f"{KEY}.json"


def found(path: Path) -> RuleBook | None:
    """Return the book that a cache file gives."""
    return cached_book(path.parent, KEY, VERSION)


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
    keep_book(kept.parent, KEY, VERSION, good_book())
    assert kept.read_bytes() == first


def test_nobody_else_can_write_the_cache(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) & 0o077 == 0


def test_keeping_leaves_nothing_else_behind(kept: Path) -> None:
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def edited(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """Return a damage that changes what the JSON says."""

    def damage(path: Path) -> None:
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))

    return damage


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "empty": lambda path: path.write_bytes(b""),
    "not JSON": lambda path: path.write_bytes(b"{format: 1}"),
    "not UTF-8": lambda path: path.write_bytes(path.read_bytes().replace(b"A small book", b"A small b\xff\xfek")),
    "a pickle": lambda path: path.write_bytes(b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94."),
    "a list": lambda path: path.write_text("[]"),
    "a number": lambda path: path.write_text("1"),
    "deeply nested": lambda path: path.write_text("[" * 100_000 + "]" * 100_000),
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
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert found(kept) is None


@pytest.mark.parametrize("damage", [one for one in DAMAGES if one != "a folder"])
def test_a_book_is_made_anew_where_its_cache_is_damaged(damage: str, tmp_path: Path) -> None:
    load_book(GOOD, tmp_path)
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    DAMAGES[damage](path)
    assert load_book(GOOD, tmp_path) == good_book()
    assert path.read_bytes() == whole
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_book_from_the_cache_is_neither_read_nor_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_book(GOOD, tmp_path)
    monkeypatch.setattr("screen.language.book.check_book", None)
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
    keep_book(tmp_path / "file" / "cache", KEY, VERSION, good_book())
    assert load_book(GOOD, tmp_path / "file" / "cache") == good_book()


def test_a_full_disk_leaves_no_half_of_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    keep_book(tmp_path, KEY, VERSION, good_book())
    assert list(tmp_path.iterdir()) == []


def test_a_class_that_is_no_part_of_a_book_is_refused() -> None:
    with pytest.raises(TypeError, match="a rule book holds no PurePosixPath"):
        plain_of(PurePosixPath())
    with pytest.raises(KeyError):
        value_of(["PurePosixPath", "/"])


def test_every_class_of_a_term_comes_back() -> None:
    """Each is built by its own name: a class that `cache` did not know would lose the whole book."""
    every = All((
        Met("a"), Is("f", frozenset({Answer.YES, "b"})), Includes("f", frozenset({"b"})), Between("f", None, 1.5),
        Between("f", date(2020, 1, 31), None, low_included=False), Binds("t", "f"), Takes("r", frozenset({"s"})),
        ByReading("r", (("s", Met("a")),)), AnyOf((Met("a"),)), AtLeast(1, (Met("a"),)), Not(Met("a")),
        NotRuledOut("a"), InForce(date(2020, 1, 31), None),
    ))  # fmt: skip
    assert {type(one) for one in within(every)} == set(get_args(Term))
    assert value_of(json.loads(json.dumps(plain_of(every)))) == every

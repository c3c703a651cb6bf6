"""Files: nobody else's file is written, replaced or deleted, and nothing waits for ever."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from screen import files
from screen.diagnostics import DiagnosticsError
from screen.files import Folder, lock, open_parent, open_private

OLD, NEW = b"somebody's answers\n", b"a report\n"


@contextmanager
def opened(path: Path) -> Iterator[Folder]:
    with open_parent(path / "any") as folder:
        yield folder


def allowed() -> None:
    """Allow every replacement."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_is_complete_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        files.create(tmp_path / "new", NEW)
    finally:
        os.umask(old)
    assert (tmp_path / "new").read_bytes() == NEW
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    assert names(tmp_path) == ["new"]


@pytest.mark.parametrize("what", ["file", "link", "link to nothing", "folder", "pipe"])
def test_a_file_is_not_created_under_a_taken_name(what: str, tmp_path: Path) -> None:
    path = tmp_path / "taken"
    match what:
        case "file":
            path.write_bytes(OLD)
        case "link" | "link to nothing":
            path.symlink_to(tmp_path / "victim")
            if what == "link":
                (tmp_path / "victim").write_bytes(OLD)
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
    before = names(tmp_path)
    with pytest.raises(DiagnosticsError, match="already-there"):
        files.create(path, NEW)
    assert names(tmp_path) == before
    if (tmp_path / "victim").exists():
        assert (tmp_path / "victim").read_bytes() == OLD


def test_a_taken_name_is_kept_on_a_disk_without_hard_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", without_links)
    files.create(tmp_path / "new", OLD)
    with pytest.raises(DiagnosticsError, match="already-there"):
        files.create(tmp_path / "new", NEW)
    assert (tmp_path / "new").read_bytes() == OLD
    assert names(tmp_path) == ["new"]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_bytes(OLD)
    link.symlink_to(victim)
    with pytest.raises(DiagnosticsError, match="this is a link"):
        files.write(link, NEW, allowed)
    assert victim.read_bytes() == OLD
    assert link.is_symlink()


def test_a_read_only_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "closed"
    path.write_bytes(OLD)
    path.chmod(0o400)
    with pytest.raises(DiagnosticsError, match="closed-to-writing"):
        files.write(path, NEW, allowed)
    assert path.read_bytes() == OLD


def test_another_persons_file_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "theirs"
    path.write_bytes(OLD)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(DiagnosticsError, match="not-ours: this file belongs to somebody else"):
        files.write(path, NEW, allowed)
    assert path.read_bytes() == OLD


def test_what_somebody_writes_between_the_snapshot_and_the_replacement_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)

    def somebody_writes() -> None:
        path.write_bytes(b"their words\n")

    with opened(tmp_path) as folder:
        snapshot = folder.snapshot("file")
        somebody_writes()
        with pytest.raises(OSError, match="changed it meanwhile"):
            folder.write("file", NEW, instead_of=snapshot)
    assert path.read_bytes() == b"their words\n"
    with pytest.raises(DiagnosticsError, match="somebody else changed the file meanwhile"):
        files.write(path, NEW, somebody_writes)
    assert path.read_bytes() == b"their words\n"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("what", ["link", "open to others", "file", "another's"])
def test_a_hidden_folder_that_is_not_ours_is_not_used(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden, victims = tmp_path / ".hidden", tmp_path / "victims"
    victims.mkdir(mode=0o700)
    (victims / "case.yaml").write_bytes(OLD)
    match what:
        case "link":
            hidden.symlink_to(victims)
        case "file":
            hidden.write_bytes(OLD)
        case _:
            hidden.mkdir(mode=0o755 if what == "open to others" else 0o700)
    if what == "another's":
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with (
        opened(tmp_path) as folder,
        pytest.raises(DiagnosticsError, match="not-ours"),
        open_private(folder, ".hidden"),
    ):
        pass
    assert (victims / "case.yaml").read_bytes() == OLD


def test_a_file_is_written_to_the_folder_that_was_opened_though_it_was_moved(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    with opened(ours) as folder:
        ours.rename(tmp_path / "moved")
        (tmp_path / "ours").symlink_to(theirs)
        folder.write("new", NEW)
    assert names(theirs) == []
    assert (tmp_path / "moved" / "new").read_bytes() == NEW


# ── files of a killed program ──────────────────────────────────────────────────────────────────────────────────────


def left_behind(folder: Path) -> Path:
    """Return a temporary file as a killed program leaves it."""
    path = folder / files._temporary_name()
    path.write_bytes(OLD)
    return path


def test_temporary_files_of_a_killed_program_are_deleted_by_the_next_write(tmp_path: Path) -> None:
    left = left_behind(tmp_path)
    files.create(tmp_path / "new", NEW)
    assert not left.exists()


def test_only_names_that_this_program_made_are_deleted(tmp_path: Path) -> None:
    kept = [".rsd-notes.part", ".rsd-0123456789abcdef-00000000.part", ".rsd-a-b-c.part", "rsd-x-y.part", ".rsd-.part"]
    for name in kept:
        (tmp_path / name).write_bytes(OLD)
    linked = tmp_path / files._temporary_name()
    (tmp_path / "victim").write_bytes(OLD)
    linked.symlink_to(tmp_path / "victim")
    files.create(tmp_path / "new", NEW)
    assert all((tmp_path / name).read_bytes() == OLD for name in [*kept, "victim"])


def test_a_temporary_file_in_use_is_not_deleted(tmp_path: Path) -> None:
    left = left_behind(tmp_path)
    with left.open("rb") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        files.create(tmp_path / "new", NEW)
        assert left.exists()
    files.create(tmp_path / "newer", NEW)
    assert not left.exists()


# ── locks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_waiting_for_a_lock_is_announced_and_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    messages: list[str] = []
    limit = pytest.raises(DiagnosticsError, match="locked: another program has kept this folder locked for 10 seconds")
    with opened(tmp_path) as folder, opened(tmp_path) as other, lock(other), limit, lock(folder, messages.append):
        pass
    assert messages == ["Another program is writing in this folder. Waiting up to 10 seconds …"]
    with opened(tmp_path) as folder, lock(folder):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_disk_without_locks_is_used_without_them(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_locks(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", without_locks)
    left = left_behind(tmp_path)
    files.create(tmp_path / "new", NEW)
    assert (tmp_path / "new").read_bytes() == NEW
    assert left.exists(), "without a lock nobody knows whether it is being written"
    os.utime(left, (0, 0))
    files.create(tmp_path / "newer", NEW)
    assert not left.exists()


# ── from one folder to another ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("same_disk", [True, False])
def test_a_file_is_moved_to_a_free_name_or_replaces_the_file_of_the_snapshot(
    same_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    if not same_disk:
        monkeypatch.setattr(files, "_same_disk", lambda *_: False)
    with opened(here) as source, opened(there) as target:
        for data, replaces in ((OLD, False), (NEW, True)):
            source.write("made", data)
            files.move(source, "made", target, "out", instead_of=target.snapshot("out") if replaces else None)
            assert (there / "out").read_bytes() == data
            assert (names(here), names(there)) == ([], ["out"])
        source.write("made", OLD)
        with pytest.raises(FileExistsError):
            files.move(source, "made", target, "out", instead_of=None)
        snapshot = target.snapshot("out")
        (there / "out").write_bytes(b"their words")
        with pytest.raises(OSError, match="changed it meanwhile"):
            files.move(source, "made", target, "out", instead_of=snapshot)
    assert (there / "out").read_bytes() == b"their words"
    assert (names(here), names(there)) == (["made"], ["out"])


def test_a_temporary_folder_gets_a_free_name_or_is_deleted(tmp_path: Path) -> None:
    with opened(tmp_path) as folder:
        with folder.temporary_folder() as (inside, name):
            inside.write("case", NEW)
            folder.publish_folder(name, folder, "cases")
        assert (tmp_path / "cases" / "case").read_bytes() == NEW
        (tmp_path / "empty").mkdir()
        for taken in ("cases", "empty"):
            with folder.temporary_folder() as (inside, name):
                inside.write("case", OLD)
                with pytest.raises(FileExistsError):
                    folder.publish_folder(name, folder, taken)
    assert names(tmp_path) == ["cases", "empty"]
    assert (tmp_path / "cases" / "case").read_bytes() == NEW


def test_a_temporary_folder_of_a_killed_program_is_deleted_unless_it_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "case").write_bytes(OLD)
    with opened(tmp_path) as folder, opened(tmp_path) as other:
        with folder.temporary_folder() as (inside, name):
            inside.write("case", NEW)
            other.clear_stale()
            assert inside.names() == ["case"]
            left = files._temporary_name()
            (tmp_path / left).mkdir()
            (tmp_path / left / "case").write_bytes(NEW)
            (tmp_path / left / "link").symlink_to(tmp_path / "victim")
            link = files._temporary_name()
            (tmp_path / link).symlink_to(tmp_path / "victim")
            other.clear_stale()
            assert names(tmp_path) == sorted([name, link, "victim"])
        other.remove_tree(link)
    assert names(tmp_path) == sorted([link, "victim"])
    assert names(tmp_path / "victim") == ["case"]


def test_files_with_the_same_content_are_recognised(tmp_path: Path) -> None:
    for name, data in (("a", OLD), ("b", OLD), ("c", NEW), ("d", OLD[:-1] + b"?")):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "hard").hardlink_to(tmp_path / "a")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with opened(tmp_path) as folder:
        assert [files.has_same_content(folder, "a", folder, name) for name in ("a", "b", "hard")] == [True] * 3
        assert [files.has_same_content(folder, "a", folder, name) for name in ("c", "d", "link", "none")] == [False] * 4

"""The unfinished output of a run: kept part by part, so that what is done is done, whatever happens next.

In: the bytes of each part, in order. Out: the output under its name, when it is whole; until then a hidden folder
beside it, readable by its owner alone:

    plan.json       what the run was asked to do: a run with another plan does not go on from here
    output, rejects, names, footers    what the parts so far add to each
    journal         a line a part: how long each of the four is after it, and what the part counted

A part counts when its line is in the journal, on the disk. Whatever stands behind the last line is cut off before a run
goes on, so a part is there whole or not at all, and never twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from screen.batch import parquet
from screen.mistake import Mistake, Mistakes
from screen.place import Place

_FILES = ("output", "rejects", "names", "footers")
_PLAN, _JOURNAL, _STOPPED = "plan.json", "journal", "stopped"


def folder_of(out: Path) -> Path:
    """Return where the unfinished parts of an output lie."""
    return out.parent / f".{out.name}.rsd-parts"


def is_unfinished(out: Path) -> bool:
    """Tell whether parts of an output lie beside it."""
    return (folder_of(out) / _PLAN).exists()


def was_stopped(out: Path) -> bool:
    """Tell whether those parts are of a run that was told to stop at the first mistake, and did."""
    return is_unfinished(out) and (folder_of(out) / _STOPPED).exists()


class Parts:
    """A run's parts. Use as a context; the files are closed at its end, and kept."""

    def __init__(self, out: Path, plan: dict[str, Any], *, resume: bool, anew: bool = False) -> None:
        """Begin a run, or go on with one; `anew` gives up what an unfinished one left where it is not gone on with.

        A run that stopped at a mistake is given up unasked: what it read is mended now, or else it is gone on with.
        Raises Mistakes where there is one to go on with and nobody asked to, where what it was asked to do is not what
        is asked now, or where nothing can be written.
        """
        self.out, self.folder = out, folder_of(out)
        self.done: list[dict[str, Any]] = []
        self._files: dict[str, BinaryIO] = {}
        try:
            self._begin(plan, resume=resume, anew=anew)
        except Mistakes:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise _cannot_write(out, error) from None

    def _begin(self, plan: dict[str, Any], *, resume: bool, anew: bool) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            found, remedy = "another run is writing this output now.", "Wait for it, or choose another name."
            raise Mistakes([Mistake(Place(str(self.out)), "already-running", found, remedy)]) from None
        if is_unfinished(self.out):
            other = self._other(plan) if resume else []
            if (other or not resume) and (anew or (was_stopped(self.out) and set(other) <= {"sources"})):
                self._give_up()
            elif not resume:
                found = "an unfinished run to this output is kept beside it."
                raise self._refused("unfinished-run", found, "Go on with --resume, or begin anew with --overwrite.")
            elif other:
                found = f"the unfinished run was asked something else: {', '.join(other)}."
                raise self._refused("other-run", found, "Ask the same again, or begin anew with --overwrite.")
            (self.folder / _STOPPED).unlink(missing_ok=True)
        if is_unfinished(self.out):
            self.done = self._journal()
        else:
            _put(self.folder / _PLAN, json.dumps(plan, indent=2, sort_keys=True).encode())
        lengths = self.done[-1]["lengths"] if self.done else [0] * len(_FILES)
        for name, length in zip(_FILES, lengths, strict=True):
            self._files[name] = _opened(self.folder / name, length)
        kept = sum(part["line"] for part in self.done)
        self._files[_JOURNAL] = _opened(self.folder / _JOURNAL, kept)
        _sync_folder(self.folder)

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; what is in them stays."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        if hasattr(self, "_lock"):
            os.close(self._lock)
            del self._lock

    def _other(self, plan: dict[str, Any]) -> list[str]:
        """Return what the unfinished run was asked otherwise."""
        before = json.loads((self.folder / _PLAN).read_bytes())
        return sorted(key for key in {*before, *plan} if before.get(key) != json.loads(json.dumps(plan)).get(key))

    def _refused(self, code: str, found: str, remedy: str) -> Mistakes:
        return Mistakes([Mistake(Place(str(self.folder)), code, found, remedy)])

    def _give_up(self) -> None:
        """Delete what is kept, the plan first: without it nothing is gone on with."""
        for name in (_PLAN, _STOPPED, _JOURNAL, *_FILES):
            (self.folder / name).unlink(missing_ok=True)

    def stop(self) -> None:
        """Note that the run stopped at a mistake."""
        _put(self.folder / _STOPPED, b"")

    def _journal(self) -> list[dict[str, Any]]:
        """Return the parts that are whole: the lines of the journal up to the first that is torn."""
        done: list[dict[str, Any]] = []
        data = (self.folder / _JOURNAL).read_bytes() if (self.folder / _JOURNAL).exists() else b""
        for line in data.split(b"\n")[:-1]:
            check, _, text = line.partition(b" ")
            if check != b"%08x" % zlib.crc32(text):
                break
            done.append({**json.loads(text), "line": len(line) + 1})
        sizes = [(self.folder / name).stat().st_size if (self.folder / name).exists() else 0 for name in _FILES]
        while done and any(size < wanted for size, wanted in zip(sizes, done[-1]["lengths"], strict=True)):
            done.pop()  # a disk that lied about what was on it
        return done

    def add(self, output: bytes, rejects: bytes, names: bytes, footer: bytes, counted: dict[str, Any]) -> None:
        """Add a part; when this returns it is on the disk. Raises Mistakes."""
        data = dict(zip(_FILES, (output, rejects, names, _framed(footer, self._length("output"))), strict=True))
        try:
            for name, more in data.items():
                if more:
                    self._files[name].write(more)
                    self._files[name].flush()
                    os.fsync(self._files[name].fileno())
            part = {"lengths": [self._length(name) for name in _FILES], **counted}
            text = json.dumps(part, separators=(",", ":")).encode()
            line = b"%08x %s\n" % (zlib.crc32(text), text)
            journal = self._files[_JOURNAL]
            journal.write(line)
            journal.flush()
            os.fsync(journal.fileno())
        except OSError as error:
            raise _cannot_write(self.out, error) from None
        self.done.append({**part, "line": len(line)})

    def _length(self, name: str) -> int:
        return self._files[name].tell()

    def names(self) -> bytes:
        """Return what is kept of the names of the cases so far."""
        return (self.folder / "names").read_bytes()

    def finish(self, rejects: Path, *, is_parquet: bool) -> None:
        """Put the output, and the rejects if there are any, under their names, whole and on the disk."""
        output = self._files["output"]
        try:
            if is_parquet:
                output.write(parquet.end_of(self._footers()))
            for name in ("output", "rejects"):
                self._files[name].flush()
                os.fsync(self._files[name].fileno())
            # The rejects first: an output without them would look like one from which nothing is missing.
            if self._length("rejects"):
                (self.folder / "rejects").replace(rejects)
            else:
                rejects.unlink(missing_ok=True)  # those of an output that this one takes the place of
            (self.folder / "output").replace(self.out)
            for folder in {self.out.parent, rejects.parent}:
                _sync_folder(folder)
            for path in [self.folder / name for name in ("names", "footers", "rejects", _JOURNAL, _PLAN)]:
                path.unlink(missing_ok=True)
            self.close()
            self.folder.rmdir()
        except OSError as error:
            raise _cannot_write(self.out, error) from None

    def _footers(self) -> Iterator[tuple[int, bytes]]:
        data, at = (self.folder / "footers").read_bytes(), 0
        while at < len(data):
            size, place = int.from_bytes(data[at : at + 8], "little"), int.from_bytes(data[at + 8 : at + 16], "little")
            yield place, data[at + 16 : at + 16 + size]
            at += 16 + size


def _framed(footer: bytes, place: int) -> bytes:
    """Return a footer with its length and the place where its part stands in the output."""
    if not footer:
        return b""
    return len(footer).to_bytes(8, "little") + place.to_bytes(8, "little") + footer


def _opened(path: Path, length: int) -> BinaryIO:
    """Return a file to add to, cut to a length."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.ftruncate(handle, length)
    file = os.fdopen(handle, "r+b")
    file.seek(length)
    return file


def _put(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    with _opened(part, 0) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(out: Path, error: OSError) -> Mistakes:
    found = f"the output could not be written: {(error.strerror or 'no reason given').lower()}."
    remedy = "What is finished is kept. Make room and go on with --resume."
    return Mistakes([Mistake(Place(str(out)), "cannot-write", found, remedy)])

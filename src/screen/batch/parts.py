"""The unfinished output of a run: kept part by part, so that what is done is done, whatever happens next.

In: the bytes of each part, in order. Out: the output under its name, when it is whole; until then a hidden folder
beside it, readable by its owner alone:

    plan.json       what the run was asked to do: a run with another plan does not go on from here
    output, rejects, names, footers, beside    what the parts so far add to each
    journal         a line a part: how long each of the five is after it, and what the part counted
    whole           there when the output is whole: by what it is known, whether it has its name by now or not

A part counts when its line is in the journal, on the disk. Whatever stands behind the last line is cut off before a run
goes on, so a part is there whole or not at all, and never twice. What lies beside an output, and what becomes of it, is
decided in one place, while nobody else may write there.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from screen.batch import parquet, putting
from screen.batch.tally import Tally
from screen.mistake import Mistake, Mistakes
from screen.place import Place

_FILES = ("output", "rejects", "names", "footers", "beside")
_PLAN, _JOURNAL, _STOPPED, _WHOLE = "plan.json", "journal", "stopped", "whole"


def folder_of(out: Path) -> Path:
    """Return where the unfinished parts of an output lie."""
    return out.parent / f".{out.name}.rsd-parts"


def is_unfinished(out: Path) -> bool:
    """Tell whether parts of an output lie beside it."""
    return (folder_of(out) / _PLAN).exists()


@dataclass(frozen=True, slots=True)
class _Whole:
    """By what an output that is whole is known, and where its rejects were to go."""

    output: list[int]
    rejects: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an unfinished run left: what it was asked, None where that cannot be used, and which files it may exchange.

    `nothing` tells that it had finished no part, `stopped` that it stopped at a mistake.
    """

    plan: Mapping[str, Any] | None
    exchanges: Collection[str]
    nothing: bool
    stopped: bool
    whole: _Whole | None


class Parts:
    """A run's parts. Use as a context; at its end the files are closed, and kept.

    A run that a mistake ended before its first part leaves nothing.
    """

    def __init__(
        self, out: Path, plan: Mapping[str, Any], rejects: Path, *, resume: bool = False, anew: bool = False
    ) -> None:
        """Begin a run, or go on with one; `anew` gives up what an unfinished one left where it is not gone on with.

        A run that stopped at a mistake is given up unasked: what it read is mended now, or else it is gone on with. So
        is one that had finished no part. Raises Mistakes where there is one to go on with and nobody asked to, where
        what it was asked to do is not what is asked now, where the output or the rejects would take the place of a file
        and nobody asked to, or where nothing can be written.
        """
        self.out, self.folder, self.rejects = out, folder_of(out), rejects
        self.tally = Tally()
        self.goes_on = self.is_whole = False
        self._files: dict[str, BinaryIO] = {}
        self._lock = -1
        try:
            self._begin(json.loads(json.dumps(plan)), resume=resume, anew=anew)
        except Mistakes:
            self.close(keep=is_unfinished(self.out))
            raise
        except OSError as error:
            self.close(keep=is_unfinished(self.out))
            raise self._cannot_write(error) from None

    def _begin(self, plan: dict[str, Any], *, resume: bool, anew: bool) -> None:
        self._alone()
        kept = self._kept()
        self.goes_on = kept is not None and self._is_gone_on_with(kept, plan, resume=resume, anew=anew)
        may = {*(kept.exchanges if kept else ()), *(_name(path) for path in (self.out, self.rejects) if anew)}
        self._may_exchange(may | self._own(kept), resume=resume)
        if not self.goes_on:
            if kept is not None:
                self._forget_beside()
            self._give_up()
            asked = {"asked": plan, "exchanges": sorted(may)}
            putting.write(self.folder / _PLAN, json.dumps(asked, indent=2).encode())
        self.is_whole = (self.folder / _WHOLE).exists()
        (self.folder / _STOPPED).unlink(missing_ok=True)
        lengths, end = self._read_journal()
        if not self.is_whole:
            for name, length in zip(_FILES, lengths, strict=True):
                self._files[name] = putting.opened(self.folder / name, length)
            self._files[_JOURNAL] = putting.opened(self.folder / _JOURNAL, end)
        putting.sync_folder(self.folder)

    def _alone(self) -> None:
        """Make the folder, and keep others out of it. Raises Mistakes where another run is in it."""
        while True:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self.folder, os.O_RDONLY)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._lock)
                self._lock = -1
                found, remedy = "another run is writing this output now.", "Wait for it, or choose another name."
                raise self._refused(self.out, "already-running", found, remedy) from None
            with suppress(FileNotFoundError):
                if os.fstat(self._lock).st_ino == self.folder.stat().st_ino:
                    return
            os.close(self._lock)  # a run that ended meanwhile has taken the folder away, and the lock is of that one
            self._lock = -1

    def _kept(self) -> _Kept | None:
        """Return what an unfinished run left that had finished a part, None where there is none."""
        try:
            plan, exchanges = _read(self.folder / _PLAN, "asked", "exchanges")
        except FileNotFoundError:
            return None
        whole = None
        if (self.folder / _WHOLE).exists():
            output, rejects = _read(self.folder / _WHOLE, "output", "rejects")
            whole = _Whole(output, rejects)
            if output is None or output not in (_known_by(self.folder / "output"), _known_by(self.out)):
                plan = None  # somebody has taken away what this run had made
        return _Kept(plan, exchanges or (), self._read_journal()[1] == 0, (self.folder / _STOPPED).exists(), whole)

    def _own(self, kept: _Kept | None) -> set[str]:
        """Return the files that an earlier run had put under their names before it was cut off."""
        if kept is None or kept.whole is None:
            return set()
        own = {_name(self.out)} if _known_by(self.out) == kept.whole.output else set()
        return own | {kept.whole.rejects}

    def _is_gone_on_with(self, kept: _Kept, plan: Mapping[str, Any], *, resume: bool, anew: bool) -> bool:
        """Tell whether this run goes on with what is kept; otherwise that is given up. Raises Mistakes for neither."""
        other = [] if kept.plan is None else [
            key for key in sorted({*kept.plan, *plan}) if kept.plan.get(key) != plan.get(key)
        ]  # fmt: skip
        if kept.whole is not None and not (self.folder / "rejects").exists():
            other += ["rejects"] * (kept.whole.rejects != _name(self.rejects))  # they lie there already
        if resume and kept.plan is not None and not other:
            return True
        if anew or kept.nothing or (kept.stopped and (not resume or set(other) <= {"sources"})):
            return False
        if kept.plan is None:
            found = "what is kept of an unfinished run cannot be used."
            raise self._refused(self.folder, "unfinished-run", found, "Begin anew with --overwrite.")
        if not resume:
            found = "an unfinished run to this output is kept beside it."
            remedy = "Go on with --resume, or begin anew with --overwrite."
            raise self._refused(self.folder, "unfinished-run", found, remedy)
        found = f"the unfinished run was asked something else: {', '.join(other)}."
        remedy = "Ask the same again, or begin anew with --overwrite."
        raise self._refused(self.folder, "other-run", found, remedy)

    def _may_exchange(self, may: Collection[str], *, resume: bool) -> None:
        """Raise Mistakes where the output or the rejects would take the place of a file that may not be exchanged."""
        there = [path for path in (self.out, self.rejects) if _name(path) not in may and path.exists()]
        if there:
            more = ", and nothing unfinished beside it to go on with" if resume and not self.tally.parts else ""
            found, remedy = f"there is a file of that name already{more}.", "Choose another name, or say --overwrite."
            raise Mistakes([Mistake(Place(str(path)), "already-there", found, remedy) for path in there])

    def _refused(self, path: Path, code: str, found: str, remedy: str) -> Mistakes:
        return Mistakes([Mistake(Place(str(path)), code, found, remedy)])

    def _cannot_write(self, error: OSError) -> Mistakes:
        return putting.cannot_write(self.out, error, kept=self.tally.parts > 0)

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(keep=self.tally.parts > 0 or kind is None or not issubclass(kind, Mistakes))

    def close(self, *, keep: bool) -> None:
        """Close the files; what is in them stays, or else nothing of this run."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        if self._lock >= 0 and not keep:
            self._let_go()
        elif self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _forget_beside(self) -> None:
        """Delete what was made of the parts besides: their cases may be gone from the sources."""
        with suppress(FileNotFoundError):
            for line in (self.folder / "beside").read_text(encoding="utf-8").splitlines():
                Path(line).unlink(missing_ok=True)

    def _give_up(self) -> None:
        """Delete what is kept, the plan first: without it nothing is gone on with."""
        (self.folder / _PLAN).unlink(missing_ok=True)
        for path in list(self.folder.iterdir()):
            path.unlink()

    def stop(self) -> None:
        """Note that the run stopped at a mistake."""
        with suppress(OSError):  # the run that comes next then asks what to do
            putting.write(self.folder / _STOPPED, b"")

    def _read_journal(self) -> tuple[list[int], int]:
        """Add up the parts that are whole; return how long each file is after them, and how long the journal.

        They are the lines up to the first that is torn, or that tells of what did not get to the disk.
        """
        self.tally = Tally()
        lengths, end = [0] * len(_FILES), 0
        if not (self.folder / _JOURNAL).exists():
            return lengths, end
        whole = (self.folder / _WHOLE).exists()
        sizes = [(self.folder / name).stat().st_size if (self.folder / name).exists() else 0 for name in _FILES]
        with (self.folder / _JOURNAL).open("rb") as lines:
            for line in lines:
                check, _, text = line.removesuffix(b"\n").partition(b" ")
                if not line.endswith(b"\n") or check != b"%08x" % zlib.crc32(text):
                    break
                part = json.loads(text)
                if not whole and any(size < is_ for size, is_ in zip(sizes, part["lengths"], strict=True)):
                    break  # a disk that lied about what was on it
                self.tally.add(part)
                lengths, end = part["lengths"], end + len(line)
        return lengths, end

    def add(
        self, output: bytes, rejects: bytes, names: bytes, footer: bytes, beside: bytes, counted: Mapping[str, Any]
    ) -> None:
        """Add a part; when this returns it is on the disk. Raises Mistakes."""
        framed = _framed(footer, self._length("output"))
        data = dict(zip(_FILES, (output, rejects, names, framed, beside), strict=True))
        try:
            for name, more in data.items():
                if more:
                    putting.add(self._files[name], more)
                    putting.sync(self._files[name])
            part = {"lengths": [self._length(name) for name in _FILES], **counted}
            text = json.dumps(part, separators=(",", ":")).encode()
            putting.add(self._files[_JOURNAL], b"%08x %s\n" % (zlib.crc32(text), text))
            putting.sync(self._files[_JOURNAL])
        except OSError as error:
            raise self._cannot_write(error) from None
        self.tally.add(part)

    def _length(self, name: str) -> int:
        return self._files[name].tell()

    def names(self) -> bytes:
        """Return what is kept of the names of the cases so far."""
        return (self.folder / "names").read_bytes()

    def finish(self, *, is_parquet: bool) -> None:
        """Put the output, and the rejects if there are any, under their names, whole and on the disk.

        Cut off in the middle, it is done again by the run that goes on.
        """
        output, rejects = self.folder / "output", self.folder / "rejects"
        try:
            if not self.is_whole:
                if is_parquet:
                    putting.add(self._files["output"], parquet.end_of(self._footers()))
                for name in ("output", "rejects"):
                    putting.sync(self._files[name])
            known = {"output": _known_by(output) or _known_by(self.out), "rejects": _name(self.rejects)}
            putting.write(self.folder / _WHOLE, json.dumps(known).encode())
            self.is_whole = True
            # The rejects first: an output without them would look like one from which nothing is missing.
            if rejects.exists() and rejects.stat().st_size:
                putting.put(rejects, self.rejects)
            elif rejects.exists():
                self.rejects.unlink(missing_ok=True)  # those of an output that this one takes the place of
            if output.exists():
                output.replace(self.out)
            for folder in {self.out.parent, self.rejects.parent}:
                putting.sync_folder(folder)
        except OSError as error:
            raise self._cannot_write(error) from None
        self._let_go()

    def _let_go(self) -> None:
        """Take away what was kept, and let others in; should it stay, what was to be written is there all the same."""
        with suppress(OSError):
            self._give_up()
            self.folder.rmdir()
        os.close(self._lock)
        self._lock = -1

    def _footers(self) -> Iterator[tuple[int, bytes]]:
        data, at = (self.folder / "footers").read_bytes(), 0
        while at < len(data):
            size, place = int.from_bytes(data[at : at + 8], "little"), int.from_bytes(data[at + 8 : at + 16], "little")
            yield place, data[at + 16 : at + 16 + size]
            at += 16 + size


def _name(path: Path) -> str:
    return str(path.absolute())


def _read(path: Path, *keys: str) -> list[Any]:
    """Return what a small record holds under these keys; None for each where it is damaged."""
    try:
        whole = json.loads(path.read_bytes())
        return [whole[key] for key in keys]
    except (ValueError, KeyError, TypeError):
        return [None] * len(keys)


def _known_by(path: Path) -> list[int] | None:
    """Return by what a file is known under whatever name, None where there is none."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return [seen.st_ino, seen.st_size, seen.st_mtime_ns]


def _framed(footer: bytes, place: int) -> bytes:
    """Return a footer with its length and the place where its part stands in the output."""
    if not footer:
        return b""
    return len(footer).to_bytes(8, "little") + place.to_bytes(8, "little") + footer

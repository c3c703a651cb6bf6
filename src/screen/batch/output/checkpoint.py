"""What a run has finished so far, so that it can be continued, and how its output gets its name.

In: the bytes of each part, in order. Out: the output and the rejects under their names when they are complete; until
then a hidden folder next to the output, for its owner alone:

    plan.json                        what the run was asked to do: a run with another plan does not continue this one
    part-000001.rows, .rejects, .names    what the first part adds to each; missing where that is nothing
    part-000001.json                 what the part counted, how large its files are, the determinations that it wrote
    stopped                          the run stopped at a mistake
    output, rejects, complete.json   both complete, and by what the output is known: it may have its name already
    given-up, finished               the plan of a run that has ended: the rest is about to be deleted

Every file is complete and on the disk when it has its name, the JSON of a part last. So a part counts when its JSON is
there and its files have the sizes that it names, and is there once or not at all. Nothing in this folder gives
permission to replace a file: that is said again for each run (`writing`). Only the names above are deleted, and only
next to a plan; what else may lie in the folder stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any, BinaryIO, NoReturn

from screen import files
from screen.batch.output.formats import OutputFormat, merge_parquet_parts
from screen.batch.output.preflight import OutputGuard, exclusive_folder, parts_folder_name, remove_rejects
from screen.batch.summary import Tally
from screen.diagnostics import Diagnostic, DiagnosticsError
from screen.files import Folder, is_temporary_name, raise_diagnostic

_PLAN, _STOPPED, _COMPLETE = "plan.json", "stopped", "complete.json"
_GIVEN_UP, _FINISHED = "given-up", "finished"
_OUTPUT, _REJECTS = "output", "rejects"
_PART = re.compile(r"part-\d{6,}\.(json|rows|rejects|names)")
_COUNTED = frozenset({"sizes", "determinations", "source", "read", "scored", "rejected", "bytes", "codes", "counts"})
_PIECE = 1 << 20

#: Deletes what a run that is given up had made of its parts besides: digests by name.
Discard = Callable[[Mapping[str, str]], None]


def parts_folder(out: Path) -> Path:
    """Return the hidden folder in which the finished parts of an output lie."""
    return out.parent / parts_folder_name(out.name)


def is_unfinished(out: Path) -> bool:
    """Tell whether parts of an output lie next to it."""
    return (parts_folder(out) / _PLAN).exists()


@dataclass(frozen=True, slots=True)
class Part:
    """What a part adds to the output, to the rejects and to the names met, what it counted, and its determinations."""

    rows: bytes
    rejects: bytes
    id_digests: bytes
    counts: Mapping[str, Any]
    determinations: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes]:
        """Its files that are not empty, by what they are."""
        every = {"rows": self.rows, "rejects": self.rejects, "names": self.id_digests}
        return {kind: data for kind, data in every.items() if data}


@dataclass(frozen=True, slots=True)
class _Existing:
    """What an earlier run left. `asked` is None where it cannot be used."""

    asked: Mapping[str, Any] | None
    rejects: str
    stopped: bool
    output: list[int] | None  # by what the complete output is known


class Checkpoint:
    """The finished parts of a run. Use as a context; at its end they are kept.

    A run that a mistake ended before its first part leaves nothing.
    """

    def __init__(
        self,
        out: Path,
        plan: Mapping[str, Any],
        rejects: Path,
        guard: OutputGuard,
        form: OutputFormat,
        *,
        resume: bool = False,
        discard: Discard = lambda _: None,
    ) -> None:
        """Begin a run or continue one. With `guard.overwrite` an unfinished run that is not continued is given up.

        A run that stopped at a mistake is given up unasked: what it read is mended now, or else it is continued. So is
        one that had finished no part. Raises Mistakes where there is one to continue and nobody asked to, where it was
        asked something else, where a name may not be taken, or where nothing can be written.
        """
        self.out, self.rejects, self.form = out, rejects, form
        self.tally = Tally()
        self.is_continued = self.is_complete = False
        self._guard, self._forget = guard, discard
        self._parts: list[Mapping[str, int]] = []  # how large the files of each are
        with ExitStack() as stack:
            self._above = stack.enter_context(files.open_parent(out))
            try:
                self._folder = stack.enter_context(exclusive_folder(self._above, parts_folder_name(out.name), out))
                self._begin(json.loads(json.dumps(plan)), resume=resume)
            except OSError as error:
                raise self._cannot_write(error) from None
            self._stack = stack.pop_all()

    def _begin(self, plan: dict[str, Any], *, resume: bool) -> None:
        self._above.clear_stale()
        self._folder.clear_stale()
        existing = self._existing()
        try:
            self.is_continued = existing is not None and self._is_to_continue(existing, plan, resume=resume)
            self.is_complete = self.is_continued and existing is not None and existing.output is not None
            self._may_take_names(resume=resume)
            if not self.is_continued:
                if existing is not None:
                    self._end(_GIVEN_UP)
                asked = {"asked": plan, "rejects": _name(self.rejects)}
                self._folder.write(_PLAN, json.dumps(asked, indent=2).encode())
        except BaseException:
            if not self._folder.names():
                self._above.remove_folder(parts_folder_name(self.out.name))
            raise
        self._folder.remove(_STOPPED)
        if not self.is_complete:
            self._remove(name for name in self._known_names() if not self._counts(name))
        self._folder.sync()

    # ── what an earlier run left ────────────────────────────────────────────────────────────────────────────────────

    def _existing(self) -> _Existing | None:
        """Return what an earlier run left, None where there is nothing. Raises Mistakes where that is not ours."""
        names = [name for name in self._folder.names() if not is_temporary_name(name)]
        if not names:
            return None
        if not {_PLAN, _GIVEN_UP, _FINISHED} & {*names}:
            found = "something else than an unfinished run is in this folder."
            raise_diagnostic(
                self._folder.path, "not-ours", found, "Nothing in it was touched. Look at it, and move it away."
            )
        finished = list(self._finished_parts())
        self._parts = [part["sizes"] for part in finished]
        for marker in (_GIVEN_UP, _FINISHED):
            if marker in names:  # that run was ended while it did this
                self._end(marker)
                return None
        for part in finished:
            self.tally.add(part)
        plan, complete = self._read(_PLAN), self._read(_COMPLETE)
        asked, output = plan.get("asked"), complete.get("output")
        if _COMPLETE in names and (output is None or output not in self._outputs()):
            asked = None  # somebody has taken away what that run had made
        rejects = str(plan.get("rejects"))
        return _Existing(asked if isinstance(asked, dict) else None, rejects, _STOPPED in names, output)

    def _outputs(self) -> list[list[int] | None]:
        """Return by what the complete output is known, as it lies here or has its name."""
        return [_known_by(self._folder, _OUTPUT), _known_by(self._above, self.out.name)]

    def _read(self, name: str) -> dict[str, Any]:
        """Return what a small record says, nothing where it is missing or damaged."""
        try:
            with self._folder.open(name) as file:
                said = json.loads(file.read())
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _finished_parts(self) -> Iterator[Mapping[str, Any]]:
        """Yield the parts that count, up to the first that does not."""
        complete = _COMPLETE in self._folder.names()
        number = 1
        while (part := self._read(_of_part(number, "json"))).keys() >= _COUNTED:
            sizes = part["sizes"].items()
            if not complete and any(self._size(_of_part(number, kind)) != size for kind, size in sizes):
                return  # a disk that lied about what was on it
            yield part
            number += 1

    def _size(self, name: str) -> int:
        there = self._folder.lstat(name)
        return there.st_size if there is not None and S_ISREG(there.st_mode) else 0

    def _counts(self, name: str) -> bool:
        """Tell whether a file belongs to the plan or to a part that counts."""
        return name == _PLAN or (
            _PART.fullmatch(name) is not None and int(name.partition(".")[0][5:]) <= len(self._parts)
        )

    def _is_to_continue(self, existing: _Existing, plan: Mapping[str, Any], *, resume: bool) -> bool:
        """Tell whether this run continues the earlier one; otherwise that is given up. Raises Mistakes for neither."""
        other = self._differences(existing, plan)
        if resume and existing.asked is not None and not other:
            return True
        is_mended = existing.stopped and (not resume or set(other) <= {"sources"})
        if self._parts and not (self._guard.overwrite or is_mended):
            self._refuse_to_begin(existing, other, resume=resume)
        return False

    def _differences(self, existing: _Existing, plan: Mapping[str, Any]) -> list[str]:
        """Return what the earlier run was asked otherwise."""
        asked = existing.asked
        if asked is None:
            return []
        other = [key for key in sorted({*asked, *plan}) if asked.get(key) != plan.get(key)]
        if existing.output is not None and self._folder.lstat(_REJECTS) is None:
            other += ["rejects"] * (existing.rejects != _name(self.rejects))  # they lie there already
        return other

    def _refuse_to_begin(self, existing: _Existing, other: Sequence[str], *, resume: bool) -> NoReturn:
        if existing.asked is None:
            found = "what is kept of an unfinished run cannot be used."
            raise_diagnostic(self._folder.path, "unfinished-run", found, "Begin again with --overwrite.")
        if not resume:
            found = "an unfinished run to this output is kept next to it."
            remedy = "Continue it with --resume, or begin again with --overwrite."
            raise_diagnostic(self._folder.path, "unfinished-run", found, remedy)
        found = f"the unfinished run was asked something else: {', '.join(other)}."
        raise_diagnostic(self._folder.path, "other-run", found, "Ask the same again, or begin again with --overwrite.")

    def _end(self, marker: str) -> None:
        """Delete what is kept, with the determinations of a run that is given up; cut off, the next run goes on."""
        if self._folder.lstat(marker) is None:
            self._folder.publish(_PLAN, marker)
        if marker == _GIVEN_UP:
            for number in range(1, len(self._parts) + 1):
                self._forget(self._read(_of_part(number, "json"))["determinations"])
        self._remove(name for name in self._known_names() if name != marker)
        self._folder.sync()
        self._folder.remove(marker)  # last: what lies in a folder without a plan is not known to be ours
        self._parts, self.tally = [], Tally()

    def _known_names(self) -> list[str]:
        own = {_PLAN, _STOPPED, _COMPLETE, _OUTPUT, _REJECTS, _GIVEN_UP, _FINISHED}
        return [name for name in self._folder.names() if name in own or _PART.fullmatch(name)]

    def _remove(self, names: Iterable[str]) -> None:
        for name in list(names):
            self._folder.remove(name)

    # ── while the run goes on ───────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._stack:
            if kind is not None and issubclass(kind, DiagnosticsError) and not self._parts:
                with suppress(OSError):
                    self._let_go()

    def add(self, part: Part) -> None:
        """Add a part; when this returns it is on the disk. Raises Mistakes."""
        number = len(self._parts) + 1
        sizes = {kind: len(data) for kind, data in part.files.items()}
        record = {"sizes": sizes, "determinations": dict(part.determinations), **part.counts}
        try:
            for kind, data in part.files.items():
                self._folder.write(_of_part(number, kind), data)
            self._folder.write(_of_part(number, "json"), json.dumps(record, separators=(",", ":")).encode())
        except OSError as error:
            raise self._cannot_write(error) from None
        self._parts.append(sizes)
        self.tally.add(record)

    def stop(self) -> None:
        """Note that the run stopped at a mistake."""
        with suppress(OSError):  # the run that comes next then asks what to do
            self._folder.write(_STOPPED, b"")

    def id_digests(self) -> Iterator[bytes]:
        """Yield what each part adds to the names of the cases met."""
        for name in self._files("names"):
            with self._folder.open(name) as file:
                yield file.read()

    def _files(self, kind: str) -> list[str]:
        """Return the files of one kind that the parts have, in order."""
        return [_of_part(number, kind) for number, sizes in enumerate(self._parts, 1) if kind in sizes]

    # ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Give the output, and the rejects if there are any, their names, complete and on the disk. Raises Mistakes.

        Cut off in the middle, it is done again by the run that continues.
        """
        try:
            if not self.is_complete:
                self._join()
            # The rejects first: an output without them would look like one from which nothing is missing.
            if self._files("rejects"):
                self._give_name(_REJECTS, self.rejects)
            else:
                self._remove_earlier_rejects()
            self._give_name(_OUTPUT, self.out)
        except OSError as error:
            raise self._cannot_write(error) from None
        with suppress(OSError):  # should it stay, what was to be written is there all the same
            self._let_go()

    def _join(self) -> None:
        """Put the parts together, and note by what the output is known."""
        self._remove((_OUTPUT, _REJECTS, _COMPLETE))
        self._folder.write_with(_OUTPUT, self._write_output)
        if self._files("rejects"):
            self._folder.write_with(_REJECTS, lambda file: self._copy("rejects", file))
        known = {"output": _known_by(self._folder, _OUTPUT)}
        self._folder.write(_COMPLETE, json.dumps(known).encode())
        self.is_complete = True

    def _write_output(self, file: BinaryIO) -> None:
        if self.form.name == "parquet":
            merge_parquet_parts([self._folder.path / name for name in self._files("rows")], file)
        else:
            self._copy("rows", file)

    def _copy(self, kind: str, file: BinaryIO) -> None:
        for name in self._files(kind):
            with self._folder.open(name) as part:
                while piece := part.read(_PIECE):
                    files.write_all(file, piece)

    def _give_name(self, made: str, path: Path) -> None:
        """Give what is complete its name; nothing happens where it has it already."""
        if self._folder.lstat(made) is None:
            return
        with files.open_parent(path) as target, files.lock(target):
            target.clear_stale()
            if files.has_same_content(self._folder, made, target, path.name):
                self._folder.remove(made)
            else:
                self._move(made, target, path.name)
            target.sync()

    def _move(self, made: str, target: Folder, name: str) -> None:
        seen = self._guard.check(target, name, remedy=_KEPT)
        try:
            files.move(self._folder, made, target, name, instead_of=seen)
        except FileExistsError:
            raise_diagnostic(target.path / name, "already-there", "a file of that name came meanwhile.", _KEPT)

    def _remove_earlier_rejects(self) -> None:
        """Delete the rejects of an output that this one replaces: they are not those of this one."""
        if self._guard.overwrite:
            with files.open_parent(self.rejects) as target, files.lock(target):
                remove_rejects(target, self.rejects.name)

    def _may_take_names(self, *, resume: bool) -> None:
        """Raise Mistakes where the output or the rejects may not take their names; those that they have are theirs."""
        more = "" if self.is_continued or not resume else ", and no unfinished run is next to it to continue"
        remedy = _AGAIN if self.is_continued else "Choose another name, or say --overwrite."
        wrong: list[Diagnostic] = []
        for made, path in ((_OUTPUT, self.out), (_REJECTS, self.rejects)):
            if self.is_complete and self._has_its_name(made, path):
                continue
            with files.open_parent(path) as folder:
                try:
                    self._guard.check(folder, path.name, more=more, remedy=remedy)
                except DiagnosticsError as error:
                    wrong += error.diagnostics
        if wrong:
            raise DiagnosticsError(wrong)

    def _has_its_name(self, made: str, path: Path) -> bool:
        if self._folder.lstat(made) is None:
            return True
        with files.open_parent(path) as target:
            return files.has_same_content(self._folder, made, target, path.name)

    def _let_go(self) -> None:
        """Take away what was kept, while nobody else may begin."""
        self._end(_FINISHED)
        self._above.remove_folder(parts_folder_name(self.out.name))

    def _cannot_write(self, error: OSError) -> DiagnosticsError:
        kept = "What is finished is kept, and --resume continues." if self._parts else "Nothing was finished."
        return files.write_error(self.out, error, kept=kept)


_KEPT = "What is finished is kept. Move that file away, or say --overwrite, and continue with --resume."
_AGAIN = "Move it away, or say --overwrite again: permission to replace a file is not kept."


def _of_part(number: int, kind: str) -> str:
    return f"part-{number:06}.{kind}"


def _name(path: Path) -> str:
    return str(path.absolute())


def _known_by(folder: Folder, name: str) -> list[int] | None:
    """Return by what a file is known under whatever name, None where there is none."""
    there = folder.lstat(name)
    return None if there is None else [there.st_ino, there.st_size, there.st_mtime_ns]

"""The checkpoint of a run: its finished parts, so that it can be continued, and how its output gets its name.

The parts of a run come in, in order. The output and the rejects get their names when they are complete; until then they
are in a hidden folder next to the output, readable by its owner alone:

    plan.json                        what the run was asked to do: a run with another plan does not continue this one
    part-000001.rows, .rejects, .names    what the first part adds to each; absent where that is nothing
    part-000001.json                 what the part counted, how large its files are, the determinations that it wrote
    stopped                          the run stopped at a mistake
    output, rejects, complete.json   both complete, and how to recognize the output: it may have its name already
    given-up, finished               the plan of a run that has ended: the rest is about to be deleted

Every file is complete and on disk when it has its name, the JSON of a part last. So a part counts if its JSON is there
and its files have the sizes stated in it, and it is there once or not at all. Nothing in this folder gives permission
to replace a file: that is given again for each run (`preflight`). Only the names above are deleted, and only next to a
plan; anything else in the folder stays.
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
from screen.batch.output.preflight import OutputGuard, exclusive_folder, parts_folder_name
from screen.batch.output.written_files import remove_rejects
from screen.batch.summary import Tally
from screen.diagnostics import Diagnostic, DiagnosticsError
from screen.files import Folder, is_temporary_name, raise_diagnostic

_PLAN, _STOPPED, _COMPLETE = "plan.json", "stopped", "complete.json"
_GIVEN_UP, _FINISHED = "given-up", "finished"
_OUTPUT, _REJECTS = "output", "rejects"
_PART = re.compile(r"part-\d{6,}\.(json|rows|rejects|names)")
_RECORD_KEYS = frozenset(
    {"sizes", "determinations", "source", "read", "scored", "rejected", "bytes", "codes", "counts"}
)
_BLOCK_BYTES = 1 << 20

#: Deletes what a run that is given up had written besides its table: digests by name.
Discard = Callable[[Mapping[str, str]], None]


def parts_folder(out: Path) -> Path:
    """Return the hidden folder that holds the finished parts of an output."""
    return out.parent / parts_folder_name(out.name)


def is_unfinished(out: Path) -> bool:
    """Tell whether an unfinished run to this output is kept next to it."""
    return (parts_folder(out) / _PLAN).exists()


@dataclass(frozen=True, slots=True)
class Part:
    """What a part adds to the output, to the rejects and to the known case names; its counts and determinations."""

    rows: bytes
    rejects: bytes
    id_digests: bytes
    counts: Mapping[str, Any]
    determinations: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes]:
        """Its files that are not empty, by their kind."""
        data_by_kind = {"rows": self.rows, "rejects": self.rejects, "names": self.id_digests}
        return {kind: data for kind, data in data_by_kind.items() if data}


@dataclass(frozen=True, slots=True)
class _Existing:
    """What an earlier run left. `plan` is None where it cannot be used."""

    plan: Mapping[str, Any] | None
    rejects: str
    stopped: bool
    output: list[int] | None  # identifies the complete output


class Checkpoint:
    """The finished parts of a run. Use as a context manager; they are kept when it ends.

    A run that a mistake ended before its first part leaves nothing.
    """

    def __init__(
        self,
        out: Path,
        plan: Mapping[str, Any],
        rejects: Path,
        guard: OutputGuard,
        out_format: OutputFormat,
        *,
        resume: bool = False,
        discard: Discard = lambda _: None,
    ) -> None:
        """Begin a run or continue one. With `guard.overwrite` an unfinished run that is not continued is given up.

        A run that stopped at a mistake is given up without being asked to: its sources have been mended, or else it
        would be continued. So is a run without a finished part. Raises DiagnosticsError where there is a run to
        continue and nobody asked to, where it had another plan, where a name may not be taken, or where nothing can be
        written.
        """
        self.out, self.rejects, self.out_format = out, rejects, out_format
        self.tally = Tally()
        self.is_resumed = self.is_complete = False
        self._guard, self._discard = guard, discard
        self._parts: list[Mapping[str, int]] = []  # the sizes of the files of each
        with ExitStack() as stack:
            self._parent = stack.enter_context(files.open_parent(out))
            try:
                self._folder = stack.enter_context(exclusive_folder(self._parent, parts_folder_name(out.name), out))
                self._begin(json.loads(json.dumps(plan)), resume=resume)
            except OSError as error:
                raise self._write_error(error) from None
            self._stack = stack.pop_all()

    def _begin(self, plan: dict[str, Any], *, resume: bool) -> None:
        self._parent.clear_stale()
        self._folder.clear_stale()
        existing = self._find_existing()
        try:
            self.is_resumed = existing is not None and self._should_continue(existing, plan, resume=resume)
            self.is_complete = self.is_resumed and existing is not None and existing.output is not None
            self._check_names(resume=resume)
            if not self.is_resumed:
                if existing is not None:
                    self._clear(_GIVEN_UP)
                record = {"asked": plan, "rejects": _absolute(self.rejects)}
                self._folder.write(_PLAN, json.dumps(record, indent=2).encode())
        except BaseException:
            if not self._folder.names():
                self._parent.remove_folder(parts_folder_name(self.out.name))
            raise
        self._folder.remove(_STOPPED)
        if not self.is_complete:
            self._remove(name for name in self._known_names() if not self._counts(name))
        self._folder.sync()

    # ── what an earlier run left ────────────────────────────────────────────────────────────────────────────────────

    def _find_existing(self) -> _Existing | None:
        """Return what an earlier run left, None if nothing is there. Raises DiagnosticsError where it is not ours."""
        names = [name for name in self._folder.names() if not is_temporary_name(name)]
        if not names:
            return None
        if not {_PLAN, _GIVEN_UP, _FINISHED} & {*names}:
            message = "something other than an unfinished run is in this folder."
            hint = "Nothing in it was changed. Look at it, and move it away."
            raise_diagnostic(self._folder.path, "not-ours", message, hint)
        finished = list(self._finished_parts())
        self._parts = [part["sizes"] for part in finished]
        for marker in (_GIVEN_UP, _FINISHED):
            if marker in names:  # that run ended while it was deleting
                self._clear(marker)
                return None
        for part in finished:
            self.tally.add(part)
        record, complete = self._read(_PLAN), self._read(_COMPLETE)
        plan, output = record.get("asked"), complete.get("output")
        if _COMPLETE in names and (output is None or output not in self._output_identities()):
            plan = None  # somebody has taken away the output of that run
        rejects = str(record.get("rejects"))
        return _Existing(plan if isinstance(plan, dict) else None, rejects, _STOPPED in names, output)

    def _output_identities(self) -> list[list[int] | None]:
        """Return the identity of the complete output in this folder, and of the file that has its name."""
        return [_identity(self._folder, _OUTPUT), _identity(self._parent, self.out.name)]

    def _read(self, name: str) -> dict[str, Any]:
        """Return a JSON record, an empty one where it is missing or damaged."""
        try:
            with self._folder.open(name) as file:
                record = json.loads(file.read())
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def _finished_parts(self) -> Iterator[Mapping[str, Any]]:
        """Yield the parts that count, up to the first that does not."""
        complete = _COMPLETE in self._folder.names()
        number = 1
        while (part := self._read(_part_file(number, "json"))).keys() >= _RECORD_KEYS:
            sizes = part["sizes"].items()
            if not complete and any(self._size(_part_file(number, kind)) != size for kind, size in sizes):
                return  # the disk reported a file as written that was not
            yield part
            number += 1

    def _size(self, name: str) -> int:
        status = self._folder.lstat(name)
        return status.st_size if status is not None and S_ISREG(status.st_mode) else 0

    def _counts(self, name: str) -> bool:
        """Tell whether a file belongs to the plan or to a part that counts."""
        return name == _PLAN or (
            _PART.fullmatch(name) is not None and int(name.partition(".")[0][5:]) <= len(self._parts)
        )

    def _should_continue(self, existing: _Existing, plan: Mapping[str, Any], *, resume: bool) -> bool:
        """Tell whether this run continues the earlier one; otherwise that is given up.

        Raises DiagnosticsError where neither is permitted.
        """
        differences = self._differences(existing, plan)
        if resume and existing.plan is not None and not differences:
            return True
        is_mended = existing.stopped and (not resume or set(differences) <= {"sources"})
        if self._parts and not (self._guard.overwrite or is_mended):
            self._refuse_to_begin(existing, differences, resume=resume)
        return False

    def _differences(self, existing: _Existing, plan: Mapping[str, Any]) -> list[str]:
        """Return the keys in which the plan of the earlier run differs."""
        earlier = existing.plan
        if earlier is None:
            return []
        differences = [key for key in sorted({*earlier, *plan}) if earlier.get(key) != plan.get(key)]
        have_rejects_their_name = existing.output is not None and self._folder.lstat(_REJECTS) is None
        if have_rejects_their_name and existing.rejects != _absolute(self.rejects):
            differences.append("rejects")
        return differences

    def _refuse_to_begin(self, existing: _Existing, differences: Sequence[str], *, resume: bool) -> NoReturn:
        if existing.plan is None:
            message = "what is kept of an unfinished run cannot be used."
            raise_diagnostic(self._folder.path, "unfinished-run", message, "Begin again with --overwrite.")
        if not resume:
            message = "an unfinished run to this output is kept next to it."
            hint = "Continue it with --resume, or begin again with --overwrite."
            raise_diagnostic(self._folder.path, "unfinished-run", message, hint)
        message = f"the unfinished run had other options: {', '.join(differences)}."
        raise_diagnostic(
            self._folder.path, "other-run", message, "Use the same again, or begin again with --overwrite."
        )

    def _clear(self, marker: str) -> None:
        """Delete what is kept, and the determinations of a run that is given up. The next run completes it."""
        if self._folder.lstat(marker) is None:
            self._folder.publish(_PLAN, marker)
        if marker == _GIVEN_UP:
            for number in range(1, len(self._parts) + 1):
                self._discard(self._read(_part_file(number, "json"))["determinations"])
        self._remove(name for name in self._known_names() if name != marker)
        self._folder.sync()
        self._folder.remove(marker)  # last: without a plan, nothing in the folder is known to be ours
        self._parts, self.tally = [], Tally()

    def _known_names(self) -> list[str]:
        own = {_PLAN, _STOPPED, _COMPLETE, _OUTPUT, _REJECTS, _GIVEN_UP, _FINISHED}
        return [name for name in self._folder.names() if name in own or _PART.fullmatch(name)]

    def _remove(self, names: Iterable[str]) -> None:
        for name in list(names):
            self._folder.remove(name)

    # ── while the run is going on ─────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._stack:
            if kind is not None and issubclass(kind, DiagnosticsError) and not self._parts:
                with suppress(OSError):
                    self._delete()

    def add(self, part: Part) -> None:
        """Add a part; when this returns it is on disk. Raises DiagnosticsError."""
        number = len(self._parts) + 1
        sizes = {kind: len(data) for kind, data in part.files.items()}
        record = {"sizes": sizes, "determinations": dict(part.determinations), **part.counts}
        try:
            for kind, data in part.files.items():
                self._folder.write(_part_file(number, kind), data)
            self._folder.write(_part_file(number, "json"), json.dumps(record, separators=(",", ":")).encode())
        except OSError as error:
            raise self._write_error(error) from None
        self._parts.append(sizes)
        self.tally.add(record)

    def mark_stopped(self) -> None:
        """Note that the run stopped at a mistake."""
        with suppress(OSError):  # the next run then asks what to do
            self._folder.write(_STOPPED, b"")

    def id_digests(self) -> Iterator[bytes]:
        """Yield what each part adds to the digests of case names."""
        for name in self._files("names"):
            with self._folder.open(name) as file:
                yield file.read()

    def _files(self, kind: str) -> list[str]:
        """Return the files of one kind that the parts have, in order."""
        return [_part_file(number, kind) for number, sizes in enumerate(self._parts, 1) if kind in sizes]

    # ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Give the complete output, and the rejects if there are any, their names. Raises DiagnosticsError.

        If interrupted, the run that continues does it again.
        """
        try:
            if not self.is_complete:
                self._join()
            # The rejects first: an output without them would look as if no case were missing from it.
            if self._files("rejects"):
                self._give_name(_REJECTS, self.rejects)
            else:
                self._remove_earlier_rejects()
            self._give_name(_OUTPUT, self.out)
        except OSError as error:
            raise self._write_error(error) from None
        with suppress(OSError):  # the output is complete even if the folder stays
            self._delete()

    def _join(self) -> None:
        """Join the parts, and note the identity of the output."""
        self._remove((_OUTPUT, _REJECTS, _COMPLETE))
        self._folder.write_with(_OUTPUT, self._write_output)
        if self._files("rejects"):
            self._folder.write_with(_REJECTS, lambda file: self._copy("rejects", file))
        record = {"output": _identity(self._folder, _OUTPUT)}
        self._folder.write(_COMPLETE, json.dumps(record).encode())
        self.is_complete = True

    def _write_output(self, file: BinaryIO) -> None:
        if self.out_format.name == "parquet":
            merge_parquet_parts([self._folder.path / name for name in self._files("rows")], file)
        else:
            self._copy("rows", file)

    def _copy(self, kind: str, file: BinaryIO) -> None:
        for name in self._files(kind):
            with self._folder.open(name) as part:
                while block := part.read(_BLOCK_BYTES):
                    files.write_all(file, block)

    def _give_name(self, kind: str, path: Path) -> None:
        """Give a complete file its name, unless it has it already."""
        if self._folder.lstat(kind) is None:
            return
        with files.open_parent(path) as target, files.lock(target):
            target.clear_stale()
            if files.has_same_content(self._folder, kind, target, path.name):
                self._folder.remove(kind)
            else:
                self._move(kind, target, path.name)
            target.sync()

    def _move(self, kind: str, target: Folder, name: str) -> None:
        replaced = self._guard.check(target, name, hint=_KEPT)
        try:
            files.move(self._folder, kind, target, name, instead_of=replaced)
        except FileExistsError:
            message = "a file of that name was made in the meantime."
            raise_diagnostic(target.path / name, "already-there", message, _KEPT)

    def _remove_earlier_rejects(self) -> None:
        """Delete the rejects of an output that this one replaces: they do not belong to this one."""
        if self._guard.overwrite:
            with files.open_parent(self.rejects) as target, files.lock(target):
                remove_rejects(target, self.rejects.name)

    def _check_names(self, *, resume: bool) -> None:
        """Raise DiagnosticsError where the output or the rejects may not take a name that they do not have yet."""
        detail = "" if self.is_resumed or not resume else ", and there is no unfinished run next to it to continue"
        hint = _OVERWRITE_AGAIN if self.is_resumed else "Choose another name, or say --overwrite."
        mistakes: list[Diagnostic] = []
        for kind, path in ((_OUTPUT, self.out), (_REJECTS, self.rejects)):
            if self.is_complete and self._has_its_name(kind, path):
                continue
            with files.open_parent(path) as folder:
                try:
                    self._guard.check(folder, path.name, detail=detail, hint=hint)
                except DiagnosticsError as error:
                    mistakes += error.diagnostics
        if mistakes:
            raise DiagnosticsError(mistakes)

    def _has_its_name(self, kind: str, path: Path) -> bool:
        if self._folder.lstat(kind) is None:
            return True
        with files.open_parent(path) as target:
            return files.has_same_content(self._folder, kind, target, path.name)

    def _delete(self) -> None:
        """Delete the checkpoint, while no other run may begin."""
        self._clear(_FINISHED)
        self._parent.remove_folder(parts_folder_name(self.out.name))

    def _write_error(self, error: OSError) -> DiagnosticsError:
        kept = "What is finished is kept, and --resume continues." if self._parts else "Nothing was finished."
        return files.write_error(self.out, error, kept=kept)


_KEPT = "What is finished is kept. Move that file away, or say --overwrite, and continue with --resume."
_OVERWRITE_AGAIN = "Move it away, or say --overwrite again: permission to replace a file is not kept."


def _part_file(number: int, kind: str) -> str:
    return f"part-{number:06}.{kind}"


def _absolute(path: Path) -> str:
    return str(path.absolute())


def _identity(folder: Folder, name: str) -> list[int] | None:
    """Return what identifies a file under any name, None where there is no file."""
    status = folder.lstat(name)
    return None if status is None else [status.st_ino, status.st_size, status.st_mtime_ns]

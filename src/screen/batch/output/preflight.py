"""Whether the outputs of a run may take their names: the one place where that is decided.

In: the names of an output, of its rejects and of determinations, and what was asked for. Out: the file that may be
replaced, None where a name is free, or Mistakes. It is asked early, before anything is read, and again right before a
name is taken, while no other program of ours can write there. What can be read as a case or a caseload is replaced by
nothing, and so is a source; anything else where `--overwrite` is said in this very run.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR
from typing import BinaryIO

from screen.batch.input.decompression import open_decompressed
from screen.batch.input.rejects import is_reject_line
from screen.batch.input.sources import STDIN, CaseSource
from screen.batch.output.formats import output_format
from screen.case.caseload import LOOKED_AT, may_hold_cases, name_a_case
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.files import (
    FileSnapshot,
    Folder,
    check_replaceable,
    digest,
    lock,
    open_parent,
    open_private,
    raise_diagnostic,
)

_PARQUET = b"PAR1"
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_REPORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@~-]*\.md")


@dataclass(frozen=True, slots=True)
class OutputGuard:
    """What decides whether an output may take a name.

    `facts` are the names by which a caseload is known, `sources` are never replaced, `overwrite` tells that a file may
    be which holds no case.
    """

    facts: Collection[str]
    sources: Sequence[CaseSource] = ()
    overwrite: bool = False

    def check(
        self, folder: Folder, name: str, *, more: str = "", remedy: str = "Choose another name, or say --overwrite."
    ) -> FileSnapshot | None:
        """Return the file that may be replaced, None where the name is free. Raises Mistakes, OSError.

        `more` and `remedy` go into the message about a file that may be replaced, if that were asked for.
        """
        path = folder.path / name
        if (there := folder.lstat(name)) is not None and S_ISDIR(there.st_mode):
            raise_diagnostic(path, "already-there", "this is a folder.", "Name a file in it.")
        if (seen := check_replaceable(folder, name)) is None:
            return None
        if _is_source(path, self.sources):
            found = "this is one of the sources."
            raise_diagnostic(path, "already-there", found, "Choose another name; it is not overwritten.")
        with folder.open(name) as file:
            if may_be_caseload(file, self.facts):
                found = "this may be a case file or a caseload."
                raise_diagnostic(path, "already-there", found, "Choose another name; it is not overwritten.")
        if not self.overwrite:
            raise_diagnostic(path, "already-there", f"there is a file of that name already{more}.", remedy)
        return seen


def check_outputs(out: Path, rejects: Path, guard: OutputGuard, *, resume: bool = False) -> None:
    """Raise Mistakes where the output has no format, no folder, or may not take its name: asked before all else.

    With `resume` a file that is there may be the output itself, which the run that is continued had just written; what
    it is, is decided when that run is looked at (`checkpoint`).
    """
    output_format(out.name)
    early = replace(guard, overwrite=guard.overwrite or resume)
    mistakes: list[Diagnostic] = []
    for path in (out, rejects):
        try:
            check_output(path, early)
        except DiagnosticsError as error:
            mistakes += error.diagnostics
    if not mistakes and out.resolve() == rejects.resolve():
        found = "findings and rejects would be one file."
        mistakes.append(
            Diagnostic(Location(str(rejects)), "declared-twice", found, "Choose another name for one of them.")
        )
    if mistakes:
        raise DiagnosticsError(mistakes)


def check_output(path: Path, guard: OutputGuard) -> None:
    """Raise Mistakes where an output may not take a name, or nothing can be made in its folder."""
    check_folder(path)
    with open_parent(path) as folder:
        try:
            folder.lstat(parts_folder_name(path.name))
            guard.check(folder, path.name)
        except OSError as error:
            found = f"this can be no output: {(error.strerror or 'no reason given').lower()}."
            raise_diagnostic(path, "cannot-write", found, "Choose another name or another folder.")


def check_folder(path: Path) -> None:
    """Raise Mistakes where nothing can be made in the folder of an output."""
    if not path.parent.is_dir():
        raise_diagnostic(path, "cannot-write", "its folder is not there.", "Make it first.")
    with open_parent(path) as folder:
        if not folder.is_writable():
            raise_diagnostic(path, "cannot-write", "nothing can be written into its folder.", "Choose another one.")


@contextmanager
def exclusive_folder(above: Folder, name: str, out: Path) -> Iterator[Folder]:
    """Give a hidden folder of ours in which no other run works. Raises Mistakes where one does."""
    while True:
        with ExitStack() as stack:
            folder = stack.enter_context(open_private(above, name))
            try:
                stack.enter_context(lock(folder, timeout=0))
            except DiagnosticsError as error:
                if error.diagnostics[0].code != "locked":
                    raise
                found = "another run is writing this output now."
                raise_diagnostic(out, "already-running", found, "Wait for it, or choose another name.")
            here, there = folder.lstat("."), above.lstat(name)
            if here and there and here.st_ino == there.st_ino:  # a run that ended meanwhile took its folder away
                yield folder
                return


def parts_folder_name(name: str) -> str:
    """Return the name of the hidden folder in which the finished parts of an output lie."""
    return f".{name}.rsd-parts"


# ── what a file holds ───────────────────────────────────────────────────────────────────────────────────────────────


def may_be_caseload(file: BinaryIO, facts: Collection[str], most: int = LOOKED_AT) -> bool:
    """Tell whether a file may hold cases, be it text, packed text or Parquet. What is damaged may."""
    head = _read(file.read, most)
    if head.startswith(_PARQUET):
        return _are_cases_in_parquet(file, facts)
    packed = next((form for mark, form in _PACKED.items() if head.startswith(mark)), None)
    if packed is None:
        return may_hold_cases(head, facts)
    with open_decompressed(io.BytesIO(head), packed) as stream:
        text = stream.read(most)
        return may_hold_cases(text, facts) if text else stream.broken


def _read(read: Callable[[int], bytes], most: int) -> bytes:
    data = b""
    while len(data) < most and (piece := read(most - len(data))):
        data += piece
    return data


def _are_cases_in_parquet(file: BinaryIO, facts: Collection[str]) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return name_a_case(pq.ParquetFile(file).schema_arrow.names, facts)
    except (pa.ArrowException, OSError):
        return True


def _is_source(path: Path, sources: Sequence[CaseSource]) -> bool:
    last = path.resolve().name
    for source in sources:
        for one in source.paths or (source.name,):
            # A folder may hold a million case files, so that they are told apart by their names first.
            if one != STDIN and (source.format != "case" or one.endswith(last)):
                with suppress(OSError):  # a link that leads nowhere is no file that could be lost
                    if path.samefile(one):
                        return True
    return False


# ── determinations ──────────────────────────────────────────────────────────────────────────────────────────────────


def write_report(folder: Folder, name: str, data: bytes, guard: OutputGuard) -> str:
    """Write a determination, and return its digest. Raises Mistakes where it may not take its name, OSError.

    One with the same content is left as it is: a run that was cut off had written it.
    """
    content = digest(io.BytesIO(data))
    try:
        folder.write(name, data)
    except FileExistsError:
        if not _has(folder, name, content):
            folder.write(name, data, instead_of=guard.check(folder, name))
    return content


def remove_reports(folder: Folder, written: Mapping[str, str]) -> None:
    """Delete the determinations of a run that is given up: their cases may be gone from the sources.

    `written` has the digest of each. What is not the very file that was written stays, and so does a link or a file
    that has another name too.
    """
    for name, content in written.items():
        there = folder.lstat(name) if _REPORT.fullmatch(name) else None
        if there is not None and there.st_nlink == 1 and _has(folder, name, content):
            folder.remove(name)


def remove_rejects(folder: Folder, name: str) -> None:
    """Delete the rejects of an earlier run. A file that is nothing but rejects of ours is known by its lines."""
    if _is(folder, name, _are_rejects):
        folder.remove(name)


def _has(folder: Folder, name: str, content: str) -> bool:
    """Tell whether a file of ours has the content with this digest."""
    return _is(folder, name, lambda file: digest(file) == content)


def _is(folder: Folder, name: str, test: Callable[[BinaryIO], bool]) -> bool:
    """Tell whether there is a file of ours, no link, for which this holds."""
    try:
        if check_replaceable(folder, name) is None:
            return False
        with folder.open(name) as file:
            return test(file)
    except (DiagnosticsError, OSError):
        return False


def _are_rejects(file: BinaryIO) -> bool:
    lines = _read(file.read, LOOKED_AT).split(b"\n")
    return all(is_reject_line(line) for line in lines[:-1])  # after the last line end there is nothing, or half a line

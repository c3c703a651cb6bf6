"""Whether the outputs of a run may take their names: decided here alone.

This is checked before anything is read, and again right before a name is taken, while no other process of ours can
write there. A source, and a file that can be read as a case or a caseload, is never replaced; any other file is with
`--overwrite` in this very run.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR
from typing import BinaryIO

from screen.batch.input.decompression import open_decompressed
from screen.batch.input.sources import STDIN, CaseSource
from screen.batch.output.formats import output_format
from screen.case.caseload import LOOKED_AT, may_hold_cases, name_a_case
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.files import (
    FileSnapshot,
    Folder,
    check_replaceable,
    lock,
    open_parent,
    open_private,
    raise_diagnostic,
)

_PARQUET_SIGNATURE = b"PAR1"
_COMPRESSION_SIGNATURES = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_NEVER_OVERWRITTEN = "Choose another name; it is not overwritten."


@dataclass(frozen=True, slots=True)
class OutputGuard:
    """Decides whether an output may take a name.

    `facts` are the column names by which a caseload is recognized. `sources` are never replaced. With `overwrite`, a
    file that holds no case may be.
    """

    facts: Collection[str]
    sources: Sequence[CaseSource] = ()
    overwrite: bool = False

    def check(
        self, folder: Folder, name: str, *, detail: str = "", hint: str = "Choose another name, or say --overwrite."
    ) -> FileSnapshot | None:
        """Return the file that may be replaced, None where the name is free. Raises DiagnosticsError, OSError.

        `detail` and `hint` are part of the message about a file that could be replaced with `--overwrite`.
        """
        path = folder.path / name
        if (status := folder.lstat(name)) is not None and S_ISDIR(status.st_mode):
            raise_diagnostic(path, "already-there", "this is a folder.", "Name a file in it.")
        if (replaceable := check_replaceable(folder, name)) is None:
            return None
        if _is_source(path, self.sources):
            raise_diagnostic(path, "already-there", "this is one of the sources.", _NEVER_OVERWRITTEN)
        with folder.open(name) as file:
            if may_be_caseload(file, self.facts):
                raise_diagnostic(path, "already-there", "this may be a case file or a caseload.", _NEVER_OVERWRITTEN)
        if not self.overwrite:
            raise_diagnostic(path, "already-there", f"there is a file of that name already{detail}.", hint)
        return replaceable


def check_outputs(out: Path, rejects: Path, guard: OutputGuard, *, resume: bool = False) -> None:
    """Raise DiagnosticsError where the output has no format or folder, or may not take its name.

    With `resume` an existing file may be the output itself, just written by the run that is continued: that is decided
    when the checkpoint is read.
    """
    output_format(out.name)
    early_guard = replace(guard, overwrite=guard.overwrite or resume)
    mistakes: list[Diagnostic] = []
    for path in (out, rejects):
        try:
            check_output(path, early_guard)
        except DiagnosticsError as error:
            mistakes += error.diagnostics
    if not mistakes and out.resolve() == rejects.resolve():
        message, hint = "findings and rejects would be one file.", "Choose another name for one of them."
        mistakes.append(Diagnostic(Location(str(rejects)), "declared-twice", message, hint))
    if mistakes:
        raise DiagnosticsError(mistakes)


def check_output(path: Path, guard: OutputGuard) -> None:
    """Raise DiagnosticsError where an output may not take a name, or nothing can be written in its folder."""
    check_folder(path)
    with open_parent(path) as folder:
        try:
            folder.lstat(parts_folder_name(path.name))
            guard.check(folder, path.name)
        except OSError as error:
            message = f"this cannot be an output: {(error.strerror or 'no reason given').lower()}."
            raise_diagnostic(path, "cannot-write", message, "Choose another name or another folder.")


def check_folder(path: Path) -> None:
    """Raise DiagnosticsError where nothing can be written in the folder of an output."""
    if not path.parent.is_dir():
        raise_diagnostic(path, "cannot-write", "its folder is not there.", "Make it first.")
    with open_parent(path) as folder:
        if not folder.is_writable():
            raise_diagnostic(path, "cannot-write", "nothing can be written into its folder.", "Choose another one.")


@contextmanager
def exclusive_folder(parent: Folder, name: str, out: Path) -> Iterator[Folder]:
    """Open the hidden folder of an output for this run alone. Raises DiagnosticsError where another run uses it."""
    while True:
        with ExitStack() as stack:
            folder = stack.enter_context(open_private(parent, name))
            try:
                stack.enter_context(lock(folder, timeout=0))
            except DiagnosticsError as error:
                if error.diagnostics[0].code != "locked":
                    raise
                message = "another run is writing this output now."
                raise_diagnostic(out, "already-running", message, "Wait for it, or choose another name.")
            opened, named = folder.lstat("."), parent.lstat(name)
            # A run that ended in the meantime deleted the folder that was opened: then it is made again.
            if opened and named and opened.st_ino == named.st_ino:
                yield folder
                return


def parts_folder_name(name: str) -> str:
    """Return the name of the hidden folder that holds the finished parts of an output."""
    return f".{name}.rsd-parts"


# ── what a file holds ───────────────────────────────────────────────────────────────────────────────────────────────


def may_be_caseload(file: BinaryIO, facts: Collection[str], max_bytes: int = LOOKED_AT) -> bool:
    """Tell whether a file may hold cases, be it text, compressed text or Parquet. A damaged file may."""
    head = read_up_to(file.read, max_bytes)
    if head.startswith(_PARQUET_SIGNATURE):
        return _parquet_may_hold_cases(file, facts)
    signatures = _COMPRESSION_SIGNATURES.items()
    compression = next((name for signature, name in signatures if head.startswith(signature)), None)
    if compression is None:
        return may_hold_cases(head, facts)
    with open_decompressed(io.BytesIO(head), compression) as stream:
        text = stream.read(max_bytes)
        # What was read is cut off where the file is longer; otherwise the file itself breaks off.
        is_damaged = stream.broken and (not text or len(head) < max_bytes)
        return is_damaged or may_hold_cases(text, facts)


def read_up_to(read: Callable[[int], bytes], max_bytes: int) -> bytes:
    """Return the first bytes of a file or stream."""
    data = b""
    while len(data) < max_bytes and (block := read(max_bytes - len(data))):
        data += block
    return data


def _parquet_may_hold_cases(file: BinaryIO, facts: Collection[str]) -> bool:
    import pyarrow as pa  # only where a Parquet file is in the way: the check comes before anything large is loaded
    import pyarrow.parquet as pq

    try:
        return name_a_case(pq.ParquetFile(file).schema_arrow.names, facts)
    except (pa.ArrowException, OSError):
        return True


def _is_source(path: Path, sources: Sequence[CaseSource]) -> bool:
    name = path.resolve().name
    for source in sources:
        for source_path in source.paths or (source.name,):
            # A folder may hold a million case files, so their names are compared first.
            if source_path != STDIN and (source.format != "case" or source_path.endswith(name)):
                with suppress(OSError):  # a link that leads nowhere is not a file that could be lost
                    if path.samefile(source_path):
                        return True
    return False

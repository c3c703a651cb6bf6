"""Where cases come from: folders of case files, JSON Lines, CSV and Parquet files, globs of them, standard input.

In: the names given on the command line. Out: the `CaseSource`s in a fixed order, each with a fingerprint, and opened.
Left alone: what the files hold; `chunks` cuts it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from screen.batch.input.decompression import open_decompressed
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.file_types import CASE_SUFFIXES
from screen.regular_files import MAX_BYTES, read_regular

SourceFormat = Literal["case", "jsonl", "csv", "parquet"]
#: The format of a file by its ending; `.gz` and `.zst` may follow the endings of text.
ENDINGS: dict[str, SourceFormat] = {
    **dict.fromkeys(CASE_SUFFIXES, "case"),
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
STDIN = "-"
REJECTS_SUFFIX = ".rejects.jsonl"  # of an earlier run: it holds no case
_KNOWN_ENDINGS = (
    "Known: .yaml, .json, .jsonl, .csv, .parquet, and .gz or .zst after .jsonl and .csv; or name it with --format."
)


@dataclass(frozen=True)
class CaseSource:
    """A file, the case files of a folder, or standard input."""

    name: str
    format: SourceFormat
    compression: str | None = None
    paths: tuple[str, ...] = ()

    def fingerprint(self) -> list[Any]:
        """Return what tells this source from another one, or from itself after a change."""
        if self.name == STDIN:
            return [self.name, self.format]
        digest = hashlib.sha256()
        for path, (size, modified) in zip(self.files, self.file_states, strict=True):
            digest.update(os.fsencode(path) + f"\0{size}\0{modified}\n".encode())
        return [self.name, self.format, digest.hexdigest()]

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of its files."""
        return self.paths or (self.name,)

    @property
    def size(self) -> int:
        """How many bytes there are to read; 0 where that is not known."""
        return 0 if self.name == STDIN else sum(size for size, _ in self.file_states)

    @cached_property
    def file_states(self) -> list[tuple[int, int]]:
        """The size and the time of modification of each file, as they were when first asked for."""
        return [_file_state(path) for path in self.files]


def find_sources(
    names: Iterable[str], source_format: SourceFormat | None, on_skipped: Callable[[str], object] = lambda _: None
) -> list[CaseSource]:
    """Return the sources that these names stand for, sorted within each glob and folder. Raises DiagnosticsError.

    `on_skipped` is called with each file there that is no source. Hidden files are not mentioned.
    """
    sources: list[CaseSource] = []
    mistakes: list[Diagnostic] = []
    for name in names:
        try:
            if name == STDIN:
                sources.append(_standard_input(source_format, sources))
            else:
                sources += _sources_named(name, source_format, on_skipped)
        except DiagnosticsError as error:
            mistakes += error.diagnostics
        except OSError as error:  # a folder that may not be looked into, a name that is too long
            mistakes.append(cannot_open(error.filename or name, error))
        except ValueError:  # `**cases` is no glob
            message = "this is no pattern of names."
            mistakes.append(Diagnostic(Location(name), "cannot-open", message, "Check the path."))
    if mistakes:
        raise DiagnosticsError(mistakes)
    return _join_case_files(sources)


def _standard_input(source_format: SourceFormat | None, sources: Iterable[CaseSource]) -> CaseSource:
    if any(source.name == STDIN for source in sources):
        message = "standard input is named twice, and can be read once."
        raise DiagnosticsError([Diagnostic(Location(STDIN), "declared-twice", message, "Leave one of them out.")])
    if source_format is None or source_format == "case":
        message, hint = "standard input has no ending to go by.", "Name it with --format jsonl, csv or parquet."
        raise DiagnosticsError([Diagnostic(Location(STDIN), "unknown-source-format", message, hint)])
    return CaseSource(STDIN, source_format)


def _sources_named(
    name: str, source_format: SourceFormat | None, on_skipped: Callable[[str], object]
) -> list[CaseSource]:
    paths = _matching_paths(name)
    if not paths:
        message = "there is no such file or folder."
        raise DiagnosticsError([Diagnostic(Location(name or '""'), "cannot-open", message, "Check the path.")])
    sources: list[CaseSource] = []
    for path in paths:
        if path != Path(name) and path.name.endswith(REJECTS_SUFFIX):
            on_skipped(str(path))
        elif path.is_dir():
            sources += _sources_in_folder(path, source_format, on_skipped)
        else:
            sources.append(_source_at(path, source_format))
    return sources


def _matching_paths(name: str) -> list[Path]:
    if not name:
        return []  # as an unset variable of a script leaves it; it would mean every case in the current folder
    path = Path(name)
    if path.exists():
        return [path]
    if not any(mark in name for mark in "*?["):
        return []
    anchor = Path(path.anchor) if path.anchor else Path()
    matches = sorted(anchor.glob(str(path.relative_to(path.anchor) if path.anchor else path)))
    return [match for match in matches if not _is_hidden(match, path.parts)]


def _is_hidden(path: Path, pattern: Collection[str]) -> bool:
    """Tell whether a part of a path begins with a dot that the pattern does not ask for: the rule of a shell."""
    hidden = [part for part in path.parts if part.startswith(".") and part != ".."]
    allowed = [part for part in pattern if part.startswith(".")]
    return not all(any(fnmatchcase(part, glob) for glob in allowed) for part in hidden)


def _source_at(path: Path, source_format: SourceFormat | None) -> CaseSource:
    if path.exists() and not path.is_file():
        hint = "Name `-`, with --format, and let it come through standard input."
        message = "this is a pipe or a device, and no file."
        raise DiagnosticsError([Diagnostic(Location(str(path)), "cannot-open", message, hint)])
    by_ending, compression = _format_by_ending(path.name)
    return _make_source(str(path), source_format or by_ending, compression)


def _sources_in_folder(
    path: Path, source_format: SourceFormat | None, on_skipped: Callable[[str], object]
) -> list[CaseSource]:
    """Return the sources of a folder: its case files as one source, and each table."""
    cases: list[str] = []
    tables: list[CaseSource] = []
    for file in sorted(_files_below(str(path), on_skipped)):
        by_ending, compression = _format_by_ending(file)
        if by_ending is None or source_format not in (None, by_ending) or file.endswith(REJECTS_SUFFIX):
            on_skipped(file)
        elif (source := _make_source(file, by_ending, compression)).format == "case":
            cases.append(file)
        else:
            tables.append(source)
    if not cases and not tables:
        kind = "case" if source_format in (None, "case") else f"{source_format} file"
        message = f"no {kind} is in this folder."
        raise DiagnosticsError([Diagnostic(Location(str(path)), "cannot-open", message, _KNOWN_ENDINGS)])
    return [*_case_source(str(path), cases), *tables]


def remote_sources(names: Iterable[str], url: str, source_format: SourceFormat | None) -> list[CaseSource]:
    """Return the files that were found under a URL as sources, by their endings.

    Raises DiagnosticsError for one whose ending names no format.
    """
    cases: list[str] = []
    tables: list[CaseSource] = []
    for name in sorted(names):
        by_ending, compression = _format_by_ending(name)
        source = _make_source(name, source_format or by_ending, compression)
        if source.format == "case":
            cases.append(name)
        else:
            tables.append(source)
    return [*_case_source(url, cases), *tables]


def _case_source(name: str, paths: list[str]) -> list[CaseSource]:
    return [CaseSource(name, "case", paths=tuple(paths))] if paths else []


def _make_source(name: str, source_format: SourceFormat | None, compression: str | None) -> CaseSource:
    """Return a file as a source. Raises DiagnosticsError where it cannot be known how to read it."""
    if source_format is None:
        message = "its ending names no format."
        raise DiagnosticsError([Diagnostic(Location(name), "unknown-source-format", message, _KNOWN_ENDINGS)])
    if compression and source_format in ("case", "parquet"):
        kind = "case files" if source_format == "case" else "Parquet files"
        message = f"{kind} are read as they are, and this one is packed."
        raise DiagnosticsError([Diagnostic(Location(name), "unknown-source-format", message, "Unpack it.")])
    return CaseSource(name, source_format, compression, (name,) if source_format == "case" else ())


def _format_by_ending(name: str) -> tuple[SourceFormat | None, str | None]:
    """Return the format and the compression of a file by its ending, in small letters or in capitals."""
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - a folder of case files has many
    compression = COMPRESSIONS.get(ending.lower())
    return ENDINGS.get((os.path.splitext(stem)[1] if compression else ending).lower()), compression  # noqa: PTH122


def _files_below(folder: str, on_skipped: Callable[[str], object]) -> Iterator[str]:
    """Yield the files in a folder and in those below it. Hidden files are no cases.

    A link to a folder is followed once every real folder was walked, and never into a folder that was walked already:
    folders whose links fan out would be walked twice as often at each level. A link that leads nowhere is yielded: it
    cannot be opened, and is reported then.
    """
    walked: set[tuple[int, int]] = set()
    folders, links = [folder], list[str]()
    while folders or links:
        current = (folders or links).pop()
        status = os.stat(current)  # noqa: PTH116
        if (status.st_dev, status.st_ino) in walked:
            continue
        walked.add((status.st_dev, status.st_ino))
        with os.scandir(current) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name, reverse=True)  # the first is taken from the end
        for entry in ordered:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                (links if entry.is_symlink() else folders).append(entry.path)
            elif entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists()):
                yield entry.path
            else:
                on_skipped(entry.path)  # a pipe, a device


def _join_case_files(sources: list[CaseSource]) -> list[CaseSource]:
    """Return the sources with neighbouring case files, as a glob names them, joined into one source."""
    joined: list[CaseSource] = []
    for source in sources:
        if joined and source.format == "case" == joined[-1].format:
            before = joined.pop()
            joined.append(CaseSource(before.name, "case", paths=(*before.paths, *source.paths)))
        else:
            joined.append(source)
    return joined


def open_source(source: CaseSource) -> Any:
    """Return the decompressed bytes of a source. Raises DiagnosticsError."""
    if source.name == STDIN:
        if sys.stdin is None:
            mistake = Diagnostic(Location(STDIN), "cannot-open", "standard input is closed.", "Give it something.")
            raise DiagnosticsError([mistake])
        return sys.stdin.buffer
    try:
        file = open(source.name, "rb")  # noqa: SIM115, PTH123
    except OSError as error:
        raise DiagnosticsError([cannot_open(source.name, error)]) from None
    return open_decompressed(file, source.compression) if source.compression else file


def read_case_bytes(path: str) -> bytes:
    """Return what a case file holds, one byte over the bound at most. Raises DiagnosticsError."""
    try:
        return read_regular(path, MAX_BYTES)
    except OSError as error:
        raise DiagnosticsError([cannot_open(path, error)]) from None


def cannot_open(name: str, error: OSError) -> Diagnostic:
    """Return the mistake of a file that the system does not let us read."""
    message = f"{(error.strerror or 'not readable').lower()}."
    return Diagnostic(Location(name), "cannot-open", message, "Check the path and who may read it.")


def _file_state(path: str) -> tuple[int, int]:
    """Return the size of a file and its time of modification, 0 of one that is gone: reading it reports that."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a folder of case files has many
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns

"""Where cases come from: folders of case files, JSON Lines, CSV and Parquet files, globs of them, standard input.

In: what somebody named on the command line. Out: the `Source`s in a fixed order, each with what tells it from another
of the same name, and the `Chunk`s that they are cut into, always in the same way. Left alone: what the cases say.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal

from screen.batch.input import csv_records
from screen.batch.input.csv_records import MAX_LINE_BYTES
from screen.batch.input.decompression import ByteReader, open_decompressed
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.file_types import CASE_SUFFIXES
from screen.regular_files import MAX_BYTES, read_regular

SourceFormat = Literal["case", "jsonl", "csv", "parquet"]
#: What a file is, by its ending; `.gz` and `.zst` may follow those of text.
ENDINGS: dict[str, SourceFormat] = {
    **dict.fromkeys(CASE_SUFFIXES, "case"),
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
STDIN = "-"
REJECTS_SUFFIX = ".rejects.jsonl"  # of an earlier run: no case is in it

CHUNK_BYTES = 16 * 1024 * 1024  # of text a chunk: some 15,000 to 60,000 cases, parsed in well under a second
CHUNK_ROWS = 131_072  # of a table a chunk; the kernel is at its best from 100,000 rows on
_PIECE = 256 * 1024
CHUNK_FILES = 10_000  # case files a chunk; each has its price in the kernel, however few they are


@dataclass(frozen=True)
class CaseSource:
    """One file, a folder's case files or standard input."""

    name: str
    format: SourceFormat
    compression: str | None = None
    paths: tuple[str, ...] = ()

    def fingerprint(self) -> list[Any]:
        """Return what tells this source from another one, or from itself after a change."""
        if self.name == STDIN:
            return [self.name, self.format]
        digest = hashlib.sha256()
        for path, (size, changed) in zip(self.paths or (self.name,), self.file_states, strict=True):
            digest.update(os.fsencode(path) + f"\0{size}\0{changed}\n".encode())
        return [self.name, self.format, digest.hexdigest()]

    @property
    def size(self) -> int:
        """How much there is to read; 0 where nobody can tell."""
        return 0 if self.name == STDIN else sum(size for size, _ in self.file_states)

    @cached_property
    def file_states(self) -> list[tuple[int, int]]:
        """The size of each file, and when it was changed, as they were when this was first asked."""
        return [_seen(path) for path in self.paths or (self.name,)]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a source: `first` counts its first record from 0, `line` its first line from 1.

    `data` is text that ends with a record, an Arrow table, or the paths of case files. `cut` tells that the source
    broke off after it.
    """

    source: CaseSource
    first_record: int
    line: int
    data: Any
    size: int
    truncation: str | None = None


def find_sources(
    names: Iterable[str], source_format: SourceFormat | None, on_skipped: Callable[[str], object] = lambda _: None
) -> list[CaseSource]:
    """Return what these names stand for, globs and folders opened, sorted within each. Raises Mistakes.

    `passed_over` is told of each file that stands there and is no source; those that begin with a dot are nobody's.
    """
    found: list[CaseSource] = []
    mistakes: list[Diagnostic] = []
    for name in names:
        if name == STDIN:
            if any(one.name == STDIN for one in found):
                twice = "standard input is named twice, and can be read once."
                mistakes.append(Diagnostic(Location(STDIN), "declared-twice", twice, "Leave one of them out."))
            elif source_format is None or source_format == "case":
                remedy = "Name it with --format jsonl, csv or parquet."
                mistakes.append(
                    Diagnostic(Location("-"), "unknown-source-format", "standard input has no ending to go by.", remedy)
                )
            else:
                found.append(CaseSource(STDIN, source_format))
            continue
        try:
            paths = []
            for path in (matching := _matching(name)):
                if path != Path(name) and path.name.endswith(REJECTS_SUFFIX):
                    on_skipped(str(path))
                else:
                    paths.append(path)
            if not matching:
                told = "there is no such file or folder."
                mistakes.append(Diagnostic(Location(name or '""'), "cannot-open", told, "Check the path."))
            for path in paths:
                found += _opened(path, source_format, on_skipped)
        except DiagnosticsError as error:
            mistakes += error.diagnostics
        except OSError as error:  # a folder that may not be looked into, a name that is too long
            mistakes.append(_cannot_open(error.filename or name, error))
        except ValueError:  # `**cases` is no glob
            mistakes.append(
                Diagnostic(Location(name), "cannot-open", "this is no pattern of names.", "Check the path.")
            )
    if mistakes:
        raise DiagnosticsError(mistakes)
    return _case_files_together(found)


def _seen(path: str) -> tuple[int, int]:
    """Return the size of a file and when it was changed; 0 of one that is gone: it is told where it is read."""
    try:
        seen = os.stat(path)  # noqa: PTH116 - a folder of case files has many
    except OSError:
        return 0, 0
    return seen.st_size, seen.st_mtime_ns


def _cannot_open(name: str, error: OSError) -> Diagnostic:
    found = f"{(error.strerror or 'not readable').lower()}."
    return Diagnostic(Location(name), "cannot-open", found, "Check the path and who may read it.")


def _matching(name: str) -> list[Path]:
    if not name:
        return []  # as an unset variable of a script leaves it; it would mean every case that lies here
    path = Path(name)
    if path.exists():
        return [path]
    if not any(mark in name for mark in "*?["):
        return []
    anchor = Path(path.anchor) if path.anchor else Path()
    found = sorted(anchor.glob(str(path.relative_to(path.anchor) if path.anchor else path)))
    return [one for one in found if not _is_hidden(one, path.parts)]


def _is_hidden(path: Path, pattern: Collection[str]) -> bool:
    """Tell whether a path has a part that begins with a dot, and the pattern none that says so: as a shell has it."""
    hidden = [part for part in path.parts if part.startswith(".") and part != ".."]
    said = [part for part in pattern if part.startswith(".")]
    return not all(any(fnmatchcase(part, one) for one in said) for part in hidden)


def _opened(path: Path, form: SourceFormat | None, passed_over: Callable[[str], object]) -> list[CaseSource]:
    if path.is_dir():
        return _in_folder(path, form, passed_over)
    if path.exists() and not path.is_file():
        remedy = "Name `-`, with --format, and let it come through standard input."
        raise DiagnosticsError(
            [Diagnostic(Location(str(path)), "cannot-open", "this is a pipe or a device, and no file.", remedy)]
        )
    kind, packed = _ending(path.name)
    return [_source(str(path), form or kind, packed)]


def _in_folder(path: Path, form: SourceFormat | None, passed_over: Callable[[str], object]) -> list[CaseSource]:
    """Return the sources of a folder: its case files as one, and each table."""
    cases: list[str] = []
    tables: list[CaseSource] = []
    for one in sorted(_files_below(str(path), passed_over)):
        kind, packed = _ending(one)
        if kind is None or form not in (None, kind) or one.endswith(REJECTS_SUFFIX):
            passed_over(one)
        elif (source := _source(one, kind, packed)).format == "case":
            cases.append(one)
        else:
            tables.append(source)
    if not cases and not tables:
        found = f"no {'case' if form in (None, 'case') else form + ' file'} is in this folder."
        raise DiagnosticsError([Diagnostic(Location(str(path)), "cannot-open", found, _KNOWN)])
    return [*([CaseSource(str(path), "case", paths=tuple(cases))] if cases else []), *tables]


def _source(name: str, kind: SourceFormat | None, packed: str | None) -> CaseSource:
    """Return a file as a source. Raises Mistakes where nobody can tell how to read it."""
    if kind is None:
        raise DiagnosticsError(
            [Diagnostic(Location(name), "unknown-source-format", "its ending names no format.", _KNOWN)]
        )
    if packed and kind in ("case", "parquet"):
        found = f"{'case files' if kind == 'case' else 'Parquet files'} are read as they are, and this one is packed."
        raise DiagnosticsError([Diagnostic(Location(name), "unknown-source-format", found, "Unpack it.")])
    return CaseSource(name, kind, paths=(name,)) if kind == "case" else CaseSource(name, kind, packed)


_KNOWN = "Known: .yaml, .json, .jsonl, .csv, .parquet, and .gz or .zst after .jsonl and .csv; or name it with --format."


def _ending(name: str) -> tuple[SourceFormat | None, str | None]:
    """Return what a file is by its ending, in small letters or in capitals, and how it is packed."""
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - a folder of case files has many
    packed = COMPRESSIONS.get(ending.lower())
    return ENDINGS.get((os.path.splitext(stem)[1] if packed else ending).lower()), packed  # noqa: PTH122


def _files_below(folder: str, passed_over: Callable[[str], object]) -> Iterator[str]:
    """Yield the files of a folder and of those below it; what begins with a dot is nobody's case.

    A link to a folder is followed once every real folder was walked, and into none that was walked already: folders
    whose links fan out would be walked twice as often a level. A link that leads nowhere is yielded, since it cannot be
    opened and is told then.
    """
    walked: set[tuple[int, int]] = set()
    folders, links = [folder], list[str]()
    while folders or links:
        here = (folders or links).pop()
        seen = os.stat(here)  # noqa: PTH116
        if (seen.st_dev, seen.st_ino) in walked:
            continue
        walked.add((seen.st_dev, seen.st_ino))
        with os.scandir(here) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name, reverse=True)  # the first is taken from the end
        for entry in ordered:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                (links if entry.is_symlink() else folders).append(entry.path)
            elif entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists()):
                yield entry.path
            else:
                passed_over(entry.path)  # a pipe, a device


def _case_files_together(sources: list[CaseSource]) -> list[CaseSource]:
    """Return the sources with case files that were named one by one, as a glob does, joined into one source."""
    joined: list[CaseSource] = []
    for one in sources:
        if joined and one.format == "case" == joined[-1].format:
            before = joined.pop()
            joined.append(CaseSource(before.name, "case", paths=(*before.paths, *one.paths)))
        else:
            joined.append(one)
    return joined


# ── cutting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_chunks(
    source: CaseSource, is_wanted: Callable[[int], bool], dictionary_columns: Collection[str] = ()
) -> Iterator[Chunk]:
    """Yield a source cut into chunks, always the same; those that are not wanted may come without data.

    `words` are the columns that hold few different words: Parquet keeps those as numbers, and so they are read.
    """
    match source.format:
        case "case":
            for first in range(0, len(source.paths), CHUNK_FILES):
                paths = source.paths[first : first + CHUNK_FILES]
                yield Chunk(
                    source, first, 1, paths, sum(size for size, _ in source.file_states[first : first + CHUNK_FILES])
                )
        case "parquet":
            yield from _tables(source, is_wanted, dictionary_columns)
        case _:
            yield from text_chunks(source)


def read_column_names(source: CaseSource) -> list[str] | None:
    """Return the names of the columns of a table of text or of Parquet, None where they stand in each record.

    Raises Mistakes for a file that cannot be opened, or is not what it is taken for.
    """
    import pyarrow.parquet as pq

    if source.name == STDIN or source.format == "case":
        return None
    with _stream(source) as stream:
        if source.format == "parquet":
            with _as_parquet(source):
                return list(pq.ParquetFile(stream).schema_arrow.names)
        text, end = b"", 0
        while piece := _block(source, stream, _PIECE):
            text += piece
            if source.format == "jsonl":
                return None  # it can be had
            if (end := csv_records.end_of_header(text)) < len(text) or len(text) > MAX_LINE_BYTES:
                break
        if getattr(stream, "broken", False) and end == len(text):
            raise DiagnosticsError([_broken(source)])
        return None if source.format == "jsonl" else csv_records.parse_header(text[:end], source.name)


def _broken(source: CaseSource) -> Diagnostic:
    if source.compression:
        found, remedy = (
            f"this could not be unpacked as {source.compression}.",
            "Pack it again, or name it by what it is.",
        )
    else:
        found, remedy = "this is no Parquet file, or a part of it is damaged or missing.", "Write it again."
    return Diagnostic(Location(source.name), "broken-source", found, remedy)


@contextmanager
def _as_parquet(source: CaseSource) -> Iterator[None]:
    """Turn what Arrow raises over a file into a mistake: it checks a footer as far as it needs, and no name in it."""
    import pyarrow as pa

    try:
        yield
    except UnicodeDecodeError:
        found = "the name of a column is no UTF-8 text."
        raise DiagnosticsError([Diagnostic(Location(source.name), "broken-source", found, "Write it again.")]) from None
    except (pa.ArrowException, OSError):
        raise DiagnosticsError([_broken(source)]) from None


def describe_parquet_types(source: CaseSource) -> str:
    """Return the columns of a Parquet file with their types, as words that are the same for files that are alike."""
    import pyarrow.parquet as pq

    with _stream(source) as stream, _as_parquet(source):
        return str(pq.ParquetFile(stream).schema)


def _tables(source: CaseSource, wanted: Callable[[int], bool], words: Collection[str]) -> Iterator[Chunk]:
    import pyarrow as pa

    with suppress(NotImplementedError):  # there is none on Windows; other pools give memory back in the same breath
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    with _stream(source) as stream, _as_parquet(source):
        yield from _row_groups(source, stream, wanted, words)


def _row_groups(
    source: CaseSource, stream: BinaryIO, wanted: Callable[[int], bool], words: Collection[str]
) -> Iterator[Chunk]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Standard input cannot be sought in, and a Parquet file is read from its end.
    bytes_ = pa.BufferReader(stream.read()) if source.name == STDIN else stream
    file = pq.ParquetFile(bytes_)
    file = pq.ParquetFile(bytes_, metadata=file.metadata, read_dictionary=_as_numbers(file.schema, words))
    whole = max(1, sum(file.metadata.row_group(index).total_byte_size for index in range(file.num_row_groups)))
    rows = max(1, file.metadata.num_rows)
    first = number = 0
    for group in range(file.num_row_groups):
        inside = file.metadata.row_group(group).num_rows
        parts = -(-inside // CHUNK_ROWS)
        if not any(wanted(number + part) for part in range(parts)):
            for part in range(parts):
                taken = min(CHUNK_ROWS, inside - part * CHUNK_ROWS)
                yield Chunk(source, first, 1, None, taken * whole // rows)
                first, number = first + taken, number + 1
            continue
        held: list[Any] = []
        for batch in file.iter_batches(CHUNK_ROWS, row_groups=[group], use_threads=True):
            held.append(batch)
            waiting = sum(one.num_rows for one in held)
            while waiting >= CHUNK_ROWS:
                table = pa.Table.from_batches(held)
                yield Chunk(source, first, 1, table.slice(0, CHUNK_ROWS), CHUNK_ROWS * whole // rows)
                first, waiting = first + CHUNK_ROWS, waiting - CHUNK_ROWS
                held = table.slice(CHUNK_ROWS).to_batches() if waiting else []
        if held and (rest := pa.Table.from_batches(held)).num_rows:
            yield Chunk(source, first, 1, rest, rest.num_rows * whole // rows)
            first += rest.num_rows
        number += parts


def _as_numbers(schema: Any, words: Collection[str]) -> list[str]:
    """Return the columns of a Parquet file whose words are to be read as the numbers that stand for them."""
    every = (schema.column(index) for index in range(len(schema)))
    texts = [one for one in every if one.logical_type.type == "STRING"]
    inside = {one.path: one.path.partition(".")[0] for one in texts if one.name != one.path}  # `fact.list.element`
    return [one.path for one in texts if inside.get(one.path, one.path) in words]


def text_chunks(source: CaseSource, stream: ByteReader | None = None) -> Iterator[Chunk]:
    """Yield text cut after whole records; in CSV a line end inside quotation marks ends no record.

    `stream` is the text where somebody else has opened the source.
    """
    first, line, rest, header = 0, 1, b"", b""
    csv = source.format == "csv"
    with stream or _stream(source) as stream:
        while True:
            block = _block(source, stream)
            cut = "the packed file breaks off here." if not block and getattr(stream, "broken", False) else None
            text = rest + block
            if not text and not cut:
                return
            if block or cut:
                end = csv_records.end_of_last_record(text) if csv else text.rfind(b"\n") + 1
            else:
                end = len(text)
            if block and (end == 0 or (csv and not header and csv_records.is_separator_line(text[:end]))):
                if len(text) < MAX_LINE_BYTES:
                    rest = text
                    continue
                end = text.rfind(b"\n") + 1  # a mark that is never closed: `reading` goes on at the next line
                if end == 0:
                    text = csv_records.TOO_LONG_MARKER + _after_line(source, stream)
                    end = len(csv_records.TOO_LONG_MARKER)
            data, rest = text[:end], text[end:]
            if csv:
                if not header:
                    header = data[: csv_records.end_of_header(data)]
                    data = data[len(header) :]
                    line = header.count(b"\n") + 1
                yield Chunk(source, first, line, (bytes(header), bytes(data)), end, cut)
            else:
                yield Chunk(source, first, line, bytes(data), end, cut)
            lines = data.count(b"\n")
            first, line = first + lines, line + lines
            if not block:
                return


def _block(source: CaseSource, stream: ByteReader, size: int | None = None) -> bytes:
    """Return the next stretch of text, nothing at the end. Raises Mistakes where the disk gives no more."""
    try:
        return stream.read(size or CHUNK_BYTES)
    except OSError as error:
        raise DiagnosticsError([_cannot_open(source.name, error)]) from None


def _after_line(source: CaseSource, stream: ByteReader) -> bytes:
    """Return what was read after the end of the line that goes on here."""
    while block := _block(source, stream):
        if (end := block.find(b"\n") + 1) > 0:
            return block[end:]
    return b""


def _stream(source: CaseSource) -> Any:
    """Return the bytes of a source as they are without packing. Raises Mistakes."""
    if source.name == STDIN:
        if sys.stdin is None:
            raise DiagnosticsError(
                [Diagnostic(Location(STDIN), "cannot-open", "standard input is closed.", "Give it something.")]
            )
        return sys.stdin.buffer
    try:
        file = open(source.name, "rb")  # noqa: SIM115, PTH123
    except OSError as error:
        raise DiagnosticsError([_cannot_open(source.name, error)]) from None
    return open_decompressed(file, source.compression) if source.compression else file


def read_case_bytes(path: str) -> bytes:
    """Return what a case file holds, one byte over the bound at most. Raises Mistakes."""
    try:
        return read_regular(path, MAX_BYTES)
    except OSError as error:
        raise DiagnosticsError([_cannot_open(path, error)]) from None


def remote_sources(names: Iterable[str], whole: str, form: SourceFormat | None) -> list[CaseSource]:
    """Return files that are not on this machine as sources, by their endings; `whole` is what they were found by.

    Raises Mistakes for one whose ending names no format.
    """
    cases: list[str] = []
    tables: list[CaseSource] = []
    for name in sorted(names):
        kind, packed = _ending(name)
        source = _source(name, form or kind, packed)
        if source.format == "case":
            cases.append(name)
        else:
            tables.append(source)
    return [*([CaseSource(whole, "case", paths=tuple(cases))] if cases else []), *tables]

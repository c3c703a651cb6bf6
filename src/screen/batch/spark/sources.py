"""What Spark reads: lines of text, rows of Parquet and whole files, each with its file and its stretch of the file.

In: the sources of a run. Out: groups of files that are read alike, each as a data frame of Spark with the task of a
worker. Left alone: what the records say. Spark itself parses no text and types no cell: it makes null of what does not
fit, drops what nobody named, and quotes the record that it failed on.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.chunks import describe_parquet_types, read_column_names
from screen.batch.input.sources import CaseSource, SourceFormat, find_sources, remote_sources
from screen.batch.spark.arrow_batches import decode_path
from screen.batch.spark.worker import SourceFile, WorkerTask
from screen.diagnostics import Diagnostic, DiagnosticsError, Location

MAX_COMPRESSED_BYTES = 256 * 1024 * 1024  # a worker holds a compressed file as a whole while it reads it
_URL = re.compile("^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_GLOB_CHARACTER = re.compile(r"([\\*?\[\]{}])")
#: Settings of Spark under which it cuts no file.
_UNCUT = {"spark.sql.files.maxPartitionBytes": 1 << 40, "spark.sql.files.openCostInBytes": 1 << 40}
#: Settings for many small files: Spark takes opening a file to cost as much as reading four megabytes.
_SMALL_FILES = {"spark.sql.files.openCostInBytes": 64 * 1024}


def is_url(name: str) -> bool:
    """Tell whether this is a URL, which Spark opens, and not a path of this machine."""
    return _URL.match(name) is not None


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Files that are read alike: their data frame, the task of a worker, and the settings of Spark to read them with.

    `file_records` are the files of which each is a record, even one that is empty.
    """

    rows: DataFrame
    task: Callable[..., Any]
    settings: Mapping[str, int] = field(default_factory=dict)
    file_records: tuple[str, ...] = ()


def find_spark_sources(
    spark: SparkSession, names: Iterable[str], source_format: SourceFormat | None
) -> list[CaseSource]:
    """Return the sources that these paths and globs of this machine, and URLs, stand for. Raises DiagnosticsError."""
    sources: list[CaseSource] = []
    for are_urls, group in groupby(names, is_url):
        if are_urls:
            for url in group:
                sources += remote_sources(map(decode_path, _list_url(spark, url)), url, source_format)
        else:
            sources += find_sources(group, source_format)
    return sources


def _list_url(spark: SparkSession, url: str) -> list[str]:
    """Return the files below a URL, as Spark names them. Raises DiagnosticsError where there are none."""
    paths: list[str] = []
    with suppress(AnalysisException):  # a path that is not there, or a filesystem that Spark does not know
        paths = [row.file_path for row in _read(spark, "binaryFile", [url]).select("_metadata.file_path").collect()]
    if not paths:
        message, hint = "Spark finds no file or folder there.", "Check the URL, and what Spark knows of it."
        raise DiagnosticsError([Diagnostic(Location(url), "cannot-open", message, hint)])
    return paths


def index_files(sources: Iterable[CaseSource], make_absolute: Callable[[str], str]) -> dict[str, SourceFile]:
    """Return the files of sources in their order, by the paths that Spark gives them.

    Raises DiagnosticsError for a file that is named twice.
    """
    files: dict[str, SourceFile] = {}
    for source in sources:
        for row, name in enumerate(source.files, 1):
            path = decode_path(name) if is_url(name) else make_absolute(name)
            if path in files:
                message, hint = "this file is named twice, and Spark reads it once.", "Name it once."
                raise DiagnosticsError([Diagnostic(Location(name), "declared-twice", message, hint)])
            files[path] = SourceFile(len(files), source, row if source.format == "case" else 0)
    return files


def group_sources(spark: SparkSession, task: WorkerTask, reader: ChunkReader) -> Iterator[SourceGroup]:
    """Yield the groups of files to be read. Raises DiagnosticsError for a source that cannot be used as it is."""
    tables = [file.source for file in task.files.values() if file.source.format != "case"]
    local = (source for source in tables if not is_url(source.name))
    if wrong := [mistake for source in local for mistake in reader.check_columns(source)]:
        raise DiagnosticsError(wrong)
    paths_by_kind: dict[str, list[str]] = {}
    for path, file in task.files.items():
        kind: str = "compressed" if file.source.compression else file.source.format
        paths_by_kind.setdefault(kind, []).append(path)
    for kind, paths in paths_by_kind.items():
        match kind:
            case "jsonl":
                yield SourceGroup(_read_lines(spark, paths), task.read_lines)
            case "csv":
                yield _csv_group(spark, task, paths)
            case "compressed":
                _require_small_files(spark, paths)
                yield SourceGroup(_read_whole_files(spark, paths), task.read_compressed, _UNCUT)
            case "case":
                yield SourceGroup(_read_whole_files(spark, paths), task.read_case_files, _SMALL_FILES, tuple(paths))
            case _:
                yield from _parquet_groups(spark, task, paths)


def _read(spark: SparkSession, kind: str, paths: list[str], **options: str) -> DataFrame:
    """Return files as Spark reads them. The names of folders become no columns: nobody answered what stands there."""
    return spark.read.format(kind).options(recursiveFileLookup="true", **options).load(paths)


def _read_exactly(spark: SparkSession, kind: str, paths: list[str], **options: str) -> DataFrame:
    """Return these very files. Raises DiagnosticsError where Spark would leave one out, which it does in silence."""
    escaped = [_GLOB_CHARACTER.sub(r"\\\1", path) for path in paths]
    rows = _read(spark, kind, [path if is_url(path) else f"file:{path}" for path in escaped], **options)
    left_out = sorted(set(paths) - set(map(decode_path, rows.inputFiles())))
    if left_out:
        message, hint = "Spark leaves this file aside.", "Give it a name that begins with neither `_` nor `.`."
        raise DiagnosticsError([Diagnostic(Location(path), "cannot-open", message, hint) for path in left_out])
    return rows


def _read_lines(spark: SparkSession, paths: list[str]) -> DataFrame:
    # A line ends where it ends without Spark, and its bytes stay as they are: broken text is rejected, not repaired.
    text = F.concat(F.col("value").cast("binary"), F.lit(b"\n")).alias("text")
    return _read_exactly(spark, "text", paths, lineSep="\n").select(*_path_and_start(), text)


def _path_and_start() -> tuple[Any, Any]:
    return F.col("_metadata.file_path").alias("path"), F.col("_metadata.file_block_start").alias("start")


def _csv_group(spark: SparkSession, task: WorkerTask, paths: list[str]) -> SourceGroup:
    """Return CSV files, which Spark may cut only where no record goes on after the end of a line."""
    lines = _read_lines(spark, paths)
    quotes = F.length(F.regexp_replace(F.decode("text", "ISO-8859-1"), '[^"]', ""))
    if lines.where(quotes % 2 == 1).limit(1).count():
        return SourceGroup(lines, task.read_lines, _UNCUT)
    headers = {path: _csv_header(spark, task.files[path].source, path) for path in paths}
    return SourceGroup(lines, replace(task, headers=headers).read_lines)


def _csv_header(spark: SparkSession, source: CaseSource, path: str) -> bytes:
    if is_url(path):
        return b"".join(bytes(row.text) for row in _read_lines(spark, [path]).limit(1).collect())
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(read_column_names(source) or [])
    return text.getvalue().encode()


def _read_whole_files(spark: SparkSession, paths: list[str]) -> DataFrame:
    path, _ = _path_and_start()
    return _read_exactly(spark, "binaryFile", paths).select(path, "content")


def _require_small_files(spark: SparkSession, paths: list[str]) -> None:
    """Raise DiagnosticsError for a compressed file that is too large for a worker: Spark cannot cut it."""
    files = _read_exactly(spark, "binaryFile", paths)
    large = files.where(f"length > {MAX_COMPRESSED_BYTES}").select("_metadata.file_path").collect()
    if large:
        message = f"a packed file of more than {MAX_COMPRESSED_BYTES >> 20} MB cannot be cut for several workers."
        hint = "Unpack it, or pack it in several pieces."
        raise DiagnosticsError(
            [Diagnostic(Location(decode_path(row.file_path)), "not-in-spark", message, hint) for row in large]
        )


def _parquet_groups(spark: SparkSession, task: WorkerTask, paths: list[str]) -> Iterator[SourceGroup]:
    """Yield Parquet files, those of the same columns and types together: Spark would give all one type."""
    paths_by_types: dict[str, list[str]] = {}
    for path in paths:
        types = path.rpartition("/")[0] if is_url(path) else describe_parquet_types(task.files[path].source)
        paths_by_types.setdefault(types, []).append(path)
    for alike in paths_by_types.values():
        rows = _read_exactly(spark, "parquet", alike)
        names = tuple(name for name in rows.columns if name not in task.ignored_columns)
        # In backquotes: a name with a dot in it would be taken for a field within a field.
        cells = [F.col(f"`{name.replace('`', '``')}`").alias(f"c{number}") for number, name in enumerate(names)]
        yield SourceGroup(rows.select(*_path_and_start(), *cells), partial(task.read_rows, names=names))

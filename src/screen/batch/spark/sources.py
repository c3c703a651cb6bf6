"""What Spark reads: lines of text, rows of Parquet and whole files, with the file and the stretch that each is from.

In: the sources of a run. Out: groups of files that are read alike, each as a table of Spark's with what a worker is to
do with it. Left alone: what the records say. Spark itself parses no text and types no cell: it makes null of what does
not fit, drops what nobody named, and quotes the record that it failed on.
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
from typing import TYPE_CHECKING, Any

from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.sources import (
    CaseSource,
    SourceFormat,
    describe_parquet_types,
    find_sources,
    read_column_names,
    remote_sources,
)
from screen.batch.spark.arrow_batches import decode_path
from screen.batch.spark.worker import SourceFile, WorkerTask
from screen.diagnostics import Diagnostic, DiagnosticsError, Location

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PACKED_MOST = 256 * 1024 * 1024  # one worker unpacks a file whole, and holds it meanwhile
_URL = re.compile("^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_GLOB = re.compile(r"([\\*?\[\]{}])")
_ONE_PIECE = {"spark.sql.files.maxPartitionBytes": 1 << 40, "spark.sql.files.openCostInBytes": 1 << 40}
_SMALL = {"spark.sql.files.openCostInBytes": 64 * 1024}  # Spark takes opening a file for reading four megabytes


def is_url(name: str) -> bool:
    """Tell whether this names something by a URL, which Spark opens, and not a path of this machine."""
    return _URL.match(name) is not None


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Files that are read alike: as a table of Spark's, by settings of its own, and what a worker makes of its rows."""

    cases: DataFrame
    task: Callable[..., Any]
    settings: Mapping[str, int] = field(default_factory=dict)
    file_records: tuple[str, ...] = ()  # the files of which each is a record, even one that holds nothing


def find_spark_sources(spark: SparkSession, names: Iterable[str], form: SourceFormat | None) -> list[CaseSource]:
    """Return what these names stand for: paths and globs of this machine, and URLs. Raises Mistakes."""
    found: list[CaseSource] = []
    for url, several in groupby(names, is_url):
        if not url:
            found += find_sources(several, form)
            continue
        for name in several:
            found += remote_sources(map(decode_path, _found(spark, name)), name, form)
    return found


def _found(spark: SparkSession, url: str) -> list[str]:
    """Return the files below a URL, as Spark tells them. Raises Mistakes where there are none."""
    from pyspark.errors import AnalysisException

    paths: list[str] = []
    with suppress(AnalysisException):  # a path that is not there, or a filesystem that Spark does not know
        paths = [row.file_path for row in _read(spark, "binaryFile", [url]).select("_metadata.file_path").collect()]
    if not paths:
        found = "Spark finds no file or folder there."
        raise DiagnosticsError(
            [Diagnostic(Location(url), "cannot-open", found, "Check the URL, and what Spark knows of it.")]
        )
    return paths


def index_files(sources: Iterable[CaseSource], absolute: Callable[[str], str]) -> dict[str, SourceFile]:
    """Return the files of sources, in their order, by the paths that Spark tells. Raises Mistakes for a second one."""
    files: dict[str, SourceFile] = {}
    for source in sources:
        for row, name in enumerate(source.paths or (source.name,), 1):
            path = decode_path(name) if is_url(name) else absolute(name)
            if path in files:
                found, remedy = "this file is named twice, and Spark reads it once.", "Name it once."
                raise DiagnosticsError([Diagnostic(Location(name), "declared-twice", found, remedy)])
            files[path] = SourceFile(len(files), source, row if source.format == "case" else 0)
    return files


def group_sources(spark: SparkSession, work: WorkerTask, reader: ChunkReader) -> Iterator[SourceGroup]:
    """Yield what is to be read. Raises Mistakes for a source that cannot be used as it is."""
    known = [file.source for file in work.files.values() if file.source.format != "case"]
    if wrong := [mistake for one in known if not is_url(one.name) for mistake in reader.check_columns(one)]:
        raise DiagnosticsError(wrong)
    by_kind: dict[str, list[str]] = {}
    for path, file in work.files.items():
        by_kind.setdefault("packed" if file.source.compression else file.source.format, []).append(path)
    for kind, paths in by_kind.items():
        match kind:
            case "jsonl":
                yield SourceGroup(_lines(spark, paths), work.read_lines)
            case "csv":
                yield _csv(spark, work, paths)
            case "packed":
                _small_enough(spark, paths)
                yield SourceGroup(_whole(spark, paths), work.read_compressed, _ONE_PIECE)
            case "case":
                yield SourceGroup(_whole(spark, paths), work.read_case_files, _SMALL, tuple(paths))
            case _:
                yield from _parquet(spark, work, paths)


def _read(spark: SparkSession, kind: str, paths: list[str], **options: str) -> DataFrame:
    """Return files as Spark reads them. Folders' names are no columns: nobody answered what stands there."""
    return spark.read.format(kind).options(recursiveFileLookup="true", **options).load(paths)


def _files(spark: SparkSession, kind: str, paths: list[str], **options: str) -> DataFrame:
    """Return these very files. Raises Mistakes where Spark would leave one aside, which it does without a word."""
    exact = [_GLOB.sub(r"\\\1", path) for path in paths]
    read = _read(spark, kind, [path if is_url(path) else f"file:{path}" for path in exact], **options)
    left = sorted(set(paths) - set(map(decode_path, read.inputFiles())))
    if left:
        found, remedy = "Spark leaves this file aside.", "Give it a name that begins with neither `_` nor `.`."
        raise DiagnosticsError([Diagnostic(Location(path), "cannot-open", found, remedy) for path in left])
    return read


def _lines(spark: SparkSession, paths: list[str]) -> DataFrame:
    from pyspark.sql import functions as to

    # A line ends where it ends on one machine; its bytes stay as they are, so that broken text is told and not mended.
    text = to.concat(to.col("value").cast("binary"), to.lit(b"\n")).alias("text")
    return _files(spark, "text", paths, lineSep="\n").select(
        to.col("_metadata.file_path").alias("path"), to.col("_metadata.file_block_start").alias("start"), text
    )


def _csv(spark: SparkSession, work: WorkerTask, paths: list[str]) -> SourceGroup:
    """Return CSV files, cut into stretches only where no record goes on after the end of a line."""
    from pyspark.sql import functions as to

    lines = _lines(spark, paths)
    marks = to.length(to.regexp_replace(to.decode("text", "ISO-8859-1"), '[^"]', ""))
    if lines.where(marks % 2 == 1).limit(1).count():
        return SourceGroup(lines, work.read_lines, _ONE_PIECE)
    headers = {path: _header(spark, work.files[path].source, path) for path in paths}
    return SourceGroup(lines, replace(work, headers=headers).read_lines)


def _header(spark: SparkSession, source: CaseSource, path: str) -> bytes:
    if is_url(path):
        return b"".join(bytes(row.text) for row in _lines(spark, [path]).limit(1).collect())
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(read_column_names(source) or [])
    return text.getvalue().encode()


def _whole(spark: SparkSession, paths: list[str]) -> DataFrame:
    from pyspark.sql import functions as to

    return _files(spark, "binaryFile", paths).select(to.col("_metadata.file_path").alias("path"), "content")


def _small_enough(spark: SparkSession, paths: list[str]) -> None:
    sizes = _files(spark, "binaryFile", paths).where(f"length > {PACKED_MOST}").select("_metadata.file_path").collect()
    if sizes:
        found = f"a packed file of more than {PACKED_MOST >> 20} MB cannot be cut for several workers."
        remedy = "Unpack it, or pack it in several pieces."
        raise DiagnosticsError(
            [Diagnostic(Location(decode_path(row.file_path)), "not-in-spark", found, remedy) for row in sizes]
        )


def _parquet(spark: SparkSession, work: WorkerTask, paths: list[str]) -> Iterator[SourceGroup]:
    """Yield Parquet files, those of the same columns and types together: Spark would have one type for all."""
    from pyspark.sql import functions as to

    by_types: dict[str, list[str]] = {}
    for path in paths:
        key = path.rpartition("/")[0] if is_url(path) else describe_parquet_types(work.files[path].source)
        by_types.setdefault(key, []).append(path)
    for several in by_types.values():
        rows = _files(spark, "parquet", several)
        names = tuple(name for name in rows.columns if name not in work.ignored_columns)
        # A name with a dot in it would be taken for a field within a field.
        cells = [to.col(f"`{name.replace('`', '``')}`").alias(f"c{at}") for at, name in enumerate(names)]
        at = (to.col("_metadata.file_path").alias("path"), to.col("_metadata.file_block_start").alias("start"))
        yield SourceGroup(rows.select(*at, *cells), partial(work.read_rows, names=names))

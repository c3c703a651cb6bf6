"""A run inside Apache Spark, for caseloads that one machine cannot hold.

In: what Spark reads and a rule book. Out: what Spark writes, the rejects, and the same `RunSummary` as that of a run
without Spark. Workers make pieces of the records (`spark.worker`), once; the pieces are small, and kept on the disks of
the cluster. Then the names of all pieces are compared, and the findings are unpacked and written. Left alone: how
sources are opened (`spark.sources`), files of this machine.

What Spark logs and raises may quote a record. So its log is off, and its messages are left out of what is raised here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext, StorageLevel
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.rejects import Reject, reject_from_json, to_json_lines
from screen.batch.input.sources import CaseSource
from screen.batch.output.formats import OutputFormat
from screen.batch.spark.sources import SourceGroup, group_sources, index_files
from screen.batch.spark.worker import (
    FILE_SCHEMA,
    KEY_FIELDS,
    NAME_SCHEMA,
    PIECE_SCHEMA,
    SUMMARY_SCHEMA,
    WorkerTask,
    end_of_file,
)
from screen.batch.summary import RunSummary, sum_counts
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.rulebook.model import RuleBook

BATCH_ROWS = 65_536  # more are quicker, and need more memory for each core
BATCH_BYTES = 16 * 1024 * 1024
_DDL_TYPES = {
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.binary(): "binary",
    pa.string(): "string",
    pa.float64(): "double",
}
_KEY = [name for name, _ in KEY_FIELDS]
_WORKER_FAULT = re.compile(r"WorkerFailedError: (\w+ at [\w.]+:\d+)")


@dataclass(frozen=True, slots=True)
class SparkBatchOptions:
    """What a run in Spark is asked to do. `out` is a URL, or a path of this machine that all workers see."""

    sources: Sequence[CaseSource]
    out: str
    format: OutputFormat
    profiles: Sequence[str] = ()
    columns: Sequence[str] | None = None
    ignored_columns: Sequence[str] = ()
    strict: bool = False
    overwrite: bool = False
    closed: bool = False
    as_recorded: bool = False
    today: date | None = None


def start_session(
    master: str = "local[*]", *, memory: str = "2g", work_folder: str = "", stderr: int | None = None
) -> SparkSession:
    """Return a Spark session on this machine or on a cluster, with no web page and no log.

    `work_folder` is where Spark keeps what it puts on the disk; `stderr` is a file descriptor for what Java says.
    Raises DiagnosticsError where Spark cannot be started.
    """
    settings = {
        "spark.master": master,
        "spark.app.name": "rsd",
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.log.level": "OFF",
        # What lies on a disk meanwhile is encrypted. Its key is in memory alone, and gone when a run is killed.
        "spark.io.encryption.enabled": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
        "spark.sql.execution.arrow.maxBytesPerBatch": str(BATCH_BYTES),
        "spark.sql.caseSensitive": "true",
        # Days are no moments: no time zone may move them, and no former calendar.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.files.ignoreCorruptFiles": "false",
        "spark.sql.files.ignoreMissingFiles": "false",
    }
    is_local = master.startswith("local")
    if is_local:
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        if work_folder:
            settings["spark.local.dir"] = work_folder
    conf = SparkConf(loadDefaults=False)
    conf.setAll(list(settings.items()))
    try:
        gateway = launch_gateway(conf, None if stderr is None else {"stderr": stderr, "stdout": stderr})  # type: ignore[no-untyped-call,unused-ignore]
        context = SparkContext(conf=conf, gateway=gateway)
    except (Py4JError, PySparkException):
        hint = "Check `java -version`, which must be 17 or 21, and --master."
        mistake = Diagnostic(Location("--engine"), "spark-failed", "Spark did not start.", hint)
        raise DiagnosticsError([mistake]) from None
    # What pyspark logs of an error of Spark quotes the record.
    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True
    if is_local:
        context.pythonExec = sys.executable
    return SparkSession(context)


def run_spark_batch(
    spark: SparkSession,
    book: RuleBook,
    options: SparkBatchOptions,
    make_absolute: Callable[[str], str],
    write_rejects: Callable[[bytes], object],
) -> RunSummary:
    """Run a batch in Spark; `write_rejects` is given the lines of the rejects file, in the order of the sources.

    Raises DiagnosticsError where a source or the output cannot be used, StoppedAtReject where the run is strict and
    some record cannot be used; no findings are written then.
    """
    files = index_files(options.sources, make_absolute)
    columns = None if options.columns is None else tuple(options.columns)
    ignored_columns = tuple(options.ignored_columns)
    task = WorkerTask(
        book,
        tuple(options.profiles),
        columns,
        ignored_columns,
        files,
        format=options.format,
        closed=options.closed,
        as_recorded=options.as_recorded,
        today=options.today,
    )
    kept: list[DataFrame] = []
    with without_spark_messages():
        try:
            offsets: dict[tuple[int, int], tuple[int, int]] = {}
            records = piece_count = 0
            for group in group_sources(spark, task, ChunkReader(book, ignored_columns=ignored_columns)):
                pieces = _make_pieces(spark, group)
                kept.append(pieces)
                sizes = _piece_sizes(pieces)
                read = {index for piece in sizes if group.file_records for index in json.loads(bytes(piece.files))}
                if empty := [path for path in group.file_records if files[path].index not in read]:
                    kept.append(spark.createDataFrame(task.read_empty_files(empty)).to(pieces.schema))
                    sizes += _piece_sizes(kept[-1])
                records, piece_count = records + sum(piece.read for piece in sizes), piece_count + len(sizes)
                offsets |= _stretch_offsets(sizes)
            partitions = max(spark.sparkContext.defaultParallelism, piece_count // 50)
            spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
            pieces = reduce(lambda some, more: some.unionByName(more), kept)
            duplicates = _find_duplicates(pieces, task)
            kept.append(duplicates)
            if duplicates.isEmpty():
                pieces = pieces.withColumn("twice", F.lit(None).cast("array<int>"))
            else:
                pieces = pieces.join(duplicates, _KEY, "left")
            summary = _summarize(pieces, task, offsets, records, options, write_rejects)
            _write_findings(spark, pieces, task, options, has_pieces=piece_count > 0)
        finally:
            for frame in kept:
                frame.unpersist()
    return summary


def _make_pieces(spark: SparkSession, group: SourceGroup) -> DataFrame:
    """Return the pieces of a group of files, kept on the disks of the cluster."""
    for name, value in group.settings.items():
        spark.conf.set(name, str(value))
    try:
        pieces = group.rows.mapInArrow(group.task, _to_ddl(PIECE_SCHEMA)).persist(StorageLevel.DISK_ONLY)
        pieces.select("read").count()
        return pieces
    finally:
        for name in group.settings:
            spark.conf.unset(name)


def _piece_sizes(pieces: DataFrame) -> list[Any]:
    """Return how much each piece read, in the order of the sources. Raises DiagnosticsError for an unfit source."""
    rows = pieces.select(*_KEY, "read", "lines", "wrong", "files").collect()
    wrong = [
        Diagnostic(Location(*mistake[:3]), *mistake[3:])
        for row in rows
        if row.wrong
        for mistake in json.loads(bytes(row.wrong))
    ]
    if wrong:
        raise DiagnosticsError(wrong)
    return sorted(rows, key=lambda row: (row.file, row.start, row.number))


def _stretch_offsets(sizes: Sequence[Any]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return how many records and lines of its file stand before each stretch, by file and start."""
    offsets: dict[tuple[int, int], tuple[int, int]] = {}
    file, rows, lines = -1, 0, 0
    for piece in sizes:
        if piece.file != file:
            file, rows, lines = piece.file, 0, 0
        offsets.setdefault((piece.file, piece.start), (rows, lines))
        rows, lines = rows + piece.read, lines + piece.lines
    return offsets


def _find_duplicates(pieces: DataFrame, task: WorkerTask) -> DataFrame:
    """Return for each piece, as `twice`, the cases whose name stands before, in the order of the sources."""
    names = pieces.select(*_KEY, "names").mapInArrow(task.list_names, _to_ddl(NAME_SCHEMA))
    repeated = names.groupBy("name").count().where("count > 1").select("name")
    order = Window.partitionBy("name").orderBy("at_file", "at_start", "row")
    later = names.join(repeated, "name").withColumn("place", F.row_number().over(order)).where("place > 1")
    return later.groupBy(*_KEY).agg(F.collect_list("case").alias("twice")).persist()


def _summarize(
    pieces: DataFrame,
    task: WorkerTask,
    offsets: Mapping[tuple[int, int], tuple[int, int]],
    records: int,
    options: SparkBatchOptions,
    write_rejects: Callable[[bytes], object],
) -> RunSummary:
    """Return the summary of the run, its rejects written. Raises StoppedAtReject at the first of a strict run."""
    scored, codes, counts = 0, [], []
    needed = pieces.select(*_KEY, "scored", "findings", "rejects", "counts", "twice")
    summaries = needed.mapInArrow(task.summarize, _to_ddl(SUMMARY_SCHEMA)).persist()
    try:
        for row in summaries.orderBy(*_KEY).toLocalIterator():
            is_case_file = task.file_at(row.file).source.format == "case"
            rows, lines = (0, 0) if is_case_file else offsets[row.file, row.start]
            rejects = [_moved(reject_from_json(data), rows, lines) for data in json.loads(bytes(row.rejects))]
            if rejects and options.strict:
                raise rejects[0].to_error()
            if rejects:
                write_rejects(to_json_lines(rejects))
            scored += row.scored
            codes.append({"codes": json.loads(bytes(row.codes))})
            counts.append(json.loads(bytes(row.counts)))
    finally:
        summaries.unpersist()
    return RunSummary(records, scored, records - scored, sum_counts(codes).get("codes", {}), sum_counts(counts))


def _moved(reject: Reject, rows: int, lines: int) -> Reject:
    """Return a reject of a stretch with its row and line counted from the beginning of its file."""
    return replace(reject, row=reject.row + rows, line=None if reject.line is None else reject.line + lines)


def _write_findings(
    spark: SparkSession, pieces: DataFrame, task: WorkerTask, options: SparkBatchOptions, *, has_pieces: bool
) -> None:
    """Write the findings: a folder of files, and `_SUCCESS` when it is complete.

    Spark moves and commits the files, whose bytes the workers made, as if each were one line of text.
    """
    findings = pieces.select("findings", "twice")
    if not has_pieces:  # there is at least one file, if only to name the columns
        findings = spark.createDataFrame([(task.pack_empty(), None)], findings.schema)
    files = findings.mapInArrow(task.format_files, _to_ddl(FILE_SCHEMA)).select(F.col("value").cast("string"))
    writer = files.write.mode("overwrite" if options.overwrite else "errorifexists").option("maxRecordsPerFile", 1)
    line_end = end_of_file(options.format).decode()
    writer.text(options.out, compression=options.format.compression or "none", lineSep=line_end)
    _rename_files(spark, options)


def _rename_files(spark: SparkSession, options: SparkBatchOptions) -> None:
    """Give the files the ending of their format. Spark calls them text; its checksums are deleted later."""
    assert spark._jvm is not None
    hadoop_path = spark._jvm.org.apache.hadoop.fs.Path
    out = hadoop_path(options.out)
    folder = out.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())
    for status in folder.listStatus(out):
        path = status.getPath()
        name = path.getName()
        if ".txt" in name:
            folder.rename(path, hadoop_path(out, name.replace(".txt", f".{options.format.name}")))


def _to_ddl(schema: pa.Schema) -> str:
    return ", ".join(f"`{column.name}` {_DDL_TYPES[column.type]}" for column in schema)


@contextmanager
def without_spark_messages() -> Iterator[None]:
    """Turn what Spark raises into a diagnostic without its message, which may quote a record."""
    try:
        yield
    except (Py4JError, PySparkException) as error:
        worker_fault = _WORKER_FAULT.search(str(error))
        condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    else:
        return
    if worker_fault:
        message = f"a worker failed: {worker_fault[1]}."
        hint = "Please report this line; it holds nothing of the cases."
    else:
        message = f"Spark could not go on: {condition}."
        hint = "Run it without --engine spark, which tells a broken source by its place."
    raise DiagnosticsError([Diagnostic(Location("--engine"), "spark-failed", message, hint)]) from None

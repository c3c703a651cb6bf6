"""A whole run inside Apache Spark, for caseloads that one machine cannot hold.

In: what Spark reads and a rule book. Out: what Spark writes, the rejects, and a `Told` of how it went, the same as of a
run without Spark. Workers make pieces of the records (`spark_work`), once; the pieces are kept, small, on the disks of
the cluster. Then the names of all pieces are held against each other, and the findings are unpacked and written.
Left alone: how sources are opened (`spark_read`), files of this machine.

What Spark logs and raises may quote a record. So its log is off, and its words are left out of what is raised here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from screen.batch.input.chunk_reader import ChunkReader
from screen.batch.input.rejects import Reject, StoppedAtReject, to_json_lines
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

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS = 65_536  # in a batch; more are quicker, and need more memory for each core
BATCH_BYTES = 16 * 1024 * 1024
_DDL = {
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.binary(): "binary",
    pa.string(): "string",
    pa.float64(): "double",
}
_KEY = [name for name, _ in KEY_FIELDS]
_FAILED = re.compile(r"WorkerFailed: (\w+ at [\w.]+:\d+)")


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


def start_session(
    master: str = "local[*]", *, memory: str = "2g", work_folder: str = "", stderr: int | None = None
) -> SparkSession:
    """Return a Spark session on this machine or on a cluster, with no web page and no log.

    `room` is a folder for what Spark puts on the disk meanwhile; `stderr` is a file descriptor for what Java says.
    Raises Mistakes where Spark cannot be started.
    """
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    settings = {
        "spark.master": master,
        "spark.app.name": "rsd",
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.log.level": "OFF",
        # What lies on a disk meanwhile is encrypted; its key is in memory alone, and gone when a run is killed.
        "spark.io.encryption.enabled": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS),
        "spark.sql.execution.arrow.maxBytesPerBatch": str(BATCH_BYTES),
        "spark.sql.caseSensitive": "true",
        # Days are days and no moments: no time zone may move them, and no calendar of old.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.files.ignoreCorruptFiles": "false",
        "spark.sql.files.ignoreMissingFiles": "false",
    }
    local = master.startswith("local")
    if local:
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        if work_folder:
            settings["spark.local.dir"] = work_folder
    conf = SparkConf(loadDefaults=False)
    conf.setAll(list(settings.items()))
    try:
        gateway = launch_gateway(conf, None if stderr is None else {"stderr": stderr, "stdout": stderr})  # type: ignore[no-untyped-call,unused-ignore]
        context = SparkContext(conf=conf, gateway=gateway)
    except (Py4JError, PySparkException):
        remedy = "Check `java -version`, which must be 17 or 21, and --master."
        raise DiagnosticsError(
            [Diagnostic(Location("--engine"), "spark-failed", "Spark did not start.", remedy)]
        ) from None
    # What pyspark logs of what Spark raised quotes the record.
    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True
    if local:
        context.pythonExec = sys.executable
    return SparkSession(context)


def run_spark_batch(
    spark: SparkSession,
    book: RuleBook,
    asked: SparkBatchOptions,
    absolute: Callable[[str], str],
    reject: Callable[[bytes], object],
) -> RunSummary:
    """Do what is asked; `reject` is given the lines of the rejects file, in the order of the sources.

    `absolute` makes a path of this machine a whole one. Raises Mistakes where a source or the output cannot be used,
    StoppedAt where the run is strict and some record cannot be used; no findings are written then.
    """
    files = index_files(asked.sources, absolute)
    columns = None if asked.columns is None else tuple(asked.columns)
    work = WorkerTask(book, tuple(asked.profiles), columns, tuple(asked.ignored_columns), files, format=asked.format)
    kept: list[DataFrame] = []
    with without_spark_messages():
        try:
            bases: dict[tuple[int, int], tuple[int, int]] = {}
            read = made = 0
            for group in group_sources(spark, work, ChunkReader(book, ignored_columns=asked.ignored_columns)):
                pieces = _made(spark, group)
                kept.append(pieces)
                counted = _counted(pieces)
                seen = {index for one in counted if group.file_records for index in json.loads(bytes(one.files))}
                if empty := [path for path in group.file_records if files[path].index not in seen]:
                    kept.append(spark.createDataFrame(work.read_empty_files(empty)).to(pieces.schema))
                    counted += _counted(kept[-1])
                read, made = read + sum(one.read for one in counted), made + len(counted)
                bases |= _bases(counted)
            spark.conf.set("spark.sql.shuffle.partitions", str(max(spark.sparkContext.defaultParallelism, made // 50)))
            every = reduce(lambda some, more: some.unionByName(more), kept)
            twice = _twice(every, work)
            kept.append(twice)
            known = every.join(twice, _KEY, "left") if not twice.isEmpty() else _none_twice(every)
            told = _told(known, work, bases, read, asked, reject)
            _write(spark, known, work, asked, none=not made)
        finally:
            for one in kept:
                one.unpersist()
    return told


def _made(spark: SparkSession, group: SourceGroup) -> DataFrame:
    """Return the pieces of a group of files, made and kept."""
    from pyspark import StorageLevel

    for name, value in group.settings.items():
        spark.conf.set(name, str(value))
    try:
        pieces = group.cases.mapInArrow(group.task, _ddl(PIECE_SCHEMA)).persist(StorageLevel.DISK_ONLY)
        pieces.select("read").count()
        return pieces
    finally:
        for name in group.settings:
            spark.conf.unset(name)


def _counted(pieces: DataFrame) -> list[Any]:
    """Return how much each piece read, in the order of the sources. Raises Mistakes where a source is unfit."""
    found = pieces.select(*_KEY, "read", "lines", "wrong", "files").collect()
    wrong = [
        Diagnostic(Location(*one[:3]), *one[3:]) for row in found if row.wrong for one in json.loads(bytes(row.wrong))
    ]
    if wrong:
        raise DiagnosticsError(wrong)
    return sorted(found, key=lambda row: (row.file, row.start, row.number))


def _bases(counted: Sequence[Any]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return how many records and lines of its file stand before each stretch."""
    bases: dict[tuple[int, int], tuple[int, int]] = {}
    file, rows, lines = -1, 0, 0
    for one in counted:
        if one.file != file:
            file, rows, lines = one.file, 0, 0
        bases.setdefault((one.file, one.start), (rows, lines))
        rows, lines = rows + one.read, lines + one.lines
    return bases


def _twice(pieces: DataFrame, work: WorkerTask) -> DataFrame:
    """Return for each piece the cases whose name another case has that stands before, in the order of the sources."""
    from pyspark.sql import Window
    from pyspark.sql import functions as to

    names = pieces.select(*_KEY, "names").mapInArrow(work.list_names, _ddl(NAME_SCHEMA))
    several = names.groupBy("name").count().where("count > 1").select("name")
    order = Window.partitionBy("name").orderBy("at_file", "at_start", "row")
    later = names.join(several, "name").withColumn("place", to.row_number().over(order)).where("place > 1")
    return later.groupBy(*_KEY).agg(to.collect_list("case").alias("twice")).persist()


def _none_twice(pieces: DataFrame) -> DataFrame:
    from pyspark.sql import functions as to

    return pieces.withColumn("twice", to.lit(None).cast("array<int>"))


def _told(
    pieces: DataFrame,
    work: WorkerTask,
    bases: Mapping[tuple[int, int], tuple[int, int]],
    read: int,
    asked: SparkBatchOptions,
    reject: Callable[[bytes], object],
) -> RunSummary:
    """Return how the run went, its rejects given away. Raises StoppedAt where it is to stop at the first of them."""
    scored, codes, counts = 0, [], []
    needed = pieces.select(*_KEY, "scored", "findings", "rejects", "counts", "twice")
    told = needed.mapInArrow(work.summarize, _ddl(SUMMARY_SCHEMA)).persist()
    try:
        for row in told.orderBy(*_KEY).toLocalIterator():
            file = work.by_index[row.file]
            rows, lines = (0, 0) if file.source.format == "case" else bases[row.file, row.start]
            rejects = [Reject(**_moved(one, rows, lines)) for one in json.loads(bytes(row.rejects))]
            if rejects and asked.strict:
                first = rejects[0]
                place = Location(first.source, first.line or first.row, first.at or 1)
                raise StoppedAtReject([Diagnostic(place, first.code, first.found, first.remedy)])
            if rejects:
                reject(to_json_lines(rejects))
            scored += row.scored
            codes.append({"codes": json.loads(bytes(row.codes))})
            counts.append(json.loads(bytes(row.counts)))
    finally:
        told.unpersist()
    return RunSummary(read, scored, read - scored, sum_counts(codes).get("codes", {}), sum_counts(counts))


def _moved(one: dict[str, Any], rows: int, lines: int) -> dict[str, Any]:
    """Return a reject with its row and line counted from the beginning of its file."""
    line = None if one["line"] is None else one["line"] + lines
    return {**one, "row": one["row"] + rows, "line": line}


def _write(spark: SparkSession, pieces: DataFrame, work: WorkerTask, asked: SparkBatchOptions, *, none: bool) -> None:
    """Write the findings: a folder of parts, `_SUCCESS` when it is whole.

    Spark moves and commits the files, whose bytes the workers made, as if each were one line of text.
    """
    from pyspark.sql import functions as to

    found = pieces.select("findings", "twice")
    if none:  # there is a file at least, if only to say the columns
        found = spark.createDataFrame([(work.pack_empty(), None)], found.schema)
    files = found.mapInArrow(work.format_files, _ddl(FILE_SCHEMA)).select(to.col("value").cast("string"))
    how = files.write.mode("overwrite" if asked.overwrite else "errorifexists").option("maxRecordsPerFile", 1)
    how.text(asked.out, compression=asked.format.compression or "none", lineSep=end_of_file(asked.format).decode())
    _named(spark, asked)


def _named(spark: SparkSession, asked: SparkBatchOptions) -> None:
    """Give the parts the ending of what they are; Spark calls them text. Its checksums are of other names, and go."""
    assert spark._jvm is not None
    path = spark._jvm.org.apache.hadoop.fs.Path(asked.out)
    folder = path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())
    for status in folder.listStatus(path):
        one = status.getPath()
        name = one.getName()
        if ".txt" in name:
            folder.rename(
                one, spark._jvm.org.apache.hadoop.fs.Path(path, name.replace(".txt", f".{asked.format.name}"))
            )


def _ddl(schema: pa.Schema) -> str:
    return ", ".join(f"`{one.name}` {_DDL[one.type]}" for one in schema)


@contextmanager
def without_spark_messages() -> Iterator[None]:
    """Let what Spark raises through without its words, which may quote a record."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        own = _FAILED.search(str(error))
        kind = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    else:
        return
    if own:
        found, remedy = f"a worker failed: {own[1]}.", "Please report this line; it holds nothing of the cases."
    else:
        found = f"Spark could not go on: {kind}."
        remedy = "Run it without --engine spark, which tells a broken source by its place."
    raise DiagnosticsError([Diagnostic(Location("--engine"), "spark-failed", found, remedy)]) from None

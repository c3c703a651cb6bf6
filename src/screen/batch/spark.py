"""The batch kernel inside Apache Spark, for caseloads that one machine cannot hold.

In: what Spark reads (folders and files of Parquet, JSON Lines, CSV) and a rule book. Out: what Spark writes. Spark
hands out the rows and gathers the findings; the findings themselves come from the very same kernel as on one machine,
batch by batch (`mapInArrow`). Left alone: what a column may be called and hold (`columns`, `atoms`).

Spark makes null of a cell that does not fit its column, and drops a field that nobody named. Either would turn an
answer into unknown, so that reading fails on both instead. And it quotes the record that it failed on: such words stay
out of logs and of what is raised here.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import polars as pl
import pyarrow as pa

from screen.batch.columns import ID, Layout
from screen.batch.kernel import Kernel
from screen.language.answers import UNKNOWN
from screen.language.terms import RuleBook

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Kind = Literal["parquet", "jsonl", "csv"]
ROWS = 65_536  # in a batch; more are quicker, and need more memory for each core
BETWEEN = ";"  # the items of a list in CSV, and `[]` is the empty one
EMPTY = "[]"
_ARROW = {"string": pa.string(), "array<string>": pa.list_(pa.string()), "int": pa.int32(), "double": pa.float64()}


class UnknownColumns(ValueError):
    """The sources have columns that are no facts, which nobody would read."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(", ".join(self.columns))


class Unfit(ValueError):
    """Some record does not fit its columns, or holds what is no answer. Spark's words are left out: they quote it."""


def session(master: str = "local[*]", *, memory: str = "2g") -> SparkSession:
    """Return a Spark session on this machine or on a cluster, with no web page and bound to this machine alone."""
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    made = SparkSession.builder.master(master).appName("rsd")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS),
        # Days are days and no moments: no time zone may move them.
        "spark.sql.session.timeZone": "UTC",
    }
    for name, value in settings.items():
        made = made.config(name, value)
    spark: SparkSession = made.getOrCreate()
    # What Spark logs of a failure quotes the record, and so does what pyspark logs of what Spark raised.
    spark.sparkContext.setLogLevel("OFF")
    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True
    if master.startswith("local"):
        spark.sparkContext.pythonExec = sys.executable
    return spark


def read(spark: SparkSession, sources: Sequence[str], kind: Kind, book: RuleBook) -> DataFrame:
    """Return the table of cases that these sources hold.

    Raises `UnknownColumns` where a column is no fact. A record that does not fit its columns makes the run fail.
    """
    layout, paths = Layout(book), list(sources)
    if kind == "parquet":
        cases = spark.read.option("mergeSchema", "true").parquet(*paths)
    elif kind == "csv":
        cases = spark.read.csv(paths, header=True, mode="FAILFAST", enforceSchema=False, multiLine=True, escape='"')
    else:
        cases = spark.read.json(paths, primitivesAsString=True, mode="FAILFAST")
    unknown = [name for name in cases.columns if name != ID and layout.column(name) is None]
    if unknown:
        raise UnknownColumns(unknown)
    if kind == "jsonl":
        fields = (f"`{name}` {_of_json(layout, name)}" for name in cases.columns)
        cases = spark.read.json(paths, schema=", ".join(fields), mode="FAILFAST")
    return cases if kind != "csv" else _typed(cases, layout)


def _of_json(layout: Layout, name: str) -> str:
    kinds = {pl.List: "array<string>", pl.Float64: "double", pl.Date: "date", pl.Boolean: "boolean"}
    return kinds.get(type(layout.dtype(name)), "string")


def _typed(cases: DataFrame, layout: Layout) -> DataFrame:
    """Return the cells of CSV with the types of the layout; `unknown` for a set, a number or a day is put beside it."""
    from pyspark.sql import functions as to

    columns = []
    for name in cases.columns:
        cell, kind = to.col(f"`{name}`"), type(layout.dtype(name))
        known = to.when(cell != UNKNOWN, cell)
        if kind in (pl.List, pl.Float64, pl.Date):
            beside = f"{name}.{UNKNOWN}"
            asked = (
                to.coalesce(to.col(f"`{beside}`").cast("boolean"), to.lit(False)) if beside in cases.columns else None
            )
            word = to.coalesce(cell == UNKNOWN, to.lit(False))
            if name in layout.answers:
                columns.append((word if asked is None else word | asked).alias(beside))
            if kind is pl.List:
                made = to.when(known == EMPTY, to.array().cast("array<string>")).otherwise(to.split(known, BETWEEN))
            else:
                # What is no number or no day raises here; in a cast of Spark's older kind it would become null.
                made = known.cast("double" if kind is pl.Float64 else "date")
            columns.append(made.alias(name))
        elif not name.endswith(f".{UNKNOWN}"):
            columns.append(cell.alias(name))
    return cases.select(columns)


@dataclass(frozen=True)
class Work:
    """What each worker does: a book made into a kernel once, then tables of cases into tables of findings.

    `named` are the columns of those tables, which Spark only numbers.
    """

    book: RuleBook
    profiles: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    benefit: bool = True
    named: tuple[str, ...] = ()
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def kernel(self) -> Kernel:
        """Return the kernel, made by the first batch that a worker meets."""
        if self.key not in _KERNELS:
            _KERNELS.clear()  # a worker outlives a run, and needs one kernel at a time
            _KERNELS[self.key] = Kernel(self.book, self.profiles, columns=self.columns, benefit=self.benefit)
        return _KERNELS[self.key]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the findings of each batch of cases."""
        kernel = self.kernel()
        schema = arrow_schema(kernel)
        for batch in batches:
            cases = pl.DataFrame(pl.from_arrow(batch.rename_columns(list(self.named))))
            found = kernel.findings(cases.with_columns(pl.col(ID).cast(pl.String)))
            yield from _words(found).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema).to_batches()


def _words(found: pl.DataFrame) -> pl.DataFrame:
    """Return findings with enumerations as the words that they stand for."""
    words: dict[str, pl.DataType] = {}
    for name, kind in found.schema.items():
        if isinstance(kind, pl.Enum):
            words[name] = pl.String()
        elif isinstance(kind, pl.List):
            words[name] = pl.List(pl.String())
    return found.cast(words)  # type: ignore[arg-type]


_KERNELS: dict[str, Kernel] = {}


def run(spark: SparkSession, sources: Sequence[str], kind: Kind, out: str, form: Kind, work: Work) -> None:
    """Write the findings of all cases of these sources, as Spark does: a folder of parts, `_SUCCESS` when it is whole.

    Raises `UnknownColumns`, `Unfit`, FileNotFoundError where a source is not there, FileExistsError where `out` is.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        write(findings(read(spark, sources, kind, work.book), work), out, form)
    except AnalysisException as error:
        told = error.getCondition() or ""
        if told.startswith("PATH_NOT_FOUND"):
            raise FileNotFoundError("a source is not there") from None
        if told.startswith("PATH_ALREADY_EXISTS"):
            raise FileExistsError(out) from None
        raise
    except (Py4JError, PySparkException):
        raise Unfit("a record does not fit its columns, or holds what is no answer") from None


def findings(cases: DataFrame, work: Work) -> DataFrame:
    """Return the findings of a table of cases, a row a case."""
    kernel = work.kernel()
    used = [name for name in cases.columns if name in kernel.reads]
    # A name with a dot in it would be taken for a field within a field.
    numbered = cases.select([f"`{name}`" for name in used]).toDF(*(f"c{place}" for place in range(len(used))))
    return numbered.mapInArrow(replace(work, named=tuple(used)), ddl(kernel))


def write(found: DataFrame, out: str, kind: Kind) -> None:
    """Write findings as Spark does, a folder of parts. Raises pyspark's AnalysisException where the folder is there."""
    from pyspark.sql import functions as to

    if kind == "parquet":
        found.write.parquet(out, compression="zstd")
    elif kind == "csv":
        lists = {name for name, type_ in found.dtypes if type_ == "array<string>"}
        cells = (to.col(f"`{name}`") for name in found.columns)
        plain = [
            to.concat_ws(BETWEEN, cell).alias(name) if name in lists else cell
            for name, cell in zip(found.columns, cells, strict=True)
        ]
        found.select(plain).write.csv(out, header=True)
    else:
        found.write.json(out)


def types(kernel: Kernel) -> dict[str, str]:
    """Return Spark's name for the type of each column of findings."""
    empty = kernel.findings(pl.DataFrame(schema={ID: pl.String}))
    return {name: _spark_type(kind) for name, kind in empty.schema.items()}


def _spark_type(kind: pl.DataType) -> str:
    if isinstance(kind, pl.List):
        return "array<string>"
    return "double" if kind.is_float() else "int" if kind.is_integer() else "string"


def ddl(kernel: Kernel) -> str:
    """Return the columns of findings as Spark declares them."""
    return ", ".join(f"`{name}` {kind}" for name, kind in types(kernel).items())


def arrow_schema(kernel: Kernel) -> pa.Schema:
    """Return the columns of findings as Arrow has them on their way to Spark."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in types(kernel).items()])

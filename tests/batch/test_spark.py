"""The kernel inside Spark gives what it gives on one machine.

One Spark session serves all of these. They are skipped where pyspark or Java is not there, unless RSD_SPARK=1 says that
they must be.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from screen.batch.atoms import WrongColumn
from screen.batch.columns import Layout
from screen.batch.kernel import Kernel
from screen.facts import Given
from tests.real_law import its_cases, random_cases, the_law

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MANY = int(os.environ.get("RSD_MANY", "2000"))


def java_17() -> bool:
    """Tell whether a Java is there that Spark runs on."""
    if shutil.which("java") is None:
        return False
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    return any(f'version "{number}' in told.stderr for number in (17, 21))


HERE = importlib.util.find_spec("pyspark") is not None and java_17()
if os.environ.get("RSD_SPARK") == "1":
    assert HERE, "RSD_SPARK=1 says that Spark must be tried, and pyspark or Java 17 is not there"
pytestmark = pytest.mark.skipif(not HERE, reason="pyspark or Java 17 is not there")


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    from screen.batch.spark import session

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, about what it does at its start
        one = session("local[2]", memory="1g")
        yield one
        one.stop()


def cases_of_all_kinds() -> dict[str, dict[str, Given]]:
    """Return the law cases and as many random ones."""
    several = {f"law-{index}": dict(one.given) for index, one in enumerate(its_cases())}
    return several | {f"random-{index}": one for index, one in enumerate(random_cases(MANY, "spark"))}


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {str(row["id"]): row for row in rows}
    assert len(found) == len(rows), "a case came twice"
    return found


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Return a folder with the cases as Parquet, JSON Lines and CSV, and their findings without Spark."""
    folder, layout = tmp_path_factory.mktemp("cases"), Layout(the_law())
    table = layout.frame(cases_of_all_kinds())
    words = {pl.Enum: pl.String, pl.List: pl.List(pl.String)}
    plain = table.cast({name: words[type(kind)] for name, kind in table.schema.items() if type(kind) in words})
    for part in range(3):
        plain.gather_every(3, part).write_parquet(folder / f"part-{part}.parquet")
    lines = ({name: cell for name, cell in row.items() if cell is not None} for row in plain.to_dicts())
    (folder / "cases.jsonl").write_text("".join(json.dumps(row, default=str) + "\n" for row in lines), encoding="utf-8")
    text = plain.with_columns(
        pl.when(pl.col(name).list.len() == 0).then(pl.lit("[]")).otherwise(pl.col(name).list.join(";")).alias(name)
        for name, kind in plain.schema.items() if isinstance(kind, pl.List)
    )  # fmt: skip
    text.write_csv(folder / "cases.csv")
    return folder, by_name(Kernel(the_law(), ["paper", "uk"]).findings(table).to_dicts())


@pytest.mark.parametrize(
    ("kind", "sources"), [("parquet", "part-*.parquet"), ("jsonl", "cases.jsonl"), ("csv", "cases.csv")]
)
def test_spark_finds_in_every_cell_what_one_machine_finds(
    spark: SparkSession, here: tuple[Path, dict[str, dict[str, Any]]], kind: Any, sources: str, tmp_path: Path
) -> None:
    from screen.batch.spark import Work, findings, read, write

    folder, alone = here
    cases = read(spark, [str(folder / sources)], kind, the_law())
    found = findings(cases, Work(the_law(), ("paper", "uk")))
    write(found, str(tmp_path / "out"), "parquet")
    assert by_name(pl.read_parquet(tmp_path / "out" / "*.parquet").to_dicts()) == alone


def test_spark_writes_what_other_programs_read(
    spark: SparkSession, here: tuple[Path, dict[str, dict[str, Any]]], tmp_path: Path
) -> None:
    from screen.batch.spark import Work, findings, read, write

    folder, alone = here
    cases = read(spark, [str(folder / "part-0.parquet")], "parquet", the_law())
    found = findings(cases, Work(the_law(), ("paper",), columns=("recommendation", "facts_missing", "open_questions")))
    for kind, ending in (("csv", "csv"), ("jsonl", "json")):
        write(found, str(tmp_path / kind), kind)  # type: ignore[arg-type]
        files = sorted((tmp_path / kind).glob(f"*.{ending}"))
        table = pl.concat([pl.read_csv(file) if kind == "csv" else pl.read_ndjson(file) for file in files])
        assert table.height == cases.count()
        for row in table.to_dicts():
            assert row["recommendation"] == alone[row["id"]]["recommendation"]
            missing = row["facts_missing"]
            assert (missing.split(";") if missing else [] if kind == "csv" else missing) == alone[row["id"]][
                "facts_missing"
            ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("jsonl", '{"id": "a", "age": "seventeen"}\n'),
        ("jsonl", '{"id": "a", "harm_feared": "torture"}\n'),
        ("jsonl", '{"id": "a", "harm_feared": ["a harm that there is not"]}\n'),
        ("jsonl", '{"id": "a", "age": 17\n'),
        ("csv", "id,age\na,seventeen\n"),
        ("csv", "id,age\na,17,18\n"),
        ("csv", "id,left_without_permission\na,perhaps\n"),
    ],
)
def test_what_cannot_be_an_answer_makes_a_run_in_spark_fail_and_never_becomes_unknown(
    spark: SparkSession, tmp_path: Path, kind: Any, text: str
) -> None:
    from pyspark.errors import PySparkException

    from screen.batch.spark import Work, findings, read

    (tmp_path / "cases").write_text(text, encoding="utf-8")
    with pytest.raises((PySparkException, WrongColumn)):
        findings(read(spark, [str(tmp_path / "cases")], kind, the_law()), Work(the_law())).collect()


def test_a_column_that_is_no_fact_is_told_before_anything_is_read(spark: SparkSession, tmp_path: Path) -> None:
    from screen.batch.spark import UnknownColumns, read

    for kind, text in (("csv", "id,agee\na,17\n"), ("jsonl", '{"id": "a", "agee": 17}\n')):
        (tmp_path / kind).write_text(text, encoding="utf-8")
        with pytest.raises(UnknownColumns, match="agee"):
            read(spark, [str(tmp_path / kind)], kind, the_law())  # type: ignore[arg-type]

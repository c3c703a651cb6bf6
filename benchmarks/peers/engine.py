"""What an engine takes and gives: dicts, JSON Lines or Parquet.

Reading, writing and turning dicts into columns is the same for every engine, as quick as we know how, so that engines
are compared and not readers. From dicts means dicts in memory to Python values: a dict a case, or a list a criterion
where an engine works by columns. From a file means file to file of the same format, a row a case with its `id`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from benchmarks.peers.law import CRITERIA, FACTS, NO, YES, Case

#: What an engine says of each criterion of each case; a criterion without an answer is absent.
Results = Sequence[Mapping[str, bool | None]] | Mapping[str, Sequence[bool | None]]

ID = "id"
_FACT_TYPES = {fact: pl.Boolean() for fact in FACTS}
_RESULT_TYPES = {ID: pl.String(), **{name: pl.Boolean() for name in CRITERIA}}


class Engine:
    """An engine under one law. `share` is the share of the cases that it gets, so that slow engines finish too."""

    name: str
    version: str
    unknowns: str
    share = 1.0
    #: Whether its files say `yes` and `no`, and not true and false.
    needs_words = False
    takes_dicts = True

    def evaluate_dicts(self, cases: list[Case]) -> Results:
        """Return the results of cases in memory."""
        raise NotImplementedError

    def evaluate_file(self, source: Path, out: Path) -> None:
        """Write the results of the cases of a file."""
        raise NotImplementedError


class TableEngine(Engine):
    """An engine that takes a column a fact and gives a column a criterion."""

    def evaluate(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return true, false and null for each criterion."""
        raise NotImplementedError

    def evaluate_dicts(self, cases: list[Case]) -> Results:
        return self.evaluate(pl.DataFrame(cases, schema=_FACT_TYPES)).to_dict(as_series=False)

    def evaluate_file(self, source: Path, out: Path) -> None:
        cases = read(source)
        write(self.evaluate(cases).insert_column(0, cases[ID]), out)


class CaseEngine(Engine):
    """An engine that takes a dict a case."""

    def evaluate(self, cases: list[Case]) -> list[Case]:
        """Return a dict of criteria for each case, an empty one where it has no answer."""
        raise NotImplementedError

    def evaluate_dicts(self, cases: list[Case]) -> Results:
        return self.evaluate(cases)

    def evaluate_file(self, source: Path, out: Path) -> None:
        cases = read(source)
        results = self.evaluate(cases.drop(ID).to_dicts())
        rows = [{ID: name, **result} for name, result in zip(cases[ID], results, strict=True) if result]
        write(pl.DataFrame(rows, schema=_RESULT_TYPES), out)


def split_truths(cases: pl.DataFrame) -> pl.DataFrame:
    """Return for each fact a column that is true for yes, and another that is true for no, without nulls."""
    yes = [pl.col(fact).fill_null(False).alias(fact + YES) for fact in FACTS]
    return cases.select(*yes, *((~pl.col(fact)).fill_null(False).alias(fact + NO) for fact in FACTS))


def join_truths(results: pl.DataFrame) -> pl.DataFrame:
    """Return for each criterion true, false or null, from its column for yes and its column for no."""
    return results.select(pl.when(name + YES).then(True).when(name + NO).then(False).alias(name) for name in CRITERIA)


def read(source: Path) -> pl.DataFrame:
    """Return the cases of a file of true, false and null."""
    if source.suffix == ".parquet":
        return pl.read_parquet(source)
    return pl.read_ndjson(source, schema={ID: pl.String(), **_FACT_TYPES})


def write(table: pl.DataFrame, out: Path) -> None:
    """Write a table in the format that the ending of the file names."""
    if out.suffix == ".parquet":
        table.write_parquet(out, compression="zstd", compression_level=1)
    else:
        table.write_ndjson(out)


def write_case_files(cases: list[Case], stem: Path) -> None:
    """Write cases as `.jsonl` and `.parquet`; those whose names end in `.words` say yes, no and null."""
    truths = pl.DataFrame(cases, schema=_FACT_TYPES)
    truths.insert_column(0, pl.Series(ID, [f"C-{number:07}" for number in range(len(cases))]))
    words = truths.with_columns(pl.when(fact).then(pl.lit("yes")).when(~pl.col(fact)).then(pl.lit("no")).alias(fact)
                                for fact in FACTS)  # fmt: skip
    for ending in (".jsonl", ".parquet"):
        write(truths, stem.with_suffix(ending))
        write(words, stem.with_suffix(f".words{ending}"))


def count_matching_cells(results: Results, expected: Sequence[Case]) -> int:
    """Return how many cells, true, false or unknown, are those of the oracle."""
    if isinstance(results, Mapping):
        return sum(a is b[name] for name in CRITERIA for a, b in zip(results[name], expected, strict=True))
    return sum(a.get(name, "no answer") is b[name] for a, b in zip(results, expected, strict=True) for name in CRITERIA)


_TRUTH_BY_STATUS = {"met": True, "not_met": False, "undetermined": None}


def read_results(out: Path, count: int) -> Results:
    """Return the results in a file of so many cases, in the order of their names."""
    table = pl.read_parquet(out) if out.suffix == ".parquet" else pl.read_ndjson(out, infer_schema_length=None)
    results: list[Case] = [{} for _ in range(count)]
    for row in table.iter_rows(named=True):
        results[int(row[ID].removeprefix("C-"))] = {
            name: _TRUTH_BY_STATUS[row[name]] if isinstance(row[name], str) else row[name] for name in CRITERIA
        }
    return results

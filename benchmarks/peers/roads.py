"""How cases reach an engine and its findings come back: from dicts, from JSON Lines, from Parquet.

Reading, writing and turning dicts into columns is done in one way for every engine, the quickest that was found, so
that engines are compared and not readers. From dicts means dicts in memory to Python values: a dict a case, or a list a
criterion where an engine works by columns. From a file means file to file of the same form, a row a case with its `id`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from benchmarks.peers.law import CRITERIA, FACTS, NO, YES, Case

#: Of each case what an engine says of each criterion; a criterion that it left without an answer is not there.
Found = Sequence[Mapping[str, bool | None]] | Mapping[str, Sequence[bool | None]]

ID = "id"
_FACTS = {fact: pl.Boolean() for fact in FACTS}
_FOUND = {ID: pl.String(), **{name: pl.Boolean() for name in CRITERIA}}


class Engine:
    """One engine under one law. `share` is how many of the cases it is given, so that the slow ones end too."""

    name: str
    version: str
    unknowns: str
    share = 1.0
    #: Reads files that say `yes` and `no` and not true and false.
    reads_words = False
    from_dicts = True

    def of_dicts(self, cases: list[Case]) -> Found:
        """Return what each criterion comes to in cases in memory."""
        raise NotImplementedError

    def of_file(self, source: Path, out: Path) -> None:
        """Write what each criterion comes to in the cases of a file."""
        raise NotImplementedError


class ByTable(Engine):
    """An engine that takes a column a fact and gives a column a criterion."""

    def found(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return true, false and null for each criterion."""
        raise NotImplementedError

    def of_dicts(self, cases: list[Case]) -> Found:
        return self.found(pl.DataFrame(cases, schema=_FACTS)).to_dict(as_series=False)

    def of_file(self, source: Path, out: Path) -> None:
        cases = read(source)
        write(self.found(cases).insert_column(0, cases[ID]), out)


class ByCase(Engine):
    """An engine that takes a dict a case."""

    def found(self, cases: list[Case]) -> list[Case]:
        """Return a dict of criteria for each case, an empty one where it has no answer."""
        raise NotImplementedError

    def of_dicts(self, cases: list[Case]) -> Found:
        return self.found(cases)

    def of_file(self, source: Path, out: Path) -> None:
        cases = read(source)
        found = self.found(cases.drop(ID).to_dicts())
        rows = [{ID: name, **one} for name, one in zip(cases[ID], found, strict=True) if one]
        write(pl.DataFrame(rows, schema=_FOUND), out)


def split(cases: pl.DataFrame) -> pl.DataFrame:
    """Return for each fact a column of what is answered yes and one of what is answered no, without nulls."""
    yes = [pl.col(fact).fill_null(False).alias(fact + YES) for fact in FACTS]
    return cases.select(*yes, *((~pl.col(fact)).fill_null(False).alias(fact + NO) for fact in FACTS))


def joined(found: pl.DataFrame) -> pl.DataFrame:
    """Return for each criterion true, false or null from its column of yes and its column of no."""
    return found.select(pl.when(name + YES).then(True).when(name + NO).then(False).alias(name) for name in CRITERIA)


def read(source: Path) -> pl.DataFrame:
    """Return the cases of a file of true, false and null."""
    if source.suffix == ".parquet":
        return pl.read_parquet(source)
    return pl.read_ndjson(source, schema={ID: pl.String(), **_FACTS})


def write(table: pl.DataFrame, out: Path) -> None:
    """Write a table as the ending of the file says."""
    if out.suffix == ".parquet":
        table.write_parquet(out, compression="zstd", compression_level=1)
    else:
        table.write_ndjson(out)


def make_files(cases: list[Case], stem: Path) -> None:
    """Write cases as `.jsonl` and `.parquet`; those whose names end in `.words` say yes, no and null."""
    truths = pl.DataFrame(cases, schema=_FACTS)
    truths.insert_column(0, pl.Series(ID, [f"C-{number:07}" for number in range(len(cases))]))
    words = truths.with_columns(pl.when(fact).then(pl.lit("yes")).when(~pl.col(fact)).then(pl.lit("no")).alias(fact)
                                for fact in FACTS)  # fmt: skip
    for ending in (".jsonl", ".parquet"):
        write(truths, stem.with_suffix(ending))
        write(words, stem.with_suffix(f".words{ending}"))


def agreeing(found: Found, wanted: Sequence[Case]) -> int:
    """Return how many cells are as the oracle has them, true, false or unknown."""
    if isinstance(found, Mapping):
        return sum(a is b[name] for name in CRITERIA for a, b in zip(found[name], wanted, strict=True))
    return sum(a.get(name, "no answer") is b[name] for a, b in zip(found, wanted, strict=True) for name in CRITERIA)


_STATES = {"met": True, "not_met": False, "undetermined": None}


def found_in(out: Path, count: int) -> Found:
    """Return what a written file says of so many cases, in the order of their names."""
    table = pl.read_parquet(out) if out.suffix == ".parquet" else pl.read_ndjson(out, infer_schema_length=None)
    found: list[Case] = [{} for _ in range(count)]
    for row in table.iter_rows(named=True):
        found[int(row[ID].removeprefix("C-"))] = {
            name: _STATES[row[name]] if isinstance(row[name], str) else row[name] for name in CRITERIA
        }
    return found

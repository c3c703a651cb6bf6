"""What it costs to find the law of a million cases, beside reading them and writing the findings: a ratio.

Cases are made on the spot: every fact of the real book answered at random, three in ten left out. Each measurement is a
process of its own, run in turn (A B A B …); medians and peak memory are printed. *Without* reads the same columns and
writes findings of the same shape that were there before; *with* finds them. Nothing here is a test.

    python benchmarks/batch_kernel.py [CASES] [RUNS]
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from screen.batch.layout import ID, Layout
from screen.batch.score.kernel import Kernel
from screen.rulebook.loader import load_book
from screen.rulebook.model import Fact

RULES = Path(__file__).resolve().parent.parent / "rules"
CHUNK = 131_072
WORKERS = 2
UNKNOWN = 30  # in a hundred


def made(layout: Layout, rows: range) -> pl.DataFrame:
    """Return so many cases, the same ones for the same rows."""
    numbers = pl.Series("row", rows)
    columns = {ID: "C-" + numbers.cast(pl.String)}
    for seed, fact in enumerate(layout.book.facts.values()):
        known = numbers.hash(2 * seed) % 100 >= UNKNOWN
        answers = _answers(layout, fact)
        cells = answers.gather(numbers.hash(2 * seed + 1) % len(answers))
        columns[fact.name] = pl.select(pl.when(known).then(cells)).to_series()
    return pl.DataFrame(columns)


def _answers(layout: Layout, fact: Fact) -> pl.Series:
    """Return some answers to a fact; of lists mostly those with one item."""
    options, draw = layout.options(fact.name), random.Random(fact.name)
    match fact.type:
        case "many":
            several = [draw.sample(options, min(len(options), draw.choice((2, 2, 3)))) for _ in range(len(options))]
            return pl.Series([[], *([one] for one in options), *several], dtype=pl.List(pl.String))
        case "number":
            return pl.Series([0.0, 1.0, 5.0, 14.0, 17.0, 18.0, 40.0])
        case "date":
            return pl.Series([f"20{year}-06-28" for year in range(10, 27)]).str.to_date()
        case "text":
            return pl.Series(["words"])
        case _:
            return pl.Series(list(options))


def one(what: str, source: Path, out: Path) -> None:
    """Read a file in chunks and write one for each; print how long it took and how much memory."""
    kernel = Kernel(load_book(RULES))
    rows = pl.scan_parquet(source).select(pl.len()).collect().item()
    plan = pl.scan_parquet(source)
    cases = plan.select([name for name in plan.collect_schema().names() if name in kernel.input_columns])
    before = kernel.findings(cases.head(CHUNK).collect()) if what == "without" else None
    begun = resource.getrusage(resource.RUSAGE_SELF)
    start, spent = time.perf_counter(), begun.ru_utime + begun.ru_stime

    def part(first: int) -> int:
        chunk = cases.slice(first, CHUNK).collect()
        found = before.head(chunk.height) if before is not None else kernel.findings(chunk)
        found.write_parquet(out / f"{what}-{first}.parquet", compression="zstd", compression_level=1)
        return found.height

    with ThreadPoolExecutor(WORKERS) as pool:
        written = sum(pool.map(part, range(0, rows, CHUNK)))
    assert written == rows
    took, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([took, used.ru_utime + used.ru_stime - spent, peak()]))


def peak() -> float:
    """Return the most memory in MiB that this process held; what its parent held before it began is not counted."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def measured(what: str, source: Path, out: Path) -> list[float]:
    """Return the seconds, the seconds of all cores and the peak memory of one run in a process of its own."""
    told = subprocess.run(
        [sys.executable, __file__, "--one", what, str(source), str(out)], check=True, capture_output=True, text=True
    )
    figures: list[float] = json.loads(told.stdout)
    return figures


def main() -> None:
    """Make the cases, measure, print the table."""
    cases, runs = (int(number) for number in (*sys.argv[1:], *("1000000", "5")[len(sys.argv) - 1 :]))
    layout = Layout(load_book(RULES))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        facts, criteria = len(layout.book.facts), len(layout.book.criteria)
        print(f"{cases:,} cases, {facts} facts, {criteria} criteria; median of {runs}; core s: of all cores together")
        print(f"{'':14} {'cases/s':>9} {'ratio':>6} {'core s':>7} {'beside':>7} {'ratio':>6} {'MiB':>7} {'beside':>7}")
        for words in ("strings", "enumerations"):
            source = out / f"{words}.parquet"
            _write(layout, source, cases, words)
            pairs = [(measured("with", source, out), measured("without", source, out)) for _ in range(runs)]
            took, cores, base = (
                statistics.median(pair[side][figure] for pair in pairs) for side, figure in ((0, 0), (0, 1), (1, 1))
            )
            of_time, of_cores = (
                statistics.median(found[figure] / beside[figure] for found, beside in pairs) for figure in (0, 1)
            )
            memory = [max(pair[side][2] for pair in pairs) for side in (0, 1)]
            print(
                f"{words:14} {cases / took:9,.0f} {of_time:6.2f} {cores:7.2f} {base:7.2f} {of_cores:6.2f}"
                f" {memory[0]:7,.0f} {memory[1]:7,.0f}"
            )
            source.unlink()


def _write(layout: Layout, source: Path, cases: int, words: str) -> None:
    """Write cases as one Parquet file, in groups of rows, words as plain strings or as the layout's enumerations."""
    folder = source.with_suffix("")
    folder.mkdir()
    for first in range(0, cases, CHUNK):
        table = made(layout, range(first, min(first + CHUNK, cases)))
        if words == "enumerations":
            table = table.cast({name: layout.dtype(name) for name in table.columns})
        table.write_parquet(folder / f"{first:09}.parquet", compression="zstd")
    pl.scan_parquet(folder / "*.parquet").sink_parquet(source, compression="zstd", row_group_size=CHUNK // 2)
    for part in folder.iterdir():
        part.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()

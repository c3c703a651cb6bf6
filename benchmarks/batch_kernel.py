"""What the kernel costs for a million cases, as a ratio to reading them and writing the findings.

Cases are random: every fact of the real book is answered at random, three in ten not at all. Each measurement is a
process of its own, run in turn (A B A B …); medians and peak memory are printed. *Without* reads the same columns and
writes ready-made findings of the same shape; *with* computes them. Nothing here is a test.

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

from screen.batch.cells import ID
from screen.batch.layout import Layout
from screen.batch.score.kernel import Kernel
from screen.rulebook.loader import load_book
from screen.rulebook.model import Fact

RULES = Path(__file__).resolve().parent.parent / "rules"
CHUNK_ROWS = 131_072
WORKERS = 2
UNKNOWN_PERCENT = 30


def random_cases(layout: Layout, rows: range) -> pl.DataFrame:
    """Return a case for each row number, always the same one."""
    numbers = pl.Series("row", rows)
    columns = {ID: "C-" + numbers.cast(pl.String)}
    for seed, fact in enumerate(layout.book.facts.values()):
        known = numbers.hash(2 * seed) % 100 >= UNKNOWN_PERCENT
        answers = _answers(layout, fact)
        cells = answers.gather(numbers.hash(2 * seed + 1) % len(answers))
        columns[fact.name] = pl.select(pl.when(known).then(cells)).to_series()
    return pl.DataFrame(columns)


def _answers(layout: Layout, fact: Fact) -> pl.Series:
    """Return possible answers to a fact; most lists have one item."""
    options, draw = layout.options(fact.name), random.Random(fact.name)
    match fact.type:
        case "many":
            longer = [draw.sample(options, min(len(options), draw.choice((2, 2, 3)))) for _ in range(len(options))]
            return pl.Series([[], *([option] for option in options), *longer], dtype=pl.List(pl.String))
        case "number":
            return pl.Series([0.0, 1.0, 5.0, 14.0, 17.0, 18.0, 40.0])
        case "date":
            return pl.Series([f"20{year}-06-28" for year in range(10, 27)]).str.to_date()
        case "text":
            return pl.Series(["words"])
        case _:
            return pl.Series(list(options))


def run_once(mode: str, source: Path, out: Path) -> None:
    """Read a file in chunks and write a file for each; print the seconds, core seconds and peak memory as JSON."""
    kernel = Kernel(load_book(RULES))
    rows = pl.scan_parquet(source).select(pl.len()).collect().item()
    plan = pl.scan_parquet(source)
    cases = plan.select([name for name in plan.collect_schema().names() if name in kernel.input_columns])
    ready_made = kernel.findings(cases.head(CHUNK_ROWS).collect()) if mode == "without" else None
    start, cpu_start = time.perf_counter(), _cpu_seconds()

    def score_chunk(first: int) -> int:
        chunk = cases.slice(first, CHUNK_ROWS).collect()
        findings = ready_made.head(chunk.height) if ready_made is not None else kernel.findings(chunk)
        findings.write_parquet(out / f"{mode}-{first}.parquet", compression="zstd", compression_level=1)
        return findings.height

    with ThreadPoolExecutor(WORKERS) as pool:
        written = sum(pool.map(score_chunk, range(0, rows, CHUNK_ROWS)))
    assert written == rows
    print(json.dumps([time.perf_counter() - start, _cpu_seconds() - cpu_start, peak_memory()]))


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_memory() -> float:
    """Return the most memory in MiB that this process has held; what its parent held is not counted."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def measure_process(mode: str, source: Path, out: Path) -> list[float]:
    """Return the seconds, core seconds and peak memory of a run in a process of its own."""
    result = subprocess.run(
        [sys.executable, __file__, "--once", mode, str(source), str(out)], check=True, capture_output=True, text=True
    )
    figures: list[float] = json.loads(result.stdout)
    return figures


def main() -> None:
    """Make the cases, measure, print the table."""
    cases, runs = (int(number) for number in (*sys.argv[1:], *("1000000", "5")[len(sys.argv) - 1 :]))
    layout = Layout(load_book(RULES))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        facts, criteria = len(layout.book.facts), len(layout.book.criteria)
        print(f"{cases:,} cases, {facts} facts, {criteria} criteria; median of {runs}; core s: of all cores together")
        print(
            f"{'':14} {'cases/s':>9} {'ratio':>6} {'core s':>7} {'without':>7} {'ratio':>6} {'MiB':>7} {'without':>7}"
        )
        for words in ("strings", "enumerations"):
            source = out / f"{words}.parquet"
            _write(layout, source, cases, words)
            pairs = [
                (measure_process("with", source, out), measure_process("without", source, out)) for _ in range(runs)
            ]
            seconds, cores, base_cores = (
                statistics.median(pair[side][figure] for pair in pairs) for side, figure in ((0, 0), (0, 1), (1, 1))
            )
            time_ratio, core_ratio = (
                statistics.median(with_[figure] / without[figure] for with_, without in pairs) for figure in (0, 1)
            )
            memory = [max(pair[side][2] for pair in pairs) for side in (0, 1)]
            print(
                f"{words:14} {cases / seconds:9,.0f} {time_ratio:6.2f} {cores:7.2f} {base_cores:7.2f} {core_ratio:6.2f}"
                f" {memory[0]:7,.0f} {memory[1]:7,.0f}"
            )
            source.unlink()


def _write(layout: Layout, source: Path, cases: int, words: str) -> None:
    """Write cases as a Parquet file, in row groups, words as plain strings or as the layout's enumerations."""
    folder = source.with_suffix("")
    folder.mkdir()
    for first in range(0, cases, CHUNK_ROWS):
        table = random_cases(layout, range(first, min(first + CHUNK_ROWS, cases)))
        if words == "enumerations":
            table = table.cast({name: layout.dtype(name) for name in table.columns})
        table.write_parquet(folder / f"{first:09}.parquet", compression="zstd")
    pl.scan_parquet(folder / "*.parquet").sink_parquet(source, compression="zstd", row_group_size=CHUNK_ROWS // 2)
    for part in folder.iterdir():
        part.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        run_once(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()

"""How fast the program is, as ratios measured in the same run: `make bench`.

Start-up, a case, the next question, the kernel, and a batch compared with Polars and Arrow alone (`base.py`); a few
minutes at most. Nothing here is a test: numbers are looked at, never asserted.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import polars as pl  # noqa: E402

from benchmarks.batch import BASES, FORMATS, compare_with_bases, simulate_cases  # noqa: E402
from benchmarks.measure import RSD, Measurements, describe_load  # noqa: E402
from screen.batch.cells import ID  # noqa: E402
from screen.batch.score.kernel import Kernel  # noqa: E402
from screen.case.case_file import read_case  # noqa: E402
from screen.case.evidence import RecordedAnswer  # noqa: E402
from screen.engine.evaluate import evaluate  # noqa: E402
from screen.interview.next_question import QuestionPlanner  # noqa: E402
from screen.rulebook.loader import load_book  # noqa: E402
from screen.rulebook.terms import Value  # noqa: E402

CASE = ROOT / "examples/cases/min.yaml"
BASE = [sys.executable, "-c", "import typer, rich"]
RUNS = 9
CASES = 200_000
ROUNDS = 3
#: Rows that the kernel gets at once, as in a batch.
CHUNK_ROWS = 131_072


def measure_evaluator() -> tuple[float, float]:
    """Return how many cases a second get a full tree of reasons, and how many criteria there are."""
    book = load_book(ROOT / "rules")
    given = read_case(CASE, book).given
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(100):
            evaluate(book, given)
        rounds.append(100 / (time.perf_counter() - start))
    return statistics.median(rounds), len(book.criteria)


def measure_questions() -> tuple[float, float, float]:
    """Return the median and 90th percentile of choosing a question, in ms, and the mean length of an interview."""
    book = load_book(ROOT / "rules")
    planner = QuestionPlanner(book, book.profiles[book.default_profile])
    draw = random.Random(7)
    fixed: dict[str, Value] = {"country_of_origin": "KP", "host_country": "CN"}
    times, lengths = [], []
    for _ in range(20):
        given: dict[str, RecordedAnswer] = {}
        while True:
            start = time.perf_counter()
            question = planner.next_question(given)
            times.append((time.perf_counter() - start) * 1000)
            if question is None:
                break
            name = question.fact.name
            given[name] = RecordedAnswer(fixed.get(name) or draw.choice(planner.values[name]))
        lengths.append(len(given))
    return statistics.median(times), statistics.quantiles(times, n=10)[-1], statistics.mean(lengths)


def measure_kernel(parquet: Path) -> tuple[float, float]:
    """Return how many cases a second the kernel scores, and core seconds for a million."""
    kernel = Kernel(load_book(ROOT / "rules"))
    cases = pl.read_parquet(parquet, n_rows=CHUNK_ROWS)
    cases = cases.select([name for name in cases.columns if name == ID or name in kernel.input_columns])
    kernel.findings(cases)
    rounds = []
    for _ in range(5):
        start, cpu_start = time.perf_counter(), time.process_time()
        kernel.findings(cases)
        rounds.append((cases.height / (time.perf_counter() - start), (time.process_time() - cpu_start) / cases.height))
    return statistics.median(row[0] for row in rounds), 1e6 * statistics.median(row[1] for row in rounds)


def print_batches(folder: Path) -> None:
    """Print what a batch takes compared with its bases."""
    for name, ending in FORMATS.items():
        measured = compare_with_bases(simulate_cases(CASES, ending, folder), ROUNDS)
        print(f"{f'batch of {CASES:,}, {name}':44} {_cost(measured, 'batch')}")
        for base in BASES:
            wall, cores = (measured.ratio("batch", base, figure) for figure in ("wall", "cpu"))
            print(
                f"{f'    {base.title()} alone':44} {_cost(measured, base)}; ratio {wall:.2f}, of core s {cores:.2f}",
                flush=True,
            )


def _cost(measured: Measurements, name: str) -> str:
    wall, cores, memory = (measured.median(name, figure) for figure in ("wall", "cpu", "memory"))
    return f"{wall:9.1f} s, {cores:.1f} core s, {memory:,.0f} MB"


def main() -> None:
    """Print the table."""
    load = describe_load()
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "XDG_CACHE_HOME": cache}
        start = time.perf_counter()
        load_book(ROOT / "rules")
        uncached = time.perf_counter() - start
        load_book(ROOT / "rules", Path(cache) / "rsd")
        start = time.perf_counter()
        load_book(ROOT / "rules", Path(cache) / "rsd")
        cached = time.perf_counter() - start
        startup = Measurements(
            {"help": [*RSD, "--help"], "assess": [*RSD, "assess", str(CASE)], "base": BASE}, RUNS, env=env, warm_up=1
        )
    cases_a_second, criteria = measure_evaluator()
    median, high, length = measure_questions()
    print(f"{'what':44} {'median':>12}  ratio to `import typer, rich`; {load}")
    for name, label in (("help", "rsd --help"), ("assess", "rsd assess, one case, book from the cache")):
        wall, cores = (startup.ratio(name, "base", what) for what in ("wall", "cpu"))
        print(f"{label:44} {startup.median(name, 'wall') * 1000:9.0f} ms  {wall:.2f}, of core s {cores:.2f}")
    print(f"{'rule book read and checked':44} {uncached * 1000:9.0f} ms")
    print(f"{'rule book from the cache':44} {cached * 1000:9.1f} ms  {cached / uncached:.3f} of reading it")
    print(f"{f'cases with full reasons, {criteria} criteria':44} {cases_a_second:10.0f}/s")
    print(f"{'next question':44} {median:9.1f} ms  90 % under {high:.1f} ms, {length:.0f} questions an interview")
    with tempfile.TemporaryDirectory(prefix="rsd-bench-") as folder:
        cases_a_second, core_seconds = measure_kernel(simulate_cases(CASES, "parquet", Path(folder)))
        print(
            f"{'kernel, simulated cases in memory':44} {cases_a_second:10,.0f}/s  {core_seconds:.1f} core s a million",
            flush=True,
        )
        print_batches(Path(folder))


if __name__ == "__main__":
    main()

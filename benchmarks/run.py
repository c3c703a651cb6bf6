"""How fast it is, as ratios side by side in one run: `make bench`.

Start-up, one case, the next question, the kernel, and a batch next to Polars and Arrow alone (`base.py`); a few minutes
at most. Nothing here is a test: a number is looked at, never asserted.
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

from benchmarks.batch import BASES, FORMS, compared, made  # noqa: E402
from benchmarks.measure import RSD, Measured, load  # noqa: E402
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
#: Rows that the kernel is given at once, as in a batch.
CHUNK = 131_072


def evaluations_a_second() -> tuple[float, float]:
    """Return how many cases a second get a full tree of reasons, and how many terms that is a case."""
    book = load_book(ROOT / "rules")
    given = read_case(CASE, book).given
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(100):
            evaluate(book, given)
        rounds.append(100 / (time.perf_counter() - start))
    return statistics.median(rounds), len(book.criteria)


def questions() -> tuple[float, float, float]:
    """Return the median and 90th percentile of picking a question, in ms, and how many questions an interview has."""
    book = load_book(ROOT / "rules")
    planner = QuestionPlanner(book, book.profiles[book.default_profile])
    draw = random.Random(7)
    fixed: dict[str, Value] = {"country_of_origin": "KP", "host_country": "CN"}
    times, asked = [], []
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
        asked.append(len(given))
    return statistics.median(times), statistics.quantiles(times, n=10)[-1], statistics.mean(asked)


def kernel(parquet: Path) -> tuple[float, float]:
    """Return how many cases a second get their findings from the kernel, and core seconds for a million."""
    found = Kernel(load_book(ROOT / "rules"))
    cases = pl.read_parquet(parquet, n_rows=CHUNK)
    cases = cases.select([name for name in cases.columns if name == ID or name in found.input_columns])
    found.findings(cases)
    rounds = []
    for _ in range(5):
        start, used = time.perf_counter(), time.process_time()
        found.findings(cases)
        rounds.append((cases.height / (time.perf_counter() - start), (time.process_time() - used) / cases.height))
    return statistics.median(row[0] for row in rounds), 1e6 * statistics.median(row[1] for row in rounds)


def batches(folder: Path) -> None:
    """Print what a batch takes next to its bases."""
    for name, form in FORMS.items():
        some = compared(made(CASES, form, folder), ROUNDS)
        print(f"{f'batch of {CASES:,}, {name}':44} {_taken(some, 'batch')}")
        for base in BASES:
            wall, cores = (some.ratio("batch", base, what) for what in ("wall", "cpu"))
            print(
                f"{f'    {base.title()} alone':44} {_taken(some, base)}; ratio {wall:.2f}, of core s {cores:.2f}",
                flush=True,
            )


def _taken(some: Measured, name: str) -> str:
    wall, cores, memory = (some.median(name, what) for what in ("wall", "cpu", "memory"))
    return f"{wall:9.1f} s, {cores:.1f} core s, {memory:,.0f} MB"


def main() -> None:
    """Print the table."""
    busy = load()
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "XDG_CACHE_HOME": cache}
        start = time.perf_counter()
        load_book(ROOT / "rules")
        read = time.perf_counter() - start
        load_book(ROOT / "rules", Path(cache) / "rsd")
        start = time.perf_counter()
        load_book(ROOT / "rules", Path(cache) / "rsd")
        cached = time.perf_counter() - start
        started = Measured(
            {"help": [*RSD, "--help"], "assess": [*RSD, "assess", str(CASE)], "base": BASE}, RUNS, env=env, warm=1
        )
    a_second, criteria = evaluations_a_second()
    median, high, asked = questions()
    print(f"{'what':44} {'median':>12}  ratio to `import typer, rich`; {busy}")
    for name, says in (("help", "rsd --help"), ("assess", "rsd assess, one case, book from the cache")):
        wall, cores = (started.ratio(name, "base", what) for what in ("wall", "cpu"))
        print(f"{says:44} {started.median(name, 'wall') * 1000:9.0f} ms  {wall:.2f}, of core s {cores:.2f}")
    print(f"{'rule book read and checked':44} {read * 1000:9.0f} ms")
    print(f"{'rule book from the cache':44} {cached * 1000:9.1f} ms  {cached / read:.3f} of reading it")
    print(f"{f'cases with full reasons, {criteria} criteria':44} {a_second:10.0f}/s")
    print(f"{'next question':44} {median:9.1f} ms  90 % under {high:.1f} ms, {asked:.0f} questions an interview")
    with tempfile.TemporaryDirectory(prefix="rsd-bench-") as folder:
        a_second, core = kernel(made(CASES, "parquet", Path(folder)))
        print(f"{'kernel, made-up cases in memory':44} {a_second:10,.0f}/s  {core:.1f} core s a million", flush=True)
        batches(Path(folder))


if __name__ == "__main__":
    main()

"""How fast it is, as ratios side by side in one run: `make bench`.

Whole processes are timed in turn (A B A B …) after a warm-up, so that a machine that slows down slows both; medians are
printed. Nothing here is a test: a number is looked at, never asserted.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from screen.case import read_case
from screen.circuit.next_question import QuestionPlanner
from screen.engine.evaluate import evaluate
from screen.facts import Given
from screen.language.book import load_book
from screen.language.terms import Value

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "examples/cases/min.yaml"
BASE = [sys.executable, "-c", "import typer, rich"]
RUNS = 15


def seconds(command: list[str], env: dict[str, str]) -> float:
    """Return how long a command takes, from outside."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
    return time.perf_counter() - start


def against_base(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Return a command's median time and the median of its ratios to importing typer and rich, run in turn."""
    seconds(command, env), seconds(BASE, env)
    pairs = [(seconds(command, env), seconds(BASE, env)) for _ in range(RUNS)]
    return statistics.median(one for one, _ in pairs), statistics.median(one / base for one, base in pairs)


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
        given: dict[str, Given] = {}
        while True:
            start = time.perf_counter()
            question = planner.question(given)
            times.append((time.perf_counter() - start) * 1000)
            if question is None:
                break
            name = question.fact.name
            given[name] = Given(fixed.get(name) or draw.choice(planner.values[name]))
        asked.append(len(given))
    return statistics.median(times), statistics.quantiles(times, n=10)[-1], statistics.mean(asked)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "XDG_CACHE_HOME": cache}
        rsd = [sys.executable, "-m", "screen"]
        start = time.perf_counter()
        load_book(ROOT / "rules")
        read = time.perf_counter() - start
        load_book(ROOT / "rules", Path(cache) / "rsd")
        start = time.perf_counter()
        load_book(ROOT / "rules", Path(cache) / "rsd")
        cached = time.perf_counter() - start
        help_, help_ratio = against_base([*rsd, "--help"], env)
        assess, assess_ratio = against_base([*rsd, "assess", str(CASE)], env)
    a_second, criteria = evaluations_a_second()
    median, high, asked = questions()
    print(f"{'what':44} {'median':>12}  ratio to `import typer, rich`")
    print(f"{'rsd --help':44} {help_ * 1000:9.0f} ms  {help_ratio:.2f}")
    print(f"{'rsd assess, one case, book from the cache':44} {assess * 1000:9.0f} ms  {assess_ratio:.2f}")
    print(f"{'rule book read and checked':44} {read * 1000:9.0f} ms")
    print(f"{'rule book from the cache':44} {cached * 1000:9.1f} ms  {cached / read:.3f} of reading it")
    print(f"{f'cases with full reasons, {criteria} criteria':44} {a_second:10.0f}/s")
    print(f"{'next question':44} {median:9.1f} ms  90 % under {high:.1f} ms, {asked:.0f} questions an interview")


if __name__ == "__main__":
    main()

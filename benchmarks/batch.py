"""How fast a batch is, next to Polars and Arrow reading and writing alone: the tables of `docs/batch.md`.

    python benchmarks/batch.py [--cases 1000000] [--more 10000000] [--write]      # `make tables` says --write

Cases are simulated by `rsd simulate` and deleted at the end. `base.py` says what a batch is compared with; of its two
libraries the quicker one counts. `--write` is refused on a busy machine, since what is measured there is not published.
Nothing here is a test.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import polars as pl  # noqa: E402

from benchmarks.measure import RSD, Measurements, describe_load, measure  # noqa: E402
from screen.case.case_file import Case  # noqa: E402
from screen.case.case_text import format_case  # noqa: E402
from tests.real_law import its_cases  # noqa: E402

PAGE = ROOT / "docs" / "batch.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
FORMATS = {"JSON Lines": "jsonl", "Parquet": "parquet"}
BASES = ("polars", "arrow")
#: Up to so many cases Polars is measured too, which holds the entire file in memory.
MOST_FOR_POLARS = 1_000_000
#: A machine is busy where the load on each core is higher than this.
BUSY_LOAD = 0.15


def simulate_cases(count: int, ending: str, folder: Path) -> Path:
    """Return a file of so many simulated cases."""
    source = folder / f"{count}.{ending}"
    if not source.exists():
        measure([*RSD, "-q", "simulate", "-n", str(count), "--seed", "1", "--out", str(source)])
    return source


def compare_with_bases(source: Path, rounds: int, *, bases: tuple[str, ...] = BASES) -> Measurements:
    """Return what a batch and its bases take for a file, in turn."""
    out, like = source.with_suffix(".out.parquet"), source.with_suffix(".like.parquet")
    batch = [*RSD, "-q", "batch", str(source), "--overwrite", "--out", str(out)]
    if not like.exists():
        measure(batch)
        pl.read_parquet(out, n_rows=65_536).write_parquet(like)
    base = [sys.executable, str(ROOT / "benchmarks" / "base.py")]
    commands = {name: [*base, name, str(source), str(like), str(out.with_suffix(f".{name}"))] for name in bases}
    return Measurements({"batch": batch, **commands}, rounds)


def batch_rows(counts: list[int], rounds: int, folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield a row of the table for each size and format."""
    first_wall: dict[str, float] = {}
    for count in counts:
        for name, ending in FORMATS.items():
            bases = BASES if count <= MOST_FOR_POLARS else ("arrow",)
            source = simulate_cases(count, ending, folder)
            measured = compare_with_bases(source, rounds if count <= MOST_FOR_POLARS else 1, bases=bases)
            base = measured.quickest(bases)
            wall = measured.median("batch", "wall")
            growth = f"{wall / first_wall[ending]:.1f} ×" if ending in first_wall else ""
            first_wall.setdefault(ending, wall)
            yield (
                f"{count:,}", name, f"{wall:.1f}", f"{count / wall:,.0f}", f"{measured.median('batch', 'cpu'):.1f}",
                f"{measured.median('batch', 'memory'):,.0f}", base.title(), f"{measured.median(base, 'wall'):.1f}",
                f"{measured.median(base, 'cpu'):.1f}", f"{measured.median(base, 'memory'):,.0f}",
                f"{measured.ratio('batch', base, 'wall'):.2f}", f"{measured.ratio('batch', base, 'cpu'):.2f}", growth,
            )  # fmt: skip
            source.unlink()


HEAD = (
    "cases", "from", "seconds", "cases/s", "core s", "MB",
    "base", "seconds", "core s", "MB", "ratio", "ratio of core s", "to the smaller",
)  # fmt: skip


def measure_case_files(count: int, rounds: int, folder: Path) -> str:
    """Return how long a folder of YAML files takes, compared with loading them with yaml.CSafeLoader."""
    draw, cases = random.Random("files"), its_cases()
    cases_folder = folder / "cases"
    cases_folder.mkdir()
    for number in range(count):
        path = cases_folder / f"C{number:06}.yaml"
        path.write_text(format_case(path, Case(path.stem, draw.choice(cases).given)), encoding="utf-8")
    load_each = (
        "import pathlib, sys, yaml\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)"
    )
    batch = [*RSD, "-q", "batch", str(cases_folder), "--overwrite", "--out", str(folder / "files.parquet")]
    commands = {
        "batch": batch,
        "base": [sys.executable, "-c", load_each, str(cases_folder)],
    }
    measured = Measurements(commands, rounds)
    batch_s, base_s = (measured.median(name, "wall") for name in commands)
    ratio = measured.ratio("batch", "base", "wall")
    return (
        f"A folder of {count:,} YAML case files takes {batch_s:.1f} s, {ratio:.2f} times what `yaml.CSafeLoader` alone "
        f"takes to load them ({base_s:.1f} s)."
    )


def measure_spark(count: int, folder: Path) -> str:
    """Return how long Spark takes on this machine, its start included, compared with a run without it."""
    results = []
    for name, ending in FORMATS.items():
        source = simulate_cases(count, ending, folder)
        batch = [*RSD, "-q", "batch", str(source), "--overwrite", "--out"]
        spark = [*batch, str(folder / "spark.parquet"), "--engine", "spark"]
        measured = Measurements({"spark": spark, "local": [*batch, str(folder / "local.parquet")]}, 1)
        results.append(
            f"{name} {measured.median('spark', 'wall'):.1f} s to {measured.median('local', 'wall'):.1f} s without it"
        )
    return f"Spark on the same cores, its start included, one round of {count:,} cases: {', '.join(results)}."


def markdown(rows: list[tuple[str, ...]], sentences: list[str], rounds: int, load: str) -> str:
    """Return the text for the docs, as Markdown."""
    method = f"""
        Measured by `make tables` on {date.today()}: Python {platform.python_version()}, {load} before it began. Whole
        processes, their start included, in turn: medians of {rounds} rounds, and one round of more than
        {MOST_FOR_POLARS:,} cases. *Base*: Polars or Arrow, whichever takes less, reading the same file and writing a
        table of the same shape, with nothing of `rsd`; of more cases than that Arrow, which holds a few at a time.
        *Core s*: of all cores.
    """
    table = "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ("---",) * len(HEAD), *rows))
    return "\n\n".join((_fill(method), table, *map(_fill, sentences)))


def _fill(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 125, break_on_hyphens=False)


def write_page(text: str) -> None:
    """Write what was measured between its marks in the docs."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, f"{PAGE} has no {BEGIN} … {END}"
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, and print the results or write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--more", type=int, default=0, help="a second size, to see how it grows")
    parser.add_argument("--files", type=int, default=20_000, help="so many YAML files; 0: none")
    parser.add_argument("--spark", type=int, default=0, help="so many cases in Spark too, on this machine")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/batch.md")
    options = parser.parse_args()
    load = describe_load()
    if options.write and os.getloadavg()[0] > BUSY_LOAD * (os.cpu_count() or 1):
        sys.exit(
            f"The machine is busy: {load}. Nothing was measured; docs/batch.md is as it was. Wait until it is quiet."
        )
    with tempfile.TemporaryDirectory(prefix="rsd-bench-") as name:
        folder = Path(name)
        rows = list(batch_rows([count for count in (options.cases, options.more) if count], options.rounds, folder))
        sentences = [measure_case_files(options.files, options.rounds, folder)] if options.files else []
        sentences += [measure_spark(options.spark, folder)] if options.spark else []
    text = markdown(rows, sentences, options.rounds, load)
    print(text)
    if options.write:
        write_page(text)


if __name__ == "__main__":
    main()

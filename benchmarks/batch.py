"""How fast a batch is, next to Polars and Arrow reading and writing alone: the tables of `docs/batch.md`.

    python benchmarks/batch.py [--cases 1000000] [--more 10000000] [--write]      # `make tables` says --write

Cases are made up by `rsd simulate` and deleted at the end. `base.py` says what a batch is compared with; of its two
ways the quicker one counts. With `--write` a machine that is busy is refused, since what it measures is not to be
published. Nothing here is a test.
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

from benchmarks.measure import RSD, Measured, load, spent  # noqa: E402
from screen.case.case_file import Case, text_of_case  # noqa: E402
from tests.real_law import its_cases  # noqa: E402

PAGE = ROOT / "docs" / "batch.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
FORMS = {"JSON Lines": "jsonl", "Parquet": "parquet"}
BASES = ("polars", "arrow")
#: Up to here the base of Polars, which holds the whole file, has its turn too.
HELD = 1_000_000
#: A core that others use for more than this is not quiet.
BUSY = 0.15


def made(count: int, form: str, folder: Path) -> Path:
    """Return a file of so many made-up cases."""
    source = folder / f"{count}.{form}"
    if not source.exists():
        spent([*RSD, "-q", "simulate", "-n", str(count), "--seed", "1", "--out", str(source)])
    return source


def compared(source: Path, rounds: int, *, bases: tuple[str, ...] = BASES) -> Measured:
    """Return what a batch and its bases take of one file, in turn."""
    out, like = source.with_suffix(".out.parquet"), source.with_suffix(".like.parquet")
    batch = [*RSD, "-q", "batch", str(source), "--overwrite", "--out", str(out)]
    if not like.exists():
        spent(batch)
        pl.read_parquet(out, n_rows=65_536).write_parquet(like)
    base = [sys.executable, str(ROOT / "benchmarks" / "base.py")]
    ways = {way: [*base, way, str(source), str(like), str(out.with_suffix(f".{way}"))] for way in bases}
    return Measured({"batch": batch, **ways}, rounds)


def batch_rows(counts: list[int], rounds: int, folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield a row of the table for each size and form."""
    before: dict[str, float] = {}
    for count in counts:
        for name, form in FORMS.items():
            bases = BASES if count <= HELD else ("arrow",)
            source = made(count, form, folder)
            some = compared(source, rounds if count <= HELD else 1, bases=bases)
            base = some.quickest(bases)
            wall = some.median("batch", "wall")
            grown = f"{wall / before[form]:.1f} ×" if form in before else ""
            before.setdefault(form, wall)
            yield (
                f"{count:,}", name, f"{wall:.1f}", f"{count / wall:,.0f}", f"{some.median('batch', 'cpu'):.1f}",
                f"{some.median('batch', 'memory'):,.0f}", base.title(), f"{some.median(base, 'wall'):.1f}",
                f"{some.median(base, 'cpu'):.1f}", f"{some.median(base, 'memory'):,.0f}",
                f"{some.ratio('batch', base, 'wall'):.2f}", f"{some.ratio('batch', base, 'cpu'):.2f}", grown,
            )  # fmt: skip
            source.unlink()


HEAD = (
    "cases", "from", "seconds", "cases/s", "core s", "MB",
    "base", "seconds", "core s", "MB", "ratio", "ratio of core s", "to the smaller",
)  # fmt: skip


def case_files(count: int, rounds: int, folder: Path) -> str:
    """Return how long a folder of YAML files takes, next to loading them with yaml.CSafeLoader."""
    draw, cases = random.Random("files"), its_cases()
    where = folder / "cases"
    where.mkdir()
    for number in range(count):
        path = where / f"C{number:06}.yaml"
        path.write_text(text_of_case(path, Case(path.stem, draw.choice(cases).given)), encoding="utf-8")
    load_each = (
        "import pathlib, sys, yaml\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)"
    )
    batch = [*RSD, "-q", "batch", str(where), "--overwrite", "--out", str(folder / "files.parquet")]
    commands = {"batch": batch, "alone": [*batch, "--jobs", "1"], "base": [sys.executable, "-c", load_each, str(where)]}
    some = Measured(commands, rounds)
    batch_s, alone_s, base_s = (some.median(name, "wall") for name in commands)
    ratio = some.ratio("batch", "base", "wall")
    return (
        f"A folder of {count:,} YAML case files takes {batch_s:.1f} s, {ratio:.2f} times what `yaml.CSafeLoader` alone "
        f"takes to load them ({base_s:.1f} s), and {alone_s:.1f} s with `--jobs 1`."
    )


def in_spark(count: int, folder: Path) -> str:
    """Return how long Spark takes on this machine, its start included, next to a run without it."""
    told = []
    for name, form in FORMS.items():
        source = made(count, form, folder)
        batch = [*RSD, "-q", "batch", str(source), "--overwrite", "--out"]
        spark = [*batch, str(folder / "spark.parquet"), "--engine", "spark"]
        some = Measured({"spark": spark, "local": [*batch, str(folder / "local.parquet")]}, 1)
        told.append(f"{name} {some.median('spark', 'wall'):.1f} s to {some.median('local', 'wall'):.1f} s without it")
    return f"Spark on the same cores, its start included, one round of {count:,} cases: {', '.join(told)}."


def page(rows: list[tuple[str, ...]], more: list[str], rounds: int, busy: str) -> str:
    """Return what stands in the docs, as Markdown."""
    how = f"""
        Measured by `make tables` on {date.today()}: Python {platform.python_version()}, {busy} before it began. Whole
        processes, their start included, in turn: medians of {rounds} rounds, and one round of more than {HELD:,} cases.
        *Base*: Polars or Arrow, whichever takes less, reading the same file and writing a table of the same shape,
        with nothing of `rsd`; of more cases than that Arrow, which holds a few at a time. *Core s*: of all cores.
    """
    table = "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ("---",) * len(HEAD), *rows))
    return "\n\n".join((_filled(how), table, *map(_filled, more)))


def _filled(words: str) -> str:
    return textwrap.fill(" ".join(words.split()), 125, break_on_hyphens=False)


def put(text: str) -> None:
    """Put what was measured between its marks in the docs."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, f"{PAGE} has no {BEGIN} … {END}"
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure what is asked for, and print it or write it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--more", type=int, default=0, help="a second size, to see how it grows")
    asked.add_argument("--files", type=int, default=20_000, help="so many YAML files; 0: none")
    asked.add_argument("--spark", type=int, default=0, help="so many cases in Spark too, on this machine")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--write", action="store_true", help="write docs/batch.md")
    wanted = asked.parse_args()
    busy = load()
    if wanted.write and os.getloadavg()[0] > BUSY * (os.cpu_count() or 1):
        sys.exit(
            f"The machine is busy: {busy}. Nothing was measured; docs/batch.md is as it was. Wait until it is quiet."
        )
    with tempfile.TemporaryDirectory(prefix="rsd-bench-") as name:
        folder = Path(name)
        rows = list(batch_rows([count for count in (wanted.cases, wanted.more) if count], wanted.rounds, folder))
        more = [case_files(wanted.files, wanted.rounds, folder)] if wanted.files else []
        more += [in_spark(wanted.spark, folder)] if wanted.spark else []
    text = page(rows, more, wanted.rounds, busy)
    print(text)
    if wanted.write:
        put(text)


if __name__ == "__main__":
    main()

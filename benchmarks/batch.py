"""How fast a batch is, as ratios side by side: `python benchmarks/batch.py --cases 1000000 --more 10000000`.

Inputs are made on the spot, from cases of the law with answers changed, and deleted at the end. A run and its base are
whole processes, timed in turn; memory is the highest that the run held. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import polars as pl  # noqa: E402

from screen.batch.columns import Layout  # noqa: E402
from screen.case import Case, text_of_case  # noqa: E402
from screen.facts import Given  # noqa: E402
from tests.real_law import its_cases, random_value, the_law  # noqa: E402

#: Reads the same columns and writes as many findings as a run does, and finds nothing.
BASE = """
import sys, io
sys.path.insert(0, {src!r})
import polars as pl
from pathlib import Path
from screen.batch.reading import Reader
from screen.batch.sources import sources_of, chunks_of
from screen.batch.output import form_of
from screen.language.book import load_book
book = load_book(Path({rules!r}))
reader, form = Reader(book), form_of({out!r})
like = pl.read_parquet({like!r})
with open({out!r}, "wb") as out:
    from concurrent.futures import ThreadPoolExecutor
    from collections import deque
    held, first = deque(), True
    def part(read, first):
        height = read.frame.height
        rows = pl.concat([like] * (1 + height // like.height))[:height]
        return form.part(rows.with_columns(read.frame["id"]), first=first)[0]
    def done():
        global first
        out.write(part(held.popleft().result(), first)); first = False
    with ThreadPoolExecutor(2) as pool:
        for source in sources_of([{source!r}], None):
            for chunk in chunks_of(source, lambda number: True, reader.layout.of_words):
                held.append(pool.submit(reader.read, chunk))
                while len(held) > 2: done()
        while held: done()
"""


def made(count: int, folder: Path) -> tuple[Path, Path]:
    """Return so many cases as Parquet and as JSON Lines, each a law case with some answers changed."""
    draw = random.Random("bench")
    book, layout, seed = the_law(), Layout(the_law()), {}
    for number in range(20_000):
        given = dict(draw.choice(its_cases()).given)
        for name in draw.sample(list(book.facts), 12):
            given[name] = Given(random_value(book.facts[name], draw))
        seed[f"S{number}"] = given
    frame = layout.frame(seed)
    table, lines = folder / f"{count}.parquet", folder / f"{count}.jsonl"
    with lines.open("wb") as text:
        parts = []
        for start in range(0, count, frame.height):
            part = frame.head(count - start).with_columns(
                pl.Series("id", [f"C{number:09}" for number in range(start, min(count, start + frame.height))])
            )
            path = folder / f"part{len(parts)}.parquet"
            part.write_parquet(path, row_group_size=65_536)
            parts.append(path)
            if start == 0:
                rows = [
                    json.dumps(
                        {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items() if v is not None}
                    )
                    for row in part.iter_rows(named=True)
                ]
                rest = [row.partition(",")[2].encode() for row in rows]
            text.writelines(b'{"id":"C%09d",%s\n' % (start + n, rest[n]) for n in range(part.height))
    pl.scan_parquet(parts).sink_parquet(table, row_group_size=131_072)
    for path in parts:
        path.unlink()
    return table, lines


def timed(command: list[str]) -> tuple[float, float]:
    """Return how many seconds a process took, and how many MB it held at most."""
    start = time.perf_counter()
    env = {**os.environ, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": ""}  # compiled once, as where it is installed
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=env)
    _, status, used = os.wait4(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 3), command
    return time.perf_counter() - start, used.ru_maxrss / 1024


def against_base(source: Path, out: Path, rounds: int) -> tuple[float, float, float, float]:
    """Return the seconds of a run, its memory, and seconds and memory of reading and writing alone; medians."""
    found, base = [], []
    run = [sys.executable, "-m", "screen", "-q", "batch", str(source), "--out", str(out), "--overwrite"]
    for _ in range(rounds):
        found.append(timed(run))
        like = out.with_name("like.parquet")
        pl.read_parquet(out, n_rows=65_536).write_parquet(like)
        script = BASE.format(
            src=str(ROOT / "src"), rules=str(ROOT / "rules"), source=str(source), out=str(out), like=str(like)
        )
        base.append(timed([sys.executable, "-c", script]))
    return *map(statistics.median, zip(*found, strict=True)), *map(statistics.median, zip(*base, strict=True))


def tables(counts: list[int], rounds: int, folder: Path) -> None:
    """Print a line for each size and form."""
    print(f"{'cases':>12} {'form':8} {'seconds':>8} {'cases/s':>9} {'MB':>6} {'base s':>8} {'base MB':>8} {'ratio':>6}")
    before: dict[str, float] = {}
    for count in counts:
        for source in made(count, folder):
            seconds, memory, base, base_memory = against_base(source, folder / "out.parquet", rounds)
            form = source.suffix[1:]
            grown = f"  {seconds / before[form]:.2f} x the smaller" if form in before else ""
            before.setdefault(form, seconds)
            print(
                f"{count:>12,} {form:8} {seconds:>8.1f} {count / seconds:>9,.0f} {memory:>6.0f} {base:>8.1f} "
                f"{base_memory:>8.0f} {seconds / base:>6.2f}{grown}",
                flush=True,
            )
            source.unlink()


def case_files(count: int, rounds: int, folder: Path) -> None:
    """Print how long a folder of YAML files takes, as a ratio to loading them with yaml.CSafeLoader."""
    draw, cases = random.Random("files"), its_cases()
    where = folder / "cases"
    where.mkdir()
    for number in range(count):
        path = where / f"C{number:06}.yaml"
        path.write_text(text_of_case(path, Case(path.stem, draw.choice(cases).given)), encoding="utf-8")
    base = f"import yaml, pathlib\nfor path in sorted(pathlib.Path({str(where)!r}).iterdir()):\n    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)"  # noqa: E501
    command = [
        sys.executable,
        "-m",
        "screen",
        "-q",
        "batch",
        str(where),
        "--overwrite",
        "--out",
        str(folder / "o.parquet"),
    ]
    pairs = [
        (timed(command)[0], timed([*command, "--jobs", "1"])[0], timed([sys.executable, "-c", base])[0])
        for _ in range(rounds)
    ]
    all_cores, one, loader = (statistics.median(row) for row in zip(*pairs, strict=True))
    print(f"{count:>12,} YAML files: {all_cores:.1f} s, with --jobs 1 {one:.1f} s; CSafeLoader alone {loader:.1f} s; "
          f"ratios {all_cores / loader:.2f} and {one / loader:.2f}", flush=True)  # fmt: skip


def in_spark(count: int, rounds: int, folder: Path) -> None:
    """Print how long Spark takes on this machine, its start included, as a ratio to a run without it, in turn."""
    print(f"{'cases':>12} {'form':8} {'Spark s':>8} {'local s':>8} {'Spark / local':>14}")
    for source in made(count, folder):
        command = [sys.executable, "-m", "screen", "-q", "batch", str(source), "--overwrite", "--out"]
        pairs = [
            (
                timed([*command, str(folder / "s.parquet"), "--engine", "spark"])[0],
                timed([*command, str(folder / "l.parquet")])[0],
            )
            for _ in range(rounds)
        ]
        there, here = (statistics.median(row) for row in zip(*pairs, strict=True))
        print(f"{count:>12,} {source.suffix[1:]:8} {there:>8.1f} {here:>8.1f} {there / here:>14.1f}", flush=True)
        source.unlink()


def main() -> None:
    """Measure what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--more", type=int, default=0, help="a second size, to see how it grows")
    asked.add_argument("--files", type=int, default=20_000)
    asked.add_argument("--spark", type=int, default=0, help="so many cases in Spark too, on this machine")
    asked.add_argument("--rounds", type=int, default=3)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="rsd-bench-") as name:
        if wanted.cases:
            tables([count for count in (wanted.cases, wanted.more) if count], wanted.rounds, Path(name))
        if wanted.spark:
            in_spark(wanted.spark, wanted.rounds, Path(name))
        if wanted.files:
            case_files(wanted.files, wanted.rounds, Path(name))


if __name__ == "__main__":
    main()

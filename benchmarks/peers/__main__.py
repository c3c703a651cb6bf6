"""Other rule engines beside ours, on one small law, side by side in one run: `make peers`, and then, to measure again:

    .venv-peers/bin/python -m benchmarks.peers [--cases 200000] [--rounds 5]

SWI-Prolog comes from the system (Debian: swi-prolog-nox). What is not there is told as not measured. Cases are made
on the spot. Each engine's answers are held against the oracle (`law.py`) before the clock runs; then each is timed in
turn, and medians of the rounds are printed. Collecting garbage is put off while the clock runs. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.peers import asp, jsonlogic, openfisca, ours, prolog, zen
from benchmarks.peers.law import CRITERIA, Case, cases, oracle
from benchmarks.peers.roads import Engine, agreeing, found_in, make_files

ROADS = ("dicts", "jsonl", "parquet")
PEERS: dict[str, Callable[[], list[Engine]]] = {
    "OpenFisca": partial(openfisca.engines, "OpenFisca", "openfisca_core", "openfisca-core"),
    "PolicyEngine": partial(openfisca.engines, "PolicyEngine", "policyengine_core", "policyengine-core"),
    "zen-engine": zen.engines,
    "datalogic": jsonlogic.engines,
    "clingo": asp.engines,
    "SWI-Prolog": prolog.engines,
}
NOT_MEASURED = """\
Not measured: memory, starting up, explanations (only the evaluator gives reasons), rules that change, other machines;
country packages of OpenFisca and PolicyEngine; decision tables of zen-engine; several processes of any engine;
SWI-Prolog through janus. Where null is no, or raises, an engine does less than one that keeps unknown: compare with it
the line that has unknown by hand."""


@dataclass
class Measured:
    """An engine with the cases that it is given, and the seconds a case of each road and round."""

    engine: Engine
    cases: list[Case]
    stem: Path
    agreement: float = 1.0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {road: [] for road in ROADS})

    def roads(self) -> list[str]:
        """Return the roads that this engine can take."""
        return [road for road in ROADS if road != "dicts" or self.engine.from_dicts]

    def go(self, road: str, out: Path) -> object:
        """Take one road."""
        if road == "dicts":
            return self.engine.of_dicts(self.cases)
        words = ".words" if self.engine.reads_words else ""
        return self.engine.of_file(self.stem.with_suffix(f"{words}.{road}"), out)

    def check(self, wanted: list[Case], folder: Path) -> None:
        """Keep the smallest share of cells, of all roads, that are as the oracle has them."""
        for road in self.roads():
            out = folder / f"checked.{road}"
            found = self.go(road, out)
            if road != "dicts":
                found = found_in(out, len(self.cases))
                out.unlink()
            share = agreeing(found, wanted[: len(self.cases)]) / (len(self.cases) * len(CRITERIA))
            self.agreement = min(self.agreement, share)

    def clock(self, road: str, folder: Path) -> None:
        """Take one road with the clock running."""
        out = folder / f"found.{road}"
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        found = self.go(road, out)
        took = time.perf_counter() - start
        gc.enable()
        del found
        out.unlink(missing_ok=True)
        self.seconds[road].append(took / len(self.cases))


def measured(engines: list[Engine], count: int, rounds: int, folder: Path) -> list[Measured]:
    """Return every engine with its agreement and its seconds; the first is ours, with which the others are compared."""
    every, stems = cases(count), dict[int, Path]()
    wanted = [oracle(case) for case in every]
    rows = []
    for engine in engines:
        own = every[: max(1, int(count * engine.share))]
        if len(own) not in stems:
            stems[len(own)] = folder / f"cases{len(own)}"
            make_files(own, stems[len(own)])
        rows.append(Measured(engine, own, stems[len(own)]))
        rows[-1].check(wanted, folder)
    draw = random.Random("order")
    for road in ROADS:
        for _ in range(rounds):
            # Whoever comes after a slow one finds memory and caches as that left them: the order is another each time.
            for row in draw.sample(rows, len(rows)):
                if road in row.roads():
                    row.clock(road, folder)
    return rows


def line(row: Measured, ours: Measured) -> str:
    """Return what was measured of one engine, as a line of the table."""
    one = row.engine
    text = f"{one.name:18} {one.version:8} {one.unknowns:15} {len(row.cases):>8,}"
    for road in ROADS:
        took = row.seconds[road]
        if not took:
            text += f"  {'–':>10} {'–':>6}"
            continue
        ratio = statistics.median(a / b for a, b in zip(took, ours.seconds[road], strict=True))
        text += f"  {1 / statistics.median(took):>10,.0f} {ratio:>6.{1 if ratio >= 10 else 2}f}"
    return f"{text}  {row.agreement:>9.2%}"


def main() -> None:
    """Measure every engine that is there, and print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=200_000, help="how many the quick engines are given")
    asked.add_argument("--rounds", type=int, default=5)
    wanted = asked.parse_args()
    engines, missing = ours.engines(), dict[str, str]()
    for name, made in PEERS.items():
        try:
            engines += made()
        except ImportError as error:
            missing[name] = str(error)
    with tempfile.TemporaryDirectory(prefix="rsd-peers-") as folder:
        rows = measured(engines, wanted.cases, wanted.rounds, Path(folder))
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"12 facts, 20 criteria; cases a second, median of {wanted.rounds} rounds; {machine}")
    print("x: how many times as long as our batch kernel takes, in the same round; below 1 it is quicker than ours")
    print(f"{'engine':18} {'version':8} {'unknowns':15} {'cases':>8}", end="")
    print("".join(f"  {road:>10} {'x':>6}" for road in ("dicts", "JSON Lines", "Parquet")) + f"  {'agreement':>9}")
    for row in rows:
        print(line(row, rows[0]))
    for name, why in missing.items():
        print(f"{name:18} not measured: {why}")
    print(NOT_MEASURED)


if __name__ == "__main__":
    main()

"""Other rule engines compared with ours on a small law, in the same run: `make peers`, and then, to measure again:

    .venv-peers/bin/python -m benchmarks.peers [--cases 200000] [--rounds 5]

SWI-Prolog comes from the system (Debian: swi-prolog-nox). An engine that is not installed is reported as not measured.
Cases are random. The answers of each engine are compared with the oracle (`law.py`) first; then the engines are timed
in turn, and medians of the rounds are printed. Garbage collection is paused while the clock runs. Nothing here is a
test.
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
from benchmarks.peers.engine import Engine, count_matching_cells, read_results, write_case_files
from benchmarks.peers.law import CRITERIA, Case, cases, oracle

FORMATS = ("dicts", "jsonl", "parquet")
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
    """An engine with its cases, and its seconds a case for each format and round."""

    engine: Engine
    cases: list[Case]
    stem: Path
    agreement: float = 1.0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in FORMATS})

    def formats(self) -> list[str]:
        """Return the formats that this engine can take."""
        return [name for name in FORMATS if name != "dicts" or self.engine.takes_dicts]

    def run(self, data_format: str, out: Path) -> object:
        """Evaluate the cases from one format."""
        if data_format == "dicts":
            return self.engine.evaluate_dicts(self.cases)
        words = ".words" if self.engine.needs_words else ""
        return self.engine.evaluate_file(self.stem.with_suffix(f"{words}.{data_format}"), out)

    def check(self, expected: list[Case], folder: Path) -> None:
        """Keep the smallest share of cells, of all formats, that are those of the oracle."""
        for data_format in self.formats():
            out = folder / f"checked.{data_format}"
            results = self.run(data_format, out)
            if data_format != "dicts":
                results = read_results(out, len(self.cases))
                out.unlink()
            share = count_matching_cells(results, expected[: len(self.cases)]) / (len(self.cases) * len(CRITERIA))
            self.agreement = min(self.agreement, share)

    def clock(self, data_format: str, folder: Path) -> None:
        """Evaluate the cases from one format with the clock running."""
        out = folder / f"results.{data_format}"
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        results = self.run(data_format, out)
        seconds = time.perf_counter() - start
        gc.enable()
        del results
        out.unlink(missing_ok=True)
        self.seconds[data_format].append(seconds / len(self.cases))


def measure(engines: list[Engine], count: int, rounds: int, folder: Path) -> list[Measured]:
    """Return every engine with its agreement and its seconds; the first is ours, with which the others are compared."""
    all_cases, stems = cases(count), dict[int, Path]()
    expected = [oracle(case) for case in all_cases]
    rows = []
    for engine in engines:
        its_cases = all_cases[: max(1, int(count * engine.share))]
        if len(its_cases) not in stems:
            stems[len(its_cases)] = folder / f"cases{len(its_cases)}"
            write_case_files(its_cases, stems[len(its_cases)])
        rows.append(Measured(engine, its_cases, stems[len(its_cases)]))
        rows[-1].check(expected, folder)
    draw = random.Random("order")
    for data_format in FORMATS:
        for _ in range(rounds):
            # An engine finds memory and caches as the one before it left them: the order changes in each round.
            for row in draw.sample(rows, len(rows)):
                if data_format in row.formats():
                    row.clock(data_format, folder)
    return rows


def format_row(row: Measured, ours: Measured) -> str:
    """Return what was measured of an engine as a line of the table."""
    engine = row.engine
    text = f"{engine.name:18} {engine.version:8} {engine.unknowns:15} {len(row.cases):>8,}"
    for data_format in FORMATS:
        seconds = row.seconds[data_format]
        if not seconds:
            text += f"  {'–':>10} {'–':>6}"
            continue
        ratio = statistics.median(a / b for a, b in zip(seconds, ours.seconds[data_format], strict=True))
        text += f"  {1 / statistics.median(seconds):>10,.0f} {ratio:>6.{1 if ratio >= 10 else 2}f}"
    return f"{text}  {row.agreement:>9.2%}"


def main() -> None:
    """Measure every engine that is installed, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=200_000, help="how many the quick engines get")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    engines, missing = ours.engines(), dict[str, str]()
    for name, load_engines in PEERS.items():
        try:
            engines += load_engines()
        except ImportError as error:
            missing[name] = str(error)
    with tempfile.TemporaryDirectory(prefix="rsd-peers-") as folder:
        rows = measure(engines, options.cases, options.rounds, Path(folder))
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"12 facts, 20 criteria; cases a second, median of {options.rounds} rounds; {machine}")
    print("x: how many times as long as our batch kernel takes, in the same round; below 1 it is quicker than ours")
    print(f"{'engine':18} {'version':8} {'unknowns':15} {'cases':>8}", end="")
    print("".join(f"  {name:>10} {'x':>6}" for name in ("dicts", "JSON Lines", "Parquet")) + f"  {'agreement':>9}")
    for row in rows:
        print(format_row(row, rows[0]))
    for name, reason in missing.items():
        print(f"{name:18} not measured: {reason}")
    print(NOT_MEASURED)


if __name__ == "__main__":
    main()

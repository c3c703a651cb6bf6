"""Commands measured in turn: wall-clock seconds, core seconds, and peak memory.

Each run is a process of its own. Runs alternate (A B C A B C …), so that a machine that slows down slows all of them;
a ratio is the median of the ratios within the rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RSD = [sys.executable, "-m", "screen"]


@dataclass(frozen=True)
class Cost:
    """What a run took: wall-clock seconds, seconds of all cores together (user and system), peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def measure(command: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command and return what it took. Raises CalledProcessError where it fails.

    A small process starts it: a child is charged with what the process that starts it has ever held.
    """
    starter = [sys.executable, "-S", __file__, *command]
    # Python keeps compiled modules, as it does where the program is installed.
    environment = {**(env or os.environ), "PYTHONDONTWRITEBYTECODE": ""}
    result = subprocess.run(starter, cwd=ROOT, stdout=subprocess.PIPE, env=environment, check=True, text=True)
    return Cost(*json.loads(result.stdout))


def start(command: Sequence[str]) -> None:
    """Run a command, print what it took as JSON, and exit with its exit code."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    print(json.dumps([time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
    sys.exit(os.waitstatus_to_exitcode(status))


class Measurements:
    """What several commands took, round by round."""

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        rounds: int,
        *,
        env: Mapping[str, str] | None = None,
        warm_up: int = 0,
    ) -> None:
        """Run each command in turn; the first `warm_up` rounds are not counted."""
        rounds_run = [
            {name: measure(command, env) for name, command in commands.items()} for _ in range(warm_up + rounds)
        ]
        self.rounds = rounds_run[warm_up:]

    def median(self, name: str, figure: str) -> float:
        """Return the median of `wall`, `cpu` or `memory` of a command."""
        return statistics.median(getattr(costs[name], figure) for costs in self.rounds)

    def ratio(self, name: str, base: str, figure: str) -> float:
        """Return the median of the ratios of a command to another one within each round."""
        return statistics.median(getattr(costs[name], figure) / getattr(costs[base], figure) for costs in self.rounds)

    def quickest(self, names: Sequence[str], figure: str = "cpu") -> str:
        """Return which of these commands took least."""
        return min(names, key=lambda name: self.median(name, figure))


def describe_load() -> str:
    """Return how busy the machine is: what is measured on a busy machine is not published."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


if __name__ == "__main__":
    start(sys.argv[1:])

"""Commands measured in turn: seconds, seconds of all cores together, and the most memory that was held.

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
class Spent:
    """What one run took: seconds, seconds of all cores together (user and system), MB of memory at most."""

    wall: float
    cpu: float
    memory: float


def spent(command: Sequence[str], env: Mapping[str, str] | None = None) -> Spent:
    """Run a command and return what it took. Raises CalledProcessError where it fails.

    A small process of its own starts it: a child counts as its own what the process that starts it has ever held.
    """
    starter = [sys.executable, "-S", __file__, *command]
    # Compiled once, as where it is installed.
    compiled = {**(env or os.environ), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(starter, cwd=ROOT, stdout=subprocess.PIPE, env=compiled, check=True, text=True)
    return Spent(*json.loads(done.stdout))


def start(command: Sequence[str]) -> None:
    """Run a command, print what it took as JSON, and end as it ended."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    print(json.dumps([time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
    sys.exit(os.waitstatus_to_exitcode(status))


class Measured:
    """What several commands took, round by round."""

    def __init__(
        self, commands: Mapping[str, Sequence[str]], rounds: int, *, env: Mapping[str, str] | None = None, warm: int = 0
    ) -> None:
        """Run each command in turn; the first `warm` rounds are not counted."""
        every = [{name: spent(command, env) for name, command in commands.items()} for _ in range(warm + rounds)]
        self.rounds = every[warm:]

    def median(self, name: str, what: str) -> float:
        """Return the median of `wall`, `cpu` or `memory` of a command."""
        return statistics.median(getattr(row[name], what) for row in self.rounds)

    def ratio(self, name: str, base: str, what: str) -> float:
        """Return the median of the ratios of a command to another one within each round."""
        return statistics.median(getattr(row[name], what) / getattr(row[base], what) for row in self.rounds)

    def quickest(self, names: Sequence[str], what: str = "cpu") -> str:
        """Return the command of these that took least."""
        return min(names, key=lambda name: self.median(name, what))


def load() -> str:
    """Return how busy the machine is, in words: a number measured on a busy one is no number to publish."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


if __name__ == "__main__":
    start(sys.argv[1:])

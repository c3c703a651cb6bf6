"""The entry: `python -m tests.campaign`. The package says what for."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.campaign.kinds import KINDS, Kind
from tests.campaign.program import ROOT
from tests.campaign.table import page
from tests.campaign.tally import Campaign, Share, Tally

#: What `make campaign` does where nothing else is said.
COUNTS = {"inputs": 50_000, "kills": 1_000, "calls": 1_000, "commands": 1_000, "scenes": 1_000}
#: The short form, for every change.
SHORT = {"inputs": 40, "kills": 10, "calls": 4, "commands": 5, "scenes": 3}

#: Of one finding that many attempts make, so many are printed.
_SHOWN = 3

#: Fewer attempts than these are made in one process.
_WORTH_SHARING = 40


@dataclass(frozen=True)
class Task:
    """A share of one kind, done in a process of its own."""

    kind: Kind
    count: int
    share: Share


def main() -> int:
    """Run what the command line asks for, and return the exit code: 1 where a promise is broken."""
    asked = _parser().parse_args()
    # A shell starts a run in the background with these ignored, and so would every program that is attacked.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    if asked.list:
        print(*(f"{kind.name:12} {kind.title} ({kind.unit})" for kind in KINDS.values()), sep="\n")
        return 0
    kinds = [KINDS[name] for name in asked.kinds or KINDS]
    if asked.only:
        return _again(kinds, asked.only)
    if asked.share:
        return _share(kinds[0], asked)
    began = time.monotonic()
    counts = {unit: getattr(asked, unit) or (SHORT if asked.short else COUNTS)[unit] for unit in COUNTS}
    tallies = _tallies(kinds, counts, asked.seed, asked.jobs)
    for tally in tallies.values():
        _print_findings(tally)
    wall = time.monotonic() - began
    print(f"{sum(one.tried for one in tallies.values()):,} attempts with seed {asked.seed} in {wall / 60:.1f} minutes.")
    if asked.table:
        before = asked.table.read_text(encoding="utf-8") if asked.table.exists() else ""
        asked.table.write_text(page(before, KINDS, list(tallies.values()), day=date.today()), encoding="utf-8")
        print(f"Written: {asked.table}")
    return 1 if any(one.findings for one in tallies.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description="A safety campaign against rsd.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="kinds of attack; all of them where left out")
    parser.add_argument("--short", action="store_true", help="small numbers, for every change")
    parser.add_argument("--list", action="store_true", help="list the kinds")
    parser.add_argument("--seed", type=int, default=1)
    for unit, count in COUNTS.items():
        parser.add_argument(f"--{unit}", type=int, help=f"how many {unit} (default {count:,})")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes at once")
    parser.add_argument("--only", metavar="SEED:NUMBER", help="show one attempt again; needs one KIND")
    parser.add_argument("--table", type=Path, metavar="FILE", help="put the results into a table; its other rows stay")
    parser.add_argument("--share", help=argparse.SUPPRESS)  # I/N:COUNT:FILE, what a process of this command is asked
    return parser


def _again(kinds: list[Kind], only: str) -> int:
    """Make one attempt once more, in this process, and leave its files where they are."""
    if len(kinds) != 1:
        print("Name one kind with --only.", file=sys.stderr)
        return 2
    seed, number = (int(part) for part in only.split(":"))
    folder = Path(tempfile.mkdtemp(prefix="rsd-campaign-"))
    # A list of fixed attempts is as long as it is; of all else the number alone counts.
    campaign = Campaign(kinds[0].name, seed, number + 1, folder, only=number)
    kinds[0].run(campaign)
    print(campaign.tally.line())
    for _, what in campaign.tally.findings:
        print(f" - {what}")
    print(f"Its files are in {folder}")
    return 1 if campaign.tally.findings else 0


def _share(kind: Kind, asked: argparse.Namespace) -> int:
    """Do the share of a kind that another process of this command asked for."""
    part, count, file = asked.share.split(":", 2)
    index, of = (int(number) for number in part.split("/"))
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rsd-campaign-", ignore_cleanup_errors=True) as folder:
        campaign = Campaign(kind.name, asked.seed, int(count), Path(folder), share=Share(index, of))
        kind.run(campaign)
    campaign.tally.wall = time.monotonic() - began
    Path(file).write_text(json.dumps(campaign.tally.plain()), encoding="utf-8")
    return 0


def _tasks(kind: Kind, count: int, jobs: int) -> list[Task]:
    """Return the shares of one kind; of few attempts most of the time is the preparation."""
    shares = jobs if count >= _WORTH_SHARING else 1
    return [Task(kind, count, Share(index, shares)) for index in range(shares)]


def _leave_with(parent: int) -> None:
    """Leave when the process that asked for this share has gone: nobody would hear of it."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _tallies(kinds: Iterable[Kind], counts: Mapping[str, int], seed: int, jobs: int) -> dict[str, Tally]:
    """Return the tally of each kind; a kind is done in as many shares as there are processes."""
    tasks = [task for kind in kinds for task in _tasks(kind, max(1, round(counts[kind.unit] * kind.part)), jobs)]
    tallies: dict[str, Tally] = {}
    left = {kind.name: sum(task.kind is kind for task in tasks) for kind in kinds}
    with ThreadPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(_process, task, seed) for task in tasks]):
            tally = future.result()
            if tally.kind in tallies:
                tallies[tally.kind].add(tally)
            else:
                tallies[tally.kind] = tally
            left[tally.kind] -= 1
            if not left[tally.kind]:
                print(tallies[tally.kind].line(), flush=True)
    return {name: tallies[name] for name in KINDS if name in tallies}


def _process(task: Task, seed: int) -> Tally:
    """Return the tally of one share, run in a process of its own; that it breaks off is a finding."""
    with tempfile.TemporaryDirectory(prefix="rsd-campaign-") as folder:
        file = Path(folder) / "tally.json"
        share = f"{task.share.index}/{task.share.of}:{task.count}:{file}"
        command = [sys.executable, "-m", "tests.campaign", task.kind.name, "--seed", str(seed), "--share", share]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if file.exists():
            return Tally.of(json.loads(file.read_text(encoding="utf-8")))
    broken = f"the campaign itself broke off with exit code {done.returncode}: {done.stderr[-1500:]}"
    return Tally(task.kind.name, seed, findings=[(-1, broken)])


def _print_findings(tally: Tally) -> None:
    """Print what was found, each with the words that show it again."""
    seen: dict[str, int] = {}
    for number, what in tally.findings:
        key = re.sub(r"'[^']*'|\"[^\"]*\"|\d+|\{.*", "…", what)[:60]
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= _SHOWN:
            print(f" - {what}\n   again: python -m tests.campaign {tally.kind} --only {tally.seed}:{number}")
    for key, count in seen.items():
        if count > _SHOWN:
            print(f" - {count - _SHOWN} more like: {key}")


if __name__ == "__main__":
    sys.exit(main())

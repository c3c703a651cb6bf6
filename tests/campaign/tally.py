"""What a campaign counts and finds; tallies of several processes add up to one."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.campaign.program import Done

Item = TypeVar("Item")


@dataclass
class Tally:
    """Counts of one kind of attack: attempts, what came of them, what was not run here, the worst, the findings."""

    kind: str
    seed: int
    tried: int = 0
    kills: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    not_run: Counter[str] = field(default_factory=Counter)
    beyond: float = 0.0
    memory: int = 0
    wall: float = 0.0
    findings: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take the counts of another share of the same kind."""
        self.tried += other.tried
        self.kills += other.kills
        self.outcomes += other.outcomes
        self.not_run |= other.not_run  # each share misses the same tool
        self.beyond, self.memory = max(self.beyond, other.beyond), max(self.memory, other.memory)
        self.wall += other.wall
        self.findings = sorted({*self.findings, *other.findings})

    def line(self) -> str:
        """Return the counts in one line."""
        parts = [f"{self.kind}: {self.tried:,} tried"]
        parts += [f"{self.kills:,} kills"] if self.kills else []
        parts += [f"{count:,} {what}" for what, count in sorted(self.outcomes.items())]
        parts += [f"{count:,} not run here ({why})" for why, count in sorted(self.not_run.items())]
        parts += [f"slowest {self.beyond:+.2f} s beyond normal", f"{self.memory} MB", f"{self.wall:.0f} s"]
        return f"{', '.join(parts)}: {len(self.findings)} findings"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return dict(vars(self))

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Tally:
        """Return the tally that `plain` wrote."""
        counted = {name: Counter(plain[name]) for name in ("outcomes", "not_run")}
        return cls(**{**plain, **counted, "findings": [(number, what) for number, what in plain["findings"]]})


@dataclass(frozen=True)
class Share:
    """The part of a campaign that this process does: numbers that leave `index` when divided by `of`."""

    index: int = 0
    of: int = 1


class Campaign:
    """One kind of attack under way: its numbers, its chance, its folder, its tally."""

    def __init__(
        self, kind: str, seed: int, count: int, folder: Path, *, share: Share = Share(), only: int | None = None
    ) -> None:
        self.kind, self.seed, self.count, self.folder, self.share, self.only = kind, seed, count, folder, share, only
        self.tally = Tally(kind, seed)

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the attempts that are to be made here."""
        if self.only is not None:
            yield self.only
        else:
            yield from range(self.share.index, self.count, self.share.of)

    def chosen(self, items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
        """Yield items of a fixed list with their numbers: all of them, or so many, drawn by the seed."""
        if self.only is not None:
            yield self.only, items[self.only]
            return
        wanted = sorted(random.Random(self.seed).sample(range(len(items)), min(self.count, len(items))))
        for number in wanted[self.share.index :: self.share.of]:
            yield number, items[number]

    def chance(self, number: int, what: str = "") -> random.Random:
        """Return what draws for one attempt, the same at every run."""
        return random.Random(f"{self.seed}-{self.kind}-{number}{what}")

    def scratch(self, name: str = "") -> Path:
        """Return a new folder for throwaway files."""
        return Path(tempfile.mkdtemp(prefix=f"{self.kind}-{name}", dir=self.folder))

    def tried(self, outcome: str, count: int = 1) -> None:
        """Count an attempt by what came of it."""
        self.tally.tried += count
        self.tally.outcomes[outcome] += count

    def missing(self, why: str, count: int = 1) -> None:
        """Count attempts that cannot be made on this machine."""
        self.tally.not_run[why] += count

    def finding(self, number: int, what: str) -> None:
        """Keep a broken promise."""
        self.tally.findings.append((number, what))

    def findings(self, number: int, found: Sequence[str], where: str = "") -> bool:
        """Keep broken promises, and say whether there were any."""
        for what in found:
            self.finding(number, f"{where}: {what}" if where else what)
        return bool(found)

    def measured(self, done: Done, normal: float | None = None) -> None:
        """Keep the worst of what commands cost."""
        self.tally.memory = max(self.tally.memory, done.memory)
        if normal is not None:
            self.tally.beyond = max(self.tally.beyond, done.seconds - normal)


def normal_seconds(command: Callable[[], Done]) -> float:
    """Return the processor time of a command on undamaged input: the longer of two, the first start left out."""
    command()
    return max(command().seconds, command().seconds)

"""What a run comes to: the counts of its parts summed up, and the summary of the finished run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to. Every record is accounted for: `read` is the sum of `scored` and `rejected`.

    `codes` counts the mistakes of the rejected records, `counts` the words of each column of the output, both with the
    most frequent first.
    """

    read: int
    scored: int
    rejected: int
    codes: dict[str, int]
    counts: dict[str, dict[str, int]]


@dataclass(slots=True)
class Tally:
    """The sums over the parts so far, kept up to date part by part: a run may have a thousand of them."""

    parts: int = 0
    read: int = 0
    scored: int = 0
    rejected: int = 0
    bytes: int = 0
    read_by_source: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, part: Mapping[str, Any]) -> None:
        """Add what one part counted."""
        self.parts += 1
        self.read += part["read"]
        self.scored += part["scored"]
        self.rejected += part["rejected"]
        self.bytes += part["bytes"]
        self.read_by_source[part["source"]] += part["read"]
        self.codes.update(part["codes"])
        for name, words in part["counts"].items():
            self.counts.setdefault(name, Counter()).update(words)


def summarize(tally: Tally) -> RunSummary:
    """Return the summary of a run."""
    counts = sum_counts([{"codes": tally.codes}, tally.counts])
    return RunSummary(tally.read, tally.scored, tally.rejected, counts.pop("codes"), counts)


def sum_counts(counts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return counts of words by column, added up, the most frequent words first."""
    sums: dict[str, Counter[str]] = {}
    for counts_of_part in counts:
        for name, words in counts_of_part.items():
            sums.setdefault(name, Counter()).update(words)
    return {name: dict(sorted(words.items(), key=lambda item: (-item[1], item[0]))) for name, words in sums.items()}

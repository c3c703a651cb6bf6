"""What the parts of a run come to.

In: what each part counted, one after the other: a run of a thousand parts does not add them up again after each. Out:
the sums. Left alone: files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """The sums over the parts so far. `of_source` tells how many records of each source were read."""

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

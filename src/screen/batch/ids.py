"""Which cases were met before: a case that stands twice must not be counted twice.

In: the names of cases, chunk by chunk. Out: which of them were there before, in the chunk or in an earlier one. Eight
bytes are kept of each name, in sorted runs that grow by halves, so that ten million names take eighty megabytes and a
look among them costs a few comparisons. Two names share their eight bytes about three times in a million runs of ten
million cases; the second is then told as a duplicate, and not dropped in silence.
"""

from __future__ import annotations

import polars as pl

_SEED = 20_261_101


def digests(names: pl.Series) -> pl.Series:
    """Return eight bytes for each name."""
    return names.hash(_SEED)


class Seen:
    """The names met so far."""

    def __init__(self) -> None:
        self.runs: list[pl.Series] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self.runs)

    def again(self, names: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return where a name was met before, and the digests of the others, which are met from now on."""
        found = digests(names)
        before = ~found.is_first_distinct()
        for run in self.runs:
            at = run.search_sorted(found).clip(0, len(run) - 1)
            before = before | (run.gather(at) == found)
        new = found.filter(~before)
        self.add(new)
        return before, new

    def add(self, new: pl.Series) -> None:
        """Take these digests for met."""
        if len(new):
            self.runs.append(new.sort())
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            last = self.runs.pop()
            self.runs[-1] = pl.concat([self.runs[-1], last]).sort()

"""Which cases were met before: a case that stands twice must not be counted twice.

In: the names of cases, chunk by chunk. Out: which of them were there before, in the chunk or in an earlier one. Eight
bytes are kept of each name, in sorted runs that grow by halves, so that ten million names take eighty megabytes and a
look among them costs a few comparisons. Two names share their eight bytes about three times in a million runs of ten
million cases; the second is then told as a duplicate, and not dropped in silence.
"""

from __future__ import annotations

import polars as pl

_SEED = 20_261_101


def hash_names(names: pl.Series) -> pl.Series:
    """Return eight bytes for each name."""
    return names.hash(_SEED)


class DuplicateFilter:
    """The names met so far."""

    def __init__(self) -> None:
        self.runs: list[pl.Series] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self.runs)

    def check_and_add(self, names: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return where a name was met before, and the digests of the others, which are met from now on."""
        found = hash_names(names)
        ordered = found.sort()  # neighbours are looked up one after the other, in memory that is at hand
        twice = (ordered[1:] == ordered[:-1]).any() or any(_in(run, ordered).any() for run in self.runs)
        before = self._before(found) if twice else pl.Series([False]).new_from_index(0, len(found))
        new = found.filter(~before).sort() if twice else ordered
        self.add(new)
        return before, new

    def _before(self, found: pl.Series) -> pl.Series:
        """Return which of these were there before, in a run or among themselves."""
        before = ~found.is_first_distinct()
        for run in self.runs:
            before = before | _in(run, found)
        return before

    def add(self, new: pl.Series) -> None:
        """Take these digests for met; they are sorted."""
        if len(new):
            self.runs.append(new)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            last = self.runs.pop()
            self.runs[-1] = _merged(self.runs[-1], last)


def _in(run: pl.Series, found: pl.Series) -> pl.Series:
    """Return which of these stand in a sorted run."""
    return run.gather(run.search_sorted(found).clip(0, len(run) - 1)) == found


def _merged(one: pl.Series, other: pl.Series) -> pl.Series:
    """Return two sorted runs as one."""
    frames = (run.alias("name").to_frame().lazy() for run in (one, other))
    return next(frames).merge_sorted(next(frames), "name").collect().to_series()

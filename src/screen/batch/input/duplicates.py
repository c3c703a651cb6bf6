"""Which cases were met before: a case that stands twice must not be counted twice.

In: the names of cases, chunk by chunk. Out: which of them were met before, in the same chunk or in an earlier one.
Eight bytes are kept of each name, in sorted runs that are merged as they grow. So ten million names take eighty
megabytes, and a lookup costs a few comparisons. In about three of a million runs of ten million cases two names share
their eight bytes. The second is then reported as a duplicate, and not dropped in silence.
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
        """Return which of these names were met before, and the hashes of the others, which count as met from now on."""
        hashes = hash_names(names)
        ordered = hashes.sort()  # neighbours are looked up one after the other, in memory that is at hand
        has_duplicates = (ordered[1:] == ordered[:-1]).any() or any(_is_in(run, ordered).any() for run in self.runs)
        repeated = self._repeated(hashes) if has_duplicates else pl.Series([False]).new_from_index(0, len(hashes))
        new = hashes.filter(~repeated).sort() if has_duplicates else ordered
        self.add(new)
        return repeated, new

    def _repeated(self, hashes: pl.Series) -> pl.Series:
        """Return which of these were met before, in a run or among themselves."""
        repeated = ~hashes.is_first_distinct()
        for run in self.runs:
            repeated = repeated | _is_in(run, hashes)
        return repeated

    def add(self, hashes: pl.Series) -> None:
        """Count these sorted hashes as met."""
        if len(hashes):
            self.runs.append(hashes)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            last = self.runs.pop()
            self.runs[-1] = _merge(self.runs[-1], last)


def _is_in(run: pl.Series, hashes: pl.Series) -> pl.Series:
    """Return which of these stand in a sorted run."""
    return run.gather(run.search_sorted(hashes).clip(0, len(run) - 1)) == hashes


def _merge(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return two sorted runs as one."""
    frames = [run.alias("name").to_frame().lazy() for run in (left, right)]
    return frames[0].merge_sorted(frames[1], "name").collect().to_series()

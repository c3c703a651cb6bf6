"""What a run of a batch is asked to do, and what it calls while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from screen.batch.input.sources import CaseSource

if TYPE_CHECKING:
    import polars as pl

    from screen.batch.fault_boundary import Fault

#: Called after each part with the records read and rejected so far, and the bytes of the sources that were read.
ProgressCallback = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What a run is asked to do.

    `profiles` are those under which every case is scored; without them each case has its own. `shard` is the number of
    this shard, from 1, and of how many. `jobs` is how much goes on at once. `extra_outputs` names what the part writer
    makes besides the table: a run with other ones does not continue this run. `extra_columns` are what the part writer
    needs and the output does not have. With `closed` every record is taken for closed, and with `as_recorded`
    nobody is recommended for recognition on statements that have not been assessed. `today` is the last day on which a
    record can have been closed.
    """

    sources: Sequence[CaseSource]
    out: Path
    rejects: Path
    profiles: Sequence[str] = ()
    columns: Sequence[str] | None = None
    ignored_columns: Sequence[str] = ()
    shard: tuple[int, int] = (1, 1)
    strict: bool = False
    resume: bool = False
    overwrite: bool = False
    jobs: int = 2
    extra_outputs: Sequence[str] = ()
    extra_columns: Sequence[str] = ()
    closed: bool = False
    as_recorded: bool = False
    today: date | None = None

    @property
    def is_sharded(self) -> bool:
        """Tell whether this run does one of several shards."""
        return self.shard[1] > 1


class PartWriter(Protocol):
    """Writes something besides the table for each part, such as determinations."""

    def prepare(self, *, resumed: bool, overwrite: bool) -> None:
        """Prepare to write. Raises DiagnosticsError where something is in the way, unless resumed or overwriting."""

    def write_part(self, cases: pl.DataFrame, table: pl.DataFrame) -> tuple[Mapping[str, str], Mapping[int, Fault]]:
        """Write what belongs to a part's cases and findings, before the part is kept.

        Return the digests of the files by name, and the faults by the row of their case.
        """

    def discard(self, written: Mapping[str, str]) -> None:
        """Delete the files of a run that is given up, as far as they are still what was written."""

"""The border of one record: the one place where everything is caught, so that a fault of our own ends no run.

In: work on one record, or on a table of them. Out: what it gives; where it fails, a `Fault` of the record that it fails
over, and what the others give. Left alone: mistakes of whoever wrote the record, which are told by their own codes, and
want of memory and interruptions, which are about no record.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from screen.batch.input.rejects import Reject
from screen.diagnostics import MAX_SUGGESTIONS, DiagnosticsError

if TYPE_CHECKING:
    import polars as pl

_REMEDY = "Please report this: it holds nothing of the record."
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of our own over one record: what kind, and where in the program. An error's message may hold a case."""

    error_type: str
    code_location: str

    def to_reject(self, source: str, row: int, line: int | None = None) -> Reject:
        """Return the record that it was met over as one that could not be used."""
        found = f"a fault of the program's own: {self.error_type} at {self.code_location}."
        return Reject(source, row, None, "program-fault", found, _REMEDY, line)


def catch_fault(work: Callable[[], Made]) -> Made | Fault:
    """Return what work on one record gives, or the fault that it ends with. Raises Mistakes and MemoryError."""
    try:
        return work()
    except (DiagnosticsError, MemoryError):
        raise
    except Exception as error:  # whatever it is, the other records are not to be lost over it
        return _fault(error)
    except BaseException as error:
        # A panic of Polars is no Exception; what else is none (an interruption) ends the run.
        if type(error).__name__ != "PanicException":
            raise
        return _fault(error)


def bisect_faults(work: Callable[[pl.DataFrame], Made], table: pl.DataFrame) -> Iterator[tuple[int, Made | Fault]]:
    """Yield what work on a table gives, in one piece where it does not fail; else of its halves, down to single rows.

    Each piece comes with its first row. Faults over more than `MANY` rows of one table are about no row: the last of
    them is raised, since to go on would take hours and leave nothing.
    """
    faults = 0
    waiting = [(0, table.height)]
    while waiting:
        first, end = waiting.pop()
        made = catch_fault(partial(work, table.slice(first, end - first)))
        if isinstance(made, Fault) and end - first > 1:
            middle = (first + end) // 2
            waiting += [(middle, end), (first, middle)]
            continue
        faults += isinstance(made, Fault)
        if faults > MAX_SUGGESTIONS or (isinstance(made, Fault) and first == end):
            made = work(table.slice(first, end - first))
        yield first, made


def _fault(error: BaseException) -> Fault:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Fault(type(error).__name__, f"{Path(last.filename).name}:{last.lineno}")

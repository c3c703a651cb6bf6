"""The boundary of one record: the only place that catches everything, so that a fault of the program ends no run.

In: work on one record, or on a table of them. Out: its result; where it fails, a `Fault` of the record that it fails
over, and the results for the other records. Left alone: mistakes of whoever wrote the record, which have codes of their
own; and lack of memory and interruptions, which concern no record.
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

_HINT = "Please report this: it holds nothing of the record."
_MAX_FAULTS = MAX_SUGGESTIONS
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the program over one record: which error, and where in the code. Its message may quote a case."""

    error_type: str
    code_location: str

    def to_reject(self, source: str, row: int, line: int | None = None) -> Reject:
        """Return the record that it was met over as one that could not be used."""
        message = f"a fault of the program's own: {self.error_type} at {self.code_location}."
        return Reject(source, row, None, "program-fault", message, _HINT, line)


def catch_fault(work: Callable[[], Result]) -> Result | Fault:
    """Return the result of work on one record, or its fault. Raises DiagnosticsError and MemoryError."""
    try:
        return work()
    except (DiagnosticsError, MemoryError):
        raise
    except Exception as error:  # the other records must not be lost over it, whatever it is
        return _fault(error)
    except BaseException as error:
        # A panic of Polars is no Exception. Any other, such as an interruption, ends the run.
        if type(error).__name__ != "PanicException":
            raise
        return _fault(error)


def bisect_faults(work: Callable[[pl.DataFrame], Result], table: pl.DataFrame) -> Iterator[tuple[int, Result | Fault]]:
    """Yield the result for a table, as one part where the work succeeds; else of its halves, down to single rows.

    Each part comes with its first row. Faults over more than `_MAX_FAULTS` rows of one table concern no single row:
    the last of them is raised, since to go on would take hours and give nothing.
    """
    faults = 0
    pending = [(0, table.height)]
    while pending:
        first, end = pending.pop()
        result = catch_fault(partial(work, table.slice(first, end - first)))
        if isinstance(result, Fault) and end - first > 1:
            middle = (first + end) // 2
            pending += [(middle, end), (first, middle)]
            continue
        faults += isinstance(result, Fault)
        if faults > _MAX_FAULTS or (isinstance(result, Fault) and first == end):
            result = work(table.slice(first, end - first))
        yield first, result


def _fault(error: BaseException) -> Fault:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Fault(type(error).__name__, f"{Path(last.filename).name}:{last.lineno}")

"""The record of a case: open while facts are gathered, closed once somebody has said that it is whole.

In: what a case file says under `record`. Out: a frozen value. Left alone: what closing does to findings (`engine`), and
what must be put to the applicant first (`engine.before_closing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.text import sanitize_line

OPEN, CLOSED = "open", "closed"
STATES = (OPEN, CLOSED)
RECORD_KEYS = ("state", "by", "on")


@dataclass(frozen=True, slots=True)
class Record:
    """Whether the record is closed, by whom and on which day. A case file that says nothing has an open one."""

    is_closed: bool = False
    by: str | None = None
    on: date | None = None


OPEN_RECORD = Record()


def record_data(record: Record) -> dict[str, Any]:
    """Return a record as a case file writes it."""
    data = {"state": CLOSED if record.is_closed else OPEN, "by": record.by, "on": record.on and record.on.isoformat()}
    return {key: value for key, value in data.items() if value is not None}


def record_line(record: Record, *, read_as_closed: bool = False) -> str:
    """Return which record is spoken of: the closed one, with by whom and when, or the open one."""
    if record.is_closed:
        on = f" on {record.on.isoformat()}" if record.on else ""
        return f"Record closed{on} by {sanitize_line(record.by or 'nobody named')}."
    return "Record open; read here as if it were closed." if read_as_closed else "Record open."


def record_closed_error(path: Path) -> DiagnosticsError:
    """Return the refusal of whatever only an open record can take: nothing slips into a closed one."""
    message, hint = "the record of this case is closed.", "Reopen it first: `rsd case reopen FILE`."
    return DiagnosticsError([Diagnostic(Location(str(path)), "record-closed", message, hint)])

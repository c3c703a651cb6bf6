"""The record of a case: open while facts are gathered, closed once somebody has said that it is whole.

In: what a case file says under `record`. Out: a frozen value. Left alone: what closing does to findings (`engine`), and
what must be put to the applicant first (`engine.before_closing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

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

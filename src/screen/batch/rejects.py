"""What could not be used, told so that it can be mended.

In: where something stands and what is wrong with it. Out: a line of JSON for each mistake. What a record says is not
part of it: the place finds it again, and the rejects file may be read by people who may not read the cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from screen.batch.cells import ID
from screen.mistake import Mistake, Mistakes
from screen.visible import one_line


@dataclass(frozen=True, slots=True)
class Reject:
    """One mistake of one record. `row` counts records of a source from 1, `line` its lines."""

    source: str
    row: int
    column: str | None
    code: str
    found: str
    remedy: str
    line: int | None = None
    at: int | None = None

    def plain(self) -> dict[str, str | int | None]:
        """Return the mistake as the rejects file holds it."""
        return {
            "source": self.source, "row": self.row, "line": self.line, "at": self.at, "column": self.column,
            "code": self.code, "found": one_line(self.found), "remedy": one_line(self.remedy),
        }  # fmt: skip


class StoppedAt(Mistakes):
    """A run was told to stop at the first record that cannot be used, and met one."""


def of_mistake(mistake: Mistake, source: str, row: int) -> Reject:
    """Return a mistake of a case file as one of a record."""
    place = mistake.place
    line, at = place.line or None, place.column or None  # 0 means the file as a whole
    return Reject(source, row, None, mistake.code, mistake.found, mistake.remedy, line, at)


def stands_twice(source: str, row: int, line: int | None) -> Reject:
    """Return what is told of a case whose name another case has that was read before it."""
    found, remedy = "a case of this name was read before.", "Keep one of them, or give this one its own number."
    return Reject(source, row, ID, "duplicate-id", found, remedy, line)


def as_lines(rejects: Iterable[Reject], *, rows: bool = True) -> bytes:
    """Return mistakes as JSON Lines; without `rows`, where nobody counted the records before them."""
    unknown = {} if rows else {"row": None}
    return "".join(json.dumps(one.plain() | unknown, ensure_ascii=False) + "\n" for one in rejects).encode()

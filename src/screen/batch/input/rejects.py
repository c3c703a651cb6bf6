"""What could not be used, reported so that it can be corrected.

In: where something stands and what is wrong with it. Out: a line of JSON for each mistake. It repeats nothing that a
record says: the place is enough to find it, and people may read the rejects file who may not read the cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from screen.batch.cells import ID
from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.text import sanitize_line

_NAME_SHAPE = re.compile(r"[a-z][a-z0-9_]{0,47}(\.[a-z]{1,12})?")
#: Mistakes about an answer itself. Who corrects the file need not read the answer in the message.
_CODES_ABOUT_ANSWERS = frozenset({"unknown-option", "duplicate-option", "not-a-choice", "unknown-profile"})
_NO_SUGGESTION = "`rsd batch schema` tells what may stand there."
_QUOTED = re.compile('"(.*)"', re.DOTALL)
#: The code of a fault of the program itself: `fault_boundary` catches it, and `fault_messages` finds it again.
FAULT_CODE = "program-fault"


@dataclass(frozen=True, slots=True)
class Reject:
    """One mistake in one record. `row` counts the records of a source from 1, `line` its lines."""

    source: str
    row: int
    column: str | None
    code: str
    message: str
    hint: str
    line: int | None = None
    at: int | None = None

    def to_json(self) -> dict[str, str | int | None]:
        """Return the mistake as the rejects file holds it."""
        return {
            "source": printable_path(self.source),
            "row": self.row,
            "line": self.line,
            "at": self.at,
            "column": self.column,
            "code": self.code,
            "found": sanitize_line(self.message),
            "remedy": sanitize_line(self.hint),
        }

    def to_error(self) -> StoppedAtReject:
        """Return what a strict run raises at this reject."""
        location = Location(self.source, self.line or self.row, self.at or 1)
        return StoppedAtReject([Diagnostic(location, self.code, self.message, self.hint)])


def reject_from_json(data: dict[str, Any]) -> Reject:
    """Return the reject that `Reject.to_json` gave."""
    return Reject(
        data["source"],
        data["row"],
        data["column"],
        data["code"],
        data["found"],
        data["remedy"],
        data["line"],
        data["at"],
    )


class StoppedAtReject(DiagnosticsError):
    """A strict run met a record that cannot be used."""


def reject_of_diagnostic(mistake: Diagnostic, source: str, row: int, column: str | None = None) -> Reject:
    """Return a mistake in a case file as one in a record, without what the file says."""
    line, at = mistake.location.line or None, mistake.location.column or None  # 0 means the file as a whole
    message, hint = redact(mistake.code, mistake.message, mistake.hint)
    return Reject(source, row, column, mistake.code, message, hint, line, at)


def redact(code: str, message: str, hint: str) -> tuple[str, str]:
    """Return a message and its hint without what a record says: an option, or a key that may be somebody's words.

    A suggestion goes too: it gives away what was nearly written there.
    """
    if code in _CODES_ABOUT_ANSWERS:
        message = _QUOTED.sub("…", message)
        return message, _NO_SUGGESTION if hint.startswith("Did you mean") else hint
    return _QUOTED.sub(lambda match: match[0] if is_shaped_like_name(match[1]) else "…", message), hint


def is_shaped_like_name(text: str) -> bool:
    """Tell whether this is shaped like the name of a fact or of one of its columns, and not like somebody's words."""
    return _NAME_SHAPE.fullmatch(text) is not None


def printable_path(path: str) -> str:
    """Return the path of a file as text. Bytes that are not UTF-8 become escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def duplicate_reject(source: str, row: int, line: int | None) -> Reject:
    """Return the reject of a case whose name belongs to a case that was read before it."""
    message, hint = "a case of this name was read before.", "Keep one of them, or give this one its own number."
    return Reject(source, row, ID, "duplicate-id", message, hint, line)


def fault_messages(lines: Iterable[str]) -> list[str]:
    """Return what the lines of a rejects file say of faults of the program itself, without repeats."""
    rejects = (json.loads(line) for line in lines if f'"{FAULT_CODE}"' in line)
    return list(dict.fromkeys(reject["found"] for reject in rejects if reject["code"] == FAULT_CODE))


def to_json_lines(rejects: Iterable[Reject], *, rows: bool = True) -> bytes:
    """Return mistakes as JSON Lines; without `rows` where nobody counted the records before them."""
    hidden = {} if rows else {"row": None}
    return "".join(json.dumps(reject.to_json() | hidden, ensure_ascii=False) + "\n" for reject in rejects).encode()


def is_reject_line(text: bytes) -> bool:
    """Tell whether this is a line that `to_json_lines` writes."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.keys() == Reject("", 0, None, "", "", "").to_json().keys()

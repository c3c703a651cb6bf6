"""What could not be used, told so that it can be mended.

In: where something stands and what is wrong with it. Out: a line of JSON for each mistake. What a record says is not
part of it: the place finds it again, and the rejects file may be read by people who may not read the cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from screen.batch.cells import ID
from screen.diagnostics import Diagnostic, DiagnosticsError
from screen.text import sanitize_line

_SHAPED = re.compile(r"[a-z][a-z0-9_]{0,47}(\.[a-z]{1,12})?")
#: Mistakes about an answer itself, which nobody need read who mends the file.
_OF_ANSWERS = frozenset({"unknown-option", "duplicate-option", "not-a-choice", "unknown-profile"})
_NO_SUGGESTION = "`rsd batch schema` tells what may stand there."
_QUOTED = re.compile('"(.*)"', re.DOTALL)


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

    def to_json(self) -> dict[str, str | int | None]:
        """Return the mistake as the rejects file holds it."""
        return {
            "source": printable_path(self.source),
            "row": self.row,
            "line": self.line,
            "at": self.at,
            "column": self.column,
            "code": self.code,
            "found": sanitize_line(self.found),
            "remedy": sanitize_line(self.remedy),
        }


class StoppedAtReject(DiagnosticsError):
    """A run was told to stop at the first record that cannot be used, and met one."""


def reject_of_diagnostic(mistake: Diagnostic, source: str, row: int, column: str | None = None) -> Reject:
    """Return a mistake of a case file as one of a record; what the file says is left out of it."""
    place = mistake.location
    line, at = place.line or None, place.column or None  # 0 means the file as a whole
    found, remedy = redact(mistake.code, mistake.message, mistake.hint)
    return Reject(source, row, column, mistake.code, found, remedy, line, at)


def redact(code: str, found: str, remedy: str) -> tuple[str, str]:
    """Return a message without what a record says: an option, a key that may be somebody's words, the likeliest answer.

    A suggestion gives away what was nearly written there.
    """
    if code in _OF_ANSWERS:
        found = _QUOTED.sub("…", found)
        return found, _NO_SUGGESTION if remedy.startswith("Did you mean") else remedy
    return _QUOTED.sub(lambda name: name[0] if is_shaped_like_name(name[1]) else "…", found), remedy


def is_shaped_like_name(name: str) -> bool:
    """Tell whether this is shaped like the name of a fact or of a column beside one, and no words of somebody's."""
    return _SHAPED.fullmatch(name) is not None


def printable_path(name: str) -> str:
    """Return the name of a file as text, bytes that are no text as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def duplicate_reject(source: str, row: int, line: int | None) -> Reject:
    """Return what is told of a case whose name another case has that was read before it."""
    found, remedy = "a case of this name was read before.", "Keep one of them, or give this one its own number."
    return Reject(source, row, ID, "duplicate-id", found, remedy, line)


#: A fault of the program's own over one record: `border` catches it, and `faults_in` finds it again.
FAULT_CODE = "program-fault"


def fault_messages(rejects: Iterable[str]) -> list[str]:
    """Return what the lines of a rejects file say of faults of the program's own, each once."""
    found = (json.loads(line) for line in rejects if f'"{FAULT_CODE}"' in line)
    return list(dict.fromkeys(one["found"] for one in found if one["code"] == FAULT_CODE))


def to_json_lines(rejects: Iterable[Reject], *, rows: bool = True) -> bytes:
    """Return mistakes as JSON Lines; without `rows`, where nobody counted the records before them."""
    unknown = {} if rows else {"row": None}
    return "".join(json.dumps(one.to_json() | unknown, ensure_ascii=False) + "\n" for one in rejects).encode()


def is_reject_line(text: bytes) -> bool:
    """Tell whether this is a line that `as_lines` writes."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.keys() == Reject("", 0, None, "", "", "").to_json().keys()

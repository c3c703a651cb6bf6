"""Whether a file holds a case or records of cases, so that no output ever takes its place.

In: the bytes of a file, and the names of the facts. Out: whether somebody's answers may be in it. Whatever can be read
as a case or a caseload counts, and so does a case that is broken: its answers are in it all the same. A determination
of ours is known by the `program` object at the top of it, as parsed; text that looks like one is not believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from screen.diagnostics import DiagnosticsError
from screen.rulebook.yaml_reader import parse_document

#: How much of a file is looked at. No case file is that large, and a table of cases shows itself in its first records.
LOOKED_AT = 16 * 1024 * 1024

#: So many lines that look like records and are none are looked at; eight million took 25 seconds.
MOST_BROKEN = 10_000

_LINE = re.compile(r"[^\r\n]+")
_CASE_KEYS = frozenset({"case", "facts", "claim", "about", "record", "applicant"})
#: What only a case file has, where it is too broken to be parsed.
_LINES = re.compile(r"""(?:^|[\r\n]) *["']?(?:format|case|facts)["']?[ \t]*:""")
_FLOW = re.compile(r"""["'{,\s](?:case|facts)["']?\s*:""")
_SPREADSHEET = re.compile(r"\s*sep=.\s*$")
#: How packed files and tables begin: what is in them cannot be seen here.
_CLOSED = (b"PAR1", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"age-encryption.org/")


def may_hold_cases(data: bytes, facts: Collection[str] = ()) -> bool:
    """Tell whether these bytes may hold somebody's answers."""
    if data.startswith(_CLOSED):
        return True
    text = data.decode("utf-8-sig", "replace")
    parsed, value = _parsed(text)
    if parsed and isinstance(value, dict | list):
        return _holds_case(value, facts)
    if _is_records(text, facts) or _is_table(text, facts):
        return True
    return bool(_FLOW.search(text) if text.lstrip()[:1] in ("{", "[") else _LINES.search(text))


def is_ours(value: Any) -> bool:
    """Tell whether parsed JSON is a determination, a comparison or another report that this program wrote."""
    program = value.get("program") if isinstance(value, dict) else None
    return isinstance(program, dict) and program.get("name") == "rsd"


def _parsed(text: str) -> tuple[bool, Any]:
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return True, parse_document(text.encode("utf-8", "replace"), "").data
    except DiagnosticsError:
        return False, None


def _holds_case(value: Any, facts: Collection[str]) -> bool:
    """Tell whether parsed data is a case, a record of one, or a list with one in it."""
    if isinstance(value, list):
        return any(_holds_case(item, facts) for item in value if isinstance(item, dict))
    return not is_ours(value) and name_a_case(value, facts)


def name_a_case(names: Collection[Any], facts: Collection[str]) -> bool:
    """Tell whether these are the keys of a case file or of a record, or the columns of a table of cases."""
    return not _CASE_KEYS.isdisjoint(names) or _names_facts(names, facts)


def _names_facts(names: Collection[Any], facts: Collection[str]) -> bool:
    plain = {str(name).strip().casefold().partition(".")[0] for name in names}
    asked = sum(name in facts for name in plain)
    return asked > 1 or (asked == 1 and "id" in plain)


def _lines(text: str) -> Iterator[str]:
    """Yield the lines that are not empty, one at a time: a list of eight million takes half a gigabyte."""
    return (match[0] for match in _LINE.finditer(text))


def _is_records(text: str, facts: Collection[str]) -> bool:
    """Tell whether some line is a record of a case, as JSON Lines have them.

    Where thousands of lines begin as records and are none, nobody looks to the end, and it may be so.
    """
    broken = 0
    for line in _lines(text):
        if line.lstrip().startswith("{"):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                broken += 1
                if broken > MOST_BROKEN:
                    return True
                continue
            if _holds_case(value, facts):
                return True
    return False


def _is_table(text: str, facts: Collection[str]) -> bool:
    """Tell whether the first line names facts, as the header of a table of cases does."""
    lines = [line for line in islice(_lines(text), 20) if line.strip() and not _SPREADSHEET.match(line)]
    if lines and lines[0].lstrip()[:1] in ("{", "["):
        return False  # a record: the facts that its findings still miss are no columns
    cells = [cell.strip(" \t\"'") for cell in re.split("[,;\t|]", lines[0])] if lines else []
    return _names_facts(cells, facts)

"""The schemas of case records for programs, and a CSV template for people to fill in."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from screen.batch.cells import ANNOTATIONS, CREDIBILITY, EMPTY_SET, ID, PROFILE, RECORD, RECORD_STATES, SET_SEPARATOR
from screen.batch.layout import Layout
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import RuleBook


def schemas_json(book: RuleBook) -> str:
    """Return two schemas as one JSON text: of a record of JSON Lines, and of the columns of an Arrow table."""
    layout = Layout(book)
    record = layout.json_schema()
    record["properties"][PROFILE] = {"enum": [*book.profiles, None]}
    record["properties"][RECORD] = {"enum": [*RECORD_STATES, None]}
    fields = layout.arrow_schema(attributes=(UNKNOWN, CREDIBILITY, *ANNOTATIONS))
    arrow = [{"name": field.name, "type": str(field.type), "nullable": field.nullable} for field in fields]
    arrow.insert(1, {"name": PROFILE, "type": "string", "nullable": True})
    arrow.insert(2, {"name": RECORD, "type": "string", "nullable": True})
    schemas: dict[str, Any] = {
        "spelling": {
            "csv": {
                "nobody was asked": "",
                "unknown": UNKNOWN,
                "no option of a set": EMPTY_SET,
                "a set": f"one{SET_SEPARATOR}other",
            },
            "jsonl": {
                "nobody was asked": None,
                "unknown": UNKNOWN,
                "no option of a set": [],
                "a set": ["one", "other"],
            },
            "parquet": {
                "nobody was asked": None,
                "no option of a set": [],
                "a set": ["one", "other"],
                "unknown": f"the word {UNKNOWN}; for a set, a number or a date f, true in the column f.{UNKNOWN}",
            },
        },
        "json_schema": record,
        "arrow_schema": arrow,
    }
    return json.dumps(schemas, ensure_ascii=False, indent=2) + "\n"


def template_csv(book: RuleBook) -> str:
    """Return a CSV to fill in: the header, and a first case in which nobody was asked anything."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow([ID, PROFILE, *book.facts])
    rows.writerow(["CASE-0001", book.default_profile, *("" for _ in book.facts)])
    return file.getvalue()

"""Cases as records: their schemas for programs, a table to fill in for people."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from screen.batch.cells import CREDIBILITY, ID, PROFILE
from screen.batch.input.typed_columns import EMPTY_SET, SET_SEPARATOR
from screen.batch.layout import Layout
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import RuleBook


def schemas_json(book: RuleBook) -> str:
    """Return both schemas as one JSON text: of a record of JSON Lines, and of the columns of an Arrow table."""
    layout = Layout(book)
    record = layout.json_schema()
    record["properties"][PROFILE] = {"enum": [*book.profiles, None]}
    fields = layout.arrow_schema(attributes=(UNKNOWN, CREDIBILITY, "source", "note", "date"))
    arrow = [{"name": one.name, "type": str(one.type), "nullable": one.nullable} for one in fields]
    arrow.insert(1, {"name": PROFILE, "type": "string", "nullable": True})
    whole: dict[str, Any] = {
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
                "unknown": f"the word {UNKNOWN}; beside a set, a number or a date f the column f.{UNKNOWN}: true",
            },
        },
        "json_schema": record,
        "arrow_schema": arrow,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def template_csv(book: RuleBook) -> str:
    """Return a CSV to fill in: the names of the columns, and a first case in which nobody was asked anything."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow([ID, PROFILE, *book.facts])
    rows.writerow(["CASE-0001", book.default_profile, *("" for _ in book.facts)])
    return file.getvalue()

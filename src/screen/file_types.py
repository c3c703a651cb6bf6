"""Which files count as case files and as JSON, by the ending of their name; every command asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

JSON_SUFFIX = ".json"
CASE_SUFFIXES = (".yaml", ".yml", JSON_SUFFIX)


def is_case_file(name: str | Path) -> bool:
    """Tell whether a name ends like that of a case file, in any case of letters."""
    return str(name).lower().endswith(CASE_SUFFIXES)


def is_json_file(name: str | Path) -> bool:
    """Tell whether a name ends like that of a JSON file, in any case of letters."""
    return str(name).lower().endswith(JSON_SUFFIX)

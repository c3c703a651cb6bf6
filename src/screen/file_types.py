"""What a file is by the ending of its name: asked here alone, so that no command passes over what another reads.

In: names of files. Out: whether the ending is that of a case file, or of JSON. Left alone: what stands in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

JSON_SUFFIX = ".json"
CASE_SUFFIXES = (".yaml", ".yml", JSON_SUFFIX)


def is_case_file(name: str | Path) -> bool:
    """Tell whether a name ends as that of a case file does, in small letters or in capitals."""
    return str(name).lower().endswith(CASE_SUFFIXES)


def is_json_file(name: str | Path) -> bool:
    """Tell whether a name ends as that of a JSON file does, in small letters or in capitals."""
    return str(name).lower().endswith(JSON_SUFFIX)

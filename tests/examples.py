"""How many random laws and cases a test tries: some in every run, twenty times as many in the slow runs."""

from __future__ import annotations

import os

AT_LENGTH = "RSD_EXAMPLES_AT_LENGTH"


def examples(count: int) -> int:
    """Return this many for every run, and many more where `tests/test_at_length.py` runs the test."""
    return count * 20 if os.environ.get(AT_LENGTH) else count

"""No file, whatever stands in it, crashes the reader, keeps it busy or fills the memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.language.hostile import INPUTS

ROOT = Path(__file__).parents[2]


def test_no_file_crashes_or_takes_two_seconds_or_two_hundred_megabytes() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.language.hostile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    costs = [json.loads(line) for line in run.stdout.splitlines()]
    assert [cost["name"] for cost in costs] == list(INPUTS), run.stderr
    assert [cost for cost in costs if max(cost["case"], cost["rules"]) > 2 or cost["megabytes"] > 200] == []

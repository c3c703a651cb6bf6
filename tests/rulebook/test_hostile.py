"""No file, whatever stands in it, crashes the reader, keeps it busy or fills the memory."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.paths import ROOT
from tests.rulebook.hostile import INPUTS


def test_no_file_crashes_or_takes_two_seconds_or_two_hundred_megabytes() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.rulebook.hostile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    costs = [json.loads(line) for line in run.stdout.splitlines()]
    assert [cost["name"] for cost in costs] == list(INPUTS), run.stderr
    assert [cost for cost in costs if max(cost["case"], cost["rules"]) > 2 or cost["megabytes"] > 200] == []

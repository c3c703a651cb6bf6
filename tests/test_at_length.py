"""What every run tries on some random laws and cases, tried on twenty times as many."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.examples import AT_LENGTH
from tests.paths import ROOT

TESTS = ROOT / "tests"
FILES = sorted(
    str(path.relative_to(ROOT))
    for path in TESTS.rglob("test_*.py")
    if "\nfrom hypothesis import" in path.read_text("utf-8")
)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_what_holds_on_some_random_laws_holds_on_twenty_times_as_many(file: str) -> None:
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", file]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, AT_LENGTH: "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:]

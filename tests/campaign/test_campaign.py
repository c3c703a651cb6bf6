"""The safety campaign in its short form: a few attempts of every kind, always the same ones."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.campaign.kinds import KINDS
from tests.campaign.program import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="forks, terminals and signals as Linux and macOS have them"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_promise_holds_in_a_few_attempts(kind):
    # In a process of its own: it forks, and a test runner has threads.
    command = [sys.executable, "-m", "tests.campaign", kind, "--short", "--jobs", "1"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

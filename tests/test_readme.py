"""The sessions that README shows are what the program prints: each is run."""

import os
import re
import subprocess
import sys

import pytest

from tests.paths import ROOT

BLOCKS = re.findall(r"(?:^    .*\n|^\n(?=    ))+", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
SESSIONS = [
    session for block in BLOCKS for session in re.split(r"(?m)^    (?=\$ )", block) if session.startswith("$ rsd ")
]  # fmt: skip


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.splitlines()[0])
def test_a_session_of_the_readme_is_what_the_program_prints(session):
    command, *shown = (line.removeprefix("    ").rstrip() for line in session.strip("\n").splitlines())
    done = subprocess.run(
        [sys.executable, "-m", "screen", *command.split()[2:]],
        capture_output=True, text=True, cwd=ROOT, check=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    place = 0
    for line in shown:
        if line == "…":
            place = None
            continue
        if place is None:
            assert line in printed, f"{command}: {line!r} is not printed any more"
            place = printed.index(line)
        assert printed[place] == line, f"{command}: line {place + 1}"
        place += 1


def test_the_readme_shows_a_session():
    assert SESSIONS

"""The session that docs/training.md shows is what the program prints, run in a home of its own."""

import os
import subprocess
import sys

from tests.paths import ROOT


def session() -> tuple[str, list[str]]:
    """Return the command of the page's session, and the lines that it shows."""
    text = (ROOT / "docs/training.md").read_text(encoding="utf-8")
    lines = text[text.index("    $ rsd ") :].splitlines()
    end = next(place for place, line in enumerate(lines) if line and not line.startswith("    "))
    command, *shown = [line.removeprefix("    ").rstrip() for line in lines[:end]]
    while not shown[-1]:
        shown.pop()
    return command, shown


def test_the_session_of_the_page_is_what_the_program_prints(tmp_path):
    command, shown = session()
    done = subprocess.run(
        [sys.executable, "-m", "screen", *command.split()[2:]],
        capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "NO_COLOR": "1", "XDG_DATA_HOME": str(tmp_path)},
    )  # fmt: skip
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    place = 0
    skipping = False
    for line in shown:
        if line == "…":
            skipping = True
            continue
        if skipping:
            assert line in printed[place:], f"{line!r} is not printed any more"
            place = printed.index(line, place)
            skipping = False
        assert printed[place] == line
        place += 1
    assert len([line for line in shown if line != "…"]) > 15

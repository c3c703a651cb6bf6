"""The page docs/campaign.md: a record with a row for each kind of attack and each Python that it was tried on.

In: the page as it stands, and what a run came to. Out: the page with the rows of that run in place of theirs. Left
alone: every other row, word for word, so that kinds may be run one at a time, on different days and machines.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from tests.campaign.tally import Tally

_TOP = """\
# The safety campaign

Written by `make campaign-table`, or by `python -m tests.campaign KIND… --table docs/campaign.md`; no number here is
written by hand. A run replaces the rows of the kinds that it tried, on the Python that it ran on, and keeps all others.

`tests/campaign/__init__.py` says what each attempt must keep: nothing lost, nothing foreign touched, no exit code 70,
no traceback, nothing of a story in a message, no second of processor time beyond an undamaged run, memory within
bounds. A finding is an attempt that broke one of these; `python -m tests.campaign KIND --only SEED:NUMBER` shows it
again.
"""

_COLUMNS = (
    "kind", "attack", "day", "seed", "Python", "tried", "kills", "what came of them", "slowest beyond normal",
    "peak memory", "findings",
)  # fmt: skip
_RULE = "|" + "|".join("---:" if name in ("tried", "kills", "findings") else "---" for name in _COLUMNS) + "|"
_ROW = re.compile(r"\| `([^`]+)` \|")


class Titled(Protocol):
    """A kind of attack, as far as the page is concerned."""

    @property
    def title(self) -> str:
        """What it is, in words."""
        ...


def page(
    before: str, kinds: Mapping[str, Titled], tallies: Sequence[Tally], *, day: date, here: str = "", python: str = ""
) -> str:
    """Return the page: what it said before, with the rows of these tallies put in.

    `kinds` are all there are, in the order of the rows; the row of a kind that is no more goes. `here` is the heading
    of the section that the tallies belong to, `python` the exact version: those of this process where left out.
    """
    here, python = here or _heading(), python or platform.python_version()
    sections = _sections(before)
    if tallies:
        rows = {one.kind: _row(kinds[one.kind].title, one, day, python) for one in tallies}
        sections[here] = {**sections.get(here, {}), **rows}
    parts = [_TOP]
    for heading in sorted(sections, key=_versions):
        rows = {name: sections[heading][name] for name in kinds if name in sections[heading]}
        parts.append(
            "\n".join([f"## {heading}", "", f"| {' | '.join(_COLUMNS)} |", _RULE, *rows.values(), "", _sum(rows)])
        )
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _heading() -> str:
    major, minor, _ = platform.python_version_tuple()
    return f"Python {major}.{minor} on {platform.system()} {platform.machine()}"


def _versions(heading: str) -> tuple[tuple[int, ...], str]:
    """Return what headings are sorted by: 3.9 comes before 3.13."""
    return tuple(int(number) for number in re.findall(r"\d+", heading.split(" on ")[0])), heading


def _sections(text: str) -> dict[str, dict[str, str]]:
    """Return the rows of a page by heading and kind, as they stand there."""
    sections: dict[str, dict[str, str]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif heading and (row := _ROW.match(line)):
            sections.setdefault(heading, {})[row[1]] = line
    return sections


def _row(title: str, tally: Tally, day: date, python: str) -> str:
    came = [f"{count:,} {what}" for what, count in sorted(tally.outcomes.items())]
    came += [f"{count:,} not run here ({why})" for why, count in sorted(tally.not_run.items())]
    cells = (
        f"`{tally.kind}`", title, day.isoformat(), str(tally.seed), python, f"{tally.tried:,}", f"{tally.kills:,}",
        ", ".join(came), f"{tally.beyond:+.2f} s", f"{tally.memory:,} MB", f"{len(tally.findings):,}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _sum(rows: Mapping[str, str]) -> str:
    """Return what the rows of a section come to."""
    cells = [dict(zip(_COLUMNS, row.strip("| ").split(" | "), strict=True)) for row in rows.values()]
    tried, kills, findings = (
        sum(int(cell[name].replace(",", "")) for cell in cells) for name in ("tried", "kills", "findings")
    )
    return f"In all {tried:,} attempts, {kills:,} of them kills: {findings:,} findings."

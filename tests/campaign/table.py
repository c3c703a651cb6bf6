"""The page docs/campaign.md, written from what happened."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Protocol

from tests.campaign.tally import Tally

_HEAD = """\
# The safety campaign

Written by `make campaign-table` from one run; no number here is written by hand. `tests/campaign/__init__.py` says what
each attempt must keep: nothing lost, nothing foreign touched, no exit code 70, no traceback, nothing of a story in a
message, no second of processor time beyond an undamaged run, memory within bounds.
"""


class Titled(Protocol):
    """A kind of attack, as far as the page is concerned."""

    title: str


def page(results: Sequence[tuple[Titled, Tally]], wall: float) -> str:
    """Return the page."""
    rows = [_row(kind.title, tally) for kind, tally in results]
    head = "| attack | tried | kills | what came of them | slowest beyond normal | peak memory | findings |"
    return (
        "\n".join([_HEAD, head, "|---|---|---|---|---|---|---|", *rows, "", *_sums([one for _, one in results], wall)])
        + "\n"
    )


def _row(title: str, tally: Tally) -> str:
    came = [f"{count:,} {what}" for what, count in sorted(tally.outcomes.items())]
    came += [f"{count:,} not run here ({why})" for why, count in sorted(tally.not_run.items())]
    return (
        f"| {title} | {tally.tried:,} | {tally.kills:,} | {', '.join(came)} | {tally.beyond:+.2f} s "
        f"| {tally.memory:,} MB | {len(tally.findings)} |"
    )


def _sums(tallies: Sequence[Tally], wall: float) -> list[str]:
    seeds = ", ".join(map(str, sorted({tally.seed for tally in tallies})))
    kills = sum(tally.kills for tally in tallies)
    return [
        f"In all {sum(tally.tried for tally in tallies):,} attempts, {kills:,} of them kills, with seed {seeds} in "
        f"{wall / 60:.0f} minutes: {sum(len(tally.findings) for tally in tallies)} findings.",
        "",
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}. "
        "On macOS and Windows the program was read, not run.",
    ]

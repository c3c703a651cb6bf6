"""What a run shows: how far it is while it goes, and what it came to."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from screen.cli import display

if TYPE_CHECKING:
    from screen.batch.run import Told
    from screen.language.terms import RuleBook

_EVERY = 10.0  # seconds between plain lines
_BAR = 24


class Watched:
    """Shows how far a run is: one line that moves on a terminal, a line now and then elsewhere."""

    def __init__(self, size: int) -> None:
        self.size, self.seconds = size, 0.0
        self._bar: Any = None
        self._task: Any = None
        self._told = 0.0

    def __enter__(self) -> Watched:
        self._start = self._told = time.monotonic()
        if not display.quiet and sys.stderr.isatty() and display.can_draw():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.fields[read]:>13,} cases"), BarColumn(),
                TextColumn("{task.fields[rate]:>9,.0f}/s"), TimeRemainingColumn(),
                TextColumn("{task.fields[rejected]:,} rejected"), console=Console(file=sys.stderr), transient=True,
            )  # fmt: skip
            self._task = self._bar.add_task("", total=self.size or None, read=0, rejected=0, rate=0.0)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._start
        if self._bar is not None:
            self._bar.stop()

    def part(self, read: int, rejected: int, done: int) -> None:
        """Show how far it is after a part."""
        now = time.monotonic()
        rate = read / max(now - self._start, 1e-6)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, read=read, rejected=rejected, rate=rate)
        elif now - self._told >= _EVERY:
            self._told = now
            share = f", {min(done / self.size, 1):.0%}" if self.size else ""
            display.say(f"{read:,} cases read{share}, {rate:,.0f} a second, {rejected:,} rejected.")


def told_as_json(told: Told) -> str:
    """Return how a run went as JSON."""
    whole = {
        "format": 1, "read": told.read, "scored": told.scored, "rejected": told.rejected, "codes": told.codes,
        "counts": told.counts,
    }  # fmt: skip
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def told_as_text(told: Told, book: RuleBook, seconds: float) -> None:
    """Put what a run came to on standard output."""
    sys.stdout.write("".join(f"{line}\n" for line in _lines(told, book, seconds)))


def _lines(told: Told, book: RuleBook, seconds: float) -> list[str]:
    rate = f", {told.read / seconds:,.0f} a second" if seconds > 1 else ""
    lines = [f"{told.read:,} read = {told.scored:,} scored + {told.rejected:,} rejected{rate}"]
    for title, name in (("Recommendation", "recommendation"), ("Priority", "priority")):
        for column, words in told.counts.items():
            if column.partition("@")[0] == name:
                lines += _table(title + column.removeprefix(name).replace("@", ", "), words, told.scored)
    states = ("met", "not_met", "undetermined", "not_applicable")
    found = {name: told.counts[name] for name in book.conclusions if name in told.counts}
    if found:
        width = max(map(len, found))
        lines += ["", f"{'Conclusion':{width}}" + "".join(f"{state.replace('_', ' '):>16}" for state in states)]
        lines += [f"{name:{width}}" + "".join(f"{n.get(one, 0):>16,}" for one in states) for name, n in found.items()]
    lines += _table("Reasons for priority", told.counts.get("priority_reasons", {}), told.scored, 8)
    lines += _table("Facts most often missing", told.counts.get("facts_missing", {}), told.scored, 8)
    lines += _table("Rejected for", told.codes, told.rejected, 8)
    return lines


def _table(title: str, words: dict[str, int], whole: int, most: int = 20) -> list[str]:
    """Return a table with bars: how often each word stands, of how many."""
    if not words:
        return []
    shown = list(words.items())[:most]
    width = max(28, *(len(word) for word, _ in shown))
    full, rest = ("█", "·") if display.can_draw() else ("#", ".")
    lines = ["", title]
    for word, number in shown:
        share = number / whole if whole else 0.0
        size = min(_BAR, round(share * _BAR))
        lines.append(f"  {word:{width}} {full * size}{rest * (_BAR - size)} {number:>12,} {share:>6.1%}")
    return lines

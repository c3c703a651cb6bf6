"""What a run shows: how far it is while it goes, and what it came to."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from screen.cli import display

if TYPE_CHECKING:
    from collections.abc import Iterable

    from screen.batch.run import Told

_EVERY = 10.0  # seconds between plain lines
_BAR = 24
_NUMBERS = 24  # columns of a row beside its word and its bar
_NARROW = 60  # columns; below, the words alone fit


class Watched:
    """Shows how far a run is: one line that moves on a terminal, a line now and then elsewhere."""

    def __init__(self, size: int) -> None:
        """`size` is how many bytes there are to read, 0 where nobody can tell."""
        self.size, self.seconds = size, 0.0
        self._bar: Any = None
        self._task: Any = None
        self._told = 0.0
        self._before = self._read = self._bytes_before = 0

    def __enter__(self) -> Watched:
        self._start = self._told = time.monotonic()
        if not display.quiet and display.can_draw(sys.stderr):
            self._bar = _bar()
            self._task = self._bar.add_task("", total=self.size or None, read=0, rejected=0, rate="", left="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._start
        if self._bar is not None:
            self._bar.stop()

    @property
    def rate(self) -> float:
        """How many cases were read a second, those of an earlier run left aside."""
        return (self._read - self._before) / max(self.seconds, 1e-6)

    def begin(self, read: int, rejected: int, done: int) -> None:
        """Show what an earlier run had done."""
        self._before, self._read, self._bytes_before = read, read, done
        if self._bar is not None:
            self._bar.update(self._task, completed=done, read=read, rejected=rejected)

    def part(self, read: int, rejected: int, done: int) -> None:
        """Show how far it is after a part."""
        now = time.monotonic()
        self._read, self.seconds = read, now - self._start
        if self._bar is not None:
            rate, left = f"{self.rate:,.0f}/s", self._left(done)
            self._bar.update(self._task, completed=done, read=read, rejected=rejected, rate=rate, left=left)
        elif now - self._told >= _EVERY:
            self._told = now
            share = f", {min(done / self.size, 1):.0%}, {self._left(done)}" if self.size else ""
            display.say(f"{read:,} cases read{share}, {self.rate:,.0f} a second, {rejected:,} rejected.")

    def _left(self, done: int) -> str:
        """Return how long it still takes at the speed so far."""
        moved = done - self._bytes_before
        if not self.size or not moved:
            return ""
        left = round(self.seconds * max(self.size - done, 0) / moved)
        return f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"


def _bar() -> Any:
    """Return a line for standard error that fits a narrow terminal; the sign before it moves while nothing is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
    from rich.table import Column

    console = Console(file=sys.stderr)
    whole = Column(no_wrap=True)
    told = [
        TextColumn(text, table_column=whole)
        for text in ("{task.fields[rate]}", "{task.fields[left]}", "{task.fields[rejected]:,} rejected")
    ]
    shown: list[ProgressColumn] = [
        SpinnerColumn("line"), TextColumn("{task.fields[read]:,} cases", table_column=whole),
    ]  # fmt: skip
    if console.width >= _NARROW:
        shown.append(BarColumn(None))
    return Progress(*shown, *told, console=console, transient=True, expand=console.width >= _NARROW)


def told_as_json(told: Told) -> str:
    """Return how a run went as JSON."""
    whole = {
        "format": 1, "read": told.read, "scored": told.scored, "rejected": told.rejected, "codes": told.codes,
        "counts": told.counts,
    }  # fmt: skip
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def told_as_text(told: Told, conclusions: Iterable[str], watched: Watched) -> str:
    """Return what a run came to as lines that fit the screen."""
    return "".join(f"{line}\n" for line in _lines(told, conclusions, watched))


def _lines(told: Told, conclusions: Iterable[str], watched: Watched) -> list[str]:
    rate = f", {watched.rate:,.0f} a second" if watched.seconds > 1 else ""
    lines = [f"{told.read:,} read = {told.scored:,} scored + {told.rejected:,} rejected{rate}"]
    for title, name in (("Recommendation", "recommendation"), ("Priority", "priority")):
        for column, words in told.counts.items():
            if column.partition("@")[0] == name:
                lines += _table(title + column.removeprefix(name).replace("@", ", "), words, told.scored)
    states = ("met", "not_met", "undetermined", "not_applicable")
    found = {name: told.counts[name] for name in conclusions if name in told.counts}
    lines += _states(found, states)
    lines += _table("Reasons for priority", told.counts.get("priority_reasons", {}), told.scored, 8)
    lines += _table("Facts most often missing", told.counts.get("facts_missing", {}), told.scored, 8)
    lines += _table("Mistakes in what was rejected", told.codes, sum(told.codes.values()), 8)
    return lines


def _states(found: dict[str, dict[str, int]], states: Iterable[str]) -> list[str]:
    """Return how often each conclusion ended in each way; on a narrow screen each conclusion has lines of its own."""
    if not found:
        return []
    width, words = max(map(len, found)), {state: state.replace("_", " ") for state in states}
    cell = min(16, (display.room() - width) // len(words))
    if cell <= len("undetermined"):
        lines = ["", "Conclusion"]
        for name, n in found.items():
            lines += [f"  {name}", *(f"{n[one]:>16,} {words[one]}" for one in words if n.get(one))]
        return lines
    heads = (word if len(word) < cell else "n/a" for word in words.values())
    lines = ["", f"{'Conclusion':{width}}" + "".join(f"{head:>{cell}}" for head in heads)]
    return lines + [
        f"{name:{width}}" + "".join(f"{n.get(one, 0):>{cell},}" for one in words) for name, n in found.items()
    ]


def _table(title: str, words: dict[str, int], whole: int, most: int = 20) -> list[str]:
    """Return a table with bars, as long as there is room for them: how often each word stands, of how many."""
    if not words:
        return []
    shown = list(words.items())[:most]
    longest = max(len(word) for word, _ in shown)
    width = max(28, longest) if (wide := display.room() >= _NUMBERS + 28 + _BAR) else longest
    full, rest = ("█", "·") if display.can_draw() and display.can_write("█·") else ("#", ".")
    lines = ["", title]
    for word, number in shown:
        share = number / whole if whole else 0.0
        size = min(_BAR, round(share * _BAR))
        bar = f"{full * size}{rest * (_BAR - size)} " if wide else ""
        lines.append(f"  {word:{width}} {bar}{number:>12,} {share:>6.1%}")
    return lines

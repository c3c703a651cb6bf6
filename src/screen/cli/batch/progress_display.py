"""What a run shows: how far it is while it goes, and what it came to."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

from screen.cli import console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from screen.batch.pipeline import RunSummary

_EVERY = 10.0  # seconds between plain lines
_BAR = 24
_NUMBERS = 24  # columns of a row beside its word and its bar
_MOST = 5  # rows of a list whose end interests nobody
_STATES = {one: one.replace("_", " ") for one in ("met", "not_met", "undetermined", "not_applicable")}
_NARROW = 60  # columns; below, the words alone fit


class ProgressDisplay:
    """Shows how far a run is: one line that moves on a terminal, a line now and then elsewhere."""

    def __init__(self, size: int) -> None:
        """`size` is how many bytes there are to read, 0 where nobody can tell."""
        self.size, self.seconds = size, 0.0
        self._bar: Any = None
        self._task: Any = None
        self._told = 0.0
        self._before = self._read = self._bytes_before = 0

    def __enter__(self) -> ProgressDisplay:
        self._start = self._told = time.monotonic()
        if not console.quiet and console.can_draw(sys.stderr):
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

    def resume_from(self, read: int, rejected: int, done: int) -> None:
        """Show what an earlier run had done."""
        self._before, self._read, self._bytes_before = read, read, done
        if self._bar is not None:
            self._bar.update(self._task, completed=done, read=read, rejected=rejected)

    def update(self, read: int, rejected: int, done: int) -> None:
        """Show how far it is after a part."""
        now = time.monotonic()
        self._read, self.seconds = read, now - self._start
        if self._bar is not None:
            rate, left = f"{self.rate:,.0f}/s", self._left(done)
            self._bar.update(self._task, completed=done, read=read, rejected=rejected, rate=rate, left=left)
        elif now - self._told >= _EVERY:
            self._told = now
            share = f", {min(done / self.size, 1):.0%}, {self._left(done)}" if self.size else ""
            console.info(f"{read:,} cases read{share}, {self.rate:,.0f} a second, {rejected:,} rejected.")

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
        SpinnerColumn("line"),
        TextColumn("{task.fields[read]:,} cases", table_column=whole),
    ]
    if console.width >= _NARROW:
        shown.append(BarColumn(None))
    return Progress(*shown, *told, console=console, transient=True, expand=console.width >= _NARROW)


def summary_as_json(told: RunSummary) -> str:
    """Return how a run went as JSON."""
    whole = {
        "format": 1,
        "read": told.read,
        "scored": told.scored,
        "rejected": told.rejected,
        "codes": told.codes,
        "counts": told.counts,
    }
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def summary_as_text(told: RunSummary, conclusions: Iterable[str], watched: ProgressDisplay) -> str:
    """Return what a run came to as lines that fit the screen."""
    return "".join(f"{line}\n" for line in _lines(told, conclusions, watched))


def _lines(told: RunSummary, conclusions: Iterable[str], watched: ProgressDisplay) -> list[str]:
    """Return what a run came to; the account of its records comes last, where a small screen still shows it."""
    conclusions = tuple(conclusions)
    lines: list[str] = []
    for title, name in (("Recommendation", "recommendation"), ("Priority", "priority")):
        shown: list[dict[str, int]] = []
        for profile, words in _of(told, name).items():
            if words not in shown:  # what a further profile changes is told, and what it leaves alone is not
                lines += _table(title + profile, words, told.scored)
                shown.append(words)
    profiles = dict.fromkeys(profile for name in conclusions for profile in _of(told, name))
    for profile in profiles:
        every = {name: _of(told, name) for name in conclusions}
        found = {name: some[profile] for name, some in every.items() if profile in some}
        lines += _states(f"Conclusion{profile}", found, told.scored)
    lines += _table("Reasons for priority", told.counts.get("priority_reasons", {}), told.scored, _MOST)
    missing = told.counts.get("facts_missing", {})
    lines += _table("Facts missing in some cases, most often", _parted(missing, told.scored)[1], told.scored, _MOST)
    if never := _parted(missing, told.scored)[0]:
        lines += ["", *_wrapped(f"Facts missing in every case: {len(never):,}")]
    lines += _table("Mistakes in what was rejected", told.codes, sum(told.codes.values()), _MOST)
    rate = f", {watched.rate:,.0f} a second" if watched.seconds > 1 else ""
    account = f"{told.read:,} read = {told.scored:,} scored + {told.rejected:,} rejected{rate}"
    return [*lines, "", *_wrapped(account)][not lines :]


def _of(told: RunSummary, name: str) -> dict[str, dict[str, int]]:
    """Return the counts of a column under each profile, by what stands behind a heading then."""
    return {
        f"{comma and ', '}{profile}": words
        for column, words in told.counts.items()
        for plain, comma, profile in [column.partition("@")]
        if plain == name
    }


def _parted(words: dict[str, int], whole: int) -> tuple[list[str], dict[str, int]]:
    """Return the words that stand in every case, which part no case from another, and the others."""
    return (
        [word for word, number in words.items() if number == whole],
        {word: number for word, number in words.items() if number != whole},
    )


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, console.output_width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _states(title: str, found: dict[str, dict[str, int]], whole: int) -> list[str]:
    """Return how often each conclusion ended in each way; on a narrow screen each conclusion has lines of its own.

    Those that ended alike in every case are told together.
    """
    if not found:
        return []
    alike = {name: next(iter(n)) for name, n in found.items() if list(n.values()) == [whole]}
    parted = {name: n for name, n in found.items() if name not in alike}
    lines = ["", title]
    width = max(map(len, (title, *parted)))
    cell = min(16, (console.output_width() - width) // len(_STATES))
    if parted and cell > len("undetermined"):
        heads = (word if len(word) < cell else "n/a" for word in _STATES.values())
        lines = ["", f"{title:{width}}" + "".join(f"{head:>{cell}}" for head in heads)]
        for name, n in parted.items():
            lines.append(f"{name:{width}}" + "".join(f"{n.get(one, 0):>{cell},}" for one in _STATES))
    else:
        for name, n in parted.items():
            lines += [f"  {name}", *(f"{n[one]:>16,} {word}" for one, word in _STATES.items() if n.get(one))]
    for state, word in _STATES.items():
        if names := [name for name, one in alike.items() if one == state]:
            lines += _wrapped(f"{word} in every case: {', '.join(names)}", "  ")
    return lines


def _table(title: str, words: dict[str, int], whole: int, most: int = 20) -> list[str]:
    """Return a table with bars, as long as there is room for them: how often each word stands, of how many."""
    if not words:
        return []
    shown = list(words.items())[:most]
    longest = max(len(word) for word, _ in shown)
    room = console.output_width()
    width = max(28, longest) if (wide := room >= _NUMBERS + 28 + _BAR) else longest
    full, rest = ("█", "·") if console.can_draw() and console.can_encode("█·") else ("#", ".")
    digits = 12 if wide else max(len(f"{number:,}") for _, number in shown)
    lines = ["", title]
    for word, number in shown:
        share = number / whole if whole else 0.0
        size = min(_BAR, round(share * _BAR))
        bar = f"{full * size}{rest * (_BAR - size)} " if wide else ""
        numbers = f"{bar}{number:>{digits},} {share:>6.1%}"
        if 3 + width + len(numbers) <= room:
            lines.append(f"  {word:{width}} {numbers}")
        else:
            lines += [f"  {word}", numbers.rjust(room)]
    return lines

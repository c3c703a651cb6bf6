"""The progress of a run: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from screen.cli import console

if TYPE_CHECKING:
    from rich.progress import Progress

_SECONDS_BETWEEN_LINES = 10.0
_BAR_MIN_WIDTH = 60  # columns; a narrower terminal has room for the words alone


class ProgressDisplay:
    """Shows the progress of a run on standard error; use as a context manager."""

    def __init__(self, size: int) -> None:
        """`size` is how many bytes there are to read, 0 if unknown."""
        self.size, self.seconds = size, 0.0
        self._bar: Progress | None = None
        self._last_line_at = 0.0
        self._read = self._read_before = self._bytes_before = 0

    def __enter__(self) -> ProgressDisplay:
        self._start = self._last_line_at = time.monotonic()
        if not console.quiet and console.can_draw(sys.stderr):
            self._bar = _progress_bar()
            self._task = self._bar.add_task("", total=self.size or None, read=0, rejected=0, rate="", left="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._start
        if self._bar is not None:
            self._bar.stop()

    @property
    def rate(self) -> float:
        """How many cases were read a second; those of an earlier run are not counted."""
        return (self._read - self._read_before) / max(self.seconds, 1e-6)

    def resume_from(self, read: int, rejected: int, bytes_read: int) -> None:
        """Show what an earlier run had done."""
        self._read_before, self._read, self._bytes_before = read, read, bytes_read
        if self._bar is not None:
            self._bar.update(self._task, completed=bytes_read, read=read, rejected=rejected)

    def update(self, read: int, rejected: int, bytes_read: int) -> None:
        """Show the progress after a part."""
        now = time.monotonic()
        self._read, self.seconds = read, now - self._start
        if self._bar is not None:
            rate, left = f"{self.rate:,.0f}/s", self._time_left(bytes_read)
            self._bar.update(self._task, completed=bytes_read, read=read, rejected=rejected, rate=rate, left=left)
        elif now - self._last_line_at >= _SECONDS_BETWEEN_LINES:
            self._last_line_at = now
            share = f", {min(bytes_read / self.size, 1):.0%}, {self._time_left(bytes_read)}" if self.size else ""
            console.info(f"{read:,} cases read{share}, {self.rate:,.0f} a second, {rejected:,} rejected.")

    def _time_left(self, bytes_read: int) -> str:
        """Return how long the rest takes at the speed so far."""
        progress = bytes_read - self._bytes_before
        if not self.size or not progress:
            return ""
        seconds = round(self.seconds * max(self.size - bytes_read, 0) / progress)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} left"


def _progress_bar() -> Progress:
    """Return a line for standard error that fits a narrow terminal; its spinner moves while nothing is finished."""
    from rich.console import Console  # only a terminal needs it
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
    from rich.table import Column

    terminal = Console(file=sys.stderr)
    no_wrap = Column(no_wrap=True)
    is_wide = terminal.width >= _BAR_MIN_WIDTH
    columns: list[ProgressColumn] = [
        SpinnerColumn("line"),
        TextColumn("{task.fields[read]:,} cases", table_column=no_wrap),
        *([BarColumn(None)] if is_wide else []),
        TextColumn("{task.fields[rate]}", table_column=no_wrap),
        TextColumn("{task.fields[left]}", table_column=no_wrap),
        TextColumn("{task.fields[rejected]:,} rejected", table_column=no_wrap),
    ]
    return Progress(*columns, console=terminal, transient=True, expand=is_wide)

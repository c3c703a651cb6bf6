"""How a run ends early: by Ctrl-C, by a signal from outside, or because one of its processes is gone."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from screen.batch.output.checkpoint import is_unfinished
from screen.cli import console
from screen.cli.batch.child_processes import kill_children
from screen.process import pass_over

_TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class TerminationSignal(KeyboardInterrupt):
    """A signal asked this program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Make signals that ask the program to end interrupt it; a signal that is ignored stays ignored."""

    def interrupt(number: int, _: FrameType | None) -> None:
        for handled in handled_signals:
            signal.signal(handled, pass_over)  # the program is ending already
        raise TerminationSignal(number)

    handled_signals = [number for number in _TERMINATION_SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in handled_signals:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in handled_signals:
            signal.signal(number, signal.SIG_DFL)


def exit_interrupted(out: Path, error: KeyboardInterrupt) -> NoReturn:
    """Say what is kept, and leave with the exit code of the signal."""
    console.error(f"Interrupted. {_kept(out, 'Nothing was begun')}.")
    _exit(128 + (error.number if isinstance(error, TerminationSignal) else signal.SIGINT))


def exit_worker_lost(out: Path) -> NoReturn:
    """Say that a process is gone and what is kept, and leave."""
    kept = _kept(out, "Nothing was begun. Try again")
    console.error(f"A process of this run was ended from outside, as happens when memory runs out. {kept}.")
    _exit(1)


def _kept(out: Path, otherwise: str) -> str:
    return "What is finished is kept: continue with --resume" if is_unfinished(out) else otherwise


def _exit(code: int) -> NoReturn:
    """Leave at once: to finish what is in progress would take seconds, and the run that continues does it again."""
    kill_children()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)

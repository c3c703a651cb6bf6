"""How a run is left before its end: interrupted at the keyboard, ended from outside, one of its processes gone."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from screen.cli import console

_ENDS = (signal.SIGTERM, signal.SIGHUP)


class TerminationSignal(KeyboardInterrupt):
    """A signal of the system's asked this program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Let a signal that asks the program to end be an interruption meanwhile; one that is ignored stays so."""

    def end(number: int, _: FrameType | None) -> None:
        for one in before:
            signal.signal(one, signal.SIG_IGN)  # it is being done
        raise TerminationSignal(number)

    before = [one for one in _ENDS if signal.getsignal(one) is signal.SIG_DFL]
    for one in before:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in before:
            signal.signal(one, signal.SIG_DFL)


def exit_interrupted(out: Path, error: KeyboardInterrupt) -> NoReturn:
    """Say what is kept, and leave with the exit code of the signal."""
    console.error(f"Interrupted. {_kept(out, 'Nothing was begun')}.")
    _leave(128 + (error.number if isinstance(error, TerminationSignal) else signal.SIGINT))


def exit_worker_lost(out: Path) -> NoReturn:
    """Say that a process is gone and what is kept, and leave."""
    kept = _kept(out, "Nothing was begun. Try again")
    console.error(f"A process of this run was ended from outside, as it is where memory runs out. {kept}.")
    _leave(1)


def _kept(out: Path, otherwise: str) -> str:
    from screen.batch.output.checkpoint import is_unfinished

    return "What is finished is kept: say --resume to go on" if is_unfinished(out) else otherwise


def _leave(code: int) -> NoReturn:
    """Leave at once: what is under way would take seconds, and is worked out again by the run that goes on."""
    import os

    from screen.cli.batch.child_processes import kill_children

    kill_children()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)

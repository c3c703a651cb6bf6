"""Settings of this process: no core dumps, signals passed over, garbage collection paused while much is created."""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Keep the system from writing a core dump of this process and its forks: it would hold the case, in some file.

    The limit prevents a core file. Where the system pipes dumps to a program instead, as most Linux systems do, only a
    process that is not dumpable is safe; other programs of the same user cannot read its memory then either. Systems
    without `prctl` have the limit alone. A new program that this one starts must do the same for itself.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if sys.platform == "linux":
        import ctypes  # takes 5 ms, and only commands that read a case need it

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def pass_over(number: int, frame: object) -> None:
    """Handle a signal by doing nothing.

    Python prints an error where a signal has come and its handler is taken away before it was called. A signal that
    may have come already gets this handler, and not `signal.SIG_IGN`.
    """


@contextmanager
def pause_gc() -> Iterator[None]:
    """Pause cyclic garbage collection while thousands of objects are created that stay and form no cycle.

    Scanning them again and again would take as long as creating them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

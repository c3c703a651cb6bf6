"""What this process asks of the system and of Python: no core dumps, no garbage collection while much is made."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Keep the system from dumping this process and what it forks: a dump would hold the case, in an unknown file.

    The limit stops a core file. Where the system hands dumps to a program instead, as most Linux systems do, only a
    process that is not dumpable is spared; others of the same user cannot read its memory then either. Systems without
    `prctl` have the limit alone. A new program that this one starts has to ask for itself.
    """
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


@contextmanager
def pause_gc() -> Iterator[None]:
    """Pause cyclic garbage collection while thousands of objects are made that stay and hold no cycle.

    Looking through them again and again takes as long as making them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

"""The processes that write determinations: how they end with the run that began them, and how it ends them.

In: the process that this is, or the children of it. Out: nothing. Left alone: what they work on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing import util

from screen.process import forbid_core_dumps


def tie_to_parent() -> None:
    """Make this process ignore interruptions, which its parent reports, and end when its parent ends.

    A process that is killed cannot end its children. They would wait for work for good and hold its standard output
    open, so that whoever reads that would wait with them.
    """
    forbid_core_dumps()  # the parent's setting is lost when a program starts
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def kill_children() -> None:
    """End the processes that this one began, and release what they shared with it, without waiting for anything.

    A resumed run does their work again. To shut their pool down would wait for threads that may wait for a process
    that is gone.
    """
    for process in multiprocessing.active_children():
        process.kill()
    # What a usual exit would do; else shared locks are reported as leaked. The type stubs do not know the name.
    util._run_finalizers(0)  # type: ignore[attr-defined]

"""No core dump of a process that holds a case: it would hold the case too, in a file that nobody knows of.

In: nothing. Out: this process, which the system does not write to disk when it fails. The limit stops a core file;
where the system hands dumps to a program instead, as most Linux systems do, only a process that is not dumpable is
spared, and others of the same user cannot read its memory either. Systems without `prctl` have the limit alone.
"""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Keep the system from dumping this process and what it forks. A process that it starts anew asks for itself."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

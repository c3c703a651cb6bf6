"""The process behind `program.Served`: a line on standard input is a command, its exit code and cost go back in a line.

Not imported by anything. What a command prints goes to the files `out` and `err` of the folder named on the command
line, by descriptor, so that the words of a library that panics are caught too.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path

from tests.campaign import program


def main() -> None:
    """Serve until standard input ends."""
    folder = Path(sys.argv[1])
    asked, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (program._ADDRESSES, program._ADDRESSES))
    surroundings = dict(os.environ)
    for line in asked:
        wanted = json.loads(line)
        os.environ.clear()
        os.environ.update(surroundings | wanted["env"])
        os.chdir(wanted["cwd"])
        _streams(folder)
        gc.collect()
        _forget_peak()
        began = time.process_time()
        try:
            code = program.enter(wanted["words"])
        except BaseException:  # a panic of Polars is no Exception, and a process of its own would end with this
            traceback.print_exc()
            code = 1
        spent = time.process_time() - began
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        answers.write(json.dumps({"code": code, "seconds": spent, "memory": _peak()}) + "\n")
        answers.flush()


def _streams(folder: Path) -> None:
    """Begin the three streams again, on the files of the folder."""
    for number, name, flags in ((0, "in", os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY)):
        made = os.open(folder / name, flags | (os.O_CREAT | os.O_TRUNC if number else 0), 0o600)
        os.dup2(made, number)
        os.close(made)
    program.fresh_streams()


def _forget_peak() -> None:
    """Let the peak of memory begin again; a system without that keeps the peak of all commands so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak() -> int:
    """Return the peak of memory since then, in megabytes."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main()

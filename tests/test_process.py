"""The system never writes the memory of a process that holds a case to disk."""

import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, multiprocessing, resource

def dumpable():
    return ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE

def reader():
    from screen.cli.batch.child_processes import tie_to_parent
    tie_to_parent()
    print("reader", dumpable(), resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE)[1:] * 2)
    from screen.cli.options import book_from_options
    book_from_options(None)
    print("command", dumpable(), resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)
    started = multiprocessing.get_context("spawn").Process(target=reader)
    started.start()
    started.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's; elsewhere there is the limit alone")
def test_no_process_that_reads_a_case_can_be_dumped(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["command 0 0", "reader 0 0"]

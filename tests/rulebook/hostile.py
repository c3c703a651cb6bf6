"""Read hostile files, as a case and as a rule file, and print what each costs in time and memory.

test_hostile.py runs this as a program. Each input is made only when it is read, so that the memory is that of reading.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from screen.case.case_file import check_case
from screen.diagnostics import DiagnosticsError
from screen.regular_files import MAX_BYTES
from screen.rulebook.checker import check_book
from tests.rulebook.small_book import good_book, good_files

FACTS = b"format: 1\ncase: A\nfacts:\n"
MARKED = b"- criterion: marked\n  title: It is marked\n  section: person\n"


def many(form: bytes, count: int) -> bytes:
    """Return a form repeatedly, filled with 0, 1, 2 and so on."""
    return b"".join(form % number for number in range(count))


def bomb(first: bytes, form: bytes, levels: int) -> bytes:
    """Return YAML that would be nine times as large with every level."""
    return first + b"".join(form % (level, level, b",".join([b"*a%d" % (level - 1)] * 9)) for level in range(1, levels))


INPUTS: dict[str, Callable[[], bytes]] = {
    "10,000 brackets": lambda: b"[" * 10_000,
    "a million braces": lambda: b"{" * 1_000_000,
    "a million dashes": lambda: b"- " * 1_000_000,
    "alias bomb": lambda: bomb(b"a0: &a0 [x, x]\n", b"a%d: &a%d [%s]\n", 500),
    "merge-key bomb": lambda: bomb(b"a0: &a0 {k: 1}\n", b"a%d: &a%d {<<: [%s]}\n", 500),
    "a list of two million": lambda: b"[" + b"a," * 2_000_000 + b"]",
    "one word of 4 MB": lambda: b"a" * MAX_BYTES,
    "a byte too large": lambda: b"a" * (MAX_BYTES + 1),
    "four million control characters": lambda: b"a: " + b"\x01" * 4_000_000,
    "a million different characters": lambda: "".join(map(chr, range(0x10000, 0x110000))).encode(),
    "two million comments": lambda: b"#\n" * 2_000_000,
    "thousands of unknown facts": lambda: FACTS + many(b"  left_without_permissio%d: yes\n", 9_900),
    "thousands of equal keys": lambda: FACTS + b"  age: 1\n" * 9_900,
    "a key of 4 MB": lambda: FACTS + b"  ? " + b"a" * 4_000_000 + b"\n  : yes\n",
    "thousands of broken facts": lambda: b"- {fact: a}\n" * 6_500,
    "thousands of unknown names": lambda: MARKED + b"  holds_if: {all: [" + many(b"left_%d,", 19_000) + b"]}\n",
    "a long chain of criteria": lambda: b"".join(
        b"- {criterion: c%d, title: x, section: person, holds_if: c%d}\n" % (number, number + 1)
        for number in range(2_000)
    ),
    "thousands of cycles": lambda: b"".join(
        b"- {criterion: c%d, title: x, section: person, holds_if: c%d}\n" % (number, number) for number in range(2_000)
    ),
    "a million placeholders": lambda: MARKED + b"  holds_if: adult\n  weakness: '" + b"{a}" * 1_000_000 + b"'\n",
}


def _megabytes() -> int:
    """Return the most memory that this program has used. On Linux, `rusage` would include that of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) // 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """Read every input both ways and print its cost: seconds of processor time, and the most memory so far in MB."""
    book = good_book()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        for name, make in INPUTS.items():
            data = make()
            path.write_bytes(data)
            files = {**good_files(), "criteria/bad.yaml": data}
            costs = []
            for read in (
                lambda: check_case(path, book)[1],
                lambda files=files: check_book(Path("rules"), files).diagnostics,
            ):
                start = time.process_time()
                str(DiagnosticsError(read()))
                costs.append(time.process_time() - start)
            size = _megabytes()
            print(json.dumps({"name": name, "case": costs[0], "rules": costs[1], "megabytes": size}), flush=True)


if __name__ == "__main__":
    main()

"""Commands in hostile surroundings: every kind of file, disk, stream and variable in every place where one is named.

Each line is a command of a shell. Root's way past permissions is given up, so that what is unreadable is unreadable.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.campaign import program, promises
from tests.campaign.program import Done
from tests.campaign.tally import Campaign

#: 141: the reader of a pipe has gone, which is the shell's way to say so.
_CODES = promises.CODES | {141}

#: These inputs are not broken but huge: what they may take more is no second but a few.
_BEYOND = 6.0
_LIMIT = 60.0

_DROP = (
    "setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", "--",
)  # fmt: skip

CASES = [
    "min.yaml",
    "link.yaml",
    "dead.yaml",
    "loop1",
    "fifo",
    "fifo.yaml",
    "fifolink.yaml",
    "dir",
    "dir.yaml",
    "ro",
    "ro/min.yaml",
    "secret.yaml",
    "noread",
    "noread/min.yaml",
    "noexec/min.yaml",
    "rofile.yaml",
    "empty.yaml",
    "blank.yaml",
    "null.yaml",
    "list.yaml",
    "map.json",
    "zeros.yaml",
    "random.yaml",
    "long.yaml",
    "items.yaml",
    "sparse.yaml",
    "manykeys.yaml",
    "/dev/zero",
    "/dev/null",
    "/dev/tty",
    "/dev/stdin",
    "/proc/self/mem",
    "/proc/self/environ",
    "/etc/shadow",
    "nowhere",
    "''",
    ".",
    "/",
    "'~'",
    "/nonexistent/x.yaml",
]
TABLES = [
    "min.yaml",
    "fifo.jsonl",
    "fifo.csv",
    "sparse.jsonl",
    "sparse.csv",
    "sparse.parquet",
    "empty.jsonl",
    "empty.csv",
    "empty.parquet",
    "head.csv",
    "lines.jsonl",
    "magic.parquet",
    "bomb.jsonl.gz",
    "bomb.csv.gz",
    "ok.csv.gz",
    "cut.csv.gz",
    "not.jsonl.gz",
    "not.csv.zst",
    "wide.csv",
    "deep.jsonl",
    "huge.jsonl",
    "bigline.jsonl",
    "keys.jsonl",
    "dir",
    "noread",
    "noexec",
    "secret.yaml",
    "dead.yaml",
    "loop1",
    "bomb",
    "/dev/zero",
    "'*'",
    "'**'",
    "'**/**/**'",
    "'['",
    "''",
    "-",
]
OUTPUTS = [
    "full/o.csv",
    "full/o.parquet",
    "ro/o.csv",
    "noread/o.csv",
    "dir",
    "/dev/full",
    "/dev/null",
    "fifo.csv",
    "link.csv",
    "nowhere/o.csv",
    ".csv",
    "o.txt",
    "''",
    "loop1/o.csv",
    "min.yaml/o.csv",
]
RULES = [
    "evil1",
    "evil2",
    "evil3",
    "evil4",
    "fifo",
    "min.yaml",
    "nowhere",
    "''",
    "dir",
    "noread",
    "/dev/null",
    "loop1",
    "ro",
    ".",
    "/proc/self",
    "/usr",
]
VARIABLES = (
    "env -u HOME -u XDG_CACHE_HOME -u XDG_DATA_HOME", "env -i", "env HOME=/nonexistent XDG_CACHE_HOME=", "LC_ALL=C",
    "LC_ALL=POSIX PYTHONUTF8=0", "LC_ALL=C PYTHONIOENCODING=ascii", "LC_ALL=tr_TR.UTF-8", "PYTHONIOENCODING=utf-16",
    "COLUMNS=1", "COLUMNS=0", "COLUMNS=-5", "COLUMNS=99999999", "TERM=", "TERM=nonsense", "TZ=nonsense",
    "RSD_RULES=/nonexistent", "RSD_RULES=", "XDG_CACHE_HOME=relative", "XDG_CACHE_HOME=cachefile",
    "XDG_CACHE_HOME=cachero", "XDG_CACHE_HOME=/dev/null", "XDG_DATA_HOME=/dev/null", "EDITOR=false", "EDITOR=\"'\"",
    "PYTHONWARNINGS=error", "PYTHONOPTIMIZE=2", "PYTHONDEVMODE=1", "TMPDIR=/nonexistent", "TMPDIR=ro", "NO_COLOR=1",
    "FORCE_COLOR=1",
)  # fmt: skip
STREAMS = (
    "assess min.yaml", "assess min.yaml -f json", "assess min.yaml -f markdown", "rules show", "rules readings",
    "batch template", "batch schema", "simulate -n 500 --out -", "train list",
    "explain min.yaml refugee_status --all --depth 12", "compare min.yaml", "whatif min.yaml --pivots", "--help",
    "case check min.yaml", "rules schema",
)  # fmt: skip


def commands() -> tuple[str, ...]:
    """Return every command."""
    parts = (_on_cases, _on_tables, _to_outputs, _to_full_disks, _on_streams, _in_surroundings, _with_words)
    return tuple(line for part in parts for line in part())


def _on_cases() -> Iterator[str]:
    for file in CASES:
        yield f"rsd assess --brief {file}"
        yield f"rsd case check {file}"
    for file in [
        "min.yaml",
        "fifo",
        "secret.yaml",
        "dir",
        "empty.yaml",
        "sparse.yaml",
        "/dev/zero",
        "loop1",
        "dead.yaml",
        "noread/min.yaml",
    ]:
        yield f"rsd explain {file} refugee_status"
        yield f"rsd compare {file} --profiles paper,uk"
        yield f"rsd whatif {file} age=17"
        yield f"rsd diff {file} min.yaml"
        yield f"rsd diff {file} dir"
        yield f"rsd train work --text {file} --way write"
        yield f"rsd train work --plain --answers {file}"
        yield f"rsd train class {file}"
        yield f"rsd interview --plain {file} < /dev/null"
    for folder in RULES:
        yield f"rsd rules check --rules {folder}"
        yield f"rsd assess --brief --rules {folder} min.yaml"


def _on_tables() -> Iterator[str]:
    for file in TABLES:
        yield f"rsd batch {file} --out o.csv --overwrite --columns recommendation < /dev/null"
    yield "rsd batch - --format jsonl --out o2.csv --overwrite < in.jsonl"
    yield "rsd batch - --format parquet --out o3.csv --overwrite < in.csv"
    yield "head -c 300000000 /dev/zero | rsd batch - --format jsonl --out o4.csv --overwrite"
    yield "head -c 300000000 /dev/zero | rsd batch - --format csv --out o4.csv --overwrite"
    yield "yes aaaa | head -c 100000000 | rsd batch - --format csv --out o5.csv --overwrite"


def _to_outputs() -> Iterator[str]:
    for out in OUTPUTS:
        yield f"rsd batch in.jsonl --out {out}"
        yield f"rsd assess min.yaml --out {out}"
        yield f"rsd simulate -n 300 --out {out}"
        yield f"rsd train export --out {out}"


def _to_full_disks() -> Iterator[str]:
    yield from (
        "head -c 1000000 /dev/zero > full/fill; rsd batch in.jsonl --out full/a.csv",
        "rsd interview --plain full/c.yaml < /dev/null",
        "rsd case new full/c.yaml",
        "rsd train work --plain < /dev/null",
        "XDG_DATA_HOME=full rsd train work --plain --answers in.csv",
        "XDG_CACHE_HOME=full rsd assess --brief min.yaml",
        "rsd assess min.yaml > /dev/full",
        "rsd assess min.yaml -f json > /dev/full",
        "rsd rules show > /dev/full",
        "rsd case check min.yaml > /dev/full",
        "rsd batch template > /dev/full",
        "rsd batch in.jsonl --out p.csv --overwrite > /dev/full",
        "rsd simulate -n 10 --out - > /dev/full",
        "rsd interview --plain n1.yaml > /dev/full < in.csv",
        "rsd train list > /dev/full",
        "rsd train work --plain > /dev/full < in.csv",
        "rsd --help > /dev/full",
        "rsd rules prove --only zz > /dev/full",
        "rsd assess min.yaml 2> /dev/full",
        "rsd assess nowhere 2> /dev/full",
        "rsd case check nowhere >&- 2>&-",
    )


def _on_streams() -> Iterator[str]:
    for words in STREAMS:
        for stream in ("| head -1", ">&-", "<&-", "2>&-", "| true"):
            yield f"rsd {words} {stream}"
    yield from (
        "rsd interview --plain n2.yaml <&-",
        "rsd interview n3.yaml <&- >&- 2>&-",
        "rsd interview --plain n4.yaml >&- < in.csv",
        "rsd interview < /dev/null",
        "rsd batch - --format jsonl --out o2.csv <&-",
        "head -c 3000000 /dev/zero | tr '\\0' a | rsd interview --plain n5.yaml",
        "yes | head -c 3000000 | rsd interview --plain n6.yaml",
        "head -c 300000 /dev/urandom | rsd interview --plain n7.yaml",
    )


def _in_surroundings() -> Iterator[str]:
    for variables in VARIABLES:
        yield f"{variables} rsd assess --brief min.yaml"
        yield f"{variables} rsd train progress"
    yield "env -i rsd train work --plain --answers in.csv"
    yield "EDITOR=false rsd train work --way write"
    yield "EDITOR='\"' rsd train work --way write"
    yield "env -u EDITOR PATH=/nonexistent rsd train work --way write"


def _with_words() -> Iterator[str]:
    """Words of 120,000 letters, numbers that are none, days that are none."""
    long, digits = "a" * 120_000, "9" * 5000
    yield from (
        f"rsd assess {long}", f"rsd {long}", f"rsd assess min.yaml --profile {long}", f"rsd explain min.yaml {long}",
        f"rsd whatif min.yaml age={long}", f"rsd whatif min.yaml {long}=1", f"rsd whatif min.yaml harm_feared={long}",
        f"rsd batch in.jsonl --out {long}.csv", f"rsd batch {long} --out o.csv --overwrite",
        f"rsd assess min.yaml --as-of {long}", f"rsd case new {long}.yaml", f"rsd case new x.yaml --name {long}",
        f"rsd interview {long} < /dev/null", f"rsd assess min.yaml --fail-on {long}",
        f"rsd batch in.jsonl --out q.csv --where {long} --reports rr",
        f"rsd batch in.jsonl --out q.csv --columns {long}",
        f"rsd batch in.jsonl --out q.csv --shard {digits}/{digits}", f"rsd simulate -n {digits} --out -",
        "rsd simulate -n 99999999999999999999 --out - | head -1", f"rsd simulate -n 2 --seed {digits} --out -",
        "rsd simulate -n 2 --seed -1 --out -", "rsd batch in.jsonl --out q.csv --jobs 99999999999 --overwrite",
        "rsd batch in.jsonl --out q.csv --jobs 100000 --overwrite",
        "rsd explain min.yaml refugee_status --depth 99999999999999999999",
        "rsd whatif min.yaml --pivots --most 999999999999999", "rsd assess " + "min.yaml " * 50,
        "rsd whatif min.yaml age=1e400", "rsd whatif min.yaml age=nan", "rsd whatif min.yaml age=",
        "rsd whatif min.yaml =",
        "rsd whatif min.yaml age", "rsd whatif min.yaml harm_feared=,,,", "rsd assess min.yaml --as-of 0001-01-01",
        "rsd assess min.yaml --as-of 9999-12-31", "rsd assess min.yaml --as-of 2014-W01-1",
        "rsd assess min.yaml --as-of ' 2014-1-1'", "rsd train work --seed 99999999999999999999999 --plain < /dev/null",
        "rsd train work --count 50 --way decide --twist --plain < /dev/null",
        "rsd batch in.jsonl --out q1.csv --where 'recommendation=' --reports rr1",
        "rsd batch in.jsonl --out q2.csv --profiles ,,,", "rsd batch in.jsonl --out q3.csv --columns ,", "rsd diff . .",
        "rsd diff bomb bomb", "rsd diff / min.yaml", "rsd rules schema ../x", "rsd rules schema --out min.yaml",
        "rsd rules schema --out ro", "rsd train class ''", "rsd train class .",
    )  # fmt: skip


def run(campaign: Campaign) -> None:
    """Run the commands that the campaign chooses."""
    if os.geteuid() == 0 and not program.has("setpriv"):
        campaign.missing("no setpriv, and root reads everything", campaign.count)
        return
    Surroundings(campaign).run()


class Surroundings:
    """The campaign and its hostile folder."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.home = campaign.scratch("home-")
        self.folder = campaign.scratch("work-")
        self.env = program.home(self.home)
        furnish(self.folder)
        self.bystanders = promises.Bystanders(self.home / "around", self.folder / "dir.yaml")
        self.mounted = self._mount()

    def _mount(self) -> bool:
        """Say whether there is a disk of one megabyte to be filled."""
        if os.geteuid() != 0 or not program.has("mount"):
            return False
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self.folder / "full")]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def run(self) -> None:
        """Run the commands, and take the folder apart again."""
        try:
            normal = max(self._run(line).seconds for line in ("rsd assess min.yaml", "rsd whatif min.yaml --pivots"))
            victims = {
                path: path.read_bytes() for path in self.folder.glob("*.yaml") if path.stem in ("min", "map", "list")
            }
            for number, line in self.campaign.chosen(commands()):
                if "full/" in line and not self.mounted:
                    self.campaign.missing("no disk to fill")
                    continue
                done = self._run(line)
                self.campaign.measured(done, normal)
                self.campaign.tried(f"exit code {done.code}")
                short = line if len(line) < 100 else f"{line[:60]}…({len(line)})"
                found = promises.broken_by(done, codes=_CODES, normal=normal, beyond=_BEYOND)
                found += [] if len(done.text) < 20_000_000 else [f"{len(done.text):,} letters are printed"]
                found += [f"{path.name} was changed" for path, data in victims.items() if path.read_bytes() != data]
                self.campaign.findings(number, found + self.bystanders.touched(), short)
        finally:
            if self.mounted:
                subprocess.run(["umount", str(self.folder / "full")], check=False)
            for path in ("ro", "noread", "noexec", "cachero/rsd"):
                (self.folder / path).chmod(0o700)

    def _run(self, line: str) -> Done:
        command = shlex.quote(program.RSD)
        script = re.sub(r"(^|[ ;|] ?)rsd ", rf"\1{command} ", f"set -o pipefail; {line}")
        words = [*(_DROP if os.geteuid() == 0 else ()), "bash", "-c", script]
        return program.finished(words, cwd=self.folder, env={**self.env, "TMPDIR": str(self.home)}, limit=_LIMIT)


def furnish(folder: Path) -> None:
    """Fill a folder with every kind of file, folder, link and pipe."""
    for case in program.CASES:
        shutil.copy(case, folder)
    example = (folder / "min.yaml").read_bytes()
    for name in ("fifo", "fifo.yaml", "fifo.jsonl", "fifo.csv"):
        os.mkfifo(folder / name)
    links = {
        "loop1": "loop2", "loop2": "loop1", "link.yaml": "min.yaml", "dead.yaml": "nowhere", "fifolink.yaml": "fifo",
        "link.csv": "min.yaml",
    }  # fmt: skip
    for name, target in links.items():
        (folder / name).symlink_to(target)
    for name in ("dir", "dir.yaml", "full", "ro", "noread", "noexec"):
        (folder / name).mkdir()
    _write_files(folder, example)
    _write_tables(folder)
    for number in range(1, 5):
        (folder / f"evil{number}").mkdir()
    (folder / "evil1/book.yaml").write_text("x")
    os.mkfifo(folder / "evil2/book.yaml")
    (folder / "evil3/book.yaml").symlink_to("/dev/zero")
    (folder / "evil4/self").symlink_to("../evil4")
    shutil.copy(program.SMALL_RULES / "book.yaml", folder / "evil4")
    for level in range(12):
        (folder / f"bomb/d{level}").mkdir(parents=True)
        if level < 11:
            for name in ("x", "y"):
                (folder / f"bomb/d{level}/{name}").symlink_to(f"../d{level + 1}")
    (folder / "bomb/d11/min.yaml").write_bytes(example)
    (folder / "cachefile").mkdir()
    (folder / "cachefile/rsd").touch()
    (folder / "cachero/rsd").mkdir(parents=True)
    for name, mode in (("ro", 0o500), ("noread", 0), ("noexec", 0o600), ("cachero/rsd", 0o500)):
        (folder / name).chmod(mode)


def _write_files(folder: Path, example: bytes) -> None:
    """Write case files that are empty, huge, hidden, or nothing of the kind."""
    contents = {
        "ro/min.yaml": example, "noread/min.yaml": example, "noexec/min.yaml": example, "secret.yaml": example,
        "rofile.yaml": example, "empty.yaml": b"", "blank.yaml": b" ", "null.yaml": b"null", "list.yaml": b"[]",
        "map.json": b"{}", "zeros.yaml": b"\0" * 5_000_000, "random.yaml": random.Random(1).randbytes(5_000_000),
        "long.yaml": b"a" * 4_000_000, "items.yaml": b"- a\n" * 1_000_000,
    }  # fmt: skip
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    (folder / "secret.yaml").chmod(0)
    (folder / "rofile.yaml").chmod(0o400)
    keys = "".join(f"  left_without_permissio{n}: yes\n" for n in range(9000))
    (folder / "manykeys.yaml").write_text(f"format: 1\ncase: A\nfacts:\n{keys}")
    for ending in ("yaml", "jsonl", "csv", "parquet"):
        (folder / f"sparse.{ending}").touch()
        os.truncate(folder / f"sparse.{ending}", 50 << 30)


def _write_tables(folder: Path) -> None:
    """Write tables that are empty, huge, packed, or nothing of the kind."""
    zeros, ok = gzip.compress(b"\0" * 200_000_000, 1), b"id,age\na,30\nb,-1\n"
    contents = {
        "in.jsonl": b'{"id":"a","age":30}\n{"id":"b","age":-1}\n', "in.csv": ok, "empty.jsonl": b"", "empty.csv": b"",
        "empty.parquet": b"", "head.csv": b"id\n", "lines.jsonl": b"\n\n\n", "magic.parquet": b"PAR1",
        "bomb.jsonl.gz": zeros, "bomb.csv.gz": zeros, "ok.csv.gz": gzip.compress(b"id,age\n"),
        "cut.csv.gz": zeros[:200],
        "not.jsonl.gz": b"x", "not.csv.zst": b"x",
        "wide.csv": ",".join(f"c{n}" for n in range(200_000)).encode() + b"\n",
        "deep.jsonl": b'{"id":' + b"[" * 300_000 + b"\n", "huge.jsonl": b'{"id":"a","age":' + b"9" * 5000 + b"}\n",
        "bigline.jsonl": b'{"id":"' + b"a" * 10_000_000 + b'"}\n{"id":"b"}\n',
        "keys.jsonl": json.dumps({"id": "a"} | {f"k{n}": 1 for n in range(100_000)}).encode() + b"\n",
    }  # fmt: skip
    for name, data in contents.items():
        (folder / name).write_bytes(data)

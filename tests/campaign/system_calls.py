"""Commands that are killed at a system call, or whose system call fails once: every place where a disk is spoken to.

strace counts the calls of a command that nobody disturbs, and then does what is unkind at one of them. Under `prlimit`
files cannot grow past a size, as on a full disk.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.campaign import program, promises
from tests.campaign.program import Done
from tests.campaign.tally import Campaign

#: What each call may answer on a disk that is full, broken, far away or closed to us.
ERRORS = {
    "fsync": ("EIO", "ENOSPC"), "fdatasync": ("EIO",), "rename": ("EIO", "EXDEV", "EACCES"), "renameat": ("EIO",),
    "renameat2": ("EIO", "EINVAL"), "link": ("EPERM",), "linkat": ("EPERM", "EOPNOTSUPP"), "symlink": ("EPERM",),
    "unlink": ("EACCES",), "unlinkat": ("EACCES",), "rmdir": ("EBUSY",), "mkdir": ("EROFS", "EDQUOT"),
    "mkdirat": ("EROFS", "EDQUOT"), "flock": ("ENOLCK", "EOPNOTSUPP"), "ftruncate": ("EIO", "ENOSPC"),
    "fchmod": ("EPERM", "EOPNOTSUPP"), "chmod": ("EPERM",), "fchmodat": ("EPERM",),
}  # fmt: skip

_ANSWERS = b"KP\nCN\ny\nq\n"
_ORDER = ["country_of_origin", "host_country", "outside_country_of_origin"]
_CASE = "format: 1\ncase: T-1\nclaim: words\nfacts: {}\n"

#: Of one call a command makes at most so many are tried; a batch syncs after every part, and the parts are alike.
_MOST = 25


@dataclass(frozen=True)
class Command:
    """A command with what must be true after it, however it ended."""

    name: str
    words: tuple[str, ...]
    stdin: bytes
    begin: Callable[[Path], None]
    after: Callable[[Calls, Done], list[str]]


@dataclass(frozen=True)
class Point:
    """What is done to which call of a command: `act` is as strace names it, or a size for prlimit."""

    command: Command
    call: str
    act: str
    when: int

    def __str__(self) -> str:
        return f"{self.command.name}, {self.act} at {self.call} {self.when}"

    def before(self, trace: Path) -> tuple[str, ...]:
        """Return the words that stand in front of the command."""
        if self.call == "file size":
            return ("prlimit", f"--fsize={self.when}")
        inject = f"inject={self.call}:{self.act}:when={self.when}"
        return ("strace", "-f", "-o", str(trace), "-e", f"trace={self.call}", "-e", inject)


def run_kills(campaign: Campaign) -> None:
    """Kill commands at their system calls."""
    Calls(campaign).run(lambda call: ("signal=SIGKILL",))


def run_errors(campaign: Campaign) -> None:
    """Let system calls fail once."""
    Calls(campaign).run(lambda call: tuple(f"error={error}" for error in ERRORS[call]), sizes=True)


class Calls:
    """The campaign, its folder, and what an undisturbed batch leaves there."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.folder = campaign.scratch()
        self.env = program.home(self.folder)
        self.bystanders = promises.Bystanders(self.folder, self.folder / "o")
        (self.folder / "src").mkdir()
        for part in range(4):
            lines = [json.dumps({"id": f"a{part}-{n}", "age": n - 1}) for n in range(12)]
            (self.folder / f"src/{part}.jsonl").write_text("\n".join(lines) + "\n")
        shutil.copy(program.CASES[0], self.folder / "whole.yaml")
        _begin_batch(self.folder)
        self.batch = program.run(*_BATCH, cwd=self.folder, env=self.env)
        self.left = promises.manifest(self.folder / "o")
        self.normal: dict[str, Done] = {}

    def run(self, acts: Callable[[str], Sequence[str]], sizes: bool = False) -> None:
        """Go through the points."""
        if not program.has("strace"):
            self.campaign.missing("no strace", self.campaign.count)
            return
        for number, point in self.campaign.chosen(self._points(acts, sizes)):
            point.command.begin(self.folder)
            trace = self.folder / "trace"
            before = point.before(trace)
            done = program.run(
                *point.command.words, cwd=self.folder, env=self.env, stdin=point.command.stdin, before=before
            )
            killed = done.code == -9
            self.campaign.tally.kills += killed
            self.campaign.tried("killed" if killed else "ended by itself")
            if not killed:
                self.campaign.findings(number, promises.broken_by(done), str(point))
            self.campaign.findings(number, point.command.after(self, done), str(point))
            self.campaign.findings(number, self.bystanders.touched(), str(point))

    def _points(self, acts: Callable[[str], Sequence[str]], sizes: bool) -> list[Point]:
        """Return every point that the commands have, after a look at the calls that each of them makes."""
        points = []
        for command in COMMANDS:
            points += [
                Point(command, call, act, when)
                for call, count in sorted(self._count(command).items())
                for act in acts(call)
                for when in range(1, min(count, _MOST) + 1)
            ]
            if sizes and program.has("prlimit"):
                points += [Point(command, "file size", "no room", size) for size in (0, 1, 60, 200, 1000, 5000)]
        return points

    def _count(self, command: Command) -> Counter[str]:
        command.begin(self.folder)
        trace = self.folder / "trace"
        before = ("strace", "-f", "-o", str(trace), "-e", f"trace={','.join(f'?{call}' for call in ERRORS)}")
        program.run(*command.words, cwd=self.folder, env=self.env, stdin=command.stdin, before=before)
        called = re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.M)
        return Counter(call for call in called if call in ERRORS)


def _begin_interview(folder: Path) -> None:
    (folder / "c.yaml").write_text(_CASE)
    (folder / "c.yaml").chmod(0o600)


def _after_interview(calls: Calls, done: Done) -> list[str]:
    """The file holds the first answers, all of them where the program says that all is well; nothing is left over."""
    file = calls.folder / "c.yaml"
    try:
        kept = promises.facts_of(file)
    except (OSError, ValueError) as error:
        return [f"the case is gone: {error}"]
    found = [] if list(kept) == _ORDER[: len(kept)] else [f"answers are lost: {list(kept)}"]
    if "claim: words" not in file.read_text():
        found.append("the claim is lost")
    if done.code == 0 and len(kept) < len(_ORDER):
        found.append(f"{len(kept)} of {len(_ORDER)} answers are kept, and the exit code is 0")
    left = [path for path in calls.folder.iterdir() if path.name.startswith(".rsd-")]
    for path in left:
        path.unlink()
    if left and done.code != -9:
        found.append("a hidden copy of the case is left behind")
    return found + promises.open_to_others(calls.folder, "c.yaml")


def _begin_batch(folder: Path) -> None:
    for path in (folder / "o").iterdir():
        if "bystander" not in path.name:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _after_batch(calls: Calls, done: Done) -> list[str]:
    """An output has its name when it is complete and not before, and --resume comes to the same bytes."""
    out = calls.folder / "o"
    if done.code in (0, 3) and promises.manifest(out) != calls.left:
        return [f"exit code {done.code}, and the output is not that of an undisturbed run"]
    if (out / "f.csv").exists():
        same = promises.manifest(out).get("f.csv") == calls.left["f.csv"]
        return [] if same else ["the output has its name and is not complete"]
    again = program.run(*_BATCH, "--resume", cwd=calls.folder, env=calls.env)
    if promises.manifest(out) != calls.left or (again.out, again.code) != (calls.batch.out, calls.batch.code):
        return [f"--resume does not come to the same, exit code {again.code}: {again.err[-150:].strip()!r}"]
    return []


def _begin_training(folder: Path) -> None:
    shutil.rmtree(folder / "data", ignore_errors=True)


def _after_training(calls: Calls, done: Done) -> list[str]:
    """Progress can be read."""
    shown = program.run("train", "progress", cwd=calls.folder, env=calls.env)
    return [f"progress is lost: {shown.err[-150:]!r}"] if shown.code or "damaged" in shown.err else []


def _begin_assess(folder: Path) -> None:
    (folder / "a.md").unlink(missing_ok=True)


def _after_assess(calls: Calls, done: Done) -> list[str]:
    """A determination is there, complete, or not at all."""
    file = calls.folder / "a.md"
    if done.code == 0 and not file.exists():
        return ["exit code 0, and no determination"]
    if file.exists() and not file.read_text().rstrip().endswith(_last_line(calls)):
        return ["half a determination has its name"]
    return promises.open_to_others(calls.folder, "a.md")


def _last_line(calls: Calls) -> str:
    if "assess" not in calls.normal:
        words = ("assess", "whole.yaml", "--format", "markdown")
        calls.normal["assess"] = program.run(*words, cwd=calls.folder, env=calls.env)
    return calls.normal["assess"].out.rstrip().splitlines()[-1]


def _begin_new(folder: Path) -> None:
    (folder / "n.yaml").unlink(missing_ok=True)


def _after_new(calls: Calls, done: Done) -> list[str]:
    """A new case is there and sound, or not at all."""
    file = calls.folder / "n.yaml"
    if not file.exists():
        return ["exit code 0, and no case"] if done.code == 0 else []
    checked = program.run("case", "check", "n.yaml", cwd=calls.folder, env=calls.env)
    return ([] if checked.code == 0 else ["half a case has its name"]) + promises.open_to_others(calls.folder, "n.yaml")


_BATCH = ("batch", "src", "--out", "o/f.csv", "--columns", "recommendation", "-j", "1", "--summary", "json")

COMMANDS = (
    Command("interview", ("interview", "--plain", "c.yaml"), _ANSWERS, _begin_interview, _after_interview),
    Command("batch", _BATCH, b"", _begin_batch, _after_batch),
    Command("training", ("train", "work", "--plain"), b"1\n" * 60, _begin_training, _after_training),
    Command(
        "assess --out",
        ("assess", "whole.yaml", "--format", "markdown", "--out", "a.md"),
        b"",
        _begin_assess,
        _after_assess,
    ),
    Command("case new", ("case", "new", "n.yaml"), b"", _begin_new, _after_new),
)

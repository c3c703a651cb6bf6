"""What must hold, whatever is done to the program: each function returns in words the promises that are broken."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.campaign.program import Done

#: Every exit code that docs/cli.md names, but 70: that is a fault of the program's own.
CODES = frozenset({0, 1, 2, 3, 4, 130})

#: Words of a person's story. They are planted in inputs, and no message may repeat them.
STORY = "QZXCANARY"

#: Megabytes that no command on small inputs may need.
MEMORY = 700

#: Seconds of processor time beyond the same command on an undamaged input.
BEYOND = 1.0

#: What moves the cursor, turns the writing around or hides: none of it may reach a screen.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ud800-\udfff]"
)


def broken_by(
    done: Done,
    *,
    codes: Iterable[int] = CODES,
    normal: float | None = None,
    beyond: float = BEYOND,
    story: bool = True,
) -> list[str]:
    """Return what a finished command broke, for people; `normal` are the seconds of an undamaged one.

    It may take `beyond` seconds more. `story`: whether standard error must keep the planted words to itself.
    """
    return [*_ending(done, frozenset(codes)), *_printed(done, story), *_spent(done, normal, beyond)]


def _ending(done: Done, codes: frozenset[int]) -> Iterable[str]:
    if done.code is None:
        yield "it stands still"
    elif done.code < 0:
        yield f"signal {-done.code} ended it"
    elif done.code not in codes:
        yield f"exit code {done.code}: {done.err[-200:].strip()!r}"


def _printed(done: Done, story: bool) -> Iterable[str]:
    if "Traceback (most recent call last)" in done.text or "panicked at" in done.text:
        yield f"a traceback: {done.text.strip()[-200:]!r}"
    elif "rsd: internal error" in done.text and done.code != 70:
        yield f"an internal error: {done.text[-200:].strip()!r}"
    if story and STORY in done.err:
        at = done.err.index(STORY)
        yield f"a message repeats a person's words: {done.err[max(0, at - 80) : at + 20]!r}"
    if unsafe := sorted({hex(ord(letter)) for letter in UNSAFE.findall(done.text)}):
        yield f"letters that steer a screen are printed: {unsafe}"


def _spent(done: Done, normal: float | None, beyond: float) -> Iterable[str]:
    if normal is not None and done.seconds > normal + beyond:
        yield f"{done.seconds:.1f} s of the processor, where {normal:.1f} s are normal"
    if done.memory > MEMORY:
        yield f"{done.memory} MB of memory"


Manifest = Mapping[str, tuple[int, str]]


def manifest(folder: Path) -> Manifest:
    """Return every name below a folder with its mode and a digest of what it holds, links not followed."""
    return {str(path.relative_to(folder)): _entry(path) for path in sorted(folder.rglob("*"))}


def _entry(path: Path) -> tuple[int, str]:
    kind = path.lstat().st_mode
    if stat.S_ISLNK(kind):
        return kind, str(path.readlink())
    return kind, hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(kind) else ""


def changed(before: Manifest, after: Manifest) -> list[str]:
    """Return what was done to things that were there before."""
    return [
        f"a foreign file was {'changed' if name in after else 'deleted'}: {name}"
        for name, entry in before.items()
        if after.get(name) != entry
    ]


class Bystanders:
    """Files that stand around the work and are nobody's business: a case, a caseload, an output, a link to a case."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "bystander.yaml").write_text(f"format: 1\ncase: BY-1\nclaim: {STORY} aside\nfacts:\n  age: 30\n")
            (folder / "bystander.jsonl").write_text('{"format": 1, "case": "BY-2", "facts": {}}\n')
            (folder / "bystander.csv").write_text("id,age\na1,30\n")
            (folder / ".bystander").write_text("of another program\n")
            (folder / "bystander-link.yaml").symlink_to("bystander.yaml")
            for path in folder.glob("*bystander*"):
                if not path.is_symlink():
                    path.chmod(0o600)
        self.before = self._now()

    def touched(self) -> list[str]:
        """Return what was done to them."""
        return changed(self.before, self._now())

    def _now(self) -> Manifest:
        found = [path for folder in self.folders for path in sorted(folder.glob("*bystander*"))]
        return {str(path): _entry(path) for path in found}


def open_to_others(folder: Path, *names: str) -> list[str]:
    """Return the files and folders below `folder` that match and that others may read."""
    found = {path for name in names for path in folder.glob(name) if not path.is_symlink()}
    return [f"others can read {path.name}" for path in sorted(found) if path.stat().st_mode & 0o077]


def facts_of(file: Path) -> dict[str, Any]:
    """Return the answers that stand in a case file, as strings and by a road that is not the program's.

    Raises ValueError where the file is no case at all.
    """
    try:
        document = yaml.load(file.read_bytes().decode("utf-8-sig"), yaml.CBaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{file.name} cannot be read: {type(error).__name__}") from error
    if not isinstance(document, dict) or not isinstance(document.get("facts") or {}, dict):
        raise ValueError(f"{file.name} is no case")
    return document.get("facts") or {}


def answer_in(given: Any) -> Any:
    """Return the answer of one fact, whether it is written short or with what it rests on."""
    return given.get("answer") if isinstance(given, dict) else given

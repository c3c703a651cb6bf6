"""Answers with hostile notes saved into case files of every shape: all else stays, in sense and in comments."""

from __future__ import annotations

import random
import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from tests.campaign import program, promises
from tests.campaign.broken_cases import broken_case
from tests.campaign.facts import facts
from tests.campaign.mutations import WORDS
from tests.campaign.program import Served
from tests.campaign.tally import Campaign, normal_seconds

_NOTES = (
    b"  x  ", b"- x", b"x: y", b"# x", b"'", b'"', b"\\", b"yes", b"1e3", b"null", "😀".encode(), b"x" * 3000, b"--- a",
    b"...", b"a plain note", b"*a", b"!!str x", b"| x", b"> x", b"{a: b}", b"[a]", b"%a", b"@a", b"`a`", b"a #b",
)  # fmt: skip


def run(campaign: Campaign) -> None:
    """Answer questions of case files of every shape, and look at what became of the files."""
    home = campaign.scratch("home-")
    rsd = Served(home / "served", program.home(home))
    known, good = facts(home), [path.read_bytes() for path in program.CASES]
    bystanders = promises.Bystanders(home / "in")
    file = home / "in" / "a.yaml"
    normal = 0.0
    for data in good:
        _write(file, data)
        normal = max(normal, normal_seconds(lambda: _answer(rsd, file, b"x")))
    for number in campaign.numbers():
        chance = campaign.chance(number)
        data = _shaped(broken_case(chance, known, good) if chance.random() < 0.4 else chance.choice(good), chance)
        note = chance.choice(_NOTES if chance.random() < 0.6 else WORDS).replace(b"\n", b" ").replace(b"\r", b" ")
        file = home / "in" / f"a{chance.choice(('.yaml', '.yaml', '.json'))}"
        _write(file, data)
        done = _answer(rsd, file, note)
        campaign.measured(done, normal)
        campaign.tried("saved" if file.read_bytes() != data else "refused" if done.code else "nothing to ask")
        campaign.findings(number, promises.broken_by(done, normal=normal, codes=(0, 1)), "interview")
        campaign.findings(number, _lost(data, file, note, done))
        campaign.findings(number, bystanders.touched())
        file.unlink()
    rsd.stop()


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    file.chmod(0o600)


def _answer(rsd: Served, file: Path, note: bytes) -> program.Done:
    """Give one question the note and the answer unknown, and leave."""
    return rsd.run("interview", "--plain", file.name, cwd=file.parent, stdin=b"t\n" + note + b"\nu\nq\n")


def _shaped(data: bytes, chance: random.Random) -> bytes:
    """Return a case file as another editor, or another hand, would have written it."""
    return chance.choice(
        (
            data,
            data.replace(b"\n", b"\r\n"),
            data.replace(b"\n", b"\r"),
            b"\xef\xbb\xbf" + data,
            data.replace(b"facts:\n", b"facts: # planted 1\n  # planted 2\n\n"),
            data.replace(b"\nfacts:", b"\n# planted 1\x20\xc2\x85# planted 2\xe2\x80\xa8facts: # planted 3"),
            data + b"# last\n",
            data.rstrip(b"\n"),
            b"---\n" + data,
            data + b"...\n",
            b"# top\n\n" + data,
            data.replace(b"  ", b"    "),
            data.replace(b": [", b":\n   ["),
            data.replace(b"\nclaim: |", b" # planted 1\nclaim: | # planted 2"),
            data.replace(b": unknown\n", b": {answer: unknown, note: , source: }\n"),
            b"format: 1\ncase: A\nfacts: {age: 3, sex: male}\n",
            b"format: 1 # planted 1\ncase: A\nclaim:\nfacts: {age: {answer: 3, note: }} # planted 2\n",
            b"{format: 1, # planted 1\ncase: A, about: {office: , needs: [a]},\nfacts: {} # planted 2\n} # planted 3",
            b'{"facts": {"age": {"answer": 3}}, "profile": null, "claim": null, "format": 1, "case": "A"}',
            b'{"format": 1, "case": "A", "facts": {}}',
            b"format: 1\ncase: A\n",
            b"format: 1\ncase: A\nfacts:\n",
            b"format: 1\ncase: A\nfacts: # planted 1\n  # planted 2\n",
        )
    )


def _lost(before: bytes, file: Path, note: bytes, done: program.Done) -> list[str]:
    """Return what the interview lost of the file, or of the answer."""
    after = file.read_bytes()
    if after == before:
        return []
    if done.code:
        return [f"the interview ends with exit code {done.code}, and the file is another"]
    old, new = _document(before), _document(after)
    if old is None or new is None:
        return ["an answer was saved into what another reader cannot read"]
    old_facts, new_facts = old.pop("facts", None) or {}, new.pop("facts", None) or {}
    if not old.get("profile"):  # an interview says under which profile it was held
        old.pop("profile", None)
        new.pop("profile", None)
    found = ["something else than the answers was changed"] if old != new else []
    found += [
        f"an answer was lost or changed: {name!r}"
        for name in old_facts
        if _sorted(new_facts.get(name)) != _sorted(old_facts[name])
    ]
    added = [given for name, given in new_facts.items() if name not in old_facts]
    if len(added) > 1:
        found.append(f"one question was answered, {len(added)} answers were added")
    found += [problem for given in added for problem in _unlike(given, note)]
    found += _lost_comments(before, after)
    return found + promises.open_to_others(file.parent, file.name)


def _unlike(given: Any, note: bytes) -> list[str]:
    if promises.answer_in(given) != "unknown":
        return [f"unknown was saved as {promises.answer_in(given)!r}"]
    kept = given.get("note") if isinstance(given, dict) else None
    typed = note.decode("utf-8", "replace").strip()
    if not typed or not all(_can_be_typed(letter) for letter in typed):
        return []  # nothing was typed, or it is asked for again
    wanted = None if typed == "-" else typed  # a dash alone takes a note away
    return [f"the note {typed[:40]!r} was saved as {str(kept)[:40]!r}"] if kept != wanted else []


def _can_be_typed(letter: str) -> bool:
    return letter == "\t" or (letter != "\ufffd" and unicodedata.category(letter) not in ("Cc", "Cs"))


def _sorted(given: Any) -> Any:
    """Return what stands for a fact, with the options of a set in order: a set may be written in another one."""
    if isinstance(given, dict):
        return {name: _sorted(part) for name, part in given.items()}
    return sorted(map(str, given)) if isinstance(given, list) else given


class _Loader(yaml.CBaseLoader):
    """Reads everything as text, but for nothing: `note:` and `note: null` say the same."""

    def construct_scalar(self, node: yaml.ScalarNode) -> Any:
        """Return the text of a scalar, or None where nothing stands there."""
        text = super().construct_scalar(node)
        return None if not node.style and text in ("", "~", "null") else text


def _document(data: bytes) -> dict[str, Any] | None:
    try:
        document = yaml.load(data.decode("utf-8-sig"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    return document if isinstance(document, dict) else None


_PLANTED = re.compile("# planted [0-9]")


def _lost_comments(before: bytes, after: bytes) -> list[str]:
    """Return the comments that have a line of their own, or that were planted, and are gone."""
    lines = [line.strip() for line in before.decode("utf-8-sig").splitlines()]
    planted = _PLANTED.findall(before.decode("utf-8-sig"))
    now = after.decode("utf-8-sig")
    comments = [*(line for line in lines if line.startswith("#")), *planted]
    return [f"a comment is lost: {words[:40]!r}" for words in comments if words not in now][:1]

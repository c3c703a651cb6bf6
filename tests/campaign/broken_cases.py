"""Broken case files: `case check` and `batch` agree on each, and `assess` tells what stands in those accepted."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tests.campaign import program, promises
from tests.campaign.facts import Fact, facts
from tests.campaign.groups import grouped, held
from tests.campaign.mutations import WORDS, mutated
from tests.campaign.program import Done, Served
from tests.campaign.promises import STORY
from tests.campaign.tally import Campaign, normal_seconds

GROUP = 60
_ENDINGS = (".yaml", ".yaml", ".json", ".yml")


def run(campaign: Campaign) -> None:
    """Make broken case files and hold what the commands say of them against each other."""
    Cases(campaign).run()


class Cases:
    """The campaign, its folder of inputs, and the program that reads them."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.home = campaign.scratch("home-")
        self.folder = campaign.scratch("in-")
        self.rsd = Served(self.home / "served", program.home(self.home))
        self.facts = facts(self.home)
        self.seeds = [with_story(path.read_bytes()) for path in program.CASES]

    def run(self) -> None:
        """Go through the numbers in groups."""
        bystanders = promises.Bystanders(self.home / "around")
        whole = range(min(GROUP, self.campaign.count))
        self._write({number: self.seeds[number % len(self.seeds)] for number in whole}, every=".yaml")
        normal = {
            "case check": normal_seconds(lambda: self._check(whole)),
            "batch": normal_seconds(lambda: self._batch(whole)),
            "assess": normal_seconds(lambda: self._assess(whole[::4])),
        }
        for group in grouped(self.campaign, GROUP):
            inputs = {number: broken_case(self.campaign.chance(number), self.facts, self.seeds) for number in group}
            self._write(inputs)
            self._judge(group, inputs, normal)
            self.campaign.findings(group[0], bystanders.touched())
        self.rsd.stop()

    def _write(self, inputs: dict[int, bytes], every: str = "") -> None:
        for path in self.folder.iterdir():
            path.unlink()
        for number, data in inputs.items():
            path = self.folder / f"n{number}{every or self.campaign.chance(number, 'ending').choice(_ENDINGS)}"
            path.write_bytes(data)
            path.chmod(0o600)

    def _path(self, number: int) -> Path:
        return next(self.folder.glob(f"n{number}.*"))

    def _check(self, group: Sequence[int]) -> Done:
        return self.rsd.run("case", "check", *(self._path(number).name for number in group), cwd=self.folder)

    def _batch(self, group: Sequence[int]) -> Done:
        names = [self._path(number).name for number in group]
        return self.rsd.run(
            "batch", *names, "--out", self.home / "out.csv", "--columns", "recommendation", "--overwrite",
            "--summary", "json", "-j", "1", cwd=self.folder,
        )  # fmt: skip

    def _assess(self, group: Sequence[int]) -> Done:
        return self.rsd.run("assess", "-f", "json", *(self._path(number).name for number in group), cwd=self.folder)

    def _judge(self, group: Sequence[int], inputs: dict[int, bytes], normal: dict[str, float]) -> None:
        checked = held(self.campaign, group, self._check, normal["case check"], "case check")
        accepted = [number for number in group if f"{self._path(number).name}: fine" in checked[number].out]
        self.campaign.tried("accepted", len(accepted))
        self.campaign.tried("refused", len(group) - len(accepted))
        for number in group:
            if number not in accepted and f"{self._path(number).name}:" not in checked[number].err:
                self.campaign.finding(number, "case check neither takes it nor says what is wrong")
        scored = self._scored(group, normal["batch"])
        for number in set(accepted) ^ scored:
            where = (
                "case check takes it and batch does not"
                if number in accepted
                else "batch scores what case check refuses"
            )
            self.campaign.finding(number, where)
        kept = [number for number in accepted if number % 4 == 0 or self.campaign.only is not None]
        if kept:
            self._compare(kept, inputs, normal["assess"])

    def _scored(self, group: Sequence[int], normal: float) -> set[int]:
        """Return the numbers that a batch has nothing against but, perhaps, that two cases have one name."""
        batched = held(self.campaign, group, self._batch, normal, "batch")
        if any(done is not batched[group[0]] for done in batched.values()):
            return {number for number in group if batched[number].code == 0}
        rejects = self.home / "out.csv.rejects.jsonl"
        self.campaign.findings(group[0], promises.open_to_others(self.home, "out.csv*"))
        told = rejects.read_text() if rejects.exists() and batched[group[0]].code == 3 else ""
        if STORY in told:
            self.campaign.finding(group[0], "rejects repeat a person's words")
        lines = [json.loads(line) for line in told.splitlines()]
        refused = {Path(line["source"]).name for line in lines if line["code"] != "duplicate-id"}
        return {number for number in group if self._path(number).name not in refused}

    def _compare(self, accepted: Sequence[int], inputs: dict[int, bytes], normal: float) -> None:
        """Hold the facts of the determinations against what stands in the files."""
        assessed = held(self.campaign, accepted, self._assess, normal, "assess")
        together = {id(done): done for done in assessed.values()}
        told = [one for done in together.values() for one in _determinations(done)]
        if len(told) != len(accepted):
            self.campaign.finding(accepted[0], f"{len(accepted)} cases are fine, {len(told)} have a determination")
            return
        for number, determination in zip(accepted, told, strict=True):
            self.campaign.findings(number, unlike(inputs[number], determination["facts"], self._path(number)))


def _determinations(done: Done) -> list[dict[str, Any]]:
    try:
        told = json.loads(done.out)
    except ValueError:
        return []
    return told if isinstance(told, list) else [told]


def unlike(data: bytes, told: dict[str, Any], path: Path) -> list[str]:
    """Return where the facts of a determination are not what stands in the file, as another reader reads it."""
    try:
        standing = promises.facts_of(path)
    except ValueError as error:
        return [f"accepted, and {error}"]
    found = [
        f"{name}: {promises.answer_in(given)!r:.60} was read as {told.get(name, {}).get('answer')!r:.60}"
        for name, given in standing.items()
        if not same(promises.answer_in(given), told.get(name, {}).get("answer"))
    ]
    from_nowhere = {name for name, one in told.items() if not one["presumed"]} - set(standing)
    return found + [f"{name}: an answer that stands nowhere" for name in sorted(from_nowhere)]


def same(standing: Any, told: Any) -> bool:
    """Say whether a string of a file, or a list of them, is what was read from it."""
    if isinstance(told, list):
        return isinstance(standing, list) and sorted(standing) == sorted(told)
    if isinstance(told, (int, float)) and not isinstance(told, bool):
        try:
            return Decimal(str(told)) == Decimal(standing)
        except (InvalidOperation, TypeError):
            return False
    return bool(standing == told)


def with_story(data: bytes) -> bytes:
    """Return a case with the planted words in its claim, notes and sources, which no message may repeat."""
    words = STORY.encode()
    return (
        data.replace(b"claim: |\n  ", b"claim: |\n  " + words + b" ")
        .replace(b"note: ", b"note: " + words + b" ")
        .replace(b"source: ", b"source: " + words + b" ")
    )


def broken_case(chance: random.Random, known: Sequence[Fact], seeds: Sequence[bytes]) -> bytes:
    """Return a case file: one of the examples damaged, or a small one in which hostile words stand for answers."""
    if chance.random() < 0.6:
        return mutated(chance.choice(seeds), chance, seeds)
    data = _small_case(chance, known)
    return data if chance.random() < 0.7 else mutated(data, chance, seeds)


def _small_case(chance: random.Random, known: Sequence[Fact]) -> bytes:
    lines = [b"format: 1", b"case: A-%d" % chance.randrange(10**9)]
    if chance.random() < 0.3:
        lines.append(b"claim: " + chance.choice(WORDS))
    if chance.random() < 0.3:
        lines += [b"about:", b"  " + chance.choice((b"office", b"interviews", b"needs")) + b": " + chance.choice(WORDS)]
    lines.append(b"facts:")
    for fact in chance.sample(known, chance.randrange(1, 4)):
        lines += _fact_lines(fact, chance)
    return b"\n".join(lines) + b"\n"


def _fact_lines(fact: Fact, chance: random.Random) -> list[bytes]:
    name = fact.name.encode()

    def value() -> bytes:
        return chance.choice(WORDS) if chance.random() < 0.35 else fact.answer(chance).encode()

    many = fact.kind == "many" if chance.random() < 0.8 else chance.random() < 0.5
    answer = b"[" + b", ".join(value() for _ in range(chance.randrange(4))) + b"]" if many else value()
    if chance.random() < 0.3:
        aside = chance.choice((b"note", b"source", b"date", b"credibility"))
        return [b"  %s: {answer: %s, %s: %s}" % (name, answer, aside, chance.choice(WORDS))]
    if chance.random() < 0.3 or fact.name.startswith("judgement_"):
        day = chance.choice((b"2020-01-01", chance.choice(WORDS)))
        note = b"    note: reasons " + chance.choice(WORDS)
        return [b"  %s:" % name, b"    answer: " + answer, note, b"    date: " + day]
    return [b"  %s: %s" % (name, answer)]

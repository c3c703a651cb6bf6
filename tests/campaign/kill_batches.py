"""kill -9 at random moments of a batch, then --resume: the bytes, account and exit code of an undisturbed run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

from tests.campaign import program, promises
from tests.campaign.program import Done
from tests.campaign.tally import Campaign

_FORMS = ("csv", "parquet", "jsonl.gz")
_SOURCES = 14


@dataclass(frozen=True)
class Undisturbed:
    """What a run that nobody disturbed left and said, and the seconds it took."""

    left: promises.Manifest
    done: Done
    wall: float


def run(campaign: Campaign) -> None:
    """Kill batches and go on with them."""
    Batches(campaign).run()


class Batches:
    """The campaign, its sources, and the runs that nobody disturbed."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.folder = campaign.scratch()
        self.out = self.folder / "out"
        self.env = program.home(self.folder)
        self._write_sources()
        self.bystanders = promises.Bystanders(self.folder, self.folder / "src/.around")

    def _write_sources(self) -> None:
        program.run("-q", "simulate", "-n", _SOURCES * 8, "--out", "all.jsonl", cwd=self.folder, env=self.env)
        lines = (self.folder / "all.jsonl").read_text().splitlines()
        (self.folder / "src").mkdir()
        for number in range(_SOURCES):
            part = lines[number * 8 : number * 8 + 8]
            if number % 3 == 0:
                part += [f'{{"id": "bad{number}", "age": -3}}', "{broken", lines[0]]  # the last is a name met before
            (self.folder / f"src/{number:02}.jsonl").write_text("\n".join(part) + "\n")

    def _words(self, form: str, reports: bool, resume: bool = False) -> list[str]:
        words = ["batch", "src", "--out", f"out/found.{form}", "--columns", "recommendation,priority", "-j", "1"]
        words += ["--summary", "json"]
        if reports:
            words += [
                "--reports",
                "out/rep",
                "--where",
                "recommendation=refer_exclusion_specialist,undetermined_no_return",
            ]
        return [*words, "--resume"] if resume else words

    def _empty(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()

    def run(self) -> None:
        """Go through the numbers; each is a run that is killed up to four times."""
        undisturbed: dict[tuple[str, bool], Undisturbed] = {}
        for number in self.campaign.numbers():
            chance = self.campaign.chance(number)
            what = chance.choice(_FORMS), chance.random() < 0.3
            if what not in undisturbed:
                undisturbed[what] = self._undisturbed(*what)
            self._empty()
            ended = None
            for kill in range(chance.randrange(1, 5)):
                ended = self._killed(*what, bool(kill), chance.uniform(0.2, 1.02) * undisturbed[what].wall)
                if ended is not None:
                    break
                self.campaign.tally.kills += 1
                self.campaign.findings(number, self._half(what[0], undisturbed[what]))
            if ended is None:
                ended = program.run(*self._words(*what, resume=True), cwd=self.folder, env=self.env)
            self.campaign.measured(ended)
            self.campaign.tried(self._judge(number, ended, undisturbed[what]))
            self.campaign.findings(number, self.bystanders.touched())

    def _undisturbed(self, form: str, reports: bool) -> Undisturbed:
        self._empty()
        began = time.monotonic()
        done = program.run(*self._words(form, reports), cwd=self.folder, env=self.env)
        return Undisturbed(promises.manifest(self.out), done, time.monotonic() - began)

    def _killed(self, form: str, reports: bool, resume: bool, after: float) -> Done | None:
        """Kill a run after so many seconds; return how it ended where it was quicker."""
        words = [program.RSD, *self._words(form, reports, resume)]
        with (self.folder / "said").open("wb") as said, (self.folder / "complained").open("wb") as complained:
            child = subprocess.Popen(
                words, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=said, stderr=complained,
                start_new_session=True,
            )  # fmt: skip
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return None
        texts = [(self.folder / name).read_text(errors="replace") for name in ("said", "complained")]
        return Done(tuple(words), child.returncode, *texts, 0.0, 0)

    def _half(self, form: str, undisturbed: Undisturbed) -> list[str]:
        """Return what is wrong with the folder that a kill left."""
        name = f"found.{form}"
        found = [f"others can read {path.name}" for path in self.out.rglob("*") if path.stat().st_mode & 0o077]
        if (self.out / name).exists() and promises.manifest(self.out).get(name) != undisturbed.left[name]:
            found.append("after a kill the output has its name and is not complete")
        return found

    def _judge(self, number: int, done: Done, undisturbed: Undisturbed) -> str:
        """Hold the end of a run against the undisturbed one, and return what came of it."""
        left = promises.manifest(self.out)
        unlike = sorted(name for name in {*left, *undisturbed.left} if left.get(name) != undisturbed.left.get(name))
        if unlike:
            self.campaign.finding(number, f"after kill and --resume these differ: {unlike[:4]}: {done.err[-150:]!r}")
            return "differs"
        if "already-there" in done.err:
            return "was complete"
        if (done.out, done.code) != (undisturbed.done.out, undisturbed.done.code):
            self.campaign.finding(number, f"after kill and --resume another account, exit code {done.code}")
            return "differs"
        return "the same bytes"

"""kill -9 at random moments of an interview: the file is the one before the answer or the one after it, to the byte.

An interview that nobody disturbs comes first, and its file is kept at every question. An attempt takes one of these
files, answers one to three questions, and is killed while the last answer is on its way to the disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.campaign import program, promises
from tests.campaign.conversation import Conversation
from tests.campaign.tally import Campaign


def runner(keys: bool, ending: str) -> Callable[[Campaign], None]:
    """Return what runs the campaign with keys or in plain lines, on YAML or JSON."""

    def run(campaign: Campaign) -> None:
        Kills(campaign, keys, ending).run()

    return run


class Kills:
    """The campaign, and the file of an undisturbed interview as it stood at each question."""

    def __init__(self, campaign: Campaign, keys: bool, ending: str) -> None:
        self.campaign, self.keys, self.ending = campaign, keys, ending
        self.home, self.folder = campaign.scratch("home-"), campaign.scratch("in-")
        self.env = program.home(self.home)
        self.file = self.folder / f"c{ending}"
        # Once in plain lines and once with keys, so that all of it is loaded and the rule book in the cache.
        program.load("interview", "--plain", "warm.yaml", cwd=self.home, env=self.env, stdin=b"q\n")
        self.undisturbed: list[bytes] = []

    def _begin(self) -> Conversation:
        return Conversation(self.file.name, keys=self.keys, cwd=self.folder, env=self.env, forked=True)

    def run(self) -> None:
        """Go through the numbers."""
        self._undisturbed()
        bystanders = promises.Bystanders(self.folder)
        for number in self.campaign.numbers():
            try:
                self._attempt(number)
            except TimeoutError as error:
                self.campaign.finding(number, f"the interview stands still: {error}")
            self.campaign.findings(number, promises.open_to_others(self.folder, self.file.name, ".rsd-*"))
            self.campaign.findings(number, bystanders.touched())

    def _undisturbed(self) -> None:
        """Keep the file as it stands at each question of an interview of its own."""
        talk = self._begin()
        while (question := talk.question()) is not None and len(self.undisturbed) < 60:
            self.undisturbed.append(self.file.read_bytes())
            talk.answer(question)
        talk.kill()
        self.file.unlink()

    def _attempt(self, number: int) -> None:
        chance = self.campaign.chance(number)
        first = chance.randrange(len(self.undisturbed) - 4)
        self.file.write_bytes(self.undisturbed[first])
        self.file.chmod(0o600)
        talk = self._begin()
        last = first + chance.randrange(3)
        for _ in range(first, last + 1):
            question = talk.question()
            if question is None:
                self.campaign.finding(number, "the interview is over before its end")
                talk.kill()
                return
            talk.answer(question)
        time.sleep(chance.choice((chance.random() * 0.03, chance.random() * (0.3 if self.keys else 0.12))))
        talk.kill()
        self.campaign.tally.kills += 1
        there = self.file.read_bytes()
        if there == self.undisturbed[last + 1]:
            self.campaign.tried("saved")
        elif there == self.undisturbed[last]:
            self.campaign.tried("not yet saved")
        else:
            self.campaign.tried("lost")
            self.campaign.finding(
                number, f"after {last} sure answers the file is neither before nor after the next one"
            )
        if number % 10 == 0 or self.campaign.only is not None:
            self._again(number)

    def _again(self, number: int) -> None:
        """Go on with the interview: what the kill left beside the file outlives the case otherwise."""
        talk = self._begin()
        talk.question()
        talk.finish()
        left = sorted(path.name for path in self.folder.iterdir() if path.name.startswith(".rsd-"))
        if left:
            self.campaign.finding(number, f"hidden copies of the case outlive the next start: {len(left)}")
            for name in left:
                Path(self.folder / name).unlink()

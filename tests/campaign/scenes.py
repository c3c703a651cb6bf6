"""Fixed scenes: each sets something up, does something unkind, and says in words what is wrong afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.campaign import program, promises
from tests.campaign.conversation import Conversation
from tests.campaign.program import Done, Served
from tests.campaign.tally import Campaign


class NotHereError(Exception):
    """A scene cannot be played on this machine; the message says why."""


class Stage:
    """Where a scene plays: a folder, a home for the program, and every command that was run."""

    def __init__(self, folder: Path, served: Served | None = None) -> None:
        self.folder, self.served = folder, served
        self.env = program.home(folder / "home")
        (folder / "home").mkdir()
        self.done: list[Done] = []
        self.talks: list[Conversation] = []

    def path(self, name: str) -> Path:
        """Return a path of the scene."""
        return self.folder / name

    def write(self, name: str, text: str | bytes, mode: int = 0o600) -> Path:
        """Write a file, its folders too."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def example(self, name: str, stem: str = "min") -> Path:
        """Put an example case there under a name."""
        return self.write(name, next(path for path in program.CASES if path.stem == stem).read_bytes())

    def rsd(self, *words: object, env: Mapping[str, str] | None = None, **more: Any) -> Done:
        """Run the program; that it keeps its promises is looked at when the scene is over."""
        run = self.served.run if self.served and not more.get("before") else program.run
        self.done.append(run(*words, cwd=self.folder, env={**self.env, **(env or {})}, **more))
        return self.done[-1]

    def batch(self, *words: object, **more: Any) -> Done:
        """Run a batch of one column without a summary."""
        return self.rsd("-q", "batch", *words, "--columns", "recommendation", "--summary", "none", **more)

    def talk(self, file: str, *, keys: bool = False, **more: Any) -> Conversation:
        """Begin an interview; it is ended with the scene at the latest."""
        self.talks.append(Conversation(file, keys=keys, cwd=self.folder, env=self.env, **more))
        return self.talks[-1]

    def close(self) -> None:
        """End what still runs."""
        for talk in self.talks:
            talk.kill()


@dataclass(frozen=True)
class Scene:
    """A scene; `needs` names tools, and `root` and `mount` for what only root can do."""

    title: str
    play: Callable[[Stage], Iterable[str]]
    needs: tuple[str, ...]

    def missing(self) -> str:
        """Return what this machine lacks for it, or nothing."""
        for need in self.needs:
            if need == "root" and os.geteuid() != 0:
                return "not root"
            if need != "root" and not program.has(need):
                return f"no {need}"
        return ""


class Scenes:
    """A list of scenes, filled by decorator; `served`: their commands run in one process that stays."""

    def __init__(self, *, served: bool = False) -> None:
        self.all: list[Scene] = []
        self.served = served

    def add(
        self, title: str, *needs: str
    ) -> Callable[[Callable[[Stage], Iterable[str]]], Callable[[Stage], Iterable[str]]]:
        """Return what adds a function as a scene."""

        def added(play: Callable[[Stage], Iterable[str]]) -> Callable[[Stage], Iterable[str]]:
            self.all.append(Scene(title, play, needs))
            return play

        return added

    def run(self, campaign: Campaign) -> None:
        """Play the scenes that the campaign chooses."""
        home = campaign.scratch("home-")
        served = Served(home, program.home(home)) if self.served else None
        for number, scene in campaign.chosen(self.all):
            if missing := scene.missing():
                campaign.missing(missing)
                continue
            self._play(campaign, number, scene, served)
        if served:
            served.stop()

    def _play(self, campaign: Campaign, number: int, scene: Scene, served: Served | None) -> None:
        stage = Stage(campaign.scratch(), served)
        bystanders = promises.Bystanders(stage.folder, stage.folder / "aside")
        try:
            found = list(scene.play(stage))
        except NotHereError as error:
            campaign.missing(str(error))
            return
        except TimeoutError as error:
            found = [f"it stands still: {error}"]
        finally:
            stage.close()
        for done in stage.done:
            campaign.measured(done)
            found += promises.broken_by(done)
        found += [problem for talk in stage.talks for problem in _of_talk(talk)]
        found += bystanders.touched()
        campaign.tried("broken" if found else "held")
        campaign.findings(number, found, scene.title)


def _of_talk(talk: Conversation) -> Iterable[str]:
    if "Traceback (most recent" in talk.log or "rsd: internal error" in talk.log or talk.code == 70:
        yield f"an internal error: {talk.log[-200:]!r}"

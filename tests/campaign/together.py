"""Two programs at once on the same files: nobody's answer takes the place of another's without a word."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.campaign import program, promises
from tests.campaign.conversation import Conversation
from tests.campaign.scenes import Scenes, Stage

SCENES = Scenes()
run = SCENES.run

_EMPTY = "format: 1\ncase: T-1\nfacts: {}\n"

#: Holds a file's new name back for three seconds, so that a race is lost every time.
_HELD = (
    "strace", "-f", "-o", "/dev/null", "-e", "trace=?rename,?renameat,?renameat2,?link,?linkat",
    *(word for call in ("rename", "renameat", "renameat2", "link", "linkat")
      for word in ("-e", f"inject=?{call}:delay_enter=3000000")),
)  # fmt: skip


def _answers(file: Path) -> Mapping[str, Any]:
    return {name: promises.answer_in(given) for name, given in promises.facts_of(file).items()}


@SCENES.add("two interviews at one question")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("a.yaml", _EMPTY)
    first, second = stage.talk("a.yaml"), stage.talk("a.yaml")
    first.question(), second.question()
    first.send(b"KP\n")
    first.question()
    second.send(b"CN\n")
    told = second.question() or ""
    if _answers(file).get("country_of_origin") != "KP" and not re.search("meanwhile|North Korea|KP", told):
        yield "the second answer takes the place of the first without a word"
    for talk in (first, second):
        talk.finish()


@SCENES.add("somebody else answers the question that is shown, with credibility and a note")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("c.yaml", "format: 1\ncase: C-1\nfacts:\n  country_of_origin: KP\n")
    talk = stage.talk("c.yaml")
    talk.question()
    file.write_text(
        "format: 1\ncase: C-1\nfacts:\n  country_of_origin: KP\n  host_country:\n    answer: RU\n"
        "    credibility: accepted\n    source: residence card\n    note: seen and copied\n"
    )
    talk.send(b"CN\nq\n")
    talk.finish()
    if "seen and copied" not in file.read_text() and not re.search("meanwhile|Russia|RU", talk.log):
        yield "it is replaced without a word"


@SCENES.add("two interviews of fifteen answers each at the same time")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("b.yaml", _EMPTY)
    talks = [stage.talk("b.yaml"), stage.talk("b.yaml")]
    sure: list[set[str]] = [set(), set()]

    def answer(at: int) -> None:
        for _ in range(15):
            before = set(_answers(file))
            if (question := talks[at].question()) is None:
                return
            sure[at] |= before
            talks[at].answer(question)

    _at_once(answer, 2)
    for talk in talks:
        talk.question()
        talk.finish()
    if lost := (sure[0] | sure[1]) - set(_answers(file)):
        yield f"answers that were in the file are gone: {sorted(lost)[:3]}"


@SCENES.add("a case is read again and again while an interview writes it")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("c.yaml", _EMPTY)
    talk, broken, stop = stage.talk("c.yaml"), [], threading.Event()

    def read(_: int) -> None:
        while not stop.is_set():
            try:
                promises.facts_of(file)
            except (OSError, ValueError) as error:
                broken.append(str(error))

    def write() -> None:
        for _ in range(12):
            if (question := talk.question()) is not None:
                talk.answer(question)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    _at_once(read, 1)
    writer.join()
    talk.question()
    talk.finish()
    if broken:
        yield f"it could not be read {len(broken)} times: {broken[0]}"


@SCENES.add("the file is edited by hand while a question waits")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("d.yaml", _EMPTY)
    talk = stage.talk("d.yaml")
    talk.question()
    file.write_text("format: 1\ncase: T-1\n# by hand\nclaim: |\n  new words\nfacts:\n  age: 30\n")
    talk.send(b"KP\n")
    talk.question()
    talk.finish()
    text = file.read_text()
    if "new words" not in text or "# by hand" not in text or _answers(file).get("age") != "30":
        yield "what was written by hand is lost"


def _unmake(what: str) -> Callable[[Stage], None]:
    return {
        "made unusable": lambda stage: stage.path("e/d.yaml").write_text("format: 1\ncase: [\n"),
        "deleted": lambda stage: stage.path("e/d.yaml").unlink(),
        "gone with its folder": lambda stage: shutil.rmtree(stage.path("e")),
        "the case of somebody else": lambda stage: stage.path("e/d.yaml").write_text(_EMPTY.replace("T-1", "U-2")),
    }[what]  # type: ignore[return-value]


for _what in ("made unusable", "deleted", "gone with its folder", "the case of somebody else"):

    @SCENES.add(f"the file is {_what} while a question waits")
    def _(stage: Stage, what: str = _what) -> Iterable[str]:
        file = stage.write("e/d.yaml", _EMPTY)
        talk = stage.talk("e/d.yaml")
        talk.question()
        talk.send(b"KP\n")
        talk.question()
        _unmake(what)(stage)
        at = len(talk.log)
        talk.send(b"CN\nq\nq\n")
        code = talk.finish()
        kept = file.exists() and "host_country" in file.read_text()
        if "case: U-2" in (file.read_text() if file.exists() else "") and kept:
            yield "the answer is written into another person's file"
        if not kept and not re.search("(?i)not (kept|saved|written)|cannot|changed|gone|another", talk.log[at:]):
            yield f"the answer is not kept, and nothing is said: exit code {code}"


@SCENES.add("somebody holds a lock on the folder")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("locked/e.yaml", _EMPTY)
    talk = stage.talk("locked/e.yaml")
    talk.question()
    lock = os.open(stage.path("locked"), os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        at, began = len(talk.log), time.monotonic()
        talk.send(b"KP\n")
        while time.monotonic() < began + 20 and len(talk.log) <= at + len("  North Korea\n"):
            talk.read(0.2)
        said = talk.log[at:]
    finally:
        os.close(lock)
    talk.question()
    talk.finish()
    if len(said.strip()) < 20:
        yield f"nothing is said for {time.monotonic() - began:.0f} s"
    if "KP" not in file.read_text():
        yield "the answer is lost"


def _race(stage: Stage, *words: object) -> tuple[Conversation, int]:
    """Begin a case under the name that another command is giving its output; return the talk and its code."""
    slow = subprocess.Popen(
        [*_HELD, program.RSD, *map(str, words)], cwd=stage.folder, env=stage.env,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1.5)
    talk = stage.talk("f.yaml")
    talk.question()
    talk.send(b"KP\n")
    talk.question()
    return talk, slow.wait(60)


@SCENES.add("a new case under one name, twice at once", "strace")
def _(stage: Stage) -> Iterable[str]:
    talk, _ = _race(stage, "case", "new", "f.yaml")
    talk.finish()
    if _answers(stage.path("f.yaml")).get("country_of_origin") != "KP":
        yield "the slower takes the place of the quicker, and an answer is lost"


@SCENES.add("assess --out where a case of that name is begun meanwhile", "strace")
def _(stage: Stage) -> Iterable[str]:
    talk, _ = _race(stage, "assess", program.CASES[0], "--out", "f.yaml")
    talk.finish()
    try:
        answers = _answers(stage.path("f.yaml"))
    except ValueError:
        answers = {}
    if answers.get("country_of_origin") != "KP":
        yield "the determination takes the place of the case"


@SCENES.add("two batches to one output")
def _(stage: Stage) -> Iterable[str]:
    rows = 20_000
    stage.write("in.jsonl", "".join(json.dumps({"id": f"a{n}", "age": 30}) + "\n" for n in range(rows)))
    codes: list[int | None] = [None, None]

    def batch(at: int) -> None:
        codes[at] = stage.batch("in.jsonl", "--out", "o.csv").code

    _at_once(batch, 2)
    written = sum(1 for _ in stage.path("o.csv").open()) - 1 if stage.path("o.csv").exists() else None
    if 0 in codes and written != rows:
        yield f"exit codes {codes}, and {written} of {rows} rows"
    if 0 not in codes:
        yield f"neither comes to its end: exit codes {codes}"


@SCENES.add("two trainings at once")
def _(stage: Stage) -> Iterable[str]:
    codes: list[int | None] = [None, None]

    def train(at: int) -> None:
        codes[at] = stage.rsd("train", "work", "--plain", "--seed", "1", stdin=b"1\n" * 400).code

    _at_once(train, 2)
    done = stage.rsd("train", "progress")
    if done.code != 0 or "damaged" in done.err:
        yield f"progress is lost: {done.err[-200:]!r}"


def _at_once(work: Callable[[int], None], count: int) -> None:
    """Do one thing so many times at once."""
    threads = [threading.Thread(target=work, args=(at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

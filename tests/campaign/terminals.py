"""Interviews under a hostile terminal: pastes, signals, sizes, keys that nobody has.

Each scene answers two questions, does something unkind, and looks: is the file readable, for the owner alone, and are
the two answers in it; did the program end in a way that is documented.
"""

from __future__ import annotations

import os
import resource
import signal
import termios
import time
from collections.abc import Callable, Iterable

from tests.campaign import promises
from tests.campaign.conversation import Conversation
from tests.campaign.scenes import Scenes, Stage
from tests.campaign.tally import Campaign

SCENES = Scenes()

_STORY = "the ferryman of Hyesan"
_CASE = f"format: 1\ncase: T-1\nclaim: {_STORY}\nfacts: {{}}\n"


def run(campaign: Campaign) -> None:
    """Play the scenes, with core dumps allowed: the program has to put them off by itself."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    SCENES.run(campaign)


def _begun(stage: Stage, keys: bool) -> Conversation:
    """Return an interview in a terminal, two answers given and the third question shown."""
    stage.write("c.yaml", _CASE)
    words = ["interview", *([] if keys else ["--plain"]), "c.yaml"]
    talk = Conversation("c.yaml", keys=True, cwd=stage.folder, env=stage.env, words=words)
    stage.talks.append(talk)
    for answer in (b"KP\r", b"CN\r", b""):
        _shown(talk, keys)
        talk.send(answer)
    time.sleep(0.15)
    return talk


def _shown(talk: Conversation, keys: bool) -> None:
    """Wait until a question is shown."""
    at, end = len(talk.log), time.monotonic() + 40
    while time.monotonic() < end:
        new = talk.log[at:]
        if ("and quit" in " ".join(new.split()) if keys else new.endswith("Answer: ")) and not talk.read(0.1):
            return
        talk.read(0.2)
    raise TimeoutError(f"no question; the last words: {talk.log[-200:]!r}")


def _typed(*pieces: bytes) -> Callable[[Conversation], None]:
    """Return what types pieces, a breath between them."""

    def act(talk: Conversation) -> None:
        for piece in pieces:
            talk.send(piece)
            talk.read(0.4)

    return act


def _signalled(number: int) -> Callable[[Conversation], None]:
    def act(talk: Conversation) -> None:
        talk.signal(number)

    return act


def _resized(talk: Conversation) -> None:
    for rows, columns in ((3, 10), (1, 1), (200, 500), (24, 2), (40, 100), (2, 80)):
        talk.resize(rows, columns)
        talk.send(b"?\r")
        talk.read(0.2)


def _stopped(talk: Conversation) -> None:
    talk.send(b"\x1a")
    talk.read(0.4)
    talk.signal(signal.SIGCONT)
    talk.read(0.4)


#: What is done, and whether the interview is then left with Ctrl-C.
_UNKIND: dict[str, tuple[Callable[[Conversation], None], bool]] = {
    "Ctrl-C": (_typed(b"\x03"), False),
    "Ctrl-C three times": (_typed(b"\x03\x03\x03"), False),
    "Ctrl-D": (_typed(b"\x04"), True),
    "Ctrl-C within a note": (_typed(b"t\r", b"half a note \x03", b"\x03"), True),
    "Ctrl-\\": (_typed(b"\x1c"), True),
    **{
        name: (_signalled(getattr(signal, name)), True)
        for name in ("SIGHUP", "SIGTERM", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGALRM")
    },
    "Ctrl-Z and on": (_stopped, True),
    "other sizes": (_resized, True),
    "a paste of 100 kB": (_typed(b"a" * 100_000, b"\r"), True),
    "a paste of escapes": (_typed(b"\x1b[A\x1b[B\x1b[200~x\x1b[201~" * 2_000, b"\r"), True),
    "a paste of all letters": (_typed("é漢\u202e😀".encode() * 4_000, b"\r"), True),
    "arrows": (_typed(b"\x1b[A\x1b[B\x1b[C\r"), True),
    "Escape": (_typed(b"\x1b\x1b\x1b"), True),
    "function keys": (_typed(b"\x1bOP\x1b[15~\x1b[24~\r"), True),
    "a mouse": (_typed(b"\x1b[M !!\x1b[<0;1;1M\r"), True),
    "a terminal that answers": (_typed(b"\x1b]0;x\x07\x1b[6n\r"), True),
    "NUL": (_typed(b"\x00\x00\r"), True),
    "C1": (_typed(b"\x9b2J\r"), True),
    "bytes that are no UTF-8": (_typed(b"\xff\xfe\xc0\r"), True),
    "keys of an editor": (_typed(b"\x18\x05\r", b"\x12\x10\x0e\r"), True),
}


def _kept(stage: Stage, talk: Conversation) -> Iterable[str]:
    """Look at the file, the end and the folder."""
    file = stage.path("c.yaml")
    try:
        answers = promises.facts_of(file)
    except ValueError as error:
        yield str(error)
        return
    if list(answers)[:2] != ["country_of_origin", "host_country"]:
        yield f"answers are lost: {list(answers)}"
    if _STORY not in file.read_text():
        yield "the claim is lost"
    yield from promises.open_to_others(stage.folder, "c.yaml")
    for core in stage.folder.glob("*core*"):
        if _STORY.encode() in core.read_bytes():
            yield f"a core dump holds the claim: {core.name}"
        core.unlink()
    if talk.code == 70:
        yield "exit code 70"


def _left(talk: Conversation) -> None:
    """Leave the interview with Ctrl-C, twice where something else takes the first."""
    for _ in range(3):
        if talk.code is None:
            talk.send(b"\x03")
            talk.read(0.5)


for _keys in (False, True):
    for _title, (_act, _leave) in _UNKIND.items():

        @SCENES.add(f"{_title}, {'with keys' if _keys else 'in plain lines'}")
        def _(
            stage: Stage, keys: bool = _keys, act: Callable[[Conversation], None] = _act, leave: bool = _leave
        ) -> Iterable[str]:
            talk = _begun(stage, keys)
            act(talk)
            if leave:
                _left(talk)
            end = time.monotonic() + 20
            while talk.code is None and time.monotonic() < end:
                talk.read(0.2)
            if talk.code is None:
                yield f"it stands still: {talk.log[-150:]!r}"
            yield from _kept(stage, talk)

    @SCENES.add(f"a note of 9 kB, pasted {'with keys' if _keys else 'in plain lines'}")
    def _(stage: Stage, keys: bool = _keys) -> Iterable[str]:
        note = "she said so. " * 700
        talk = _begun(stage, keys)
        for piece in (b"t\r", note.encode(), b"\r", b"u\r"):
            talk.send(piece)
            talk.read(1.0)
        _left(talk)
        talk.ended()
        kept = [
            given.get("note") for given in promises.facts_of(stage.path("c.yaml")).values() if isinstance(given, dict)
        ]
        if any(0 < len(words or "") < len(note.strip()) for words in kept) and "long" not in talk.log[-2000:].lower():
            yield f"of {len(note.strip())} letters these are kept: {[len(words) for words in kept if words]}"
        yield from _kept(stage, talk)

    @SCENES.add(f"lines pasted at one question, {'with keys' if _keys else 'in plain lines'}")
    def _(stage: Stage, keys: bool = _keys) -> Iterable[str]:
        talk = _begun(stage, keys)
        talk.send(b"y\rn\ry\rn\ry\rn\r")
        talk.read(2.0)
        _left(talk)
        talk.ended()
        added = len(promises.facts_of(stage.path("c.yaml"))) - 2
        if added > 1:
            yield f"one paste answers {added} questions"
        yield from _kept(stage, talk)

    for _number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):

        @SCENES.add(f"the terminal after {_number.name}, {'with keys' if _keys else 'in plain lines'}")
        def _(stage: Stage, keys: bool = _keys, number: int = _number) -> Iterable[str]:
            """The shell that follows in this terminal would echo nothing."""
            talk = _begun(stage, keys)
            held = os.open(talk.terminal, os.O_RDWR | os.O_NOCTTY)
            try:
                talk.signal(number)
                end = time.monotonic() + 15
                while talk.code is None and time.monotonic() < end:
                    if not talk.read(0.2):
                        found, status = os.waitpid(talk.pid, os.WNOHANG)
                        talk.code = os.waitstatus_to_exitcode(status) if found else None
                if talk.code is None:
                    yield "it stands still"
                elif not termios.tcgetattr(held)[3] & termios.ECHO:
                    yield "it is left without echo"
            finally:
                os.close(held)
            yield from _kept(stage, talk)

"""Links, forged folders, pipes and huge files where the program looks or writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.campaign import program
from tests.campaign.scenes import Scenes, Stage

SCENES = Scenes()
run = SCENES.run

#: The folder in which a batch keeps the parts of `f.csv`, as `docs/batch.md` leaves it hidden beside the output.
_PARTS = ".f.csv.rsd-parts"

#: Case files that a quick look takes for something else.
_DISGUISES = {
    "a comment before the brace": "# note\n{format: 1, case: A, facts: {age: 30}}\n",
    "complex keys": "? format\n: 1\n? case\n: A\n? facts\n: {age: 30}\n",
    "escaped keys": '{"form\\u0061t": 1, "c\\u0061se": "A", "f\\u0061cts": {"age": 30}}',
    "the words of a determination": "{format: 1, case: A, claim: 'x \"program\": { x', facts: {age: 30}}\n",
    "a damaged case": "format: 1\ncase: A\nclaim: words\nfacts: [\n",
}


@SCENES.add("a parts folder that is a link to a folder of cases")
def _(stage: Stage) -> Iterable[str]:
    for case in program.CASES:
        stage.example(f"victim/{case.name}", case.stem)
    stage.path("o").mkdir()
    stage.path(f"o/{_PARTS}").symlink_to(stage.path("victim"))
    stage.batch(*program.CASES, "--out", "o/f.csv")
    if len(list(stage.path("victim").iterdir())) != len(program.CASES):
        yield "case files behind it are deleted"


@SCENES.add("a parts folder with a forged list of determinations")
def _(stage: Stage) -> Iterable[str]:
    victim = stage.example("victim.yaml")
    stage.write(f"o/{_PARTS}/beside", f"{victim}\n")
    stage.write(f"o/{_PARTS}/plan.json", '{"asked": {}, "exchanges": []}')
    stage.batch(*program.CASES, "--out", "o/f.csv")
    if not victim.exists():
        yield "a file that it names is deleted"


@SCENES.add("a forged plan that names an output to exchange")
def _(stage: Stage) -> Iterable[str]:
    out = stage.write("o/f.csv", "old\n")
    stage.write(f"o/{_PARTS}/plan.json", json.dumps({"asked": {}, "exchanges": [str(out)]}))
    stage.batch(*program.CASES, "--out", "o/f.csv")
    if out.read_text() != "old\n":
        yield "an output is exchanged without --overwrite"


@SCENES.add("a parts folder that others can write, or that is a file")
def _(stage: Stage) -> Iterable[str]:
    stage.write(f"open/{_PARTS}/parts-of-another", "words\n")
    stage.path(f"open/{_PARTS}").chmod(0o777)
    stage.batch(*program.CASES, "--out", "open/f.csv")
    if not stage.path(f"open/{_PARTS}/parts-of-another").exists():
        yield "a file that is not ours is deleted from it"
    stage.write(f"file/{_PARTS}", "words\n")
    stage.batch(*program.CASES, "--out", "file/f.csv")
    if not stage.path(f"file/{_PARTS}").exists():
        yield "a file of that name is deleted"


@SCENES.add("a determination whose name is a link to a case")
def _(stage: Stage) -> Iterable[str]:
    victim = stage.example("victim.yaml")
    before = victim.read_bytes()
    stage.path("rep").mkdir()
    stage.path("rep/MIN-0417.md").symlink_to(victim)
    stage.batch(stage.example("min.yaml"), "--out", "f.csv", "--reports", "rep", "--overwrite")
    if victim.read_bytes() != before:
        yield "the case is overwritten"


@SCENES.add("a folder of determinations that is a link")
def _(stage: Stage) -> Iterable[str]:
    victim = stage.write("victim/MIN-0417.md", "notes of the lawyer\n")
    stage.path("rep").symlink_to(stage.path("victim"))
    stage.batch(stage.example("min.yaml"), "--out", "f.csv", "--reports", "rep", "--overwrite")
    if victim.read_text() != "notes of the lawyer\n":
        yield "a file behind it is overwritten"


@SCENES.add("rejects on another disk, their part a link to a case", "root", "mount")
def _(stage: Stage) -> Iterable[str]:
    victim = stage.example("victim.yaml")
    before = victim.read_bytes()
    stage.path("disk").mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", stage.path("disk")], check=False).returncode:
        return
    try:
        stage.path("disk/.r.jsonl.rsd-part").symlink_to(victim)
        stage.batch(stage.write("bad.jsonl", '{"id": "a", "age": -5}\n'), "--out", "z.csv", "--rejects", "disk/r.jsonl")
    finally:
        subprocess.run(["umount", stage.path("disk")], check=True)
    if victim.read_bytes() != before:
        yield "the case is overwritten"


@SCENES.add("an output, rejects or a determination that is a link to a case")
def _(stage: Stage) -> Iterable[str]:
    victim = stage.example("victim.yaml")
    before = victim.read_bytes()
    for name in ("out.csv", "rejects.jsonl", "out.md", "sim.jsonl"):
        stage.path(name).symlink_to(victim)
    bad = stage.write("bad.jsonl", '{"id": "a", "age": -5}\n{"id": "b"}\n')
    stage.batch(bad, "--out", "out.csv", "--overwrite")
    stage.batch(bad, "--out", "f.csv", "--rejects", "rejects.jsonl", "--overwrite")
    stage.rsd("assess", program.CASES[0], "--out", "out.md", "--overwrite")
    stage.rsd("simulate", "-n", "2", "--out", "sim.jsonl")
    stage.rsd("train", "export", "--out", "out.md", "--overwrite")
    if victim.read_bytes() != before:
        yield "the case is overwritten through it"


@SCENES.add("--overwrite on a caseload")
def _(stage: Stage) -> Iterable[str]:
    text = '{"format": 1, "case": "S-1", "claim": "words", "facts": {}}\n{"format": 1, "case": "S-2", "facts": {}}\n'
    load, source = stage.write("load.jsonl", text), stage.write("in.jsonl", '{"id": "a"}\n')
    stage.batch(source, "--out", "f.csv", "--rejects", "load.jsonl", "--overwrite")
    stage.batch(source, "--out", "load.jsonl", "--overwrite")
    stage.rsd("assess", program.CASES[0], "--out", "load.jsonl", "--overwrite")
    if not load.exists() or load.read_text() != text:
        yield "the caseload is gone"


for _name, _text in _DISGUISES.items():

    @SCENES.add(f"--overwrite on a case file: {_name}")
    def _(stage: Stage, text: str = _text) -> Iterable[str]:
        file = stage.write("v.yaml", text)
        stage.rsd("assess", program.CASES[0], "--out", "v.yaml", "--overwrite")
        stage.rsd("assess", program.CASES[0], "--out", "v.yaml", "-f", "json", "--overwrite")
        stage.batch(*program.CASES, "--out", "f.csv", "--rejects", "v.yaml", "--overwrite")
        if not file.exists() or file.read_text() != text:
            yield "the case is gone"


def _odd(path: Path, what: str) -> None:
    """Put something odd in the place of a file."""
    path.unlink()
    if what == "a pipe":
        os.mkfifo(path, 0o600)
    elif what == "a link to /dev/zero":
        path.symlink_to("/dev/zero")
    elif what == "a folder":
        path.mkdir()
    else:
        path.touch(0o600)
        os.truncate(path, 30 << 30)


for _what in ("a pipe", "a link to /dev/zero", "a folder", "a file of 30 GB"):

    @SCENES.add(f"a cache that is {_what}", "prlimit")
    def _(stage: Stage, what: str = _what) -> Iterable[str]:
        stage.rsd("case", "check", program.CASES[0])
        for path in stage.path("home/cache").rglob("*.json"):
            _odd(path, what)
        done = stage.rsd("case", "check", program.CASES[0], before=("prlimit", f"--as={4 << 30}"), limit=30)
        if done.code != 0:
            yield f"it is not passed over: exit code {done.code}"

    @SCENES.add(f"progress in training that is {_what}", "prlimit")
    def _(stage: Stage, what: str = _what) -> Iterable[str]:
        _odd(stage.write("home/data/rsd/training/progress.json", "{}"), what)
        if stage.rsd("train", "progress", before=("prlimit", f"--as={4 << 30}"), limit=30).code not in (0, 1):
            yield "it is neither told nor passed over"

    @SCENES.add(f"a file in the folder of a class that is {_what}", "prlimit")
    def _(stage: Stage, what: str = _what) -> Iterable[str]:
        for name in ("class/x.json", "class/y.csv"):
            _odd(stage.write(name, "{}"), what)
        if stage.rsd("train", "class", "class", before=("prlimit", f"--as={4 << 30}"), limit=30).code != 1:
            yield "it is not told"


@SCENES.add("32 links in 17 folders")
def _(stage: Stage) -> Iterable[str]:
    for level in range(17):
        stage.path(f"b/d{level}").mkdir(parents=True)
    for level in range(16):
        for name in ("x", "y"):
            stage.path(f"b/d{level}/{name}").symlink_to(f"../d{level + 1}")
    stage.example("b/d16/min.yaml")
    normal = stage.batch(program.CASES[0], "--out", "n.csv").seconds
    for words in (("batch", "b", "--out", "f.csv", "--columns", "recommendation"), ("diff", "b", "b")):
        done = stage.rsd(*words, limit=30)
        if done.code is None or done.seconds > normal + 2:
            yield f"{words[0]} follows them one by one: {done.seconds:.1f} s"


@SCENES.add("a line of 100,000 keys")
def _(stage: Stage) -> Iterable[str]:
    keys = ",".join(f'"k{n}":1' for n in range(100_000))
    normal = stage.batch(stage.write("n.jsonl", '{"id":"a"}\n'), "--out", "n.csv").seconds
    done = stage.batch(stage.write("k.jsonl", f'{{"id":"a",{keys}}}\n'), "--out", "k.csv", limit=60)
    if done.code is None or done.seconds > normal + 2:
        yield f"it takes {done.seconds:.1f} s, where {normal:.1f} s are normal"


@SCENES.add("a rule folder of 300 sparse files", "prlimit")
def _(stage: Stage) -> Iterable[str]:
    shutil.copytree(program.SMALL_RULES, stage.path("rules"))
    for number in range(300):
        file = stage.write(f"rules/x{number}.yaml", "")
        os.truncate(file, 4 << 20)
    done = stage.rsd("rules", "check", "--rules", "rules", before=("prlimit", f"--as={1 << 30}"), limit=60)
    if done.code != 1:
        yield f"exit code {done.code}"

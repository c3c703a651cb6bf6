"""Small checks of faults that people met in programs like this one; each is one of a kind."""

from __future__ import annotations

import io
from collections.abc import Iterable

from tests.campaign import promises
from tests.campaign.scenes import NotHereError, Scenes, Stage

SCENES = Scenes()
run = SCENES.run

_SHORT = "format: 1\ncase: C-1\nfacts:\n  country_of_origin: KP\n"
_LETTERS = """\
format: 1
case: LC-0001
claim: Wir gingen nachts über den Fluß; 다시 보내지면 갇힙니다.
facts:
  country_of_origin: KP
  host_country: CN
"""
_ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@SCENES.add("a user without a home", "root", "setpriv")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("c.yaml", _LETTERS, 0o644)
    for folder in (stage.folder, *stage.folder.parents[:1]):
        folder.chmod(0o755)
    who = (
        "setpriv",
        "--reuid",
        "12345",
        "--regid",
        "12345",
        "--clear-groups",
        "env",
        "-u",
        "HOME",
        "-u",
        "XDG_CACHE_HOME",
    )
    done = stage.rsd("assess", "--brief", file, before=who)
    if done.code in (126, 127):  # from env: nobody else may enter the folder of this checkout
        raise NotHereError("rsd is closed to other users")
    if done.code != 0:
        yield f"exit code {done.code}"


for _words in (
    ("assess", "c.yaml"),
    ("assess", "-f", "markdown", "c.yaml"),
    ("whatif", "c.yaml", "age=20"),
    ("compare", "c.yaml"),
):

    @SCENES.add(f"a locale without letters: rsd {' '.join(_words)}")
    def _(stage: Stage, words: tuple[str, ...] = _words) -> Iterable[str]:
        stage.write("c.yaml", _LETTERS)
        for locale in (_ASCII, {**_ASCII, "LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "ascii"}):
            if stage.rsd(*words, env=locale).code != 0:
                yield f"it fails under {locale}"


@SCENES.add("a byte order mark before answers that are piped in")
def _(stage: Stage) -> Iterable[str]:
    stage.rsd("interview", "--plain", "c.yaml", stdin=b"\xef\xbb\xbfKP\nCN\nyes\nq\n")
    kept = promises.facts_of(stage.path("c.yaml"))
    if kept.get("country_of_origin") != "KP" or kept.get("host_country") != "CN":
        yield f"answers are shifted: {kept}"


for _title, _text in {
    "row numbers": ",id,age,sex\n0,a1,34,male\n1,a2,35,female\n",
    "blank columns": "id,age,sex,,\na1,34,male,,\n",
}.items():

    @SCENES.add(f"columns without a name, left aside: {_title}")
    def _(stage: Stage, text: str = _text) -> Iterable[str]:
        stage.write("t.csv", text)
        done = stage.batch("t.csv", "--ignore", "", "--out", "o.csv")
        if done.code != 0:
            yield f"exit code {done.code}: {done.err[:160]!r}"


@SCENES.add("folders of cases that end in .yml and .YAML")
def _(stage: Stage) -> Iterable[str]:
    for name in ("one.yml", "two.yaml", "three.YAML"):
        stage.write(f"a/{name}", f"format: 1\ncase: C-{name[:3]}\nfacts:\n  age: 34\n")
        stage.write(
            f"b/{name}", f"format: 1\ncase: C-{name[:3]}\nfacts:\n  age: {'12' if name == 'one.yml' else '34'}\n"
        )
    stage.batch("a", "--out", "o.csv")
    rows = len(stage.path("o.csv").read_text().splitlines()) - 1
    said = stage.rsd("diff", "a", "b").text
    if rows != 3 or ("3 cases" not in said and "one.yml" not in said):
        yield f"diff passes files over that batch reads: {said[-200:]!r}"


@SCENES.add("a case file that its keeper closed to writing")
def _(stage: Stage) -> Iterable[str]:
    file = stage.write("c.yaml", _SHORT, 0o400)
    stage.rsd("interview", "--plain", "c.yaml", stdin=b"CN\nq\n")
    if "host_country" in file.read_text():
        yield "it is written"


@SCENES.add("Python that drops docstrings")
def _(stage: Stage) -> Iterable[str]:
    for words in ((), ("assess",), ("batch",), ("case", "check"), ("rules", "prove"), ("train", "work")):
        if stage.rsd(*words, "--help").out != stage.rsd(*words, "--help", env={"PYTHONOPTIMIZE": "2"}).out:
            yield f"the help of rsd {' '.join(words)} is lost"


for _day in ("2014-W36-1", "20140901", "2014-245", " 2014-09-01", "2014-9-1"):

    @SCENES.add(f"a day that is none: {_day!r}")
    def _(stage: Stage, day: str = _day) -> Iterable[str]:
        stage.write("c.yaml", _LETTERS)
        if stage.rsd("assess", "--brief", "--as-of", day, "c.yaml").code == 0:
            yield "it is taken"


@SCENES.add("lists of one length in Parquet")
def _(stage: Stage) -> Iterable[str]:
    import pyarrow
    import pyarrow.parquet

    harm = pyarrow.array([["torture"], ["camp"]], type=pyarrow.list_(pyarrow.string(), 1))
    made = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"id": ["a1", "a2"], "harm_feared": harm}), made)
    stage.write("t.parquet", made.getvalue())
    done = stage.batch("t.parquet", "--out", "o.csv")
    if done.code != 0:
        yield f"exit code {done.code}: {done.err[:160]!r}"


@SCENES.add("a Parquet file with a name that is not UTF-8")
def _(stage: Stage) -> Iterable[str]:
    import pyarrow
    import pyarrow.parquet

    made = io.BytesIO()
    names = pyarrow.array([b"a1", b"\xff\xfe"], type=pyarrow.binary()).view(pyarrow.string())
    pyarrow.parquet.write_table(pyarrow.table({"id": names, "age": [30, 31]}), made)
    stage.write("t.parquet", made.getvalue())
    stage.batch("t.parquet", "--out", "o.csv")
    return ()


for _title, _text in {
    "in capitals": "ID,Age,Sex\na1,34,male\n",
    "with blanks": "id ,age, sex\na1,34,male\n",
    "below a line sep=,": "sep=,\nid,age,sex\na1,34,male\n",
}.items():

    @SCENES.add(f"a header {_title}")
    def _(stage: Stage, text: str = _text) -> Iterable[str]:
        stage.write("t.csv", text)
        if "looks like data" in stage.batch("t.csv", "--out", "o.csv").err:
            yield "it is taken for data"


@SCENES.add("endings in capitals")
def _(stage: Stage) -> Iterable[str]:
    stage.write("IN.CSV", "id,age\na1,34\n")
    for out in ("o.csv", "OUT.CSV", "OUT.JSONL"):
        if stage.batch("IN.CSV", "--out", out).code != 0:
            yield f"{out} is refused"
    stage.rsd("interview", "--plain", "c.JSON", stdin=b"KP\nq\n")
    if not stage.path("c.JSON").read_text().startswith("{"):
        yield "c.JSON is written as YAML"


@SCENES.add("a registration number that YAML reads as a number")
def _(stage: Stage) -> Iterable[str]:
    stage.write("c.yaml", "format: 1\ncase: 2026.10\nfacts:\n  age: 34\n")
    said = stage.rsd("case", "check", "c.yaml").text.lower()
    if "quot" not in said:
        yield f"the reason is not told: {said[:200]!r}"


@SCENES.add("an interview without a file, in plain lines")
def _(stage: Stage) -> Iterable[str]:
    done = stage.rsd("interview", "--plain", stdin=b"A-1\nKP\nCN\nq\n")
    file = stage.path("A-1.yaml")
    if done.code != 0 or not file.exists() or promises.facts_of(file).get("host_country") != "CN":
        yield f"exit code {done.code}: {done.text[-120:]!r}"


for _title, _answer, _codes in (
    ("a note that is a number", "{answer: believed, note: 5}", (1, 3)),
    ("a judgement without reasons", "{answer: believed}", (1, 3)),
):

    @SCENES.add(f"{_title}, in check and in a batch")
    def _(stage: Stage, answer: str = _answer, codes: tuple[int, int] = _codes) -> Iterable[str]:
        stage.write("j.yaml", f"format: 1\ncase: A\nfacts:\n  judgement_on_account: {answer}\n")
        stage.write("in.jsonl", '{"id": "a"}\n')
        if (code := stage.rsd("case", "check", "j.yaml").code) != codes[0]:
            yield f"check ends with exit code {code}"
        if (code := stage.batch("j.yaml", "in.jsonl", "--out", "o.csv").code) != codes[1]:
            yield f"a batch ends with exit code {code}"


@SCENES.add("places that are closed to us", "root", "setpriv")
def _(stage: Stage) -> Iterable[str]:
    drop = (
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-dac_override,-dac_read_search",
        "--",
    )
    stage.write("closed/c.yaml", _SHORT)
    stage.write("unreadable.yaml", _SHORT, 0)
    stage.path("closed").chmod(0)
    try:
        for words in (
            ("assess", "closed/c.yaml"), ("case", "check", "unreadable.yaml"), ("interview", "--plain",
            "closed/n.yaml"),
            ("case", "new", "closed/n.yaml"), ("assess", "--rules", "closed", "unreadable.yaml"), ("diff", "closed",
            "closed"),
            ("batch", "closed", "--out", "o.csv"), ("simulate", "-n", "2", "--out", "closed/s.jsonl"),
            ("train", "class", "closed"), ("whatif", "unreadable.yaml", "age=3"),
        ):  # fmt: skip
            stage.rsd(*words, before=drop)
    finally:
        stage.path("closed").chmod(0o700)
    return ()

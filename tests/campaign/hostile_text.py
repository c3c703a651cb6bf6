"""Hostile text in every place that is shown: nothing steers the screen, comes alive in Markdown or is a formula.

The text stands in claim, notes, sources, names of cases and files, rule files and records; every command that shows it
is run, on a pipe and on a terminal.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.campaign import program, promises
from tests.campaign.conversation import Conversation
from tests.campaign.scenes import Scenes, Stage

SCENES = Scenes(served=True)
run = SCENES.run

#: As it stands between double quotes in YAML: escapes, C1, bidi, line ends, a tag, a backspace, a carriage return, NUL.
_STEERING = r"X\e[2J\e]0;pwn\a\x9b2J\x8dY\u202Etxt\u2066z\u200b\u2028q\U000E0041\b\r\0K"

_MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))",
    "![a](http://evil.example/x.png)", "<http://evil.example>", "http://evil.example/auto", "www.evil.example",
    "---", "***",
    "===", "# head", "- item", "1. item", "    code", "\\tcode", "```\\ncode\\n```", "~~~", "&lt;script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;", "| a | b |\\n|---|---|", "> quote", "[x]: http://evil.example",
    "a\\n---\\nb",
    "a\\n\\n    code", "a\\n- b\\n- c", "a\\n# h", "a  \\nb", "$x^2$", "{{7*7}}", "${7*7}", "<%= 7*7 %>", "{% raw %}",
    ":smile:", "@someone", "[^1]", "<!-- c -->", "<details>", "+ plus", "* star", "12) item", "\\\\[x](y)",
    "a\\u0085- b",
)  # fmt: skip

#: What must not be more often in a determination with hostile text than in one with plain words.
_LIVE = (
    "html_block", "html_inline", "link_open", "image", "code_block", "fence", "hr", "heading_open", "code_inline",
    "list_item_open", "blockquote_open", "table_open", "em_open", "strong_open", "hardbreak",
)  # fmt: skip

_NAMES = (
    "a\x1b[2J.yaml", "b\u202etxt.yaml", "c\nd.yaml", "$(id).yaml", "-x.yaml", "e`id`.yaml", "f\x9b2J.yaml",
    "g'h\".yaml",
    "[red]h.yaml", "i\x85j.yaml", "k\x7fl.yaml",
)  # fmt: skip

_SECRET = "SECRETWORDS"


def _case(name: str, text: str, age: int = 30) -> str:
    """Return a case with the text in every place that holds text."""
    return f'''format: 1
case: {name}
about:
  office: "{text}"
  officer: "{text}"
  interviews: ["{text}", "{text}"]
  interpreter: "{text}"
  documents: "{text}"
  needs: "{text}"
claim: "{text}"
facts:
  country_of_origin: KP
  host_country: CN
  left_without_permission:
    {{answer: yes, credibility: benefit_of_the_doubt, note: "{text}", source: "{text}", date: 2020-01-01}}
  harm_feared: {{answer: [torture], credibility: accepted, note: "{text}", source: "{text}"}}
  age: {{answer: {age}, credibility: rejected, note: "{text}", source: "{text}"}}
  judgement_on_account: {{answer: believed, note: "{text}", source: "{text}"}}
'''


def _on_terminal(stage: Stage, *words: object) -> Iterable[str]:
    """Run a command on a terminal, and yield what steers it; colours are the program's own."""
    talk = Conversation("", keys=True, cwd=stage.folder, env=stage.env, words=[str(word) for word in words])
    stage.talks.append(talk)
    talk.ended(60)
    text = re.sub("\x1b\\[[0-9;]*m", "", talk.log).replace("\r\n", "\n")
    if unsafe := sorted({hex(ord(letter)) for letter in promises.UNSAFE.findall(text)}):
        yield f"on a terminal letters that steer it are shown: {unsafe}"


def _shown(first: str, second: str) -> list[tuple[str, ...]]:
    """Return every command that shows something of a case."""
    return [
        *(("assess", first, "-f", form) for form in ("text", "markdown", "json")),
        ("assess", first, "--brief"),
        *(("explain", first, name, "--all", "--depth", "12") for name in ("refugee_status", "illegal_exit_punishment")),
        *(("compare", first, "--profiles", "paper,uk", "-f", form) for form in ("text", "markdown", "json")),
        ("whatif", first, "age=17"),
        ("whatif", first, "--pivots"),
        ("diff", first, second),
        ("case", "check", first),
    ]


for _words in _shown("t.yaml", "u.yaml"):

    @SCENES.add(f"text that steers the screen, in rsd {' '.join(_words)}")
    def _(stage: Stage, words: tuple[str, ...] = _words) -> Iterable[str]:
        stage.write("t.yaml", _case("T-1", _STEERING))
        stage.write("u.yaml", _case("T-1", "plain", age=17))
        stage.rsd(*words)
        yield from _on_terminal(stage, *words)


@SCENES.add("text that steers the screen, in an interview")
def _(stage: Stage) -> Iterable[str]:
    stage.write("t.yaml", _case("T-1", _STEERING))
    stage.rsd("interview", "--plain", "t.yaml", stdin=b"r\nb\nw\nq\nq\n")
    return ()


@SCENES.add("markup in every text of a case, as Markdown")
def _(stage: Stage) -> Iterable[str]:
    plain = _tokens(stage, "plain words")[0]
    for text in _MARKUP:
        live, shown = _tokens(stage, text)
        if odd := {kind: live[kind] - plain[kind] for kind in _LIVE if live[kind] > plain[kind]}:
            yield f"{text!r} comes alive as {odd}"
        if "&" in text and text.replace("\\n", " ") not in shown:
            yield f"{text!r} is shown as something else"


def _tokens(stage: Stage, text: str) -> tuple[Counter[str], str]:
    """Return what a reader of Markdown makes of the determination, and the words that it shows."""
    from markdown_it import MarkdownIt

    stage.write("m.yaml", _case("M-1", text))
    out = stage.rsd("assess", "m.yaml", "-f", "markdown").out
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = [token for block in reader.parse(out) for token in (block, *(block.children or ()))]
    return Counter(token.type for token in tokens), "".join(token.content for token in tokens if token.type == "text")


for _name in _NAMES:

    @SCENES.add(f"a file name that is hostile: {_name!r}")
    def _(stage: Stage, name: str = _name) -> Iterable[str]:
        stage.write("t.yaml", _case("T-1", "plain"))
        stage.write(name, _case("T-1", "plain", age=17))
        file = f"./{name}" if name.startswith("-") else name
        for words in (
            ("assess", "--brief", file), ("case", "check", file), ("diff", file, "t.yaml"), ("assess", file, "--out",
            f"{file}.md"),
            ("case", "new", f"{file}.new.yaml"), ("batch", "t.yaml", "--out", f"{file}.csv", "--reports",
            f"{file}.rep"),
            ("explain", "t.yaml", name), ("assess", "t.yaml", "--profile", name), ("whatif", "t.yaml", f"age={name}"),
            ("whatif", "t.yaml", f"{name}=yes"), ("assess", "--rules", name, "t.yaml"), ("rules", "show", name),
            ("train", "work", name), ("batch", "t.yaml", "--out", "b.csv", "--columns", name), ("assess", f"--{name}"),
            ("batch", "t.yaml", "--out", "b.csv", "--shard", name), (name,),
        ):  # fmt: skip
            stage.rsd(*words)
        stage.write(name, "format: 1\nfacts: [\n")
        for words in (("assess", file), ("interview", "--plain", file), ("batch", file, "--out", "c.csv")):
            stage.rsd(*words)
        stage.path("left").mkdir()
        stage.path("right").mkdir()
        for side, age in (("left", 17), ("right", 30)):
            stage.write(f"{side}/{name}", _case("T-1", "plain", age=age))
        stage.rsd("diff", "left", "right")
        yield from _on_terminal(stage, "case", "check", file)


@SCENES.add("records whose names are formulas and paths, and whose words are secret")
def _(stage: Stage) -> Iterable[str]:
    names = [
        "=1+1",
        "@x",
        "+1",
        "-1",
        "../../x",
        "a/b",
        "/etc/x",
        "..",
        ".",
        "CON",
        "a\x1b[2J",
        "a\u202e",
        "x" * 65,
        "",
        "\t=1",
    ]
    cells = (
        {"age": _SECRET}, {_SECRET: 1}, {"age": [_SECRET]}, {"age": {_SECRET: _SECRET}}, {"profile": _SECRET},
        {"harm_feared": [_SECRET]}, {"songbun": _SECRET}, {"age.credibility": _SECRET},
    )  # fmt: skip
    cases = (
        {"claim": [_SECRET]}, {"facts": {_SECRET: 1}}, {"facts": {"age": {_SECRET: 1}}}, {"profile": _SECRET},
        {"facts": {"age": {"answer": _SECRET}}}, {_SECRET: 1}, {"about": {_SECRET: "x"}},
    )  # fmt: skip
    lines = [json.dumps({"id": name, "age": 30}) for name in names]
    lines += [json.dumps({"id": f"s{n}", **cell}) for n, cell in enumerate(cells)]
    lines += [json.dumps({"format": 1, "case": f"w{n}", **case}) for n, case in enumerate(cases)]
    lines += [f'{{"id": "d1", "{_SECRET}": 1, "{_SECRET}": 2}}', f'{{"id": "d2" {_SECRET}']
    stage.write("r.jsonl", "\n".join(lines) + "\n")
    for out in ("o.csv", "o.jsonl", "o.parquet"):
        done = stage.rsd("batch", "r.jsonl", "--out", out, "--reports", f"rep-{out}", "--summary", "json")
        if _SECRET in done.text:
            yield f"words of a record are repeated with {out}"
    yield from _written(stage.folder)


def _written(folder: Path) -> Iterable[str]:
    """Yield what is wrong with the files that a batch of hostile records wrote."""
    for path in sorted({*folder.glob("o.*"), *folder.glob("rep-*/*")}):
        data = path.read_bytes()
        if _SECRET.encode() in data:
            yield f"{path.name} repeats words of a record"
        if path.suffix == ".csv" and re.search(rb"^[=+@\t-]", data, re.M):
            yield f"{path.name} holds a formula"
    if strays := [path.name for path in folder.parent.glob("x*")]:
        yield f"a name that is a path was followed: {strays}"


@SCENES.add("rule files whose texts steer the screen")
def _(stage: Stage) -> Iterable[str]:
    shutil.copytree(program.SMALL_RULES, stage.path("rules"))
    keys = "title|ask|words|label|name|quote|note|text|why|help|heading|source|question"
    line = re.compile(rf"^(\s*(?:- )?(?:{keys}): )(?![|>\[{{'\"])(.*)$", re.M)
    for path in stage.path("rules").rglob("*.yaml"):
        text = path.read_text()
        path.write_text(line.sub(lambda match: f'{match[1]}"{match[2].replace(chr(34), "")} {_STEERING}"', text))
    for words in (("check",), ("show",), ("readings",), ("coverage",), ("claims",), ("test",)):
        stage.rsd("rules", *words, "--rules", "rules")
    yield from _on_terminal(stage, "rules", "show", "--rules", "rules")

"""Writes the generated pages of docs/: cli.md from the live help, facts.md from the rule book, demo.md from the demo.

`make docs` runs it; a test compares what it would write with what is there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ["COLUMNS"] = os.environ["TERMINAL_WIDTH"] = "100"

COMMANDS = (
    "interview", "assess", "explain", "compare", "whatif", "case new", "case check", "rules check", "rules show",
    "rules readings", "rules claims", "rules schema", "rules test",
    "rules coverage",
)  # fmt: skip
EXIT_CODES = """\
| code | meaning |
|---|---|
| 0 | done; what a determination says does not change this |
| 1 | a case file or a rule file could not be used; every mistake is told on standard error |
| 2 | wrong usage: an option, a name or a file that does not fit the command |
| 4 | `--fail-on` named a recommendation that was given |
| 70 | a mistake of the program's own; the message holds nothing of the case |
"""


def pages() -> dict[str, str]:
    """Return every generated page by its name."""
    from screen.language.book import load_book

    book = load_book(ROOT / "rules")
    return {"cli.md": _cli(), "facts.md": "\n".join(_facts(book)) + "\n", "demo.md": _demo(book)}


def _help(command: str) -> str:
    from typer.testing import CliRunner

    from screen.cli.app import app

    result = CliRunner().invoke(app, [*command.split(), "--help"], prog_name="rsd")
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def _cli() -> str:
    parts = [
        "# The commands",
        "Written from the live help by `make docs`; a test compares.",
        "## Exit codes",
        EXIT_CODES,
    ]
    for command in ("", *COMMANDS):
        parts += [f"## rsd {command}".rstrip(), f"```\n{_help(command)}\n```"]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _facts(book: object) -> Iterator[str]:
    from screen.answer import Answer
    from screen.facts import filled
    from screen.language.terms import RuleBook

    assert isinstance(book, RuleBook)
    yield "# The facts"
    yield ""
    yield "Every fact a case file can hold, in the order of the interview. Written by `make docs`; a test compares."
    yield "`unknown` answers every one of them. How an answer is written: `docs/case-files.md`."
    for chapter, title in book.chapters.items():
        yield f"\n## {title}\n"
        for fact in (one for one in book.facts.values() if one.chapter == chapter):
            yield f"### {fact.name}\n"
            yield filled(fact.ask, book, Answer.UNKNOWN, Answer.UNKNOWN)
            yield ""
            yield f"- type: {fact.type}, about: {fact.about}, burden: {fact.burden}, distress: {fact.distress}" + (
                ", a judgement: its `note` gives the reasons" if fact.judgement else ""
            )
            for option, label in fact.options:
                yield f"- `{option}`: {label}"
            if fact.help:
                yield f"- help: {filled(fact.help, book, Answer.UNKNOWN, Answer.UNKNOWN)}"
            yield ""


def _demo(book: object) -> str:
    from screen.case import read_case
    from screen.cli.assess import determination
    from screen.language.terms import RuleBook
    from screen.report.determination import blocks
    from screen.report.text import text_of

    assert isinstance(book, RuleBook)
    case = read_case(ROOT / "examples/cases/min.yaml", book)
    text = text_of(blocks(determination(book, case, case.profile or book.default_profile)))
    return (
        "# The demo\n\nWhat `make demo` prints: `rsd assess examples/cases/min.yaml`. The person is invented, from the "
        f"paper's scenarios. Written by `make docs`; a test compares.\n\n```\n{text}```\n"
    )


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, encoding="utf-8")

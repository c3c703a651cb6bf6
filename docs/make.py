"""Writes the generated pages of docs/.

cli.md from the live help, facts.md from the rule book, demo.md from the demo, simulation.md from made-up cases, and the
second half of road.md from the first line of every module.

`make docs` runs it; a test compares what it would write with what is there.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ["COLUMNS"] = os.environ["TERMINAL_WIDTH"] = "100"

EXIT_CODES = """\
| code | meaning |
|---|---|
| 0 | done; what a determination says does not change this |
| 1 | a file could not be used or written, or what was tried does not hold; every mistake is told on standard error |
| 2 | wrong usage: an option, a name or a file that does not fit the command |
| 3 | a batch is done, and some of its records could not be used |
| 4 | `--fail-on` named a recommendation that was given |
| 70 | an internal error; the message holds nothing of the case |
| 130 | ended by Ctrl-C; what was finished is kept |
"""


def pages() -> dict[str, str]:
    """Return every generated page by its name."""
    from screen.rulebook.loader import load_book

    book = load_book(ROOT / "rules")
    return {
        "cli.md": _cli(),
        "facts.md": "\n".join(_facts(book)) + "\n",
        "demo.md": _demo(book),
        "simulation.md": "\n".join(_simulation(book)) + "\n",
        "road.md": _road(),
    }


ROOMS = (
    *("rulebook", "case", "engine", "circuit", "whatif", "interview", "proof", "evaluation", "training", "simulation"),
    *("batch", "report", "cli"),
)
EVERY_ROOM = "## Every room"


def _road() -> str:
    """Return the drawing as it is written by hand, then each room with what its files do."""
    head = (ROOT / "docs/road.md").read_text(encoding="utf-8").partition(EVERY_ROOM)[0]
    source = ROOT / "src/screen"
    parts = [head + EVERY_ROOM, "Written from the first line of each file by `make docs`; a test compares."]
    parts.append("### `src/screen/`, used by every room\n\n" + _files_of(source))
    for room in ROOMS:
        for folder in sorted({path.parent for path in (source / room).rglob("*.py")}):
            name = folder.relative_to(ROOT).as_posix()
            parts.append(f"### `{name}/`\n\n{_first_line(folder / '__init__.py')}\n\n{_files_of(folder)}".strip())
    return "\n\n".join(parts) + "\n"


def _files_of(folder: Path) -> str:
    files = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
    return "\n".join(f"- `{path.name}`: {_first_line(path)}" for path in files)


def _first_line(path: Path) -> str:
    """Return the first paragraph of a module's docstring, on one line."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split())


def commands() -> Iterator[str]:
    """Yield every command that the program has, the groups of them too, each as it is typed after `rsd`."""
    from typer.main import get_command

    from screen.cli.app import app

    yield from _below(get_command(app), "")


def _below(command: object, name: str) -> Iterator[str]:
    from screen.cli.lazy import load_command

    yield name
    for word, below in getattr(command, "commands", {}).items():
        yield from _below(load_command(below), f"{name} {word}".strip())


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
    for command in commands():
        parts += [f"## rsd {command}".rstrip(), f"```\n{_help(command)}\n```"]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _facts(book: object) -> Iterator[str]:
    from screen.case.evidence import filled
    from screen.logic import Answer
    from screen.rulebook.model import RuleBook

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
            judgement = ", a judgement: its `note` gives the reasons" if fact.judgement else ""
            about = f"about: {fact.about}, burden: {fact.burden}, distress: {fact.distress}"
            yield f"- type: {fact.bounds or fact.type}, {about}{judgement}"
            for option, label in fact.options:
                yield f"- `{option}`: {label}"
            if fact.help:
                yield f"- help: {filled(fact.help, book, Answer.UNKNOWN, Answer.UNKNOWN)}"
            yield ""


def _demo(book: object) -> str:
    from screen.case.case_file import read_case
    from screen.report.determination import determination_blocks, determine
    from screen.report.text import render_text
    from screen.rulebook.model import RuleBook

    assert isinstance(book, RuleBook)
    case = read_case(ROOT / "examples/cases/min.yaml", book)
    text = render_text(determination_blocks(determine(book, case, case.profile or book.default_profile)))
    return (
        "# The demo\n\nWhat `make demo` prints: `rsd assess examples/cases/min.yaml`. The person is invented, from the "
        f"paper's scenarios. Written by `make docs`; a test compares.\n\n```\n{text}```\n"
    )


MADE, SEED = 2000, 1
LIVELIHOOD = {"food", "work_or_income", "better_life", "health_care"}
#: What the page tells of, by criterion.
ARGUED = {
    "refugee_departure": "departure limb", "refugee_sur_place": "sur place limb", "refugee_status": "refugee",
    "no_return": "no return",
}  # fmt: skip
SIMULATED = f"""\
# What the argument comes to

{MADE:,} cases made up by `rsd simulate -n {MADE} --seed {SEED}` from
`rules/populations/north_koreans_in_china.yaml`, put under each profile. Written by `make docs`; a test compares.

**These are data about nobody.** A few shares are published ones, held against their statistics by `rsd rules check`;
most are assumptions that say so in that file. The page shows how the law answers one declared population, and which
answers hang on the reading of the law. It is no estimate of how many people in China are refugees, and no evidence in
any case.

A cell gives who is protected in a hundred, and after `+` in how many more the question is open. Open is not no:
something was not asked, is not known, or the reading leaves it to a judgement."""


def _simulation(book: object) -> Iterator[str]:
    from screen.batch.layout import Layout
    from screen.batch.score.kernel import Kernel
    from screen.rulebook.checker import read_population_parts
    from screen.rulebook.model import RuleBook
    from screen.rulebook.rule_folder import POPULATIONS
    from screen.simulation.populations import read_populations
    from screen.simulation.sampler import draw_cases

    assert isinstance(book, RuleBook)
    found, _ = read_populations(read_population_parts(ROOT / "rules" / POPULATIONS), book)
    made = list(draw_cases(found["north_koreans_in_china"], MADE, SEED))
    frame = Layout(book).frame_from_cases({case.name: case.given for case in made})
    every = set(range(MADE))
    columns = (*ARGUED, "economic_migrant", "multiple_nationality", "O1")
    tables = {
        name: Kernel(book, [name], columns=columns).findings(frame).to_dict(as_series=False) for name in book.profiles
    }
    paper = tables[book.default_profile]
    raised = {at for at in every if paper["O1"][at] == "met"}
    reasons = [case.given["reasons_for_leaving"].value for case in made]
    told = {at for at in every if isinstance(reasons[at], frozenset)}
    alone = {at for at in told if reasons[at] and reasons[at] <= LIVELIHOOD}
    women = {at for at in every if made[at].given["sex"].value == "female"}
    groups = {
        "all": every, "called economic migrants (O1)": raised, "name a livelihood alone": alone,
        "name political reasons or repression": told - alone, "reason not told": every - told,
        "women": women, "men": every - women,
        "sold": {at for at in every if "trafficking_act" in made[at].given},
        "sent back before": {at for at in every if made[at].given["times_returned"].value},
    }  # fmt: skip
    yield SIMULATED
    raised_of, economic = _cell(paper["O1"], every), _cell(paper["economic_migrant"], raised)
    yield f"\n## The label and what is behind it\n\nUnder the profile `{book.default_profile}`. China's objection O1,"
    yield f"that they are economic migrants, would be raised against {raised_of} in a hundred. That only economic"
    yield f"reasons show and no danger with them (`economic_migrant`) is found of {economic} in a hundred of those.\n"
    yield from _table(("group", "cases"), {(name, f"{len(group):,}"): (paper, group) for name, group in groups.items()})
    yield "\n```"
    for name, label in ARGUED.items():
        yes, maybe = (sum(one == state for one in paper[name]) for state in ("met", "undetermined"))
        bar = "#" * round(50 * yes / MADE)
        yield f"{label:<15} {(bar + '-' * round(50 * maybe / MADE)).ljust(50, '.')} {100 * yes / MADE:5.1f}"
    yield "```\n\n`#` protected, `-` open, `.` not on this ground.\n\n## By profile\n"
    alike: dict[str, list[str]] = {}
    for name, table in tables.items():
        alike.setdefault(" | ".join(_cell(table[one], every) for one in ARGUED), []).append(name)
    yield from _table(
        ("profiles",),
        {(", ".join(f"`{one}`" for one in names),): (tables[names[0]], every) for names in alike.values()},
    )
    waiting = [name for name, table in tables.items() if set(table["multiple_nationality"]) == {"undetermined"}]
    yield f"\nUnder {', '.join(f'`{name}`' for name in waiting)} nobody is found a refugee yet: whether South"
    yield "Korea, whose law counts the applicant as its own, would take them in (`multiple_nationality`) is open in"
    yield "every case."


def _table(head: tuple[str, ...], rows: dict[tuple[str, ...], tuple[dict[str, list[str]], set[int]]]) -> Iterator[str]:
    yield f"| {' | '.join((*head, *ARGUED.values()))} |"
    yield "|---" * (len(head) + len(ARGUED)) + "|"
    for names, (table, group) in rows.items():
        yield f"| {' | '.join((*names, *(_cell(table[one], group) for one in ARGUED)))} |"


def _cell(states: list[str], group: set[int]) -> str:
    """Return in how many of a hundred cases of a group something is met, and in how many more it is open."""
    counts = (sum(states[at] == one for at in group) for one in ("met", "undetermined"))
    return " + ".join(f"{100 * count / len(group):.1f}" for count in counts)


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, encoding="utf-8")

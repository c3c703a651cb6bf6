"""Drills of `rsd train work --twist` and `--courts`: made from an exercise or a case file, and held."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from screen.cli import console
from screen.cli.options import choose_profile
from screen.cli.train.sitting import Sitting

if TYPE_CHECKING:
    from screen.case.evidence import RecordedAnswer
    from screen.cli.train.lessons import Lesson
    from screen.rulebook.model import RuleBook
    from screen.training.exercise import Exercise


def hold_drills(
    sitting: Sitting, subject: "Exercise | Path", courts: str | None, count: int, profile: str | None
) -> None:
    """Hold so many drills at most on an exercise or a case file; say where none can be made of it."""
    from screen.engine.evaluate import evaluate
    from screen.report.text import render_text
    from screen.report.training import fact_blocks, opening_blocks, vignette_text
    from screen.report.wording import Wording

    book = sitting.book
    given, name, own, points = _subject(book, subject)
    chosen = choose_profile(book, profile, own)
    findings = evaluate(book, given, chosen)
    do, many = _made(sitting, given, chosen, courts, count, points)
    if not many:
        console.info("Nothing here turns on one fact." if courts is None else "These courts do not part here.")
        return
    words = Wording(findings)
    if isinstance(subject, Path):
        console.print_blocks(fact_blocks(words))
        told = render_text(fact_blocks(words))
    else:
        console.print_blocks(opening_blocks(subject, findings))
        told = vignette_text(subject, words)
    sitting.hold(findings, name, "twist" if courts is None else "courts", told, do)


def _subject(
    book: "RuleBook", subject: "Exercise | Path"
) -> "tuple[dict[str, RecordedAnswer], str, str | None, tuple[str, ...]]":
    """Return what drills are made from: the answers, a name to keep progress under, a profile, law points."""
    if not isinstance(subject, Path):
        return dict(subject.given), subject.name, subject.profile, tuple(subject.teaches)
    from screen.case.case_file import read_case

    case = read_case(subject, book)
    # The name of a case is not kept: progress leaves this machine in exports, and a case never does.
    return dict(case.given), "case", case.profile, ()


def _made(
    sitting: Sitting,
    given: "dict[str, RecordedAnswer]",
    profile: str,
    courts: str | None,
    count: int,
    points: tuple[str, ...],
) -> "tuple[Callable[[Lesson], None], int]":
    """Return what holds the drills, and how many there are."""
    from screen.cli.train import lessons
    from screen.training import drills

    book, seed = sitting.book, sitting.seed
    if courts is None:
        twists = drills.make_twist_drills(book, given, profile, seed, points=points, count=count)

        def twisted(lesson: "Lesson") -> None:
            for number, one in enumerate(twists, 1):
                lessons.twist(lesson, one, number, len(twists))

        return twisted, len(twists)
    pairs = drills.profile_pairs(book, given, seed, count) if courts == "any" else (_pair(book, courts),)
    made = [one for a, b in pairs if (one := drills.make_court_drill(book, given, a, b, seed)) is not None]

    def compared(lesson: "Lesson") -> None:
        for number, one in enumerate(made, 1):
            lessons.courts(lesson, one, number, len(made))

    return compared, len(made)


def _pair(book: "RuleBook", courts: str) -> tuple[str, str]:
    names = [name.strip() for name in courts.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise typer.BadParameter("Write two profiles, such as paper,canada, or any.", param_hint="--courts")
    first, second = (choose_profile(book, name, option="--courts") for name in names)
    return first, second

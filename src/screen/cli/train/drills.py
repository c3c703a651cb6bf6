"""Drills of `rsd train work --twist` and `--courts`: made from an exercise or a case file, and held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from screen.case.case_file import read_case
from screen.case.evidence import RecordedAnswer
from screen.cli import console
from screen.cli.options import choose_profile
from screen.cli.train import lessons
from screen.cli.train.lessons import Lesson
from screen.cli.train.sitting import Sitting
from screen.engine.evaluate import evaluate
from screen.report.text import render_text
from screen.report.training.feedback import fact_blocks, opening_blocks
from screen.report.training.questions import vignette_text
from screen.report.wording import Wording
from screen.rulebook.model import RuleBook
from screen.training import drills
from screen.training.exercise import Exercise

_Drill = drills.TwistDrill | drills.CourtDrill

#: A case file's name is not saved: progress leaves this machine in exports, and a case never does.
_NAME_OF_ANY_CASE = "case"


@dataclass(frozen=True)
class _Subject:
    """What drills are made from. `name` is what progress is saved under, `points` law points to ask about."""

    given: Mapping[str, RecordedAnswer]
    name: str
    profile: str | None
    points: tuple[str, ...]


def hold_drills(sitting: Sitting, source: Exercise | Path, courts: str | None, count: int, profile: str | None) -> None:
    """Hold at most `count` drills on an exercise or a case file; say so where none can be made of it."""
    book = sitting.book
    subject = _subject(book, source)
    chosen = choose_profile(book, profile, subject.profile)
    if courts is None:
        way, made = "twist", _twist_drills(sitting, subject, chosen, count)
    else:
        way, made = "courts", _court_drills(sitting, subject, courts, count)
    if not made:
        none = "Nothing here turns on one fact." if courts is None else "These courts do not differ on this case."
        console.info(none)
        return
    findings = evaluate(book, subject.given, chosen)
    wording = Wording(findings)
    if isinstance(source, Exercise):
        console.print_blocks(opening_blocks(source, findings))
        story = vignette_text(source, wording)
    else:
        console.print_blocks(fact_blocks(wording))
        story = render_text(fact_blocks(wording))

    def hold(lesson: Lesson) -> None:
        for number, drill in enumerate(made, 1):
            if isinstance(drill, drills.TwistDrill):
                lessons.twist(lesson, drill, number, len(made))
            else:
                lessons.courts(lesson, drill, number, len(made))

    sitting.hold(findings, subject.name, way, story, hold)


def _subject(book: RuleBook, source: Exercise | Path) -> _Subject:
    if isinstance(source, Exercise):
        return _Subject(source.given, source.name, source.profile, tuple(source.teaches))
    case = read_case(source, book)
    return _Subject(case.given, _NAME_OF_ANY_CASE, case.profile, ())


def _twist_drills(sitting: Sitting, subject: _Subject, profile: str, count: int) -> list[_Drill]:
    return list(
        drills.make_twist_drills(sitting.book, subject.given, profile, sitting.seed, points=subject.points, count=count)
    )


def _court_drills(sitting: Sitting, subject: _Subject, courts: str, count: int) -> list[_Drill]:
    book, given, seed = sitting.book, subject.given, sitting.seed
    pairs = drills.profile_pairs(book, given, seed, count) if courts == "any" else (_parse_pair(book, courts),)
    made = (drills.make_court_drill(book, given, first, second, seed) for first, second in pairs)
    return [drill for drill in made if drill is not None]


def _parse_pair(book: RuleBook, courts: str) -> tuple[str, str]:
    names = [name.strip() for name in courts.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise typer.BadParameter("Write two profiles, such as paper,canada, or any.", param_hint="--courts")
    first, second = (choose_profile(book, name, option="--courts") for name in names)
    return first, second

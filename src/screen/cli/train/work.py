"""`rsd train work`: an exercise worked in one of four ways, or drills."""

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import console
from screen.cli.options import ProfileOption, RulesOption, book_from_options, exercise_folder, help_text
from screen.cli.train import lessons, progress_store
from screen.cli.train.drills import hold_drills
from screen.cli.train.exercises import ExerciseFolder, choose_exercise, load_exercises, verify_exercise
from screen.cli.train.reasons_editor import edit_reasons
from screen.cli.train.sitting import Sitting
from screen.engine.finding import Findings
from screen.file_types import is_case_file
from screen.regular_files import read_utf8
from screen.report.training.questions import reasons_template, strip_comments, vignette_text
from screen.report.wording import Wording
from screen.rulebook.checker import read_exercise_parts
from screen.training.exercise import Exercise, model_findings


class Way(StrEnum):
    """How an exercise is worked."""

    spot = "spot"
    decide = "decide"
    interview = "interview"
    write = "write"


@help_text(
    """Work an exercise, or drills on an exercise or a case; each answer is marked, and progress saved at once.

    Without a name the next exercise is taken: what is due first, then what is new, easier ones first.
    """
)
def work(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[EXERCISE|CASE]", show_default=False, help="An exercise; for drills also a case file."),
    ] = None,
    way: Annotated[
        Way | None, typer.Option("--way", "-w", help="How the exercise is worked; `decide` by default.")
    ] = None,
    twist: Annotated[bool, typer.Option("--twist", help="Drills: one decisive fact is changed.")] = False,
    courts: Annotated[
        str | None,
        typer.Option("--courts", metavar="A,B", help="Drills: two profiles side by side; `any` draws the pairs."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Work an exercise on what is due, longest first.")] = False,
    difficulty: Annotated[int | None, typer.Option("--difficulty", min=1, max=3, help="Only this difficulty.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same lists and drills.")] = 0,
    count: Annotated[
        int | None, typer.Option("--count", min=1, max=50, help="At most this many drills; 3 by default.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines: no panel, no arrow keys.")] = False,
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Read the answers from a file, one per line.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="With --way write: reasons from a file, no editor.")
    ] = None,
    from_: ExerciseFolder = None,
    profile: ProfileOption = None,
    rules: RulesOption = None,
) -> None:
    if twist and courts is not None:
        raise typer.BadParameter("Give --twist or --courts, not both.", param_hint="--twist")
    drills = twist or courts is not None
    # An option without effect is a user's mistake about what they will get.
    for option, value, applies, goes_with in (
        ("--way", way, not drills, "an exercise; drills are worked in one way"),
        ("--text", text, way is Way.write, "--way write"),
        ("--count", count, drills, "drills: --twist or --courts"),
        ("--due", due or None, what is None, "no name: it chooses the exercise"),
        ("--difficulty", difficulty, what is None, "no name: it chooses the exercise"),
    ):
        if value is not None and not applies:
            raise typer.BadParameter(f"It goes with {goes_with}.", param_hint=option)
    book = book_from_options(rules)
    parts = read_exercise_parts(exercise_folder(rules, from_))
    exercises = load_exercises(book, parts)
    case = Path(what) if what and is_case_file(what) else None
    if case is not None and not drills:
        raise typer.BadParameter("A case file is for drills: add --twist or --courts.", param_hint="[EXERCISE|CASE]")
    exercise = None if case else choose_exercise(exercises, what, due, difficulty)
    if exercise is not None:
        verify_exercise(exercise, book, parts)
    if profile is not None and not drills:
        raise typer.BadParameter("An exercise has its own profile; drills may take another.", param_hint="--profile")
    progress_store.check_writable(progress_store.progress_folder())
    sitting = Sitting(book, seed, plain, None if answers is None else io.StringIO(read_utf8(answers)))
    if drills:
        source = case or exercise
        assert source is not None
        hold_drills(sitting, source, courts, count or 3, profile)
    else:
        assert exercise is not None
        _hold_lesson(sitting, exercise, way or Way.decide, text)


def _hold_lesson(sitting: Sitting, exercise: Exercise, way: Way, text: Path | None) -> None:
    """Hold the lesson of an exercise, worked in this way."""
    findings = model_findings(exercise, sitting.book)
    story = vignette_text(exercise, Wording(findings))
    if way is Way.write:
        reasons = _reasons(exercise, findings, text)
        sitting.hold(findings, exercise.name, way, story, lambda lesson: lessons.write(lesson, exercise, reasons))
        return
    run = {Way.spot: lessons.spot, Way.decide: lessons.decide, Way.interview: lessons.interview}[way]
    sitting.hold(findings, exercise.name, way, story, lambda lesson: run(lesson, exercise, sitting.seed))


def _reasons(exercise: Exercise, findings: Findings, file: Path | None) -> str:
    """Return a trainee's reasons, from a file or the editor. Exits where none were written."""
    if file is not None:
        reasons = strip_comments(read_utf8(file))
        if not reasons:
            message = "It holds no reasons, so nothing is marked; lines that begin with # are left out."
            raise typer.BadParameter(message, param_hint="--text")
        return reasons
    if not sys.stdin.isatty():
        raise typer.BadParameter("Without a terminal there is no editor: give --text FILE.", param_hint="--way")
    template = reasons_template(exercise, findings)
    reasons = strip_comments(edit_reasons(progress_store.progress_folder(), exercise.name, template))
    if not reasons:
        console.info("Nothing was written, so nothing is marked. The draft is kept for the next time.")
        raise typer.Exit
    return reasons

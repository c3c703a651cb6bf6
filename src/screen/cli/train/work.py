"""`rsd train work`: an exercise worked in one of four ways, or drills."""

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from screen.cli import console
from screen.cli.options import ProfileOption, RulesOption, book_from_options, exercise_folder, help_text
from screen.cli.train import progress_store
from screen.cli.train.exercises import ExerciseFolder, choose_exercise, load_exercises, verify_exercise
from screen.cli.train.sitting import Sitting
from screen.file_types import is_case_file

if TYPE_CHECKING:
    from screen.engine.finding import Findings
    from screen.training.exercise import Exercise


class Way(StrEnum):
    """How an exercise is worked."""

    spot = "spot"
    decide = "decide"
    interview = "interview"
    write = "write"


@help_text(
    """Work an exercise, or drills on an exercise or a case; each answer is marked, and progress kept at once.

    Without a name the next exercise is taken: what is due first, then what is new, easier ones first.
    """
)
def work(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[EXERCISE|CASE]", show_default=False, help="An exercise; for drills also a case file."),
    ] = None,
    way: Annotated[
        Way | None, typer.Option("--way", "-w", help="How the exercise is worked; `decide` where left out.")
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
        int | None, typer.Option("--count", min=1, max=50, help="So many drills at most; 3 where left out.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines: no panel, no arrow keys.")] = False,
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Read the answers from a file, a line each.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="With --way write: reasons from a file, no editor.")
    ] = None,
    from_: ExerciseFolder = None,
    profile: ProfileOption = None,
    rules: RulesOption = None,
) -> None:
    from screen.rulebook.checker import read_exercise_parts

    drills = twist or courts is not None
    if twist and courts is not None:
        raise typer.BadParameter("Give --twist or --courts, not both.", param_hint="--twist")
    # An option that would change nothing is somebody's mistake about what they will get.
    for option, given, here, goes_with in (
        ("--way", way, not drills, "an exercise; drills are worked in one way"),
        ("--text", text, way is Way.write, "--way write"),
        ("--count", count, drills, "drills: --twist or --courts"),
        ("--due", due or None, what is None, "no name: it chooses the exercise"),
        ("--difficulty", difficulty, what is None, "no name: it chooses the exercise"),
    ):
        if given is not None and not here:
            raise typer.BadParameter(f"It goes with {goes_with}.", param_hint=option)
    book = book_from_options(rules)
    parts = read_exercise_parts(exercise_folder(rules, from_))
    known = load_exercises(book, parts)
    file = Path(what) if what and is_case_file(what) else None
    if file is not None and not drills:
        raise typer.BadParameter("A case file is for drills: add --twist or --courts.", param_hint="[EXERCISE|CASE]")
    subject = file or choose_exercise(known, what, due, difficulty)
    if not isinstance(subject, Path):
        verify_exercise(subject, book, parts)
    if profile is not None and not drills:
        raise typer.BadParameter("An exercise has its own profile; drills may take another.", param_hint="--profile")
    progress_store.check_writable(progress_store.progress_folder())
    sitting = Sitting(book, seed, plain, _lines(answers))
    if drills:
        from screen.cli.train.drills import hold_drills

        hold_drills(sitting, subject, courts, count or 3, profile)
    else:
        assert not isinstance(subject, Path)
        _lesson(sitting, subject, way or Way.decide, text)


def _lines(file: Path | None) -> "TextIO | None":
    """Return the lines of a file of answers, where one is named. Raises Mistakes where they cannot be read."""
    from screen.regular_files import read_utf8

    return None if file is None else io.StringIO(read_utf8(file))


def _lesson(sitting: Sitting, exercise: "Exercise", way: Way, text: Path | None) -> None:
    """Hold the lesson of an exercise, worked in this way."""
    from screen.cli.train import lessons
    from screen.report.training import vignette_text
    from screen.report.wording import Wording
    from screen.training.exercise import model_findings

    findings = model_findings(exercise, sitting.book)
    told = vignette_text(exercise, Wording(findings))
    if way is Way.write:
        reasons = _reasons(exercise, findings, text)
        sitting.hold(findings, exercise.name, way, told, lambda one: lessons.write(one, exercise, reasons))
        return
    do = {Way.spot: lessons.spot, Way.decide: lessons.decide, Way.interview: lessons.interview}[way]
    sitting.hold(findings, exercise.name, way, told, lambda one: do(one, exercise, sitting.seed))


def _reasons(exercise: "Exercise", findings: "Findings", file: Path | None) -> str:
    """Return a trainee's reasons, from a file or the editor. Ends where none were written."""
    from screen.report.training import reasons_template, strip_comments

    if file is not None:
        from screen.regular_files import read_utf8

        written = strip_comments(read_utf8(file))
        if not written:
            found = "It holds no reasons, so that nothing is marked; lines that begin with # are left out."
            raise typer.BadParameter(found, param_hint="--text")
        return written
    if not sys.stdin.isatty():
        raise typer.BadParameter("Without a terminal there is no editor: give --text FILE.", param_hint="--way")
    written = strip_comments(
        progress_store.edit_reasons(
            progress_store.progress_folder(), exercise.name, reasons_template(exercise, findings)
        )
    )
    if not written:
        console.info("Nothing was written, so that nothing is marked. The draft stays for the next time.")
        raise typer.Exit
    return written

"""`rsd train list`, and the choice of an exercise: by its name, or the next."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, exercise_folder, help_text
from screen.cli.train import progress_store
from screen.diagnostics import DiagnosticsError, did_you_mean
from screen.report.document import LabelledRows, Paragraph
from screen.rulebook.checker import read_exercise_parts
from screen.rulebook.declarations import ParsedPart
from screen.rulebook.model import RuleBook
from screen.training.exercise import Exercise, read_exercises
from screen.training.next_exercise import next_exercise

ExerciseFolder = Annotated[
    Path | None, typer.Option("--from", metavar="FOLDER", help="Folder of exercises, instead of the rule book's.")
]


@help_text("List the exercises: name, difficulty, title, and whether you have worked each.")
def list_(
    difficulty: Annotated[int | None, typer.Option("--difficulty", min=1, max=3, help="Only this one.")] = None,
    from_: ExerciseFolder = None,
    rules: RulesOption = None,
) -> None:
    exercises = load_exercises(book_from_options(rules), read_exercise_parts(exercise_folder(rules, from_)))
    worked = {attempt.exercise for attempt in progress_store.read_own_progress()}
    rows = [
        (exercise.name, f"{exercise.difficulty}  {exercise.title}{' (worked)' if exercise.name in worked else ''}")
        for exercise in sorted(exercises, key=lambda exercise: (exercise.difficulty, exercise.name))
        if difficulty in (None, exercise.difficulty)
    ]
    console.print_blocks([LabelledRows(tuple(rows)) if rows else Paragraph("There are no exercises.")])


def load_exercises(book: RuleBook, parts: Iterable[ParsedPart]) -> list[Exercise]:
    """Return the exercises, their model answers not verified. Raises DiagnosticsError."""
    return _read(book, parts, verify=False)


def verify_exercise(exercise: Exercise, book: RuleBook, parts: Iterable[ParsedPart]) -> None:
    """Raise DiagnosticsError where the rule book does not give the model answer: the exercise would teach an error."""
    _read(book, [part for part in parts if part.shape.exercise == exercise.name], verify=True)


def _read(book: RuleBook, parts: Iterable[ParsedPart], *, verify: bool) -> list[Exercise]:
    exercises, diagnostics = read_exercises(parts, book, verify=verify)
    if diagnostics:
        raise DiagnosticsError(diagnostics)
    return exercises


def choose_exercise(exercises: list[Exercise], name: str | None, due: bool, difficulty: int | None) -> Exercise:
    """Return the exercise of this name, or the next one. Raises a usage error where there is none."""
    if name is not None:
        named = next((exercise for exercise in exercises if exercise.name == name), None)
        if named is None:
            hint = did_you_mean(name, [exercise.name for exercise in exercises], "`rsd train list` lists them.")
            raise typer.BadParameter(f'There is no exercise "{name}". {hint}', param_hint="EXERCISE")
        return named
    suitable = [exercise for exercise in exercises if difficulty in (None, exercise.difficulty)]
    attempts, now = progress_store.read_own_progress(), progress_store.current_time()
    exercise = next_exercise(suitable, attempts, now, only_due=due)
    if exercise is None and due:
        console.info("Nothing is due.")
        raise typer.Exit
    if exercise is None:
        raise typer.BadParameter("There is no such exercise; `rsd train list` lists them.", param_hint="EXERCISE")
    return exercise

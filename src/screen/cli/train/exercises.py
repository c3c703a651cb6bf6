"""`rsd train list`, and which exercise is taken: the one of a name, or the next."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import RulesOption, book_from_options, exercise_folder, help_text
from screen.cli.train import progress_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from screen.rulebook.declarations import ParsedPart
    from screen.rulebook.model import RuleBook
    from screen.training.exercise import Exercise

ExerciseFolder = Annotated[
    Path | None, typer.Option("--from", metavar="FOLDER", help="Folder of exercises, instead of the rule book's.")
]


@help_text("List the exercises: name, difficulty, title, and how often each was worked.")
def list_(
    difficulty: Annotated[int | None, typer.Option("--difficulty", min=1, max=3, help="Only this one.")] = None,
    from_: ExerciseFolder = None,
    rules: RulesOption = None,
) -> None:
    from screen.report.document import LabelledRows, Paragraph
    from screen.rulebook.checker import read_exercise_parts

    known = load_exercises(book_from_options(rules), read_exercise_parts(exercise_folder(rules, from_)))
    done = {one.exercise for one in progress_store.read_own_progress()}
    rows = [
        (one.name, f"{one.difficulty}  {one.title}{' (worked)' if one.name in done else ''}")
        for one in sorted(known, key=lambda one: (one.difficulty, one.name))
        if difficulty in (None, one.difficulty)
    ]
    console.print_blocks([LabelledRows(tuple(rows)) if rows else Paragraph("There is none.")])


def load_exercises(book: "RuleBook", parts: "Iterable[ParsedPart]") -> "list[Exercise]":
    """Return the exercises that were read, their model answers not yet held against the book. Raises Mistakes."""
    return _sound(book, parts, hold=False)


def verify_exercise(one: "Exercise", book: "RuleBook", parts: "Iterable[ParsedPart]") -> None:
    """Raise Mistakes where the model answer of an exercise does not hold: it would teach what is wrong."""
    _sound(book, [part for part in parts if part.shape.exercise == one.name], hold=True)


def _sound(book: "RuleBook", parts: "Iterable[ParsedPart]", *, hold: bool) -> "list[Exercise]":
    from screen.diagnostics import DiagnosticsError
    from screen.training.exercise import read_exercises

    found, mistakes = read_exercises(parts, book, verify=hold)
    if mistakes:
        raise DiagnosticsError(mistakes)
    return found


def choose_exercise(known: "list[Exercise]", name: str | None, due: bool, difficulty: int | None) -> "Exercise":
    """Return the exercise of this name, or the next one. Raises a usage error where there is none."""
    from screen.diagnostics import did_you_mean
    from screen.training.next_exercise import next_exercise

    if name is not None:
        found = next((one for one in known if one.name == name), None)
        if found is None:
            remedy = did_you_mean(name, [one.name for one in known], "`rsd train list` lists them.")
            raise typer.BadParameter(f'There is no exercise "{name}". {remedy}', param_hint="EXERCISE")
        return found
    wanted = [one for one in known if difficulty in (None, one.difficulty)]
    following = next_exercise(wanted, progress_store.read_own_progress(), progress_store.current_time(), only_due=due)
    if following is None and due:
        console.info("Nothing is due.")
        raise typer.Exit
    if following is None:
        raise typer.BadParameter("There is no such exercise; `rsd train list` lists them.", param_hint="EXERCISE")
    return following

"""Which exercise comes next: what is due first, then what is new, easier ones first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from screen.training.exercise import Exercise
from screen.training.schedule import Attempt, due_points, progress_by_point


def next_exercise(
    exercises: Sequence[Exercise], attempts: Sequence[Attempt], now: datetime, *, only_due: bool = False
) -> Exercise | None:
    """Return the exercise to work next, or None where there is none; with `only_due` one that teaches what is due.

    Of the exercises that teach what is due longest, the least recently worked is taken.
    """
    last_worked = {attempt.exercise: attempt.when for attempt in sorted(attempts, key=lambda attempt: attempt.when)}

    def recency(exercise: Exercise) -> tuple[bool, datetime, int, str]:
        name = exercise.name
        return name in last_worked, last_worked.get(name, now), exercise.difficulty, name

    for progress in due_points(progress_by_point(attempts), now):
        teaching = [exercise for exercise in exercises if progress.point in exercise.teaches]
        if teaching:
            return min(teaching, key=recency)
    if only_due or not exercises:
        return None
    new = [exercise for exercise in exercises if exercise.name not in last_worked]
    if new:
        return min(new, key=lambda exercise: (exercise.difficulty, exercise.name))
    return min(exercises, key=lambda exercise: (last_worked[exercise.name], exercise.name))

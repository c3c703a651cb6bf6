"""The rule book and the exercises that the tests of training share."""

from __future__ import annotations

from functools import cache

from screen.training.exercise import Exercise, read_exercises
from tests.real_law import checked, the_law


@cache
def exercises() -> tuple[Exercise, ...]:
    """Return the exercises of the real rule book."""
    read, diagnostics = read_exercises(checked().exercises, the_law())
    assert not diagnostics, "\n".join(map(str, diagnostics))
    return tuple(read)


def exercise_named(name: str) -> Exercise:
    """Return the exercise of this name."""
    return next(exercise for exercise in exercises() if exercise.name == name)

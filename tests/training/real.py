"""The rule book and the exercises that the tests of training share."""

from __future__ import annotations

from functools import cache

from screen.training.exercise import Exercise, exercises_of
from tests.real_law import checked, the_law


@cache
def exercises() -> tuple[Exercise, ...]:
    """Return the exercises of the real rule book."""
    found, mistakes = exercises_of(checked().exercises, the_law())
    assert not mistakes, "\n".join(map(str, mistakes))
    return tuple(found)


def exercise(name: str) -> Exercise:
    """Return the exercise of this name."""
    return next(one for one in exercises() if one.name == name)

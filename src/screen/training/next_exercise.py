"""Which exercise comes next: what is due first, then what is new, easier ones first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from screen.training.exercise import Exercise
from screen.training.schedule import Attempt, due_points, progress_by_point


def next_exercise(
    known: Sequence[Exercise], attempts: Sequence[Attempt], now: datetime, *, only_due: bool = False
) -> Exercise | None:
    """Return the exercise to work next, or None where there is none, or nothing is due and only that is wanted.

    Of the exercises that teach what is due longest, the one that was worked least recently is taken.
    """
    last = {one.exercise: one.when for one in sorted(attempts, key=lambda one: one.when)}
    for standing in due_points(progress_by_point(attempts), now):
        teaching = [one for one in known if standing.point in one.teaches]
        if teaching:
            return min(teaching, key=lambda one: (one.name in last, last.get(one.name, now), one.difficulty, one.name))
    if only_due or not known:
        return None
    fresh = [one for one in known if one.name not in last]
    if fresh:
        return min(fresh, key=lambda one: (one.difficulty, one.name))
    return min(known, key=lambda one: (last[one.name], one.name))

"""What a trainee has done, and when each law point is due again.

In: attempts, and a time as an argument. Out: the same attempts as plain data, and the progress on each law point.
Left alone: where progress is saved, and the clock.

Only attempts are saved. When a point is due is computed from them each time, with the scheduler of `fsrs`, so that
nothing saved can contradict what was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from screen.rulebook.model import RuleBook
from screen.training.diagnosis import DIVERGENCE_KINDS
from screen.training.marking import PASS, Mark, count_marks

FORMAT = 1
WAYS = ("spot", "decide", "interview", "write", "twist", "courts")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One element marked once. `parted` and `over` say over what trainee and model differ: its kind, its name."""

    when: datetime
    exercise: str
    way: str
    point: str
    mark: Mark
    said: str = ""
    model: str = ""
    parted: str = ""
    over: str = ""
    note: str = ""


COLUMNS = tuple(field.name for field in fields(Attempt))


@dataclass(frozen=True, slots=True)
class PointProgress:
    """The progress of a trainee on one law point: how often it was tried, the marks, the last one, when it is due."""

    point: str
    attempts: int
    marks: Mapping[Mark, int]
    last_mark: Mark
    due: datetime | None

    @property
    def counted_marks(self) -> int:
        """How many marks count: a pass is none."""
        return sum(count for mark, count in self.marks.items() if mark is not Mark.NOT_APPLICABLE)

    @property
    def strength(self) -> float:
        """The share of correct marks among those that count."""
        return self.marks[Mark.CORRECT] / self.counted_marks if self.counted_marks else 0.0


# ── plain rows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def attempts_to_rows(attempts: Iterable[Attempt]) -> list[dict[str, str]]:
    """Return attempts as plain rows, for JSON and CSV alike."""
    return [{**asdict(attempt), "when": attempt.when.isoformat(), "mark": attempt.mark.value} for attempt in attempts]


def attempts_from_rows(rows: Any) -> tuple[Attempt, ...]:
    """Return the attempts that rows hold. Raises ValueError where a row is no attempt: nothing is made up."""
    if not isinstance(rows, list):
        raise ValueError("no list of attempts")
    return tuple(_attempt(row) for row in rows)


def _attempt(row: Any) -> Attempt:
    if not isinstance(row, dict) or set(row) != set(COLUMNS) or not all(isinstance(cell, str) for cell in row.values()):
        raise ValueError("an attempt has other columns")
    when = datetime.fromisoformat(row["when"])
    if when.tzinfo is None or row["way"] not in WAYS or row["parted"] not in ("", *DIVERGENCE_KINDS):
        raise ValueError("an attempt has no time zone, or an unknown way or divergence")
    return Attempt(**{**row, "when": when, "mark": Mark(row["mark"])})


# ── progress ────────────────────────────────────────────────────────────────────────────────────────────────────────


def progress_by_point(attempts: Sequence[Attempt]) -> dict[str, PointProgress]:
    """Return the progress on each law point, in the order in which they were first tried.

    Without the package `fsrs` no point has a day on which it is due; everything else is there.
    """
    attempts_of_point: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.when):
        attempts_of_point.setdefault(attempt.point, []).append(attempt)
    return {
        point: PointProgress(
            point, len(tried), count_marks(attempt.mark for attempt in tried), tried[-1].mark, _due(tried)
        )
        for point, tried in attempts_of_point.items()
    }


def is_scheduler_installed() -> bool:
    """Tell whether the package `fsrs` is installed, which is an extra."""
    try:
        import fsrs  # noqa: F401  (an extra, and only asked for)
    except ImportError:
        return False
    return True


def _due(attempts: Sequence[Attempt]) -> datetime | None:
    # A pass is no error, and a reason to ask again soon: the trainee does not know yet.
    counted = [attempt for attempt in attempts if attempt.mark is not Mark.NOT_APPLICABLE or attempt.said == PASS]
    if not counted or not is_scheduler_installed():
        return None
    from fsrs import Card, Rating, Scheduler  # an extra, and slow to import

    ratings = {Mark.CORRECT: Rating.Good, Mark.MINOR: Rating.Hard, Mark.SIGNIFICANT: Rating.Again}
    # Without chance, so that the same attempts are due on the same day wherever they are looked at. With steps of
    # minutes a point would be due again in the sitting that taught it.
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(card_id=1, due=counted[0].when)
    for attempt in counted:
        card, _ = scheduler.review_card(card, ratings.get(attempt.mark, Rating.Again), attempt.when)
    return card.due


def due_points(progress: Mapping[str, PointProgress], now: datetime) -> tuple[PointProgress, ...]:
    """Return the law points that are due, longest first."""
    due = [point for point in progress.values() if point.due is not None and point.due <= now]
    return tuple(sorted(due, key=lambda point: (point.due, point.point)))


def in_book_order(progress: Mapping[str, PointProgress], book: RuleBook) -> tuple[PointProgress, ...]:
    """Return progress in the order of the book; elements that are no criterion come last."""
    order = {name: place for place, name in enumerate(book.criteria)}
    return tuple(sorted(progress.values(), key=lambda point: (order.get(point.point, len(order)), point.point)))

"""What a trainee has done, and when which law point is due again.

In: attempts, and a time as an argument. Out: the same attempts as plain data, and for each law point how it stands.
Left alone: where progress is kept, and the clock.

Only attempts are kept. When a point is due is worked out from them anew each time, with the scheduler of `fsrs`, so
that nothing kept can disagree with what was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from screen.rulebook.model import RuleBook
from screen.training.diagnosis import DIVERGENCE_KINDS
from screen.training.marking import PASS, Mark

FORMAT = 1
WAYS = ("spot", "decide", "interview", "write", "twist", "courts")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One element marked once: when, in what, what was said; `parted` and `over` tell where trainee and model part."""

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
    """How a trainee stands with one law point: how often it was tried, the marks, the last one, when it is due."""

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


# ── as files hold it ────────────────────────────────────────────────────────────────────────────────────────────────


def attempts_to_rows(attempts: Iterable[Attempt]) -> list[dict[str, str]]:
    """Return attempts as plain rows, for JSON and CSV alike."""
    return [{**asdict(one), "when": one.when.isoformat(), "mark": one.mark.value} for one in attempts]


def attempts_from_rows(rows: Any) -> tuple[Attempt, ...]:
    """Return the attempts that rows hold. Raises ValueError where one of them cannot be one: nothing is made up."""
    if not isinstance(rows, list):
        raise ValueError("no list of attempts")
    return tuple(_attempt(row) for row in rows)


def _attempt(row: Any) -> Attempt:
    if not isinstance(row, dict) or set(row) != set(COLUMNS) or not all(isinstance(one, str) for one in row.values()):
        raise ValueError("an attempt has other columns")
    when = datetime.fromisoformat(row["when"])
    if when.tzinfo is None or row["way"] not in WAYS or row["parted"] not in ("", *DIVERGENCE_KINDS):
        raise ValueError("an attempt has no time, way or parting that is known")
    return Attempt(**{**row, "when": when, "mark": Mark(row["mark"])})


# ── when it is due ──────────────────────────────────────────────────────────────────────────────────────────────────


def progress_by_point(attempts: Sequence[Attempt]) -> dict[str, PointProgress]:
    """Return how each law point stands, in the order in which they were first tried.

    Without the package `fsrs` nothing has a day on which it is due; everything else is told all the same.
    """
    of_point: dict[str, list[Attempt]] = {}
    for one in sorted(attempts, key=lambda one: one.when):
        of_point.setdefault(one.point, []).append(one)
    return {point: _standing(point, tried) for point, tried in of_point.items()}


def _standing(point: str, tried: Sequence[Attempt]) -> PointProgress:
    marks = {mark: sum(one.mark is mark for one in tried) for mark in Mark}
    return PointProgress(point, len(tried), marks, tried[-1].mark, _due(tried))


def is_scheduler_installed() -> bool:
    """Tell whether the scheduler is installed."""
    try:
        import fsrs  # noqa: F401  (an extra: only asked for)
    except ImportError:
        return False
    return True


def _due(tried: Sequence[Attempt]) -> datetime | None:
    # Who passes does not know yet: that is no error, and a reason to ask again soon.
    counted = [one for one in tried if one.mark is not Mark.NOT_APPLICABLE or one.said == PASS]
    if not counted or not is_scheduler_installed():
        return None
    from fsrs import Card, Rating, Scheduler

    ratings = {Mark.CORRECT: Rating.Good, Mark.MINOR: Rating.Hard, Mark.SIGNIFICANT: Rating.Again}
    # Without chance, so that the same attempts are due on the same day wherever they are looked at. With steps of
    # minutes a point would be due again in the sitting that taught it.
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(card_id=1, due=counted[0].when)
    for one in counted:
        card, _ = scheduler.review_card(card, ratings.get(one.mark, Rating.Again), one.when)
    return card.due


def due_points(known: Mapping[str, PointProgress], now: datetime) -> tuple[PointProgress, ...]:
    """Return the law points that are due, longest first."""
    waiting = [one for one in known.values() if one.due is not None and one.due <= now]
    return tuple(sorted(waiting, key=lambda one: (one.due, one.point)))


def in_book_order(known: Mapping[str, PointProgress], book: RuleBook) -> tuple[PointProgress, ...]:
    """Return standings in the order of the book, what is no criterion last."""
    order = {name: place for place, name in enumerate(book.criteria)}
    return tuple(sorted(known.values(), key=lambda one: (order.get(one.point, len(order)), one.point)))

"""Progress: saved as what was done, due by the scheduler, summarised for a class."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from screen.training import schedule
from screen.training.classroom import summarise_class
from screen.training.marking import PASS, Mark
from screen.training.next_exercise import next_exercise
from screen.training.schedule import Attempt, attempts_from_rows, attempts_to_rows, due_points, progress_by_point
from tests.training.real import exercise_named, exercises

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def attempt(point="art_1f_a", mark=Mark.CORRECT, when=NOON, **other):
    return Attempt(when, other.pop("exercise", "left_for_food"), "decide", point, mark, **other)


def test_attempts_come_back_as_they_were():
    attempts = (attempt(), attempt(mark=Mark.SIGNIFICANT, parted="fact", over="age", note="=1+1"))
    assert attempts_from_rows(attempts_to_rows(attempts)) == attempts


GOOD = attempts_to_rows([attempt()])[0]


@pytest.mark.parametrize(
    "row",
    [
        None, {}, {**GOOD, "mark": "excellent"}, {**GOOD, "when": "2026-11-02T12:00:00"}, {**GOOD, "when": "today"},
        {**GOOD, "way": "guess"}, {**GOOD, "more": ""}, {**GOOD, "point": 3}, {**GOOD, "parted": "luck"},
    ],
)  # fmt: skip
def test_what_cannot_be_an_attempt_is_refused_and_nothing_made_up(row):
    with pytest.raises(ValueError, match=r"attempt|isoformat|Mark"):
        attempts_from_rows([row])


def test_an_error_is_due_before_what_was_right_and_right_again_is_due_later_still():
    wrong = progress_by_point([attempt(mark=Mark.SIGNIFICANT)])["art_1f_a"].due
    right = progress_by_point([attempt()])["art_1f_a"].due
    twice = progress_by_point([attempt(), attempt(when=right)])["art_1f_a"].due
    assert NOON < wrong < right < twice
    assert wrong >= NOON + DAY / 2  # not again in the sitting that taught it


def test_the_same_attempts_are_due_on_the_same_day_in_whatever_order_they_are_read():
    attempts = [attempt(), attempt(mark=Mark.MINOR, when=NOON + 3 * DAY), attempt(when=NOON + 9 * DAY)]
    assert progress_by_point(attempts)["art_1f_a"].due == progress_by_point(attempts[::-1])["art_1f_a"].due


def test_a_pass_brings_the_point_back_soon_and_is_no_error():
    progress = progress_by_point([attempt(mark=Mark.NOT_APPLICABLE, said=PASS)])["art_1f_a"]
    assert progress.due is not None
    assert progress.marks[Mark.SIGNIFICANT] == 0


def test_what_was_not_applicable_is_never_due():
    assert progress_by_point([attempt(mark=Mark.NOT_APPLICABLE)])["art_1f_a"].due is None


def test_the_longest_overdue_comes_first():
    progress = progress_by_point([attempt("b", when=NOON), attempt("a", when=NOON + DAY)])
    assert [point.point for point in due_points(progress, NOON + 400 * DAY)] == ["b", "a"]
    assert due_points(progress, NOON) == ()


def test_without_the_scheduler_nothing_is_due_and_all_else_is_there(monkeypatch):
    monkeypatch.setattr(schedule, "is_scheduler_installed", lambda: False)
    progress = progress_by_point([attempt(), attempt(mark=Mark.MINOR)])["art_1f_a"]
    assert (progress.due, progress.attempts, progress.strength) == (None, 2, 0.5)


def test_the_next_exercise_teaches_what_is_due_then_what_is_new_and_easier():
    all_exercises = exercises()
    assert next_exercise(all_exercises, (), NOON).difficulty == min(exercise.difficulty for exercise in all_exercises)
    done = (attempt("second_state_fear", Mark.SIGNIFICANT, exercise="settled_in_seoul"),)
    later = NOON + 30 * DAY
    chosen = next_exercise(all_exercises, done, later, only_due=True)
    assert "second_state_fear" in chosen.teaches
    assert next_exercise(all_exercises, done, NOON, only_due=True) is None
    assert next_exercise((exercise_named("settled_in_seoul"),), done, NOON).name == "settled_in_seoul"
    assert next_exercise((), (), NOON) is None


def test_a_class_counts_first_tries_for_questions_and_every_try_for_points():
    first, second = attempt(mark=Mark.SIGNIFICANT, parted="fact", over="age"), attempt(when=NOON + DAY)
    summary = summarise_class({"a": [second, first], "b": [attempt()], "c": [attempt("x", Mark.NOT_APPLICABLE)]})
    (point,) = summary.points
    assert (point.trainees, point.marks[Mark.SIGNIFICANT], point.marks[Mark.CORRECT]) == (2, 1, 2)
    assert point.divergences == {"fact": 1}
    (question,) = summary.questions
    assert (question.missed, question.of) == (1, 2)


def test_the_question_that_most_miss_comes_first():
    wrong = Mark.SIGNIFICANT
    summary = summarise_class({
        "a": [attempt("p", wrong), attempt("q", wrong)], "b": [attempt("p"), attempt("q", wrong)],
    })  # fmt: skip
    assert [(question.point, question.missed) for question in summary.questions] == [("q", 2), ("p", 1)]

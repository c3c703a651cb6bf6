"""Drills: their answers are what the evaluator finds, the same seed makes the same, and no two are alike."""

from __future__ import annotations

import pytest

from screen.case.evidence import RecordedAnswer
from screen.engine.evaluate import evaluate
from screen.training.drills import (
    make_court_drill,
    make_twist_drills,
    mark_court_drill,
    mark_twist_drill,
    profile_pairs,
)
from screen.training.marking import WHICH_COURT, WHY_IT_CHANGES, Mark
from tests.real_law import its_cases, the_law
from tests.training.real import exercise, exercises

SUBJECTS = [(one.name, one.given, one.profile) for one in (*exercises()[:2], *its_cases()[:120:40])]
NAMES = [name for name, _, _ in SUBJECTS]


@pytest.mark.parametrize(("name", "given", "profile"), SUBJECTS, ids=NAMES)
def test_what_a_twist_says_changes_is_what_the_evaluator_finds(name, given, profile):
    book = the_law()
    before = evaluate(book, given, profile)
    for one in make_twist_drills(book, given, profile, 5):
        after = evaluate(book, {**given, one.fact: RecordedAnswer(one.value)}, profile)
        assert one.changed_points == tuple(
            point for point in one.offered_points if before[point].status is not after[point].status
        )
        assert one.changed_points
        right = [point for point in one.offered_origins if before[point].status is not after[point].status]
        assert len(right) == 1
        assert right[0] in one.origins


def test_no_two_twists_of_a_set_are_alike_and_a_seed_repeats_them():
    _, given, profile = SUBJECTS[0]
    made = make_twist_drills(the_law(), given, profile, 2, count=12)
    assert len(made) > 3
    assert len({one.fact for one in made}) == len(made)
    assert len({one.changed_points for one in made}) == len(made)

    def told(seed):
        return [
            (one.fact, one.value, one.offered_points)
            for one in make_twist_drills(the_law(), given, profile, seed, count=12)
        ]

    assert told(2) == told(2)
    assert told(2) != told(3)


def test_a_twist_is_marked_point_by_point_and_for_its_reason():
    _, given, profile = SUBJECTS[0]
    one = make_twist_drills(the_law(), given, profile, 2)[0]
    assert {marked.mark for marked in mark_twist_drill(one, one.changed_points, one.origins[0])} == {Mark.CORRECT}
    nothing = mark_twist_drill(one, (), next(name for name in one.offered_origins if name not in one.origins))
    wrong = {marked.point for marked in nothing if marked.mark is not Mark.CORRECT}
    assert wrong == {*one.changed_points, WHY_IT_CHANGES}
    assert {marked.mark for marked in mark_twist_drill(one, None, None)} == {Mark.NOT_APPLICABLE}


@pytest.mark.parametrize(("name", "given", "profile"), SUBJECTS, ids=NAMES)
def test_two_courts_part_at_a_point_below_which_they_agree(name, given, profile):
    book = the_law()
    drawn = profile_pairs(book, given, 1)
    assert len(set(drawn)) == len(drawn)
    for first, second in drawn:
        one = make_court_drill(book, given, first, second, 1)
        assert one is not None
        ends = {court: evaluate(book, given, court)[one.point].status for court in (first, second)}
        assert one.statuses == ends
        assert len(set(ends.values())) == 2
        assert one.point in one.offered_points
        alike = [point for point in one.offered_points if point != one.point]
        found = [evaluate(book, given, court) for court in (first, second)]
        assert all(found[0][point].status is found[1][point].status for point in alike)


def test_courts_that_do_not_part_make_no_drill():
    assert make_court_drill(the_law(), exercise("settled_in_seoul").given, "uk", "us", 0) is None


def test_the_point_and_each_court_are_marked_by_themselves():
    _, given, _ = SUBJECTS[0]
    first, second = profile_pairs(the_law(), given, 1)[0]
    one = make_court_drill(the_law(), given, first, second, 1)
    right = mark_court_drill(one, one.point, one.statuses)
    assert [marked.mark for marked in right] == [Mark.CORRECT] * 3
    other = next(point for point in one.offered_points if point != one.point)
    assert {marked.point: marked.mark for marked in mark_court_drill(one, other, one.statuses)}[
        WHICH_COURT
    ] is Mark.SIGNIFICANT

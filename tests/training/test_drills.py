"""Drills: their answers are what the evaluator finds, a seed repeats them, and no two are the same."""

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
from tests.training.real import exercise_named, exercises

SUBJECTS = [(subject.name, subject.given, subject.profile) for subject in (*exercises()[:2], *its_cases()[:120:40])]
NAMES = [name for name, _, _ in SUBJECTS]


@pytest.mark.parametrize(("name", "given", "profile"), SUBJECTS, ids=NAMES)
def test_the_changes_that_a_twist_names_are_what_the_evaluator_finds(name, given, profile):
    book = the_law()
    before = evaluate(book, given, profile)
    for drill in make_twist_drills(book, given, profile, 5):
        after = evaluate(book, {**given, drill.fact: RecordedAnswer(drill.value)}, profile)
        assert drill.changed_points == tuple(
            point for point in drill.offered_points if before[point].status is not after[point].status
        )
        assert drill.changed_points
        right = [point for point in drill.offered_origins if before[point].status is not after[point].status]
        assert len(right) == 1
        assert right[0] in drill.origins


def test_no_two_twists_of_a_set_are_the_same_and_a_seed_repeats_them():
    _, given, profile = SUBJECTS[0]
    drills = make_twist_drills(the_law(), given, profile, 2, count=12)
    assert len(drills) > 3
    assert len({drill.fact for drill in drills}) == len(drills)
    assert len({drill.changed_points for drill in drills}) == len(drills)

    def offered(drills):
        return [(drill.fact, drill.value, drill.offered_points) for drill in drills]

    again, other = (make_twist_drills(the_law(), given, profile, seed, count=12) for seed in (2, 3))
    assert offered(again) == offered(drills) != offered(other)


def test_a_twist_is_marked_point_by_point_and_for_its_reason():
    _, given, profile = SUBJECTS[0]
    drill = make_twist_drills(the_law(), given, profile, 2)[0]
    assert {marked.mark for marked in mark_twist_drill(drill, drill.changed_points, drill.origins[0])} == {Mark.CORRECT}
    marked_empty = mark_twist_drill(
        drill, (), next(name for name in drill.offered_origins if name not in drill.origins)
    )
    wrong = {marked.point for marked in marked_empty if marked.mark is not Mark.CORRECT}
    assert wrong == {*drill.changed_points, WHY_IT_CHANGES}
    assert {marked.mark for marked in mark_twist_drill(drill, None, None)} == {Mark.NOT_APPLICABLE}


@pytest.mark.parametrize(("name", "given", "profile"), SUBJECTS, ids=NAMES)
def test_two_courts_differ_at_a_point_below_which_they_agree(name, given, profile):
    book = the_law()
    pairs = profile_pairs(book, given, 1)
    assert len(set(pairs)) == len(pairs)
    for first, second in pairs:
        drill = make_court_drill(book, given, first, second, 1)
        assert drill is not None
        statuses = {court: evaluate(book, given, court)[drill.point].status for court in (first, second)}
        assert drill.statuses == statuses
        assert len(set(statuses.values())) == 2
        assert drill.point in drill.offered_points
        others = [point for point in drill.offered_points if point != drill.point]
        evaluations = [evaluate(book, given, court) for court in (first, second)]
        assert all(evaluations[0][point].status is evaluations[1][point].status for point in others)


def test_courts_that_do_not_differ_make_no_drill():
    assert make_court_drill(the_law(), exercise_named("settled_in_seoul").given, "uk", "us", 0) is None


def test_the_point_and_each_court_are_marked_by_themselves():
    _, given, _ = SUBJECTS[0]
    first, second = profile_pairs(the_law(), given, 1)[0]
    drill = make_court_drill(the_law(), given, first, second, 1)
    right = mark_court_drill(drill, drill.point, drill.statuses)
    assert [marked.mark for marked in right] == [Mark.CORRECT] * 3
    other = next(point for point in drill.offered_points if point != drill.point)
    assert {marked.point: marked.mark for marked in mark_court_drill(drill, other, drill.statuses)}[
        WHICH_COURT
    ] is Mark.SIGNIFICANT

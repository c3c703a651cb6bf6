"""A class: whose exports are whose, and what is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from screen.training.classroom import drop_repeated_exports
from screen.training.marking import Mark
from screen.training.schedule import Attempt

ATTEMPTS = [
    Attempt(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day), "left_for_food", "decide", "no_return", Mark.MINOR)
    for day in range(3)
]


def test_an_older_export_of_a_trainee_counts_with_the_newer_one():
    kept, repeats = drop_repeated_exports({"old.csv": ATTEMPTS[:2], "new.json": ATTEMPTS})
    assert (kept, repeats) == ({"new.json": tuple(ATTEMPTS)}, {"old.csv": "new.json"})


def test_trainees_who_share_some_attempts_or_have_none_yet_stay_apart():
    exports = {"a.json": ATTEMPTS[:2], "b.json": ATTEMPTS[1:], "c.json": [], "d.json": []}
    kept, repeats = drop_repeated_exports(exports)
    assert kept.keys() == exports.keys()
    assert repeats == {}

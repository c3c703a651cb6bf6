"""Mistakes, wherever they were found."""

from __future__ import annotations

import pickle

from screen.batch.input.rejects import StoppedAt
from screen.diagnostics import Mistake, Mistakes, Place


def test_mistakes_come_back_whole_from_another_process() -> None:
    every = [Mistake(Place("a.yaml", 2, 3), "not-yaml", "a colon.", "Delete it."), Mistake(Place("b"), "x", "y.", "Z.")]
    for kind in (Mistakes, StoppedAt):
        back = pickle.loads(pickle.dumps(kind(every)))
        assert type(back) is kind
        assert back.all == kind(every).all
        assert str(back) == str(kind(every))

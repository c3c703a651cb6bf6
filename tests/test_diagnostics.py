"""Mistakes, wherever they were found."""

from __future__ import annotations

import pickle

from screen.batch.input.rejects import StoppedAtReject
from screen.diagnostics import Diagnostic, DiagnosticsError, Location


def test_mistakes_come_back_whole_from_another_process() -> None:
    every = [
        Diagnostic(Location("a.yaml", 2, 3), "not-yaml", "a colon.", "Delete it."),
        Diagnostic(Location("b"), "x", "y.", "Z."),
    ]
    for kind in (DiagnosticsError, StoppedAtReject):
        back = pickle.loads(pickle.dumps(kind(every)))
        assert type(back) is kind
        assert back.diagnostics == kind(every).diagnostics
        assert str(back) == str(kind(every))

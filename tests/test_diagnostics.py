"""Diagnostics and their error."""

from __future__ import annotations

import pickle

from screen.batch.input.rejects import StoppedAtReject
from screen.diagnostics import Diagnostic, DiagnosticsError, Location


def test_an_error_can_be_pickled_with_all_its_diagnostics() -> None:
    diagnostics = [
        Diagnostic(Location("a.yaml", 2, 3), "not-yaml", "a colon.", "Delete it."),
        Diagnostic(Location("b"), "x", "y.", "Z."),
    ]
    for kind in (DiagnosticsError, StoppedAtReject):
        copy = pickle.loads(pickle.dumps(kind(diagnostics)))
        assert type(copy) is kind
        assert copy.diagnostics == kind(diagnostics).diagnostics
        assert str(copy) == str(kind(diagnostics))

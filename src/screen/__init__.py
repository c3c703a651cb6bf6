"""Refugee-status screening: a case goes in, a reasoned determination comes out.

This is the public API: every name that a program needs. Each is imported when it is first used, so that none loads the
others.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from screen.version import VERSION as __version__

_MODULES = {
    "Answer": "screen.logic",
    "Status": "screen.logic",
    "Diagnostic": "screen.diagnostics",
    "DiagnosticsError": "screen.diagnostics",
    "RuleBook": "screen.rulebook.model",
    "CheckedFolder": "screen.rulebook.checker",
    "load_book": "screen.rulebook.loader",
    "check_book": "screen.rulebook.checker",
    "Credibility": "screen.case.evidence",
    "RecordedAnswer": "screen.case.evidence",
    "Case": "screen.case.case_file",
    "read_case": "screen.case.case_file",
    "Finding": "screen.engine.finding",
    "Findings": "screen.engine.finding",
    "evaluate": "screen.engine.evaluate",
    "Question": "screen.interview.next_question",
    "next_question": "screen.interview.next_question",
    "BenefitLedger": "screen.engine.ledger",
    "build_ledger": "screen.engine.ledger",
    "Positions": "screen.engine.positions",
    "find_positions": "screen.engine.positions",
    "ProfileComparison": "screen.engine.compare",
    "compare_profiles": "screen.engine.compare",
    "Outcome": "screen.whatif.outcome",
    "try_answers": "screen.whatif.outcome",
    "Pivots": "screen.whatif.pivots",
    "find_pivots": "screen.whatif.pivots",
}

__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'screen' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

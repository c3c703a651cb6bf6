"""Refugee-status screening: a case goes in, a reasoned determination comes out.

The front door. Everything a program needs that uses `screen` is named here; each name is imported when it is asked for,
so that asking for one does not load them all.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from screen.version import VERSION as __version__

_HOME = {
    "Answer": "screen.answer",
    "State": "screen.answer",
    "Mistake": "screen.mistake",
    "Mistakes": "screen.mistake",
    "RuleBook": "screen.language.terms",
    "Checked": "screen.language.book",
    "load_book": "screen.language.book",
    "check_book": "screen.language.book",
    "Credibility": "screen.facts",
    "Given": "screen.facts",
    "Case": "screen.case",
    "read_case": "screen.case",
    "Finding": "screen.engine.finding",
    "Findings": "screen.engine.finding",
    "evaluate": "screen.engine.evaluate",
    "Question": "screen.circuit.next_question",
    "next_question": "screen.interview",
    "Ledger": "screen.engine.ledger",
    "ledger": "screen.engine.ledger",
    "Positions": "screen.engine.positions",
    "positions": "screen.engine.positions",
    "Comparison": "screen.engine.compared",
    "compared": "screen.engine.compared",
    "Outcome": "screen.engine.whatif",
    "whatif": "screen.engine.whatif",
    "Pivots": "screen.engine.whatif",
    "pivots": "screen.engine.whatif",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'screen' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

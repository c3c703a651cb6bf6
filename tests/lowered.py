"""The law lowered once for all runs of a test process: it takes longer than a run over a few cases.

A kernel is a book under profiles, made ready, and holds nothing of any case (`test_kernel` makes its own).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from screen.batch.score import scorer
from screen.batch.score.kernel import Kernel
from screen.rulebook.model import RuleBook

_made: dict[tuple[Any, ...], tuple[RuleBook, Kernel]] = {}  # with its book, so that no other one has its place


def law_lowered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs that score under the same book, profiles and columns share their kernel."""
    monkeypatch.setattr(scorer, "Kernel", _kernel)


def _kernel(book: RuleBook, profiles: Sequence[str] = (), *, columns: Iterable[str]) -> Kernel:
    wanted = tuple(columns)
    key = (id(book), tuple(profiles), wanted)
    if key not in _made:
        _made[key] = book, Kernel(book, profiles, columns=wanted)
    return _made[key][1]

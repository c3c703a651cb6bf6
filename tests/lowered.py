"""The law compiled once for all runs of a test process: that takes longer than a run over a few cases.

A kernel is a compiled rule book and holds nothing of any case (`test_kernel` makes its own).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from screen.batch.score import scorer
from screen.batch.score.kernel import Kernel
from screen.rulebook.model import RuleBook

_made: dict[tuple[Any, ...], tuple[RuleBook, Kernel]] = {}  # with the book, so that its id is not used again


def law_lowered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make runs under the same book, profiles and columns share a kernel."""
    monkeypatch.setattr(scorer, "Kernel", _kernel)


def _kernel(book: RuleBook, profiles: Sequence[str] = (), *, columns: Iterable[str]) -> Kernel:
    key = (id(book), tuple(profiles), tuple(columns))
    if key not in _made:
        _made[key] = book, Kernel(book, profiles, columns=key[2])
    return _made[key][1]

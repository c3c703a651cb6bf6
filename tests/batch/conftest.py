"""Every test of a batch shares its compiled law."""

from __future__ import annotations

import pytest

from tests.lowered import law_lowered_once


@pytest.fixture(autouse=True)
def _law_lowered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    law_lowered_once(monkeypatch)
    return

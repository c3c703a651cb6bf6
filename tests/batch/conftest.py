"""What every test of a batch shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lowered import law_lowered_once


@pytest.fixture(autouse=True)
def _law_lowered_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    law_lowered_once(monkeypatch)
    yield

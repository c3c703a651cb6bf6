"""`rsd rules` as a lawyer types it, where something does not fit."""

from __future__ import annotations

import pytest

from tests.command import rsd


def test_law_cases_of_no_name_are_no_success():
    done = rsd("rules", "test", "--only", "zzz")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'No law case has "zzz" in its name or decision.' in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize("below", ["", "below"])
def test_schemas_that_cannot_be_written_are_told_with_what_to_do(tmp_path, below):
    file = tmp_path / "there"
    file.write_text("mine", encoding="utf-8")
    done = rsd("rules", "schema", "--out", file / below)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{file / below}: cannot-write: the schemas could not be written: ")
    assert "Name a folder that you may write in" in done.stderr
    assert file.read_text(encoding="utf-8") == "mine"

"""docs/mistakes.md and the codes of the source, held together both ways."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.paths import ROOT

PAGE = (ROOT / "docs" / "mistakes.md").read_text(encoding="utf-8")
#: The calls that report a mistake; the code is the only argument that looks like one.
REPORTING = {
    *("Diagnostic", "InvalidAnswer", "Reject"),
    *("report", "raise_diagnostic", "check_known", "refuse", "wrong", "_wrong"),
}
#: Codes that no broken file alone can earn, and where they are tested instead.
ELSEWHERE = {
    "already-running": "tests/batch/output/test_resume.py",
    "answer-and-unknown": "tests/batch/input/test_rejects.py",
    "broken-record": "tests/batch/input/test_rejects.py",
    "broken-source": "tests/batch/input/test_rejects.py",
    "duplicate-id": "tests/batch/input/test_rejects.py",
    "not-in-spark": "tests/cli/batch/test_spark.py",
    "spark-failed": "tests/batch/spark/test_pipeline.py",
    "program-fault": "tests/cli/batch/test_fault_boundary.py",
    "off-figure": "tests/simulation/test_simulation.py",
    "other-case": "tests/cli/commands/test_diff.py",
    "other-columns": "tests/batch/output/test_join.py",
    "other-law": "tests/batch/output/test_join.py",
    "other-run": "tests/batch/output/test_resume.py",
    "unfinished-run": "tests/batch/output/test_resume.py",
    "unknown-column": "tests/batch/input/test_rejects.py",
    "unknown-output-format": "tests/batch/input/test_sources.py",
    "unknown-source-format": "tests/batch/input/test_sources.py",
    "already-there": "tests/case/test_case_file.py",
    "closed-to-writing": "tests/test_files.py",
    "locked": "tests/test_files.py",
    "not-ours": "tests/test_files.py",
    "cannot-open": "tests/rulebook/test_yaml_reader.py",
    "cannot-write": "tests/case/test_case_file.py",
    "law-not-stated": "tests/rulebook/test_at_date.py",
    "not-put": "tests/cli/commands/test_closed_record.py",
    "record-closed": "tests/cli/commands/test_closed_record.py",
    "not-progress": "tests/cli/train/test_export_files.py",
    "missing-file": "tests/rulebook/test_resolve.py",
    "not-installed": "tests/cli/rules/test_prove.py",
    "too-large": "tests/rulebook/test_yaml_reader.py",
}


@cache
def codes() -> frozenset[str]:
    """Return every code in the source."""
    return frozenset(_codes())


def _codes() -> Iterator[str]:
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("_CODE"):
                yield ast.literal_eval(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) in REPORTING:
                for argument in node.args:
                    value = getattr(argument, "value", None) if isinstance(argument, ast.Constant) else None
                    if isinstance(value, str) and re.fullmatch(r"[a-z0-9-]+", value):
                        yield value


def headings() -> list[str]:
    """Return the codes that the page explains."""
    return re.findall(r"^## (.+)$", PAGE, re.MULTILINE)


@cache
def examples() -> dict[str, str]:
    """Return the example of each code."""
    return dict(re.findall(r"^## (\S+)\n\n(?:\S.*\n)+\n    (.+)$", PAGE, re.MULTILINE))


@cache
def messages() -> str:
    """Return every message of every broken file."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("tests/*/bad/*.txt")))


def test_every_code_of_the_source_is_explained() -> None:
    assert codes() - set(headings()) == set()


def test_every_code_that_is_explained_is_in_the_source() -> None:
    assert set(headings()) - codes() == set()


def test_codes_are_explained_once_and_in_order() -> None:
    assert headings() == sorted(set(headings()))


@pytest.mark.parametrize("code", headings())
def test_example_is_a_message_with_that_code(code: str) -> None:
    assert re.match(rf"\S+: {code}: .+\. \S.+[.?]$", examples()[code])
    if code not in ELSEWHERE and not code.startswith("lint-"):
        assert examples()[code] in messages().splitlines()


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_is_earned_by_a_broken_file_or_tested_elsewhere(code: str) -> None:
    if code.startswith("lint-"):
        assert f": {code}: " in (ROOT / "tests/rulebook/test_lint.py").read_text(encoding="utf-8")
    elif code in ELSEWHERE:
        assert code in (ROOT / ELSEWHERE[code]).read_text(encoding="utf-8")
    else:
        assert f": {code}: " in messages()

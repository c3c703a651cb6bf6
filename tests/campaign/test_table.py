"""The record of the campaign: a run puts its own rows in, and every other row stays word for word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from tests.campaign.kinds import KINDS
from tests.campaign.program import ROOT
from tests.campaign.table import page
from tests.campaign.tally import Tally

RECORD = ROOT / "docs/campaign.md"
DAY = date(2026, 11, 30)
LINUX = "Python 3.11 on Linux x86_64"


@dataclass(frozen=True)
class Title:
    title: str


THREE = {"case": Title("Cases"), "csv.zst": Title("Packed"), "kill": Title("Kills")}


def tally(kind, tried=1000, **more):
    return Tally(kind, 7, tried, outcomes=Counter({"refused": 1, "saved": tried - 1}), beyond=0.5, memory=48, **more)


def written(before, *tallies, here=LINUX, python="3.11.10", day=DAY):
    return page(before, THREE, tallies, day=day, here=here, python=python)


def row(text, kind):
    return next(line for line in text.splitlines() if line.startswith(f"| `{kind}` |"))


def test_a_row_says_when_and_on_what_a_kind_was_tried_and_what_came_of_it():
    text = written(
        "", tally("case", findings=[(3, "lost")]), tally("kill", kills=20, not_run=Counter({"no strace": 2}))
    )
    assert row(text, "case") == (
        "| `case` | Cases | 2026-11-30 | 7 | 3.11.10 | 1,000 | 0 | 1 refused, 999 saved | +0.50 s | 48 MB | 1 |"
    )
    assert "| 20 | 1 refused, 999 saved, 2 not run here (no strace) |" in row(text, "kill")
    assert f"## {LINUX}\n\n| kind |" in text
    assert "In all 2,000 attempts, 20 of them kills: 1 findings." in text


def test_a_run_of_some_kinds_replaces_their_rows_and_keeps_the_others():
    first = written("", tally("case"), tally("csv.zst"))
    second = written(first, tally("csv.zst", 50), tally("kill", 20), day=date(2027, 1, 2))
    assert row(second, "case") == row(first, "case")
    assert "| 2027-01-02 | 7 | 3.11.10 | 50 |" in row(second, "csv.zst")
    assert [line.split("`")[1] for line in second.splitlines() if line.startswith("| `")] == ["case", "csv.zst", "kill"]
    assert "In all 1,070 attempts" in second


def test_another_python_has_rows_of_its_own_in_the_order_of_versions():
    text = written("", tally("case"))
    for version in ("3.13", "3.9"):
        text = written(text, tally("case", 5), here=f"Python {version} on Linux x86_64", python=f"{version}.0")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [f"## Python {version} on Linux x86_64" for version in ("3.9", "3.11", "3.13")]
    assert text.count("| `case` |") == 3


def test_the_row_of_a_kind_that_is_no_more_goes():
    text = written(written("", tally("case")).replace("`case`", "`gone`"), tally("kill"))
    assert "gone" not in text
    assert "In all 1,000 attempts" in text


def test_the_record_reads_back_as_it_was_written_and_has_every_kind():
    text = RECORD.read_text(encoding="utf-8")
    assert page(text, KINDS, [], day=DAY) == text
    assert {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")} == set(KINDS)

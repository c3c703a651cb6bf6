"""One case under several profiles, in words.

In: a case and its comparison. Out: blocks, or plain data for JSON. Every row names what it says, so that none has to be
read by its place in a table, and fits any width.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from screen.case.case_file import Case
from screen.case.evidence import cited
from screen.engine.compare import Difference, ProfileComparison
from screen.engine.finding import Findings
from screen.report.determination import DISCLAIMER
from screen.report.document import Block, Heading, LabelledRows, Paragraph
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording
from screen.rulebook.model import RECOMMENDATIONS
from screen.version import VERSION

FORMAT = 1
AID = "Screening aid, not a determination. No profile is the right one here: the file is decided under one."

_MANY = 4  # more profiles than so many are counted, where the rest are named


def comparison_blocks(case: Case, comparison: ProfileComparison) -> Iterator[Block]:
    """Yield a comparison: each profile in a row, what is alike, and where the differences begin."""
    words = Wording(comparison.findings[0])
    yield Heading(1, f"Case {case.name} under {len(comparison.findings)} profiles")
    yield Paragraph(f"Law as of {comparison.book.law_as_of.isoformat()}.")
    yield LabelledRows(tuple(_rows(comparison)))
    if comparison.same:
        yield Heading(2, "Found alike under each of them")
        yield Paragraph(_findings(comparison.findings[0], comparison.same))
    yield from _differences(comparison, words)
    yield Paragraph(AID, "quiet")


def _rows(comparison: ProfileComparison) -> Iterator[tuple[str, str]]:
    """Yield a row for each profile; findings that stand in a row above are not told again."""
    told: dict[str, str] = {}
    for one in comparison.findings:
        found = _findings(one, comparison.different)
        first = told.setdefault(found, one.profile.name)
        again = f"Found as under {first}." if found and first != one.profile.name else found
        yield one.profile.name, f"{RECOMMENDATION_LABELS[one.recommendation]}. {again}".strip()


def _findings(findings: Findings, names: tuple[str, ...]) -> str:
    """Return conclusions by their names, those found alike together: `Met: refugee status, no return.`"""
    told = []
    for state, label in STATUS_LABELS.items():
        here = [name.replace("_", " ") for name in names if findings[name].status is state]
        if here:
            told.append(f"{label}: {', '.join(here)}.")
    return " ".join(told)


def _differences(comparison: ProfileComparison, words: Wording) -> Iterator[Block]:
    if not comparison.differences:
        yield Heading(2, "Where they part")
        yield Paragraph("Nowhere: every criterion is found alike.")
        return
    first, *others = comparison.differences
    yield Heading(2, "Where they part first, in the order of examination")
    yield from _title(first, words)
    rows = [(STATUS_LABELS[state], ", ".join(names)) for state, names in first.profiles_by_status]
    if first.criterion.sources:
        rows.append(("Authority", words.citations(first.criterion.sources)))
    if first.criterion.contrary:
        rows.append(("Against", words.citations(first.criterion.contrary)))
    yield LabelledRows(tuple(rows))
    told: set[str] = set()
    yield from _splits(first, words, told)
    if others:
        yield Heading(2, "Other differences that do not follow from that one")
        for one in others:
            yield from _title(one, words)
            yield LabelledRows(
                tuple((STATUS_LABELS[state], _some(names, comparison)) for state, names in one.profiles_by_status)
            )
            yield from _splits(one, words, told, comparison)
    name = first.criterion.name
    yield Paragraph(
        f"Why one finds so: rsd explain CASE {name} --profile {comparison.findings[0].profile.name}", "quiet"
    )


def _title(one: Difference, words: Wording) -> Iterator[Block]:
    adverse = ", against the claim if met" if one.criterion.adverse else ""
    yield Heading(3, f"{words.title(one.criterion.name)} ({one.criterion.name}{adverse})")


def _splits(
    one: Difference, words: Wording, told: set[str], comparison: ProfileComparison | None = None
) -> Iterator[Block]:
    """Yield the contested points of a difference; sides that stand above are not told again."""
    for split in one.splits:
        again = split.reading.name in told
        told.add(split.reading.name)
        yield Paragraph(f"They read it otherwise: {words.fill(split.reading.title)}{' (told above)' if again else ''}")
        if not again:
            yield LabelledRows(
                tuple(
                    (
                        _some(taken.profiles, comparison),
                        f"{words.fill(taken.side.says)} ({words.citations(taken.side.sources)})",
                    )
                    for taken in split.sides
                )
            )
    if not one.splits:
        yield Paragraph("No contested point stands in it: the profiles leave other facts to be presumed.")


def _some(names: tuple[str, ...], comparison: ProfileComparison | None) -> str:
    """Return the names of profiles; where a comparison is given, most of its profiles as `the other 9`."""
    if comparison is not None and len(names) > _MANY and len(names) * 2 > len(comparison.findings):
        return f"the other {len(names)}"
    return ", ".join(names)


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def comparison_json(case: Case, comparison: ProfileComparison) -> str:
    """Return a comparison as JSON, byte for byte the same for the same case, rules and version."""
    return json.dumps(comparison_data(case, comparison), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def comparison_data(case: Case, comparison: ProfileComparison) -> dict[str, Any]:
    """Return a comparison as plain data; the first of `differences` is where the profiles part first."""
    book, words = comparison.book, Wording(comparison.findings[0])
    return {
        "format": FORMAT,
        "program": {"name": "rsd", "version": VERSION},
        "book": {
            "title": book.title,
            "version": book.version,
            "hash": book.hash,
            "law_as_of": book.law_as_of.isoformat(),
        },
        "case": case.name,
        "profiles": [
            {
                "profile": one.profile.name,
                "title": one.profile.title,
                "recommendation": one.recommendation,
                "conclusions": {name: one[name].status.value for name in book.conclusions},
            }
            for one in comparison.findings
        ],
        "alike": list(comparison.same),
        "parted": list(comparison.different),
        "differences": [_plain(one, words) for one in comparison.differences],
        "disclaimer": DISCLAIMER,
    }


def _plain(one: Difference, words: Wording) -> dict[str, Any]:
    def cites(names: tuple[str, ...]) -> list[str]:
        return [cited(words.book.sources[name], whole=True) for name in names]

    return {
        "criterion": one.criterion.name,
        "title": words.title(one.criterion.name),
        "section": one.criterion.section,
        "adverse": one.criterion.adverse,
        "found": {state.value: list(names) for state, names in one.profiles_by_status},
        "readings": [
            {
                "reading": split.reading.name,
                "title": words.fill(split.reading.title),
                "sides": [
                    {
                        "side": taken.side.name,
                        "profiles": list(taken.profiles),
                        "says": words.fill(taken.side.says),
                        "sources": cites(taken.side.sources),
                    }
                    for taken in split.sides
                ],
            }
            for split in one.splits
        ],
        "sources": cites(one.criterion.sources),
        "contrary": cites(one.criterion.contrary),
    }


_TEXT: dict[str, Any] = {"type": "string"}
_FINDING = {"enum": [state.value for state in STATUS_LABELS]}


def _list(of: object) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _object(**keys: object) -> dict[str, Any]:
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}


def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema of `json_of`."""
    side = _object(side=_TEXT, profiles=_list(_TEXT), says=_TEXT, sources=_list(_TEXT))
    found = {"type": "object", "propertyNames": _FINDING, "additionalProperties": _list(_TEXT)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A comparison of profiles by rsd",
        **_object(
            format={"const": FORMAT},
            program=_object(name={"const": "rsd"}, version=_TEXT),
            book=_object(title=_TEXT, version=_TEXT, hash=_TEXT, law_as_of=_TEXT),
            case=_TEXT,
            profiles=_list(
                _object(
                    profile=_TEXT,
                    title=_TEXT,
                    recommendation={"enum": list(RECOMMENDATIONS)},
                    conclusions={"type": "object", "additionalProperties": _FINDING},
                )
            ),
            alike=_list(_TEXT),
            parted=_list(_TEXT),
            differences=_list(
                _object(
                    criterion=_TEXT,
                    title=_TEXT,
                    section=_TEXT,
                    adverse={"type": "boolean"},
                    found=found,
                    readings=_list(_object(reading=_TEXT, title=_TEXT, sides=_list(side))),
                    sources=_list(_TEXT),
                    contrary=_list(_TEXT),
                )
            ),
            disclaimer=_TEXT,
        ),
    }

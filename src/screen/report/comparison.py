"""One case under several profiles, in words.

In: a case and its comparison. Out: blocks. Every row says what it is about, so that none depends on its place in a
table, and all fit any width.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.case.case_file import Case
from screen.case.record import record_line
from screen.engine.compare import Difference, ProfileComparison
from screen.engine.finding import Findings
from screen.report.document import Block, Heading, LabelledRows, Paragraph
from screen.report.wording import STATUS_LABELS, Wording, recommendation_label

NOTICE = "Screening aid, not a determination. No profile is preferred here; a case is decided under one."

_MANY = 4  # more profiles than this are counted instead of named


def comparison_blocks(case: Case, comparison: ProfileComparison) -> Iterator[Block]:
    """Yield a comparison: each profile in a row, what is the same, and where the differences begin."""
    wording = Wording(comparison.findings[0])
    yield Heading(1, f"Case {case.name} under {len(comparison.findings)} profiles")
    record = record_line(case.record, read_as_closed=comparison.findings[0].is_closed)
    yield Paragraph(f"Law as of {comparison.book.law_as_of.isoformat()}. {record}")
    yield LabelledRows(tuple(_rows(comparison)))
    if comparison.same:
        yield Heading(2, "The same under every profile")
        yield Paragraph(_conclusions(comparison.findings[0], comparison.same))
    yield from _differences(comparison, wording)
    yield Paragraph(NOTICE, "quiet")


def _rows(comparison: ProfileComparison) -> Iterator[tuple[str, str]]:
    """Yield a row for each profile; the same conclusions are written out once."""
    first_profile: dict[str, str] = {}
    for findings in comparison.findings:
        profile, conclusions = findings.profile.name, _conclusions(findings, comparison.different)
        first = first_profile.setdefault(conclusions, profile)
        text = f"Same findings as under {first}." if conclusions and first != profile else conclusions
        yield profile, f"{recommendation_label(findings)}. {text}".strip()


def _conclusions(findings: Findings, names: tuple[str, ...]) -> str:
    """Return conclusions by status: `Met: refugee status, no return.`"""
    sentences = []
    for status, label in STATUS_LABELS.items():
        matching = [name.replace("_", " ") for name in names if findings[name].status is status]
        if matching:
            sentences.append(f"{label}: {', '.join(matching)}.")
    return " ".join(sentences)


def _differences(comparison: ProfileComparison, wording: Wording) -> Iterator[Block]:
    if not comparison.differences:
        yield Heading(2, "Where the profiles differ")
        yield Paragraph("Nowhere: every criterion ends the same way.")
        return
    first, *others = comparison.differences
    yield Heading(2, "Where they first differ, in the order of examination")
    yield _title(first, wording)
    rows = [(STATUS_LABELS[status], ", ".join(profiles)) for status, profiles in first.profiles_by_status]
    if first.criterion.sources:
        rows.append(("Authority", wording.citations(first.criterion.sources)))
    if first.criterion.contrary:
        rows.append(("Against", wording.citations(first.criterion.contrary)))
    yield LabelledRows(tuple(rows))
    shown: set[str] = set()
    yield from _splits(first, wording, shown)
    if others:
        yield Heading(2, "Other differences that do not follow from that one")
        for difference in others:
            yield _title(difference, wording)
            yield LabelledRows(
                tuple(
                    (STATUS_LABELS[status], _profiles(profiles, comparison))
                    for status, profiles in difference.profiles_by_status
                )
            )
            yield from _splits(difference, wording, shown, comparison)
    command = f"rsd explain CASE {first.criterion.name} --profile {comparison.findings[0].profile.name}"
    yield Paragraph(f"Why a profile finds this: {command}", "quiet")


def _title(difference: Difference, wording: Wording) -> Heading:
    criterion = difference.criterion
    adverse = ", against the claim if met" if criterion.adverse else ""
    return Heading(3, f"{wording.title(criterion.name)} ({criterion.name}{adverse})")


def _splits(
    difference: Difference, wording: Wording, shown: set[str], comparison: ProfileComparison | None = None
) -> Iterator[Block]:
    """Yield the contested points of a difference; the sides of a point in `shown` are not repeated."""
    for split in difference.splits:
        repeated = split.reading.name in shown
        shown.add(split.reading.name)
        see_above = " (see above)" if repeated else ""
        yield Paragraph(f"They read this differently: {wording.fill(split.reading.title)}{see_above}")
        if not repeated:
            yield LabelledRows(
                tuple(
                    (
                        _profiles(taken.profiles, comparison),
                        f"{wording.fill(taken.side.says)} ({wording.citations(taken.side.sources)})",
                    )
                    for taken in split.sides
                )
            )
    if not difference.splits:
        yield Paragraph("No contested point is involved: the profiles presume different facts.")


def _profiles(names: tuple[str, ...], comparison: ProfileComparison | None) -> str:
    """Return the names of profiles; where a comparison is given, most of its profiles as `the other 9`."""
    if comparison is not None and len(names) > _MANY and len(names) * 2 > len(comparison.findings):
        return f"the other {len(names)}"
    return ", ".join(names)

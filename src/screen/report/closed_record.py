"""What a determination says of its record: what was not shown on it, what stays open and whose task that is.

In: findings on the closed record, and those on the open one. Out: rows and blocks. What was not shown is told with
whose burden it was, what is not known of it and what would show it.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.engine.finding import Finding, Findings, not_shown_under
from screen.logic import NOT_MET
from screen.report.document import Block, Heading, LabelledRows, Paragraph, capped_list
from screen.report.wording import (
    BURDEN_LABELS,
    RECOMMENDATION_LABELS,
    Wording,
    by_task,
    format_count,
    uncapitalize,
)

_MAX_SHOWN = 12  # questions of one kind that are listed; the rest are counted
_MAX_POINTS = 4  # points not shown that a sentence names; the rest are counted


def not_shown_rows(finding: Finding, wording: Wording) -> Iterator[tuple[str, str]]:
    """Yield what is not known of a criterion that was not shown, and what would show it."""
    yield "Not known", _questions([fact.fact.name for fact in finding.missing], wording)
    if would_show := wording.would_show(finding):
        yield "Would show it", would_show


def task_rows(finding: Finding, wording: Wording) -> Iterator[tuple[str, str]]:
    """Yield whose task it is to settle what stays open on the closed record, with the questions."""
    for label, names in by_task(finding.missing).items():
        yield label, _questions(names, wording)


def tasks_in_short(finding: Finding) -> str:
    """Return whose task an open finding is, and how much of it: `for the officer 2 facts`."""
    tasks = by_task(finding.missing)
    return ", ".join(f"{uncapitalize(label)} {format_count(len(names), 'fact')}" for label, names in tasks.items())


def points_not_shown(findings: Findings, name: str, wording: Wording) -> str | None:
    """Return the points for want of which a criterion is not met, in a sentence; None where there is none."""
    finding = findings[name]
    points = not_shown_under([finding])
    if not points or finding.status is not NOT_MET or finding.not_shown is not None:
        return None
    titles = [_title(point, wording) for point in points[:_MAX_POINTS]]
    more = f" and {len(points) - _MAX_POINTS} more" if len(points) > _MAX_POINTS else ""
    return f"Not shown: {'; '.join(titles)}{more}."


def not_shown_text(finding: Finding, wording: Wording) -> str:
    """Return a point that was not shown and of which nothing relevant is known, in a line."""
    burden = BURDEN_LABELS[finding.not_shown or ""]
    return f"{_title(finding, wording)} (burden {burden}). {wording.would_show(finding) or ''}".strip()


def open_text(finding: Finding, wording: Wording) -> str:
    """Return what stays open on the closed record, and whose task it is, in a line."""
    tasks = tasks_in_short(finding)
    return f"{_title(finding, wording)}{f': {tasks}' if tasks else ''}"


def missing_blocks(findings: Findings, wording: Wording) -> Iterator[Block]:
    """Yield what was not shown and decides a conclusion, and what stays open with whose task it is."""
    yield Heading(2, "What was not shown, and what stays open")
    points = not_shown_under(findings[name] for name in findings.book.conclusions)
    if points:
        yield Paragraph("Not shown, and so not met:", "quiet")
        yield LabelledRows(
            tuple((_title(point, wording), f"burden {BURDEN_LABELS[point.not_shown or '']}") for point in points)
        )
    if findings.open_conclusions:
        yield Paragraph("Open, though the record is closed:", "quiet")
        yield LabelledRows(
            tuple(
                (wording.title(name), tasks_in_short(findings[name]) or "no open question")
                for name in findings.open_conclusions
            )
        )
        missing = {fact.fact.name: fact for name in findings.open_conclusions for fact in findings[name].missing}
        for label, names in by_task(missing.values()).items():
            yield Paragraph(f"{label}:", "quiet")
            yield from capped_list([wording.question(name) for name in names], _MAX_SHOWN)
    if not points and not findings.open_conclusions:
        yield Paragraph("Nothing: every conclusion rests on what is known.")


def other_record(findings: Findings, other: Findings) -> str | None:
    """Return what the other record gives, in a sentence: the open one of a closed record, and the other way round."""
    changed = [name for name in findings.book.conclusions if findings[name].status is not other[name].status]
    if not changed and findings.recommendation == other.recommendation:
        return None
    opening = "On the open record" if findings.is_closed else "Were the record closed now"
    ends = f"; {format_count(len(changed), 'conclusion')} {'ends' if len(changed) == 1 else 'end'} otherwise"
    return f"{opening}: {uncapitalize(RECOMMENDATION_LABELS[other.recommendation])}{ends if changed else ''}."


def _questions(names: list[str], wording: Wording) -> str:
    more = f" And {len(names) - _MAX_SHOWN} more." if len(names) > _MAX_SHOWN else ""
    return " ".join(wording.question(name) for name in names[:_MAX_SHOWN]) + more


def _title(finding: Finding, wording: Wording) -> str:
    assert finding.criterion is not None
    return wording.title(finding.criterion.name)

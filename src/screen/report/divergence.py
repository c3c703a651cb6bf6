"""Where two caseworkers, or two rule books, differ: in words.

In: `Divergence` values of one case or of many. Out: blocks, and rows of a table. Neither side is called right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from screen.engine.divergence import Divergence, DivergencePoint
from screen.engine.finding import Findings, grounds
from screen.report.document import Block, Heading, LabelledRows, NestedList, Paragraph
from screen.report.wording import Wording, recommendation_label, status_label

_MAX_SHOWN = 6  # points of divergence, and reasons of each
_MAX_CASES = 3  # cases that a team's row names


def divergence_blocks(divergence: Divergence, names: tuple[str, str]) -> Iterator[Block]:
    """Yield where two evaluations of a case first differ and why, then everything else that differs."""
    first, second = divergence.first, divergence.second
    yield Heading(1, f"{names[0]} and {names[1]}")
    recommendations = [recommendation_label(findings) for findings in (first, second)]
    yield LabelledRows(tuple(zip(names, recommendations, strict=True)))
    if first.profile.name != second.profile.name:
        yield Paragraph(f"They use different profiles: {first.profile.name}, {second.profile.name}.")
    if first.is_closed is not second.is_closed:
        yield Paragraph(f"The record of {names[second.is_closed]} is read as closed, that of the other as open.")
    elif first.is_closed:
        yield Paragraph("Both are read on the closed record.")
    if not divergence.criteria:
        yield Paragraph("Every criterion ends the same way.", "strong")
    for index, point in enumerate(divergence.points[:_MAX_SHOWN]):
        yield Heading(2, "They also differ at" if index else "Where they first differ")
        yield from _point(divergence, point, names)
    if len(divergence.points) > _MAX_SHOWN:
        yield Paragraph(f"And {len(divergence.points) - _MAX_SHOWN} more criteria.", "quiet")
    if divergence.facts:
        yield Heading(2, "Facts answered differently")
        yield LabelledRows(
            tuple((_question(divergence, name), _answers(divergence, name)) for name in divergence.facts)
        )
    if divergence.changed_presumptions:
        questions = " ".join(_question(divergence, name) for name in divergence.changed_presumptions)
        yield Paragraph(f"Presumed differently as a result, though answered the same: {questions}", "quiet")


def _point(divergence: Divergence, point: DivergencePoint, names: tuple[str, str]) -> Iterator[Block]:
    sides = list(zip(names, (divergence.first, divergence.second), point.statuses, strict=True))
    yield Heading(3, _criterion_title(divergence, point.criterion))
    yield LabelledRows(
        tuple(
            (name, "not in this rule book" if status is None else status_label(findings[point.criterion]))
            for name, findings, status in sides
        )
    )
    causes = [("Over the fact", f"{_question(divergence, name)} {_answers(divergence, name)}") for name in point.facts]
    causes += [("Over the reading", divergence.first.book.readings[name].title) for name in point.readings]
    if point.record_differs:
        causes.append(("Over the record", "one is closed, the other is open"))
    if point.law_differs:
        causes.append(("Over the law", "the two rule books differ here"))
    if not causes:
        # Two books whose criteria read the same can still differ in a row of treaties or in a presumption.
        causes.append(("Over", "the treaties or presumptions of the rule books"))
    yield LabelledRows(tuple(causes))
    for name, findings, status in sides:
        if status is not None:
            yield Paragraph(f"{name} rests on:", "quiet")
            yield NestedList(tuple((0, reason) for reason in _reasons(findings, point.criterion)))


def _reasons(findings: Findings, criterion: str) -> Iterator[str]:
    """Yield what decided a criterion: facts, then other criteria."""
    wording = Wording(findings)
    criteria, leaves = grounds(findings[criterion])
    reasons = [wording.leaf(leaf) for leaf in leaves]
    reasons += [
        f"{wording.title(part.criterion.name)}: {status_label(part).lower()}" for part in criteria if part.criterion
    ]
    reasons = list(dict.fromkeys(reasons))
    yield from reasons[:_MAX_SHOWN]
    if len(reasons) > _MAX_SHOWN:
        yield f"and {len(reasons) - _MAX_SHOWN} more"


def _criterion_title(divergence: Divergence, criterion: str) -> str:
    """Return the title of a criterion, from whichever book has it."""
    in_first = criterion in divergence.first.book.criteria
    return Wording(divergence.first if in_first else divergence.second).title(criterion)


def _question(divergence: Divergence, fact: str) -> str:
    in_first = fact in divergence.first.book.facts
    return Wording(divergence.first if in_first else divergence.second).question(fact)


def _answers(divergence: Divergence, fact: str) -> str:
    return f"{_answer(divergence.first, fact)}; {_answer(divergence.second, fact)}."


def _answer(findings: Findings, fact: str) -> str:
    established = findings.established.get(fact)
    if established is None:
        return "not in this rule book"
    return Wording(findings).answer(established, "not asked")


def team_rows(divergences: Mapping[str, Divergence]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return where the two files of each case differ most: rows by criterion of the first difference, and by fact."""
    cases_of_criterion: dict[str, list[str]] = {}
    cases_of_fact: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for case, divergence in divergences.items():
        for point in divergence.points[:1]:
            cases_of_criterion.setdefault(point.criterion, []).append(case)
            labels[point.criterion] = _criterion_title(divergence, point.criterion)
        for fact in divergence.facts:
            cases_of_fact.setdefault(fact, []).append(case)
            labels[fact] = _question(divergence, fact)
    return _count_rows(cases_of_criterion, labels), _count_rows(cases_of_fact, labels)


def _count_rows(cases_of_name: Mapping[str, Sequence[str]], labels: Mapping[str, str]) -> list[tuple[str, ...]]:
    ranked = sorted(cases_of_name.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(labels[name], str(len(cases)), _case_names(cases)) for name, cases in ranked]


def _case_names(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - _MAX_CASES} more" if len(cases) > _MAX_CASES else ""
    return ", ".join(cases[:_MAX_CASES]) + more

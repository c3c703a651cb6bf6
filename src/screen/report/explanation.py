"""Why a criterion ended as it did, down to the facts, and why not the other way.

In: findings and the name of a criterion. Out: blocks. Explanations are trimmed by the rule book: a criterion without
words is passed through unless everything is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.answer import MET, NONE, NOT_MET, OPEN
from screen.engine.finding import Finding, Findings
from screen.language.graph import facts_in
from screen.language.terms import All, AnyOf, AtLeast, ByReading, Not, Term, conditions
from screen.report.determination import element
from screen.report.document import Block, Heading, Paragraph, Points
from screen.report.wording import STATES, Words, grounds

DEPTH = 3


def explanation(findings: Findings, name: str, *, depth: int = DEPTH, everything: bool = False) -> Iterator[Block]:
    """Yield why a criterion ended as it did, and what would have made it end otherwise.

    `depth` is how many criteria are gone down through; with `everything` the terms that the rule book passes over are
    shown too.
    """
    words, finding = Words(findings), findings[name]
    yield from element(finding, words)
    yield Heading(3, "Why")
    told = list(_everything(finding, words, 0, depth) if everything else _trimmed(finding, words, 0, depth))
    yield Points(tuple(told))
    yield Heading(3, _otherwise(finding))
    yield from _why_not(finding, words)


def _trimmed(finding: Finding, words: Words, level: int, depth: int) -> Iterator[str]:
    """Yield the criteria with words and the facts that decided a finding, indented by level."""
    under, leaves = grounds(finding)
    for leaf in leaves:
        yield _indented(words.leaf(leaf), level)
    for one in under:
        assert one.criterion is not None
        yield _indented(f"{words.title(one.criterion.name)}: {STATES[one.state].lower()}", level)
        if level + 1 < depth:
            yield from _trimmed(one, words, level + 1, depth)


def _everything(finding: Finding, words: Words, level: int, depth: int) -> Iterator[str]:
    """Yield every part of a finding, decisive or not."""
    for part in finding.parts:
        decisive = "" if part in finding.deciding else " (not decisive)"
        yield _indented(f"{_name(part, words)}: {STATES[part.state].lower()}{decisive}", level)
        if level + 1 < depth * 2:
            yield from _everything(part, words, level + 1, depth)


def _name(finding: Finding, words: Words) -> str:
    if finding.criterion:
        return words.title(finding.criterion.name)
    if finding.known or finding.standing or not finding.parts:
        return words.leaf(finding)
    return _group(finding.term, words)


def _group(term: Term, words: Words) -> str:
    match term:
        case All():
            return "All of these"
        case AnyOf():
            return "Any of these"
        case AtLeast(needed):
            return f"At least {needed} of these"
        case Not():
            return "Not this"
        case ByReading(reading):
            return f"{words.book.readings[reading].title} As profile {words.findings.profile.name} reads it"
        case _:
            return "This"


def _indented(text: str, level: int) -> str:
    return "\N{NO-BREAK SPACE}" * 2 * level + text


def _otherwise(finding: Finding) -> str:
    return {
        MET: "Why not otherwise",
        NOT_MET: "Why it is not met, and what would meet it",
        OPEN: "What would settle it",
        NONE: "When it would apply",
    }[finding.state]


def _why_not(finding: Finding, words: Words) -> Iterator[Block]:
    """Yield what stands in the way of the other finding: for each part that decided, the answer that would turn it."""
    assert finding.criterion is not None
    says = finding.criterion.says
    if finding.state is OPEN:
        yield Points(tuple(words.question(known.fact.name) for known in finding.missing))
        return
    if finding.state is NONE:
        yield Paragraph(words.filled((says and says.not_applicable) or "Its condition to apply is not met."))
        return
    other = says and (says.not_met if finding.state is MET else says.met)
    if other:
        yield Paragraph(f"Otherwise it would read: {words.filled(other)}")
    turned = [known for known in finding.rests_on if not known.presumed]
    if turned:
        yield Paragraph("It rests on these answers; another answer, or one that is not believed, could turn it:")
        yield Points(tuple(f"{words.question(one.fact.name)} {words.answer(one)}" for one in turned))
    presumed = [known for known in finding.rests_on if known.presumed]
    if presumed:
        yield Paragraph("It rests on these presumptions; an answer beats each of them:")
        yield Points(tuple(f"{words.question(one.fact.name)} {words.answer(one)}" for one in presumed))
    if not turned and not presumed:
        asked = facts_in(conditions(finding.criterion))
        yield Paragraph("It rests on the rule book alone." if not asked else "It rests on the profile and on treaties.")

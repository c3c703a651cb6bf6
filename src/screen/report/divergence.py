"""Where two caseworkers, or two rule books, part: in words.

In: `Parted` values of one case or of many. Out: blocks, and rows of a table. Nobody is told to be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from screen.engine.divergence import Divergence, DivergencePoint
from screen.engine.finding import Findings, grounds
from screen.report.document import Block, Heading, LabelledRows, NestedList, Paragraph
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording

MOST = 6


def divergence_blocks(found: Divergence, names: tuple[str, str]) -> Iterator[Block]:
    """Yield where two workings of a case part first and why, then all else that they take or find otherwise."""
    first, second = found.first, found.second
    yield Heading(1, f"{names[0]} and {names[1]}")
    told = [RECOMMENDATION_LABELS[one.recommendation] for one in (first, second)]
    yield LabelledRows(tuple(zip(names, told, strict=True)))
    if first.profile.name != second.profile.name:
        yield Paragraph(f"They read the law by other profiles: {first.profile.name}, {second.profile.name}.")
    if not found.criteria:
        yield Paragraph("Every criterion ends alike.", "strong")
    for place, one in enumerate(found.points[:MOST]):
        yield Heading(2, "Where they part first" if place == 0 else "And they part at")
        yield from _parting(found, one, names)
    if len(found.points) > MOST:
        yield Paragraph(f"And {len(found.points) - MOST} more criteria.", "quiet")
    if found.facts:
        yield Heading(2, "Facts answered otherwise")
        yield LabelledRows(tuple((_question(found, name), _both(found, name)) for name in found.facts))
    if found.changed_presumptions:
        others = " ".join(_question(found, name) for name in found.changed_presumptions)
        yield Paragraph(f"Presumed otherwise for that, and answered alike: {others}", "quiet")


def _parting(found: Divergence, one: DivergencePoint, names: tuple[str, str]) -> Iterator[Block]:
    sides = list(zip(names, (found.first, found.second), one.statuses, strict=True))
    yield Heading(3, criterion_title(found, one.criterion))
    yield LabelledRows(
        tuple(
            (name, STATUS_LABELS[state] if state is not None else "not in this rule book") for name, _, state in sides
        )
    )
    rows = [("Over the fact", f"{_question(found, name)} {_both(found, name)}") for name in one.facts]
    for name in one.readings:
        reading = found.first.book.readings[name]
        rows.append(("Over the reading", reading.title))
    if one.law_differs:
        rows.append(("Over the law", "the two rule books say otherwise here"))
    if not rows:
        # A treaty row or a presumption can part two books that read alike.
        rows.append(("Over", "what the rule books hold of treaties, or presume"))
    yield LabelledRows(tuple(rows))
    for name, findings, state in sides:
        if state is not None:
            yield Paragraph(f"{name} rests on:", "quiet")
            yield NestedList(tuple(_chain(findings, one.criterion)))


def _chain(findings: Findings, criterion: str) -> Iterator[tuple[int, str]]:
    """Yield what decided a criterion, as an explanation tells it."""
    words = Wording(findings)
    under, leaves = grounds(findings[criterion])
    told = dict.fromkeys([words.leaf(leaf) for leaf in leaves])
    told.update(
        dict.fromkeys(
            f"{words.title(one.criterion.name)}: {STATUS_LABELS[one.status].lower()}" for one in under if one.criterion
        )
    )
    shown = list(told)
    yield from ((0, line) for line in shown[:MOST])
    if len(shown) > MOST:
        yield 0, f"and {len(shown) - MOST} more"


def criterion_title(found: Divergence, criterion: str) -> str:
    """Return the title of a criterion, from whichever book has it."""
    one = found.first if criterion in found.first.book.criteria else found.second
    return Wording(one).title(criterion)


def _question(found: Divergence, fact: str) -> str:
    one = found.first if fact in found.first.book.facts else found.second
    return Wording(one).question(fact)


def _both(found: Divergence, fact: str) -> str:
    return f"{_answer(found.first, fact)}; {_answer(found.second, fact)}."


def _answer(findings: Findings, fact: str) -> str:
    known = findings.established.get(fact)
    if known is None:
        return "not in this rule book"
    return Wording(findings).answer(known) if known.given or known.presumed else "not asked"


def team_rows(found: Mapping[str, Divergence]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return where a team parts most: rows by criterion where two files part first, and by fact taken otherwise."""
    firsts: dict[str, list[str]] = {}
    facts: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    for case, one in found.items():
        for parting in one.points[:1]:
            firsts.setdefault(parting.criterion, []).append(case)
            words[parting.criterion] = criterion_title(one, parting.criterion)
        for fact in one.facts:
            facts.setdefault(fact, []).append(case)
            words[fact] = _question(one, fact)
    return _counted(firsts, words), _counted(facts, words)


def _counted(found: Mapping[str, Sequence[str]], words: Mapping[str, str]) -> list[tuple[str, ...]]:
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(words[name], str(len(cases)), _listed(cases)) for name, cases in ranked]


def _listed(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
    return ", ".join(cases[:3]) + more

"""Why a criterion ended as it did, down to the facts, and why not the other way.

In: findings and the name of a criterion. Out: blocks. An explanation passes through criteria without words, unless all
parts are asked for. Nothing is explained twice: the second time there is only a criterion's title or a fact's number.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.case.evidence import EstablishedFact
from screen.engine.finding import Finding, Findings, grounds
from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED
from screen.report.determination import criterion_blocks
from screen.report.document import Block, Heading, ItemList, NestedList, Paragraph
from screen.report.wording import Wording, law_line, status_label
from screen.rulebook import terms

DEFAULT_DEPTH = 2
_Branches = Iterator[tuple[int, str]]
_SEE_ABOVE = " (see above)"
_WHY_NOT_HEADINGS = {
    MET: "Why not otherwise",
    NOT_MET: "Why not met, and what would meet it",
    UNDETERMINED: "What would settle it",
    NOT_APPLICABLE: "When it would apply",
}


def explanation_blocks(
    findings: Findings, name: str, *, depth: int = DEFAULT_DEPTH, all_parts: bool = False
) -> Iterator[Block]:
    """Yield why a criterion ended as it did, and what would have made it end differently.

    `depth` is how many levels of criteria are explained; with `all_parts` those that were not decisive are shown too.
    """
    wording, finding = Wording(findings), findings[name]
    writer = _TreeWriter(wording, depth)
    yield from criterion_blocks(finding, wording, reasons=False)
    yield Heading(3, "Why")
    yield NestedList(tuple(writer.all_parts(finding, 0) if all_parts else writer.decisive_parts(finding, 0)))
    yield Heading(3, "What would show it" if finding.not_shown else _WHY_NOT_HEADINGS[finding.status])
    yield from _why_not(finding, wording)
    yield Paragraph(law_line(findings), "quiet")


class _TreeWriter:
    """Writes findings as a tree, each criterion and each fact in full once."""

    def __init__(self, wording: Wording, depth: int) -> None:
        self.wording, self.depth = wording, depth
        self.written: set[str] = set()

    def decisive_parts(self, finding: Finding, level: int) -> _Branches:
        """Yield the facts and the criteria with words that decided a finding."""
        criteria, leaves = grounds(finding)
        first_of_key: dict[str, Finding] = {}
        for leaf in leaves:
            first_of_key.setdefault(_key(leaf), leaf)
        yield from ((level, self._leaf(leaf)) for leaf in first_of_key.values())
        for part in criteria:
            assert part.criterion is not None
            name = part.criterion.name
            repeated = self._is_repeated(name)
            status = status_label(part).lower()
            yield level, f"{self.wording.title(name)}: {status}{_SEE_ABOVE if repeated else ''}"
            if not repeated and level + 1 < self.depth:
                yield from self.decisive_parts(part, level + 1)

    def all_parts(self, finding: Finding, level: int) -> _Branches:
        """Yield every part of a finding, decisive or not."""
        for part in finding.parts:
            repeated = part.criterion is not None and self._is_repeated(part.criterion.name)
            status = status_label(part).lower()
            decisive = "" if part in finding.deciding else " (not decisive)"
            yield level, f"{self._label(part)}: {status}{decisive}{_SEE_ABOVE if repeated else ''}"
            if not repeated and level + 1 < self.depth * 2:
                yield from self.all_parts(part, level + 1)

    def _is_repeated(self, key: str) -> bool:
        """Tell whether this was written before, and note that it is written now."""
        repeated = key in self.written
        self.written.add(key)
        return repeated

    def _leaf(self, leaf: Finding) -> str:
        """Return a comparison with its answer; a fact that was written before by its number alone."""
        repeated, fact = self._is_repeated(_key(leaf)), leaf.established
        if repeated and fact and fact.fact.name in self.wording.numbers and not isinstance(leaf.term, terms.Binds):
            return f"Fact {self.wording.fact_numbers([fact])}"
        return self.wording.leaf(leaf)

    def _label(self, finding: Finding) -> str:
        if finding.criterion:
            return self.wording.title(finding.criterion.name)
        if finding.established or isinstance(finding.term, terms.TakesSide | terms.InForce):
            return self._leaf(finding)
        return _group_label(finding.term, self.wording)


def _key(leaf: Finding) -> str:
    """Return what two comparisons share that need not be explained twice: a reading, a treaty of a State, a fact."""
    if isinstance(leaf.term, terms.TakesSide):
        return leaf.term.reading
    if isinstance(leaf.term, terms.InForce):
        return str(leaf.term)
    assert leaf.established is not None
    name = leaf.established.fact.name
    return f"{name} {leaf.term.treaty}" if isinstance(leaf.term, terms.Binds) else name


def _group_label(term: terms.Term, wording: Wording) -> str:
    match term:
        case terms.All():
            return "All of these"
        case terms.AnyOf():
            return "Any of these"
        case terms.AtLeast(needed):
            return f"At least {needed} of these"
        case terms.Not():
            return "Not this"
        case terms.ByReading(reading):
            return f"{wording.book.readings[reading].title} As profile {wording.findings.profile.name} reads it"
        case _:
            return "This"


def _why_not(finding: Finding, wording: Wording) -> Iterator[Block]:
    """Yield what stands in the way of another finding, and which answers could change this one."""
    assert finding.criterion is not None
    says = finding.criterion.says
    if finding.status is UNDETERMINED or finding.not_shown:
        if finding.missing:
            yield Paragraph("Answers to these questions, as far as each still matters once others are answered:")
            yield ItemList(tuple(wording.question(fact.fact.name) for fact in finding.missing))
        else:
            yield Paragraph("Whether a treaty binds the State, which the rule book does not say.")
        return
    if finding.status is NOT_APPLICABLE:
        yield Paragraph(wording.fill((says and says.not_applicable) or "Its condition for applying is not met."))
        return
    opposite = says and (says.not_met if finding.status is MET else says.met)
    if opposite:
        yield Paragraph(f"Otherwise it would read: {wording.fill(opposite)}")
    answered = [fact for fact in finding.rests_on if not fact.presumed]
    presumed = [fact for fact in finding.rests_on if fact.presumed]
    if answered:
        yield Paragraph(f"It rests on {_facts(answered, wording)}; another answer, or disbelief, could change it.")
    if presumed:
        yield Paragraph(f"It relies on presumed {_facts(presumed, wording)}; any answer overrides a presumption.")
    if not answered and not presumed:
        yield Paragraph("It rests on the profile and on treaties alone.")


def _facts(facts: list[EstablishedFact], wording: Wording) -> str:
    numbers = wording.fact_numbers(facts).replace(" (presumed)", "")
    return f"{'facts' if len(facts) > 1 else 'fact'} {numbers}"

"""Why a criterion ended as it did, down to the facts, and why not the other way.

In: findings and the name of a criterion. Out: blocks. Explanations are trimmed by the rule book: a criterion without
words is passed through unless everything is asked for. Nothing is told twice: what stands above is named again by its
title or its number alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.case.evidence import EstablishedFact
from screen.engine.finding import Finding, Findings, grounds
from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED
from screen.report.determination import criterion_blocks
from screen.report.document import Block, Heading, ItemList, NestedList, Paragraph
from screen.report.wording import STATUS_LABELS, Wording, law_line
from screen.rulebook import terms

DEFAULT_DEPTH = 2
_Branches = Iterator[tuple[int, str]]


def explanation_blocks(
    findings: Findings, name: str, *, depth: int = DEFAULT_DEPTH, all_parts: bool = False
) -> Iterator[Block]:
    """Yield why a criterion ended as it did, and what would have made it end otherwise.

    `depth` is how many criteria are gone down through; with `everything` the parts that decided nothing are shown too.
    """
    words, finding = Wording(findings), findings[name]
    teller = _Teller(words, depth)
    yield from criterion_blocks(finding, words, reasons=False)
    yield Heading(3, "Why")
    yield NestedList(tuple(teller.everything(finding, 0) if all_parts else teller.trimmed(finding, 0)))
    yield Heading(3, _OTHERWISE[finding.status])
    yield from _why_not(finding, words)
    yield Paragraph(law_line(findings), "quiet")


_OTHERWISE = {
    MET: "Why not otherwise",
    NOT_MET: "Why not met, and what would meet it",
    UNDETERMINED: "What would settle it",
    NOT_APPLICABLE: "When it would apply",
}


class _Teller:
    """Tells findings as a tree, each criterion and each fact in full once."""

    def __init__(self, words: Wording, depth: int) -> None:
        self.words, self.depth = words, depth
        self.told: set[str] = set()

    def trimmed(self, finding: Finding, level: int) -> _Branches:
        """Yield the facts and the criteria with words that decided a finding."""
        under, leaves = grounds(finding)
        here: set[str] = set()
        for leaf in leaves:
            if (name := _key(leaf)) not in here:
                here.add(name)
                yield level, self._leaf(leaf)
        for one in under:
            assert one.criterion is not None
            name = one.criterion.name
            again = name in self.told
            self.told.add(name)
            yield (
                level,
                f"{self.words.title(name)}: {STATUS_LABELS[one.status].lower()}{' (told above)' if again else ''}",
            )
            if not again and level + 1 < self.depth:
                yield from self.trimmed(one, level + 1)

    def everything(self, finding: Finding, level: int) -> _Branches:
        """Yield every part of a finding, decisive or not."""
        for part in finding.parts:
            decisive = "" if part in finding.deciding else " (decides nothing)"
            again = part.criterion is not None and part.criterion.name in self.told
            if part.criterion:
                self.told.add(part.criterion.name)
            yield (
                level,
                f"{self._name(part)}: {STATUS_LABELS[part.status].lower()}{decisive}{' (told above)' if again else ''}",
            )
            if not again and level + 1 < self.depth * 2:
                yield from self.everything(part, level + 1)

    def _leaf(self, leaf: Finding) -> str:
        """Return a comparison with its answer; a fact that was told before by its number alone."""
        name = _key(leaf)
        again = name in self.told
        self.told.add(name)
        if (
            again
            and leaf.established
            and leaf.established.fact.name in self.words.numbers
            and not isinstance(leaf.term, terms.Binds)
        ):
            return f"Fact {self.words.fact_numbers([leaf.established])}"
        return self.words.leaf(leaf)

    def _name(self, finding: Finding) -> str:
        if finding.criterion:
            return self.words.title(finding.criterion.name)
        if finding.established or isinstance(finding.term, terms.TakesSide | terms.InForce):
            return self._leaf(finding)
        return _group(finding.term, self.words)


def _key(leaf: Finding) -> str:
    if isinstance(leaf.term, terms.TakesSide):
        return leaf.term.reading
    if isinstance(leaf.term, terms.InForce):
        return str(leaf.term)
    assert leaf.established is not None
    return (
        f"{leaf.established.fact.name} {leaf.term.treaty}"
        if isinstance(leaf.term, terms.Binds)
        else leaf.established.fact.name
    )


def _group(term: terms.Term, words: Wording) -> str:
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
            return f"{words.book.readings[reading].title} As profile {words.findings.profile.name} reads it"
        case _:
            return "This"


def _why_not(finding: Finding, words: Wording) -> Iterator[Block]:
    """Yield what stands in the way of the other finding, and which answers could turn this one."""
    assert finding.criterion is not None
    says = finding.criterion.says
    if finding.status is UNDETERMINED:
        if finding.missing:
            yield Paragraph("An answer to these, as far as each still matters when the others are answered:")
            yield ItemList(tuple(words.question(known.fact.name) for known in finding.missing))
        else:
            yield Paragraph("Whether a treaty binds the State, which the rule book does not say.")
        return
    if finding.status is NOT_APPLICABLE:
        yield Paragraph(words.fill((says and says.not_applicable) or "Its condition to apply is not met."))
        return
    other = says and (says.not_met if finding.status is MET else says.met)
    if other:
        yield Paragraph(f"Otherwise it would read: {words.fill(other)}")
    answers = [known for known in finding.rests_on if not known.presumed]
    presumed = [known for known in finding.rests_on if known.presumed]
    if answers:
        yield Paragraph(f"{_facts('It rests on', answers, words)}; another answer there, or disbelief, could turn it.")
    if presumed:
        yield Paragraph(f"{_facts('It leans on presumed', presumed, words)}; any answer beats a presumption.")
    if not answers and not presumed:
        yield Paragraph("It rests on the profile and on treaties alone.")


def _facts(lead: str, facts: list[EstablishedFact], words: Wording) -> str:
    numbers = words.fact_numbers(facts).replace(" (presumed)", "")
    return f"{lead} {'facts' if len(facts) > 1 else 'fact'} {numbers}"

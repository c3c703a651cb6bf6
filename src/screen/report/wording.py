"""Findings, terms and facts in words.

In: values of the engine. Out: short plain sentences. The words of the law stand in the rule book; here is only what
joins them.
"""

from __future__ import annotations

from collections.abc import Iterable

from screen.case.evidence import Credibility, EstablishedFact, answer_words, filled, marks
from screen.engine.finding import UNDETERMINED_NO_RETURN, Finding, Findings
from screen.logic import Status
from screen.rulebook import terms
from screen.rulebook.dependencies import readings_in
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Criterion, criterion_terms
from screen.text import sanitize_line

STATUS_LABELS = {
    Status.MET: "Met",
    Status.NOT_MET: "Not met",
    Status.UNDETERMINED: "Undetermined",
    Status.NOT_APPLICABLE: "Not applicable",
}
CREDIBILITY_LABELS = {
    Credibility.ACCEPTED: "accepted",
    Credibility.BENEFIT: "accepted by the benefit of the doubt",
    Credibility.NOT_ASSESSED: "credibility not yet assessed",
    Credibility.REJECTED: "rejected",
}
BURDEN_LABELS = {"applicant": "on the applicant", "shared": "shared", "authority": "on the authority"}
UNDETERMINED_TEXT = "Undetermined. The person is to be treated as an asylum-seeker and may not be returned meanwhile."
RECOMMENDATION_LABELS = {
    "recognise": "Recognise as a refugee",
    "complementary_protection": "Protect on complementary grounds",
    UNDETERMINED_NO_RETURN: "Undetermined, no return meanwhile",
    "refer_review": "Refer to a human for review",
    "refer_exclusion_specialist": "Refer to an exclusion specialist",
}


def format_count(count: int, noun: str) -> str:
    """Return a number with what is counted: 1 case, 2 cases."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def law_line(findings: Findings) -> str:
    """Return which law findings were made under: the profile and the day."""
    return f"Read under {findings.profile.name}, law as of {findings.book.law_as_of.isoformat()}."


class Wording:
    """The words of one set of findings: names of States filled in, facts numbered as the determination lists them."""

    def __init__(self, findings: Findings) -> None:
        self.findings, self.book = findings, findings.book
        listed = [name for name, known in findings.established.items() if known.given or known.presumed]
        self.numbers = {name: index for index, name in enumerate(listed, 1)}

    def fill(self, text: str) -> str:
        """Return words of the rule book with the names of the two States."""
        known = self.findings.established
        return filled(text, self.book, known[ORIGIN_FACT].value, known[HOST_FACT].value)

    def question(self, name: str) -> str:
        """Return a fact's question."""
        return self.fill(self.book.facts[name].ask)

    def title(self, name: str) -> str:
        """Return a criterion's title."""
        return self.fill(self.book.criteria[name].title)

    def says(self, finding: Finding) -> str | None:
        """Return what a criterion says of how it ended, or None where it has no words."""
        says = finding.criterion.says if finding.criterion else None
        if says is None:
            return None
        words = {
            Status.MET: says.met,
            Status.NOT_MET: says.not_met,
            Status.UNDETERMINED: says.undetermined,
            Status.NOT_APPLICABLE: says.not_applicable or "Not applicable.",
        }
        return self.fill(words[finding.status])

    def answer(self, known: EstablishedFact) -> str:
        """Return the answer to a fact in words, and whether it is presumed or how far it is believed."""
        fact = known.fact
        if known.presumed:
            return f"{answer_words(self.book, fact, known.value)} (presumed)"
        assert known.given is not None
        words = sanitize_line(answer_words(self.book, fact, known.given.value))
        if known.given.credibility is Credibility.REJECTED:
            counts = answer_words(self.book, fact, known.value)
            return f"{words} (rejected; counts as {counts})"
        if known.given.credibility is Credibility.NOT_ASSESSED:
            return words
        return f"{words} ({CREDIBILITY_LABELS[known.given.credibility]})"

    def fact_numbers(self, facts: Iterable[EstablishedFact]) -> str:
        """Return facts by their numbers: `3, 7 and 12 (presumed)`."""
        once = {known.fact.name: known for known in facts if known.fact.name in self.numbers}
        told = [
            f"{self.numbers[name]}{' (presumed)' if once[name].presumed else ''}"
            for name in sorted(once, key=self.numbers.__getitem__)
        ]
        return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)

    def standard(self, criterion: Criterion) -> str | None:
        """Return the standard of proof in words, as the profile's reading chooses it where it is contested."""
        name = criterion.standard
        if name is None:
            return None
        if name in self.book.standards:
            return self.book.standards[name]
        side = self.findings.profile.readings[name]
        return self.book.standards.get(side) or self.book.readings[name].side(side).says

    def readings(self, criterion: Criterion) -> list[str]:
        """Return, for each contested point that a criterion turns on, the side the profile takes."""
        told = []
        for name in readings_in(criterion_terms(criterion)):
            reading = self.book.readings[name]
            side = reading.side(self.findings.profile.readings[name])
            told.append(f"{reading.title} {self.fill(side.says)}")
        return told

    def citations(self, names: Iterable[str]) -> str:
        """Return authorities as they are cited, one after the other; the pinpoints of one stand together."""
        pinpoints: dict[str, list[str]] = {}
        for source in (self.book.sources[name] for name in names):
            pinpoints.setdefault(source.short or source.cite, []).append(source.pinpoint + marks(source))
        return "; ".join(f"{name}, {_joined(pins)}" for name, pins in pinpoints.items())

    def leaf(self, finding: Finding) -> str:
        """Return a comparison and its answer in a line."""
        if isinstance(finding.term, terms.Binds):
            return self._binds(finding)
        if isinstance(finding.term, terms.TakesSide):
            return self._takes(finding.term)
        if isinstance(finding.term, terms.InForce):
            return f"Law of {self.book.law_as_of.isoformat()}; this is in force {in_force_period(finding.term)}."
        assert finding.established is not None
        known = finding.established
        told = self.answer(known) if known.given or known.presumed else "not asked yet"
        number = f"{self.numbers[known.fact.name]}. " if known.fact.name in self.numbers else ""
        return f"{number}{self.question(known.fact.name)} {told[:1].upper()}{told[1:]}"

    def _binds(self, finding: Finding) -> str:
        assert isinstance(finding.term, terms.Binds)
        assert finding.established is not None
        treaty = self.book.treaties[finding.term.treaty]
        state = self.fill("{host}" if finding.term.fact == HOST_FACT else "{origin}")
        if finding.standing is None:
            return f"{state}: whether the {treaty} binds it is not in the rule book."
        standing = finding.standing
        how = {"party": "is bound by", "signed": "has signed and not ratified", "not_party": "is not party to"}
        since = f" since {standing.since.isoformat()}" if standing.since and standing.standing == "party" else ""
        doubt = " [unverified]" if standing.unverified else ""
        return f"{state} {how[standing.standing]} the {treaty}{since}.{doubt}"

    def _takes(self, term: terms.TakesSide) -> str:
        reading = self.book.readings[term.reading]
        side = reading.side(self.findings.profile.readings[term.reading])
        return f"{reading.title} Profile {self.findings.profile.name}: {self.fill(side.says)}"


def in_force_period(term: terms.InForce) -> str:
    """Return between which days something is in force: `from 2022-06-28 until 2026-07-01`."""
    since = [f"from {term.since.isoformat()}"] if term.since else []
    until = [f"until {term.until.isoformat()}"] if term.until else []
    return " ".join([*since, *until])


def _joined(pinpoints: list[str]) -> str:
    """Return pinpoints of one authority: `paras 37, 38 and 42` for single paragraphs, else one after the other."""
    paragraphs = [pin.removeprefix("para ") for pin in pinpoints if pin.startswith("para ")]
    others = [pin for pin in pinpoints if not pin.startswith("para ")]
    if len(paragraphs) < 2:
        return ", ".join(pinpoints)
    return ", ".join([f"paras {', '.join(paragraphs[:-1])} and {paragraphs[-1]}", *others])

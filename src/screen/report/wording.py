"""The wording that all reports share: labels, and findings, terms and facts in sentences.

The words of the law come from the rule book; this module only joins them.
"""

from __future__ import annotations

from collections.abc import Iterable

from screen.case.evidence import Credibility, EstablishedFact, answer_words, filled, marks
from screen.case.record import Record, record_line
from screen.engine.finding import UNDETERMINED_NO_RETURN, Finding, Findings
from screen.logic import Answer, Status
from screen.rulebook import terms
from screen.rulebook.dependencies import readings_in
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Criterion, RuleBook, criterion_terms
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
#: Who can tell a fact.
KNOWN_FROM_LABELS = {"applicant": "the applicant", "officer": "the officer", "country": "sources on the country"}
BURDEN_LABELS = {"applicant": "on the applicant", "shared": "shared", "authority": "on the authority"}
#: What is said of an element that was not shown, by who bears its burden.
NOT_SHOWN_TEXTS = {
    "applicant": "Not shown, and it was for the applicant to show it.",
    "shared": "Not shown, and the applicant and the authority share the burden.",
    "authority": "Not shown, and it was for the authority to show it.",
}
#: Whose task an open fact is, once the record is closed: who can tell, or a person who judges.
TASK_LABELS = {
    "judgement": "For a judgement",
    "officer": "For the officer",
    "country": "From country information",
    None: "Missing",
    "applicant": "Not known",
}
UNDETERMINED_TEXT = "Undetermined. The person is to be treated as an asylum-seeker and may not be returned meanwhile."
RECOMMENDATION_LABELS = {
    "recognise": "Recognise as a refugee",
    "complementary_protection": "Protect on complementary grounds",
    UNDETERMINED_NO_RETURN: "Undetermined, no return meanwhile",
    "refer_review": "Refer to a human for review",
    "refer_exclusion_specialist": "Refer to an exclusion specialist",
}


def status_label(finding: Finding) -> str:
    """Return the label of a finding's status; one that is not met for want of showing says so."""
    label = STATUS_LABELS[finding.status]
    return label if finding.not_shown is None else f"{label} (not shown)"


def by_task(facts: Iterable[EstablishedFact]) -> dict[str, list[str]]:
    """Return the names of open facts by whose task they are on a closed record."""
    tasks: dict[str, list[str]] = {label: [] for label in TASK_LABELS.values()}
    for fact in facts:
        tasks[TASK_LABELS["judgement" if fact.fact.judgement else fact.fact.known_from]].append(fact.fact.name)
    return {label: names for label, names in tasks.items() if names}


def capitalize(text: str) -> str:
    """Return a text with its first letter upper case and the rest as it is."""
    return text[:1].upper() + text[1:]


def uncapitalize(text: str) -> str:
    """Return a text with its first letter lower case and the rest as it is."""
    return text[:1].lower() + text[1:]


def fill_without_case(book: RuleBook, text: str) -> str:
    """Return words of the rule book where no case is at hand: `the host State` in place of a name."""
    return filled(text, book, Answer.UNKNOWN, Answer.UNKNOWN)


def format_count(count: int, noun: str) -> str:
    """Return a number with what is counted: 1 case, 2 cases."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def law_line(findings: Findings, record: Record | None = None) -> str:
    """Return the profile, the day of the law and the record that findings were made under; `record` is the case's."""
    read_under = f"Read under {findings.profile.name}, law as of {findings.book.law_as_of.isoformat()}"
    if record is None:
        return f"{read_under}{', on the closed record' if findings.is_closed else ''}."
    return f"{read_under}. {record_line(record, read_as_closed=findings.is_closed)}"


def recommendation_label(findings: Findings) -> str:
    """Return what is recommended, and what it waits for where that is an assessment."""
    label = RECOMMENDATION_LABELS[findings.recommendation]
    if not findings.to_assess:
        return label
    return f"{label}; once what it rests on is assessed: {uncapitalize(RECOMMENDATION_LABELS[findings.on_assessment])}"


class Wording:
    """The wording of one set of findings: names of States filled in, facts numbered as the determination lists them."""

    def __init__(self, findings: Findings) -> None:
        self.findings, self.book = findings, findings.book
        listed = [name for name, fact in findings.established.items() if fact.given or fact.presumed]
        self.numbers = {name: number for number, name in enumerate(listed, 1)}

    def fill(self, text: str) -> str:
        """Return words of the rule book with the names of the two States filled in."""
        facts = self.findings.established
        return filled(text, self.book, facts[ORIGIN_FACT].value, facts[HOST_FACT].value)

    def question(self, fact: str) -> str:
        """Return the question of a fact."""
        return self.fill(self.book.facts[fact].ask)

    def title(self, criterion: str) -> str:
        """Return the title of a criterion."""
        return self.fill(self.book.criteria[criterion].title)

    def title_with_bearing(self, criterion: str) -> str:
        """Return the title of a criterion; one that is bad for the claim says so."""
        adverse = " (against the claim if met)" if self.book.criteria[criterion].adverse else ""
        return f"{self.title(criterion)}{adverse}"

    def says(self, finding: Finding) -> str | None:
        """Return what a criterion says of how it ended, or None where it has no words.

        What it says where it is not met would be said of facts; of what was not shown nothing is known.
        """
        if finding.not_shown is not None:
            return NOT_SHOWN_TEXTS[finding.not_shown]
        says = finding.criterion.says if finding.criterion else None
        if says is None:
            return None
        texts = {
            Status.MET: says.met,
            Status.NOT_MET: says.not_met,
            Status.UNDETERMINED: says.undetermined,
            Status.NOT_APPLICABLE: says.not_applicable or "Not applicable.",
        }
        return self.fill(texts[finding.status])

    def would_show(self, finding: Finding) -> str | None:
        """Return what would settle a criterion that was not shown, or None where it has no words."""
        says = finding.criterion.says if finding.criterion else None
        return None if says is None else self.fill(says.undetermined)

    def answer(self, established: EstablishedFact, unanswered: str = "not asked yet") -> str:
        """Return the answer to a fact, and whether it is presumed or how far it is believed.

        `unanswered` is returned where there is neither an answer nor a presumption.
        """
        fact, given = established.fact, established.given
        if established.presumed:
            return f"{answer_words(self.book, fact, established.value)} (presumed)"
        if given is None:
            return unanswered
        text = sanitize_line(answer_words(self.book, fact, given.value))
        if given.credibility is Credibility.REJECTED:
            return f"{text} (rejected; counts as {answer_words(self.book, fact, established.value)})"
        if given.credibility is Credibility.NOT_ASSESSED:
            return text
        return f"{text} ({CREDIBILITY_LABELS[given.credibility]})"

    def question_and_answer(self, established: EstablishedFact, unanswered: str = "not asked yet") -> str:
        """Return the question of a fact and its answer."""
        return f"{self.question(established.fact.name)} {capitalize(self.answer(established, unanswered))}"

    def fact_numbers(self, facts: Iterable[EstablishedFact]) -> str:
        """Return facts by their numbers: `3, 7 and 12 (presumed)`."""
        by_name = {fact.fact.name: fact for fact in facts if fact.fact.name in self.numbers}
        labels = [
            f"{self.numbers[name]}{' (presumed)' if by_name[name].presumed else ''}"
            for name in sorted(by_name, key=self.numbers.__getitem__)
        ]
        return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)

    def standard(self, criterion: Criterion) -> str | None:
        """Return the standard of proof of a criterion, or None where it has none."""
        return None if criterion.standard is None else self.standard_text(criterion.standard)

    def standard_text(self, name: str) -> str:
        """Return a standard of proof; where it is a contested point, the standard that the profile takes."""
        if name in self.book.standards:
            return self.book.standards[name]
        side = self.findings.profile.readings[name]
        return self.book.standards.get(side) or self.book.readings[name].side(side).says

    def readings(self, criterion: Criterion) -> list[str]:
        """Return the side that the profile takes on each contested point of a criterion."""
        return [
            f"{self.book.readings[name].title} {self.side(name)}" for name in readings_in(criterion_terms(criterion))
        ]

    def side(self, reading: str) -> str:
        """Return what the profile holds on a contested point."""
        return self.fill(self.book.readings[reading].side(self.findings.profile.readings[reading]).says)

    def citations(self, names: Iterable[str]) -> str:
        """Return authorities in short; the pinpoints of one authority stand together."""
        pinpoints: dict[str, list[str]] = {}
        for source in (self.book.sources[name] for name in names):
            pinpoints.setdefault(source.short or source.cite, []).append(source.pinpoint + marks(source))
        return "; ".join(f"{name}, {_join_pinpoints(pins)}" for name, pins in pinpoints.items())

    def leaf(self, finding: Finding) -> str:
        """Return a comparison and its answer in a line."""
        match finding.term:
            case terms.Binds():
                return self._treaty(finding, finding.term)
            case terms.TakesSide(reading):
                profile = self.findings.profile.name
                return f"{self.book.readings[reading].title} Profile {profile}: {self.side(reading)}"
            case terms.InForce():
                return f"Law of {self.book.law_as_of.isoformat()}; this is in force {in_force_period(finding.term)}."
        assert finding.established is not None
        number = self.numbers.get(finding.established.fact.name)
        prefix = "" if number is None else f"{number}. "
        return f"{prefix}{self.question_and_answer(finding.established)}"

    def _treaty(self, finding: Finding, term: terms.Binds) -> str:
        treaty, standing = self.book.treaties[term.treaty], finding.standing
        state = self.fill("{host}" if term.fact == HOST_FACT else "{origin}")
        if standing is None:
            return f"{state}: whether the {treaty} binds it is not in the rule book."
        verb = {"party": "is bound by", "signed": "has signed but not ratified", "not_party": "is not party to"}
        since = f" since {standing.since.isoformat()}" if standing.since and standing.standing == "party" else ""
        unverified = " [unverified]" if standing.unverified else ""
        return f"{state} {verb[standing.standing]} the {treaty}{since}.{unverified}"


def in_force_period(term: terms.InForce) -> str:
    """Return between which days something is in force: `from 2022-06-28 until 2026-07-01`."""
    since = [f"from {term.since.isoformat()}"] if term.since else []
    until = [f"until {term.until.isoformat()}"] if term.until else []
    return " ".join([*since, *until])


def _join_pinpoints(pinpoints: list[str]) -> str:
    """Return pinpoints of one authority: `paras 37, 38 and 42` for single paragraphs, else one after the other."""
    paragraphs = [pinpoint.removeprefix("para ") for pinpoint in pinpoints if pinpoint.startswith("para ")]
    others = [pinpoint for pinpoint in pinpoints if not pinpoint.startswith("para ")]
    if len(paragraphs) < 2:
        return ", ".join(pinpoints)
    return ", ".join([f"paras {', '.join(paragraphs[:-1])} and {paragraphs[-1]}", *others])

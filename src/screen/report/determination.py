"""The reasoned determination, part by part, in the order that practice expects.

In: a case with its findings, ledger, positions and the next question. Out: blocks. Left alone: how they look (`text`,
`markdown`) and the law (every sentence of law is the rule book's own).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from screen.case.case_file import ABOUT, Case
from screen.case.evidence import EstablishedFact, answer_words, cited
from screen.engine.finding import Finding, Findings, grounds
from screen.engine.ledger import BenefitLedger
from screen.engine.positions import Positions
from screen.interview.next_question import Question
from screen.logic import NOT_APPLICABLE, UNDETERMINED
from screen.report import supplements
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph
from screen.report.wording import (
    BURDEN_LABELS,
    RECOMMENDATION_LABELS,
    STATUS_LABELS,
    UNDETERMINED_TEXT,
    Wording,
    law_line,
)
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Presumption
from screen.text import sanitize, sanitize_line
from screen.version import VERSION

DISCLAIMER = (
    "Screening aid, not a determination. A qualified person decides, and reads the file. What is unknown is never "
    "counted against the applicant; the program refuses nobody. Exclusion and cessation are never decided here. "
    "Country information and pinpoints marked [unverified] were not confirmed. This text is confidential: keep it "
    "where the case file is kept."
)


@dataclass(frozen=True, slots=True)
class Determination:
    """All that a determination is written from."""

    case: Case
    findings: Findings
    ledger: BenefitLedger
    positions: Positions
    next_question: Question | None


def brief_blocks(whole: Determination) -> Iterator[Block]:
    """Yield what a caseworker with forty files reads first: the conclusions with their reasons, what is missing."""
    words, findings = Wording(whole.findings), whole.findings
    yield Heading(1, f"Case {whole.case.name}")
    yield Paragraph(law_line(findings))
    yield Paragraph(_given(findings, words), "strong")
    reasons = ((findings[name], words.says(findings[name])) for name in findings.book.conclusions)
    yield LabelledRows(
        tuple(
            (STATUS_LABELS[finding.status], f"{_title(finding, words)}. {says or ''}".strip())
            for finding, says in reasons
            if finding.status is not NOT_APPLICABLE
        )
    )
    if whole.next_question:
        yield Paragraph(f"Next question: {words.question(whole.next_question.fact.name)}")
    yield Paragraph("In full: leave out --brief. Screening aid, not a determination.", "quiet")


def determination_blocks(whole: Determination) -> Iterator[Block]:
    """Yield the determination block by block."""
    words = Wording(whole.findings)
    parts = (
        _header,
        _in_short,
        _claim,
        _material_facts,
        _examination,
        _before_and_after,
        _positions,
        _authorities,
        _judgements,
        _missing,
        _recommendation,
    )
    for part in parts:
        yield from part(whole, words)


def _header(whole: Determination, words: Wording) -> Iterator[Block]:
    findings, book = whole.findings, whole.findings.book
    yield Heading(1, f"Case {whole.case.name}")
    states = [("Country of origin", ORIGIN_FACT), ("Host State", HOST_FACT)]
    about = [(ABOUT[key], sanitize_line("; ".join(lines))) for key, lines in whole.case.about.items()]
    yield LabelledRows(
        (
            ("Profile", findings.profile.title),
            *((label, _state(findings.established[name], words)) for label, name in states),
            *about,
            (
                "Rule book",
                f"{book.title} {book.version}, law as of {book.law_as_of.isoformat()}, hash {book.hash[:12]}",
            ),
            ("Program", f"rsd {VERSION}"),
        )
    )


def _state(known: EstablishedFact, words: Wording) -> str:
    return words.answer(known) if known.given or known.presumed else "not known"


def _in_short(whole: Determination, words: Wording) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "In short")
    yield Paragraph(f"{RECOMMENDATION_LABELS[findings.recommendation]}.", "strong")
    yield LabelledRows(
        tuple((words.title(name), STATUS_LABELS[findings[name].status]) for name in findings.book.conclusions)
    )


def _claim(whole: Determination, words: Wording) -> Iterator[Block]:
    yield Heading(2, "The claim")
    if whole.case.claim:
        for paragraph in sanitize(whole.case.claim).strip().split("\n\n"):
            yield Paragraph(" ".join(paragraph.split()))
    else:
        yield Paragraph("The file holds no account in the applicant's own words.", "quiet")


def _material_facts(whole: Determination, words: Wording) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "Material facts")
    if not words.numbers:
        yield Paragraph("Nothing has been asked yet.", "quiet")
    for chapter, title in findings.book.chapters.items():
        facts = [known for known in findings.established.values() if known.fact.chapter == chapter and known.given]
        if facts:
            yield Heading(3, title)
            yield LabelledRows(
                tuple((f"{words.numbers[known.fact.name]}.", _statement(known, words)) for known in facts)
            )
    of_state = [known for known in findings.presumed if known.presumed and known.presumed.origin]
    not_raised = [known for known in findings.presumed if known not in of_state]
    if of_state:
        yield Heading(3, "Presumed from country information, until rebutted")
        yield LabelledRows(tuple((f"{words.numbers[known.fact.name]}.", _presumed(known, words)) for known in of_state))
    if not_raised:
        yield Heading(3, "Not raised, and so taken not to be so until an answer says otherwise")
        told = ((f"{words.numbers[known.fact.name]}.", _not_raised(known, words)) for known in not_raised)
        yield LabelledRows(tuple(told))
    yield from _ledger(whole, words)


def _statement(known: EstablishedFact, words: Wording) -> str:
    assert known.given is not None
    told = words.answer(known)
    extra = [f"Source: {sanitize_line(known.given.source)}."] if known.given.source else []
    if known.given.date:
        extra.append(f"Dated {known.given.date.isoformat()}.")
    if known.given.note:
        extra.append(f"Note: {sanitize_line(known.given.note)}")
    if known.presumed:
        told = f"{answer_words(words.book, known.fact, known.given.value)}; {told}"
    return " ".join([f"{words.question(known.fact.name)} {told[:1].upper()}{told[1:]}.", *extra])


def _presumed(known: EstablishedFact, words: Wording) -> str:
    one: Presumption | None = known.presumed
    assert one is not None
    value = answer_words(words.book, known.fact, known.value)
    because, rebutted = words.fill(one.because), words.fill(one.rebutted_by)
    question = words.question(known.fact.name)
    return (
        f"{question} {value[:1].upper()}{value[1:]} (presumed). {because} Rebutted by: {_lower(rebutted)} "
        f"({words.citations(one.sources)})"
    )


def _not_raised(known: EstablishedFact, words: Wording) -> str:
    value = answer_words(words.book, known.fact, known.value)
    return f"{words.question(known.fact.name)} {value[:1].upper()}{value[1:]}."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _ledger(whole: Determination, words: Wording) -> Iterator[Block]:
    ledger = whole.ledger
    if not ledger.facts:
        return
    yield Heading(3, "Benefit of the doubt")
    yield Paragraph(f"Accepted by it alone: {words.fact_numbers(ledger.facts)}.")
    if not ledger.changes:
        yield Paragraph("Without it every finding is the same.")
        return
    rows = [
        (
            words.title(change.criterion),
            f"{STATUS_LABELS[change.with_benefit]}; without it {STATUS_LABELS[change.without_benefit].lower()}",
        )
        for change in ledger.changes
        if whole.findings.book.criteria[change.criterion].says
    ]
    if ledger.recommendation != ledger.recommendation_without_benefit:
        with_it, without = (
            RECOMMENDATION_LABELS[ledger.recommendation],
            RECOMMENDATION_LABELS[ledger.recommendation_without_benefit],
        )
        rows.append(("Recommendation", f"{with_it}; without it {_lower(without)}"))
    yield LabelledRows(tuple(rows))


def _examination(whole: Determination, words: Wording) -> Iterator[Block]:
    findings = whole.findings
    for section, title in findings.book.sections.items():
        elements = [
            findings[name]
            for name, one in findings.book.criteria.items()
            if one.section == section and one.says and name in findings.criteria
        ]
        if not elements:
            continue
        yield Heading(2, title)
        untouched = [one for one in elements if one.status is UNDETERMINED and not _touched(one)]
        outside = [one for one in elements if one.status is NOT_APPLICABLE]
        for finding in elements:
            if finding not in untouched and finding not in outside:
                yield from criterion_blocks(finding, words)
        if outside:
            yield Paragraph("Not applicable:", "quiet")
            yield ItemList(tuple(f"{_title(one, words)}: {words.says(one)}" for one in outside))
        if untouched:
            yield Paragraph("Undetermined, since nothing that bears on it is known yet:", "quiet")
            yield ItemList(tuple(_title(one, words) for one in untouched))


def _touched(finding: Finding) -> bool:
    """Tell whether anything under a finding is known."""
    seen: set[int] = set()
    waiting = [finding]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if one.established and one.established.is_known and one.established.fact.name not in (ORIGIN_FACT, HOST_FACT):
            return True
        waiting.extend(one.parts)
    return False


def _title(finding: Finding, words: Wording) -> str:
    assert finding.criterion is not None
    return words.title(finding.criterion.name)


def criterion_blocks(finding: Finding, words: Wording, *, reasons: bool = True) -> Iterator[Block]:
    """Yield one element: finding, reasons, evidence, burden, standard, authorities, the other side.

    Without `reasons` what decided it is left to be told elsewhere.
    """
    one = finding.criterion
    assert one is not None
    adverse = " (against the claim if met)" if one.adverse else ""
    yield Heading(3, f"{words.title(one.name)}{adverse}: {STATUS_LABELS[finding.status].lower()}")
    if says := words.says(finding):
        yield Paragraph(says)
    under, leaves = grounds(finding) if reasons else ([], [])
    rows: list[tuple[str, str]] = []
    if under:
        rows.append(
            ("Because", "; ".join(f"{_title(part, words)}: {STATUS_LABELS[part.status].lower()}" for part in under))
        )
    if told := words.fact_numbers(
        [leaf.established for leaf in leaves if leaf.established and leaf.established.is_known]
    ):
        rows.append(("Evidence", f"facts {told}" if " and " in told else f"fact {told}"))
    rows += [("Treaty", words.leaf(leaf)) for leaf in leaves if leaf.standing is not None]
    unknown = dict.fromkeys(
        leaf.established.fact.name for leaf in leaves if leaf.established and not leaf.established.is_known
    )
    if unknown:
        rows.append(("Missing", " ".join(words.question(name) for name in unknown)))
    test = [f"burden {BURDEN_LABELS[one.burden]}"] if one.burden else []
    if standard := words.standard(one):
        test.append(f"standard: {standard}")
    if test:
        rows.append(("Test", "; ".join(test)))
    rows += [("Reading", told) for told in words.readings(one)]
    if one.sources:
        rows.append(("Authority", words.citations(one.sources)))
    if one.contrary:
        rows.append(("Against", words.citations(one.contrary)))
    if one.weakness:
        rows.append(("Weakness", words.fill(one.weakness)))
    yield LabelledRows(tuple(rows))


def _before_and_after(whole: Determination, words: Wording) -> Iterator[Block]:
    yield from supplements.limb_blocks(whole.findings, words)


def _positions(whole: Determination, words: Wording) -> Iterator[Block]:
    yield from supplements.objection_blocks(whole.positions, words)
    yield from supplements.response_blocks(whole.positions, words)
    yield from supplements.human_security_blocks(whole.positions, words)


def _judgements(whole: Determination, words: Wording) -> Iterator[Block]:
    yield from supplements.judgement_blocks(whole.findings, words)
    yield from supplements.not_judged_blocks(whole.findings, words)


def _authorities(whole: Determination, words: Wording) -> Iterator[Block]:
    """Yield the authorities that the examined elements rest on, and those against, each once."""
    book, findings = whole.findings.book, whole.findings
    examined = [
        one
        for name, one in book.criteria.items()
        if one.says and findings[name].status not in (UNDETERMINED, NOT_APPLICABLE)
    ]
    yield Heading(2, "Authorities")
    for label, key in (("For", "sources"), ("Against", "contrary")):
        names = dict.fromkeys(name for one in examined for name in getattr(one, key))
        if names:
            yield Heading(3, label)
            yield ItemList(tuple(cited(book.sources[name], whole=True) for name in book.sources if name in names))


def _missing(whole: Determination, words: Wording) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "What is missing, and the next questions")
    if not findings.open_conclusions:
        yield Paragraph("Nothing that could change a conclusion.")
        return
    if whole.next_question:
        yield Paragraph(f"Next: {words.question(whole.next_question.fact.name)}", "strong")
    rows = []
    for name in findings.open_conclusions:
        count = len(findings[name].missing)
        told = f"{count} facts are unknown" if count > 1 else "1 fact is unknown" if count else "no open question"
        rows.append((words.title(name), told))
    yield LabelledRows(tuple(rows))
    unknown = dict.fromkeys(known.fact.name for name in findings.open_conclusions for known in findings[name].missing)
    asked = [name for name in unknown if findings.established[name].given]
    if asked:
        yield Paragraph("Asked, and not known:", "quiet")
        yield ItemList(tuple(words.question(name) for name in asked))
    later = [name for name in unknown if not findings.established[name].given]
    if later:
        yield Paragraph("Not asked yet:", "quiet")
        yield ItemList(tuple(words.question(name) for name in later[:12]))
        if len(later) > 12:
            yield Paragraph(f"and {len(later) - 12} more; `rsd interview` asks only those that still matter.", "quiet")


def _recommendation(whole: Determination, words: Wording) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "Recommendation")
    yield Paragraph(_given(findings, words), "strong")
    yield from _signatures(("Eligibility officer", "Reviewing officer"))
    yield Paragraph(DISCLAIMER, "quiet")


def _given(findings: Findings, words: Wording) -> str:
    """Return the words of the recommendation."""
    says = next(
        (one.says for one, _ in findings.recommendations if one.name == findings.recommendation), UNDETERMINED_TEXT
    )
    return words.fill(says)


def _signatures(roles: Sequence[str]) -> Iterator[Block]:
    lines = [(role, "____________________   date ____________") for role in roles]
    yield LabelledRows((*lines, ("Reviewer", "agrees [ ]   disagrees [ ]   because ____________________")))

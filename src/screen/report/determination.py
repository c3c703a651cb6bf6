"""The reasoned determination, part by part, in the order that practice expects.

In: a case with its findings, ledger, positions and the next question. Out: blocks. Left alone: how they look (`text`,
`markdown`) and the law (every sentence of law is the rule book's own).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from screen.case.case_file import ABOUT, Case
from screen.case.evidence import EstablishedFact, answer_words, cited
from screen.circuit.next_question import Question
from screen.engine.finding import Finding, Findings, grounds
from screen.engine.ledger import Ledger
from screen.engine.positions import Positions
from screen.logic import NONE, OPEN
from screen.report import supplements
from screen.report.document import Block, Heading, Paragraph, Points, Rows
from screen.report.wording import BURDEN, NOT_DECIDED, RECOMMENDED, STATES, Words, law_of
from screen.rulebook.terms import HOST_FACT, ORIGIN_FACT, Presumption
from screen.text import one_line, visible
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
    ledger: Ledger
    positions: Positions
    question: Question | None


def brief(whole: Determination) -> Iterator[Block]:
    """Yield what a caseworker with forty files reads first: the conclusions with their reasons, what is missing."""
    words, findings = Words(whole.findings), whole.findings
    yield Heading(1, f"Case {whole.case.name}")
    yield Paragraph(law_of(findings))
    yield Paragraph(_given(findings, words), "strong")
    reasons = ((findings[name], words.says(findings[name])) for name in findings.book.conclusions)
    yield Rows(
        tuple(
            (STATES[finding.status], f"{_title(finding, words)}. {says or ''}".strip())
            for finding, says in reasons
            if finding.status is not NONE
        )
    )
    if whole.question:
        yield Paragraph(f"Next question: {words.question(whole.question.fact.name)}")
    yield Paragraph("In full: leave out --brief. Screening aid, not a determination.", "quiet")


def blocks(whole: Determination) -> Iterator[Block]:
    """Yield the determination block by block."""
    words = Words(whole.findings)
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


def _header(whole: Determination, words: Words) -> Iterator[Block]:
    findings, book = whole.findings, whole.findings.book
    yield Heading(1, f"Case {whole.case.name}")
    states = [("Country of origin", ORIGIN_FACT), ("Host State", HOST_FACT)]
    about = [(ABOUT[key], one_line("; ".join(lines))) for key, lines in whole.case.about.items()]
    yield Rows(
        (
            ("Profile", findings.profile.title),
            *((label, _state(findings.known[name], words)) for label, name in states),
            *about,
            (
                "Rule book",
                f"{book.title} {book.version}, law as of {book.law_as_of.isoformat()}, hash {book.hash[:12]}",
            ),
            ("Program", f"rsd {VERSION}"),
        )
    )


def _state(known: EstablishedFact, words: Words) -> str:
    return words.answer(known) if known.given or known.presumed else "not known"


def _in_short(whole: Determination, words: Words) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "In short")
    yield Paragraph(f"{RECOMMENDED[findings.recommendation]}.", "strong")
    yield Rows(tuple((words.title(name), STATES[findings[name].status]) for name in findings.book.conclusions))


def _claim(whole: Determination, words: Words) -> Iterator[Block]:
    yield Heading(2, "The claim")
    if whole.case.claim:
        for paragraph in visible(whole.case.claim).strip().split("\n\n"):
            yield Paragraph(" ".join(paragraph.split()))
    else:
        yield Paragraph("The file holds no account in the applicant's own words.", "quiet")


def _material_facts(whole: Determination, words: Words) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "Material facts")
    if not words.numbers:
        yield Paragraph("Nothing has been asked yet.", "quiet")
    for chapter, title in findings.book.chapters.items():
        facts = [known for known in findings.known.values() if known.fact.chapter == chapter and known.given]
        if facts:
            yield Heading(3, title)
            yield Rows(tuple((f"{words.numbers[known.fact.name]}.", _statement(known, words)) for known in facts))
    of_state = [known for known in findings.presumed if known.presumed and known.presumed.origin]
    not_raised = [known for known in findings.presumed if known not in of_state]
    if of_state:
        yield Heading(3, "Presumed from country information, until rebutted")
        yield Rows(tuple((f"{words.numbers[known.fact.name]}.", _presumed(known, words)) for known in of_state))
    if not_raised:
        yield Heading(3, "Not raised, and so taken not to be so until an answer says otherwise")
        told = ((f"{words.numbers[known.fact.name]}.", _not_raised(known, words)) for known in not_raised)
        yield Rows(tuple(told))
    yield from _ledger(whole, words)


def _statement(known: EstablishedFact, words: Words) -> str:
    assert known.given is not None
    told = words.answer(known)
    extra = [f"Source: {one_line(known.given.source)}."] if known.given.source else []
    if known.given.date:
        extra.append(f"Dated {known.given.date.isoformat()}.")
    if known.given.note:
        extra.append(f"Note: {one_line(known.given.note)}")
    if known.presumed:
        told = f"{answer_words(words.book, known.fact, known.given.value)}; {told}"
    return " ".join([f"{words.question(known.fact.name)} {told[:1].upper()}{told[1:]}.", *extra])


def _presumed(known: EstablishedFact, words: Words) -> str:
    one: Presumption | None = known.presumed
    assert one is not None
    value = answer_words(words.book, known.fact, known.value)
    because, rebutted = words.filled(one.because), words.filled(one.rebutted_by)
    question = words.question(known.fact.name)
    return (
        f"{question} {value[:1].upper()}{value[1:]} (presumed). {because} Rebutted by: {_lower(rebutted)} "
        f"({words.sources(one.sources)})"
    )


def _not_raised(known: EstablishedFact, words: Words) -> str:
    value = answer_words(words.book, known.fact, known.value)
    return f"{words.question(known.fact.name)} {value[:1].upper()}{value[1:]}."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _ledger(whole: Determination, words: Words) -> Iterator[Block]:
    ledger = whole.ledger
    if not ledger.facts:
        return
    yield Heading(3, "Benefit of the doubt")
    yield Paragraph(f"Accepted by it alone: {words.numbered(ledger.facts)}.")
    if not ledger.changes:
        yield Paragraph("Without it every finding is the same.")
        return
    rows = [
        (words.title(change.criterion), f"{STATES[change.with_benefit]}; without it {STATES[change.without].lower()}")
        for change in ledger.changes
        if whole.findings.book.criteria[change.criterion].says
    ]
    if ledger.recommendation != ledger.recommendation_without:
        with_it, without = RECOMMENDED[ledger.recommendation], RECOMMENDED[ledger.recommendation_without]
        rows.append(("Recommendation", f"{with_it}; without it {_lower(without)}"))
    yield Rows(tuple(rows))


def _examination(whole: Determination, words: Words) -> Iterator[Block]:
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
        untouched = [one for one in elements if one.status is OPEN and not _touched(one)]
        outside = [one for one in elements if one.status is NONE]
        for finding in elements:
            if finding not in untouched and finding not in outside:
                yield from element(finding, words)
        if outside:
            yield Paragraph("Not applicable:", "quiet")
            yield Points(tuple(f"{_title(one, words)}: {words.says(one)}" for one in outside))
        if untouched:
            yield Paragraph("Undetermined, since nothing that bears on it is known yet:", "quiet")
            yield Points(tuple(_title(one, words) for one in untouched))


def _touched(finding: Finding) -> bool:
    """Tell whether anything under a finding is known."""
    seen: set[int] = set()
    waiting = [finding]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if one.known and one.known.is_known and one.known.fact.name not in (ORIGIN_FACT, HOST_FACT):
            return True
        waiting.extend(one.parts)
    return False


def _title(finding: Finding, words: Words) -> str:
    assert finding.criterion is not None
    return words.title(finding.criterion.name)


def element(finding: Finding, words: Words, *, reasons: bool = True) -> Iterator[Block]:
    """Yield one element: finding, reasons, evidence, burden, standard, authorities, the other side.

    Without `reasons` what decided it is left to be told elsewhere.
    """
    one = finding.criterion
    assert one is not None
    adverse = " (against the claim if met)" if one.adverse else ""
    yield Heading(3, f"{words.title(one.name)}{adverse}: {STATES[finding.status].lower()}")
    if says := words.says(finding):
        yield Paragraph(says)
    under, leaves = grounds(finding) if reasons else ([], [])
    rows: list[tuple[str, str]] = []
    if under:
        rows.append(("Because", "; ".join(f"{_title(part, words)}: {STATES[part.status].lower()}" for part in under)))
    if told := words.numbered([leaf.known for leaf in leaves if leaf.known and leaf.known.is_known]):
        rows.append(("Evidence", f"facts {told}" if " and " in told else f"fact {told}"))
    rows += [("Treaty", words.leaf(leaf)) for leaf in leaves if leaf.standing is not None]
    unknown = dict.fromkeys(leaf.known.fact.name for leaf in leaves if leaf.known and not leaf.known.is_known)
    if unknown:
        rows.append(("Missing", " ".join(words.question(name) for name in unknown)))
    test = [f"burden {BURDEN[one.burden]}"] if one.burden else []
    if standard := words.standard(one):
        test.append(f"standard: {standard}")
    if test:
        rows.append(("Test", "; ".join(test)))
    rows += [("Reading", told) for told in words.readings(one)]
    if one.sources:
        rows.append(("Authority", words.sources(one.sources)))
    if one.contrary:
        rows.append(("Against", words.sources(one.contrary)))
    if one.weakness:
        rows.append(("Weakness", words.filled(one.weakness)))
    yield Rows(tuple(rows))


def _before_and_after(whole: Determination, words: Words) -> Iterator[Block]:
    yield from supplements.limbs(whole.findings, words)


def _positions(whole: Determination, words: Words) -> Iterator[Block]:
    yield from supplements.objections(whole.positions, words)
    yield from supplements.owed(whole.positions, words)
    yield from supplements.security(whole.positions, words)


def _judgements(whole: Determination, words: Words) -> Iterator[Block]:
    yield from supplements.judgements(whole.findings, words)
    yield from supplements.not_judged(whole.findings, words)


def _authorities(whole: Determination, words: Words) -> Iterator[Block]:
    """Yield the authorities that the examined elements rest on, and those against, each once."""
    book, findings = whole.findings.book, whole.findings
    examined = [one for name, one in book.criteria.items() if one.says and findings[name].status not in (OPEN, NONE)]
    yield Heading(2, "Authorities")
    for label, key in (("For", "sources"), ("Against", "contrary")):
        names = dict.fromkeys(name for one in examined for name in getattr(one, key))
        if names:
            yield Heading(3, label)
            yield Points(tuple(cited(book.sources[name], whole=True) for name in book.sources if name in names))


def _missing(whole: Determination, words: Words) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "What is missing, and the next questions")
    if not findings.open_conclusions:
        yield Paragraph("Nothing that could change a conclusion.")
        return
    if whole.question:
        yield Paragraph(f"Next: {words.question(whole.question.fact.name)}", "strong")
    rows = []
    for name in findings.open_conclusions:
        count = len(findings[name].missing)
        told = f"{count} facts are unknown" if count > 1 else "1 fact is unknown" if count else "no open question"
        rows.append((words.title(name), told))
    yield Rows(tuple(rows))
    unknown = dict.fromkeys(known.fact.name for name in findings.open_conclusions for known in findings[name].missing)
    asked = [name for name in unknown if findings.known[name].given]
    if asked:
        yield Paragraph("Asked, and not known:", "quiet")
        yield Points(tuple(words.question(name) for name in asked))
    later = [name for name in unknown if not findings.known[name].given]
    if later:
        yield Paragraph("Not asked yet:", "quiet")
        yield Points(tuple(words.question(name) for name in later[:12]))
        if len(later) > 12:
            yield Paragraph(f"and {len(later) - 12} more; `rsd interview` asks only those that still matter.", "quiet")


def _recommendation(whole: Determination, words: Words) -> Iterator[Block]:
    findings = whole.findings
    yield Heading(2, "Recommendation")
    yield Paragraph(_given(findings, words), "strong")
    yield from _signatures(("Eligibility officer", "Reviewing officer"))
    yield Paragraph(DISCLAIMER, "quiet")


def _given(findings: Findings, words: Words) -> str:
    """Return the words of the recommendation."""
    says = next((one.says for one, _ in findings.recommendations if one.name == findings.recommendation), NOT_DECIDED)
    return words.filled(says)


def _signatures(roles: Sequence[str]) -> Iterator[Block]:
    lines = [(role, "____________________   date ____________") for role in roles]
    yield Rows((*lines, ("Reviewer", "agrees [ ]   disagrees [ ]   because ____________________")))

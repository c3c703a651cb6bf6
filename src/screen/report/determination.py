"""The reasoned determination, part by part, in the order that practice expects.

In: a case with its findings, ledger, positions and the next question. Out: blocks. How they look is the work of `text`
and `markdown`; every sentence of law comes from the rule book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from screen.case.case_file import ABOUT, Case, record_is_closed
from screen.case.evidence import EstablishedFact, answer_words, cited
from screen.case.record import record_line
from screen.engine.evaluate import evaluate
from screen.engine.finding import Finding, Findings, grounds
from screen.engine.ledger import BenefitLedger, build_ledger
from screen.engine.positions import Positions, find_positions
from screen.interview.next_question import Question, next_question
from screen.logic import NOT_APPLICABLE, UNDETERMINED
from screen.report import closed_record, supplements
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph
from screen.report.wording import (
    BURDEN_LABELS,
    RECOMMENDATION_LABELS,
    STATUS_LABELS,
    UNDETERMINED_TEXT,
    Wording,
    capitalize,
    law_line,
    recommendation_label,
    status_label,
    uncapitalize,
)
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Criterion, RuleBook
from screen.text import sanitize, sanitize_line
from screen.version import VERSION

_MAX_UNASKED = 12  # open questions that are listed; the rest are counted

_DISCLAIMER = (
    "Screening aid, not a determination. A qualified person decides, and reads the file. {unknown}; the program "
    "refuses nobody. Exclusion and cessation are never decided here. Country information and pinpoints marked "
    "[unverified] were not confirmed. This text is confidential: keep it where the case file is kept."
)


def disclaimer(*, closed: bool) -> str:
    """Return what every determination ends with; on a closed record the burden of proof counts, and it says so."""
    on_open = "What is unknown is never counted against the applicant"
    on_closed = "On the closed record a point that whoever bears its burden has not shown is not met"
    return _DISCLAIMER.format(unknown=on_closed if closed else on_open)


@dataclass(frozen=True, slots=True)
class Determination:
    """All that a determination is written from: the findings on the record as it is read, and on the other one."""

    case: Case
    findings: Findings
    other_findings: Findings
    ledger: BenefitLedger
    positions: Positions
    next_question: Question | None


def determine(
    book: RuleBook, case: Case, profile: str, *, closed: bool = False, as_recorded: bool = True
) -> Determination:
    """Return all that the determination of a case under a profile is written from.

    With `closed` an open record is read as if it were closed. On a closed record no question is next. With
    `as_recorded=False` the statements that nobody has assessed are taken as accepted.
    """
    is_closed = record_is_closed(case, closed)
    findings = evaluate(book, case.given, profile, closed=is_closed, as_recorded=as_recorded)
    return Determination(
        case,
        findings,
        evaluate(book, case.given, profile, closed=not is_closed, as_recorded=as_recorded),
        build_ledger(findings, case.given),
        find_positions(findings),
        None if is_closed else next_question(book, case.given, profile),
    )


def brief_blocks(determination: Determination) -> Iterator[Block]:
    """Yield what a caseworker with forty files reads first: the conclusions with their reasons, what is missing."""
    findings, wording = determination.findings, Wording(determination.findings)
    yield Heading(1, f"Case {determination.case.name}")
    yield Paragraph(law_line(findings, determination.case.record))
    yield Paragraph(_recommendation_text(findings, wording), "strong")
    conclusions = [findings[name] for name in findings.book.conclusions]
    yield LabelledRows(
        tuple(
            (status_label(finding), _conclusion_text(finding, wording))
            for finding in conclusions
            if finding.status is not NOT_APPLICABLE
        )
    )
    if determination.next_question:
        yield Paragraph(f"Next question: {wording.question(determination.next_question.fact.name)}")
    yield Paragraph("For the full text, leave out --brief. Screening aid, not a determination.", "quiet")


def _conclusion_text(finding: Finding, wording: Wording) -> str:
    """Return a conclusion with what it says and, on a closed record, what was not shown for it."""
    assert finding.criterion is not None
    says = wording.says(finding)
    not_shown = closed_record.points_not_shown(wording.findings, finding.criterion.name, wording)
    return " ".join(part for part in (f"{_title(finding, wording)}.", says, not_shown) if part)


def determination_blocks(determination: Determination) -> Iterator[Block]:
    """Yield the determination block by block."""
    findings, wording = determination.findings, Wording(determination.findings)
    yield from _header(determination, wording)
    yield from _summary(determination, wording)
    yield from _claim(determination.case)
    yield from _material_facts(findings, wording)
    yield from _benefit(determination.ledger, wording)
    yield from _examination(findings, wording)
    yield from supplements.limb_blocks(findings, wording)
    yield from supplements.objection_blocks(determination.positions, wording)
    yield from supplements.response_blocks(determination.positions, wording)
    yield from supplements.human_security_blocks(determination.positions, wording)
    yield from _authorities(findings)
    yield from supplements.judgement_blocks(findings, wording)
    yield from supplements.not_judged_blocks(findings, wording)
    yield from _missing(determination, wording)
    yield from _recommendation(findings, wording)


def _header(determination: Determination, wording: Wording) -> Iterator[Block]:
    case, findings, book = determination.case, determination.findings, determination.findings.book
    yield Heading(1, f"Case {case.name}")
    states = [("Country of origin", ORIGIN_FACT), ("Host State", HOST_FACT)]
    yield LabelledRows(
        (
            ("Profile", findings.profile.title),
            *((label, wording.answer(findings.established[name], "not known")) for label, name in states),
            *((ABOUT[key], sanitize_line("; ".join(lines))) for key, lines in case.about.items()),
            (
                "Rule book",
                f"{book.title} {book.version}, law as of {book.law_as_of.isoformat()}, hash {book.hash[:12]}",
            ),
            ("Record", record_line(case.record, read_as_closed=findings.is_closed).removeprefix("Record ").rstrip(".")),
            ("Program", f"rsd {VERSION}"),
        )
    )


def _summary(determination: Determination, wording: Wording) -> Iterator[Block]:
    findings = determination.findings
    yield Heading(2, "In short")
    yield Paragraph(f"{recommendation_label(findings)}.", "strong")
    yield LabelledRows(tuple((wording.title(name), status_label(findings[name])) for name in findings.book.conclusions))
    if other := closed_record.other_record(findings, determination.other_findings):
        yield Paragraph(other, "quiet")


def _claim(case: Case) -> Iterator[Block]:
    yield Heading(2, "The claim")
    if case.claim:
        for paragraph in sanitize(case.claim).strip().split("\n\n"):
            yield Paragraph(" ".join(paragraph.split()))
    else:
        yield Paragraph("The file holds no account in the applicant's own words.", "quiet")


def _material_facts(findings: Findings, wording: Wording) -> Iterator[Block]:
    yield Heading(2, "Material facts")
    if not wording.numbers:
        yield Paragraph("Nothing has been asked yet.", "quiet")
    for chapter, title in findings.book.chapters.items():
        facts = [fact for fact in findings.established.values() if fact.fact.chapter == chapter and fact.given]
        if facts:
            yield Heading(3, title)
            yield _fact_rows(facts, _statement, wording)
    about_origin = [fact for fact in findings.presumed if fact.presumed and fact.presumed.origin]
    not_raised = [fact for fact in findings.presumed if fact not in about_origin]
    if about_origin:
        yield Heading(3, "Presumed from country information, until rebutted")
        yield _fact_rows(about_origin, _presumption, wording)
    if not_raised:
        yield Heading(3, "Not raised, and presumed not to apply until an answer says otherwise")
        yield _fact_rows(not_raised, _not_raised, wording)


def _fact_rows(
    facts: Iterable[EstablishedFact], text: Callable[[EstablishedFact, Wording], str], wording: Wording
) -> LabelledRows:
    return LabelledRows(tuple((f"{wording.numbers[fact.fact.name]}.", text(fact, wording)) for fact in facts))


def _statement(fact: EstablishedFact, wording: Wording) -> str:
    given = fact.given
    assert given is not None
    answer = wording.answer(fact)
    if fact.presumed:
        answer = f"{answer_words(wording.book, fact.fact, given.value)}; {answer}"
    sentences = [f"{wording.question(fact.fact.name)} {capitalize(answer)}."]
    if given.source:
        sentences.append(f"Source: {sanitize_line(given.source)}.")
    if given.date:
        sentences.append(f"Dated {given.date.isoformat()}.")
    if given.note:
        sentences.append(f"Note: {sanitize_line(given.note)}")
    return " ".join(sentences)


def _presumption(fact: EstablishedFact, wording: Wording) -> str:
    presumption = fact.presumed
    assert presumption is not None
    return (
        f"{wording.question_and_answer(fact)}. {wording.fill(presumption.because)} Rebutted by: "
        f"{uncapitalize(wording.fill(presumption.rebutted_by))} ({wording.citations(presumption.sources)})"
    )


def _not_raised(fact: EstablishedFact, wording: Wording) -> str:
    value = answer_words(wording.book, fact.fact, fact.value)
    return f"{wording.question(fact.fact.name)} {capitalize(value)}."


def _benefit(ledger: BenefitLedger, wording: Wording) -> Iterator[Block]:
    if not ledger.facts:
        return
    yield Heading(3, "Benefit of the doubt")
    yield Paragraph(f"Accepted on this basis alone: {wording.fact_numbers(ledger.facts)}.")
    if not ledger.changes:
        yield Paragraph("Without it, every finding stays the same.")
        return
    rows = [
        (
            wording.title(change.criterion),
            f"{STATUS_LABELS[change.with_benefit]}; without it {STATUS_LABELS[change.without_benefit].lower()}",
        )
        for change in ledger.changes
        if wording.book.criteria[change.criterion].says
    ]
    if ledger.recommendation != ledger.recommendation_without_benefit:
        with_benefit = RECOMMENDATION_LABELS[ledger.recommendation]
        without_benefit = RECOMMENDATION_LABELS[ledger.recommendation_without_benefit]
        rows.append(("Recommendation", f"{with_benefit}; without it {uncapitalize(without_benefit)}"))
    yield LabelledRows(tuple(rows))


def _examination(findings: Findings, wording: Wording) -> Iterator[Block]:
    for section, title in findings.book.sections.items():
        examined = [
            findings[name]
            for name, criterion in findings.book.criteria.items()
            if criterion.section == section and criterion.says and name in findings.criteria
        ]
        if not examined:
            continue
        yield Heading(2, title)
        no_facts = [
            finding
            for finding in examined
            if (finding.status is UNDETERMINED or finding.not_shown) and not _rests_on_known_fact(finding)
        ]
        not_applicable = [finding for finding in examined if finding.status is NOT_APPLICABLE]
        for finding in examined:
            if finding not in no_facts and finding not in not_applicable:
                yield from criterion_blocks(finding, wording)
        if not_applicable:
            yield Paragraph("Not applicable:", "quiet")
            yield ItemList(tuple(f"{_title(finding, wording)}: {wording.says(finding)}" for finding in not_applicable))
        if not_shown := [finding for finding in no_facts if finding.not_shown]:
            yield Paragraph("Not shown, because nothing relevant is known:", "quiet")
            yield ItemList(tuple(closed_record.not_shown_text(finding, wording) for finding in not_shown))
        if undetermined := [finding for finding in no_facts if not finding.not_shown]:
            yet, text = ("", closed_record.open_text) if findings.is_closed else (" yet", _title)
            yield Paragraph(f"Undetermined, because nothing relevant is known{yet}:", "quiet")
            yield ItemList(tuple(text(finding, wording) for finding in undetermined))


def _rests_on_known_fact(finding: Finding) -> bool:
    """Tell whether anything under a finding is known, the two States apart."""
    seen: set[int] = set()
    waiting = [finding]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        fact = part.established
        if fact and fact.is_known and fact.fact.name not in (ORIGIN_FACT, HOST_FACT):
            return True
        waiting.extend(part.parts)
    return False


def _title(finding: Finding, wording: Wording) -> str:
    assert finding.criterion is not None
    return wording.title(finding.criterion.name)


def criterion_blocks(finding: Finding, wording: Wording, *, reasons: bool = True) -> Iterator[Block]:
    """Yield one criterion: finding, reasons, evidence, burden, standard, authorities, the other side.

    Without `reasons` what decided it is left out, for a caller that explains it in another form.
    """
    criterion = finding.criterion
    assert criterion is not None
    yield Heading(3, f"{wording.title_with_bearing(criterion.name)}: {status_label(finding).lower()}")
    if says := wording.says(finding):
        yield Paragraph(says)
    yield LabelledRows(
        (*(_reason_rows(finding, wording) if reasons else ()), *_law_rows(criterion, wording)),
    )


def _reason_rows(finding: Finding, wording: Wording) -> Iterator[tuple[str, str]]:
    """Yield the criteria, facts and treaties that decided a finding."""
    criteria, leaves = grounds(finding)
    if criteria:
        parts = (f"{_title(part, wording)}: {status_label(part).lower()}" for part in criteria)
        yield "Because", "; ".join(parts)
    facts = [leaf.established for leaf in leaves if leaf.established]
    if numbers := wording.fact_numbers([fact for fact in facts if fact.is_known]):
        yield "Evidence", f"facts {numbers}" if " and " in numbers else f"fact {numbers}"
    yield from (("Treaty", wording.leaf(leaf)) for leaf in leaves if leaf.standing is not None)
    unknown = dict.fromkeys(fact.fact.name for fact in facts if not fact.is_known)
    if finding.not_shown:
        yield from closed_record.not_shown_rows(finding, wording)
    elif wording.findings.is_closed and _is_element(finding, wording):
        yield from closed_record.task_rows(finding, wording)
    elif unknown:
        yield "Missing", " ".join(wording.question(name) for name in unknown)


def _is_element(finding: Finding, wording: Wording) -> bool:
    """Tell whether this is a criterion that somebody has to show under the profile."""
    return finding.criterion is not None and finding.criterion.burden_under(wording.findings.profile) is not None


def _law_rows(criterion: Criterion, wording: Wording) -> Iterator[tuple[str, str]]:
    """Yield the test that a criterion applies, its contested points and the authorities on both sides."""
    burden = criterion.burden_under(wording.findings.profile)
    test = [f"burden {BURDEN_LABELS[burden]}"] if burden else []
    if standard := wording.standard(criterion):
        test.append(f"standard: {standard}")
    if test:
        yield "Test", "; ".join(test)
    yield from (("Reading", reading) for reading in wording.readings(criterion))
    if criterion.sources:
        yield "Authority", wording.citations(criterion.sources)
    if criterion.contrary:
        yield "Against", wording.citations(criterion.contrary)
    if criterion.weakness:
        yield "Weakness", wording.fill(criterion.weakness)


def _authorities(findings: Findings) -> Iterator[Block]:
    """Yield the authorities that the decided criteria rest on, and those against, each once."""
    book = findings.book
    decided = [
        criterion
        for name, criterion in book.criteria.items()
        if criterion.says and findings[name].status not in (UNDETERMINED, NOT_APPLICABLE)
    ]
    yield Heading(2, "Authorities")
    for label, names in (
        ("For", {name for criterion in decided for name in criterion.sources}),
        ("Against", {name for criterion in decided for name in criterion.contrary}),
    ):
        if names:
            yield Heading(3, label)
            yield ItemList(tuple(cited(book.sources[name], whole=True) for name in book.sources if name in names))


def _missing(determination: Determination, wording: Wording) -> Iterator[Block]:
    findings = determination.findings
    if findings.is_closed:
        yield from closed_record.missing_blocks(findings, wording)
        return
    yield Heading(2, "What is missing, and the next questions")
    if not findings.open_conclusions:
        yield Paragraph("Nothing that could change a conclusion.")
        return
    if determination.next_question:
        yield Paragraph(f"Next: {wording.question(determination.next_question.fact.name)}", "strong")
    yield LabelledRows(
        tuple((wording.title(name), _count_unknown(len(findings[name].missing))) for name in findings.open_conclusions)
    )
    unknown = {fact.fact.name: fact for name in findings.open_conclusions for fact in findings[name].missing}
    asked = [name for name, fact in unknown.items() if fact.given]
    if asked:
        yield Paragraph("Asked, but not known:", "quiet")
        yield ItemList(tuple(wording.question(name) for name in asked))
    not_asked = [name for name, fact in unknown.items() if not fact.given]
    if not_asked:
        yield Paragraph("Not asked yet:", "quiet")
        yield ItemList(tuple(wording.question(name) for name in not_asked[:_MAX_UNASKED]))
        if (rest := len(not_asked) - _MAX_UNASKED) > 0:
            yield Paragraph(f"and {rest} more; `rsd interview` asks only those that still matter.", "quiet")


def _count_unknown(count: int) -> str:
    if not count:
        return "no open question"
    return f"{count} facts are unknown" if count > 1 else "1 fact is unknown"


def _recommendation(findings: Findings, wording: Wording) -> Iterator[Block]:
    yield Heading(2, "Recommendation")
    yield Paragraph(_recommendation_text(findings, wording), "strong")
    signature = "____________________   date ____________"
    yield LabelledRows(
        (
            ("Eligibility officer", signature),
            ("Reviewing officer", signature),
            ("Reviewer", "agrees [ ]   disagrees [ ]   because ____________________"),
        )
    )
    yield Paragraph(disclaimer(closed=findings.is_closed), "quiet")


def _recommendation_text(findings: Findings, wording: Wording) -> str:
    if findings.to_assess:
        names = ", ".join(fact.fact.name for fact in findings.to_assess)
        until = "Until then the person is to be treated as an asylum-seeker and may not be returned."
        return f"Recognise, once these are assessed: {names}. {until}"
    recommendations = (recommendation for recommendation, _ in findings.recommendations)
    says = (recommendation.says for recommendation in recommendations if recommendation.name == findings.recommendation)
    return wording.fill(next(says, UNDETERMINED_TEXT))

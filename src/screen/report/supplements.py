"""What follows the examination in a determination: before and after leaving, objections, what is owed, human security,
the judgements it rests on, and what the program does not judge.

In: findings and positions. Out: blocks. Nothing here changes a finding, and every sentence of law comes from the rule
book.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screen.case.evidence import Credibility, EstablishedFact
from screen.engine.finding import Findings
from screen.engine.human_security import Grade, Measurement
from screen.engine.positions import OwedResponse, Positions, objection_stands
from screen.logic import MET, UNDETERMINED, Answer
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph, Table
from screen.report.wording import Wording, capitalize, status_label, uncapitalize
from screen.text import sanitize_line

#: Where a fact lies in time, by what it is about.
TIME_LABELS = {
    "origin": "Before leaving",
    "flight": "Leaving, and since",
    "host": "The stay",
    "return": "Return, as things stand now",
    "person": "The applicant",
}
#: A fact that is not assessed counts as answered, so it is listed, too.
CREDIBILITY_HEADINGS = {
    Credibility.ACCEPTED: "Accepted",
    Credibility.BENEFIT: "Accepted by the benefit of the doubt",
    Credibility.REJECTED: "Rejected",
    Credibility.NOT_ASSESSED: "Not assessed, counted as answered",
}
NO_CRITERION_NOTE = "No criterion of refugee status: it shows needs, and never changes a finding."
RESPONSE_KINDS = (
    ("obligation", "What the host State owes"),
    ("response", "Recommended responses"),
    ("policy", "Beyond this case, for States"),
)


def limb_blocks(findings: Findings, wording: Wording) -> Iterator[Block]:
    """Yield the two limbs side by side, criterion by criterion, with the facts that each rests on."""
    if not findings.book.limbs:
        return
    yield Heading(2, "Before and after leaving")
    rows = tuple(
        (
            wording.fill(row.title),
            _limb_cell(row.departure, findings, wording),
            _limb_cell(row.sur_place, findings, wording),
        )
        for row in findings.book.limbs
    )
    yield Table(("", "On leaving", "For leaving itself, and since"), rows)
    in_time: list[tuple[str, str]] = []
    for about, label in TIME_LABELS.items():
        facts = [fact for fact in findings.established.values() if fact.fact.about == about]
        if numbers := _fact_ranges(facts, wording):
            in_time.append((label, numbers))
    if in_time:
        yield Paragraph("Numbers are those of the material facts. Where these lie in time:", "quiet")
        yield LabelledRows(tuple(in_time))


def _limb_cell(criterion: str | None, findings: Findings, wording: Wording) -> str:
    if criterion is None:
        return "-"
    finding = findings[criterion]
    # A whole limb rests on nearly every fact; the rows of its parts say which.
    facts = "" if criterion in findings.book.conclusions else _fact_ranges(finding.rests_on, wording)
    return _with_facts(status_label(finding), facts)


def _with_facts(text: str, numbers: str) -> str:
    return f"{text} ({numbers})" if numbers else text


def _fact_ranges(facts: Iterable[EstablishedFact], wording: Wording) -> str:
    """Return facts by their numbers, with ranges: `9, 20-24; presumed 11-13`."""
    numbered = {fact.fact.name: fact for fact in facts if fact.fact.name in wording.numbers}
    parts = []
    for presumed, prefix in ((False, ""), (True, "presumed ")):
        numbers = {wording.numbers[name] for name, fact in numbered.items() if bool(fact.presumed) is presumed}
        starts = sorted(number for number in numbers if number - 1 not in numbers)
        ends = sorted(number for number in numbers if number + 1 not in numbers)
        ranges = [str(low) if low == high else f"{low}-{high}" for low, high in zip(starts, ends, strict=True)]
        if ranges:
            parts.append(prefix + ", ".join(ranges))
    return "; ".join(parts)


def objection_blocks(positions: Positions, wording: Wording) -> Iterator[Block]:
    """Yield each objection that is raised, with what answers it here and what weakness remains."""
    if not positions.objections:
        return
    yield Heading(2, "Objections, answers and remaining weakness")
    for raised in positions.objections:
        objection = raised.objection
        asserted_by = wording.fill(objection.asserted_by)
        yield Heading(3, f"{objection.name}. {wording.fill(objection.title)} ({asserted_by})")
        yield Paragraph(wording.fill(objection.says))
        rows = []
        for reply, finding in raised.replies:
            label = f"Answer {reply.rebuttal or ''}".strip()
            if objection_stands(finding):
                rows.append((label, f"{wording.fill(reply.says)}{_citations(reply.sources, wording)}"))
            elif finding and finding.status is UNDETERMINED:
                rows.append((f"{label}, open", f"{wording.fill(reply.says)}{_citations(reply.sources, wording)}"))
        rows.append(("Weakness", wording.fill(objection.weakness)))
        yield LabelledRows(tuple(rows))


def response_blocks(positions: Positions, wording: Wording) -> Iterator[Block]:
    """Yield what the host State owes, what may be done, and by its title alone what is beyond one case."""
    for kind, heading in RESPONSE_KINDS:
        responses = [owed for owed in positions.responses if owed.response.kind == kind]
        if not responses:
            continue
        yield Heading(2, heading)
        if kind == "policy":
            yield Paragraph(
                "Nobody who decides a claim can order these. `rsd rules show S9` says more about each.", "quiet"
            )
            yield LabelledRows(
                tuple((owed.response.name, f"{wording.fill(owed.response.title)}.") for owed in responses)
            )
        else:
            yield Paragraph("These follow from the findings and never change one.", "quiet")
            yield LabelledRows(tuple((owed.response.name, _response(owed, wording)) for owed in responses))


def _response(owed: OwedResponse, wording: Wording) -> str:
    response = owed.response
    open_condition = "" if objection_stands(owed.finding) else " Depends on what is still undetermined."
    text = f"{wording.fill(response.title)}. {wording.fill(response.says)}"
    return f"{text}{open_condition}{_citations(response.sources, wording)}"


def _citations(names: tuple[str, ...], wording: Wording) -> str:
    return f" ({wording.citations(names)})" if names else ""


def human_security_blocks(positions: Positions, wording: Wording) -> Iterator[Block]:
    """Yield the human-security profile: what is shown, what is not known, what is not shown."""
    if not positions.human_security:
        return
    yield Heading(2, "Human security")
    yield Paragraph(NO_CRITERION_NOTE, "quiet")
    shown: list[tuple[str, str]] = []
    left_behind_by: list[str] = []
    not_known: list[str] = []
    not_shown: list[str] = []
    for measurement in positions.human_security:
        title = wording.fill(measurement.dimension.title)
        facts = _fact_ranges(measurement.rests_on, wording)
        if measurement.shown is not None and measurement.shown.status is MET:
            left_behind_by.append(_with_facts(title, facts))
        elif grades := _grades(measurement):
            shown.append((title, _with_facts(grades, facts)))
        elif _is_open(measurement):
            not_known.append(title)
        else:
            not_shown.append(title)
    lists = (("Left behind by", left_behind_by), ("Not known", not_known), ("Nothing shown", not_shown))
    yield LabelledRows((*shown, *((label, _join_titles(titles)) for label, titles in lists if titles)))


def _join_titles(titles: list[str]) -> str:
    return capitalize("; ".join(map(uncapitalize, titles)))


def _grades(measurement: Measurement) -> str:
    """Return what is shown of a dimension in words, or nothing where nothing is."""
    if not measurement.severity.shown:
        # How far a threat reaches says nothing while it is open whether there is one.
        return ""
    pervasiveness = _grade(measurement.pervasiveness) or "how pervasive is not known"
    return f"{capitalize(_grade(measurement.severity))}; {pervasiveness}"


def _grade(grade: Grade) -> str:
    higher = f", perhaps {grade.possible}" if grade.possible else ""
    return f"{grade.shown}{higher}" if grade.shown else ""


def _is_open(measurement: Measurement) -> bool:
    if measurement.shown is not None:
        return measurement.shown.status is UNDETERMINED
    return measurement.severity.possible is not None


def judgement_blocks(findings: Findings, wording: Wording) -> Iterator[Block]:
    """Yield every judgement of a person that the findings rest on, with who judged and why."""
    answered = answered_facts(findings)
    judged = [fact for fact in answered if fact.fact.judgement]
    yield Heading(2, "Judgements that this rests on")
    if judged:
        yield LabelledRows(tuple((f"{wording.numbers[fact.fact.name]}.", _judgement(fact, wording)) for fact in judged))
    by_credibility = (
        (label, _fact_ranges(facts_with(answered, credibility), wording))
        for credibility, label in CREDIBILITY_HEADINGS.items()
    )
    rows = tuple(
        (label, f"fact {numbers}" if numbers.isdigit() else f"facts {numbers}")
        for label, numbers in by_credibility
        if numbers
    )
    if rows:
        yield LabelledRows(rows)
    elif not judged:
        yield Paragraph("None yet.", "quiet")
    contested = len(findings.profile.readings)
    if contested:
        yield Paragraph(
            f"On {contested} contested points the profile takes a side; `rsd compare` shows where others differ.",
            "quiet",
        )


def answered_facts(findings: Findings) -> list[EstablishedFact]:
    """Return the facts that were answered, and not with "unknown"."""
    return [fact for fact in findings.established.values() if fact.given and fact.given.value is not Answer.UNKNOWN]


def facts_with(facts: Iterable[EstablishedFact], credibility: Credibility) -> list[EstablishedFact]:
    """Return those of the facts whose answer has this credibility."""
    return [fact for fact in facts if fact.given and fact.given.credibility is credibility]


def _judgement(fact: EstablishedFact, wording: Wording) -> str:
    given = fact.given
    assert given is not None
    judge = sanitize_line(given.source) if given.source else "not named"
    reason = sanitize_line(given.note) if given.note else "not given"
    return f"{wording.question_and_answer(fact)}. Judged by: {judge}. Reason: {reason}"


def not_judged_blocks(findings: Findings, wording: Wording) -> Iterator[Block]:
    """Yield what the book says it cannot encode, so that nobody takes it as settled."""
    if not findings.book.not_judged:
        return
    yield Heading(2, "What this program does not judge")
    yield ItemList(
        tuple(f"{wording.fill(gap.says)}{_citations(gap.sources, wording)}" for gap in findings.book.not_judged)
    )

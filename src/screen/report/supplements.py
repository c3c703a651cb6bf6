"""What stands beside the examination in a determination: before and after, objections, what is owed, human security,
the judgements that it rests on, and what the program does not judge.

In: findings and positions. Out: blocks, or the same as plain data. Nothing here changes a finding, and nothing here is
a sentence of law: those are the rule book's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screen.case.evidence import Credibility, EstablishedFact
from screen.engine.finding import Finding, Findings
from screen.engine.human_security import Grade, Measurement
from screen.engine.positions import OwedResponse, Positions, objection_stands
from screen.logic import MET, UNDETERMINED, Answer
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph, Table
from screen.report.wording import STATUS_LABELS, Wording
from screen.rulebook.model import LimbRow
from screen.text import sanitize_line

#: Where a fact lies in time, by what it is about.
TIME_LABELS = {
    "origin": "Before leaving",
    "flight": "Leaving, and since",
    "host": "The stay",
    "return": "Return, as things stand now",
    "person": "The applicant",
}
#: What is not assessed counts as answered, so that it too is listed.
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


def limb_blocks(findings: Findings, words: Wording) -> Iterator[Block]:
    """Yield the two limbs side by side, criterion by criterion, with the facts that each rests on."""
    if not findings.book.limbs:
        return
    yield Heading(2, "Before and after leaving")
    rows = tuple((words.fill(row.title), *_cells(row, findings, words)) for row in findings.book.limbs)
    yield Table(("", "On leaving", "For leaving itself, and since"), rows)
    placed: list[tuple[str, str]] = []
    for about, label in TIME_LABELS.items():
        facts = [known for known in findings.established.values() if known.fact.about == about]
        if told := _numbers(facts, words):
            placed.append((label, told))
    if placed:
        yield Paragraph("Numbers are those of the material facts. Where these lie in time:", "quiet")
        yield LabelledRows(tuple(placed))


def _cells(row: LimbRow, findings: Findings, words: Wording) -> tuple[str, str]:
    def cell(name: str | None) -> str:
        if name is None:
            return "-"
        finding = findings[name]
        # A whole limb rests on nearly every fact; its parts above say which.
        told = "" if name in findings.book.conclusions else _numbers(finding.rests_on, words)
        return f"{STATUS_LABELS[finding.status]} ({told})" if told else STATUS_LABELS[finding.status]

    return cell(row.departure), cell(row.sur_place)


def _numbers(facts: Iterable[EstablishedFact], words: Wording) -> str:
    """Return facts by their numbers, runs of them in short: `9, 20-24; presumed 11-13`."""
    listed = {known.fact.name: known for known in facts if known.fact.name in words.numbers}
    told = []
    for presumed, before in ((False, ""), (True, "presumed ")):
        numbers = sorted(words.numbers[name] for name, known in listed.items() if bool(known.presumed) is presumed)
        starts = [one for one in numbers if one - 1 not in numbers]
        ends = [one for one in numbers if one + 1 not in numbers]
        runs = [str(low) if low == high else f"{low}-{high}" for low, high in zip(starts, ends, strict=True)]
        if runs:
            told.append(before + ", ".join(runs))
    return "; ".join(told)


def objection_blocks(positions: Positions, words: Wording) -> Iterator[Block]:
    """Yield each objection that is raised, with what answers it here and what weakness remains."""
    if not positions.objections:
        return
    yield Heading(2, "Objections, answers and remaining weakness")
    for raised in positions.objections:
        one = raised.objection
        yield Heading(3, f"{one.name}. {words.fill(one.title)} ({words.fill(one.asserted_by)})")
        yield Paragraph(words.fill(one.says))
        rows = []
        for reply, finding in raised.replies:
            label = f"Answer {reply.rebuttal or ''}".strip()
            if not objection_stands(finding):
                label = f"{label}, open" if finding and finding.status is UNDETERMINED else ""
            if label:
                rows.append((label, f"{words.fill(reply.says)}{_cited(reply.sources, words)}"))
        rows.append(("Weakness", words.fill(one.weakness)))
        yield LabelledRows(tuple(rows))


def response_blocks(positions: Positions, words: Wording) -> Iterator[Block]:
    """Yield what the host State owes, what may be done, and by its title alone what is beyond one case."""
    for kind, title in RESPONSE_KINDS:
        here = [one for one in positions.responses if one.response.kind == kind]
        if not here:
            continue
        yield Heading(2, title)
        if kind == "policy":
            yield Paragraph(
                "Nobody who decides a claim can order these. `rsd rules show S9` tells more of each.", "quiet"
            )
            yield LabelledRows(tuple((one.response.name, f"{words.fill(one.response.title)}.") for one in here))
            continue
        yield Paragraph("These follow from the findings and never change one.", "quiet")
        yield LabelledRows(tuple((one.response.name, _owed(one, words)) for one in here))


def _owed(one: OwedResponse, words: Wording) -> str:
    doubt = "" if objection_stands(one.finding) else " Depends on what is still undetermined."
    title, says = words.fill(one.response.title), words.fill(one.response.says)
    return f"{title}. {says}{doubt}{_cited(one.response.sources, words)}"


def _cited(names: tuple[str, ...], words: Wording) -> str:
    return f" ({words.citations(names)})" if names else ""


def human_security_blocks(positions: Positions, words: Wording) -> Iterator[Block]:
    """Yield the human-security profile: what shows, what is not known, what does not show."""
    if not positions.human_security:
        return
    yield Heading(2, "Human security")
    yield Paragraph(NO_CRITERION_NOTE, "quiet")
    shown: list[tuple[str, str]] = []
    behind: list[str] = []
    unknown: list[str] = []
    nothing: list[str] = []
    for one in positions.human_security:
        title = words.fill(one.dimension.title)
        facts = _numbers(one.rests_on, words)
        if one.shown is not None and one.shown.status is MET:
            behind.append(f"{_lower(title)} ({facts})" if facts else _lower(title))
        elif told := _graded(one):
            shown.append((title, f"{told} ({facts})" if facts else told))
        elif _is_open(one):
            unknown.append(title)
        else:
            nothing.append(title)
    rest = (("Left behind by", behind), ("Not known", unknown), ("Nothing shows", nothing))
    yield LabelledRows((*shown, *((label, _joined(titles)) for label, titles in rest if titles)))


def _joined(titles: list[str]) -> str:
    first, *rest = titles
    return "; ".join((first[:1].upper() + first[1:], *map(_lower, rest)))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _graded(one: Measurement) -> str:
    """Return what shows of a dimension in words, or nothing where nothing does."""
    severity, pervasiveness = _grade(one.severity), _grade(one.pervasiveness)
    if not one.severity.shown:
        # How far a threat reaches says nothing while it is open whether there is one.
        return ""
    return f"{severity[:1].upper()}{severity[1:]}; {pervasiveness or 'how pervasive is not known'}"


def _grade(grade: Grade) -> str:
    higher = f", perhaps {grade.possible}" if grade.possible else ""
    return f"{grade.shown}{higher}" if grade.shown else ""


def _is_open(one: Measurement) -> bool:
    return one.shown.status is UNDETERMINED if one.shown is not None else one.severity.possible is not None


def judgement_blocks(findings: Findings, words: Wording) -> Iterator[Block]:
    """Yield every judgement of a person that the findings rest on, with who judged and why."""
    given = _answered(findings)
    judged = [known for known in given if known.fact.judgement]
    yield Heading(2, "Judgements that this rests on")
    if judged:
        yield LabelledRows(tuple((f"{words.numbers[known.fact.name]}.", _judged(known, words)) for known in judged))
    by_worth = ((label, _with(given, worth)) for worth, label in CREDIBILITY_HEADINGS.items())
    counted = [(label, _numbers(facts, words)) for label, facts in by_worth if facts]
    rows = tuple((label, f"fact {told}" if told.isdigit() else f"facts {told}") for label, told in counted)
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


def _answered(findings: Findings) -> list[EstablishedFact]:
    """Return the facts that were answered with more than "unknown"."""
    return [known for known in findings.established.values() if known.given and known.given.value is not Answer.UNKNOWN]


def _with(facts: Iterable[EstablishedFact], worth: Credibility) -> list[EstablishedFact]:
    return [known for known in facts if known.given and known.given.credibility is worth]


def _judged(known: EstablishedFact, words: Wording) -> str:
    assert known.given is not None
    told = words.answer(known)
    who = sanitize_line(known.given.source) if known.given.source else "not named"
    why = sanitize_line(known.given.note) if known.given.note else "not given"
    return f"{words.question(known.fact.name)} {told[:1].upper()}{told[1:]}. Judged by: {who}. Reason: {why}"


def not_judged_blocks(findings: Findings, words: Wording) -> Iterator[Block]:
    """Yield what the book says it cannot encode, so that nobody takes it as settled."""
    if not findings.book.not_judged:
        return
    yield Heading(2, "What this program does not judge")
    yield ItemList(tuple(f"{words.fill(one.says)}{_cited(one.sources, words)}" for one in findings.book.not_judged))


def limbs_data(findings: Findings) -> list[dict[str, object]]:
    """Return the table of limbs as plain data."""
    return [
        {"title": row.title, "departure": _plain(row.departure, findings), "sur_place": _plain(row.sur_place, findings)}
        for row in findings.book.limbs
    ]


def _plain(name: str | None, findings: Findings) -> dict[str, object] | None:
    if name is None:
        return None
    finding: Finding = findings[name]
    return {
        "criterion": name,
        "finding": finding.status.value,
        "rests_on": [known.fact.name for known in finding.rests_on],
    }


def human_security_data(positions: Positions) -> dict[str, object]:
    """Return the human-security profile as plain data, labelled as no criterion of status."""
    return {
        "label": NO_CRITERION_NOTE,
        "dimensions": [
            {
                "dimension": one.dimension.name,
                "kind": one.dimension.kind,
                "severity": _plain_grade(one.severity) if one.shown is None else None,
                "pervasiveness": _plain_grade(one.pervasiveness) if one.shown is None else None,
                "shown": one.shown.status.value if one.shown is not None else None,
                "rests_on": [known.fact.name for known in one.rests_on],
            }
            for one in positions.human_security
        ],
    }


def _plain_grade(grade: Grade) -> dict[str, str | None]:
    return {"shown": grade.shown, "perhaps": grade.possible}


def judgements_data(findings: Findings) -> dict[str, list[str]]:
    """Return the names of the facts on which somebody's judgement was taken, by the kind of judgement."""
    given = _answered(findings)
    by_worth = {worth.value: [known.fact.name for known in _with(given, worth)] for worth in Credibility}
    return {"facts": [known.fact.name for known in given if known.fact.judgement], **by_worth}

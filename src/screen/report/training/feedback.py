"""What a trainee reads around an exercise: the vignette, the feedback on each answer, the marks, the debriefing.

In: exercises, drills, marks and model findings. Out: blocks. A mark is always shown with its law point and its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from screen.case.evidence import EstablishedFact, answer_words, cited
from screen.engine.finding import Findings
from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED, Status
from screen.report.determination import criterion_blocks
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph
from screen.report.training.labels import (
    DIFFICULTY_LABELS,
    ELEMENT_LABELS,
    MARK_LABELS,
    STEP_KIND_LABELS,
    element_label,
    outcome_label,
)
from screen.report.training.questions import item_label, step_label, vignette_paragraphs
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording, capitalize
from screen.rulebook.model import RuleBook
from screen.text import sanitize_line
from screen.training.diagnosis import Diagnosis
from screen.training.drills import CourtDrill, TwistDrill
from screen.training.exercise import RECOMMEND, Exercise
from screen.training.marking import PASS, QUESTION_ORDER, Mark, MarkedElement, count_marks, other_statuses
from screen.training.written_reasons import ChecklistItem

_MAX_FACTS = 8  # decisive facts that are written out; the rest are counted
_MAX_MISSING = 3
_MAX_ORIGINS = 2


def opening_blocks(exercise: Exercise, findings: Findings) -> Iterator[Block]:
    """Yield the exercise as it is shown to a trainee."""
    difficulty = f"difficulty {exercise.difficulty} of 3 ({DIFFICULTY_LABELS[exercise.difficulty]})"
    yield Heading(1, sanitize_line(exercise.title))
    yield LabelledRows(
        (("Exercise", f"{exercise.name}, {difficulty}"), ("Read under", findings.profile.title)),
    )
    yield from map(Paragraph, vignette_paragraphs(exercise))


def debriefing_blocks(exercise: Exercise, book: RuleBook) -> Iterator[Block]:
    """Yield what an exercise is drawn from, what was held there, and where other courts differ."""
    rows = (
        ("Drawn from", "; ".join(cited(book.sources[name], whole=True) for name in exercise.sources)),
        ("Paper", "; ".join(f"{name}: {book.claims[name].says}" for name in exercise.claims)),
        ("Held", exercise.held or ""),
        ("Elsewhere", exercise.elsewhere or ""),
    )
    yield Heading(3, "After marking")
    yield LabelledRows(tuple((label, sanitize_line(text)) for label, text in rows if text))


# ── a finding ───────────────────────────────────────────────────────────────────────────────────────────────────────


def verdict_blocks(wording: Wording, marked: MarkedElement) -> Iterator[Block]:
    """Yield the mark of a finding, before its reasons."""
    label = element_label(wording, marked.point)
    if marked.mark is Mark.CORRECT:
        yield Paragraph(f"{MARK_LABELS[marked.mark]}. {label}: {outcome_label(marked.model_answer)}.", "strong")
    elif marked.trainee_answer == PASS:
        yield Paragraph(f"{label}: {outcome_label(marked.model_answer)}.", "strong")
    else:
        yield Paragraph(f"{MARK_LABELS[marked.mark]}. {label}: {disagreement_text(marked)}.", "strong")


def disagreement_text(marked: MarkedElement) -> str:
    """Return how the trainee and how the rule book ends a point."""
    return f"you say {outcome_label(marked.trainee_answer)}, the rule book {outcome_label(marked.model_answer)}"


def feedback_blocks(exercise: Exercise, findings: Findings, point: str) -> Iterator[Block]:
    """Yield the law of a point, the facts that decided it, and why it could not end differently."""
    wording, finding = Wording(findings), findings[point]
    for block in criterion_blocks(finding, wording):
        if isinstance(block, LabelledRows):
            # No list of numbered facts is shown to a trainee: the decisive facts are written out below.
            block = LabelledRows(tuple(row for row in block.rows if row[0] not in ("Evidence", "Missing")))
        yield block
    if finding.rests_on:
        yield Heading(3, "Decisive facts")
        facts = [_decisive_fact(exercise, wording, fact) for fact in finding.rests_on]
        rest = [f"and {len(facts) - _MAX_FACTS} more"] if len(facts) > _MAX_FACTS else []
        yield ItemList((*facts[:_MAX_FACTS], *rest))
    yield Heading(3, "Why not otherwise")
    labels_of_reason: dict[str, list[str]] = {}
    for status in other_statuses(findings, point):
        labels_of_reason.setdefault(_why_not(wording, point, status), []).append(STATUS_LABELS[status])
    yield LabelledRows(
        tuple((capitalize(" or ".join(labels).lower()), reason) for reason, labels in labels_of_reason.items())
    )


def _decisive_fact(exercise: Exercise, wording: Wording, fact: EstablishedFact) -> str:
    text = wording.question_and_answer(fact, "not known")
    if fact.presumed:
        return f"{text}. {wording.fill(fact.presumed.because)}"
    shown_by = exercise.shown_by.get(fact.fact.name)
    return f"{text}." if shown_by is None else f"{text}. Shown by: {sanitize_line(shown_by)}."


def _why_not(wording: Wording, point: str, status: Status) -> str:
    """Return why a criterion did not end with this other status."""
    finding, says = wording.findings[point], wording.book.criteria[point].says
    assert says is not None
    if status is UNDETERMINED:
        return "Nothing that is still unknown could change it; to leave it open would ask for more than the law does."
    if finding.status is UNDETERMINED:
        missing = [wording.question(fact.fact.name) for fact in finding.missing]
        rest = f" (and {len(missing) - _MAX_MISSING} more)" if len(missing) > _MAX_MISSING else ""
        unknown = f"Not known: {' '.join(missing[:_MAX_MISSING])}{rest}" if missing else "What it needs is not known."
        return f"{unknown} Unknown is neither yes nor no."
    if status is NOT_APPLICABLE:
        return "Its condition for applying is met."
    text = wording.fill({MET: says.met, NOT_MET: says.not_met}[status])
    if finding.status is NOT_APPLICABLE:
        return f"It does not apply here, and so cannot end that way: {text}"
    return f"The decisive facts are against it. It would read: {text}"


def diagnosis_blocks(wording: Wording, exercise: Exercise, diagnosis: Diagnosis) -> Iterator[Block]:
    """Yield where trainee and model first differ, and what the model answer says there."""
    step, findings = diagnosis.step, wording.findings
    title, kind = wording.title(diagnosis.criterion), STEP_KIND_LABELS[step.kind]
    yield Paragraph(f"You and the model differ at: {title}, over {kind}.", "strong")
    match step.kind:
        case "fact":
            yield Paragraph(_decisive_fact(exercise, wording, findings.established[step.name]))
        case "reading":
            sides = wording.book.readings[step.name].sides
            yield Paragraph(f"Profile {findings.profile.name} takes one side; others are held elsewhere:")
            yield LabelledRows(tuple((side.name.replace("_", " "), wording.fill(side.says)) for side in sides))
        case "standard":
            yield Paragraph(step_label(wording, step))
        case _:
            yield Paragraph("You agree on facts, readings and standard; look again at how they are combined.")


# ── marks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def mark_blocks(wording: Wording, marked: Sequence[MarkedElement]) -> Iterator[Block]:
    """Yield every element with its mark, then how often each was given: never one number."""
    yield Heading(2, "Marks")
    yield LabelledRows(tuple((MARK_LABELS[element.mark], _marked_text(wording, element)) for element in marked))
    counts = count_marks(element.mark for element in marked)
    text = "; ".join(f"{MARK_LABELS[mark].lower()} {count}" for mark, count in counts.items() if count)
    yield Paragraph(f"{capitalize(text)}.", "quiet")


def _marked_text(wording: Wording, marked: MarkedElement) -> str:
    needless_label = "Too early" if marked.point == QUESTION_ORDER else "Not needed"
    sentences = [f"{element_label(wording, marked.point)}."]
    sentences += [f"Missed: {wording.question(name)}" for name in marked.missed]
    sentences += [f"{needless_label}: {wording.question(name)}" for name in marked.needless]
    return " ".join(sentences)


def checklist_blocks(
    wording: Wording, items: Sequence[ChecklistItem], covered: Collection[ChecklistItem]
) -> Iterator[Block]:
    """Yield the checklist with the items that the text names. It looks for words and does not judge prose."""
    yield Heading(2, "Checklist")
    yield Paragraph("This looks for words. It cannot tell whether the reasons are good.", "quiet")
    yield LabelledRows(
        tuple(("Found" if item in covered else "Not found", item_label(wording, item)) for item in items)
    )


# ── drills ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fact_blocks(wording: Wording) -> Iterator[Block]:
    """Yield the answered facts of a case as a list, before a drill on them."""
    facts = [fact for fact in wording.findings.established.values() if fact.given]
    yield ItemList(tuple(f"{sanitize_line(wording.question_and_answer(fact))}." for fact in facts))


def changed_answer_text(wording: Wording, drill: TwistDrill) -> str:
    """Return the answer that a drill changes, before and after."""
    before, after = (findings.established[drill.fact] for findings in (drill.outcome.before, drill.outcome.after))
    new_answer = sanitize_line(answer_words(wording.book, after.fact, after.value))
    return f"{wording.question_and_answer(before, 'not known')}. Now take it to be: {new_answer}."


def twist_blocks(wording: Wording, drill: TwistDrill) -> Iterator[Block]:
    """Yield what a changed fact changes, and where the change begins."""
    before, after = drill.outcome.before, drill.outcome.after
    yield Heading(3, "What changes")
    rows = [
        (
            wording.title(name),
            f"{STATUS_LABELS[before[name].status].lower()}, then {STATUS_LABELS[after[name].status].lower()}",
        )
        for name in drill.changed_points
    ]
    if before.recommendation != after.recommendation:
        old, new = RECOMMENDATION_LABELS[before.recommendation], RECOMMENDATION_LABELS[after.recommendation]
        rows.append((ELEMENT_LABELS[RECOMMEND], f"{old}; then {new.lower()}"))
    yield LabelledRows(tuple(rows))
    yield Heading(3, "Why")
    wording_after = Wording(after)
    for name in drill.origins[:_MAX_ORIGINS]:
        yield Paragraph(f"{wording.title(name)}: {wording_after.says(after[name])}")
    if drill.outcome.changed_presumptions:
        questions = " ".join(wording.question(name) for name in drill.outcome.changed_presumptions)
        yield Paragraph(f"Also presumed differently now: {questions}", "quiet")


def court_blocks(wording: Wording, drill: CourtDrill) -> Iterator[Block]:
    """Yield how two profiles end the point where they first differ, and over which reading."""
    yield Heading(3, f"They differ at: {wording.title(drill.point)}")
    yield LabelledRows(
        tuple(
            (
                findings.profile.name,
                f"{STATUS_LABELS[findings[drill.point].status]}. {Wording(findings).says(findings[drill.point])}",
            )
            for findings in drill.comparison.findings
        )
    )
    for difference in drill.comparison.differences:
        for split in difference.splits:
            yield Paragraph(split.reading.title, "quiet")
            yield LabelledRows(
                tuple((", ".join(taken.profiles), wording.fill(taken.side.says)) for taken in split.sides)
            )

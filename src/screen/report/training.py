"""The words of an exercise: its questions, and what is said after each answer.

In: exercises, drills and marks. Out: views that the asking rooms can put, and blocks. Left alone: who asks, and what is
kept. A mark is always told with its law point and its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from screen.case.evidence import EstablishedFact, answer_words, cited, filled
from screen.engine.finding import Findings
from screen.interview.conversation import QuestionView
from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED, Answer, Status
from screen.report.determination import criterion_blocks
from screen.report.document import Block, Heading, ItemList, LabelledRows, Paragraph
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import Fact, RuleBook
from screen.text import sanitize_line
from screen.training.diagnosis import Diagnosis, ReasoningStep
from screen.training.drills import CourtDrill, TwistDrill
from screen.training.exercise import RECOMMEND, Exercise
from screen.training.marking import (
    ASKED_IN_VAIN,
    COURT,
    DISTRESS,
    FOUND,
    MISSING,
    NEEDLESS,
    ORDER,
    PASS,
    WHY,
    Mark,
    MarkedElement,
    count_marks,
    other_statuses,
)
from screen.training.schedule import PointProgress
from screen.training.written_reasons import ChecklistItem

MARK_LABELS = {
    Mark.CORRECT: "Correct",
    Mark.MINOR: "Minor error",
    Mark.SIGNIFICANT: "Significant error",
    Mark.NOT_APPLICABLE: "Not applicable",
}
ELEMENT_LABELS = {
    NEEDLESS: "Facts chosen that bear on nothing taught",
    MISSING: "What is missing",
    FOUND: "Material facts found",
    ASKED_IN_VAIN: "Needless questions",
    DISTRESS: "Distressing questions without need",
    ORDER: "Order of the questions",
    WHY: "Why it changes",
    COURT: "Where the courts part",
    RECOMMEND: "Recommendation",
}
STEP_KIND_LABELS = {
    "fact": "a fact",
    "reading": "a contested reading",
    "standard": "the standard of proof",
    "logic": "the logic",
}
DIFFICULTY_LABELS = {1: "one point, plain facts", 2: "several points", 3: "contested"}
_PASSES = (UNKNOWN, "Pass: show me")
_MOST = 8
UNSAID = Answer.UNKNOWN


# ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def exercise_question(
    kind: str,
    ask: str,
    options: Iterable[tuple[str, str]],
    number: int,
    chapter: str,
    *,
    why: str | None = None,
    passes: bool = True,
    help_: str | None = None,
) -> QuestionView:
    """Return a question of an exercise as the asking rooms put it; where it `passes`, unknown is a pass."""
    own = (*options, _PASSES) if passes else tuple(options)
    fact = Fact("exercise", ask, kind, own, "", why, help_, (), "shared", "low", "person")
    return QuestionView(fact, number, ask, own, why, (), (), help_, 0, 0, chapter, None)


def finding_question(words: Wording, point: str, number: int) -> QuestionView:
    """Return the question how a criterion ends."""
    one = words.book.criteria[point]
    test = [f"standard: {standard}"] if (standard := words.standard(one)) else []
    against = ["against the claim if met"] if one.adverse else []
    options = [(state.value, label) for state, label in STATUS_LABELS.items()]
    ask = f"{words.title(point)}: how does it end?"
    return exercise_question(
        "choice", ask, options, number, words.book.sections[one.section], why="; ".join([*test, *against]) or None
    )


def recommendation_question(number: int) -> QuestionView:
    """Return the question what to recommend."""
    return exercise_question(
        "choice", "What is to be recommended?", RECOMMENDATION_LABELS.items(), number, ELEMENT_LABELS[RECOMMEND]
    )


def facts_question(words: Wording, names: Sequence[str], ask: str, number: int, chapter: str, why: str) -> QuestionView:
    """Return the question which of these facts."""
    options = [(name, words.question(name)) for name in names]
    return exercise_question("many", ask, options, number, chapter, why=why)


def points_question(
    words: Wording, names: Sequence[str], ask: str, number: int, chapter: str, *, many: bool
) -> QuestionView:
    """Return the question which of these law points."""
    options = [(name, words.title(name)) for name in names]
    return exercise_question("many" if many else "choice", ask, options, number, chapter)


def steps_question(
    words: Wording, point: str, found: Sequence[ReasoningStep], number: int, why: str | None
) -> QuestionView:
    """Return the follow-up to a wrong finding: which step the trainee sees otherwise."""
    options = [(str(place), step_label(words, step)) for place, step in enumerate(found, 1)]
    ask = f"The model of “{words.title(point)}” rests on these. Which do you see otherwise?"
    return exercise_question("choice", ask, options, number, "Where the two part", why=why)


def step_label(words: Wording, step: ReasoningStep) -> str:
    """Return a step with what the model holds of it."""
    book, findings = words.book, words.findings
    match step.kind:
        case "criterion":
            return f"Element: {words.title(step.name)}: {STATUS_LABELS[findings[step.name].status].lower()}"
        case "fact":
            return f"Fact: {_told(words, findings.established[step.name])}"
        case "reading":
            reading = book.readings[step.name]
            return f"Reading: {reading.title} {words.fill(reading.side(findings.profile.readings[step.name]).says)}"
        case "standard":
            side = findings.profile.readings.get(step.name, step.name)
            return f"Standard: {book.standards.get(side) or book.readings[step.name].side(side).says}"
        case _:
            return "None of these: with all of them I still conclude otherwise"


def _told(words: Wording, known: EstablishedFact) -> str:
    answer = words.answer(known) if known.given or known.presumed else "not known"
    return f"{words.question(known.fact.name)} {answer[:1].upper()}{answer[1:]}"


# ── before and after ────────────────────────────────────────────────────────────────────────────────────────────────


def opening_blocks(exercise: Exercise, findings: Findings) -> Iterator[Block]:
    """Yield the exercise as it is put before a trainee."""
    yield Heading(1, sanitize_line(exercise.title))
    yield LabelledRows(
        (
            (
                "Exercise",
                f"{exercise.name}, difficulty {exercise.difficulty} of 3 ({DIFFICULTY_LABELS[exercise.difficulty]})",
            ),
            ("Read under", findings.profile.title),
        )
    )
    for paragraph in _paragraphs(exercise):
        yield Paragraph(paragraph)


def _paragraphs(exercise: Exercise) -> list[str]:
    return [sanitize_line(" ".join(paragraph.split())) for paragraph in exercise.vignette.split("\n\n")]


def vignette_text(exercise: Exercise, words: Wording) -> str:
    """Return the vignette with the points taught, as the help on a question shows them again."""
    points = "; ".join(words.title(name) for name in exercise.teaches)
    return "\n".join([*_paragraphs(exercise), f"Points taught: {points}."])


def verdict_blocks(words: Wording, one: MarkedElement) -> Iterator[Block]:
    """Yield the mark of a finding, before its reasons."""
    name = element_label(words, one.point)
    if one.mark is Mark.CORRECT:
        yield Paragraph(f"{MARK_LABELS[one.mark]}. {name}: {outcome_label(one.model_answer)}.", "strong")
    elif one.trainee_answer == PASS:
        yield Paragraph(f"{name}: {outcome_label(one.model_answer)}.", "strong")
    else:
        yield Paragraph(f"{MARK_LABELS[one.mark]}. {name}: {disagreement_text(one)}.", "strong")


def disagreement_text(one: MarkedElement) -> str:
    """Return how trainee and rule book end a point, where they part."""
    return f"you say {outcome_label(one.trainee_answer)}, the rule book {outcome_label(one.model_answer)}"


def outcome_label(name: str) -> str:
    """Return a finding or a recommendation, by its name, in words."""
    if name in RECOMMENDATION_LABELS:
        return RECOMMENDATION_LABELS[name].lower()
    return STATUS_LABELS[Status(name)].lower() if name in {state.value for state in Status} else name


def element_label(words: Wording, point: str) -> str:
    """Return what was marked, in words."""
    return words.title(point) if point in words.book.criteria else ELEMENT_LABELS.get(point, point)


def feedback_blocks(exercise: Exercise, findings: Findings, point: str) -> Iterator[Block]:
    """Yield the law of a point, the facts that decided it, and why it could not end otherwise."""
    words = Wording(findings)
    finding = findings[point]
    # Facts are told in words below; here nothing lists them by number.
    for block in criterion_blocks(finding, words):
        kept = (
            tuple(row for row in block.rows if row[0] not in ("Evidence", "Missing"))
            if isinstance(block, LabelledRows)
            else ()
        )
        yield LabelledRows(kept) if kept else block
    if finding.rests_on:
        yield Heading(3, "Decisive facts")
        shown = [_decisive(exercise, words, known) for known in finding.rests_on]
        more = [f"and {len(shown) - _MOST} more"] if len(shown) > _MOST else []
        yield ItemList((*shown[:_MOST], *more))
    yield Heading(3, "Why not otherwise")
    others: dict[str, list[str]] = {}
    for state in other_statuses(findings, point):
        others.setdefault(_why_not(words, findings, point, state), []).append(STATUS_LABELS[state])
    yield LabelledRows(
        tuple((" or ".join([states[0], *map(str.lower, states[1:])]), why) for why, states in others.items())
    )


def _decisive(exercise: Exercise, words: Wording, known: EstablishedFact) -> str:
    told = _told(words, known)
    if known.presumed:
        return f"{told}. {words.fill(known.presumed.because)}"
    name = known.fact.name
    return f"{told}. Shown by: {sanitize_line(exercise.shown_by[name])}." if name in exercise.shown_by else f"{told}."


def _why_not(words: Wording, findings: Findings, point: str, state: Status) -> str:
    """Return why a criterion did not end in this other way."""
    finding, says = findings[point], findings.book.criteria[point].says
    assert says is not None
    if state is UNDETERMINED:
        return "Nothing that is still unknown could change it; to leave it open would ask for more than the law does."
    if finding.status is UNDETERMINED:
        missing = [words.question(known.fact.name) for known in finding.missing]
        more = f" (and {len(missing) - 3} more)" if len(missing) > 3 else ""
        unknown = f"Not known: {' '.join(missing[:3])}{more}" if missing else "What it needs is not known."
        return f"{unknown} Unknown is neither yes nor no."
    if state is NOT_APPLICABLE:
        return "Its condition to apply is met."
    would = {MET: says.met, NOT_MET: says.not_met}[state]
    if finding.status is NOT_APPLICABLE:
        return f"It does not come into play here, so that it cannot end so: {words.fill(would)}"
    return f"The decisive facts are against it. It would read: {words.fill(would)}"


def diagnosis_blocks(words: Wording, exercise: Exercise, parting: Diagnosis) -> Iterator[Block]:
    """Yield where trainee and model part first, and what the model has to say there."""
    step = parting.step
    yield Paragraph(
        f"You and the model part at: {words.title(parting.criterion)}, over {STEP_KIND_LABELS[step.kind]}.", "strong"
    )
    findings = words.findings
    if step.kind == "fact":
        yield Paragraph(_decisive(exercise, words, findings.established[step.name]))
    elif step.kind == "reading":
        reading = words.book.readings[step.name]
        rows = [(side.name.replace("_", " "), words.fill(side.says)) for side in reading.sides]
        yield Paragraph(f"Profile {findings.profile.name} takes one side; others are held elsewhere:")
        yield LabelledRows(tuple(rows))
    elif step.kind == "standard":
        yield Paragraph(step_label(words, step))
    else:
        yield Paragraph("Facts, readings and standard are common ground; look again at how they join.")


def debriefing_blocks(exercise: Exercise, book: RuleBook) -> Iterator[Block]:
    """Yield what an exercise is drawn from, what was held there, and where other courts part."""
    rows = [("Drawn from", "; ".join(cited(book.sources[name], whole=True) for name in exercise.sources))]
    rows += [("Paper", "; ".join(f"{name}: {book.claims[name].says}" for name in exercise.claims))]
    rows += [("Held", exercise.held or ""), ("Elsewhere", exercise.elsewhere or "")]
    yield Heading(3, "After marking")
    yield LabelledRows(tuple((label, sanitize_line(text)) for label, text in rows if text))


def fact_choice_text(words: Wording, one: MarkedElement) -> str:
    """Return what was missed and what was chosen in vain, in words; empty where there is neither."""
    missed = [f"Missed: {words.question(name)}" for name in one.missed]
    vain = "Too early" if one.point == ORDER else "In vain"
    needless = [f"{vain}: {words.question(name)}" for name in one.needless]
    return " ".join([*missed, *needless])


def mark_blocks(words: Wording, marked: Sequence[MarkedElement]) -> Iterator[Block]:
    """Yield every element with its mark, then how often each was given: never one number."""
    yield Heading(2, "Marks")
    yield LabelledRows(tuple((MARK_LABELS[one.mark], _element(words, one)) for one in marked))
    counts = [f"{MARK_LABELS[mark].lower()} {count}" for mark, count in count_marks(marked).items() if count]
    yield Paragraph("; ".join(counts)[:1].upper() + "; ".join(counts)[1:] + ".", "quiet")


def _element(words: Wording, one: MarkedElement) -> str:
    beside = fact_choice_text(words, one)
    return f"{element_label(words, one.point)}.{f' {beside}' if beside else ''}"


def changed_answer_text(words: Wording, fact: str, before: EstablishedFact, after_: EstablishedFact) -> str:
    """Return a changed answer in words."""
    book, one = words.book, words.book.facts[fact]
    old = _told(words, before)
    return f"{old}. Now take it to be: {sanitize_line(answer_words(book, one, after_.value))}."


def fact_blocks(words: Wording) -> Iterator[Block]:
    """Yield the facts of a case as a list, before a drill on them."""
    told = [sanitize_line(_told(words, known)) for known in words.findings.established.values() if known.given]
    yield ItemList(tuple(f"{line}." for line in told))


def twist_blocks(words: Wording, drill: TwistDrill) -> Iterator[Block]:
    """Yield what a changed fact changes, and where the change begins."""
    before, after_ = drill.outcome.before, drill.outcome.after
    yield Heading(3, "What changes")
    rows = [
        (
            words.title(name),
            f"{STATUS_LABELS[before[name].status].lower()}, then {STATUS_LABELS[after_[name].status].lower()}",
        )
        for name in drill.changed_points
    ]
    if before.recommendation != after_.recommendation:
        first, then = RECOMMENDATION_LABELS[before.recommendation], RECOMMENDATION_LABELS[after_.recommendation]
        told = f"{first}; then {then.lower()}"
        rows.append((ELEMENT_LABELS[RECOMMEND], told))
    yield LabelledRows(tuple(rows))
    yield Heading(3, "Why")
    after_words = Wording(after_)
    for name in drill.origins[:2]:
        yield Paragraph(f"{words.title(name)}: {after_words.says(after_[name])}")
    if drill.outcome.changed_presumptions:
        others = " ".join(words.question(name) for name in drill.outcome.changed_presumptions)
        yield Paragraph(f"Presumed otherwise now, too: {others}", "quiet")


def court_blocks(words: Wording, drill: CourtDrill) -> Iterator[Block]:
    """Yield how two profiles end the point where they part first, and over which reading."""
    yield Heading(3, f"They part at: {words.title(drill.point)}")
    found = drill.comparison.findings
    rows = []
    for one in found:
        says = Wording(one).says(one[drill.point])
        rows.append((one.profile.name, f"{STATUS_LABELS[one[drill.point].status]}. {says}"))
    yield LabelledRows(tuple(rows))
    for difference in drill.comparison.differences:
        for split in difference.splits:
            yield Paragraph(f"{split.reading.title}", "quiet")
            yield LabelledRows(tuple((", ".join(taken.profiles), words.fill(taken.side.says)) for taken in split.sides))


_KINDS = {"finding": "The finding", "fact": "A decisive fact", "authority": "An authority", "against": "The other side"}


def item_label(words: Wording, item: ChecklistItem) -> str:
    """Return an item of the checklist in words."""
    title, one = words.title(item.point), words.book.criteria[item.point]
    match item.kind:
        case "finding":
            told = f"{STATUS_LABELS[Status(item.name)].lower()}"
        case "fact":
            told = _told(words, words.findings.established[item.name])
        case "authority":
            told = f"such as {words.citations(one.sources[:2])}"
        case _:
            told = f"such as {words.citations(one.contrary[:2])}"
    return f"{_KINDS[item.kind]} on “{title}”: {told}"


def checklist_blocks(
    words: Wording, items: Sequence[ChecklistItem], covered: Collection[ChecklistItem]
) -> Iterator[Block]:
    """Yield the checklist with what was found in the text. Words are looked for; prose is not judged."""
    yield Heading(2, "Checklist")
    yield Paragraph("This looks for words. It cannot tell whether the reasons are good.", "quiet")
    yield LabelledRows(tuple(("Found" if item in covered else "Not found", item_label(words, item)) for item in items))


def reasons_template(exercise: Exercise, findings: Findings) -> str:
    """Return the text that an editor opens with: the exercise as comment lines, and the points to reason on."""
    words = Wording(findings)
    lines = [exercise.title, "", *exercise.vignette.split("\n"), "", "Write your reasons on:"]
    lines += [f"- {words.title(name)}" for name in exercise.teaches]
    lines += ["Lines that begin with # are left out."]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n"


def strip_comments(text: str) -> str:
    """Return written reasons without the lines of the template."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()


# ── progress ────────────────────────────────────────────────────────────────────────────────────────────────────────


def law_point_label(book: RuleBook, point: str) -> str:
    """Return a law point in words where no case is at hand."""
    return (
        filled(book.criteria[point].title, book, UNSAID, UNSAID)
        if point in book.criteria
        else ELEMENT_LABELS.get(point, point)
    )


def due_text(standing: PointProgress, today: date) -> str:
    """Return when a law point is due, counted in days; nothing where that is not known."""
    if standing.due is None:
        return ""
    days = (standing.due.date() - today).days
    if days <= 0:
        return "due"
    return "tomorrow" if days == 1 else f"in {days} days"

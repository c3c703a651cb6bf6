"""The questions of exercises and drills, and what a trainee reads beside them.

In: exercises and model findings. Out: views that a `Prompter` can ask, and texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from screen.engine.finding import Findings
from screen.interview.view import QuestionView
from screen.report.training.labels import ELEMENT_LABELS, outcome_label
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import Fact
from screen.text import sanitize_line
from screen.training.diagnosis import ReasoningStep
from screen.training.exercise import RECOMMEND, Exercise
from screen.training.written_reasons import ChecklistItem

_PASS_OPTION = (UNKNOWN, "Pass: show me")
_ITEM_LABELS = {
    "finding": "The finding",
    "fact": "A decisive fact",
    "authority": "An authority",
    "against": "The other side",
}


def exercise_question(
    kind: str,
    ask: str,
    options: Iterable[tuple[str, str]],
    number: int,
    chapter: str,
    *,
    why: str | None = None,
    passes: bool = True,
) -> QuestionView:
    """Return a question of an exercise as a `Prompter` asks it; where it `passes`, unknown is a pass."""
    options = (*options, _PASS_OPTION) if passes else tuple(options)
    fact = Fact("exercise", ask, kind, options, "", why, None, (), "shared", "low", "person")
    return QuestionView(fact, number, ask, options, why, (), (), None, 0, 0, chapter, None)


def finding_question(wording: Wording, point: str, number: int) -> QuestionView:
    """Return the question how a criterion ends."""
    criterion = wording.book.criteria[point]
    notes = [f"standard: {standard}"] if (standard := wording.standard(criterion)) else []
    if criterion.adverse:
        notes.append("against the claim if met")
    ask, chapter = f"{wording.title(point)}: how does it end?", wording.book.sections[criterion.section]
    return exercise_question("choice", ask, status_options(), number, chapter, why="; ".join(notes) or None)


def status_options() -> list[tuple[str, str]]:
    """Return the findings to choose from."""
    return [(status.value, label) for status, label in STATUS_LABELS.items()]


def recommendation_question(number: int) -> QuestionView:
    """Return the question what to recommend."""
    options, chapter = RECOMMENDATION_LABELS.items(), ELEMENT_LABELS[RECOMMEND]
    return exercise_question("choice", "What is to be recommended?", options, number, chapter)


def facts_question(
    wording: Wording, names: Sequence[str], ask: str, number: int, chapter: str, why: str
) -> QuestionView:
    """Return the question which of these facts."""
    options = [(name, wording.question(name)) for name in names]
    return exercise_question("many", ask, options, number, chapter, why=why)


def points_question(
    wording: Wording, names: Sequence[str], ask: str, number: int, chapter: str, *, many: bool
) -> QuestionView:
    """Return the question which of these law points."""
    options = [(name, wording.title(name)) for name in names]
    return exercise_question("many" if many else "choice", ask, options, number, chapter)


def steps_question(
    wording: Wording, point: str, steps: Sequence[ReasoningStep], number: int, why: str | None
) -> QuestionView:
    """Return the follow-up to a wrong finding: which step the trainee sees differently."""
    options = [(str(place), step_label(wording, step)) for place, step in enumerate(steps, 1)]
    ask = f"The model answer on “{wording.title(point)}” rests on these. Which do you see differently?"
    return exercise_question("choice", ask, options, number, "Where you and the model differ", why=why)


def step_label(wording: Wording, step: ReasoningStep) -> str:
    """Return a step with what the model answer holds on it."""
    findings = wording.findings
    match step.kind:
        case "criterion":
            return f"Element: {wording.title(step.name)}: {STATUS_LABELS[findings[step.name].status].lower()}"
        case "fact":
            return f"Fact: {wording.question_and_answer(findings.established[step.name], 'not known')}"
        case "reading":
            return f"Reading: {wording.book.readings[step.name].title} {wording.side(step.name)}"
        case "standard":
            return f"Standard: {wording.standard_text(step.name)}"
        case _:
            return "None of these: I accept all of them and still conclude differently"


def item_label(wording: Wording, item: ChecklistItem) -> str:
    """Return an item of the checklist in words."""
    criterion = wording.book.criteria[item.point]
    match item.kind:
        case "finding":
            text = outcome_label(item.name)
        case "fact":
            text = wording.question_and_answer(wording.findings.established[item.name], "not known")
        case "authority":
            text = f"such as {wording.citations(criterion.sources[:2])}"
        case _:
            text = f"such as {wording.citations(criterion.contrary[:2])}"
    return f"{_ITEM_LABELS[item.kind]} on “{wording.title(item.point)}”: {text}"


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def vignette_paragraphs(exercise: Exercise) -> list[str]:
    """Return the paragraphs of a vignette, safe to show."""
    return [sanitize_line(paragraph) for paragraph in exercise.vignette.split("\n\n")]


def vignette_text(exercise: Exercise, wording: Wording) -> str:
    """Return the vignette with the points taught, as the help on a question repeats them."""
    points = "; ".join(wording.title(name) for name in exercise.teaches)
    return "\n".join([*vignette_paragraphs(exercise), f"Points taught: {points}."])


def reasons_template(exercise: Exercise, findings: Findings) -> str:
    """Return the text that an editor opens with: the exercise as comment lines, and the points to reason on."""
    wording = Wording(findings)
    lines = [exercise.title, "", *exercise.vignette.split("\n"), "", "Write your reasons on:"]
    lines += [f"- {wording.title(name)}" for name in exercise.teaches]
    lines += ["Lines that begin with # are left out."]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n"


def strip_comments(text: str) -> str:
    """Return written reasons without the lines of the template."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()

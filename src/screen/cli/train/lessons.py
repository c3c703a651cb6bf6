"""Exercises and drills worked with a trainee: questions asked, answers marked, marks saved before the next question.

In: an exercise, a prompter, a function that saves. Out: the marks. `training` decides what is right, `report.training`
how it is worded; this module holds the order of events.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from screen.cli import console
from screen.cli.prompt.factory import Examiner
from screen.engine.finding import Findings
from screen.interview.conversation import AnswerReply
from screen.interview.view import QuestionView
from screen.logic import Answer, Status
from screen.report.document import Block, Heading, ItemList, Paragraph
from screen.report.training import feedback, questions
from screen.report.wording import Wording
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import RuleBook
from screen.training import drills, marking
from screen.training.diagnosis import LOGIC_STEP, Diagnosis, diagnose, reasoning_steps
from screen.training.exercise import RECOMMEND, Exercise
from screen.training.marking import Mark, MarkedElement
from screen.training.schedule import Attempt
from screen.training.written_reasons import checklist, find_named_items, mark_reasons


class LessonStopped(Exception):
    """The trainee stops; the marks so far are saved."""


@dataclass
class Lesson:
    """One exercise or drill with a trainee: who asks, who saves, and the marks so far.

    `story` is what the questions are about, `told_since` what was said after it; the help on a question shows both.
    """

    book: RuleBook
    findings: Findings
    name: str
    way: str
    story: str
    prompter: Examiner
    save: Callable[[Sequence[Attempt]], None]
    now: Callable[[], datetime]
    number: int = 0
    marked: list[MarkedElement] = field(default_factory=list)
    told_since: list[str] = field(default_factory=list)

    @property
    def wording(self) -> Wording:
        """The wording of the model findings."""
        return Wording(self.findings)

    def ask(self, view: QuestionView) -> str | frozenset[str] | None:
        """Ask a question; return what was chosen, None for a pass. Raises LessonStopped."""
        reply = self.prompter.ask(replace(view, help="\n".join([self.story, *self.told_since])))
        if not isinstance(reply, AnswerReply):
            raise LessonStopped
        value = reply.answer.value
        if isinstance(value, Answer):
            return None
        assert isinstance(value, str | frozenset)
        return value

    def ask_one(self, view: QuestionView) -> str | None:
        """Ask a question that takes one answer; None for a pass."""
        value = self.ask(view)
        return value if isinstance(value, str) else None

    def ask_several(self, view: QuestionView) -> frozenset[str] | None:
        """Ask a question that takes several answers; None for a pass."""
        value = self.ask(view)
        return value if isinstance(value, frozenset) else None

    def pause(self) -> None:
        """Let a trainee read before the next question covers the text. Raises LessonStopped."""
        if not self.prompter.pause():
            raise LessonStopped

    def next_number(self) -> int:
        """Return the number of the next question."""
        self.number += 1
        return self.number

    def save_marks(self, marked: Sequence[MarkedElement], diagnoses: Mapping[str, Diagnosis] | None = None) -> None:
        """Save marks, on the disk before anything more is asked; `diagnoses` are those of the points that have one."""
        self.marked += marked
        self.save([self._attempt(element, (diagnoses or {}).get(element.point)) for element in marked])

    def _attempt(self, marked: MarkedElement, diagnosis: Diagnosis | None) -> Attempt:
        return Attempt(
            when=self.now(),
            exercise=self.name,
            way=self.way,
            point=marked.point,
            mark=marked.mark,
            said=marked.trainee_answer,
            model=marked.model_answer,
            parted=diagnosis.step.kind if diagnosis else "",
            over=diagnosis.step.name or diagnosis.criterion if diagnosis else "",
        )


def show(blocks: Iterable[Block]) -> None:
    """Print blocks, set apart from what was asked before."""
    sys.stdout.write("\n")
    console.print_blocks(blocks)


# ── the four ways ───────────────────────────────────────────────────────────────────────────────────────────────────


def spot(lesson: Lesson, exercise: Exercise, seed: int) -> None:
    """Ask which facts are material, and which are missing."""
    book, wording = lesson.book, lesson.wording
    show(feedback.opening_blocks(exercise, lesson.findings))
    _show_points(lesson, exercise)
    why = "a fact is material where it decides a point taught; ? shows the story and the points again"
    offered = marking.offered_facts(exercise, book, seed)
    ask = "Which of these facts of the vignette are material to the points taught?"
    view = questions.facts_question(wording, offered, ask, lesson.next_number(), "Spot what is material", why)
    _mark_choice(lesson, view, lambda chosen: marking.mark_spotted_facts(exercise, book, chosen, offered))
    if exercise.open:
        offered_missing = marking.offered_missing_facts(exercise, book, seed)
        ask = "Which of these are still missing, so that they must be asked?"
        number = lesson.next_number()
        view = questions.facts_question(wording, offered_missing, ask, number, "Spot what is missing", why)
        _mark_choice(lesson, view, lambda chosen: marking.mark_missing_facts(exercise, chosen, offered_missing))
    _end(lesson, exercise)


def _mark_choice(lesson: Lesson, view: QuestionView, mark: Callable[[frozenset[str]], Sequence[MarkedElement]]) -> None:
    """Ask a question that takes several answers, mark it, and save the marks."""
    chosen = lesson.ask_several(view)
    lesson.save_marks(marking.mark_pass(mark(frozenset())) if chosen is None else mark(chosen))


def decide(lesson: Lesson, exercise: Exercise, seed: int) -> None:
    """Ask each point taught in the order of examination, with feedback after each; then what to recommend."""
    wording = lesson.wording
    show(feedback.opening_blocks(exercise, lesson.findings))
    for point, model in exercise.teaches.items():
        answer = lesson.ask_one(questions.finding_question(wording, point, lesson.next_number()))
        marked = marking.mark_finding(point, Status(answer) if answer else None, model)
        show(feedback.verdict_blocks(wording, marked))
        try:
            diagnosis = _diagnose(lesson, marked) if marked.mark in (Mark.MINOR, Mark.SIGNIFICANT) else None
        except LessonStopped:
            lesson.save_marks([marked])
            raise
        lesson.save_marks([marked], {point: diagnosis} if diagnosis else None)
        if diagnosis:
            show(feedback.diagnosis_blocks(wording, exercise, diagnosis))
        show(feedback.feedback_blocks(exercise, lesson.findings, point))
        if marked.mark is not Mark.CORRECT:
            lesson.pause()
    marked = _mark_recommendation(lesson.ask_one(questions.recommendation_question(lesson.next_number())), exercise)
    lesson.save_marks([marked])
    show(feedback.verdict_blocks(wording, marked))
    _end(lesson, exercise)


def _mark_recommendation(answer: str | None, exercise: Exercise) -> MarkedElement:
    if answer is None:
        return MarkedElement(RECOMMEND, Mark.NOT_APPLICABLE, marking.PASS, exercise.recommend)
    mark = Mark.CORRECT if answer == exercise.recommend else Mark.SIGNIFICANT
    return MarkedElement(RECOMMEND, mark, answer, exercise.recommend)


def _diagnose(lesson: Lesson, marked: MarkedElement) -> Diagnosis | None:
    """Ask at which step trainee and model differ, going down element by element; None for a pass."""
    point = marked.point
    why: str | None = feedback.disagreement_text(marked)
    while True:
        steps = reasoning_steps(lesson.findings, point)
        if steps == (LOGIC_STEP,):
            return Diagnosis(point, LOGIC_STEP)
        chosen = lesson.ask_one(questions.steps_question(lesson.wording, point, steps, lesson.next_number(), why))
        if chosen is None:
            return None
        diagnosis = diagnose(lesson.findings, point, steps[int(chosen) - 1])
        if isinstance(diagnosis, Diagnosis):
            return diagnosis
        point, why = diagnosis, None


def interview(lesson: Lesson, exercise: Exercise, seed: int) -> None:
    """Let the trainee choose the questions; the applicant answers from the exercise."""
    book, wording = lesson.book, lesson.wording
    show(feedback.opening_blocks(exercise, lesson.findings))
    _show_points(lesson, exercise)
    offered = list(marking.offered_questions(exercise, book, seed))
    asked: list[str] = []
    while len(asked) < len(offered):
        options = [(name, wording.question(name)) for name in offered if name not in asked]
        options.append((UNKNOWN, "Enough: no further question"))
        ask = "Which question do you ask next?"
        why = "what is still open matters for the points taught; ? shows the story again, and what was said"
        number = lesson.next_number()
        view = questions.exercise_question("choice", ask, options, number, "Interview", why=why, passes=False)
        chosen = lesson.ask_one(view)
        if chosen is None:
            break
        asked.append(chosen)
        reply = f"Applicant: {_applicant_says(exercise, chosen)}"
        lesson.prompter.tell(reply)
        lesson.told_since.append(f"{wording.question(chosen)} {reply}")
    lesson.save_marks(marking.mark_interview(exercise, book, asked, offered))
    _end(lesson, exercise)


def _applicant_says(exercise: Exercise, fact: str) -> str:
    """Return what the applicant says when asked about a fact."""
    if fact in exercise.told:
        return " ".join(exercise.told[fact].says.split())
    if fact in exercise.shown_by:
        return f"As I said: {exercise.shown_by[fact]}."
    return "I have told you that." if fact in exercise.given else "I do not know."


def write(lesson: Lesson, exercise: Exercise, text: str) -> None:
    """Compare written reasons with the checklist; what they say in other words the trainee ticks."""
    wording, items = lesson.wording, checklist(exercise, lesson.findings)
    covered = find_named_items(items, exercise, lesson.findings, text)
    show(feedback.checklist_blocks(wording, items, covered))
    not_named = [item for item in items if item not in covered]
    if not_named:
        options = [(str(number), questions.item_label(wording, item)) for number, item in enumerate(not_named, 1)]
        ask = "Which of these does your text say in other words?"
        ticked = lesson.ask_several(questions.exercise_question("many", ask, options, lesson.next_number(), "Write"))
        covered |= {not_named[int(number) - 1] for number in ticked or ()}
    lesson.save_marks(mark_reasons(items, covered))
    _end(lesson, exercise)


def _show_points(lesson: Lesson, exercise: Exercise) -> None:
    titles = tuple(lesson.wording.title(name) for name in exercise.teaches)
    show([Heading(3, "Points taught"), ItemList(titles)])


def _end(lesson: Lesson, exercise: Exercise) -> None:
    show(feedback.mark_blocks(lesson.wording, lesson.marked))
    show(feedback.debriefing_blocks(exercise, lesson.book))


# ── drills ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def twist(lesson: Lesson, drill: drills.TwistDrill, number: int, count: int) -> None:
    """Ask what one changed fact changes, and why."""
    wording = lesson.wording
    _begin_drill(lesson, number, count, feedback.changed_answer_text(wording, drill))
    ask, points = "Which of these end differently now?", drill.offered_points
    chosen = lesson.ask_several(
        questions.points_question(wording, points, ask, lesson.next_number(), "What changes", many=True)
    )
    ask, points = "With which element does the change begin?", drill.offered_origins
    origin = lesson.ask_one(questions.points_question(wording, points, ask, lesson.next_number(), "Why", many=False))
    marked = drills.mark_twist_drill(drill, chosen, origin)
    _end_drill(lesson, number, count, marked, feedback.twist_blocks(wording, drill))


def courts(lesson: Lesson, drill: drills.CourtDrill, number: int, count: int) -> None:
    """Ask on what point two courts differ, and how each ends it."""
    wording = lesson.wording
    first, second = (lesson.book.profiles[name].title for name in drill.profiles)
    _begin_drill(lesson, number, count, f"{first}, and {second}.")
    ask, points = "On which of these do the two differ?", drill.offered_points
    point = lesson.ask_one(
        questions.points_question(wording, points, ask, lesson.next_number(), "Two courts", many=False)
    )
    statuses: dict[str, Status | None] = {}
    for name in drill.profiles:
        ask, options = f"{wording.title(drill.point)}: how does it end under {name}?", questions.status_options()
        answer = lesson.ask_one(questions.exercise_question("choice", ask, options, lesson.next_number(), "Two courts"))
        statuses[name] = Status(answer) if answer else None
    marked = drills.mark_court_drill(drill, point, statuses)
    _end_drill(lesson, number, count, marked, feedback.court_blocks(wording, drill))


def _begin_drill(lesson: Lesson, number: int, count: int, text: str) -> None:
    show([Heading(2, f"Drill {number} of {count}"), Paragraph(text)])
    lesson.told_since = [text]


def _end_drill(
    lesson: Lesson, number: int, count: int, marked: Sequence[MarkedElement], blocks: Iterable[Block]
) -> None:
    lesson.save_marks(marked)
    show([*blocks, *feedback.mark_blocks(lesson.wording, marked)])
    if number < count:
        lesson.pause()

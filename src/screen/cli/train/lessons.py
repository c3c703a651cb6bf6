"""Exercises and drills worked with a trainee: questions put, answers marked, each mark kept before the next question.

In: an exercise, something that asks, something that keeps. Out: the marks. What is right is said in `training`, in
which words in `report.training`; here is only the order of things.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from screen.cli import console
from screen.engine.finding import Findings
from screen.interview.conversation import AnswerReply, QuestionView
from screen.logic import Answer, Status
from screen.report import training as words_of
from screen.report.document import Block, Heading, ItemList, Paragraph
from screen.report.wording import STATUS_LABELS, Wording
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import RuleBook
from screen.training import drills, marking
from screen.training.diagnosis import LOGIC_STEP, Diagnosis, diagnose, reasoning_steps
from screen.training.exercise import RECOMMEND, Exercise
from screen.training.marking import Mark, MarkedElement
from screen.training.schedule import Attempt

if TYPE_CHECKING:
    from screen.cli.prompt.factory import Examiner


class LessonStopped(Exception):
    """The trainee stops; what was marked is kept."""


@dataclass
class Lesson:
    """One sitting over one exercise or drill: who asks, what is kept, and the marks so far.

    `story` is what the questions are about; `heard` what was told beside it since.
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
    def words(self) -> Wording:
        """The words of the model findings."""
        return Wording(self.findings)

    def ask(self, view: QuestionView) -> str | frozenset[str] | None:
        """Put a question; return what was chosen, None for a pass. Its help is the story again. Raises Stopped."""
        reply = self.prompter.ask(replace(view, help="\n".join([self.story, *self.told_since])))
        if not isinstance(reply, AnswerReply):
            raise LessonStopped
        value = reply.answer.value
        if isinstance(value, Answer):
            return None
        assert isinstance(value, str | frozenset)
        return value

    def ask_one(self, view: QuestionView) -> str | None:
        """Put a question that takes one answer; None for a pass."""
        value = self.ask(view)
        return value if isinstance(value, str) else None

    def ask_several(self, view: QuestionView) -> frozenset[str] | None:
        """Put a question that takes several answers; None for a pass."""
        value = self.ask(view)
        return value if isinstance(value, frozenset) else None

    def pause(self) -> None:
        """Let a trainee read before the next question covers it. Raises Stopped."""
        if not self.prompter.pause():
            raise LessonStopped

    def next_number(self) -> int:
        """Return the number of the next question."""
        self.number += 1
        return self.number

    def save_marks(self, marked: Sequence[MarkedElement], parted: Mapping[str, Diagnosis] | None = None) -> None:
        """Keep marks, on the disk before anything more is asked."""
        self.marked += marked
        self.save([self._attempt(one, (parted or {}).get(one.point)) for one in marked])

    def _attempt(self, one: MarkedElement, over: Diagnosis | None) -> Attempt:
        kind, name = (over.step.kind, over.step.name or over.criterion) if over else ("", "")
        return Attempt(
            self.now(), self.name, self.way, one.point, one.mark, one.trainee_answer, one.model_answer, kind, name
        )


def show(blocks: Iterable[Block]) -> None:
    """Put blocks apart from what was asked before."""
    sys.stdout.write("\n")
    console.print_blocks(blocks)


# ── the four ways ───────────────────────────────────────────────────────────────────────────────────────────────────


def spot(lesson: Lesson, exercise: Exercise, seed: int) -> None:
    """Ask which facts are material, and which are missing."""
    book, words = lesson.book, lesson.words
    show(words_of.opening_blocks(exercise, lesson.findings))
    _show_points(lesson, exercise)
    why = "a fact is material where it decides a point taught; ? shows the story and the points again"
    offered = marking.offered_facts(exercise, book, seed)
    ask = "Which of these facts of the vignette are material to the points taught?"
    chosen = lesson.ask_several(
        words_of.facts_question(words, offered, ask, lesson.next_number(), "Spot what is material", why)
    )
    lesson.save_marks(_or_passed(chosen, lambda chosen: marking.mark_spotted_facts(exercise, book, chosen, offered)))
    if exercise.open:
        more = marking.offered_missing_facts(exercise, book, seed)
        ask = "Which of these are still missing, so that they must be asked?"
        named = lesson.ask_several(
            words_of.facts_question(words, more, ask, lesson.next_number(), "Spot what is missing", why)
        )
        lesson.save_marks(_or_passed(named, lambda named: marking.mark_missing_facts(exercise, named, more)))
    _end(lesson, exercise)


def _or_passed(
    chosen: frozenset[str] | None, mark: Callable[[frozenset[str]], Sequence[MarkedElement]]
) -> Sequence[MarkedElement]:
    return marking.mark_pass(mark(frozenset())) if chosen is None else mark(chosen)


def decide(lesson: Lesson, exercise: Exercise, seed: int) -> None:
    """Ask each point taught in the order of examination, with feedback after each; then what to recommend."""
    words = lesson.words
    show(words_of.opening_blocks(exercise, lesson.findings))
    for point, right in exercise.teaches.items():
        said = lesson.ask_one(words_of.finding_question(words, point, lesson.next_number()))
        one = marking.mark_finding(point, Status(said) if said else None, right)
        show([*words_of.verdict_blocks(words, one)])
        try:
            over = _traced(lesson, one) if one.mark in (Mark.MINOR, Mark.SIGNIFICANT) else None
        except LessonStopped:
            lesson.save_marks([one])
            raise
        lesson.save_marks([one], {point: over} if over else None)
        if over:
            show(words_of.diagnosis_blocks(words, exercise, over))
        show(words_of.feedback_blocks(exercise, lesson.findings, point))
        if one.mark is not Mark.CORRECT:
            lesson.pause()
    said = lesson.ask_one(words_of.recommendation_question(lesson.next_number()))
    mark = Mark.NOT_APPLICABLE if said is None else Mark.CORRECT if said == exercise.recommend else Mark.SIGNIFICANT
    one = MarkedElement(RECOMMEND, mark, said or marking.PASS, exercise.recommend)
    lesson.save_marks([one])
    show(words_of.verdict_blocks(words, one))
    _end(lesson, exercise)


def _traced(lesson: Lesson, one: MarkedElement) -> Diagnosis | None:
    """Ask on which step trainee and model part, going down element by element; return it, None for a pass."""
    point = one.point
    why: str | None = words_of.disagreement_text(one)
    while True:
        found = reasoning_steps(lesson.findings, point)
        if found == (LOGIC_STEP,):
            return Diagnosis(point, LOGIC_STEP)
        chosen = lesson.ask_one(words_of.steps_question(lesson.words, point, found, lesson.next_number(), why))
        if chosen is None:
            return None
        over = diagnose(lesson.findings, point, found[int(chosen) - 1])
        if isinstance(over, Diagnosis):
            return over
        point, why = over, None


def interview(lesson: Lesson, exercise: Exercise, seed: int) -> None:
    """Let the trainee choose the questions; the applicant answers from the exercise."""
    book, words = lesson.book, lesson.words
    show(words_of.opening_blocks(exercise, lesson.findings))
    _show_points(lesson, exercise)
    offered = list(marking.offered_questions(exercise, book, seed))
    asked: list[str] = []
    while len(asked) < len(offered):
        left = [name for name in offered if name not in asked]
        options = [*((name, words.question(name)) for name in left), (UNKNOWN, "Enough: no further question")]
        why = "what is still open bears on the points taught; ? shows the story again, and what was said"
        view = words_of.exercise_question(
            "choice",
            "Which question do you ask next?",
            options,
            lesson.next_number(),
            "Interview",
            why=why,
            passes=False,
        )
        chosen = lesson.ask_one(view)
        if chosen is None:
            break
        asked.append(chosen)
        says = _says(exercise, words, chosen)
        lesson.prompter.tell(f"Applicant: {says}")
        lesson.told_since.append(f"{words.question(chosen)} Applicant: {says}")
    lesson.save_marks(marking.mark_interview(exercise, book, asked, offered))
    _end(lesson, exercise)


def _says(exercise: Exercise, words: Wording, fact: str) -> str:
    """Return what the applicant says when asked this."""
    if fact in exercise.told:
        return " ".join(exercise.told[fact].says.split())
    if fact in exercise.shown_by:
        return f"As I said: {exercise.shown_by[fact]}."
    return "I have told you that." if fact in exercise.given else "I do not know."


def write(lesson: Lesson, exercise: Exercise, text: str) -> None:
    """Hold written reasons against the checklist; what stands there in other words the trainee ticks."""
    from screen.training.written_reasons import checklist, find_named_items, mark_reasons

    words, items = lesson.words, checklist(exercise, lesson.findings)
    covered = find_named_items(items, exercise, lesson.findings, text)
    show(words_of.checklist_blocks(words, items, covered))
    open_ = [item for item in items if item not in covered]
    if open_:
        options = [(str(place), words_of.item_label(words, item)) for place, item in enumerate(open_, 1)]
        ask = "Which of these does your text say all the same, in other words?"
        ticked = lesson.ask_several(words_of.exercise_question("many", ask, options, lesson.next_number(), "Write"))
        covered |= {open_[int(place) - 1] for place in ticked or ()}
    lesson.save_marks(mark_reasons(items, covered))
    _end(lesson, exercise)


def _show_points(lesson: Lesson, exercise: Exercise) -> None:
    show(
        [
            Heading(3, "Points taught"),
            ItemList(tuple(lesson.words.title(name) for name in exercise.teaches)),
        ]
    )


def _end(lesson: Lesson, exercise: Exercise) -> None:
    show(words_of.mark_blocks(lesson.words, lesson.marked))
    show(words_of.debriefing_blocks(exercise, lesson.book))


# ── drills ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def twist(lesson: Lesson, drill: drills.TwistDrill, number: int, of: int) -> None:
    """Ask what one changed fact changes, and why."""
    words, outcome = lesson.words, drill.outcome
    told = words_of.changed_answer_text(
        words, drill.fact, outcome.before.established[drill.fact], outcome.after.established[drill.fact]
    )
    show([Heading(2, f"Drill {number} of {of}"), Paragraph(told)])
    lesson.told_since = [told]
    ask = "Which of these end otherwise now?"
    chosen = lesson.ask_several(
        words_of.points_question(words, drill.offered_points, ask, lesson.next_number(), "What changes", many=True)
    )
    ask = "With which element does the change begin?"
    why = lesson.ask_one(
        words_of.points_question(words, drill.offered_origins, ask, lesson.next_number(), "Why", many=False)
    )
    marked = drills.mark_twist_drill(drill, chosen, why)
    lesson.save_marks(marked)
    show([*words_of.twist_blocks(words, drill), *words_of.mark_blocks(words, marked)])
    if number < of:
        lesson.pause()


def courts(lesson: Lesson, drill: drills.CourtDrill, number: int, of: int) -> None:
    """Ask on what point two courts part, and how each ends it."""
    words, (first, second) = lesson.words, drill.profiles
    titles = {name: lesson.book.profiles[name].title for name in drill.profiles}
    told = f"{titles[first]}, and {titles[second]}."
    show([Heading(2, f"Drill {number} of {of}"), Paragraph(told)])
    lesson.told_since = [told]
    ask = "On which of these do the two part?"
    point = lesson.ask_one(
        words_of.points_question(words, drill.offered_points, ask, lesson.next_number(), "Two courts", many=False)
    )
    ends: dict[str, Status | None] = {}
    for name in drill.profiles:
        options = [(state.value, label) for state, label in STATUS_LABELS.items()]
        ask = f"{words.title(drill.point)}: how does it end under {name}?"
        said = lesson.ask_one(words_of.exercise_question("choice", ask, options, lesson.next_number(), "Two courts"))
        ends[name] = Status(said) if said else None
    marked = drills.mark_court_drill(drill, point, ends)
    lesson.save_marks(marked)
    show([*words_of.court_blocks(words, drill), *words_of.mark_blocks(words, marked)])
    if number < of:
        lesson.pause()

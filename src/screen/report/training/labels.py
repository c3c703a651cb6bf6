"""The labels of marks, elements and law points in training."""

from __future__ import annotations

from datetime import date

from screen.logic import Status
from screen.report.wording import RECOMMENDATION_LABELS, STATUS_LABELS, Wording, fill_without_case
from screen.rulebook.model import RuleBook
from screen.training.exercise import RECOMMEND
from screen.training.marking import (
    DISTRESSING_QUESTIONS,
    FACTS_FOUND,
    MISSING_FACTS,
    NEEDLESS_FACTS,
    NEEDLESS_QUESTIONS,
    QUESTION_ORDER,
    WHICH_COURT,
    WHY_IT_CHANGES,
    Mark,
)
from screen.training.schedule import PointProgress

MARK_LABELS = {
    Mark.CORRECT: "Correct",
    Mark.MINOR: "Minor error",
    Mark.SIGNIFICANT: "Significant error",
    Mark.NOT_APPLICABLE: "Not applicable",
}
ELEMENT_LABELS = {
    NEEDLESS_FACTS: "Chosen facts that are not relevant",
    MISSING_FACTS: "What is missing",
    FACTS_FOUND: "Material facts found",
    NEEDLESS_QUESTIONS: "Needless questions",
    DISTRESSING_QUESTIONS: "Needless distressing questions",
    QUESTION_ORDER: "Order of the questions",
    WHY_IT_CHANGES: "Why it changes",
    WHICH_COURT: "Where the courts differ",
    RECOMMEND: "Recommendation",
}
STEP_KIND_LABELS = {
    "fact": "a fact",
    "reading": "a contested reading",
    "standard": "the standard of proof",
    "logic": "the logic",
}
DIFFICULTY_LABELS = {1: "one point, plain facts", 2: "several points", 3: "contested"}


def element_label(wording: Wording, element: str) -> str:
    """Return what was marked: the title of a criterion, or the label of another element."""
    return wording.title(element) if element in wording.book.criteria else ELEMENT_LABELS.get(element, element)


def law_point_label(book: RuleBook, element: str) -> str:
    """Return what `element_label` does, where no case is at hand."""
    if element in book.criteria:
        return fill_without_case(book, book.criteria[element].title)
    return ELEMENT_LABELS.get(element, element)


def outcome_label(name: str) -> str:
    """Return a finding or a recommendation, by its name, in words."""
    if name in RECOMMENDATION_LABELS:
        return RECOMMENDATION_LABELS[name].lower()
    return STATUS_LABELS[Status(name)].lower() if name in {status.value for status in Status} else name


def due_text(progress: PointProgress, today: date) -> str:
    """Return when a law point is due, counted in days; nothing where that is not known."""
    if progress.due is None:
        return ""
    days = (progress.due.date() - today).days
    if days <= 0:
        return "due"
    return "tomorrow" if days == 1 else f"in {days} days"

"""The view of a question: what a terminal or a web page shows with it, as plain text.

The functions that return words make them safe to show; the fields of a `QuestionView` are as the rule book has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from screen.case.evidence import Credibility, RecordedAnswer, cited, filled, reliable_value
from screen.interview.next_question import Question
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Fact, RuleBook
from screen.rulebook.terms import Value
from screen.text import sanitize, sanitize_line, truncate

NONE_ENTRY = "none"
CREDIBILITY_LABELS = {
    Credibility.ACCEPTED: "accepted",
    Credibility.BENEFIT: "benefit of the doubt",
    Credibility.NOT_ASSESSED: "not assessed",
    Credibility.REJECTED: "rejected",
}
_SHOWN = 3  # criteria and sources in the context of a question; `reason_lines` has them all


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question as it is to be shown: plain text without markup.

    `options` are values with their labels, `synonyms` what people may write for an option instead of its label.
    `criteria` are the titles of the nearest criteria that rest on the fact.
    """

    fact: Fact
    number: int
    text: str
    options: tuple[tuple[str, str], ...]
    why: str | None
    criteria: tuple[str, ...]
    sources: tuple[str, ...]
    help: str | None
    open_conclusions: int
    conclusions: int
    chapter: str
    previous_answer: RecordedAnswer | None
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def view_question(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    fact: Fact,
    criteria: Sequence[str],
    question: Question | None = None,
) -> QuestionView:
    """Return the view of the question for a fact, which `criteria` rest on.

    `question` is the next question where it is for this fact: the number of open conclusions comes from it.
    """
    return QuestionView(
        fact=fact,
        number=len(given) + (fact.name not in given),
        text=fill_states(book, given, fact.ask),
        options=answer_options(book, fact),
        why=fact.why and fill_states(book, given, fact.why),
        criteria=tuple(fill_states(book, given, book.criteria[name].title) for name in criteria),
        sources=tuple(cited(book.sources[name]) for name in fact.sources),
        help=fact.help and fill_states(book, given, fact.help),
        open_conclusions=len(question.open_conclusions) if question else 0,
        conclusions=len(book.conclusions),
        chapter=book.chapters[fact.chapter],
        previous_answer=given.get(fact.name),
        synonyms=book.country_names if fact.type == "country" else {},
    )


def fill_states(book: RuleBook, given: Mapping[str, RecordedAnswer], text: str) -> str:
    """Return wording of the rule book with the names of the two States of a case filled in."""
    origin, host = reliable_value(given.get(ORIGIN_FACT)), reliable_value(given.get(HOST_FACT))
    return filled(text, book, origin, host)


def answer_options(book: RuleBook, fact: Fact) -> tuple[tuple[str, str], ...]:
    """Return the values that can be chosen, with their labels; empty where the answer is typed: numbers, days, text."""
    if fact.type == "yes_no":
        return (("yes", "Yes"), ("no", "No"))
    return tuple(book.countries.items()) if fact.type == "country" else fact.options


def entries(view: QuestionView) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen, in the order in which it is numbered: the options, none of these, unknown.

    A list that has its own `none` or `unknown` keeps it: two entries with the same meaning would invite two answers.
    """
    shown = view.options
    if view.fact.type == "many" and NONE_ENTRY not in dict(shown):
        shown = (*shown, (NONE_ENTRY, "None of these"))
    return shown if UNKNOWN in dict(shown) else (*shown, (UNKNOWN, "Unknown"))


# ── words about answers ─────────────────────────────────────────────────────────────────────────────────────────────


def format_answer(value: Value, view: QuestionView) -> str:
    """Return an answer in the words of the question."""
    labels = dict(entries(view))
    if isinstance(value, Answer):
        return sanitize_line(labels.get(value.value, value.value))
    if isinstance(value, frozenset):
        return "; ".join(sanitize_line(label) for name, label in entries(view) if name in value) or labels[NONE_ENTRY]
    if isinstance(value, date):
        return value.isoformat()
    return sanitize_line(labels.get(value, value) if isinstance(value, str) else str(value))


def format_annotations(recorded: RecordedAnswer) -> str:
    """Return what is recorded with an answer (credibility, source, note), in brackets; empty where there is nothing."""
    parts = [] if recorded.credibility is Credibility.NOT_ASSESSED else [CREDIBILITY_LABELS[recorded.credibility]]
    parts += [f"source: {clip(recorded.source, 40)}"] if recorded.source else []
    parts += [f"note: {clip(recorded.note, 40)}"] if recorded.note else []
    return f" ({'; '.join(parts)})" if parts else ""


def clip(text: str, width: int) -> str:
    """Return text on one line, safe to show, cut to a number of columns."""
    return truncate(sanitize_line(text), width)


# ── words about the question ────────────────────────────────────────────────────────────────────────────────────────


def question_context(view: QuestionView, more_hint: str = "") -> list[tuple[str, str]]:
    """Return what is shown with a question, each with a label: why it is asked, criteria, sources, previous answer.

    `more_hint` says where the rest is to be seen if not everything is listed.
    """
    context = [("Why asked", sanitize_line(view.why))] if view.why else []
    for label, items in (("Decides", view.criteria), ("Source", view.sources)):
        if items:
            more = f"; and {len(items) - _SHOWN} more{more_hint}" if len(items) > _SHOWN else ""
            context.append((label, "; ".join(map(sanitize_line, items[:_SHOWN])) + more))
    if view.fact.distress == "high":
        context.append(("Take care", "this may be hard to speak of; there is no hurry, and unknown is an answer"))
    if (previous := view.previous_answer) is not None:
        words = clip(format_answer(previous.value, view), 200) + format_annotations(previous)
        context.append(("Answered before", words))
    return context


def open_conclusions_line(view: QuestionView) -> str:
    """Return how many conclusions are open; empty where that is not known."""
    return f"{view.open_conclusions} of {view.conclusions} conclusions open" if view.open_conclusions else ""


def reason_lines(view: QuestionView) -> list[str]:
    """Return, as lines, why a question is asked, all criteria that rest on it, and all its sources."""
    lines = [f"Why it is asked: {sanitize_line(view.why)}" if view.why else "No reason is recorded for this question."]
    for label, items in (("What depends on it:", view.criteria), ("Sources:", view.sources)):
        lines += [label, *(f"  - {sanitize_line(item)}" for item in items)] if items else []
    return [*lines, f"{open_conclusions_line(view)}."] if open_conclusions_line(view) else lines


def help_lines(view: QuestionView) -> list[str]:
    """Return the help on a question, as lines."""
    return sanitize(view.help).split("\n") if view.help else ["This question has no further help."]

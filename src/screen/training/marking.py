"""Marks: the answers of a trainee compared with the model answer, one law point at a time.

In: an exercise with its model findings, and what a trainee chose. Out: `MarkedElement` values on the scale of quality
assurance, never one number. The lists to choose from are drawn here, too: the same seed offers the same list.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from screen.engine.finding import Findings
from screen.logic import MET, NOT_APPLICABLE, NOT_MET, UNDETERMINED, Status
from screen.rulebook.dependencies import relevant_facts
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, RuleBook
from screen.training.exercise import Exercise, model_findings


class Mark(Enum):
    """How an element was done, on the scale that quality assurance uses."""

    CORRECT = "correct"
    MINOR = "minor"
    SIGNIFICANT = "significant"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class MarkedElement:
    """One element with its mark: `point` is a criterion of the book, or one of the elements named below.

    `missed` and `needless` are names of facts, where facts were chosen.
    """

    point: str
    mark: Mark
    trainee_answer: str = ""
    model_answer: str = ""
    missed: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()


#: Elements that are no criterion: how facts and questions were chosen, and what a drill asks besides.
NEEDLESS_FACTS = "needless_facts"
MISSING_FACTS = "missing_facts"
FACTS_FOUND = "facts_found"
NEEDLESS_QUESTIONS = "needless_questions"
DISTRESSING_QUESTIONS = "distressing_questions"
QUESTION_ORDER = "order_of_questions"
WHY_IT_CHANGES = "why_it_changes"
WHICH_COURT = "which_court"

MAX_OFFERED = 12
PASS = "pass"
_STATE_FACTS = {ORIGIN_FACT, HOST_FACT}  # every case has them, so choosing them shows nothing
_MAX_DISTRACTORS = 3  # answered facts that are offered beside the right ones


# ── findings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def grade_finding(answer: Status | None, model: Status) -> Mark:
    """Return the mark of a finding; None is a pass, which is not marked.

    To leave open what is decided asks too much and harms nobody: minor. To decide what is open reads unknown as an
    answer, and to reverse a finding is the worst: significant. Between not met and not applicable only the reason
    differs, and nothing for the claim: minor.
    """
    if answer is None:
        return Mark.NOT_APPLICABLE
    if answer is model:
        return Mark.CORRECT
    if answer is UNDETERMINED or {answer, model} == {NOT_MET, NOT_APPLICABLE}:
        return Mark.MINOR
    return Mark.SIGNIFICANT


def mark_finding(point: str, answer: Status | None, model: Status) -> MarkedElement:
    """Return one finding, marked."""
    return MarkedElement(point, grade_finding(answer, model), PASS if answer is None else answer.value, model.value)


def other_statuses(findings: Findings, point: str) -> tuple[Status, ...]:
    """Return the ways in which a criterion could have ended and did not, in the order of the scale."""
    applies_always = findings.book.criteria[point].applies_if is None
    possible = [MET, NOT_MET, UNDETERMINED, *([] if applies_always else [NOT_APPLICABLE])]
    return tuple(status for status in possible if status is not findings[point].status)


# ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def material_facts(exercise: Exercise, findings: Findings) -> dict[str, tuple[str, ...]]:
    """Return, for each law point taught, the facts of the vignette that decide it, in the order of the book."""
    facts_of_point = {}
    for point in exercise.teaches:
        decisive = {fact.fact.name for fact in findings[point].rests_on} - _STATE_FACTS
        facts_of_point[point] = tuple(
            name for name in findings.book.facts if name in decisive and name in exercise.given
        )
    return facts_of_point


def offered_facts(exercise: Exercise, book: RuleBook, seed: int) -> tuple[str, ...]:
    """Return facts to choose from, in the order of the interview: all that are material, and some that are not."""
    material = {name for names in material_facts(exercise, model_findings(exercise, book)).values() for name in names}
    immaterial = [name for name in exercise.given if name not in material | _STATE_FACTS]
    draw = _random("facts", exercise, seed)
    return _draw_offered(book, material, immaterial, _unrelated_facts(exercise, book), draw)


def offered_missing_facts(exercise: Exercise, book: RuleBook, seed: int) -> tuple[str, ...]:
    """Return facts to choose the missing ones from: those left open, some answered, some that are not relevant."""
    draw = _random("missing", exercise, seed)
    answered = _draw_answered(exercise, draw)
    return _draw_offered(book, set(exercise.open), answered, _unrelated_facts(exercise, book), draw)


def mark_spotted_facts(
    exercise: Exercise, book: RuleBook, chosen: Collection[str], offered: Collection[str]
) -> list[MarkedElement]:
    """Return each law point marked by the material facts that were chosen for it, then the needless choices.

    A fact that is relevant to a point and did not decide it here is neither right nor wrong.
    """
    facts_of_point = material_facts(exercise, model_findings(exercise, book))
    marked = [
        _mark_found(point, [name for name in names if name in offered], chosen)
        for point, names in facts_of_point.items()
    ]
    unrelated = set(offered) - relevant_facts(exercise.teaches, book)
    return [*marked, _mark_needless(NEEDLESS_FACTS, chosen, unrelated)]


def mark_missing_facts(exercise: Exercise, chosen: Collection[str], offered: Collection[str]) -> list[MarkedElement]:
    """Return what is missing, marked by the missing facts that were named and by those named without need."""
    marked = _mark_found(MISSING_FACTS, exercise.open, chosen)
    needless = tuple(name for name in offered if name in chosen and name not in exercise.open)
    only_needless = needless and marked.mark in (Mark.CORRECT, Mark.NOT_APPLICABLE)
    return [replace(marked, mark=Mark.MINOR if only_needless else marked.mark, needless=needless)]


def _mark_found(point: str, expected: Sequence[str], chosen: Collection[str]) -> MarkedElement:
    """Return an element marked by its facts: all of them, some, none; without any there is nothing to mark."""
    if not expected:
        return MarkedElement(point, Mark.NOT_APPLICABLE)
    missed = tuple(name for name in expected if name not in chosen)
    count, total = len(expected) - len(missed), len(expected)
    mark = Mark.CORRECT if not missed else Mark.SIGNIFICANT if not count else Mark.MINOR
    return MarkedElement(point, mark, f"{count} of {total}", f"{total} of {total}", missed)


def _mark_needless(point: str, chosen: Collection[str], unrelated: Collection[str]) -> MarkedElement:
    """Return the needless choices, marked: none, some, more than half of what there was."""
    if not unrelated:
        return MarkedElement(point, Mark.NOT_APPLICABLE)
    needless = tuple(sorted(name for name in unrelated if name in chosen))
    more_than_half = len(needless) * 2 > len(unrelated)
    mark = Mark.CORRECT if not needless else Mark.SIGNIFICANT if more_than_half else Mark.MINOR
    return MarkedElement(point, mark, str(len(needless)), "0", needless=needless)


def _unrelated_facts(exercise: Exercise, book: RuleBook) -> list[str]:
    """Return the facts that are not in the vignette and not relevant to what is taught, in the order of the book."""
    relevant = relevant_facts(exercise.teaches, book)
    return [name for name in book.facts if name not in exercise.given and name not in relevant]


def _draw_offered(
    book: RuleBook, right: Collection[str], related: Sequence[str], unrelated: Sequence[str], draw: random.Random
) -> tuple[str, ...]:
    """Return a list to choose from: everything right, and related and unrelated facts up to the bound."""
    room = max(2, MAX_OFFERED - len(right))
    wrong = draw.sample(list(related), min(len(related), (room + 1) // 2))
    wrong += draw.sample(list(unrelated), min(len(unrelated), room - len(wrong)))
    offered = {*right, *wrong}
    return tuple(name for name in book.facts if name in offered)


def _draw_answered(exercise: Exercise, draw: random.Random) -> list[str]:
    answered = [name for name in exercise.given if name not in _STATE_FACTS]
    return draw.sample(answered, min(_MAX_DISTRACTORS, len(answered)))


def _random(purpose: str, exercise: Exercise, seed: int) -> random.Random:
    return random.Random(f"{purpose} {exercise.name} {seed}")


# ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_distressing(exercise: Exercise, book: RuleBook, fact: str) -> bool:
    """Tell whether a question may be hard to answer: for anybody, or for the person of this exercise."""
    return fact in exercise.distressing or book.facts[fact].distress == "high"


def facts_to_elicit(exercise: Exercise, book: RuleBook) -> tuple[str, ...]:
    """Return the facts that an interview should bring out, in its order: what is open, and what is only told."""
    relevant = relevant_facts(exercise.teaches, book)
    only_told = {name for name in exercise.told if name not in exercise.given and name in relevant}
    return tuple(name for name in book.facts if name in {*exercise.open, *only_told})


def offered_questions(exercise: Exercise, book: RuleBook, seed: int) -> tuple[str, ...]:
    """Return the questions to choose from: what is to be brought out, some answered, some that are not relevant."""
    unrelated = _unrelated_facts(exercise, book)
    right = {*facts_to_elicit(exercise, book), *(name for name in unrelated if name in exercise.told)}
    draw = _random("questions", exercise, seed)
    return _draw_offered(book, right, _draw_answered(exercise, draw), unrelated, draw)


def mark_interview(
    exercise: Exercise, book: RuleBook, asked: Sequence[str], offered: Collection[str]
) -> list[MarkedElement]:
    """Return an interview marked: what was brought out, what was needless, what distressed without need, the order."""
    expected = facts_to_elicit(exercise, book)
    distressing = {name for name in (*asked, *offered) if name not in expected and is_distressing(exercise, book, name)}
    distressed = tuple(name for name in asked if name in distressing)
    mark = Mark.SIGNIFICANT if distressed else Mark.CORRECT if distressing else Mark.NOT_APPLICABLE
    return [
        _mark_found(FACTS_FOUND, expected, asked),
        _mark_needless(NEEDLESS_QUESTIONS, asked, set(offered) - set(expected)),
        MarkedElement(DISTRESSING_QUESTIONS, mark, str(len(distressed)), "0", needless=distressed),
        _mark_order(exercise, book, asked),
    ]


def _mark_order(exercise: Exercise, book: RuleBook, asked: Sequence[str]) -> MarkedElement:
    """Return the order marked: gentler questions come first, unless only painful ones are left."""
    painful = [is_distressing(exercise, book, name) for name in asked]
    if not any(painful) or all(painful):
        return MarkedElement(QUESTION_ORDER, Mark.NOT_APPLICABLE)
    too_early = tuple(name for index, name in enumerate(asked) if painful[index] and not all(painful[index:]))
    mark = Mark.CORRECT if not too_early else Mark.SIGNIFICANT if painful[0] else Mark.MINOR
    return MarkedElement(QUESTION_ORDER, mark, f"{len(too_early)} too early", "0 too early", needless=too_early)


# ── any element ─────────────────────────────────────────────────────────────────────────────────────────────────────


def mark_pass(marked: Iterable[MarkedElement]) -> list[MarkedElement]:
    """Return what a pass leaves of marks: nothing was answered, so nothing is marked."""
    return [MarkedElement(element.point, Mark.NOT_APPLICABLE, PASS, element.model_answer) for element in marked]


def count_marks(marks: Iterable[Mark]) -> dict[Mark, int]:
    """Return how often each mark was given."""
    counts = dict.fromkeys(Mark, 0)
    for mark in marks:
        counts[mark] += 1
    return counts

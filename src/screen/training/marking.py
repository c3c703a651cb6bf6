"""Marks: what a trainee said held against the model answer, one law point at a time.

In: an exercise with its model findings, and what a trainee chose. Out: `Marked` values on the scale of quality
assurance, never one number. Left alone: words and people. What can be chosen is drawn here too, so that the same seed
offers the same list.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
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
    """One element with its mark: a criterion of the book, or one of `BESIDE`; what was said and what the model says.

    `missed` and `needless` are names of facts, where facts were chosen.
    """

    point: str
    mark: Mark
    trainee_answer: str = ""
    model_answer: str = ""
    missed: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()


#: Elements that are no criterion: how facts and questions were chosen.
NEEDLESS, MISSING, DISTRESS, ORDER = "needless_facts", "missing_facts", "distressing_questions", "order_of_questions"
FOUND, ASKED_IN_VAIN, WHY, COURT = "facts_found", "needless_questions", "why_it_changes", "which_court"
OTHER_ELEMENTS = (NEEDLESS, MISSING, FOUND, ASKED_IN_VAIN, DISTRESS, ORDER, WHY, COURT)
MAX_OFFERED = 12
PASS = "pass"
_STATES = {ORIGIN_FACT, HOST_FACT}  # every case has them, so that to choose them shows nothing


# ── findings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def grade_finding(said: Status | None, right: Status) -> Mark:
    """Return the mark of a finding; None is a pass, which is not marked.

    To leave open what is decided asks too much and harms nobody: minor. To decide what is open reads unknown as an
    answer, and to turn a finding round is the worst: significant. Between not met and not applicable nothing follows
    for the claim but the reason.
    """
    if said is None:
        return Mark.NOT_APPLICABLE
    if said is right:
        return Mark.CORRECT
    if said is UNDETERMINED or {said, right} == {NOT_MET, NOT_APPLICABLE}:
        return Mark.MINOR
    return Mark.SIGNIFICANT


def mark_finding(point: str, said: Status | None, right: Status) -> MarkedElement:
    """Return one finding marked."""
    return MarkedElement(point, grade_finding(said, right), PASS if said is None else said.value, right.value)


def other_statuses(findings: Findings, point: str) -> tuple[Status, ...]:
    """Return the findings that a criterion could have had and has not, in the order of the scale."""
    one = findings.book.criteria[point]
    could = [MET, NOT_MET, UNDETERMINED, *([NOT_APPLICABLE] if one.applies_if is not None else [])]
    return tuple(state for state in could if state is not findings[point].status)


# ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def material_facts(exercise: Exercise, findings: Findings) -> dict[str, tuple[str, ...]]:
    """Return, for each law point taught, the facts of the vignette that decide it, in the order of the book."""
    found = {}
    for point in exercise.teaches:
        rests = {known.fact.name for known in findings[point].rests_on}
        rests -= _STATES
        found[point] = tuple(name for name in findings.book.facts if name in rests and name in exercise.given)
    return found


def offered_facts(exercise: Exercise, book: RuleBook, seed: int) -> tuple[str, ...]:
    """Return facts to choose from, in the order of the interview: all that are material, and some that are not."""
    right = _all(material_facts(exercise, model_findings(exercise, book)).values())
    beside = [name for name in exercise.given if name not in right | _STATES]
    return _offered(book, right, beside, _foreign(exercise, book), _draw("facts", exercise, seed))


def offered_missing_facts(exercise: Exercise, book: RuleBook, seed: int) -> tuple[str, ...]:
    """Return facts to choose the missing ones from: those left open, some answered, some that bear on nothing."""
    right = set(exercise.open)
    answered = [name for name in exercise.given if name not in _STATES]
    draw = _draw("missing", exercise, seed)
    return _offered(book, right, draw.sample(answered, min(3, len(answered))), _foreign(exercise, book), draw)


def mark_spotted_facts(
    exercise: Exercise, book: RuleBook, chosen: Collection[str], offered: Collection[str]
) -> list[MarkedElement]:
    """Return each law point marked by the material facts that were chosen for it, then what was chosen in vain.

    A fact that bears on a point and did not decide it here is neither right nor wrong.
    """
    right = material_facts(exercise, model_findings(exercise, book))
    wanted = {point: [name for name in names if name in offered] for point, names in right.items()}
    marked = [_found(point, names, chosen) for point, names in wanted.items()]
    return [*marked, _in_vain(NEEDLESS, chosen, set(offered) - relevant_facts(exercise.teaches, book))]


def mark_missing_facts(exercise: Exercise, chosen: Collection[str], offered: Collection[str]) -> list[MarkedElement]:
    """Return what is missing, marked by what was named and by what was named in vain."""
    one = _found(MISSING, exercise.open, chosen)
    needless = tuple(name for name in offered if name in chosen and name not in exercise.open)
    if needless and one.mark in (Mark.CORRECT, Mark.NOT_APPLICABLE):
        return [MarkedElement(MISSING, Mark.MINOR, one.trainee_answer, one.model_answer, one.missed, needless)]
    return [MarkedElement(one.point, one.mark, one.trainee_answer, one.model_answer, one.missed, needless)]


def _found(point: str, wanted: Sequence[str], chosen: Collection[str]) -> MarkedElement:
    """Return an element marked by its facts: all of them, some, none; without any there is nothing to mark."""
    missed = tuple(name for name in wanted if name not in chosen)
    said = f"{len(wanted) - len(missed)} of {len(wanted)}"
    if not wanted:
        return MarkedElement(point, Mark.NOT_APPLICABLE)
    mark = Mark.CORRECT if not missed else Mark.SIGNIFICANT if len(missed) == len(wanted) else Mark.MINOR
    return MarkedElement(point, mark, said, f"{len(wanted)} of {len(wanted)}", missed)


def _in_vain(point: str, chosen: Collection[str], foreign: Collection[str]) -> MarkedElement:
    """Return what was chosen in vain, marked: none, some, more than half of what there was."""
    needless = tuple(sorted(name for name in foreign if name in chosen))
    if not foreign:
        return MarkedElement(point, Mark.NOT_APPLICABLE)
    many = len(needless) * 2 > len(foreign)
    mark = Mark.CORRECT if not needless else Mark.SIGNIFICANT if many else Mark.MINOR
    return MarkedElement(point, mark, str(len(needless)), "0", needless=needless)


def _foreign(exercise: Exercise, book: RuleBook) -> list[str]:
    """Return the facts that the vignette does not tell and that bear on nothing taught, in the order of the book."""
    bearing = relevant_facts(exercise.teaches, book)
    return [name for name in book.facts if name not in exercise.given and name not in bearing]


def _offered(
    book: RuleBook, right: Collection[str], beside: Sequence[str], foreign: Sequence[str], draw: random.Random
) -> tuple[str, ...]:
    """Return a list to choose from: everything right, what stands beside it, and strangers up to the bound."""
    room = max(2, MAX_OFFERED - len(right))
    wrong = draw.sample(list(beside), min(len(beside), (room + 1) // 2))
    more = draw.sample(list(foreign), min(len(foreign), room - len(wrong)))
    offered = {*right, *wrong, *more}
    return tuple(name for name in book.facts if name in offered)


def _draw(what: str, exercise: Exercise, seed: int) -> random.Random:
    return random.Random(f"{what} {exercise.name} {seed}")


def _all(many: Iterable[Iterable[str]]) -> set[str]:
    return {name for names in many for name in names}


# ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_distressing(exercise: Exercise, book: RuleBook, fact: str) -> bool:
    """Tell whether a question may be hard to answer: for anybody, or for the person of this exercise."""
    return fact in exercise.distressing or book.facts[fact].distress == "high"


def facts_to_elicit(exercise: Exercise, book: RuleBook) -> tuple[str, ...]:
    """Return the facts that an interview should bring out, in its order: what is open, and what is told beside it."""
    bearing = relevant_facts(exercise.teaches, book)
    told = {name for name in exercise.told if name not in exercise.given and name in bearing}
    return tuple(name for name in book.facts if name in {*exercise.open, *told})


def offered_questions(exercise: Exercise, book: RuleBook, seed: int) -> tuple[str, ...]:
    """Return the questions that can be put: what should be found, what was told already, what bears on nothing."""
    right = set(facts_to_elicit(exercise, book))
    beside = [name for name in exercise.given if name not in _STATES]
    foreign = _foreign(exercise, book)
    told = [name for name in foreign if name in exercise.told]
    draw = _draw("questions", exercise, seed)
    return _offered(book, right | set(told), draw.sample(beside, min(3, len(beside))), foreign, draw)


def mark_interview(
    exercise: Exercise, book: RuleBook, asked: Sequence[str], offered: Collection[str]
) -> list[MarkedElement]:
    """Return an interview marked: what was found, what was asked in vain, what hurt in vain, and the order."""
    wanted = facts_to_elicit(exercise, book)
    needless = [name for name in asked if name not in wanted]
    hurt = tuple(name for name in needless if is_distressing(exercise, book, name))
    could_hurt = [name for name in offered if is_distressing(exercise, book, name) and name not in wanted]
    distress = Mark.SIGNIFICANT if hurt else Mark.CORRECT if could_hurt else Mark.NOT_APPLICABLE
    return [
        _found(FOUND, wanted, asked),
        _in_vain(ASKED_IN_VAIN, asked, set(offered) - set(wanted)),
        MarkedElement(DISTRESS, distress, str(len(hurt)), "0", needless=hurt),
        _ordered(exercise, book, asked),
    ]


def _ordered(exercise: Exercise, book: RuleBook, asked: Sequence[str]) -> MarkedElement:
    """Return the order marked: gentler questions come first, unless the painful one is the last that is left."""
    painful = [is_distressing(exercise, book, name) for name in asked]
    if not any(painful) or all(painful):
        return MarkedElement(ORDER, Mark.NOT_APPLICABLE)
    early = tuple(name for place, name in enumerate(asked) if painful[place] and not all(painful[place:]))
    opened_with = painful[0]
    mark = Mark.CORRECT if not early else Mark.SIGNIFICANT if opened_with else Mark.MINOR
    return MarkedElement(ORDER, mark, f"{len(early)} too early", "0 too early", needless=early)


def mark_pass(marked: Iterable[MarkedElement]) -> list[MarkedElement]:
    """Return what a pass leaves of marks: nothing was said, so that nothing is marked."""
    return [MarkedElement(one.point, Mark.NOT_APPLICABLE, PASS, one.model_answer) for one in marked]


def count_marks(marked: Iterable[MarkedElement]) -> dict[Mark, int]:
    """Return how often each mark was given."""
    counts = dict.fromkeys(Mark, 0)
    for one in marked:
        counts[one.mark] += 1
    return counts

"""Many trainees' exports summarised for a supervisor: by law point, and the questions that are missed most.

In: the attempts of each trainee, by name. Out: counts. A supervisor sees what to teach, and no ranking of people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from screen.training.marking import Mark, count_marks
from screen.training.schedule import Attempt


@dataclass(frozen=True, slots=True)
class LawPointSummary:
    """A law point: how many trainees tried it, their marks, and over what they differed from the model answer."""

    point: str
    trainees: int
    marks: Mapping[Mark, int]
    divergences: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MissedQuestion:
    """A law point in one exercise: of how many trainees' first tries (`of`) how many were not correct (`missed`)."""

    exercise: str
    way: str
    point: str
    missed: int
    of: int


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """A class: points with most significant errors first, questions missed by most first."""

    trainees: tuple[str, ...]
    points: tuple[LawPointSummary, ...]
    questions: tuple[MissedQuestion, ...]


def drop_repeated_exports(
    exports: Mapping[str, Sequence[Attempt]],
) -> tuple[dict[str, tuple[Attempt, ...]], dict[str, str]]:
    """Return one export for each trainee, and the dropped ones with the export that holds everything they hold.

    A trainee who hands in two exports, an older one or one in another format, counts once.
    """
    kept: dict[str, set[Attempt]] = {}
    repeats: dict[str, str] = {}
    for name, attempts in sorted(exports.items(), key=lambda item: -len(item[1])):
        own = set(attempts)
        larger = next((other for other, others in kept.items() if own and own <= others), None)
        if larger is None:
            kept[name] = own
        else:
            repeats[name] = larger
    return {name: tuple(attempts) for name, attempts in exports.items() if name in kept}, repeats


def summarise_class(attempts_of_trainee: Mapping[str, Sequence[Attempt]]) -> ClassSummary:
    """Return the summary of a class. A question counts the first try of each trainee: later ones follow feedback."""
    tries_of_point: dict[str, list[tuple[str, Attempt]]] = {}
    first_tries: dict[tuple[str, str, str], list[Attempt]] = {}
    for trainee, attempts in attempts_of_trainee.items():
        seen: set[tuple[str, str, str]] = set()
        for attempt in sorted(attempts, key=lambda attempt: attempt.when):
            if attempt.mark is Mark.NOT_APPLICABLE:
                continue
            tries_of_point.setdefault(attempt.point, []).append((trainee, attempt))
            key = (attempt.exercise, attempt.way, attempt.point)
            if key not in seen:
                seen.add(key)
                first_tries.setdefault(key, []).append(attempt)
    points = [_summarise_point(point, tries) for point, tries in tries_of_point.items()]
    questions = [_missed_question(key, attempts) for key, attempts in first_tries.items()]
    return ClassSummary(
        tuple(attempts_of_trainee),
        tuple(sorted(points, key=_worst_first)),
        tuple(sorted((question for question in questions if question.missed), key=_most_missed_first)),
    )


def _summarise_point(point: str, tries: Sequence[tuple[str, Attempt]]) -> LawPointSummary:
    divergences = Counter(attempt.parted for _, attempt in tries if attempt.parted)
    marks = count_marks(attempt.mark for _, attempt in tries)
    return LawPointSummary(point, len({trainee for trainee, _ in tries}), marks, divergences)


def _missed_question(key: tuple[str, str, str], attempts: Sequence[Attempt]) -> MissedQuestion:
    return MissedQuestion(*key, sum(attempt.mark is not Mark.CORRECT for attempt in attempts), len(attempts))


def _worst_first(summary: LawPointSummary) -> tuple[int, int, str]:
    return -summary.marks[Mark.SIGNIFICANT], -summary.marks[Mark.MINOR], summary.point


def _most_missed_first(question: MissedQuestion) -> tuple[int, int, str, str, str]:
    return -question.missed, question.of, question.exercise, question.way, question.point

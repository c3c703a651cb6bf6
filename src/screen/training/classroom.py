"""Many trainees' exports as one picture for a supervisor: by law point, and which questions are missed most.

In: the attempts of each trainee, by name. Out: counts. A supervisor sees where to teach, and no ranking of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from screen.training.marking import Mark
from screen.training.schedule import Attempt


@dataclass(frozen=True, slots=True)
class LawPointSummary:
    """A law point: how many trainees tried it, the marks they got, over what they parted from the model."""

    point: str
    trainees: int
    marks: Mapping[Mark, int]
    divergences: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MissedQuestion:
    """A law point in one exercise, and of how many trainees' first tries how many were not correct."""

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
    of_file: Mapping[str, Sequence[Attempt]],
) -> tuple[dict[str, tuple[Attempt, ...]], dict[str, str]]:
    """Return one file for each trainee, and which files repeat another: they hold nothing that it does not hold too.

    Somebody who hands in two exports, an older one or one in another form, is one trainee all the same.
    """
    kept: dict[str, set[Attempt]] = {}
    repeats: dict[str, str] = {}
    for name, attempts in sorted(of_file.items(), key=lambda item: -len(item[1])):
        own = set(attempts)
        whole = next((other for other, held in kept.items() if own and own <= held), None)
        if whole is None:
            kept[name] = own
        else:
            repeats[name] = whole
    return {name: tuple(attempts) for name, attempts in of_file.items() if name in kept}, repeats


def summarise_class(of_trainee: Mapping[str, Sequence[Attempt]]) -> ClassSummary:
    """Return a class summed up. A question is counted by the first try of each trainee: later ones follow feedback."""
    points: dict[str, list[tuple[str, Attempt]]] = {}
    firsts: dict[tuple[str, str, str], list[Attempt]] = {}
    for trainee, attempts in of_trainee.items():
        seen: set[tuple[str, str, str]] = set()
        for one in sorted(attempts, key=lambda one: one.when):
            if one.mark is Mark.NOT_APPLICABLE:
                continue
            points.setdefault(one.point, []).append((trainee, one))
            key = (one.exercise, one.way, one.point)
            if key not in seen:
                seen.add(key)
                firsts.setdefault(key, []).append(one)
    summed = [_point(point, tried) for point, tried in points.items()]
    asked = [_question(key, tried) for key, tried in firsts.items()]
    return ClassSummary(
        tuple(of_trainee),
        tuple(sorted(summed, key=lambda one: (-one.marks[Mark.SIGNIFICANT], -one.marks[Mark.MINOR], one.point))),
        tuple(
            sorted(
                (one for one in asked if one.missed),
                key=lambda one: (-one.missed, one.of, one.exercise, one.way, one.point),
            )
        ),
    )


def _point(point: str, tried: Sequence[tuple[str, Attempt]]) -> LawPointSummary:
    parted: dict[str, int] = {}
    for _, one in tried:
        if one.parted:
            parted[one.parted] = parted.get(one.parted, 0) + 1
    marks = {mark: sum(one.mark is mark for _, one in tried) for mark in Mark}
    return LawPointSummary(point, len({trainee for trainee, _ in tried}), marks, parted)


def _question(key: tuple[str, str, str], tried: Sequence[Attempt]) -> MissedQuestion:
    return MissedQuestion(*key, sum(one.mark is not Mark.CORRECT for one in tried), len(tried))

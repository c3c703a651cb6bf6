"""Four-valued logic: the answer to a fact, the status of a criterion, and how statuses combine.

This is the only module that says how unknown and not applicable combine. It knows nothing of law, files or people.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class _NoTruthValue(Enum):
    """An enumeration whose members cannot be used as true or false."""

    def __bool__(self) -> NoReturn:
        # `if answer:` would read UNKNOWN as yes and `if not answer:` would read it as no. Either can cost a life.
        raise TypeError(f"{self!r} has no truth value; write `is {type(self).__name__}.{self.name}`")


class Answer(_NoTruthValue):
    """The answer to a yes/no question; UNKNOWN also stands for the missing answer to a question of any other type."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Status(_NoTruthValue):
    """The status of a criterion, or of a term."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"

    @property
    def is_decided(self) -> bool:
        """Whether no further answer can change it."""
        return self is not Status.UNDETERMINED


MET, NOT_MET, UNDETERMINED, NOT_APPLICABLE = Status.MET, Status.NOT_MET, Status.UNDETERMINED, Status.NOT_APPLICABLE

STATUS_OF_ANSWER = {Answer.YES: MET, Answer.NO: NOT_MET, Answer.UNKNOWN: UNDETERMINED}


def negation(status: Status) -> Status:
    """Return the opposite of a decided status; undetermined and not applicable stay what they are."""
    if status is MET:
        return NOT_MET
    if status is NOT_MET:
        return MET
    return status


def conjunction(statuses: Iterable[Status]) -> Status:
    """Return the status of `all`: one part that is not met decides it.

    Parts that are not applicable are ignored; where there are no others, the result is not applicable.
    """
    result = NOT_APPLICABLE
    for status in statuses:
        if status is NOT_MET:
            return NOT_MET
        if status is UNDETERMINED:
            result = UNDETERMINED
        elif status is MET and result is NOT_APPLICABLE:
            result = MET
    return result


def disjunction(statuses: Iterable[Status]) -> Status:
    """Return the status of `any`: one part that is met decides it.

    Parts that are not applicable are ignored; where there are no others, the result is not applicable.
    """
    result = NOT_APPLICABLE
    for status in statuses:
        if status is MET:
            return MET
        if status is UNDETERMINED:
            result = UNDETERMINED
        elif status is NOT_MET and result is NOT_APPLICABLE:
            result = NOT_MET
    return result


def at_least(needed: int, statuses: Iterable[Status]) -> Status:
    """Return the status of `at_least needed of`: undetermined parts are counted once as met and once as not met.

    A sum that skipped the undetermined parts would read unknown as no. Too few is not met only where some part surely
    applies: an undetermined part may turn out not to apply, and then the result is not applicable.
    """
    met = not_met = undetermined = 0
    for status in statuses:
        met += status is MET
        not_met += status is NOT_MET
        undetermined += status is UNDETERMINED
    if met >= needed:
        return MET
    if not met and not not_met:
        return UNDETERMINED if undetermined else NOT_APPLICABLE
    return NOT_MET if met + undetermined < needed else UNDETERMINED


def criterion(applies: Status, holds: Status, exceptions: Status) -> Status:
    """Return a criterion's status from those of its three parts; `exceptions` is the `any` of what defeats it.

    Whether it applies comes first: while that is undetermined, so is the criterion. An exception that is met defeats
    the criterion even where `holds` is not applicable. Otherwise an undetermined part that turns out not to apply would
    change a status that was decided already.
    """
    if applies is not MET:
        return UNDETERMINED if applies is UNDETERMINED else NOT_APPLICABLE
    if exceptions is MET:
        return NOT_MET
    if holds is NOT_APPLICABLE:
        return UNDETERMINED if exceptions is UNDETERMINED else NOT_APPLICABLE
    return conjunction((holds, negation(exceptions)))

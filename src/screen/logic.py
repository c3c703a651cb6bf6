"""What can be said of a fact and of a criterion.

A fact has an answer; a criterion has a finding. In: truth values. Out: truth values. This module knows nothing of law,
files or people; it is the only place that says how unknown and not-applicable combine.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class _NoTruth(Enum):
    """An enumeration whose members refuse to be read as true or false."""

    def __bool__(self) -> NoReturn:
        # `if answer:` would read UNKNOWN as yes and `if not answer:` would read it as no. Either can cost a life.
        raise TypeError(f"{self!r} has no truth value; write `is {type(self).__name__}.{self.name}`")


class Answer(_NoTruth):
    """The answer to a yes/no question; UNKNOWN also stands for the missing answer to a question of any other type."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Status(_NoTruth):
    """How a criterion, or a term of one, ends."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"

    @property
    def is_decided(self) -> bool:
        """True where no further answer can change it."""
        return self is not Status.UNDETERMINED


MET, NOT_MET, UNDETERMINED, NOT_APPLICABLE = Status.MET, Status.NOT_MET, Status.UNDETERMINED, Status.NOT_APPLICABLE

STATUS_OF_ANSWER = {Answer.YES: MET, Answer.NO: NOT_MET, Answer.UNKNOWN: UNDETERMINED}


def negation(state: Status) -> Status:
    """Return the opposite of a decided finding; undetermined and not applicable stay what they are."""
    if state is MET:
        return NOT_MET
    if state is NOT_MET:
        return MET
    return state


def conjunction(states: Iterable[Status]) -> Status:
    """Return the finding of `all`: one not met decides it.

    Not applicable is passed over; where nothing else is left the whole is not applicable.
    """
    result = NOT_APPLICABLE
    for state in states:
        if state is NOT_MET:
            return NOT_MET
        if state is UNDETERMINED:
            result = UNDETERMINED
        elif state is MET and result is NOT_APPLICABLE:
            result = MET
    return result


def disjunction(states: Iterable[Status]) -> Status:
    """Return the finding of `any`: one met decides it.

    Not applicable is passed over; where nothing else is left the whole is not applicable.
    """
    result = NOT_APPLICABLE
    for state in states:
        if state is MET:
            return MET
        if state is UNDETERMINED:
            result = UNDETERMINED
        elif state is NOT_MET and result is NOT_APPLICABLE:
            result = NOT_MET
    return result


def at_least(needed: int, states: Iterable[Status]) -> Status:
    """Return the finding of `at_least needed of`: the unknown ones are counted once as met and once as not met.

    A sum that skips the unknown ones would read unknown as no. Too few is not met only where one part surely applies:
    an unknown part may still turn out not to, and then the whole does not.
    """
    met = not_met = unknown = 0
    for state in states:
        met += state is MET
        not_met += state is NOT_MET
        unknown += state is UNDETERMINED
    if met >= needed:
        return MET
    if not met and not not_met:
        return UNDETERMINED if unknown else NOT_APPLICABLE
    return NOT_MET if met + unknown < needed else UNDETERMINED


def criterion(applies: Status, holds: Status, exceptions: Status) -> Status:
    """Return a criterion's finding from its three parts.

    `exceptions` is the `any` of what defeats it. Whether it applies comes first: while that is unknown all is. An
    exception that is met defeats it even where what it defeats is not applicable: an unknown that may turn out not
    applicable is defeated before anybody knows, and a finding never flips.
    """
    if applies is not MET:
        return UNDETERMINED if applies is UNDETERMINED else NOT_APPLICABLE
    if exceptions is MET:
        return NOT_MET
    if holds is NOT_APPLICABLE:
        return UNDETERMINED if exceptions is UNDETERMINED else NOT_APPLICABLE
    return conjunction((holds, negation(exceptions)))

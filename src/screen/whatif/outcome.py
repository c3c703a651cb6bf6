"""The outcome of changed answers: what one or more other answers would change in a case.

The case file is not touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from screen.case.evidence import EstablishedFact, RecordedAnswer
from screen.engine.compare import examination_order
from screen.engine.evaluate import evaluate
from screen.engine.finding import Findings
from screen.rulebook.model import RuleBook


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case before and after some answers are changed.

    `facts` are those whose answers were changed. `changed_presumptions` are other facts of which another value is
    presumed afterwards, or none any more. `criteria` are those with another status, in the order of examination.
    """

    before: Findings
    after: Findings
    facts: tuple[str, ...]
    changed_presumptions: tuple[str, ...]
    criteria: tuple[str, ...]


def try_answers(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    changed: Mapping[str, RecordedAnswer],
    profile: str | None = None,
    *,
    closed: bool = False,
) -> Outcome:
    """Return the outcome of changing or adding these answers, on the open record or on the closed one."""
    before = evaluate(book, given, profile, closed=closed)
    after = evaluate(book, {**given, **changed}, profile, closed=closed)
    facts = interview_order(book)
    presumptions = (
        name
        for name in facts
        if name not in changed and _is_presumed_differently(before.established[name], after.established[name])
    )
    return Outcome(
        before,
        after,
        facts=tuple(name for name in facts if name in changed),
        changed_presumptions=tuple(presumptions),
        criteria=tuple(name for name in examination_order(book) if before[name].status is not after[name].status),
    )


def _is_presumed_differently(before: EstablishedFact, after: EstablishedFact) -> bool:
    return before.value != after.value or (before.presumed is None) is not (after.presumed is None)


def interview_order(book: RuleBook) -> list[str]:
    """Return the names of all facts in the order of the interview: chapter by chapter."""
    chapters = {name: index for index, name in enumerate(book.chapters)}
    return sorted(book.facts, key=lambda name: chapters[book.facts[name].chapter])

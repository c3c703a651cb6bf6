"""Candidates of the search for pivots: the answers that may be tried for a fact.

What may be tried:

- a fact that is unknown: every answer that the law can tell apart (`distinguishable_values`);
- with `contestable`, a presumption: every other answer, which would rebut it; and an answer that is accepted by the
  benefit of the doubt alone or not assessed yet: every other answer, and unknown;
- never an accepted or a rejected answer: the examiner has decided;
- never the identity of the applicant: the two States of the case, and facts about the person in the chapter that asks
  for the country of origin (sex, age, statelessness …), answered or not. Identity is established, not tried out;
- never a given answer to any other fact `about: person` (kin, health, opinion, conduct): it says what somebody is or
  did. Such a fact may still be tried where it is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from screen.case.evidence import Credibility, EstablishedFact, RecordedAnswer
from screen.engine.finding import Findings
from screen.logic import Answer
from screen.rulebook.dependencies import facts_in, facts_of_presumptions
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Fact, RuleBook, criterion_terms
from screen.rulebook.terms import Value
from screen.whatif.outcome import interview_order

_CONTESTABLE = (Credibility.BENEFIT, Credibility.NOT_ASSESSED)


def answers_to_try(
    fact: EstablishedFact, given: RecordedAnswer | None, values: Sequence[Value], *, contestable: bool
) -> tuple[Value, ...]:
    """Return the answers to try for a fact; none where it must not be tried."""
    if given is not None and given.credibility is Credibility.REJECTED:
        return ()
    if not fact.is_known:
        return tuple(values)
    if not contestable:
        return ()
    if fact.presumed is not None:
        # Unknown is not tried: the fact would be presumed again. Only another answer beats a presumption.
        return tuple(value for value in _alternatives(fact.value, values) if value != fact.value)
    if fact.fact.about == "person" or given is None or given.credibility not in _CONTESTABLE:
        return ()
    return (*(value for value in _alternatives(fact.value, values) if value != fact.value), Answer.UNKNOWN)


def _alternatives(value: Value, values: Sequence[Value]) -> Sequence[Value]:
    """Return the values to try instead of this one: for a set, one option more or less, and the empty set."""
    if not isinstance(value, frozenset):
        return values
    options = [option for single in values if isinstance(single, frozenset) and len(single) == 1 for option in single]
    return tuple(dict.fromkeys([frozenset(), *(value ^ {option} for option in options)]))


def is_identity_fact(book: RuleBook, fact: Fact) -> bool:
    """Tell whether a fact is part of the applicant's identity, which is established and never tried out."""
    if fact.name in (ORIGIN_FACT, HOST_FACT):
        return True
    origin = book.facts.get(ORIGIN_FACT)
    return fact.about == "person" and origin is not None and fact.chapter == origin.chapter


def unknown_identity(findings: Findings) -> tuple[str, ...]:
    """Return the facts about the applicant's identity that the law asks for and that are unknown."""
    book = findings.book
    needed = facts_in(term for criterion in book.criteria.values() for term in criterion_terms(criterion))
    needed |= facts_of_presumptions(book.presumptions)
    return tuple(
        name
        for name in interview_order(book)
        if name in needed and is_identity_fact(book, book.facts[name]) and not findings.established[name].is_known
    )

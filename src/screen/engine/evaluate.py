"""The evaluator: one walk over the rule book, one tree of findings.

In: a rule book, what a case says, a profile. Out: `Findings`. Left alone: files, people, the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from screen.case.evidence import EstablishedFact, RecordedAnswer, compare, reliable_value
from screen.engine.finding import Finding, Findings
from screen.logic import (
    MET,
    NOT_APPLICABLE,
    NOT_MET,
    STATUS_OF_ANSWER,
    UNDETERMINED,
    Answer,
    Status,
    at_least,
    conjunction,
    criterion,
    disjunction,
    negation,
)
from screen.rulebook import terms
from screen.rulebook.at_date import is_in_force
from screen.rulebook.model import ORIGIN_FACT, Criterion, Profile, RuleBook


def evaluate(
    book: RuleBook, given: Mapping[str, RecordedAnswer], profile: str | None = None, *, benefit: bool = True
) -> Findings:
    """Return every finding of a case under a profile (the book's own where none is named).

    With `benefit=False` what is accepted by the benefit of the doubt alone counts as unknown. Raises KeyError for a
    profile that the book does not have; what a case may say has been checked before.
    """
    return Evaluator(book, given, book.profiles[profile or book.default_profile], benefit=benefit).findings()


class Evaluator:
    """Examines terms against one case; every criterion is examined once."""

    def __init__(
        self, book: RuleBook, given: Mapping[str, RecordedAnswer], profile: Profile, *, benefit: bool = True
    ) -> None:
        self.book, self.profile = book, profile
        self.criteria: dict[str, Finding] = {}
        self.known = {
            name: EstablishedFact(fact, reliable_value(given.get(name), benefit=benefit), given.get(name))
            for name, fact in book.facts.items()
        }
        self._presume()

    @classmethod
    def from_findings(cls, findings: Findings) -> Evaluator:
        """Return an evaluator that has found what these findings say, so that it can examine further terms."""
        one = cls.__new__(cls)
        one.book, one.profile = findings.book, findings.profile
        one.known, one.criteria = dict(findings.established), dict(findings.criteria)
        return one

    def findings(self) -> Findings:
        """Return the whole tree."""
        for name in self.book.order:
            self.criteria[name] = self._criterion(self.book.criteria[name])
        recommendations = tuple((one, self.examine(one.when)) for one in self.book.recommendations)
        return Findings(self.book, self.profile, self.known, self.criteria, recommendations)

    def _presume(self) -> None:
        """Fill what nobody has answered; each presumption comes after what it asks.

        Country information of the State of origin fills what is unknown. What is presumed for every State fills only
        what nobody was asked, and only once it is settled that information on the State does not say otherwise: while
        the State is not known, or whether its information applies, silence would make a no of something unknown.
        """
        waits: set[str] = set()
        for one in self.book.presumptions:
            known = self.known[one.fact]
            if known.is_known or one.origin not in (None, self.known[ORIGIN_FACT].value):
                continue
            if one.origin is None and (
                known.given is not None or one.fact in waits or not self.known[ORIGIN_FACT].is_known
            ):
                continue
            state = MET if one.when is None else self.examine(one.when).status
            if state is MET:
                self.known[one.fact] = EstablishedFact(known.fact, one.value, known.given, one)
            elif state is UNDETERMINED:
                waits.add(one.fact)

    def examine(self, term: terms.Term) -> Finding:
        """Return the finding of a term; the criteria that it names have been examined before."""
        # The commonest come first: a case is some eight hundred terms, and one question is asked of each.
        match term:
            case terms.Is() | terms.Includes() | terms.Between() | terms.Binds():
                return self._leaf(term)
            case terms.Met():
                return self.criteria[term.criterion]
            case terms.AnyOf():
                return _any(term, [self.examine(part) for part in term.parts])
            case terms.All():
                return _all(term, [self.examine(part) for part in term.parts])
            case terms.Not():
                inner = self.examine(term.part)
                return Finding(term, negation(inner.status), (inner,), (inner,))
            case terms.AtLeast():
                return _at_least(term, [self.examine(part) for part in term.parts])
            case terms.ByReading():
                inner = self.examine(term.under(self.profile.readings[term.reading]))
                return Finding(term, inner.status, (inner,), (inner,))
            case terms.TakesSide():
                return Finding(term, MET if self.profile.readings[term.reading] in term.sides else NOT_MET)
            case terms.InForce():
                return Finding(term, MET if is_in_force(term.since, term.until, self.book.law_as_of) else NOT_MET)
            case terms.NotRuledOut():
                inner = self.criteria[term.criterion]
                return Finding(term, MET if inner.status in (MET, UNDETERMINED) else NOT_MET, (inner,), (inner,))
            case _:
                assert_never(term)

    def _leaf(self, term: terms.Leaf) -> Finding:
        known = self.known[term.fact]
        standing = self.book.standing(str(known.value), term.treaty) if isinstance(term, terms.Binds) else None
        if isinstance(known.value, Answer) and isinstance(term, terms.Is) and term.values == _YES:
            return Finding(term, STATUS_OF_ANSWER[known.value], established=known)
        return Finding(term, compare(term, known.value, self.book), established=known, standing=standing)

    def _criterion(self, one: Criterion) -> Finding:
        term = terms.Met(one.name)
        applies = self.examine(one.applies_if) if one.applies_if is not None else None
        holds = self.examine(one.holds_if)
        unless = tuple([self.examine(part) for part in one.unless])
        defeated = disjunction(part.status for part in unless)
        state = criterion(MET if applies is None else applies.status, holds.status, defeated)
        parts = (*((applies,) if applies else ()), holds, *unless)
        return Finding(term, state, parts, _deciding(state, applies, holds, unless), criterion=one)


_YES = frozenset({Answer.YES})


def _deciding(
    state: Status, applies: Finding | None, holds: Finding, unless: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return the parts of a criterion that made it end so; they alone would make it end so again."""
    if applies is not None and applies.status is not MET:
        return (applies,)
    if state is UNDETERMINED:
        return tuple(part for part in (holds, *unless) if part.status is UNDETERMINED)
    applied = (applies,) if applies else ()
    if state is NOT_MET:
        return (*applied, *((holds,) if holds.status is NOT_MET else ()), *_of(unless, MET))
    return (*applied, holds, *unless)


def _of(parts: Iterable[Finding], *states: Status) -> tuple[Finding, ...]:
    return tuple([part for part in parts if part.status in states])


def _all(term: terms.All, parts: list[Finding]) -> Finding:
    state = conjunction([part.status for part in parts])
    # What does not apply is passed over, and that it does not apply is part of why the rest is enough.
    return Finding(term, state, tuple(parts), _of(parts, state, NOT_APPLICABLE) if state is MET else _of(parts, state))


def _any(term: terms.AnyOf, parts: list[Finding]) -> Finding:
    state = disjunction([part.status for part in parts])
    return Finding(
        term, state, tuple(parts), _of(parts, state, NOT_APPLICABLE) if state is NOT_MET else _of(parts, state)
    )


def _at_least(term: terms.AtLeast, parts: list[Finding]) -> Finding:
    state = at_least(term.needed, [part.status for part in parts])
    deciding = _of(parts, state)
    if state is NOT_MET:
        # Where none is not met, those that are met show that it applies at all.
        deciding = _of(parts, NOT_MET, NOT_APPLICABLE) if deciding else _of(parts, MET, NOT_APPLICABLE)
    return Finding(term, state, tuple(parts), deciding)

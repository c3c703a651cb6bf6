"""What a term may still become once the record is closed.

A decision is made on a record that somebody closes. Then who had to show a point and has not, has not shown it: the
silence of the applicant adds nothing any more. What others can still find out is another matter: a fact that the
officer or sources on the country can tell, and a judgement, may still be given any answer. So a closed record leaves a
set of statuses that a term may still take, and an element is *not shown* where met is not among them.

In: the facts as they are established, whether or not anybody can still find them out. Out: sets of statuses. Left
alone: which criteria are elements, and whose burden they are (`evaluate`). The circuit works the same out by itself
(`circuit.closing`); the two are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from screen.case.evidence import EstablishedFact, compare
from screen.logic import (
    MET,
    NOT_APPLICABLE,
    NOT_MET,
    UNDETERMINED,
    Status,
    at_least,
    conjunction,
    criterion,
    disjunction,
    negation,
)
from screen.rulebook import terms
from screen.rulebook.at_date import is_in_force
from screen.rulebook.model import Criterion, Fact, Profile, RuleBook

#: The statuses that a term may still take.
Prospect = frozenset[Status]

_NEVER_RELEVANT: Prospect = frozenset({NOT_APPLICABLE})


def can_be_found_out(fact: Fact) -> bool:
    """Tell whether somebody other than the applicant can tell: silence about such a fact is not the applicant's.

    A fact of which the book does not say who can tell counts as one: what is not known of it closes nothing.
    """
    return fact.known_from != "applicant"


def is_judgement(fact: Fact) -> bool:
    """Tell whether the fact is a person's judgement: it stays open until that person has judged."""
    return fact.judgement


class Prospects:
    """What terms may still become in one case, where the facts that `is_open_to_all` names may have any answer yet."""

    def __init__(
        self,
        book: RuleBook,
        profile: Profile,
        established: Mapping[str, EstablishedFact],
        is_open_to_all: Callable[[Fact], bool],
    ) -> None:
        self.book, self.profile, self.established, self.is_open_to_all = book, profile, established, is_open_to_all
        #: Of each criterion that has been examined, in the order of the book.
        self.criteria: dict[str, Prospect] = {}

    def criterion(self, rule: Criterion) -> Prospect:
        """Return what a criterion may still become, its burden left aside."""
        applies = frozenset({MET}) if rule.applies_if is None else self.term(rule.applies_if)
        holds, defeated = self.term(rule.holds_if), _combined(disjunction, map(self.term, rule.unless))
        return frozenset(criterion(a, h, d) for a in applies for h in holds for d in defeated)

    def term(self, term: terms.Term) -> Prospect:
        """Return what a term may still become. The criteria that it names must have been examined before."""
        match term:
            case terms.Is() | terms.Includes() | terms.Between() | terms.Binds():
                return self._leaf(term)
            case terms.Met(name):
                return self.criteria[name]
            case terms.All(parts):
                return _combined(conjunction, map(self.term, parts))
            case terms.AnyOf(parts):
                return _combined(disjunction, map(self.term, parts))
            case terms.AtLeast(needed, parts):
                return _at_least(needed, [self.term(part) for part in parts])
            case terms.Not(part):
                return frozenset(negation(status) for status in self.term(part))
            case terms.ByReading():
                return self.term(term.under(self.profile.readings[term.reading]))
            case terms.TakesSide(reading, sides):
                return frozenset({MET if self.profile.readings[reading] in sides else NOT_MET})
            case terms.InForce(since, until):
                return frozenset({MET if is_in_force(since, until, self.book.law_as_of) else NOT_MET})
            case terms.NotRuledOut(name):
                return frozenset(MET if s in (MET, UNDETERMINED) else NOT_MET for s in self.criteria[name])
            case _:
                assert_never(term)

    def _leaf(self, leaf: terms.Leaf) -> Prospect:
        fact = self.established[leaf.fact]
        status = compare(leaf, fact.value, self.book)
        if status is UNDETERMINED and self.is_open_to_all(fact.fact):
            return frozenset({MET, NOT_MET})
        return frozenset({status})


def _combined(operation: Callable[[Iterable[Status]], Status], parts: Iterable[Prospect]) -> Prospect:
    """Return what a group may become: its parts are counted as independent of each other."""
    prospect = _NEVER_RELEVANT  # the group without parts
    for part in parts:
        prospect = frozenset(operation((before, status)) for before in prospect for status in part)
    return prospect


def _at_least(needed: int, parts: Iterable[Prospect]) -> Prospect:
    # Of a list of statuses only the number of each kind counts, so the lists are kept sorted and each once.
    lists: set[tuple[Status, ...]] = {()}
    for part in parts:
        lists = {tuple(sorted((*before, status), key=_position)) for before in lists for status in part}
    return frozenset(at_least(needed, statuses) for statuses in lists)


def _position(status: Status) -> int:
    return (MET, NOT_MET, UNDETERMINED, NOT_APPLICABLE).index(status)

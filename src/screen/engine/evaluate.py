"""The evaluator: one pass over the rule book, which makes one tree of findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from screen.case.evidence import EstablishedFact, RecordedAnswer, awaits_assessment, compare, reliable_value
from screen.engine.closing import Prospects, can_be_found_out, is_judgement
from screen.engine.finding import RECOGNISE, Finding, Findings
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
from screen.rulebook.dependencies import facts_in
from screen.rulebook.model import ORIGIN_FACT, Criterion, Profile, RuleBook


def evaluate(
    book: RuleBook,
    given: Mapping[str, RecordedAnswer],
    profile: str | None = None,
    *,
    benefit: bool = True,
    closed: bool = False,
    as_recorded: bool = False,
) -> Findings:
    """Return every finding of a case under a profile, by default that of the book.

    Answers that nobody has assessed count as accepted. With `as_recorded` they carry no recommendation to recognise:
    that waits until those on which it rests are assessed.

    With `benefit=False` an answer that is accepted only by the benefit of the doubt counts as unknown. With `closed`
    the record is closed: an element that whoever bears its burden has not shown is not met (docs/decisions/0016). The
    answers must have been checked. Raises KeyError for a profile that the book does not have.
    """
    taken = book.profiles[profile or book.default_profile]
    findings = Evaluator(book, given, taken, benefit=benefit, closed=closed).findings()
    if not as_recorded or findings.recommendation != RECOGNISE:
        return findings
    waiting = {name for name, answer in given.items() if awaits_assessment(answer, book.facts[name])}
    assessed = {
        name: replace(answer, value=Answer.UNKNOWN) if name in waiting else answer for name, answer in given.items()
    }
    if Evaluator(book, assessed, taken, benefit=benefit, closed=closed).findings().recommendation == RECOGNISE:
        return findings
    return replace(findings, to_assess=_carrying(findings, waiting))


def _carrying(findings: Findings, waiting: Collection[str]) -> tuple[EstablishedFact, ...]:
    """Return those of the waiting facts on which recognition rests, by themselves or through a presumption."""
    when = next(when for entry, when in findings.recommendations if entry.name == RECOGNISE)
    conditions = [fact.presumed.when for fact in when.rests_on if fact.presumed is not None and fact.presumed.when]
    names = {fact.fact.name for fact in when.rests_on} | facts_in(conditions)
    carrying = [name for name in findings.established if name in waiting and name in names]
    return tuple(findings.established[name] for name in carrying or waiting)


class Evaluator:
    """Examines terms against one case. Every criterion is examined once."""

    def __init__(
        self,
        book: RuleBook,
        given: Mapping[str, RecordedAnswer],
        profile: Profile,
        *,
        benefit: bool = True,
        closed: bool = False,
    ) -> None:
        self.book, self.profile, self.closed = book, profile, closed
        self.criteria: dict[str, Finding] = {}
        self.established = {
            name: EstablishedFact(fact, reliable_value(given.get(name), benefit=benefit), given.get(name))
            for name, fact in book.facts.items()
        }
        self._presume()
        #: What criteria may still become: by any finding of others than the applicant, and by judgements alone (this on
        #: the open record).
        self._by_finding = Prospects(book, profile, self.established, can_be_found_out)
        self._by_judgement = Prospects(book, profile, self.established, is_judgement)

    @classmethod
    def from_findings(cls, findings: Findings) -> Evaluator:
        """Return an evaluator that starts from these findings, to examine further terms."""
        evaluator = cls.__new__(cls)
        evaluator.book, evaluator.profile, evaluator.closed = findings.book, findings.profile, findings.is_closed
        evaluator.established, evaluator.criteria = dict(findings.established), dict(findings.criteria)
        return evaluator

    def findings(self) -> Findings:
        """Return the tree of findings."""
        for name in self.book.order:
            self.criteria[name] = self._criterion(self.book.criteria[name])
        if self.closed:
            on_open_record, self.criteria = self.criteria, {}
            for name in self.book.order:
                self.criteria[name] = self._closed(self._criterion(self.book.criteria[name]), on_open_record[name])
        recommendations = tuple((entry, self.examine(entry.when)) for entry in self.book.recommendations)
        return Findings(self.book, self.profile, self.established, self.criteria, recommendations, self.closed)

    def _presume(self) -> None:
        """Apply the presumptions, in an order in which each comes after the facts that it asks for.

        A presumption from country information fills any fact that is unknown. A presumption for every State fills only
        a fact that nobody was asked for, and only once it is settled that no country information says otherwise. While
        the State of origin is unknown, or whether its information applies, silence would turn unknown into no.
        """
        undecided: set[str] = set()
        for presumption in self.book.presumptions:
            current = self.established[presumption.fact]
            if current.is_known or presumption.origin not in (None, self.established[ORIGIN_FACT].value):
                continue
            if presumption.origin is None and (
                current.given is not None or presumption.fact in undecided or not self.established[ORIGIN_FACT].is_known
            ):
                continue
            status = MET if presumption.when is None else self.examine(presumption.when).status
            if status is MET:
                self.established[presumption.fact] = EstablishedFact(
                    current.fact, presumption.value, current.given, presumption
                )
            elif status is UNDETERMINED:
                undecided.add(presumption.fact)

    def examine(self, term: terms.Term) -> Finding:
        """Return the finding of a term. The criteria that it names must have been examined before."""
        # The most frequent kinds come first: a case has some eight hundred terms.
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
        fact = self.established[term.fact]
        standing = self.book.standing(str(fact.value), term.treaty) if isinstance(term, terms.Binds) else None
        if isinstance(fact.value, Answer) and isinstance(term, terms.Is) and term.values == _YES:
            return Finding(term, STATUS_OF_ANSWER[fact.value], established=fact)
        return Finding(term, compare(term, fact.value, self.book), established=fact, standing=standing)

    def _criterion(self, rule: Criterion) -> Finding:
        term = terms.Met(rule.name)
        applies = self.examine(rule.applies_if) if rule.applies_if is not None else None
        holds = self.examine(rule.holds_if)
        unless = tuple([self.examine(part) for part in rule.unless])
        defeated = disjunction(part.status for part in unless)
        status = criterion(MET if applies is None else applies.status, holds.status, defeated)
        parts = (*((applies,) if applies else ()), holds, *unless)
        return Finding(term, status, parts, _deciding_parts(status, applies, holds, unless), criterion=rule)

    def _closed(self, finding: Finding, on_open_record: Finding) -> Finding:
        """Return the finding of a criterion on the closed record.

        An element that is undetermined is not shown, unless what others than the applicant can still find out could
        make it met. What the authority has to show is shown by what is known on the open record, and never by what the
        applicant has not shown; only a judgement that is open keeps it open.
        """
        rule = finding.criterion
        assert rule is not None
        bearer = rule.burden_under(self.profile)
        if bearer == "authority":
            finding = replace(on_open_record, not_shown=None)
        by_finding, by_judgement = self._by_finding.criterion(rule), self._by_judgement.criterion(rule)
        prospect = by_judgement if bearer == "authority" else by_finding
        if finding.status is UNDETERMINED and bearer is not None and MET not in prospect:
            finding = replace(finding, status=NOT_MET, not_shown=bearer)
        self._by_judgement.criteria[rule.name] = by_judgement  # of the open record
        is_open = finding.status is UNDETERMINED
        self._by_finding.criteria[rule.name] = by_finding if is_open else frozenset({finding.status})
        return finding


_YES = frozenset({Answer.YES})


def _deciding_parts(
    status: Status, applies: Finding | None, holds: Finding, unless: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return the parts of a criterion that decide its status: they alone would give the same status again."""
    if applies is not None and applies.status is not MET:
        return (applies,)
    if status is UNDETERMINED:
        return tuple(part for part in (holds, *unless) if part.status is UNDETERMINED)
    applied = (applies,) if applies else ()
    if status is NOT_MET:
        return (*applied, *((holds,) if holds.status is NOT_MET else ()), *_with_status(unless, MET))
    return (*applied, holds, *unless)


def _with_status(parts: Iterable[Finding], *statuses: Status) -> tuple[Finding, ...]:
    return tuple([part for part in parts if part.status in statuses])


def _all(term: terms.All, parts: list[Finding]) -> Finding:
    status = conjunction([part.status for part in parts])
    # Parts that do not apply are skipped; that they do not apply is part of the reason why the rest is enough.
    deciding = (MET, NOT_APPLICABLE) if status is MET else (status,)
    return Finding(term, status, tuple(parts), _with_status(parts, *deciding))


def _any(term: terms.AnyOf, parts: list[Finding]) -> Finding:
    status = disjunction([part.status for part in parts])
    deciding = (NOT_MET, NOT_APPLICABLE) if status is NOT_MET else (status,)
    return Finding(term, status, tuple(parts), _with_status(parts, *deciding))


def _at_least(term: terms.AtLeast, parts: list[Finding]) -> Finding:
    status = at_least(term.needed, [part.status for part in parts])
    deciding = _with_status(parts, status)
    if status is NOT_MET:
        # Where no part is not met, the parts that are met show that the group applies at all.
        deciding = _with_status(parts, NOT_MET if deciding else MET, NOT_APPLICABLE)
    return Finding(term, status, tuple(parts), deciding)

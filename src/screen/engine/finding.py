"""The tree of findings: the status of every criterion and term in one evaluation, and the reasons.

`evaluate` makes these values. The functions here read the tree: which facts a finding rests on, which are missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from screen.case.evidence import EstablishedFact
from screen.logic import UNDETERMINED, Status
from screen.rulebook.model import Criterion, Profile, Recommendation, RuleBook, TreatyStanding
from screen.rulebook.terms import Term


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Finding:
    """The status of a term. `deciding` holds the parts that decide it; a leaf has the fact that it compares.

    `not_shown` says who had to show it, where a closed record leaves it not shown and it is not met for that.
    """

    term: Term
    status: Status
    parts: tuple[Finding, ...] = ()
    deciding: tuple[Finding, ...] = ()
    criterion: Criterion | None = None
    established: EstablishedFact | None = None
    standing: TreatyStanding | None = None
    not_shown: str | None = None

    def __repr__(self) -> str:
        # Criteria are shared: a full representation would double at each one. And answers must not leak into logs.
        name = self.criterion.name if self.criterion else type(self.term).__name__
        return f"<{name}: {self.status.value}>"

    @property
    def rests_on(self) -> tuple[EstablishedFact, ...]:
        """The known facts that decide this finding, each once, in the order of the tree."""
        facts = {
            leaf.established.fact.name: leaf.established
            for leaf in leaves(self)
            if leaf.established and leaf.established.is_known
        }
        return tuple(facts.values())

    @property
    def missing(self) -> tuple[EstablishedFact, ...]:
        """The unknown facts that keep this undetermined or not shown, each once, in the order of the tree."""
        if self.status is not UNDETERMINED and self.not_shown is None:
            return ()
        facts = {
            leaf.established.fact.name: leaf.established
            for leaf in leaves(self)
            if leaf.established and not leaf.established.is_known
        }
        return tuple(facts.values())


def leaves(finding: Finding) -> Iterator[Finding]:
    """Yield the leaves that decide a finding, each once."""
    seen: set[int] = set()
    pending = [finding]
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.deciding:
            pending.extend(reversed(current.deciding))
        else:
            yield current


def not_shown_under(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the criteria that were not shown and on which these findings rest, each once, in the order of the tree."""
    found: dict[int, Finding] = {}
    seen: set[int] = set()
    pending = list(reversed(tuple(findings)))
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.not_shown is not None:
            found[id(current)] = current
        else:
            pending.extend(reversed(current.deciding))
    return tuple(found.values())


def grounds(finding: Finding) -> tuple[list[Finding], list[Finding]]:
    """Return what decides a criterion, for a reader: the nearest criteria that have wording, and the leaves.

    A criterion without wording is auxiliary, so its own grounds are given in its place.
    """
    worded: dict[int, Finding] = {}
    decisive: dict[int, Finding] = {}
    pending = list(reversed(finding.deciding))
    while pending:
        current = pending.pop()
        if current.criterion and current.criterion.says:
            worded.setdefault(id(current), current)
        elif current.deciding:
            pending.extend(reversed(current.deciding))
        else:
            decisive.setdefault(id(current), current)
    return list(worded.values()), list(decisive.values())


@dataclass(frozen=True, slots=True, repr=False)
class Findings:
    """One evaluation of one case under one profile, on the open record or, `is_closed`, on the closed one."""

    book: RuleBook
    profile: Profile
    established: Mapping[str, EstablishedFact]
    criteria: Mapping[str, Finding]
    recommendations: tuple[tuple[Recommendation, Finding], ...]
    is_closed: bool = False
    #: Where recognition would rest on statements that nobody has assessed: these, and it is not recommended yet.
    to_assess: tuple[EstablishedFact, ...] = ()

    def __repr__(self) -> str:
        return f"<findings under {self.profile.name}: {self.recommendation}>"

    def __getitem__(self, criterion: str) -> Finding:
        return self.criteria[criterion]

    @property
    def open_conclusions(self) -> tuple[str, ...]:
        """The conclusions of the book that are undetermined."""
        return tuple(name for name in self.book.conclusions if self.criteria[name].status is UNDETERMINED)

    @property
    def presumed(self) -> tuple[EstablishedFact, ...]:
        """The facts that are presumed."""
        return tuple(fact for fact in self.established.values() if fact.presumed)

    @property
    def by_benefit(self) -> tuple[EstablishedFact, ...]:
        """The facts that are accepted by the benefit of the doubt."""
        return tuple(fact for fact in self.established.values() if fact.by_benefit)

    @property
    def recommendation(self) -> str:
        """The name of the first recommendation whose condition is met; `undetermined_no_return` if there is none.

        So too where that is recognition and the statements that carry it have still to be assessed (`to_assess`).
        """
        return UNDETERMINED_NO_RETURN if self.to_assess else self.on_assessment

    @property
    def on_assessment(self) -> str:
        """The recommendation once the statements that carry it are accepted; the same where it waits for none."""
        return next(
            (recommendation.name for recommendation, when in self.recommendations if when.status is Status.MET),
            UNDETERMINED_NO_RETURN,
        )


#: What is recommended of a person whose recognition rests on what somebody has assessed, and on nothing less.
RECOGNISE = "recognise"
UNDETERMINED_NO_RETURN = "undetermined_no_return"

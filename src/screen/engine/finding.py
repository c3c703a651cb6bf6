"""The tree of findings: what one evaluation of the law says, and why.

In: nothing; `evaluate` makes these values. Out: each finding with its state and the parts that decided it, and
functions that read the tree: the facts it rests on, what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from screen.case.evidence import EstablishedFact
from screen.logic import UNDETERMINED, Status
from screen.rulebook.model import Criterion, Profile, Recommendation, RuleBook, TreatyStanding
from screen.rulebook.terms import Term


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Finding:
    """How a term ends. `deciding` holds the parts that made it end so; a leaf has the fact that it compares."""

    term: Term
    status: Status
    parts: tuple[Finding, ...] = ()
    deciding: tuple[Finding, ...] = ()
    criterion: Criterion | None = None
    established: EstablishedFact | None = None
    standing: TreatyStanding | None = None

    def __repr__(self) -> str:
        # Criteria are shared, so that writing a tree out in full doubles at every share; and answers are nobody's here.
        name = self.criterion.name if self.criterion else type(self.term).__name__
        return f"<{name}: {self.status.value}>"

    @property
    def rests_on(self) -> tuple[EstablishedFact, ...]:
        """The facts with a value that decided this, each once, in the order of the tree."""
        found = {
            leaf.established.fact.name: leaf.established
            for leaf in leaves(self)
            if leaf.established and leaf.established.is_known
        }
        return tuple(found.values())

    @property
    def missing(self) -> tuple[EstablishedFact, ...]:
        """The unknown facts that keep this open, each once, in the order of the tree; none where it is decided."""
        if self.status is not UNDETERMINED:
            return ()
        found = {
            leaf.established.fact.name: leaf.established
            for leaf in leaves(self)
            if leaf.established and not leaf.established.is_known
        }
        return tuple(found.values())


def leaves(finding: Finding) -> Iterator[Finding]:
    """Yield the leaves that decided a finding, each once."""
    seen: set[int] = set()
    waiting = [finding]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if one.deciding:
            waiting.extend(reversed(one.deciding))
        else:
            yield one


def grounds(finding: Finding) -> tuple[list[Finding], list[Finding]]:
    """Return what decided a criterion, trimmed by the rule book: criteria with words, and leaves.

    A criterion without words is passed through, so that a reader meets the law and not the machinery.
    """
    worded: dict[int, Finding] = {}
    decisive: dict[int, Finding] = {}
    waiting = list(reversed(finding.deciding))
    while waiting:
        one = waiting.pop()
        if one.criterion and one.criterion.says:
            worded.setdefault(id(one), one)
        elif one.deciding:
            waiting.extend(reversed(one.deciding))
        else:
            decisive.setdefault(id(one), one)
    return list(worded.values()), list(decisive.values())


@dataclass(frozen=True, slots=True, repr=False)
class Findings:
    """One evaluation of one case under one profile."""

    book: RuleBook
    profile: Profile
    established: Mapping[str, EstablishedFact]
    criteria: Mapping[str, Finding]
    recommendations: tuple[tuple[Recommendation, Finding], ...]

    def __repr__(self) -> str:
        return f"<findings under {self.profile.name}: {self.recommendation}>"

    def __getitem__(self, criterion: str) -> Finding:
        return self.criteria[criterion]

    @property
    def open_conclusions(self) -> tuple[str, ...]:
        """The conclusions of the book that are not decided yet."""
        return tuple(name for name in self.book.conclusions if self.criteria[name].status is UNDETERMINED)

    @property
    def presumed(self) -> tuple[EstablishedFact, ...]:
        """The facts that stand on a presumption."""
        return tuple(known for known in self.established.values() if known.presumed)

    @property
    def by_benefit(self) -> tuple[EstablishedFact, ...]:
        """The facts that stand on the benefit of the doubt."""
        return tuple(known for known in self.established.values() if known.by_benefit)

    @property
    def recommendation(self) -> str:
        """The name of the recommendation: the first whose condition is met, else that nothing is decided yet."""
        return next(
            (one.name for one, when in self.recommendations if when.status is Status.MET), UNDETERMINED_NO_RETURN
        )


UNDETERMINED_NO_RETURN = "undetermined_no_return"

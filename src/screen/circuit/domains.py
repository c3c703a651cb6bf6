"""Domains: the answers to a fact that the law can tell apart.

The values to try are: for yes/no, choices and levels every option; for a set the empty set, each option alone and all
options; for numbers and days the bounds that the book compares with and the values next to them, as far as they can be
answers; for countries those that the book names, and another one. A `Domain` keeps one value for all that nothing in
the law tells apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import Any, assert_never

from screen.logic import Answer
from screen.rulebook import terms
from screen.rulebook.dependencies import leaves_in
from screen.rulebook.model import ORIGIN_FACT, Bounds, Fact, RuleBook, criterion_terms


def meets(leaf: terms.Leaf, value: terms.Value, book: RuleBook) -> bool | None:
    """Return whether a known value meets a comparison; None where the book does not say, as of a State without a file.

    The evaluator has its own version of this (`case.evidence.compare`); tests hold the two against each other.
    """
    match leaf:
        case terms.Is():
            return value in leaf.values
        case terms.Includes():
            assert isinstance(value, frozenset)
            return not leaf.options.isdisjoint(value)
        case terms.Between():
            assert isinstance(value, str | int | float | date)
            return lies_within(leaf, book.facts[leaf.fact].level(value) if isinstance(value, str) else value)
        case terms.Binds():
            # A State that no file describes may be bound or not: unknown is never no.
            standing = book.standing(str(value), leaf.treaty)
            return None if standing is None else standing.standing == "party"
        case _:
            assert_never(leaf)


def lies_within(leaf: terms.Between, number: int | float | date) -> bool:
    """Return whether a number, a day or the rank of a level lies between the bounds of a comparison."""
    above = leaf.low is None or (number >= leaf.low if leaf.low_included else number > leaf.low)  # type: ignore[operator]
    below = leaf.high is None or (number <= leaf.high if leaf.high_included else number < leaf.high)  # type: ignore[operator]
    return above and below


# ── the conditions of a book ────────────────────────────────────────────────────────────────────────────────────────


def law_terms(book: RuleBook) -> Iterator[terms.Term]:
    """Yield the conditions of criteria and presumptions."""
    for criterion in book.criteria.values():
        yield from criterion_terms(criterion)
    yield from (presumption.when for presumption in book.presumptions if presumption.when is not None)


def every_term(book: RuleBook) -> Iterator[terms.Term]:
    """Yield every condition of a book, the supplements included."""
    yield from law_terms(book)
    yield from (recommendation.when for recommendation in book.recommendations)
    yield from supplement_terms(book)


def supplement_terms(book: RuleBook) -> Iterator[terms.Term]:
    """Yield the conditions of the supplements, which never change a finding: objections, responses, human security."""
    all_terms = [objection.raised_if for objection in book.objections]
    all_terms += [reply.holds_if for objection in book.objections for reply in objection.answers]
    all_terms += [response.owed_if for response in book.responses]
    all_terms += [dimension.shown_if for dimension in book.human_security]
    all_terms += [
        term for dimension in book.human_security for _, term in (*dimension.severity, *dimension.pervasiveness)
    ]
    yield from (term for term in all_terms if term is not None)


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def distinguishable_values(book: RuleBook, names: Collection[str]) -> dict[str, tuple[terms.Value, ...]]:
    """Return for each of these facts the values to try: at least one of each kind that the law can tell apart.

    Values that the law treats alike are all kept where they are options: each is an answer that somebody may give.
    """
    leaves = _leaves_by_fact(law_terms(book))
    return {name: _values(book, fact, leaves.get(name, ())) for name, fact in book.facts.items() if name in names}


def _leaves_by_fact(all_terms: Iterable[terms.Term]) -> dict[str, list[terms.Leaf]]:
    """Return the comparisons of each fact that is compared, each once."""
    leaves: dict[str, list[terms.Leaf]] = {}
    for leaf in dict.fromkeys(leaves_in(all_terms)):
        leaves.setdefault(leaf.fact, []).append(leaf)
    return leaves


def _values(book: RuleBook, fact: Fact, leaves: Sequence[terms.Leaf]) -> tuple[terms.Value, ...]:
    match fact.type:
        case "yes_no":
            return (Answer.YES, Answer.NO)
        case "choice" | "level":
            return tuple(option for option, _ in fact.options)
        case "many":
            options = [option for option, _ in fact.options]
            return (frozenset(), *(frozenset({option}) for option in options), frozenset(options))
        case "number" | "date":
            return tuple(_bounds_and_neighbours(leaves, fact))
        case "country":
            return _countries(book, fact, leaves)
        case _:
            return ()


def _countries(book: RuleBook, fact: Fact, leaves: Sequence[terms.Leaf]) -> tuple[terms.Value, ...]:
    """Return the States that the book names where it compares this fact, and another one."""
    compared = (value for leaf in leaves if isinstance(leaf, terms.Is) for value in leaf.values)
    named = {value for value in compared if isinstance(value, str)}
    if any(isinstance(leaf, terms.Binds) for leaf in leaves):
        named |= book.standings.keys()
    if fact.name == ORIGIN_FACT:
        named |= {presumption.origin for presumption in book.presumptions if presumption.origin}
    unnamed = [code for code in sorted(book.countries) if code not in named]
    return (*sorted(named), *unnamed[:1])


def _bounds_and_neighbours(leaves: Sequence[terms.Leaf], fact: Fact) -> list[terms.Value]:
    """Return each bound and the values right before and after it, in order, as far as they can be answers."""
    compared = {bound for leaf in leaves if isinstance(leaf, terms.Between) for bound in (leaf.low, leaf.high)}
    bounds: list[Any] = sorted(bound for bound in compared if bound is not None)  # only numbers, or only days
    if fact.type == "date":
        day = timedelta(days=1)
        return sorted({value for bound in bounds for value in (bound - day, bound, bound + day)})
    values: set[int | float]
    if fact.bounds is not None and fact.bounds.whole:
        values = {ceil(bound) - 1 for bound in bounds} | {floor(bound) + 1 for bound in bounds}
        values |= {bound for bound in bounds if bound % 1 == 0}
    else:
        values = {number for bound in bounds for number in (bound - 1, bound, bound + 1)}
        # Between two bounds that are at most 1 apart none of the values above may lie.
        values |= {(low + high) / 2 for low, high in pairwise(bounds) if high - low <= 1}
    return [*sorted({_nearest_answer(value, fact.bounds) for value in values})]


def _nearest_answer(value: int | float, bounds: Bounds | None) -> int | float:
    """Return the nearest number that can be an answer, so that no side of a comparison is forgotten."""
    if bounds is None:
        return value
    value = value if bounds.at_least is None else max(value, bounds.at_least)
    return value if bounds.at_most is None else min(value, bounds.at_most)


# ── domains ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Domain:
    """A fact with the answers that matter: `values`, or for a set the `options` that it may contain."""

    fact: Fact
    leaves: tuple[terms.Leaf, ...]
    presumed: frozenset[terms.Value]
    values: tuple[terms.Value, ...] = ()
    options: tuple[str, ...] = ()

    def representative(self, value: terms.Value, book: RuleBook) -> terms.Value:
        """Return the value of the domain that represents this one: nothing in the law tells the two apart."""
        if value in self.values:
            return value
        signature = self.signature(value, book)
        return next(candidate for candidate in self.values if self.signature(candidate, book) == signature)

    def signature(self, value: terms.Value, book: RuleBook) -> tuple[object, ...]:
        """Return the results of all comparisons of a value; values with equal signatures are not told apart."""
        # Presumptions depend on the State of origin without a comparison, so these States are compared by name.
        own = value if self.fact.name == ORIGIN_FACT and value in self.presumed else None
        return (own, *(meets(leaf, value, book) for leaf in self.leaves))


def find_domains(book: RuleBook, all_terms: Iterable[terms.Term]) -> dict[str, Domain]:
    """Return the domains of the facts that these conditions compare, and of those that presumptions fill.

    One value represents all that are treated alike: States that no treaty row, comparison or presumption tells apart,
    ages on the same side of every bound.
    """
    leaves = _leaves_by_fact(all_terms)
    presumed: dict[str, list[terms.Value]] = {}
    for presumption in book.presumptions:
        presumed.setdefault(presumption.fact, []).append(presumption.value)
        presumed.setdefault(ORIGIN_FACT, []).extend([presumption.origin] if presumption.origin else [])
    return {
        name: _domain(book, fact, leaves.get(name, []), presumed.get(name, []))
        for name, fact in book.facts.items()
        if name in leaves or name in presumed
    }


def _domain(book: RuleBook, fact: Fact, leaves: list[terms.Leaf], presumed: list[terms.Value]) -> Domain:
    domain = Domain(fact, tuple(leaves), frozenset(presumed))
    if fact.type == "many":
        named = {option for leaf in leaves if isinstance(leaf, terms.Includes) for option in leaf.options}
        return replace(domain, options=tuple(option for option, _ in fact.options if option in named))
    representatives: dict[object, terms.Value] = {}
    for value in (*presumed, *_values(book, fact, leaves)):
        representatives.setdefault(domain.signature(value, book), value)
    return replace(domain, values=tuple(representatives.values()))

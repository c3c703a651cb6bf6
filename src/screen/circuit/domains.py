"""Which answers to a fact the law can tell apart.

In: a rule book, and facts or conditions. Out: for each fact the values to try, and how a comparison reads a value. Left
alone: cases.

Yes/no, choices and levels: every option. A set: empty, each option alone, all. Numbers and days: the bounds that the
book compares with and what lies around them, as far as it can be an answer. Countries: those that the book names, and
one that it does not. A `Domain` joins the values that nothing in the law tells apart.
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
    """Return whether a value meets a comparison; None where that is not known, even though the value is.

    The circuit's own reading of a comparison: the evaluator has another, and the two are held against each other.
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


def lies_within(leaf: terms.Between, place: int | float | date) -> bool:
    """Return whether a number, a day or the place of a level lies between the bounds of a comparison."""
    above = leaf.low is None or (place >= leaf.low if leaf.low_included else place > leaf.low)  # type: ignore[operator]
    below = leaf.high is None or (place <= leaf.high if leaf.high_included else place < leaf.high)  # type: ignore[operator]
    return above and below


# ── the conditions of a book ────────────────────────────────────────────────────────────────────────────────────────


def law_terms(book: RuleBook) -> Iterator[terms.Term]:
    """Yield the conditions of criteria and presumptions."""
    for criterion in book.criteria.values():
        yield from criterion_terms(criterion)
    yield from (presumption.when for presumption in book.presumptions if presumption.when is not None)


def every_term(book: RuleBook) -> Iterator[terms.Term]:
    """Yield every condition of a book, those that stand next to the law included."""
    yield from law_terms(book)
    yield from (recommendation.when for recommendation in book.recommendations)
    yield from supplement_terms(book)


def supplement_terms(book: RuleBook) -> Iterator[terms.Term]:
    """Yield the conditions of what never changes a finding: objections, responses, human security."""
    all_terms = [objection.raised_if for objection in book.objections]
    all_terms += [reply.holds_if for objection in book.objections for reply in objection.answers]
    all_terms += [response.owed_if for response in book.responses]
    all_terms += [dimension.shown_if for dimension in book.human_security]
    all_terms += [term for each in book.human_security for _, term in (*each.severity, *each.pervasiveness)]
    yield from (term for term in all_terms if term is not None)


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def distinguishable_values(book: RuleBook, names: Collection[str]) -> dict[str, tuple[terms.Value, ...]]:
    """Return for each fact values of it, at least one for each way in which the law can tell them apart.

    No value is left out because another is treated alike: each is an answer that somebody may give.
    """
    leaves = _leaves_of_facts(law_terms(book))
    return {name: _values(book, fact, leaves.get(name, ())) for name, fact in book.facts.items() if name in names}


def _leaves_of_facts(all_terms: Iterable[terms.Term]) -> dict[str, list[terms.Leaf]]:
    """Return for each fact that is compared its comparisons, each once."""
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
            return tuple(_around(leaves, fact))
        case "country":
            return _countries(book, fact, leaves)
        case _:
            return ()


def _countries(book: RuleBook, fact: Fact, leaves: Sequence[terms.Leaf]) -> tuple[terms.Value, ...]:
    """Return the States that the book names where it compares this fact, and one that it does not name."""
    compared = (value for leaf in leaves if isinstance(leaf, terms.Is) for value in leaf.values)
    named = {value for value in compared if isinstance(value, str)}
    if any(isinstance(leaf, terms.Binds) for leaf in leaves):
        named |= book.standings.keys()
    if fact.name == ORIGIN_FACT:
        named |= {presumption.origin for presumption in book.presumptions if presumption.origin}
    others = [code for code in sorted(book.countries) if code not in named]
    return (*sorted(named), *others[:1])


def _around(leaves: Sequence[terms.Leaf], fact: Fact) -> list[terms.Value]:
    """Return each bound with what lies right before and after it, in order, as far as it can be an answer."""
    compared = {bound for leaf in leaves if isinstance(leaf, terms.Between) for bound in (leaf.low, leaf.high)}
    bounds: list[Any] = sorted(bound for bound in compared if bound is not None)  # numbers alone, or days alone
    if fact.type == "date":
        day = timedelta(days=1)
        return sorted({value for bound in bounds for value in (bound - day, bound, bound + day)})
    values: set[int | float]
    if fact.bounds is not None and fact.bounds.whole:
        values = {ceil(bound) - 1 for bound in bounds} | {floor(bound) + 1 for bound in bounds}
        values |= {bound for bound in bounds if bound % 1 == 0}
    else:
        values = {number for bound in bounds for number in (bound - 1, bound, bound + 1)}
        # Two bounds so near each other that nothing of these lies between them.
        values |= {(low + high) / 2 for low, high in pairwise(bounds) if high - low <= 1}
    return [*sorted({_nearest_answer(value, fact.bounds) for value in values})]


def _nearest_answer(value: int | float, bounds: Bounds | None) -> int | float:
    """Return the number that lies nearest and can be an answer: on its side of a comparison none is forgotten."""
    if bounds is None:
        return value
    value = value if bounds.at_least is None else max(value, bounds.at_least)
    return value if bounds.at_most is None else min(value, bounds.at_most)


# ── domains ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Domain:
    """One fact with the answers that matter: values, or for a set the options that may stand in it."""

    fact: Fact
    leaves: tuple[terms.Leaf, ...]
    presumed: frozenset[terms.Value]
    values: tuple[terms.Value, ...] = ()
    options: tuple[str, ...] = ()

    def representative(self, value: terms.Value, book: RuleBook) -> terms.Value:
        """Return the value that stands for this one: nothing in the law tells the two apart."""
        if value in self.values:
            return value
        wanted = self.signature(value, book)
        return next(candidate for candidate in self.values if self.signature(candidate, book) == wanted)

    def signature(self, value: terms.Value, book: RuleBook) -> tuple[object, ...]:
        """Return all that the law reads in a value."""
        # The origin is compared with what presumptions hang on, which is no comparison of its own.
        own = value if self.fact.name == ORIGIN_FACT and value in self.presumed else None
        return (own, *(meets(leaf, value, book) for leaf in self.leaves))


def find_domains(book: RuleBook, all_terms: Iterable[terms.Term]) -> dict[str, Domain]:
    """Return the facts that these conditions compare and those that presumptions fill, with the answers that matter.

    One value stands for all that are treated alike: States that no treaty row, comparison or presumption tells apart,
    ages on the same side of every bound.
    """
    leaves = _leaves_of_facts(all_terms)
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
    alike: dict[object, terms.Value] = {}
    for value in (*presumed, *_values(book, fact, leaves)):
        alike.setdefault(domain.signature(value, book), value)
    return replace(domain, values=tuple(alike.values()))

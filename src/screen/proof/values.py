"""Which answers to a fact the law can tell apart.

In: a rule book and every condition that is asked about. Out: for each fact the answers that matter, one for all that
are treated alike. Two States that no treaty row, no comparison and no presumption tells apart are one answer here, and
so are two ages on the same side of every bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from screen.answer import Answer
from screen.facts import compared
from screen.language.graph import leaves_in
from screen.language.terms import ORIGIN_FACT, Between, Fact, Includes, Leaf, RuleBook, Term, Value, conditions


@dataclass(frozen=True)
class Asked:
    """One fact with the answers that matter: values, or for a set the options that may stand in it."""

    fact: Fact
    leaves: tuple[Leaf, ...]
    presumed: frozenset[Value]
    values: tuple[Value, ...] = ()
    options: tuple[str, ...] = ()
    #: True where it makes a difference whether nobody was asked or the answer is not known.
    silence_matters: bool = False

    def standing_for(self, value: Value, book: RuleBook) -> Value:
        """Return the value that stands for this one: nothing in the law tells the two apart."""
        if value in self.values:
            return value
        wanted = self.read(value, book)
        return next(one for one in self.values if self.read(one, book) == wanted)

    def read(self, value: Value, book: RuleBook) -> tuple[object, ...]:
        """Return all that the law reads in a value."""
        # The origin is compared with what presumptions hang on, which is no comparison of its own.
        own = value if self.fact.name == ORIGIN_FACT and value in self.presumed else None
        return (own, *(compared(leaf, value, book) for leaf in self.leaves))


def terms_of(book: RuleBook) -> Iterator[Term]:
    """Yield every condition of a book, those that stand beside the law included."""
    for one in book.criteria.values():
        yield from conditions(one)
    yield from (one.when for one in book.recommendations)
    yield from (one.when for one in book.presumptions if one.when is not None)
    yield from terms_beside(book)


def terms_beside(book: RuleBook) -> Iterator[Term]:
    """Yield the conditions of what never changes a finding: objections, responses, human security."""
    found = [one.raised_if for one in book.objections]
    found += [reply.holds_if for one in book.objections for reply in one.answers]
    found += [one.owed_if for one in book.responses]
    found += [one.shown_if for one in book.human_security]
    found += [term for one in book.human_security for _, term in (*one.severity, *one.pervasiveness)]
    yield from (term for term in found if term is not None)


def asked(book: RuleBook, terms: Iterable[Term]) -> dict[str, Asked]:
    """Return the facts that these conditions compare and those that presumptions fill, with the answers that matter."""
    leaves: dict[str, list[Leaf]] = {}
    for leaf in dict.fromkeys(leaves_in(terms)):
        leaves.setdefault(leaf.fact, []).append(leaf)
    presumed: dict[str, list[Value]] = {}
    silence = set()
    for one in book.presumptions:
        presumed.setdefault(one.fact, []).append(one.value)
        presumed.setdefault(ORIGIN_FACT, []).extend([one.origin] if one.origin else [])
        if one.origin is None:
            silence.add(one.fact)
    return {
        name: _asked(book, fact, leaves.get(name, []), presumed.get(name, []), name in silence)
        for name, fact in book.facts.items()
        if name in leaves or name in presumed
    }


def _asked(book: RuleBook, fact: Fact, leaves: list[Leaf], presumed: list[Value], silence: bool) -> Asked:
    one = Asked(fact, tuple(leaves), frozenset(presumed), silence_matters=silence)
    if fact.type == "many":
        named = {option for leaf in leaves if isinstance(leaf, Includes) for option in leaf.options}
        return replace(one, options=tuple(option for option, _ in fact.options if option in named))
    alike: dict[object, Value] = {}
    for value in (*presumed, *_candidates(book, fact, leaves)):
        alike.setdefault(one.read(value, book), value)
    return replace(one, values=tuple(alike.values()))


def _candidates(book: RuleBook, fact: Fact, leaves: list[Leaf]) -> Iterable[Value]:
    """Return answers on every side of every bound, or all there are."""
    match fact.type:
        case "yes_no":
            return (Answer.YES, Answer.NO)
        case "country":
            # States of which something is known come first: they read better than the first of the alphabet.
            return (*book.standings, *book.countries)
        case "number" | "date":
            return _around(leaves)
        case "text":
            return ("words",)
        case _:
            return tuple(option for option, _ in fact.options)


def _around(leaves: list[Leaf]) -> list[Value]:
    found = {bound for leaf in leaves if isinstance(leaf, Between) for bound in (leaf.low, leaf.high)} - {None}
    bounds: list[Any] = sorted(found)  # numbers alone, or days alone
    if not bounds:
        return [0]
    values: list[Value] = [_moved(bounds[0], -1)]
    for bound, after in zip(bounds, [*bounds[1:], None], strict=True):
        values.append(bound)
        above = _moved(bound, 1)
        if after is not None and above >= after:
            if isinstance(bound, date):
                continue  # the days follow one another
            above = (bound + after) / 2
        values.append(above)
    return values


def _moved(bound: Any, by: int) -> Any:
    return bound + timedelta(days=by) if isinstance(bound, date) else bound + by

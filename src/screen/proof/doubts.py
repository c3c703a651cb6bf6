"""What a rule book can hardly mean: tests that never end so, exceptions that swallow the rule, facts without effect.

In: a rule book. Out: doubts, each a kind and the names that it is about, with the reason where intended.yaml says that
it is meant. A doubt is no mistake: nothing is wrong with the files, and a lawyer should look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from screen.language.graph import needs
from screen.language.terms import Met, RuleBook, Term
from screen.proof.bits import (
    Bit,
    Model,
    Rail,
    alike,
    any_of,
    any_rail,
    at_most,
    differ,
    free,
    implies,
    is_true,
    not_,
)  # fmt: skip
from screen.proof.values import asked, terms_beside, terms_of
from screen.proof.working import Law, Working

#: Said of an entry of intended.yaml that doubts what nobody doubts any more.
NOT_SO = "not_so"


@dataclass(frozen=True)
class Doubt:
    """What looks like a slip. `because` is why it is meant, where intended.yaml says so."""

    kind: str
    of: tuple[str, ...]
    because: str | None = None


def doubts(book: RuleBook, profiles: Iterable[str] | None = None) -> list[Doubt]:
    """Return everything that looks like a slip under these profiles together, all of them where none is named."""
    found = list(_Search(book, tuple(profiles or book.profiles)).doubts())
    meant = [_meant(book, one) for one in found]
    if profiles is None:
        known = {(one.kind, name) for one in found for name in one.of}
        for entry in book.intended:
            gone = tuple(name for name in entry.of if (entry.doubt, name) not in known)
            if gone:
                meant.append(Doubt(NOT_SO, (entry.doubt, *gone)))
    return meant


def _meant(book: RuleBook, one: Doubt) -> Doubt:
    for entry in book.intended:
        if entry.doubt == one.kind and set(one.of) <= set(entry.of):
            return Doubt(one.kind, one.of, entry.because)
    return one


class _Search:
    """One book, worked out once, and the solutions seen so far: what one of them shows need not be asked again."""

    def __init__(self, book: RuleBook, profiles: tuple[str, ...]) -> None:
        self.book = book
        self.law = Law(book, asked(book, terms_of(book)))
        self.working = Working(self.law)
        self.under = self.law.named(any_of(*(self.law.profiles[name] for name in profiles)), "looked at")
        self.rails = {name: self.working.criterion(name) for name in book.order}
        self.goals = tuple(_goals(book))
        for term in self.goals:
            self.working.rail(term)
        self.models: list[Model] = []

    def possible(self, *bits: Bit) -> bool:
        """Tell whether all of this can be in one case; the case is kept."""
        model = self.law.possible(self.under, *bits)
        if model is not None:
            self.models.append(model)
        return model is not None

    def seen(self, bit: Bit) -> bool:
        """Tell whether one of the cases seen so far shows this."""
        return any(is_true(model, bit) for model in self.models[-8:])

    def doubts(self) -> Iterator[Doubt]:
        """Yield every doubt, kind by kind."""
        dead = [*self._never("never_met", 0), *self._never("never_fails", 1)]
        yield from dead
        still = {one.of[0] for one in dead}
        yield from self._equivalent(still)
        yield from self._exceptions(still)
        yield from self._without_effect()

    def _never(self, kind: str, end: int) -> Iterator[Doubt]:
        for name, rail in self.rails.items():
            if not self.seen(rail[end]) and not self.possible(rail[end]):
                yield Doubt(kind, (name,))

    def _equivalent(self, dead: set[str]) -> Iterator[Doubt]:
        """Yield the pairs that end alike in every case: those that no case seen so far tells apart are asked about."""
        alike: dict[tuple[object, ...], list[str]] = {}
        for name, rail in self.rails.items():
            if name not in dead:
                alike.setdefault(self._print(rail, self.models), []).append(name)
        for group in alike.values():
            told: set[str] = set()
            for one, other in combinations(group, 2):
                if other not in told and not self.possible(differ(self.rails[one], self.rails[other])):
                    told.add(other)
                    yield Doubt("equivalent", (one, other))

    def _print(self, rail: Rail, models: list[Model]) -> tuple[object, ...]:
        return tuple(is_true(model, bit) for model in models for bit in rail)

    def _exceptions(self, dead: set[str]) -> Iterator[Doubt]:
        for name in self.book.order:
            one = self.book.criteria[name]
            if not one.unless:
                continue
            rails = [self.working.rail(part) for part in one.unless]
            holds = [self.working.rail(one.holds_if).met]
            if one.applies_if is not None:
                holds.append(self.working.rail(one.applies_if).met)
            if not self.possible(*holds):
                continue  # it never holds anyway, which is told
            if not self.possible(*holds, not_(any_rail(rails).met)):
                yield Doubt("exception_swallows", (name,))
            elif any(not self.possible(*holds, rail.met) for rail in rails):
                yield Doubt("exception_never_bites", (name,))

    def _without_effect(self) -> Iterator[Doubt]:
        """Yield the facts and readings that move nothing that anybody is told.

        Two cases differ in one answer or one side, and something ends otherwise: whichever it was has an effect, and is
        the same from then on. Where no two such cases are left, all that remain are without effect.
        """
        law, one = self.law, self.working
        same: dict[tuple[str, str], Bit] = {}
        with law.for_now():
            other = {name: law.answers(name, "other ") for name in law.facts}
            sides = {name: law.other_sides(name) for name in self.book.readings}
            second = Working(law, "other ", like=one, other=other, sides=sides)
            for kind, names in (("fact_never_matters", law.facts), ("reading_never_matters", self.book.readings)):
                same |= {(kind, name): free(f"same {kind} {name}") for name in names}
            for name, answers in other.items():
                pairs = [*zip(one.said[name].bits.values(), answers.bits.values(), strict=True)]
                pairs += [(one.said[name].known, answers.known), (one.said[name].given, answers.given)]
                law.add(*(implies(same["fact_never_matters", name], alike(before, after)) for before, after in pairs))
            for name, bits in sides.items():
                pairs = [*zip(law.sides[name].values(), bits.values(), strict=True)]
                law.add(
                    *(implies(same["reading_never_matters", name], alike(before, after)) for before, after in pairs)
                )
            law.add(self.under, any_of(*(differ(one.rail(term), second.rail(term)) for term in self.goals)))
            law.add(at_most(1, [not_(bit) for bit in same.values()]))
            while (model := law.possible()) is not None:
                for key in [key for key, bit in same.items() if not is_true(model, bit)]:
                    law.add(same.pop(key))
        yield from (Doubt(kind, (name,)) for kind, name in same)


def _goals(book: RuleBook) -> Iterator[Term]:
    """Yield what somebody is told: conclusions, criteria that nothing else needs, recommendations, positions."""
    needed = {name for one in book.criteria.values() for name in needs(one)}
    yield from (Met(name) for name in book.order if name in book.conclusions or name not in needed)
    yield from (one.when for one in book.recommendations)
    yield from terms_beside(book)

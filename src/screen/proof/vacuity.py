"""What a rule book can hardly mean: tests that never end so, exceptions that swallow the rule, facts without effect.

In: a rule book. Out: doubts, each a kind and the names that it is about, with the reason where intended.yaml says that
it is meant. A doubt is no mistake: nothing is wrong with the files, and a lawyer should look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from screen.circuit.circuit import Node, Ternary
from screen.circuit.domains import every_term, find_domains, supplement_terms
from screen.proof.encode import EncodedLaw
from screen.proof.solver import Bit, Model, any_of, at_most, free_bit, iff, implies, is_true, not_
from screen.rulebook.dependencies import required_criteria
from screen.rulebook.model import RuleBook
from screen.rulebook.terms import Met, Term

#: Said of an entry of intended.yaml that doubts what nobody doubts any more.
NOT_SO = "not_so"


@dataclass(frozen=True)
class ProofDoubt:
    """What looks like a slip. `because` is why it is meant, where intended.yaml says so."""

    kind: str
    names: tuple[str, ...]
    reason: str | None = None


def find_doubts(book: RuleBook, profiles: Iterable[str] | None = None) -> list[ProofDoubt]:
    """Return everything that looks like a slip under these profiles together, all of them where none is named."""
    found = list(_Search(book, tuple(profiles or book.profiles)).doubts())
    meant = [_meant(book, one) for one in found]
    if profiles is None:
        known = {(one.kind, name) for one in found for name in one.names}
        for entry in book.intended:
            gone = tuple(name for name in entry.of if (entry.doubt, name) not in known)
            if gone:
                meant.append(ProofDoubt(NOT_SO, (entry.doubt, *gone)))
    return meant


def _meant(book: RuleBook, one: ProofDoubt) -> ProofDoubt:
    for entry in book.intended:
        if entry.doubt == one.kind and set(one.names) <= set(entry.of):
            return ProofDoubt(one.kind, one.names, entry.because)
    return one


class _Search:
    """One book, encoded once, and the solutions seen so far: what one of them shows need not be asked again."""

    def __init__(self, book: RuleBook, profiles: tuple[str, ...]) -> None:
        self.book = book
        self.encoded = EncodedLaw(book, find_domains(book, every_term(book)))
        self.law, self.circuit = self.encoded.law, self.encoded.circuit
        looked_at = any_of(*(self.encoded.profiles[name] for name in profiles))
        self.under = self.encoded.define(looked_at, "looked at")
        self.goals = [node for term in _goals(book) for node in self.law.compile_term(term)]
        self.encoded.encode_nodes(node for end in self.law.criteria.values() for node in end)
        self.encoded.encode_nodes(self.goals)
        self.models: list[Model] = []

    def possible(self, *nodes: Node) -> bool:
        """Tell whether all of this can be in one case; the case is kept."""
        model = self.encoded.find_model(self.under, *(self.encoded.formula(node) for node in nodes))
        if model is not None:
            self.models.append(model)
        return model is not None

    def seen(self, node: Node) -> bool:
        """Tell whether one of the cases seen so far shows this."""
        return any(is_true(model, self.encoded.formula(node)) for model in self.models[-8:])

    def doubts(self) -> Iterator[ProofDoubt]:
        """Yield every doubt, kind by kind."""
        dead = [*self._never("never_met", 0), *self._never("never_fails", 1)]
        yield from dead
        still = {doubt.names[0] for doubt in dead}
        yield from self._equivalent(still)
        yield from self._exceptions(still)
        yield from self._without_effect()

    def _never(self, kind: str, end: int) -> Iterator[ProofDoubt]:
        for name, ends in self.law.criteria.items():
            if not self.seen(ends[end]) and not self.possible(ends[end]):
                yield ProofDoubt(kind, (name,))

    def _equivalent(self, dead: set[str]) -> Iterator[ProofDoubt]:
        """Yield the pairs that end alike in every case: those that no case seen so far tells apart are asked about."""
        alike: dict[tuple[object, ...], list[str]] = {}
        for name, end in self.law.criteria.items():
            if name not in dead:
                alike.setdefault(self._print(end), []).append(name)
        for group in alike.values():
            told: set[str] = set()
            for first, second in combinations(group, 2):
                if second not in told and not self.possible(self._differ(first, second)):
                    told.add(second)
                    yield ProofDoubt("equivalent", (first, second))

    def _print(self, end: Ternary) -> tuple[object, ...]:
        formulas = [self.encoded.formula(node) for node in end]
        return tuple(is_true(model, bit) for model in self.models for bit in formulas)

    def _differ(self, first: str, second: str) -> Node:
        """Return where two criteria do not end alike."""
        ends = zip(self.law.criteria[first], self.law.criteria[second], strict=True)
        return self.circuit.or_(*(self.circuit.xor_(*pair) for pair in ends))

    def _exceptions(self, dead: set[str]) -> Iterator[ProofDoubt]:
        for name in self.book.order:
            criterion = self.book.criteria[name]
            if not criterion.unless:
                continue
            bites = [self.law.compile_term(part).met for part in criterion.unless]
            holds = [self.law.compile_term(criterion.holds_if).met, self.law.compile_term(criterion.applies_if).met]
            if not self.possible(*holds):
                continue  # it never holds anyway, which is told
            if not self.possible(*holds, self.circuit.not_(self.circuit.or_(*bites))):
                yield ProofDoubt("exception_swallows", (name,))
            elif any(not self.possible(*holds, met) for met in bites):
                yield ProofDoubt("exception_never_bites", (name,))

    def _without_effect(self) -> Iterator[ProofDoubt]:
        """Yield the facts and readings that move nothing that anybody is told.

        Two cases differ in one answer or one side, and something ends otherwise: whichever it was has an effect, and is
        the same from then on. Where no two such cases are left, all that remain are without effect.
        """
        encoded, circuit = self.encoded, self.circuit
        same: dict[tuple[str, str], Bit] = {}
        with encoded.scope():
            others = {name: encoded.free_answers(name, "other ") for name in encoded.answers}
            sides = {name: encoded.free_sides(name) for name in self.book.readings}
            second = encoded.second_case(others, self.goals, sides)
            for kind, names in (("fact_never_matters", others), ("reading_never_matters", sides)):
                same |= {(kind, name): free_bit(f"same {kind} {name}") for name in names}
            for name, after in others.items():
                before = encoded.answers[name]
                pairs = [*zip(before.bits.values(), after.bits.values(), strict=True)]
                pairs += [(before.known, after.known), (before.asked, after.asked)]
                self._alike(same["fact_never_matters", name], pairs)
            for name, bits in sides.items():
                pairs = [*zip(encoded.sides[name].values(), bits.values(), strict=True)]
                self._alike(same["reading_never_matters", name], pairs)
            differ = circuit.or_(*(circuit.xor_(node, second.nodes[node]) for node in self.goals))
            encoded.add(self.under, encoded.formula(differ), at_most(1, [not_(bit) for bit in same.values()]))
            while (model := encoded.find_model()) is not None:
                for key in [key for key, bit in same.items() if not is_true(model, bit)]:
                    encoded.add(same.pop(key))
        yield from (ProofDoubt(kind, (name,)) for kind, name in same)

    def _alike(self, where: Bit, pairs: Iterable[tuple[Bit, Bit]]) -> None:
        """Let two cases say the same in these bits where this holds."""
        self.encoded.add(*(implies(where, iff(before, after)) for before, after in pairs))


def _goals(book: RuleBook) -> Iterator[Term]:
    """Yield what somebody is told: conclusions, criteria that nothing else needs, recommendations, positions."""
    needed = {name for one in book.criteria.values() for name in required_criteria(one)}
    yield from (Met(name) for name in book.order if name in book.conclusions or name not in needed)
    yield from (one.when for one in book.recommendations)
    yield from supplement_terms(book)

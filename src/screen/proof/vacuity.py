"""Find what a rule book can hardly mean: vacuous criteria, exceptions that swallow the rule, facts without effect.

A doubt is not an error: the files are valid, and a lawyer should look at it. `intended.yaml` gives the reason where it
is meant.
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

#: The kind of a doubt about an entry of intended.yaml that is no longer true.
NOT_SO = "not_so"


@dataclass(frozen=True)
class ProofDoubt:
    """Something that looks like a slip. `reason` says why it is meant, where intended.yaml does."""

    kind: str
    names: tuple[str, ...]
    reason: str | None = None


def find_doubts(book: RuleBook, profiles: Iterable[str] | None = None) -> list[ProofDoubt]:
    """Return everything that looks like a slip under these profiles taken together, by default all profiles."""
    doubts = list(_Search(book, tuple(profiles or book.profiles)).doubts())
    explained = [_with_reason(book, doubt) for doubt in doubts]
    if profiles is None:
        doubted = {(doubt.kind, name) for doubt in doubts for name in doubt.names}
        for entry in book.intended:
            outdated = tuple(name for name in entry.of if (entry.doubt, name) not in doubted)
            if outdated:
                explained.append(ProofDoubt(NOT_SO, (entry.doubt, *outdated)))
    return explained


def _with_reason(book: RuleBook, doubt: ProofDoubt) -> ProofDoubt:
    for entry in book.intended:
        if entry.doubt == doubt.kind and set(doubt.names) <= set(entry.of):
            return ProofDoubt(doubt.kind, doubt.names, entry.because)
    return doubt


class _Search:
    """A search in an encoded book. The models seen so far are kept: what one of them shows needs no further check."""

    def __init__(self, book: RuleBook, profiles: tuple[str, ...]) -> None:
        self.book = book
        self.encoded = EncodedLaw(book, find_domains(book, every_term(book)))
        self.law, self.circuit = self.encoded.law, self.encoded.circuit
        any_profile = any_of(*(self.encoded.profiles[name] for name in profiles))
        self.under = self.encoded.define(any_profile, "looked at")
        self.goals = [node for term in _goals(book) for node in self.law.compile_term(term)]
        self.encoded.encode_nodes(node for ternary in self.law.criteria.values() for node in ternary)
        self.encoded.encode_nodes(self.goals)
        self.models: list[Model] = []

    def is_possible(self, *nodes: Node) -> bool:
        """Tell whether some case has all of these nodes true; its model is kept."""
        model = self.encoded.find_model(self.under, *(self.encoded.formula(node) for node in nodes))
        if model is not None:
            self.models.append(model)
        return model is not None

    def is_shown(self, node: Node) -> bool:
        """Tell whether this node is true in one of the last models."""
        return any(is_true(model, self.encoded.formula(node)) for model in self.models[-8:])

    def doubts(self) -> Iterator[ProofDoubt]:
        """Yield every doubt, kind by kind."""
        dead = [*self._never("never_met", 0), *self._never("never_fails", 1)]
        yield from dead
        still = {doubt.names[0] for doubt in dead}
        yield from self._equivalent(still)
        yield from self._exceptions(still)
        yield from self._without_effect()

    def _never(self, kind: str, index: int) -> Iterator[ProofDoubt]:
        for name, nodes in self.law.criteria.items():
            if not self.is_shown(nodes[index]) and not self.is_possible(nodes[index]):
                yield ProofDoubt(kind, (name,))

    def _equivalent(self, dead: set[str]) -> Iterator[ProofDoubt]:
        """Yield the pairs with the same status in every case; only pairs that no model tells apart are checked."""
        groups: dict[tuple[object, ...], list[str]] = {}
        for name, ternary in self.law.criteria.items():
            if name not in dead:
                groups.setdefault(self._fingerprint(ternary), []).append(name)
        for group in groups.values():
            reported: set[str] = set()
            for first, second in combinations(group, 2):
                if second not in reported and not self.is_possible(self._differ(first, second)):
                    reported.add(second)
                    yield ProofDoubt("equivalent", (first, second))

    def _fingerprint(self, ternary: Ternary) -> tuple[object, ...]:
        formulas = [self.encoded.formula(node) for node in ternary]
        return tuple(is_true(model, bit) for model in self.models for bit in formulas)

    def _differ(self, first: str, second: str) -> Node:
        """Return the node where two criteria have different statuses."""
        pairs = zip(self.law.criteria[first], self.law.criteria[second], strict=True)
        return self.circuit.or_(*(self.circuit.xor_(*pair) for pair in pairs))

    def _exceptions(self, dead: set[str]) -> Iterator[ProofDoubt]:
        for name in self.book.order:
            criterion = self.book.criteria[name]
            if not criterion.unless:
                continue
            bites = [self.law.compile_term(part).met for part in criterion.unless]
            holds = [self.law.compile_term(criterion.holds_if).met, self.law.compile_term(criterion.applies_if).met]
            if not self.is_possible(*holds):
                continue  # it never holds anyway, and `never_met` reports that
            if not self.is_possible(*holds, self.circuit.not_(self.circuit.or_(*bites))):
                yield ProofDoubt("exception_swallows", (name,))
            elif any(not self.is_possible(*holds, met) for met in bites):
                yield ProofDoubt("exception_never_bites", (name,))

    def _without_effect(self) -> Iterator[ProofDoubt]:
        """Yield the facts and readings that change nothing that is reported.

        The solver finds two cases that differ in one answer or one side, and in a result. That fact or reading has an
        effect, and is held equal from then on. When no such pair is left, all that remain have no effect.
        """
        encoded, circuit = self.encoded, self.circuit
        held_equal: dict[tuple[str, str], Bit] = {}
        with encoded.scope():
            others = {name: encoded.free_answers(name, "other ") for name in encoded.answers}
            sides = {name: encoded.free_sides(name) for name in self.book.readings}
            second = encoded.second_case(others, self.goals, sides)
            for kind, names in (("fact_never_matters", others), ("reading_never_matters", sides)):
                held_equal |= {(kind, name): free_bit(f"same {kind} {name}") for name in names}
            for name, after in others.items():
                before = encoded.answers[name]
                pairs = [*zip(before.bits.values(), after.bits.values(), strict=True)]
                pairs += [(before.known, after.known), (before.asked, after.asked)]
                self._hold_equal(held_equal["fact_never_matters", name], pairs)
            for name, bits in sides.items():
                pairs = [*zip(encoded.sides[name].values(), bits.values(), strict=True)]
                self._hold_equal(held_equal["reading_never_matters", name], pairs)
            differ = circuit.or_(*(circuit.xor_(node, second.nodes[node]) for node in self.goals))
            encoded.add(self.under, encoded.formula(differ), at_most(1, [not_(bit) for bit in held_equal.values()]))
            while (model := encoded.find_model()) is not None:
                for key in [key for key, bit in held_equal.items() if not is_true(model, bit)]:
                    encoded.add(held_equal.pop(key))
        yield from (ProofDoubt(kind, (name,)) for kind, name in held_equal)

    def _hold_equal(self, where: Bit, pairs: Iterable[tuple[Bit, Bit]]) -> None:
        """Add the constraint that these pairs of bits are equal where a condition holds."""
        self.encoded.add(*(implies(where, iff(before, after)) for before, after in pairs))


def _goals(book: RuleBook) -> Iterator[Term]:
    """Yield what is reported: conclusions, criteria that nothing else needs, recommendations, positions."""
    needed = {name for criterion in book.criteria.values() for name in required_criteria(criterion)}
    yield from (Met(name) for name in book.order if name in book.conclusions or name not in needed)
    yield from (recommendation.when for recommendation in book.recommendations)
    yield from supplement_terms(book)

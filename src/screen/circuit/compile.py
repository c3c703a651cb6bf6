"""Compile a rule book into a circuit: for each criterion the nodes where it is met, not met and not applicable.

The compiler works from the checked terms alone and shares no code with the evaluator, so that the two can be held
against each other. Where answers come from and how far they can be relied on is known to the adapters that give the
inputs: `batch.score.circuit_inputs` for tables, `circuit.inputs` for integers and the proof.

Nothing here is ever null. A term is met, not met or not applicable; where it is none of these it is undetermined.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from screen.circuit.circuit import FALSE, TRUE, Circuit, Node, Ternary
from screen.circuit.domains import meets
from screen.circuit.inputs import Sides
from screen.process import pause_gc
from screen.rulebook import terms
from screen.rulebook.at_date import is_in_force
from screen.rulebook.dependencies import reachable
from screen.rulebook.model import ORIGIN_FACT, Criterion, Presumption, RuleBook

ALWAYS, NEVER = Ternary(TRUE, FALSE), Ternary(FALSE, TRUE)


class Inputs(Protocol):
    """The inputs that an adapter gives: the answers of a case, as far as they can be relied on."""

    def compare(self, leaf: terms.Leaf) -> Ternary:
        """Return where the answer meets the comparison and where it fails it; an unknown answer does neither."""

    def is_known(self, fact: str) -> Node:
        """Return where there is an answer that can be relied on."""

    def was_asked(self, fact: str) -> Node:
        """Return where somebody was asked for the fact, whether or not the answer is known."""


@dataclass(frozen=True, slots=True)
class _Presumed:
    """The value that a presumption gives a fact, and the node of the cases in which it does."""

    where: Node
    value: terms.Value


class TermCompiler(ABC):
    """Compiles terms to nodes, from what leaves and criteria are: `compare` and `criteria`."""

    book: RuleBook
    circuit: Circuit
    sides: Sides
    criteria: dict[str, Ternary]

    @abstractmethod
    def compare(self, leaf: terms.Leaf) -> Ternary:
        """Return where a comparison is met and where it is not met."""

    def compile_term(self, term: terms.Term | None) -> Ternary:
        """Return where a term is met, not met and not applicable; an absent condition (None) is always met."""
        match term:
            case None:
                return ALWAYS
            case terms.Met(name):
                return self.criteria[name]
            case terms.Is() | terms.Includes() | terms.Between() | terms.Binds():
                return self.compare(term)
            case terms.All(parts):
                return self.all_of([self.compile_term(part) for part in parts])
            case terms.AnyOf(parts):
                return self.any_of([self.compile_term(part) for part in parts])
            case terms.AtLeast(needed, parts):
                return self.at_least(needed, [self.compile_term(part) for part in parts])
            case terms.Not(part):
                return opposite(self.compile_term(part))
            case terms.ByReading():
                return self._by_reading(term)
            case terms.TakesSide(reading, sides):
                taken = self.circuit.or_(*(self.sides(reading, side) for side in sorted(sides)))
                return Ternary(taken, self.circuit.not_(taken))
            case terms.InForce(since, until):
                return ALWAYS if is_in_force(since, until, self.book.law_as_of) else NEVER
            case terms.NotRuledOut(name):
                criterion = self.criteria[name]
                ruled_out = self.circuit.or_(criterion.not_met, criterion.not_applicable)
                return Ternary(self.circuit.not_(ruled_out), ruled_out)
            case _:
                assert_never(term)

    def is_open(self, ternary: Ternary) -> Node:
        """Return where something is undetermined: neither met nor not met nor not applicable."""
        return self.circuit.not_(self.circuit.or_(*ternary))

    def _by_reading(self, term: terms.ByReading) -> Ternary:
        """Return the statuses of the term that stands under the side that is taken."""
        circuit = self.circuit
        taken = [(self.sides(term.reading, side), inner) for side, inner in term.sides]
        branches = [(side, self.compile_term(inner)) for side, inner in taken if side != FALSE]
        return Ternary(
            *(circuit.or_(*(circuit.and_(side, ternary[index]) for side, ternary in branches)) for index in range(3))
        )

    def all_of(self, parts: Sequence[Ternary]) -> Ternary:
        """Parts that do not apply are skipped; if no part applies the group does not apply."""
        circuit = self.circuit
        not_applicable = circuit.and_(*(part.not_applicable for part in parts))
        held = circuit.and_(*(circuit.or_(part.met, part.not_applicable) for part in parts))
        not_met = circuit.or_(*(part.not_met for part in parts))
        return Ternary(circuit.and_(held, circuit.not_(not_applicable)), not_met, not_applicable)

    def any_of(self, parts: Sequence[Ternary]) -> Ternary:
        return opposite(self.all_of([opposite(part) for part in parts]))

    def at_least(self, needed: int, parts: Sequence[Ternary]) -> Ternary:
        """An open part is counted once as met and once as not met: a sum that skips it would read unknown as no."""
        circuit = self.circuit
        certainly = circuit.at_least(needed, [part.met for part in parts])
        ruled_out = [circuit.or_(part.not_met, part.not_applicable) for part in parts]
        possibly = circuit.at_least(needed, [circuit.not_(node) for node in ruled_out])
        applies = circuit.or_(*(node for part in parts for node in (part.met, part.not_met)))
        not_applicable = circuit.and_(*(part.not_applicable for part in parts))
        return Ternary(certainly, circuit.and_(applies, circuit.not_(possibly)), not_applicable)

    def compile_criterion(self, criterion: Criterion) -> Ternary:
        """`applies_if` comes first; then the exceptions defeat it, even where the rest is not applicable."""
        circuit, applies = self.circuit, self.compile_term(criterion.applies_if)
        holds_if = self.compile_term(criterion.holds_if)
        defeated = self.any_of([self.compile_term(part) for part in criterion.unless])
        stands = circuit.or_(defeated.not_met, defeated.not_applicable)
        return Ternary(
            circuit.and_(applies.met, holds_if.met, stands),
            circuit.and_(applies.met, circuit.or_(holds_if.not_met, defeated.met)),
            circuit.or_(
                applies.not_met,
                applies.not_applicable,
                circuit.and_(applies.met, holds_if.not_applicable, stands),
            ),
        )


class CompiledLaw(TermCompiler):
    """A rule book as nodes of a circuit, which several profiles may share: the findings on the open record."""

    @pause_gc()  # the garbage collector took a third of the time, going through all of the rule book
    def __init__(
        self, book: RuleBook, circuit: Circuit, inputs: Inputs, sides: Sides, goals: Iterable[str] | None = None
    ) -> None:
        """Compile all criteria, or only `goals` and what they need."""
        self.book, self.circuit, self.inputs, self.sides = book, circuit, inputs, sides
        self.criteria: dict[str, Ternary] = {}
        self._presumed: dict[str, list[_Presumed]] = {}
        self._presume()
        needed = set(book.order) if goals is None else reachable(goals, book.criteria)
        for name in book.order:
            if name in needed:
                self.criteria[name] = self.compile_criterion(book.criteria[name])

    # ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def is_known(self, fact: str) -> Node:
        """Return where the fact has a value that can be relied on, answered or presumed."""
        return self.circuit.or_(self.inputs.is_known(fact), self.is_presumed(fact))

    def is_presumed(self, fact: str) -> Node:
        """Return where the fact is presumed."""
        return self.circuit.or_(*(presumed.where for presumed in self._presumed.get(fact, ())))

    def compare(self, leaf: terms.Leaf) -> Ternary:
        """Return where a comparison is met and not met; where its fact is unknown it is neither."""
        answer = self.inputs.compare(leaf)
        met, not_met = [answer.met], [answer.not_met]
        for presumed in self._presumed.get(leaf.fact, ()):
            # What is presumed is a single value, so the comparison can be made here.
            meeting = meets(leaf, presumed.value, self.book)
            if meeting is not None:
                (met if meeting else not_met).append(presumed.where)
        return Ternary(self.circuit.or_(*met), self.circuit.or_(*not_met))

    def _presume(self) -> None:
        """Apply the presumptions, in the order of the book: each comes after the facts that it asks for.

        A presumption for one State fills a fact that is unknown. A presumption for every State fills only a fact that
        nobody was asked for, and only where the State is known and it is settled that no presumption for it applies.
        """
        circuit, undecided = self.circuit, dict[str, Node]()
        for presumption in self.book.presumptions:
            fact = presumption.fact
            where = [self.can_be_presumed(presumption), self.is_origin(presumption.origin).met]
            if presumption.origin is None:
                # While a presumption for the State may still apply, silence settles nothing: unknown would become no.
                where += [self.is_known(ORIGIN_FACT), circuit.not_(undecided.get(fact, FALSE))]
            applicable, when = circuit.and_(*where), self.compile_term(presumption.when)
            undecided[fact] = circuit.or_(undecided.get(fact, FALSE), circuit.and_(applicable, self.is_open(when)))
            presumed = _Presumed(circuit.and_(applicable, when.met), presumption.value)
            self._presumed.setdefault(fact, []).append(presumed)

    def can_be_presumed(self, presumption: Presumption) -> Node:
        """Return where the fact of a presumption has no value yet and may be presumed."""
        unknown = self.circuit.not_(self.is_known(presumption.fact))
        if presumption.origin is not None:
            return unknown
        return self.circuit.and_(unknown, self.circuit.not_(self.inputs.was_asked(presumption.fact)))

    def is_origin(self, origin: str | None) -> Ternary:
        """Return where the applicant comes from this State; always met for None, which stands for every State."""
        return ALWAYS if origin is None else self.compare(terms.Is(ORIGIN_FACT, frozenset({origin})))


def opposite(ternary: Ternary) -> Ternary:
    return Ternary(ternary.not_met, ternary.met, ternary.not_applicable)

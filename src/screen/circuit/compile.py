"""The law as a circuit: every finding of a rule book as nodes, made from the checked terms alone.

In: a rule book, what a case answers (`Inputs`), the sides of contested points that are taken. Out: for each criterion
the nodes where it is met, not met, not applicable; for each fact where it is known and where it is presumed. It shares
no code with the evaluator, so that each can be held against the other. Left alone: where answers come from and what
they are worth, which the adapters know: tables (`batch/score/circuit_inputs`), integers and the proof (`inputs`).

Nothing here is ever null. A term is met, or not met, or not applicable; where it is none of these it is undetermined.
"""

from __future__ import annotations

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
    """What an adapter gives: the answers of a case, for what they are worth."""

    def compare(self, leaf: terms.Leaf) -> Ternary:
        """Return how the answer compares; where it is not known it neither meets nor fails."""

    def is_known(self, fact: str) -> Node:
        """Return where there is an answer to rely on."""

    def was_asked(self, fact: str) -> Node:
        """Return where somebody was asked, whether the answer is known or not."""


@dataclass(frozen=True, slots=True)
class _Filled:
    """A presumption that fills a fact in the cases of this node."""

    where: Node
    value: terms.Value


class CompiledLaw:
    """A rule book as nodes of a circuit, which several profiles may share."""

    @pause_gc()  # a third of the time went into looking through the whole rule book for garbage
    def __init__(
        self, book: RuleBook, circuit: Circuit, inputs: Inputs, sides: Sides, goals: Iterable[str] | None = None
    ) -> None:
        """With all criteria, or where goals are named with these and what they need."""
        self.book, self.circuit, self.inputs, self.sides = book, circuit, inputs, sides
        self.criteria: dict[str, Ternary] = {}
        self._filled: dict[str, list[_Filled]] = {}
        self._presume()
        wanted = set(book.order) if goals is None else reachable(goals, book.criteria)
        for name in book.order:
            if name in wanted:
                self.criteria[name] = self._criterion(book.criteria[name])

    # ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def is_known(self, fact: str) -> Node:
        """Return where there is a value to rely on, answered or presumed."""
        return self.circuit.or_(self.inputs.is_known(fact), self.is_presumed(fact))

    def is_presumed(self, fact: str) -> Node:
        """Return where the fact stands on a presumption."""
        return self.circuit.or_(*(filled.where for filled in self._filled.get(fact, ())))

    def compare(self, leaf: terms.Leaf) -> Ternary:
        """Return how a comparison ends; where its fact is unknown it is neither met nor not met."""
        answer = self.inputs.compare(leaf)
        met, not_met = [answer.met], [answer.not_met]
        for filled in self._filled.get(leaf.fact, ()):
            # What is presumed is one value, so that how it compares is certain.
            certain = meets(leaf, filled.value, self.book)
            if certain is not None:
                (met if certain else not_met).append(filled.where)
        return Ternary(self.circuit.or_(*met), self.circuit.or_(*not_met))

    def _presume(self) -> None:
        """Fill what nobody has answered, in the order of the book: each presumption comes after what it asks.

        What is known of a State fills what is unknown; what is presumed for every State only what nobody was asked, and
        only where the State is known and it is settled that information on it says nothing else.
        """
        circuit, waits = self.circuit, dict[str, Node]()
        for presumption in self.book.presumptions:
            fact = presumption.fact
            where = [self.can_be_presumed(presumption), self.is_origin(presumption.origin).met]
            if presumption.origin is None:
                # Silence closes nothing that may yet be presumed of the State: unknown would become no.
                where += [self.is_known(ORIGIN_FACT), circuit.not_(waits.get(fact, FALSE))]
            may, when = circuit.and_(*where), self.compile_term(presumption.when)
            waits[fact] = circuit.or_(waits.get(fact, FALSE), circuit.and_(may, self.is_open(when)))
            filled = _Filled(circuit.and_(may, when.met), presumption.value)
            self._filled.setdefault(fact, []).append(filled)

    def can_be_presumed(self, presumption: Presumption) -> Node:
        """Return where the fact of a presumption has no value yet, and may be given one."""
        unknown = self.circuit.not_(self.is_known(presumption.fact))
        if presumption.origin is not None:
            return unknown
        return self.circuit.and_(unknown, self.circuit.not_(self.inputs.was_asked(presumption.fact)))

    def is_origin(self, origin: str | None) -> Ternary:
        """Return where the applicant comes from this State; a presumption without one holds for every State."""
        return ALWAYS if origin is None else self.compare(terms.Is(ORIGIN_FACT, frozenset({origin})))

    # ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def compile_term(self, term: terms.Term | None) -> Ternary:
        """Return where a term is met, not met, not applicable; a condition that is not there is always met."""
        match term:
            case None:
                return ALWAYS
            case terms.Met(name):
                return self.criteria[name]
            case terms.Is() | terms.Includes() | terms.Between() | terms.Binds():
                return self.compare(term)
            case terms.All(parts):
                return self._all([self.compile_term(part) for part in parts])
            case terms.AnyOf(parts):
                return self._any([self.compile_term(part) for part in parts])
            case terms.AtLeast(needed, parts):
                return self._at_least(needed, [self.compile_term(part) for part in parts])
            case terms.Not(part):
                return _opposite(self.compile_term(part))
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

    def is_open(self, truth: Ternary) -> Node:
        """Return where something is undetermined."""
        return self.circuit.not_(self.circuit.or_(*truth))

    def _by_reading(self, term: terms.ByReading) -> Ternary:
        """Return how the term under the side that is taken ends."""
        circuit = self.circuit
        taken = [(self.sides(term.reading, side), inner) for side, inner in term.sides]
        ends = [(side, self.compile_term(inner)) for side, inner in taken if side != FALSE]
        return Ternary(*(circuit.or_(*(circuit.and_(side, end[place]) for side, end in ends)) for place in range(3)))

    def _all(self, parts: Sequence[Ternary]) -> Ternary:
        """What does not apply is passed over; where nothing else is left the group does not apply."""
        circuit = self.circuit
        not_applicable = circuit.and_(*(part.not_applicable for part in parts))
        held = circuit.and_(*(circuit.or_(part.met, part.not_applicable) for part in parts))
        not_met = circuit.or_(*(part.not_met for part in parts))
        return Ternary(circuit.and_(held, circuit.not_(not_applicable)), not_met, not_applicable)

    def _any(self, parts: Sequence[Ternary]) -> Ternary:
        return _opposite(self._all([_opposite(part) for part in parts]))

    def _at_least(self, needed: int, parts: Sequence[Ternary]) -> Ternary:
        """What is open counts once as met and once as not met: a sum that skips it would read unknown as no."""
        circuit = self.circuit
        surely = circuit.at_least(needed, [part.met for part in parts])
        ruled_out = [circuit.or_(part.not_met, part.not_applicable) for part in parts]
        perhaps = circuit.at_least(needed, [circuit.not_(node) for node in ruled_out])
        applies = circuit.or_(*(node for part in parts for node in (part.met, part.not_met)))
        not_applicable = circuit.and_(*(part.not_applicable for part in parts))
        return Ternary(surely, circuit.and_(applies, circuit.not_(perhaps)), not_applicable)

    def _criterion(self, criterion: Criterion) -> Ternary:
        """Whether it applies comes first; then what defeats it, even where the rest is not applicable."""
        circuit, applies = self.circuit, self.compile_term(criterion.applies_if)
        holds_if = self.compile_term(criterion.holds_if)
        defeated = self._any([self.compile_term(part) for part in criterion.unless])
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


def _opposite(truth: Ternary) -> Ternary:
    return Ternary(truth.not_met, truth.met, truth.not_applicable)

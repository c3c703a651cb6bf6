"""Missing facts: the unknown facts on which an open conclusion depends, as nodes of the circuit.

Which of them is asked first is decided in `interview.next_question`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from screen.circuit.circuit import FALSE, TRUE, Node
from screen.circuit.closing import ClosedLaw
from screen.circuit.compile import CompiledLaw
from screen.rulebook import terms
from screen.rulebook.model import ORIGIN_FACT, criterion_terms


def missing_facts(law: CompiledLaw | ClosedLaw) -> dict[str, Node]:
    """Return every fact that a conclusion can ask for, in the order of the interview, and the node where it is missing.

    The search goes down from each undetermined conclusion through undetermined terms only; the fact of a comparison is
    missing where it has no value. Where a presumption could fill a missing fact, the unknown facts that the presumption
    asks for are missing too. The interview asks for fewer: only for facts that can still change a conclusion.
    """
    return _MissingFacts(law).missing()


class _MissingFacts:
    """The search down from the conclusions: where each criterion is reached, and where each fact is asked for."""

    def __init__(self, law: CompiledLaw | ClosedLaw) -> None:
        self.law, self.circuit = law, law.circuit
        self._reached: dict[str, Node] = {}
        self._asked: dict[str, list[Node]] = {}

    def missing(self) -> dict[str, Node]:
        """Return the node where each fact that is asked for is missing."""
        law, circuit = self.law, self.circuit
        for name in law.book.conclusions:
            self._reach(name, TRUE)
        for name in reversed(law.book.order):
            if name in self._reached:
                for term in criterion_terms(law.book.criteria[name]):
                    self._descend(term, self._reached[name])
        for presumption in reversed(law.book.presumptions):
            if presumption.fact in self._asked:
                origin = law.is_origin(presumption.origin)
                missing = self._missing(presumption.fact)
                where = circuit.and_(missing, law.can_be_presumed(presumption), circuit.not_(origin.not_met))
                if presumption.origin is not None:
                    self._ask(ORIGIN_FACT, circuit.and_(where, law.is_open(origin)))
                self._descend(presumption.when, where)
        return {name: self._missing(name) for name in law.book.facts if name in self._asked}

    def _reach(self, criterion: str, where: Node) -> None:
        reached = self.circuit.and_(where, self.law.is_open(self.law.criteria[criterion]))
        self._reached[criterion] = self.circuit.or_(self._reached.get(criterion, FALSE), reached)

    def _ask(self, fact: str, where: Node) -> None:
        self._asked.setdefault(fact, []).append(where)

    def _missing(self, fact: str) -> Node:
        return self.circuit.and_(self.circuit.or_(*self._asked[fact]), self.circuit.not_(self.law.is_known(fact)))

    def _descend(self, term: terms.Term | None, where: Node) -> None:
        """Record what a term asks for in the cases where it is reached and open."""
        match term:
            case None | terms.TakesSide() | terms.InForce():
                return
            case terms.Met(name) | terms.NotRuledOut(name):
                self._reach(name, where)
            case terms.Is() | terms.Includes() | terms.Between() | terms.Binds():
                self._ask(term.fact, where)
            case terms.ByReading(reading, sides):
                # A side that is taken counts even where nothing is asked for under it: its facts can be complete.
                for side, inner in sides:
                    if (taken := self.law.sides(reading, side)) != FALSE:
                        self._descend(inner, self.circuit.and_(where, taken))
            case terms.All(parts) | terms.AnyOf(parts) | terms.AtLeast(_, parts):
                self._through(parts, self.circuit.and_(where, self.law.is_open(self.law.compile_term(term))))
            case terms.Not(part):
                self._descend(part, where)
            case _:
                assert_never(term)

    def _through(self, parts: Iterable[terms.Term], where: Node) -> None:
        for part in parts:
            self._descend(part, where)

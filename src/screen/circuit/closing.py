"""The compiled law on a closed record: where an element is not shown, and so not met.

`engine.closing` says what closing means, and works it out case by case; here the same is made of nodes, from the
compiled law of the open record. Beside each criterion stands what it may still become: three nodes that say where it
may still be met, not met and not applicable, of which several can be true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from screen.circuit.circuit import FALSE, TRUE, Node, Ternary
from screen.circuit.compile import CompiledLaw, TermCompiler
from screen.process import pause_gc
from screen.rulebook import terms
from screen.rulebook.model import BurdenByReading, Criterion, Fact

#: Who shows an element by what is known, or not: the applicant alone, or together with the authority.
_SHOWN = ("applicant", "shared")


class ClosedLaw(TermCompiler):
    """A rule book as nodes of a circuit: the findings on the closed record, beside those on the open one."""

    @pause_gc()
    def __init__(self, law: CompiledLaw) -> None:
        """Close all criteria that `law` has compiled."""
        self.book, self.circuit, self.sides, self.inputs = law.book, law.circuit, law.sides, law.inputs
        self.criteria: dict[str, Ternary] = {}
        # Facts never close: what is known, presumed and compared is the same.
        self.open_law, self.is_known, self.is_presumed = law, law.is_known, law.is_presumed
        self.can_be_presumed, self.is_origin = law.can_be_presumed, law.is_origin
        by_finding = _Prospects(law, lambda fact: fact.known_from != "applicant")
        by_judgement = _Prospects(law, lambda fact: fact.judgement)
        circuit = self.circuit
        for name in law.criteria:
            criterion = self.book.criteria[name]
            the_authoritys, the_applicants = self._borne_by(criterion, "authority"), self._borne_by(criterion, *_SHOWN)
            # What the authority has to show is shown on the open record, and never by what the applicant has not shown.
            status = self._choose(the_authoritys, law.criteria[name], self.compile_criterion(criterion))
            by_finding.criteria[name] = found = by_finding.compile_criterion(criterion)
            by_judgement.criteria[name] = judged = by_judgement.compile_criterion(criterion)
            not_shown = circuit.and_(
                self.is_open(status),
                circuit.or_(
                    circuit.and_(the_applicants, circuit.not_(found.met)),
                    circuit.and_(the_authoritys, circuit.not_(judged.met)),
                ),
            )
            self.criteria[name] = closed = status._replace(not_met=circuit.or_(status.not_met, not_shown))
            by_finding.criteria[name] = self._choose(self.is_open(closed), found, closed)

    def _choose(self, condition: Node, first: Ternary, second: Ternary) -> Ternary:
        """Return the first where a condition is true, and the second elsewhere."""
        circuit = self.circuit
        otherwise = circuit.not_(condition)
        return Ternary(
            *(
                circuit.or_(circuit.and_(condition, one), circuit.and_(otherwise, other))
                for one, other in zip(first, second, strict=True)
            )
        )

    def compare(self, leaf: terms.Leaf) -> Ternary:
        return self.open_law.compare(leaf)

    def _borne_by(self, criterion: Criterion, *bearers: str) -> Node:
        """Return where one of these has to show a criterion."""
        burden = criterion.burden
        if isinstance(burden, BurdenByReading):
            return self.circuit.or_(*(self.sides(burden.reading, side) for side, who in burden.sides if who in bearers))
        return TRUE if burden in bearers else FALSE


class _Prospects(TermCompiler):
    """What terms may still become, where some facts may have any answer yet."""

    def __init__(self, law: CompiledLaw, is_open_to_all: Callable[[Fact], bool]) -> None:
        self.book, self.circuit, self.sides, self._law = law.book, law.circuit, law.sides, law
        self.criteria: dict[str, Ternary] = {}
        self._is_open_to_all = is_open_to_all

    def compare(self, leaf: terms.Leaf) -> Ternary:
        ternary = self._law.compare(leaf)
        if not self._is_open_to_all(self.book.facts[leaf.fact]):
            return ternary
        is_open = self.is_open(ternary)
        return Ternary(self.circuit.or_(ternary.met, is_open), self.circuit.or_(ternary.not_met, is_open))

    def all_of(self, parts: Sequence[Ternary]) -> Ternary:
        circuit = self.circuit
        met = circuit.and_(
            circuit.or_(*(part.met for part in parts)),
            *(circuit.or_(part.met, part.not_applicable) for part in parts),
        )
        not_met = circuit.or_(*(part.not_met for part in parts))
        return Ternary(met, not_met, circuit.and_(*(part.not_applicable for part in parts)))

    def at_least(self, needed: int, parts: Sequence[Ternary]) -> Ternary:
        """The most parts are ruled out that can be; that the group applies needs one that is met, or not met."""
        circuit = self.circuit
        can_be_ruled_out = [circuit.or_(part.not_met, part.not_applicable) for part in parts]
        stays = [circuit.not_(node) for node in can_be_ruled_out]
        met_besides = circuit.or_(
            *(circuit.and_(part.met, out) for part, out in zip(parts, can_be_ruled_out, strict=True))
        )
        applies = circuit.or_(
            *(part.not_met for part in parts),
            *(circuit.and_(part.met, node) for part, node in zip(parts, stays, strict=True)),
        )
        not_met = circuit.or_(
            circuit.and_(applies, circuit.not_(circuit.at_least(needed, stays))),
            circuit.and_(met_besides, circuit.not_(circuit.at_least(needed - 1, stays))),
        )
        return Ternary(
            circuit.at_least(needed, [part.met for part in parts]),
            not_met,
            circuit.and_(*(part.not_applicable for part in parts)),
        )

"""A circuit of yes and no: `and`, `or` and `not` over inputs, in which no gate stands twice.

In: inputs, and how they are joined. Out: numbered nodes, each made of nodes before it. A node is true or false of a
case and never unknown, so that nothing unknown can be mistaken for a no: what is unknown is a node of its own. Left
alone: what an input means (the adapters), what the law asks (`compile`).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

#: The number of a gate. What a gate is made of has a lower number than the gate.
Node = int
FALSE: Node = 0
TRUE: Node = 1

INPUT, NOT, AND, OR = "input", "not", "and", "or"


class Gate(NamedTuple):
    """How a node comes about: an `input` from outside (`source`), or `not`, `and`, `or` of other nodes."""

    operation: str
    parts: tuple[Node, ...] = ()
    label: Hashable = None


class Ternary(NamedTuple):
    """Where something is met, not met and not applicable; undetermined everywhere else.

    Nodes of a circuit, or what became of them for many cases: integers with a bit for each case.
    """

    met: int
    not_met: int
    not_applicable: int = FALSE


class Circuit:
    """Gates, each made once: the same question has the same node, and what is certain becomes a constant."""

    def __init__(self) -> None:
        self.gates: list[Gate] = [Gate(OR), Gate(AND)]  # of nothing: false and true
        self._nodes: dict[Gate, Node] = {gate: node for node, gate in enumerate(self.gates)}

    def input(self, source: Hashable) -> Node:
        """Return the node that is true where this input is."""
        return self._node(Gate(INPUT, label=source))

    def not_(self, node: Node) -> Node:
        """Return the node that is true where this one is not."""
        if node in (FALSE, TRUE):
            return TRUE - node
        gate = self.gates[node]
        return gate.parts[0] if gate.operation == NOT else self._node(Gate(NOT, (node,)))

    def and_(self, *nodes: Node) -> Node:
        """Return the node that is true where all these are."""
        return self._group(AND, nodes)

    def or_(self, *nodes: Node) -> Node:
        """Return the node that is true where one of these is."""
        return self._group(OR, nodes)

    def at_least(self, needed: int, nodes: Sequence[Node]) -> Node:
        """Return the node that is true where so many of these are; the same node given twice counts twice."""
        reach = [TRUE] + [FALSE] * needed
        for node in nodes:
            for count in range(needed, 0, -1):
                reach[count] = self.or_(reach[count], self.and_(reach[count - 1], node))
        return reach[needed]

    def xor_(self, first: Node, second: Node) -> Node:
        """Return the node that is true where one of these is and the other is not."""
        if first == second:
            return FALSE
        return self.or_(self.and_(first, self.not_(second)), self.and_(self.not_(first), second))

    def inputs(self, wanted: Iterable[Node]) -> dict[Node, Hashable]:
        """Return the inputs on which these nodes hang, each node with its source."""
        gates = self.gates
        return {node: gates[node].label for node in sorted(self.with_parts(wanted)) if gates[node].operation == INPUT}

    def with_parts(self, wanted: Iterable[Node]) -> set[Node]:
        """Return these nodes with all that they are made of."""
        seen: set[Node] = set()
        waiting = list(wanted)
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += self.gates[node].parts
        return seen

    def substitute(self, wanted: Collection[Node], by: Mapping[Node, Node]) -> dict[Node, Node]:
        """Return for each wanted node the one that says the same with some inputs exchanged for others.

        What does not hang on them stays the same node, so that a second case costs what differs and nothing else.
        """
        new = dict(by)
        for node in sorted(self.with_parts(wanted)):
            gate = self.gates[node]
            if node not in new and any(part in new for part in gate.parts):
                parts = [new.get(part, part) for part in gate.parts]
                new[node] = self.not_(*parts) if gate.operation == NOT else self._group(gate.operation, parts)
        return {node: new.get(node, node) for node in wanted}

    def _group(self, operation: str, nodes: Iterable[Node]) -> Node:
        # A group within a group stays one node: merged into each of its users it would be evaluated once for each.
        neutral = TRUE if operation == AND else FALSE
        kept = set(nodes) - {neutral}
        if len(kept) < 2:
            return kept.pop() if kept else neutral
        opposites = [self.gates[node].parts[0] for node in kept if self.gates[node].operation is NOT]
        if TRUE - neutral in kept or not kept.isdisjoint(opposites):
            return TRUE - neutral
        return self._node(Gate(operation, tuple(sorted(kept))))

    def _node(self, gate: Gate) -> Node:
        node = self._nodes.setdefault(gate, len(self.gates))
        if node == len(self.gates):
            self.gates.append(gate)
        return node

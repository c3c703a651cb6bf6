"""A Boolean circuit: gates `and`, `or` and `not` over inputs, each made once.

Nodes are numbered, and a gate is made of nodes with lower numbers. A node is true or false of a case and never unknown:
that something is unknown is a node of its own, so it cannot be mistaken for a no. What an input means is defined by
`inputs` and the adapters, what the law asks by `compile`.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

#: The number of a gate. The parts of a gate have lower numbers than the gate.
Node = int
FALSE: Node = 0
TRUE: Node = 1

INPUT, NOT, AND, OR = "input", "not", "and", "or"


class Gate(NamedTuple):
    """What a node is: an `input`, which `label` describes, or `not`, `and`, `or` of other nodes (`parts`)."""

    operation: str
    parts: tuple[Node, ...] = ()
    label: Hashable = None


class Ternary(NamedTuple):
    """Where something is met, not met and not applicable; everywhere else it is undetermined.

    The fields are nodes of a circuit, or the values of these nodes: integers with a bit for each case.
    """

    met: int
    not_met: int
    not_applicable: int = FALSE


class Circuit:
    """Gates, each made once: equal gates are one node, and a gate that is always true or false becomes a constant."""

    def __init__(self) -> None:
        self.gates: list[Gate] = [Gate(OR), Gate(AND)]  # without parts: false and true
        self._nodes: dict[Gate, Node] = {gate: node for node, gate in enumerate(self.gates)}

    def input(self, label: Hashable) -> Node:
        """Return the node of this input."""
        return self._node(Gate(INPUT, label=label))

    def not_(self, node: Node) -> Node:
        """Return the node that is true where this one is false."""
        if node in (FALSE, TRUE):
            return TRUE - node
        gate = self.gates[node]
        return gate.parts[0] if gate.operation == NOT else self._node(Gate(NOT, (node,)))

    def and_(self, *nodes: Node) -> Node:
        """Return the node that is true where all of these are."""
        return self._group(AND, nodes)

    def or_(self, *nodes: Node) -> Node:
        """Return the node that is true where at least one of these is."""
        return self._group(OR, nodes)

    def at_least(self, needed: int, nodes: Sequence[Node]) -> Node:
        """Return the node that is true where at least so many of these are; a node given twice counts twice."""
        reached = [TRUE] + [FALSE] * needed
        for node in nodes:
            for count in range(needed, 0, -1):
                reached[count] = self.or_(reached[count], self.and_(reached[count - 1], node))
        return reached[needed]

    def xor_(self, first: Node, second: Node) -> Node:
        """Return the node that is true where exactly one of the two is."""
        if first == second:
            return FALSE
        return self.or_(self.and_(first, self.not_(second)), self.and_(self.not_(first), second))

    def inputs(self, nodes: Iterable[Node]) -> dict[Node, Hashable]:
        """Return the inputs on which these nodes depend: each node with its label."""
        gates = self.gates
        return {node: gates[node].label for node in sorted(self.with_parts(nodes)) if gates[node].operation == INPUT}

    def with_parts(self, nodes: Iterable[Node]) -> set[Node]:
        """Return these nodes and all nodes that they are made of."""
        seen: set[Node] = set()
        pending = list(nodes)
        while pending:
            node = pending.pop()
            if node not in seen:
                seen.add(node)
                pending += self.gates[node].parts
        return seen

    def substitute(self, nodes: Collection[Node], replacements: Mapping[Node, Node]) -> dict[Node, Node]:
        """Return for each of these nodes its counterpart in which some inputs are replaced by other nodes.

        A node that does not depend on a replaced input stays the same, so that a second case costs only what differs.
        """
        new = dict(replacements)
        for node in sorted(self.with_parts(nodes)):
            gate = self.gates[node]
            if node not in new and any(part in new for part in gate.parts):
                parts = [new.get(part, part) for part in gate.parts]
                new[node] = self.not_(*parts) if gate.operation == NOT else self._group(gate.operation, parts)
        return {node: new.get(node, node) for node in nodes}

    def _group(self, operation: str, nodes: Iterable[Node]) -> Node:
        # A group within a group stays a node: merged into each of its users it would be evaluated once for each.
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

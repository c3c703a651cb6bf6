"""Yes and no, wired: a net of `and`, `or` and `not` over atoms, in which nothing stands twice.

In: atoms, and what is asked of them. Out: numbered nodes, and the steps in which each can be worked out once.
A node is true or false of a case and never unknown, so that no null can be mistaken for a no; what is unknown is a node
of its own. Left alone: what an atom means (`kernel`), what the law asks (`lower`).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

Node = int
NO: Node = 0
YES: Node = 1


@dataclass(frozen=True, slots=True)
class Gate:
    """How a node comes about: `atom` of something outside, or `not`, `and`, `or` of other nodes."""

    kind: str
    of: tuple[Node, ...] = ()
    atom: Hashable = None


class Net:
    """Nodes, each made once: the same question gets the same number, and what is certain is never asked."""

    def __init__(self) -> None:
        self.gates: list[Gate] = [Gate("or"), Gate("and")]
        self._numbers: dict[Gate, Node] = {gate: number for number, gate in enumerate(self.gates)}

    def atom(self, what: Hashable) -> Node:
        """Return the node that is true where the atom is."""
        return self._number(Gate("atom", atom=what))

    def no(self, node: Node) -> Node:
        """Return the node that is true where this one is not."""
        if node in (NO, YES):
            return YES - node
        gate = self.gates[node]
        return gate.of[0] if gate.kind == "not" else self._number(Gate("not", (node,)))

    def all(self, nodes: Iterable[Node]) -> Node:
        """Return the node that is true where all these are."""
        return self._group("and", nodes, neutral=YES)

    def any(self, nodes: Iterable[Node]) -> Node:
        """Return the node that is true where one of these is."""
        return self._group("or", nodes, neutral=NO)

    def both(self, *nodes: Node) -> Node:
        """Return `all` of nodes named one by one."""
        return self.all(nodes)

    def either(self, *nodes: Node) -> Node:
        """Return `any` of nodes named one by one."""
        return self.any(nodes)

    def so_many(self, needed: int, nodes: Sequence[Node]) -> Node:
        """Return the node that is true where so many of these are; the same node given twice counts twice."""
        reach = [YES] + [NO] * needed
        for node in nodes:
            for count in range(needed, 0, -1):
                reach[count] = self.either(reach[count], self.both(reach[count - 1], node))
        return reach[needed]

    def _group(self, kind: str, nodes: Iterable[Node], neutral: Node) -> Node:
        # A group within a group stays one node: flattened into each of its users it would be worked out once for each.
        kept = set(nodes) - {neutral}
        opposites = {self.gates[one].of[0] for one in kept if self.gates[one].kind == "not"}
        if YES - neutral in kept or opposites & kept:
            return YES - neutral
        if len(kept) < 2:
            return kept.pop() if kept else neutral
        return self._number(Gate(kind, tuple(sorted(kept))))

    def _number(self, gate: Gate) -> Node:
        if gate not in self._numbers:
            self._numbers[gate] = len(self.gates)
            self.gates.append(gate)
        return self._numbers[gate]

    def needed(self, wanted: Iterable[Node]) -> set[Node]:
        """Return these nodes with all that they are made of."""
        seen: set[Node] = set()
        waiting = list(wanted)
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += self.gates[node].of
        return seen


@dataclass(frozen=True, slots=True)
class Step:
    """A node to be worked out from others that were before, and the nodes that nobody needs afterwards."""

    node: Node
    kind: str
    parts: tuple[Node, ...]
    done: tuple[Node, ...]


def steps(net: Net, wanted: Collection[Node]) -> tuple[Step, ...]:
    """Return how the wanted nodes are worked out from atoms, `NO` and `YES`: each node once, and after its parts."""
    live = sorted(net.needed(wanted) - {NO, YES})  # what a node is made of has a lower number
    made = [node for node in live if net.gates[node].kind != "atom"]
    last = {one: node for node in made for one in net.gates[node].of}
    done: dict[Node, list[Node]] = {}
    for one, node in last.items():
        if one not in wanted:
            done.setdefault(node, []).append(one)
    return tuple(Step(node, net.gates[node].kind, net.gates[node].of, tuple(done.get(node, ()))) for node in made)

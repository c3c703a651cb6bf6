"""The batch kernel: a table of cases in, a table of findings out.

In: a rule book, profiles, and tables whose columns are those of `columns`. Out: tables with a row a case: the
recommendation, every finding, what is missing, presumed, and how far the case is known. Left alone: files, screens.

The law is compiled once into a circuit of yes and no (`screen.circuit`), which is evaluated for all rows at once.
What cannot be an answer raises; nothing turns into unknown in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import polars as pl

from screen.batch.cells import CREDIBILITY, ID
from screen.batch.layout import Layout
from screen.batch.score.bit_columns import Bits, all_ones, count_per_row, to_bits, to_column
from screen.batch.score.circuit_inputs import ColumnTest, TableInputs
from screen.batch.score.comparisons import ComparisonColumns
from screen.batch.score.list_columns import NameLists
from screen.circuit.bit_parallel import evaluate_steps, gate_steps
from screen.circuit.circuit import FALSE, TRUE, Circuit, Node, Ternary
from screen.circuit.compile import CompiledLaw
from screen.circuit.inputs import sides_of
from screen.circuit.missing import missing_facts
from screen.logic import Status
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import LEVELS, RECOMMENDATIONS, RuleBook

STATUS_TYPE = pl.Enum([state.value for state in Status])
RECOMMENDATION_TYPE = pl.Enum(RECOMMENDATIONS)
OTHERWISE = "undetermined_no_return"
#: What a table of findings holds beside the criteria and positions, in its order.
RECOMMENDATION, MISSING, OPEN, PRESUMED, COMPLETENESS = (
    "recommendation",
    "facts_missing",
    "open_questions",
    "facts_presumed",
    "completeness",
)
#: How soon a case is to be taken up; the reasons that are met; those that nobody can rule out yet.
PRIORITY, REASONS, OPEN_REASONS = "priority", "priority_reasons", "priority_open"
LEVEL_TYPE = pl.Enum(LEVELS)
_EVERY_OPTIMIZATION_OFF = pl.QueryOptFlags.none()


class Kernel:
    """A rule book under one or more profiles, made ready to be held against tables of cases.

    The first profile's columns have plain names; those of each further one read `name@profile`. `columns` narrows the
    result, by plain names: what nobody wants is not worked out. With `benefit=False` what is accepted by the benefit of
    the doubt alone counts as unknown. Raises KeyError for a profile or a column that there is not.
    """

    def __init__(
        self,
        book: RuleBook,
        profiles: Sequence[str] = (),
        *,
        columns: Iterable[str] | None = None,
        benefit: bool = True,
    ) -> None:
        self.book, self.layout, self.benefit = book, Layout(book), benefit
        self.profiles = tuple(book.profiles[name] for name in profiles or (book.default_profile,))
        every = findings_columns(book)
        wanted = set(every if columns is None else columns) - {ID}
        if unknown := sorted(wanted - set(every)):
            raise KeyError(f"there is no column {', '.join(unknown)}")
        self.columns = tuple(name for name in every if name in wanted)
        #: The columns that a table of cases may have, as far as findings can hang on them.
        self.every = self.layout.names(attributes=(UNKNOWN, CREDIBILITY))
        self._known = frozenset(self.every)
        self._plans: dict[frozenset[str], _Plan] = {}
        suffixes = ["", *(f"@{one.name}" for one in self.profiles[1:])]
        #: The columns of the result, in their order.
        self.writes = (ID, *(f"{name}{suffix}" for suffix in suffixes for name in self.columns))

    @cached_property
    def input_columns(self) -> tuple[str, ...]:
        """The columns of a table that can bear on the result; a reader need bring no others."""
        whole = self._plan(frozenset(self.every))
        return tuple(name for name in self.every if name in whole.reads | {ID})

    def findings(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the findings of a table of cases, a row a case, in its order.

        Columns of the layout that are not there are unknown in every case; other columns are passed over. A set may
        come as a list of its words, or as the number that `lists.marked` makes of it. Raises `WrongColumn` for a column
        that holds what cannot be an answer, and KeyError where there is no `id`.
        """
        return self.evaluate(frame).table

    def evaluate(self, frame: pl.DataFrame) -> FindingsTable:
        """Return the findings of a table of cases as `findings` does, and how often each name stands on their lists."""
        if ID not in frame.columns:
            raise KeyError(f"the table has no column {ID!r}")
        return self._plan(frozenset(frame.columns) & self._known).run(frame)

    def _plan(self, columns: frozenset[str]) -> _Plan:
        if columns not in self._plans:
            self._plans[columns] = _Plan(self, columns)
        return self._plans[columns]


@dataclass(frozen=True, slots=True)
class FindingsTable:
    """The findings of a table of cases, and of each column that holds lists how often every name stands in it."""

    table: pl.DataFrame
    name_counts: Mapping[str, Mapping[str, int]]


def findings_columns(book: RuleBook) -> tuple[str, ...]:
    """Return the columns of a table of findings but `id`: conclusions come before the other criteria."""
    criteria = (*book.conclusions, *(name for name in book.criteria if name not in book.conclusions))
    positions = [one.name for one in book.objections] + [one.name for one in book.responses]
    urgency = (PRIORITY, REASONS, OPEN_REASONS) if book.priorities else ()
    return (RECOMMENDATION, *criteria, *positions, MISSING, OPEN, PRESUMED, COMPLETENESS, *urgency)


@dataclass(frozen=True, slots=True)
class _Requested:
    """What is asked of the circuit under one profile: nodes by the names of the columns that they fill."""

    states: Mapping[str, Ternary]
    recommended: Sequence[tuple[str, Node]]
    missing: Mapping[str, Node]
    to_ask: Sequence[Node]
    known: Sequence[Node]
    presumed: Mapping[str, Node]
    urgency: Sequence[tuple[str, Node]]
    reasons: Mapping[str, Node]
    open_reasons: Mapping[str, Node]

    def lists(self) -> dict[str, Mapping[str, Node]]:
        """Return what fills the columns that hold lists of names."""
        return {
            MISSING: self.missing,
            PRESUMED: self.presumed,
            REASONS: self.reasons,
            OPEN_REASONS: self.open_reasons,
        }

    def shown(self) -> set[Node]:
        """Return the nodes of which columns are made."""
        of_states = {node for truth in self.states.values() for node in truth}
        of_lists = {node for nodes in self.lists().values() for node in nodes.values()}
        return of_states | of_lists | {node for _, node in (*self.recommended, *self.urgency)}

    def nodes(self) -> set[Node]:
        """Return every node that some column needs: those that are shown, and those that are counted."""
        return self.shown() | {*self.missing.values(), *self.to_ask, *self.known}


class _Plan:
    """The law compiled for tables that have certain columns: made once and used for every table."""

    def __init__(self, kernel: Kernel, columns: frozenset[str]) -> None:
        circuit = Circuit()
        inputs = TableInputs(kernel.book, circuit, columns, benefit=kernel.benefit)
        self.columns = kernel.columns
        self.asked: dict[str, _Requested] = {}
        for number, profile in enumerate(kernel.profiles):
            law = CompiledLaw(kernel.book, circuit, inputs, sides_of(profile))
            self.asked[f"@{profile.name}" if number else ""] = _asked(law, set(self.columns))
        self.writes = tuple(f"{name}{suffix}" for suffix in self.asked for name in self.columns)
        wanted = set().union(*(one.nodes() for one in self.asked.values()))
        self.steps, self.nodes = gate_steps(circuit, wanted), len(circuit.gates)
        self.shown = sorted(set().union(*(one.shown() for one in self.asked.values())) - {FALSE, TRUE})
        atoms = {node: cast(ColumnTest, source) for node, source in circuit.inputs(wanted).items()}
        self.atoms = ComparisonColumns(kernel.layout, atoms)
        self.reads = self.atoms.reads
        self.fixed = {suffix: self._fixed(one) for suffix, one in self.asked.items()}
        reasons = [one.name for one in kernel.book.priorities]
        self.lists = {
            f"{name}{suffix}": NameLists(nodes, kernel.book.facts if name in (MISSING, PRESUMED) else reasons)
            for suffix, one in self.asked.items()
            for name, nodes in one.lists().items()
        }

    def run(self, frame: pl.DataFrame) -> FindingsTable:
        """Return the findings of a table, and how often each name is on its lists."""
        height = frame.height
        bits: list[Bits] = [0] * self.nodes
        bits[TRUE] = all_ones(height)
        for column in self.atoms.evaluate(frame):
            bits[int(column.name)] = to_bits(column)
        evaluate_steps(self.steps, bits, bits[TRUE])
        shown = {str(node): to_column(bits[node], height) for node in self.shown}
        nodes = pl.DataFrame(shown or None, height=height)
        columns: dict[str, pl.Series | pl.Expr] = {}
        for suffix, one in self.asked.items():
            columns |= self._columns(suffix, one, nodes, bits)
        found = nodes.lazy().select(**columns).collect(optimizations=_EVERY_OPTIMIZATION_OFF)
        # A million cases miss a hundred million facts: counted as bits they take no time, as words more than the net.
        named = {
            f"{name}{suffix}": {word: bits[node].bit_count() for word, node in nodes_of.items() if bits[node]}
            for suffix, one in self.asked.items()
            for name, nodes_of in one.lists().items()
            if name in self.columns
        }
        return FindingsTable(frame.select(ID).hstack([found[name] for name in self.writes]), named)

    def _fixed(self, one: _Requested) -> dict[str, pl.Expr]:
        """Return what fills the columns of one profile that are the same for every table."""
        columns = {name: _state(truth) for name, truth in one.states.items()}
        columns[RECOMMENDATION] = _first(one.recommended, OTHERWISE, RECOMMENDATION_TYPE)
        columns[PRIORITY] = _first(one.urgency, LEVELS[-1], LEVEL_TYPE)
        return {name: column for name, column in columns.items() if name in self.columns}

    def _columns(
        self, suffix: str, one: _Requested, nodes: pl.DataFrame, bits: Sequence[Bits]
    ) -> dict[str, pl.Series | pl.Expr]:
        """Return what fills the columns of one profile."""
        columns: dict[str, pl.Series | pl.Expr] = dict(self.fixed[suffix])
        wanted = set(self.columns)
        for name in one.lists().keys() & wanted:
            columns[name] = self.lists[name + suffix].build(nodes)
        if OPEN in wanted:
            columns[OPEN] = count_per_row([bits[node] for node in one.to_ask], nodes.height)
        if COMPLETENESS in wanted:
            known = count_per_row([bits[node] for node in one.known], nodes.height)
            total = known + count_per_row([bits[node] for node in one.missing.values()], nodes.height)
            columns[COMPLETENESS] = (known / total).fill_nan(1.0)  # of nothing, all is known
        return {f"{name}{suffix}": column for name, column in columns.items() if name in wanted}


def _asked(law: CompiledLaw, wanted: set[str]) -> _Requested:
    book = law.book
    states = {name: truth for name, truth in law.criteria.items() if name in wanted}
    states |= {one.name: law.compile_term(one.raised_if) for one in book.objections if one.name in wanted}
    states |= {one.name: law.compile_term(one.owed_if) for one in book.responses if one.name in wanted}
    recommended = (
        [(one.name, law.compile_term(one.when).met) for one in book.recommendations] if RECOMMENDATION in wanted else []
    )
    missing = missing_facts(law) if wanted & {MISSING, OPEN, COMPLETENESS} else {}
    circuit = law.circuit
    not_asked = {name: circuit.not_(law.inputs.was_asked(name)) for name in missing}
    to_ask = [circuit.and_(node, not_asked[name]) for name, node in missing.items()] if OPEN in wanted else []
    known = [law.is_known(name) for name in missing] if COMPLETENESS in wanted else []
    presumed = {name: law.is_presumed(name) for name in book.facts} if PRESUMED in wanted else {}
    presumed = {name: node for name, node in presumed.items() if node != FALSE}
    urgency = {
        one.name: law.compile_term(one.when) for one in book.priorities if wanted & {PRIORITY, REASONS, OPEN_REASONS}
    }
    levels = [(one.level, urgency[one.name].met) for one in book.priorities if PRIORITY in wanted]
    reasons = {name: truth.met for name, truth in urgency.items() if REASONS in wanted}
    open_reasons = {name: law.is_open(truth) for name, truth in urgency.items() if OPEN_REASONS in wanted}
    return _Requested(states, recommended, missing, to_ask, known, presumed, levels, reasons, open_reasons)


def _first(choices: Iterable[tuple[str, Node]], otherwise: str, kind: pl.Enum) -> pl.Expr:
    """Return the word of the first node that is true; the rest of the rows have the word that stands for none."""
    chain: Any = pl
    for word, node in choices:
        if node == TRUE:
            otherwise = word
            break
        if node != FALSE:
            chain = chain.when(pl.col(str(node))).then(pl.lit(word, kind))
    # A word alone would be one row and not as many as the table has.
    return pl.repeat(otherwise, pl.len(), dtype=kind) if chain is pl else chain.otherwise(pl.lit(otherwise, kind))


def _state(truth: Ternary) -> pl.Expr:
    words = (Status.MET, truth.met), (Status.NOT_MET, truth.not_met), (Status.NOT_APPLICABLE, truth.not_applicable)
    return _first([(state.value, node) for state, node in words], Status.UNDETERMINED.value, STATUS_TYPE)

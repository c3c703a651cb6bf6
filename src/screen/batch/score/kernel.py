"""The batch kernel: a table of cases in, a table of findings out.

The rule book is compiled once into a circuit of yes and no (`screen.circuit`), which is evaluated for all rows at once.
The columns that come in are those of `screen.batch.layout`, the ones that go out those of
`screen.batch.findings_schema`. What cannot be an answer raises an error; nothing becomes unknown silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, cast

import polars as pl

from screen.batch.cells import CREDIBILITY, ID
from screen.batch.findings_schema import (
    CLOSED,
    COMPLETENESS,
    FACTS_MISSING,
    FACTS_PRESUMED,
    LEVEL_TYPE,
    ON_ASSESSMENT,
    OPEN_QUESTIONS,
    PRIORITY,
    PRIORITY_OPEN,
    PRIORITY_REASONS,
    RECOMMENDATION,
    RECOMMENDATION_TYPE,
    STATUS_TYPE,
    default_columns,
    findings_schema,
)
from screen.batch.layout import Layout
from screen.batch.score.bit_columns import Bits, all_ones, count_per_row, to_bits, to_column
from screen.batch.score.circuit_inputs import ColumnTest, TableInputs
from screen.batch.score.comparisons import ComparisonColumns
from screen.batch.score.list_columns import NameLists
from screen.circuit.bit_parallel import evaluate_steps, gate_steps
from screen.circuit.circuit import FALSE, TRUE, Circuit, Node, Ternary
from screen.circuit.closing import ClosedLaw
from screen.circuit.compile import CompiledLaw
from screen.circuit.inputs import sides_of
from screen.circuit.missing import missing_facts
from screen.logic import Status
from screen.rulebook.answers import UNKNOWN
from screen.rulebook.model import LEVELS, RuleBook

#: The recommendation of a case for which no other holds, and the one that needs an assessment. `screen.engine` names
#: them too: neither imports the other, since the two are compared.
UNDETERMINED_NO_RETURN, RECOGNISE = "undetermined_no_return", "recognise"
_NO_OPTIMIZATION = pl.QueryOptFlags.none()


class Kernel:
    """A rule book under one or more profiles, compiled for tables of cases.

    The columns of the first profile have plain names, those of each further one are called `name@profile`. `columns`
    narrows the result, by plain names: what nobody asks for is not computed. With `benefit=False`, what is accepted by
    the benefit of the doubt alone counts as unknown. With `closed` the records stand closed. With
    `as_recorded` what nobody has assessed carries no recommendation to recognise, as `engine.evaluate` has it.
    Raises KeyError for an unknown profile or column.
    """

    def __init__(
        self,
        book: RuleBook,
        profiles: Sequence[str] = (),
        *,
        columns: Iterable[str] | None = None,
        benefit: bool = True,
        closed: bool = False,
        as_recorded: bool = False,
    ) -> None:
        self.book, self.layout, self.benefit = book, Layout(book), benefit
        self.closed, self.as_recorded = closed, as_recorded
        self.profiles = tuple(book.profiles[name] for name in profiles or (book.default_profile,))
        self.schema = findings_schema(book)
        requested = set(default_columns(book) if columns is None else columns) - {ID}
        if unknown := sorted(requested - self.schema.keys()):
            raise KeyError(f"there is no column {', '.join(unknown)}")
        self.columns = tuple(name for name in self.schema if name in requested)
        #: The columns that a table of cases may have, as far as findings can depend on them.
        self.case_columns = self.layout.names(attributes=(UNKNOWN, CREDIBILITY))
        self._known = frozenset(self.case_columns)
        self._plans: dict[frozenset[str], _Plan] = {}
        suffixes = ["", *(f"@{profile.name}" for profile in self.profiles[1:])]
        #: The columns of the result, in order.
        self.output_columns = (ID, *(f"{name}{suffix}" for suffix in suffixes for name in self.columns))

    @cached_property
    def input_columns(self) -> tuple[str, ...]:
        """The columns of a table that the result can depend on; a reader need load no others."""
        plan = self._plan(frozenset(self.case_columns))
        return tuple(name for name in self.case_columns if name in plan.input_columns | {ID})

    def findings(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the findings of a table of cases, a row a case, in its order.

        Columns of the layout that are absent are unknown in every case; other columns are ignored. A set may come as a
        list of words, or as the number that `list_columns.pack_sets` makes of it. Raises InvalidColumnError for a
        column that holds what cannot be an answer, and KeyError where there is no `id`.
        """
        return self.evaluate(frame).table

    def evaluate(self, frame: pl.DataFrame) -> FindingsTable:
        """Return the findings of a table of cases as `findings` does, and how often each name is on their lists."""
        if ID not in frame.columns:
            raise KeyError(f"the table has no column {ID!r}")
        return self._plan(frozenset(frame.columns) & self._known).run(frame)

    def _plan(self, columns: frozenset[str]) -> _Plan:
        if columns not in self._plans:
            self._plans[columns] = _Plan(self, columns)
        return self._plans[columns]


@dataclass(frozen=True, slots=True)
class FindingsTable:
    """The findings of a table of cases; of each column of lists, how often every name occurs in it."""

    table: pl.DataFrame
    name_counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Outputs:
    """The circuit's nodes from which the columns of one profile are made."""

    statuses: Mapping[str, Ternary]
    recommendations: Mapping[str, Sequence[tuple[str, Node]]]
    missing: Mapping[str, Node]
    to_ask: Sequence[Node]
    known: Sequence[Node]
    presumed: Mapping[str, Node]
    levels: Sequence[tuple[str, Node]]
    priority_reasons: Mapping[str, Node]
    priority_open: Mapping[str, Node]

    def lists(self) -> dict[str, Mapping[str, Node]]:
        """Return the nodes of the columns that hold lists of names."""
        return {
            FACTS_MISSING: self.missing,
            FACTS_PRESUMED: self.presumed,
            PRIORITY_REASONS: self.priority_reasons,
            PRIORITY_OPEN: self.priority_open,
        }

    def shown(self) -> set[Node]:
        """Return the nodes that are needed as columns."""
        of_statuses = {node for ternary in self.statuses.values() for node in ternary}
        of_lists = {node for nodes in self.lists().values() for node in nodes.values()}
        choices = (*chain.from_iterable(self.recommendations.values()), *self.levels)
        return of_statuses | of_lists | {node for _, node in choices}

    def nodes(self) -> set[Node]:
        """Return every node that a column needs: those that are shown, and those that are counted."""
        return self.shown() | {*self.missing.values(), *self.to_ask, *self.known}


class _Plan:
    """The law compiled for tables that have certain columns: made once and used for every such table."""

    def __init__(self, kernel: Kernel, columns: frozenset[str]) -> None:
        circuit = Circuit()
        inputs = TableInputs(kernel.book, circuit, columns, benefit=kernel.benefit)
        assessed_inputs = None
        if kernel.as_recorded and any(name.startswith((RECOMMENDATION, ON_ASSESSMENT)) for name in kernel.columns):
            assessed_inputs = TableInputs(kernel.book, circuit, columns, benefit=kernel.benefit, assessed_only=True)
        self.columns, self.output_columns = kernel.columns, kernel.output_columns[1:]
        self.outputs: dict[str, _Outputs] = {}  # by what follows the names of the columns
        for number, profile in enumerate(kernel.profiles):
            law = CompiledLaw(kernel.book, circuit, inputs, sides_of(profile))
            assessed = (
                CompiledLaw(kernel.book, circuit, assessed_inputs, sides_of(profile)) if assessed_inputs else None
            )
            self.outputs[f"@{profile.name}" if number else ""] = _compile_outputs(
                law, assessed, set(self.columns), closed=kernel.closed
            )
        needed = set().union(*(outputs.nodes() for outputs in self.outputs.values()))
        self.steps, self.node_count = gate_steps(circuit, needed), len(circuit.gates)
        self.shown = sorted(set().union(*(outputs.shown() for outputs in self.outputs.values())) - {FALSE, TRUE})
        tests = {node: cast(ColumnTest, label) for node, label in circuit.inputs(needed).items()}
        self.comparisons = ComparisonColumns(kernel.layout, tests)
        self.input_columns = self.comparisons.columns
        self.word_expressions = {suffix: self._word_expressions(outputs) for suffix, outputs in self.outputs.items()}
        self.lists = {
            f"{name}{suffix}": NameLists(nodes, kernel.schema[name])
            for suffix, outputs in self.outputs.items()
            for name, nodes in outputs.lists().items()
            if name in self.columns
        }

    def run(self, frame: pl.DataFrame) -> FindingsTable:
        """Return the findings of a table, and how often each name is on its lists."""
        height = frame.height
        bits: list[Bits] = [0] * self.node_count
        bits[TRUE] = all_ones(height)
        for column in self.comparisons.evaluate(frame):
            bits[int(column.name)] = to_bits(column)
        evaluate_steps(self.steps, bits, bits[TRUE])
        shown = {str(node): to_column(bits[node], height) for node in self.shown}
        nodes = pl.DataFrame(shown or None, height=height)
        columns: dict[str, pl.Series | pl.Expr] = {}
        for suffix, outputs in self.outputs.items():
            columns |= self._columns(suffix, outputs, nodes, bits)
        table = nodes.lazy().select(**columns).collect(optimizations=_NO_OPTIMIZATION)
        # A million cases miss a hundred million facts: counting bits takes no time, counting words more than the
        # circuit.
        name_counts = {
            f"{name}{suffix}": {word: bits[node].bit_count() for word, node in nodes_of.items() if bits[node]}
            for suffix, outputs in self.outputs.items()
            for name, nodes_of in outputs.lists().items()
            if name in self.columns
        }
        return FindingsTable(frame.select(ID).hstack([table[name] for name in self.output_columns]), name_counts)

    def _word_expressions(self, outputs: _Outputs) -> dict[str, pl.Expr]:
        """Return the columns of one profile that hold one word: they are the same expressions for every table."""
        columns = {name: _status(ternary) for name, ternary in outputs.statuses.items()}
        for name, choices in outputs.recommendations.items():
            columns[name] = _first_true(choices, UNDETERMINED_NO_RETURN, RECOMMENDATION_TYPE)
        columns[PRIORITY] = _first_true(outputs.levels, LEVELS[-1], LEVEL_TYPE)
        return {name: column for name, column in columns.items() if name in self.columns}

    def _columns(
        self, suffix: str, outputs: _Outputs, nodes: pl.DataFrame, bits: Sequence[Bits]
    ) -> dict[str, pl.Series | pl.Expr]:
        """Return the columns of one profile."""
        columns: dict[str, pl.Series | pl.Expr] = dict(self.word_expressions[suffix])
        for name in outputs.lists().keys() & {*self.columns}:
            columns[name] = self.lists[name + suffix].build(nodes)
        if OPEN_QUESTIONS in self.columns:
            columns[OPEN_QUESTIONS] = count_per_row([bits[node] for node in outputs.to_ask], nodes.height)
        if COMPLETENESS in self.columns:
            known = count_per_row([bits[node] for node in outputs.known], nodes.height)
            total = known + count_per_row([bits[node] for node in outputs.missing.values()], nodes.height)
            columns[COMPLETENESS] = (known / total).fill_nan(1.0)  # where no fact is needed, all is known
        return {f"{name}{suffix}": column for name, column in columns.items()}


def _compile_outputs(
    open_law: CompiledLaw, assessed_law: CompiledLaw | None, columns: set[str], *, closed: bool
) -> _Outputs:
    """Return the nodes for these columns under the profile of a compiled law, on open records or closed ones.

    `assessed_law` is the same law on what has been assessed alone; None where that makes no difference.
    """
    book, circuit = open_law.book, open_law.circuit
    asks_for_closed = closed or any(name.endswith(CLOSED) for name in columns)
    closed_law = ClosedLaw(open_law) if asks_for_closed else None
    law = closed_law if closed and closed_law is not None else open_law
    statuses = {name: ternary for name, ternary in law.criteria.items() if name in columns}
    statuses |= {rule.name: law.compile_term(rule.raised_if) for rule in book.objections if rule.name in columns}
    statuses |= {rule.name: law.compile_term(rule.owed_if) for rule in book.responses if rule.name in columns}
    recommendations = {}
    assessed_closed_law = ClosedLaw(assessed_law) if assessed_law is not None and closed_law is not None else None
    for suffix, view in (("", law), (CLOSED, closed_law)):
        if view is not None and {f"{RECOMMENDATION}{suffix}", f"{ON_ASSESSMENT}{suffix}"} & columns:
            chosen = _chosen(view)
            waits = FALSE
            assessed = assessed_closed_law if view is closed_law else assessed_law
            if assessed is not None:
                waits = circuit.and_(chosen[RECOGNISE], circuit.not_(_chosen(assessed)[RECOGNISE]))
            first = [(UNDETERMINED_NO_RETURN, waits)]
            recommendations[f"{RECOMMENDATION}{suffix}"] = [*first, *chosen.items()]
            recommendations[f"{ON_ASSESSMENT}{suffix}"] = [*chosen.items()]
    recommendations = {name: choices for name, choices in recommendations.items() if name in columns}
    if closed_law is not None:
        statuses |= {f"{name}{CLOSED}": ternary for name, ternary in closed_law.criteria.items()}
        statuses = {name: ternary for name, ternary in statuses.items() if name in columns}
    missing = missing_facts(law) if columns & {FACTS_MISSING, OPEN_QUESTIONS, COMPLETENESS} else {}
    not_asked = {name: circuit.not_(law.inputs.was_asked(name)) for name in missing}
    to_ask = []
    if OPEN_QUESTIONS in columns:
        to_ask = [circuit.and_(node, not_asked[name]) for name, node in missing.items()]
    known = [law.is_known(name) for name in missing] if COMPLETENESS in columns else []
    presumed = {name: law.is_presumed(name) for name in book.facts} if FACTS_PRESUMED in columns else {}
    presumed = {name: node for name, node in presumed.items() if node != FALSE}
    priorities = {}
    if columns & {PRIORITY, PRIORITY_REASONS, PRIORITY_OPEN}:
        priorities = {rule.name: law.compile_term(rule.when) for rule in book.priorities}
    levels = [(rule.level, priorities[rule.name].met) for rule in book.priorities if PRIORITY in columns]
    reasons = {name: ternary.met for name, ternary in priorities.items() if PRIORITY_REASONS in columns}
    open_ = {name: law.is_open(ternary) for name, ternary in priorities.items() if PRIORITY_OPEN in columns}
    return _Outputs(statuses, recommendations, missing, to_ask, known, presumed, levels, reasons, open_)


def _chosen(law: CompiledLaw | ClosedLaw) -> dict[str, Node]:
    """Return where each recommendation is made: its condition is met, and that of none before it."""
    chosen: dict[str, Node] = {RECOGNISE: FALSE}
    before: list[Node] = []
    for rule in law.book.recommendations:
        met = law.compile_term(rule.when).met
        chosen[rule.name] = law.circuit.and_(met, *(law.circuit.not_(node) for node in before))
        before.append(met)
    return chosen


def _first_true(choices: Iterable[tuple[str, Node]], default: str, dtype: pl.Enum) -> pl.Expr:
    """Return of each row the word of the first node that is true there, or the default where none is."""
    chain: Any = pl
    for word, node in choices:
        if node == TRUE:
            default = word
            break
        if node != FALSE:
            chain = chain.when(pl.col(str(node))).then(pl.lit(word, dtype))
    # A literal alone would be a single row, and not as many as the table has.
    return pl.repeat(default, pl.len(), dtype=dtype) if chain is pl else chain.otherwise(pl.lit(default, dtype))


def _status(ternary: Ternary) -> pl.Expr:
    words = (
        (Status.MET.value, ternary.met),
        (Status.NOT_MET.value, ternary.not_met),
        (Status.NOT_APPLICABLE.value, ternary.not_applicable),
    )
    return _first_true(words, Status.UNDETERMINED.value, STATUS_TYPE)

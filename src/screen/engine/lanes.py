"""Many cases in one walk: each bit of an integer is a case.

In: a rule book, a profile, and for each fact the cases in which it has each value. Out: for each criterion the cases in
which it is met, not met and not applicable; in the rest it is undetermined. The states are those of `evaluate` (a test
holds the two together); what is lost is the reasons. The next question and the search for what could change a finding
ask hundreds of "what if" at once, and one at a time that would be too slow to ask between two questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from types import MappingProxyType
from typing import NamedTuple, assert_never

from screen.answer import MET, NOT_MET, Answer, State
from screen.facts import compared
from screen.language.graph import facts_under, reached
from screen.language.in_force import holds
from screen.language.terms import (
    ORIGIN_FACT,
    All,
    AnyOf,
    AtLeast,
    Between,
    Binds,
    ByReading,
    Criterion,
    Includes,
    InForce,
    Is,
    Leaf,
    Met,
    Not,
    NotRuledOut,
    Profile,
    RuleBook,
    Takes,
    Term,
    Value,
)  # fmt: skip


class Lane(NamedTuple):
    """The cases in which something is met, not met, not applicable, as bits; undetermined in the others."""

    met: int
    not_met: int
    none: int = 0


#: For each fact, its values with the cases that have them. A case that stands under none was not asked; one that stands
#: under `unknown` was asked, and the answer is not known.
Columns = Mapping[str, Sequence[tuple[Value, int]]]
_Step = Callable[["_Run"], Lane]


class _Run:
    """One walk: the answers of the cases and what has been found so far."""

    def __init__(self, columns: Columns, full: int, leaves: int) -> None:
        self.columns = dict(columns)
        self.full = full
        self.criteria: dict[str, Lane] = {}
        self.leaves: list[Lane | None] = [None] * leaves


class Lanes:
    """A rule book under one profile, made ready to be walked for many cases at once."""

    def __init__(self, book: RuleBook, profile: Profile, goals: Iterable[str] | None = None) -> None:
        self.book, self.profile = book, profile
        self._leaves: dict[Leaf, int] = {}
        self._of_fact: dict[str, list[int]] = {}
        wanted = reached(goals if goals is not None else book.order, book.criteria)
        self.order = tuple(name for name in book.order if name in wanted)
        self._steps = [(name, self._criterion(book.criteria[name])) for name in self.order]
        self._presumed = [(one, self._term(one.when) if one.when is not None else None) for one in book.presumptions]

    def facts(self) -> set[str]:
        """Return the facts that these criteria can ask for, those that a presumption hangs on included."""
        return facts_under(self.order, self.book)

    def walk(self, columns: Columns, cases: int, settled: Mapping[str, Lane] = MappingProxyType({})) -> dict[str, Lane]:
        """Return the lanes of every criterion for so many cases.

        `settled` are criteria decided in a case that all these cases complete, as lanes of one case: completing an
        unknown never flips a decided finding, so they need not be found again.
        """
        run = _Run(columns, (1 << cases) - 1, len(self._leaves))
        self._presume(run)
        for name, step in self._steps:
            one = settled.get(name)
            run.criteria[name] = step(run) if one is None else Lane(*(run.full if bit else 0 for bit in one))
        return run.criteria

    def presumed(self, columns: Columns) -> set[str]:
        """Return the facts that a presumption fills in the first case."""
        first = {name: [(value, mask & 1) for value, mask in column] for name, column in columns.items()}
        return self._presume(_Run(first, 1, len(self._leaves)))

    def _presume(self, run: _Run) -> set[str]:
        filled = set()
        waits: dict[str, int] = {}
        for one, when in self._presumed:
            # An answer beats a presumption: it fills only the cases in which nobody has answered, or nobody was asked.
            column = list(run.columns.get(one.fact, ()))
            origins = [pair for pair in run.columns.get(ORIGIN_FACT, ()) if pair[0] is not Answer.UNKNOWN]
            if one.origin is None:
                # What may yet be presumed of the State is not closed by silence.
                of, known = [mask for _, mask in origins], [waits.get(one.fact, 0), *(mask for _, mask in column)]
            else:
                of = [mask for value, mask in origins if value == one.origin]
                known = [mask for value, mask in column if value is not Answer.UNKNOWN]
            fills = reduce(or_, of, 0) & ~reduce(or_, known, 0)
            if fills and when is not None:
                lane = when(run)
                waits[one.fact] = waits.get(one.fact, 0) | fills & ~(lane.met | lane.not_met | lane.none)
                fills &= lane.met
            if fills:
                run.columns[one.fact] = [*column, (one.value, fills)]
                for place in self._of_fact.get(one.fact, ()):
                    run.leaves[place] = None
                filled.add(one.fact)
        return filled

    # ── one step a term ─────────────────────────────────────────────────────────────────────────────────────────────

    def _term(self, term: Term) -> _Step:
        match term:
            case Met(name):
                return lambda run: run.criteria[name]
            case Is() | Includes() | Between() | Binds():
                return self._leaf(term)
            case All(parts):
                steps = [self._term(part) for part in parts]
                return lambda run: _all([step(run) for step in steps])
            case AnyOf(parts):
                steps = [self._term(part) for part in parts]
                return lambda run: _any([step(run) for step in steps])
            case AtLeast(needed, parts):
                steps = [self._term(part) for part in parts]
                return lambda run: _at_least(needed, [step(run) for step in steps], run.full)
            case Not(part):
                step = self._term(part)
                return lambda run: _not(step(run))
            case ByReading(reading):
                return self._term(term.under(self.profile.readings[reading]))
            case Takes(reading, sides):
                takes = self.profile.readings[reading] in sides
                return lambda run: Lane(run.full, 0) if takes else Lane(0, run.full)
            case InForce(since, until):
                in_force = holds(since, until, self.book.law_as_of)
                return lambda run: Lane(run.full, 0) if in_force else Lane(0, run.full)
            case NotRuledOut(name):
                return lambda run: _not_ruled_out(run.criteria[name], run.full)
            case _:
                assert_never(term)

    def _criterion(self, one: Criterion) -> _Step:
        applies = self._term(one.applies_if) if one.applies_if is not None else None
        holds = self._term(one.holds_if)
        unless = [self._term(part) for part in one.unless]

        def step(run: _Run) -> Lane:
            lane = holds(run)
            if unless:
                defeated = _any([part(run) for part in unless])
                fails = defeated.not_met | defeated.none
                # Not applicable is not met by an exception that fails, as an `all` of the two would have it.
                lane = Lane(lane.met & fails, lane.not_met | defeated.met, lane.none & fails)
            if applies is None:
                return lane
            when = applies(run)
            none = when.not_met | when.none | (when.met & lane.none)
            return Lane(lane.met & when.met, lane.not_met & when.met, none)

        return step

    def _leaf(self, leaf: Leaf) -> _Step:
        if leaf not in self._leaves:
            self._leaves[leaf] = len(self._leaves)
            self._of_fact.setdefault(leaf.fact, []).append(self._leaves[leaf])
        place, name, known = self._leaves[leaf], leaf.fact, dict[Value, State]()

        def step(run: _Run) -> Lane:
            lane = run.leaves[place]
            if lane is None:
                met = not_met = 0
                for value, mask in run.columns.get(name, ()):
                    state = known.get(value)
                    if state is None:
                        state = known[value] = compared(leaf, value, self.book)
                    if state is MET:
                        met |= mask
                    elif state is NOT_MET:
                        not_met |= mask
                lane = run.leaves[place] = Lane(met, not_met)
            return lane

        return step


def _all(lanes: Sequence[Lane]) -> Lane:
    met = none = -1  # every bit set: one loop is twice as quick as three reductions, and this is walked most
    not_met = 0
    for one_met, one_not_met, one_none in lanes:
        met &= one_met | one_none
        not_met |= one_not_met
        none &= one_none
    return Lane(met & ~none, not_met, none)


def _any(lanes: Sequence[Lane]) -> Lane:
    not_met = none = -1
    met = 0
    for one_met, one_not_met, one_none in lanes:
        not_met &= one_not_met | one_none
        met |= one_met
        none &= one_none
    return Lane(met, not_met & ~none, none)


def _not(lane: Lane) -> Lane:
    return Lane(lane.not_met, lane.met, lane.none)


def _not_ruled_out(lane: Lane, full: int) -> Lane:
    out = lane.not_met | lane.none
    return Lane(full & ~out, out)


def _at_least(needed: int, lanes: Sequence[Lane], full: int) -> Lane:
    """Count in two ways: what is met, and what is met or still open. A plain sum would read open as not met."""
    none = reduce(and_, [lane.none for lane in lanes])
    applies = reduce(or_, [lane.met | lane.not_met for lane in lanes])
    surely = _reach(needed, [lane.met for lane in lanes], full)
    perhaps = _reach(needed, [full & ~lane.not_met & ~lane.none for lane in lanes], full)
    return Lane(surely, applies & ~perhaps, none)


def _reach(needed: int, masks: Sequence[int], full: int) -> int:
    """Return the cases in which so many of these masks are set."""
    reach = [full] + [0] * needed
    for mask in masks:
        for count in range(needed, 0, -1):
            reach[count] |= reach[count - 1] & mask
    return reach[needed]

"""The populations that a rule folder declares: which facts are drawn, how, and what each number rests on.

In: the populations of a checked folder, and the book. Out: those that hold, and the mistakes of the others. Left alone:
drawing. A trait steers later draws and stands in no case; a fact that no draw answers was not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from screen.diagnostics import Diagnostic, Location, did_you_mean, shorten
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN, InvalidAnswer, parse_answer
from screen.rulebook.model import RuleBook, Statistic
from screen.rulebook.terms import Value

if TYPE_CHECKING:
    from screen.rulebook.declarations import ParsedPart
    from screen.rulebook.schema import DrawShape, PopulationShape
    from screen.rulebook.yaml_reader import KeyPath

#: How several options of a set are written in one word, and none of them: as in a cell of CSV.
BETWEEN, EMPTY = ";", "[]"
#: Published shares have one decimal place; two rounded ones may differ by this.
NEAR = 0.05


@dataclass(frozen=True, slots=True)
class Draw:
    """How one fact or trait is drawn, where what was drawn before fits."""

    name: str
    trait: bool
    given: tuple[tuple[str, frozenset[str]], ...]
    values: tuple[Value, ...]
    cumulative_weights: tuple[float, ...]
    each: tuple[tuple[str, float], ...]
    between: tuple[int, int] | None
    unknown: float
    unasked: float


@dataclass(frozen=True, slots=True)
class Population:
    """Declared distributions, in the order in which they are drawn."""

    name: str
    title: str
    says: str
    warning: str
    draws: tuple[Draw, ...]
    location: Location

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that its cases can answer, in the order of their first draws."""
        return tuple(dict.fromkeys(draw.name for draw in self.draws if not draw.trait))

    @property
    def possible_first_facts(self) -> tuple[str, ...]:
        """The facts that may be the first answer of a case: those up to the first that every case answers."""
        asked = {draw.name for draw in self.draws if not draw.given} - {
            draw.name for draw in self.draws if draw.unasked
        }
        sure = (at for at, name in enumerate(self.facts, 1) if name in asked)
        return self.facts[: next(sure, None)]


def matches(value: Value | None, wanted: frozenset[str]) -> bool:
    """Tell whether what was drawn before is among what is wanted; of a set, whether some option is."""
    if isinstance(value, frozenset):
        return bool(value & wanted) if value else EMPTY in wanted
    if value is None:
        return False
    return (value.value if isinstance(value, Answer) else str(value)) in wanted


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_populations(parts: Iterable[ParsedPart], book: RuleBook) -> tuple[dict[str, Population], list[Diagnostic]]:
    """Return the populations that hold, by name, and every mistake of the others; first those that extend no other."""
    readers = [_Reader(part, book) for part in parts]
    first: dict[str, _Reader] = {}
    for reader in readers:
        name = reader.raw.population
        if name in first:
            twice = f'"{name}" is declared twice; the first is at {first[name].place}.'
            reader.wrong(("population",), "declared-twice", twice, "Rename one, or delete it.")
        first.setdefault(name, reader)
        reader.own()
    found = {name: reader.whole(first) for name, reader in first.items()}
    mistakes = sorted(mistake for reader in readers for mistake in reader.mistakes)
    broken = {name for name, reader in first.items() if reader.mistakes}
    alone_first = sorted(found, key=lambda name: first[name].raw.extends is not None)
    return {name: found[name] for name in alone_first if not broken & {name, first[name].raw.extends}}, mistakes


class _Reader:
    """Reads one population and gathers its mistakes."""

    def __init__(self, part: ParsedPart, book: RuleBook) -> None:
        self.part, self.book = part, book
        self.raw: PopulationShape = part.shape
        self.place = part.document.location((*part.path, "population"))
        self.mistakes: list[Diagnostic] = []
        self.draws: list[Draw] = []
        self.paths: list[KeyPath] = []  # where each of them stands

    def wrong(self, path: KeyPath, code: str, found: str, remedy: str, *, key: bool = False) -> None:
        place = self.part.document.location((*self.part.path, *path), key=key)
        self.mistakes.append(Diagnostic(place, code, found, remedy))

    def own(self) -> None:
        """Read the draws that stand in this file."""
        for index, raw in enumerate(self.raw.draws):
            path: KeyPath = ("draws", index)
            draw = self._draw(raw, path)
            if draw is not None:
                self.draws.append(draw)
                self.paths.append(path)
                self._grounds(raw, path)

    def whole(self, others: Mapping[str, _Reader]) -> Population:
        """Return the population with what it takes over: its own draws first, then those of names it does not draw."""
        draws = list(self.draws)
        if self.raw.extends is not None:
            other = others.get(self.raw.extends)
            if other is None or other is self or other.raw.extends is not None:
                found = f'"{shorten(self.raw.extends)}" is no other population that stands by itself.'
                known = [name for name, one in others.items() if one is not self and one.raw.extends is None]
                self.wrong(
                    ("extends",), "unknown-name", found, did_you_mean(self.raw.extends, known, "Name such a one.")
                )
            else:
                own = {draw.name for draw in draws}
                draws += [draw for draw in other.draws if draw.name not in own]
        self._order(draws)
        raw = self.raw
        return Population(raw.population, raw.title, raw.says, raw.warning, tuple(draws), self.place)

    def _order(self, draws: list[Draw]) -> None:
        """Note each draw that asks for what no draw above it gives."""
        before: set[str] = set()
        for index, draw in enumerate(draws):
            for name, _ in draw.given:
                if name not in before:
                    at: KeyPath = (*self.paths[index], "given", name) if index < len(self.paths) else ("extends",)
                    found = f'no draw above is of "{name}".'
                    self.wrong(at, "unknown-name", found, did_you_mean(name, before, "Draw it first."), key=True)
            before.add(draw.name)

    def _draw(self, raw: DrawShape, path: KeyPath) -> Draw | None:
        if (raw.fact is None) == (raw.trait is None):
            self.wrong(path, "missing-key", "a draw is of one fact, or of one trait.", "Write `fact`, or else `trait`.")
            return None
        if sum(way is not None for way in (raw.values, raw.each, raw.between)) != 1:
            found, remedy = "a draw has one way to draw.", "Write one of `values`, `each`, `between`."
            self.wrong(path, "missing-key", found, remedy)
            return None
        name = raw.fact or raw.trait or ""
        if raw.fact is not None and name not in self.book.facts:
            remedy = did_you_mean(name, self.book.facts, "`rsd rules show` lists the facts.")
            self.wrong((*path, "fact"), "unknown-fact", f'"{shorten(name)}" is not a fact.', remedy)
            return None
        if raw.trait is not None and name in self.book.facts:
            found = f'"{name}" is a fact, and no trait may be named like one.'
            self.wrong((*path, "trait"), "declared-twice", found, "Write `fact`, or rename the trait.")
            return None
        kind = self.book.facts[name].type if raw.fact is not None else "trait"
        values = self._values(raw, kind, name, path)
        if raw.each is not None:
            if kind != "many":
                found, remedy = f'"{name}" is answered with one thing.', "Write `values`."
                self.wrong((*path, "each"), "wrong-kind", found, remedy, key=True)
            for option in raw.each if kind == "many" else ():
                self._value([option], name, (*path, "each", option))
        if raw.between is not None and (kind != "number" or raw.between[0] > raw.between[1]):
            found, remedy = f'"{name}" has no such range.', "Only numbers have one, the lower first."
            self.wrong((*path, "between"), "out-of-range", found, remedy, key=True)
        given = tuple((one, _words(wanted)) for one, wanted in raw.given.items())
        weights = tuple(accumulate((raw.values or {}).values()))
        each, between = tuple((raw.each or {}).items()), (raw.between[0], raw.between[1]) if raw.between else None
        return Draw(name, raw.trait is not None, given, values, weights, each, between, raw.unknown, raw.unasked)

    def _values(self, raw: DrawShape, kind: str, name: str, path: KeyPath) -> tuple[Value, ...]:
        """Return what the weights stand for, in their order."""
        if raw.values is None:
            return ()
        if not sum(raw.values.values()) > 0:
            self.wrong(
                (*path, "values"), "out-of-range", "nothing has a weight.", "Give one a weight above 0.", key=True
            )
        if kind == "trait":
            return tuple(raw.values)
        return tuple(self._value(_written(key, kind), name, (*path, "values", key)) for key in raw.values)

    def _value(self, written: object, name: str, path: KeyPath) -> Value:
        fact = self.book.facts[name]
        found = parse_answer(fact, written, self.book.countries)
        if isinstance(found, InvalidAnswer):
            self.wrong(path, found.code, f"{name}: {found.message}", found.hint, key=True)
            return Answer.UNKNOWN
        return found

    def _grounds(self, raw: DrawShape, path: KeyPath) -> None:
        """Note a draw that rests on nothing, and each share that is not the published one."""
        if not (raw.figures or raw.claims or raw.assumed):
            found = "the draw names nothing that it is drawn from."
            self.wrong(path, "drawn-from-nothing", found, "Add `figures` or `claims`, or say in `assumed` what is.")
        for index, claim in enumerate(raw.claims):
            if claim not in self.book.claims:
                self.wrong((*path, "claims", index), "unknown-claim", f'the paper has no "{claim}".', "Mend the name.")
        for index, figure in enumerate(raw.figures):
            at: KeyPath = (*path, "figures", index)
            statistic = self.book.statistics.get(figure.statistic)
            if statistic is None or statistic.unit != "per cent":
                found = f'"{shorten(figure.statistic)}" is no published share.'
                known = [one.name for one in self.book.statistics.values() if one.unit == "per cent"]
                remedy = did_you_mean(figure.statistic, known, "Name a statistic in per cent.")
                self.wrong((*at, "statistic"), "unknown-name", found, remedy)
            elif any(one not in (raw.values or raw.each or {}) for one in figure.of):
                self.wrong((*at, "of"), "unknown-option", "not each of these is drawn here.", "Name what is.", key=True)
            elif not _is_share(share := _share(raw, figure.of), statistic):
                found = f'the draw gives {share:.1f} per cent, and "{statistic.name}" is {_published(statistic)}.'
                self.wrong((*at, "statistic"), "off-figure", found, "Mend the weights, or take the figure away.")


def _written(key: str, kind: str) -> object:
    """Return what the key of a weight would be in a case file."""
    if key == UNKNOWN:
        return key
    if kind == "many":
        return [] if key == EMPTY else key.split(BETWEEN)
    if kind == "number":
        return int(key) if key.isdecimal() else key
    return key


def _words(wanted: Any) -> frozenset[str]:
    return frozenset(str(one) for one in (wanted if isinstance(wanted, list) else [wanted]))


def _share(raw: DrawShape, of: list[str]) -> float:
    """Return how many in a hundred of those who answer give one of these."""
    if raw.each is not None:
        none = 1.0
        for option in of:
            none *= 1 - raw.each[option]
        return 100 * (1 - none)
    values = raw.values or {}
    return 100 * sum(values[one] for one in dict.fromkeys(of)) / (sum(values.values()) or 1)


def _is_share(share: float, statistic: Statistic) -> bool:
    low = statistic.value if statistic.value is not None else statistic.low
    high = statistic.value if statistic.value is not None else statistic.high
    return (low is None or share >= low - NEAR) and (high is None or share <= high + NEAR)


def _published(statistic: Statistic) -> str:
    if statistic.value is not None:
        return f"{statistic.value}"
    ends = [f"{word} {end}" for word, end in (("from", statistic.low), ("up to", statistic.high)) if end is not None]
    return " ".join(ends)

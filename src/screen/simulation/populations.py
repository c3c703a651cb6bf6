"""The populations that a rule folder declares: which facts are drawn, how, and what each number is based on.

A trait only controls later draws and is not part of a case. A fact that no draw answers was not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from screen.diagnostics import Diagnostic, Location, did_you_mean, shorten
from screen.logic import Answer
from screen.rulebook.answers import UNKNOWN, InvalidAnswer, parse_answer
from screen.rulebook.declarations import ParsedPart
from screen.rulebook.model import RuleBook, Statistic
from screen.rulebook.schema import DrawShape, PopulationShape
from screen.rulebook.terms import Value
from screen.rulebook.yaml_reader import KeyPath

#: How a set is written in a word, as in a cell of CSV: the separator of its options, and the empty set.
BETWEEN, EMPTY = ";", "[]"
#: Published shares have one decimal place, so a share may differ by this from the published one.
NEAR = 0.05


@dataclass(frozen=True, slots=True)
class Draw:
    """How a fact or trait is drawn, in the cases where earlier draws match `given`."""

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
    """A declared population: its draws, in the order in which they are made."""

    name: str
    title: str
    says: str
    warning: str
    draws: tuple[Draw, ...]
    location: Location

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that cases of the population can answer, in the order of their first draws."""
        return tuple(dict.fromkeys(draw.name for draw in self.draws if not draw.trait))

    @property
    def possible_first_facts(self) -> tuple[str, ...]:
        """The facts that may be the first answer of a case: those up to the first fact that every case answers."""
        always_asked = {draw.name for draw in self.draws if not draw.given} - {
            draw.name for draw in self.draws if draw.unasked
        }
        certain = (position for position, name in enumerate(self.facts, 1) if name in always_asked)
        return self.facts[: next(certain, None)]


def matches(value: Value | None, words: frozenset[str]) -> bool:
    """Tell whether a drawn value is among these words; of a set, whether any of its options is."""
    if isinstance(value, frozenset):
        return bool(value & words) if value else EMPTY in words
    if value is None:
        return False
    return (value.value if isinstance(value, Answer) else str(value)) in words


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_populations(parts: Iterable[ParsedPart], book: RuleBook) -> tuple[dict[str, Population], list[Diagnostic]]:
    """Return the valid populations by name, those that extend no other first, and the diagnostics of the others."""
    readers = [_PopulationReader(part, book) for part in parts]
    by_name: dict[str, _PopulationReader] = {}
    for reader in readers:
        name = reader.raw.population
        if name in by_name:
            message = f'"{name}" is declared twice; the first is at {by_name[name].location}.'
            reader.report(("population",), "declared-twice", message, "Rename one, or delete it.")
        by_name.setdefault(name, reader)
        reader.read_draws()
    populations = {name: reader.population(by_name) for name, reader in by_name.items()}
    diagnostics = sorted(diagnostic for reader in readers for diagnostic in reader.diagnostics)
    invalid = {name for name, reader in by_name.items() if reader.diagnostics}
    in_order = sorted(populations, key=lambda name: by_name[name].raw.extends is not None)
    return {
        name: populations[name] for name in in_order if not invalid & {name, by_name[name].raw.extends}
    }, diagnostics


class _PopulationReader:
    """Reads a population and collects its diagnostics."""

    def __init__(self, part: ParsedPart, book: RuleBook) -> None:
        self.part, self.book = part, book
        self.raw: PopulationShape = part.shape
        self.location = part.document.location((*part.path, "population"))
        self.diagnostics: list[Diagnostic] = []
        self.draws: list[Draw] = []
        self.paths: list[KeyPath] = []  # where each of them stands

    def report(self, path: KeyPath, code: str, message: str, hint: str, *, key: bool = False) -> None:
        location = self.part.document.location((*self.part.path, *path), key=key)
        self.diagnostics.append(Diagnostic(location, code, message, hint))

    def read_draws(self) -> None:
        """Read the draws of this file."""
        for index, raw in enumerate(self.raw.draws):
            path: KeyPath = ("draws", index)
            draw = self._draw(raw, path)
            if draw is not None:
                self.draws.append(draw)
                self.paths.append(path)
                self._check_basis(raw, path)

    def population(self, others: Mapping[str, _PopulationReader]) -> Population:
        """Return the population with inherited draws: its own first, then those of names that it does not draw."""
        draws = list(self.draws)
        if self.raw.extends is not None:
            other = others.get(self.raw.extends)
            if other is None or other is self or other.raw.extends is not None:
                message = f'"{shorten(self.raw.extends)}" is not another population without `extends`.'
                independent = [
                    name
                    for name, other_reader in others.items()
                    if other_reader is not self and other_reader.raw.extends is None
                ]
                self.report(
                    ("extends",),
                    "unknown-name",
                    message,
                    did_you_mean(self.raw.extends, independent, "Name a population that extends no other."),
                )
            else:
                own = {draw.name for draw in draws}
                draws += [draw for draw in other.draws if draw.name not in own]
        self._check_order(draws)
        raw = self.raw
        return Population(raw.population, raw.title, raw.says, raw.warning, tuple(draws), self.location)

    def _check_order(self, draws: list[Draw]) -> None:
        """Report each draw with a condition on a name that no draw above it gives."""
        before: set[str] = set()
        for position, draw in enumerate(draws):
            for name, _ in draw.given:
                if name not in before:
                    own = position < len(self.paths)
                    path: KeyPath = (*self.paths[position], "given", name) if own else ("extends",)
                    message = f'no earlier draw is of "{name}".'
                    self.report(path, "unknown-name", message, did_you_mean(name, before, "Draw it first."), key=True)
            before.add(draw.name)

    def _draw(self, raw: DrawShape, path: KeyPath) -> Draw | None:
        if (raw.fact is None) == (raw.trait is None):
            self.report(path, "missing-key", "a draw needs either a fact or a trait.", "Write `fact` or `trait`.")
            return None
        if sum(key is not None for key in (raw.values, raw.each, raw.between)) != 1:
            message, hint = "a draw needs exactly one distribution.", "Write one of `values`, `each`, `between`."
            self.report(path, "missing-key", message, hint)
            return None
        name = raw.fact or raw.trait or ""
        if raw.fact is not None and name not in self.book.facts:
            hint = did_you_mean(name, self.book.facts, "`rsd rules show` lists the facts.")
            self.report((*path, "fact"), "unknown-fact", f'"{shorten(name)}" is not a fact.', hint)
            return None
        if raw.trait is not None and name in self.book.facts:
            message = f'"{name}" is a fact, so a trait needs another name.'
            self.report((*path, "trait"), "declared-twice", message, "Write `fact`, or rename the trait.")
            return None
        kind = self.book.facts[name].type if raw.fact is not None else "trait"
        values = self._values(raw, kind, name, path)
        if raw.each is not None:
            if kind != "many":
                message, hint = f'"{name}" takes a single answer.', "Write `values`."
                self.report((*path, "each"), "wrong-kind", message, hint, key=True)
            for option in raw.each if kind == "many" else ():
                self._value([option], name, (*path, "each", option))
        if raw.between is not None and (kind != "number" or raw.between[0] > raw.between[1]):
            message, hint = (
                f'"{name}" cannot have this range.',
                "Only numbers have a range; write the lower bound first.",
            )
            self.report((*path, "between"), "out-of-range", message, hint, key=True)
        given = tuple((earlier, _words_of(words)) for earlier, words in raw.given.items())
        weights = tuple(accumulate((raw.values or {}).values()))
        option_shares, between = (
            tuple((raw.each or {}).items()),
            (raw.between[0], raw.between[1]) if raw.between else None,
        )
        return Draw(
            name, raw.trait is not None, given, values, weights, option_shares, between, raw.unknown, raw.unasked
        )

    def _values(self, raw: DrawShape, kind: str, name: str, path: KeyPath) -> tuple[Value, ...]:
        """Return the values that have weights, in their order."""
        if raw.values is None:
            return ()
        if not sum(raw.values.values()) > 0:
            self.report(
                (*path, "values"),
                "out-of-range",
                "no value has a weight.",
                "Give at least one value a weight above 0.",
                key=True,
            )
        if kind == "trait":
            return tuple(raw.values)
        return tuple(self._value(_as_answered(key, kind), name, (*path, "values", key)) for key in raw.values)

    def _value(self, written: object, name: str, path: KeyPath) -> Value:
        fact = self.book.facts[name]
        value = parse_answer(fact, written, self.book.countries)
        if isinstance(value, InvalidAnswer):
            self.report(path, value.code, f"{name}: {value.message}", value.hint, key=True)
            return Answer.UNKNOWN
        return value

    def _check_basis(self, raw: DrawShape, path: KeyPath) -> None:
        """Report a draw without a basis, and each share that differs from the published one."""
        if not (raw.figures or raw.claims or raw.assumed):
            message = "the draw names no basis for its numbers."
            self.report(
                path, "drawn-from-nothing", message, "Add `figures` or `claims`, or say in `assumed` what is assumed."
            )
        for index, claim in enumerate(raw.claims):
            if claim not in self.book.claims:
                self.report(
                    (*path, "claims", index), "unknown-claim", f'the paper has no "{claim}".', "Correct the name."
                )
        for index, figure in enumerate(raw.figures):
            figure_path: KeyPath = (*path, "figures", index)
            statistic = self.book.statistics.get(figure.statistic)
            if statistic is None or statistic.unit != "per cent":
                message = f'"{shorten(figure.statistic)}" is not a published share.'
                published = [
                    statistic.name for statistic in self.book.statistics.values() if statistic.unit == "per cent"
                ]
                hint = did_you_mean(figure.statistic, published, "Name a statistic in per cent.")
                self.report((*figure_path, "statistic"), "unknown-name", message, hint)
            elif any(option not in (raw.values or raw.each or {}) for option in figure.of):
                self.report(
                    (*figure_path, "of"),
                    "unknown-option",
                    "some of these options are not drawn here.",
                    "Name options that are.",
                    key=True,
                )
            elif not _is_share(share := _share(raw, figure.of), statistic):
                message = f'the draw gives {share:.1f} per cent, but "{statistic.name}" is {_published(statistic)}.'
                self.report(
                    (*figure_path, "statistic"), "off-figure", message, "Correct the weights, or remove the figure."
                )


def _as_answered(key: str, kind: str) -> object:
    """Return the key of a weight as a case file would write the answer."""
    if key == UNKNOWN:
        return key
    if kind == "many":
        return [] if key == EMPTY else key.split(BETWEEN)
    if kind == "number":
        return int(key) if key.isdecimal() else key
    return key


def _words_of(written: Any) -> frozenset[str]:
    return frozenset(str(word) for word in (written if isinstance(written, list) else [written]))


def _share(raw: DrawShape, of: list[str]) -> float:
    """Return the percentage of those who answer that give any of these answers."""
    if raw.each is not None:
        none = 1.0
        for option in of:
            none *= 1 - raw.each[option]
        return 100 * (1 - none)
    values = raw.values or {}
    return 100 * sum(values[option] for option in dict.fromkeys(of)) / (sum(values.values()) or 1)


def _is_share(share: float, statistic: Statistic) -> bool:
    low = statistic.value if statistic.value is not None else statistic.low
    high = statistic.value if statistic.value is not None else statistic.high
    return (low is None or share >= low - NEAR) and (high is None or share <= high + NEAR)


def _published(statistic: Statistic) -> str:
    if statistic.value is not None:
        return f"{statistic.value}"
    bounds = [
        f"{word} {bound}" for word, bound in (("from", statistic.low), ("up to", statistic.high)) if bound is not None
    ]
    return " ".join(bounds)

"""Made-up cases, drawn from a population: the same for a seed on every machine.

In: a population, a seed, how many cases. Out: blocks of columns, or the cases one by one. Left alone: files, and what
follows from the answers. A trait steers later draws and stands in no case; a fact that no draw answers was not asked.

Each random number comes from SHAKE-128, of the population, the seed, the block of cases and what it is for: the fact,
and the option where a set is drawn option by option. So a case depends on the seed and its number alone, and a draw
that is added or moved changes the numbers of no other fact. No package is needed, so that every format has the same
cases from the same code.

A block is drawn column by column, with a byte for each case; drawn case by case, 10,000 cases took a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Protocol

from screen.case.case_file import Case
from screen.case.evidence import CodedColumn, RecordedAnswer
from screen.rulebook.terms import Value
from screen.simulation.draws import BLOCK, BY_OPTION, SILENT, WIDTH, Codes, DrawStep, Numbers, steps_of
from screen.simulation.populations import Population, matches

#: What every name of a made-up case begins with.
NAME_PREFIX = "sim-"
#: A byte for each case, 255 where something holds and 0 where not, as one integer: `&` and `|` work on all at once.
Mask = int
EVERY: Mask = 256**BLOCK - 1


def draw_cases(population: Population, number: int, seed: int) -> Iterator[Case]:
    """Yield made-up cases. Each says where it comes from next to its first answer, and its name begins with `sim-`."""
    for block in draw_blocks(population, range(1, number + 1), seed):
        cells = {name: [values[code] for code in codes] for name, (codes, values) in block.items()}
        silent: list[Value | None] = [None] * len(cells["id"])
        facts = [(name, cells[name], cells.get(f"{name}.source", silent)) for name in population.facts]
        for row, name in enumerate(cells["id"]):
            given: dict[str, RecordedAnswer] = {}
            for fact, values, sources in facts:
                value, source = values[row], sources[row]
                if value is not None:
                    given[fact] = RecordedAnswer(value, source=None if source is None else str(source))
            yield Case(str(name), given)


def draw_blocks(population: Population, numbers: range, seed: int) -> Iterator[dict[str, CodedColumn]]:
    """Yield the cases of these numbers, a block at a time, as columns: `id`, facts, the sources of first answers."""
    steps = steps_of(population.draws)
    for block in range((numbers.start - 1) // BLOCK, (numbers.stop - 2) // BLOCK + 1):
        first = block * BLOCK + 1
        part = range(max(first, numbers.start), min(first + BLOCK, numbers.stop))
        rows = slice(part.start - first, part.stop - first)
        drawn = _drawn(steps, cache(partial(_numbers, f"{population.name} {seed} {block}")))
        columns: dict[str, CodedColumn] = {"id": (range(len(part)), [f"{NAME_PREFIX}{number:06}" for number in part])}
        columns |= {name: drawn[name].column(rows) for name in population.facts}
        yield columns | _sources(population, seed, drawn, rows)


def _numbers(block: str, purpose: str) -> bytes:
    return hashlib.shake_128(f"{block} {purpose}".encode()).digest(WIDTH * BLOCK)


def _drawn(steps: Iterable[DrawStep], numbers: Numbers) -> dict[str, _Drawn]:
    """Return what one block draws, by name. Of several draws of one name, each case takes the first that fits."""
    columns: dict[str, _Drawn] = {}
    for step in steps:
        name = step.draw.name
        if name not in columns:
            columns[name] = _Values() if step.codes is None else _Bytes(step.codes)
        where = columns[name].undrawn
        for other, wanted in step.draw.given:
            where &= columns[other].fitting(wanted)
        if where:
            columns[name].draw(step, where, numbers)
            columns[name].undrawn ^= where
    return columns


def _sources(population: Population, seed: int, drawn: Mapping[str, _Drawn], rows: slice) -> dict[str, CodedColumn]:
    """Return the columns that say where the first answer of each case comes from."""
    says = (None, f"made up, no person: {population.name}, seed {seed}")
    columns: dict[str, CodedColumn] = {}
    waiting = EVERY
    for name in population.possible_first_facts:
        first = waiting & drawn[name].answered()
        waiting ^= first
        columns[f"{name}.source"] = (_bytes(first & EVERY // 255)[rows], says)
    return columns


# ── columns while they are drawn ────────────────────────────────────────────────────────────────────────────────────


class _Drawn(Protocol):
    """One column of a block; `undrawn` is where no draw has been for the case yet."""

    undrawn: Mask

    def draw(self, step: DrawStep, where: Mask, numbers: Numbers) -> None:
        """Draw for these cases."""

    def fitting(self, wanted: frozenset[str]) -> Mask:
        """Return where what was drawn is among what is wanted."""

    def answered(self) -> Mask:
        """Return where the case says something."""

    def column(self, rows: slice) -> CodedColumn:
        """Return what these cases say."""


class _Bytes:
    """A column of codes, drawn with a few operations on all of them."""

    def __init__(self, codes: Codes) -> None:
        self.codes, self.drawn, self.undrawn = codes, bytes(BLOCK), EVERY

    def draw(self, step: DrawStep, where: Mask, numbers: Numbers) -> None:
        picked = step.shares.column(step.draw.name, numbers)
        if step.options:
            bits = 0
            for at, (option, shares) in enumerate(step.options):
                bits |= _mask(shares.column(f"{step.draw.name} {option}", numbers)) << at
            sets = _bytes(bits).translate(step.sets)
            by_option = _mask(picked.translate(_BY_OPTION))
            picked = _bytes(_mask(picked) & ~by_option | _mask(sets) & by_option)
        self.drawn = _bytes(_mask(self.drawn) | _mask(picked) & where)

    def fitting(self, wanted: frozenset[str]) -> Mask:
        return _mask(self.drawn.translate(self.codes.fitting(wanted)))

    def answered(self) -> Mask:
        return _mask(self.drawn.translate(_SAID))

    def column(self, rows: slice) -> CodedColumn:
        return self.drawn[rows], self.codes.values


class _Values:
    """A column of values, drawn one by one: for what has more answers than a byte has codes."""

    def __init__(self) -> None:
        self.values: list[Value | None] = [None] * BLOCK
        self.undrawn = EVERY

    def draw(self, step: DrawStep, where: Mask, numbers: Numbers) -> None:
        for row, here in enumerate(_bytes(where)):
            if here:
                self.values[row] = self._value(step, row, numbers)

    @staticmethod
    def _value(step: DrawStep, row: int, numbers: Numbers) -> Value | None:
        name = step.draw.name
        picked = step.shares.code(row, numbers(name))
        if picked < len(step.outcomes):
            return step.outcomes[picked]
        return frozenset(option for option, shares in step.options if shares.code(row, numbers(f"{name} {option}")))

    def fitting(self, wanted: frozenset[str]) -> Mask:
        return _mask(bytes(255 * matches(value, wanted) for value in self.values))

    def answered(self) -> Mask:
        return _mask(bytes(255 * (value is not None) for value in self.values))

    def column(self, rows: slice) -> CodedColumn:
        values = list(dict.fromkeys(self.values[rows]))
        code = {value: at for at, value in enumerate(values)}
        return [code[value] for value in self.values[rows]], values


_SAID = bytes(255 * (code != SILENT) for code in range(256))
_BY_OPTION = bytes(255 * (code == BY_OPTION) for code in range(256))


def _mask(column: bytes) -> Mask:
    return int.from_bytes(column, "little")


def _bytes(mask: Mask) -> bytes:
    return mask.to_bytes(BLOCK, "little")

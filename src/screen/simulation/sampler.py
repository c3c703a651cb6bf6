"""Draw simulated cases from a population: the same cases for a seed on every machine.

Each random number is SHAKE-128 of the population, the seed, the block of cases and its purpose: the fact, and the
option where a set is drawn option by option. So a case depends only on the seed and its number, and a draw that is
added or moved does not change the numbers of another fact. No package is needed, so every format has the same cases.

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

#: The prefix of the name of every simulated case.
NAME_PREFIX = "sim-"
#: A byte for each case, 255 where something holds and 0 where not, as one integer: `&` and `|` work on all at once.
Mask = int
EVERY: Mask = 256**BLOCK - 1


def draw_cases(population: Population, number: int, seed: int) -> Iterator[Case]:
    """Yield simulated cases. The source of the first answer says so, and every name begins with `sim-`."""
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
    """Yield the cases of these numbers, block by block, as columns: `id`, facts, sources of first answers."""
    steps = steps_of(population.draws)
    for block in range((numbers.start - 1) // BLOCK, (numbers.stop - 2) // BLOCK + 1):
        first = block * BLOCK + 1
        case_numbers = range(max(first, numbers.start), min(first + BLOCK, numbers.stop))
        rows = slice(case_numbers.start - first, case_numbers.stop - first)
        columns_by_name = _draw_block(steps, cache(partial(_numbers, f"{population.name} {seed} {block}")))
        columns: dict[str, CodedColumn] = {
            "id": (range(len(case_numbers)), [f"{NAME_PREFIX}{number:06}" for number in case_numbers])
        }
        columns |= {name: columns_by_name[name].column(rows) for name in population.facts}
        yield columns | _sources(population, seed, columns_by_name, rows)


def _numbers(block: str, purpose: str) -> bytes:
    return hashlib.shake_128(f"{block} {purpose}".encode()).digest(WIDTH * BLOCK)


def _draw_block(steps: Iterable[DrawStep], numbers: Numbers) -> dict[str, _DrawnColumn]:
    """Return the columns of a block, by name. Of several draws of a name, each case takes the first that matches."""
    columns: dict[str, _DrawnColumn] = {}
    for step in steps:
        name = step.draw.name
        if name not in columns:
            columns[name] = _ValueColumn() if step.codes is None else _CodeColumn(step.codes)
        where = columns[name].undrawn
        for other, words in step.draw.given:
            where &= columns[other].matching(words)
        if where:
            columns[name].draw(step, where, numbers)
            columns[name].undrawn ^= where
    return columns


def _sources(
    population: Population, seed: int, drawn: Mapping[str, _DrawnColumn], rows: slice
) -> dict[str, CodedColumn]:
    """Return the columns that mark the first answer of each case as simulated."""
    says = (None, f"made up, no person: {population.name}, seed {seed}")
    columns: dict[str, CodedColumn] = {}
    pending = EVERY
    for name in population.possible_first_facts:
        first = pending & drawn[name].has_answer()
        pending ^= first
        columns[f"{name}.source"] = (_bytes(first & EVERY // 255)[rows], says)
    return columns


# ── columns while they are drawn ────────────────────────────────────────────────────────────────────────────────────


class _DrawnColumn(Protocol):
    """A column of a block. `undrawn` are the cases for which no draw has matched yet."""

    undrawn: Mask

    def draw(self, step: DrawStep, where: Mask, numbers: Numbers) -> None:
        """Draw values for these cases."""

    def matching(self, words: frozenset[str]) -> Mask:
        """Return the cases whose value is among these words."""

    def has_answer(self) -> Mask:
        """Return the cases that have an answer."""

    def column(self, rows: slice) -> CodedColumn:
        """Return the answers of these cases."""


class _CodeColumn:
    """A column of codes, drawn with a few operations on all cases at once."""

    def __init__(self, codes: Codes) -> None:
        self.codes, self.drawn, self.undrawn = codes, bytes(BLOCK), EVERY

    def draw(self, step: DrawStep, where: Mask, numbers: Numbers) -> None:
        picked = step.shares.column(step.draw.name, numbers)
        if step.options:
            bits = 0
            for index, (option, shares) in enumerate(step.options):
                bits |= _mask(shares.column(f"{step.draw.name} {option}", numbers)) << index
            sets = _bytes(bits).translate(step.sets)
            by_option = _mask(picked.translate(_IS_BY_OPTION))
            picked = _bytes(_mask(picked) & ~by_option | _mask(sets) & by_option)
        self.drawn = _bytes(_mask(self.drawn) | _mask(picked) & where)

    def matching(self, words: frozenset[str]) -> Mask:
        return _mask(self.drawn.translate(self.codes.matching(words)))

    def has_answer(self) -> Mask:
        return _mask(self.drawn.translate(_IS_ANSWERED))

    def column(self, rows: slice) -> CodedColumn:
        return self.drawn[rows], self.codes.values


class _ValueColumn:
    """A column of values drawn case by case, for facts with more answers than a byte has codes."""

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

    def matching(self, words: frozenset[str]) -> Mask:
        return _mask(bytes(255 * matches(value, words) for value in self.values))

    def has_answer(self) -> Mask:
        return _mask(bytes(255 * (value is not None) for value in self.values))

    def column(self, rows: slice) -> CodedColumn:
        values = list(dict.fromkeys(self.values[rows]))
        codes = {value: code for code, value in enumerate(values)}
        return [codes[value] for value in self.values[rows]], values


_IS_ANSWERED = bytes(255 * (code != SILENT) for code in range(256))
_IS_BY_OPTION = bytes(255 * (code == BY_OPTION) for code in range(256))


def _mask(column: bytes) -> Mask:
    return int.from_bytes(column, "little")


def _bytes(mask: Mask) -> bytes:
    return mask.to_bytes(BLOCK, "little")

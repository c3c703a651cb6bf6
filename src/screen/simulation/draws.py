"""Declared draws, worked out once so that whole columns can be drawn from random numbers.

In: the draws of a population. Out: steps, each with the codes of its outcomes and the random numbers that pick them.
Left alone: where random numbers come from, and which draw is for which case.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress, product

from screen.logic import Answer
from screen.rulebook.terms import Value
from screen.simulation.populations import Draw, matches

#: Cases that are drawn together, and the bytes of a random number. Another value of either changes every case.
BLOCK, WIDTH = 4096, 4
SCALE = 256**WIDTH
#: Codes that no answer has: the case says nothing; options are drawn one by one; the highest byte does not decide.
SILENT, BY_OPTION, UNDECIDED = 0, 254, 255
#: Of more options than this there are more sets than a byte has codes.
MOST_OPTIONS = 7
#: The random numbers of a block for one purpose: the highest byte of each case's number, then the next byte of each …
Numbers = Callable[[str], bytes]


class Allocation:
    """Codes, and the random number below which each of them is picked."""

    def __init__(self, codes: Sequence[int], up_to: Iterable[float]) -> None:
        self.codes, self.up_to = codes, [round(SCALE * share) for share in up_to]

    def code(self, row: int, numbers: bytes) -> int:
        """Return the code that is picked for one case."""
        return self.codes[bisect_right(self.up_to, int.from_bytes(numbers[row::BLOCK], "big"))]

    def column(self, purpose: str, numbers: Numbers) -> bytes:
        """Return the code that is picked for each case; the highest byte of its number decides nearly always."""
        if len(set(self._by_byte)) == 1 and UNDECIDED not in self._by_byte:
            return self._by_byte[:1] * BLOCK
        drawn = numbers(purpose)
        codes = bytearray(drawn[:BLOCK].translate(self._by_byte))
        row = codes.find(UNDECIDED)
        while row >= 0:
            codes[row] = self.code(row, drawn)
            row = codes.find(UNDECIDED, row + 1)
        return bytes(codes)

    @cached_property
    def _by_byte(self) -> bytes:
        """The code for each highest byte; UNDECIDED where it leaves more than one."""
        size = SCALE // 256
        low = (bisect_right(self.up_to, byte * size) for byte in range(256))
        high = (bisect_right(self.up_to, byte * size + size - 1) for byte in range(256))
        return bytes(self.codes[one] if one == other else UNDECIDED for one, other in zip(low, high, strict=True))


class Codes:
    """The answers that one fact or trait can have, each with a code that fits in a byte."""

    def __init__(self, values: Iterable[Value]) -> None:
        self.values: tuple[Value | None, ...] = (None, *values)
        self.of = {value: code for code, value in enumerate(self.values)}
        self._fitting: dict[frozenset[str], bytes] = {}

    def fitting(self, wanted: frozenset[str]) -> bytes:
        """Return 255 for each code whose answer is among what is wanted, and 0 for each other."""
        if wanted not in self._fitting:
            self._fitting[wanted] = bytes(255 * matches(value, wanted) for value in self.values).ljust(256, b"\0")
        return self._fitting[wanted]


@dataclass(frozen=True)
class DrawStep:
    """One draw: its outcomes, after them the sets that are drawn option by option, and the share of each."""

    draw: Draw
    outcomes: Sequence[Value | None]
    shares: Allocation
    options: Sequence[tuple[str, Allocation]]
    codes: Codes | None  # None: a byte cannot tell the answers of this name apart

    @cached_property
    def sets(self) -> bytes:
        """The code of each set, by its options as bits, the first of them the lowest."""
        assert self.codes is not None
        return bytes(self.codes.of[one] for one in _sets(self.draw)).ljust(256, b"\0")


def steps_of(draws: Iterable[Draw]) -> list[DrawStep]:
    """Return draws in their order, with codes that all draws of one name share."""
    by_name: dict[str, list[Draw]] = {}
    every = list(draws)
    for draw in every:
        by_name.setdefault(draw.name, []).append(draw)
    codes = {name: _codes(some) for name, some in by_name.items()}
    return [_step(draw, codes[draw.name]) for draw in every]


def _codes(draws: Iterable[Draw]) -> Codes | None:
    """Return codes for all answers that draws of one name can give, or None where a byte has too few."""
    values: dict[Value | None, None] = {}
    for draw in draws:
        if len(draw.each) > MOST_OPTIONS:
            return None
        values |= dict.fromkeys(chain(_outcomes(draw)[0], _sets(draw)))
    answers = [value for value in values if value is not None]
    return Codes(answers) if len(answers) < BY_OPTION else None


def _step(draw: Draw, codes: Codes | None) -> DrawStep:
    outcomes, up_to = _outcomes(draw)
    picked = range(len(outcomes) + 1) if codes is None else [*(codes.of[one] for one in outcomes), BY_OPTION]
    options = [(option, Allocation((1, 0), (share, 1.0))) for option, share in draw.each]
    return DrawStep(draw, outcomes, Allocation(picked, up_to), options, codes)


def _outcomes(draw: Draw) -> tuple[list[Value | None], list[float]]:
    """Return what a draw can come to but for sets by option, and up to which share of all each of them goes."""
    asked = 1 - draw.unasked
    outcomes: list[Value | None] = [None, Answer.UNKNOWN]
    before = draw.unasked + asked * draw.unknown
    up_to = [draw.unasked, before]
    values = range(draw.between[0], draw.between[1] + 1) if draw.between else draw.values
    weights = range(1, len(values) + 1) if draw.between else draw.cumulative_weights
    up_to += [before + asked * (1 - draw.unknown) * weight / weights[-1] for weight in weights]
    return [*outcomes, *values], up_to if values else [*up_to, 1.0]


def _sets(draw: Draw) -> list[frozenset[str]]:
    """Return every set of the options of a draw, by its options as bits; none where it has no options."""
    names = [option for option, _ in reversed(draw.each)]
    return [frozenset(compress(names, bits)) for bits in product((0, 1), repeat=len(names))] if names else []

"""Prepare the draws of a population, so that whole columns can be drawn from random numbers.

Each step holds the codes of the outcomes and the random numbers that select them.
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

#: The number of cases drawn together, and the bytes of a random number. Changing either changes every case.
BLOCK, WIDTH = 4096, 4
SCALE = 256**WIDTH
#: Codes that no answer has: not asked; options are drawn one by one; the highest byte does not decide.
SILENT, BY_OPTION, UNDECIDED = 0, 254, 255
#: More options than this have more sets than a byte has codes.
MOST_OPTIONS = 7
#: The random numbers of a block for one purpose: the highest byte of each case's number, then the next byte of each …
Numbers = Callable[[str], bytes]


class Allocation:
    """Codes, and the random number below which each of them is selected."""

    def __init__(self, codes: Sequence[int], up_to: Iterable[float]) -> None:
        self.codes, self.up_to = codes, [round(SCALE * share) for share in up_to]

    def code(self, row: int, numbers: bytes) -> int:
        """Return the code that is selected for a case."""
        return self.codes[bisect_right(self.up_to, int.from_bytes(numbers[row::BLOCK], "big"))]

    def column(self, purpose: str, numbers: Numbers) -> bytes:
        """Return the code that is selected for each case; nearly always the highest byte of its number decides."""
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
        """The code for each highest byte; UNDECIDED where more than one is possible."""
        size = SCALE // 256
        lowest = (bisect_right(self.up_to, byte * size) for byte in range(256))
        highest = (bisect_right(self.up_to, byte * size + size - 1) for byte in range(256))
        return bytes(self.codes[low] if low == high else UNDECIDED for low, high in zip(lowest, highest, strict=True))


class Codes:
    """The answers that one fact or trait can have, each with a code that fits in a byte."""

    def __init__(self, values: Iterable[Value]) -> None:
        self.values: tuple[Value | None, ...] = (None, *values)
        self.of = {value: code for code, value in enumerate(self.values)}
        self._matching: dict[frozenset[str], bytes] = {}

    def matching(self, words: frozenset[str]) -> bytes:
        """Return 255 for each code whose answer is among these words, and 0 for each other code."""
        if words not in self._matching:
            self._matching[words] = bytes(255 * matches(value, words) for value in self.values).ljust(256, b"\0")
        return self._matching[words]


@dataclass(frozen=True)
class DrawStep:
    """A prepared draw: its outcomes with their shares, and for sets the share of each option."""

    draw: Draw
    outcomes: Sequence[Value | None]
    shares: Allocation
    options: Sequence[tuple[str, Allocation]]
    codes: Codes | None  # None: more answers than a byte has codes

    @cached_property
    def sets(self) -> bytes:
        """The code of each set, indexed by its options as bits, the first option lowest."""
        assert self.codes is not None
        return bytes(self.codes.of[options] for options in _sets(self.draw)).ljust(256, b"\0")


def steps_of(draws: Iterable[Draw]) -> list[DrawStep]:
    """Return the steps of draws, in order, with codes that all draws of a name share."""
    by_name: dict[str, list[Draw]] = {}
    in_order = list(draws)
    for draw in in_order:
        by_name.setdefault(draw.name, []).append(draw)
    codes = {name: _codes(draws_of_name) for name, draws_of_name in by_name.items()}
    return [_step(draw, codes[draw.name]) for draw in in_order]


def _codes(draws: Iterable[Draw]) -> Codes | None:
    """Return codes for all answers that the draws of a name can give, or None where a byte has too few."""
    values: dict[Value | None, None] = {}
    for draw in draws:
        if len(draw.each) > MOST_OPTIONS:
            return None
        values |= dict.fromkeys(chain(_outcomes(draw)[0], _sets(draw)))
    answers = [value for value in values if value is not None]
    return Codes(answers) if len(answers) < BY_OPTION else None


def _step(draw: Draw, codes: Codes | None) -> DrawStep:
    outcomes, up_to = _outcomes(draw)
    picked = range(len(outcomes) + 1) if codes is None else [*(codes.of[outcome] for outcome in outcomes), BY_OPTION]
    options = [(option, Allocation((1, 0), (share, 1.0))) for option, share in draw.each]
    return DrawStep(draw, outcomes, Allocation(picked, up_to), options, codes)


def _outcomes(draw: Draw) -> tuple[list[Value | None], list[float]]:
    """Return the outcomes of a draw, except sets drawn by option, and their cumulative shares."""
    asked_share = 1 - draw.unasked
    outcomes: list[Value | None] = [None, Answer.UNKNOWN]
    decided = draw.unasked + asked_share * draw.unknown
    up_to = [draw.unasked, decided]
    values = range(draw.between[0], draw.between[1] + 1) if draw.between else draw.values
    weights = range(1, len(values) + 1) if draw.between else draw.cumulative_weights
    up_to += [decided + asked_share * (1 - draw.unknown) * weight / weights[-1] for weight in weights]
    return [*outcomes, *values], up_to if values else [*up_to, 1.0]


def _sets(draw: Draw) -> list[frozenset[str]]:
    """Return every set of the options of a draw, indexed by its options as bits; none where it has no options."""
    names = [option for option, _ in reversed(draw.each)]
    return [frozenset(compress(names, bits)) for bits in product((0, 1), repeat=len(names))] if names else []

"""Formulas of propositional logic, and a solver that finds a case in which they hold.

In: bits and ways to join them. Out: bits, solutions. The only room that touches z3, which is an extra: everything else
in the program does without it. z3 has no types, so that a formula is of any type here.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import z3  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it comes without types, or not at all

#: A formula, or a plain truth where nothing is left open: fewer formulas are built, and the solver sees none of these.
Bit: TypeAlias = Any
#: A solution: one case in which all that was asked for holds.
Model: TypeAlias = Any


def free_bit(name: str) -> Bit:
    """Return a bit that may be set or not."""
    return z3.Bool(name)


def implies(one: Bit, other: Bit) -> Bit:
    """Return the formula that the second holds wherever the first does."""
    return any_of(not_(one), other)


def iff(one: Bit, other: Bit) -> Bit:
    """Return the formula that both hold or neither does."""
    if isinstance(one, bool):
        return other if one else not_(other)
    if isinstance(other, bool):
        return one if other else not_(one)
    return one == other


def at_most(count: int, bits: list[Bit]) -> Bit:
    """Return the formula that no more than so many hold."""
    return z3.AtMost(*bits, count)


def is_true(model: Model, bit: Bit) -> bool:
    """Tell whether a bit is set in a solution."""
    return bit if isinstance(bit, bool) else bool(z3.is_true(model.eval(bit, model_completion=True)))


def identity(bit: Bit) -> object:
    """Return what two bits share only where they are one."""
    return bit if isinstance(bit, bool) else bit.get_id()


_FOREVER = 2**32 - 1


class SolverTimeout(Exception):
    """The solver was given less time than it needed."""


#: What z3 says of a question that Ctrl-C broke off: it catches the key itself while it works.
_BROKEN_OFF = "interrupted from keyboard"
_stop = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end a search with KeyboardInterrupt, at the next question at the latest.

    Raised at once it could fall into the midst of a call to z3, which makes another error of it, or into the clearing
    away of a formula, where it is lost.
    """
    before = signal.signal(signal.SIGINT, lambda *_: _stop.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        asked = _stop.is_set()
        _stop.clear()
    if asked:
        raise KeyboardInterrupt


class Solver:
    """Holds what is true in every case, and finds cases."""

    def __init__(self) -> None:
        self._solver = z3.SolverFor("QF_FD")  # every fact has finitely many answers that matter
        self._named = 0

    def add(self, *bits: Bit) -> None:
        """Let these hold in every case."""
        for bit in bits:
            if bit is not True:
                self._solver.add(bit)

    def define(self, bit: Bit, name: str) -> Bit:
        """Return a name for a formula, so that it is written out once; a truth or a bare name stays what it is."""
        if isinstance(bit, bool) or z3.is_const(bit):
            return bit
        self._named += 1
        short = free_bit(f"{name} #{self._named}")
        self._solver.add(short == bit)
        return short

    def find_model(self, *bits: Bit) -> Model | None:
        """Return a case in which all of these hold, or None where there is none. Raises TooLong, KeyboardInterrupt."""
        if _stop.is_set():
            raise KeyboardInterrupt
        if False in [bit for bit in bits if isinstance(bit, bool)]:
            return None
        found = self._solver.check(*[bit for bit in bits if bit is not True])
        if found == z3.unknown:
            if self._solver.reason_unknown() == _BROKEN_OFF:
                raise KeyboardInterrupt
            raise SolverTimeout
        return self._solver.model() if found == z3.sat else None

    @contextmanager
    def scope(self, milliseconds: int = 0) -> Iterator[None]:
        """Forget afterwards what is added meanwhile; where a time is given no question may take longer."""
        self._solver.set("timeout", milliseconds or _FOREVER)
        self._solver.push()
        try:
            yield
        finally:
            self._solver.pop()
            self._solver.set("timeout", _FOREVER)


def all_of(*bits: Bit) -> Bit:
    """Return the formula that holds where all of these do."""
    kept = [bit for bit in bits if bit is not True]
    if any(bit is False for bit in kept):
        return False
    return z3.And(kept) if len(kept) > 1 else kept[0] if kept else True


def any_of(*bits: Bit) -> Bit:
    """Return the formula that holds where one of these does."""
    kept = [bit for bit in bits if bit is not False]
    if any(bit is True for bit in kept):
        return True
    return z3.Or(kept) if len(kept) > 1 else kept[0] if kept else False


def not_(bit: Bit) -> Bit:
    """Return the formula that holds where this does not."""
    return not bit if isinstance(bit, bool) else z3.Not(bit)


def exactly_one(bits: list[Bit]) -> Bit:
    return all_of(any_of(*bits), at_most_one(bits))


def at_most_one(bits: list[Bit]) -> Bit:
    pairs = ((one, other) for index, one in enumerate(bits) for other in bits[:index])
    return all_of(*(not_(all_of(one, other)) for one, other in pairs))

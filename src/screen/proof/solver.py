"""Propositional formulas, and a solver that finds a model of them.

This is the only module that uses z3, which is an optional dependency. z3 has no type stubs, so formulas are `Any` here.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import z3  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it comes without types, or not at all

#: A formula, or a plain bool where its value is certain, so that fewer formulas are built and the solver sees less.
Bit: TypeAlias = Any
#: A model: values of the free bits under which all formulas hold.
Model: TypeAlias = Any


def free_bit(name: str) -> Bit:
    """Return a free bit: one that may be true or false."""
    return z3.Bool(name)


def implies(premise: Bit, conclusion: Bit) -> Bit:
    """Return the formula that the second holds wherever the first does (implication)."""
    return any_of(not_(premise), conclusion)


def iff(first: Bit, second: Bit) -> Bit:
    """Return the formula that both hold or neither does (equivalence)."""
    if isinstance(first, bool):
        return second if first else not_(second)
    if isinstance(second, bool):
        return first if second else not_(first)
    return first == second


def at_most(count: int, bits: list[Bit]) -> Bit:
    """Return the formula that at most so many of these bits hold."""
    return z3.AtMost(*bits, count)


def is_true(model: Model, bit: Bit) -> bool:
    """Tell whether a bit is true in a model."""
    return bit if isinstance(bit, bool) else bool(z3.is_true(model.eval(bit, model_completion=True)))


def identity(bit: Bit) -> object:
    """Return a key that is equal for two bits only where they are the same formula."""
    return bit if isinstance(bit, bool) else bit.get_id()


_FOREVER = 2**32 - 1


class SolverTimeout(Exception):
    """The solver needed more time than it was allowed."""


#: The reason that z3 gives for a check that Ctrl-C ended: while it works it catches the signal itself.
_BROKEN_OFF = "interrupted from keyboard"
_stop = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end a search with KeyboardInterrupt, at the next check at the latest.

    Raised at once, the exception could hit a call to z3, which turns it into another error, or the destructor of a
    formula, where it is lost.
    """
    before = signal.signal(signal.SIGINT, lambda *_: _stop.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        interrupted = _stop.is_set()
        _stop.clear()
    if interrupted:
        raise KeyboardInterrupt


class Solver:
    """Holds the constraints that are true in every case, and finds cases that satisfy them."""

    def __init__(self) -> None:
        self._solver = z3.SolverFor("QF_FD")  # every fact has finitely many answers that matter
        self._named = 0

    def add(self, *bits: Bit) -> None:
        """Add constraints: these hold in every case."""
        for bit in bits:
            if bit is not True:
                self._solver.add(bit)

    def define(self, bit: Bit, name: str) -> Bit:
        """Return a new variable that equals a formula, so that it is written out once; constants and variables stay."""
        if isinstance(bit, bool) or z3.is_const(bit):
            return bit
        self._named += 1
        short = free_bit(f"{name} #{self._named}")
        self._solver.add(short == bit)
        return short

    def find_model(self, *bits: Bit) -> Model | None:
        """Return a model in which all of these hold, or None. Raises SolverTimeout and KeyboardInterrupt."""
        if _stop.is_set():
            raise KeyboardInterrupt
        if False in [bit for bit in bits if isinstance(bit, bool)]:
            return None
        result = self._solver.check(*[bit for bit in bits if bit is not True])
        if result == z3.unknown:
            if self._solver.reason_unknown() == _BROKEN_OFF:
                raise KeyboardInterrupt
            raise SolverTimeout
        return self._solver.model() if result == z3.sat else None

    @contextmanager
    def scope(self, milliseconds: int = 0) -> Iterator[None]:
        """Forget at the end the constraints that were added within; `milliseconds` limits the time of each check."""
        self._solver.set("timeout", milliseconds or _FOREVER)
        self._solver.push()
        try:
            yield
        finally:
            self._solver.pop()
            self._solver.set("timeout", _FOREVER)


def all_of(*bits: Bit) -> Bit:
    """Return the conjunction of these."""
    kept = [bit for bit in bits if bit is not True]
    if any(bit is False for bit in kept):
        return False
    return z3.And(kept) if len(kept) > 1 else kept[0] if kept else True


def any_of(*bits: Bit) -> Bit:
    """Return the disjunction of these."""
    kept = [bit for bit in bits if bit is not False]
    if any(bit is True for bit in kept):
        return True
    return z3.Or(kept) if len(kept) > 1 else kept[0] if kept else False


def not_(bit: Bit) -> Bit:
    """Return the negation of this."""
    return not bit if isinstance(bit, bool) else z3.Not(bit)


def exactly_one(bits: list[Bit]) -> Bit:
    return all_of(any_of(*bits), at_most_one(bits))


def at_most_one(bits: list[Bit]) -> Bit:
    pairs = ((first, second) for index, first in enumerate(bits) for second in bits[:index])
    return all_of(*(not_(all_of(first, second)) for first, second in pairs))

"""From a solution of the formulas back to a case, the shortest that shows the same.

In: an encoded law, and what is to hold. Out: answers as a case file has them. Left alone: what they prove.
"""

from __future__ import annotations

from collections.abc import Iterator

from screen.case.evidence import RecordedAnswer
from screen.logic import Answer
from screen.proof.encode import EncodedAnswer, EncodedCase
from screen.proof.solver import Bit, Model, Solver, SolverTimeout, at_most, identity, is_true, not_
from screen.rulebook.terms import Value

#: How long the solver may look for a shorter case, in milliseconds; a longer one shows the same.
PATIENCE = 2000


def decode_case(model: Model, said: EncodedCase) -> dict[str, RecordedAnswer]:
    """Return the answers of a solution; a fact that nobody was asked is left out."""
    found: dict[str, RecordedAnswer] = {}
    for name, answers in said.items():
        value = _value(model, answers)
        if value is not Answer.UNKNOWN or is_true(model, answers.asked):
            found[name] = RecordedAnswer(value)
    return found


def _value(model: Model, answers: EncodedAnswer) -> Value:
    if not is_true(model, answers.known):
        return Answer.UNKNOWN
    chosen = [value for value, bit in answers.bits.items() if is_true(model, bit)]
    return frozenset(map(str, chosen)) if answers.domain.fact.type == "many" else chosen[0]


def shortest_cases(
    law: Solver, cases: tuple[EncodedCase, ...], wanted: list[Bit]
) -> list[dict[str, RecordedAnswer]] | None:
    """Return the case, or cases, with the fewest answers in which all of this holds; None where there is none.

    Answers that one case alone gives count once for each case.
    """
    model = law.find_model(*wanted)
    if model is None:
        return None
    every = {
        identity(bit): bit
        for said in cases
        for answers in said.values()
        for bit in [answers.asked]
        if not isinstance(bit, bool)
    }
    bits = list(every.values())
    # From the first solution, with every answer there is, the way down would be long.
    few = next((found for count in (4, 12, 40) if (found := _at_most(law, wanted, bits, count)) is not None), model)
    model, kept = _without(law, wanted, bits, few)
    while kept and (less := _at_most(law, wanted, bits, len(kept) - 1)) is not None:
        model, kept = less, [bit for bit in bits if is_true(less, bit)]
    # Of the answers that remain, sets are as small as can be.
    silent = [not_(bit) for bit in bits if not is_true(model, bit)]
    options = [
        bit
        for answers in _sets(cases)
        for bit in answers.bits.values()
        if not isinstance(bit, bool) and is_true(model, answers.asked)
    ]
    model, _ = _without(law, [*wanted, *silent], options, model)
    return [decode_case(model, said) for said in cases]


def _sets(cases: tuple[EncodedCase, ...]) -> Iterator[EncodedAnswer]:
    for said in cases:
        yield from (answers for answers in said.values() if answers.domain.fact.type == "many")


def _without(law: Solver, wanted: list[Bit], bits: list[Bit], model: Model) -> tuple[Model, list[Bit]]:
    """Return a solution in which none of these bits can be taken away alone, and those that are set."""
    kept = [bit for bit in bits if is_true(model, bit)]
    out = [not_(bit) for bit in bits if not is_true(model, bit)]
    for bit in list(kept):
        if bit not in kept:
            continue
        less = law.find_model(*wanted, *out, not_(bit))
        if less is not None:
            model = less
            out += [not_(one) for one in kept if not is_true(less, one)]
            kept = [one for one in kept if is_true(less, one)]
    return model, kept


def _at_most(law: Solver, wanted: list[Bit], bits: list[Bit], count: int) -> Model | None:
    """Return a solution with so many of these bits set, or None where there is none or patience came to an end."""
    with law.scope(PATIENCE):
        law.add(at_most(count, bits))
        try:
            return law.find_model(*wanted)
        except SolverTimeout:
            return None

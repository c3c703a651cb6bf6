"""Turn a model of the solver back into the answers of a case, as few of them as possible."""

from __future__ import annotations

from collections.abc import Iterator

from screen.case.evidence import RecordedAnswer
from screen.logic import Answer
from screen.proof.encode import EncodedAnswer, EncodedCase
from screen.proof.solver import Bit, Model, Solver, SolverTimeout, at_most, identity, is_true, not_
from screen.rulebook.terms import Value

#: How long the solver may search for a shorter case, in milliseconds; a longer case shows the same.
PATIENCE = 2000


def decode_case(model: Model, case: EncodedCase) -> dict[str, RecordedAnswer]:
    """Return the answers of a case in a model; a fact that nobody was asked for is left out."""
    recorded: dict[str, RecordedAnswer] = {}
    for name, answers in case.items():
        value = _value(model, answers)
        if value is not Answer.UNKNOWN or is_true(model, answers.asked):
            recorded[name] = RecordedAnswer(value)
    return recorded


def _value(model: Model, answers: EncodedAnswer) -> Value:
    if not is_true(model, answers.known):
        return Answer.UNKNOWN
    chosen = [value for value, bit in answers.bits.items() if is_true(model, bit)]
    return frozenset(map(str, chosen)) if answers.domain.fact.type == "many" else chosen[0]


def shortest_cases(
    law: Solver, cases: tuple[EncodedCase, ...], constraints: list[Bit]
) -> list[dict[str, RecordedAnswer]] | None:
    """Return the cases with the fewest answers in which all `constraints` hold; None where there are none.

    An answer that several cases share counts once.
    """
    model = law.find_model(*constraints)
    if model is None:
        return None
    asked_bits = {
        identity(bit): bit
        for case in cases
        for answers in case.values()
        for bit in [answers.asked]
        if not isinstance(bit, bool)
    }
    bits = list(asked_bits.values())
    # The first model may have an answer to every fact, and it would take long to remove them one by one.
    few = next(
        (
            shorter
            for count in (4, 12, 40)
            if (shorter := _model_with_at_most(law, constraints, bits, count)) is not None
        ),
        model,
    )
    model, kept = _minimise(law, constraints, bits, few)
    while kept and (shorter_model := _model_with_at_most(law, constraints, bits, len(kept) - 1)) is not None:
        model, kept = shorter_model, [bit for bit in bits if is_true(shorter_model, bit)]
    # Make the sets among the remaining answers as small as possible.
    silent = [not_(bit) for bit in bits if not is_true(model, bit)]
    options = [
        bit
        for answers in _sets(cases)
        for bit in answers.bits.values()
        if not isinstance(bit, bool) and is_true(model, answers.asked)
    ]
    model, _ = _minimise(law, [*constraints, *silent], options, model)
    return [decode_case(model, case) for case in cases]


def _sets(cases: tuple[EncodedCase, ...]) -> Iterator[EncodedAnswer]:
    for case in cases:
        yield from (answers for answers in case.values() if answers.domain.fact.type == "many")


def _minimise(law: Solver, constraints: list[Bit], bits: list[Bit], model: Model) -> tuple[Model, list[Bit]]:
    """Return a model in which none of these bits can be cleared alone, and the bits that are set."""
    kept = [bit for bit in bits if is_true(model, bit)]
    out = [not_(bit) for bit in bits if not is_true(model, bit)]
    for bit in list(kept):
        if bit not in kept:
            continue
        smaller = law.find_model(*constraints, *out, not_(bit))
        if smaller is not None:
            model = smaller
            out += [not_(kept_bit) for kept_bit in kept if not is_true(smaller, kept_bit)]
            kept = [kept_bit for kept_bit in kept if is_true(smaller, kept_bit)]
    return model, kept


def _model_with_at_most(law: Solver, constraints: list[Bit], bits: list[Bit], count: int) -> Model | None:
    """Return a model with at most so many of these bits set; None where there is none, or it takes too long."""
    with law.scope(PATIENCE):
        law.add(at_most(count, bits))
        try:
            return law.find_model(*constraints)
        except SolverTimeout:
            return None

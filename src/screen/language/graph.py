"""What needs what.

In: criteria and presumptions, checked. Out: an order in which each comes after all that it needs, or the cycles, told
step by step with a place for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from screen.language.terms import (
    ORIGIN_FACT, Between, Binds, Criterion, Includes, Is, Met, NotRuledOut, Presumption, Term, conditions, within,
)  # fmt: skip
from screen.mistake import Mistake
from screen.place import Place


def criteria_in(terms: Iterable[Term]) -> set[str]:
    """Return the criteria that these terms name."""
    return {one.criterion for term in terms for one in within(term) if isinstance(one, Met | NotRuledOut)}


def facts_in(terms: Iterable[Term]) -> set[str]:
    """Return the facts that these terms name."""
    return {one.fact for term in terms for one in within(term) if isinstance(one, Is | Includes | Between | Binds)}


def needs(criterion: Criterion) -> set[str]:
    """Return the criteria that a criterion names."""
    return criteria_in(conditions(criterion))


def reached(start: Iterable[str], criteria: Mapping[str, Criterion]) -> set[str]:
    """Return these criteria with all that they need."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs(criteria[name])
    return found


def ordered(
    wants: Mapping[str, set[str]], place_of: Callable[[str], Place], what: str
) -> tuple[tuple[str, ...], list[Mistake]]:
    """Return the names so that each comes after those it wants, and a mistake where that cannot be."""
    known = {name: sorted(others & wants.keys()) for name, others in wants.items()}
    try:
        return tuple(TopologicalSorter(known).static_order()), []
    except CycleError as error:
        # graphlib tells the cycle against the direction of need: each name is needed by the one after it.
        steps = list(reversed(error.args[1]))
        told = ", ".join(f'"{name}" needs "{then}" ({place_of(name)})' for name, then in zip(steps, steps[1:], strict=False))
        remedy = f"Cut one of these steps; {what} may not rest on itself."
        return (), [Mistake(place_of(steps[0]), "cycle", f"{told}.", remedy)]


def order_of_presumptions(
    presumptions: Iterable[Presumption], place_of: Callable[[str], Place]
) -> tuple[tuple[str, ...], list[Mistake]]:
    """Return the presumed facts so that each comes after those its condition asks, and mistakes where it cannot."""
    wants: dict[str, set[str]] = {}
    for one in presumptions:
        wants.setdefault(one.fact, set()).update({ORIGIN_FACT} - {one.fact}, facts_in([one.when] if one.when else []))
    order, mistakes = ordered(wants, place_of, "a presumption")
    return tuple(name for name in order if name in wants), mistakes

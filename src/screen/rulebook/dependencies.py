"""What needs what.

In: criteria and presumptions, checked. Out: an order in which each comes after all that it needs, or the cycles, told
step by step with a place for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import terms
from screen.rulebook.model import ORIGIN_FACT, Criterion, Presumption, RuleBook, criterion_terms

MOST_CYCLES = 20  # each costs a walk over all names, and by then the reader knows


def criteria_in(all_terms: Iterable[terms.Term]) -> set[str]:
    """Return the criteria that these terms name."""
    return {
        one.criterion
        for term in all_terms
        for one in terms.subterms(term)
        if isinstance(one, terms.Met | terms.NotRuledOut)
    }


def leaves_in(all_terms: Iterable[terms.Term]) -> Iterator[terms.Leaf]:
    """Yield the comparisons that these terms are made of, in their order; one that stands twice comes twice."""
    for term in all_terms:
        yield from (
            one
            for one in terms.subterms(term)
            if isinstance(one, terms.Is | terms.Includes | terms.Between | terms.Binds)
        )


def facts_in(all_terms: Iterable[terms.Term]) -> set[str]:
    """Return the facts that these terms name."""
    return {leaf.fact for leaf in leaves_in(all_terms)}


def readings_in(all_terms: Iterable[terms.Term]) -> list[str]:
    """Return the contested points that these terms turn on, each once, in their order."""
    found = (
        one.reading
        for term in all_terms
        for one in terms.subterms(term)
        if isinstance(one, terms.ByReading | terms.TakesSide)
    )
    return list(dict.fromkeys(found))


def required_criteria(criterion: Criterion) -> set[str]:
    """Return the criteria that a criterion names."""
    return criteria_in(criterion_terms(criterion))


def reachable(start: Iterable[str], criteria: Mapping[str, Criterion]) -> set[str]:
    """Return these criteria with all that they need."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += required_criteria(criteria[name])
    return found


def facts_of_presumptions(presumptions: Iterable[Presumption]) -> set[str]:
    """Return the facts that decide what is presumed: the country of origin, and those that the conditions ask."""
    return {ORIGIN_FACT} | facts_in(one.when for one in presumptions if one.when is not None)


def relevant_facts(criteria: Iterable[str], book: RuleBook, all_terms: Iterable[terms.Term] = ()) -> set[str]:
    """Return the facts that bear on these criteria and terms, those that decide what is presumed included."""
    found = facts_in(
        term for name in reachable(criteria, book.criteria) for term in criterion_terms(book.criteria[name])
    )
    found |= facts_in(all_terms)
    # Each presumption stands after what it asks, so that from the last to the first none is overlooked.
    for one in reversed(book.presumptions):
        if one.fact in found:
            found |= facts_of_presumptions([one])
    return found


def in_dependency_order(
    wants: Mapping[str, set[str]], place_of: Callable[[str], Location], verb: str, why: str
) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Return the names so that each comes after those it wants, and a mistake for each cycle that prevents it.

    A cycle is told step by step, from the one of its names that stands first; `verb` joins two steps.
    """
    known = {name: sorted(others & wants.keys()) for name, others in wants.items()}
    mistakes: list[Diagnostic] = []
    while True:
        try:
            order = tuple(TopologicalSorter(known).static_order())
            return (() if mistakes else order), mistakes
        except CycleError as error:
            # graphlib tells the cycle against the direction of need: each name is needed by the one after it.
            steps = list(reversed(error.args[1]))[1:]
            first = steps.index(min(steps, key=place_of))
            steps = [*steps[first:], *steps[: first + 1]]
            told = ", ".join(f'"{name}" {verb} "{then}" ({place_of(name)})' for name, then in pairwise(steps))
            mistakes.append(Diagnostic(place_of(steps[0]), "cycle", f"{told}.", f"Cut one of these steps; {why}."))
            if len(mistakes) == MOST_CYCLES:
                return (), mistakes
            # The last step is the one that leads back. Without it the search may find the next cycle.
            known[steps[-2]].remove(steps[-1])


def order_of_presumptions(
    presumptions: Iterable[Presumption], places: Mapping[tuple[str | None, str], Location]
) -> tuple[tuple[Presumption, ...], list[Diagnostic]]:
    """Return presumptions so that each comes after those of the facts that its condition asks, or the cycles.

    A case has one country of origin: what two States' files presume never meets, what is presumed for all meets both.
    For one fact what is known of the State comes before what holds for all.
    """
    by_name: dict[str, Presumption] = {}
    for one in presumptions:
        # What is presumed of one fact several times is told apart by the State, and then by the day.
        names = one.fact, f"{one.fact} ({one.origin})", f"{one.fact} ({one.origin}, {one.in_force_from}, {one.until})"
        by_name[next(name for name in names if name not in by_name)] = one
    wants: dict[str, set[str]] = {}
    for name, one in by_name.items():
        asked = facts_in([one.when] if one.when else []) | {ORIGIN_FACT} - {one.fact}
        wants[name] = {
            other_name
            for other_name, other in by_name.items()
            if (other.fact in asked and (one.origin == other.origin or None in (one.origin, other.origin)))
            or (other.fact == one.fact and one.origin is None and other.origin)
        }
    at = {name: places[one.origin, one.fact] for name, one in by_name.items()}
    order, mistakes = in_dependency_order(wants, at.__getitem__, "asks", "a presumption may not rest on itself")
    return tuple(by_name[name] for name in order), mistakes

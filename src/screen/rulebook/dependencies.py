"""Dependencies among criteria, facts, readings and presumptions, and the order that they require."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import terms
from screen.rulebook.model import ORIGIN_FACT, Criterion, Presumption, RuleBook, criterion_terms

MAX_CYCLES = 20  # to report: each takes a walk over all names


def criteria_in(all_terms: Iterable[terms.Term]) -> set[str]:
    """Return the criteria that these terms name."""
    return {
        subterm.criterion
        for term in all_terms
        for subterm in terms.subterms(term)
        if isinstance(subterm, terms.Met | terms.NotRuledOut)
    }


def leaves_in(all_terms: Iterable[terms.Term]) -> Iterator[terms.Leaf]:
    """Yield the comparisons in these terms, in order and with repetitions."""
    for term in all_terms:
        yield from (
            subterm
            for subterm in terms.subterms(term)
            if isinstance(subterm, terms.Is | terms.Includes | terms.Between | terms.Binds)
        )


def facts_in(all_terms: Iterable[terms.Term]) -> set[str]:
    """Return the facts that these terms name."""
    return {leaf.fact for leaf in leaves_in(all_terms)}


def readings_in(all_terms: Iterable[terms.Term]) -> list[str]:
    """Return the contested points that these terms depend on, each once, in order."""
    readings = (
        subterm.reading
        for term in all_terms
        for subterm in terms.subterms(term)
        if isinstance(subterm, terms.ByReading | terms.TakesSide)
    )
    return list(dict.fromkeys(readings))


def required_criteria(criterion: Criterion) -> set[str]:
    """Return the criteria that a criterion names."""
    return criteria_in(criterion_terms(criterion))


def reachable(start: Iterable[str], criteria: Mapping[str, Criterion]) -> set[str]:
    """Return these criteria with all that they need, directly or indirectly."""
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += required_criteria(criteria[name])
    return reached


def facts_of_presumptions(presumptions: Iterable[Presumption]) -> set[str]:
    """Return the facts that decide what is presumed: the country of origin, and those in the conditions."""
    return {ORIGIN_FACT} | facts_in(presumption.when for presumption in presumptions if presumption.when is not None)


def relevant_facts(criteria: Iterable[str], book: RuleBook, all_terms: Iterable[terms.Term] = ()) -> set[str]:
    """Return the facts that these criteria and terms depend on, with those that decide what is presumed."""
    facts = facts_in(
        term for name in reachable(criteria, book.criteria) for term in criterion_terms(book.criteria[name])
    )
    facts |= facts_in(all_terms)
    # Each presumption comes after those of the facts that it asks, so going backwards misses none.
    for presumption in reversed(book.presumptions):
        if presumption.fact in facts:
            facts |= facts_of_presumptions([presumption])
    return facts


def in_dependency_order(
    needs: Mapping[str, set[str]], location_of: Callable[[str], Location], verb: str, why: str
) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Return the names so that each comes after those it needs, or no order and a diagnostic for each cycle.

    A cycle is reported step by step, from the first of its names in the files; `verb` joins two names.
    """
    known = {name: sorted(others & needs.keys()) for name, others in needs.items()}
    diagnostics: list[Diagnostic] = []
    while True:
        try:
            order = tuple(TopologicalSorter(known).static_order())
            return (() if diagnostics else order), diagnostics
        except CycleError as error:
            # graphlib reports the cycle in reverse: each name is needed by the one after it.
            steps = list(reversed(error.args[1]))[1:]
            first = steps.index(min(steps, key=location_of))
            steps = [*steps[first:], *steps[: first + 1]]
            cycle = ", ".join(f'"{name}" {verb} "{then}" ({location_of(name)})' for name, then in pairwise(steps))
            hint = f"Remove one of these steps; {why}."
            diagnostics.append(Diagnostic(location_of(steps[0]), "cycle", f"{cycle}.", hint))
            if len(diagnostics) == MAX_CYCLES:
                return (), diagnostics
            # Without the last step, which leads back, the search can find the next cycle.
            known[steps[-2]].remove(steps[-1])


def order_of_presumptions(
    presumptions: Iterable[Presumption], locations: Mapping[tuple[str | None, str], Location]
) -> tuple[tuple[Presumption, ...], list[Diagnostic]]:
    """Return presumptions so that each comes after those of the facts that its condition asks, or the cycles.

    A case has one country of origin, so presumptions about two States never apply together; those about every State
    apply together with both. For one fact, a presumption about a State comes before one about every State.
    """
    by_name: dict[str, Presumption] = {}
    for presumption in presumptions:
        # Several presumptions of one fact differ by the State, and then by their days.
        fact, origin = presumption.fact, presumption.origin
        names = fact, f"{fact} ({origin})", f"{fact} ({origin}, {presumption.in_force_from}, {presumption.until})"
        by_name[next(name for name in names if name not in by_name)] = presumption
    needs: dict[str, set[str]] = {}
    for name, presumption in by_name.items():
        asked = facts_in([presumption.when] if presumption.when else []) | {ORIGIN_FACT} - {presumption.fact}
        needs[name] = {
            other_name
            for other_name, other in by_name.items()
            if (other.fact in asked and _can_meet(presumption, other))
            or (other.fact == presumption.fact and presumption.origin is None and other.origin)
        }

    def location_of(name: str) -> Location:
        return locations[by_name[name].origin, by_name[name].fact]

    order, cycles = in_dependency_order(needs, location_of, "asks", "a presumption may not depend on itself")
    return tuple(by_name[name] for name in order), cycles


def _can_meet(presumption: Presumption, other: Presumption) -> bool:
    """Tell whether two presumptions can apply to one case."""
    return presumption.origin == other.origin or None in (presumption.origin, other.origin)

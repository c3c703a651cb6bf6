"""Lints: what a rule book may contain although it looks wrong. Each function finds lints of one kind.

Lints are diagnostics whose code begins with `lint-`. They keep no book from being used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import terms
from screen.rulebook.dependencies import criteria_in, facts_in, reachable, required_criteria
from screen.rulebook.layers import layers
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, Criterion, RuleBook, criterion_terms

_LocationOf = Callable[[str], Location]


def find_lints(book: RuleBook, location_of: _LocationOf) -> list[Diagnostic]:
    """Return every lint of a book, sorted by location."""
    return sorted(diagnostic for find in LINTS for diagnostic in find(book, location_of))


def _other_terms(book: RuleBook) -> list[terms.Term]:
    """Return the terms outside criteria."""
    optional: list[terms.Term | None] = [
        *(recommendation.when for recommendation in book.recommendations),
        *(objection.raised_if for objection in book.objections),
        *(reply.holds_if for objection in book.objections for reply in objection.answers),
        *(response.owed_if for response in book.responses),
        *(when for dimension in book.human_security for _, when in (*dimension.severity, *dimension.pervasiveness)),
        *(dimension.shown_if for dimension in book.human_security),
        *(presumption.when for presumption in book.presumptions),
        *(priority.when for priority in book.priorities),
        *(term for entry in book.before_closing for term in (entry.when, *entry.unless)),
    ]
    return [term for term in optional if term is not None]


def fact_that_no_criterion_uses(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """A fact whose answer changes nothing: is it asked in vain?

    Text is there for people to read, and the two States choose treaties and presumptions.
    """
    used = facts_in(
        [term for criterion in book.criteria.values() for term in criterion_terms(criterion)] + _other_terms(book)
    )
    for name, fact in book.facts.items():
        if name not in used and fact.type != "text" and name not in (ORIGIN_FACT, HOST_FACT):
            yield Diagnostic(
                location_of(name), "lint-unused-fact", f'no criterion uses "{name}".', "Use it or delete it."
            )


def criterion_that_nothing_needs(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """A criterion that nothing uses: was it meant to be a conclusion, or to be named by one?"""
    needed = {name for criterion in book.criteria.values() for name in required_criteria(criterion)}
    needed |= criteria_in(_other_terms(book)) | set(book.conclusions)
    for name in book.criteria:
        if name not in needed:
            message = f'nothing needs "{name}".'
            yield Diagnostic(
                location_of(name), "lint-unused-criterion", message, "Name it somewhere, or make it a conclusion."
            )


def criterion_without_source(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """A criterion with words and no authority: where does the law say so?"""
    for name, criterion in book.criteria.items():
        if criterion.says and not criterion.sources:
            yield Diagnostic(location_of(name), "lint-no-source", f'"{name}" names no authority.', "Add `sources`.")


def criterion_without_words(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """A conclusion, or a criterion with an authority of its own, without words: what will the determination say?"""
    for name, criterion in book.criteria.items():
        if not criterion.says and (criterion.sources or name in book.conclusions):
            yield Diagnostic(location_of(name), "lint-no-words", f'"{name}" has no words.', "Add `says`.")


def same_condition_twice(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """Two criteria with the same condition, or a group with the same part twice: is one of them a slip?"""
    seen: dict[tuple[terms.Term, ...], str] = {}
    for name, criterion in book.criteria.items():
        first = seen.setdefault(criterion_terms(criterion), name)
        if first != name and not isinstance(criterion.holds_if, terms.Is | terms.Between | terms.Includes):
            message = f'"{name}" has the same condition as "{first}".'
            yield Diagnostic(location_of(name), "lint-same-condition", message, "Name the one in the other.")
        for term in _terms_of(criterion_terms(criterion)):
            if isinstance(term, terms.All | terms.AnyOf | terms.AtLeast) and len(set(term.parts)) < len(term.parts):
                message = f'a group of "{name}" has the same part twice.'
                yield Diagnostic(location_of(name), "lint-same-condition", message, "Delete one.")


def fact_on_both_sides(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """The same comparison asserted and denied in one criterion: can it ever hold? (The logic leaves it open.)"""
    for name, criterion in book.criteria.items():
        plain, denied = set[terms.Term](), set[terms.Term]()
        for term in (criterion.holds_if, *(terms.Not(part) for part in criterion.unless)):
            _sides(term, True, plain, denied)
        for term in plain & denied:
            fact = getattr(term, "fact", "")
            message = f'"{name}" requires and excludes the same answer to "{fact}".'
            yield Diagnostic(location_of(name), "lint-both-sides", message, "Say which of the two is meant.")


def conclusion_that_no_recommendation_reads(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """A recommendation that depends on more than the conclusions: would the interview ever settle it?"""
    needed = reachable(book.conclusions, book.criteria)
    for name in sorted(criteria_in(recommendation.when for recommendation in book.recommendations) - needed):
        message = f'a recommendation asks "{name}", which no conclusion needs.'
        yield Diagnostic(location_of(name), "lint-not-settled", message, "Add it to `conclusions`.")


def conclusion_that_no_closing_settles(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """A conclusion without a burden that rests on facts or considerations: would it stay open on a closed record?"""
    asked = {*book.conclusions, *criteria_in(recommendation.when for recommendation in book.recommendations)}
    layers_by_profile = {profile.name: layers(book, profile) for profile in book.profiles.values()}
    for name in sorted(asked):
        under = [profile for profile, sorted_in in layers_by_profile.items() if sorted_in[name] == "consideration"]
        if under:
            where = "" if len(under) == len(book.profiles) else f" under {', '.join(under)}"
            message = f'"{name}" has no burden, and what it asks has none either: it never closes{where}.'
            hint = "Give it a burden, or build it from elements."
            yield Diagnostic(location_of(name), "lint-never-closes", message, hint)


def element_with_two_burdens(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """An element of the applicant that denies what the authority must show: against whom would silence count?

    What an element rests on is followed through considerations; another element has its own burden.
    """
    for name, criterion in book.criteria.items():
        if criterion.burden not in ("applicant", "shared"):
            continue
        for fact in sorted(_denied_facts(criterion, book, denied=False)):
            if book.facts[fact].burden == "authority":
                message = f'"{name}" is {_whose(criterion)} and denies "{fact}", which is for the authority to show.'
                hint = "Make an element of the authority for that, and deny it here."
                yield Diagnostic(location_of(name), "lint-two-burdens", message, hint)


def element_of_the_authority_that_helps(book: RuleBook, location_of: _LocationOf) -> Iterator[Diagnostic]:
    """An element of the authority that is not adverse: may its silence deny the applicant what is due?"""
    for name, criterion in book.criteria.items():
        if criterion.burden == "authority" and not criterion.adverse:
            message = f'"{name}" is for the authority to show and is not adverse: where nothing shows, it is not met.'
            yield Diagnostic(location_of(name), "lint-helpful-burden", message, "Make it shared, or mark it `adverse`.")


LINTS = (
    fact_that_no_criterion_uses,
    criterion_that_nothing_needs,
    criterion_without_source,
    criterion_without_words,
    same_condition_twice,
    fact_on_both_sides,
    conclusion_that_no_recommendation_reads,
    conclusion_that_no_closing_settles,
    element_with_two_burdens,
    element_of_the_authority_that_helps,
)


def _whose(criterion: Criterion) -> str:
    return "shared" if criterion.burden == "shared" else "the applicant's"


def _denied_facts(criterion: Criterion, book: RuleBook, *, denied: bool) -> set[str]:
    """Return the facts that stand under `not` in a criterion and in the considerations that it names.

    With `denied` the criterion itself stands under one.
    """
    found = _denied_in(criterion.holds_if, book, denied)
    return found.union(*(_denied_in(term, book, not denied) for term in criterion.unless))


def _denied_in(term: terms.Term, book: RuleBook, denied: bool) -> set[str]:
    match term:
        case terms.Not(part):
            return _denied_in(part, book, not denied)
        case terms.Is() | terms.Includes() | terms.Between():
            return {term.fact} if denied else set()
        case terms.Met(name):
            named = book.criteria[name]
            return _denied_facts(named, book, denied=denied) if named.burden is None else set()
        case _:
            return {fact for part in terms.direct_subterms(term) for fact in _denied_in(part, book, denied)}


def _terms_of(all_terms: Iterable[terms.Term]) -> list[terms.Term]:
    return [inner for term in all_terms for inner in terms.subterms(term)]


def _sides(term: terms.Term, asserted: bool, plain: set[terms.Term], denied: set[terms.Term]) -> None:
    """Add the comparisons of a conjunction to those asserted (`plain`) or those denied; ignore `any` and readings."""
    match term:
        case terms.Is() | terms.Includes() | terms.Between():
            (plain if asserted else denied).add(term)
        case terms.Not(part):
            _sides(part, not asserted, plain, denied)
        case terms.All(parts) if asserted:
            for part in parts:
                _sides(part, asserted, plain, denied)
        case terms.AnyOf(parts) if not asserted:
            for part in parts:
                _sides(part, asserted, plain, denied)
        case _:
            pass

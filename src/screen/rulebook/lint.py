"""What is allowed and yet looks wrong, one question a function.

In: a checked book. Out: lints, as mistakes whose code begins with `lint-`. Left alone: anything that keeps a book from
being used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import terms
from screen.rulebook.dependencies import criteria_in, facts_in, reachable, required_criteria
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, RuleBook, criterion_terms

PlaceOf = Callable[[str], Location]


def find_lints(book: RuleBook, place_of: PlaceOf) -> list[Diagnostic]:
    """Return every lint of a book, sorted by place."""
    return sorted(mistake for question in QUESTIONS for mistake in question(book, place_of))


def _other_terms(book: RuleBook) -> list[terms.Term]:
    """Return the terms outside criteria: recommendations, positions, human security, presumptions, priorities."""
    raised = [one.raised_if for one in book.objections]
    answered = [reply.holds_if for one in book.objections for reply in one.answers]
    owed = [one.owed_if for one in book.responses]
    graded = [when for one in book.human_security for _, when in (*one.severity, *one.pervasiveness)]
    graded += [one.shown_if for one in book.human_security if one.shown_if is not None]
    presumed = [one.when for one in book.presumptions]
    first = [one.when for one in book.priorities]
    given: list[terms.Term | None] = [one.when for one in book.recommendations]
    return [term for term in (*given, *raised, *answered, *owed, *graded, *presumed, *first) if term is not None]


def fact_that_no_criterion_uses(book: RuleBook, place_of: PlaceOf) -> Iterator[Diagnostic]:
    """A question whose answer changes nothing: is it asked for nothing?

    Text is there to be read, and the two States choose treaties and presumptions.
    """
    used = facts_in([term for one in book.criteria.values() for term in criterion_terms(one)] + _other_terms(book))
    for name, fact in book.facts.items():
        if name not in used and fact.type != "text" and name not in (ORIGIN_FACT, HOST_FACT):
            yield Diagnostic(place_of(name), "lint-unused-fact", f'no criterion uses "{name}".', "Use it or delete it.")


def criterion_that_nothing_needs(book: RuleBook, place_of: PlaceOf) -> Iterator[Diagnostic]:
    """A test that leads nowhere: was it meant to be a conclusion, or to be named by one?"""
    needed = {name for one in book.criteria.values() for name in required_criteria(one)}
    needed |= criteria_in(_other_terms(book)) | set(book.conclusions)
    for name in book.criteria:
        if name not in needed:
            found = f'nothing needs "{name}".'
            yield Diagnostic(
                place_of(name), "lint-unused-criterion", found, "Name it somewhere, or make it a conclusion."
            )


def criterion_without_source(book: RuleBook, place_of: PlaceOf) -> Iterator[Diagnostic]:
    """A test with words and no authority: where does the law say so?"""
    for name, one in book.criteria.items():
        if one.says and not one.sources:
            yield Diagnostic(place_of(name), "lint-no-source", f'"{name}" names no authority.', "Add `sources`.")


def criterion_without_words(book: RuleBook, place_of: PlaceOf) -> Iterator[Diagnostic]:
    """A conclusion or a test with an authority of its own, and no words: what will the determination say?"""
    for name, one in book.criteria.items():
        if not one.says and (one.sources or name in book.conclusions):
            yield Diagnostic(place_of(name), "lint-no-words", f'"{name}" has no words.', "Add `says`.")


def same_condition_twice(book: RuleBook, place_of: PlaceOf) -> Iterator[Diagnostic]:
    """Two criteria with the same condition, or one group with a part twice: is one of them a slip?"""
    seen: dict[tuple[terms.Term, ...], str] = {}
    for name, one in book.criteria.items():
        first = seen.setdefault(criterion_terms(one), name)
        if first != name and not isinstance(one.holds_if, terms.Is | terms.Between | terms.Includes):
            found = f'"{name}" has the same condition as "{first}".'
            yield Diagnostic(place_of(name), "lint-same-condition", found, "Name the one in the other.")
        for term in _terms_of(criterion_terms(one)):
            if isinstance(term, terms.All | terms.AnyOf | terms.AtLeast) and len(set(term.parts)) < len(term.parts):
                found = f'a group of "{name}" has the same part twice.'
                yield Diagnostic(place_of(name), "lint-same-condition", found, "Delete one.")


def fact_on_both_sides(book: RuleBook, place_of: PlaceOf) -> Iterator[Diagnostic]:
    """The same comparison asserted and denied in one criterion: can it ever hold? (Strong Kleene leaves it open.)"""
    for name, one in book.criteria.items():
        plain, denied = set[terms.Term](), set[terms.Term]()
        for term in (one.holds_if, *(terms.Not(part) for part in one.unless)):
            _sides(term, True, plain, denied)
        for term in plain & denied:
            fact = getattr(term, "fact", "")
            found = f'"{name}" wants and refuses the same answer to "{fact}".'
            yield Diagnostic(place_of(name), "lint-both-sides", found, "Say which of the two is meant.")


def conclusion_that_no_recommendation_reads(book: RuleBook, place_of: PlaceOf) -> Iterator[Diagnostic]:
    """A recommendation whose conditions are no conclusion: would the interview ever settle it?"""
    settled = reachable(book.conclusions, book.criteria)
    for name in sorted(criteria_in(one.when for one in book.recommendations) - settled):
        found = f'a recommendation asks "{name}", which no conclusion needs.'
        yield Diagnostic(place_of(name), "lint-not-settled", found, "Add it to `conclusions`.")


QUESTIONS = (
    fact_that_no_criterion_uses,
    criterion_that_nothing_needs,
    criterion_without_source,
    criterion_without_words,
    same_condition_twice,
    fact_on_both_sides,
    conclusion_that_no_recommendation_reads,
)


def _terms_of(all_terms: Iterable[terms.Term]) -> list[terms.Term]:
    return [inner for term in all_terms for inner in terms.subterms(term)]


def _sides(term: terms.Term, asserted: bool, plain: set[terms.Term], denied: set[terms.Term]) -> None:
    """Sort the comparisons of a conjunction into those asserted and those denied; `any` and readings are left out."""
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

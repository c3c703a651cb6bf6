"""The law of one day.

In: a rule book with everything that it states, and a day. Out: the book as it stood on that day: what was presumed,
who was bound by what, which sides a profile took, which numbers were out; authorities out of force are marked. Left
alone: criteria, which carry their own days as a term (`InForce`) and end "not applicable" outside them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.rulebook.model import Profile, RuleBook, Source, TreatyStanding


def is_in_force(since: date | None, until: date | None, day: date) -> bool:
    """Tell whether what is in force from the first day, and until before the second, is so on this day."""
    return (since is None or since <= day) and (until is None or day < until)


def book_at(book: RuleBook, day: date) -> RuleBook:
    """Return the book of this day. Give it the whole book: what one day leaves out no other day brings back."""
    return replace(
        book,
        law_as_of=day,
        sources={name: _source(one, day) for name, one in book.sources.items()},
        profiles={name: _profile(one, book.profiles, day) for name, one in book.profiles.items()},
        presumptions=tuple(one for one in book.presumptions if is_in_force(one.in_force_from, one.until, day)),
        standings={
            state: {treaty: _standing(one, day) for treaty, one in rows.items()}
            for state, rows in book.standings.items()
        },
        statistics={
            name: one for name, one in book.statistics.items() if is_in_force(one.in_force_from, one.until, day)
        },
    )


def _source(one: Source, day: date) -> Source:
    if one.in_force_from is not None and day < one.in_force_from:
        return replace(one, out_of_force="not yet in force")
    if one.until is not None and one.until <= day:
        return replace(one, out_of_force="no longer in force")
    return one


def _profile(one: Profile, profiles: dict[str, Profile], day: date) -> Profile:
    """Return the profile with the sides, the title and the authorities that it had on this day."""
    for until, name in one.before:
        if day < until:
            earlier = profiles[name]
            return replace(one, title=earlier.title, readings=earlier.readings, sources=earlier.sources)
    return one


def _standing(one: TreatyStanding, day: date) -> TreatyStanding:
    # Only a party is bound, and only from the day on which the treaty bound it, until it left.
    if one.standing != "party" or is_in_force(one.since, one.until, day):
        return one
    left = one.until is not None and one.until <= day
    note = f"until {one.until}" if left else f"from {one.since}"
    return replace(one, standing="not_party", note=note)


def stated_book(whole: RuleBook, day: date | None = None) -> RuleBook:
    """Return a whole book as the law stood on a day. Raises Mistakes where it does not state that law."""
    if day is not None and day > whole.law_as_of:
        found = f"the book states the law as of {whole.law_as_of}; what came into force later it does not know."
        raise DiagnosticsError(
            [Diagnostic(Location("--as-of"), "law-not-stated", found, "Name an earlier day, or none.")]
        )
    if day is not None and whole.law_from is not None and day < whole.law_from:
        found = f"the book states the law from {whole.law_from} on; what was law before it does not know."
        raise DiagnosticsError([Diagnostic(Location("--as-of"), "law-not-stated", found, "Name a later day, or none.")])
    return book_at(whole, day or whole.law_as_of)

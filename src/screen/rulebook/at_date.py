"""The rule book as the law stood on one day: presumptions, treaties, profiles, statistics and authorities of that day.

Criteria are not touched: those that have days carry them as a term (`InForce`), and are not applicable outside them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from screen.diagnostics import Diagnostic, DiagnosticsError, Location
from screen.rulebook.model import Profile, RuleBook, Source, TreatyStanding


def is_in_force(since: date | None, until: date | None, day: date) -> bool:
    """Tell whether what is in force from `since` on and before `until` is in force on a day; None is open."""
    return (since is None or since <= day) and (until is None or day < until)


def book_at(book: RuleBook, day: date) -> RuleBook:
    """Return a timeless book as the law stood on a day. It must be timeless: what a day leaves out does not return."""
    return replace(
        book,
        law_as_of=day,
        sources={name: _source(source, day) for name, source in book.sources.items()},
        profiles={name: _profile(profile, book.profiles, day) for name, profile in book.profiles.items()},
        presumptions=tuple(
            presumption
            for presumption in book.presumptions
            if is_in_force(presumption.in_force_from, presumption.until, day)
        ),
        standings={
            state: {treaty: _standing(standing, day) for treaty, standing in standings.items()}
            for state, standings in book.standings.items()
        },
        statistics={
            name: statistic
            for name, statistic in book.statistics.items()
            if is_in_force(statistic.in_force_from, statistic.until, day)
        },
    )


def _source(source: Source, day: date) -> Source:
    if source.in_force_from is not None and day < source.in_force_from:
        return replace(source, out_of_force="not yet in force")
    if source.until is not None and source.until <= day:
        return replace(source, out_of_force="no longer in force")
    return source


def _profile(profile: Profile, profiles: dict[str, Profile], day: date) -> Profile:
    """Return the profile with the sides, the title and the authorities that it had on this day."""
    for until, name in profile.before:
        if day < until:
            earlier = profiles[name]
            return replace(profile, title=earlier.title, readings=earlier.readings, sources=earlier.sources)
    return profile


def _standing(standing: TreatyStanding, day: date) -> TreatyStanding:
    # Only a party is bound, and only from the day on which the treaty bound it, until it left.
    if standing.standing != "party" or is_in_force(standing.since, standing.until, day):
        return standing
    left = standing.until is not None and standing.until <= day
    note = f"until {standing.until}" if left else f"from {standing.since}"
    return replace(standing, standing="not_party", note=note)


def stated_book(book: RuleBook, day: date | None = None) -> RuleBook:
    """Return a timeless book as the law stood on a day, without one on the last that it states.

    Raises DiagnosticsError where the book does not state the law of that day.
    """
    if day is not None and day > book.law_as_of:
        message = f"the book states the law as of {book.law_as_of}; it does not know what came into force later."
        raise DiagnosticsError(
            [Diagnostic(Location("--as-of"), "law-not-stated", message, "Name an earlier day, or none.")]
        )
    if day is not None and book.law_from is not None and day < book.law_from:
        message = f"the book states the law from {book.law_from} on; it does not know what was law before."
        raise DiagnosticsError(
            [Diagnostic(Location("--as-of"), "law-not-stated", message, "Name a later day, or none.")]
        )
    return book_at(book, day or book.law_as_of)

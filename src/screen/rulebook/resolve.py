"""Shapes into the parts of a `RuleBook`: facts, criteria, readings, profiles, presumptions, standings, objections.

In: the shapes of all rule files, each with its document. Out: the parts, or every mistake with its place. Left alone:
what a condition means (`condition`), the order of criteria (`graph`), style (`lint`), the paper (`paper`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from screen.rulebook import schema, terms
from screen.rulebook.answers import UNKNOWN, parse_date
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import ParsedFiles, ParsedPart, presumption_parts
from screen.rulebook.dependencies import in_dependency_order
from screen.rulebook.model import (
    LEVELS,
    Criterion,
    Fact,
    FindingTexts,
    Objection,
    ObjectionReply,
    Presumption,
    Priority,
    Profile,
    Reading,
    Recommendation,
    Response,
    Side,
    Source,
    TreatyStanding,
)
from screen.rulebook.yaml_reader import KeyPath


def source(part: ParsedPart, resolver: Resolver) -> Source:
    """Return an authority."""
    raw: schema.SourceShape = part.shape
    _days(part, resolver, raw.in_force_from, raw.until)
    return Source(
        name=raw.source,
        kind=raw.kind,
        cite=raw.cite,
        short=raw.short,
        pinpoint=raw.pinpoint,
        year=raw.year,
        decision=raw.decision,
        says=raw.says,
        unverified=raw.unverified,
        in_force_from=raw.in_force_from,
        until=raw.until,
    )


def fact(part: ParsedPart, resolver: Resolver, chapters: Iterable[str]) -> Fact:
    """Return a fact."""
    raw: schema.FactShape = part.shape
    resolver.source_names(part, "sources")
    resolver.known(part, ("chapter",), raw.chapter, list(chapters), "unknown-chapter", "it in book.yaml")
    for key in ("ask", "why", "help"):
        resolver.words(part, (key,), getattr(raw, key))
    wants_options = raw.type in ("choice", "level", "many")
    if wants_options and len(raw.options) < 2:
        resolver.wrong(
            part,
            (),
            "missing-key",
            f'the {raw.type} fact "{raw.fact}" has too few options.',
            "Give `options` two at least.",
        )
    if raw.options and not wants_options:
        found = f'the {raw.type} fact "{raw.fact}" has options.'
        resolver.wrong(part, ("options",), "unknown-key", found, "Delete them or change the type.", key=True)
    for option in [option for option in raw.options if option in ("yes", "no", UNKNOWN)]:
        found = f'"{option}" cannot be an option: it is an answer of its own.'
        resolver.wrong(part, ("options", option), "reserved-name", found, "Use another name.", key=True)
    if raw.type == "many" and "none" in raw.options:
        # Two spellings of one answer would be two answers: a case that says `[none, torture]` says nothing.
        remedy = "Delete it: `[]` says it, and the interview offers it by itself."
        resolver.wrong(part, ("options", "none"), "reserved-name", 'a set has no option "none".', remedy, key=True)
    for option, label in raw.options.items():
        resolver.words(part, ("options", option), label)
    if raw.bounds is not None and raw.type != "number":
        found = f'the {raw.type} fact "{raw.fact}" has bounds of a number.'
        resolver.wrong(part, (), "unknown-key", found, "Delete them or change the type.")
    elif raw.at_least is not None and raw.at_most is not None and raw.at_least > raw.at_most:
        found = f'no number lies within the bounds of "{raw.fact}".'
        resolver.wrong(part, ("at_most",), "out-of-range", found, "Exchange them.")
    return Fact(
        raw.fact,
        raw.ask,
        raw.type,
        tuple(raw.options.items()),
        raw.chapter,
        raw.why,
        raw.help,
        tuple(raw.sources),
        raw.burden,
        raw.distress,
        raw.about,
        raw.judgement,
        raw.bounds,
    )


def criterion(part: ParsedPart, resolver: Resolver, book: schema.BookShape) -> Criterion | None:
    """Return a criterion, or None where one of its terms is wrong."""
    raw: schema.CriterionShape = part.shape
    resolver.source_names(part, "sources", "contrary")
    resolver.known(
        part, ("section",), raw.section, [one.section for one in book.sections], "unknown-section", "it in book.yaml"
    )
    if raw.standard:
        standards = [*book.standards, *resolver.names.readings]
        resolver.known(part, ("standard",), raw.standard, standards, "unknown-standard", "it in book.yaml")
    for key in FINDING_KEYS:
        resolver.words(part, ("says", key), getattr(raw.says, key, None))
    resolver.words(part, ("title",), raw.title)
    resolver.words(part, ("weakness",), raw.weakness)
    can_be_out = raw.applies_if is not None or raw.in_force_from is not None or raw.until is not None
    if raw.says and can_be_out and raw.says.not_applicable is None:
        found = f'"{raw.criterion}" can be not applicable, and has no words for it.'
        resolver.wrong(part, ("says",), "missing-key", found, 'Add "not_applicable".', key=True)
    applies = resolver.optional(part, ("applies_if",), raw.applies_if)
    holds = resolver.term(part, ("holds_if",), raw.holds_if)
    unless = [resolver.term(part, ("unless", index), one) for index, one in enumerate(raw.unless)]
    _days(part, resolver, raw.in_force_from, raw.until)
    if holds is None or None in unless or (applies is None and raw.applies_if is not None):
        return None
    if raw.in_force_from or raw.until:
        in_force = terms.InForce(raw.in_force_from, raw.until)
        applies = in_force if applies is None else terms.All((in_force, applies))
    said = raw.says
    says = FindingTexts(said.met, said.not_met, said.undetermined, said.not_applicable) if said else None
    return Criterion(
        raw.criterion,
        raw.title,
        raw.section,
        tuple(raw.sources),
        tuple(raw.contrary),
        tuple(raw.claims),
        raw.standard,
        raw.burden,
        raw.adverse,
        applies,
        holds,
        tuple(one for one in unless if one is not None),
        says,
        raw.weakness,
    )


def _days(part: ParsedPart, resolver: Resolver, since: date | None, until: date | None) -> None:
    """Note days between which nothing can be in force."""
    if since is not None and until is not None and until <= since:
        found = f"it is in force from {since} until {until}, which is never."
        resolver.wrong(part, ("until",), "never-in-force", found, "Write a later day, or leave one out.")


FINDING_KEYS = ("met", "not_met", "undetermined", "not_applicable")


def reading(part: ParsedPart, resolver: Resolver) -> Reading:
    """Return a contested point."""
    raw: schema.ReadingShape = part.shape
    for index, side in enumerate(raw.sides):
        at = ParsedPart(side, part.document, (*part.path, "sides", index))
        resolver.source_names(at, "sources")
        resolver.words(at, ("says",), side.says)
    names = [side.side for side in raw.sides]
    for index, name in enumerate(names):
        if name in names[:index]:
            place: KeyPath = ("sides", index, "side")
            resolver.wrong(part, place, "declared-twice", f'the side "{name}" stands twice.', "Rename one.")
    sides = tuple(Side(side.side, side.says, tuple(side.sources)) for side in raw.sides)
    return Reading(raw.reading, raw.title, sides)


def profiles(parts: list[ParsedPart], resolver: Resolver) -> dict[str, Profile]:
    """Return the profiles, each with every reading: its own and those of the profiles that it extends."""
    shapes = {part.shape.profile: part.shape for part in parts}
    places = {part.shape.profile: part.document.location(("extends",)) for part in parts}
    above = {name: {one.extends} if one.extends else set() for name, one in shapes.items()}
    resolver.mistakes += in_dependency_order(above, places.__getitem__, "extends", "one of them must stand alone")[1]
    result: dict[str, Profile] = {}
    for part in parts:
        raw: schema.ProfileShape = part.shape
        resolver.source_names(part, "sources")
        for name, side in raw.readings.items():
            where: KeyPath = ("readings", name)
            if resolver.known(
                part, where, name, resolver.names.readings, "unknown-reading", "it in readings.yaml", key=True
            ):
                sides = resolver.names.readings[name]
                resolver.known(part, where, side, sides, "unknown-side", "it in readings.yaml")
        if raw.extends:
            resolver.known(part, ("extends",), raw.extends, shapes, "unknown-profile", "that profile")
        before = _before(part, resolver, shapes)
        chosen, rest_is_known = _sides_of(raw, shapes)
        for name in resolver.names.readings if rest_is_known else ():
            if name not in chosen:
                # A reading left open would have to be guessed for every case under this profile.
                found = f'the profile "{raw.profile}" takes no side on "{name}".'
                resolver.wrong(part, ("readings",), "missing-reading", found, "Choose a side.", key=True)
        result[raw.profile] = Profile(raw.profile, raw.title, raw.extends, chosen, tuple(raw.sources), before)
    return result


def _before(
    part: ParsedPart, resolver: Resolver, shapes: dict[str, schema.ProfileShape]
) -> tuple[tuple[date, str], ...]:
    """Return the profiles that held before a profile, each with the day up to which it did, the earliest first."""
    found: list[tuple[date, str]] = []
    for day, name in part.shape.before.items():
        where: KeyPath = ("before", day)
        if (parsed := parse_date(day)) is None:
            resolver.wrong(part, where, "bad-date", f'"{day}" is not a date.', "Write a date as 2022-06-28.", key=True)
        elif resolver.known(part, where, name, shapes, "unknown-profile", "that profile"):
            found.append((parsed, name))
    return tuple(sorted(found))


def _sides_of(profile: schema.ProfileShape, profiles: dict[str, schema.ProfileShape]) -> tuple[dict[str, str], bool]:
    """Return a profile's sides with those of the profiles it extends, and whether all of these are known."""
    chosen: dict[str, str] = {}
    seen: set[str] = set()
    while profile.profile not in seen:
        seen.add(profile.profile)
        chosen = {**profile.readings, **chosen}
        if not profile.extends:
            return chosen, True
        if profile.extends not in profiles:
            break
        profile = profiles[profile.extends]
    return chosen, False


def presumptions(files: ParsedFiles, resolver: Resolver) -> Iterator[Presumption]:
    """Yield what is presumed: State by State, and then for every State of origin."""
    for part in files.of("origins"):
        raw: schema.OriginShape = part.shape
        known = resolver.names.countries
        resolver.known(part, ("origin",), raw.origin, known, "unknown-country", "it in countries.yaml")
    for origin, rows in presumption_parts(files):
        yield from _presumptions(rows, origin, resolver)


def _presumptions(rows: list[ParsedPart], origin: str | None, resolver: Resolver) -> Iterator[Presumption]:
    seen: dict[str, list[schema.PresumptionShape]] = {}
    for at in rows:
        one: schema.PresumptionShape = at.shape
        resolver.source_names(at, "sources")
        resolver.words(at, ("because",), one.because)
        resolver.words(at, ("rebutted_by",), one.rebutted_by)
        when = resolver.optional(at, ("when",), one.when, criteria=False)
        if one.presume in resolver.names.criteria:
            remedy = "Presume the facts that it rests on: country information is no finding of law."
            resolver.wrong(at, ("presume",), "criterion-here", f'"{one.presume}" is a criterion.', remedy)
            continue
        if not resolver.known(at, ("presume",), one.presume, resolver.names.facts, "unknown-fact", "it in facts/"):
            continue
        if any(_meet(one, other) for other in seen.get(one.presume, ())):
            found = f'"{one.presume}" is presumed twice; which holds would be left to chance.'
            remedy = "Keep one, or let one end before the other begins."
            resolver.wrong(at, ("presume",), "declared-twice", found, remedy)
        seen.setdefault(one.presume, []).append(one)
        _days(at, resolver, one.in_force_from, one.until)
        value = resolver.value(at, ("value",), resolver.names.facts[one.presume], one.value)
        if value is not None and (when is not None or one.when is None):
            yield Presumption(
                one.presume,
                value,
                origin,
                when,
                one.because,
                one.rebutted_by,
                tuple(one.sources),
                one.in_force_from,
                one.until,
            )


def _meet(one: schema.PresumptionShape, other: schema.PresumptionShape) -> bool:
    """Tell whether two are in force on the same day."""
    first, second = sorted((one, other), key=lambda each: each.in_force_from or date.min)
    return first.until is None or (second.in_force_from or date.min) < first.until


def country_names(parts: Iterable[ParsedPart], resolver: Resolver) -> dict[str, tuple[str, ...]]:
    """Return what people also write for a State, by its code."""
    names: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for code, also in part.shape.items():
            resolver.known(part, (code,), code, resolver.names.countries, "unknown-country", "it in countries.yaml")
            names[code] = tuple(also)
    return names


def standings(part: ParsedPart, resolver: Resolver) -> dict[str, TreatyStanding]:
    """Return how one State stands to each treaty."""
    raw: schema.HostShape = part.shape
    resolver.known(part, ("state",), raw.state, resolver.names.countries, "unknown-country", "it in countries.yaml")
    rows: dict[str, TreatyStanding] = {}
    for index, row in enumerate(raw.treaties):
        path: KeyPath = ("treaties", index, "treaty")
        resolver.known(part, path, row.treaty, resolver.names.treaties, "unknown-treaty", "it in book.yaml")
        if row.treaty in rows:
            resolver.wrong(part, path, "declared-twice", f'"{row.treaty}" stands twice.', "Delete one.")
        _days(ParsedPart(row, part.document, (*part.path, "treaties", index)), resolver, row.since, row.until)
        rows[row.treaty] = TreatyStanding(row.standing, row.since, row.note, row.unverified, row.until)
    return rows


def objection(part: ParsedPart, resolver: Resolver) -> Objection:
    """Return an objection with its answers."""
    raw: schema.ObjectionShape = part.shape
    resolver.source_names(part, "sources")
    replies = []
    for index, reply in enumerate(raw.answers):
        at = ParsedPart(reply, part.document, (*part.path, "answers", index))
        resolver.source_names(at, "sources")
        resolver.words(at, ("says",), reply.says)
        holds = resolver.optional(at, ("holds_if",), reply.holds_if)
        replies.append(ObjectionReply(reply.says, holds, tuple(reply.sources), tuple(reply.claims), reply.rebuttal))
    for key in ("title", "says", "weakness"):
        resolver.words(part, (key,), getattr(raw, key))
    raised = resolver.optional(part, ("raised_if",), raw.raised_if)
    return Objection(
        raw.objection,
        raw.title,
        raw.asserted_by,
        raised,
        raw.says,
        tuple(replies),
        raw.weakness,
        tuple(raw.sources),
        tuple(raw.claims),
    )


def response(part: ParsedPart, resolver: Resolver) -> Response:
    """Return an obligation or a recommended response."""
    raw: schema.ResponseShape = part.shape
    resolver.source_names(part, "sources")
    for key in ("title", "says"):
        resolver.words(part, (key,), getattr(raw, key))
    owed = resolver.optional(part, ("owed_if",), raw.owed_if)
    return Response(raw.response, raw.kind, raw.title, raw.says, owed, tuple(raw.sources), tuple(raw.claims))


def priorities(parts: Iterable[ParsedPart], resolver: Resolver) -> tuple[Priority, ...]:
    """Return the reasons to take a case up before others, the most urgent first."""
    found = []
    for part in parts:
        raw: schema.PriorityShape = part.shape
        resolver.source_names(part, "sources")
        for key in ("title", "says"):
            resolver.words(part, (key,), getattr(raw, key))
        when = resolver.term(part, ("when",), raw.when)
        if when is not None:
            found.append(Priority(raw.priority, raw.title, raw.level, raw.says, when, tuple(raw.sources)))
    return tuple(sorted(found, key=lambda one: LEVELS.index(one.level)))


def recommendations(part: ParsedPart, resolver: Resolver) -> Iterator[Recommendation]:
    """Yield the recommendations in their order."""
    book: schema.BookShape = part.shape
    for index, one in enumerate(book.recommendations):
        resolver.words(part, ("recommendations", index, "says"), one.says)
        when = resolver.term(part, ("recommendations", index, "when"), one.when, ruled_out=True)
        if when is not None:
            yield Recommendation(one.recommend, when, one.says)

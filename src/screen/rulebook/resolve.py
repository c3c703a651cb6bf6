"""Resolve parsed shapes into the parts of a `RuleBook`: facts, criteria, readings, profiles, presumptions and so on.

Each function returns what it could resolve and reports the rest to the `Resolver`. The paper (`paper`), the supplements
and the properties have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import get_args

from screen.rulebook import model, schema, terms
from screen.rulebook.answers import UNKNOWN, parse_date
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import ParsedFiles, ParsedPart, presumption_parts
from screen.rulebook.dependencies import in_dependency_order
from screen.rulebook.yaml_reader import KeyPath

#: The statuses of a finding, as rule files name them.
FINDING_KEYS: tuple[str, ...] = get_args(schema.FindingName)


def source(part: ParsedPart, resolver: Resolver) -> model.Source:
    """Return an authority."""
    raw: schema.SourceShape = part.shape
    _check_days(part, resolver, raw.in_force_from, raw.until)
    return model.Source(
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


def fact(part: ParsedPart, resolver: Resolver, chapters: Iterable[str]) -> model.Fact:
    """Return a fact; `chapters` are those of book.yaml."""
    raw: schema.FactShape = part.shape
    resolver.check_sources(part, "sources")
    resolver.check_known(part, ("chapter",), raw.chapter, list(chapters), "unknown-chapter", "it in book.yaml")
    resolver.check_texts(part, "ask", "why", "help")
    needs_options = raw.type in ("choice", "level", "many")
    if needs_options and len(raw.options) < 2:
        message = f'the {raw.type} fact "{raw.fact}" has too few options.'
        resolver.report(part, (), "missing-key", message, "Give `options` at least two.")
    if raw.options and not needs_options:
        message = f'the {raw.type} fact "{raw.fact}" has options.'
        resolver.report(part, ("options",), "unknown-key", message, "Delete them or change the type.", key=True)
    for option in [option for option in raw.options if option in ("yes", "no", UNKNOWN)]:
        message = f'"{option}" cannot be an option: it is an answer of its own.'
        resolver.report(part, ("options", option), "reserved-name", message, "Use another name.", key=True)
    if raw.type == "many" and "none" in raw.options:
        # `[]` says it already. A case with `[none, torture]` would contradict itself.
        hint = "Delete it: `[]` says it, and the interview offers it anyway."
        resolver.report(part, ("options", "none"), "reserved-name", 'a set has no option "none".', hint, key=True)
    for option, label in raw.options.items():
        resolver.check_placeholders(part, ("options", option), label)
    if raw.bounds is not None and raw.type != "number":
        message = f'the {raw.type} fact "{raw.fact}" has bounds for a number.'
        resolver.report(part, (), "unknown-key", message, "Delete them or change the type.")
    elif raw.at_least is not None and raw.at_most is not None and raw.at_least > raw.at_most:
        message = f'no number lies within the bounds of "{raw.fact}".'
        resolver.report(part, ("at_most",), "out-of-range", message, "Exchange them.")
    return model.Fact(
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
        raw.known_from,
    )


def criterion(part: ParsedPart, resolver: Resolver, book: schema.BookShape) -> model.Criterion | None:
    """Return a criterion, or None where one of its conditions is wrong."""
    raw: schema.CriterionShape = part.shape
    resolver.check_sources(part, "sources", "contrary")
    sections = [section.section for section in book.sections]
    resolver.check_known(part, ("section",), raw.section, sections, "unknown-section", "it in book.yaml")
    if raw.standard:
        standards = [*book.standards, *resolver.names.readings]
        resolver.check_known(part, ("standard",), raw.standard, standards, "unknown-standard", "it in book.yaml")
    for key in FINDING_KEYS:
        resolver.check_placeholders(part, ("says", key), getattr(raw.says, key, None))
    resolver.check_texts(part, "title", "weakness")
    may_not_apply = raw.applies_if is not None or raw.in_force_from is not None or raw.until is not None
    if raw.says and may_not_apply and raw.says.not_applicable is None:
        message = f'"{raw.criterion}" may not apply, and has no words for that.'
        resolver.report(part, ("says",), "missing-key", message, 'Add "not_applicable".', key=True)
    applies = resolver.optional_term(part, ("applies_if",), raw.applies_if)
    holds = resolver.term(part, ("holds_if",), raw.holds_if)
    unless = [resolver.term(part, ("unless", index), condition) for index, condition in enumerate(raw.unless)]
    _check_days(part, resolver, raw.in_force_from, raw.until)
    if holds is None or None in unless or (applies is None and raw.applies_if is not None):
        return None
    if raw.in_force_from or raw.until:
        in_force = terms.InForce(raw.in_force_from, raw.until)
        # Both must be met: `All` would leave out a condition that is itself not applicable.
        applies = in_force if applies is None else terms.AtLeast(2, (in_force, applies))
    return model.Criterion(
        raw.criterion,
        raw.title,
        raw.section,
        tuple(raw.sources),
        tuple(raw.contrary),
        tuple(raw.claims),
        raw.standard,
        _burden(part, resolver),
        raw.adverse,
        applies,
        holds,
        tuple(term for term in unless if term is not None),
        model.FindingTexts(**raw.says.model_dump()) if raw.says else None,
        raw.weakness,
    )


def _burden(part: ParsedPart, resolver: Resolver) -> str | model.BurdenByReading | None:
    """Return who bears the burden of a criterion; where a reading decides that, each of its sides says who."""
    burden: str | schema.BurdenByReadingShape | None = part.shape.burden
    if not isinstance(burden, schema.BurdenByReadingShape):
        return burden
    readings, path = resolver.names.readings, ("burden", "as")
    if resolver.check_known(
        part, ("burden", "reading"), burden.reading, readings, "unknown-reading", "it in readings.yaml"
    ):
        sides = readings[burden.reading]
        for side in burden.as_:
            resolver.check_known(part, (*path, side), side, sides, "unknown-side", "it in readings.yaml", key=True)
        if absent := [side for side in sides if side not in burden.as_]:
            message = f'the side "{absent[0]}" of "{burden.reading}" names no burden.'
            resolver.report(part, path, "missing-side", message, "Add it; `none` where nobody bears it.", key=True)
    return model.BurdenByReading(
        burden.reading, tuple((side, None if bearer == "none" else bearer) for side, bearer in burden.as_.items())
    )


def _check_days(part: ParsedPart, resolver: Resolver, since: date | None, until: date | None) -> None:
    """Report days between which nothing can be in force."""
    if since is not None and until is not None and until <= since:
        message = f"it is in force from {since} until {until}, which is never."
        resolver.report(part, ("until",), "never-in-force", message, "Write a later day, or leave one out.")


def reading(part: ParsedPart, resolver: Resolver) -> model.Reading:
    """Return a contested point."""
    raw: schema.ReadingShape = part.shape
    for index, side in enumerate(raw.sides):
        side_part = part.child(side, "sides", index)
        resolver.check_sources(side_part, "sources")
        resolver.check_texts(side_part, "says")
    names = [side.side for side in raw.sides]
    for index, name in enumerate(names):
        if name in names[:index]:
            path: KeyPath = ("sides", index, "side")
            resolver.report(part, path, "declared-twice", f'the side "{name}" is declared twice.', "Rename one.")
    sides = tuple(model.Side(side.side, side.says, tuple(side.sources)) for side in raw.sides)
    return model.Reading(raw.reading, raw.title, sides)


def profiles(parts: list[ParsedPart], resolver: Resolver) -> dict[str, model.Profile]:
    """Return the profiles, each with every reading: its own and those of the profiles that it extends."""
    shapes = {part.shape.profile: part.shape for part in parts}
    locations = {part.shape.profile: part.document.location(("extends",)) for part in parts}
    parents = {name: {shape.extends} if shape.extends else set() for name, shape in shapes.items()}
    why = "one of them must extend none"
    resolver.diagnostics += in_dependency_order(parents, locations.__getitem__, "extends", why)[1]
    result: dict[str, model.Profile] = {}
    for part in parts:
        raw: schema.ProfileShape = part.shape
        resolver.check_sources(part, "sources")
        for name, side in raw.readings.items():
            path: KeyPath = ("readings", name)
            if resolver.check_known(
                part, path, name, resolver.names.readings, "unknown-reading", "it in readings.yaml", key=True
            ):
                sides = resolver.names.readings[name]
                resolver.check_known(part, path, side, sides, "unknown-side", "it in readings.yaml")
        if raw.extends:
            resolver.check_known(part, ("extends",), raw.extends, shapes, "unknown-profile", "that profile")
        before = _earlier_profiles(part, resolver, shapes)
        chosen, is_complete = _inherited_sides(raw, shapes)
        for name in resolver.names.readings if is_complete else ():
            if name not in chosen:
                # A reading without a side would have to be guessed for every case under this profile.
                message = f'the profile "{raw.profile}" takes no side on "{name}".'
                resolver.report(part, ("readings",), "missing-reading", message, "Choose a side.", key=True)
        result[raw.profile] = model.Profile(raw.profile, raw.title, raw.extends, chosen, tuple(raw.sources), before)
    return result


def _earlier_profiles(
    part: ParsedPart, resolver: Resolver, shapes: dict[str, schema.ProfileShape]
) -> tuple[tuple[date, str], ...]:
    """Return the profiles that stood in the place of this one before a day, with that day, the earliest first."""
    earlier: list[tuple[date, str]] = []
    for day, name in part.shape.before.items():
        path: KeyPath = ("before", day)
        if (parsed := parse_date(day)) is None:
            resolver.report(part, path, "bad-date", f'"{day}" is not a date.', "Write a date as 2022-06-28.", key=True)
        elif resolver.check_known(part, path, name, shapes, "unknown-profile", "that profile"):
            earlier.append((parsed, name))
    return tuple(sorted(earlier))


def _inherited_sides(
    profile: schema.ProfileShape, profiles: dict[str, schema.ProfileShape]
) -> tuple[dict[str, str], bool]:
    """Return a profile's sides with those of the profiles that it extends, and whether all of these are known."""
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


def presumptions(files: ParsedFiles, resolver: Resolver) -> Iterator[model.Presumption]:
    """Yield the presumptions: State of origin by State of origin, and then those about every State."""
    for part in files.of("origins"):
        raw: schema.OriginShape = part.shape
        known = resolver.names.countries
        resolver.check_known(part, ("origin",), raw.origin, known, "unknown-country", "it in countries.yaml")
    for origin, parts in presumption_parts(files):
        yield from _presumptions(parts, origin, resolver)


def _presumptions(parts: list[ParsedPart], origin: str | None, resolver: Resolver) -> Iterator[model.Presumption]:
    seen: dict[str, list[schema.PresumptionShape]] = {}
    for part in parts:
        raw: schema.PresumptionShape = part.shape
        resolver.check_sources(part, "sources")
        resolver.check_texts(part, "because", "rebutted_by")
        when = resolver.optional_term(part, ("when",), raw.when, criteria=False)
        if raw.presume in resolver.names.criteria:
            hint = "Presume the facts that it depends on: country information is no finding of law."
            resolver.report(part, ("presume",), "criterion-here", f'"{raw.presume}" is a criterion.', hint)
            continue
        if not resolver.check_known(
            part, ("presume",), raw.presume, resolver.names.facts, "unknown-fact", "it in facts/"
        ):
            continue
        if any(_overlap(raw, other) for other in seen.get(raw.presume, ())):
            message = f'"{raw.presume}" is presumed twice; which applies would be left to chance.'
            hint = "Delete one, or let one end before the other begins."
            resolver.report(part, ("presume",), "declared-twice", message, hint)
        seen.setdefault(raw.presume, []).append(raw)
        _check_days(part, resolver, raw.in_force_from, raw.until)
        value = resolver.value(part, ("value",), resolver.names.facts[raw.presume], raw.value)
        if value is not None and (when is not None or raw.when is None):
            yield model.Presumption(
                raw.presume,
                value,
                origin,
                when,
                raw.because,
                raw.rebutted_by,
                tuple(raw.sources),
                raw.in_force_from,
                raw.until,
            )


def _overlap(a: schema.PresumptionShape, b: schema.PresumptionShape) -> bool:
    """Tell whether two presumptions are in force on some same day."""
    first, second = sorted((a, b), key=lambda presumption: presumption.in_force_from or date.min)
    return first.until is None or (second.in_force_from or date.min) < first.until


def country_names(parts: Iterable[ParsedPart], resolver: Resolver) -> dict[str, tuple[str, ...]]:
    """Return the other names that people use for a State, by its code."""
    names: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for code, other_names in part.shape.items():
            known = resolver.names.countries
            resolver.check_known(part, (code,), code, known, "unknown-country", "it in countries.yaml")
            names[code] = tuple(other_names)
    return names


def standings(part: ParsedPart, resolver: Resolver) -> dict[str, model.TreatyStanding]:
    """Return how one State stands to each treaty."""
    raw: schema.HostShape = part.shape
    known = resolver.names.countries
    resolver.check_known(part, ("state",), raw.state, known, "unknown-country", "it in countries.yaml")
    rows: dict[str, model.TreatyStanding] = {}
    for index, row in enumerate(raw.treaties):
        path: KeyPath = ("treaties", index, "treaty")
        resolver.check_known(part, path, row.treaty, resolver.names.treaties, "unknown-treaty", "it in book.yaml")
        if row.treaty in rows:
            resolver.report(part, path, "declared-twice", f'"{row.treaty}" is listed twice.', "Delete one.")
        _check_days(part.child(row, "treaties", index), resolver, row.since, row.until)
        rows[row.treaty] = model.TreatyStanding(row.standing, row.since, row.note, row.unverified, row.until)
    return rows


def objection(part: ParsedPart, resolver: Resolver) -> model.Objection:
    """Return an objection with its answers."""
    raw: schema.ObjectionShape = part.shape
    resolver.check_sources(part, "sources")
    replies = []
    for index, reply in enumerate(raw.answers):
        reply_part = part.child(reply, "answers", index)
        resolver.check_sources(reply_part, "sources")
        resolver.check_texts(reply_part, "says")
        holds = resolver.optional_term(reply_part, ("holds_if",), reply.holds_if)
        replies.append(
            model.ObjectionReply(reply.says, holds, tuple(reply.sources), tuple(reply.claims), reply.rebuttal)
        )
    resolver.check_texts(part, "title", "says", "weakness")
    raised = resolver.optional_term(part, ("raised_if",), raw.raised_if)
    return model.Objection(
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


def response(part: ParsedPart, resolver: Resolver) -> model.Response:
    """Return an obligation or a recommended response."""
    raw: schema.ResponseShape = part.shape
    resolver.check_sources(part, "sources")
    resolver.check_texts(part, "title", "says")
    owed = resolver.optional_term(part, ("owed_if",), raw.owed_if)
    return model.Response(raw.response, raw.kind, raw.title, raw.says, owed, tuple(raw.sources), tuple(raw.claims))


def priorities(parts: Iterable[ParsedPart], resolver: Resolver) -> tuple[model.Priority, ...]:
    """Return the reasons to take a case up before others, the most urgent first."""
    resolved = []
    for part in parts:
        raw: schema.PriorityShape = part.shape
        resolver.check_sources(part, "sources")
        resolver.check_texts(part, "title", "says")
        when = resolver.term(part, ("when",), raw.when)
        if when is not None:
            resolved.append(model.Priority(raw.priority, raw.title, raw.level, raw.says, when, tuple(raw.sources)))
    return tuple(sorted(resolved, key=lambda priority: model.LEVELS.index(priority.level)))


def recommendations(part: ParsedPart, resolver: Resolver) -> Iterator[model.Recommendation]:
    """Yield the recommendations in their order."""
    book: schema.BookShape = part.shape
    for index, raw in enumerate(book.recommendations):
        resolver.check_placeholders(part, ("recommendations", index, "says"), raw.says)
        when = resolver.term(part, ("recommendations", index, "when"), raw.when, ruled_out=True)
        if when is not None:
            yield model.Recommendation(raw.recommend, when, raw.says)


def before_closing(part: ParsedPart, resolver: Resolver) -> Iterator[model.BeforeClosing]:
    """Yield what must be put to the applicant before the record may be closed."""
    book: schema.BookShape = part.shape
    for index, raw in enumerate(book.before_closing):
        row = part.child(raw, "before_closing", index)
        resolver.check_texts(row, "says")
        resolver.check_sources(row, "sources")
        for place, name in enumerate(raw.ask):
            facts = resolver.names.facts
            resolver.check_known(row, ("ask", place), name, facts, "unknown-fact", "it in facts/")
        when = resolver.term(row, ("when",), raw.when)
        unless = [resolver.term(row, ("unless", place), condition) for place, condition in enumerate(raw.unless)]
        if when is not None and None not in unless:
            kept = tuple(term for term in unless if term is not None)
            yield model.BeforeClosing(when, kept, tuple(raw.ask), raw.says, tuple(raw.sources))

"""The paper's propositions and numbers, held against the rule book both ways.

In: the shapes of claims.yaml and statistics.yaml with all other parts. Out: claims and statistics, or a mistake where a
claim has no home, a home names no claim, or a figure is none. Nothing here can change a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import schema
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import NAME_KEYS, DeclaredNames, ParsedFiles, ParsedPart
from screen.rulebook.model import PROPOSITIONS, Claim, ClaimHome, Statistic
from screen.rulebook.yaml_reader import KeyPath

_NAMED_ALONE = ("criterion", "fact", "objection", "rebuttal", "response")
#: The kinds of home that name their claims themselves.
_ANSWERING = ("criterion", "objection", "rebuttal", "response", "human_security", "statistic")


def claim(part: ParsedPart, resolver: Resolver) -> Claim:
    """Return a proposition of the paper with its homes, as far as they exist."""
    raw: schema.ClaimShape = part.shape
    for key in ("says", "caution", "not_encoded"):
        resolver.words(part, (key,), getattr(raw, key))
    if raw.claim not in PROPOSITIONS:
        found, remedy = f'the paper has no "{raw.claim}".', f"Its propositions are {_span(PROPOSITIONS)}."
        resolver.wrong(part, ("claim",), "unknown-claim", found, remedy)
    if bool(raw.homes) == bool(raw.not_encoded):
        found = f'"{raw.claim}" has {"homes and a reason to have none" if raw.homes else "no home and no reason"}.'
        remedy = "Write `homes`, or else `not_encoded` with the reason."
        resolver.wrong(part, ("claim",), "home-or-reason", found, remedy)
    homes = (_home(part, index, one, resolver) for index, one in enumerate(raw.homes))
    return Claim(
        raw.claim,
        raw.says,
        tuple(raw.use),
        raw.footnote,
        raw.caution,
        tuple(one for one in homes if one is not None),
        raw.not_encoded,
    )


def _home(at: ParsedPart, index: int, raw: Any, resolver: Resolver) -> ClaimHome | None:
    """Return a home, or None after noting that there is none of that name."""
    path: KeyPath = ("homes", index)
    known = _known_homes(resolver.names)
    if isinstance(raw, str):
        for kind in _NAMED_ALONE:
            if raw in known[kind]:
                return ClaimHome(kind, raw)
        every = [name for kind in _NAMED_ALONE for name in known[kind]]
        what = "a criterion, fact, objection, rebuttal or response of that name"
        resolver.known(at, path, raw, every, "unknown-home", what)
        return None
    match [*raw.items()] if isinstance(raw, dict) else []:
        case [(str() as key, str() as name)] if key in schema.HOMES:
            kind = schema.HOMES[key]
            if resolver.known(at, (*path, key), name, known[kind], "unknown-home", f"a {kind} of that name"):
                return ClaimHome(kind, name)
            return None
    keys = ", ".join(f"`{{{key}: …}}`" for key in schema.HOMES)
    resolver.wrong(at, path, "wrong-kind", "no home is written like this.", f"Write a name alone, or one of {keys}.")
    return None


def _known_homes(names: DeclaredNames) -> dict[str, Iterable[str]]:
    return {
        "criterion": names.criteria,
        "fact": names.facts,
        "objection": names.objections,
        "response": names.responses,
        "reading": names.readings,
        "source": names.sources,
        "presumption": names.presumed,
        "host": names.hosts,
        "statistic": names.statistics,
        "rebuttal": names.rebuttals,
        "human_security": names.dimensions,
    }


def statistic(part: ParsedPart, resolver: Resolver) -> Statistic:
    """Return a published number."""
    raw: schema.StatisticShape = part.shape
    for key in ("unit", "of_what", "period", "note"):
        resolver.words(part, (key,), getattr(raw, key))
    resolver.known(part, ("source",), raw.source, resolver.names.sources, "unknown-source", "it in sources.yaml")
    resolver.known(part, ("claim",), raw.claim, resolver.names.claims, "unknown-claim", "it in claims.yaml")
    has_range = raw.low is not None or raw.high is not None
    if (raw.value is None) != has_range or (raw.low is not None and raw.high is not None and raw.low > raw.high):
        found = f'"{raw.statistic}" has no one number and no range that can be.'
        remedy = "Write `value`, or else `low`, `high` or both, the lower one as `low`."
        resolver.wrong(part, ("statistic",), "bad-figure", found, remedy)
    if raw.year is None and raw.period is None:
        # A number without its day is read as if it held today.
        found = f'"{raw.statistic}" has no date.'
        resolver.wrong(part, ("statistic",), "missing-key", found, "Add `year` or `period`.")
    return Statistic(
        raw.statistic,
        raw.value,
        raw.low,
        raw.high,
        raw.unit,
        raw.of_what,
        raw.year,
        raw.period,
        raw.source,
        raw.claim,
        raw.note,
        raw.in_force_from,
        raw.until,
    )


def claims_of(files: ParsedFiles, resolver: Resolver) -> dict[str, Claim]:
    """Return the propositions of the paper in their order, held against the rules that say they encode them.

    A book without claims.yaml has none, and nothing is held against it.
    """
    if "claims" not in files.parts or files.book is None:
        return {}
    found = {part.shape.claim: claim(part, resolver) for part in files.of("claims")}
    if missing := [name for name in PROPOSITIONS if name not in found and name not in files.broken]:
        place = Location(files.book.document.file.replace("book.yaml", "claims.yaml"))
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        found_none, remedy = f"{_span(missing)} {are} not there.", f"Add {them}, even where nothing takes {them} up."
        resolver.mistakes.append(Diagnostic(place, "missing-claim", found_none, remedy))
    named = _claims_named(files)
    _without_home(named, found, resolver)
    _without_claim(files, {(home, name) for home, name, _, _ in named}, found, resolver)
    return {name: found[name] for name in PROPOSITIONS if name in found}


def _claims_named(files: ParsedFiles) -> list[tuple[ClaimHome, str, ParsedPart, KeyPath]]:
    """Return every place where a rule or a statistic names a claim: whose, which, and where."""
    named: list[tuple[ClaimHome, str, ParsedPart, KeyPath]] = []
    for kind in ("criteria", "objections", "responses", "human_security"):
        for part in files.of(kind):
            key = NAME_KEYS[kind]
            home = ClaimHome(kind if kind == "human_security" else key, getattr(part.shape, key))
            lists: list[tuple[ClaimHome, KeyPath, list[str]]] = [(home, ("claims",), part.shape.claims)]
            for index, one in enumerate(getattr(part.shape, "answers", ())):
                # A rebuttal is a home of its own; what another answer takes up has its home in the objection.
                at = ClaimHome("rebuttal", one.rebuttal) if one.rebuttal else home
                lists.append((at, ("answers", index, "claims"), one.claims))
            named += [
                (each, name, part, (*path, index)) for each, path, names in lists for index, name in enumerate(names)
            ]
    for part in files.of("statistics"):
        named.append((ClaimHome("statistic", part.shape.statistic), part.shape.claim, part, ("claim",)))
    return named


def _without_home(
    named: list[tuple[ClaimHome, str, ParsedPart, KeyPath]], found: dict[str, Claim], resolver: Resolver
) -> None:
    """Note each rule that names a claim which does not name it back, or which the paper does not have."""
    for home, name, part, path in named:
        if name in found and home not in found[name].homes:
            told = f'"{home.name}" takes up "{name}", whose homes do not name it.'
            resolver.wrong(
                part, path, "claim-without-home", told, f"Add it to the homes of {name}, or delete {name} here."
            )
        elif name not in PROPOSITIONS and home.kind != "statistic":
            told, remedy = f'the paper has no "{name}".', f"Its propositions are {_span(PROPOSITIONS)}."
            resolver.wrong(part, path, "unknown-claim", told, remedy)


def _without_claim(
    files: ParsedFiles, named: set[tuple[ClaimHome, str]], found: dict[str, Claim], resolver: Resolver
) -> None:
    """Note each home that could name its claim and does not."""
    for part in files.of("claims"):
        for index, raw in enumerate(part.shape.homes):
            name = raw if isinstance(raw, str) else next(iter(raw.values()), None) if isinstance(raw, dict) else None
            for home in found[part.shape.claim].homes:
                # Facts, readings, presumptions and authorities have no list of claims that could be held against this.
                answers = home.kind in _ANSWERING
                if home.name == name and answers and (home, part.shape.claim) not in named:
                    told = f'"{home.name}" does not say that it takes up "{part.shape.claim}".'
                    remedy = f"Add {part.shape.claim} to its claims, or delete the home."
                    resolver.wrong(part, ("homes", index), "home-without-claim", told, remedy)


def _span(names: Iterable[str]) -> str:
    """Return names of claims in short: `P02 to P04, P07`."""
    numbers = [int(name[1:]) for name in names]
    starts = [one for one in numbers if one - 1 not in numbers]
    ends = [one for one in numbers if one + 1 not in numbers]
    runs = zip(starts, ends, strict=True)
    return ", ".join(f"P{low:02}" if low == high else f"P{low:02} to P{high:02}" for low, high in runs)

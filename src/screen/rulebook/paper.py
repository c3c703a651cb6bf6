"""Resolve the paper's propositions and numbers, and compare them with the rule book in both directions.

Every claim needs a home or a reason to have none, and every home must name its claim. Nothing here changes a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import schema
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import NAME_KEYS, DeclaredNames, ParsedFiles, ParsedPart
from screen.rulebook.model import PROPOSITIONS, Claim, ClaimHome, Statistic
from screen.rulebook.yaml_reader import KeyPath

#: The kinds of home that are written as a name alone.
_PLAIN_HOMES = ("criterion", "fact", "objection", "rebuttal", "response")
#: The kinds of home that list their claims themselves.
_HOMES_WITH_CLAIMS = ("criterion", "objection", "rebuttal", "response", "human_security", "statistic")


def claim(part: ParsedPart, resolver: Resolver) -> Claim:
    """Return a proposition of the paper with its homes, as far as they exist."""
    raw: schema.ClaimShape = part.shape
    resolver.check_texts(part, "says", "caution", "not_encoded")
    if raw.claim not in PROPOSITIONS:
        message, hint = f'the paper has no "{raw.claim}".', f"Its propositions are {_span(PROPOSITIONS)}."
        resolver.report(part, ("claim",), "unknown-claim", message, hint)
    if bool(raw.homes) == bool(raw.not_encoded):
        message = f'"{raw.claim}" has {"homes and a reason to have none" if raw.homes else "no home and no reason"}.'
        hint = "Write `homes`, or else `not_encoded` with the reason."
        resolver.report(part, ("claim",), "home-or-reason", message, hint)
    homes = (_home(part, index, home, resolver) for index, home in enumerate(raw.homes))
    return Claim(
        raw.claim,
        raw.says,
        tuple(raw.use),
        raw.footnote,
        raw.caution,
        tuple(home for home in homes if home is not None),
        raw.not_encoded,
    )


def _home(part: ParsedPart, index: int, raw: Any, resolver: Resolver) -> ClaimHome | None:
    """Return a home, or None after reporting that there is none of that name."""
    path: KeyPath = ("homes", index)
    known = _known_homes(resolver.names)
    if isinstance(raw, str):
        for kind in _PLAIN_HOMES:
            if raw in known[kind]:
                return ClaimHome(kind, raw)
        names = [name for kind in _PLAIN_HOMES for name in known[kind]]
        what = "a criterion, fact, objection, rebuttal or response of that name"
        resolver.check_known(part, path, raw, names, "unknown-home", what)
        return None
    match [*raw.items()] if isinstance(raw, dict) else []:
        case [(str() as key, str() as name)] if key in schema.HOMES:
            kind = schema.HOMES[key]
            if resolver.check_known(part, (*path, key), name, known[kind], "unknown-home", f"a {kind} of that name"):
                return ClaimHome(kind, name)
            return None
    keys = ", ".join(f"`{{{key}: …}}`" for key in schema.HOMES)
    resolver.report(
        part, path, "wrong-kind", "this is not how a home is written.", f"Write a name alone, or one of {keys}."
    )
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
    resolver.check_texts(part, "unit", "of_what", "period", "note")
    resolver.check_known(part, ("source",), raw.source, resolver.names.sources, "unknown-source", "it in sources.yaml")
    resolver.check_known(part, ("claim",), raw.claim, resolver.names.claims, "unknown-claim", "it in claims.yaml")
    has_range = raw.low is not None or raw.high is not None
    if (raw.value is None) != has_range or (raw.low is not None and raw.high is not None and raw.low > raw.high):
        message = f'"{raw.statistic}" has neither one number nor a possible range.'
        hint = "Write `value`, or else `low`, `high` or both, the lower one as `low`."
        resolver.report(part, ("statistic",), "bad-figure", message, hint)
    if raw.year is None and raw.period is None:
        # A number without a date would be read as if it were true today.
        message = f'"{raw.statistic}" has no date.'
        resolver.report(part, ("statistic",), "missing-key", message, "Add `year` or `period`.")
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


def resolve_claims(files: ParsedFiles, resolver: Resolver) -> dict[str, Claim]:
    """Return the propositions of the paper in their order, compared with the rules that say they encode them.

    A book without claims.yaml has none, and nothing is compared with it.
    """
    if "claims" not in files.parts or files.book is None:
        return {}
    claims = {part.shape.claim: claim(part, resolver) for part in files.of("claims")}
    if missing := [name for name in PROPOSITIONS if name not in claims and name not in files.broken]:
        location = Location(files.book.document.file.replace("book.yaml", "claims.yaml"))
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        message = f"{_span(missing)} {are} missing."
        hint = f"Add {them}, even where nothing takes {them} up."
        resolver.diagnostics.append(Diagnostic(location, "missing-claim", message, hint))
    mentions = _claim_mentions(files)
    _report_missing_homes(mentions, claims, resolver)
    _report_missing_claims(files, {(mention.home, mention.claim) for mention in mentions}, claims, resolver)
    return {name: claims[name] for name in PROPOSITIONS if name in claims}


class _Mention(NamedTuple):
    """A place where a rule or a statistic names a claim."""

    home: ClaimHome
    claim: str
    part: ParsedPart
    path: KeyPath


def _claim_mentions(files: ParsedFiles) -> list[_Mention]:
    """Return every place where a rule or a statistic names a claim."""
    mentions: list[_Mention] = []
    for kind in ("criteria", "objections", "responses", "human_security"):
        for part in files.of(kind):
            key = NAME_KEYS[kind]
            home = ClaimHome(kind if kind == "human_security" else key, getattr(part.shape, key))
            lists: list[tuple[ClaimHome, KeyPath, list[str]]] = [(home, ("claims",), part.shape.claims)]
            for index, answer in enumerate(getattr(part.shape, "answers", ())):
                # A rebuttal is a home of its own; what another answer takes up has its home in the objection.
                answer_home = ClaimHome("rebuttal", answer.rebuttal) if answer.rebuttal else home
                lists.append((answer_home, ("answers", index, "claims"), answer.claims))
            mentions += [
                _Mention(list_home, name, part, (*path, index))
                for list_home, path, names in lists
                for index, name in enumerate(names)
            ]
    for part in files.of("statistics"):
        home = ClaimHome("statistic", part.shape.statistic)
        mentions.append(_Mention(home, part.shape.claim, part, ("claim",)))
    return mentions


def _report_missing_homes(mentions: list[_Mention], claims: dict[str, Claim], resolver: Resolver) -> None:
    """Report each rule that names a claim which does not name it back, or which the paper does not have."""
    for home, name, part, path in mentions:
        if name in claims and home not in claims[name].homes:
            message = f'"{home.name}" takes up "{name}", whose homes do not name it.'
            hint = f"Add it to the homes of {name}, or delete {name} here."
            resolver.report(part, path, "claim-without-home", message, hint)
        elif name not in PROPOSITIONS and home.kind != "statistic":
            message, hint = f'the paper has no "{name}".', f"Its propositions are {_span(PROPOSITIONS)}."
            resolver.report(part, path, "unknown-claim", message, hint)


def _report_missing_claims(
    files: ParsedFiles, mentioned: set[tuple[ClaimHome, str]], claims: dict[str, Claim], resolver: Resolver
) -> None:
    """Report each home that could name its claim and does not."""
    for part in files.of("claims"):
        claim_name = part.shape.claim
        for index, raw in enumerate(part.shape.homes):
            name = raw if isinstance(raw, str) else next(iter(raw.values()), None) if isinstance(raw, dict) else None
            for home in claims[claim_name].homes:
                # Facts, readings, presumptions and authorities do not list claims, so there is nothing to compare.
                lists_claims = home.kind in _HOMES_WITH_CLAIMS
                if home.name == name and lists_claims and (home, claim_name) not in mentioned:
                    message = f'"{home.name}" does not say that it takes up "{claim_name}".'
                    hint = f"Add {claim_name} to its claims, or delete the home."
                    resolver.report(part, ("homes", index), "home-without-claim", message, hint)


def _span(names: Iterable[str]) -> str:
    """Return names of claims in short: `P02 to P04, P07`."""
    numbers = [int(name[1:]) for name in names]
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    runs = zip(starts, ends, strict=True)
    return ", ".join(f"P{low:02}" if low == high else f"P{low:02} to P{high:02}" for low, high in runs)

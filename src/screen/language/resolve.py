"""Shapes into checked terms: every name is looked up, every comparison is held against the type of its fact.

In: the shapes of all rule files, each with its document. Out: the parts of a `RuleBook`, or every mistake with its
place. Left alone: the order of criteria (`graph`), style (`lint`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from screen.answer import Answer
from screen.language import shape, terms
from screen.language.answers import A_NUMBER, UNKNOWN, Wrong, as_day, kind_of, one_option, value_of
from screen.language.graph import ordered
from screen.language.reader import Document, Path_
from screen.language.terms import HOST_FACT, ORIGIN_FACT, Term, Value
from screen.mistake import MANY, Mistake, nearest, short
from screen.place import Place

_ORDERED = ("number", "level")
_COMPARISONS = {
    "is": ("yes_no", "choice", "level", "country"), "in": ("yes_no", "choice", "level", "country"),
    "includes": ("many",), "includes_any": ("many",), "at_least": _ORDERED, "at_most": _ORDERED,
    "over": ("number",), "under": ("number",), "before": ("date",), "after": ("date",),
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACE = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class Part:
    """One shape with the document and the path that it stands at."""

    shape: Any
    document: Document
    path: Path_


@dataclass(slots=True)
class Files:
    """All shapes of a rule folder, by kind, and the mistakes found on the way.

    `broken` are the names of parts that have no shape: they are declared, and nobody is told that they are not. `whole`
    is false where a file could not be read at all, so that nobody knows what it declares.
    """

    book: Part | None = None
    parts: dict[str, list[Part]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    whole: bool = True

    def of(self, kind: str) -> list[Part]:
        """Return the parts of this kind, such as `facts` or `criteria`."""
        return self.parts.get(kind, [])


@dataclass(slots=True)
class Names:
    """Every name of the book, known before any term is read."""

    facts: dict[str, shape.FactShape]
    criteria: set[str]
    sources: set[str]
    readings: dict[str, tuple[str, ...]]
    treaties: set[str]
    countries: set[str]
    objections: set[str]
    responses: set[str]
    presumed: set[str]
    hosts: set[str]
    claims: set[str]
    statistics: set[str]
    broken: set[str]


class Resolver:
    """Turns raw terms into checked ones and gathers what is wrong with them."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.mistakes: list[Mistake] = []

    def wrong(self, at: Part, path: Path_, code: str, found: str, remedy: str, *, key: bool = False) -> None:
        """Note one mistake at a path below a part."""
        self.mistakes.append(Mistake(at.document.place((*at.path, *path), key=key), code, found, remedy))

    def known(
        self, at: Part, path: Path_, name: str, known: Iterable[str], code: str, what: str, *, key: bool = False
    ) -> bool:
        """Tell whether a name is declared; note the mistake where it is not, unless its declaration is one already."""
        if name in known:
            return True
        if name not in self.names.broken:
            otherwise = f"Declare {what} or mend the name."
            remedy = nearest(name, known, otherwise) if len(self.mistakes) < MANY else otherwise
            self.wrong(at, path, code, f'"{short(name)}" is not declared.', remedy, key=key)
        return False

    def named(self, at: Part, path: Path_, raw: Any) -> str | None:
        """Return a name that stands in a term, or None after noting that something else stands there."""
        if isinstance(raw, str):
            return raw
        self.wrong(at, path, "wrong-kind", f"{kind_of(raw)} where a name is wanted.", "Write one name.")
        return None

    def source_names(self, at: Part, *keys: str) -> None:
        """Check that every authority named under these keys stands in sources.yaml."""
        for key in keys:
            for index, name in enumerate(getattr(at.shape, key)):
                self.known(at, (key, index), name, self.names.sources, "unknown-source", "it in sources.yaml")

    def words(self, at: Part, path: Path_, text: str | None) -> None:
        """Check that words use no placeholder but {origin} and {host}."""
        for name in dict.fromkeys(_PLACEHOLDER.findall(text or "")):
            if name not in ("origin", "host"):
                found = f'"{{{short(name)}}}" is not filled.'
                self.wrong(at, path, "unknown-placeholder", found, "Use {origin} or {host}.")
        if _BRACE.search(_PLACEHOLDER.sub("", text or "")):
            self.wrong(at, path, "unknown-placeholder", "a brace without its pair.", "Write {origin} or {host}.")

    # ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def optional(self, at: Part, path: Path_, raw: Any, **allowed: bool) -> Term | None:
        """Return the term, or None where the file has no such key."""
        if raw is None and path[-1] in at.shape.model_fields_set:
            # `when:` with nothing after it would presume without the condition that somebody meant to write.
            remedy = "Write the condition, or delete the key."
            self.wrong(at, path, "empty", f'"{path[-1]}" is empty.', remedy, key=True)
        return None if raw is None else self.term(at, path, raw, **allowed)

    def term(self, at: Part, path: Path_, raw: Any, *, criteria: bool = True, ruled_out: bool = False) -> Term | None:
        """Return the checked term that stands at a path, or None after noting what is wrong with it.

        `criteria` tells whether criteria may be named here, `ruled_out` whether `not_ruled_out` may.
        """
        if isinstance(raw, str):
            return self._name(at, path, raw, criteria)
        if not isinstance(raw, dict) or not raw:
            found = f"{kind_of(raw)} where a condition is wanted."
            self.wrong(at, path, "not-a-term", found, "Write a name, or a mapping such as `all: […]`.")
            return None
        if "fact" in raw:
            return self._fact(at, path, raw)
        if "reading" in raw:
            return self._reading(at, path, raw, criteria, ruled_out)
        if "binds" in raw:
            return self._binds(at, path, raw)
        inner = {"criteria": criteria, "ruled_out": ruled_out}
        match sorted(raw):
            case ["all"]:
                parts = self._parts(at, (*path, "all"), raw["all"], **inner)
                return None if parts is None else terms.All(parts)
            case ["any"]:
                parts = self._parts(at, (*path, "any"), raw["any"], **inner)
                return None if parts is None else terms.AnyOf(parts)
            case ["not"]:
                part = self.term(at, (*path, "not"), raw["not"], **inner)
                return None if part is None else terms.Not(part)
            case ["at_least", "of"]:
                return self._at_least(at, path, raw, **inner)
            case ["not_ruled_out"]:
                return self._not_ruled_out(at, path, raw["not_ruled_out"], ruled_out)
        keys = ", ".join(f'"{short(key)}"' for key in list(raw)[:4])
        remedy = "See the table of terms in docs/rule-language.md."
        self.wrong(at, path, "not-a-term", f"no condition has these keys: {keys}.", remedy)
        return None

    def _name(self, at: Part, path: Path_, name: str, criteria: bool) -> Term | None:
        if name in self.names.criteria:
            if criteria:
                return terms.Met(name)
            remedy = "Use facts alone: country information may not rest on a finding of law."
            self.wrong(at, path, "criterion-here", f'"{name}" is a criterion.', remedy)
            return None
        if name not in self.names.facts:
            known = [*self.names.facts, *self.names.criteria] if criteria else self.names.facts
            what = "a fact or a criterion of that name" if criteria else "a fact of that name"
            self.known(at, path, name, known, "unknown-name", what)
            return None
        if (kind := self.names.facts[name].type) != "yes_no":
            remedy = f"Compare it: {{fact: {name}, …}}."
            self.wrong(at, path, "not-yes-no", f'"{name}" is a {kind} fact; its name alone says nothing.', remedy)
            return None
        return terms.Is(name, frozenset({Answer.YES}))

    def _parts(self, at: Part, path: Path_, raw: Any, **inner: bool) -> tuple[Term, ...] | None:
        if not isinstance(raw, list) or not raw:
            found = f"{kind_of(raw) if raw else 'nothing'} where a list of conditions is wanted."
            self.wrong(at, path, "not-a-term", found, "Write `[…]` with one at least.")
            return None
        parts = [self.term(at, (*path, index), part, **inner) for index, part in enumerate(raw)]
        return tuple(part for part in parts if part is not None) if None not in parts else None

    def _at_least(self, at: Part, path: Path_, raw: dict[str, Any], **inner: bool) -> Term | None:
        parts = self._parts(at, (*path, "of"), raw["of"], **inner)
        needed = raw["at_least"]
        if not isinstance(needed, int) or isinstance(needed, bool):
            self.wrong(at, (*path, "at_least"), "wrong-kind", "how many is not a whole number.", "Write a number.")
            return None
        if parts is not None and not 1 <= needed <= len(parts):
            found, remedy = f"{needed} of {len(parts)} cannot be.", f"Write a number from 1 to {len(parts)}."
            self.wrong(at, (*path, "at_least"), "out-of-range", found, remedy)
            return None
        return None if parts is None else terms.AtLeast(needed, parts)

    def _not_ruled_out(self, at: Part, path: Path_, raw: Any, allowed: bool) -> Term | None:
        if not allowed:
            remedy = "It stands in `recommendations` alone: an answer can turn it either way."
            self.wrong(at, path, "not-here", "`not_ruled_out` may not stand here.", remedy)
            return None
        path = (*path, "not_ruled_out")
        name = self.named(at, path, raw)
        if name is None:
            return None
        if self.known(at, path, name, self.names.criteria, "unknown-name", "a criterion of that name"):
            return terms.NotRuledOut(name)
        return None

    def _binds(self, at: Part, path: Path_, raw: dict[str, Any]) -> Term | None:
        on, treaty = raw.get("on", "host"), self.named(at, (*path, "binds"), raw["binds"])
        if treaty is None:
            return None
        if on not in ("host", "origin") or raw.keys() - {"binds", "on"}:
            self.wrong(at, path, "not-a-term", "`binds` takes `on: host` or `on: origin`.", "Leave the rest out.")
            return None
        if self.known(at, (*path, "binds"), treaty, self.names.treaties, "unknown-treaty", "it in book.yaml"):
            return terms.Binds(treaty, HOST_FACT if on == "host" else ORIGIN_FACT)
        return None

    def _reading(self, at: Part, path: Path_, raw: dict[str, Any], criteria: bool, ruled_out: bool) -> Term | None:
        name = self.named(at, (*path, "reading"), raw["reading"])
        if name is None:
            return None
        if not self.known(at, (*path, "reading"), name, self.names.readings, "unknown-reading", "it in readings.yaml"):
            return None
        sides = self.names.readings[name]
        match raw:
            case {"reading": _, "is": str() as side, **rest} if not rest:
                picked: Any = {"is": side}
            case {"reading": _, "in": [*several], **rest} if not rest and several:
                picked = dict(enumerate(map(str, several)))
            case {"reading": _, "as": dict() as branches, **rest} if not rest:
                return self._branches(at, (*path, "as"), name, branches, criteria, ruled_out)
            case _:
                remedy = "Write `is: side`, `in: [side, …]` or `as: {side: condition, …}`."
                self.wrong(at, path, "not-a-term", "a reading is asked in a way that is not known.", remedy)
                return None
        for key, side in picked.items():
            where = (*path, key) if key == "is" else (*path, "in", key)
            if not self.known(at, where, side, sides, "unknown-side", "it in readings.yaml"):
                return None
        return terms.Takes(name, frozenset(picked.values()))

    def _branches(
        self, at: Part, path: Path_, reading: str, raw: dict[str, Any], criteria: bool, ruled_out: bool
    ) -> Term | None:
        sides = self.names.readings[reading]
        fine = True
        for side in raw:
            where = (*path, side)
            fine &= self.known(at, where, side, sides, "unknown-side", "it in readings.yaml", key=True)
        for side in sides:
            if side not in raw:
                # A side without a condition would decide cases by accident.
                self.wrong(at, path, "missing-side", f'the side "{side}" has no condition.', f'Add "{side}".')
                fine = False
        branches = [
            (side, self.term(at, (*path, side), raw[side], criteria=criteria, ruled_out=ruled_out))
            for side in sides
            if side in raw
        ]
        if not fine or any(term is None for _, term in branches):
            return None
        return terms.ByReading(reading, tuple((side, term) for side, term in branches if term is not None))

    def _fact(self, at: Part, path: Path_, raw: dict[str, Any]) -> Term | None:
        name = self.named(at, (*path, "fact"), raw["fact"])
        if name is None:
            return None
        if name in self.names.criteria:
            found, remedy = f'"{name}" is a criterion.', "Name it alone, without `fact`."
            self.wrong(at, (*path, "fact"), "criterion-here", found, remedy)
            return None
        if not self.known(at, (*path, "fact"), name, self.names.facts, "unknown-fact", "it in facts/"):
            return None
        fact = self.names.facts[name]
        asked = [key for key in raw if key != "fact"]
        fits = ", ".join(key for key, kinds in _COMPARISONS.items() if fact.type in kinds)
        remedy = f"Use one of: {fits}." if fits else "It cannot be compared; it is there to be read."
        if len(asked) != 1 or asked[0] not in _COMPARISONS:
            self.wrong(at, path, "not-a-term", f'"{name}" is not compared in one known way.', remedy)
            return None
        comparison, where = asked[0], (*path, asked[0])
        if fact.type not in _COMPARISONS[comparison]:
            found = f'`{comparison}` does not fit the {fact.type} fact "{name}".'
            self.wrong(at, where, "wrong-comparison", found, remedy, key=True)
            return None
        return self._comparison(at, where, fact, comparison, raw[comparison])

    def _comparison(self, at: Part, where: Path_, fact: shape.FactShape, comparison: str, raw: Any) -> Term | None:
        match comparison:
            case "is":
                value = self.option(at, where, fact, raw)
                return None if value is None else terms.Is(fact.fact, frozenset({value}))
            case "includes":
                value = self.option(at, where, fact, raw)
                return None if value is None else terms.Includes(fact.fact, frozenset({str(value)}))
            case "in" | "includes_any":
                if not isinstance(raw, list) or not raw:
                    self.wrong(at, where, "wrong-kind", f"`{comparison}` wants a list.", "Write `[one, other]`.")
                    return None
                values = [self.option(at, (*where, index), fact, one) for index, one in enumerate(raw)]
                if None in values:
                    return None
                if comparison == "in":
                    return terms.Is(fact.fact, frozenset(value for value in values if value is not None))
                return terms.Includes(fact.fact, frozenset(map(str, values)))
            case _:
                return self._bound(at, where, fact, comparison, raw)

    def _bound(self, at: Part, where: Path_, fact: shape.FactShape, comparison: str, raw: Any) -> Term | None:
        bound: int | float | date
        if fact.type == "level":
            option = self.option(at, where, fact, raw)
            if option is None:
                return None
            bound = list(fact.options).index(str(option))
        elif fact.type == "number":
            if not isinstance(raw, int | float) or isinstance(raw, bool):
                self.wrong(at, where, "wrong-kind", f"{kind_of(raw)} where a number is wanted.", f"{A_NUMBER}.")
                return None
            bound = raw
        else:
            day = as_day(raw)
            if day is None:
                found = f'"{short(raw)}" is not a date.' if isinstance(raw, str) else f"{kind_of(raw)} for a date."
                self.wrong(at, where, "bad-date", found, "Write a date as 2022-06-28.")
                return None
            bound = day
        included = comparison in ("at_least", "at_most")
        if comparison in ("at_least", "over", "after"):
            return terms.Between(fact.fact, bound, None, low_included=included)
        return terms.Between(fact.fact, None, bound, high_included=included)

    def option(self, at: Part, where: Path_, fact: shape.FactShape, raw: Any) -> Answer | str | None:
        """Return one option of a fact, or None after noting what is wrong. A rule compares with no unknown answer."""
        found: Answer | str | Wrong = one_option(raw, fact.type, fact.options, self.names.countries, or_unknown="")
        if raw == UNKNOWN:
            remedy = "Ask for an answer: a finding that needs one stays open without it."
            found = Wrong("unknown-option", "a condition cannot ask for `unknown`.", remedy)
        if isinstance(found, Wrong):
            self._refuse(at, where, fact, raw, found)
            return None
        return found

    def value(self, at: Part, where: Path_, fact: shape.FactShape, raw: Any) -> Value | None:
        """Return a value of a fact, or None after noting what is wrong with it."""
        found: Value | Wrong = value_of(raw, fact.type, fact.options, self.names.countries, or_unknown="")
        if raw == UNKNOWN:
            found = Wrong("unknown-option", "`unknown` cannot be presumed.", "Delete the presumption.")
        if isinstance(found, Wrong):
            self._refuse(at, where, fact, raw, found)
            return None
        return found

    def _refuse(self, at: Part, where: Path_, fact: shape.FactShape, raw: Any, why: Wrong) -> None:
        stands, found = raw, why.found
        if why.item is not None:
            where, stands = (*where, why.item), raw[why.item]
        if why.code == "unknown-option" and isinstance(stands, str) and stands != UNKNOWN:
            found = f'"{short(stands)}" is no answer to "{fact.fact}".'  # a rule file holds nobody's words
        self.wrong(at, where, why.code, found, why.remedy)


# ── the parts of the book ───────────────────────────────────────────────────────────────────────────────────────────


_DECLARES = {
    "facts": "fact",
    "criteria": "criterion",
    "sources": "source",
    "origins": "presume",
    "hosts": "state",
    "readings": "reading",
    "profiles": "profile",
    "objections": "objection",
    "responses": "response",
    "claims": "claim",
    "statistics": "statistic",
}


def declared(kind: str, data: Any) -> set[str]:
    """Return the names that a file of this kind declares, as far as they can be told though its shape is wrong."""
    if kind == "countries":
        return {code.upper() for code in data} if isinstance(data, dict) else set()
    items = data if isinstance(data, list) else [data]
    if kind == "origins":
        # What a broken file presumes is presumed all the same; a claim may have its home there.
        rows = [item.get("presumptions") for item in items if isinstance(item, dict)]
        items = [one for row in rows if isinstance(row, list) for one in row]
    names = [item.get(_DECLARES.get(kind)) for item in items if isinstance(item, dict)]
    return {name for name in names if isinstance(name, str)}


def names_of(files: Files) -> tuple[Names, list[Mistake]]:
    """Return every name of the book, and a mistake for each that is declared twice."""
    mistakes: list[Mistake] = []
    taken: dict[tuple[str, str], Place] = {}

    def named(kind: str, key: str, space: str | None = None) -> Iterator[tuple[str, Part]]:
        for part in files.of(kind):
            name = getattr(part.shape, key)
            place = part.document.place((*part.path, key))
            if first := taken.get((space or kind, name)):
                found = f'"{name}" is declared twice; the first is at {first}.'
                mistakes.append(Mistake(place, "declared-twice", found, "Rename one, or delete it."))
                continue
            taken[space or kind, name] = place
            yield name, part

    # Facts and criteria share their names, because a term may name either.
    facts = {name: part.shape for name, part in named("facts", "fact", "term")}
    criteria = {name for name, _ in named("criteria", "criterion", "term")}
    sources = {name for name, _ in named("sources", "source")}
    readings = {name: tuple(side.side for side in part.shape.sides) for name, part in named("readings", "reading")}
    for kind, key in (("profiles", "profile"), ("origins", "origin")):
        for _ in named(kind, key):
            pass
    objections = {name for name, _ in named("objections", "objection")}
    responses = {name for name, _ in named("responses", "response")}
    hosts = {name for name, _ in named("hosts", "state")}
    presumed = {one.presume for part in files.of("origins") for one in part.shape.presumptions}
    claims = {name for name, _ in named("claims", "claim")}
    statistics = {name for name, _ in named("statistics", "statistic")}
    countries = {code for part in files.of("countries") for code in part.shape}
    treaties = set(files.book.shape.treaties) if files.book else set()
    names = Names(
        facts, criteria, sources, readings, treaties, countries, objections, responses, presumed, hosts, claims,
        statistics, files.broken,
    )  # fmt: skip
    return names, mistakes


def source(part: Part) -> terms.Source:
    """Return an authority."""
    raw: shape.SourceShape = part.shape
    return terms.Source(
        name=raw.source,
        kind=raw.kind,
        cite=raw.cite,
        short=raw.short,
        pinpoint=raw.pinpoint,
        year=raw.year,
        decision=raw.decision,
        says=raw.says,
        unverified=raw.unverified,
    )


def fact(part: Part, resolver: Resolver, chapters: Iterable[str]) -> terms.Fact:
    """Return a fact."""
    raw: shape.FactShape = part.shape
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
    return terms.Fact(
        raw.fact, raw.ask, raw.type, tuple(raw.options.items()), raw.chapter, raw.why, raw.help, tuple(raw.sources),
        raw.burden, raw.distress, raw.about,
    )  # fmt: skip


def criterion(part: Part, resolver: Resolver, book: shape.BookShape) -> terms.Criterion | None:
    """Return a criterion, or None where one of its terms is wrong."""
    raw: shape.CriterionShape = part.shape
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
    if raw.says and raw.applies_if is not None and raw.says.not_applicable is None:
        found = f'"{raw.criterion}" can be not applicable, and has no words for it.'
        resolver.wrong(part, ("says",), "missing-key", found, 'Add "not_applicable".', key=True)
    applies = resolver.optional(part, ("applies_if",), raw.applies_if)
    holds = resolver.term(part, ("holds_if",), raw.holds_if)
    unless = [resolver.term(part, ("unless", index), one) for index, one in enumerate(raw.unless)]
    if holds is None or None in unless or (applies is None and raw.applies_if is not None):
        return None
    said = raw.says
    says = terms.Says(said.met, said.not_met, said.undetermined, said.not_applicable) if said else None
    return terms.Criterion(
        raw.criterion, raw.title, raw.section, tuple(raw.sources), tuple(raw.contrary), tuple(raw.claims), raw.standard,
        raw.burden, raw.adverse, applies, holds, tuple(one for one in unless if one is not None), says, raw.weakness,
    )  # fmt: skip


FINDING_KEYS = ("met", "not_met", "undetermined", "not_applicable")


def reading(part: Part, resolver: Resolver) -> terms.Reading:
    """Return a contested point."""
    raw: shape.ReadingShape = part.shape
    for index, side in enumerate(raw.sides):
        at = Part(side, part.document, (*part.path, "sides", index))
        resolver.source_names(at, "sources")
        resolver.words(at, ("says",), side.says)
    names = [side.side for side in raw.sides]
    for index, name in enumerate(names):
        if name in names[:index]:
            place: Path_ = ("sides", index, "side")
            resolver.wrong(part, place, "declared-twice", f'the side "{name}" stands twice.', "Rename one.")
    sides = tuple(terms.Side(side.side, side.says, tuple(side.sources)) for side in raw.sides)
    return terms.Reading(raw.reading, raw.title, sides)


def profiles(parts: list[Part], resolver: Resolver) -> dict[str, terms.Profile]:
    """Return the profiles, each with every reading: its own and those of the profiles that it extends."""
    shapes = {part.shape.profile: part.shape for part in parts}
    places = {part.shape.profile: part.document.place(("extends",)) for part in parts}
    above = {name: {one.extends} if one.extends else set() for name, one in shapes.items()}
    resolver.mistakes += ordered(above, places.__getitem__, "extends", "one of them must stand alone")[1]
    result: dict[str, terms.Profile] = {}
    for part in parts:
        raw: shape.ProfileShape = part.shape
        resolver.source_names(part, "sources")
        for name, side in raw.readings.items():
            where: Path_ = ("readings", name)
            if resolver.known(
                part, where, name, resolver.names.readings, "unknown-reading", "it in readings.yaml", key=True
            ):
                sides = resolver.names.readings[name]
                resolver.known(part, where, side, sides, "unknown-side", "it in readings.yaml")
        if raw.extends:
            resolver.known(part, ("extends",), raw.extends, shapes, "unknown-profile", "that profile")
        chosen, rest_is_known = _sides_of(raw, shapes)
        for name in resolver.names.readings if rest_is_known else ():
            if name not in chosen:
                # A reading left open would have to be guessed for every case under this profile.
                found = f'the profile "{raw.profile}" takes no side on "{name}".'
                resolver.wrong(part, ("readings",), "missing-reading", found, "Choose a side.", key=True)
        result[raw.profile] = terms.Profile(raw.profile, raw.title, raw.extends, chosen, tuple(raw.sources))
    return result


def _sides_of(profile: shape.ProfileShape, profiles: dict[str, shape.ProfileShape]) -> tuple[dict[str, str], bool]:
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


def presumptions(part: Part, resolver: Resolver) -> Iterator[terms.Presumption]:
    """Yield the presumptions of one State of origin."""
    raw: shape.OriginShape = part.shape
    resolver.known(part, ("origin",), raw.origin, resolver.names.countries, "unknown-country", "it in countries.yaml")
    seen: set[str] = set()
    for index, one in enumerate(raw.presumptions):
        at = Part(one, part.document, (*part.path, "presumptions", index))
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
        if one.presume in seen:
            found = f'"{one.presume}" is presumed twice; which holds would be left to chance.'
            resolver.wrong(at, ("presume",), "declared-twice", found, "Keep one.")
        seen.add(one.presume)
        value = resolver.value(at, ("value",), resolver.names.facts[one.presume], one.value)
        if value is not None and (when is not None or one.when is None):
            yield terms.Presumption(
                one.presume, value, raw.origin, when, one.because, one.rebutted_by, tuple(one.sources)
            )


def standings(part: Part, resolver: Resolver) -> dict[str, terms.Standing]:
    """Return how one State stands to each treaty."""
    raw: shape.HostShape = part.shape
    resolver.known(part, ("state",), raw.state, resolver.names.countries, "unknown-country", "it in countries.yaml")
    rows: dict[str, terms.Standing] = {}
    for index, row in enumerate(raw.treaties):
        path: Path_ = ("treaties", index, "treaty")
        resolver.known(part, path, row.treaty, resolver.names.treaties, "unknown-treaty", "it in book.yaml")
        if row.treaty in rows:
            resolver.wrong(part, path, "declared-twice", f'"{row.treaty}" stands twice.', "Delete one.")
        rows[row.treaty] = terms.Standing(row.standing, row.since, row.note, row.unverified)
    return rows


def objection(part: Part, resolver: Resolver) -> terms.Objection:
    """Return an objection with its answers."""
    raw: shape.ObjectionShape = part.shape
    resolver.source_names(part, "sources")
    replies = []
    for index, reply in enumerate(raw.answers):
        at = Part(reply, part.document, (*part.path, "answers", index))
        resolver.source_names(at, "sources")
        resolver.words(at, ("says",), reply.says)
        holds = resolver.optional(at, ("holds_if",), reply.holds_if)
        replies.append(terms.Reply(reply.says, holds, tuple(reply.sources), tuple(reply.claims)))
    for key in ("title", "says", "weakness"):
        resolver.words(part, (key,), getattr(raw, key))
    raised = resolver.optional(part, ("raised_if",), raw.raised_if)
    return terms.Objection(
        raw.objection, raw.title, raw.asserted_by, raised, raw.says, tuple(replies), raw.weakness, tuple(raw.sources),
        tuple(raw.claims),
    )  # fmt: skip


def response(part: Part, resolver: Resolver) -> terms.Response:
    """Return an obligation or a recommended response."""
    raw: shape.ResponseShape = part.shape
    resolver.source_names(part, "sources")
    for key in ("title", "says"):
        resolver.words(part, (key,), getattr(raw, key))
    owed = resolver.optional(part, ("owed_if",), raw.owed_if)
    return terms.Response(
        raw.response, raw.kind, raw.title, raw.says, owed, tuple(raw.sources), tuple(raw.claims)
    )  # fmt: skip


def recommendations(part: Part, resolver: Resolver) -> Iterator[terms.Recommendation]:
    """Yield the recommendations in their order."""
    book: shape.BookShape = part.shape
    for index, one in enumerate(book.recommendations):
        resolver.words(part, ("recommendations", index, "says"), one.says)
        when = resolver.term(part, ("recommendations", index, "when"), one.when, ruled_out=True)
        if when is not None:
            yield terms.Recommendation(one.recommend, when, one.says)


# ── the paper's propositions and numbers ────────────────────────────────────────────────────────────────────────────

_NAMED_ALONE = ("criterion", "fact", "objection", "response")


def claim(part: Part, resolver: Resolver) -> terms.Claim:
    """Return a proposition of the paper with its homes, as far as they exist."""
    raw: shape.ClaimShape = part.shape
    for key in ("says", "caution", "not_encoded"):
        resolver.words(part, (key,), getattr(raw, key))
    if raw.claim not in terms.PROPOSITIONS:
        found, remedy = f'the paper has no "{raw.claim}".', f"Its propositions are {_span(terms.PROPOSITIONS)}."
        resolver.wrong(part, ("claim",), "unknown-claim", found, remedy)
    if bool(raw.homes) == bool(raw.not_encoded):
        found = f'"{raw.claim}" has {"homes and a reason to have none" if raw.homes else "no home and no reason"}.'
        remedy = "Write `homes`, or else `not_encoded` with the reason."
        resolver.wrong(part, ("claim",), "home-or-reason", found, remedy)
    homes = (_home(part, index, one, resolver) for index, one in enumerate(raw.homes))
    return terms.Claim(
        raw.claim, raw.says, tuple(raw.use), raw.footnote, raw.caution, tuple(one for one in homes if one is not None),
        raw.not_encoded,
    )  # fmt: skip


def _home(at: Part, index: int, raw: Any, resolver: Resolver) -> terms.Home | None:
    """Return a home, or None after noting that there is none of that name."""
    path: Path_ = ("homes", index)
    known = _known_homes(resolver.names)
    if isinstance(raw, str):
        for kind in _NAMED_ALONE:
            if raw in known[kind]:
                return terms.Home(kind, raw)
        every = [name for kind in _NAMED_ALONE for name in known[kind]]
        resolver.known(at, path, raw, every, "unknown-home", "a criterion, fact, objection or response of that name")
        return None
    match [*raw.items()] if isinstance(raw, dict) else []:
        case [(str() as key, str() as name)] if key in shape.HOMES:
            kind = shape.HOMES[key]
            if resolver.known(at, (*path, key), name, known[kind], "unknown-home", f"a {kind} of that name"):
                return terms.Home(kind, name)
            return None
    keys = ", ".join(f"`{{{key}: …}}`" for key in shape.HOMES)
    resolver.wrong(at, path, "wrong-kind", "no home is written like this.", f"Write a name alone, or one of {keys}.")
    return None


def _known_homes(names: Names) -> dict[str, Iterable[str]]:
    return {
        "criterion": names.criteria, "fact": names.facts, "objection": names.objections, "response": names.responses,
        "reading": names.readings, "source": names.sources, "presumption": names.presumed, "host": names.hosts,
        "statistic": names.statistics,
    }  # fmt: skip


def statistic(part: Part, resolver: Resolver) -> terms.Statistic:
    """Return a published number."""
    raw: shape.StatisticShape = part.shape
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
    return terms.Statistic(
        raw.statistic, raw.value, raw.low, raw.high, raw.unit, raw.of_what, raw.year, raw.period, raw.source, raw.claim,
        raw.note,
    )  # fmt: skip


def claims_of(files: Files, resolver: Resolver) -> dict[str, terms.Claim]:
    """Return the propositions of the paper in their order, held against the rules that say they encode them.

    A book without claims.yaml has none, and nothing is held against it.
    """
    if "claims" not in files.parts or files.book is None:
        return {}
    found = {part.shape.claim: claim(part, resolver) for part in files.of("claims")}
    if missing := [name for name in terms.PROPOSITIONS if name not in found and name not in files.broken]:
        place = Place(files.book.document.file.replace("book.yaml", "claims.yaml"))
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        found_none, remedy = f"{_span(missing)} {are} not there.", f"Add {them}, even where nothing takes {them} up."
        resolver.mistakes.append(Mistake(place, "missing-claim", found_none, remedy))
    named = _claims_named(files)
    _without_home(named, found, resolver)
    _without_claim(files, {(home, name) for home, name, _, _ in named}, found, resolver)
    return {name: found[name] for name in terms.PROPOSITIONS if name in found}


def _claims_named(files: Files) -> list[tuple[terms.Home, str, Part, Path_]]:
    """Return every place where a rule or a statistic names a claim: whose, which, and where."""
    named: list[tuple[terms.Home, str, Part, Path_]] = []
    for kind in ("criteria", "objections", "responses"):
        for part in files.of(kind):
            key = _DECLARES[kind]
            home = terms.Home(key, getattr(part.shape, key))
            lists: list[tuple[Path_, list[str]]] = [(("claims",), part.shape.claims)]
            lists += [
                (("answers", index, "claims"), one.claims)
                for index, one in enumerate(getattr(part.shape, "answers", ()))
            ]
            named += [(home, name, part, (*path, index)) for path, names in lists for index, name in enumerate(names)]
    for part in files.of("statistics"):
        named.append((terms.Home("statistic", part.shape.statistic), part.shape.claim, part, ("claim",)))
    return named


def _without_home(
    named: list[tuple[terms.Home, str, Part, Path_]], found: dict[str, terms.Claim], resolver: Resolver
) -> None:
    """Note each rule that names a claim which does not name it back, or which the paper does not have."""
    for home, name, part, path in named:
        if name in found and home not in found[name].homes:
            told = f'"{home.name}" takes up "{name}", whose homes do not name it.'
            resolver.wrong(
                part, path, "claim-without-home", told, f"Add it to the homes of {name}, or delete {name} here."
            )
        elif name not in terms.PROPOSITIONS and home.kind != "statistic":
            told, remedy = f'the paper has no "{name}".', f"Its propositions are {_span(terms.PROPOSITIONS)}."
            resolver.wrong(part, path, "unknown-claim", told, remedy)


def _without_claim(
    files: Files, named: set[tuple[terms.Home, str]], found: dict[str, terms.Claim], resolver: Resolver
) -> None:
    """Note each home that could name its claim and does not."""
    for part in files.of("claims"):
        for index, raw in enumerate(part.shape.homes):
            name = raw if isinstance(raw, str) else next(iter(raw.values()), None) if isinstance(raw, dict) else None
            for home in found[part.shape.claim].homes:
                # Facts, readings, presumptions and authorities have no list of claims that could be held against this.
                answers = home.kind in ("criterion", "objection", "response", "statistic")
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

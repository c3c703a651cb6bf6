"""TODO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import schema
from screen.rulebook.yaml_reader import Document, KeyPath

#: Under which key each kind of part names itself.
NAME_KEYS = {
    "facts": "fact",
    "criteria": "criterion",
    "sources": "source",
    "origins": "presume",
    "presumptions": "presume",
    "hosts": "state",
    "readings": "reading",
    "profiles": "profile",
    "objections": "objection",
    "responses": "response",
    "human_security": "dimension",
    "claims": "claim",
    "statistics": "statistic",
    "properties": "property",
    "priorities": "priority",
}


@dataclass(frozen=True, slots=True)
class ParsedPart:
    """One shape with the document and the path that it stands at."""

    shape: Any
    document: Document
    path: KeyPath


@dataclass(slots=True)
class ParsedFiles:
    """All shapes of a rule folder, by kind, and the mistakes found on the way.

    `broken` are the names of parts that have no shape: they are declared, and nobody is told that they are not. `whole`
    is false where a file could not be read at all, so that nobody knows what it declares.
    """

    book: ParsedPart | None = None
    parts: dict[str, list[ParsedPart]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    is_complete: bool = True

    def of(self, kind: str) -> list[ParsedPart]:
        """Return the parts of this kind, such as `facts` or `criteria`."""
        return self.parts.get(kind, [])


@dataclass(slots=True)
class DeclaredNames:
    """Every name of the book, known before any term is read."""

    facts: dict[str, schema.FactShape]
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
    rebuttals: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)


def declared(kind: str, data: Any) -> set[str]:
    """Return the names that a file of this kind declares, as far as they can be told though its shape is wrong."""
    if kind == "countries":
        return {code.upper() for code in data} if isinstance(data, dict) else set()
    items = data if isinstance(data, list) else [data]
    if kind == "origins":
        # What a broken file presumes is presumed all the same; a claim may have its home there.
        rows = [item.get("presumptions") for item in items if isinstance(item, dict)]
        items = [one for row in rows if isinstance(row, list) for one in row]
    names = [item.get(NAME_KEYS.get(kind)) for item in items if isinstance(item, dict)]
    return {name for name in names if isinstance(name, str)}


def names_of(files: ParsedFiles) -> tuple[DeclaredNames, list[Diagnostic]]:
    """Return every name of the book, and a mistake for each that is declared twice."""
    mistakes: list[Diagnostic] = []
    taken: dict[tuple[str, str], Location] = {}

    def named(kind: str, key: str, space: str | None = None) -> Iterator[tuple[str, ParsedPart]]:
        for part in files.of(kind):
            name = getattr(part.shape, key)
            place = part.document.location((*part.path, key))
            if first := taken.get((space or kind, name)):
                found = f'"{name}" is declared twice; the first is at {first}.'
                mistakes.append(Diagnostic(place, "declared-twice", found, "Rename one, or delete it."))
                continue
            taken[space or kind, name] = place
            yield name, part

    # Facts and criteria share their names, because a term may name either.
    facts = {name: part.shape for name, part in named("facts", "fact", "term")}
    criteria = {name for name, _ in named("criteria", "criterion", "term")}
    sources = {name for name, _ in named("sources", "source")}
    readings = {name: tuple(side.side for side in part.shape.sides) for name, part in named("readings", "reading")}
    for kind, key in (("profiles", "profile"), ("origins", "origin"), ("properties", "property")):
        for _ in named(kind, key):
            pass
    for _ in named("priorities", "priority"):
        pass
    objections = {name for name, _ in named("objections", "objection")}
    rebuttals = {reply.rebuttal for part in files.of("objections") for reply in part.shape.answers if reply.rebuttal}
    dimensions = {name for name, _ in named("human_security", "dimension")}
    responses = {name for name, _ in named("responses", "response")}
    hosts = {name for name, _ in named("hosts", "state")}
    presumed = {at.shape.presume for _, rows in presumption_parts(files) for at in rows}
    claims = {name for name, _ in named("claims", "claim")}
    statistics = {name for name, _ in named("statistics", "statistic")}
    countries = {code for part in files.of("countries") for code in part.shape}
    treaties = set(files.book.shape.treaties) if files.book else set()
    names = DeclaredNames(
        facts,
        criteria,
        sources,
        readings,
        treaties,
        countries,
        objections,
        responses,
        presumed,
        hosts,
        claims,
        statistics,
        files.broken,
        rebuttals,
        dimensions,
    )
    return names, mistakes


def presumption_parts(files: ParsedFiles) -> Iterator[tuple[str | None, list[ParsedPart]]]:
    """Yield each State of origin with the parts of the book that presume something of it; None is every State."""
    for part in files.of("origins"):
        rows = part.shape.presumptions
        at = [ParsedPart(one, part.document, (*part.path, "presumptions", index)) for index, one in enumerate(rows)]
        yield part.shape.origin, at
    yield None, files.of("presumptions")

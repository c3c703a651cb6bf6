"""The parsed parts of a rule folder, and every name that they declare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from screen.diagnostics import Diagnostic, Location
from screen.rulebook import schema
from screen.rulebook.yaml_reader import Document, KeyPath

#: The key under which a part of each kind gives its own name.
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
    """One shape, with its document and its path there."""

    shape: Any
    document: Document
    path: KeyPath

    def child(self, shape: Any, *path: str | int) -> ParsedPart:
        """Return a shape inside this one, at a path below it."""
        return ParsedPart(shape, self.document, (*self.path, *path))


@dataclass(slots=True)
class ParsedFiles:
    """The parsed parts of a rule folder, by kind.

    `broken` are the names of parts whose shape is wrong: they count as declared, so that no other diagnostic says that
    they are not. `is_complete` is false where a file could not be read at all, so that its names are not known.
    """

    book: ParsedPart | None = None
    parts: dict[str, list[ParsedPart]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    is_complete: bool = True

    def of(self, kind: str) -> list[ParsedPart]:
        """Return the parts of this kind, such as `facts` or `criteria`."""
        return self.parts.get(kind, [])


@dataclass(slots=True)
class DeclaredNames:
    """Every name that the book declares, collected before any condition is resolved. `broken` is that of the files."""

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
    rebuttals: set[str]
    dimensions: set[str]


def declared_names(kind: str, data: Any) -> set[str]:
    """Return the names that a file of this kind declares, as far as its data shows them though its shape is wrong."""
    if kind == "countries":
        return {code.upper() for code in data} if isinstance(data, dict) else set()
    items = data if isinstance(data, list) else [data]
    if kind == "origins":
        # A presumption in a broken file still counts as declared: a claim may have its home there.
        rows = [item.get("presumptions") for item in items if isinstance(item, dict)]
        items = [presumption for row in rows if isinstance(row, list) for presumption in row]
    names = [item.get(NAME_KEYS.get(kind)) for item in items if isinstance(item, dict)]
    return {name for name in names if isinstance(name, str)}


def collect_names(files: ParsedFiles) -> tuple[DeclaredNames, list[Diagnostic]]:
    """Return every name that the book declares, and a diagnostic for each that is declared twice."""
    diagnostics: list[Diagnostic] = []
    first_locations: dict[tuple[str, str], Location] = {}

    def declare(kind: str, key: str, namespace: str | None = None) -> dict[str, ParsedPart]:
        """Return the parts of a kind by their names; the first of a name counts."""
        parts: dict[str, ParsedPart] = {}
        for part in files.of(kind):
            name = getattr(part.shape, key)
            location = part.document.location((*part.path, key))
            if first := first_locations.get((namespace or kind, name)):
                message = f'"{name}" is declared twice; the first is at {first}.'
                diagnostics.append(Diagnostic(location, "declared-twice", message, "Rename one, or delete it."))
                continue
            first_locations[namespace or kind, name] = location
            parts[name] = part
        return parts

    # Facts and criteria share one namespace, because a condition may name either.
    facts = declare("facts", "fact", "condition")
    criteria = declare("criteria", "criterion", "condition")
    readings = declare("readings", "reading")
    for kind, key in (
        ("profiles", "profile"),
        ("origins", "origin"),
        ("properties", "property"),
        ("priorities", "priority"),
    ):
        declare(kind, key)  # nothing refers to them by these names here, but each may be declared only once
    names = DeclaredNames(
        facts={name: part.shape for name, part in facts.items()},
        criteria=set(criteria),
        sources=set(declare("sources", "source")),
        readings={name: tuple(side.side for side in part.shape.sides) for name, part in readings.items()},
        treaties=set(files.book.shape.treaties) if files.book else set(),
        countries={code for part in files.of("countries") for code in part.shape},
        objections=set(declare("objections", "objection")),
        responses=set(declare("responses", "response")),
        presumed={part.shape.presume for _, parts in presumption_parts(files) for part in parts},
        hosts=set(declare("hosts", "state")),
        claims=set(declare("claims", "claim")),
        statistics=set(declare("statistics", "statistic")),
        broken=files.broken,
        rebuttals={
            answer.rebuttal for part in files.of("objections") for answer in part.shape.answers if answer.rebuttal
        },
        dimensions=set(declare("human_security", "dimension")),
    )
    return names, diagnostics


def presumption_parts(files: ParsedFiles) -> Iterator[tuple[str | None, list[ParsedPart]]]:
    """Yield each State of origin with the presumptions about it; None stands for those about every State."""
    for part in files.of("origins"):
        shapes = part.shape.presumptions
        yield part.shape.origin, [part.child(shape, "presumptions", index) for index, shape in enumerate(shapes)]
    yield None, files.of("presumptions")

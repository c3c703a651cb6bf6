"""The road from rule files to a checked `RuleBook`.

In: a folder. Out: a `RuleBook`, or Mistakes with every mistake of every file. The steps: bytes, plain data, shape,
names, terms, order. PyYAML and pydantic are imported where they are needed: a book from the cache needs neither.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean
from screen.regular_files import read_rule_files
from screen.rulebook.at_date import book_at
from screen.rulebook.terms import HOST_FACT, ORIGIN_FACT, RuleBook
from screen.version import VERSION

if TYPE_CHECKING:
    from screen.rulebook.conditions import DeclaredNames, ParsedFiles, ParsedPart, Resolver
    from screen.rulebook.schema import BookShape

EXERCISES, POPULATIONS = "exercises/", "populations/"
#: What the law is measured by, what teaches it, and what cases are made up from, is no part of it.
NOT_LAW = ("cases/", "issues.yaml", "decisions.yaml", EXERCISES, POPULATIONS)


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """What one reading of a rule folder gave: the book where there is one, places of names, mistakes, what measures it.

    `book` is that of the day up to which the rules state the law; `whole` holds the law of all days (`in_force`). It is
    measured by the law cases, and by the decisions as the table of issues compares them; exercises teach it. All these
    are left as they were read.
    """

    book: RuleBook | None
    locations: dict[str, Location]
    diagnostics: tuple[Diagnostic, ...]
    cases: tuple[ParsedPart, ...] = field(default=())
    timeless_book: RuleBook | None = None
    issues: tuple[ParsedPart, ...] = field(default=())
    decisions: tuple[ParsedPart, ...] = field(default=())
    exercises: tuple[ParsedPart, ...] = field(default=())
    populations: tuple[ParsedPart, ...] = field(default=())

    def location(self, name: str) -> Location:
        """Return where a fact, a criterion or another part of the book is declared."""
        return self.locations.get(name, Location("rules"))


def rules_hash(files: dict[str, bytes]) -> str:
    """Return the SHA-256 of the law in hexadecimal: every file with its name, but for what measures or teaches it."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        if not name.startswith(NOT_LAW):
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def load_book(folder: Path, cache: Path | None = None, day: date | None = None) -> RuleBook:
    """Return the checked rule book of a folder as the law stood on a day; if none is named, the last that it states.

    It comes from the cache where that holds this very one. Raises Mistakes with everything that is wrong with the
    files, and where the book does not state the law of that day.
    """
    from screen.rulebook.cache import cache_book, program_hash, read_cached_book

    # A mistake in an exercise or a population keeps nobody from assessing a case.
    files = read_rule_files(folder, exclude=(EXERCISES, POPULATIONS))
    key = hashlib.sha256(f"{rules_hash(files)} {VERSION} {program_hash()}".encode()).hexdigest()
    if cache and (book := read_cached_book(cache, key, VERSION)):
        return book_on(book, day)
    checked = check_book(folder, files)
    if checked.timeless_book is None or checked.diagnostics:
        raise DiagnosticsError(checked.diagnostics)
    if cache:
        cache_book(cache, key, VERSION, checked.timeless_book)
    return book_on(checked.timeless_book, day)


def book_on(whole: RuleBook, day: date | None = None) -> RuleBook:
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


def check_book(folder: Path, files: dict[str, bytes] | None = None) -> CheckedFolder:
    """Return the book of a folder with every mistake that it holds; raises Mistakes only where there is no folder."""
    from screen.rulebook import conditions, resolve

    data = read_rule_files(folder) if files is None else files
    read = _shapes(data, folder.name)
    if read.book is None or not read.whole:
        # A name that seems undeclared may be declared in the file that could not be read.
        return CheckedFolder(None, {}, tuple(sorted(read.mistakes)))
    names, twice = resolve.names_of(read)
    read.mistakes += twice
    resolver = conditions.Resolver(names)
    book = _book(read, read.book.shape, resolver, rules_hash(data))
    places = _places(read)
    mistakes = [*read.mistakes, *resolver.mistakes]
    if not mistakes:
        book, cycles = _in_order(book, places, _places_of_presumptions(read))
        mistakes += cycles
    whole = None if mistakes else book
    cases, issues, decisions, exercises, populations = (
        tuple(read.of(kind)) for kind in ("cases", "issues", "decisions", "exercises", "populations")
    )
    told = tuple(sorted(set(mistakes)))
    return CheckedFolder(
        whole and book_on(whole), places, told, cases, whole, issues, decisions, exercises, populations
    )


def read_exercise_parts(folder: Path) -> tuple[ParsedPart, ...]:
    """Return the exercises of a folder of exercise files, as they are read; the book is not looked at.

    Raises Mistakes with everything that keeps a file from being read.
    """
    return _parts(folder, EXERCISES)


def read_population_parts(folder: Path) -> tuple[ParsedPart, ...]:
    """Return the populations of a folder of such files, as `exercise_parts` does exercises."""
    return _parts(folder, POPULATIONS)


def _parts(folder: Path, kind: str) -> tuple[ParsedPart, ...]:
    from screen.rulebook.conditions import ParsedPart
    from screen.rulebook.schema import FILE_SHAPES, parse_shapes
    from screen.rulebook.yaml_reader import parse_document

    parts: list[ParsedPart] = []
    mistakes: list[Diagnostic] = []
    for name, data in read_rule_files(folder).items():
        try:
            document = parse_document(data, str(folder / name), may_quote=True)
        except DiagnosticsError as error:
            mistakes += error.diagnostics
            continue
        shapes, wrong = parse_shapes(document, FILE_SHAPES[f"{kind}*.yaml"])
        mistakes += wrong
        parts += [ParsedPart(shape, document, path) for path, shape in shapes.items()]
    if mistakes:
        raise DiagnosticsError(mistakes)
    return tuple(parts)


def _shapes(files: dict[str, bytes], folder: str) -> ParsedFiles:
    """Return every file's shapes, with the mistakes that keep a file from having one."""
    from screen.rulebook.conditions import ParsedFiles, ParsedPart
    from screen.rulebook.resolve import declared
    from screen.rulebook.schema import FILE_SHAPES, parse_shapes
    from screen.rulebook.yaml_reader import parse_document

    read = ParsedFiles()
    for name, data in files.items():
        shown = f"{folder}/{name}"
        glob = next((glob for glob in FILE_SHAPES if glob == name or glob == f"{name.partition('/')[0]}/*.yaml"), None)
        if glob is None or name.count("/") > 1 or not name.endswith(".yaml"):
            # A file that nobody reads would be law that nobody applies.
            found = "no part of a rule book has this name."
            read.mistakes.append(
                Diagnostic(Location(shown), "unknown-file", found, _right_name(name, list(FILE_SHAPES)))
            )
            read.whole = False
            continue
        try:
            document = parse_document(data, shown, may_quote=True)
        except DiagnosticsError as error:
            read.mistakes += error.diagnostics
            read.whole = False
            continue
        shapes, mistakes = parse_shapes(document, FILE_SHAPES[glob])
        read.mistakes += mistakes
        kind = glob.partition("/")[0].removesuffix(".yaml")
        if mistakes:
            read.broken |= declared(kind, document.data)
            read.whole &= isinstance(document.data, list | dict)
        parts = [ParsedPart(shape, document, path) for path, shape in shapes.items()]
        if kind == "book":
            read.book = parts[0] if parts else None
        else:
            read.parts.setdefault(kind, []).extend(parts)
    if read.book is None and "book.yaml" not in files:
        found, remedy = "there is no book.yaml.", "Name the folder that holds one."
        read.mistakes.append(Diagnostic(Location(folder), "missing-file", found, remedy))
    return read


def _right_name(name: str, globs: list[str]) -> str:
    """Return what to do about a file whose name is not that of a part of the book."""
    top, _, rest = name.partition("/")
    known = sorted(glob.removesuffix("*.yaml") for glob in globs)
    if f"{top}/" in known and "/" in rest:
        return f"Move it up into {top}/; there are no folders below."
    if f"{top}/" in known or name.rpartition(".")[0] + ".yaml" in known:
        return "Its name must end in .yaml."
    return did_you_mean(f"{top}/" if rest else top, known, "Known here: " + ", ".join(known) + ".")


def _book(read: ParsedFiles, shape: BookShape, resolver: Resolver, digest: str) -> RuleBook:
    """Return the book as far as it can be made; what is wrong goes to the resolver."""
    from screen.rulebook import paper, properties, resolve, supplements

    part = read.book
    assert part is not None
    _check_book_names(part, shape, resolver)
    chapters = [one.chapter for one in shape.chapters]
    facts = [resolve.fact(fact, resolver, chapters) for fact in read.of("facts")]
    facts.sort(key=lambda fact: chapters.index(fact.chapter) if fact.chapter in chapters else 0)  # as they are asked
    supplements.rebuttals_twice(read, resolver)
    found = (resolve.criterion(criterion, resolver, shape) for criterion in read.of("criteria"))
    profiles = resolve.profiles(read.of("profiles"), resolver)
    resolver.known(part, ("default_profile",), shape.default_profile, profiles, "unknown-profile", "that profile")
    return RuleBook(
        title=shape.title,
        version=shape.version,
        hash=digest,
        law_from=shape.law_from,
        law_as_of=shape.law_as_of,
        default_profile=shape.default_profile,
        treaties=dict(shape.treaties),
        standards=dict(shape.standards),
        sections={one.section: one.title for one in shape.sections},
        chapters={one.chapter: one.title for one in shape.chapters},
        conclusions=tuple(shape.conclusions),
        recommendations=tuple(resolve.recommendations(part, resolver)),
        sources={one.name: one for one in (resolve.source(part, resolver) for part in read.of("sources"))},
        facts={fact.name: fact for fact in facts},
        criteria={one.name: one for one in found if one is not None},
        readings={one.name: one for one in (resolve.reading(one, resolver) for one in read.of("readings"))},
        profiles=profiles,
        presumptions=tuple(resolve.presumptions(read, resolver)),
        standings={host.shape.state: resolve.standings(host, resolver) for host in read.of("hosts")},
        objections=tuple(resolve.objection(one, resolver) for one in read.of("objections")),
        responses=tuple(resolve.response(one, resolver) for one in read.of("responses")),
        countries={code: name for one in read.of("countries") for code, name in one.shape.items()},
        country_names=resolve.country_names(read.of("country_names"), resolver),
        claims=paper.claims_of(read, resolver),
        statistics={one.name: one for one in (paper.statistic(part, resolver) for part in read.of("statistics"))},
        human_security=tuple(supplements.dimension(one, resolver) for one in read.of("human_security")),
        limbs=tuple(supplements.limbs(part, resolver)),
        not_judged=tuple(supplements.not_judged(part, resolver)),
        properties={one.name: one for one in properties.properties(read, resolver)},
        intended=tuple(properties.intended(part, resolver) for part in read.of("intended")),
        priorities=resolve.priorities(read.of("priorities"), resolver),
    )


def _check_book_names(part: ParsedPart, shape: BookShape, resolver: Resolver) -> None:
    names: DeclaredNames = resolver.names
    for index, name in enumerate(shape.conclusions):
        resolver.known(part, ("conclusions", index), name, names.criteria, "unknown-name", "a criterion of that name")
    for kind, rows in (("section", shape.sections), ("chapter", shape.chapters)):
        seen: set[str] = set()
        for index, row in enumerate(rows):
            if (name := getattr(row, kind)) in seen:
                found = f'the {kind} "{name}" stands twice.'
                resolver.wrong(part, (f"{kind}s", index, kind), "declared-twice", found, "Delete one.")
            seen.add(name)
    for name in (ORIGIN_FACT, HOST_FACT):
        if name in names.broken:
            continue
        if name not in names.facts or names.facts[name].type != "country":
            found = f'the book has no country fact "{name}".'
            resolver.wrong(part, (), "missing-fact", found, "Declare it: treaties and presumptions hang on it.")


def _places(read: ParsedFiles) -> dict[str, Location]:
    keys = {
        "facts": "fact",
        "criteria": "criterion",
        "readings": "reading",
        "objections": "objection",
        "responses": "response",
        "profiles": "profile",
        "claims": "claim",
        "statistics": "statistic",
        "properties": "property",
        "priorities": "priority",
    }
    places: dict[str, Location] = {}
    for kind, key in keys.items():
        for part in read.of(kind):
            places.setdefault(getattr(part.shape, key), part.document.location((*part.path, key)))
    return places


def _places_of_presumptions(read: ParsedFiles) -> dict[tuple[str | None, str], Location]:
    from screen.rulebook.resolve import presumption_parts

    return {
        (origin, at.shape.presume): at.document.location((*at.path, "presume"))
        for origin, rows in presumption_parts(read)
        for at in rows
    }


def _in_order(
    book: RuleBook, places: dict[str, Location], presumed: dict[tuple[str | None, str], Location]
) -> tuple[RuleBook, list[Diagnostic]]:
    """Return the book with its criteria and presumptions in the order of need, and a mistake for each cycle."""
    from screen.rulebook.dependencies import in_dependency_order, order_of_presumptions, required_criteria

    wants = {name: required_criteria(one) for name, one in book.criteria.items()}
    order, cycles = in_dependency_order(wants, places.__getitem__, "needs", "a criterion may not rest on itself")
    presumptions, more = order_of_presumptions(book.presumptions, presumed)
    return replace(book, order=order, presumptions=presumptions), [*cycles, *more]

"""TODO."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean
from screen.rulebook.at_date import stated_book
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import DeclaredNames, ParsedFiles, ParsedPart, names_of
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, RuleBook
from screen.rulebook.rule_folder import EXERCISES, POPULATIONS, read_rule_files, rules_hash
from screen.rulebook.schema import BookShape


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


def check_book(folder: Path, files: dict[str, bytes] | None = None) -> CheckedFolder:
    """Return the book of a folder with every mistake that it holds; raises Mistakes only where there is no folder."""
    from screen.rulebook import conditions

    data = read_rule_files(folder) if files is None else files
    read = _shapes(data, folder.name)
    if read.book is None or not read.is_complete:
        # A name that seems undeclared may be declared in the file that could not be read.
        return CheckedFolder(None, {}, tuple(sorted(read.diagnostics)))
    names, twice = names_of(read)
    read.diagnostics += twice
    resolver = conditions.Resolver(names)
    book = _book(read, read.book.shape, resolver, rules_hash(data))
    places = _places(read)
    mistakes = [*read.diagnostics, *resolver.mistakes]
    if not mistakes:
        book, cycles = _in_order(book, places, _places_of_presumptions(read))
        mistakes += cycles
    whole = None if mistakes else book
    cases, issues, decisions, exercises, populations = (
        tuple(read.of(kind)) for kind in ("cases", "issues", "decisions", "exercises", "populations")
    )
    told = tuple(sorted(set(mistakes)))
    return CheckedFolder(
        whole and stated_book(whole), places, told, cases, whole, issues, decisions, exercises, populations
    )


def _parts(folder: Path, kind: str) -> tuple[ParsedPart, ...]:
    from screen.rulebook.declarations import ParsedPart
    from screen.rulebook.schema import FILE_SHAPES
    from screen.rulebook.validation import parse_shapes
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
    from screen.rulebook.declarations import ParsedFiles, ParsedPart, declared
    from screen.rulebook.schema import FILE_SHAPES
    from screen.rulebook.validation import parse_shapes
    from screen.rulebook.yaml_reader import parse_document

    read = ParsedFiles()
    for name, data in files.items():
        shown = f"{folder}/{name}"
        glob = next((glob for glob in FILE_SHAPES if glob == name or glob == f"{name.partition('/')[0]}/*.yaml"), None)
        if glob is None or name.count("/") > 1 or not name.endswith(".yaml"):
            # A file that nobody reads would be law that nobody applies.
            found = "no part of a rule book has this name."
            read.diagnostics.append(
                Diagnostic(Location(shown), "unknown-file", found, _right_name(name, list(FILE_SHAPES)))
            )
            read.is_complete = False
            continue
        try:
            document = parse_document(data, shown, may_quote=True)
        except DiagnosticsError as error:
            read.diagnostics += error.diagnostics
            read.is_complete = False
            continue
        shapes, mistakes = parse_shapes(document, FILE_SHAPES[glob])
        read.diagnostics += mistakes
        kind = glob.partition("/")[0].removesuffix(".yaml")
        if mistakes:
            read.broken |= declared(kind, document.data)
            read.is_complete &= isinstance(document.data, list | dict)
        parts = [ParsedPart(shape, document, path) for path, shape in shapes.items()]
        if kind == "book":
            read.book = parts[0] if parts else None
        else:
            read.parts.setdefault(kind, []).extend(parts)
    if read.book is None and "book.yaml" not in files:
        found, remedy = "there is no book.yaml.", "Name the folder that holds one."
        read.diagnostics.append(Diagnostic(Location(folder), "missing-file", found, remedy))
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
    from screen.rulebook.declarations import presumption_parts

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


def read_exercise_parts(folder: Path) -> tuple[ParsedPart, ...]:
    """Return the exercises of a folder of exercise files, as they are read; the book is not looked at.

    Raises Mistakes with everything that keeps a file from being read.
    """
    return _parts(folder, EXERCISES)


def read_population_parts(folder: Path) -> tuple[ParsedPart, ...]:
    """Return the populations of a folder of such files, as `exercise_parts` does exercises."""
    return _parts(folder, POPULATIONS)

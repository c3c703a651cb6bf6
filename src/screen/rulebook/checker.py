"""Compile a rule folder into a checked `RuleBook`, stage by stage, with every diagnostic of every file.

`STAGES` lists the stages in order. Exercises and populations can also be read from a folder of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from screen.diagnostics import Diagnostic, DiagnosticsError, Location, did_you_mean
from screen.rulebook import paper, properties, resolve, supplements
from screen.rulebook.at_date import stated_book
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import (
    NAME_KEYS,
    ParsedFiles,
    ParsedPart,
    collect_names,
    declared_names,
    presumption_parts,
)
from screen.rulebook.dependencies import in_dependency_order, order_of_presumptions, required_criteria
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT, RuleBook
from screen.rulebook.rule_folder import EXERCISES, POPULATIONS, read_rule_files, rules_hash
from screen.rulebook.schema import FILE_SHAPES, BookShape
from screen.rulebook.validation import parse_shapes
from screen.rulebook.yaml_reader import Document, parse_document

#: The kinds of parts that a name is looked up in, by `CheckedFolder.location`, the first that declares it.
_LOCATED = (
    "facts",
    "criteria",
    "readings",
    "objections",
    "responses",
    "profiles",
    "claims",
    "statistics",
    "properties",
    "priorities",
)


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """What checking a rule folder gave: the book, unless there is a diagnostic, and what belongs to it.

    `timeless_book` holds the law of all days, `book` that of the last day which the rules state. Law cases, decisions
    with their issues, exercises and populations are not part of the law: they are here as parsed.
    """

    book: RuleBook | None
    timeless_book: RuleBook | None
    locations: dict[str, Location]
    diagnostics: tuple[Diagnostic, ...]
    cases: tuple[ParsedPart, ...]
    issues: tuple[ParsedPart, ...]
    decisions: tuple[ParsedPart, ...]
    exercises: tuple[ParsedPart, ...]
    populations: tuple[ParsedPart, ...]

    def location(self, name: str) -> Location:
        """Return where a fact, a criterion or another part of the book is declared."""
        return self.locations.get(name, Location("rules"))


@dataclass(slots=True)
class _Compilation:
    """A rule folder on its way to a book. Each stage reads what the stages before it left here, and adds its own."""

    folder: str
    files: dict[str, bytes]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    documents: list[tuple[str, Document]] = field(default_factory=list)  # each with its key in FILE_SHAPES
    parsed: ParsedFiles = field(default_factory=ParsedFiles)
    resolver: Resolver | None = None
    locations: dict[str, Location] = field(default_factory=dict)
    book: RuleBook | None = None


def check_book(folder: Path, files: dict[str, bytes] | None = None) -> CheckedFolder:
    """Return the book of a folder with every diagnostic; raises DiagnosticsError only where its files cannot be read.

    `files` are the bytes of the folder's files where the caller has read them already.
    """
    compilation = _Compilation(folder.name, read_rule_files(folder) if files is None else files)
    completed = all(stage(compilation) for stage in STAGES)
    book = compilation.book if completed else None
    # Without every name and every term, the other parts cannot be checked against the book either.
    parts = compilation.parsed.of if compilation.resolver else lambda kind: []
    return CheckedFolder(
        book=book and stated_book(book),
        timeless_book=book,
        locations=compilation.locations,
        diagnostics=tuple(sorted(set(compilation.diagnostics))),
        cases=tuple(parts("cases")),
        issues=tuple(parts("issues")),
        decisions=tuple(parts("decisions")),
        exercises=tuple(parts("exercises")),
        populations=tuple(parts("populations")),
    )


# ── stages ──────────────────────────────────────────────────────────────────────────────────────────────────────────
# Each returns whether the next one has what it needs.


def _read_documents(compilation: _Compilation) -> bool:
    """Read every file as YAML, and find out by its name which part of the book it holds."""
    for name, data in compilation.files.items():
        path = f"{compilation.folder}/{name}"
        glob = next((glob for glob in FILE_SHAPES if glob == name or glob == f"{name.partition('/')[0]}/*.yaml"), None)
        if glob is None or name.count("/") > 1 or not name.endswith(".yaml"):
            # A file that nobody reads would be law that nobody applies.
            message = "no part of a rule book has this name."
            compilation.diagnostics.append(
                Diagnostic(Location(path), "unknown-file", message, _file_name_hint(name, list(FILE_SHAPES)))
            )
            compilation.parsed.is_complete = False
            continue
        try:
            compilation.documents.append((glob, parse_document(data, path, may_quote=True)))
        except DiagnosticsError as error:
            compilation.diagnostics += error.diagnostics
            compilation.parsed.is_complete = False
    return True


def _file_name_hint(name: str, globs: list[str]) -> str:
    """Return what to do about a file whose name is not that of a part of the book."""
    top, _, rest = name.partition("/")
    known = sorted(glob.removesuffix("*.yaml") for glob in globs)
    if f"{top}/" in known and "/" in rest:
        return f"Move it up into {top}/; there are no folders below."
    if f"{top}/" in known or name.rpartition(".")[0] + ".yaml" in known:
        return "Its name must end in .yaml."
    return did_you_mean(f"{top}/" if rest else top, known, "Known here: " + ", ".join(known) + ".")


def _parse_documents(compilation: _Compilation) -> bool:
    """Parse every document into the shapes of its kind of file."""
    parsed = compilation.parsed
    for glob, document in compilation.documents:
        shapes, mistakes = parse_shapes(document, FILE_SHAPES[glob])
        compilation.diagnostics += mistakes
        kind = glob.partition("/")[0].removesuffix(".yaml")
        if mistakes:
            parsed.broken |= declared_names(kind, document.data)
            parsed.is_complete &= isinstance(document.data, list | dict)
        parts = [ParsedPart(shape, document, path) for path, shape in shapes.items()]
        if kind == "book":
            parsed.book = parts[0] if parts else None
        else:
            parsed.parts.setdefault(kind, []).extend(parts)
    if parsed.book is None and "book.yaml" not in compilation.files:
        message, hint = "there is no book.yaml.", "Name the folder that holds one."
        compilation.diagnostics.append(Diagnostic(Location(compilation.folder), "missing-file", message, hint))
    # A name that seems undeclared may be declared in a file that could not be read.
    return parsed.book is not None and parsed.is_complete


def _collect_names(compilation: _Compilation) -> bool:
    """Collect every name that the book declares, before anything that uses one is resolved."""
    parsed = compilation.parsed
    names, mistakes = collect_names(parsed)
    compilation.diagnostics += mistakes
    compilation.resolver = Resolver(names)
    for kind in _LOCATED:
        key = NAME_KEYS[kind]
        for part in parsed.of(kind):
            compilation.locations.setdefault(getattr(part.shape, key), part.document.location((*part.path, key)))
    return True


def _resolve_parts(compilation: _Compilation) -> bool:
    """Turn shapes into the parts of the book; names are looked up and conditions become terms."""
    parsed, resolver = compilation.parsed, compilation.resolver
    assert parsed.book is not None
    assert resolver is not None
    compilation.book = _resolve_book(parsed, parsed.book, resolver, rules_hash(compilation.files))
    compilation.diagnostics += resolver.diagnostics
    return not compilation.diagnostics


def _order_by_dependency(compilation: _Compilation) -> bool:
    """Put criteria and presumptions in an order in which each comes after all that it needs."""
    book = compilation.book
    assert book is not None
    needs = {name: required_criteria(criterion) for name, criterion in book.criteria.items()}
    order, cycles = in_dependency_order(
        needs, compilation.locations.__getitem__, "needs", "a criterion may not depend on itself"
    )
    presumption_locations = {
        (origin, part.shape.presume): part.document.location((*part.path, "presume"))
        for origin, parts in presumption_parts(compilation.parsed)
        for part in parts
    }
    presumptions, more_cycles = order_of_presumptions(book.presumptions, presumption_locations)
    compilation.book = replace(book, order=order, presumptions=presumptions)
    compilation.diagnostics += cycles + more_cycles
    return not compilation.diagnostics


#: The stages of compiling a rule book, in order: bytes, documents, shapes, names, parts, order.
STAGES: tuple[Callable[[_Compilation], bool], ...] = (
    _read_documents,
    _parse_documents,
    _collect_names,
    _resolve_parts,
    _order_by_dependency,
)


# ── parts of the book ───────────────────────────────────────────────────────────────────────────────────────────────


def _resolve_book(parsed: ParsedFiles, part: ParsedPart, resolver: Resolver, digest: str) -> RuleBook:
    """Return the book as far as it can be made; `part` is book.yaml. Mistakes go to the resolver."""
    shape: BookShape = part.shape
    _check_book_names(part, shape, resolver)
    chapters = [chapter.chapter for chapter in shape.chapters]
    facts = [resolve.fact(part, resolver, chapters) for part in parsed.of("facts")]
    facts.sort(key=lambda fact: chapters.index(fact.chapter) if fact.chapter in chapters else 0)  # as they are asked
    supplements.check_rebuttals(parsed, resolver)
    criteria = [resolve.criterion(part, resolver, shape) for part in parsed.of("criteria")]
    profiles = resolve.profiles(parsed.of("profiles"), resolver)
    resolver.check_known(part, ("default_profile",), shape.default_profile, profiles, "unknown-profile", "that profile")
    sources = [resolve.source(part, resolver) for part in parsed.of("sources")]
    readings = [resolve.reading(part, resolver) for part in parsed.of("readings")]
    statistics = [paper.statistic(part, resolver) for part in parsed.of("statistics")]
    return RuleBook(
        title=shape.title,
        version=shape.version,
        hash=digest,
        law_from=shape.law_from,
        law_as_of=shape.law_as_of,
        default_profile=shape.default_profile,
        treaties=dict(shape.treaties),
        standards=dict(shape.standards),
        sections={section.section: section.title for section in shape.sections},
        chapters={chapter.chapter: chapter.title for chapter in shape.chapters},
        conclusions=tuple(shape.conclusions),
        recommendations=tuple(resolve.recommendations(part, resolver)),
        before_closing=tuple(resolve.before_closing(part, resolver)),
        sources={source.name: source for source in sources},
        facts={fact.name: fact for fact in facts},
        criteria={criterion.name: criterion for criterion in criteria if criterion is not None},
        readings={reading.name: reading for reading in readings},
        profiles=profiles,
        presumptions=tuple(resolve.presumptions(parsed, resolver)),
        standings={part.shape.state: resolve.standings(part, resolver) for part in parsed.of("hosts")},
        objections=tuple(resolve.objection(part, resolver) for part in parsed.of("objections")),
        responses=tuple(resolve.response(part, resolver) for part in parsed.of("responses")),
        countries={code: name for part in parsed.of("countries") for code, name in part.shape.items()},
        country_names=resolve.country_names(parsed.of("country_names"), resolver),
        claims=paper.resolve_claims(parsed, resolver),
        statistics={statistic.name: statistic for statistic in statistics},
        human_security=tuple(supplements.dimension(part, resolver) for part in parsed.of("human_security")),
        limbs=tuple(supplements.limbs(part, resolver)),
        not_judged=tuple(supplements.not_judged(part, resolver)),
        properties={rule.name: rule for rule in properties.properties(parsed, resolver)},
        intended=tuple(properties.intended(part, resolver) for part in parsed.of("intended")),
        priorities=resolve.priorities(parsed.of("priorities"), resolver),
    )


def _check_book_names(part: ParsedPart, shape: BookShape, resolver: Resolver) -> None:
    """Check the names that book.yaml uses and declares, and that the two facts stand in the book which it hangs on."""
    names = resolver.names
    for index, name in enumerate(shape.conclusions):
        what = "a criterion of that name"
        resolver.check_known(part, ("conclusions", index), name, names.criteria, "unknown-name", what)
    for kind, rows in (("section", shape.sections), ("chapter", shape.chapters)):
        seen: set[str] = set()
        for index, row in enumerate(rows):
            if (name := getattr(row, kind)) in seen:
                message = f'the {kind} "{name}" stands twice.'
                resolver.report(part, (f"{kind}s", index, kind), "declared-twice", message, "Delete one.")
            seen.add(name)
    for name in (ORIGIN_FACT, HOST_FACT):
        if name in names.broken:
            continue
        if name not in names.facts or names.facts[name].type != "country":
            message = f'the book has no country fact "{name}".'
            resolver.report(part, (), "missing-fact", message, "Declare it: treaties and presumptions depend on it.")


# ── folders of exercises and populations ────────────────────────────────────────────────────────────────────────────


def read_exercise_parts(folder: Path) -> tuple[ParsedPart, ...]:
    """Return the exercises of a folder of exercise files, parsed; they are not compared with a book.

    Raises DiagnosticsError with everything that keeps a file from being read.
    """
    return _read_parts(folder, EXERCISES)


def read_population_parts(folder: Path) -> tuple[ParsedPart, ...]:
    """Return the populations of a folder of population files, as `read_exercise_parts` does exercises."""
    return _read_parts(folder, POPULATIONS)


def _read_parts(folder: Path, kind: str) -> tuple[ParsedPart, ...]:
    parts: list[ParsedPart] = []
    diagnostics: list[Diagnostic] = []
    for name, data in read_rule_files(folder).items():
        try:
            document = parse_document(data, str(folder / name), may_quote=True)
        except DiagnosticsError as error:
            diagnostics += error.diagnostics
            continue
        shapes, mistakes = parse_shapes(document, FILE_SHAPES[f"{kind}*.yaml"])
        diagnostics += mistakes
        parts += [ParsedPart(shape, document, path) for path, shape in shapes.items()]
    if diagnostics:
        raise DiagnosticsError(diagnostics)
    return tuple(parts)

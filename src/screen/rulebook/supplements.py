"""Shapes into what stands beside the law and never changes a finding: human security, the table of limbs, open norms.

In: the shapes of human_security.yaml and of two lists in book.yaml. Out: their parts, or mistakes with places. Left
alone: whether a dimension has a claim of the paper (`paper`), what a dimension comes to on a case (`engine/security`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screen.rulebook import schema, terms
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import ParsedFiles, ParsedPart
from screen.rulebook.model import PERVASIVENESS, SEVERITY, Dimension, LimbRow, NotJudged


def dimension(part: ParsedPart, resolver: Resolver) -> Dimension:
    """Return a component of human security with its two scales, or a factor with its one condition."""
    raw: schema.DimensionShape = part.shape
    resolver.source_names(part, "sources")
    resolver.words(part, ("title",), raw.title)
    wanted = ("severity", "pervasiveness") if raw.kind == "component" else ("shown_if",)
    for key in ("severity", "pervasiveness", "shown_if"):
        if key in wanted and getattr(raw, key) is None:
            found = f'the {raw.kind} "{raw.dimension}" has no {key}.'
            resolver.wrong(part, ("dimension",), "missing-key", found, f"Add `{key}`.")
        if key not in wanted and key in raw.model_fields_set:
            found = f'the {raw.kind} "{raw.dimension}" has no use for {key}.'
            resolver.wrong(part, (key,), "unknown-key", found, "Delete it or change the kind.", key=True)
    return Dimension(
        raw.dimension,
        raw.kind,
        raw.title,
        tuple(_grades(part, resolver, "severity", SEVERITY)),
        tuple(_grades(part, resolver, "pervasiveness", PERVASIVENESS)),
        resolver.optional(part, ("shown_if",), raw.shown_if) if raw.kind == "factor" and raw.shown_if else None,
        tuple(raw.sources),
        tuple(raw.claims),
    )


def _grades(part: ParsedPart, resolver: Resolver, key: str, names: Iterable[str]) -> Iterator[tuple[str, terms.Term]]:
    """Yield the grades of one scale with their conditions, the highest first."""
    scale = getattr(part.shape, key)
    if scale is None:
        return
    at = ParsedPart(scale, part.document, (*part.path, key))
    if not scale.model_fields_set:
        resolver.wrong(part, (key,), "empty", f'"{key}" is empty.', "Write one grade at least.", key=True)
    for name in names:
        when = resolver.optional(at, (name,), getattr(scale, name))
        if when is not None:
            yield name, when


def limbs(part: ParsedPart, resolver: Resolver) -> Iterator[LimbRow]:
    """Yield the rows of the table before and after leaving."""
    book: schema.BookShape = part.shape
    for index, row in enumerate(book.limbs):
        resolver.words(part, ("limbs", index, "title"), row.title)
        if row.departure is None and row.sur_place is None:
            found = f'the row "{row.title}" names no criterion.'
            resolver.wrong(part, ("limbs", index), "missing-key", found, "Add `departure`, `sur_place` or both.")
        for key in ("departure", "sur_place"):
            if name := getattr(row, key):
                known = resolver.names.criteria
                resolver.known(part, ("limbs", index, key), name, known, "unknown-name", "a criterion of that name")
        yield LimbRow(row.title, row.departure, row.sur_place)


def not_judged(part: ParsedPart, resolver: Resolver) -> Iterator[NotJudged]:
    """Yield what the book leaves to a person, with authority."""
    book: schema.BookShape = part.shape
    for index, one in enumerate(book.not_judged):
        at = ParsedPart(one, part.document, ("not_judged", index))
        resolver.source_names(at, "sources")
        resolver.words(at, ("says",), one.says)
        yield NotJudged(one.says, tuple(one.sources))


def rebuttals_twice(files: ParsedFiles, resolver: Resolver) -> None:
    """Note each rebuttal that stands twice: a claim could not say which of them is its home."""
    seen: set[str] = set()
    for part in files.of("objections"):
        for index, reply in enumerate(part.shape.answers):
            if reply.rebuttal in seen:
                found = f'the rebuttal "{reply.rebuttal}" stands twice.'
                resolver.wrong(part, ("answers", index, "rebuttal"), "declared-twice", found, "Rename one.")
            if reply.rebuttal:
                seen.add(reply.rebuttal)

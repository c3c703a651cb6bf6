"""Resolve what supplements the law and never changes a finding: human security, the table of limbs, open norms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screen.rulebook import schema, terms
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import ParsedFiles, ParsedPart
from screen.rulebook.model import PERVASIVENESS, SEVERITY, Dimension, LimbRow, NotJudged


def dimension(part: ParsedPart, resolver: Resolver) -> Dimension:
    """Return a component of human security with its two scales, or a factor with its condition."""
    raw: schema.DimensionShape = part.shape
    resolver.check_sources(part, "sources")
    resolver.check_texts(part, "title")
    required = ("severity", "pervasiveness") if raw.kind == "component" else ("shown_if",)
    for key in ("severity", "pervasiveness", "shown_if"):
        if key in required and getattr(raw, key) is None:
            message = f'the {raw.kind} "{raw.dimension}" has no {key}.'
            resolver.report(part, ("dimension",), "missing-key", message, f"Add `{key}`.")
        if key not in required and key in raw.model_fields_set:
            message = f'the {raw.kind} "{raw.dimension}" has no use for {key}.'
            resolver.report(part, (key,), "unknown-key", message, "Delete it or change the kind.", key=True)
    return Dimension(
        raw.dimension,
        raw.kind,
        raw.title,
        tuple(_grades(part, resolver, "severity", SEVERITY)),
        tuple(_grades(part, resolver, "pervasiveness", PERVASIVENESS)),
        resolver.optional_term(part, ("shown_if",), raw.shown_if) if raw.kind == "factor" and raw.shown_if else None,
        tuple(raw.sources),
        tuple(raw.claims),
    )


def _grades(part: ParsedPart, resolver: Resolver, key: str, names: Iterable[str]) -> Iterator[tuple[str, terms.Term]]:
    """Yield the grades of one scale with their conditions, the highest first."""
    scale = getattr(part.shape, key)
    if scale is None:
        return
    scale_part = part.child(scale, key)
    if not scale.model_fields_set:
        resolver.report(part, (key,), "empty", f'"{key}" is empty.', "Write at least one grade.", key=True)
    for name in names:
        when = resolver.optional_term(scale_part, (name,), getattr(scale, name))
        if when is not None:
            yield name, when


def limbs(part: ParsedPart, resolver: Resolver) -> Iterator[LimbRow]:
    """Yield the rows of the table that sets the departure limb beside the sur place limb."""
    book: schema.BookShape = part.shape
    for index, row in enumerate(book.limbs):
        resolver.check_placeholders(part, ("limbs", index, "title"), row.title)
        if row.departure is None and row.sur_place is None:
            message = f'the row "{row.title}" names no criterion.'
            resolver.report(part, ("limbs", index), "missing-key", message, "Add `departure`, `sur_place` or both.")
        for key in ("departure", "sur_place"):
            if name := getattr(row, key):
                known = resolver.names.criteria
                resolver.check_known(
                    part, ("limbs", index, key), name, known, "unknown-name", "a criterion of that name"
                )
        yield LimbRow(row.title, row.departure, row.sur_place)


def not_judged(part: ParsedPart, resolver: Resolver) -> Iterator[NotJudged]:
    """Yield the open norms that the book leaves to a person, with their authorities."""
    book: schema.BookShape = part.shape
    for index, norm in enumerate(book.not_judged):
        norm_part = part.child(norm, "not_judged", index)
        resolver.check_sources(norm_part, "sources")
        resolver.check_texts(norm_part, "says")
        yield NotJudged(norm.says, tuple(norm.sources))


def check_rebuttals(files: ParsedFiles, resolver: Resolver) -> None:
    """Report each rebuttal that is declared twice: a claim could not say which of them is its home."""
    seen: set[str] = set()
    for part in files.of("objections"):
        for index, reply in enumerate(part.shape.answers):
            if reply.rebuttal in seen:
                message = f'the rebuttal "{reply.rebuttal}" is declared twice.'
                resolver.report(part, ("answers", index, "rebuttal"), "declared-twice", message, "Rename one.")
            if reply.rebuttal:
                seen.add(reply.rebuttal)

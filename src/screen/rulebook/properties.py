"""What no rule book may break, and what looks like a slip of it and is meant.

In: the shapes of properties.yaml and intended.yaml with all other parts. Out: properties and intended doubts, or
mistakes with their places. Left alone: whether a property holds (`proof`). Nothing here can change a finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from screen.diagnostics import did_you_mean, shorten
from screen.rulebook import formulas, schema
from screen.rulebook.answers import describe_type
from screen.rulebook.conditions import Resolver
from screen.rulebook.declarations import ParsedFiles, ParsedPart
from screen.rulebook.formulas import AnswerChange, Formula, Statement
from screen.rulebook.model import RECOMMENDATIONS, Intended, Property
from screen.rulebook.resolve import FINDING_KEYS
from screen.rulebook.yaml_reader import KeyPath

#: Under `never_change` this asks after what is recommended, which is no criterion.
RECOMMENDATION = "recommendation"
#: Under `fewer_answers_never_flip` this names all criteria.
EVERY = "every_criterion"
#: The ways to say a property: the keys of each.
WAYS = (
    ("never",),
    ("whenever", "then"),
    ("more_of", "never_weakens"),
    ("other_answers_to", "never_change"),
    ("fewer_answers_never_flip",),
    ("apart",),
)
_NAMED_BY = {
    "never_met": "criterion",
    "never_fails": "criterion",
    "equivalent": "criterion",
    "exception_swallows": "criterion",
    "exception_never_bites": "criterion",
    "fact_never_matters": "fact",
    "reading_never_matters": "reading",
}


def properties(files: ParsedFiles, resolver: Resolver) -> Iterator[Property]:
    """Yield the properties of which every part makes sense."""
    profiles = [part.shape.profile for part in files.of("profiles")]
    for part in files.of("properties"):
        if (one := _property(part, resolver, profiles)) is not None:
            yield one


def _property(part: ParsedPart, resolver: Resolver, profiles: list[str]) -> Property | None:
    raw: schema.PropertyShape = part.shape
    resolver.source_names(part, "sources")
    for key in ("title", "says"):
        resolver.words(part, (key,), getattr(raw, key))
    for index, name in enumerate(raw.profiles):
        resolver.known(part, ("profiles", index), name, profiles, "unknown-profile", "that profile")
    for index, name in enumerate(raw.answering or ()):
        resolver.known(part, ("answering", index), name, resolver.names.facts, "unknown-fact", "it in facts/")
    statement = _statement(part, raw, resolver)
    if statement is None:
        return None
    answering = None if raw.answering is None else frozenset(raw.answering)
    return Property(raw.property, raw.title, raw.says, statement, tuple(raw.profiles), answering, tuple(raw.sources))


def _statement(part: ParsedPart, raw: schema.PropertyShape, resolver: Resolver) -> Statement | None:
    keys = tuple(key for way in WAYS for key in way if key in raw.model_fields_set)
    if keys not in WAYS:
        # A property that says nothing would be proved, and nobody would know that nothing was.
        known = "; ".join(" with ".join(f"`{key}`" for key in way) for way in WAYS)
        found = f'"{raw.property}" is not said in one known way.'
        resolver.wrong(part, (), "not-a-property", found, f"Write one of: {known}.")
        return None
    match keys:
        case ("never",):
            holds = _formula(part, ("never",), raw.never, resolver)
            return None if holds is None else formulas.Never(holds)
        case ("whenever", "then"):
            when = _formula(part, ("whenever",), raw.whenever, resolver)
            then = _formula(part, ("then",), raw.then, resolver)
            return None if when is None or then is None else formulas.Whenever(when, then)
        case ("more_of", "never_weakens"):
            more = _changes(part, "more_of", raw.more_of, resolver, ordered=True)
            criteria = _criteria(part, "never_weakens", raw.never_weakens, resolver)
            return formulas.NeverWeaker(more, criteria) if more and criteria else None
        case ("other_answers_to", "never_change"):
            others = _changes(part, "other_answers_to", raw.other_answers_to, resolver, ordered=False)
            criteria = _criteria(part, "never_change", raw.never_change, resolver, RECOMMENDATION)
            named = tuple(name for name in criteria if name != RECOMMENDATION)
            return formulas.NeverChanged(others, named, RECOMMENDATION in criteria) if others and criteria else None
        case ("fewer_answers_never_flip",):
            key = "fewer_answers_never_flip"
            criteria = _criteria(part, key, raw.fewer_answers_never_flip, resolver, EVERY)
            # The order of files stands for "every": the book has them all by then.
            every = tuple(sorted(resolver.names.criteria)) if EVERY in criteria else criteria
            return formulas.NeverFlipped(every) if every else None
        case _:
            if raw.apart:
                return formulas.Apart(tuple(raw.apart))
            resolver.wrong(part, ("apart",), "empty", '"apart" is empty.', "Name a part of the book.")
            return None


def _criteria(part: ParsedPart, key: str, names: list[str], resolver: Resolver, *others: str) -> tuple[str, ...]:
    """Return the names of criteria under a key; a mistake is noted for any other name and for none at all."""
    if not names:
        resolver.wrong(part, (key,), "empty", f'"{key}" is empty.', "Name a criterion.", key=True)
    for index, name in enumerate(names):
        if name not in others:
            what = "a criterion of that name"
            resolver.known(part, (key, index), name, resolver.names.criteria, "unknown-name", what)
    return tuple(names)


def _changes(
    part: ParsedPart, key: str, raw: list[Any], resolver: Resolver, *, ordered: bool
) -> tuple[AnswerChange, ...]:
    if not raw:
        resolver.wrong(part, (key,), "empty", f'"{key}" is empty.', "Name a fact.", key=True)
    found = [_change(part, (key, index), one, resolver, ordered=ordered) for index, one in enumerate(raw)]
    return tuple(one for one in found if one is not None)


def _change(part: ParsedPart, path: KeyPath, raw: Any, resolver: Resolver, *, ordered: bool) -> AnswerChange | None:
    """Return other answers to a fact: to all of it, or to the options that are named."""
    match raw:
        case str() as name:
            options = None
        case {"fact": str() as name, **rest} if not rest:
            options = None
        case {"fact": str() as name, "options": [*options], **rest} if not rest and options:
            pass
        case _:
            found = f"{describe_type(raw)} where a fact is wanted."
            resolver.wrong(part, path, "wrong-kind", found, "Write a fact, or `{fact: f, options: [a, b]}`.")
            return None
    if not resolver.known(part, path, name, resolver.names.facts, "unknown-fact", "it in facts/"):
        return None
    fact = resolver.names.facts[name]
    if options is not None and fact.type != "many":
        found = f'the {fact.type} fact "{name}" has no options that change one by one.'
        resolver.wrong(part, path, "wrong-comparison", found, "Name the fact alone.")
        return None
    if ordered and fact.type not in ("yes_no", "level", "number", "many"):
        found = f'of the {fact.type} fact "{name}" there is no more and no less.'
        resolver.wrong(part, path, "wrong-comparison", found, "Name a yes_no, level, number or many fact.")
        return None
    if options is None:
        return AnswerChange(name, None)
    named = [resolver.option(part, (*path, "options", index), fact, one) for index, one in enumerate(options)]
    return None if None in named else AnswerChange(name, frozenset(map(str, named)))


# ── formulas ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _formula(part: ParsedPart, path: KeyPath, raw: Any, resolver: Resolver) -> Formula | None:
    """Return what is said of a whole evaluation: `all` and `any` of findings, recommendations and plain conditions."""
    match raw:
        case {"all": [*parts], **rest} if parts and not rest:
            found = [_formula(part, (*path, "all", index), one, resolver) for index, one in enumerate(parts)]
            return None if None in found else formulas.Every(tuple(one for one in found if one is not None))
        case {"any": [*parts], **rest} if parts and not rest:
            found = [_formula(part, (*path, "any", index), one, resolver) for index, one in enumerate(parts)]
            return None if None in found else formulas.Some(tuple(one for one in found if one is not None))
        case {"finding": str() as name, **rest} if rest.keys() in ({"is"}, {"in"}):
            what = "a criterion of that name"
            known = resolver.known(part, (*path, "finding"), name, resolver.names.criteria, "unknown-name", what)
            states = _chosen(part, path, rest, FINDING_KEYS, resolver)
            return formulas.EndsIn(name, states) if known and states else None
        case {"adverse": _, **rest} if not rest:
            states = _chosen(part, path, raw, FINDING_KEYS, resolver)
            return formulas.SomeAdverseEndsIn(states) if states else None
        case {"recommend": _, **rest} if not rest:
            names = _chosen(part, path, raw, RECOMMENDATIONS, resolver)
            return formulas.Recommended(names) if names else None
    term = resolver.term(part, path, raw)
    return None if term is None else formulas.TermHolds(term)


def _chosen(
    part: ParsedPart, path: KeyPath, raw: dict[Any, Any], known: tuple[str, ...], resolver: Resolver
) -> frozenset[str] | None:
    """Return one word or a list of words that stand under the only key of a mapping."""
    ((key, value),) = raw.items()
    words = value if isinstance(value, list) else [value]
    for word in words:
        if word not in known:
            otherwise = "Write one of: " + ", ".join(known) + "."
            shown = f'"{shorten(word)}"' if isinstance(word, str) else describe_type(word)
            remedy = did_you_mean(word, known, otherwise) if isinstance(word, str) else otherwise
            resolver.wrong(part, (*path, key), "not-a-choice", f"{shown} is not a choice here.", remedy)
            return None
    if not words:
        resolver.wrong(part, (*path, key), "empty", f'"{key}" is empty.', "Write one word or a list.")
    return frozenset(words) or None


# ── what is meant ───────────────────────────────────────────────────────────────────────────────────────────────────


def intended(part: ParsedPart, resolver: Resolver) -> Intended:
    """Return what looks like a slip and is meant."""
    raw: schema.IntendedShape = part.shape
    resolver.words(part, ("because",), raw.because)
    kind = _NAMED_BY[raw.intended]
    known = {
        "criterion": resolver.names.criteria,
        "fact": resolver.names.facts,
        "reading": resolver.names.readings,
    }[kind]
    for index, name in enumerate(raw.of):
        resolver.known(
            part,
            ("of", index),
            name,
            known,
            f"unknown-{'name' if kind == 'criterion' else kind}",
            f"a {kind} of that name",
        )
    if raw.intended == "equivalent" and len(raw.of) < 2:
        resolver.wrong(part, ("of",), "empty", "one criterion is equivalent to itself.", "Name the others too.")
    return Intended(raw.intended, tuple(raw.of), raw.because)

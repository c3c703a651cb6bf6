"""Resolve the properties that no rule book may break, and what looks like a slip of the book and is intended.

Whether a property holds is proved elsewhere (`proof`). Nothing here changes a finding.
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

#: Under `never_change` this stands for the recommendation, which is not a criterion.
RECOMMENDATION = "recommendation"
#: Under `fewer_answers_never_flip` this stands for all criteria.
EVERY_CRITERION = "every_criterion"
#: The forms of a property: the keys of each.
_FORMS = (
    ("never",),
    ("whenever", "then"),
    ("more_of", "never_weakens"),
    ("other_answers_to", "never_change"),
    ("fewer_answers_never_flip",),
    ("apart",),
)
#: The kind of part that each doubt is about.
_DOUBT_SUBJECTS = {
    "never_met": "criterion",
    "never_fails": "criterion",
    "equivalent": "criterion",
    "exception_swallows": "criterion",
    "exception_never_bites": "criterion",
    "fact_never_matters": "fact",
    "reading_never_matters": "reading",
}


def properties(files: ParsedFiles, resolver: Resolver) -> Iterator[Property]:
    """Yield the properties that could be resolved completely."""
    profiles = [part.shape.profile for part in files.of("profiles")]
    for part in files.of("properties"):
        if (resolved := _property(part, resolver, profiles)) is not None:
            yield resolved


def _property(part: ParsedPart, resolver: Resolver, profiles: list[str]) -> Property | None:
    raw: schema.PropertyShape = part.shape
    resolver.check_sources(part, "sources")
    resolver.check_texts(part, "title", "says")
    for index, name in enumerate(raw.profiles):
        resolver.check_known(part, ("profiles", index), name, profiles, "unknown-profile", "that profile")
    for index, name in enumerate(raw.answering or ()):
        resolver.check_known(part, ("answering", index), name, resolver.names.facts, "unknown-fact", "it in facts/")
    statement = _statement(part, raw, resolver)
    if statement is None:
        return None
    answering = None if raw.answering is None else frozenset(raw.answering)
    return Property(raw.property, raw.title, raw.says, statement, tuple(raw.profiles), answering, tuple(raw.sources))


def _statement(part: ParsedPart, raw: schema.PropertyShape, resolver: Resolver) -> Statement | None:
    keys = tuple(key for form in _FORMS for key in form if key in raw.model_fields_set)
    if keys not in _FORMS:
        # A property that says nothing would always be proved, and nobody would notice.
        known = "; ".join(" with ".join(f"`{key}`" for key in form) for form in _FORMS)
        message = f'"{raw.property}" does not have exactly one known form.'
        resolver.report(part, (), "not-a-property", message, f"Write one of: {known}.")
        return None
    match keys:
        case ("never",):
            formula = _formula(part, ("never",), raw.never, resolver)
            return None if formula is None else formulas.Never(formula)
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
            criteria = _criteria(part, key, raw.fewer_answers_never_flip, resolver, EVERY_CRITERION)
            if EVERY_CRITERION in criteria:
                criteria = tuple(sorted(resolver.names.criteria))
            return formulas.NeverFlipped(criteria) if criteria else None
        case _:
            if raw.apart:
                return formulas.Apart(tuple(raw.apart))
            resolver.report(part, ("apart",), "empty", '"apart" is empty.', "Name a part of the book.")
            return None


def _criteria(part: ParsedPart, key: str, names: list[str], resolver: Resolver, *others: str) -> tuple[str, ...]:
    """Return the names of criteria under a key; report any other name, and an empty list.

    `others` are words that may stand there too.
    """
    if not names:
        resolver.report(part, (key,), "empty", f'"{key}" is empty.', "Name a criterion.", key=True)
    for index, name in enumerate(names):
        if name not in others:
            what = "a criterion of that name"
            resolver.check_known(part, (key, index), name, resolver.names.criteria, "unknown-name", what)
    return tuple(names)


def _changes(
    part: ParsedPart, key: str, raw: list[Any], resolver: Resolver, *, ordered: bool
) -> tuple[AnswerChange, ...]:
    if not raw:
        resolver.report(part, (key,), "empty", f'"{key}" is empty.', "Name a fact.", key=True)
    changes = [_change(part, (key, index), item, resolver, ordered=ordered) for index, item in enumerate(raw)]
    return tuple(change for change in changes if change is not None)


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
            message = f"{describe_type(raw)} where a fact is expected."
            resolver.report(part, path, "wrong-kind", message, "Write a fact, or `{fact: f, options: [a, b]}`.")
            return None
    if not resolver.check_known(part, path, name, resolver.names.facts, "unknown-fact", "it in facts/"):
        return None
    fact = resolver.names.facts[name]
    if options is not None and fact.type != "many":
        message = f'the {fact.type} fact "{name}" has no options that could change one by one.'
        resolver.report(part, path, "wrong-comparison", message, "Name the fact alone.")
        return None
    if ordered and fact.type not in ("yes_no", "level", "number", "many"):
        message = f'the {fact.type} fact "{name}" cannot be more or less.'
        resolver.report(part, path, "wrong-comparison", message, "Name a yes_no, level, number or many fact.")
        return None
    if options is None:
        return AnswerChange(name, None)
    resolved = [resolver.option(part, (*path, "options", index), fact, raw) for index, raw in enumerate(options)]
    return None if None in resolved else AnswerChange(name, frozenset(map(str, resolved)))


# ── formulas ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _formula(part: ParsedPart, path: KeyPath, raw: Any, resolver: Resolver) -> Formula | None:
    """Return what is said of an evaluation: `all` and `any` of findings, recommendations and conditions."""
    match raw:
        case {"all": [*parts], **rest} if parts and not rest:
            every = _formulas(part, (*path, "all"), parts, resolver)
            return None if every is None else formulas.Every(every)
        case {"any": [*parts], **rest} if parts and not rest:
            some = _formulas(part, (*path, "any"), parts, resolver)
            return None if some is None else formulas.Some(some)
        case {"finding": str() as name, **rest} if rest.keys() in ({"is"}, {"in"}):
            what = "a criterion of that name"
            known = resolver.check_known(part, (*path, "finding"), name, resolver.names.criteria, "unknown-name", what)
            statuses = _choices(part, path, rest, FINDING_KEYS, resolver)
            return formulas.EndsIn(name, statuses) if known and statuses else None
        case {"adverse": _, **rest} if not rest:
            statuses = _choices(part, path, raw, FINDING_KEYS, resolver)
            return formulas.SomeAdverseEndsIn(statuses) if statuses else None
        case {"recommend": _, **rest} if not rest:
            names = _choices(part, path, raw, RECOMMENDATIONS, resolver)
            return formulas.Recommended(names) if names else None
    term = resolver.term(part, path, raw)
    return None if term is None else formulas.TermHolds(term)


def _formulas(part: ParsedPart, path: KeyPath, raw: list[Any], resolver: Resolver) -> tuple[Formula, ...] | None:
    resolved = [_formula(part, (*path, index), item, resolver) for index, item in enumerate(raw)]
    return tuple(formula for formula in resolved if formula is not None) if None not in resolved else None


def _choices(
    part: ParsedPart, path: KeyPath, raw: dict[Any, Any], known: tuple[str, ...], resolver: Resolver
) -> frozenset[str] | None:
    """Return the word, or the list of words, under the only key of a mapping."""
    ((key, value),) = raw.items()
    words = value if isinstance(value, list) else [value]
    for word in words:
        if word not in known:
            otherwise = "Write one of: " + ", ".join(known) + "."
            quoted = f'"{shorten(word)}"' if isinstance(word, str) else describe_type(word)
            hint = did_you_mean(word, known, otherwise) if isinstance(word, str) else otherwise
            resolver.report(part, (*path, key), "not-a-choice", f"{quoted} is not a choice here.", hint)
            return None
    if not words:
        resolver.report(part, (*path, key), "empty", f'"{key}" is empty.', "Write one word or a list.")
    return frozenset(words) or None


# ── intended ────────────────────────────────────────────────────────────────────────────────────────────────────────


def intended(part: ParsedPart, resolver: Resolver) -> Intended:
    """Return what looks like a slip of the book and is intended."""
    raw: schema.IntendedShape = part.shape
    resolver.check_texts(part, "because")
    names = resolver.names
    known, code, what = {
        "criterion": (names.criteria, "unknown-name", "a criterion of that name"),
        "fact": (names.facts, "unknown-fact", "a fact of that name"),
        "reading": (names.readings, "unknown-reading", "a reading of that name"),
    }[_DOUBT_SUBJECTS[raw.intended]]
    for index, name in enumerate(raw.of):
        resolver.check_known(part, ("of", index), name, known, code, what)
    if raw.intended == "equivalent" and len(raw.of) < 2:
        resolver.report(part, ("of",), "empty", "one criterion is equivalent to itself.", "Name the others too.")
    return Intended(raw.intended, tuple(raw.of), raw.because)

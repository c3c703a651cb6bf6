"""Raw conditions into checked terms: every name is looked up, every comparison is held against the type of its fact.

In: plain data under a shape, and every name of the book. Out: a term, or mistakes with their places. Left alone: which
condition stands where, and what the parts of the book are made of (`resolve`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from screen.diagnostics import MAX_SUGGESTIONS, Diagnostic, did_you_mean, shorten
from screen.logic import Answer
from screen.rulebook import schema, terms
from screen.rulebook.answers import (
    NUMBER_HINT,
    UNKNOWN,
    InvalidAnswer,
    describe_type,
    parse_date,
    parse_option,
    parse_value,
)
from screen.rulebook.declarations import DeclaredNames, ParsedPart
from screen.rulebook.model import HOST_FACT, ORIGIN_FACT
from screen.rulebook.terms import Term, Value
from screen.rulebook.yaml_reader import KeyPath

_ORDERED = ("number", "level")
_COMPARISONS = {
    "is": ("yes_no", "choice", "level", "country"),
    "in": ("yes_no", "choice", "level", "country"),
    "includes": ("many",),
    "includes_any": ("many",),
    "at_least": _ORDERED,
    "at_most": _ORDERED,
    "over": ("number",),
    "under": ("number",),
    "before": ("date",),
    "after": ("date",),
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACE = re.compile(r"[{}]")


class Resolver:
    """Turns raw terms into checked ones and gathers what is wrong with them."""

    def __init__(self, names: DeclaredNames) -> None:
        self.names = names
        self.mistakes: list[Diagnostic] = []

    def wrong(self, at: ParsedPart, path: KeyPath, code: str, found: str, remedy: str, *, key: bool = False) -> None:
        """Note one mistake at a path below a part."""
        self.mistakes.append(Diagnostic(at.document.location((*at.path, *path), key=key), code, found, remedy))

    def known(
        self, at: ParsedPart, path: KeyPath, name: str, known: Iterable[str], code: str, what: str, *, key: bool = False
    ) -> bool:
        """Tell whether a name is declared; note the mistake where it is not, unless its declaration is one already."""
        if name in known:
            return True
        if name not in self.names.broken:
            otherwise = f"Declare {what} or mend the name."
            remedy = did_you_mean(name, known, otherwise) if len(self.mistakes) < MAX_SUGGESTIONS else otherwise
            self.wrong(at, path, code, f'"{shorten(name)}" is not declared.', remedy, key=key)
        return False

    def named(self, at: ParsedPart, path: KeyPath, raw: Any) -> str | None:
        """Return a name that stands in a term, or None after noting that something else stands there."""
        if isinstance(raw, str):
            return raw
        self.wrong(at, path, "wrong-kind", f"{describe_type(raw)} where a name is wanted.", "Write one name.")
        return None

    def source_names(self, at: ParsedPart, *keys: str) -> None:
        """Check that every authority named under these keys stands in sources.yaml."""
        for key in keys:
            for index, name in enumerate(getattr(at.shape, key)):
                self.known(at, (key, index), name, self.names.sources, "unknown-source", "it in sources.yaml")

    def words(self, at: ParsedPart, path: KeyPath, text: str | None) -> None:
        """Check that words use no placeholder but {origin} and {host}."""
        for name in dict.fromkeys(_PLACEHOLDER.findall(text or "")):
            if name not in ("origin", "host"):
                found = f'"{{{shorten(name)}}}" is not filled.'
                self.wrong(at, path, "unknown-placeholder", found, "Use {origin} or {host}.")
        if _BRACE.search(_PLACEHOLDER.sub("", text or "")):
            self.wrong(at, path, "unknown-placeholder", "a brace without its pair.", "Write {origin} or {host}.")

    # ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def optional(self, at: ParsedPart, path: KeyPath, raw: Any, **allowed: bool) -> Term | None:
        """Return the term, or None where the file has no such key."""
        if raw is None and path[-1] in at.shape.model_fields_set:
            # `when:` with nothing after it would presume without the condition that somebody meant to write.
            remedy = "Write the condition, or delete the key."
            self.wrong(at, path, "empty", f'"{path[-1]}" is empty.', remedy, key=True)
        return None if raw is None else self.term(at, path, raw, **allowed)

    def term(
        self, at: ParsedPart, path: KeyPath, raw: Any, *, criteria: bool = True, ruled_out: bool = False
    ) -> Term | None:
        """Return the checked term that stands at a path, or None after noting what is wrong with it.

        `criteria` tells whether criteria may be named here, `ruled_out` whether `not_ruled_out` may.
        """
        if isinstance(raw, str):
            return self._name(at, path, raw, criteria)
        if not isinstance(raw, dict) or not raw:
            found = f"{describe_type(raw)} where a condition is wanted."
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
        keys = ", ".join(f'"{shorten(key)}"' for key in list(raw)[:4])
        remedy = "See the table of terms in docs/rule-language.md."
        self.wrong(at, path, "not-a-term", f"no condition has these keys: {keys}.", remedy)
        return None

    def _name(self, at: ParsedPart, path: KeyPath, name: str, criteria: bool) -> Term | None:
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

    def _parts(self, at: ParsedPart, path: KeyPath, raw: Any, **inner: bool) -> tuple[Term, ...] | None:
        if not isinstance(raw, list) or not raw:
            found = f"{describe_type(raw) if raw else 'nothing'} where a list of conditions is wanted."
            self.wrong(at, path, "not-a-term", found, "Write `[…]` with one at least.")
            return None
        parts = [self.term(at, (*path, index), part, **inner) for index, part in enumerate(raw)]
        return tuple(part for part in parts if part is not None) if None not in parts else None

    def _at_least(self, at: ParsedPart, path: KeyPath, raw: dict[str, Any], **inner: bool) -> Term | None:
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

    def _not_ruled_out(self, at: ParsedPart, path: KeyPath, raw: Any, allowed: bool) -> Term | None:
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

    def _binds(self, at: ParsedPart, path: KeyPath, raw: dict[str, Any]) -> Term | None:
        on, treaty = raw.get("on", "host"), self.named(at, (*path, "binds"), raw["binds"])
        if treaty is None:
            return None
        if on not in ("host", "origin") or raw.keys() - {"binds", "on"}:
            self.wrong(at, path, "not-a-term", "`binds` takes `on: host` or `on: origin`.", "Leave the rest out.")
            return None
        if self.known(at, (*path, "binds"), treaty, self.names.treaties, "unknown-treaty", "it in book.yaml"):
            return terms.Binds(treaty, HOST_FACT if on == "host" else ORIGIN_FACT)
        return None

    def _reading(
        self, at: ParsedPart, path: KeyPath, raw: dict[str, Any], criteria: bool, ruled_out: bool
    ) -> Term | None:
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
        return terms.TakesSide(name, frozenset(picked.values()))

    def _branches(
        self, at: ParsedPart, path: KeyPath, reading: str, raw: dict[str, Any], criteria: bool, ruled_out: bool
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

    def _fact(self, at: ParsedPart, path: KeyPath, raw: dict[str, Any]) -> Term | None:
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

    def _comparison(
        self, at: ParsedPart, where: KeyPath, fact: schema.FactShape, comparison: str, raw: Any
    ) -> Term | None:
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

    def _bound(self, at: ParsedPart, where: KeyPath, fact: schema.FactShape, comparison: str, raw: Any) -> Term | None:
        bound: int | float | date
        if fact.type == "level":
            option = self.option(at, where, fact, raw)
            if option is None:
                return None
            bound = list(fact.options).index(str(option))
        elif fact.type == "number":
            if not isinstance(raw, int | float) or isinstance(raw, bool):
                self.wrong(
                    at, where, "wrong-kind", f"{describe_type(raw)} where a number is wanted.", f"{NUMBER_HINT}."
                )
                return None
            bound = raw
        else:
            day = parse_date(raw)
            if day is None:
                found = (
                    f'"{shorten(raw)}" is not a date.' if isinstance(raw, str) else f"{describe_type(raw)} for a date."
                )
                self.wrong(at, where, "bad-date", found, "Write a date as 2022-06-28.")
                return None
            bound = day
        included = comparison in ("at_least", "at_most")
        if comparison in ("at_least", "over", "after"):
            return terms.Between(fact.fact, bound, None, low_included=included)
        return terms.Between(fact.fact, None, bound, high_included=included)

    def option(self, at: ParsedPart, where: KeyPath, fact: schema.FactShape, raw: Any) -> Answer | str | None:
        """Return one option of a fact, or None after noting what is wrong. A rule compares with no unknown answer."""
        found: Answer | str | InvalidAnswer = parse_option(
            raw, fact.type, fact.options, self.names.countries, or_unknown=""
        )
        if raw == UNKNOWN:
            remedy = "Ask for an answer: a finding that needs one stays open without it."
            found = InvalidAnswer("unknown-option", "a condition cannot ask for `unknown`.", remedy)
        if isinstance(found, InvalidAnswer):
            self._refuse(at, where, fact, raw, found)
            return None
        return found

    def value(self, at: ParsedPart, where: KeyPath, fact: schema.FactShape, raw: Any) -> Value | None:
        """Return a value of a fact, or None after noting what is wrong with it."""
        found: Value | InvalidAnswer = parse_value(
            raw, fact.type, fact.options, self.names.countries, bounds=fact.bounds, or_unknown=""
        )
        if raw == UNKNOWN:
            found = InvalidAnswer("unknown-option", "`unknown` cannot be presumed.", "Delete the presumption.")
        if isinstance(found, InvalidAnswer):
            self._refuse(at, where, fact, raw, found)
            return None
        return found

    def _refuse(self, at: ParsedPart, where: KeyPath, fact: schema.FactShape, raw: Any, why: InvalidAnswer) -> None:
        stands, found = raw, why.message
        if why.item is not None:
            where, stands = (*where, why.item), raw[why.item]
        if why.code == "unknown-option" and isinstance(stands, str) and stands != UNKNOWN:
            found = f'"{shorten(stands)}" is no answer to "{fact.fact}".'  # a rule file holds nobody's words
        self.wrong(at, where, why.code, found, why.hint)

"""Turn the conditions of rule files into checked terms: look up every name, check comparisons against fact types.

`Resolver` also has the checks that every part of the book needs: names, sources, placeholders. It does not know which
parts there are (`resolve`).
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
    """Turns raw conditions into checked terms, and collects a diagnostic for everything that is wrong with them."""

    def __init__(self, names: DeclaredNames) -> None:
        self.names = names
        self.diagnostics: list[Diagnostic] = []

    def report(self, part: ParsedPart, path: KeyPath, code: str, message: str, hint: str, *, key: bool = False) -> None:
        """Add a diagnostic for the value, or the key, at a path below a part."""
        self.diagnostics.append(Diagnostic(part.document.location((*part.path, *path), key=key), code, message, hint))

    def check_known(
        self,
        part: ParsedPart,
        path: KeyPath,
        name: str,
        known: Iterable[str],
        code: str,
        what: str,
        *,
        key: bool = False,
    ) -> bool:
        """Tell whether a name is declared; report it if not, unless its declaration is broken and reported already."""
        if name in known:
            return True
        if name not in self.names.broken:
            otherwise = f"Declare {what}, or correct the name."
            hint = did_you_mean(name, known, otherwise) if len(self.diagnostics) < MAX_SUGGESTIONS else otherwise
            self.report(part, path, code, f'"{shorten(name)}" is not declared.', hint, key=key)
        return False

    def check_name(self, part: ParsedPart, path: KeyPath, raw: Any) -> str | None:
        """Return a name in a condition, or None after reporting that it is not text."""
        if isinstance(raw, str):
            return raw
        self.report(part, path, "wrong-kind", f"{describe_type(raw)} where a name is expected.", "Write one name.")
        return None

    def check_sources(self, part: ParsedPart, *keys: str) -> None:
        """Check that sources.yaml declares every authority that is named under these keys."""
        for key in keys:
            for index, name in enumerate(getattr(part.shape, key)):
                self.check_known(part, (key, index), name, self.names.sources, "unknown-source", "it in sources.yaml")

    def check_placeholders(self, part: ParsedPart, path: KeyPath, text: str | None) -> None:
        """Check that a text uses no placeholder but {origin} and {host}."""
        for name in dict.fromkeys(_PLACEHOLDER.findall(text or "")):
            if name not in ("origin", "host"):
                message = f'"{{{shorten(name)}}}" is not filled.'
                self.report(part, path, "unknown-placeholder", message, "Use {origin} or {host}.")
        if _BRACE.search(_PLACEHOLDER.sub("", text or "")):
            self.report(part, path, "unknown-placeholder", "a brace without its pair.", "Write {origin} or {host}.")

    def check_texts(self, part: ParsedPart, *keys: str) -> None:
        """Check the placeholders of the texts under these keys."""
        for key in keys:
            self.check_placeholders(part, (key,), getattr(part.shape, key))

    # ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def optional_term(self, part: ParsedPart, path: KeyPath, raw: Any, **allowed: bool) -> Term | None:
        """Return the term under a key, or None where the file does not have the key."""
        if raw is None and path[-1] in part.shape.model_fields_set:
            # `when:` with nothing after it would presume without the condition that its author meant to write.
            hint = "Write the condition, or delete the key."
            self.report(part, path, "empty", f'"{path[-1]}" is empty.', hint, key=True)
        return None if raw is None else self.term(part, path, raw, **allowed)

    def term(
        self, part: ParsedPart, path: KeyPath, raw: Any, *, criteria: bool = True, ruled_out: bool = False
    ) -> Term | None:
        """Return the checked term of the condition at a path, or None after reporting what is wrong with it.

        `criteria` tells whether a criterion may be named here, `ruled_out` whether `not_ruled_out` may be used.
        """
        if isinstance(raw, str):
            return self._name(part, path, raw, criteria)
        if not isinstance(raw, dict) or not raw:
            message = f"{describe_type(raw)} where a condition is expected."
            self.report(part, path, "not-a-term", message, "Write a name, or a mapping such as `all: […]`.")
            return None
        if "fact" in raw:
            return self._fact(part, path, raw)
        if "reading" in raw:
            return self._reading(part, path, raw, criteria, ruled_out)
        if "binds" in raw:
            return self._binds(part, path, raw)
        inner = {"criteria": criteria, "ruled_out": ruled_out}
        match sorted(raw):
            case ["all"]:
                parts = self._parts(part, (*path, "all"), raw["all"], **inner)
                return None if parts is None else terms.All(parts)
            case ["any"]:
                parts = self._parts(part, (*path, "any"), raw["any"], **inner)
                return None if parts is None else terms.AnyOf(parts)
            case ["not"]:
                negated = self.term(part, (*path, "not"), raw["not"], **inner)
                return None if negated is None else terms.Not(negated)
            case ["at_least", "of"]:
                return self._at_least(part, path, raw, **inner)
            case ["not_ruled_out"]:
                return self._not_ruled_out(part, path, raw["not_ruled_out"], ruled_out)
        keys = ", ".join(f'"{shorten(key)}"' for key in list(raw)[:4])
        hint = "See the table of terms in docs/rule-language.md."
        self.report(part, path, "not-a-term", f"no condition has these keys: {keys}.", hint)
        return None

    def _name(self, part: ParsedPart, path: KeyPath, name: str, criteria: bool) -> Term | None:
        if name in self.names.criteria:
            if criteria:
                return terms.Met(name)
            hint = "Use facts only: country information may not depend on a finding of law."
            self.report(part, path, "criterion-here", f'"{name}" is a criterion.', hint)
            return None
        if name not in self.names.facts:
            known = [*self.names.facts, *self.names.criteria] if criteria else self.names.facts
            what = "a fact or a criterion of that name" if criteria else "a fact of that name"
            self.check_known(part, path, name, known, "unknown-name", what)
            return None
        if (kind := self.names.facts[name].type) != "yes_no":
            hint = f"Compare it: {{fact: {name}, …}}."
            self.report(part, path, "not-yes-no", f'"{name}" is a {kind} fact; its name alone says nothing.', hint)
            return None
        return terms.Is(name, frozenset({Answer.YES}))

    def _parts(self, part: ParsedPart, path: KeyPath, raw: Any, **inner: bool) -> tuple[Term, ...] | None:
        if not isinstance(raw, list) or not raw:
            message = f"{describe_type(raw) if raw else 'nothing'} where a list of conditions is expected."
            self.report(part, path, "not-a-term", message, "Write `[…]` with at least one condition.")
            return None
        resolved = [self.term(part, (*path, index), item, **inner) for index, item in enumerate(raw)]
        return tuple(term for term in resolved if term is not None) if None not in resolved else None

    def _at_least(self, part: ParsedPart, path: KeyPath, raw: dict[str, Any], **inner: bool) -> Term | None:
        parts = self._parts(part, (*path, "of"), raw["of"], **inner)
        needed = raw["at_least"]
        if not isinstance(needed, int) or isinstance(needed, bool):
            self.report(part, (*path, "at_least"), "wrong-kind", "the count is not a whole number.", "Write a number.")
            return None
        if parts is not None and not 1 <= needed <= len(parts):
            message, hint = f"{needed} of {len(parts)} is impossible.", f"Write a number from 1 to {len(parts)}."
            self.report(part, (*path, "at_least"), "out-of-range", message, hint)
            return None
        return None if parts is None else terms.AtLeast(needed, parts)

    def _not_ruled_out(self, part: ParsedPart, path: KeyPath, raw: Any, allowed: bool) -> Term | None:
        if not allowed:
            hint = "Use it in `recommendations` only: an answer can change it either way."
            self.report(part, path, "not-here", "`not_ruled_out` is not allowed here.", hint)
            return None
        path = (*path, "not_ruled_out")
        name = self.check_name(part, path, raw)
        if name is None:
            return None
        if self.check_known(part, path, name, self.names.criteria, "unknown-name", "a criterion of that name"):
            return terms.NotRuledOut(name)
        return None

    def _binds(self, part: ParsedPart, path: KeyPath, raw: dict[str, Any]) -> Term | None:
        on, treaty = raw.get("on", "host"), self.check_name(part, (*path, "binds"), raw["binds"])
        if treaty is None:
            return None
        if on not in ("host", "origin") or raw.keys() - {"binds", "on"}:
            self.report(part, path, "not-a-term", "`binds` takes `on: host` or `on: origin`.", "Delete the rest.")
            return None
        if self.check_known(part, (*path, "binds"), treaty, self.names.treaties, "unknown-treaty", "it in book.yaml"):
            return terms.Binds(treaty, HOST_FACT if on == "host" else ORIGIN_FACT)
        return None

    def _reading(
        self, part: ParsedPart, path: KeyPath, raw: dict[str, Any], criteria: bool, ruled_out: bool
    ) -> Term | None:
        name = self.check_name(part, (*path, "reading"), raw["reading"])
        if name is None:
            return None
        if not self.check_known(
            part, (*path, "reading"), name, self.names.readings, "unknown-reading", "it in readings.yaml"
        ):
            return None
        sides = self.names.readings[name]
        match raw:
            case {"reading": _, "is": str() as side, **rest} if not rest:
                chosen: Any = {"is": side}
            case {"reading": _, "in": [*names], **rest} if not rest and names:
                chosen = dict(enumerate(map(str, names)))
            case {"reading": _, "as": dict() as branches, **rest} if not rest:
                return self._branches(part, (*path, "as"), name, branches, criteria, ruled_out)
            case _:
                hint = "Write `is: side`, `in: [side, …]` or `as: {side: condition, …}`."
                self.report(part, path, "not-a-term", "this is not a way to compare a reading.", hint)
                return None
        for key, side in chosen.items():
            key_path = (*path, key) if key == "is" else (*path, "in", key)
            if not self.check_known(part, key_path, side, sides, "unknown-side", "it in readings.yaml"):
                return None
        return terms.TakesSide(name, frozenset(chosen.values()))

    def _branches(
        self, part: ParsedPart, path: KeyPath, reading: str, raw: dict[str, Any], criteria: bool, ruled_out: bool
    ) -> Term | None:
        sides = self.names.readings[reading]
        is_valid = True
        for side in raw:
            key_path = (*path, side)
            is_valid &= self.check_known(part, key_path, side, sides, "unknown-side", "it in readings.yaml", key=True)
        for side in sides:
            if side not in raw:
                # A side without a condition would decide cases by accident.
                self.report(part, path, "missing-side", f'the side "{side}" has no condition.', f'Add "{side}".')
                is_valid = False
        branches = [
            (side, self.term(part, (*path, side), raw[side], criteria=criteria, ruled_out=ruled_out))
            for side in sides
            if side in raw
        ]
        if not is_valid or any(term is None for _, term in branches):
            return None
        return terms.ByReading(reading, tuple((side, term) for side, term in branches if term is not None))

    def _fact(self, part: ParsedPart, path: KeyPath, raw: dict[str, Any]) -> Term | None:
        name = self.check_name(part, (*path, "fact"), raw["fact"])
        if name is None:
            return None
        if name in self.names.criteria:
            message, hint = f'"{name}" is a criterion.', "Name it alone, without `fact`."
            self.report(part, (*path, "fact"), "criterion-here", message, hint)
            return None
        if not self.check_known(part, (*path, "fact"), name, self.names.facts, "unknown-fact", "it in facts/"):
            return None
        fact = self.names.facts[name]
        keys = [key for key in raw if key != "fact"]
        fits = ", ".join(key for key, kinds in _COMPARISONS.items() if fact.type in kinds)
        hint = f"Use one of: {fits}." if fits else "It cannot be compared; it is there for people to read."
        if len(keys) != 1 or keys[0] not in _COMPARISONS:
            self.report(part, path, "not-a-term", f'"{name}" needs exactly one comparison.', hint)
            return None
        comparison, key_path = keys[0], (*path, keys[0])
        if fact.type not in _COMPARISONS[comparison]:
            message = f'`{comparison}` does not fit the {fact.type} fact "{name}".'
            self.report(part, key_path, "wrong-comparison", message, hint, key=True)
            return None
        return self._comparison(part, key_path, fact, comparison, raw[comparison])

    def _comparison(
        self, part: ParsedPart, key_path: KeyPath, fact: schema.FactShape, comparison: str, raw: Any
    ) -> Term | None:
        match comparison:
            case "is":
                value = self.option(part, key_path, fact, raw)
                return None if value is None else terms.Is(fact.fact, frozenset({value}))
            case "includes":
                value = self.option(part, key_path, fact, raw)
                return None if value is None else terms.Includes(fact.fact, frozenset({str(value)}))
            case "in" | "includes_any":
                if not isinstance(raw, list) or not raw:
                    self.report(part, key_path, "wrong-kind", f"`{comparison}` takes a list.", "Write `[one, other]`.")
                    return None
                values = [self.option(part, (*key_path, index), fact, item) for index, item in enumerate(raw)]
                if None in values:
                    return None
                if comparison == "in":
                    return terms.Is(fact.fact, frozenset(value for value in values if value is not None))
                return terms.Includes(fact.fact, frozenset(map(str, values)))
            case _:
                return self._bound(part, key_path, fact, comparison, raw)

    def _bound(
        self, part: ParsedPart, key_path: KeyPath, fact: schema.FactShape, comparison: str, raw: Any
    ) -> Term | None:
        bound: int | float | date
        if fact.type == "level":
            option = self.option(part, key_path, fact, raw)
            if option is None:
                return None
            bound = list(fact.options).index(str(option))
        elif fact.type == "number":
            if not isinstance(raw, int | float) or isinstance(raw, bool):
                self.report(
                    part, key_path, "wrong-kind", f"{describe_type(raw)} where a number is expected.", f"{NUMBER_HINT}."
                )
                return None
            bound = raw
        else:
            day = parse_date(raw)
            if day is None:
                message = (
                    f'"{shorten(raw)}" is not a date.'
                    if isinstance(raw, str)
                    else f"{describe_type(raw)} where a date is expected."
                )
                self.report(part, key_path, "bad-date", message, "Write a date as 2022-06-28.")
                return None
            bound = day
        included = comparison in ("at_least", "at_most")
        if comparison in ("at_least", "over", "after"):
            return terms.Between(fact.fact, bound, None, low_included=included)
        return terms.Between(fact.fact, None, bound, high_included=included)

    def option(self, part: ParsedPart, key_path: KeyPath, fact: schema.FactShape, raw: Any) -> Answer | str | None:
        """Return one option of a fact, or None after reporting what is wrong. No rule compares with `unknown`."""
        option: Answer | str | InvalidAnswer = parse_option(
            raw, fact.type, fact.options, self.names.countries, or_unknown=""
        )
        if raw == UNKNOWN:
            hint = "Compare with an answer: without one, the finding stays undetermined."
            option = InvalidAnswer("unknown-option", "a condition cannot ask for `unknown`.", hint)
        if isinstance(option, InvalidAnswer):
            self._report_invalid(part, key_path, fact, raw, option)
            return None
        return option

    def value(self, part: ParsedPart, key_path: KeyPath, fact: schema.FactShape, raw: Any) -> Value | None:
        """Return a value of a fact, or None after reporting what is wrong with it."""
        value: Value | InvalidAnswer = parse_value(
            raw, fact.type, fact.options, self.names.countries, bounds=fact.bounds, or_unknown=""
        )
        if raw == UNKNOWN:
            value = InvalidAnswer("unknown-option", "`unknown` cannot be presumed.", "Delete the presumption.")
        if isinstance(value, InvalidAnswer):
            self._report_invalid(part, key_path, fact, raw, value)
            return None
        return value

    def _report_invalid(
        self, part: ParsedPart, key_path: KeyPath, fact: schema.FactShape, raw: Any, invalid: InvalidAnswer
    ) -> None:
        answer, message = raw, invalid.message
        if invalid.item is not None:
            key_path, answer = (*key_path, invalid.item), raw[invalid.item]
        if invalid.code == "unknown-option" and isinstance(answer, str) and answer != UNKNOWN:
            message = f'"{shorten(answer)}" is no answer to "{fact.fact}".'  # a rule file quotes no person
        self.report(part, key_path, invalid.code, message, invalid.hint)

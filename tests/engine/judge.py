"""A second judge, who has read docs/rule-language.md and nothing else.

He looks a rule book up as plain data, by name, and he knows nothing of tables for unknown: where something is not
known he imagines each way in which it could turn out, and calls the whole undetermined unless all of them agree. He is
slow; the books that he is asked about are small.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import Any

ENDS = ("met", "not_met", "not_applicable")
UNKNOWN, UNDETERMINED = "unknown", "undetermined"


class Judge:
    """Judges one case: a rule book and answers, both as files write them, and the sides that a profile takes."""

    def __init__(self, book: dict[str, Any], answers: dict[str, Any], sides: dict[str, str]) -> None:
        self.book, self.answers, self.sides = book, answers, sides
        self.criteria = {one["criterion"]: one for one in book["criteria"]}
        self._found: dict[str, str] = {}

    @cached_property
    def findings(self) -> dict[str, str]:
        return {name: self.criterion(name) for name in self.criteria}

    @property
    def recommendation(self) -> str:
        for one in self.book["recommendations"]:
            if self.term(one["when"]) == "met":
                return one["recommend"]
        return "undetermined_no_return"

    # ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def worth(self, fact: str) -> Any:
        """What was said of a fact, as far as it can be relied on."""
        said = self.answers.get(fact, {"answer": UNKNOWN, "credibility": "accepted"})
        if said["credibility"] != "rejected":
            return said["answer"]
        return "no" if said["answer"] == "yes" else UNKNOWN

    def fact(self, fact: str) -> Any:
        """What the fact is taken to be: what was said, or else what may be presumed of the State, or of every State."""
        said = self.worth(fact)
        if said != UNKNOWN:
            return said
        state = self.worth("country_of_origin")
        origins = [state] + ([None] if fact not in self.answers and state != UNKNOWN else [])
        for origin in origins:
            for one in self.book["presumptions"]:
                if (one["presume"], one["origin"]) == (fact, origin):
                    when = self.term(one["when"]) if "when" in one else "met"
                    if when in ("met", UNDETERMINED):
                        return one["value"] if when == "met" else UNKNOWN
        return UNKNOWN

    def compared(self, fact: str, how: str, with_: Any) -> bool:
        value = self.fact(fact)
        if self.book["types"][fact] == "level" and how in ("at_least", "at_most"):
            order = self.book["options"][fact]
            value, with_ = order.index(value), order.index(with_)
        return {
            "is": lambda: value == with_,
            "in": lambda: value in with_,
            "includes": lambda: with_ in value,
            "includes_any": lambda: bool(set(with_) & set(value)),
            "at_least": lambda: value >= with_,
            "at_most": lambda: value <= with_,
            "over": lambda: value > with_,
            "under": lambda: value < with_,
            "before": lambda: value < with_,  # days as files write them stand in order
            "after": lambda: value > with_,
        }[how]()

    # ── conditions ──────────────────────────────────────────────────────────────────────────────────────────────────

    def term(self, term: Any) -> str:
        if isinstance(term, str):
            return self.criterion(term) if term in self.criteria else self.term({"fact": term, "is": "yes"})
        keys = set(term)
        if "fact" in keys:
            (how,) = keys - {"fact"}
            if self.fact(term["fact"]) == UNKNOWN:
                return "undetermined"
            return "met" if self.compared(term["fact"], how, term[how]) else "not_met"
        if "binds" in keys:
            state = self.fact("country_of_origin" if term.get("on") == "origin" else "host_country")
            row = self.book["treaties"].get(state, {}).get(term["binds"])
            if row is None:
                return "undetermined"
            return "met" if row == "party" else "not_met"
        if "reading" in keys:
            side = self.sides[term["reading"]]
            if "as" in keys:
                return self.term(term["as"][side])
            return "met" if side in term.get("in", [term.get("is")]) else "not_met"
        if "not_ruled_out" in keys:
            return "met" if self.criterion(term["not_ruled_out"]) in ("met", "undetermined") else "not_met"
        if keys == {"not"}:
            return self.agreed([term["not"]], opposite)
        if keys == {"at_least", "of"}:
            return self.agreed(term["of"], lambda *ends: counted(ends, term["at_least"]))
        if keys == {"all"}:
            return self.agreed(term["all"], lambda *ends: counted(ends, len(ends) - ends.count("not_applicable")))
        assert keys == {"any"}
        return self.agreed(term["any"], lambda *ends: counted(ends, 1))

    def agreed(self, parts: list[Any], rule: Any) -> str:
        """What a rule says of parts that are known, if it says the same however the unknown ones turn out."""
        found = [self.term(part) for part in parts]
        possible = product(*(ENDS if one == "undetermined" else (one,) for one in found))
        verdicts = {rule(*ends) for ends in possible}
        return verdicts.pop() if len(verdicts) == 1 else "undetermined"

    def criterion(self, name: str) -> str:
        if name not in self._found:
            self._found[name] = self._examined(self.criteria[name])
        return self._found[name]

    def _examined(self, one: dict[str, Any]) -> str:
        # Whether it applies comes first: until that is known nothing is. Days as files write them stand in order.
        if not one.get("in_force_from", "") <= self.book["day"] < one.get("until", "9999-12-31"):
            return "not_applicable"
        applies = self.term(one["applies_if"]) if "applies_if" in one else "met"
        if applies != "met":
            return "undetermined" if applies == "undetermined" else "not_applicable"

        def ends(holds: str, *unless: str) -> str:
            return "not_met" if "met" in unless else holds

        return self.agreed([one["holds_if"], *one.get("unless", [])], ends)


def opposite(end: str) -> str:
    return {"met": "not_met", "not_met": "met"}.get(end, end)


def counted(ends: tuple[str, ...], needed: int) -> str:
    """A group in which so many must be met, when everything is known."""
    if set(ends) == {"not_applicable"}:
        return "not_applicable"
    return "met" if ends.count("met") >= needed else "not_met"
